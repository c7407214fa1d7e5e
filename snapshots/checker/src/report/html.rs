//! The report as a page of its own: nothing is fetched, no script is needed.

use crate::check::Report;
use minijinja::{Environment, HtmlEscape, Value, context};

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

/// What we say: the text, with what stands between backticks as code.
fn prose(text: &str) -> Value {
    let parts = text.split('`');
    if parts.clone().count().is_multiple_of(2) {
        // One of them has no partner.
        return Value::from_safe_string(HtmlEscape(text).to_string());
    }
    let parts = parts.enumerate().map(|(index, part)| match index % 2 {
        0 => HtmlEscape(part).to_string(),
        _ => format!("<code>{}</code>", HtmlEscape(part)),
    });
    Value::from_safe_string(parts.collect())
}

/// Fills in a template.
pub fn render(name: &str, template: &str, page: Value) -> String {
    let mut environment = Environment::new();
    environment.add_filter("prose", prose);
    // The name's ending turns escaping on.
    environment
        .add_template(name, template)
        .expect("the template is one");
    let template = environment.get_template(name).expect("it was just added");
    template
        .render(page)
        .expect("texts and numbers are rendered")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_never_markup() {
        for (text, html) in [
            (
                "Mount `routes![<b>]`.",
                "Mount <code>routes![&lt;b&gt;]</code>.",
            ),
            ("`a` and `b`", "<code>a</code> and <code>b</code>"),
            ("one ` is <i>", "one ` is &lt;i&gt;"),
        ] {
            assert_eq!(prose(text).to_string(), html);
        }
    }
}
