//! Length-preserving repairs of what Terraform accepts and the parser does not, and the borders of broken blocks.
//!
//! Everything works on one scan over the text that knows comments, quotes, heredocs and brackets, so nothing inside a
//! text is ever touched. Repairs overwrite bytes with spaces; offsets stay true.

use std::collections::HashMap;
use std::ops::Range;

/// The words a top-level block begins with.
const TOP_LEVEL: &[&str] = &[
    "resource",
    "data",
    "module",
    "variable",
    "output",
    "locals",
    "provider",
    "terraform",
    "moved",
    "removed",
    "import",
    "check",
    "ephemeral",
];

/// Blanks line breaks and comments inside object `for` expressions, and earlier members of an object whose key occurs
/// again.
///
/// Exponents beyond those of a 64-bit float become digits; the number itself is read from the original text.
pub(super) fn mend(text: &str) -> String {
    let mut scan = Scan::new(text, false);
    scan.run();
    without_exponents(blank_all(text, &scan.blanks), &scan.exponents)
}

fn without_exponents(text: String, exponents: &[Range<usize>]) -> String {
    let mut out = text;
    for range in exponents {
        out.replace_range(range.clone(), &"0".repeat(range.len()));
    }
    out
}

/// The exponent of the number that `text` begins with, when a 64-bit float has no such exponent.
fn large_exponent(text: &str) -> Option<Range<usize>> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut start = digits(text);
    if let Some(fraction) = text.get(start..)?.strip_prefix('.') {
        start += 1 + digits(fraction);
    }
    let after = text.get(start..)?.strip_prefix(['e', 'E'])?;
    let signed = usize::from(after.starts_with(['+', '-']));
    let length = digits(after.get(signed..)?);
    (length > 2).then_some(start..start + 1 + signed + length)
}

/// Replaces every heredoc without a line by `""`: the parser would read on to the next line that holds the same
/// delimiter, and take the code between for text. Hides the delimiter in lines that only begin with it, which end nothing.
/// `None` when there is neither.
pub(super) fn mend_heredocs(text: &str) -> Option<String> {
    if !text.contains("<<") {
        return None;
    }
    let mut scan = Scan::new(text, false);
    scan.run();
    if scan.empty_heredocs.is_empty() && scan.false_ends.is_empty() {
        return None;
    }
    let mut out = blank_all(text, &scan.empty_heredocs);
    for range in scan.false_ends {
        // The text of a heredoc is read from the original.
        out.replace_range(range.clone(), &"_".repeat(range.len()));
    }
    for range in scan.empty_heredocs {
        // A heredoc is never shorter than `<<A`, a line break and `A`.
        out.replace_range(range.start..range.start + 2, "\"\"");
    }
    Some(out)
}

/// The same for a text that is one expression, where every `{` opens an object.
pub(super) fn mend_expression(text: &str) -> String {
    let mut scan = Scan::new(text, true);
    scan.run();
    without_exponents(blank_all(text, &scan.blanks), &scan.exponents)
}

/// Overwrites `range` with spaces, keeping its line breaks.
pub(super) fn blank(text: &str, range: Range<usize>) -> String {
    blank_all(text, &[range])
}

fn blank_all(text: &str, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut sorted: Vec<&Range<usize>> = ranges.iter().collect();
    sorted.sort_by_key(|range| (range.start, range.end));
    for range in sorted {
        let start = range.start.max(at);
        if range.end <= start {
            continue;
        }
        out.push_str(text.get(at..start).unwrap_or_default());
        out.extend(std::iter::repeat_n(' ', range.end - start));
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// A top-level block that holds a syntax error.
pub(super) struct Broken {
    /// The block from its first word to the next block.
    pub(super) range: Range<usize>,
    /// True when the block is never closed, so that the error was only seen further down.
    pub(super) open: bool,
    /// Where a quoted text begins that is not closed in its line; the parser would read on to the next quote.
    pub(super) quote: Option<usize>,
}

/// The lines with which version control marks a conflict. They are no code wherever they stand.
pub(super) fn conflict_markers(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let marked = line.trim_end();
        let begins = |marker: &str| {
            marked
                .strip_prefix(marker)
                .is_some_and(|after| after.is_empty() || after.starts_with(' '))
        };
        if begins("<<<<<<<") || begins(">>>>>>>") || begins("|||||||") || marked == "=======" {
            found.push(offset..offset + marked.len());
        }
        offset += line.len();
    }
    // A line of equals signs alone may stand in a text.
    let both = |sign: u8| {
        let bytes = text.as_bytes();
        found.iter().any(|range| bytes.get(range.start) == Some(&sign))
    };
    if both(b'<') && both(b'>') {
        found
    } else {
        Vec::new()
    }
}

/// The line around the byte `at`.
pub(super) fn line_around(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let start = text
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1);
    let end = text
        .get(at..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |end| at + end);
    start..end
}

/// The top-level block to blame for an error at the byte `at`: the one around it, or the one above it that was left open.
pub(super) fn structure_around(text: &str, at: usize) -> Option<Broken> {
    let mut scan = Scan::new(text, false);
    scan.run();
    let starts = top_level_lines(text);
    let quote = scan.open_quotes.first().copied().filter(|&quote| quote <= at);
    let at = quote.unwrap_or(at);
    let mut position = starts.partition_point(|&start| start <= at).checked_sub(1)?;
    let blamed = position;
    // A block that begins inside another one tells that the other was left open.
    while position > 0
        && starts
            .get(position)
            .is_some_and(|&start| scan.depth_at(start) > 0)
    {
        position -= 1;
    }
    let start = *starts.get(position)?;
    let end = starts.get(position + 1).copied().unwrap_or(text.len());
    Some(Broken {
        range: start..end,
        open: position != blamed || at >= text.trim_end().len(),
        quote,
    })
}

/// Offsets of the lines that begin, without indentation, with the first word of a top-level block.
fn top_level_lines(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let word = line
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        if TOP_LEVEL.contains(&word) && line.contains('{') {
            starts.push(offset);
        }
        offset += line.len();
    }
    starts
}

/// What a bracket opened.
enum Level {
    Block,
    Object(Members),
    ForObject,
    Round,
    Square,
    /// `${` or `%{`; the text goes on when it is closed.
    Sequence(Text),
}

/// The kind of text a sequence stands in.
#[derive(Clone)]
enum Text {
    Quoted,
    Heredoc(String),
}

/// The members of an object seen so far.
#[derive(Default)]
struct Members {
    /// Where the member that is being read begins.
    start: Option<usize>,
    /// Its key, while it is a plain word or text.
    key: Option<String>,
    /// True when the key is over.
    assigned: bool,
    /// Complete members by key.
    seen: HashMap<String, Range<usize>>,
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    expression: bool,
    levels: Vec<Level>,
    blanks: Vec<Range<usize>>,
    empty_heredocs: Vec<Range<usize>>,
    /// Where quoted texts begin that are not closed in their line.
    open_quotes: Vec<usize>,
    /// The delimiters of heredocs where something follows them in their line.
    false_ends: Vec<Range<usize>>,
    /// Exponents that the parser cannot read.
    exponents: Vec<Range<usize>>,
    /// Depth changes: (offset, depth from there on).
    depths: Vec<(usize, usize)>,
    /// The last significant character before `at`, for telling blocks from objects.
    last: Option<char>,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, expression: bool) -> Self {
        Self {
            text,
            at: 0,
            expression,
            levels: Vec::new(),
            blanks: Vec::new(),
            empty_heredocs: Vec::new(),
            open_quotes: Vec::new(),
            false_ends: Vec::new(),
            exponents: Vec::new(),
            depths: Vec::new(),
            last: None,
        }
    }

    fn depth_at(&self, offset: usize) -> usize {
        let position = self.depths.partition_point(|(at, _)| *at < offset);
        position
            .checked_sub(1)
            .and_then(|index| self.depths.get(index))
            .map_or(0, |(_, depth)| *depth)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            let start = self.at;
            match c {
                '#' => self.comment(start),
                '/' if self.rest().starts_with("//") => self.comment(start),
                '/' if self.rest().starts_with("/*") => {
                    let length = self.rest().find("*/").map_or(self.rest().len(), |end| end + 2);
                    self.at += length;
                    if matches!(self.levels.last(), Some(Level::ForObject)) {
                        self.blanks.push(start..self.at);
                    }
                }
                '"' => {
                    self.at += 1;
                    let key_candidate = self.begin_token(start);
                    self.quoted();
                    if key_candidate {
                        self.key_text(start);
                    }
                    self.last = Some('"');
                }
                '<' if self.heredoc_start().is_some() => {
                    self.begin_token(start);
                    if let Some((delimiter, length)) = self.heredoc_start() {
                        self.at += length;
                        let content = self.at;
                        self.heredoc(&delimiter);
                        let read = self.text.get(content..self.at).unwrap_or_default();
                        if read.trim_start_matches([' ', '\t']) == delimiter {
                            self.empty_heredocs.push(start..self.at);
                        }
                    }
                    self.last = Some('"');
                }
                '\n' => {
                    self.at += 1;
                    match self.levels.last() {
                        Some(Level::ForObject) => self.blanks.push(start..self.at),
                        Some(Level::Object(_)) => self.end_member(start),
                        Some(Level::Block) | None => self.last = Some('\n'),
                        _ => {}
                    }
                }
                c if c.is_whitespace() => self.at += c.len_utf8(),
                '{' | '(' | '[' => {
                    self.begin_token(start);
                    self.open(c);
                }
                '}' | ')' | ']' => self.close(c),
                ',' => {
                    self.at += 1;
                    self.last = Some(',');
                    if matches!(self.levels.last(), Some(Level::Object(_))) {
                        self.end_member(self.at);
                    }
                }
                c if c.is_alphanumeric() || c == '_' => {
                    if c.is_ascii_digit()
                        && let Some(exponent) = large_exponent(self.rest())
                    {
                        self.exponents.push(start + exponent.start..start + exponent.end);
                    }
                    let key_candidate = self.begin_token(start);
                    let word = self.rest();
                    let end = word
                        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
                        .unwrap_or(word.len());
                    self.at += end.max(1);
                    if key_candidate {
                        self.key_text(start);
                    }
                    self.last = Some('a');
                }
                c => self.operator(c),
            }
        }
    }

    fn operator(&mut self, c: char) {
        let double = self
            .rest()
            .get(..2)
            .is_some_and(|two| matches!(two, "==" | "=>" | "!=" | "<=" | ">="));
        match self.levels.last_mut() {
            Some(Level::Object(members)) if !double && (c == '=' || c == ':') => members.assigned = true,
            // A key that is an expression is not kept: what it is worth is not known here.
            _ => {
                self.begin_token(self.at);
            }
        }
        self.at += if double { 2 } else { c.len_utf8() };
        self.last = Some(c);
    }

    /// Notes that something begins here. True when it can be the key of an object member.
    fn begin_token(&mut self, start: usize) -> bool {
        let Some(Level::Object(members)) = self.levels.last_mut() else {
            return false;
        };
        if members.start.is_none() {
            members.start = Some(start);
            return true;
        }
        if !members.assigned {
            members.key = None;
        }
        false
    }

    fn key_text(&mut self, start: usize) {
        let written = self.text.get(start..self.at).unwrap_or_default();
        if let Some(Level::Object(members)) = self.levels.last_mut()
            && !written.contains("${")
            && !written.contains("%{")
        {
            members.key = Some(written.trim_matches('"').to_owned());
        }
    }

    /// A member ends before or with the byte `end`.
    fn end_member(&mut self, end: usize) {
        let Some(Level::Object(members)) = self.levels.last_mut() else {
            return;
        };
        let start = members.start.take();
        let key = members.key.take();
        let assigned = std::mem::take(&mut members.assigned);
        if let (Some(start), Some(key), true) = (start, key, assigned)
            && let Some(earlier) = members.seen.insert(key, start..end)
        {
            self.blanks.push(earlier);
        }
    }

    fn open(&mut self, c: char) {
        let level = match c {
            '(' => Level::Round,
            '[' => Level::Square,
            _ if self.is_block() => Level::Block,
            _ if is_for(self.rest()) => Level::ForObject,
            _ => Level::Object(Members::default()),
        };
        self.levels.push(level);
        self.at += 1;
        self.depths.push((self.at, self.levels.len()));
        self.last = Some(c);
    }

    /// A `{` opens a block after a word or a quoted label, outside of every expression.
    fn is_block(&self) -> bool {
        !self.expression
            && matches!(self.last, Some('a' | '"'))
            // A block begins in nothing else than blocks.
            && self.levels.last().is_none_or(|level| matches!(level, Level::Block))
    }

    fn close(&mut self, c: char) {
        if matches!(self.levels.last(), Some(Level::Object(_))) {
            self.end_member(self.at);
        }
        self.at += 1;
        self.last = Some(c);
        let level = self.levels.pop();
        self.depths.push((self.at, self.levels.len()));
        match level {
            Some(Level::Sequence(Text::Quoted)) => {
                self.quoted();
                self.last = Some('"');
            }
            Some(Level::Sequence(Text::Heredoc(delimiter))) => {
                self.heredoc(&delimiter);
                self.last = Some('"');
            }
            _ => {}
        }
    }

    fn comment(&mut self, start: usize) {
        let length = self.rest().find('\n').unwrap_or(self.rest().len());
        self.at += length;
        if matches!(self.levels.last(), Some(Level::ForObject)) {
            self.blanks.push(start..self.at);
        }
    }

    /// Skips quoted text up to its end or to the next sequence, which is scanned like code.
    fn quoted(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '\\' => {
                    self.at += 1;
                    self.at += self.rest().chars().next().map_or(0, char::len_utf8);
                }
                '"' => {
                    self.at += 1;
                    return;
                }
                // A quoted text never spans lines; an unclosed one must not swallow the file.
                '\n' => {
                    let line = self.text.get(..self.at).unwrap_or_default();
                    self.open_quotes.push(line.rfind('"').unwrap_or(self.at));
                    return;
                }
                '$' | '%' if self.sequence(Text::Quoted) => return,
                c => self.at += c.len_utf8(),
            }
        }
    }

    fn heredoc(&mut self, delimiter: &str) {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return;
            }
            let line_start = self.at == 0 || self.text.as_bytes().get(self.at - 1) == Some(&b'\n');
            if line_start {
                let line = rest.split('\n').next().unwrap_or_default();
                let trimmed = line.trim_start_matches([' ', '\t']);
                if let Some(after) = trimmed.strip_prefix(delimiter)
                    && !after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
                {
                    let end = self.at + line.len() - after.len();
                    if after.trim().is_empty() {
                        self.at = end;
                        return;
                    }
                    self.false_ends.push(end - delimiter.len()..end);
                }
            }
            match rest.find(['\n', '$', '%']) {
                None => self.at = self.text.len(),
                Some(0) if !rest.starts_with('\n') => {
                    if self.sequence(Text::Heredoc(delimiter.to_owned())) {
                        return;
                    }
                    self.at += 1;
                }
                Some(0) => self.at += 1,
                Some(next) => self.at += next,
            }
        }
    }

    /// Enters a sequence when one begins here.
    fn sequence(&mut self, text: Text) -> bool {
        let rest = self.rest();
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            self.at += 2;
            return false;
        }
        if rest.starts_with("${") || rest.starts_with("%{") {
            self.at += 2;
            self.levels.push(Level::Sequence(text));
            self.depths.push((self.at, self.levels.len()));
            self.last = Some('{');
            return true;
        }
        false
    }

    /// `<<EOT` or `<<-EOT` up to the end of the line: the delimiter and the length of this introduction.
    fn heredoc_start(&self) -> Option<(String, usize)> {
        let rest = self.rest();
        let after = rest.strip_prefix("<<")?;
        let after = after.strip_prefix('-').unwrap_or(after);
        let line = after.split('\n').next().unwrap_or_default();
        let delimiter = line.trim_end_matches('\r').trim_end_matches([' ', '\t']);
        let plain = !delimiter.is_empty()
            && delimiter
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            && !delimiter.starts_with(|c: char| c.is_numeric());
        plain.then(|| {
            (
                delimiter.to_owned(),
                (rest.len() - after.len() + line.len() + 1).min(rest.len()),
            )
        })
    }
}

/// True when the text after `{` is the introduction of a `for` expression.
fn is_for(text: &str) -> bool {
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        rest = rest.trim_start();
        if rest.starts_with('#') || rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
        } else {
            break;
        }
    }
    rest.strip_prefix("for").is_some_and(|after| {
        let name = after.trim_start();
        after.len() != name.len() && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
    })
}
