//! Where record files belong: what is over moves to `exceptions/expired/`.

use std::collections::BTreeMap;

use super::lifecycle::State;
use super::record::{Folder, Record};
use super::registry::Registry;
use crate::date::AsOf;

/// A file that lies in the wrong folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it lies.
    pub from: String,
    /// Where it belongs.
    pub to: String,
    /// The records in it, with their states.
    pub records: Vec<(String, State)>,
}

/// A file that cannot be moved because some of its records are over and others are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixedFile {
    /// The file.
    pub file: String,
    /// The records that are over.
    pub over: Vec<String>,
    /// The records that are not.
    pub in_use: Vec<String>,
}

/// What has to be moved, and what has to be split first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tidying {
    /// The moves, by file.
    pub moves: Vec<Move>,
    /// Files that hold both kinds of records.
    pub mixed: Vec<MixedFile>,
}

impl Registry {
    /// The files whose records are all over at `as_of` and that do not lie below `exceptions/expired/`.
    ///
    /// Invalid records stay where they are: somebody has to mend them, and nobody looks for work among what is over.
    pub fn tidying(&self, as_of: AsOf) -> Tidying {
        let mut files: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
        for record in self.records() {
            files.entry(record.span.source().name()).or_default().push(record);
        }
        let mut tidying = Tidying::default();
        for (file, records) in files {
            if records.iter().any(|record| record.folder == Folder::Expired) {
                continue;
            }
            let states: Vec<(String, State)> = records
                .iter()
                .map(|record| (record.id.to_string(), self.state(record, as_of).state))
                .collect();
            let (over, in_use): (Vec<_>, Vec<_>) =
                states.iter().cloned().partition(|(_, state)| is_over(*state));
            if over.is_empty() {
                continue;
            }
            if in_use.is_empty() {
                tidying.moves.push(Move {
                    from: file.to_owned(),
                    to: expired_path(file),
                    records: states,
                });
            } else {
                let ids = |records: Vec<(String, State)>| records.into_iter().map(|(id, _)| id).collect();
                tidying.mixed.push(MixedFile {
                    file: file.to_owned(),
                    over: ids(over),
                    in_use: ids(in_use),
                });
            }
        }
        tidying
    }
}

/// True for states that no date leads out of.
fn is_over(state: State) -> bool {
    matches!(
        state,
        State::Expired | State::Rejected | State::Revoked | State::Closed | State::Superseded
    )
}

/// `exceptions/approved/2026/a.yaml` belongs to `exceptions/expired/2026/a.yaml`. Without a folder `approved` the file goes
/// to `expired/` below `exceptions`, or beside itself when there is no `exceptions` in its path.
fn expired_path(file: &str) -> String {
    let (directories, name) = match file.rsplit_once('/') {
        Some((directories, name)) => (directories.split('/').collect::<Vec<_>>(), name),
        None => (Vec::new(), file),
    };
    let root = directories
        .iter()
        .rposition(|&directory| directory == "exceptions")
        .map_or_else(
            || {
                directories
                    .len()
                    .saturating_sub(usize::from(directories.last() == Some(&"approved")))
            },
            |at| at + 1,
        );
    let (above, below) = directories.split_at(root.min(directories.len()));
    let below = match below.split_first() {
        Some((&("approved" | "requested"), rest)) => rest,
        _ => below,
    };
    let mut path: Vec<&str> = above.to_vec();
    path.push("expired");
    path.extend(below);
    path.push(name);
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_move_beside_the_folder_of_what_is_in_force() {
        let cases = [
            (
                "exceptions/approved/EXC-2026-0001.yaml",
                "exceptions/expired/EXC-2026-0001.yaml",
            ),
            (
                "exceptions/approved/2026/EXC-2026-0001.yaml",
                "exceptions/expired/2026/EXC-2026-0001.yaml",
            ),
            ("gov/exceptions/requested/a.yaml", "gov/exceptions/expired/a.yaml"),
            ("exceptions/a.yaml", "exceptions/expired/a.yaml"),
            (
                "/approved/exceptions/a.yaml",
                "/approved/exceptions/expired/a.yaml",
            ),
            ("waivers/approved/a.yaml", "waivers/expired/a.yaml"),
            ("waivers/a.yaml", "waivers/expired/a.yaml"),
            ("a.yaml", "expired/a.yaml"),
        ];
        for (from, to) in cases {
            assert_eq!(expired_path(from), to);
        }
    }
}
