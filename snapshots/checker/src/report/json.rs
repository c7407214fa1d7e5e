//! The report for a program. `snapshots/checker/report.schema.json` says what is in it.

use crate::check::{Check, Report};
use crate::compare::Finding;
use serde_json::{Value, json};

pub fn write(report: &Report) -> String {
    let report = value(report);
    // A value of texts and numbers is always JSON.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

/// The report as a JSON value.
pub fn value(report: &Report) -> Value {
    json!({
        "version": 1,
        "url": report.url,
        "mode": if report.exact { "exact" } else { "contract" },
        "passed": report.passed(),
        "ended": report.ended,
        "seconds": (report.took.as_secs_f64() * 1000.0).round() / 1000.0,
        "counts": {
            "passed": report.count("passed"),
            "failed": report.count("failed"),
            "skipped": report.count("skipped"),
        },
        "checks": report.checks.iter().map(check).collect::<Vec<_>>(),
    })
}

fn check(check: &Check) -> Value {
    json!({
        "lesson": check.lesson,
        "exchange": check.exchange,
        "step": check.step,
        "name": check.title,
        "request": check.request,
        "result": check.word(),
        "faults": check.findings().iter().map(finding).collect::<Vec<_>>(),
        "advice": check.advice,
        "skipped": check.why_skipped(),
        "counts": check.counts(),
        "response": check.response,
        "curl": check.curl.as_ref().ok(),
        "page": check.page(),
        "audience": check.audience(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "kind": finding.fault.name(),
        "headline": finding.fault.headline(),
        "expected": finding.expected,
        "actual": finding.actual,
        "rationale": finding.fault.rationale(),
        "help": finding.fault.hint(),
    })
}
