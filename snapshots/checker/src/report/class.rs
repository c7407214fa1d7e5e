//! The pages of a class: a matrix, and one for each submission.

use super::html::{STYLE, page as report_page, render};
use crate::class::{Gradebook, Graded, Mistake, file_name, mistakes};
use minijinja::context;
use serde::Serialize;

/// A submission's line in the matrix.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    link: String,
    total: u32,
    /// What came between: why nothing could be checked, or that it came late.
    said: Vec<String>,
    scores: Vec<Option<u32>>,
}

/// The class as a page: who has how much of which lesson, and the mistakes.
pub fn page(results: &[Graded], book: &Gradebook<'_>) -> String {
    let rows: Vec<Row<'_>> = results.iter().map(|result| row(result, book)).collect();
    let lessons = &book.lessons;
    let mistakes: Vec<Mistake> = mistakes(results);
    let ungraded = book.ungraded.iter();
    let ungraded: Vec<[String; 2]> =
        ungraded.map(|it| [it.name.clone(), it.said()]).collect();
    render(
        "class.html",
        include_str!("class.html.j2"),
        context! { rows, ungraded, lessons, mistakes, style => STYLE },
    )
}

fn row<'a>(result: &'a Graded, book: &Gradebook<'_>) -> Row<'a> {
    let percent = |score: f64| (score * 100.0).round() as u32;
    // Nothing could be checked, or the checks ended early.
    let ended = result
        .report
        .as_ref()
        .and_then(|report| report.ended.as_ref());
    let error = result.error.as_ref().or(ended);
    let error = error.map(|error| error.lines().next().unwrap_or_default());
    let error = error.map(|error| error.chars().take(120).collect());
    Row {
        name: &result.name,
        link: format!("submissions/{}/report.html", file_name(&result.name)),
        total: percent(book.total(result)),
        said: error
            .into_iter()
            .chain(result.remarks(book.course))
            .chain(book.changes(result))
            .collect(),
        scores: book
            .lessons
            .iter()
            .map(|lesson| book.lesson(result, lesson).map(percent))
            .collect(),
    }
}

/// One submission's page: its report, or why there is none, below its marks.
pub fn submission(result: &Graded, marks: &[String]) -> String {
    match &result.report {
        Some(report) => report_page(report, Some(&result.name), marks),
        None => render(
            "error.html",
            include_str!("error.html.j2"),
            context! { name => result.name, error => result.error, marks, style => STYLE },
        ),
    }
}
