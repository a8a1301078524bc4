//! The arguments of `policy evidence`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ListingArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Evidence {
    /// Find records by account, Region, workload, control, resource, owner, status, exception and time
    #[command(
        after_help = "Exit codes: 0 something was found · 1 nothing matches · 2 something could not be read"
    )]
    Search(Box<EvidenceSearch>),
    /// Append what saved reports say to an evidence log
    Append(EvidenceAppend),
    /// Check that a log is unbroken, and that it continues a checkpoint that was kept
    #[command(after_help = "Exit codes: 0 sound · 1 changed, cut off or not the log of the checkpoint")]
    Verify(EvidenceVerify),
    /// Print the checkpoint of a log: its size and root. Keep it where nobody can rewrite it
    Checkpoint(EvidenceCheckpoint),
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceSearch {
    /// Evidence logs (.jsonl), audit packages, or reports of `policy check -o json`
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Account id
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Workload
    #[arg(long, value_name = "NAME")]
    pub(crate) workload: Option<String>,
    /// Control
    #[arg(long, value_name = "ID")]
    pub(crate) control: Option<String>,
    /// Resource; `*` stands for any text
    #[arg(long, value_name = "PATTERN")]
    pub(crate) resource: Option<String>,
    /// Owner
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
    /// pass, fail, excepted, unknown, not-applicable or error
    #[arg(long, value_name = "STATUS", value_parser = ["pass", "fail", "excepted", "unknown", "not-applicable", "error"])]
    pub(crate) status: Option<String>,
    /// Exception
    #[arg(long, value_name = "ID")]
    pub(crate) exception: Option<String>,
    /// First day of the time window
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Last day of the time window
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceAppend {
    /// The log; it is made when it is not there
    #[arg(value_name = "LOG")]
    pub(crate) log: PathBuf,
    /// A report of `policy check -o json --all-outcomes`; repeat for several
    #[arg(long = "report", value_name = "FILE", required = true)]
    pub(crate) reports: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceVerify {
    /// The log
    #[arg(value_name = "LOG")]
    pub(crate) log: PathBuf,
    /// A checkpoint that was kept
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceCheckpoint {
    /// The log
    #[arg(value_name = "LOG")]
    pub(crate) log: PathBuf,
    /// What the log is called
    #[arg(long, value_name = "NAME", default_value = "policy/evidence")]
    pub(crate) origin: String,
}
