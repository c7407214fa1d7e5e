//! The report for a CI server: a case for each step, in a suite for each lesson
//! of one server, or for each submission of a class.

use crate::check::{Check, Outcome, Report};
use crate::class::{Graded, Ungraded};
use crate::compare::Finding;
use quick_junit::{
    NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite,
};

/// The suites of one server. Its reader wrote it, so a case says all that is
/// wrong, with the hints.
pub fn write(report: &Report) -> String {
    let mut suites = Suites::new("snapshots");
    let lessons = report
        .checks
        .chunk_by(|one, other| one.lesson == other.lesson);
    for checks in lessons {
        let mut suite = TestSuite::new(checks[0].lesson.clone());
        for check in checks {
            let mut case = case(check, |findings| {
                let texts = findings.iter().map(|finding| {
                    let (headline, hint) =
                        (finding.fault.headline(), check.hint(finding));
                    format!("{headline}\n{}\n{hint}\n", difference(finding))
                });
                texts.collect::<Vec<_>>().join("\n")
            });
            case.set_classname(check.exchange.clone());
            suite.add_test_case(case);
        }
        suites.add_test_suite(suite);
    }
    xml(&suites)
}

/// The suites as XML. Two characters of Unicode are none of XML's
/// (<https://www.w3.org/TR/xml/#charsets>), and quick_junit leaves them in.
fn xml(suites: &Suites) -> String {
    let text = suites.to_string().unwrap_or_default();
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// The suites of a class. A case says the first thing that is wrong.
pub fn class(results: &[Graded], ungraded: &[Ungraded]) -> String {
    let mut suites = Suites::new("class");
    for result in results {
        let mut suite = TestSuite::new(result.name.clone());
        if let Some(error) = &result.error {
            suite.add_test_case(broken("the server starts", error));
        }
        suite.add_test_cases(result.checks().iter().map(|check| {
            case(check, |findings| {
                findings.first().map(difference).unwrap_or_default()
            })
        }));
        suites.add_test_suite(suite);
    }
    for Ungraded { name, why } in ungraded {
        let mut suite = TestSuite::new(name.clone());
        suite.add_test_case(broken("the run can grade it", why));
        suites.add_test_suite(suite);
    }
    xml(&suites)
}

/// The case of what could not be had at all.
fn broken(name: &str, error: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(error.lines().next().unwrap_or_default());
    status.set_description(error.to_owned());
    TestCase::new(name.to_owned(), status)
}

/// A step's case; `describe` says what is wrong with it.
fn case(check: &Check, describe: impl Fn(&[Finding]) -> String) -> TestCase {
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
            status.set_description(describe(findings));
            status
        }
    };
    TestCase::new(format!("{}: {}", check.place(), check.title), status)
}

fn difference(finding: &Finding) -> String {
    format!("expected: {}\ncame: {}", finding.expected, finding.came())
}
