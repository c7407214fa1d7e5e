//! The report for a CI server: a suite for each lesson, a case for each step.

use crate::check::{Check, Outcome, Report};
use quick_junit::{
    NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite,
};

pub fn write(report: &Report) -> String {
    let mut suites = Suites::new("snapshots");
    for checks in report
        .checks
        .chunk_by(|one, other| one.lesson == other.lesson)
    {
        let mut suite = TestSuite::new(checks[0].lesson.clone());
        suite.add_test_cases(checks.iter().map(case));
        suites.add_test_suite(suite);
    }
    suites.to_string().unwrap_or_default()
}

fn case(check: &Check) -> TestCase {
    let status = match &check.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Skipped(why) | Outcome::Excused(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.clone());
            status
        }
        Outcome::Failed(findings) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(finding) = findings.first() {
                status.set_type(finding.fault.name());
                status.set_message(finding.fault.headline());
            }
            let texts = findings.iter().map(|finding| {
                let (kind, expected, actual) =
                    (finding.fault, &finding.expected, &finding.actual);
                format!(
                    "{}\nexpected: {expected}\ncame: {actual}\n{}\n",
                    kind.headline(),
                    kind.hint()
                )
            });
            status.set_description(texts.collect::<Vec<_>>().join("\n"));
            status
        }
    };
    let mut case = TestCase::new(format!("{}: {}", check.place(), check.title), status);
    case.set_classname(check.exchange.clone());
    case
}
