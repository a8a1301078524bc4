//! `policy exceptions renew`.

use std::process::ExitCode;

use super::{Opened, new::Questions, write};
use crate::cli::{ExceptionsRenew, Global};
use crate::{UsageError, registry};

pub(super) fn run(global: &Global, args: &ExceptionsRenew) -> Result<ExitCode, UsageError> {
    registry::only_now(args.registry.registry_rev.as_deref())?;
    let opened = Opened::new(global, &args.registry)?;
    let record = opened.find(&args.id)?;
    if let Some(next) = opened.registry.records().iter().find(|other| {
        other
            .supersedes
            .as_ref()
            .is_some_and(|old| *old.value == *record.id.value)
    }) {
        return Err(UsageError::Value(format!(
            "`{}` is renewed by `{}` already; renew that one",
            record.id, next.id
        )));
    }
    let mut questions = Questions::new();
    let requested_by = questions.one("--requested-by", "who asks", &args.requested_by);
    let expires = questions.one("--expires", "last day (YYYY-MM-DD or +Nd)", &args.expires);
    questions.finish()?;
    let expires = write::expiry(&expires, opened.as_of.at, &opened)?;
    let mut draft = opened
        .registry
        .renewal_of(record, opened.as_of.at, expires, &requested_by);
    if let Some(reason) = &args.reason {
        draft.reason.clone_from(reason);
    }
    draft.evidence.extend(args.evidence.iter().cloned());
    let control = record
        .control
        .as_ref()
        .and_then(|id| opened.catalog.controls.get(&id.value));
    draft.approval_roles = control
        .map(|control| {
            control
                .exception
                .approval_roles
                .iter()
                .map(ToString::to_string)
                .collect()
        })
        .unwrap_or_default();
    write::write(&opened, &draft, args.print)
}
