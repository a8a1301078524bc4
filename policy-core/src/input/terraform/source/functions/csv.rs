//! `csvdecode`: RFC 4180 as strictly as Terraform reads it.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Failure;
use crate::input::terraform::source::cty::{Type, Val, normalized};

/// A list of objects, one per line below the header; all values are strings.
pub(super) fn decode(text: &str) -> Result<Val, Failure> {
    let mut records = Records { rest: text, line: 1 };
    let header = records
        .next()?
        .ok_or_else(|| Failure::argument(0, "the header line is missing"))?;
    let names: Vec<_> = header.iter().map(|name| normalized(name)).collect();
    let mut seen = BTreeSet::new();
    if let Some(repeated) = names.iter().find(|name| !seen.insert(*name)) {
        return Err(Failure::argument(0, format!("column `{repeated}` occurs twice")));
    }
    let mut rows = Vec::new();
    while let Some(record) = records.next()? {
        if record.len() != names.len() {
            let message = format!(
                "line {} has {} fields, the header has {}",
                records.line - 1,
                record.len(),
                names.len()
            );
            return Err(Failure::argument(0, message));
        }
        let fields: BTreeMap<_, _> = names
            .iter()
            .cloned()
            .zip(record.iter().map(|field| Val::string(field)))
            .collect();
        rows.push(Val::object(fields));
    }
    let row = Type::object(names.into_iter().map(|name| (name, Type::String)));
    Ok(Val::list(row, rows))
}

struct Records<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Records<'t> {
    /// The next line with its line break, which is `\n` or nothing.
    fn line(&mut self) -> Option<(&'t str, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        match self.rest.split_once('\n') {
            Some((line, rest)) => {
                self.rest = rest;
                Some((line.strip_suffix('\r').unwrap_or(line), true))
            }
            // At the very end a carriage return alone counts as a line break.
            None => {
                let line = std::mem::take(&mut self.rest);
                Some((line.strip_suffix('\r').unwrap_or(line), false))
            }
        }
    }

    /// The fields of the next line that is not empty, quoted fields may span several.
    fn next(&mut self) -> Result<Option<Vec<String>>, Failure> {
        let (mut line, mut broken) = loop {
            match self.line() {
                None => return Ok(None),
                Some(("", _)) => {}
                Some(found) => break found,
            }
        };
        let mut fields = Vec::new();
        loop {
            let Some(quoted) = line.strip_prefix('"') else {
                let (field, rest) = line
                    .split_once(',')
                    .map_or((line, None), |(field, rest)| (field, Some(rest)));
                if field.contains('"') {
                    return Err(self.error("a quote in a field that does not begin with one"));
                }
                fields.push(field.to_owned());
                match rest {
                    Some(rest) => line = rest,
                    None => return Ok(Some(fields)),
                }
                continue;
            };
            let mut field = String::new();
            line = quoted;
            loop {
                match line.split_once('"') {
                    Some((part, rest)) => {
                        field.push_str(part);
                        if let Some(rest) = rest.strip_prefix('"') {
                            field.push('"');
                            line = rest;
                            continue;
                        }
                        fields.push(std::mem::take(&mut field));
                        if rest.is_empty() {
                            return Ok(Some(fields));
                        }
                        line = rest
                            .strip_prefix(',')
                            .ok_or_else(|| self.error("a comma must follow the closing quote"))?;
                        break;
                    }
                    None => {
                        field.push_str(line);
                        if broken {
                            field.push('\n');
                        }
                        match self.line() {
                            Some(found) => (line, broken) = found,
                            None => return Err(self.error("a quoted field does not end")),
                        }
                    }
                }
            }
        }
    }

    fn error(&self, message: &str) -> Failure {
        Failure::argument(0, format!("not valid CSV on line {}: {message}", self.line - 1))
    }
}
