//! Terraform inputs. OpenTofu writes the same formats.

mod block_locator;
pub mod codes;
pub mod detect;
mod open_values;
pub mod plan;
pub mod source;
mod source_location;
pub mod state;

pub use open_values::open_with_source;
pub use source_location::locate_in_source;
