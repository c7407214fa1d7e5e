//! An exchange as HTML: a sequence, one line a message, between the lifelines of who
//! takes part, with the lives of the cookies beside it; and behind each turn all that
//! its pin has. What is shown is gathered here; how it is written is in the
//! templates. It is long because a turn has many parts, each with its words.

use crate::html::{self, Phrase};
use crate::sequence::{Actor, ActorView, Colors, LifeView, Lifelines, MessageView};
use exchange::format::cookie::{Cookie, Fate};
use exchange::format::difference::{self, Difference, Message, Side};
use exchange::format::directive::Directive;
use exchange::format::page;
use exchange::format::script::{Script, Step};
use exchange::format::transcript::{Note, Response, Transcript, Turn};
use serde::Serialize;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// The longest text shown whole, in characters; more is cut and counted.
const LONG: usize = 160;

/// What the book's own server is called.
const SERVER: &str = "Server";

/// What `picture.html.j2` and `flask.html.j2` show.
#[derive(Serialize)]
struct PictureView<'a> {
    id: &'a str,
    anchor: String,
    actors: Vec<ActorView>,
    /// How many lives are drawn.
    cookies: usize,
    turns: Vec<TurnView<'a>>,
}

#[derive(Serialize)]
struct TurnView<'a> {
    /// What a page's scripts make it live with.
    data: &'a str,
    title: &'a str,
    events: Vec<Phrase>,
    is_open: bool,
    lives: Vec<LifeView>,
    messages: Vec<MessageView>,
    lanes: LanesView<'a>,
}

/// What `live.html.j2` shows.
#[derive(Serialize)]
struct LiveView<'a> {
    differences: Vec<Phrase>,
    lanes: LanesView<'a>,
}

/// Browser, server and jar.
#[derive(Serialize)]
struct LanesView<'a> {
    is_live: bool,
    /// The browser's name, where there are two.
    browser: Option<&'a str>,
    /// What the server is called.
    server: &'static str,
    /// Its host, where it is not the one of the book.
    host: Option<&'a str>,
    request: RequestView<'a>,
    answer: AnswerView<'a>,
    jar: JarView<'a>,
}

#[derive(Serialize)]
struct RequestView<'a> {
    method: &'a str,
    target: Vec<String>,
    headers: Vec<HeaderView>,
    /// In parts, of which an empty one has none.
    body: Vec<String>,
}

#[derive(Serialize)]
struct AnswerView<'a> {
    status: String,
    /// Whether the status differs from the pin's.
    differs: bool,
    headers: Vec<HeaderView>,
    body: &'a str,
    body_differs: bool,
    /// What the body says, where it is HTML.
    page: Option<Vec<SaidView>>,
    /// Whether the body of a page is there to be opened.
    has_source: bool,
}

#[derive(Serialize)]
struct HeaderView {
    name: String,
    value: Vec<String>,
    differs: bool,
}

#[derive(Serialize)]
struct SaidView {
    kind: &'static str,
    text: String,
}

/// What a browser's jar holds after a turn, and what has become of it.
#[derive(Default, Serialize)]
pub struct JarView<'a> {
    /// With those that are gone.
    pub cookies: Vec<CookieView>,
    /// What the browser did not take.
    pub refused: Vec<RefusedView<'a>>,
}

/// One cookie of a jar.
#[derive(Serialize)]
pub struct CookieView {
    /// What became of it.
    pub word: &'static str,
    /// Its name.
    pub name: String,
    /// Its value, cut when it is long.
    pub value: String,
    /// What it was, where it is another now.
    before: Option<String>,
}

/// A cookie that the browser did not take.
#[derive(Serialize)]
pub struct RefusedView<'a> {
    /// Its name.
    pub name: &'a str,
    why: &'a str,
}

/// What a page asks of a picture besides.
#[derive(Debug, Default)]
pub struct Wishes {
    /// The turns that are open, by their numbers, counted from 1.
    pub open: Vec<usize>,
    /// What the server asks another before it answers a turn, by the turn's number.
    pub behind: Vec<(usize, Turn)>,
}

/// The picture of the exchange `id`, without a blank line in it, so that
/// Markdown leaves it alone. Each turn has the `data` that a page's scripts
/// make it live with.
pub fn draw(
    id: &str,
    script: &Script,
    pin: &Transcript,
    data: &[String],
    wishes: &Wishes,
) -> String {
    let view = view(id, script, pin, data, wishes, SERVER);
    html::render("picture.html.j2", view)
}

/// The same of an exchange with Flask, folded under `summary`: it is not the server of
/// the book, so there is nothing to send and nothing to copy. Of a page there is what it
/// says, and its source is in the pin alone.
pub fn draw_flask(
    id: &str,
    script: &Script,
    pin: &Transcript,
    summary: &str,
) -> String {
    let wishes = Wishes::default();
    let mut picture = view(id, script, pin, &[], &wishes, "Flask");
    for turn in &mut picture.turns {
        turn.lanes.answer.has_source = false;
    }
    html::render("flask.html.j2", minijinja::context! { picture, summary })
}

/// Exchanges one after the other in one picture that is only to be looked at: what
/// is behind a turn is where the page's own picture of it is.
/// Of each, the turns `shown` are drawn, by their numbers, counted from 1.
pub fn draw_scene(
    parts: &[(&str, Script, Transcript, RangeInclusive<usize>)],
) -> String {
    let wishes = Wishes::default();
    let parts = parts.iter().map(|(id, script, pin, shown)| {
        let mut view = view(id, script, pin, &[], &wishes, SERVER);
        view.turns.truncate(*shown.end());
        view.turns.drain(..shown.start() - 1);
        view
    });
    let parts: Vec<PictureView<'_>> = parts.collect();
    html::render("scene.html.j2", minijinja::context! { parts })
}

fn view<'a>(
    id: &'a str,
    script: &'a Script,
    pin: &'a Transcript,
    data: &'a [String],
    wishes: &Wishes,
    server: &'static str,
) -> PictureView<'a> {
    let steps: Vec<(&Step, &Turn)> = script.steps.iter().zip(&pin.turns).collect();
    let mut actors = Vec::new();
    let mut colors = Colors::default();
    for (step, turn) in &steps {
        let sender = Actor::sender(step);
        for cookie in turn.response.kept() {
            colors.add(&sender, &cookie.name);
        }
        actors.extend([sender, Actor::asked(step)]);
    }
    if !wishes.behind.is_empty() {
        actors.push(Actor::Site("localhost".to_owned()));
    }
    let lifelines = Lifelines::of(actors, server);
    let mut turns = Vec::new();
    let mut jars: HashMap<&str, Kept> = HashMap::new();
    for (index, (step, turn)) in steps.into_iter().enumerate() {
        let number = index + 1;
        let (sender, asked) = (Actor::sender(step), Actor::asked(step));
        let browser = step.browser().unwrap_or_default();
        let before = jars.remove(browser).unwrap_or_default();
        let lanes = LanesView {
            server,
            ..lanes(step, turn, &before, None)
        };
        let lives = colors.lives(|owner, name| match owner == &sender {
            true => {
                let mut cookies = lanes.jar.cookies.iter();
                let cookie = cookies.find(|cookie| cookie.name == name);
                cookie.map_or("absent", |cookie| cookie.word)
            }
            false => {
                let held = jars.iter().any(|(browser, kept)| {
                    let other = Some((*browser).to_owned());
                    *owner == Actor::Browser(other.filter(|name| !name.is_empty()))
                        && kept.iter().any(|cookie| cookie.name == name)
                });
                if held { "kept" } else { "absent" }
            }
        });
        let mut messages =
            vec![lifelines.request(&sender, &asked, &turn.request, &colors)];
        for (_, turn) in wishes.behind.iter().filter(|(at, _)| *at == number) {
            messages.extend(lifelines.behind(&asked, turn));
        }
        let jar = &lanes.jar;
        messages.push(lifelines.answer(&asked, &sender, &turn.response, jar, &colors));
        turns.push(TurnView {
            data: data.get(index).map(String::as_str).unwrap_or_default(),
            title: &turn.title,
            events: step.directives.iter().filter_map(event).collect(),
            is_open: wishes.open.contains(&number),
            lives,
            messages,
            lanes,
        });
        jars.insert(browser, kept(turn));
    }
    PictureView {
        id,
        anchor: id.replace('/', "-"),
        actors: lifelines.names(),
        cookies: colors.count(),
        turns,
    }
}

/// What a browser keeps between two turns.
pub type Kept = Vec<Cookie>;

/// What the browser keeps after a turn.
pub fn kept(turn: &Turn) -> Kept {
    turn.response.kept().cloned().collect()
}

/// A live answer, drawn beside its pin.
pub struct Live {
    /// The verdict, what differs in words, and the lanes.
    pub html: String,
    /// How many things differ.
    pub differences: usize,
}

/// Draws what came from a running server, and says where it is not what `pin`
/// has. `before` is what the browser kept before the step.
pub fn draw_live(step: &Step, pin: &Turn, live: &Turn, before: &Kept) -> Live {
    let differences = difference::of_turns(pin, live);
    let view = LiveView {
        differences: differences.iter().map(in_words).collect(),
        lanes: lanes(step, live, before, Some(&differences)),
    };
    Live {
        html: html::render("live.html.j2", view),
        differences: differences.len(),
    }
}

fn in_words(difference: &Difference) -> Phrase {
    let pin_has =
        |is: Phrase, was: String| is.say("; the pin has ").quote(was).say(".");
    match difference {
        Difference::Header {
            message,
            only,
            line: (name, value),
        } => {
            let message = match message {
                Message::Request => "request",
                Message::Answer => "answer",
            };
            let (with, without) = match only {
                Side::Pin => ("pinned", "live"),
                Side::Live => ("live", "pinned"),
            };
            Phrase::new(format!("The {with} {message} has "))
                .quote(format!("{name}: {}", short(value)))
                .say(format!(", the {without} one has not."))
        }
        Difference::Status { pinned, live } => {
            let line =
                |(code, reason): &(u16, &str)| short(&format!("{code} {reason}"));
            pin_has(
                Phrase::new("The status is ").quote(line(live)),
                line(pinned),
            )
        }
        Difference::Body { line, pinned, live } => {
            let text = |line: &Option<&str>| short(line.unwrap_or("nothing").trim());
            let is = Phrase::new(format!("Line {line} of the body is "));
            pin_has(is.quote(text(live)), text(pinned))
        }
        Difference::Notes { pinned, live } => {
            let notes = |notes: &[Note]| {
                let notes: Vec<String> =
                    notes.iter().map(ToString::to_string).collect();
                short(&notes.join(", "))
            };
            Phrase::new("The browser ")
                .quote(notes(live))
                .say("; with the pin it ")
                .quote(notes(pinned))
                .say(".")
        }
    }
}

/// The lanes of a pin, or those of a live turn with what differs in it.
fn lanes<'a>(
    step: &'a Step,
    turn: &'a Turn,
    before: &Kept,
    differences: Option<&[Difference]>,
) -> LanesView<'a> {
    let host = step.host.as_deref();
    let is_live = differences.is_some();
    let differences = differences.unwrap_or_default();
    LanesView {
        is_live,
        browser: step.browser(),
        server: SERVER,
        host: host.filter(|host| *host != "127.0.0.1"),
        request: request(turn, differences),
        answer: answer(&turn.response, differences),
        jar: jar(step, turn, before),
    }
}

/// What happens before the request, in words; nothing for what shows elsewhere.
fn event(directive: &Directive) -> Option<Phrase> {
    Some(match directive {
        Directive::Browser(_)
        | Directive::AllHeaders
        | Directive::Needs(_)
        | Directive::Exact => return None,
        Directive::Follow => Phrase::new("The browser follows the redirect."),
        Directive::Fresh => Phrase::new("The browser starts with an empty jar."),
        Directive::Close => Phrase::new("The browser is closed and opened again."),
        Directive::Clock(seconds) => {
            Phrase::new(format!("The clock moves on by {}.", period(*seconds)))
        }
        Directive::Edit { name, value } => {
            Phrase::new("The reader changes the cookie ")
                .quote(name)
                .say(" to ")
                .quote(value)
                .say(".")
        }
        Directive::Flip(name) => Phrase::new("One bit of the cookie ")
            .quote(name)
            .say(" is flipped."),
        Directive::Forget(name) => Phrase::new("The reader deletes the cookie ")
            .quote(name)
            .say("."),
        Directive::Copy(name) => Phrase::new("Somebody copies the cookie ")
            .quote(name)
            .say("."),
        Directive::Paste(name) => Phrase::new("The copied cookie ")
            .quote(name)
            .say(" is put back."),
        Directive::Seal { name, value } => Phrase::new("The cookie ")
            .quote(name)
            .say(" holds what the server has sealed in it: ")
            .quote(value)
            .say("."),
        Directive::CrossSite => {
            Phrase::new("A page of another site starts this request.")
        }
        Directive::Subresource => Phrase::new(
            "A page of another site asks for it, as for a picture or a frame.",
        ),
        Directive::Script => Phrase::new("A script of the page sends ")
            .quote("document.cookie")
            .say(", the cookies that it can read."),
        Directive::Restart { another_key: false } => {
            Phrase::new("The server restarts with the key it had.")
        }
        Directive::Restart { another_key: true } => {
            Phrase::new("The server restarts with another key.")
        }
    })
}

fn period(seconds: i64) -> String {
    let (unit, length) = [("day", 86_400), ("hour", 3_600), ("minute", 60)]
        .into_iter()
        .find(|(_, length)| seconds >= *length && seconds % length == 0)
        .unwrap_or(("second", 1));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn request<'a>(turn: &'a Turn, differences: &[Difference]) -> RequestView<'a> {
    let request = &turn.request;
    let body = Some(&request.body).filter(|body| !body.is_empty());
    RequestView {
        method: &request.method,
        target: parts(&request.target),
        headers: headers(Message::Request, &request.headers, differences),
        body: body.map(|body| parts(body)).unwrap_or_default(),
    }
}

fn headers(
    of: Message,
    lines: &[(String, String)],
    differences: &[Difference],
) -> Vec<HeaderView> {
    let differs = |header: &(String, String)| {
        differences.iter().any(|difference| match difference {
            Difference::Header {
                message,
                only,
                line,
            } => (*message, *only, line) == (of, Side::Live, header),
            _ => false,
        })
    };
    let views = lines.iter().map(|header| HeaderView {
        name: header.0.clone(),
        value: parts(&header.1),
        differs: differs(header),
    });
    views.collect()
}

/// A value in the parts that have a line each. One that is too long for a line and
/// is made of parameters has one for each of these.
fn parts(text: &str) -> Vec<String> {
    if text.chars().count() <= LONG || !text.contains('&') {
        return vec![short(text)];
    }
    let mut parts = vec![String::new()];
    for char in text.chars() {
        if matches!(char, '?' | '&') {
            parts.push(String::new());
        }
        parts.last_mut().expect("there is one").push(char);
    }
    parts
}

fn answer<'a>(response: &'a Response, differences: &[Difference]) -> AnswerView<'a> {
    let any = |is: fn(&Difference) -> bool| differences.iter().any(is);
    let is_html = response
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    // Words without markup are shown as they are, whatever the server calls them.
    let is_page = is_html && response.body.contains('<');
    AnswerView {
        status: format!("{} {}", response.status, response.reason),
        differs: any(|difference| matches!(difference, Difference::Status { .. })),
        headers: headers(Message::Answer, &response.lines(), differences),
        body: &response.body,
        body_differs: !response.body.is_empty()
            && any(|difference| matches!(difference, Difference::Body { .. })),
        page: is_page.then(|| {
            let said = page::said(&response.body).into_iter();
            said.map(|said| SaidView {
                kind: said.kind,
                text: said.text,
            })
            .collect()
        }),
        has_source: true,
    }
}

fn jar<'a>(step: &Step, turn: &'a Turn, before: &Kept) -> JarView<'a> {
    let response = &turn.response;
    let nothing = Kept::default();
    let before = match step.directives.contains(&Directive::Fresh) {
        true => &nothing,
        false => before,
    };
    let view = |word, cookie: &Cookie, before: Option<&Cookie>| {
        let value = |cookie: &Cookie| short(&cookie.value.to_string());
        CookieView {
            word,
            name: cookie.name.clone(),
            value: value(cookie),
            before: before.map(value),
        }
    };
    let kept = response.kept().map(|cookie| {
        let old = before.iter().find(|old| old.name == cookie.name);
        match response.fate(&cookie.name, old.is_some()) {
            Some(Fate::Changed) => view("changed", cookie, old),
            Some(Fate::New) => view("new", cookie, None),
            _ if forged(step, &cookie.name) => view("edited", cookie, old),
            _ => view("kept", cookie, None),
        }
    });
    let is_gone =
        |cookie: &&Cookie| response.fate(&cookie.name, true) == Some(Fate::Gone);
    let gone = before.iter().filter(is_gone);
    let gone = gone.map(|cookie| view("gone", cookie, None));
    let refused = response.notes.iter().filter_map(|note| match note {
        Note::Refuses { name, why } => Some(RefusedView { name, why }),
        _ => None,
    });
    JarView {
        cookies: kept.chain(gone).collect(),
        refused: refused.collect(),
    }
}

/// Whether somebody changed the cookie by hand before the step.
fn forged(step: &Step, cookie: &str) -> bool {
    let mut directives = step.directives.iter();
    directives.any(|directive| directive.forges() && directive.cookie() == Some(cookie))
}

/// The text, cut when it is long, with how long it is.
fn short(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONG {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONG / 4).collect();
    format!("{start}… ({count} characters)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use exchange::format::library;
    use std::path::Path;

    fn picture(script: &str, pin: &str) -> String {
        draw(
            "flash/sample",
            &Script::parse(script).unwrap(),
            &Transcript::parse(pin).unwrap(),
            &[],
            &Wishes::default(),
        )
    }

    #[test]
    fn the_jar_says_what_became_of_each_cookie() {
        let html = picture(
            "### A\nGET /\n### B\n# @edit b=9\nGET /\n",
            "### A\n> GET /\n< 200 OK\n< set-cookie: a=1\n< set-cookie: b=1\n* keeps a=1\n* keeps b=1\n* keeps c=1\n\n\
             ### B\n> GET /\n< 200 OK\n< set-cookie: a=; removed\n< set-cookie: c=2\n* refuses d: too large\n* keeps b=9\n* keeps c=2\n",
        );
        let words: Vec<&str> = html
            .split("<p class=\"cookie ")
            .skip(1)
            .map(|rest| &rest[..rest.find('"').unwrap()])
            .collect();
        assert_eq!(
            words,
            ["new", "new", "kept", "edited", "changed", "gone", "refused"]
        );
        assert!(html.contains("before: <samp>1</samp>"), "{html}");
    }

    #[test]
    fn hostile_text_stays_text() {
        let html = picture(
            "### </p><script>\nGET /\n",
            "### </p><script>\n> GET /\n< 200 OK\n\n</pre><script>alert(1)</script>\n\n{{#include /etc/passwd}}\n",
        );
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("{{"), "{html}");
        assert!(!html.contains("\n\n"), "{html}");
    }

    #[test]
    fn a_long_value_is_cut_and_counted() {
        assert_eq!(short(&"x".repeat(160)).len(), 160);
        assert!(short(&"x".repeat(161)).ends_with("… (161 characters)"));
    }

    #[test]
    fn two_browsers_have_two_jars() {
        let html = picture(
            "### A\nGET /\n### B\n# @browser second browser\nGET /\n",
            "### A\n> GET /\n< 200 OK\n< set-cookie: a=1\n* keeps a=1\n\n### B\n> GET /\n< 200 OK\n* keeps nothing\n",
        );
        assert!(html.contains("The second browser"));
        assert!(html.contains("<p class=\"empty\">empty</p>"));
        assert!(!html.contains("gone"));
    }

    #[test]
    fn a_name_says_who_asks_and_a_hosts_may_break_after_a_dot() {
        let html = picture(
            "### A\nGET http://notes.example/\n",
            "### A\n> GET http://notes.example/\n< 200 OK\n* keeps nothing\n",
        );
        let names =
            "<span class=\"asks\">Browser</span><span>notes.\u{200b}example</span>";
        assert!(html.contains(names), "{html}");
    }

    #[test]
    fn what_a_fresh_browser_is_given_is_new() {
        let html = picture(
            "### A\nGET /\n### B\n# @fresh\nGET /\n",
            "### A\n> GET /\n< 200 OK\n< set-cookie: a=1\n* keeps a=1\n\n### B\n> GET /\n< 200 OK\n< set-cookie: a=1\n* keeps a=1\n",
        );
        assert!(!html.contains("changed"), "{html}");
    }

    fn turn(pin: &str) -> Turn {
        Transcript::parse(pin).unwrap().turns.remove(0)
    }

    /// What a pin has as parts of lines: a value that is too long is cut alike.
    fn facts(turn: &Turn) -> Vec<String> {
        let (request, response) = (&turn.request, &turn.response);
        let mut facts = vec![turn.title.clone(), request.method.clone()];
        facts.extend(parts(&request.target));
        let lines = request.headers.iter().cloned().chain(response.lines());
        for (name, value) in lines {
            facts.push(format!("{name}:"));
            facts.extend(parts(&value));
        }
        facts.extend(parts(&request.body));
        facts.push(format!("{} {}", response.status, response.reason));
        facts.push(response.body.clone());
        for note in &response.notes {
            match note {
                Note::Keeps(cookie) => {
                    let value = short(&cookie.value.to_string());
                    facts.push(format!("{} = {value}", cookie.name));
                }
                Note::Refuses { name, why } => facts.push(format!("{name}: {why}")),
                Note::KeepsNothing => {}
            }
        }
        facts
    }

    #[test]
    fn an_opened_turn_has_every_fact_of_its_pin() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
        let pins = library::pins(&root).unwrap();
        assert!(pins.len() > 50, "{}", pins.len());
        for entry in pins {
            let (script, pin) = (entry.script().unwrap(), entry.pin().unwrap());
            let html = draw("a/b", &script, &pin, &[], &Wishes::default());
            let drawn: Vec<&str> = html.split("<li class=\"step\"").skip(1).collect();
            assert_eq!(drawn.len(), pin.turns.len());
            for (html, turn) in drawn.iter().zip(&pin.turns) {
                let text = html.replace("<b>", "").replace("</b>", "");
                for fact in facts(turn) {
                    assert!(
                        text.contains(&html::escape(&fact)),
                        "{}: {fact:?} in\n{text}",
                        turn.title
                    );
                }
            }
        }
    }

    #[test]
    fn a_message_says_from_whom_to_whom_and_what_it_carries() {
        let html = picture(
            "### A\nGET /set\n",
            "### A\n> GET /set\n> cookie: a=1\n< 303 See Other\n< location: /greet\n< set-cookie: b=2; Path=/\n* keeps a=1\n* keeps b=2\n",
        );
        let summary = html.split("</summary>").next().unwrap();
        let text = page::visible(&summary[summary.find("<summary>").unwrap()..]);
        assert_eq!(
            text,
            "Browser to Server: GET /set cookie aServer to Browser: 303 → /greet kept a new b = 2"
        );
    }

    #[test]
    fn words_that_a_server_calls_a_page_are_shown_as_words() {
        let html = picture(
            "### A\nGET /greet\n",
            "### A\n> GET /greet\n< 200 OK\n< content-type: text/html\n* keeps nothing\n\nHello, Ada &amp; Eve!\n",
        );
        let said = "<q class=\"says\">Hello, Ada &amp; Eve!</q>";
        assert!(html.contains(said), "{html}");
        let body = "<pre class=\"body\">Hello, Ada &amp;amp; Eve!</pre>";
        assert!(html.contains(body), "{html}");
        assert!(!html.contains("page-says"), "{html}");
    }

    #[test]
    fn what_a_server_asks_another_comes_before_its_answer() {
        let steps = Script::parse("### A\nGET /back\n").unwrap();
        let pin = Transcript::parse("### A\n> GET /back\n< 200 OK\n* keeps nothing\n");
        let asked = turn(
            "### T\n> POST http://localhost/token\n> authorization: Basic x\n>\n> code={{code}}\n\
             < 200 OK\n< content-type: application/json\n* keeps nothing\n\n{\"t\":\"{{access_token}}\"}\n",
        );
        let wishes = Wishes {
            behind: vec![(1, asked)],
            ..Wishes::default()
        };
        let html = draw("a/b", &steps, &pin.unwrap(), &[], &wishes);
        let routes = html.split("class=\"route\">").skip(1);
        let routes: Vec<&str> =
            routes.map(|rest| rest.split(':').next().unwrap()).collect();
        assert_eq!(
            routes,
            [
                "Browser to Server",
                "Server to Provider",
                "Provider to Server",
                "Server to Browser"
            ]
        );
        assert!(html.contains("with <samp>code</samp>"), "{html}");
        assert!(html.contains("the app's id and secret"));
    }

    #[test]
    fn a_life_goes_from_birth_to_death_while_another_browser_asks() {
        let html = picture(
            "### A\nGET /\n### B\n# @browser second browser\nGET /\n### C\nGET /\n",
            "### A\n> GET /\n< 200 OK\n< set-cookie: a=1\n* keeps a=1\n\n### B\n> GET /\n< 200 OK\n* keeps nothing\n\n### C\n> GET /\n< 200 OK\n< set-cookie: a=; removed\n* keeps nothing\n",
        );
        let lives = html.split("class=\"life ").skip(1);
        let lives: Vec<&str> =
            lives.map(|rest| rest.split(' ').next().unwrap()).collect();
        assert_eq!(lives, ["new", "kept", "gone"]);
    }

    #[test]
    fn a_live_answer_like_the_pin_is_said_to_be_the_same() {
        let step = &Script::parse("### A\nGET /\n").unwrap().steps[0];
        let pin = turn("### A\n> GET /\n< 200 OK\n* keeps nothing\n\nHello\n");
        let live = draw_live(step, &pin, &pin, &Kept::new());
        assert_eq!(live.differences, 0);
        assert!(
            live.html.contains("Live: the same as the pin."),
            "{}",
            live.html
        );
        assert!(!live.html.contains("differs"), "{}", live.html);
    }

    #[test]
    fn a_reason_that_differs_is_marked_like_a_code_that_does() {
        let step = &Script::parse("### A\nGET /\n").unwrap().steps[0];
        let pin = turn("### A\n> GET /\n< 303 See Other\n* keeps nothing\n");
        let live = turn("### A\n> GET /\n< 303 SEE OTHER\n* keeps nothing\n");
        let live = draw_live(step, &pin, &live, &Kept::new());
        assert_eq!(live.differences, 1);
        let marked = "<span class=\"word\">differs</span> <samp><b>303 SEE OTHER</b>";
        assert!(live.html.contains(marked), "{}", live.html);
    }

    #[test]
    fn each_difference_is_told_in_words_and_marked_where_it_is() {
        let step = &Script::parse("### A\nGET /\n").unwrap().steps[0];
        let pin = turn(
            "### A\n> GET /\n< 303 See Other\n< location: /note\n* keeps nothing\n",
        );
        let live = turn(
            "### A\n> GET /\n< 302 Found\n< location: /<b>\n* keeps a=1\n\nmoved\n",
        );
        let live = draw_live(step, &pin, &live, &Kept::new());
        assert_eq!(live.differences, 5);
        for words in [
            "The status is <samp>302 Found</samp>; the pin has <samp>303 See Other</samp>.",
            "The pinned answer has <samp>location: /note</samp>, the live one has not.",
            "The live answer has <samp>location: /&lt;b&gt;</samp>, the pinned one has not.",
            "Line 1 of the body is <samp>moved</samp>; the pin has <samp>nothing</samp>.",
            "The browser <samp>keeps a=1</samp>; with the pin it <samp>keeps nothing</samp>.",
            "<p class=\"line differs\"><span class=\"word\">differs</span> <samp><b>302 Found</b></samp></p>",
        ] {
            assert!(live.html.contains(words), "{words}\n{}", live.html);
        }
    }
}
