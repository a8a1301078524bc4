//! The properties of a serverless resource, taken apart one by one.

use super::super::expression::{Expression, Form, Function};
use super::super::synthetic::At;
use crate::document::{Entry, Node, NodeKind};

/// The members of `Properties`, without those that are `AWS::NoValue`.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties(Vec<Entry>);

impl Properties {
    /// The members of a written mapping. `None` for everything else, such as a call that gives one.
    pub(super) fn new(node: &Node) -> Option<Self> {
        if !is_written_mapping(node) {
            return None;
        }
        let present = |entry: &&Entry| !Expression::new(&entry.value).is_no_value();
        Some(Self(node.entries().iter().filter(present).cloned().collect()))
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.0
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| &*entry.key == name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// Removes a property.
    pub(super) fn take(&mut self, name: &str) -> Option<Entry> {
        let position = self.0.iter().position(|entry| &*entry.key == name)?;
        Some(self.0.remove(position))
    }

    /// Removes properties that become nothing here.
    pub(super) fn drop(&mut self, names: &[&str]) {
        self.0.retain(|entry| !names.contains(&&*entry.key));
    }

    /// Gives a property another name.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(entry) = self.0.iter_mut().find(|entry| &*entry.key == from) {
            entry.key = to.into();
        }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    /// Moves properties to another resource.
    pub(super) fn split(&mut self, names: &[&str]) -> Vec<Entry> {
        let (moved, kept) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|entry| names.contains(&&*entry.key));
        self.0 = kept;
        moved
    }

    /// Turns `Tags` from the mapping that SAM takes into the list that CloudFormation takes, behind the tag that SAM
    /// sets itself.
    pub(super) fn tags_as_list(&mut self, own: Option<&str>, at: At<'_>) {
        let tags = self.take("Tags");
        self.0.extend(tag_list(tags.as_ref(), own, at));
    }
}

/// The list of tags of a mapping of tags.
pub(super) fn tag_list(tags: Option<&Entry>, own: Option<&str>, at: At<'_>) -> Option<Entry> {
    let own = own.map(|key| at.map([("Key", at.text(key)), ("Value", at.text("SAM"))]));
    let Some(tags) = tags else {
        return own.map(|own| at.entry("Tags", at.list([own])));
    };
    if !is_written_mapping(&tags.value) {
        return Some(Entry {
            value: At(&tags.value.span).unknown(super::NAME),
            ..tags.clone()
        });
    }
    let written = tags.value.entries().iter().map(|tag| {
        let at = At(&tag.key_span);
        let key = at.entry("Key", at.text(tag.key.clone()));
        at.entries([
            key,
            Entry {
                key: "Value".into(),
                key_span: tag.key_span.clone(),
                value: tag.value.clone(),
            },
        ])
    });
    Some(Entry {
        value: At(&tags.value.span).list(own.into_iter().chain(written)),
        ..tags.clone()
    })
}

/// True for a mapping that is data: no call, no macro, no loop.
pub(super) fn is_written_mapping(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Mapping(_)) && matches!(Expression::new(node).form(), Form::Data)
}

/// Condition and branches of an `Fn::If`.
pub(super) fn branches(node: &Node) -> Option<[&Node; 3]> {
    match Expression::new(node).form() {
        Form::Call(Function::If, argument) => match argument.items()? {
            [condition, positive, negative] => Some([condition, positive, negative]),
            _ => None,
        },
        _ => None,
    }
}

/// A place in S3, as SAM takes it: `s3://bucket/key`, or a mapping with these members. Local paths become one when the
/// template is packaged, and are not known before.
pub(super) fn s3_location(node: &Node, names: [&str; 3]) -> Node {
    let at = At(&node.span);
    let [bucket, key, version] = names;
    if is_written_mapping(node) {
        let renamed = node.entries().iter().filter_map(|entry| {
            let name = match &*entry.key {
                "Bucket" => bucket,
                "Key" => key,
                "Version" => version,
                _ => return None,
            };
            Some(Entry {
                key: name.into(),
                ..entry.clone()
            })
        });
        return at.entries(renamed);
    }
    let written = Expression::new(node).literal();
    let parts = written
        .as_deref()
        .and_then(|text| text.strip_prefix("s3://"))
        .and_then(|text| text.split_once('/'));
    match parts {
        Some((name, path)) if !path.contains('?') => at.map([(bucket, at.text(name)), (key, at.text(path))]),
        _ => at.unknown(super::NAME),
    }
}
