//! One file per subcommand.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod controls;
pub(crate) mod evidence;
pub(crate) mod exceptions;
pub(crate) mod explain;
pub(crate) mod inventory;
pub(crate) mod lint;
pub(crate) mod metrics;
pub(crate) mod remediation;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod test;
