//! The report for a spreadsheet: a line for each check.

use crate::check::{Check, Report};
use csv::Writer;

pub fn write(report: &Report) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record([
        "lesson", "exchange", "step", "name", "result", "fault", "expected", "actual",
        "help",
    ]);
    for check in &report.checks {
        let _ = writer.write_record(row(check));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn row(check: &Check) -> [String; 9] {
    let finding = check.findings().first();
    let skipped = check.why_skipped().unwrap_or_default().to_owned();
    [
        check.lesson.clone(),
        check.exchange.clone(),
        check.step.to_string(),
        safe(&check.title),
        check.word().to_owned(),
        finding
            .map(|finding| finding.fault.name().to_owned())
            .unwrap_or_default(),
        finding
            .map(|finding| safe(&finding.expected))
            .unwrap_or_default(),
        finding
            .map(|finding| safe(&finding.came()))
            .unwrap_or_default(),
        finding
            .map(|finding| safe(check.hint(finding)))
            .unwrap_or(skipped),
    ]
}

/// Whether a spreadsheet takes a text for a formula.
pub fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text that a spreadsheet does not take for a formula, whoever wrote it
/// (OWASP, CSV injection).
pub fn safe(text: &str) -> String {
    match is_formula(text) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
