//! The arguments of `policy check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{InputArgs, RegistryArgs};

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Output FORMAT or FORMAT=FILE; repeat for several. Formats: text, json, sarif, junit, markdown, github, gitlab,
    /// oscal-results, oscal-poam, asff, ocsf
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub(crate) outputs: Vec<String>,
    /// Only the controls of this pack, with its parameters: a name (`policy controls packs`), a pack file, or the YAML of an
    /// AWS Config conformance pack; repeat for several
    #[arg(long = "pack", value_name = "NAME|FILE")]
    pub(crate) packs: Vec<String>,
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
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Let a run as of a past date, or with an earlier registry, decide the exit code
    #[arg(long)]
    pub(crate) allow_historical: bool,
    /// Also list the skips that source and templates hold for checkov, tfsec, trivy, cfn-guard, cfn_nag and cdk-nag; they
    /// suppress nothing
    #[arg(long)]
    pub(crate) foreign_skips: bool,
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
