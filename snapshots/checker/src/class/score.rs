//! What a class's results are worth: the weights of the lessons, the scores, and
//! the mistakes that several made.

use super::run::Graded;
use crate::check::Check;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// What each lesson weighs; 1 where it is not named.
pub type Weights = BTreeMap<String, f64>;

/// Reads weights: a CSV file with the columns `lesson` and `weight`.
///
/// # Errors
///
/// The file, and the line that has no lesson and no number.
pub fn weights(path: &Path, lessons: &[String]) -> Result<Weights, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut weights = Weights::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("{}: {error}", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let lesson = record.get(0).unwrap_or_default().to_owned();
        let weight = record.get(1).and_then(|text| text.parse().ok());
        let weight = weight.filter(|weight: &f64| weight.is_finite() && *weight >= 0.0);
        match weight {
            Some(weight) if lessons.contains(&lesson) => weights.insert(lesson, weight),
            Some(_) => {
                return Err(format!(
                    "{}:{line}: there is no lesson {lesson}.",
                    path.display()
                ));
            }
            None => {
                return Err(format!(
                    "{}:{line}: write a lesson and a weight, as flash,2",
                    path.display()
                ));
            }
        };
    }
    Ok(weights)
}

/// A submission's part of a lesson that it passes, from 0 to 1; nothing where
/// none of its checks counts, or was asked for. What the lesson asks counts alike,
/// however many steps show it: a requirement is worth one point, which its exchanges
/// share, unless a course says what an exchange is worth. An exchange passes from its
/// first step to its last.
pub fn score(result: &Graded, lesson: &str) -> Option<f64> {
    if result.report.is_none() {
        return Some(0.0);
    }
    let mut requirements: BTreeMap<&str, BTreeMap<&str, Worth>> = BTreeMap::new();
    for check in of_lesson(result, lesson).filter(|check| check.counts()) {
        // An exchange that is in no list is a requirement of its own.
        let requirement = match check.requirement.as_str() {
            "" => check.exchange.as_str(),
            requirement => requirement,
        };
        let exchanges = requirements.entry(requirement).or_default();
        let worth = exchanges.entry(&check.exchange).or_insert(Worth {
            passes: true,
            points: check.terms.points,
        });
        worth.passes &= check.word() == "passed";
    }
    let (mut earned, mut all) = (0.0, 0.0);
    for exchanges in requirements.values() {
        let of = |counts: fn(&Worth) -> bool| {
            worth(exchanges.values().filter(|it| counts(it)), exchanges.len())
        };
        earned += of(|it| it.passes);
        all += of(|_| true);
    }
    (all > 0.0).then(|| earned / all)
}

/// An exchange of a requirement.
struct Worth {
    passes: bool,
    /// Where a course says so.
    points: Option<f64>,
}

/// What these exchanges are worth, of a requirement that has so many.
fn worth<'a>(exchanges: impl Iterator<Item = &'a Worth>, of: usize) -> f64 {
    let (mut points, mut shares) = (0.0, 0);
    for exchange in exchanges {
        match exchange.points {
            Some(own) => points += own,
            None => shares += 1,
        }
    }
    points + f64::from(shares) / of as f64
}

/// A submission's checks of one lesson.
pub(super) fn of_lesson<'a>(
    result: &'a Graded,
    lesson: &'a str,
) -> impl Iterator<Item = &'a Check> {
    let checks = result.checks().iter();
    checks.filter(move |check| check.lesson == lesson)
}

/// What a lesson weighs.
pub(super) fn weight(weights: &Weights, lesson: &str) -> f64 {
    weights.get(lesson).copied().unwrap_or(1.0)
}

/// The mean of a submission's lessons, by their weights, from 0 to 1.
pub fn total(result: &Graded, lessons: &[String], weights: &Weights) -> f64 {
    mean(lessons, weights, |lesson| score(result, lesson))
}

/// The mean of what `of` says of the lessons, by their weights.
pub(super) fn mean(
    lessons: &[String],
    weights: &Weights,
    of: impl Fn(&str) -> Option<f64>,
) -> f64 {
    let scores = lessons
        .iter()
        .filter_map(|lesson| Some((of(lesson)?, weight(weights, lesson))));
    let (sum, all) = scores.fold((0.0, 0.0), |(sum, all), (score, weight)| {
        (sum + score * weight, all + weight)
    });
    if all > 0.0 { sum / all } else { 0.0 }
}

/// One mistake, and all who made it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistake {
    /// What is wrong, in a sentence.
    pub headline: &'static str,
    /// One hint.
    pub help: String,
    /// The exchanges and steps that found it.
    pub places: Vec<String>,
    /// Who made it.
    pub names: Vec<String>,
}

/// The mistakes of a class, the most frequent first, so that one comment serves
/// all who made one: the first fault of each exchange, since others may follow
/// from it. Where a course has a hint of its own, the mistake is one of its own.
pub fn mistakes(results: &[Graded]) -> Vec<Mistake> {
    let mut found: BTreeMap<(&str, &str), Mistake> = BTreeMap::new();
    for result in results {
        let mut exchanges: HashSet<&str> = HashSet::new();
        for check in result.checks() {
            let Some(finding) = check.findings().first() else {
                continue;
            };
            if !exchanges.insert(&check.exchange) {
                continue;
            }
            let fault = finding.fault;
            let hint = check.hint(finding);
            let mistake =
                found
                    .entry((fault.name(), hint))
                    .or_insert_with(|| Mistake {
                        headline: fault.headline(),
                        help: hint.to_owned(),
                        places: Vec::new(),
                        names: Vec::new(),
                    });
            let place = check.place();
            if !mistake.places.contains(&place) {
                mistake.places.push(place);
            }
            if mistake.names.last() != Some(&result.name) {
                mistake.names.push(result.name.clone());
            }
        }
    }
    let mut mistakes: Vec<Mistake> = found.into_values().collect();
    for mistake in &mut mistakes {
        mistake.places.sort();
    }
    mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.names.len()));
    mistakes
}

/// The lessons that the results are about, in the order of their checks.
pub fn lessons(results: &[Graded]) -> Vec<String> {
    let mut lessons: Vec<String> = Vec::new();
    for check in results.iter().flat_map(Graded::checks) {
        if !lessons.contains(&check.lesson) {
            lessons.push(check.lesson.clone());
        }
    }
    lessons
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::check::{Outcome, Report};
    use crate::compare::Finding;
    use crate::course::Terms;
    use crate::faults::Fault;
    use std::time::Duration;

    pub fn failed() -> Outcome {
        Outcome::Failed(vec![Finding::new(
            Fault::Forgotten,
            "Hello, Ada!",
            "Hello, stranger!",
        )])
    }

    /// A submission whose checks of these lessons came out so.
    pub fn result(name: &str, outcomes: &[(&str, Outcome)]) -> Graded {
        let numbered = outcomes.iter().enumerate();
        let checks = numbered.map(|(number, (lesson, outcome))| Check {
            lesson: (*lesson).into(),
            exchange: format!("{lesson}/{number}"),
            requirement: String::new(),
            page: String::new(),
            step: 1,
            title: "A step".into(),
            request: "GET /".into(),
            outcome: outcome.clone(),
            advice: Vec::new(),
            response: String::new(),
            curl: Err(""),
            terms: Terms::default(),
        });
        Graded {
            account: None,
            attempt: None,
            error: None,
            left: None,
            name: name.into(),
            report: Some(Report {
                url: "http://server".into(),
                exact: false,
                checks: checks.collect(),
                ended: None,
                took: Duration::from_secs(1),
                notices: Vec::new(),
            }),
            seconds: 1.0,
            source: None,
            submitted: None,
            target: "http://server".into(),
        }
    }

    #[test]
    fn a_lesson_has_partial_credit_and_what_is_excused_counts_for_nothing() {
        let ada = result(
            "ada",
            &[
                ("flash", Outcome::Passed),
                ("flash", failed()),
                ("flash", Outcome::Skipped(String::new())),
                ("flash", Outcome::Excused(String::new())),
                ("flash", Outcome::Passed),
                ("session", Outcome::Passed),
            ],
        );
        assert_eq!(score(&ada, "flash"), Some(0.5));
        assert_eq!(score(&ada, "login"), None);
        let lessons = lessons(std::slice::from_ref(&ada));
        assert_eq!(total(&ada, &lessons, &Weights::new()), 0.75);
        let weights = Weights::from([("flash".to_owned(), 3.0)]);
        assert_eq!(total(&ada, &lessons, &weights), 0.625);
    }

    #[test]
    fn what_a_lesson_asks_counts_alike_however_many_steps_show_it() {
        let passed = || ("flash", Outcome::Passed);
        let mut ada = result(
            "ada",
            &[passed(), passed(), passed(), ("flash", failed()), passed()],
        );
        let checks = &mut ada.report.as_mut().unwrap().checks;
        let parts = [("a", 1), ("a", 1), ("a", 2), ("b", 3), ("b", 4)];
        for (check, (requirement, exchange)) in checks.iter_mut().zip(parts) {
            check.requirement = requirement.to_owned();
            check.exchange = format!("flash/{exchange}");
        }
        // All of the first, and of the second one exchange of two.
        assert_eq!(score(&ada, "flash"), Some(0.75));
    }

    #[test]
    fn an_exchange_with_points_counts_as_much_as_they_say() {
        let mut ada = result("ada", &[("flash", Outcome::Passed), ("flash", failed())]);
        let checks = &mut ada.report.as_mut().unwrap().checks;
        checks[0].terms.points = Some(3.0);
        assert_eq!(score(&ada, "flash"), Some(0.75));
        let checks = &mut ada.report.as_mut().unwrap().checks;
        checks[1].terms.points = Some(0.0);
        assert_eq!(score(&ada, "flash"), Some(1.0));
    }

    #[test]
    fn a_submission_that_gave_no_report_has_no_points() {
        let none = Graded {
            error: Some("It does not compile.".into()),
            report: None,
            ..result("bob", &[])
        };
        assert_eq!(total(&none, &["flash".to_owned()], &Weights::new()), 0.0);
    }

    #[test]
    fn the_same_mistake_is_one_mistake() {
        let results = [
            result("ada", &[("flash", failed()), ("flash", failed())]),
            result("bob", &[("flash", failed())]),
        ];
        let mistakes = mistakes(&results);
        assert_eq!(mistakes.len(), 1);
        assert_eq!(mistakes[0].names, ["ada", "bob"]);
    }
}
