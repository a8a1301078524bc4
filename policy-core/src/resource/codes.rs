//! Diagnostic codes of the resource model.

use crate::diagnostic::codes;

codes! {
    RES001: Error, "a policy document is not valid",
        "The text of an IAM policy attribute is not a JSON object, so nobody can say what it allows. Rules that read it have the \
         outcome `unknown`. Check the JSON at the place shown; in Terraform, `jsonencode` or `aws_iam_policy_document` cannot get it wrong.";
    RES002: Warning, "two resources set the same thing",
        "Two resources of one type configure the same parent and disagree. Which one wins depends on the order in which they are applied, \
         so the attribute is unknown. Keep one of them.";
    RES003: Error, "an entry of the typemap is not valid",
        "The table that maps native attributes to canonical ones has an entry that cannot be used. Mend the entry at the place shown.";
}
