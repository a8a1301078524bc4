//! Diagnostic codes of the Terraform state reader.

use crate::diagnostic::codes;

codes! {
    TST001: Error, "the input is not a Terraform state",
        "A state is the JSON that `terraform show -json` prints without a plan file (an object with `format_version` and \
         `values`), or the state file itself (`terraform.tfstate`, an object with `version` and `resources`). OpenTofu \
         writes the same formats.";
    TST002: Error, "the format version of the state is not supported",
        "Of `terraform show -json` the versions 0.1 to 1.x are read, of state files version 4, which Terraform writes since \
         0.12. Another version may give fields another meaning, so it is refused rather than misread. Run \
         `terraform show -json > state.json` with the Terraform version that wrote the state, and check that file.";
    TST003: Error, "an object of the state cannot be read",
        "One object does not have the shape or the address that Terraform writes. All other objects are evaluated, and the \
         run stays undecided because this one was not.";
    TST004: Error, "two objects of the state have the same address",
        "An address stands for one object, so findings and exceptions could not tell the two apart. Only the first is \
         evaluated. Terraform never writes this; check what else changes the file.";
    TST005: Info, "deposed objects are not evaluated",
        "A deposed object is the old half of a replacement that waits for its deletion. The current object of the same \
         address is evaluated.";
    TST006: Error, "the state is encrypted",
        "OpenTofu can encrypt its state. Only OpenTofu can read it then: run `tofu show -json > state.json` where the key is \
         configured, and check that file.";
    TST007: Error, "the attributes of an object are in a form that is no longer written",
        "Terraform before 0.12 kept attributes as flat text, and a state file keeps that form until the object is refreshed. \
         Nothing is known of its attributes. Run `terraform apply -refresh-only`, or check the output of \
         `terraform show -json`.";
    TST008: Error, "a part of the state has the wrong shape",
        "Lists such as `resources` and `child_modules` must be lists. What is in this part is not evaluated, so the run is \
         undecided. Make the file again with `terraform show -json > state.json`.";
}
