//! A chain of redirects as a picture with three lifelines: browser, app and
//! provider. It is made from a pinned exchange; what the app and the provider
//! say to each other behind the browser's back is another one.
//!
//! It is a list, so that it is read aloud in its order, and set as a picture by
//! its style alone.

use crate::html::{self, Phrase};
use exchange::format::page;
use exchange::format::script::Step;
use exchange::format::transcript::{Response, Transcript, Turn};
use serde::Serialize;

/// Who speaks, and who is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    Browser,
    App,
    Provider,
}

impl Actor {
    const ALL: [Actor; 3] = [Actor::Browser, Actor::App, Actor::Provider];

    fn name(self) -> &'static str {
        match self {
            Actor::Browser => "Browser",
            Actor::App => "App",
            Actor::Provider => "Provider",
        }
    }

    /// Whom a step asks: the provider is the one at `localhost`.
    fn of(step: &Step) -> Actor {
        match step.host.as_deref() {
            Some("localhost") => Actor::Provider,
            _ => Actor::App,
        }
    }
}

/// What `chain.html.j2` shows.
#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    actors: [&'static str; 3],
    messages: Vec<Message>,
}

/// One arrow, with what it carries: a line, and notes below it.
#[derive(Serialize)]
struct Message {
    from: &'static str,
    to: &'static str,
    line: String,
    notes: Vec<Phrase>,
}

impl Message {
    fn new(from: Actor, to: Actor, (line, notes): (String, Vec<Phrase>)) -> Message {
        Message {
            from: from.name(),
            to: to.name(),
            line,
            notes,
        }
    }
}

/// The picture of the exchange `id`, without a blank line in it. `behind` is what
/// the app asks the provider before it answers a step, by the step's number,
/// counted from 1.
pub fn draw(
    id: &str,
    steps: &[Step],
    pin: &Transcript,
    behind: &[(usize, Turn)],
) -> String {
    let (browser, provider) = (Actor::Browser, Actor::Provider);
    let mut messages = Vec::new();
    for (index, (step, turn)) in steps.iter().zip(&pin.turns).enumerate() {
        let asked = Actor::of(step);
        messages.push(Message::new(browser, asked, request(turn)));
        for (_, turn) in behind.iter().filter(|(step, _)| *step == index + 1) {
            messages.push(Message::new(asked, provider, request(turn)));
            messages.push(Message::new(provider, asked, answer(&turn.response)));
        }
        messages.push(Message::new(asked, browser, answer(&turn.response)));
    }
    let actors = Actor::ALL.map(Actor::name);
    let view = View {
        id,
        actors,
        messages,
    };
    html::render("chain.html.j2", view)
}

fn request(turn: &Turn) -> (String, Vec<Phrase>) {
    let request = &turn.request;
    let line = format!("{} {}", request.method, path(&request.target));
    let mut notes = Vec::new();
    let carried = [&request.target, &request.body].map(|text| made_up(text));
    notes.extend(with(&carried.concat()));
    let cookies = request.cookies();
    let sent: Vec<&str> = cookies.iter().map(|cookie| &*cookie.name).collect();
    if !sent.is_empty() {
        notes.push(list("cookie ", &sent));
    }
    let header = request.headers.iter();
    let mut header = header.filter(|(name, _)| name == "authorization");
    if let Some((_, value)) = header.next() {
        let scheme = value.split(' ').next().unwrap_or_default();
        notes.push(match scheme {
            "Basic" => Phrase::new("the app's id and secret"),
            _ => list("with ", &made_up(value)),
        });
    }
    (line, notes)
}

fn answer(response: &Response) -> (String, Vec<Phrase>) {
    let mut line = response.status.to_string();
    let mut notes = Vec::new();
    if let Some(location) = response.header("location") {
        line += &format!(" to {}", path(location));
        notes.extend(with(&made_up(location)));
    }
    let is_json = response
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"));
    if is_json {
        notes.extend(with(&made_up(&response.body)));
    }
    let said = page::said(&response.body);
    if let Some(heading) = said.iter().find(|said| said.kind == "heading") {
        notes.push(Phrase::new(format!("“{}”", heading.text)));
    }
    let set: Vec<&str> = response.sets().map(|set| &*set.name).collect();
    if !set.is_empty() {
        notes.push(list("sets ", &set));
    }
    (line, notes)
}

/// A target without its query, and with the host only where it is a path's.
fn path(target: &str) -> &str {
    let target = target.split('?').next().unwrap_or_default();
    match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => target,
    }
}

/// The names that stand for what a server made up: `{{code}}`.
fn made_up(text: &str) -> Vec<&str> {
    let parts = text.split("{{").skip(1);
    parts
        .filter_map(|part| Some(part.split_once("}}")?.0))
        .collect()
}

fn with(names: &[&str]) -> Option<Phrase> {
    (!names.is_empty()).then(|| list("with ", names))
}

/// The words, and the names after them.
fn list(words: &str, names: &[&str]) -> Phrase {
    let mut phrase = Phrase::new(words);
    for (index, name) in names.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        phrase = phrase.say(comma).quote(*name);
    }
    phrase
}

#[cfg(test)]
mod tests {
    use super::*;
    use exchange::format::script::Script;

    const SCRIPT: &str = "### Go\nGET /connect\n### There\nGET http://localhost:8000/authorize?state={{state}}\n";
    const PIN: &str = "### Go\n> GET /connect\n< 303 See Other\n< location: http://localhost/authorize?state={{state}}\n< set-cookie: oauth=1; Path=/\n* keeps oauth=1\n\n\
                       ### There\n> GET http://localhost/authorize?state={{state}}\n< 200 OK\n* keeps oauth=1\n\n<h1>Who are you?</h1>\n";
    const BEHIND: &str = "### Token\n> POST http://localhost/token\n> authorization: Basic x\n>\n> code={{code}}\n< 200 OK\n< content-type: application/json\n* keeps nothing\n\n{\"access_token\":\"{{access_token}}\"}\n";

    fn drawn(behind: Option<usize>) -> Vec<String> {
        let steps = Script::parse(SCRIPT).unwrap().steps;
        let pin = Transcript::parse(PIN).unwrap();
        let asked = Transcript::parse(BEHIND).unwrap();
        let behind = behind.map(|step| (step, asked.turns[0].clone()));
        let behind: Vec<_> = behind.into_iter().collect();
        let html = draw("oauth/sample", &steps, &pin, &behind);
        assert!(!html.contains("\n\n") && !html.contains("{{"), "{html}");
        let items = html.split("<li class=\"").skip(1);
        let text = |item: &str| {
            let item = item
                .split("</li>")
                .next()
                .unwrap()
                .split_once("\">")
                .unwrap()
                .1;
            page::visible(item)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        items.map(text).collect()
    }

    #[test]
    fn every_arrow_says_from_whom_to_whom_and_what_it_carries() {
        assert_eq!(
            drawn(None),
            [
                "Browser to App: GET /connect",
                "App to Browser: 303 to /authorize, with state, sets oauth",
                "Browser to Provider: GET /authorize, with state",
                "Provider to Browser: 200, “Who are you?”",
            ]
        );
    }

    #[test]
    fn what_the_browser_does_not_see_comes_before_the_answer() {
        let drawn = drawn(Some(1));
        assert_eq!(drawn.len(), 6);
        assert_eq!(
            drawn[1..3],
            [
                "App to Provider: POST /token, with code, the app's id and secret",
                "Provider to App: 200, with access_token",
            ]
        );
    }
}
