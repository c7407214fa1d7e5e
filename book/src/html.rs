//! HTML from this crate's templates, in which every text stays a text.

use minijinja::{Environment, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;
use std::sync::LazyLock;

macro_rules! templates {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../templates/", $name)))),*]
    };
}

/// The templates by their names, whose endings turn escaping on.
pub const TEMPLATES: &[(&str, &str)] = templates![
    "flask.html.j2"
    "lanes.html.j2"
    "live.html.j2"
    "phrase.html.j2"
    "picture.html.j2"
    "scene.html.j2"
    "sequence.html.j2"
    "sheet.html.j2"
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    environment.set_formatter(write_escaped);
    for (name, template) in TEMPLATES {
        environment
            .add_template(name, template)
            .expect("the template is one");
    }
    environment
});

/// Fills in a template.
pub fn render(name: &str, view: impl Serialize) -> String {
    let template = ENVIRONMENT.get_template(name).expect("it is in the list");
    template
        .render(view)
        .expect("a view has what its template names")
}

fn write_escaped(
    out: &mut Output<'_>,
    _: &State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = value.to_string();
    let html = if value.is_safe() { text } else { escape(&text) };
    out.write_str(&html)
        .map_err(|_| ErrorKind::WriteFailure.into())
}

/// The text as HTML that neither Markdown nor mdBook takes for something else:
/// line breaks and braces are written as references, too.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '{' => html += "&#123;",
            '\n' => html += "&#10;",
            char => html.push(char),
        }
    }
    html
}

/// A line as HTML in which what stands between backticks is code.
pub fn with_code(line: &str) -> String {
    let parts = line.split('`').enumerate();
    let parts = parts.map(|(index, part)| match index % 2 {
        0 => escape(part),
        _ => format!("<code>{}</code>", escape(part)),
    });
    parts.collect()
}

/// A sentence in which parts are quoted from an exchange.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Phrase(Vec<Part>);

#[derive(Debug, Serialize)]
struct Part {
    text: String,
    is_quoted: bool,
}

impl Phrase {
    /// A sentence that starts with these words.
    pub fn new(words: impl Into<String>) -> Phrase {
        Phrase::default().say(words)
    }

    /// Goes on with the words.
    pub fn say(self, words: impl Into<String>) -> Phrase {
        self.with(words, false)
    }

    /// Goes on with what a browser or a server says.
    pub fn quote(self, text: impl Into<String>) -> Phrase {
        self.with(text, true)
    }

    fn with(mut self, text: impl Into<String>, is_quoted: bool) -> Phrase {
        let text = text.into();
        self.0.push(Part { text, is_quoted });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_phrase_quotes_stays_text_on_one_line() {
        let phrase = Phrase::new("It’s ").quote("<b> & \"{{\n\n").say(".");
        let html = ENVIRONMENT
            .render_named_str(
                "said.html",
                "{% from 'phrase.html.j2' import said %}{{ said(phrase) }}",
                minijinja::context! { phrase },
            )
            .unwrap();
        assert_eq!(
            html,
            "It’s <samp>&lt;b&gt; &amp; &quot;&#123;&#123;&#10;&#10;</samp>."
        );
    }
}
