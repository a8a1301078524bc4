//! Diagnostics about controls and their files.

use crate::diagnostic::codes;

codes! {
    CTL000: Error, "a control file cannot be read",
        "The file is not a YAML mapping. A control file holds one control: id, title, intent, severity, scope and the rest at the top \
         level. Everything else in the catalog is still used; the run is undecided until the file is mended.";
    CTL001: Error, "a control id is missing or has the wrong form",
        "An id is upper-case words and a number of at least three digits, joined by dashes.\n\n  bad:  id: encryption-1\n  good: id: DP-ENC-001";
    CTL002: Error, "two controls have the same id",
        "Findings, exceptions and mappings refer to a control by its id, so an id means one control for ever. Give the newer one a new \
         id; both places are shown.";
    CTL003: Error, "a control's file or directory is not named after it",
        "The name begins with the id, so that a person finds the file: `controls/DP-ENC-001-s3-encryption.yaml` or \
         `controls/DP-ENC-001-storage-encryption/control.yaml`.";
    CTL004: Error, "a control has no title or no intent",
        "The title says what must hold, the intent why. Both are read in every report and audit package.\n\n  bad:  title: \"\"\n  good: title: Production storage must use approved encryption";
    CTL005: Error, "a control has no severity, or an unknown one",
        "Write critical, high, medium, low or info. The gate compares it with --fail-on.";
    CTL006: Error, "a control's exception duration is missing or out of range",
        "Where exceptions are allowed, `exception.maxDurationDays` is a whole number from 1 to 365. A deviation that may last longer than \
         a year is not an exception but a change of the control.";
    CTL007: Error, "a control that allows exceptions names no approval role",
        "`exception.approvalRole` names the role (or roles, all of them) that accept the risk. Without it anybody could approve.";
    CTL008: Error, "a control's remediation mode is unknown",
        "Write manual, automated, manual-or-automated-by-resource-type or none.";
    CTL009: Error, "a control has an unknown or wrong field",
        "Unknown fields are refused, because a misspelled `scope` would silently widen a control. Use keys that begin with `x-` for data \
         of your own. Fields at the top level that belong under a parent mean that the file lost its indentation.";
    CTL010: Warning, "a control names no evidence source",
        "A control without evidence is an aspiration: nobody can show that it operates. List the systems that prove it under \
         `evidenceSources`.";
    CTL011: Warning, "a control has no owner",
        "`owner` names the team that answers for the control and decides about its rule.";
    CTL012: Warning, "a control has no review cadence",
        "`reviewCadence` says how often the control itself is looked at: monthly, quarterly, …";
    CTL015: Warning, "remediation depends on the resource type, and no type is listed",
        "With `mode: manual-or-automated-by-resource-type`, `remediation.byResourceType` says which is which.";
    CTL016: Warning, "a control has no remediation hint",
        "`remediation.hint` is what a person reads below the finding: the concrete argument to set.";
    CTL020: Warning, "a control does not say which resources it is about",
        "Without `scope.resourceTypes` the rule runs on every resource and has to pick its own.";
    CTL021: Warning, "a control does not say which environments it is for",
        "Without `scope.environments` it applies everywhere. Write `environments: [all]` to say that this is meant.";
    CTL022: Error, "`scope.environments` is empty",
        "An empty list would apply to nothing. Name the environments, or write `[all]`.";
    CTL023: Error, "a control names a resource type that nothing provides",
        "A control over a type that no input yields is never evaluated and looks like a pass. Use a family (rds), a kind (rds_instance), \
         a Terraform type (aws_db_instance) or a CloudFormation type (AWS::RDS::DBInstance); types that the typemap does not know are \
         written as the input spells them, with `aws_` or `::`.";
    CTL024: Error, "a Rego file belongs to no control",
        "Its package is neither the package of a control (`controls.dp_enc_001` for DP-ENC-001, or one named under `rules`) nor a library \
         (`lib.*`). A rule that nothing refers to protects nothing.";
    CTL025: Error, "a parameter is not one of the control's",
        "Settings may override the parameters that a control declares, with a value of the same type.";
}
