//! The metrics that need an evidence log: what reports and exceptions cannot tell.

use std::collections::{BTreeMap, BTreeSet};

use super::{Measured, Metric};
use crate::control::Control;
use crate::date::Date;
use crate::evidence::record::Record;

/// Days after a remediation within which a pass shows that it worked.
const PROOF_DAYS: i64 = 1;

/// The metrics of the log, in a fixed order. Without a log they are listed and not measured.
pub(super) fn measure(measured: &Measured<'_>) -> Vec<Metric> {
    let log = measured.log;
    vec![
        accounts(measured, log),
        regions(measured, log),
        remediation(log),
        retrieval(log),
        manual(log),
    ]
}

/// What has to be recorded everywhere: activity (LOG) and state (CFG).
fn kind(id: &str) -> Option<&'static str> {
    id.split('-').take(2).find_map(|part| match part {
        "LOG" => Some("LOG"),
        "CFG" => Some("CFG"),
        _ => None,
    })
}

fn required<'a>(measured: &Measured<'a>) -> impl Iterator<Item = &'a Control> {
    measured
        .catalog
        .controls
        .values()
        .filter(|control| &*control.status == "active" && kind(control.id.as_str()).is_some())
}

fn accounts(measured: &Measured<'_>, log: Option<&[Record]>) -> Metric {
    let (name, meaning) = (
        "accountCoverage",
        "accounts of the registry with evidence for every active control of logging (LOG) and configuration (CFG)",
    );
    let registry = measured.registry.options().accounts.as_ref();
    let (Some(log), Some(registry)) = (log, registry) else {
        let why = "needs an evidence log (--evidence) and an account registry (registry/accounts.yaml)";
        return Metric::unmeasured(name, meaning, why);
    };
    if required(measured).next().is_none() {
        return Metric::unmeasured(
            name,
            meaning,
            "no active control is about logging or configuration",
        );
    }
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for record in log {
        if let Some(account) = record.account.as_deref() {
            seen.insert((account, &record.control_id));
        }
    }
    let members = registry.names().map(|(account, id)| {
        let missing: Vec<&str> = required(measured)
            .map(|control| control.id.as_str())
            .filter(|control| !seen.contains(&(id, control)))
            .collect();
        let text = if missing.is_empty() {
            format!("{account} ({id})")
        } else {
            format!("{account} ({id}) lacks {}", missing.join(", "))
        };
        (text, missing.is_empty())
    });
    Metric::ratio(name, meaning, members)
}

fn regions(measured: &Measured<'_>, log: Option<&[Record]>) -> Metric {
    let (name, meaning) = (
        "regionCoverage",
        "Regions in use with evidence of logging (LOG) and configuration (CFG)",
    );
    let registry = measured.registry.options().accounts.as_ref();
    let used = registry.map(|registry| registry.regions_in_use());
    let (Some(log), Some(used)) = (log, used) else {
        let why = "needs an evidence log (--evidence) and `regionsInUse` of registry/accounts.yaml";
        return Metric::unmeasured(name, meaning, why);
    };
    let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for record in log {
        if let Some(region) = record.region.as_deref() {
            seen.entry(region).or_default().extend(kind(&record.control_id));
        }
    }
    let declared = used.iter().map(|region| {
        let has = seen.get(&**region).is_some_and(|kinds| kinds.len() == 2);
        (region.to_string(), has)
    });
    // A Region that is used and that nobody declared is the blind spot this is about: it counts as not covered.
    let unlisted = seen
        .keys()
        .filter(|region| !used.iter().any(|known| **known == ***region))
        .map(|region| {
            (
                format!("{region} has evidence and is not in `regionsInUse`"),
                false,
            )
        });
    Metric::ratio(name, meaning, declared.chain(unlisted))
}

fn remediation(log: Option<&[Record]>) -> Metric {
    let (name, meaning) = (
        "autoRemediationSuccessRate",
        "remediations that succeeded and after which the control passed within a day",
    );
    let Some(log) = log else {
        return Metric::unmeasured(name, meaning, "needs an evidence log (--evidence)");
    };
    let mut passes: BTreeMap<(&str, Option<&str>), Vec<Date>> = BTreeMap::new();
    for record in log
        .iter()
        .filter(|record| record.r#type == "evaluation" && record.status == "pass")
    {
        if let Some((day, _)) = record.days() {
            let about = (record.control_id.as_str(), record.resource.as_deref());
            passes.entry(about).or_default().push(day);
        }
    }
    let attempts = log.iter().filter(|record| record.r#type == "remediation");
    let members = attempts.map(|attempt| {
        let about = (attempt.control_id.as_str(), attempt.resource.as_deref());
        let later = passes.get(&about).map(Vec::as_slice).unwrap_or_default();
        let proved = attempt.status == "pass"
            && attempt.days().is_some_and(|(_, on)| {
                later
                    .iter()
                    .any(|day| (0..=PROOF_DAYS).contains(&day.days_since(on)))
            });
        let resource = attempt.resource.as_deref().unwrap_or("account");
        (
            format!("{} {} {resource}", attempt.id, attempt.control_id),
            proved,
        )
    });
    Metric::ratio(name, meaning, members)
}

fn retrieval(log: Option<&[Record]>) -> Metric {
    let (name, meaning) = (
        "evidenceRetrievalTime",
        "how long audit packages took, from the drills of the log",
    );
    let Some(log) = log else {
        let why = "needs an evidence log (--evidence) with drills: `policy audit package --drill LOG`";
        return Metric::unmeasured(name, meaning, why);
    };
    let drills = log
        .iter()
        .filter(|record| record.r#type == "drill")
        .filter_map(|record| {
            let seconds = i64::try_from(record.seconds?).ok()?;
            let day = record.days().map(|(day, _)| day.to_string()).unwrap_or_default();
            Some((format!("{} on {day}", record.control_id), seconds))
        });
    Metric::seconds(name, meaning, drills.collect())
}

/// The day of the latest drill.
pub(in crate::evidence) fn last_drill(log: Option<&[Record]>) -> Option<Date> {
    let drills = log?.iter().filter(|record| record.r#type == "drill");
    drills
        .filter_map(|record| record.days().map(|(_, day)| day))
        .max()
}

fn manual(log: Option<&[Record]>) -> Metric {
    let (name, meaning) = (
        "manualEvidenceRatio",
        "evidence records that somebody collected by hand",
    );
    match log {
        None => Metric::unmeasured(name, meaning, "needs an evidence log (--evidence)"),
        Some(log) => Metric::ratio(
            name,
            meaning,
            log.iter().map(|record| {
                (
                    format!("{} {} ({})", record.id, record.control_id, record.source.class),
                    record.is_manual(),
                )
            }),
        ),
    }
}
