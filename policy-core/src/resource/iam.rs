//! What identities may do: the statements of all their documents in one list, and the ARNs of the policies they have.

use std::sync::Arc;

use super::coerce::{distinct, without_domain};
use super::iam_document::statements_of;
use super::inventory::Draft;
use super::kind::{TypeMap, ValueType};
use super::model::{Attribute, Cell, Context, NativeResource, Provenance, ResourceId};
use super::path::{Folding, member};
use super::reference::{Directory, Group, Target};
use super::relation::targets_of;
use super::settle::is_fully_known;
use crate::value::{AttributePath, Domain, Unknown, UnknownReason, Value};

const ARNS: &str = "managed_policy_arns";

/// Gives the policies of this input their ARNs where they are attached by reference. On a first apply every ARN is
/// unknown, but that this one is a customer policy of that name is not.
pub(super) fn name_policies(
    directory: &Directory<'_>,
    typemap: &TypeMap,
    contexts: &[Context],
    drafts: &mut [Option<Draft>],
) {
    let Some(&policy_kind) = typemap.by_name.get("iam_policy") else {
        return;
    };
    for (index, draft) in drafts.iter_mut().enumerate() {
        let Some(attribute) = draft.as_mut().and_then(|draft| draft.attributes.get_mut(ARNS)) else {
            continue;
        };
        let targets = targets_of(directory, index, attribute, Group::kind(policy_kind));
        let Cell::Known(Value::List(items)) = &mut attribute.cell else {
            continue;
        };
        if targets.len() != items.len() {
            continue;
        }
        for (item, target) in items.iter_mut().zip(targets) {
            if let (Value::Unknown(_), Target::One(policy, _)) = (&*item, target)
                && let Some(native) = directory.natives.get(policy)
            {
                *item = policy_arn(native, contexts.get(policy));
            }
        }
    }
}

/// The ARN of a customer managed policy; the parts that nobody knows stand as `*` in the only value of its domain.
fn policy_arn(native: &NativeResource, context: Option<&Context>) -> Value {
    let text = |names: &[&str]| {
        let values = native.values.as_map()?;
        names
            .iter()
            .find_map(|name| member(values, name, Folding::Exact))
            .map(|(_, value)| value)
    };
    if let Some(arn) = text(&["arn"]).filter(|arn| arn.as_str().is_some()) {
        return arn.clone();
    }
    let name = text(&["name", "ManagedPolicyName"]).and_then(Value::as_str);
    let path = match text(&["path", "Path"]) {
        None | Some(Value::Null) => Some("/"),
        Some(path) => path.as_str(),
    };
    let account = context.and_then(|context| context.account.as_str());
    let region = native
        .provider
        .region
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default();
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let arn = Value::from(format!(
        "arn:{partition}:iam::{}:policy{}{}",
        account.unwrap_or("*"),
        path.unwrap_or("/*/"),
        name.unwrap_or("*")
    ));
    if account.is_some() && path.is_some() && name.is_some() {
        return arn;
    }
    let refs = [Arc::from(native.id.as_str())];
    Unknown::new(UnknownReason::Reference)
        .with_refs(refs)
        .non_null()
        .with_domain(Domain::AnyOf(vec![arn]))
        .into()
}

/// A document or a list of documents with the natives that wrote them.
struct Documents<'a> {
    attribute: &'a Attribute,
    owner: &'a ResourceId,
}

/// The facet that flattens the documents of an attribute, and of attached policies, into one list of statements.
pub(super) fn statements(
    draft: &Draft,
    owner: &ResourceId,
    attribute: &Attribute,
    value_type: ValueType,
    attached: &[(&ResourceId, &Attribute)],
) -> Attribute {
    let mut list = List::default();
    let own = Documents { attribute, owner };
    if value_type == ValueType::Policy {
        list.document(&own, &attribute.cell, None);
    } else {
        list.documents(&own);
    }
    for (owner, attribute) in attached {
        list.document(&Documents { attribute, owner }, &attribute.cell, None);
    }
    // Which of its policies a role will have may itself be open.
    if let Some(open) = draft
        .related
        .get("policies")
        .and_then(|relation| relation.open.as_ref())
        && value_type == ValueType::Policies
        && matches!(attribute.cell, Cell::Unknown(_))
    {
        list.open.get_or_insert(open.clone());
    }
    list.finish(attribute)
}

#[derive(Default)]
struct List {
    statements: Vec<Value>,
    places: Vec<(ResourceId, AttributePath)>,
    /// A document of which nothing is known.
    open: Option<Arc<Unknown>>,
    sensitive: bool,
}

impl List {
    fn documents(&mut self, documents: &Documents<'_>) {
        match &documents.attribute.cell {
            Cell::Known(value) => {
                self.sensitive |= matches!(value, Value::Sensitive(_));
                for (position, document) in value.as_list().unwrap_or_default().iter().enumerate() {
                    let place = documents.attribute.provenance.elements.get(position);
                    self.document(documents, &Cell::from_value(document.clone()), place);
                }
            }
            Cell::Absent => {}
            Cell::Unknown(unknown) => self.open = Some(unknown.clone()),
        }
    }

    fn document(
        &mut self,
        documents: &Documents<'_>,
        cell: &Cell,
        place: Option<&(ResourceId, AttributePath)>,
    ) {
        let provenance = &documents.attribute.provenance;
        let (origin, path) = match place {
            Some((id, path)) => (id.clone(), path.clone()),
            None => (
                provenance.from.clone().unwrap_or_else(|| documents.owner.clone()),
                provenance.native_path.clone().unwrap_or_default(),
            ),
        };
        let document = match cell {
            Cell::Known(document) => document,
            Cell::Absent => return,
            Cell::Unknown(unknown) => {
                // Its domain, if it has one, is about documents.
                self.statements.push(
                    Unknown {
                        domain: None,
                        ..Unknown::clone(unknown)
                    }
                    .into(),
                );
                self.places.push((origin, path));
                return;
            }
        };
        self.sensitive |= matches!(document, Value::Sensitive(_));
        match statements_of(document).revealed() {
            Value::List(items) => {
                for (position, item) in items.iter().enumerate() {
                    self.statements.push(with_origin(item, &origin));
                    self.places
                        .push((origin.clone(), path.key("Statement").index(position)));
                }
            }
            Value::Unknown(unknown) => {
                self.statements.push(Value::Unknown(without_domain(unknown)));
                self.places.push((origin, path.key("Statement")));
            }
            _ => {}
        }
    }

    fn finish(self, attribute: &Attribute) -> Attribute {
        let cell = match (&self.open, self.statements.as_slice()) {
            // What it can be is about one statement, not about the list.
            (None, [Value::Unknown(unknown)]) => Cell::Unknown(without_domain(unknown)),
            (None, statements) => {
                let list = Value::List(statements.to_vec());
                Cell::Known(if self.sensitive {
                    list.into_sensitive()
                } else {
                    list
                })
            }
            (Some(unknown), _) => Cell::Unknown(self.possible(unknown)),
        };
        Attribute {
            cell,
            provenance: Provenance {
                elements: self.places,
                ..attribute.provenance.clone()
            },
        }
    }

    /// The documents are one of several lists: so are the statements.
    fn possible(&self, unknown: &Arc<Unknown>) -> Arc<Unknown> {
        let domain = match &unknown.domain {
            Some(Domain::AnyOf(lists)) => {
                let lists = lists.iter().map(|documents| {
                    let documents = documents.as_list().unwrap_or_default().iter();
                    let own = documents.flat_map(|document| match statements_of(document) {
                        Value::List(items) => items,
                        _ => Vec::new(),
                    });
                    Value::List(own.chain(self.statements.iter().cloned()).collect())
                });
                let lists: Vec<Value> = lists.collect();
                lists
                    .iter()
                    .all(is_fully_known)
                    .then(|| Domain::AnyOf(distinct(lists)))
            }
            _ => None,
        };
        Arc::new(Unknown {
            domain,
            ..Unknown::clone(unknown)
        })
    }
}

/// A pattern of wildcards only: `*`, `**`, `?*`. Names of actions and resources are never so short that a `?` matters.
fn is_wild(pattern: &str) -> bool {
    pattern.contains('*') && pattern.chars().all(|letter| matches!(letter, '*' | '?'))
}

/// Spellings of every action of every service.
fn everything_as_action(pattern: &str) -> bool {
    match pattern.split_once(':') {
        Some((service, action)) => is_wild(service) && is_wild(action),
        None => is_wild(pattern),
    }
}

/// Spellings of every resource: ARNs of which nothing but the partition is said. An incomplete ARN goes on with wildcards.
fn everything_as_resource(pattern: &str) -> bool {
    let Some(rest) = pattern.strip_prefix("arn:") else {
        return is_wild(pattern);
    };
    let mut parts = rest.split(':');
    let partition = parts.next().unwrap_or_default();
    (is_wild(partition) || partition.starts_with("aws")) && parts.all(is_wild) && rest.contains('*')
}

fn with_origin(statement: &Value, origin: &ResourceId) -> Value {
    match statement {
        Value::Map(map) => {
            let mut map = map.clone();
            for (key, plain) in [
                ("Action", everything_as_action as fn(&str) -> bool),
                ("NotAction", everything_as_action),
                ("Resource", everything_as_resource),
                ("NotResource", everything_as_resource),
            ] {
                if let Some(Value::List(items)) = map.get_mut(key) {
                    let all = items.iter_mut().filter(|item| item.as_str().is_some_and(plain));
                    all.for_each(|item| *item = "*".into());
                }
            }
            map.insert("origin".into(), origin.as_str().into());
            Value::Map(map)
        }
        Value::Sensitive(inner) => with_origin(inner, origin).into_sensitive(),
        other => other.clone(),
    }
}
