//! The arguments of `policy controls`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ContextArgs, ListingArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum Controls {
    /// One line per control
    List {
        #[command(flatten)]
        listing: ListingArgs,
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
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}
