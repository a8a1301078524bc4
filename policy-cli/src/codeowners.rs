//! Reads `CODEOWNERS`: the last line that matches a path decides.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::GitignoreBuilder;
use policy_core::exception::Ownership;
use policy_core::source::{Source, Span};

use crate::discover;

/// Where hosts look for it, in this order.
const PLACES: [&str; 4] = [
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
];

/// What the `CODEOWNERS` of a repository says about approved exceptions and about itself. `None` without the file.
pub(crate) fn read(root: &Path) -> Option<Ownership> {
    let (place, text) = PLACES
        .iter()
        .find_map(|place| Some((*place, std::fs::read_to_string(root.join(place)).ok()?)))?;
    let source = Source::new(discover::name_of(&root.join(place)), text);
    Some(Ownership {
        approved: owners(&source, "exceptions/approved/EXC-0000-0000.yaml"),
        itself: owners(&source, place),
        file: Span::new(Arc::clone(&source), 0, 0),
    })
}

fn owners(source: &Arc<Source>, path: &str) -> Option<(Vec<String>, Span)> {
    let mut decided = None;
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let written = line.split('#').next().unwrap_or_default();
        let mut words = written.split_whitespace();
        // GitLab writes sections in brackets; they hold no pattern.
        if let Some(pattern) = words.next().filter(|pattern| !pattern.starts_with(['[', '^']))
            && matches(pattern, path)
        {
            let span = Span::new(Arc::clone(source), start, start + written.trim_end().len());
            decided = Some((words.map(str::to_owned).collect(), span));
        }
        start += line.len();
    }
    decided
}

/// Patterns are those of gitignore; a directory stands for everything below it.
fn matches(pattern: &str, path: &str) -> bool {
    let mut builder = GitignoreBuilder::new("");
    if builder.add_line(None, pattern).is_err() {
        return false;
    }
    builder
        .build()
        .is_ok_and(|patterns| patterns.matched_path_or_any_parents(path, false).is_ignore())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_matches_decides() {
        let text = "* @org/everybody\n/exceptions/ @org/platform\n/exceptions/approved/ @org/risk-office  # they approve\n/docs/ @org/docs\n";
        let source = Source::new("CODEOWNERS", text);
        let (names, span) = owners(&source, "exceptions/approved/EXC-2026-0001.yaml").expect("a line");
        assert_eq!(
            (names, span.location().line),
            (vec!["@org/risk-office".to_owned()], 3)
        );
        let (names, _) = owners(&source, "CODEOWNERS").expect("a line");
        assert_eq!(names, ["@org/everybody"]);
        assert_eq!(
            owners(&Source::new("CODEOWNERS", "/docs/ @org/docs\n"), "CODEOWNERS"),
            None
        );
    }
}
