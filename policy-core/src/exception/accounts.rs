//! `registry/accounts.yaml`: names, ids and environments of the accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::codes;
use crate::control::Environment;
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, FieldCodes, Fields, Node, Shape, Text, yaml};
use crate::source::Source;

static CODES: FieldCodes = FieldCodes {
    unknown: &codes::EXC000,
    missing: &codes::EXC000,
    invalid: &codes::EXC000,
};
static ACCOUNTS: Shape = Shape {
    what: "an account registry",
    fields: &["schemaVersion", "accounts", "environments", "regionsInUse"],
    elsewhere: &[("accounts", &["name", "id", "environment", "ou", "owner"])],
    codes: &CODES,
};
static ACCOUNT: Shape = Shape {
    what: "an account",
    fields: &["name", "id", "environment", "ou", "owner"],
    elsewhere: &[],
    codes: &CODES,
};
static ENVIRONMENT: Shape = Shape {
    what: "an environment",
    fields: &["aliases", "production"],
    elsewhere: &[],
    codes: &CODES,
};

/// The account registry.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    ids: BTreeMap<Arc<str>, Arc<str>>,
    known_ids: BTreeSet<Arc<str>>,
    aliases: BTreeMap<String, Environment>,
    production: BTreeMap<Environment, bool>,
    regions_in_use: Vec<Arc<str>>,
}

impl Accounts {
    /// Reads the registry. What is wrong is reported and left out.
    pub fn load(source: &Arc<Source>) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let root = match yaml::parse(source) {
            Ok(root) => root,
            Err(errors) => return (Self::default(), super::load::unreadable(errors)),
        };
        let mut registry = Self::default();
        if let Some(mut fields) = Fields::read(&root, &ACCOUNTS, &mut diagnostics) {
            super::load::schema_version(&mut fields);
            let accounts = fields.optional("accounts").list().unwrap_or_default();
            let environments = fields.optional("environments").map().unwrap_or_default();
            let regions = fields.optional("regionsInUse").strings().unwrap_or_default();
            registry.regions_in_use = regions.into_iter().map(Arc::from).collect();
            for node in accounts {
                registry.account(node, &mut diagnostics);
            }
            for entry in environments {
                registry.environment(entry, &mut diagnostics);
            }
        }
        (registry, diagnostics)
    }

    fn account(&mut self, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
        let Some(mut fields) = Fields::read(node, &ACCOUNT, diagnostics) else {
            return;
        };
        let name = fields.required("name").non_blank();
        let id = fields.required("id").non_blank();
        // The other columns are for people; reading them checks their types.
        for column in ["environment", "ou", "owner"] {
            let _ = fields.optional(column).non_blank();
        }
        let (Some(name), Some(id)) = (name, id) else {
            return;
        };
        if let Some(fault) = account_id_fault(&id) {
            return fields.report(fault);
        }
        if self.ids.contains_key(&name.text) {
            let message = format!("account `{name}` occurs twice");
            return fields.report(Diagnostic::new(&codes::EXC000, message).at(&name.span));
        }
        self.known_ids.insert(id.text.clone());
        self.ids.insert(name.text, id.text);
    }

    fn environment(&mut self, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        let Some(mut fields) = Fields::read(&entry.value, &ENVIRONMENT, diagnostics) else {
            return;
        };
        let environment = Environment::resolve(&entry.key);
        for alias in fields.optional("aliases").strings().unwrap_or_default() {
            self.aliases
                .insert(alias.trim().to_lowercase(), environment.clone());
        }
        if let Some(production) = fields.optional("production").boolean() {
            self.production.insert(environment, production);
        }
    }

    /// The id of an account given by name or id; `None` for names the registry does not have.
    pub fn id<'a>(&'a self, account: &'a str) -> Option<&'a str> {
        if is_account_id(account) {
            Some(account)
        } else {
            self.ids.get(account).map(|id| &**id)
        }
    }

    /// The accounts by name, each with its id.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids.iter().map(|(name, id)| (&**name, &**id))
    }

    /// True when the registry lists an account of this name or id.
    pub fn knows(&self, account: &str) -> bool {
        self.ids.contains_key(account) || self.known_ids.contains(account)
    }

    /// The environment a name means: the registry's aliases first, then the well-known ones.
    pub fn environment_of(&self, name: &str) -> Environment {
        self.aliases
            .get(&name.trim().to_lowercase())
            .cloned()
            .unwrap_or_else(|| Environment::resolve(name))
    }

    /// True when the environment is production: as the registry says, otherwise when it is `prod`.
    pub fn is_production(&self, environment: &Environment) -> bool {
        self.production
            .get(environment)
            .copied()
            .unwrap_or_else(|| environment.as_str() == "prod")
    }

    /// The Regions in use, as declared.
    pub fn regions_in_use(&self) -> &[Arc<str>] {
        &self.regions_in_use
    }
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What is wrong with a text that should be an account id.
pub(super) fn account_id_fault(text: &Text) -> Option<Diagnostic> {
    if is_account_id(text) {
        return None;
    }
    let message = format!("`{text}` is not an account id, which has 12 digits");
    let diagnostic = Diagnostic::new(&codes::EXC000, message).at(&text.span);
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    Some(if digits && text.len() < 12 {
        diagnostic.help(format!(
            "a leading zero may have been lost: write \"{:0>12}\", in quotes",
            &*text.text
        ))
    } else {
        diagnostic.help("write it in quotes: \"111122223333\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts(text: &str) -> (Accounts, Vec<Diagnostic>) {
        Accounts::load(&Source::new("registry/accounts.yaml", text))
    }

    #[test]
    fn names_ids_and_aliases_are_resolved() {
        let (accounts, diagnostics) = accounts(
            "accounts:\n  - {name: prod-app, id: \"111122223333\", environment: prod, ou: workloads/prod, owner: team-a}\n\
             environments:\n  prod: {aliases: [live, blue], production: true}\n  staging: {production: true}\n\
             regionsInUse: [ap-southeast-1]\n",
        );
        assert_eq!(diagnostics, []);
        assert_eq!(accounts.id("prod-app"), Some("111122223333"));
        assert_eq!(accounts.id("444455556666"), Some("444455556666"));
        assert_eq!(accounts.id("prod-data"), None);
        assert!(
            accounts.knows("111122223333") && accounts.knows("prod-app") && !accounts.knows("444455556666")
        );
        assert_eq!(accounts.environment_of("Blue").as_str(), "prod");
        assert_eq!(accounts.environment_of("uat").as_str(), "staging");
        assert!(accounts.is_production(&Environment::resolve("stage")));
        assert!(!accounts.is_production(&Environment::resolve("dev")));
        assert_eq!(accounts.regions_in_use().len(), 1);
    }

    #[test]
    fn a_lost_leading_zero_is_named() {
        let (accounts_, diagnostics) = accounts("accounts:\n  - {name: a, id: 12345678901}\n");
        assert!(!accounts_.knows("a"));
        let help = diagnostics
            .first()
            .and_then(|diagnostic| diagnostic.help.as_deref());
        assert_eq!(
            help,
            Some("a leading zero may have been lost: write \"012345678901\", in quotes")
        );
        let (accounts_, diagnostics) = accounts("accounts:\n  - {name: a, id: 012345678901}\n");
        assert_eq!((accounts_.id("a"), diagnostics.len()), (Some("012345678901"), 0));
        let (_, diagnostics) =
            accounts("accounts:\n  - {name: a, id: \"111122223333\"}\n  - {name: a, id: \"444455556666\"}\n");
        assert_eq!(diagnostics.len(), 1);
    }
}
