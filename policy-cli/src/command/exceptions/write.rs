//! What `new` and `renew` share: a request is checked with the whole registry before it is written.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use policy_core::date::{AsOf, ExpiryPoint};
use policy_core::diagnostic::Diagnostic;
use policy_core::exception::{Draft, Registry};
use policy_core::report;
use policy_core::source::Source;

use super::Opened;
use crate::{UsageError, discover, exit_code, terminal};

/// Checks the request and writes it to `requested/` of the first exception directory, or prints it. A request that
/// would be invalid is not written.
pub(super) fn write(opened: &Opened, draft: &Draft, print: bool) -> Result<ExitCode, UsageError> {
    let dir = opened
        .dirs
        .first()
        .cloned()
        .unwrap_or_else(|| PathBuf::from("exceptions"));
    let path = dir.join("requested").join(format!("{}.yaml", draft.id));
    let name = discover::name_of(&path);
    let text = draft.to_yaml();
    let found = check(opened, &Source::new(name.clone(), text.clone()));
    if found.iter().any(super::leaves_open) {
        terminal::err(report::text::render_diagnostics(&found, false).trim_end());
        terminal::err("error: the request would be invalid; nothing was written");
        return Ok(exit_code::undecided());
    }
    if !found.is_empty() {
        terminal::err(report::text::render_diagnostics(&found, false).trim_end());
    }
    if print {
        terminal::out(&text);
        return Ok(exit_code::pass());
    }
    let failed = |source| UsageError::Write {
        path: name.clone(),
        source,
    };
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(failed)?;
    }
    // `create_new`: two requests at the same time must not become one.
    std::fs::File::create_new(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .map_err(failed)?;
    let roles = if draft.approval_roles.is_empty() {
        "somebody independent".to_owned()
    } else {
        draft.approval_roles.join(" and ")
    };
    terminal::out(&format!("wrote {name}: requested, to be approved by {roles}\n"));
    terminal::out(
        "once approved, add the approval to `approval.approvals` and move the file to exceptions/approved/\n",
    );
    Ok(exit_code::pass())
}

/// What is wrong with the request, among the records that are there.
fn check(opened: &Opened, request: &Arc<Source>) -> Vec<Diagnostic> {
    let mut sources: Vec<Arc<Source>> = opened
        .registry
        .records()
        .iter()
        .map(|record| Arc::clone(record.span.source()))
        .collect();
    sources.sort_by(|left, right| left.name().cmp(right.name()));
    sources.dedup_by(|left, right| left.name() == right.name());
    sources.push(Arc::clone(request));
    let (_, mut found) = Registry::load(&sources, &opened.catalog, opened.registry.options().clone());
    found.retain(|diagnostic| diagnostic.file() == Some(request.name()));
    found
}

/// A day, an instant, or `+30d`, which is the 30th day from today.
pub(super) fn expiry(text: &str, as_of: AsOf, opened: &Opened) -> Result<ExpiryPoint, UsageError> {
    let zone = opened.registry.options().zone;
    if text.starts_with('+') {
        let end = AsOf::parse_with_now(text, as_of.instant(), zone);
        let end = end.map_err(|error| UsageError::Value(format!("--expires: {error}")))?;
        return Ok(ExpiryPoint::Date(end.date(zone)));
    }
    let point = ExpiryPoint::parse(text).map_err(|error| UsageError::Value(format!("--expires: {error}")))?;
    if point.end(zone) <= as_of.instant() {
        return Err(UsageError::Value(format!("--expires: {text} is over already")));
    }
    Ok(point)
}
