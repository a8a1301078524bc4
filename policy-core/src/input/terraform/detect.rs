//! Tells Terraform's outputs apart by content, without parsing them.

use crate::diagnostic::{Diagnostic, Label, Place};

use super::codes;

/// How many top-level keys are looked at. Terraform writes what decides among the first three.
const MOST_KEYS: usize = 64;

/// What a text or file of Terraform or OpenTofu is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognition {
    /// `terraform show -json <plan file>`.
    Plan,
    /// A state: `terraform show -json` or a raw `terraform.tfstate`.
    State,
    /// The progress log of `terraform plan -json` or `apply -json`.
    PlanLog,
    /// What `terraform plan -out` writes, a zip archive.
    BinaryPlan,
    /// What `terraform plan` prints for people.
    PlanText,
    /// Other JSON of Terraform: provider schemas, validation results.
    OtherTerraform,
    /// Nothing of Terraform.
    Other,
}

impl Recognition {
    /// For everything of Terraform that is not a plan: what it is, and the command that makes the plan. `place` is the
    /// text or, for a binary plan, the file.
    pub fn diagnostic(self, place: Place) -> Option<Diagnostic> {
        let convert =
            "run `terraform show -json tfplan > plan.json` (or `tofu show -json`) and check `plan.json`";
        let plan = "run `terraform plan -out=tfplan`, then `terraform show -json tfplan > plan.json`, and check `plan.json`";
        let (code, what, help) = match self {
            Self::Plan | Self::Other => return None,
            Self::State => (&codes::TFP017, "a Terraform state, not a plan", plan),
            Self::PlanLog => (
                &codes::TFP018,
                "the progress log of `terraform plan -json`, not a plan",
                plan,
            ),
            Self::BinaryPlan => (
                &codes::TFP019,
                "a binary plan, which only Terraform can read",
                convert,
            ),
            Self::PlanText => (
                &codes::TFP020,
                "the text that Terraform prints for people, not a plan in JSON",
                plan,
            ),
            Self::OtherTerraform => (&codes::TFP021, "JSON of Terraform, but not a plan", plan),
        };
        let file = match &place {
            Place::Span(span) => span.source().name(),
            Place::File(file) => file,
        };
        let mut diagnostic = Diagnostic::new(code, format!("`{file}` is {what}")).help(help);
        diagnostic.labels.push(Label {
            place,
            text: String::new(),
        });
        Some(diagnostic)
    }
}

/// Recognises Terraform's outputs by their first bytes and top-level keys. UTF-8, with or without a byte order mark.
///
/// ```
/// use policy_core::input::terraform::detect::{Recognition, recognise};
/// assert_eq!(recognise(br#"{"format_version":"1.2","planned_values":{}}"#), Recognition::Plan);
/// assert_eq!(recognise(br#"{"version":4,"serial":1,"lineage":"x","resources":[]}"#), Recognition::State);
/// ```
pub fn recognise(bytes: &[u8]) -> Recognition {
    if bytes.starts_with(b"PK\x03\x04") {
        return Recognition::BinaryPlan;
    }
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    match text.first() {
        Some(b'{') => by_keys(text),
        Some(_) if is_plan_text(text) => Recognition::PlanText,
        _ => Recognition::Other,
    }
}

fn is_plan_text(text: &[u8]) -> bool {
    let head = text.get(..4096).unwrap_or(text);
    let said = [
        "Terraform will perform the following actions",
        "OpenTofu will perform the following actions",
        "Resource actions are indicated with the following symbols",
        "No changes. Your infrastructure matches the configuration",
    ];
    said.iter().any(|phrase| {
        head.windows(phrase.len())
            .any(|window| window == phrase.as_bytes())
    })
}

fn by_keys(text: &[u8]) -> Recognition {
    let mut keys = Keys { text, at: 1 };
    let mut versioned = false;
    let mut raw_state = 0;
    for _ in 0..MOST_KEYS {
        let Some(key) = keys.next_key() else { break };
        match key {
            b"@level" | b"@message" | b"@module" | b"@timestamp" => return Recognition::PlanLog,
            b"planned_values"
            | b"resource_changes"
            | b"resource_drift"
            | b"output_changes"
            | b"prior_state"
            | b"configuration"
            | b"relevant_attributes"
            | b"applyable"
            | b"errored" => {
                // Other documents may have such a key; with the version beside it, or first of all, it is a plan.
                if versioned || keys.has_version() {
                    return Recognition::Plan;
                }
                return Recognition::Other;
            }
            b"values" if versioned => return Recognition::State,
            b"provider_schemas" | b"valid" | b"error_count" | b"metadata_functions" if versioned => {
                return Recognition::OtherTerraform;
            }
            b"format_version" => versioned = true,
            b"serial" | b"lineage" | b"terraform_version" => raw_state += 1,
            b"modules" | b"resources" if raw_state >= 2 => return Recognition::State,
            _ => {}
        }
        if !keys.skip_value() {
            break;
        }
    }
    match (versioned, raw_state) {
        // `terraform show -json` of an empty state has nothing but the version.
        (true, _) => Recognition::State,
        (false, 2..) => Recognition::State,
        _ => Recognition::Other,
    }
}

/// Walks the top-level keys of a JSON object without reading its values.
#[derive(Clone)]
struct Keys<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Keys<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next key; the cursor then stands on its value.
    fn next_key(&mut self) -> Option<&'t [u8]> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b',');
        let start = self.at + 1;
        if self.peek() != Some(b'"') || !self.skip_string() {
            return None;
        }
        let key = self.text.get(start..self.at - 1)?;
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b':');
        Some(key)
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    /// Moves behind a string; false when it does not end.
    fn skip_string(&mut self) -> bool {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return true;
            }
        }
        false
    }

    /// Moves behind a value; false at the end of the text.
    fn skip_value(&mut self) -> bool {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    if !self.skip_string() {
                        return false;
                    }
                    if depth == 0 {
                        return true;
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return false,
                b'}' | b']' => depth -= 1,
                b',' if depth == 0 => return true,
                _ => {}
            }
            self.at += 1;
            if depth == 0 && matches!(byte, b'}' | b']') {
                return true;
            }
        }
        false
    }

    /// Whether `format_version` stands further on, for plans whose keys were sorted.
    fn has_version(&self) -> bool {
        let mut keys = self.clone();
        for _ in 0..MOST_KEYS {
            if !keys.skip_value() {
                return false;
            }
            match keys.next_key() {
                Some(b"format_version") => return true,
                Some(_) => {}
                None => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terraform_outputs_are_told_apart() {
        for (text, expected) in [
            (
                r#"{"format_version":"1.2","terraform_version":"1.11.4","variables":{},"planned_values":{}}"#,
                Recognition::Plan,
            ),
            (
                r#"{"applyable":true,"complete":true,"configuration":{"a":"}\""},"format_version":"1.2"}"#,
                Recognition::Plan,
            ),
            (r#" {"format_version":"1.0","errored":true}"#, Recognition::Plan),
            (
                "\u{feff}{\"format_version\":\"1.0\",\"resource_changes\":[",
                Recognition::Plan,
            ),
            (
                r#"{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{}}}"#,
                Recognition::State,
            ),
            (r#"{"format_version":"1.0"}"#, Recognition::State),
            (
                r#"{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"l","outputs":{},"resources":[]}"#,
                Recognition::State,
            ),
            (
                r#"{"check_results":null,"lineage":"l","outputs":{},"resources":[],"serial":3,"terraform_version":"1","version":4}"#,
                Recognition::State,
            ),
            (
                "{\"@level\":\"info\",\"@message\":\"Terraform 1.11\",\"type\":\"version\"}\n{\"@level\":\"info\"}\n",
                Recognition::PlanLog,
            ),
            (
                r#"{"format_version":"1.0","provider_schemas":{}}"#,
                Recognition::OtherTerraform,
            ),
            (
                r#"{"format_version":"1.0","valid":true}"#,
                Recognition::OtherTerraform,
            ),
            ("PK\u{3}\u{4}rest", Recognition::BinaryPlan),
            (
                "\nTerraform used the selected providers to generate the following execution\nplan. Resource actions are indicated with the following symbols:\n",
                Recognition::PlanText,
            ),
            (
                r#"{"AWSTemplateFormatVersion":"2010-09-09","Resources":{}}"#,
                Recognition::Other,
            ),
            (
                r#"{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}"#,
                Recognition::Other,
            ),
            (
                r#"{"configuration":{"a":1},"configurationItemStatus":"OK"}"#,
                Recognition::Other,
            ),
            ("Resources:\n  A: {}\n", Recognition::Other),
            ("[]", Recognition::Other),
            ("", Recognition::Other),
            ("{", Recognition::Other),
        ] {
            assert_eq!(recognise(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn everything_but_a_plan_names_the_command() {
        for wrong in [
            Recognition::State,
            Recognition::PlanLog,
            Recognition::BinaryPlan,
            Recognition::PlanText,
            Recognition::OtherTerraform,
        ] {
            let diagnostic = wrong.diagnostic(Place::File("tfplan".into())).unwrap();
            assert!(diagnostic.message.starts_with("`tfplan` is"));
            assert!(
                diagnostic
                    .help
                    .unwrap()
                    .contains("terraform show -json tfplan > plan.json")
            );
            assert_eq!(diagnostic.labels.len(), 1);
        }
        let nothing = |recognition: Recognition| recognition.diagnostic(Place::File("x".into())).is_none();
        assert!(nothing(Recognition::Plan) && nothing(Recognition::Other));
    }

    proptest! {
        #[test]
        fn hostile_texts_do_not_panic(text in "[{}\\[\\]\",:\\\\a1 ]{0,60}") {
            let _any = recognise(text.as_bytes());
        }

        #[test]
        fn the_order_of_keys_does_not_matter(keys in Just(vec!["format_version", "planned_values", "terraform_version", "timestamp", "variables"]).prop_shuffle()) {
            let members: Vec<String> = keys.iter().map(|key| format!("{key:?}:{{\"x\":[1,\"}}]\"]}}")).collect();
            prop_assert_eq!(recognise(format!("{{{}}}", members.join(",")).as_bytes()), Recognition::Plan);
        }
    }
}
