//! Diagnostic codes of the change set reader.

use crate::diagnostic::codes;

codes! {
    CCS001: Error, "not a usable change set",
        "A change set is what `aws cloudformation describe-change-set --include-property-values` prints: an object with a \
         list `Changes`.";
    CCS002: Error, "the change set is not ready",
        "CloudFormation has not finished the change set or could not make it, so its changes are not all there. Wait for \
         `CREATE_COMPLETE` (`aws cloudformation wait change-set-create-complete`), or mend what `StatusReason` says.";
    CCS003: Error, "the change set is cut off",
        "The answer has a next token, so changes are missing. `aws cloudformation describe-change-set` gives all pages unless \
         `--max-items` or `--no-paginate` is given.";
    CCS004: Error, "the change set does not tell the properties",
        "Without the property values nothing is known of the resources, so nothing of them can pass. Run `aws cloudformation \
         describe-change-set --include-property-values`, or give the template of the change set too (`aws cloudformation \
         get-template --change-set-name NAME --template-stage Processed`).";
    CCS005: Error, "a change cannot be read",
        "Every change names a `LogicalResourceId`, a `ResourceType` and an `Action`, and its contexts are objects or texts \
         that hold one as JSON. The other changes are evaluated, and the run stays undecided because this one was not.";
    CCS006: Error, "the template does not belong to the change set",
        "The template and the change set disagree on a resource, so at least one of them is of another stack or another \
         version. Use the template that the change set was made from, after its transforms: `aws cloudformation get-template \
         --change-set-name NAME --template-stage Processed`.";
    CCS007: Warning, "the action of a change is not determined",
        "CloudFormation finds out only while it changes the stack whether it will update, replace or remove the resource. It \
         is treated as a replacement, the most that can happen to a resource that stays.";
    CCS008: Error, "a nested change set is not read",
        "The changes of a nested stack are in a change set of their own. Describe it as well (its id is in `ChangeSetId`) and \
         check it beside this one.";
    CCS009: Info, "the change set changes nothing",
        "CloudFormation refuses to make a change set without changes and says so. There is nothing to evaluate in it.";
}
