//! The arguments of `policy audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ListingArgs, RegistryArgs};

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
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// The sign-off: YAML with reviewedBy, role and reviewedOn
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_off: Option<PathBuf>,
    /// The package before this one
    #[arg(long, value_name = "DIR")]
    pub(crate) previous: Option<PathBuf>,
    /// Append to this evidence log how long the package took
    #[arg(long, value_name = "LOG")]
    pub(crate) drill: Option<PathBuf>,
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
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}
