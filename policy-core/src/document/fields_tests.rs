use super::*;
use crate::document::yaml;
use crate::source::Source;

static UNKNOWN: Code = Code {
    id: "T001",
    level: Level::Error,
    summary: "",
    explanation: "",
};
static MISSING: Code = Code {
    id: "T002",
    level: Level::Error,
    summary: "",
    explanation: "",
};
static INVALID: Code = Code {
    id: "T003",
    level: Level::Error,
    summary: "",
    explanation: "",
};
static OWN: Code = Code {
    id: "T004",
    level: Level::Warning,
    summary: "",
    explanation: "",
};
static CODES: FieldCodes = FieldCodes {
    unknown: &UNKNOWN,
    missing: &MISSING,
    invalid: &INVALID,
};
static SCOPE: Shape = Shape {
    what: "the `scope` of a control",
    fields: &["environments", "accounts"],
    elsewhere: &[],
    codes: &CODES,
};
static CONTROL: Shape = Shape {
    what: "a control",
    fields: &[
        "id", "title", "severity", "scope", "days", "allowed", "roles", "map", "any",
    ],
    elsewhere: &[("scope", &["environments", "accounts"])],
    codes: &CODES,
};

fn node(text: &str) -> Node {
    yaml::parse(&Source::new("c.yaml", text)).unwrap()
}

/// What `read` returns, and the diagnostics as `CODE line:column message | help`.
fn reading<T>(text: &str, read: impl FnOnce(&mut Fields<'_, '_>) -> T) -> (T, Vec<String>) {
    let root = node(text);
    let mut diagnostics = Vec::new();
    let result = read(&mut Fields::read(&root, &CONTROL, &mut diagnostics).unwrap());
    let shown = diagnostics.iter().map(|diagnostic| {
        let at = diagnostic.location().unwrap();
        let help = diagnostic.help.as_deref().unwrap_or("-");
        format!(
            "{} {}:{} {} | {help}",
            diagnostic.code.id, at.line, at.column, diagnostic.message
        )
    });
    (result, shown.collect())
}

#[test]
fn identifiers_keep_their_digits() {
    let (accounts, diagnostics) = reading(
        "scope:\n  accounts: [123456789012, 012345678901, '1', 5.10]\n",
        |fields| {
            fields
                .optional("scope")
                .mapping(&SCOPE)
                .unwrap()
                .required("accounts")
                .strings()
                .unwrap()
        },
    );
    let texts: Vec<&str> = accounts.iter().map(|text| &**text).collect();
    assert_eq!(texts, ["123456789012", "012345678901", "1", "5.10"]);
    assert_eq!(accounts[1].span.location().column, 28);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
}

#[test]
fn unknown_fields_get_the_hint_that_fits() {
    let ((), diagnostics) = reading(
        "id: A\nseverty: high\nenvironments: [prod]\nenviroments: [prod]\nzzz: 1\nx-note: kept\nSeverity: low\n",
        |_| (),
    );
    assert_eq!(
        diagnostics,
        [
            "T001 2:1 unknown field `severty` in a control | did you mean `severity`?",
            "T001 3:1 unknown field `environments` in a control | it belongs under `scope` (did the file lose its indentation?)",
            "T001 4:1 unknown field `enviroments` in a control | did you mean `environments` under `scope`?",
            "T001 5:1 unknown field `zzz` in a control | remove it or name it `x-zzz`; known fields are `id`, `title`, `severity`, `scope`, `days`, `allowed`, `roles`, `map`, `any`",
            "T001 7:1 unknown field `Severity` in a control | did you mean `severity`?",
        ]
    );
}

#[test]
fn missing_and_empty_fields_are_told_apart() {
    let (values, diagnostics) = reading("id: A\ntitle:\ndays:\n", |fields| {
        let title = fields.required("title").non_blank();
        let severity = fields.required("severity").word(&["high", "low"]);
        let days = fields.optional("days").integer(1..=9);
        let roles = fields.optional("roles").strings();
        (title, severity, days, roles)
    });
    assert_eq!(values, (None, None, None, None));
    assert_eq!(
        diagnostics,
        [
            "T002 2:1 `title` has no value | give it a value",
            "T002 1:1 a control has no `severity` | add `severity: …`",
            "T003 3:1 `days` has no value | give it a value or remove it",
        ]
    );
}

#[test]
fn wrong_values_are_named_with_the_full_path() {
    let text = "title: '  '\nseverity: hihg\nscope:\n  environments: prod\n  accounts: [[], true, ' ']\ndays: 10\nallowed: yes\nroles: {}\nmap: {a: [1]}\nany: true\n";
    let (complete, diagnostics) = reading(text, |fields| {
        let title = fields.required("title").non_blank();
        let severity = fields.required("severity").code(&OWN).word(&["high", "low"]);
        let mut scope = fields.required("scope").mapping(&SCOPE).unwrap();
        let environments = scope.required("environments").strings();
        let accounts = scope.required("accounts").strings();
        let days = fields.required("days").integer(1..=9);
        let allowed = fields.required("allowed").boolean();
        let roles = fields.required("roles").string_or_strings();
        let map = fields.required("map").string_map();
        let any = fields.required("any").string();
        assert!(fields.has_errors());
        assert_eq!((accounts, map), (Some(vec![]), Some(vec![])));
        title.is_some()
            || severity.is_some()
            || environments.is_some()
            || days.is_some()
            || allowed.is_some()
            || roles.is_some()
            || any.is_some()
    });
    assert!(!complete);
    assert_eq!(
        diagnostics,
        [
            "T003 1:8 `title` is blank | -",
            "T004 2:11 `severity` does not know `hihg` | did you mean `high`?",
            "T003 4:17 `scope.environments` must be a list of strings, and this is a string | write `environments: [prod]`",
            "T003 5:14 `scope.accounts` must be a list of strings, and this is a list | -",
            "T003 5:18 `scope.accounts` must be a list of strings, and this is a boolean | quote it if the word is meant",
            "T003 5:24 `scope.accounts` is blank | -",
            "T003 6:7 `days` must be between 1 and 9, and this is 10 | -",
            "T003 7:10 `allowed` must be `true` or `false`, and this is a string | -",
            "T003 8:8 `roles` must be a string or a list of strings, and this is a mapping | -",
            "T003 9:10 `map` must be a mapping of strings, and this is a list | -",
            "T003 10:6 `any` must be a string, and this is a boolean | quote it if the word is meant",
        ]
    );
}

#[test]
fn right_values_are_returned_as_they_are() {
    let text = "title: ' Encrypt '\nseverity: low\ndays: 9\nallowed: false\nroles: owner\nmap: {a: 1}\nany: [1]\nx-y: 1\n";
    let ((), diagnostics) = reading(text, |fields| {
        assert_eq!(fields.required("title").non_blank().as_deref(), Some("Encrypt"));
        assert_eq!(fields.required("title").string().as_deref(), Some(" Encrypt "));
        assert_eq!(
            fields.required("severity").word(&["high", "low"]).as_deref(),
            Some("low")
        );
        assert_eq!(fields.required("days").integer(1..=9), Some(9));
        assert_eq!(fields.required("allowed").boolean(), Some(false));
        assert_eq!(fields.required("roles").string_or_strings().unwrap().len(), 1);
        assert_eq!(&*fields.required("map").string_map().unwrap()[0].1, "1");
        assert_eq!(fields.optional("any").list().unwrap().len(), 1);
        assert_eq!(fields.optional("map").map().unwrap().len(), 1);
        assert_eq!(fields.optional("any").value().unwrap().items().len(), 1);
        assert_eq!(fields.extensions().count(), 1);
        assert!(fields.has("any") && !fields.has("scope") && !fields.has_errors());
    });
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
}

#[test]
fn a_list_is_not_a_mapping() {
    let mut diagnostics = Vec::new();
    assert!(Fields::read(&node("- a\n"), &CONTROL, &mut diagnostics).is_none());
    assert_eq!(
        diagnostics[0].message,
        "a control is a mapping, and this is a list"
    );
}
