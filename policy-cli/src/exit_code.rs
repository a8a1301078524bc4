//! Exit codes. The numbers are the library's; here they become the process's.

use std::process::ExitCode;

use policy_core::gate;

/// The command did what it was asked and nothing is wrong.
pub(crate) fn pass() -> ExitCode {
    ExitCode::from(gate::EXIT_PASS)
}

/// Something the command checks is broken.
pub(crate) fn fail() -> ExitCode {
    ExitCode::from(gate::EXIT_FAIL)
}

/// Something could not be read, understood or decided.
pub(crate) fn undecided() -> ExitCode {
    ExitCode::from(gate::EXIT_UNDECIDED)
}

/// The command line or the settings file is wrong.
pub(crate) fn usage() -> ExitCode {
    ExitCode::from(gate::EXIT_USAGE)
}
