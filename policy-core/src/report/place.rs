//! Files and regions as other tools name them.

use std::collections::BTreeSet;

use crate::report::Run;
use crate::source::Span;

/// A region of a file: 1-based lines and columns in characters, the end column exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// Path with `/`, without a leading `./`.
    pub(crate) file: String,
    /// First line.
    pub(crate) line: u32,
    /// First column.
    pub(crate) column: u32,
    /// Last line.
    pub(crate) end_line: u32,
    /// One past the last column; equal to `column` for an empty region.
    pub(crate) end_column: u32,
}

impl Region {
    pub(crate) fn of(span: &Span) -> Self {
        let (line, column) = span.source().line_column(span.start());
        let covered = span
            .source()
            .text()
            .get(span.start()..span.end())
            .unwrap_or_default();
        // Counting from the start of a line costs, and a plan is one line of megabytes.
        let (end_line, end_column) = match covered.contains('\n') {
            true => span.source().line_column(span.end()),
            false => (
                line,
                column.saturating_add(u32::try_from(covered.chars().count()).unwrap_or(u32::MAX)),
            ),
        };
        Self {
            file: path(span.source().name()),
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// `main.tf:3:5`, as compilers write it.
    pub(crate) fn text(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The path as formats write it: `/` between the parts, relative to the working directory where it is relative.
pub(crate) fn path(name: &str) -> String {
    // On other systems a backslash is an ordinary character of a name.
    let slashes = if cfg!(windows) {
        name.replace('\\', "/")
    } else {
        name.to_owned()
    };
    slashes.strip_prefix("./").map(str::to_owned).unwrap_or(slashes)
}

/// The files that stand for the place of a finding that has none: formats that demand a place get the inputs.
/// An input that was given twice is listed once.
pub(crate) fn input_files(run: &Run) -> impl Iterator<Item = String> + '_ {
    let mut seen = BTreeSet::new();
    run.inputs
        .iter()
        .map(|input| path(&input.path))
        .filter(move |file| seen.insert(file.clone()))
}

/// A URI reference and whether it is relative.
pub(crate) fn uri(path: &str) -> (String, bool) {
    let mut bytes = path.bytes();
    let drive = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic()) && bytes.next() == Some(b':');
    match path.strip_prefix('/') {
        Some(rest) => (format!("file:///{}", encoded(rest, false)), false),
        None if drive && cfg!(windows) => (format!("file:///{}", encoded(path, true)), false),
        None => (encoded(path, false), true),
    }
}

/// Percent-encodes what RFC 3986 does not allow in a path. A colon in a relative path would read as a scheme.
fn encoded(path: &str, keep_colon: bool) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let kept = byte.is_ascii_alphanumeric()
            || b"-._~/!$&'()*+,;=@".contains(&byte)
            || (keep_colon && byte == b':');
        if kept {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("modules/db/main.tf"), ("modules/db/main.tf".into(), true));
        assert_eq!(uri("a b%/ü:c#.tf"), ("a%20b%25/%C3%BC%3Ac%23.tf".into(), true));
        assert_eq!(uri("/srv/plan.json"), ("file:///srv/plan.json".into(), false));
        assert_eq!(uri("<stdin>"), ("%3Cstdin%3E".into(), true));
        assert_eq!(path("./main.tf"), "main.tf");
    }

    #[test]
    fn regions_count_characters() {
        let source = Source::new("./ü.tf", "a = 1\nb = \"üü\"\nc\n");
        let start = source.text().find('"').unwrap();
        let end = start + "\"üü\"".len();
        let region = Region::of(&Span::new(source, start, end));
        assert_eq!(
            region,
            Region {
                file: "ü.tf".into(),
                line: 2,
                column: 5,
                end_line: 2,
                end_column: 9
            }
        );
        assert_eq!(region.text(), "ü.tf:2:5");
    }
}
