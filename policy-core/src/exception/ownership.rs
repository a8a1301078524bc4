//! Who may change the registry: `CODEOWNERS` against the roles that approve.
//!
//! On a host that enforces code owners, whoever owns `exceptions/approved/` decides what is approved. Matching paths is the
//! caller's work; here it is judged who was found.

use std::collections::BTreeSet;

use super::codes;
use super::registry::Registry;
use crate::control::Catalog;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What `CODEOWNERS` says about two paths. `None` when no line matches.
#[derive(Clone, Debug)]
pub struct Ownership {
    /// The line that decides about `exceptions/approved/`: its owners and its place.
    pub approved: Option<(Vec<String>, Span)>,
    /// The line that decides about `CODEOWNERS` itself.
    pub itself: Option<(Vec<String>, Span)>,
    /// The beginning of the file.
    pub file: Span,
}

impl Registry {
    /// Judges the owners: those of approved exceptions hold a role that approves and own no exception, and somebody owns
    /// `CODEOWNERS`.
    pub fn lint_ownership(&self, ownership: &Ownership, catalog: &Catalog) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        match &ownership.approved {
            Some((owners, span)) if !owners.is_empty() => {
                found.extend(owners.iter().filter_map(|owner| self.judge(owner, span, catalog)));
            }
            other => {
                let place = other.as_ref().map_or(&ownership.file, |(_, span)| span);
                found.push(
                    Diagnostic::new(&codes::GOV001, "nobody owns `exceptions/approved/`")
                        .at(place)
                        .help("add `/exceptions/approved/ @org/<team that approves>`"),
                );
            }
        }
        if ownership
            .itself
            .as_ref()
            .is_none_or(|(owners, _)| owners.is_empty())
        {
            let place = ownership
                .itself
                .as_ref()
                .map_or(&ownership.file, |(_, span)| span);
            found.push(
                Diagnostic::new(&codes::GOV002, "nobody owns CODEOWNERS itself")
                    .at(place)
                    .help("add a line for the file; whoever may change it may change who approves"),
            );
        }
        found
    }

    fn judge(&self, owner: &str, span: &Span, catalog: &Catalog) -> Option<Diagnostic> {
        let name = name(owner);
        let owns = |record: &super::Record| {
            record
                .owner
                .as_ref()
                .is_some_and(|team| super::people::same(team, name) || super::people::same(team, owner))
        };
        if let Some(record) = self.records().iter().find(|record| owns(record)) {
            return Some(
                Diagnostic::new(
                    &codes::GOV001,
                    format!(
                        "`{owner}` owns `{}` and may change `exceptions/approved/`",
                        record.id
                    ),
                )
                .at(span)
                .help("nobody accepts their own deviation: give the folder to a team that approves"),
            );
        }
        let roles: BTreeSet<&str> = catalog
            .controls
            .values()
            .flat_map(|control| control.exception.approval_roles.iter().map(|role| role.trim()))
            .collect();
        let holds = roles.iter().any(|role| match &self.options().people {
            Some(people) => {
                people.holds(&format!("team:{name}"), role)
                    || people.holds(owner, role)
                    || people.holds(name, role)
            }
            None => *role == name,
        });
        (!holds).then(|| {
            Diagnostic::new(
                &codes::GOV001,
                format!("`{owner}` may change `exceptions/approved/` and holds no role that approves"),
            )
            .at(span)
            .help("give the folder to a team that is a member of an approval role in `registry/people.yaml`")
        })
    }
}

/// `risk-office` of `@org/risk-office` and of `@risk-office`; addresses stay as they are.
fn name(owner: &str) -> &str {
    match owner.strip_prefix('@') {
        Some(name) => name.rsplit('/').next().unwrap_or(name),
        None => owner,
    }
}
