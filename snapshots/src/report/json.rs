//! The report for a program. `snapshots/report.schema.json` says what is in it.

use crate::check::{Check, Report};
use crate::contract::Fault;
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
        "faults": check.faults().iter().map(fault).collect::<Vec<_>>(),
        "advice": check.advice,
        "skipped": check.why_skipped(),
        "counts": check.counts(),
        "response": check.response,
        "curl": check.curl.as_ref().ok(),
        "page": check.page(),
        "audience": check.audience(),
    })
}

fn fault(fault: &Fault) -> Value {
    json!({
        "kind": fault.kind.name(),
        "headline": fault.kind.headline(),
        "expected": fault.expected,
        "actual": fault.actual,
        "rationale": fault.kind.rationale(),
        "help": fault.kind.hint(),
    })
}
