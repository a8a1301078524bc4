//! Diagnostic codes of nested stacks.

use crate::diagnostic::codes;

codes! {
    NST001: Error, "the template of a stack is missing",
        "The file is named by a stack or an assembly and is not beside it. Nothing of that stack is evaluated, so the run is \
         undecided. For a CDK application run `cdk synth` again and give the whole output directory.";
    NST002: Warning, "a nested stack is not read",
        "The template of the nested stack is not a file beside its parent: `TemplateURL` is a URL of S3, or is known at \
         deployment only. Its resources are not evaluated. Give the template as an input of its own.";
    NST003: Error, "stacks are nested in themselves or too deeply",
        "A template names itself as a nested stack, or there are more than 16 levels or 500 nested stacks. What lies beyond is \
         not evaluated.";
}
