//! Tells Terraform's outputs apart by content, without parsing them.

use crate::diagnostic::Diagnostic;

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
    /// For everything of Terraform that is not a plan: what it is, and the command that makes the plan.
    pub fn diagnostic(self, file: &str) -> Option<Diagnostic> {
        let convert = "run `terraform show -json tfplan > plan.json` (or `tofu show -json`) and check `plan.json`";
        let plan = "run `terraform plan -out=tfplan`, then `terraform show -json tfplan > plan.json`, and check `plan.json`";
        let (code, what, help) = match self {
            Self::Plan | Self::Other => return None,
            Self::State => (&codes::TFP017, "a Terraform state, not a plan", plan),
            Self::PlanLog => (&codes::TFP018, "the progress log of `terraform plan -json`, not a plan", plan),
            Self::BinaryPlan => (&codes::TFP019, "a binary plan, which only Terraform can read", convert),
            Self::PlanText => (&codes::TFP020, "the text that Terraform prints for people, not a plan in JSON", plan),
            Self::OtherTerraform => (&codes::TFP021, "JSON of Terraform, but not a plan", plan),
        };
        Some(Diagnostic::new(code, format!("`{file}` is {what}")).in_file(file).help(help))
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
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
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
    said.iter().any(|phrase| head.windows(phrase.len()).any(|window| window == phrase.as_bytes()))
}

fn by_keys(text: &[u8]) -> Recognition {
    let mut keys = Keys { text, at: 1 };
    let mut versioned = false;
    let mut raw_state = 0;
    for _ in 0..MOST_KEYS {
        let Some(key) = keys.next_key() else { break };
        match key {
            b"@level" | b"@message" | b"@module" | b"@timestamp" => return Recognition::PlanLog,
            b"planned_values" | b"resource_changes" | b"resource_drift" | b"output_changes" | b"prior_state"
            | b"configuration" | b"relevant_attributes" | b"applyable" | b"errored" => {
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
