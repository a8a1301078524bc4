//! Text formats read into located trees: every node knows file, line and column.

mod node;

pub use node::{Entry, Node, NodeKind};
