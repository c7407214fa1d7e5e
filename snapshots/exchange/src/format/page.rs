//! What an HTML page tells its reader: its heading, its messages and its items,
//! as a browser shows them.
//!
//! What a browser shows of no page is not heard: the inside of `<head>`,
//! `<script>`, `<style>`, `<template>` and their kind; `<noscript>`, since a
//! reader's browser runs scripts; what has the attribute `hidden`; a `<dialog>`
//! that is not open, and a `popover`. A closed `<details>` is heard: its reader
//! opens it with one click. What a style sheet hides is heard, since none is read.

use super::tree::{Element, Event, Tree};

/// A text that a page says, and what kind of text it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `heading` for an `h1`, `status` or `alert` for an element with that
    /// role, `item` for a list item.
    pub kind: &'static str,
    /// The words, with runs of white space as one space.
    pub text: String,
}

/// What `html` says, in the order in which it begins. Any text is accepted; one
/// without such elements says nothing.
///
/// A heading and a message are heard whole. An item's words are its own, without
/// those of the items, headings and messages inside it, which are heard after
/// it: a list in a list is items after the item that it stands in. A message
/// without words says nothing, and neither does an item that only holds others. An item of
/// what stands around a page's contents, `<nav>`, `<header>` or `<footer>`, is the site's
/// and not the page's.
pub fn said(html: &str) -> Vec<Said> {
    let tree = Tree::of(html);
    let mut heard: Vec<Heard> = Vec::new();
    // The elements that have begun: what each one says, by its place in `heard`.
    let mut open: Vec<Option<usize>> = Vec::new();
    // How many elements had begun before the outermost that is the site's.
    let mut of_site = None;
    tree.walk(|event| {
        let around = open.iter().rev().find_map(|place| *place);
        match event {
            Event::Start(element) if !is_shown(element) => return false,
            Event::Start(element) => {
                let outer = around.map(|around| heard[around].said.kind);
                if matches!(element.name(), "nav" | "header" | "footer") {
                    of_site = of_site.or(Some(open.len()));
                }
                let kind = kind(element)
                    .filter(|_| matches!(outer, None | Some("item")))
                    .filter(|kind| *kind != "item" || of_site.is_none());
                if let (Some(_), Some(around)) = (kind, around) {
                    heard[around].holds_others = true;
                    heard[around].said.text.push(' ');
                }
                open.push(kind.map(|_| heard.len()));
                heard.extend(kind.map(Heard::nothing_yet));
            }
            Event::Text(text) => {
                if let Some(around) = around {
                    heard[around].said.text.push_str(text);
                }
            }
            Event::End => {
                open.pop();
                of_site = of_site.filter(|before| *before < open.len());
            }
        }
        true
    });
    for heard in &mut heard {
        heard.said.text = one_line(&heard.said.text);
    }
    heard.retain(Heard::is_said);
    heard.into_iter().map(|heard| heard.said).collect()
}

/// The words of `html` that a browser shows, with runs of white space as one
/// space.
pub fn visible(html: &str) -> String {
    let mut words = String::new();
    Tree::of(html).walk(|event| {
        if let Event::Text(text) = event {
            words.push_str(text);
        }
        !matches!(event, Event::Start(element) if !is_shown(element))
    });
    one_line(&words)
}

/// What `html` is called: its `<title>`, as one line; empty where it has none.
pub fn title(html: &str) -> String {
    let mut words = String::new();
    let mut open: Vec<bool> = Vec::new();
    Tree::of(html).walk(|event| {
        match event {
            Event::Start(element) => open.push(element.name() == "title"),
            Event::Text(text) if open.last() == Some(&true) => words.push_str(text),
            Event::Text(_) => {}
            Event::End => drop(open.pop()),
        }
        true
    });
    one_line(&words)
}

/// What the forms of `html` do, as a browser reads them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// Where they lead, and where a button of theirs does that leads elsewhere: the method
    /// in capitals, and the address as it is written; empty where it is the page's own.
    pub leads: Vec<(String, String)>,
    /// What they send along that nobody fills in: `type="hidden"`, by name and value.
    pub hidden: Vec<(String, String)>,
    /// The names of the fields that a reader fills in.
    pub fields: Vec<String>,
}

/// The forms of `html`, in the order of its text.
pub fn forms(html: &str) -> Forms {
    let mut forms = Forms::default();
    let mut of_form = "GET".to_owned();
    Tree::of(html).walk(|event| {
        if let Event::Start(element) = event {
            let text = |name| element.attribute(name).unwrap_or_default().to_owned();
            let method = |name| element.attribute(name).map(str::to_ascii_uppercase);
            let of_button = element.attribute("formaction").is_some();
            match element.name() {
                "form" => {
                    of_form = method("method").unwrap_or_else(|| "GET".to_owned());
                    forms.leads.push((of_form.clone(), text("action")));
                }
                "button" | "input" if of_button => {
                    // Without one of its own it is its form's, which begins before it.
                    let method =
                        method("formmethod").unwrap_or_else(|| of_form.clone());
                    forms.leads.push((method, text("formaction")));
                }
                "input" if text("type").eq_ignore_ascii_case("hidden") => {
                    forms.hidden.push((text("name"), text("value")));
                }
                "input" | "select" | "textarea" => forms.fields.push(text("name")),
                _ => {}
            }
        }
        true
    });
    // A button without a name sends nothing.
    forms.fields.retain(|name| !name.is_empty());
    forms
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is heard of an element, while the walk is in it.
struct Heard {
    said: Said,
    /// Whether something inside it is heard for itself.
    holds_others: bool,
}

impl Heard {
    fn nothing_yet(kind: &'static str) -> Heard {
        let text = String::new();
        Heard {
            said: Said { kind, text },
            holds_others: false,
        }
    }

    fn is_said(&self) -> bool {
        let is_message = matches!(self.said.kind, "status" | "alert");
        !self.said.text.is_empty() || !(is_message || self.holds_others)
    }
}

fn is_shown(element: &Element) -> bool {
    match element.name() {
        "audio" | "canvas" | "datalist" | "head" | "iframe" | "noembed"
        | "noframes" | "noscript" | "script" | "style" | "template" | "title"
        | "video" => false,
        "dialog" if element.attribute("open").is_none() => false,
        _ => {
            let hides = |name| element.attribute(name).is_some();
            !hides("hidden") && !hides("popover")
        }
    }
}

fn kind(element: &Element) -> Option<&'static str> {
    match (element.attribute("role"), element.name()) {
        (Some("status"), _) => Some("status"),
        (Some("alert"), _) => Some("alert"),
        (_, "h1") => Some("heading"),
        (_, "li") => Some("item"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn heard(html: &str) -> Vec<String> {
        let said = said(html).into_iter();
        said.map(|said| format!("{}: {}", said.kind, said.text))
            .collect()
    }

    #[test]
    fn heading_messages_and_items_are_heard_in_order() {
        let html = "<!doctype html><nav>x</nav><p role=status>Note <b>saved</b>.</p>\n\
                    <h1>A\n note</h1><ul><li>Milk &amp; honey</li></ul><p>more</p>";
        let all = [
            "status: Note saved.",
            "heading: A note",
            "item: Milk & honey",
        ];
        assert_eq!(heard(html), all);
    }

    #[test]
    fn a_list_needs_no_closing_tags() {
        let html = "<ul><li>Milk\n<li>Bread\n</ul><ol><li>Tea</ol>";
        assert_eq!(heard(html), ["item: Milk", "item: Bread", "item: Tea"]);
    }

    #[test]
    fn a_message_that_is_never_closed_ends_where_a_browser_ends_it() {
        assert_eq!(heard("<p role=status>half"), ["status: half"]);
        let html = "<p role=status>Saved.<h1>A note</h1><div role=alert>No.<p>Again.";
        let all = ["status: Saved.", "heading: A note", "alert: No.Again."];
        assert_eq!(heard(html), all);
    }

    #[test]
    fn an_item_of_a_list_in_a_list_is_one_of_its_own() {
        let html = "<ul><li>Milk<ul><li>of oats<li>of cows</ul>and more<li>Bread</ul>";
        let all = [
            "item: Milk and more",
            "item: of oats",
            "item: of cows",
            "item: Bread",
        ];
        assert_eq!(heard(html), all);
        let html = "<ul><li><ul><li>of oats</ul></ul>";
        assert_eq!(heard(html), ["item: of oats"]);
    }

    #[test]
    fn an_item_of_the_sites_menu_is_none_of_the_pages() {
        let html = "<header><h1>Notes</h1><nav><ul><li>Home</ul></nav><p role=status>Saved.\
                    </header><ul><li>Milk</ul><footer><ul><li>Imprint</ul></footer>\
                    <ul><li>Bread</ul>";
        let all = [
            "heading: Notes",
            "status: Saved.",
            "item: Milk",
            "item: Bread",
        ];
        assert_eq!(heard(html), all);
    }

    #[test]
    fn a_message_in_an_item_is_a_message() {
        let html = "<ul><li><p role=status>Saved.</p></li><li>Milk</li></ul>";
        assert_eq!(heard(html), ["status: Saved.", "item: Milk"]);
    }

    #[test]
    fn a_list_in_a_message_is_that_message() {
        let html =
            "<div role=alert><ul><li>Too long.</li></ul></div><li role=status>Saved.";
        assert_eq!(heard(html), ["alert: Too long.", "status: Saved."]);
    }

    #[test]
    fn a_message_without_words_says_nothing_and_an_empty_item_is_one() {
        let html = "<p role=status> </p><ul><li></li></ul>";
        assert_eq!(heard(html), ["item: "]);
    }

    #[test]
    fn tags_that_are_text_are_not_heard() {
        for html in [
            "<script>say('<h1>no</h1><li>no</li>')</script>",
            "<style><li>no</li></style>",
            "<textarea><p role=status>no</p></textarea>",
            "<!-- <h1>no</h1> -->",
            "<title><h1>no</h1></title>",
            "<p title='<h1>no</h1>'>",
        ] {
            assert_eq!(
                heard(&format!("{html}<h1>yes</h1>")),
                ["heading: yes"],
                "{html}"
            );
        }
        let html =
            "<ul><li>a<script>'</li>'</script>b</li><li><textarea></li></textarea>c";
        assert_eq!(heard(html), ["item: ab", "item: </li>c"]);
    }

    #[test]
    fn what_a_browser_shows_nobody_is_not_heard() {
        for html in [
            "<template><h1>no</h1></template>",
            "<noscript><h1>no</h1></noscript>",
            "<h1 hidden>no</h1>",
            "<div hidden=until-found><h1>no</h1></div>",
            "<dialog><h1>no</h1></dialog>",
            "<div popover><h1>no</h1></div>",
            "<iframe><h1>no</h1></iframe>",
            "<video><h1>no</h1></video>",
        ] {
            assert_eq!(
                heard(&format!("{html}<h1>yes</h1>")),
                ["heading: yes"],
                "{html}"
            );
            assert_eq!(visible(&format!("{html}yes")), "yes", "{html}");
        }
        for html in [
            "<dialog open><h1>yes</h1></dialog>",
            "<details><summary>More</summary><h1>yes</h1></details>",
            "<h1 aria-hidden=true>yes</h1>",
        ] {
            assert_eq!(heard(html), ["heading: yes"], "{html}");
        }
        assert_eq!(heard("<body hidden><h1>no</h1>"), [""; 0]);
        assert_eq!(heard("<h1>no</h1><body hidden>"), [""; 0]);
    }

    #[test]
    fn visible_words_are_those_outside_of_tags_and_scripts() {
        let html = "<head><title>x</title></head><style>p{}</style><h1>Hello,\n <b>Ada</b>!</h1>\
                    <script>alert(1)</script>&lt;3";
        assert_eq!(visible(html), "Hello, Ada!<3");
        assert_eq!(visible("plain"), "plain");
        assert_eq!(visible(""), "");
    }

    #[test]
    fn a_title_after_a_style_is_not_visible() {
        let html =
            "<head><style>p{}</style><title>no</title><script></script></head>yes";
        assert_eq!(visible(html), "yes");
        assert_eq!(visible("<title>no</title><p>yes"), "yes");
    }

    #[test]
    fn an_escaped_message_stays_text() {
        let heard = said("<p role=\"alert\">&lt;h1&gt;hi</p>");
        assert_eq!(heard[0].text, "<h1>hi");
        assert_eq!(heard.len(), 1);
    }

    #[test]
    fn a_title_is_the_pages_and_is_one_line() {
        let html = "<head><title>Saved.\n · A note</title></head><h1>No</h1>";
        assert_eq!(title(html), "Saved. · A note");
        assert_eq!(title("<p>No"), "");
    }

    #[test]
    fn a_form_leads_where_it_and_its_buttons_say() {
        let html = "<form><input name=q><input type=submit></form>\
                    <form method=post action=/save><input type=hidden name=next value='&#x2f;a'>\
                    <button formmethod=get formaction=/look>Look</button>\
                    <button formaction=/discard>Drop</button></form>";
        let leads = [
            ("GET", ""),
            ("POST", "/save"),
            ("GET", "/look"),
            ("POST", "/discard"),
        ];
        let owned = |(one, other): (&str, &str)| (one.to_owned(), other.to_owned());
        let all = Forms {
            leads: leads.map(owned).to_vec(),
            hidden: [("next", "/a")].map(owned).to_vec(),
            fields: vec!["q".to_owned()],
        };
        assert_eq!(forms(html), all);
    }

    #[test]
    fn tables_and_crossed_tags_are_put_where_a_browser_puts_them() {
        let html = "<table><li>a<tr><td>b</td></tr><h1>c</h1></table>\
                    <p role=status><b><i>d</b>e</i><p>f";
        let all = ["item: a", "heading: c", "status: de"];
        assert_eq!(heard(html), all);
        assert_eq!(visible("<b>1<p>2</b>3</p>4"), "1234");
    }

    proptest! {
        #[test]
        fn a_plain_text_is_visible_as_it_is(text in "[a-z .,;é]{0,3000}") {
            prop_assert_eq!(visible(&text), one_line(&text));
        }
    }
}
