//! The arguments of `policy controls`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ContextArgs, ListingArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum Controls {
    /// One line per control
    List {
        /// Only the controls of this pack: a name or a file; repeat for several
        #[arg(long = "pack", value_name = "NAME|FILE")]
        packs: Vec<String>,
        #[command(flatten)]
        listing: ListingArgs,
    },
    /// One line per pack
    Packs {
        #[command(flatten)]
        listing: ListingArgs,
    },
    /// Write a pack in the format of another tool
    Export {
        /// The pack: a name or a file
        #[arg(long, value_name = "NAME|FILE")]
        pack: String,
        /// The format
        #[arg(long, value_enum)]
        format: ExportFormat,
    },
    /// The catalogue and the evidence map as Markdown
    Docs,
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

/// `--format` of `policy controls export`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExportFormat {
    /// AWS Config conformance pack: the managed rules that check the controls
    ConformancePack,
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
