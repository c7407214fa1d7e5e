//! A turn as a sequence: one line for each message, from one lifeline to another,
//! with the cookies that go along and what becomes of them.

use crate::html::Phrase;
use crate::picture::{CookieView, JarView};
use exchange::format::page;
use exchange::format::script::Step;
use exchange::format::transcript::{Request, Response, Turn};
use exchange::play::redirect;
use serde::Serialize;

/// A longer target is shown without its query, in characters.
const TARGET: usize = 48;
/// A longer value is no part of a cookie's badge, and a longer body none of a line.
const VALUE: usize = 24;
const SAYING: usize = 70;
/// As many cookies have a colour of their own.
const COLORS: usize = 6;

/// The name in `# @browser server`, for what the server that the exchange is with asks
/// another one by itself. It has no jar.
const SERVER: &str = "server";

/// Who speaks, and who is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A browser, by its name where there are two.
    Browser(Option<String>),
    /// The server that the exchange is with.
    Server,
    /// The site at this other host.
    Site(String),
}

impl Actor {
    /// Who sends a step: a browser, or by the name of [`SERVER`] the server itself.
    pub fn sender(step: &Step) -> Actor {
        match step.browser() {
            Some(SERVER) => Actor::Server,
            name => Actor::Browser(name.map(str::to_owned)),
        }
    }

    /// Whom a step asks.
    pub fn asked(step: &Step) -> Actor {
        match step.host.as_deref() {
            None | Some("127.0.0.1") => Actor::Server,
            Some(host) => Actor::Site(host.to_owned()),
        }
    }

    fn is_browser(&self) -> bool {
        matches!(self, Actor::Browser(_))
    }
}

/// The lifelines of a picture, from left to right: browsers, then servers.
#[derive(Debug)]
pub struct Lifelines {
    actors: Vec<Actor>,
    /// What the server that the exchange is with is called.
    server: &'static str,
}

impl Lifelines {
    /// One for each of these.
    pub fn of(
        actors: impl IntoIterator<Item = Actor>,
        server: &'static str,
    ) -> Lifelines {
        let mut lines: Vec<Actor> = Vec::new();
        for actor in actors {
            if !lines.contains(&actor) {
                lines.push(actor);
            }
        }
        lines.sort_by_key(|actor| match actor {
            Actor::Browser(_) => 0,
            Actor::Server => 1,
            Actor::Site(_) => 2,
        });
        Lifelines {
            actors: lines,
            server,
        }
    }

    /// What each is called.
    pub fn names(&self) -> Vec<ActorView> {
        let names = self.actors.iter().map(|actor| ActorView {
            name: self.name(actor),
            is_browser: actor.is_browser(),
        });
        names.collect()
    }

    fn name(&self, actor: &Actor) -> String {
        match actor {
            Actor::Browser(None) => "Browser".to_owned(),
            Actor::Browser(Some(name)) => {
                let mut chars = name.chars();
                let first = chars.next().map(|first| first.to_ascii_uppercase());
                first.into_iter().chain(chars).collect()
            }
            Actor::Server => self.server.to_owned(),
            Actor::Site(host) if host == "localhost" => "Provider".to_owned(),
            Actor::Site(host) => host.clone(),
        }
    }

    fn place(&self, actor: &Actor) -> usize {
        let place = self.actors.iter().position(|one| one == actor);
        place.map_or(1, |place| place + 1)
    }

    fn message(&self, from: &Actor, to: &Actor) -> MessageView {
        let (start, end) = (self.place(from), self.place(to));
        MessageView {
            from: start,
            to: end,
            is_back: end < start,
            kind: match (from.is_browser(), to.is_browser()) {
                (true, _) => "request",
                (_, true) => "response",
                _ => "behind",
            },
            route: format!("{} to {}", self.name(from), self.name(to)),
            code: String::new(),
            line: String::new(),
            badges: Vec::new(),
            refused: Vec::new(),
            notes: Vec::new(),
            said: None,
        }
    }

    /// What goes.
    pub fn request(
        &self,
        from: &Actor,
        to: &Actor,
        request: &Request,
        colors: &Colors,
    ) -> MessageView {
        let mut notes = Vec::new();
        let carried = [&request.target, &request.body].map(|text| made_up(text));
        notes.extend(with(&carried.concat()));
        if let Some(value) = request.header("authorization") {
            notes.push(match value.split(' ').next() {
                Some("Basic") if notes.is_empty() => {
                    Phrase::new("with the app's id and secret")
                }
                Some("Basic") => Phrase::new("and the app's id and secret"),
                _ => list("with ", &made_up(value)),
            });
        }
        let cookies = request.cookies();
        let sent = cookies.iter().map(|cookie| BadgeView {
            word: "cookie",
            color: colors.of(from, &cookie.name),
            name: cookie.name.clone(),
            value: None,
        });
        MessageView {
            code: request.method.clone(),
            line: brief(&request.target),
            badges: sent.collect(),
            notes,
            ..self.message(from, to)
        }
    }

    /// What comes, and what becomes of the browser's cookies.
    pub fn answer(
        &self,
        from: &Actor,
        to: &Actor,
        response: &Response,
        jar: &JarView<'_>,
        colors: &Colors,
    ) -> MessageView {
        let mut line = String::new();
        let mut notes = Vec::new();
        if let Some(location) = response.header("location") {
            line = format!("→ {}", brief(location));
            notes.extend(with(&made_up(location)));
        } else {
            line += &response.reason;
        }
        let kind = response.header("content-type").unwrap_or_default();
        if kind.starts_with("application/json") {
            notes.extend(with(&made_up(&response.body)));
        }
        let badge = |cookie: &CookieView| BadgeView {
            word: cookie.word,
            color: colors.of(to, &cookie.name),
            name: cookie.name.clone(),
            value: Some(cookie.value.clone()).filter(|value| {
                cookie.word != "kept" && value.chars().count() <= VALUE
            }),
        };
        MessageView {
            code: response.status.to_string(),
            line,
            badges: jar.cookies.iter().map(badge).collect(),
            refused: jar.refused.iter().map(|one| one.name.to_owned()).collect(),
            notes,
            said: said(response),
            ..self.message(from, to)
        }
    }

    /// What a server asks another before it answers, and what it hears.
    pub fn behind(&self, asker: &Actor, turn: &Turn) -> [MessageView; 2] {
        let asked = Actor::Site("localhost".to_owned());
        let (none, jar) = (Colors::default(), JarView::default());
        [
            self.request(asker, &asked, &turn.request, &none),
            MessageView {
                badges: Vec::new(),
                ..self.answer(&asked, asker, &turn.response, &jar, &none)
            },
        ]
    }
}

/// Who takes part.
#[derive(Debug, Serialize)]
pub struct ActorView {
    name: String,
    is_browser: bool,
}

/// One arrow, with what it carries.
#[derive(Debug, Serialize)]
pub struct MessageView {
    from: usize,
    to: usize,
    is_back: bool,
    kind: &'static str,
    /// From whom to whom, in words.
    route: String,
    /// The method, or the status.
    code: String,
    line: String,
    badges: Vec<BadgeView>,
    refused: Vec<String>,
    notes: Vec<Phrase>,
    /// The words that the page says.
    said: Option<String>,
}

/// A cookie on a message.
#[derive(Debug, Serialize)]
struct BadgeView {
    word: &'static str,
    color: usize,
    name: String,
    value: Option<String>,
}

/// The cookies of a picture, each of its browser, in the order of their births.
#[derive(Debug, Default)]
pub struct Colors(Vec<(Actor, String)>);

impl Colors {
    /// Takes note of a browser's cookie.
    pub fn add(&mut self, browser: &Actor, cookie: &str) {
        if self.place(browser, cookie).is_none() {
            self.0.push((browser.clone(), cookie.to_owned()));
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Each, with what `fate` says of it.
    pub fn lives(&self, fate: impl Fn(&Actor, &str) -> &'static str) -> Vec<LifeView> {
        let lives =
            self.0
                .iter()
                .enumerate()
                .map(|(index, (browser, name))| LifeView {
                    color: index % COLORS + 1,
                    word: fate(browser, name),
                });
        lives.collect()
    }

    /// From 1; 0 for one that no jar ever held.
    fn of(&self, browser: &Actor, cookie: &str) -> usize {
        let place = self.place(browser, cookie);
        place.map_or(0, |place| place % COLORS + 1)
    }

    fn place(&self, browser: &Actor, cookie: &str) -> Option<usize> {
        let mut known = self.0.iter();
        known.position(|(actor, name)| actor == browser && name == cookie)
    }
}

/// What a turn is in a cookie's life.
#[derive(Debug, Serialize)]
pub struct LifeView {
    color: usize,
    word: &'static str,
}

/// The words of an answer that a line has room for: the page's messages, or its
/// heading, or a body that is a short line, even if the server calls it a page.
fn said(response: &Response) -> Option<String> {
    let kind = response.header("content-type").unwrap_or_default();
    let text = if kind.starts_with("text/html") {
        let said = page::said(&response.body);
        let of = |kinds: &[&str]| {
            let of_kind = said.iter().filter(|said| kinds.contains(&said.kind));
            let texts: Vec<&str> = of_kind.map(|said| &*said.text).collect();
            Some(texts.join(" · ")).filter(|text| !text.is_empty())
        };
        let only_words = || {
            let is_plain = !response.body.contains('<');
            is_plain.then(|| page::visible(&response.body))
        };
        of(&["status", "alert"])
            .or_else(|| of(&["heading"]))
            .or_else(only_words)?
    } else if kind.starts_with("application/json") {
        return None;
    } else {
        response.body.clone()
    };
    let fits = text.chars().count() <= SAYING && !text.contains('\n');
    (fits && !text.is_empty()).then_some(text)
}

/// A target, without its query where that is too long for a line, and with the
/// host only where it is a path's.
fn brief(target: &str) -> String {
    if target.chars().count() <= TARGET && !target.contains("://") {
        return target.to_owned();
    }
    let below = redirect::below_host(target);
    let path = below.split('?').next().unwrap_or_default();
    match path.chars().count() <= TARGET {
        true => path.to_owned(),
        false => path.chars().take(TARGET).chain(['…']).collect(),
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
