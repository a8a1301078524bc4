//! The command line as typed. Resolution against `policy.yaml` and defaults happens in `settings`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// Make and check audit packages
    #[command(subcommand)]
    Audit(Audit),
    /// Print the JSON Schema of a format
    Schema(Schema),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Facts the input may not tell, shared by everything that reads inputs.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files or directories; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Name shown for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(crate) stdin_filename: String,
    /// Account id of what is checked, when the input does not say it
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Region of what is checked, when the input does not say it
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Environment of what is checked; outranks tags
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Value of a Terraform variable; repeat for several
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(crate) vars: Vec<String>,
    /// File of Terraform variable values; repeat for several
    #[arg(long = "var-file", value_name = "FILE")]
    pub(crate) var_files: Vec<PathBuf>,
    /// CloudFormation parameter values: a JSON or YAML map, or the list that the AWS CLI takes
    #[arg(long, value_name = "FILE")]
    pub(crate) params: Option<PathBuf>,
    /// The template of a change set that was described without property values
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
}

impl InputArgs {
    /// These paths and nothing else.
    pub(crate) fn of(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            stdin_filename: "<stdin>".into(),
            account: None,
            region: None,
            environment: None,
            vars: Vec::new(),
            var_files: Vec::new(),
            params: None,
            template: None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Output FORMAT or FORMAT=FILE; repeat for several. Formats: text, json, sarif, junit, markdown, github, gitlab,
    /// oscal-results, oscal-poam, asff, ocsf
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub(crate) outputs: Vec<String>,
    /// Only these controls
    #[arg(long = "control", value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Not these controls
    #[arg(long = "skip-control", value_name = "ID")]
    pub(crate) skip: Vec<String>,
    /// Only controls of this severity or above
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) severity: Option<String>,
    /// Least severity of an open finding that fails the run [default: medium]
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<String>,
    /// What to do about undecided outcomes [default: fail for critical controls, warn for the rest]
    #[arg(long, value_enum)]
    pub(crate) on_unknown: Option<OnUnknown>,
    /// Directory of exception records; repeat for several
    #[arg(long = "exceptions", value_name = "DIR")]
    pub(crate) exception_dirs: Vec<PathBuf>,
    /// Judge exceptions as of this date, instant or +Nd
    #[arg(long, value_name = "DATE|+Nd")]
    pub(crate) as_of: Option<String>,
    /// Let a run as of a past date decide the exit code
    #[arg(long)]
    pub(crate) allow_historical: bool,
    /// The inputs show everything their accounts and Regions hold
    #[arg(long)]
    pub(crate) complete: bool,
    /// Only what the change introduces can fail the run: what a plan or change set shows to be there before is reported
    /// and does not count
    #[arg(long)]
    pub(crate) changed_only: bool,
    /// The inputs show everything the exception registry is about: records that match nothing are reported
    #[arg(long)]
    pub(crate) complete_scope: bool,
    /// Accept a run that evaluates nothing
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Findings do not fail the run (undecided runs still exit 2)
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// List every outcome in JSON
    #[arg(long)]
    pub(crate) all_outcomes: bool,
    /// Write an unsigned in-toto statement about this run: inputs, controls, exceptions and the result
    #[arg(long, value_name = "FILE")]
    pub(crate) attest: Option<PathBuf>,
    /// Worker threads [default: one per core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<usize>,
}

/// `--on-unknown`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OnUnknown {
    /// Undecided outcomes at or over the threshold fail the run
    Fail,
    /// They are reported and never fail the run
    Warn,
    /// They are only counted
    Ignore,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Only these controls
    #[arg(value_name = "CONTROL")]
    pub(crate) controls: Vec<String>,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Controls {
    /// One line per control
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Everything about one control
    Show {
        /// For example DP-ENC-001
        id: String,
    },
    /// Requirement by requirement: which controls answer it, and whether they were evaluated
    #[command(
        after_help = "Exit codes: 0 no gap · 1 requirements without a control · 2 something could not be read"
    )]
    Coverage(Box<Coverage>),
}

#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// Framework, for example iso27001; repeat for several [default: all]
    #[arg(long = "framework", value_name = "KEY")]
    pub(crate) frameworks: Vec<String>,
    /// Evaluate these inputs, to see which controls say something about them
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Account id of what is checked, when the input does not say it
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Region of what is checked, when the input does not say it
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Environment of what is checked; outranks tags
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: ListFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Exceptions {
    /// One line per record with its state and the days it has left
    List(ExceptionsList),
    /// Everything about one record
    Show(ExceptionsShow),
    /// Which records end when and, for the given inputs, which gates turn red on which date
    #[command(
        after_help = "Exit codes: 0 no gate turns red · 1 a gate that passes today will not · 2 something could not be read"
    )]
    Forecast(ExceptionsForecast),
    /// Write the request for a new record; on a terminal it asks for what the flags leave out. Never approves
    New(Box<ExceptionsNew>),
    /// Write the request for a record that renews another one
    Renew(ExceptionsRenew),
    /// Show which files belong to exceptions/expired, and move them with --write
    #[command(
        after_help = "Exit codes: 0 tidy, or everything was moved · 1 files have to be moved or split · 2 something could not be read"
    )]
    Tidy(ExceptionsTidy),
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
}

/// `-o` of commands that list things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For a person
    Text,
    /// For a program
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ExceptionsList {
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Only records in this state; repeat for several
    #[arg(long = "state", value_name = "STATE")]
    pub(crate) states: Vec<String>,
    /// Only records of this control; repeat for several
    #[arg(long = "control", value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ExceptionsShow {
    /// For example EXC-2026-0007
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Output format
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ExceptionsForecast {
    /// Plans, templates or directories: each is a gate that is evaluated as of every date on which something changes
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only these controls
    #[arg(long = "control", value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// How far to look
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub(crate) days: u32,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Account id of what is checked, when the input does not say it
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Region of what is checked, when the input does not say it
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Environment of what is checked; outranks tags
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Least severity of an open finding that fails a gate [default: medium]
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value = "text")]
    pub(crate) output: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ExceptionsNew {
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Control to deviate from
    #[arg(long, value_name = "ID")]
    pub(crate) control: Option<String>,
    /// Pattern of what is covered, such as tf:module.a.aws_s3_bucket.demo; repeat for several
    #[arg(long = "resource", value_name = "PATTERN")]
    pub(crate) resources: Vec<String>,
    /// Account it is limited to; repeat for several
    #[arg(long = "account", value_name = "ID")]
    pub(crate) accounts: Vec<String>,
    /// Region it is limited to; repeat for several
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Environment it is limited to; repeat for several
    #[arg(long = "environment", value_name = "NAME")]
    pub(crate) environments: Vec<String>,
    /// Attribute whose violation is covered; repeat for several [default: every violation]
    #[arg(long = "field", value_name = "PATH")]
    pub(crate) fields: Vec<String>,
    /// One line
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// waiver, mitigated, false-positive or break-glass
    #[arg(long, default_value = "waiver")]
    pub(crate) category: String,
    /// Who answers for the deviation
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Why the control cannot be met and what will change that
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// What is at stake
    #[arg(long, value_name = "TEXT")]
    pub(crate) risk: Option<String>,
    /// What protects in the meantime; repeat for several
    #[arg(long = "compensating", value_name = "TEXT")]
    pub(crate) compensating: Vec<String>,
    /// Who asks
    #[arg(long, value_name = "PERSON")]
    pub(crate) requested_by: Option<String>,
    /// First day [default: the day of the approval]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Last day, or +Nd
    #[arg(long, value_name = "DATE|+Nd")]
    pub(crate) expires: Option<String>,
    /// How often it is looked at: daily, weekly, biweekly, monthly, quarterly or P<n>D
    #[arg(long, value_name = "CADENCE", default_value = "weekly")]
    pub(crate) review: String,
    /// Link to the ticket or document it rests on; repeat for several
    #[arg(long = "evidence", value_name = "LINK")]
    pub(crate) evidence: Vec<String>,
    /// What has to be true before it is closed
    #[arg(long, value_name = "TEXT")]
    pub(crate) closure: Option<String>,
    /// Id of the record [default: the next one of the year]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Print the record instead of writing exceptions/requested/<ID>.yaml
    #[arg(long)]
    pub(crate) print: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExceptionsRenew {
    /// The record to renew
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Last day of the renewal, or +Nd
    #[arg(long, value_name = "DATE|+Nd")]
    pub(crate) expires: Option<String>,
    /// Who asks
    #[arg(long, value_name = "PERSON")]
    pub(crate) requested_by: Option<String>,
    /// Why it is still needed [default: the old reason]
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Link to the ticket or document the renewal rests on, besides the old ones; repeat for several
    #[arg(long = "evidence", value_name = "LINK")]
    pub(crate) evidence: Vec<String>,
    /// Print the record instead of writing exceptions/requested/<ID>.yaml
    #[arg(long)]
    pub(crate) print: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExceptionsTidy {
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Move the files
    #[arg(long)]
    pub(crate) write: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A diagnostic code (EXC001) or a control id (DP-ENC-001)
    pub(crate) what: String,
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
    /// Directory of exception records; repeat for several
    #[arg(long = "exceptions", value_name = "DIR")]
    pub(crate) exception_dirs: Vec<PathBuf>,
    /// Measure as of this date, instant or +Nd
    #[arg(long, value_name = "DATE|+Nd")]
    pub(crate) as_of: Option<String>,
    /// Also list what was counted
    #[arg(long)]
    pub(crate) explain: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
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
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `--stage`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Stage {
    /// Before the change: a plan or a template
    Plan,
    /// In the account
    Runtime,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Write the nine sections about a control or a framework, or name those that are missing
    Package(Box<AuditPackage>),
    /// Check that a package is what it was when it was made
    Verify(AuditVerify),
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("subject").required(true))]
pub(crate) struct AuditPackage {
    /// The control
    #[arg(long, value_name = "ID", group = "subject")]
    pub(crate) control: Option<String>,
    /// The framework, as controls name it under `mappings`
    #[arg(long, value_name = "NAME", group = "subject")]
    pub(crate) framework: Option<String>,
    /// First day of the time window
    #[arg(long, value_name = "DATE")]
    pub(crate) from: String,
    /// Last day of the time window
    #[arg(long, value_name = "DATE")]
    pub(crate) to: String,
    /// A report of `policy check -o json --all-outcomes`; repeat for several
    #[arg(long = "report", value_name = "FILE")]
    pub(crate) reports: Vec<PathBuf>,
    /// Directory of exception records; repeat for several
    #[arg(long = "exceptions", value_name = "DIR")]
    pub(crate) exception_dirs: Vec<PathBuf>,
    /// The sign-off: YAML with reviewedBy, role and reviewedOn
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_off: Option<PathBuf>,
    /// The package before this one
    #[arg(long, value_name = "DIR")]
    pub(crate) previous: Option<PathBuf>,
    /// Judge exceptions as of this date or instant
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Where to write; must not exist or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerify {
    /// The package
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The Merkle root that was kept when the package was made
    #[arg(long, value_name = "HEX")]
    pub(crate) root: Option<String>,
    /// The package before this one
    #[arg(long, value_name = "DIR")]
    pub(crate) previous: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// report, inventory, control, exception, mapping or workload
    pub(crate) name: String,
}
