//! Terraform inputs.

mod block_locator;
pub mod source;
mod source_location;

pub use source_location::locate_in_source;
