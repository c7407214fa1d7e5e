//! The report for a program, written and read again.
//! `snapshots/checker/report.schema.json` says what is in it.
//!
//! What follows from the rest, such as the counts or a fault's hint, is written
//! for those who read it elsewhere; here it is made anew. The members of each
//! object are in the alphabet's order.

use crate::check::{Check, Outcome, Report};
use crate::compare::Finding;
use crate::course::Terms;
use crate::faults::Fault;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of the format.
const VERSION: u32 = 1;

pub fn write(report: &Report) -> String {
    // Texts and numbers are always JSON.
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}

/// A time in seconds, to the millisecond.
pub fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// The members of a report.
#[derive(Serialize, Deserialize)]
pub struct ReportMembers {
    checks: Vec<Check>,
    #[serde(skip_deserializing)]
    counts: Counts,
    ended: Option<String>,
    mode: Mode,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notices: Vec<String>,
    #[serde(skip_deserializing)]
    passed: bool,
    seconds: f64,
    url: String,
    version: u32,
}

#[derive(Default, Serialize)]
struct Counts {
    failed: usize,
    passed: usize,
    skipped: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Contract,
    Exact,
}

impl From<Report> for ReportMembers {
    fn from(report: Report) -> ReportMembers {
        ReportMembers {
            counts: Counts {
                failed: report.count("failed"),
                passed: report.count("passed"),
                skipped: report.count("skipped"),
            },
            mode: match report.exact {
                true => Mode::Exact,
                false => Mode::Contract,
            },
            passed: report.passed(),
            seconds: seconds(report.took),
            version: VERSION,
            checks: report.checks,
            ended: report.ended,
            notices: report.notices,
            url: report.url,
        }
    }
}

impl TryFrom<ReportMembers> for Report {
    type Error = String;

    fn try_from(members: ReportMembers) -> Result<Report, String> {
        if members.version != VERSION {
            let version = members.version;
            return Err(format!("version {version} of a report is not read here"));
        }
        let took = Duration::try_from_secs_f64(members.seconds);
        Ok(Report {
            url: members.url,
            exact: matches!(members.mode, Mode::Exact),
            checks: members.checks,
            ended: members.ended,
            took: took.map_err(|error| format!("seconds: {error}"))?,
            notices: members.notices,
        })
    }
}

/// The members of a check. How it came out is told by four of them.
#[derive(Serialize, Deserialize)]
pub struct CheckMembers {
    advice: Vec<String>,
    #[serde(skip_deserializing)]
    audience: &'static str,
    counts: bool,
    curl: Option<String>,
    exchange: String,
    faults: Vec<Finding>,
    #[serde(default, skip_serializing_if = "is_not")]
    hidden: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    lesson: String,
    name: String,
    page: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    points: Option<f64>,
    request: String,
    #[serde(default)]
    requirement: String,
    response: String,
    result: Word,
    skipped: Option<String>,
    step: usize,
}

fn is_not(it: &bool) -> bool {
    !it
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Passed,
    Failed,
    Skipped,
}

/// What a report that was read says of a command that it does not have: its
/// reason is not written down.
const NO_COMMAND: &str = "There is no command that repeats it.";

impl From<Check> for CheckMembers {
    fn from(check: Check) -> CheckMembers {
        let (audience, counts) = (check.audience(), check.counts());
        let (result, faults, skipped) = match check.outcome {
            Outcome::Passed => (Word::Passed, Vec::new(), None),
            Outcome::Failed(findings) => (Word::Failed, findings, None),
            Outcome::Skipped(why) | Outcome::Excused(why) => {
                (Word::Skipped, Vec::new(), Some(why))
            }
        };
        CheckMembers {
            advice: check.advice,
            audience,
            counts,
            curl: check.curl.ok(),
            exchange: check.exchange,
            faults,
            hidden: check.terms.hidden,
            hint: check.terms.hint,
            lesson: check.lesson,
            name: check.title,
            page: check.page,
            points: check.terms.points,
            request: check.request,
            requirement: check.requirement,
            response: check.response,
            result,
            skipped,
            step: check.step,
        }
    }
}

impl From<CheckMembers> for Check {
    fn from(members: CheckMembers) -> Check {
        let why = members.skipped.unwrap_or_default();
        let outcome = match (members.result, members.counts) {
            (Word::Passed, _) => Outcome::Passed,
            (Word::Failed, _) => Outcome::Failed(members.faults),
            (Word::Skipped, true) => Outcome::Skipped(why),
            (Word::Skipped, false) => Outcome::Excused(why),
        };
        // A lesson may have two pages, and one of a course has none; what is no page of
        // the book is not believed.
        let anchor = members.exchange.replace('/', "-");
        let end = format!(".html#exchange-{anchor}");
        let is_own = members.page.starts_with("/book/") && members.page.ends_with(&end);
        let page = match is_own {
            true => members.page,
            false if members.page.is_empty() => String::new(),
            false => format!("/book/{}{end}", members.lesson),
        };
        Check {
            lesson: members.lesson,
            exchange: members.exchange,
            step: members.step,
            title: members.name,
            requirement: members.requirement,
            page,
            request: members.request,
            outcome,
            advice: members.advice,
            response: members.response,
            curl: members.curl.ok_or(NO_COMMAND),
            terms: Terms {
                points: members.points,
                hint: members.hint,
                hidden: members.hidden,
            },
        }
    }
}

/// The members of a finding.
#[derive(Serialize, Deserialize)]
pub struct FindingMembers {
    actual: String,
    expected: String,
    #[serde(skip_deserializing)]
    headline: &'static str,
    #[serde(skip_deserializing)]
    help: &'static str,
    kind: Fault,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_deserializing)]
    rationale: &'static str,
}

impl From<Finding> for FindingMembers {
    fn from(finding: Finding) -> FindingMembers {
        let fault = finding.fault;
        FindingMembers {
            headline: fault.headline(),
            help: finding.hint(),
            actual: finding.actual,
            expected: finding.expected,
            kind: fault,
            note: finding.note,
            rationale: fault.rationale(),
        }
    }
}

impl From<FindingMembers> for Finding {
    fn from(members: FindingMembers) -> Finding {
        Finding {
            fault: members.kind,
            expected: members.expected,
            actual: members.actual,
            note: members.note,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A check that came out so.
    pub fn check(outcome: Outcome) -> Check {
        Check {
            lesson: "flash".into(),
            exchange: "flash/shown-once".into(),
            step: 2,
            title: "Once".into(),
            requirement: "A message is shown once.".into(),
            page: "/book/flash.html#exchange-flash-shown-once".into(),
            request: "GET /note".into(),
            outcome,
            advice: vec!["Say 303.".into()],
            response: "< 200 OK".into(),
            curl: Ok("curl http://server/note".into()),
            terms: Terms::default(),
        }
    }

    #[test]
    fn a_report_that_is_read_is_written_as_it_was() {
        let mut findings = Fault::ALL.map(|fault| Finding::new(fault, "a", "b\n"));
        findings[0].note = Some("look there".into());
        let mut checks: Vec<Check> = [
            Outcome::Passed,
            Outcome::Failed(findings.to_vec()),
            Outcome::Skipped("it follows on step 1".into()),
            Outcome::Excused("it is not for this server".into()),
        ]
        .map(check)
        .into();
        checks[0].curl = Err("curl can't move the clock.");
        checks[1].page.clear();
        checks[1].terms = Terms {
            points: Some(2.5),
            hint: Some("Who keeps it?".into()),
            hidden: true,
        };
        for (exact, ended) in [(false, None), (true, Some("its time was over"))] {
            let report = Report {
                url: "http://server".into(),
                exact,
                checks: checks.clone(),
                ended: ended.map(str::to_owned),
                took: Duration::from_micros(1_234_567),
                notices: vec!["1 attempt is allowed.".into()],
            };
            let text = write(&report);
            let read: Report = serde_json::from_str(&text).unwrap();
            assert_eq!(write(&read), text);
            let outcomes = |report: &Report| {
                let checks = report.checks.iter();
                checks
                    .map(|check| check.outcome.clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(outcomes(&read), outcomes(&report));
        }
    }

    #[test]
    fn each_fault_is_written_by_its_name() {
        for fault in Fault::ALL {
            let text = serde_json::to_string(&fault).unwrap();
            assert_eq!(text, format!("\"{}\"", fault.name()));
        }
    }

    #[test]
    fn what_follows_from_the_rest_is_not_read() {
        let mut value = serde_json::to_value(check(Outcome::Passed)).unwrap();
        value["page"] = "http://eve.example".into();
        value["audience"] = serde_json::Value::Null;
        let read: Check = serde_json::from_value(value).unwrap();
        let again = serde_json::to_value(read).unwrap();
        assert_eq!(again["page"], "/book/flash.html#exchange-flash-shown-once");
        assert_eq!(again["audience"], "reader");
    }

    #[test]
    fn a_report_of_another_version_is_refused_by_its_number() {
        let text = r#"{"version":2,"url":"","mode":"exact","ended":null,"seconds":0,"checks":[]}"#;
        let error = serde_json::from_str::<Report>(text).unwrap_err();
        assert!(error.to_string().contains("version 2"), "{error}");
    }
}
