//! Diagnostic codes of the Terraform readers.

use crate::diagnostic::codes;

codes! {
    TFP001: Error, "the input is not a Terraform plan",
        "A plan is the JSON that `terraform show -json <plan file>` prints, an object with `format_version` and \
         `resource_changes`. Run `terraform plan -out=tfplan`, then `terraform show -json tfplan > plan.json`. \
         OpenTofu writes the same format: `tofu show -json`.";
    TFP002: Error, "the format version of the plan is not supported",
        "Versions 0.1 to 1.x are read; newer minor versions only add fields. A new major version may give fields \
         another meaning, so it is refused rather than misread. Use a version of this tool that knows it.";
    TFP003: Error, "the plan cannot be read",
        "The text is not valid JSON, it ends too early, or a part of it has another shape than Terraform writes. Make \
         the file again with `terraform show -json <plan file>` and check that nothing else writes into it.";
    TFP004: Error, "a change of the plan cannot be read",
        "One element of `resource_changes` does not have the shape that Terraform writes. All other resources are \
         evaluated, and the run stays undecided because this one was not.";
    TFP005: Error, "an address of the plan cannot be read",
        "An address names module, type, name and instance, such as `module.a[\"x\"].aws_s3_bucket.b[0]`. A resource \
         without a readable address cannot be joined or excepted, so it is not evaluated.";
    TFP006: Error, "a planned resource has no planned values",
        "The plan says that the resource will exist, but not what it will be. Usually the plan was cut down or \
         redacted after Terraform wrote it. The resource is not evaluated.";
    TFP007: Error, "two changes have the same address",
        "An address stands for one object, so findings and exceptions could not tell the two apart. Only the first is \
         evaluated. Terraform never writes this; check what else changes the file.";
    TFP008: Error, "Terraform could not finish the plan",
        "The plan says `errored: true`: Terraform met an error after planning a part of the resources. What is in the \
         plan is evaluated, but the rest is unknown, so the run is undecided. Mend the error and plan again.";
    TFP009: Error, "the plan is incomplete",
        "The plan says `complete: false`: after applying it, more changes are due, because `-target` was used or some \
         changes were deferred. What is in the plan is evaluated; what is not in it cannot pass. Plan without `-target`.";
    TFP010: Error, "the plan defers changes",
        "Some resources could not be planned yet and are listed under `deferred_changes`. What they will be is not \
         known, so they are not evaluated and the run is undecided. Apply this plan, then plan and check the rest.";
    TFP011: Info, "resources were changed outside of Terraform",
        "The plan lists drift: real objects differ from the last recorded state. The planned values are evaluated; the \
         drift itself is not a finding.";
    TFP012: Info, "deposed objects are not evaluated",
        "A deposed object is the old half of a replacement that waits for its deletion. The current object of the same \
         address is evaluated.";
    TFP013: Warning, "the plan has no configuration",
        "Without the `configuration` part nothing tells which values refer to which resources. Unknown values keep no \
         reason and satellites such as `aws_s3_bucket_versioning` may not find their bucket. Use the plan as \
         `terraform show -json` writes it.";
    TFP014: Error, "the configuration of the plan cannot be read",
        "The `configuration` part has another shape than Terraform writes or is nested too deeply. References cannot \
         be followed without it. Make the file again with `terraform show -json <plan file>`.";
    TFP015: Warning, "an action of the plan is not known",
        "Known actions are create, update, delete, replace, no-op, read and forget. The resource is evaluated with its \
         planned values when it has any.";
    TFP016: Error, "a data source of the prior state cannot be read",
        "Values that come from this data source are treated as unknown.";
    TFP017: Error, "the input is a Terraform state, not a plan",
        "A state says what exists, a plan what will. For a plan run `terraform plan -out=tfplan`, then \
         `terraform show -json tfplan > plan.json`.";
    TFP018: Error, "the input is the log of a plan, not a plan",
        "`terraform plan -json` prints a stream of progress messages without the planned values. Run \
         `terraform plan -out=tfplan`, then `terraform show -json tfplan > plan.json`.";
    TFP019: Error, "the input is a binary plan",
        "The file that `terraform plan -out` writes can be read by Terraform only. Run \
         `terraform show -json tfplan > plan.json` in the directory of the configuration and check `plan.json`.";
    TFP020: Error, "the input is a plan for people",
        "The text that `terraform plan` or `terraform show` prints is not meant for tools. Run \
         `terraform plan -out=tfplan`, then `terraform show -json tfplan > plan.json`.";
    TFP021: Error, "the input is other JSON of Terraform",
        "Terraform also prints provider schemas and validation results as JSON. A plan is what \
         `terraform show -json <plan file>` prints.";
    TFP022: Error, "the configuration is too entangled to be followed",
        "Following the references of this configuration takes far more work than any real one. The references that \
         were not followed count as unknown. Check where the file comes from.";
    TFP023: Warning, "the source is not the one of the plan",
        "`--source` names the code that a plan was made of, to fill in what the plan cannot know yet. The two differ on a \
         value that both know, so only the plan is believed. Plan again after a change of the code, and \
         name the same directory, variable files and workspace.";
    TFP024: Warning, "the source of the plan does not evaluate",
        "`--source` names the code that a plan was made of, to fill in what the plan cannot know yet. It has errors, so only \
         the plan is believed. `policy check <directory>` shows them all; modules have to be initialised.";
}
