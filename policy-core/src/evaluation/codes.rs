//! Diagnostics raised while evaluating.

use crate::diagnostic::codes;

codes! {
    EVL001: Error, "a rule could not be run to its end on a resource",
        "The rule failed, timed out or returned something that is not a violation. The outcome is `error`, never a pass, and the run \
         is undecided (exit code 2). Mend the rule: guard the expression named in the message, or return a string or an object with \
         message, path, paths, expected, actual, resource or related.";
    EVL002: Error, "a control has no rule that could be loaded",
        "The control was selected, but its rule did not load, so it protects nothing in this run. The diagnostics of the rule say why. \
         Every resource in its scope has the outcome `error`.";
    EVL003: Warning, "a control has no rule",
        "The control names no Rego rule. Controls that are checked elsewhere (AWS Config, an account report) belong in the catalog, and \
         they are never counted as passed here. Set `status: draft` while the rule is being written.";
    EVL004: Warning, "an exception was not applied because a fact is missing",
        "The exception restricts itself to an account, Region, environment or workload that this input does not tell, so it is not \
         applied. Pass --account, --region or --environment, or take the dimension out of the exception.";
}
