//! The formats by name.

use std::fmt;
use std::str::FromStr;

use crate::control::Catalog;
use crate::report::asff::AsffOptions;
use crate::report::github::GithubOptions;
use crate::report::json::JsonOptions;
use crate::report::junit::JunitOptions;
use crate::report::markdown::MarkdownOptions;
use crate::report::ocsf::OcsfOptions;
use crate::report::oscal::OscalOptions;
use crate::report::sarif::SarifOptions;
use crate::report::text::TextOptions;
use crate::report::{Run, asff, github, gitlab, json, junit, markdown, ocsf, oscal, sarif, text};

/// A format of the report of a run.
///
/// ```
/// use policy_core::report::ReportFormat;
/// let format: ReportFormat = "oscal-poam".parse()?;
/// assert_eq!(format, ReportFormat::OscalPoam);
/// assert!("xml".parse::<ReportFormat>().is_err());
/// # Ok::<(), policy_core::report::UnknownFormat>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportFormat {
    /// For people at a terminal.
    Text,
    /// Our own, frozen and versioned.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// A comment on a pull request.
    Markdown,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab code quality.
    Gitlab,
    /// OSCAL assessment results.
    OscalResults,
    /// OSCAL plan of action and milestones.
    OscalPoam,
    /// AWS Security Finding Format.
    Asff,
    /// OCSF compliance findings.
    Ocsf,
}

/// What formats may be told. Each takes what it knows and ignores the rest.
#[derive(Clone, Copy, Debug, Default)]
pub struct RenderOptions<'a> {
    /// ANSI colours (text).
    pub color: bool,
    /// Only what counts and the summary (text, Markdown, GitHub); no passed cases (JUnit). Formats for machines that
    /// keep a record are always complete.
    pub quiet: bool,
    /// Also what passed or does not apply (JSON, SARIF, JUnit, OSCAL results, ASFF, OCSF).
    pub all_outcomes: bool,
    /// Titles, intents and mappings of the controls (SARIF, OSCAL, ASFF, OCSF).
    pub controls: Option<&'a Catalog>,
    /// Leave accepted findings out of SARIF, for consumers that ignore suppressions, GitHub among them.
    pub omit_suppressed: bool,
    /// The most results in SARIF; GitHub takes 25,000.
    pub max_results: Option<usize>,
    /// The most characters of Markdown; GitHub takes comments of 65,536.
    pub max_characters: Option<usize>,
}

impl ReportFormat {
    /// Every format.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Markdown,
        Self::Github,
        Self::Gitlab,
        Self::OscalResults,
        Self::OscalPoam,
        Self::Asff,
        Self::Ocsf,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::OscalResults => "oscal-results",
            Self::OscalPoam => "oscal-poam",
            Self::Asff => "asff",
            Self::Ocsf => "ocsf",
        }
    }

    /// Renders a run. The same run and options give the same bytes; every format ends with a line break.
    pub fn render(self, run: &Run, options: &RenderOptions<'_>) -> String {
        let RenderOptions {
            color,
            quiet,
            all_outcomes,
            controls,
            ..
        } = *options;
        let RenderOptions {
            omit_suppressed,
            max_results,
            max_characters,
            ..
        } = *options;
        match self {
            Self::Text => text::render(run, TextOptions { color, quiet }),
            Self::Json => json::render(run, JsonOptions { all_outcomes }),
            Self::Sarif => sarif::render(
                run,
                SarifOptions {
                    controls,
                    all_outcomes,
                    omit_suppressed,
                    max_results,
                },
            ),
            Self::Junit => junit::render(run, JunitOptions { all_outcomes, quiet }),
            Self::Markdown => markdown::render(
                run,
                MarkdownOptions {
                    quiet,
                    max_characters,
                },
            ),
            Self::Github => github::render(run, GithubOptions { quiet }),
            Self::Gitlab => gitlab::render(run),
            Self::OscalResults => oscal::render_results(
                run,
                OscalOptions {
                    controls,
                    all_outcomes,
                },
            ),
            Self::OscalPoam => oscal::render_poam(
                run,
                OscalOptions {
                    controls,
                    all_outcomes,
                },
            ),
            Self::Asff => asff::render(
                run,
                AsffOptions {
                    controls,
                    all_outcomes,
                },
            ),
            Self::Ocsf => ocsf::render(
                run,
                OcsfOptions {
                    controls,
                    all_outcomes,
                },
            ),
        }
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ReportFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| UnknownFormat(text.into()))
    }
}

/// A word that is not a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no output format `{0}`; write {names}", names = names())]
pub struct UnknownFormat(pub String);

fn names() -> String {
    let names = ReportFormat::ALL.map(ReportFormat::as_str);
    let (last, others) = names
        .split_last()
        .map_or(("", &[][..]), |(last, others)| (*last, others));
    format!("{} or {last}", others.join(", "))
}
