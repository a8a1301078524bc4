//! Codes for exception records and their registry.

use crate::diagnostic::{Code, codes};

/// True when an error of this code makes the record invalid, so that it suppresses nothing.
///
/// Faults of an approval cost the approval and not the record, which stays *requested*: `EXC004`, `EXC005`, `EXC014`,
/// `EXC015`, `EXC028`. A late approval (`EXC016`) counts from its day on. Where a file lies and how it is called (`EXC020`,
/// `EXC021`, `EXC027`) says nothing about what was approved; the folder has a veto of its own. `EXC029` depends on the day
/// and is weighed with the state.
pub(super) fn voids_record(code: &Code) -> bool {
    const SPARED: [&str; 10] = [
        "EXC004", "EXC005", "EXC014", "EXC015", "EXC016", "EXC020", "EXC021", "EXC027", "EXC028", "EXC029",
    ];
    !SPARED.contains(&code.id)
}

/// True when an error of this code leaves a run undecided: a file could not be read, or a record is invalid.
///
/// The other errors are for `policy lint`. They cost an approval or say where a file lies; the record works or waits, what it
/// does not cover is reported as open, and nothing about the verdict is uncertain.
pub fn undecides(code: &Code) -> bool {
    voids_record(code) || code.id == EXC029.id
}

codes! {
    EXC000: Error, "an exception file cannot be read",
        "The file is not YAML, or a record or registry in it has an unknown field or a value of the wrong type. Evaluation goes on without it: what it was meant to cover is reported as open.

bad:
  scope:
    resource: tf:aws_s3_bucket.demo

good:
  scope:
    resources: [\"tf:aws_s3_bucket.demo\"]";
    EXC001: Error, "an exception has no expiry",
        "Every exception expires. If it cannot expire it is a policy change: narrow the scope of the control, or change the control itself. A record without `expiresOn` is invalid and suppresses nothing.

bad:
  expiresOn:

good:
  expiresOn: 2026-03-30";
    EXC002: Error, "an exception has a bad or duplicate id",
        "The id is how approvals, tickets and reports name the exception, so it has one form (EXC-, the year, a number of at least four digits) and occurs once. Of records with the same id none is used.

bad:
  id: exc-7

good:
  id: EXC-2026-0007";
    EXC003: Error, "an exception does not name exactly one known control",
        "An approval is given for one control. Wildcards and lists would turn it into a bypass that nobody decided on; write one record per control. The control must exist in the catalog of this run.

bad:
  controlId: [DP-ENC-001, DP-BCK-001]

good:
  controlId: DP-ENC-001";
    EXC004: Error, "nobody independent approved",
        "Approvals by the owner, by the requester and by members of the team that owns the deviation do not count. When no other approval remains for a role that must approve, the record stays requested and suppresses nothing.

bad:
  owner: budi@example.com
  approval:
    requestedBy: budi@example.com
    requestedOn: 2026-02-25
    approvals:
      - {by: budi@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved}

good:
  owner: budi@example.com
  approval:
    requestedBy: budi@example.com
    requestedOn: 2026-02-25
    approvals:
      - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved}";
    EXC005: Error, "a role that must approve did not",
        "The control names the roles that must approve, all of them. An approval in another role is welcome and not enough.

bad:
  approvals:
    - {by: rina@example.com, role: developer, on: 2026-02-27, decision: approved}

good:
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved}";
    EXC006: Error, "an exception lasts longer than its control allows",
        "The control says how long one exception may last (`exception.maxDurationDays`), in calendar days with the first and the last included. Shorten it; when more time is needed later, renew it with a new record that supersedes this one.

bad (at most 30 days, this is 31):
  effectiveFrom: 2026-03-01
  expiresOn: 2026-03-31

good:
  effectiveFrom: 2026-03-01
  expiresOn: 2026-03-30";
    EXC007: Error, "the control allows no exceptions",
        "The control says `exception.allowed: false`, or says nothing about exceptions at all, which means the same. Mend the resource, or change the control.

bad:
  controlId: LOG-001        # its control.yaml has no `exception`

good (in control.yaml of LOG-001):
  exception: {allowed: true, maxDurationDays: 30, approvalRole: security-risk-owner}";
    EXC008: Error, "an exception has no evidence",
        "A record needs at least one link to what it rests on: a ticket, a decision, a document in the repository.

bad:
  evidence: []

good:
  evidence:
    - {link: \"https://tickets.example.com/RISK-118\"}";
    EXC009: Error, "an exception has no compensating control",
        "While the deviation lasts, something else has to protect; say what. A control can waive this (`exception.requireCompensatingControl: false`), and a false positive needs none. A `controlId` named here must exist.

bad:
  compensatingControls: []

good:
  compensatingControls:
    - {description: \"Replica is in an isolated subnet without a public route\"}";
    EXC010: Error, "an exception does not name its resources",
        "A pattern says what kind of identifier it means and matches the whole of it: `tf:` a Terraform address, `cfn:` Stack/LogicalId, a whole `arn:`, `id:` a physical id. `*` stays inside a segment, `**` crosses segments, `[*]` is any instance. Wildcards alone would suppress all alerts.

bad:
  scope: {resources: [\"*\"]}

good:
  scope: {resources: [\"tf:module.reporting.aws_db_instance.replica[0]\"]}";
    EXC011: Error, "an exception is not limited to an account, Region or environment",
        "For a production control, or one of severity high or critical, a record must say where it holds: accounts, regions, environments, or ARNs without wildcards in account and Region. For other controls this is a warning.

bad:
  scope:
    resources: [\"tf:aws_s3_bucket.demo\"]

good:
  scope:
    resources: [\"tf:aws_s3_bucket.demo\"]
    environments: [prod]";
    EXC012: Error, "an exception has no owner",
        "Somebody answers for the deviation until it is gone.

bad:
  owner: \"\"

good:
  owner: team-payments";
    EXC013: Error, "an exception has no real reason",
        "The reason tells the next reader why the control cannot be met and what will change that. At least 20 characters, and no placeholder.

bad:
  reason: TBD

good:
  reason: Vendor snapshot cannot be re-encrypted in place; migration is planned for 2026-03-25.";
    EXC014: Error, "an approval is older than its request",
        "Nobody can approve what was not requested yet. The approval does not count.

bad:
  requestedOn: 2026-02-25
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-20, decision: approved}

good:
  requestedOn: 2026-02-25
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved}";
    EXC015: Error, "an approver does not hold the role",
        "The people registry says who holds a role, directly, through a team or as a delegate. Others cannot approve in it; the approval does not count.

bad (registry/people.yaml does not list the approver):
  approvals:
    - {by: sari@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved}

good:
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved}";
    EXC016: Error, "an exception starts before it was approved",
        "An exception does not reach back. The record counts from its last needed approval on; before that it was only requested. Correct `effectiveFrom`, or leave it out.

bad:
  effectiveFrom: 2026-03-01
  approval: {approvals: [{by: rina@example.com, role: security-risk-owner, on: 2026-03-10}]}

good:
  effectiveFrom: 2026-03-10
  approval: {approvals: [{by: rina@example.com, role: security-risk-owner, on: 2026-03-10}]}";
    EXC017: Error, "a date is not a date",
        "Dates are exactly `2026-03-30`, or an instant with its offset such as `2026-03-30T17:00:00Z`. A date that cannot be read makes the record invalid: an expiry that is guessed is an expiry that can be missed.

bad:
  expiresOn: 2027-02-29

good:
  expiresOn: 2027-02-28";
    EXC018: Error, "an exception ends before it starts",
        "The time from `effectiveFrom` to `expiresOn` is empty. A day as `expiresOn` is included, so the same day twice is one day.

bad:
  effectiveFrom: 2026-03-30
  expiresOn: 2026-03-01

good:
  effectiveFrom: 2026-03-01
  expiresOn: 2026-03-30";
    EXC019: Warning, "an exception has no review cadence",
        "Somebody has to look whether the deviation is still needed: daily, weekly, biweekly, monthly, quarterly, or every so many days (P10D).

bad:
  review: {lastReviewedOn: 2026-03-08}

good:
  review: {cadence: weekly, lastReviewedOn: 2026-03-08, lastReviewedBy: rina@example.com}";
    EXC020: Error, "an exception filed as approved is over",
        "Records that are over move to `exceptions/expired/`, so that the folder of approved exceptions shows what is in force. `policy exceptions tidy --write` moves them.

bad:
  exceptions/approved/EXC-2026-0007.yaml   # expired on 2026-03-30

good:
  exceptions/expired/EXC-2026-0007.yaml";
    EXC021: Error, "an exception filed as expired is not over",
        "Somebody moved the record to `exceptions/expired/`, and its dates say that it is still in force or to come. The folder has the veto: the record suppresses nothing. Revoke or close it properly, or move it back.

bad:
  exceptions/expired/EXC-2026-0007.yaml    # expires on 2026-12-31

good:
  exceptions/approved/EXC-2026-0007.yaml   # expires on 2026-12-31";
    EXC022: Warning, "a review of an exception is overdue",
        "The review cadence of the record has passed since the last review (or since its start). Review it and write down when and by whom.

bad (looked at on 2026-03-20):
  review: {cadence: weekly, lastReviewedOn: 2026-03-08, lastReviewedBy: rina@example.com}

good:
  review: {cadence: weekly, lastReviewedOn: 2026-03-18, lastReviewedBy: rina@example.com}";
    EXC023: Warning, "an exception matched nothing",
        "The record is in force and no finding of this run needed it. When the run saw the whole estate, the deviation is gone: close the record.

bad:
  closure: {criteria: Replica replaced by encrypted instance}

good (the replica is encrypted now):
  closure: {criteria: Replica replaced by encrypted instance, closedOn: 2026-03-25, by: rina@example.com, reason: remediated}";
    EXC024: Warning, "two exceptions cover the same finding",
        "More than one record in force covers a finding completely. When one of them expires or is revoked the finding stays hidden, which nobody expects. Keep one; to prolong a record write a new one that supersedes it.

bad:
  id: EXC-2026-0012        # same control and resource as EXC-2026-0007

good:
  id: EXC-2026-0012
  supersedes: EXC-2026-0007";
    EXC025: Error, "a chain of renewals is broken or too long",
        "Renewing again and again is a permanent bypass by instalments. A control limits how often a record may be renewed (`exception.maxRenewals`), and the whole chain may last three times its maximum duration. Each link must exist and be for the same control. Mend the resource, or change the control.

bad (the fourth record in a row, two renewals are allowed):
  supersedes: EXC-2026-0031

good:
  closure: {closedOn: 2026-06-30, reason: remediated}";
    EXC026: Warning, "an exception covers something that does not exist",
        "A resource or account named in the scope is in none of the inputs or registries. The name is misspelt, or what it meant is gone and the record can be closed.

bad:
  scope: {accounts: [prod-dta]}

good:
  scope: {accounts: [prod-data]}";
    EXC027: Error, "a file is not named after its exception",
        "Reviewers find a record by the name of its file: the id, optionally followed by `-` and a few words.

bad:
  exceptions/approved/replica.yaml         # id: EXC-2026-0007

good:
  exceptions/approved/EXC-2026-0007.yaml";
    EXC028: Error, "an exception was changed after it was approved",
        "The approval names the digest of what was approved (`approves.sha256`), and the record has another one now: scope, control, dates or text were edited. The approval does not count until it is given again for the new content.

bad:
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27, approves: {sha256: <digest of the old content>}}

good:
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-03-02, approves: {sha256: <digest of this content>}}";
    EXC029: Error, "a written state is not the state",
        "The state of an exception is computed from its dates and approvals. A `state` in the file is only checked; when it is wrong the record suppresses nothing. Remove the field.

bad:
  state: active            # expired on 2026-03-30

good:
  # no `state`";
    EXC030: Warning, "a suppression in source names no exception",
        "A comment in source code suppresses nothing by itself: it has no approval, no scope and no end. It is honoured when it names a registered exception that is in force; what is covered is what that record says, never what the comment stands beside.

bad:
  # policy:ignore DP-ENC-001

good:
  # policy:ignore DP-ENC-001 EXC-2026-0007";
    EXC031: Warning, "an exception was written down after its approval",
        "The first commit of the record is younger than the approval in it, so the approval was given for something that did not exist yet, or its date is wrong.

bad (first committed on 2026-03-20):
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27}

good (first committed on 2026-02-25):
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27}";
    EXC032: Warning, "a skip for another tool suppresses nothing",
        "Comments for checkov, tfsec and trivy and metadata for checkov, cfn-guard, cfn_nag and cdk-nag are shown with `--foreign-skips` or `foreignSkips: true` in policy.yaml. Nobody approved them and most have no end, so they are never honoured: register what is still needed, and remove the rest.

bad:
  #checkov:skip=CKV_AWS_20:public on purpose

good:
  # policy:ignore DP-PUB-002 EXC-2026-0007";
    EXC033: Warning, "an exception goes on where another one ended",
        "It is for the same control and the same resources, begins within 30 days of the end of the other one, and does not supersede it. Renewals that do not say that they are renewals escape the limits that a control sets to them, and the age of the deviation starts anew.

bad (EXC-2026-0007 ended on 2026-03-30):
  id: EXC-2026-0012
  effectiveFrom: 2026-03-31

good:
  id: EXC-2026-0012
  effectiveFrom: 2026-03-31
  supersedes: EXC-2026-0007";
    GOV001: Error, "others than approvers may change approved exceptions",
        "CODEOWNERS decides who has to agree to a change of `exceptions/approved/`. Every owner of that folder holds a role that approves exceptions, and owns none; otherwise a team accepts its own deviations. The last line that matches decides.

bad (CODEOWNERS):
  * @org/team-payments

good (CODEOWNERS):
  * @org/team-payments
  /exceptions/approved/ @org/risk-office";
    GOV002: Warning, "nobody owns CODEOWNERS",
        "Whoever may change CODEOWNERS may change who approves.

bad (CODEOWNERS):
  /exceptions/approved/ @org/risk-office

good (CODEOWNERS):
  /exceptions/approved/ @org/risk-office
  /CODEOWNERS @org/risk-office";
    GOV003: Error, "the history of the registry cannot be read",
        "An earlier state of the registry was asked for (`--registry-rev`), or its history (`policy lint --git`), and git does not give it: the program is missing, the directory is under no version control, the name stands for no commit, or the clone is shallow. No exception is applied.

bad:
  policy check plan.json --registry-rev v1.O

good:
  policy check plan.json --registry-rev v1.0";
    EXC040: Info, "separation of duties cannot be verified",
        "Without a people registry the names and roles in approvals are compared as texts: nobody checks that an approver holds the role, or is not on the owner's team. The same holds when a record does not say who requested it, and when.

bad:
  # no registry/people.yaml

good (registry/people.yaml):
  roles:
    security-risk-owner: {members: [rina@example.com]}
  teams:
    team-payments: {members: [budi@example.com]}";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_with_a_bad_and_a_good_example() {
        for code in CODES {
            assert!(code.explanation.contains("\n\nbad"), "{}", code.id);
            assert!(code.explanation.contains("\n\ngood"), "{}", code.id);
            assert!(!code.summary.ends_with('.'), "{}", code.id);
        }
        let mut ids: Vec<_> = CODES.iter().map(|code| code.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), CODES.len());
    }
}
