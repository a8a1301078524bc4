//! Readers: bytes of one input in, native resources out. Readers know formats; they know no controls.

pub mod aws_config;
pub mod cloudformation;
pub mod codes;
mod load;
pub mod terraform;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::resource::{ModuleCalls, NativeResource};
use crate::source::Source;
use crate::value::Value;

pub use load::{Companions, NamedInput, load, load_with, looks_like_input, looks_like_manifest};

/// The formats that are recognised by content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputFormat {
    /// `terraform show -json` of a plan.
    TerraformPlan,
    /// A directory of `.tf` files, evaluated without a plan.
    TerraformSource,
    /// A CloudFormation template, YAML or JSON.
    CloudFormationTemplate,
    /// A Terraform state: `terraform show -json`, or the state file itself.
    TerraformState,
    /// AWS Config configuration items: snapshot, history, API output, rule event or advanced-query rows.
    AwsConfig,
    /// AWS Cloud Control API resources, as `GetResource` gives them.
    CloudControl,
    /// A CloudFormation change set, as `DescribeChangeSet` gives it.
    CloudFormationChangeSet,
}

impl InputFormat {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TerraformPlan => "terraform-plan",
            Self::TerraformSource => "terraform-source",
            Self::CloudFormationTemplate => "cloudformation-template",
            Self::TerraformState => "terraform-state",
            Self::AwsConfig => "aws-config",
            Self::CloudControl => "cloud-control",
            Self::CloudFormationChangeSet => "cloudformation-change-set",
        }
    }
}

/// What the caller knows about an input that the input itself may not tell.
#[derive(Clone, Debug, Default)]
pub struct InputContext {
    /// CloudFormation parameter values by name.
    pub parameters: BTreeMap<String, Value>,
    /// Account id that `AWS::AccountId` stands for.
    pub account: Option<String>,
    /// Region that `AWS::Region` stands for.
    pub region: Option<String>,
}

/// What a reader made of one input.
#[derive(Clone, Debug)]
pub struct LoadedInput {
    /// The recognised format, when there is one.
    pub format: Option<InputFormat>,
    /// The resources, in the order of the input.
    pub resources: Vec<NativeResource>,
    /// What is wrong with the input. An `Error` among them makes the run undecided.
    pub diagnostics: Vec<Diagnostic>,
    /// The decoded text, when it was text.
    pub source: Option<Arc<Source>>,
    /// The modules that Terraform source calls; none for other inputs.
    pub module_calls: ModuleCalls,
}

/// Diagnostics that say that a part of the input is not read: what it makes, nobody sees.
const UNSEEN: [&str; 5] = ["CFN012", "CFN013", "CFN018", "CFN019", "TFS009"];

impl LoadedInput {
    /// The parts of the input whose resources are not among [`resources`](Self::resources), in the words of its
    /// diagnostics: nested stacks elsewhere, modules that are not there, transforms that add resources.
    pub fn unseen(&self) -> Vec<Arc<str>> {
        let parts = self.diagnostics.iter();
        parts
            .filter(|diagnostic| UNSEEN.contains(&diagnostic.code.id))
            .map(|diagnostic| Arc::from(diagnostic.message.as_str()))
            .collect()
    }

    fn failed(source: Option<Arc<Source>>, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            format: None,
            resources: Vec::new(),
            diagnostics,
            source,
            module_calls: ModuleCalls::default(),
        }
    }
}
