//! The report as a page of its own: nothing is fetched, no script is needed.

use super::{json, summary};
use crate::check::Report;
use minijinja::{Environment, context};

pub fn write(report: &Report) -> String {
    let mut environment = Environment::new();
    // The name's ending turns escaping on.
    environment
        .add_template("report.html", include_str!("report.html.j2"))
        .expect("the template is one");
    let template = environment
        .get_template("report.html")
        .expect("it was just added");
    let page = context! {
        report => json::value(report),
        summary => summary(report),
        style => include_str!("report.css"),
    };
    template
        .render(page)
        .expect("a value of texts and numbers is rendered")
}
