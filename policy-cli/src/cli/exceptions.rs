//! The arguments of `policy exceptions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ContextArgs, ListingArgs, RegistryArgs};

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
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExceptionsShow {
    /// For example EXC-2026-0007
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
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
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    /// Least severity of an open finding that fails a gate [default: medium]
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<String>,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
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
