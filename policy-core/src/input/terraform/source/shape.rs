//! What the arguments of AWS resources are: types, and which names are nested blocks.
//!
//! HCL alone does not say that `from_port = "22"` is a number, that `cidr_blocks` is a set, or that `versioning` in
//! JSON is a block. Terraform converts by the provider's schema, and a rule that compares `true` must not meet `"true"`.
//! `aws_shapes.txt` holds these facts of the AWS provider 6.47 in a line per type (see its grammar at [`Cursor`];
//! `scripts/aws-shapes.py` makes it), and a line is read when its type first occurs. Types that are not in it keep the
//! values as they are written.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, RwLock};

use super::cty::{Attribute as TypeAttribute, Type};

const AWS: &str = include_str!("aws_shapes.txt");
/// The small providers that modules use beside AWS: null, random, time, local, tls, archive, and what is built in. Their
/// documentation says these facts; the attributes of the resources that occur are few and old.
const UTILITY: &str = include_str!("utility_shapes.txt");

/// An attribute of a resource type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AttributeShape {
    pub(super) ty: Type,
    /// The provider may choose a value when none is written.
    pub(super) computed: bool,
    pub(super) sensitive: bool,
}

/// How the blocks of one name are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nesting {
    List,
    Set,
    Single,
    Map,
}

/// A kind of nested block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Nested {
    pub(super) nesting: Nesting,
    pub(super) body: Arc<BlockShape>,
}

/// The body of a resource or of a nested block.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BlockShape {
    pub(super) attributes: BTreeMap<Arc<str>, AttributeShape>,
    pub(super) blocks: BTreeMap<Arc<str>, Nested>,
}

impl BlockShape {
    /// The type that a value of this block has.
    pub(super) fn ty(&self) -> Type {
        let attributes = self
            .attributes
            .iter()
            .map(|(name, attribute)| (name.clone(), attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, nested)| {
            let body = nested.body.ty();
            let ty = match nested.nesting {
                Nesting::List => Type::list(body),
                Nesting::Set => Type::set(body),
                Nesting::Map => Type::map(body),
                Nesting::Single => body,
            };
            (name.clone(), ty)
        });
        Type::object(attributes.chain(blocks))
    }
}

impl BlockShape {
    /// How the blocks called `name` are collected. Some are attributes in the schema (`ingress` of a security group),
    /// so that they can also be assigned.
    pub(super) fn nested(&self, name: &str) -> Option<Nested> {
        if let Some(nested) = self.blocks.get(name) {
            return Some(nested.clone());
        }
        let (nesting, element) = match &self.attributes.get(name)?.ty {
            Type::List(element) => (Nesting::List, element),
            Type::Set(element) => (Nesting::Set, element),
            _ => return None,
        };
        let Type::Object(members) = &**element else {
            return None;
        };
        let attributes = members.iter().map(|(name, member)| {
            let shape = AttributeShape {
                ty: member.ty.clone(),
                computed: false,
                sensitive: false,
            };
            (name.clone(), shape)
        });
        let body = BlockShape {
            attributes: attributes.collect(),
            blocks: BTreeMap::new(),
        };
        Some(Nested {
            nesting,
            body: Arc::new(body),
        })
    }
}

/// The shape of a resource (`kind` is `resource`) or data source, when it is known.
pub(super) fn shape_of(kind: &str, resource_type: &str) -> Option<Arc<BlockShape>> {
    static READ: OnceLock<RwLock<HashMap<&'static str, Arc<BlockShape>>>> = OnceLock::new();
    let key = if kind == "data" {
        format!("data.{resource_type}")
    } else {
        resource_type.to_owned()
    };
    let (name, line) = line_of(AWS, &key).or_else(|| line_of(UTILITY, &key))?;
    let read = READ.get_or_init(RwLock::default);
    if let Some(shape) = read.read().ok().and_then(|read| read.get(name).cloned()) {
        return Some(shape);
    }
    let shape = Arc::new(Cursor { rest: line }.block());
    if let Ok(mut read) = read.write() {
        read.insert(name, shape.clone());
    }
    Some(shape)
}

/// The name and the shape in the line for `key`. The lines are sorted by name, so that finding one reads a few of them
/// and starting costs nothing.
fn line_of<'t>(text: &'t str, key: &str) -> Option<(&'t str, &'t str)> {
    let (mut from, mut to) = (0, text.len());
    while from < to {
        let middle = from + (to - from) / 2;
        // A byte in the middle of a line, whose borders are the line breaks around it.
        let start = text
            .get(from..middle)?
            .rfind('\n')
            .map_or(from, |at| from + at + 1);
        let end = text.get(start..)?.find('\n').map_or(text.len(), |at| start + at);
        let (name, line) = text.get(start..end)?.split_once(' ')?;
        match name.cmp(key) {
            Ordering::Equal => return Some((name, line)),
            Ordering::Less => from = end + 1,
            Ordering::Greater => to = start,
        }
    }
    None
}

/// Reads `name:type,name:L{…}`.
///
/// A type is one of `s n b d` (string, number, bool, any), `l t m` followed by an element type (list, set, map), or
/// `{name:type,…}` (object); `?` after it means computed, `!` sensitive. `L T S M` followed by `{…}` is a nested block
/// (list, set, single, map). The text is ours, so what does not fit is skipped rather than reported; a test reads all
/// of it. Recursion follows the nesting of the embedded text.
struct Cursor<'t> {
    rest: &'t str,
}

impl Cursor<'_> {
    fn block(&mut self) -> BlockShape {
        let mut shape = BlockShape::default();
        while let Some((name, after)) = self.rest.split_once(':') {
            let name: Arc<str> = name.into();
            self.rest = after;
            let nesting = match self.rest.as_bytes().first() {
                Some(b'L') => Some(Nesting::List),
                Some(b'T') => Some(Nesting::Set),
                Some(b'S') => Some(Nesting::Single),
                Some(b'M') => Some(Nesting::Map),
                _ => None,
            };
            if let Some(nesting) = nesting {
                self.skip();
                self.skip();
                let body = Arc::new(self.block());
                shape.blocks.insert(name, Nested { nesting, body });
            } else {
                let ty = self.ty();
                let computed = self.eat('?');
                let sensitive = self.eat('!');
                shape.attributes.insert(
                    name,
                    AttributeShape {
                        ty,
                        computed,
                        sensitive,
                    },
                );
            }
            if !self.eat(',') {
                break;
            }
        }
        self.eat('}');
        shape
    }

    fn ty(&mut self) -> Type {
        let first = self.rest.as_bytes().first().copied();
        self.skip();
        match first {
            Some(b's') => Type::String,
            Some(b'n') => Type::Number,
            Some(b'b') => Type::Bool,
            Some(b'l') => Type::list(self.ty()),
            Some(b't') => Type::set(self.ty()),
            Some(b'm') => Type::map(self.ty()),
            Some(b'{') => {
                let mut attributes = BTreeMap::new();
                while !self.eat('}') {
                    let Some((name, after)) = self.rest.split_once(':') else {
                        break;
                    };
                    let name: Arc<str> = name.into();
                    self.rest = after;
                    let ty = self.ty();
                    attributes.insert(name, TypeAttribute::optional(ty));
                    self.eat(',');
                }
                Type::constraint(attributes)
            }
            _ => Type::Dynamic,
        }
    }

    fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_to_its_end() {
        for (text, least) in [(AWS, 2_300), (UTILITY, 20)] {
            let mut last = "";
            let mut count = 0;
            for (name, line) in text.lines().filter_map(|line| line.split_once(' ')) {
                assert!(
                    last < name,
                    "{last} before {name}: looking a line up needs their order"
                );
                (last, count) = (name, count + 1);
                let mut cursor = Cursor { rest: line };
                let shape = cursor.block();
                assert_eq!(cursor.rest, "", "{name}");
                assert!(!shape.attributes.is_empty() || !shape.blocks.is_empty(), "{name}");
                assert_eq!(line_of(text, name), Some((name, line)));
            }
            assert!(count > least);
            for absent in ["", "aws_s3_bucke", "zzz"] {
                assert_eq!(line_of(text, absent), None);
            }
        }
    }

    #[test]
    fn types_and_nesting() {
        let shape = shape_of("resource", "aws_security_group").expect("known");
        assert_eq!(
            shape.attributes["name"],
            AttributeShape {
                ty: Type::String,
                computed: true,
                sensitive: false
            }
        );
        assert!(
            matches!(&shape.attributes["ingress"].ty, Type::Set(element) if matches!(**element, Type::Object(_)))
        );
        let bucket = shape_of("resource", "aws_s3_bucket").expect("known");
        assert_eq!(bucket.blocks["versioning"].nesting, Nesting::List);
        assert_eq!(
            bucket.blocks["versioning"].body.attributes["enabled"].ty,
            Type::Bool
        );
        assert_eq!(bucket.blocks["grant"].nesting, Nesting::Set);
        assert_eq!(bucket.blocks["timeouts"].nesting, Nesting::Single);
        assert!(shape_of("data", "aws_iam_policy_document").is_some());
        assert!(shape_of("resource", "example_thing").is_none());
    }
}
