//! `registry/people.yaml`: who holds which role and who is on which team.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::codes;
use super::pattern::Pattern;
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, FieldCodes, Fields, Shape, Text, yaml};
use crate::source::Source;

static CODES: FieldCodes = FieldCodes {
    unknown: &codes::EXC000,
    missing: &codes::EXC000,
    invalid: &codes::EXC000,
};
static PEOPLE: Shape = Shape {
    what: "a people registry",
    fields: &["schemaVersion", "roles", "teams"],
    elsewhere: &[("roles", &["members", "delegates"])],
    codes: &CODES,
};
static ROLE: Shape = Shape {
    what: "a role",
    fields: &["members", "delegates"],
    elsewhere: &[],
    codes: &CODES,
};
static TEAM: Shape = Shape {
    what: "a team",
    fields: &["members", "resources"],
    elsewhere: &[],
    codes: &CODES,
};

/// The people registry.
///
/// Names are compared without regard to case and to the blanks around them: nobody becomes a different person by
/// writing their address in capitals.
#[derive(Clone, Debug, Default)]
pub struct People {
    roles: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    teams: BTreeMap<String, Team>,
}

#[derive(Clone, Debug, Default)]
struct Team {
    members: Vec<Arc<str>>,
    resources: Vec<Pattern>,
}

impl People {
    /// Reads the registry. What is wrong is reported and left out, so that nobody holds a role by accident.
    pub fn load(source: &Arc<Source>) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let root = match yaml::parse(source) {
            Ok(root) => root,
            Err(errors) => return (Self::default(), super::load::unreadable(errors)),
        };
        let mut people = Self::default();
        if let Some(mut fields) = Fields::read(&root, &PEOPLE, &mut diagnostics) {
            super::load::schema_version(&mut fields);
            let roles = fields.optional("roles").map().unwrap_or_default();
            let teams = fields.optional("teams").map().unwrap_or_default();
            for entry in roles {
                people.role(entry, &mut diagnostics);
            }
            for entry in teams {
                people.team(entry, &mut diagnostics);
            }
        }
        (people, diagnostics)
    }

    fn role(&mut self, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        let Some(mut fields) = Fields::read(&entry.value, &ROLE, diagnostics) else {
            return;
        };
        let mut holders = texts(fields.required("members").strings());
        holders.extend(texts(fields.optional("delegates").strings()));
        self.roles.insert(entry.key.clone(), holders);
    }

    fn team(&mut self, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        let Some(mut fields) = Fields::read(&entry.value, &TEAM, diagnostics) else {
            return;
        };
        let members = texts(fields.required("members").strings());
        let mut resources = Vec::new();
        for text in fields.optional("resources").strings().unwrap_or_default() {
            match Pattern::parse(&text) {
                Ok(pattern) => resources.push(pattern),
                Err(error) => fields.report(
                    Diagnostic::new(&codes::EXC000, error.to_string())
                        .at(&text.span)
                        .help(error.help()),
                ),
            }
        }
        self.teams.insert(fold(&entry.key), Team { members, resources });
    }

    /// True when the registry knows the role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.contains_key(role)
    }

    /// True when `person` holds `role`: directly, as a delegate, or as a member of a team that holds it.
    pub fn holds(&self, person: &str, role: &str) -> bool {
        self.roles
            .get(role)
            .is_some_and(|holders| self.includes(holders, person))
    }

    /// True when `person` is a member of `team`, which may be written with or without `team:` in front.
    pub fn on_team(&self, person: &str, team: &str) -> bool {
        self.team_named(team)
            .is_some_and(|team| self.includes(&team.members, person))
    }

    /// The patterns of the resources a team owns.
    pub fn team_resources(&self, team: &str) -> &[Pattern] {
        self.team_named(team).map_or(&[], |team| &team.resources)
    }

    fn team_named(&self, name: &str) -> Option<&Team> {
        let name = fold(name);
        self.teams.get(name.strip_prefix("team:").unwrap_or(&name))
    }

    /// Looks for a person among members, some of which are teams. A team that contains itself is looked at once.
    fn includes(&self, members: &[Arc<str>], person: &str) -> bool {
        let person = fold(person);
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<String> = members.iter().map(|member| fold(member)).collect();
        while let Some(member) = waiting.pop() {
            if member == person {
                return true;
            }
            if let Some(team) = member.strip_prefix("team:").and_then(|name| self.teams.get(name))
                && seen.insert(member)
            {
                waiting.extend(team.members.iter().map(|member| fold(member)));
            }
        }
        false
    }
}

/// The form in which names are compared: lower case, and the address only of `Rina <rina@example.com>`.
pub(super) fn fold(name: &str) -> String {
    let address = name
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(address, _)| address);
    address.unwrap_or(name).trim().to_lowercase()
}

/// True for a name that can look like another one: with invisible characters, or with letters of another script among
/// Latin ones. Names are compared as text, so that such a one would make two people of one.
pub(super) fn is_deceptive(name: &str) -> bool {
    let mut latin = false;
    let mut other = false;
    for c in name.chars() {
        match c {
            ' '..='~' => latin |= c.is_ascii_alphabetic(),
            // Latin letters with marks are told apart by everybody.
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => latin = true,
            _ if c.is_alphanumeric() => other = true,
            _ => return true,
        }
    }
    latin && other
}

/// True when two names mean the same person or team.
pub(super) fn same(left: &str, right: &str) -> bool {
    let (left, right) = (fold(left), fold(right));
    left.strip_prefix("team:").unwrap_or(&left) == right.strip_prefix("team:").unwrap_or(&right)
}

fn texts(texts: Option<Vec<Text>>) -> Vec<Arc<str>> {
    texts.unwrap_or_default().into_iter().map(Arc::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_others_are_known() {
        for name in [
            "rina@example.com",
            "Zo\u{eb} <zoe@example.com>",
            "team:risk-office",
            "\u{420}\u{438}\u{43d}\u{430}",
        ] {
            assert!(!is_deceptive(name), "{name}");
        }
        for name in [
            "bud\u{456}@example.com",
            "bud\u{200b}i",
            "budi\u{301}",
            "bu\u{2024}di",
            "\u{ff42}udi",
            "budi\n",
        ] {
            assert!(is_deceptive(name), "{name:?}");
        }
    }

    fn people(text: &str) -> (People, Vec<Diagnostic>) {
        People::load(&Source::new("registry/people.yaml", text))
    }

    #[test]
    fn roles_are_held_directly_through_teams_and_as_delegates() {
        let (people, diagnostics) = people(
            "roles:\n  risk: {members: [rina@example.com, 'team:risk-office'], delegates: [adi@example.com]}\n\
             teams:\n  risk-office: {members: [sari@example.com, 'team:risk-office', 'team:night']}\n  \
             night: {members: ['Tom@Example.com']}\n  payments: {members: [budi@example.com], resources: ['tf:module.payments.**']}\n",
        );
        assert_eq!(diagnostics, []);
        for person in [
            "rina@example.com",
            " RINA@example.com",
            "adi@example.com",
            "sari@example.com",
            "tom@example.com",
        ] {
            assert!(people.holds(person, "risk"), "{person}");
        }
        assert!(!people.holds("budi@example.com", "risk"));
        assert!(!people.holds("rina@example.com", "other"));
        assert!(people.on_team("budi@example.com", "payments"));
        assert!(people.on_team("budi@example.com", "team:Payments"));
        assert!(!people.on_team("budi@example.com", "night"));
        assert_eq!(people.team_resources("payments").len(), 1);
        assert!(people.has_role("risk") && !people.has_role("other"));
    }

    #[test]
    fn one_person_has_many_spellings() {
        assert!(same("Rina <rina@example.com>", " RINA@example.com "));
        assert!(same("team:team-payments", "team-payments"));
        assert!(!same("rina@example.com", "sari@example.com"));
    }

    #[test]
    fn a_damaged_registry_gives_nobody_a_role() {
        let (people_, diagnostics) = people("roles:\n  risk: {member: [rina@example.com]}\n");
        assert!(!people_.holds("rina@example.com", "risk"));
        assert!(
            diagnostics
                .iter()
                .any(|diagnostic| diagnostic.message.contains("unknown field `member`"))
        );
        let (people_, diagnostics) = people("roles: [");
        assert!(!people_.has_role("risk"));
        assert_eq!(
            diagnostics.first().map(|diagnostic| diagnostic.code.id),
            Some("EXC000")
        );
        assert!(
            diagnostics
                .iter()
                .all(|diagnostic| diagnostic.location().is_some())
        );
    }
}
