//! Terraform inputs. OpenTofu writes the same formats.

mod block_locator;
pub mod codes;
pub mod detect;
pub mod plan;
pub mod source;
mod source_location;
pub mod state;

pub use source_location::locate_in_source;
