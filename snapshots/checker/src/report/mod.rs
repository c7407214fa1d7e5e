//! A report in the forms that people and programs read.

mod class;
mod concealed;
mod csv;
mod html;
mod json;
mod junit;
mod terminal;

use crate::check::Report;

pub use class::{page as class_page, submission as submission_page};
pub use concealed::concealed;
pub use csv::{is_formula, safe};
pub(crate) use json::{CheckMembers, FindingMembers, ReportMembers, seconds};
pub use junit::class as class_junit;
pub use terminal::{advised, failed, not_played, noticed};

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a person, in a terminal.
    Terminal,
    /// For a program: `snapshots/checker/report.schema.json` says what is in it.
    Json,
    /// For a CI server.
    Junit,
    /// A page of its own, for a browser.
    Html,
    /// A line for each check, for a spreadsheet.
    Csv,
}

/// How a terminal's report looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Use colors, which always come with a word or a sign.
    pub color: bool,
    /// Only what failed, and the last line.
    pub quiet: bool,
}

/// Writes the report as text.
pub fn write(report: &Report, format: Format, look: Look) -> String {
    match format {
        Format::Terminal => terminal::write(report, look),
        Format::Json => json::write(report),
        Format::Junit => junit::write(report),
        Format::Html => html::write(report),
        Format::Csv => csv::write(report),
    }
}

/// `3 checks`, `1 check`.
fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// The last line of a report: `27 passed, 1 failed, 3 skipped.`
fn summary(report: &Report) -> String {
    let mut parts = vec![
        format!("{} passed", report.count("passed")),
        format!("{} failed", report.count("failed")),
        format!("{} skipped", report.count("skipped")),
    ];
    let advice: usize = report.checks.iter().map(|check| check.advice.len()).sum();
    if advice > 0 {
        parts.push(match advice {
            1 => "1 piece of advice".to_owned(),
            many => format!("{many} pieces of advice"),
        });
    }
    let ended = report
        .ended
        .as_ref()
        .map(|why| format!(" It ended early: {why}."));
    format!("{}.{}", parts.join(", "), ended.unwrap_or_default())
}
