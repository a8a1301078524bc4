//! The command line as typed. Resolution against `policy.yaml` and defaults happens in `settings`.

mod audit;
mod check;
mod controls;
mod evidence;
mod exceptions;
mod variables;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use audit::{Audit, AuditPackage, AuditVerify};
pub(crate) use check::{Check, OnUnknown};
pub(crate) use controls::{Controls, Coverage, ExportFormat};
pub(crate) use evidence::{Evidence, EvidenceAppend, EvidenceCheckpoint, EvidenceSearch, EvidenceVerify};
pub(crate) use exceptions::{
    Exceptions, ExceptionsForecast, ExceptionsList, ExceptionsNew, ExceptionsRenew, ExceptionsShow,
    ExceptionsTidy,
};
pub(crate) use variables::{Variable, VariableArgs};

/// Check infrastructure code against governed controls.
#[derive(Debug, Parser)]
#[command(name = "policy", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// No colours, whatever the terminal can do (also: NO_COLOR)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Only what counts and the summary
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Settings file; default: the nearest policy.yaml upwards
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Directory of controls; repeat for several. Default: the pack in the binary
    #[arg(long = "controls", global = true, value_name = "DIR")]
    pub(crate) control_dirs: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Evaluate inputs and say whether the change may go ahead
    Check(Box<Check>),
    /// Run the compliant and noncompliant cases of controls
    Test(Test),
    /// Check the governance repository itself: controls, rules, exceptions
    Lint(Lint),
    /// Print the resource model of an input as JSON: what a rule sees
    Inventory(Inventory),
    /// List or show controls
    #[command(subcommand)]
    Controls(Controls),
    /// List, show, forecast, request, renew and tidy exception records
    #[command(subcommand)]
    Exceptions(Exceptions),
    /// Explain a diagnostic code or a control
    Explain(Explain),
    /// Write a saved JSON report in any other format
    Report(Report),
    /// Decide what to do about the findings of a saved report; nothing is executed
    Remediation(Remediation),
    /// Governance in numbers, from saved reports and exceptions
    Metrics(Metrics),
    /// How mature governance is, area by area, from the same numbers; never self-asserted
    Maturity(Metrics),
    /// Make and check audit packages
    #[command(subcommand)]
    Audit(Audit),
    /// Search, extend and check the evidence log
    #[command(subcommand)]
    Evidence(Evidence),
    /// Print the JSON Schema of a format
    Schema(Schema),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Facts the input may not tell.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ContextArgs {
    /// Account id of what is checked, when the input does not say it
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Region of what is checked, when the input does not say it
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Environment of what is checked; outranks tags
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
}

/// What everything that reads inputs takes.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files or directories; `-` is standard input. A .tf file stands for the whole directory it is in
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Name shown for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(crate) stdin_filename: String,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// CloudFormation parameter values: a JSON or YAML map, or the list that the AWS CLI takes
    #[arg(long, value_name = "FILE")]
    pub(crate) params: Option<PathBuf>,
    /// The template of a change set that was described without property values
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// The directory that a Terraform plan was made of: it tells what the plan cannot, such as the known parts of a policy
    /// that names a resource still to be made
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
}

impl InputArgs {
    /// These paths in this context and nothing else.
    pub(crate) fn of(paths: Vec<PathBuf>, context: ContextArgs) -> Self {
        Self {
            paths,
            stdin_filename: "<stdin>".into(),
            context,
            variables: VariableArgs::default(),
            params: None,
            template: None,
            source: None,
        }
    }
}

/// Which records, seen from when.
#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {
    /// Directory of exception records; repeat for several [default: that of policy.yaml, or exceptions/]
    #[arg(long = "exceptions", value_name = "DIR")]
    pub(crate) exception_dirs: Vec<PathBuf>,
    /// Judge exceptions as of this date, instant or +Nd
    #[arg(long, value_name = "DATE|+Nd")]
    pub(crate) as_of: Option<String>,
    /// Read exceptions, people and accounts as this commit, tag or branch has them; such a run explains and does not gate
    #[arg(long, value_name = "REV")]
    pub(crate) registry_rev: Option<String>,
}

/// `-o` of commands that list things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For a person
    Text,
    /// For a program
    Json,
}

/// How commands that list things print.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ListingArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: ListFormat,
    /// The same as `-o json`, as the tools of AWS and GitHub spell it
    #[arg(long, hide = true, conflicts_with = "output")]
    json: bool,
}

impl ListingArgs {
    /// The format asked for.
    pub(crate) fn format(self) -> ListFormat {
        if self.json { ListFormat::Json } else { self.output }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Only these controls
    #[arg(value_name = "CONTROL")]
    pub(crate) controls: Vec<String>,
    /// Also hold the lines of the rules against the cases: every one has to be evaluated by a case
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Also change the rules, condition by condition: a case has to notice every change. Those that none notices are
    /// justified in tests/mutation-survivors.yaml
    #[arg(long)]
    pub(crate) mutants: bool,
    /// Worker threads [default: one per core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Root of the governance repository
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
    /// Judge exceptions as of this date, instant or +Nd
    #[arg(long, value_name = "DATE|+Nd")]
    pub(crate) as_of: Option<String>,
    /// Warnings fail, too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Also hold exceptions against their history in git: written down after they were approved, changed since
    #[arg(long)]
    pub(crate) git: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inventory {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Output format: json, or text for people
    #[arg(short, long = "output", value_name = "FORMAT", default_value = "json")]
    pub(crate) output: String,
    /// Print the documents a rule gets as `input`, for use with other Rego tools
    #[arg(long)]
    pub(crate) as_input: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A diagnostic code (EXC001), a control id (DP-ENC-001), or the beginning of a finding's fingerprint
    pub(crate) what: String,
    /// The report that has the finding, from `policy check -o json`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// A report of `policy check -o json`; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Output FORMAT or FORMAT=FILE; repeat for several. Formats: those of `policy check`
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub(crate) outputs: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Metrics {
    /// Reports of `policy check -o json --all-outcomes`; reports of the same inputs are a series over time
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// An evidence log; repeat for several
    #[arg(long = "evidence", value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
    /// Also list what was counted
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Remediation {
    /// A report of `policy check -o json`; `-` is standard input
    #[arg(value_name = "REPORT")]
    pub(crate) report: PathBuf,
    /// Only the finding with this fingerprint, or one that begins like this
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) finding: Option<String>,
    /// Whether the findings were made before the change or in the account
    #[arg(long, value_enum, default_value_t = Stage::Plan)]
    pub(crate) stage: Stage,
    /// An environment in which the runbooks have worked; repeat for several
    #[arg(long = "soaked", value_name = "ENVIRONMENT")]
    pub(crate) soaked: Vec<String>,
    /// The role that a control names has approved the remediation
    #[arg(long)]
    pub(crate) approved: bool,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}

/// `--stage`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Stage {
    /// Before the change: a plan or a template
    Plan,
    /// In the account
    Runtime,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// report, inventory, control, exception, mapping, pack, workload, evidence, manifest, metrics or maturity
    pub(crate) name: String,
}
