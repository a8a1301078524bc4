//! `policy exceptions new`.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use policy_core::control::{Control, Severity};
use policy_core::exception::{Category, Draft};

use super::{Opened, write};
use crate::cli::{ExceptionsNew, Global};
use crate::command::controls;
use crate::{UsageError, registry, terminal};

pub(super) fn run(global: &Global, args: &ExceptionsNew) -> Result<ExitCode, UsageError> {
    registry::only_now(args.registry.registry_rev.as_deref())?;
    let opened = Opened::new(global, &args.registry)?;
    let category = Category::ALL
        .into_iter()
        .find(|category| category.as_str() == args.category)
        .ok_or_else(|| {
            let known = Category::ALL.map(Category::as_str).join(", ");
            UsageError::Value(format!(
                "--category: there is no `{}`; write one of {known}",
                args.category
            ))
        })?;
    let mut questions = Questions::new();
    let control_id = questions.one("--control", "control to deviate from", &args.control);
    let control = controls::find(&opened.catalog, &control_id);
    if let (None, false) = (control, control_id.is_empty()) {
        let close = policy_core::control::closest(&opened.catalog, &control_id);
        let hint = close
            .map(|close| format!("; did you mean `{close}`?"))
            .unwrap_or_default();
        return Err(UsageError::Value(format!(
            "there is no control `{control_id}`{hint}"
        )));
    }
    if let Some(control) = control.filter(|control| !control.exception.allowed) {
        return Err(UsageError::Value(format!(
            "{} allows no exceptions: mend the resource, or change the control",
            control.id
        )));
    }
    let mut draft = Draft {
        id: args
            .id
            .clone()
            .unwrap_or_else(|| opened.registry.next_id(opened.as_of.at)),
        control: control_id,
        title: args.title.clone(),
        category,
        accounts: args.accounts.clone(),
        regions: args.regions.clone(),
        environments: args.environments.clone(),
        fields: args.fields.clone(),
        risk: (None, args.risk.clone()),
        requested_on: opened.as_of.at.date(opened.registry.options().zone).to_string(),
        effective_from: args.from.clone(),
        cadence: Some(args.review.clone()),
        closure: args.closure.clone(),
        ..Draft::default()
    };
    ask(&mut draft, &mut questions, args, control);
    let most = control.and_then(|control| control.exception.max_duration_days);
    let limit = most
        .map(|days| format!(", at most {days} days"))
        .unwrap_or_default();
    let expires = questions.one(
        "--expires",
        &format!("last day (YYYY-MM-DD or +Nd{limit})"),
        &args.expires,
    );
    questions.finish()?;
    draft.expires_on = write::expiry(&expires, opened.as_of.at, &opened)?.to_string();
    write::write(&opened, &draft, args.print)
}

fn ask(draft: &mut Draft, questions: &mut Questions, args: &ExceptionsNew, control: Option<&Control>) {
    draft.resources = questions.several(
        "--resource",
        "what it covers, such as tf:module.a.aws_s3_bucket.demo",
        &args.resources,
    );
    if is_grave(control)
        && draft.accounts.is_empty()
        && draft.regions.is_empty()
        && draft.environments.is_empty()
    {
        let pinned = !draft.resources.is_empty()
            && draft
                .resources
                .iter()
                .all(|resource| resource.starts_with("arn:"));
        if !pinned {
            draft.environments = questions.several(
                "--environment (or --account, --region)",
                "environments it is limited to",
                &args.environments,
            );
        }
    }
    draft.owner = questions.one("--owner", "who answers for the deviation", &args.owner);
    draft.reason = questions.one(
        "--reason",
        "why the control cannot be met and what will change that",
        &args.reason,
    );
    let needs = control.is_none_or(|control| control.exception.require_compensating_control);
    let compensating = if needs && draft.category != Category::FalsePositive {
        questions.several(
            "--compensating",
            "what protects in the meantime",
            &args.compensating,
        )
    } else {
        args.compensating.clone()
    };
    draft.compensating = compensating
        .into_iter()
        .map(|text| (Some(text), None, None))
        .collect();
    draft.evidence = questions.several(
        "--evidence",
        "link to the ticket or document it rests on",
        &args.evidence,
    );
    draft.requested_by = questions.one("--requested-by", "who asks", &args.requested_by);
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
}

/// Controls for which a record has to say where it holds (EXC011).
fn is_grave(control: Option<&Control>) -> bool {
    control.is_none_or(|control| {
        let environments = control.scope.environments.iter().flatten();
        control.severity >= Severity::High
            || environments
                .into_iter()
                .any(|environment| environment.as_str() == "prod")
    })
}

/// Asks on a terminal; elsewhere collects the flags that are missing, so that one error names them all.
pub(super) struct Questions {
    interactive: bool,
    missing: Vec<String>,
}

impl Questions {
    pub(super) fn new() -> Self {
        let interactive = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Self {
            interactive,
            missing: Vec::new(),
        }
    }

    /// A required text.
    pub(super) fn one(&mut self, flag: &str, question: &str, given: &Option<String>) -> String {
        match given {
            Some(text) if !text.trim().is_empty() => text.trim().to_owned(),
            _ => self.answer(flag, question).into_iter().next().unwrap_or_default(),
        }
    }

    /// At least one text.
    pub(super) fn several(&mut self, flag: &str, question: &str, given: &[String]) -> Vec<String> {
        let given: Vec<String> = given
            .iter()
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .collect();
        if given.is_empty() {
            self.answer(flag, question)
        } else {
            given
        }
    }

    fn answer(&mut self, flag: &str, question: &str) -> Vec<String> {
        if self.interactive {
            terminal::prompt(&format!("{question}: "));
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            if read.is_ok() && !line.trim().is_empty() {
                return vec![line.trim().to_owned()];
            }
        }
        self.missing.push(flag.to_owned());
        Vec::new()
    }

    /// Says what is missing.
    pub(super) fn finish(self) -> Result<(), UsageError> {
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(UsageError::Value(format!("give {}", self.missing.join(", "))))
    }
}
