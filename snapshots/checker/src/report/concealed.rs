//! A report as a student gets it: of an exchange that a course hides only what it is
//! worth, and whether it passes.

use crate::check::{Check, Outcome, Report};
use crate::course::Terms;

/// The report without what its hidden exchanges are.
pub fn concealed(report: &Report) -> Report {
    let exchanges = report
        .checks
        .chunk_by(|one, other| one.exchange == other.exchange);
    let mut checks = Vec::new();
    let mut hidden = 0;
    for exchange in exchanges {
        match exchange[0].terms.hidden {
            true => {
                hidden += 1;
                checks.push(hidden_check(exchange, hidden));
            }
            false => checks.extend(exchange.iter().cloned()),
        }
    }
    Report {
        checks,
        ..report.clone()
    }
}

/// One check in the place of all of a hidden exchange.
fn hidden_check(exchange: &[Check], number: usize) -> Check {
    let first = &exchange[0];
    let any = |word: &str| exchange.iter().any(|check| check.word() == word);
    let counts = exchange.iter().any(Check::counts);
    let outcome = match (any("failed"), counts) {
        (true, _) => Outcome::Failed(Vec::new()),
        (_, false) => Outcome::Excused("it is not for this server".to_owned()),
        _ if exchange
            .iter()
            .all(|check| !check.counts() || check.word() == "passed") =>
        {
            Outcome::Passed
        }
        _ => Outcome::Skipped("the run ended before it".to_owned()),
    };
    Check {
        lesson: first.lesson.clone(),
        exchange: format!("{}/hidden-{number}", first.lesson),
        step: 1,
        title: "A hidden exercise".to_owned(),
        requirement: String::new(),
        page: String::new(),
        request: String::new(),
        outcome,
        advice: Vec::new(),
        response: String::new(),
        curl: Err("It is hidden."),
        terms: Terms {
            hint: None,
            ..first.terms.clone()
        },
    }
}
