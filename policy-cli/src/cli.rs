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
    /// Explain a diagnostic code or a control
    Explain(Explain),
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
    /// CloudFormation parameter values: a JSON or YAML map, or the list that the AWS CLI takes
    #[arg(long, value_name = "FILE")]
    pub(crate) params: Option<PathBuf>,
    /// The template of a change set that was described without property values
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
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
    /// Accept a run that evaluates nothing
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Findings do not fail the run (undecided runs still exit 2)
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// List every outcome in JSON
    #[arg(long)]
    pub(crate) all_outcomes: bool,
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
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A diagnostic code (EXC001) or a control id (DP-ENC-001)
    pub(crate) what: String,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// report or inventory
    pub(crate) name: String,
}
