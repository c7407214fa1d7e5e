//! The report as a page of its own: nothing is fetched, no script is needed.

use crate::check::Report;
use minijinja::{Environment, Value, context};

pub fn write(report: &Report) -> String {
    page(report, None, &[])
}

/// The report's page, under a name or its URL, with what is said of the marks.
pub fn page(report: &Report, name: Option<&str>, marks: &[String]) -> String {
    render(
        "report.html",
        include_str!("report.html.j2"),
        context! { report, name, marks, style => STYLE },
    )
}

/// The look of every page.
pub const STYLE: &str = include_str!("report.css");

/// Fills in a template.
pub fn render(name: &str, template: &str, page: Value) -> String {
    let mut environment = Environment::new();
    // The name's ending turns escaping on.
    environment
        .add_template(name, template)
        .expect("the template is one");
    let template = environment.get_template(name).expect("it was just added");
    template
        .render(page)
        .expect("texts and numbers are rendered")
}
