//! Diagnostics about controls and their files.

use crate::diagnostic::codes;

codes! {
    CTL000: Error, "a control file cannot be read",
        "The file is not a YAML mapping. A control file holds one control: id, title, intent, severity, scope and the rest at the top \
         level. Everything else in the catalog is still used; the run is undecided until the file is mended.\n\n\
         bad:\n  - id: DP-ENC-001\n  - id: DP-ENC-002\n\ngood:\n  id: DP-ENC-001\n  title: …";
    CTL001: Error, "a control id is missing or has the wrong form",
        "An id is upper-case words and a number of at least three digits, joined by dashes.\n\n\
         bad:\n  id: encryption-1\n\ngood:\n  id: DP-ENC-001";
    CTL002: Error, "two controls have the same id",
        "Findings, exceptions and mappings refer to a control by its id, so an id means one control for ever. Give the newer one a new \
         id; both places are shown.\n\n\
         bad:\n  id: DP-ENC-001        # and another file says so, too\n\ngood:\n  id: DP-ENC-017";
    CTL003: Error, "a control's file or directory is not named after it",
        "The name begins with the id, so that a person finds the file: `controls/DP-ENC-001-s3-encryption.yaml` or \
         `controls/DP-ENC-001-storage-encryption/control.yaml`.\n\n\
         bad:\n  controls/encryption.yaml              # id: DP-ENC-001\n\ngood:\n  controls/DP-ENC-001-encryption.yaml";
    CTL004: Error, "a control has no title or no intent",
        "The title says what must hold, the intent why. Both are read in every report and audit package.\n\n\
         bad:\n  title: \"\"\n\ngood:\n  title: Production storage must use approved encryption";
    CTL005: Error, "a control has no severity, or an unknown one",
        "Write critical, high, medium, low or info. The gate compares it with --fail-on.\n\n\
         bad:\n  severity: severe\n\ngood:\n  severity: high";
    CTL006: Error, "a control's exception duration is missing or out of range",
        "Where exceptions are allowed, `exception.maxDurationDays` is a whole number from 1 to 365. A deviation that may last longer than \
         a year is not an exception but a change of the control.\n\n\
         bad:\n  exception: {allowed: true, approvalRole: security-risk-owner}\n\ngood:\n  exception: {allowed: true, maxDurationDays: 30, approvalRole: security-risk-owner}";
    CTL007: Error, "a control that allows exceptions names no approval role",
        "`exception.approvalRole` names the role (or roles, all of them) that accept the risk. Without it anybody could approve.\n\n\
         bad:\n  exception: {allowed: true, maxDurationDays: 30}\n\ngood:\n  exception: {allowed: true, maxDurationDays: 30, approvalRole: security-risk-owner}";
    CTL008: Error, "a control's remediation mode is unknown",
        "Write manual, automated, manual-or-automated-by-resource-type or none.\n\n\
         bad:\n  remediation: {mode: sometimes}\n\ngood:\n  remediation: {mode: manual}";
    CTL009: Error, "a control has an unknown or wrong field",
        "Unknown fields are refused, because a misspelled `scope` would silently widen a control. Use keys that begin with `x-` for data \
         of your own. Fields at the top level that belong under a parent mean that the file lost its indentation.\n\n\
         bad:\n  scopes: {environments: [prod]}\n\ngood:\n  scope: {environments: [prod]}";
    CTL010: Warning, "a control names no evidence source",
        "A control without evidence is an aspiration: nobody can show that it operates. List the systems that prove it under \
         `evidenceSources`.\n\n\
         bad:\n  evidenceSources: []\n\ngood:\n  evidenceSources: [aws-config, cloudtrail]";
    CTL011: Warning, "a control has no owner",
        "`owner` names the team that answers for the control and decides about its rule.\n\n\
         bad:\n  # no owner\n\ngood:\n  owner: platform-security";
    CTL012: Warning, "a control has no review cadence",
        "`reviewCadence` says how often the control itself is looked at: monthly, quarterly, …\n\n\
         bad:\n  # no reviewCadence\n\ngood:\n  reviewCadence: quarterly";
    CTL013: Warning, "a control names an evidence source that is not known",
        "Evidence sources are compared with the evidence that was collected, so their names have to be the same everywhere. A source of \
         your own begins with `x-`.\n\n\
         bad:\n  evidenceSources: [aws-confg]\n\ngood:\n  evidenceSources: [aws-config, x-badge-system]";
    CTL014: Warning, "a regulated control does not say who is responsible for what",
        "An auditor of regulated data asks which part AWS operates, which part you configure, and who holds the evidence for each.\n\n\
         bad:\n  scope: {dataClassification: [regulated]}\n\ngood:\n  scope: {dataClassification: [regulated]}\n  \
         responsibility: {awsOperates: Physical media, weConfigure: Key choice, evidenceFromAws: [aws-config]}";
    CTL015: Warning, "remediation depends on the resource type, and no type is listed",
        "With `mode: manual-or-automated-by-resource-type`, `remediation.byResourceType` says which is which.\n\n\
         bad:\n  remediation: {mode: manual-or-automated-by-resource-type}\n\ngood:\n  remediation:\n    mode: manual-or-automated-by-resource-type\n    byResourceType: {s3: automated, rds: manual}";
    CTL016: Warning, "a control has no remediation hint",
        "`remediation.hint` is what a person reads below the finding: the concrete argument to set.\n\n\
         bad:\n  remediation: {mode: manual}\n\ngood:\n  remediation: {mode: manual, hint: Set storage_encrypted = true}";
    CTL020: Warning, "a control does not say which resources it is about",
        "Without `scope.resourceTypes` the rule runs on every resource and has to pick its own.\n\n\
         bad:\n  scope: {environments: [prod]}\n\ngood:\n  scope: {environments: [prod], resourceTypes: [rds]}";
    CTL021: Warning, "a control does not say which environments it is for",
        "Without `scope.environments` it applies everywhere. Write `environments: [all]` to say that this is meant.\n\n\
         bad:\n  scope: {resourceTypes: [rds]}\n\ngood:\n  scope: {environments: [all], resourceTypes: [rds]}";
    CTL022: Error, "`scope.environments` is empty",
        "An empty list would apply to nothing. Name the environments, or write `[all]`.\n\n\
         bad:\n  scope: {environments: []}\n\ngood:\n  scope: {environments: [all]}";
    CTL023: Error, "a control names a resource type that nothing provides",
        "A control over a type that no input yields is never evaluated and looks like a pass. Use a family (rds), a kind (rds_instance), \
         a Terraform type (aws_db_instance) or a CloudFormation type (AWS::RDS::DBInstance); types that the typemap does not know are \
         written as the input spells them, with `aws_` or `::`.\n\n\
         bad:\n  scope: {resourceTypes: [rsd]}\n\ngood:\n  scope: {resourceTypes: [rds]}";
    CTL024: Error, "a Rego file belongs to no control",
        "Its package is neither the package of a control (`controls.dp_enc_001` for DP-ENC-001, or one named under `rules`) nor a library \
         (`lib.*`). A rule that nothing refers to protects nothing.\n\n\
         bad:\n  package policies.encryption\n\ngood:\n  package controls.dp_enc_001";
    CTL025: Error, "a parameter is not one of the control's",
        "Settings may override the parameters that a control declares, with a value of the same type.\n\n\
         bad:\n  parameters: {BCK-001: {minimumDays: 14}}            # in policy.yaml\n\ngood:\n  parameters: {BCK-001: {minimumRetentionDays: 14}}";
    CTL026: Error, "a control names nothing that could decide it",
        "`evaluableOn` says what can decide the control: terraform (source, plan, state), cloudformation (template, change set), aws-config \
         (configuration items), events (CloudTrail) or account (credential report, account summary). Without the field it is the first \
         three. A control is evaluated on what it names and nothing else, so a misspelled name would leave it asleep.\n\n\
         bad:\n  evaluableOn: [teraform]\n\ngood:\n  evaluableOn: [terraform, cloudformation]";
    CTL027: Error, "the rules of a control and what it is decided on contradict each other",
        "Rules run on resources, which come from terraform, cloudformation and aws-config. A control that names one of them needs a rule; a \
         control that only events or account reports decide has `rules: []` and is reported as not evaluated, never as passed.\n\n\
         bad:\n  evaluableOn: [terraform]\n  rules: []\n\ngood:\n  evaluableOn: [account]\n  rules: []";
    CTL030: Warning, "a control has no compliant or no noncompliant case",
        "A rule without cases may pass everything, or nothing, and nobody notices. Each control has at least one case that must pass and \
         one that must fail; `policy test` runs them.\n\n\
         bad:\n  controls/DP-ENC-001-storage/{control.yaml,rule.rego}\n\n\
         good:\n  controls/DP-ENC-001-storage/tests/compliant/encrypted/main.tf\n  controls/DP-ENC-001-storage/tests/noncompliant/plain/main.tf";
    CTL040: Info, "a control is checked before the change only",
        "What is changed by hand, by another tool or before the control existed is never looked at. Add a stage that looks at the account.\n\n\
         bad:\n  stages: [ci-plan]\n\ngood:\n  stages: [ci-plan, aws-runtime]";
    CTL041: Info, "a control is checked in the account only",
        "Every mistake goes live before it is found. Add a stage that looks at the change.\n\n\
         bad:\n  stages: [aws-runtime]\n\ngood:\n  stages: [ci-plan, aws-runtime]";
    MAP000: Error, "a mapping file cannot be read",
        "The file is not a mapping with `framework` and `requirements`, has an unknown field, or says the same thing twice.\n\n\
         bad:\n  - {id: A.8.24, control: DP-ENC-001}\n\ngood:\n  - {id: A.8.24, controls: [DP-ENC-001], relation: intersects}";
    MAP001: Error, "a mapping names a control that does not exist",
        "A requirement that is answered by nothing would be reported as answered. Correct the id, or remove it.\n\n\
         bad:\n  - {id: A.8.24, controls: [DP-ENC-01]}\n\ngood:\n  - {id: A.8.24, controls: [DP-ENC-001]}";
    MAP002: Warning, "a requirement has no control",
        "This is a gap, and it is said so. Name a control, or say why none is needed.\n\n\
         bad:\n  - {id: A.7.4, title: Physical security monitoring}\n\n\
         good:\n  - {id: A.7.4, title: Physical security monitoring, notApplicable: Operated by AWS}";
    MAP003: Warning, "a control answers no requirement",
        "Nobody asked for the control, or the mapping forgot it.\n\n\
         bad:\n  # no file under mappings/ names TAG-001\n\ngood:\n  - {id: A.5.9, controls: [TAG-001]}";
    MAP004: Warning, "a control and a mapping disagree",
        "`mappings` of a control and the mapping file of the framework are two directions of one relation. When a control names a framework \
         at all, both must say the same.\n\n\
         bad:\n  mappings: {iso27001: [A.8.13]}      # and mappings/iso27001.yaml names the control under A.8.24\n\n\
         good:\n  mappings: {iso27001: [A.8.24]}";
    MAP005: Error, "the version of a framework is not quoted",
        "YAML reads 1.10 as the number 1.1.\n\nbad:\n  version: 1.10\n\ngood:\n  version: \"1.10\"";
    PCK000: Error, "a pack cannot be read",
        "The file is not a pack with `id`, `title` and `controls` or `select`, has an unknown field, or its id is taken.\n\n\
         bad:\n  name: network\n  control: [NET-001]\n\ngood:\n  id: network\n  title: Network baseline\n  controls: [\"NET-*\"]";
    PCK001: Error, "a pack names controls that do not exist",
        "A pack that is thought to contain a control and does not is a gap that nobody sees. Correct the id, the beginning before `*`, or \
         the selector.\n\n\
         bad:\n  controls: [NET-0001]\n\ngood:\n  controls: [NET-001]";
    PCK002: Error, "a pack selects no control",
        "A run with this pack would check nothing.\n\n\
         bad:\n  controls: [NET-001]\n  exclude: [\"NET-*\"]\n\ngood:\n  controls: [\"NET-*\"]\n  exclude: [NET-012]";
    PCK003: Error, "a parameter of a pack cannot be used",
        "A pack may set the parameters of the controls that it selects, with a value of the type of the default, and packs that are used \
         together must not disagree.\n\n\
         bad:\n  parameters: {BCK-001: {days: 35}}\n\ngood:\n  parameters: {BCK-001: {minimumRetentionDays: 35}}";
    PCK004: Warning, "rules of a conformance pack have no control here",
        "The managed rules of an AWS Config conformance pack select controls through `mappings/aws-config-rules.yaml`. The rules named here \
         are not in it, or are rules of your own: what they check is not checked in this run. Parameters without a counterpart keep the \
         value of the control.\n\n\
         bad:\n  Source: {Owner: AWS, SourceIdentifier: API_GW_XRAY_ENABLED}      # no control answers it\n\n\
         good:\n  Source: {Owner: AWS, SourceIdentifier: ENCRYPTED_VOLUMES}        # DP-ENC-004";
    WKL000: Error, "a workload evidence map cannot be read",
        "The file is not a mapping with workload, owner, environment and controls, or has an unknown field.\n\n\
         bad:\n  workload: cases\n  control: [DP-ENC-001]\n\n\
         good:\n  workload: cases\n  owner: team-cases\n  environment: prod\n  controls:\n    - {id: DP-ENC-001, reviewCadence: monthly}";
    WKL001: Error, "a workload names a control that does not exist",
        "The evidence of a control that nobody evaluates proves nothing.\n\n\
         bad:\n  controls:\n    - {id: DP-ENC-01}\n\ngood:\n  controls:\n    - {id: DP-ENC-001}";
    WKL002: Warning, "a workload does not list a control that applies to it",
        "The control names the environment of the workload, and its data if it names any. Without a row nobody collects its evidence.\n\n\
         bad:\n  environment: prod\n  controls: []\n\ngood:\n  environment: prod\n  controls:\n    - {id: DP-ENC-001, reviewCadence: monthly}";
    WKL003: Warning, "the evidence of a workload is not in order",
        "A row has no review cadence, its review is overdue, it names evidence that is not a source of its control, or the workload names \
         an account that is not in the registry.\n\n\
         bad:\n  - {id: DP-ENC-001, evidence: [screenshots]}\n\n\
         good:\n  - {id: DP-ENC-001, evidence: [aws-config], reviewCadence: monthly, lastReviewedOn: 2026-11-02}";
    WKL004: Warning, "a workload gives a control another title",
        "Two titles for one id make readers look for two controls. Use the title of the catalog, or leave it out.\n\n\
         bad:\n  - {id: DP-ENC-001, title: Encrypt things}\n\n\
         good:\n  - {id: DP-ENC-001, title: Production storage must use approved encryption}";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_with_a_bad_and_a_good_example() {
        for code in CODES {
            assert!(code.explanation.contains("\n\nbad"), "{}", code.id);
            assert!(code.explanation.contains("\n\ngood"), "{}", code.id);
        }
    }
}
