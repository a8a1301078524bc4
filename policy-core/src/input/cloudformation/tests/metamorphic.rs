//! The short form, the long form and JSON are spellings of the same template.

use proptest::prelude::*;

use super::*;
use crate::document::json;
use crate::resource::Reference;

/// An expression that can be spelled in every form.
#[derive(Clone, Debug)]
enum Tree {
    Text(String),
    Number(i64),
    Bool(bool),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
    Call(&'static str, Box<Tree>),
}

impl Tree {
    fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => (*number).into(),
            Self::Bool(value) => (*value).into(),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Map(members) => serde_json::Value::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.clone(), value.json()))
                    .collect(),
            ),
            Self::Call(name, argument) => {
                let key = if matches!(*name, "Ref" | "Condition") {
                    (*name).to_owned()
                } else {
                    format!("Fn::{name}")
                };
                serde_json::json!({ key: argument.json() })
            }
        }
    }

    /// Flow YAML with short forms wherever YAML allows them: not directly behind another short form.
    fn short(&self, after_tag: bool) -> String {
        match self {
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Self::Number(number) => number.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::List(items) => {
                format!(
                    "[{}]",
                    items
                        .iter()
                        .map(|item| item.short(false))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            Self::Map(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| format!("'{key}': {}", value.short(false)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            Self::Call(name, argument) if !after_tag => format!("!{name} {}", argument.short(true)),
            Self::Call(name, argument) => {
                let key = if matches!(*name, "Ref" | "Condition") {
                    (*name).to_owned()
                } else {
                    format!("Fn::{name}")
                };
                format!("{{'{key}': {}}}", argument.short(false))
            }
        }
    }
}

fn call(name: &'static str, argument: Tree) -> Tree {
    Tree::Call(name, Box::new(argument))
}

fn text(value: &str) -> Tree {
    Tree::Text(value.to_owned())
}

fn tree() -> impl Strategy<Value = Tree> {
    let names = [
        "Env",
        "Open",
        "Size",
        "Names",
        "Secret",
        "Other",
        "Missing",
        "AWS::NoValue",
        "AWS::Region",
        "AWS::AccountId",
    ];
    let leaf = prop_oneof![
        "[a-c ${}!:,]{0,6}".prop_map(Tree::Text),
        (-3_i64..30).prop_map(Tree::Number),
        any::<bool>().prop_map(Tree::Bool),
        proptest::sample::select(names.to_vec()).prop_map(|name| call("Ref", text(name))),
        proptest::sample::select(names.to_vec())
            .prop_map(|name| call("Sub", Tree::Text(format!("x-${{{name}}}")))),
        proptest::sample::select(vec!["Other.Arn", "Nested.Outputs.X", "Missing.Arn", "Other"])
            .prop_map(|name| call("GetAtt", text(name))),
        Just(call("GetAZs", text(""))),
        Just(call(
            "FindInMap",
            Tree::List(vec![text("Sizes"), call("Ref", text("Env")), text("Type")])
        )),
        Just(call(
            "Cidr",
            Tree::List(vec![text("10.0.0.0/16"), Tree::Number(2), Tree::Number(8)])
        )),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4);
        let condition = proptest::sample::select(vec!["Yes", "No", "IsProd", "Nowhere"]);
        prop_oneof![
            list.clone().prop_map(Tree::List),
            proptest::collection::btree_map("[A-D]", inner.clone(), 0..4)
                .prop_map(|map| Tree::Map(map.into_iter().collect())),
            (condition, inner.clone(), inner.clone())
                .prop_map(|(name, left, right)| call("If", Tree::List(vec![text(name), left, right]))),
            list.clone()
                .prop_map(|items| call("Join", Tree::List(vec![text("-"), Tree::List(items)]))),
            // Elements that come and go with a condition.
            (condition_and_values(inner.clone()), 0_i64..3)
                .prop_map(|(list, index)| call("Select", Tree::List(vec![Tree::Number(index), list]))),
            condition_and_values(inner.clone())
                .prop_map(|list| call("Join", Tree::List(vec![text("+"), list]))),
            condition_and_values(inner.clone()),
            (0_i64..3, inner.clone())
                .prop_map(|(index, list)| call("Select", Tree::List(vec![Tree::Number(index), list]))),
            inner
                .clone()
                .prop_map(|source| call("Split", Tree::List(vec![text("-"), source]))),
            inner.clone().prop_map(|value| call("Base64", value)),
            inner.clone().prop_map(|value| call("ImportValue", value)),
            ("[a-c]", inner).prop_map(|(key, value)| {
                call(
                    "Sub",
                    Tree::List(vec![
                        Tree::Text(format!("<${{{key}}}>")),
                        Tree::Map(vec![(key, value)]),
                    ]),
                )
            }),
        ]
    })
}

fn condition_and_values(inner: impl Strategy<Value = Tree> + Clone) -> impl Strategy<Value = Tree> {
    let perhaps = (any::<bool>(), inner.clone()).prop_map(|(first, value)| {
        let nothing = call("Ref", text("AWS::NoValue"));
        let (left, right) = if first { (value, nothing) } else { (nothing, value) };
        call("If", Tree::List(vec![text("IsProd"), left, right]))
    });
    proptest::collection::vec(prop_oneof![perhaps, inner], 0..4).prop_map(Tree::List)
}

fn outcome(input: &LoadedInput) -> (Value, Vec<Reference>, Vec<(&'static str, String)>) {
    let resource = &input.resources[0];
    let diagnostics = input
        .diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.code.id, diagnostic.message.clone()));
    (
        resource.values.clone(),
        resource.references.clone(),
        diagnostics.collect(),
    )
}

/// The shared sections as JSON, with the tree as the only property of the first resource.
fn as_json(tree: &Tree) -> String {
    let preamble = yaml::parse(&Source::new("p", format!("{PREAMBLE}\nResources:{TARGETS}"))).unwrap();
    let mut template = preamble.to_value().to_json();
    template["Conditions"] = serde_json::json!({
        "Yes": {"Fn::Equals": ["a", "a"]},
        "No": {"Fn::Equals": ["a", "b"]},
        "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "IsOpen": {"Fn::Equals": [{"Ref": "Open"}, "x"]},
    });
    template["Resources"]["A"] = serde_json::json!({"Type": "X", "Properties": {"P": tree.json()}});
    serde_json::to_string_pretty(&template).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn short_long_and_json_agree(tree in tree()) {
        let text = as_json(&tree);
        let source = Source::new("template.yaml", text.clone());
        let root = json::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
        let from_json = super::super::read(source, &root, &context());
        let long = load(&text, &context());
        prop_assert_eq!(outcome(&long), outcome(&from_json));
        let short = load(
            &format!("{PREAMBLE}\nResources:\n  A: {{Type: X, Properties: {{P: {}}}}}{TARGETS}", tree.short(false)),
            &context(),
        );
        prop_assert_eq!(outcome(&short), outcome(&from_json), "{}", tree.short(false));
    }

    /// Anything at all in any section is read or reported with a place.
    #[test]
    fn no_section_can_crash_the_reader(sections in proptest::collection::btree_map(
        proptest::sample::select(vec!["Parameters", "Mappings", "Conditions", "Transform", "Resources", "Fn::Transform"]),
        tree(),
        0..5,
    ), body in tree()) {
        let mut template = Tree::Map(sections.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect()).json();
        for section in ["Parameters", "Conditions", "Resources"] {
            if let Some(section) = template.get_mut(section).and_then(|section| section.as_object_mut()) {
                section.insert("Env".to_owned(), body.json());
            }
        }
        let text = template.to_string();
        let source = Source::new("template.json", text);
        let input = super::super::read(source.clone(), &json::parse(&source).unwrap(), &context());
        diagnostics(&input);
        prop_assert!(!input.resources.is_empty() || !input.diagnostics.is_empty() || template["Resources"].is_object());
    }

    /// A template means the same as a nested stack, but that its names are those of the stack.
    #[test]
    fn a_nested_template_is_the_template(tree in tree()) {
        let text = as_json(&tree);
        let direct = load(&text, &context());
        let outer = "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.json, Parameters: {Given: given}}}}";
        let nested = load_files(&[("main.yaml", outer), ("inner.json", &text)], &context());
        let of = |input: &LoadedInput, scope: &str| -> Vec<String> {
            let lines = listing(input).into_iter().filter(|line| !line.starts_with("S CloudFormation"));
            lines.map(|line| line.replace(scope, "")).collect()
        };
        prop_assert_eq!(of(&nested, "S/"), of(&direct, "S/"));
        let references = |input: &LoadedInput| -> Vec<String> {
            let all = input.resources.iter().flat_map(|resource| &resource.references);
            all.map(|reference| format!("{reference:?}").replace("S/", "")).collect()
        };
        prop_assert_eq!(references(&nested), references(&direct));
        // What is wrong with it is the same too, beside the parameters that nobody gives.
        let about_the_template = |input: &LoadedInput| -> Vec<String> {
            diagnostics(input).into_iter().filter(|line| !line.starts_with("CFN020 nested stack `S` gets no value")).collect()
        };
        prop_assert_eq!(about_the_template(&nested), about_the_template(&direct));
    }

    #[test]
    fn every_unknown_and_every_reference_can_be_located(tree in tree()) {
        let input = load(&as_json(&tree), &context());
        let resource = &input.resources[0];
        let locator = resource.origin.locator.as_ref().unwrap();
        let mut paths: Vec<_> = resource.references.iter().map(|reference| reference.path.clone()).collect();
        resource.values.for_each_unknown(&crate::value::AttributePath::root(), &mut |path, _| paths.push(path.clone()));
        for path in paths {
            prop_assert!(locator.locate(&path).is_some(), "{path}");
        }
    }

    /// Whatever a parameter turns out to be, the value under it is one that the open template allowed.
    #[test]
    fn an_open_template_allows_every_closed_one(tree in tree()) {
        let open = load(&as_json(&tree), &context());
        for env in ["dev", "prod"] {
            let mut closed = context();
            closed.parameters.insert("Env".to_owned(), env.into());
            let closed = load(&as_json(&tree), &closed);
            let broken = closed.diagnostics.len().max(open.diagnostics.len()) > 0;
            prop_assert!(
                broken || allows(open.resources[0].values.get("P"), closed.resources[0].values.get("P")),
                "{:?} does not allow {:?}",
                open.resources[0].values.get("P").map(show),
                closed.resources[0].values.get("P").map(show)
            );
        }
    }
}

/// True when `closed` is among the values that `open` stands for.
pub(super) fn allows(open: Option<&Value>, closed: Option<&Value>) -> bool {
    let Some(open) = open else { return closed.is_none() };
    if let Some(unknown) = open.as_unknown() {
        let absent = matches!(closed, None | Some(Value::Null));
        if absent {
            return !unknown.non_null;
        }
        return match (&unknown.domain, closed) {
            (Some(Domain::AnyOf(values)), Some(closed)) if closed.as_unknown().is_none() => {
                values.contains(closed)
            }
            _ => true,
        };
    }
    let Some(closed) = closed else { return false };
    match (open, closed) {
        (Value::Map(open), Value::Map(closed)) => {
            open.keys()
                .chain(closed.keys())
                .all(|key| match (open.get(key), closed.get(key)) {
                    (None, Some(_)) => false,
                    (open, closed) => allows(open, closed),
                })
        }
        (Value::List(open), Value::List(closed)) => {
            // Elements that may be absent are matched in order, each used or skipped.
            fn matches(open: &[Value], closed: &[Value]) -> bool {
                match (open.split_first(), closed.split_first()) {
                    (None, None) => true,
                    (None, Some(_)) => false,
                    (Some((first, rest)), None) => allows(Some(first), None) && matches(rest, closed),
                    (Some((first, rest)), Some((element, others))) => {
                        (allows(Some(first), Some(element)) && matches(rest, others))
                            || (allows(Some(first), None) && matches(rest, closed))
                    }
                }
            }
            matches(open, closed)
        }
        _ => open == closed,
    }
}
