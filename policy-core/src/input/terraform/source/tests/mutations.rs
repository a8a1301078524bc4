//! Damaged configurations: whatever the text, the evaluation comes to an end and says where it failed.

use std::path::Path;
use std::time::{Duration, Instant};

use super::*;

/// What is put into a text.
const PIECES: &[&str] = &[
    "${",
    "%{ for x in ",
    "%{ endfor }",
    "%{ if ",
    "~}",
    "\"",
    "<<EOT\n",
    "<<-A\n",
    "\nEOT\n",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "[*]",
    ".*",
    "...",
    "null",
    "for k, v in ",
    "var.",
    "local.",
    "each.key",
    "count.index",
    "self",
    "data.",
    "dynamic \"x\" {\n",
    "for_each = ",
    "count = ",
    "\u{FEFF}",
    "😀",
    "e\u{301}",
    "\0",
    "\r\n",
    "1e999999999",
    "-9223372036854775809",
    "?",
    ":",
    "=",
    "==",
    "=>",
    "\\",
    "\\u",
    "#",
    "/*",
    "*/",
    "//",
    "locals {\n",
    "module \"m\" {\n",
    "source = \".\"\n",
    "jsonencode(",
    "templatefile(\"x\", ",
    "try(",
    "flatten(",
    "setproduct(",
    "provider::a::b(",
    "\n",
    " ",
    ",",
    "0",
    "!",
    "-",
    "$$",
    "%%",
];

/// A small generator of its own: a damage has to be the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    /// A byte offset of the text that begins a character.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn range(&mut self, text: &str, longest: usize) -> std::ops::Range<usize> {
        let start = self.place(text);
        let mut end = (start + self.below(longest)).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        start..end.max(start)
    }

    fn damage(&mut self, text: &str, others: &[String]) -> String {
        let mut text = text.to_owned();
        for _ in 0..=self.below(4) {
            match self.below(8) {
                0 => {
                    let range = self.range(&text, 40);
                    text.replace_range(range, "");
                }
                1 => {
                    let range = self.range(&text, 60);
                    let copied = text.get(range).unwrap().to_owned();
                    let at = self.place(&text);
                    text.insert_str(at, &copied);
                }
                2 => {
                    let other = &others[self.below(others.len())];
                    let copied = other.get(self.range(other, 200)).unwrap().to_owned();
                    let at = self.place(&text);
                    text.insert_str(at, &copied);
                }
                3 => {
                    let deep = PIECES[self.below(PIECES.len())].repeat(self.below(300));
                    let at = self.place(&text);
                    text.insert_str(at, &deep);
                }
                4 => text.truncate(self.place(&text.clone())),
                _ => {
                    let piece = PIECES[self.below(PIECES.len())];
                    let range = self.range(&text, 8);
                    text.replace_range(range, piece);
                }
            }
        }
        text
    }
}

fn configurations(directory: &Path, found: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            configurations(&path, found);
        } else if path.to_string_lossy().ends_with(".tf") || path.to_string_lossy().ends_with(".tf.json") {
            found.extend(std::fs::read_to_string(&path));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long an evaluation takes is what is tested"
)]
fn survives(seed: u64, lasting: Option<Duration>, times: usize) {
    let mut others = Vec::new();
    configurations(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/inputs/terraform-source"),
        &mut others,
    );
    assert!(others.len() > 60);
    let mut chance = Chance(seed | 1);
    let begun = Instant::now();
    let mut count = 0;
    while lasting.map_or(count < times, |lasting| begun.elapsed() < lasting) {
        count += 1;
        let original = &others[chance.below(others.len())];
        let text = chance.damage(original, &others);
        let name = if original.trim_start().starts_with('{') {
            "main.tf.json"
        } else {
            "main.tf"
        };
        let module = others[chance.below(others.len())].as_str();
        let evaluating = Instant::now();
        let input = read_files(&[(name, text.as_str()), ("modules/m/main.tf", module)]);
        let failed = input.diagnostics.iter().any(|diagnostic| {
            diagnostic
                .message
                .contains("its thread could not be started or failed")
        });
        assert!(
            !failed,
            "damage {count} of {seed} is the end of the evaluation:\n{text}"
        );
        assert!(
            evaluating.elapsed() < Duration::from_secs(20),
            "damage {count} of {seed} takes {:?}:\n{text}",
            evaluating.elapsed()
        );
        for diagnostic in &input.diagnostics {
            assert!(
                !diagnostic.labels.is_empty(),
                "no place: {} {}\n{text}",
                diagnostic.code.id,
                diagnostic.message
            );
        }
    }
    println!("{count} damaged configurations");
}

#[test]
fn damaged_configurations_are_evaluated_without_a_crash() {
    survives(0x5eed, None, 150);
}

#[test]
#[ignore = "takes as many seconds as POLICY_FUZZ_SECONDS says"]
#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is said on the command line of the tests, which is the environment"
)]
fn damaged_configurations_for_long() {
    let seconds = std::env::var("POLICY_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = std::env::var("POLICY_FUZZ_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    survives(
        seed.unwrap_or(1),
        Some(Duration::from_secs(seconds.unwrap_or(600))),
        0,
    );
}
