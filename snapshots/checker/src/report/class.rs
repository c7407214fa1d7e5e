//! The reports of a class: a matrix as a page, and suites for a CI server.

use crate::class::{Weights, file_name, mistakes, score, total};
use minijinja::{Environment, context};
use quick_junit::{
    NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite,
};
use serde_json::{Value, json};

fn render(name: &str, template: &str, page: minijinja::Value) -> String {
    let mut environment = Environment::new();
    // The name's ending turns escaping on.
    environment
        .add_template(name, template)
        .expect("the template is one");
    let template = environment.get_template(name).expect("it was just added");
    template
        .render(page)
        .expect("a value of texts and numbers is rendered")
}

/// The class as a page: who has how much of which lesson, and the mistakes.
pub fn page(results: &[Value], lessons: &[String], weights: &Weights) -> String {
    let percent = |score: f64| (score * 100.0).round() as u32;
    let rows: Vec<Value> = results
        .iter()
        .map(|result| {
            let name = result["name"].as_str().unwrap_or_default();
            // Nothing could be checked, or the checks ended early.
            let error = result["error"].as_str().or(result["report"]["ended"].as_str());
            let error = error.map(|error| error.lines().next().unwrap_or_default());
            json!({
                "name": name,
                "link": format!("submissions/{}/report.html", file_name(name)),
                "total": percent(total(result, lessons, weights)),
                "error": error.map(|error| error.chars().take(120).collect::<String>()),
                "scores": lessons.iter().map(|lesson| score(result, lesson).map(percent)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let mistakes: Vec<Value> = mistakes(results)
        .into_iter()
        .map(|mistake| {
            json!({
                "places": mistake.places,
                "headline": mistake.headline,
                "help": mistake.help,
                "names": mistake.names,
            })
        })
        .collect();
    render(
        "class.html",
        include_str!("class.html.j2"),
        context! {
            rows, lessons, mistakes, style => include_str!("report.css"),
        },
    )
}

/// One submission's page: its report, or why there is none.
pub fn submission(result: &Value) -> String {
    match &result["report"] {
        Value::Null => render(
            "error.html",
            include_str!("error.html.j2"),
            context! {
                name => result["name"], error => result["error"], style => include_str!("report.css"),
            },
        ),
        report => super::html::of_value(report, result["name"].as_str()),
    }
}

/// A suite for each submission, a case for each check.
pub fn junit(results: &[Value]) -> String {
    let mut suites = Suites::new("class");
    for result in results {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut suite = TestSuite::new(text(&result["name"]));
        if let Some(error) = result["error"].as_str() {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(error.lines().next().unwrap_or_default());
            status.set_description(error);
            suite.add_test_case(TestCase::new("the server starts", status));
        }
        for check in result["report"]["checks"].as_array().into_iter().flatten() {
            let status = match check["result"].as_str() {
                Some("passed") => TestCaseStatus::success(),
                Some("skipped") => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(text(&check["skipped"]));
                    status
                }
                _ => {
                    let fault = &check["faults"][0];
                    let mut status =
                        TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_type(text(&fault["kind"]));
                    status.set_message(text(&fault["headline"]));
                    let (expected, actual) =
                        (text(&fault["expected"]), text(&fault["actual"]));
                    status.set_description(format!(
                        "expected: {expected}\ncame: {actual}"
                    ));
                    status
                }
            };
            let name = format!(
                "{}, step {}: {}",
                text(&check["exchange"]),
                check["step"],
                text(&check["name"])
            );
            suite.add_test_case(TestCase::new(name, status));
        }
        suites.add_test_suite(suite);
    }
    suites.to_string().unwrap_or_default()
}
