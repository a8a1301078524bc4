//! Diagnostic codes of CDK cloud assemblies.

use crate::diagnostic::codes;

codes! {
    CDK001: Error, "the cloud assembly cannot be read",
        "`manifest.json` in the output directory of `cdk synth` (usually `cdk.out`) lists the stacks of an application. It is \
         missing or has another shape than the CDK writes. Run `cdk synth` again.";
    CDK002: Error, "the cloud assembly has no stacks",
        "Nothing in the manifest is a CloudFormation stack, so there is nothing to evaluate, which is never a pass. Look at \
         what `cdk list` prints.";
    CDK003: Error, "the CDK reported an error for a stack",
        "The application marked a construct with an error, so the CDK would refuse to deploy the stack. What is in its \
         template is evaluated. Mend what the message says, and run `cdk synth` again.";
    CDK004: Error, "a stack of the cloud assembly cannot be read",
        "A stack names its template under `properties.templateFile`, and two stacks cannot have one name. The other stacks are \
         evaluated.";
}
