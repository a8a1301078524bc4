//! `policy audit`: packages for auditors.

use std::path::Path;
use std::process::ExitCode;

use policy_core::control::{ControlId, closest};
use policy_core::date::Date;
use policy_core::evidence::package::{
    self, Evidence, MANIFEST, Package, PackageError, Request, SignOff, Subject, Verification, Witness,
};
use policy_core::evidence::record::{self, Origin, Record, SubjectDigest};
use serde::Deserialize;

use crate::cli::{Audit, AuditPackage, AuditVerify, Global, ListFormat};
use crate::discover::name_of;
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, registry, saved, terminal};

pub(crate) fn run(global: &Global, args: &Audit) -> Result<ExitCode, UsageError> {
    match args {
        Audit::Package(args) => make(global, args),
        Audit::Verify(args) => verify(args),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a drill is about how long a package takes; the package itself does not know"
)]
fn make(global: &Global, args: &AuditPackage) -> Result<ExitCode, UsageError> {
    let begun = std::time::Instant::now();
    let settings = Settings::load(global)?;
    let (from, to) = (date("--from", &args.from)?, date("--to", &args.to)?);
    // The day, not the second: a package that is made twice on a day is the same bytes.
    let today = governance::as_of(args.registry.as_of.as_deref(), &settings)?.text;
    let as_of = governance::as_of(Some(&today), &settings)?;
    if args
        .out
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        let message = format!(
            "`{}` is not empty; a package has a directory of its own",
            name_of(&args.out)
        );
        return Err(UsageError::Value(message));
    }
    let mut diagnostics = Vec::new();
    let catalog = governance::catalog(global, &settings, &mut diagnostics);
    let looked = !args.registry.exception_dirs.is_empty() || !settings.exception_dirs.is_empty();
    let registry = registry::open(
        &args.registry.exception_dirs,
        args.registry.registry_rev.as_deref(),
        &settings,
        &catalog,
        &mut diagnostics,
    )
    .registry;
    let workloads = governance::workloads(global, &settings, &mut diagnostics);
    diagnostics.retain(|found| found.level == policy_core::diagnostic::Level::Error);
    if !diagnostics.is_empty() {
        terminal::err(&policy_core::report::text::render_diagnostics(
            &diagnostics,
            false,
        ));
        terminal::err("error: no package is made from controls or exceptions that cannot be used");
        return Ok(exit_code::undecided());
    }
    let subject = match (&args.control, &args.framework) {
        (Some(id), _) => Subject::Control(ControlId::new(id).ok_or_else(|| unknown_control(&catalog, id))?),
        (None, Some(name)) => Subject::Framework(name.clone()),
        (None, None) => return Err(UsageError::Value("write --control or --framework".into())),
    };
    let reports: Vec<Evidence> = args
        .reports
        .iter()
        .map(|path| saved::report(path).map(|(bytes, report)| Evidence::new(name_of(path), bytes, report)))
        .collect::<Result<_, _>>()?;
    let sign_off = args.sign_off.as_deref().map(sign_off).transpose()?;
    let previous = args
        .previous
        .as_deref()
        .map(|dir| saved::bytes(&dir.join(MANIFEST)))
        .transpose()?;
    let request = Request {
        subject,
        from,
        to,
        as_of: as_of.at,
        tool_version: env!("CARGO_PKG_VERSION"),
        catalog: &catalog,
        registry: looked.then_some(&registry),
        reports: &reports,
        workloads: &workloads,
        sign_off: sign_off.as_ref(),
        previous: previous.as_deref(),
    };
    match package::build(&request) {
        Ok(package) => {
            write(&args.out, &package)?;
            announce(global, args, &package);
            if let Some(log) = &args.drill {
                let seconds = begun.elapsed().as_secs_f64().ceil();
                drill(log, &package, seconds)?;
            }
            Ok(exit_code::pass())
        }
        Err(PackageError::UnknownSubject(name)) if args.control.is_some() => {
            Err(unknown_control(&catalog, &name))
        }
        Err(error) => {
            terminal::err(&format!("error: {error}"));
            if let PackageError::Missing(missing) = &error {
                for missing in missing {
                    terminal::err(&format!(
                        "  {}: {}\n    help: {}",
                        missing.section, missing.why, missing.help
                    ));
                }
            }
            Ok(exit_code::fail())
        }
    }
}

/// Writes down how long the package took, as a record of the evidence log: `policy metrics` counts it.
fn drill(log: &Path, package: &Package, seconds: f64) -> Result<(), UsageError> {
    let manifest = &package.manifest;
    let day = manifest.as_of.get(..10).unwrap_or_default().to_owned();
    // Less than a second counts as one: a package is never made in no time.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, positive, and far below the range of the type"
    )]
    let seconds = seconds.max(1.0) as u64;
    let record = Record {
        schema_version: record::VERSION,
        id: format!("ev_drill_{}", manifest.package_id),
        r#type: "drill".into(),
        control_id: manifest.subject.clone(),
        workload: None,
        account: None,
        region: None,
        resource: None,
        owner: None,
        status: "pass".into(),
        exception_id: None,
        observed_from: Some(day.clone()),
        observed_to: Some(day.clone()),
        collected_at: Some(day),
        source: Origin {
            system: "policy".into(),
            class: "automated".into(),
            query: Some("policy audit package".into()),
            tool_version: Some(manifest.tool.version.clone()),
        },
        subject: Some(SubjectDigest {
            sha256: manifest.merkle_root.clone(),
        }),
        reviewed_by: None,
        seconds: Some(seconds),
        seq: 0,
        prev: None,
    };
    super::evidence::extend(log, vec![record]).map(|_| ())
}

fn unknown_control(catalog: &policy_core::control::Catalog, id: &str) -> UsageError {
    let hint = closest(catalog, id)
        .map(|close| format!("; did you mean `{close}`?"))
        .unwrap_or_default();
    UsageError::Value(format!("there is no control `{id}`{hint}"))
}

fn date(flag: &str, text: &str) -> Result<Date, UsageError> {
    Date::parse(text).map_err(|error| UsageError::Value(format!("{flag}: {error}")))
}

/// Reads a sign-off. Members besides these are kept in the file, which the package holds as it is.
fn sign_off(path: &Path) -> Result<SignOff, UsageError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct File {
        reviewed_by: String,
        role: Option<String>,
        reviewed_on: String,
    }
    let bytes = saved::bytes(path)?;
    let file: File = serde_yaml::from_slice(&bytes).map_err(|error| saved::unreadable(path, error))?;
    let reviewed_on = Date::parse(&file.reviewed_on)
        .map_err(|error| saved::unreadable(path, format!("`reviewedOn`: {error}")))?;
    Ok(SignOff {
        bytes,
        reviewed_by: file.reviewed_by,
        role: file.role,
        reviewed_on,
    })
}

fn write(out: &Path, package: &Package) -> Result<(), UsageError> {
    for (name, bytes) in &package.files {
        let path = out.join(name);
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, bytes));
        written.map_err(|source| UsageError::Write {
            path: name_of(&path),
            source,
        })?;
    }
    Ok(())
}

fn announce(global: &Global, args: &AuditPackage, package: &Package) {
    let manifest = &package.manifest;
    terminal::out(&format!(
        "{} files in {}\nroot {}\n",
        package.files.len(),
        name_of(&args.out),
        manifest.merkle_root
    ));
    for link in manifest.chain.iter().filter(|link| !link.present) {
        terminal::err(&format!(
            "warning: the evidence chain is weak: {} is missing",
            link.link
        ));
    }
    if !global.quiet {
        terminal::err(
            "note: keep the root where nobody can rewrite it; `policy audit verify --root` compares with it",
        );
    }
}

fn verify(args: &AuditVerify) -> Result<ExitCode, UsageError> {
    let files = saved::directory(&args.dir)?;
    let previous = args
        .previous
        .as_deref()
        .map(|dir| saved::bytes(&dir.join(MANIFEST)))
        .transpose()?;
    let found = package::verify(
        &files,
        &Witness {
            root: args.root.clone(),
            previous,
        },
    );
    if args.listing.format() == ListFormat::Json {
        let text = serde_json::to_string_pretty(&found).unwrap_or_default();
        terminal::out(&format!("{text}\n"));
    } else {
        terminal::out(&sentences(&found, args.root.is_some()));
    }
    Ok(if found.valid {
        exit_code::pass()
    } else {
        exit_code::fail()
    })
}

fn sentences(found: &Verification, witnessed: bool) -> String {
    let mut text = String::new();
    for error in &found.validation_errors {
        text.push_str(&format!("error: {error}\n"));
    }
    let id = found.package_id.as_deref().unwrap_or("unknown package");
    if found.valid {
        let kept = if witnessed {
            "and is the package whose root was kept"
        } else {
            "; compare its root with the one that was kept"
        };
        text.push_str(&format!(
            "{id}: {} files agree with the manifest{}{kept}\n",
            found.files_checked,
            if witnessed { " " } else { "" }
        ));
        text.push_str(&format!(
            "root {}, unsigned\n",
            found.merkle_root.as_deref().unwrap_or_default()
        ));
    } else {
        text.push_str(&format!("{id}: {} wrong\n", found.validation_errors.len()));
    }
    text
}
