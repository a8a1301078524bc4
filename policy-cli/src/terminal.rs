//! What the terminal can do, and the only functions that write to it.

use std::io::{IsTerminal as _, Write as _};

/// Writes to standard output. A closed pipe (`policy check | head`) is not an error.
pub(crate) fn out(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a line to standard error.
pub(crate) fn err(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Whether standard output takes colours: a terminal, and nobody said no.
pub(crate) fn color(no_color_flag: bool) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no_color_flag && !refused && std::io::stdout().is_terminal()
}

/// Asks for a line on standard error, so that standard output stays the product.
pub(crate) fn prompt(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes());
    let _ = err.flush();
}
