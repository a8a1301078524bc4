//! What can be wrong with a record besides its form: against its control, the registries of people and accounts, and
//! its place in the repository.

use super::approval::{Standing, Weight};
use super::codes;
use super::lifecycle::State;
use super::record::{Category, Folder, Record};
use super::registry::RegistryOptions;
use crate::control::{Catalog, Control, ControlId, Severity};
use crate::date::AsOf;
use crate::diagnostic::{Diagnostic, Level};
use crate::source::Span;

/// The longest duration of one record, in days, whatever a control says.
pub(super) const LONGEST_DURATION: u32 = 365;

/// Everything about one record that does not depend on the day.
pub(super) fn record(
    record: &Record,
    standing: &Standing,
    catalog: &Catalog,
    options: &RegistryOptions,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let control = record.control.as_ref().and_then(|id| catalog.controls.get(&**id));
    if let (Some(id), None) = (&record.control, control) {
        let near = nearest(id, catalog);
        let diagnostic =
            Diagnostic::new(&codes::EXC003, format!("control `{id}` is not in the catalog")).at(&id.span);
        found.push(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help("name a control of this run, or load the controls it belongs to"),
        });
    }
    if let Some(control) = control {
        terms(record, control, options, &mut found);
    }
    compensation(record, control, catalog, &mut found);
    dates(record, standing, control, options, &mut found);
    approvals(record, standing, control, &mut found);
    place(record, &mut found);
    if let Some(registry) = &options.accounts {
        for account in record.scope.accounts.iter().flatten() {
            if !registry.knows(account) {
                found.push(
                    Diagnostic::new(
                        &codes::EXC026,
                        format!("account `{account}` is not in the account registry"),
                    )
                    .at(&account.span)
                    .help("add it to `registry/accounts.yaml` or correct the name; no finding can match it"),
                );
            }
        }
    }
    found
}

fn nearest<'c>(id: &ControlId, catalog: &'c Catalog) -> Option<&'c ControlId> {
    let distance = |other: &ControlId| strsim::damerau_levenshtein(id.as_str(), other.as_str());
    catalog
        .controls
        .keys()
        .filter(|other| distance(other) <= 2)
        .min_by_key(|other| distance(other))
}

fn terms(record: &Record, control: &Control, options: &RegistryOptions, found: &mut Vec<Diagnostic>) {
    let place = record.control.as_ref().map_or(&record.span, |id| &id.span);
    if !control.exception.allowed {
        found.push(
            Diagnostic::new(
                &codes::EXC007,
                format!("control `{}` allows no exceptions", control.id),
            )
            .at(place)
            .label(&control.span, "the control")
            .help("mend the resource, or change the control"),
        );
    }
    let scope = &record.scope;
    let limited = scope.accounts.is_some() || scope.regions.is_some() || scope.environments.is_some();
    let pinned = !scope.resources.is_empty()
        && scope
            .resources
            .iter()
            .all(|pattern| pattern.pins_account_and_region());
    if limited || pinned {
        return;
    }
    let production = control
        .scope
        .environments
        .iter()
        .flatten()
        .any(|environment| match &options.accounts {
            Some(accounts) => accounts.is_production(environment),
            None => environment.as_str() == "prod",
        });
    let severe = control.severity >= Severity::High;
    let why = if production {
        "covers production"
    } else {
        "is of high severity"
    };
    let message = match production || severe {
        true => format!(
            "the exception holds in every account, Region and environment, and {} {why}",
            control.id
        ),
        false => "the exception holds in every account, Region and environment".to_owned(),
    };
    let level = if production || severe {
        Level::Error
    } else {
        Level::Warning
    };
    found.push(
        Diagnostic::new(&codes::EXC011, message)
            .level(level)
            .at(&resources_place(record))
            .help("add `accounts`, `regions` or `environments` under `scope`"),
    );
}

fn resources_place(record: &Record) -> Span {
    record
        .scope
        .resources
        .first()
        .map_or_else(|| record.span.clone(), |pattern| pattern.span.clone())
}

fn compensation(record: &Record, control: Option<&Control>, catalog: &Catalog, found: &mut Vec<Diagnostic>) {
    let mut useful = false;
    for compensating in &record.compensating_controls {
        let known = match &compensating.control {
            None => true,
            Some(id) => ControlId::new(id).is_some_and(|id| catalog.controls.contains_key(&id)),
        };
        if let Some(id) = compensating.control.as_ref().filter(|_| !known) {
            // The words stand on their own, also in a run that loads a part of the catalog; a bare reference does not.
            let level = if compensating.description.is_some() {
                Level::Warning
            } else {
                Level::Error
            };
            found.push(
                Diagnostic::new(
                    &codes::EXC009,
                    format!("compensating control `{id}` is not in the catalog"),
                )
                .level(level)
                .at(&id.span)
                .help("name a control of the catalog, or describe what protects instead"),
            );
        }
        useful |= compensating.description.is_some() || (known && compensating.control.is_some());
    }
    let needed = control.is_none_or(|control| control.exception.require_compensating_control)
        && record.category != Category::FalsePositive;
    if needed && !useful {
        found.push(
            Diagnostic::new(
                &codes::EXC009,
                "the exception names nothing that protects while it lasts",
            )
            .at(&record.span)
            .help("add `compensatingControls: [{description: …}]`"),
        );
    }
}

fn dates(
    record: &Record,
    standing: &Standing,
    control: Option<&Control>,
    options: &RegistryOptions,
    found: &mut Vec<Diagnostic>,
) {
    let Some(expires) = &record.expires_on else { return };
    if let Some(from) = &record.effective_from {
        if expires.end(options.zone) <= from.start(options.zone) {
            found.push(
                Diagnostic::new(
                    &codes::EXC018,
                    format!("the exception ends on {expires}, before it starts on {from}"),
                )
                .at(&expires.span)
                .label(&from.span, "the start")
                .help("correct `effectiveFrom` or `expiresOn`"),
            );
            return;
        }
        if let Some(approved) = standing
            .approved_from
            .filter(|&approved| from.start(options.zone) < approved)
        {
            found.push(
                Diagnostic::new(
                    &codes::EXC016,
                    format!(
                        "the exception starts on {from}, before its approval on {}",
                        approved.date(options.zone)
                    ),
                )
                .at(&from.span)
                .help("an exception does not reach back; it counts from the approval on"),
            );
        }
    }
    let Some((control, days)) = control.zip(record.timeline.duration_days()) else {
        return;
    };
    let most = control
        .exception
        .max_duration_days
        .unwrap_or(LONGEST_DURATION)
        .min(LONGEST_DURATION);
    if control.exception.allowed && days > most.into() {
        found.push(
            Diagnostic::new(
                &codes::EXC006,
                format!(
                    "the exception lasts {days} days, and {} allows {most}",
                    control.id
                ),
            )
            .at(&expires.span)
            .help("shorten it; renew it later with a new record that supersedes this one"),
        );
    }
}

fn approvals(record: &Record, standing: &Standing, control: Option<&Control>, found: &mut Vec<Diagnostic>) {
    let log = &record.approval;
    for (decision, weight) in log.decisions.iter().zip(&standing.weights) {
        let by = decision.by.as_deref().unwrap_or_default();
        let role = decision.role.as_deref().unwrap_or_default();
        let diagnostic = match weight {
            Weight::BeforeRequest => Diagnostic::new(
                &codes::EXC014,
                format!("`{by}` approved before the exception was requested"),
            )
            .help("correct the date; the approval does not count"),
            Weight::Deceptive => Diagnostic::new(
                &codes::EXC004,
                format!(
                    "the approval by `{by}` does not count: a name in it has characters that look like others"
                ),
            )
            .help("write names in one script and without invisible characters; they are compared as text"),
            Weight::NotInRole => {
                Diagnostic::new(&codes::EXC015, format!("`{by}` does not hold the role `{role}`"))
                    .help("let somebody approve who holds it, or add the person to `registry/people.yaml`")
            }
            Weight::OtherContent => Diagnostic::new(
                &codes::EXC028,
                format!(
                    "`{by}` approved another content: the digest of this record is {}",
                    record.digest
                ),
            )
            .help("the record was changed after the approval; it has to be approved again"),
            _ => continue,
        };
        found.push(diagnostic.at(&decision.span));
    }
    let place = log.span.as_ref().unwrap_or(&record.span);
    let missing = standing.approved_from.is_none() && standing.rejected_from.is_none();
    if !missing {
        return;
    }
    let approvals = || {
        log.decisions
            .iter()
            .zip(&standing.weights)
            .filter(|(decision, _)| decision.approved)
    };
    let filed = record.folder == Folder::Approved;
    let nobody = !approvals().any(|(_, weight)| *weight == Weight::Counts);
    let conflict = approvals().find(|(decision, weight)| {
        let needed = standing
            .missing_roles
            .iter()
            .any(|role| Some(role.trim()) == decision.role.as_deref());
        weight.is_conflict() && (needed || nobody)
    });
    if let Some((decision, weight)) = conflict {
        let who = match weight {
            Weight::Owner => "the owner",
            Weight::Requester => "the requester",
            _ => "the owning team",
        };
        found.push(
            Diagnostic::new(
                &codes::EXC004,
                format!("only {who} approved, which does not count"),
            )
            .at(&decision.span)
            .help("somebody independent has to approve; until then the exception is only requested"),
        );
        return;
    }
    if log.decisions.is_empty() {
        let message = if log.span.is_none() {
            "the exception has no `approval`"
        } else {
            "nobody approved the exception"
        };
        // A request that waits is no fault; one that is filed as approved is.
        if filed || log.span.is_none() {
            found.push(
                Diagnostic::new(&codes::EXC004, message)
                    .level(if filed { Level::Error } else { Level::Warning })
                    .at(place)
                    .help("it suppresses nothing until everybody approved who must"),
            );
        }
        return;
    }
    // A role with an approval that was lost has been reported with the reason for the loss.
    let missing: Vec<_> = standing
        .missing_roles
        .iter()
        .filter(|role| !approvals().any(|(decision, _)| decision.role.as_deref() == Some(role.trim())))
        .map(|role| format!("`{role}`"))
        .collect();
    let needed = |role: &str| {
        control.is_some_and(|control| {
            control
                .exception
                .approval_roles
                .iter()
                .any(|needed| needed.trim() == role)
        })
    };
    let other_role = approvals()
        .any(|(decision, weight)| *weight == Weight::Counts && !decision.role.as_deref().is_some_and(needed));
    if !missing.is_empty() && (other_role || filed) {
        found.push(
            Diagnostic::new(
                &codes::EXC005,
                format!("an approval by {} is missing", missing.join(" and ")),
            )
            .at(place)
            .help("every role that the control names in `exception.approvalRole` has to approve"),
        );
    }
}

fn place(record: &Record, found: &mut Vec<Diagnostic>) {
    if record.siblings > 1 {
        return;
    }
    let name = record.span.source().name();
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let rest = stem.strip_prefix(&*record.id.value);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) || *record.id.value == *name {
        return;
    }
    found.push(
        Diagnostic::new(
            &codes::EXC027,
            format!("file `{file}` holds exception `{}`", record.id),
        )
        .at(&record.id.span)
        .help(format!("rename the file to `{}.yaml`", record.id)),
    );
}

/// Everything about one record that depends on the day.
pub(super) fn day(record: &Record, as_of: AsOf) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let at = record.timeline.at(as_of);
    let name = &record.id;
    let over = matches!(
        at.state,
        State::Expired | State::Rejected | State::Revoked | State::Closed | State::Superseded
    );
    if record.folder == Folder::Approved && over {
        found.push(
            Diagnostic::new(
                &codes::EXC020,
                format!("`{name}` is {} and filed under `approved`", at.state),
            )
            .at(&name.span)
            .help("move it to `exceptions/expired/` (`policy exceptions tidy --write`)"),
        );
    }
    if record.folder == Folder::Expired && !over && at.state != State::Invalid {
        found.push(
            Diagnostic::new(
                &codes::EXC021,
                format!("`{name}` is {} and filed under `expired`", at.state),
            )
            .at(&name.span)
            .help("revoke or close it, or move it back; where it lies it suppresses nothing"),
        );
    }
    if let Some(asserted) = record
        .asserted_state
        .as_ref()
        .filter(|asserted| !agrees(asserted.value, at.state))
    {
        found.push(
            Diagnostic::new(
                &codes::EXC029,
                format!(
                    "the file says that `{name}` is {asserted}, and it is {}",
                    at.state
                ),
            )
            .at(&asserted.span)
            .help("remove `state`: it is computed"),
        );
    }
    if at.review_overdue {
        let place = record
            .review
            .last_reviewed_on
            .as_ref()
            .map_or(&name.span, |last| &last.span);
        found.push(
            Diagnostic::new(&codes::EXC022, format!("the review of `{name}` is overdue"))
                .at(place)
                .help("review it, and write down when and by whom under `review`"),
        );
    }
    found
}

/// True when a written state does not contradict the computed one. Expiring records are active ones.
pub(super) fn agrees(asserted: State, computed: State) -> bool {
    asserted == computed || (asserted == State::Active && computed == State::Expiring)
}
