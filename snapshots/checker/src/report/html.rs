//! The report as a page of its own: nothing is fetched, no script is needed.

use super::json;
use crate::check::Report;
use minijinja::{Environment, context};
use serde_json::Value;

pub fn write(report: &Report) -> String {
    of_value(&json::value(report), None)
}

/// The page of a report that is a JSON value already, under a name or its URL.
pub fn of_value(report: &Value, name: Option<&str>) -> String {
    let mut environment = Environment::new();
    // The name's ending turns escaping on.
    environment
        .add_template("report.html", include_str!("report.html.j2"))
        .expect("the template is one");
    let template = environment
        .get_template("report.html")
        .expect("it was just added");
    let page = context! {
        report,
        name,
        style => include_str!("report.css"),
    };
    template
        .render(page)
        .expect("a value of texts and numbers is rendered")
}
