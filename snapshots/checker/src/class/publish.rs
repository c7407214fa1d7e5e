//! The files of a class: its pages, a gradebook, and what Gradescope and a CI
//! server read.

use super::run::Graded;
use super::score::{lessons, of_lesson, score, total, weight};
use crate::check::{Check, Report};
use crate::course::{Course, counted};
use crate::report;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the class's reports into `out`: `class.html`, `gradebook.csv`,
/// `junit.xml`, `class.json`, and for each submission a page and Gradescope's
/// `results.json` in `submissions/<name>/`.
///
/// # Errors
///
/// The file that can't be written.
pub fn publish(results: &[Graded], course: &Course, out: &Path) -> Result<(), String> {
    let lessons = lessons(results);
    let write = |path: PathBuf, text: String| {
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    write(
        out.join("class.html"),
        report::class_page(results, &lessons, course),
    )?;
    write(
        out.join("gradebook.csv"),
        gradebook(results, &lessons, course),
    )?;
    write(out.join("junit.xml"), report::class_junit(results))?;
    write(out.join("class.json"), class(results, &lessons, course))?;
    for result in results {
        let folder = out.join("submissions").join(file_name(&result.name));
        let shown = shown(result);
        write(folder.join("report.html"), report::submission_page(&shown))?;
        write(
            folder.join("results.json"),
            gradescope(result, &shown, &lessons, course),
        )?;
    }
    Ok(())
}

/// A result as its author gets it.
fn shown(result: &Graded) -> Graded {
    Graded {
        report: result.report.as_ref().map(report::concealed),
        ..result.clone()
    }
}

/// A name as a file's: another name never gives the same one.
pub fn file_name(name: &str) -> String {
    let mut safe = String::new();
    for byte in name.bytes() {
        match byte.is_ascii_alphanumeric()
            || byte == b'-'
            || (byte == b'.' && !safe.is_empty())
        {
            true => safe.push(char::from(byte)),
            false => safe += &format!("_{byte:02x}"),
        }
    }
    safe
}

fn points(score: f64) -> String {
    format!("{:.1}", score * 100.0)
}

fn gradebook(results: &[Graded], lessons: &[String], course: &Course) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["name".to_owned(), "total".to_owned()];
    header.extend(lessons.iter().cloned());
    header.push("error".to_owned());
    let remarks = course.has_terms_of_time();
    header.extend(remarks.then(|| "remarks".to_owned()));
    // Writing into memory does not fail.
    let _ = writer.write_record(&header);
    for result in results {
        let mut row = vec![
            report::safe(&result.name),
            points(total(result, lessons, course.weights())),
        ];
        row.extend(
            lessons
                .iter()
                .map(|lesson| score(result, lesson).map(points).unwrap_or_default()),
        );
        let error = result.error.as_deref().unwrap_or_default();
        row.push(report::safe(error.lines().next().unwrap_or_default()));
        row.extend(remarks.then(|| result.remarks(course).join("; ")));
        let _ = writer.write_record(&row);
    }
    String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).into_owned()
}

/// The class as `class.json` has it. Here and below the members are in the
/// alphabet's order, as in every file so far.
#[derive(Serialize)]
struct Class<'a> {
    lessons: &'a [String],
    submissions: Vec<Member<'a>>,
    version: u32,
}

/// One submission of it.
#[derive(Serialize)]
struct Member<'a> {
    error: &'a Option<String>,
    lessons: BTreeMap<&'a str, Option<f64>>,
    name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    report: &'a Option<Report>,
    total: f64,
}

fn class(results: &[Graded], lessons: &[String], course: &Course) -> String {
    let submissions = results.iter().map(|result| Member {
        error: &result.error,
        lessons: lessons
            .iter()
            .map(|lesson| (lesson.as_str(), score(result, lesson)))
            .collect(),
        name: &result.name,
        remarks: result.remarks(course),
        report: &result.report,
        total: total(result, lessons, course.weights()),
    });
    json(&Class {
        lessons,
        submissions: submissions.collect(),
        version: 1,
    })
}

fn json(value: &impl Serialize) -> String {
    // Texts and numbers are always JSON.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Gradescope's `results.json`
/// (<https://gradescope-autograders.readthedocs.io/en/latest/specs/>): 100
/// points.
#[derive(Serialize)]
struct Gradescope<'a> {
    execution_time: u64,
    output: String,
    score: f64,
    tests: Vec<Test<'a>>,
    visibility: &'static str,
}

/// One lesson of it.
#[derive(Serialize)]
struct Test<'a> {
    max_score: f64,
    name: &'a str,
    output: String,
    score: f64,
    status: &'static str,
    visibility: &'static str,
}

/// A test for each lesson that counts. One of which no check is for this server
/// is no test, since a test of no points would be a failed one. The marks are those
/// of `result`, the words those of what its author is `shown`.
fn gradescope(
    result: &Graded,
    shown: &Graded,
    lessons: &[String],
    course: &Course,
) -> String {
    let weights = course.weights();
    let scored = |lesson: &&String| score(result, lesson).is_some();
    let (counted, excused): (Vec<_>, Vec<_>) = lessons.iter().partition(scored);
    let all: f64 = counted.iter().map(|lesson| weight(weights, lesson)).sum();
    let hundredths = |number: f64| (number * 100.0).round() / 100.0;
    let tests = counted.into_iter().map(|lesson| {
        let most = if all > 0.0 {
            100.0 * weight(weights, lesson) / all
        } else {
            0.0
        };
        let score = score(result, lesson).unwrap_or(0.0);
        Test {
            max_score: hundredths(most),
            name: lesson,
            output: output(shown, lesson),
            score: hundredths(score * most),
            status: if score >= 1.0 { "passed" } else { "failed" },
            visibility: "visible",
        }
    });
    let mut said = result.error.clone().unwrap_or_default();
    if !excused.is_empty() {
        let names: Vec<&str> = excused.into_iter().map(String::as_str).collect();
        said += &format!(
            "Not graded, since no check of theirs is for this server: {}.",
            names.join(", ")
        );
    }
    for remark in result.remarks(course) {
        said += &format!("{}{remark}.", if said.is_empty() { "" } else { "\n" });
    }
    json(&Gradescope {
        execution_time: result.seconds.round() as u64,
        output: said,
        score: (total(result, lessons, weights) * 10_000.0).round() / 100.0,
        tests: tests.collect(),
        visibility: "visible",
    })
}

/// What failed of a lesson, for its author.
fn output(shown: &Graded, lesson: &str) -> String {
    let failed = of_lesson(shown, lesson).filter(|check| check.word() == "failed");
    failed.map(failure).collect::<Vec<_>>().join("\n")
}

fn failure(check: &Check) -> String {
    let worth = check.terms.points.map(counted);
    let worth = worth.map_or_else(String::new, |points| format!(", {points}"));
    let Some(finding) = check.findings().first() else {
        return format!("{}{worth}\n", check.title);
    };
    let asked = match check.requirement.as_str() {
        "" => String::new(),
        requirement => format!("Asked: {requirement}\n"),
    };
    format!(
        "{}{worth}: {}\n{asked}{}\nexpected: {}\ncame: {}\nHint: {}\n",
        check.place(),
        check.title,
        finding.fault.headline(),
        finding.expected,
        finding.actual,
        check.hint(finding),
    )
}

#[cfg(test)]
mod tests {
    use super::super::score::tests::{failed, result};
    use super::*;
    use crate::check::Outcome;
    use crate::repository::root;
    use serde_json::Value;

    #[test]
    fn a_lesson_that_is_excused_as_a_whole_is_no_failed_test() {
        let excused = || Outcome::Excused("it needs the server's key".into());
        let ada = result(
            "ada",
            &[
                ("flash", Outcome::Passed),
                ("flash", excused()),
                ("login", excused()),
                ("oauth", excused()),
                ("session", failed()),
            ],
        );
        let lessons = lessons(std::slice::from_ref(&ada));
        let course = Course::read(&root(), None).unwrap();
        let text = gradescope(&ada, &ada, &lessons, &course);
        let results: Value = serde_json::from_str(&text).unwrap();
        let tests = results["tests"].as_array().unwrap();
        let told: Vec<_> = tests
            .iter()
            .map(|test| {
                let text = |name: &str| test[name].as_str().unwrap();
                let score = |name: &str| test[name].as_f64().unwrap();
                (
                    text("name"),
                    text("status"),
                    score("score"),
                    score("max_score"),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("flash", "passed", 50.0, 50.0),
                ("session", "failed", 0.0, 50.0)
            ]
        );
        assert_eq!(results["score"], 50.0);
        assert_eq!(
            results["output"],
            "Not graded, since no check of theirs is for this server: login, oauth."
        );
    }

    #[test]
    fn names_never_meet_as_files_and_never_leave_their_folder() {
        for name in ["..", "a/b", "a b", "ä", "", ".hidden"] {
            let file = file_name(name);
            assert!(
                !file.contains('/') && !file.starts_with('.'),
                "{name}: {file}"
            );
        }
        assert_ne!(file_name("a b"), file_name("a_20b"));
    }
}
