//! The files of a class: its pages, a gradebook, and what Gradescope and a CI
//! server read.

use super::gradebook::{Gradebook, short};
use super::run::Graded;
use super::score::{of_lesson, weight};
use super::ungraded::Ungraded;
use crate::check::{Check, Report};
use crate::course::counted;
use crate::report;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the class's reports into `out`: `class.html`, `gradebook.csv`,
/// `junit.xml`, `class.json`, and for each submission a page and Gradescope's
/// `results.json` in `submissions/<name>/`.
///
/// # Errors
///
/// The files that can't be written. One submission's takes no other's away.
pub fn publish(
    results: &[Graded],
    book: &Gradebook<'_>,
    out: &Path,
) -> Result<(), String> {
    let write = |path: PathBuf, text: String| {
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    write(out.join("class.html"), report::class_page(results, book))?;
    write(out.join("gradebook.csv"), gradebook(results, book))?;
    write(
        out.join("junit.xml"),
        report::class_junit(results, &book.ungraded),
    )?;
    write(out.join("class.json"), class(results, book))?;
    let mut failed = Vec::new();
    for result in results {
        let folder = out.join("submissions").join(file_name(&result.name));
        let shown = shown(result);
        let page = report::submission_page(&shown, &marks(result, book));
        let written = write(folder.join("report.html"), page).and_then(|()| {
            let results = gradescope(result, &shown, book);
            write(folder.join("results.json"), results)
        });
        failed.extend(written.err());
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n")),
    }
}

/// What a student's page says of the marks: the total, each lesson's, and why.
fn marks(result: &Graded, book: &Gradebook<'_>) -> Vec<String> {
    let lessons = book.lessons.iter().filter_map(|lesson| {
        let mark = book.lesson(result, lesson)?;
        Some(format!("{lesson} {}", short(mark * 100.0)))
    });
    let lessons: Vec<String> = lessons.collect();
    let mut said = vec![format!(
        "The mark is {} of 100.",
        short(book.total(result) * 100.0)
    )];
    if lessons.len() > 1 {
        said.push(format!("By lesson: {}.", lessons.join(", ")));
    }
    said.extend(result.remarks(book.course));
    said.extend(book.changes(result));
    said
}

/// What a gradebook that takes text gets as feedback, as HTML: the marks, and what
/// failed, without what the submission's own server said.
pub(super) fn feedback(result: &Graded, book: &Gradebook<'_>) -> String {
    let shown = shown(result);
    let mut said: Vec<String> = marks(result, book);
    let error = result
        .error
        .as_deref()
        .and_then(|error| error.lines().next());
    said.extend(error.map(|error| format!("Nothing could be checked: {error}")));
    let failed = shown
        .checks()
        .iter()
        .filter(|check| check.word() == "failed");
    said.extend(failed.map(|check| {
        let headline = check.findings().first().map(|it| it.fault.headline());
        let headline = headline.map_or_else(String::new, |it| format!(": {it}"));
        format!("Failed: {} ({}){headline}", check.title, check.place())
    }));
    let escaped = said
        .iter()
        .map(|it| it.replace('&', "&amp;").replace('<', "&lt;"));
    let ended = escaped.map(|it| match it.ends_with('.') {
        true => it,
        false => it + ".",
    });
    ended.collect::<Vec<_>>().join(" ")
}

/// A result as its author gets it.
fn shown(result: &Graded) -> Graded {
    Graded {
        report: result.report.as_ref().map(report::concealed),
        ..result.clone()
    }
}

/// The most bytes of a name as a file's: a file system takes 255, and ends of names come on
/// top.
const LONG: usize = 120;

/// A name as a file's: another name never gives the same one. A long one ends with its
/// hash, behind a `_` that no other name has there.
pub fn file_name(name: &str) -> String {
    let safe = escaped(name);
    if safe.len() <= LONG {
        return safe;
    }
    let hash = format!("{:x}", Sha256::digest(name));
    format!("{}_-{}", &safe[..LONG - 34], &hash[..32])
}

fn escaped(name: &str) -> String {
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

fn gradebook(results: &[Graded], book: &Gradebook<'_>) -> String {
    let (lessons, course) = (&book.lessons, book.course);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["name".to_owned(), "total".to_owned()];
    header.extend(lessons.iter().cloned());
    header.push("error".to_owned());
    let remarks = course.has_terms_of_time();
    header.extend(remarks.then(|| "remarks".to_owned()));
    if book.can_change() {
        header.extend(["graded".to_owned(), "changes".to_owned()]);
    }
    // Writing into memory does not fail.
    let _ = writer.write_record(&header);
    for result in results {
        let mut row = vec![report::safe(&result.name), points(book.total(result))];
        row.extend(
            lessons.iter().map(|lesson| {
                book.lesson(result, lesson).map(points).unwrap_or_default()
            }),
        );
        let error = result.error.as_deref().unwrap_or_default();
        row.push(report::safe(error.lines().next().unwrap_or_default()));
        row.extend(remarks.then(|| result.remarks(course).join("; ")));
        if book.can_change() {
            row.push(points(book.graded(result)));
            row.push(report::safe(&book.changes(result).join("; ")));
        }
        let _ = writer.write_record(&row);
    }
    for ungraded in &book.ungraded {
        // Nothing in place of marks: that is no 0.
        let mut row = vec![String::new(); header.len()];
        row[0] = report::safe(&ungraded.name);
        row[2 + lessons.len()] = report::safe(&ungraded.said());
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
    #[serde(skip_serializing_if = "<[Ungraded]>::is_empty")]
    ungraded: &'a [Ungraded],
    version: u32,
}

/// One submission of it.
#[derive(Serialize)]
struct Member<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<String>,
    error: &'a Option<String>,
    /// The total before anything changed it, where something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    graded: Option<f64>,
    lessons: BTreeMap<&'a str, Option<f64>>,
    name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    report: &'a Option<Report>,
    total: f64,
}

fn class(results: &[Graded], book: &Gradebook<'_>) -> String {
    let lessons = &book.lessons;
    let submissions = results.iter().map(|result| member(result, book));
    json(&Class {
        lessons,
        submissions: submissions.collect(),
        ungraded: &book.ungraded,
        version: 1,
    })
}

fn member<'a>(result: &'a Graded, book: &'a Gradebook<'_>) -> Member<'a> {
    let changes = book.changes(result);
    let lessons = book.lessons.iter();
    Member {
        graded: (!changes.is_empty()).then(|| book.graded(result)),
        changes,
        error: &result.error,
        lessons: lessons
            .map(|lesson| (lesson.as_str(), book.lesson(result, lesson)))
            .collect(),
        name: &result.name,
        remarks: result.remarks(book.course),
        report: &result.report,
        total: book.total(result),
    }
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
fn gradescope(result: &Graded, shown: &Graded, book: &Gradebook<'_>) -> String {
    let weights = book.course.weights();
    let scored = |lesson: &&String| book.lesson(result, lesson).is_some();
    let (counted, excused): (Vec<_>, Vec<_>) = book.lessons.iter().partition(scored);
    let all: f64 = counted.iter().map(|lesson| weight(weights, lesson)).sum();
    let hundredths = |number: f64| (number * 100.0).round() / 100.0;
    let tests = counted.into_iter().map(|lesson| {
        let most = if all > 0.0 {
            100.0 * weight(weights, lesson) / all
        } else {
            0.0
        };
        let score = book.lesson(result, lesson).unwrap_or(0.0);
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
    for said_too in result
        .remarks(book.course)
        .into_iter()
        .chain(book.changes(result))
    {
        said += &format!("{}{said_too}.", if said.is_empty() { "" } else { "\n" });
    }
    json(&Gradescope {
        execution_time: result.seconds.round() as u64,
        output: said,
        score: (book.total(result) * 10_000.0).round() / 100.0,
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
        finding.came(),
        check.hint(finding),
    )
}

#[cfg(test)]
mod tests {
    use super::super::score::tests::{failed, result};
    use super::*;
    use crate::check::Outcome;
    use crate::class::Overrides;
    use crate::course::Course;
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
        let course = Course::read(&root(), None).unwrap();
        let overrides = Overrides::default();
        let book = Gradebook::new(std::slice::from_ref(&ada), &course, &overrides);
        let text = gradescope(&ada, &ada, &book);
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
    fn a_report_that_cannot_be_written_takes_no_other_students_away() {
        let out = std::env::temp_dir().join(crate::random::random_name());
        fs::create_dir_all(out.join("submissions")).unwrap();
        fs::write(out.join("submissions/ada"), "in the way").unwrap();
        let results = ["ada", "bob"].map(|it| result(it, &[("flash", failed())]));
        let course = Course::read(&root(), None).unwrap();
        let overrides = Overrides::default();
        let book = Gradebook::new(&results, &course, &overrides);
        let said = publish(&results, &book, &out).unwrap_err();
        let is_written = out.join("submissions/bob/report.html").exists();
        fs::remove_dir_all(&out).unwrap();
        assert!(is_written, "{said}");
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
        // No file system takes more than 255 bytes.
        let long = "श्रीमती लक्ष्मी वेंकटरामन सुब्रह्मण्यम अय्यर";
        let (one, other) = (file_name(long), file_name(&format!("{long}ा")));
        assert!(one.len() <= LONG && other.len() <= LONG, "{one}, {other}");
        assert_ne!(one, other);
    }
}
