//! Codes for Terraform source.

use crate::diagnostic::codes;

codes! {
    TFS001: Error, "no Terraform files",
        "The directory of a root module or of a local module holds no `.tf` and no `.tf.json` file, or lies outside of what may be read. Check the path, and the `source` of the module call.";
    TFS002: Error, "declared twice",
        "Two blocks of one module declare the same thing. Terraform refuses this; here the first one counts. Delete or rename one of them, or move the second one into an override file (`*_override.tf`).";
    TFS003: Error, "not a Terraform block",
        "The block has a type, a number of labels or an argument that Terraform does not know. It is left out. Common causes: a typo in the first word, and labels that are missing or not quoted.";
    TFS004: Error, "not declared",
        "The expression refers to something that its module does not declare. A module sees only its own variables, locals, resources and modules; values come in through arguments and go out through outputs.";
    TFS005: Error, "values depend on each other",
        "A value is needed to compute itself, directly or through others. Terraform refuses such a cycle. All values in it are unknown here.";
    TFS006: Error, "an expression cannot be evaluated",
        "Terraform would stop here, too: an index that is not there, a null where a value is needed, operands of the wrong type. The value is unknown; everything that does not depend on it is still evaluated.";
    TFS007: Error, "a function call fails",
        "The function does not exist, or does not accept these arguments. The message says what the function says. The value is unknown.";
    TFS008: Error, "the value of a variable does not fit",
        "A value from a `.tfvars` file, the command line, a default or a module call does not fit the type of the variable, a `validation` of the variable refuses it, or a required value is missing in a module call.";
    TFS009: Warning, "a module is not available",
        "The module comes from a registry, from Git or from elsewhere, and nothing is fetched. Run `terraform init` (or `terraform get`) first: modules are then read from `.terraform/modules`. Until then its resources are not evaluated, its outputs are unknown, and `--complete` is not believed: what an inventory-wide control looks for may be in the module.";
    TFS010: Error, "`count` or `for_each` cannot be used",
        "`count` takes a whole number, `for_each` a map or a set of strings; neither takes null, and `for_each` no sensitive value. The block yields no instances.";
    TFS011: Error, "the evaluation is too deep or too long",
        "Values depend on each other through thousands of steps, or ask for millions of values, steps or instances. What goes beyond the limit is unknown, also inside `try` and `can`. Real configurations stay far below; docs/terraform-source.md lists the limits.";
    TFS012: Error, "not a type constraint",
        "`type` takes `string`, `number`, `bool`, `any`, `list(T)`, `set(T)`, `map(T)`, `tuple([T, …])` and `object({ name = T })`, where an attribute may be `optional(T)` or `optional(T, default)`. The variable is taken as `any`.";
    TFS013: Warning, "a value for no variable",
        "A `.tfvars` file or the command line sets a variable that the root module does not declare. It has no effect: look for a typo, or delete it.";
    TFS014: Error, "an argument has the wrong type",
        "The AWS provider wants another type for this argument, and the value cannot be converted. The argument is unknown.";
    TFS015: Error, "a file is missing",
        "A file named on the command line does not exist or cannot be read.";
    TFS016: Error, "a condition of the configuration does not hold",
        "A `precondition` or `postcondition` of a resource, a data source or an output is false whatever is only known after apply. Terraform makes no plan of such code. Everything is still evaluated.";
}
