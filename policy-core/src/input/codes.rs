//! Diagnostics about inputs as a whole.

use crate::diagnostic::codes;

codes! {
    INP001: Error, "an input cannot be read",
        "The file or directory is not there, or may not be read, or holds nothing that is an input. The other inputs are still \
         evaluated; the run is undecided, because what was not read cannot pass.";
    INP002: Error, "an input is not recognised",
        "Inputs are recognised by content: a Terraform plan in JSON (`terraform show -json tfplan > plan.json`) or a CloudFormation \
         template in YAML or JSON. If it is one of these, the beginning of the file is not what such files begin with.";
    INP004: Warning, "an input holds no resource",
        "The input was read and there is nothing in it to evaluate. That is right for a plan that only destroys; otherwise the wrong file \
         may have been given. A run in which no input holds anything is undecided unless --allow-empty says that this is meant.";
    INP005: Warning, "root modules below a root module are not read",
        "A directory with Terraform source is one root module, as it is for Terraform: the directories below it count only where it calls \
         them. Others that no module calls, such as examples or one directory for each environment, are root modules of their own. Give \
         their paths, or a directory above that holds no source itself: then every root module below is read.";
    INP003: Error, "the file of parameter values is not usable",
        "Write a mapping `{Name: value}`, the list that the AWS CLI takes (`[{ParameterKey: Name, ParameterValue: value}]`), or \
         CodePipeline's `{Parameters: {Name: value}}`, in JSON or YAML.";
}
