//! A lesson's code as the reader's turn: the bodies of its handlers are taken
//! out, and in their place stands what the pins say must come back.

use crate::compare;
use exchange::format::page;
use exchange::format::transcript::Turn;
use std::ops::Range;
use syn::{Attribute, Item, ItemFn, LitStr};

/// The most lines of what must come back, for one handler.
const HINTS: usize = 6;

/// A function that answers requests.
pub struct Handler {
    method: String,
    /// The path of its route, as `/people/<name>`.
    pattern: String,
    /// Where its body stands in the text, braces and all.
    body: Range<usize>,
}

/// The handlers of a file, in its order.
///
/// # Errors
///
/// A file that is no Rust.
pub fn handlers(text: &str) -> Result<Vec<Handler>, String> {
    let file = syn::parse_file(text).map_err(|error| {
        let at = error.span().start();
        format!("line {}: {error}", at.line)
    })?;
    // Not those in a module of the file's: its tests may have some.
    let functions = file.items.iter().filter_map(|item| match item {
        Item::Fn(function) => Some(function),
        _ => None,
    });
    Ok(functions.filter_map(handler).collect())
}

fn handler(function: &ItemFn) -> Option<Handler> {
    let (method, pattern) = function.attrs.iter().find_map(route_of)?;
    let braces = function.block.brace_token.span;
    let (open, close) = (braces.open(), braces.close());
    Some(Handler {
        method,
        pattern,
        body: open.byte_range().start..close.byte_range().end,
    })
}

/// Method and path of `#[get("/visits?<name>")]`.
fn route_of(attribute: &Attribute) -> Option<(String, String)> {
    let method = attribute.path().segments.last()?.ident.to_string();
    if !["get", "post", "put", "delete", "patch"].contains(&method.as_str()) {
        return None;
    }
    let uri = attribute.parse_args_with(|input: syn::parse::ParseStream| {
        let uri: LitStr = input.parse()?;
        // What follows, `data` and `rank`, doesn't matter here.
        input.parse::<proc_macro2::TokenStream>()?;
        Ok(uri.value())
    });
    let uri = uri.ok()?;
    let path = uri.split('?').next()?;
    Some((method.to_ascii_uppercase(), path.to_owned()))
}

/// A lesson's file with the bodies of its handlers taken out.
///
/// # Errors
///
/// A file that is no Rust.
pub fn emptied(text: &str, pins: &[Turn], lesson: &str) -> Result<String, String> {
    let mut empty = String::new();
    let mut done = 0;
    for handler in handlers(text)? {
        empty += &text[done..handler.body.start];
        empty += &format!("{{\n{}}}", turn(&handler, pins, lesson));
        done = handler.body.end;
    }
    Ok(empty + &text[done..])
}

fn reaches(handler: &Handler, exchange: &Turn) -> bool {
    let target = exchange
        .request
        .target
        .split('?')
        .next()
        .unwrap_or_default();
    let (pattern, path): (Vec<&str>, Vec<&str>) = (
        handler.pattern.split('/').collect(),
        target.split('/').collect(),
    );
    let asked = exchange.request.method.replace("HEAD", "GET");
    asked == handler.method
        && pattern.len() == path.len()
        && pattern
            .iter()
            .zip(&path)
            .all(|(part, asked)| part.starts_with('<') || part == asked)
}

/// What stands in the place of a body.
fn turn(handler: &Handler, pins: &[Turn], lesson: &str) -> String {
    let mut hints: Vec<String> = Vec::new();
    for exchange in pins.iter().filter(|exchange| reaches(handler, exchange)) {
        let hint = hint(exchange);
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    let mut text = String::from("    // What must come back:\n");
    for hint in hints.iter().take(HINTS) {
        text += &format!("    //   {hint}\n");
    }
    text + &format!("    todo!(\"http://127.0.0.1:8000/book/{lesson}.html\")\n")
}

/// An exchange in a line: `GET /greet with session=sealed(Ada): 200, Hello, Ada!`
fn hint(turn: &Turn) -> String {
    let (request, response) = (&turn.request, &turn.response);
    let mut text = format!("{} {}", request.method, short(&request.target));
    if let Some(cookies) = request.header("cookie") {
        text += &format!(" with {}", short(cookies));
    }
    if !request.body.is_empty() {
        text += &format!(" with the body {}", short(&request.body));
    }
    text += &format!(": {}", response.status);
    if let Some(location) = response.header("location") {
        text += &format!(" to {}", short(location));
    }
    for (name, value) in compare::kept_pairs(response) {
        text += &match value.starts_with("sealed") {
            true => format!(", sets {name}"),
            false => format!(", sets {name}={}", short(value)),
        };
    }
    let is_page = response
        .header("content-type")
        .is_some_and(|kind| kind.contains("html"));
    let said = match is_page {
        true => {
            let said = page::said(&response.body)
                .into_iter()
                .filter(|said| said.kind != "item");
            said.map(|said| format!("{} “{}”", said.kind, said.text))
                .collect::<Vec<_>>()
                .join(", ")
        }
        false => short(&response.body),
    };
    if !said.is_empty() {
        text += &format!(", {said}");
    }
    text
}

/// The text on one line, cut to what fits beside others.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() > 60 {
        true => line.chars().take(60).collect::<String>() + "…",
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_is_found_whatever_its_shape() {
        let text = r##"
            #[rocket::get(r#"/one"#, rank = 2)] fn one() -> u8 { 1 }
            /// Not `#[get("/never")] fn never() {`
            #[post("/two/<id>?<page>", data = "<form>")]
            #[allow(unused)]
            async fn two(
                id: [u8; { 2 }],
            ) -> &'static str
            where
                Two: Sized,
            {
                if id.is_empty() {
                    "}"
                } else { "é" }
            }
            fn three() -> &'static str { "three" }
            mod tests { #[get("/four")] fn four() {} }
        "##;
        let found = handlers(text).unwrap();
        let routes: Vec<(&str, &str, &str)> = found
            .iter()
            .map(|it| (&*it.method, &*it.pattern, &text[it.body.clone()]))
            .collect();
        assert_eq!(routes.len(), 2);
        assert_eq!(routes[0], ("GET", "/one", "{ 1 }"));
        assert_eq!(routes[1].0, "POST");
        assert_eq!(routes[1].1, "/two/<id>");
        assert!(
            routes[1].2.starts_with("{\n                if id"),
            "{}",
            routes[1].2
        );
        assert!(
            routes[1].2.ends_with("{ \"é\" }\n            }"),
            "{}",
            routes[1].2
        );
        let empty = emptied(text, &[], "any").unwrap();
        assert_eq!(empty.matches("todo!").count(), 2);
        assert!(
            empty.contains("fn three() -> &'static str { \"three\" }"),
            "{empty}"
        );
    }
}
