//! Typed, anchored patterns for the resources an exception covers.
//!
//! A pattern says what kind of identifier it means (`tf:`, `arn:`, `cfn:`, `id:`) and matches the whole of it. There are
//! no regular expressions: an unanchored match that covers `i-1234` because `i-123` was meant is the classic way for an
//! exception to cover more than was approved.

use std::fmt;
use std::sync::Arc;

use super::glob::{Breadth, Glob, Grammar, instance_key};
use crate::resource::SourceKind;

/// A validated resource pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: Arc<str>,
    body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Body {
    Terraform(Glob),
    Arn { fields: [Glob; 4], resource: Glob },
    CloudFormation { stack: Glob, logical_id: Glob },
    Physical(Glob),
}

/// Why a text is not a resource pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It does not say what kind of identifier it means.
    #[error("pattern `{0}` does not say what it names")]
    Untyped(String),
    /// It would match everything.
    #[error("pattern `{0}` names nothing in particular: it has hardly more than wildcards")]
    Unanchored(String),
    /// An ARN with fewer than six fields.
    #[error("pattern `{0}` is not an ARN")]
    MalformedArn(String),
    /// `**` where only `*` is allowed, or inside a segment.
    #[error("pattern `{0}` has `**` inside a segment")]
    DeepInSegment(String),
    /// A bracket without its end.
    #[error("pattern `{0}` has a bracket that is not closed")]
    OpenBracket(String),
    /// A CloudFormation pattern without a stack.
    #[error("pattern `{0}` does not say which stack it means")]
    NoStack(String),
    /// White space at an end, or nothing at all.
    #[error("pattern `{0}` is empty or has white space around it")]
    Blank(String),
}

impl PatternError {
    /// How to mend it.
    pub fn help(&self) -> String {
        match self {
            Self::Untyped(text) => format!(
                "write `tf:{text}` for a Terraform address, `cfn:Stack/LogicalId`, a whole `arn:…`, or `id:…` for a physical id"
            ),
            Self::Unanchored(_) => "name the resource; a deviation of everything is a change of the control".into(),
            Self::MalformedArn(_) => "write all six fields: `arn:aws:rds:eu-west-1:111122223333:db:replica`".into(),
            Self::DeepInSegment(_) => {
                "write `**` as a whole segment (`tf:module.a.**`), and `*` inside a segment or a field of an ARN".into()
            }
            Self::OpenBracket(_) => r#"write instance keys as `[0]`, `["key"]` or `[*]`"#.into(),
            Self::NoStack(text) => {
                let id = text.strip_prefix("cfn:").unwrap_or(text);
                format!("write `cfn:Stack/{id}`, or `cfn:*/{id}` for any stack")
            }
            Self::Blank(_) => "write for example `tf:module.a.aws_s3_bucket.logs`".into(),
        }
    }
}

/// The names of one resource that patterns can match.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// What kind of input it comes from.
    pub source: SourceKind,
    /// Address, logical id or ARN, as the input identifies it.
    pub id: &'a str,
    /// The address before a `moved` block.
    pub previous_id: Option<&'a str>,
    /// The ARN, when it is known.
    pub arn: Option<&'a str>,
    /// The physical id (`i-0abc`, a bucket name), when it is known.
    pub physical_id: Option<&'a str>,
    /// The CloudFormation stack, when it is known.
    pub stack: Option<&'a str>,
}

/// What a pattern says about a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatternMatch {
    /// It is meant.
    Yes,
    /// It is meant under the address it had before it moved.
    Moved,
    /// It would be meant if the pattern had an instance key.
    InstanceKeyMissing,
    /// It may be meant, but nothing says which stack the template is for.
    StackUnknown,
    /// It is not meant.
    No,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// [`PatternError`] when the text has no type, matches everything, or is malformed.
    ///
    /// ```
    /// use policy_core::exception::Pattern;
    /// assert!(Pattern::parse("tf:module.reporting.aws_db_instance.replica[0]").is_ok());
    /// assert!(Pattern::parse("tf:**").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.trim() != text || text.is_empty() {
            return Err(PatternError::Blank(text.into()));
        }
        let body = match text.split_once(':') {
            Some(("tf", address)) => Body::Terraform(address_glob(text, address)?),
            Some(("arn", rest)) => arn(text, rest)?,
            Some(("cfn", path)) => cloudformation(text, path)?,
            Some(("id", id)) => {
                anchored(text, names_something(id.split('/')))?;
                Body::Physical(deep_only_whole(text, Grammar::Path, id)?)
            }
            _ if text.bytes().all(|byte| byte == b'*') => return Err(PatternError::Unanchored(text.into())),
            _ => return Err(PatternError::Untyped(text.into())),
        };
        Ok(Self {
            text: text.into(),
            body,
        })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn breadth(&self) -> Breadth {
        match &self.body {
            Body::Terraform(glob) | Body::Physical(glob) => glob.breadth(),
            Body::Arn { fields, resource } => fields
                .iter()
                .map(Glob::breadth)
                .fold(resource.breadth(), Breadth::max),
            Body::CloudFormation { stack, logical_id } => stack.breadth().max(logical_id.breadth()),
        }
    }

    /// True when the pattern itself pins account and Region: an ARN without a wildcard in those fields.
    pub(super) fn pins_account_and_region(&self) -> bool {
        match &self.body {
            Body::Arn { fields, .. } => fields.iter().all(|field| field.breadth() == Breadth::Exact),
            _ => false,
        }
    }

    pub(super) fn matches(&self, names: &Names<'_>) -> PatternMatch {
        let direct = self.matches_id(names, names.id);
        let moved = || {
            names
                .previous_id
                .map_or(PatternMatch::No, |previous| self.matches_id(names, previous))
        };
        match direct {
            PatternMatch::Yes => PatternMatch::Yes,
            _ if moved() == PatternMatch::Yes => PatternMatch::Moved,
            other => other,
        }
    }

    fn matches_id(&self, names: &Names<'_>, id: &str) -> PatternMatch {
        match &self.body {
            Body::Terraform(glob) if names.source == SourceKind::Terraform => {
                if glob.matches(id) {
                    PatternMatch::Yes
                } else if glob.matches_without_instances(id) {
                    PatternMatch::InstanceKeyMissing
                } else {
                    PatternMatch::No
                }
            }
            Body::CloudFormation { stack, logical_id } if names.source == SourceKind::CloudFormation => {
                match names.stack {
                    _ if !logical_id.matches(id) => PatternMatch::No,
                    _ if is_wild(stack.text()) => PatternMatch::Yes,
                    Some(name) => yes(stack.matches(name)),
                    None => PatternMatch::StackUnknown,
                }
            }
            Body::Arn { fields, resource } => {
                let arns = [names.arn, Some(id)].into_iter().flatten();
                yes(arns.filter_map(split_arn).any(|(parts, rest)| {
                    resource.matches(rest)
                        && fields.iter().zip(parts).all(|(field, part)| field.matches(part))
                }))
            }
            Body::Physical(glob) => {
                // Items of AWS Config are known by their physical id, templates and plans by a name of their own.
                let own = (names.source == SourceKind::AwsConfig).then_some(id);
                yes([names.physical_id, own]
                    .into_iter()
                    .flatten()
                    .any(|id| glob.matches(id)))
            }
            _ => PatternMatch::No,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn yes(matches: bool) -> PatternMatch {
    if matches {
        PatternMatch::Yes
    } else {
        PatternMatch::No
    }
}

fn is_wild(text: &str) -> bool {
    text == "*" || text == "**"
}

fn anchored(text: &str, has_literal: bool) -> Result<(), PatternError> {
    if has_literal {
        Ok(())
    } else {
        Err(PatternError::Unanchored(text.into()))
    }
}

/// Letters and digits that a last segment with a wildcard needs to name something by itself: `i-*` and `a*` are everything.
const LEAST_LITERALS: usize = 4;

/// True when one of the segments says what is meant: one without a wildcard, or enough of the last one. Wildcards,
/// punctuation and the prefix that all types share name nothing, and neither do the keywords of an address.
fn names_something<'a>(segments: impl DoubleEndedIterator<Item = &'a str> + Clone) -> bool {
    let literals = |segment: &str| segment.chars().filter(|c| c.is_alphanumeric()).count();
    let whole = |segment: &str| {
        !segment.contains('*') && literals(segment) > 0 && !matches!(segment, "module" | "data")
    };
    segments.clone().any(whole)
        || segments
            .last()
            .is_some_and(|last| literals(last) >= LEAST_LITERALS)
}

/// Compiles a glob after checking that every `**` is a segment of its own.
fn deep_only_whole(text: &str, grammar: Grammar, part: &str) -> Result<Glob, PatternError> {
    let separators: &[char] = match grammar {
        Grammar::Address => &['.'],
        Grammar::ArnResource => &['/', ':'],
        Grammar::Field => &[],
        Grammar::Path => &['/'],
    };
    let fault = match grammar {
        Grammar::Field => part.contains("**"),
        _ => part
            .split(separators)
            .any(|segment| segment.contains("**") && segment != "**"),
    };
    if fault {
        Err(PatternError::DeepInSegment(text.into()))
    } else {
        Ok(Glob::new(grammar, part))
    }
}

fn address_glob(text: &str, address: &str) -> Result<Glob, PatternError> {
    // Keys are taken out first: what stands in them is literal, dots and stars included.
    let mut bare = String::with_capacity(address.len());
    let mut rest = address;
    while let Some(c) = rest.chars().next() {
        if c == '[' {
            let (_, after) = instance_key(rest).ok_or_else(|| PatternError::OpenBracket(text.into()))?;
            rest = after;
        } else {
            bare.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    anchored(text, names_something(bare.split('.')))?;
    deep_only_whole(text, Grammar::Address, &bare)?;
    Ok(Glob::new(Grammar::Address, address))
}

fn arn(text: &str, rest: &str) -> Result<Body, PatternError> {
    let (fields, resource) = split_arn(text)
        .filter(|_| !rest.is_empty())
        .ok_or_else(|| PatternError::MalformedArn(text.into()))?;
    anchored(text, names_something(resource.split(['/', ':'])))?;
    let [partition, service, region, account] = fields;
    let field = |part| deep_only_whole(text, Grammar::Field, part);
    Ok(Body::Arn {
        fields: [
            field(partition)?,
            field(service)?,
            field(region)?,
            field(account)?,
        ],
        resource: deep_only_whole(text, Grammar::ArnResource, resource)?,
    })
}

/// Partition, service, Region and account of an ARN, and its resource part.
fn split_arn(text: &str) -> Option<([&str; 4], &str)> {
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
    let fields = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().map(|resource| (fields, resource))
}

fn cloudformation(text: &str, path: &str) -> Result<Body, PatternError> {
    let (stack, logical_id) = path
        .rsplit_once('/')
        .filter(|(stack, logical_id)| !stack.is_empty() && !logical_id.is_empty())
        .ok_or_else(|| PatternError::NoStack(text.into()))?;
    anchored(text, names_something(path.split('/')))?;
    Ok(Body::CloudFormation {
        stack: deep_only_whole(text, Grammar::Path, stack)?,
        logical_id: deep_only_whole(text, Grammar::Path, logical_id)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terraform(id: &str) -> Names<'_> {
        Names {
            source: SourceKind::Terraform,
            id,
            previous_id: None,
            arn: None,
            physical_id: None,
            stack: None,
        }
    }

    fn matches(pattern: &str, names: &Names<'_>) -> PatternMatch {
        Pattern::parse(pattern).expect(pattern).matches(names)
    }

    #[test]
    fn a_terraform_address_is_meant_as_a_whole() {
        let replica = terraform("module.reporting.aws_db_instance.replica[0]");
        let cases = [
            (
                "tf:module.reporting.aws_db_instance.replica[0]",
                PatternMatch::Yes,
            ),
            (
                "tf:module.reporting.aws_db_instance.replica[*]",
                PatternMatch::Yes,
            ),
            ("tf:module.reporting.**", PatternMatch::Yes),
            ("tf:**.aws_db_instance.replica[0]", PatternMatch::Yes),
            (
                "tf:module.reporting.aws_db_instance.replica",
                PatternMatch::InstanceKeyMissing,
            ),
            ("tf:module.*.aws_db_instance.*", PatternMatch::InstanceKeyMissing),
            ("tf:module.reporting.aws_db_instance.replica[1]", PatternMatch::No),
            ("tf:module.reporting.aws_db_instance.repl", PatternMatch::No),
            ("tf:aws_db_instance.replica[0]", PatternMatch::No),
            ("id:replica", PatternMatch::No),
            ("cfn:*/replica", PatternMatch::No),
        ];
        for (pattern, expected) in cases {
            assert_eq!(matches(pattern, &replica), expected, "{pattern}");
        }
    }

    #[test]
    fn a_moved_address_is_followed() {
        let moved = Names {
            previous_id: Some("aws_db_instance.old"),
            ..terraform("module.a.aws_db_instance.new")
        };
        assert_eq!(matches("tf:aws_db_instance.old", &moved), PatternMatch::Moved);
        assert_eq!(
            matches("tf:module.a.aws_db_instance.new", &moved),
            PatternMatch::Yes
        );
        assert_eq!(matches("tf:aws_db_instance.other", &moved), PatternMatch::No);
    }

    #[test]
    fn arn_fields_are_matched_one_by_one() {
        let id = "arn:aws:rds:eu-west-1:111122223333:db:replica";
        let item = Names {
            source: SourceKind::AwsConfig,
            ..terraform(id)
        };
        let cases = [
            ("arn:aws:rds:eu-west-1:111122223333:db:replica", PatternMatch::Yes),
            ("arn:aws:rds:*:111122223333:db:replica", PatternMatch::Yes),
            ("arn:aws:rds:eu-*:111122223333:db:*", PatternMatch::Yes),
            ("arn:*:rds:*:*:db:replica", PatternMatch::Yes),
            ("arn:aws:rds:eu-west-1:111122223333:*replica", PatternMatch::No),
            ("arn:aws:rds:eu-west-1:*:replica", PatternMatch::No),
            ("arn:aws:rds:eu-west-2:111122223333:db:replica", PatternMatch::No),
            ("arn:aws:rds:eu-west-1:11112222333:db:replica", PatternMatch::No),
        ];
        for (pattern, expected) in cases {
            assert_eq!(matches(pattern, &item), expected, "{pattern}");
        }
        let role = Names {
            arn: Some("arn:aws:iam::111122223333:role/ops/deploy"),
            ..terraform("aws_iam_role.deploy")
        };
        assert_eq!(
            matches("arn:aws:iam::111122223333:role/**", &role),
            PatternMatch::Yes
        );
        assert_eq!(
            matches("arn:aws:iam::111122223333:role/*", &role),
            PatternMatch::No
        );
        assert_eq!(
            matches("arn:aws:iam::111122223333:role/*/deploy", &role),
            PatternMatch::Yes
        );
    }

    #[test]
    fn wildcards_in_account_or_region_do_not_pin_them() {
        let pins = |text| Pattern::parse(text).expect(text).pins_account_and_region();
        assert!(pins("arn:aws:rds:eu-west-1:111122223333:db:*"));
        assert!(pins("arn:aws:s3:::assets"));
        assert!(!pins("arn:aws:rds:*:111122223333:db:replica"));
        assert!(!pins("arn:aws:rds:eu-west-1:*:db:replica"));
        assert!(!pins("arn:*:rds:eu-west-1:111122223333:db:replica"));
        assert!(!pins("tf:aws_db_instance.replica"));
    }

    #[test]
    fn a_logical_id_belongs_to_a_stack() {
        let template = Names {
            source: SourceKind::CloudFormation,
            ..terraform("LegacyBucket")
        };
        let known = Names {
            stack: Some("billing"),
            ..template
        };
        assert_eq!(matches("cfn:billing/LegacyBucket", &known), PatternMatch::Yes);
        assert_eq!(matches("cfn:other/LegacyBucket", &known), PatternMatch::No);
        assert_eq!(
            matches("cfn:billing/LegacyBucket", &template),
            PatternMatch::StackUnknown
        );
        assert_eq!(matches("cfn:*/LegacyBucket", &template), PatternMatch::Yes);
        assert_eq!(matches("cfn:*/Legacy*", &template), PatternMatch::Yes);
        assert_eq!(matches("cfn:*/Bucket", &template), PatternMatch::No);
        assert_eq!(
            matches("cfn:*/LegacyBucket", &terraform("LegacyBucket")),
            PatternMatch::No
        );
    }

    #[test]
    fn physical_ids_are_anchored() {
        let instance = Names {
            physical_id: Some("i-12ab34"),
            ..terraform("aws_instance.a")
        };
        assert_eq!(matches("id:i-12ab34", &instance), PatternMatch::Yes);
        assert_eq!(matches("id:i-12ab3", &instance), PatternMatch::No);
        let item = Names {
            source: SourceKind::AwsConfig,
            ..terraform("i-12ab34")
        };
        assert_eq!(matches("id:i-12ab*", &item), PatternMatch::Yes);
        assert_eq!(
            matches("id:aws_instance.a", &terraform("aws_instance.a")),
            PatternMatch::No
        );
    }

    #[test]
    fn bad_patterns_say_how_to_mend_them() {
        type Is = fn(&PatternError) -> bool;
        let cases: &[(&str, Is)] = &[
            ("", |error| matches!(error, PatternError::Blank(_))),
            (" tf:aws_s3_bucket.b", |error| {
                matches!(error, PatternError::Blank(_))
            }),
            ("*", |error| matches!(error, PatternError::Unanchored(_))),
            ("**", |error| matches!(error, PatternError::Unanchored(_))),
            ("tf:*", |error| matches!(error, PatternError::Unanchored(_))),
            ("tf:", |error| matches!(error, PatternError::Unanchored(_))),
            ("tf:**", |error| matches!(error, PatternError::Unanchored(_))),
            ("tf:module.*.**", |error| {
                matches!(error, PatternError::Unanchored(_))
            }),
            (r#"tf:*.*["prod"]"#, |error| {
                matches!(error, PatternError::Unanchored(_))
            }),
            ("arn:aws:rds:eu-west-1:111122223333:**", |error| {
                matches!(error, PatternError::Unanchored(_))
            }),
            ("cfn:*/*", |error| matches!(error, PatternError::Unanchored(_))),
            ("id:*", |error| matches!(error, PatternError::Unanchored(_))),
            ("aws_s3_bucket.logs", |error| {
                matches!(error, PatternError::Untyped(_))
            }),
            ("terraform:aws_s3_bucket.logs", |error| {
                matches!(error, PatternError::Untyped(_))
            }),
            ("arn:aws:rds", |error| {
                matches!(error, PatternError::MalformedArn(_))
            }),
            ("arn:", |error| matches!(error, PatternError::MalformedArn(_))),
            ("arn:**:rds:x:y:db:a", |error| {
                matches!(error, PatternError::DeepInSegment(_))
            }),
            ("tf:module.pay**.aws_s3_bucket.b", |error| {
                matches!(error, PatternError::DeepInSegment(_))
            }),
            ("tf:aws_s3_bucket.b[0", |error| {
                matches!(error, PatternError::OpenBracket(_))
            }),
            ("cfn:LegacyBucket", |error| {
                matches!(error, PatternError::NoStack(_))
            }),
        ];
        for (text, expected) in cases {
            let error = Pattern::parse(text).expect_err(text);
            assert!(expected(&error), "{text}: {error:?}");
            assert!(!error.help().is_empty());
        }
        assert!(Pattern::parse("tf:aws_s3_bucket.logs").is_ok());
        assert!(
            Pattern::parse(r#"tf:aws_s3_bucket.b["a**b"]"#).is_ok(),
            "keys are literal"
        );
    }
}
