//! A lesson's code as the reader's turn: the bodies of its handlers are taken
//! out, and in their place stands what the pins say must come back.

use exchange::format::cookie::{SetCookie, Value};
use exchange::format::page;
use exchange::format::requirement::Requirement;
use exchange::format::route;
use exchange::format::script::own_origin;
use exchange::format::transcript::Turn;
use std::collections::HashSet;
use std::ops::Range;
use syn::{Attribute, Block, File, ImplItem, Item, ItemFn, LitStr};

/// The most lines of what must come back, for one handler.
const HINTS: usize = 6;

/// A function that answers requests.
pub struct Handler {
    method: String,
    /// The path of its route, as `/people/<name>`.
    pattern: String,
    /// What it gives, as it is written: `-> Flash<Redirect>`.
    gives: String,
    /// Where its body stands in the text, braces and all.
    body: Range<usize>,
}

/// The handlers of a file, in its order.
///
/// # Errors
///
/// A file that is no Rust.
pub fn handlers(text: &str) -> Result<Vec<Handler>, String> {
    let file = parsed(text)?;
    // Not those in a module of the file's: its tests may have some.
    let functions = file.items.iter().filter_map(|item| match item {
        Item::Fn(function) => Some(function),
        _ => None,
    });
    Ok(functions
        .filter_map(|function| handler(function, text))
        .collect())
}

fn handler(function: &ItemFn, text: &str) -> Option<Handler> {
    let (method, pattern) = function.attrs.iter().find_map(route_of)?;
    let body = span(&function.block);
    let inputs = function.sig.paren_token.span.close().byte_range();
    Some(Handler {
        method,
        pattern,
        gives: text[inputs.end..body.start].to_owned(),
        body,
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

/// What keeps a compiler quiet about what a file leaves unused while it is unwritten.
pub const ALLOW: &str = "#![allow(dead_code, unused_imports, unused_mut, unused_variables, unreachable_code)]";

/// A lesson's file with what the lesson asks below the words that it begins with.
pub fn with_what_is_asked(text: &str, asked: &[Requirement]) -> String {
    let is_head = |line: &&str| line.starts_with("//!");
    let head = text.lines().take_while(is_head);
    let head: usize = head.map(|line| line.len() + 1).sum();
    let (head, rest) = text.split_at(head);
    let mut list = String::new();
    for requirement in asked {
        list += &format!("//! - {}\n", requirement.text);
    }
    format!(
        "{head}//!\n//! What it must do:\n//!\n{list}\n// When nothing in this file is left to write, take this line out: the compiler then says what\n// is not used, as a handler that is in no routes![].\n{ALLOW}\n{rest}"
    )
}

/// A lesson's file with the bodies of its handlers taken out; with `guards` those of
/// its guards, too, and the list of its routes.
///
/// # Errors
///
/// A file that is no Rust.
pub fn emptied(
    text: &str,
    pins: &[Turn],
    lesson: &str,
    guards: bool,
) -> Result<String, String> {
    let handlers = handlers(text)?;
    let mut gaps: Vec<(Range<usize>, String)> = handlers
        .iter()
        .map(|handler| {
            let own = pins.iter().filter(|turn| answers(handler, &handlers, turn));
            (handler.body.clone(), turn(handler, own, lesson))
        })
        .collect();
    if guards {
        let file = parsed(text)?;
        let guards = guards_of(&file).into_iter();
        gaps.extend(guards.map(|guard| {
            let turn = guard_to_write(&file, text, &guard, lesson);
            (guard.body, turn)
        }));
        gaps.extend(routes_body(&file).map(|body| (body, NO_ROUTES.to_owned())));
        gaps.sort_by_key(|(body, _)| body.start);
    }
    let mut empty = String::new();
    let mut done = 0;
    for (body, turn) in gaps {
        empty += &text[done..body.start];
        empty += &format!("{{\n{turn}}}");
        done = body.end;
    }
    Ok(empty + &text[done..])
}

/// What stands in the place of the list of routes.
const NO_ROUTES: &str = "    // Name each handler of this file here: one that is not named is a 404.\n    rocket::routes![]\n";

/// What a reader is to write, and where it is explained.
fn to_write(lesson: &str) -> String {
    format!("    todo!(\"http://127.0.0.1:8000/book/{lesson}.html\")\n")
}

/// The same in the place of a guard's body, which stands a level further in, with what
/// the book's yields, and the handlers that take it.
fn guard_to_write(file: &File, text: &str, guard: &Guard, lesson: &str) -> String {
    let mut turn = String::from("        // What it yields:\n");
    for outcome in outcomes(&text[guard.body.clone()]) {
        turn += &format!("        //   {}\n", short(outcome));
    }
    let takers = takers(file, text, &guard.name);
    if !takers.is_empty() {
        turn += &format!("        // It is for: {}\n", takers.join(", "));
    }
    turn + &format!("    {}    ", to_write(lesson))
}

/// The outcomes that a guard's body makes, each once. One to which another is compared
/// is none that it makes.
fn outcomes(body: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (start, _) in body.match_indices("Outcome::") {
        let mut depth = 0;
        let end = body[start..].find(|char| {
            depth += match char {
                '(' => 1,
                ')' => -1,
                _ => return false,
            };
            depth == 0
        });
        let Some(end) = end else { continue };
        let (outcome, rest) = body[start..].split_at(end + 1);
        if !rest.starts_with(" =>") && !found.contains(&outcome) {
            found.push(outcome);
        }
    }
    found
}

/// The handlers of which a parameter has this type, in the file's order.
fn takers(file: &File, text: &str, name: &str) -> Vec<String> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let functions = file.items.iter().filter_map(|item| match item {
        Item::Fn(function)
            if function.attrs.iter().any(|it| route_of(it).is_some()) =>
        {
            Some(&function.sig)
        }
        _ => None,
    });
    let takes = functions.filter(|signature| {
        let brackets = signature.paren_token.span;
        let start = brackets.open().byte_range().start;
        let inputs = &text[start..brackets.close().byte_range().end];
        inputs.split(|char| !is_word(char)).any(|word| word == name)
    });
    takes.map(|signature| signature.ident.to_string()).collect()
}

fn parsed(text: &str) -> Result<File, String> {
    syn::parse_file(text).map_err(|error| {
        let at = error.span().start();
        format!("line {}: {error}", at.line)
    })
}

/// Where a block stands in the text, braces and all.
fn span(block: &Block) -> Range<usize> {
    let braces = block.brace_token.span;
    braces.open().byte_range().start..braces.close().byte_range().end
}

/// What decides whether a request has what a handler needs.
struct Guard {
    /// The type that it yields.
    name: String,
    /// Where its body stands in the text, braces and all.
    body: Range<usize>,
}

/// The guards of a file, in its order.
fn guards_of(file: &File) -> Vec<Guard> {
    let last = |path: &syn::Path| path.segments.last().map(|it| it.ident.to_string());
    let mut guards = Vec::new();
    for item in &file.items {
        let Item::Impl(guard) = item else { continue };
        let of = guard.trait_.as_ref().and_then(|(_, path, _)| last(path));
        let syn::Type::Path(own) = &*guard.self_ty else {
            continue;
        };
        if of.as_deref() != Some("FromRequest") {
            continue;
        }
        for inside in &guard.items {
            if let ImplItem::Fn(function) = inside {
                guards.push(Guard {
                    name: last(&own.path).unwrap_or_default(),
                    body: span(&function.block),
                });
            }
        }
    }
    guards
}

/// Where the body of `routes` stands.
fn routes_body(file: &File) -> Option<Range<usize>> {
    file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == "routes" => {
            Some(span(&function.block))
        }
        _ => None,
    })
}

impl Handler {
    fn reaches(&self, turn: &Turn) -> bool {
        let (method, target) = (&turn.request.method, &turn.request.target);
        route::reaches(&self.method, &self.pattern, method, target)
    }

    /// Whether its type can be this answer: a redirect or none, with a message or none.
    fn fits(&self, turn: &Turn) -> bool {
        let (redirects, flashes) = (
            self.gives.contains("Redirect"),
            self.gives.contains("Flash"),
        );
        let mut sets = turn.response.sets();
        let is_redirect = (300..400).contains(&turn.response.status);
        redirects == is_redirect && flashes == sets.any(|set| set.name == "_flash")
    }

    /// How many parts of its path may be anything.
    fn open_parts(&self) -> usize {
        let parts = self.pattern.split('/');
        parts.filter(|part| part.starts_with('<')).count()
    }

    /// The line with its path's parts for the names that this turn has there: the same
    /// for any name. A number may be what it is about.
    fn for_any_name(&self, turn: &Turn, line: &str) -> String {
        let path = route::path_of(&turn.request.target);
        let parts = self.pattern.split('/').zip(path.split('/'));
        let is_name =
            |text: &str| !text.is_empty() && text.chars().all(char::is_alphabetic);
        let named = parts.filter(|(part, name)| part.starts_with('<') && is_name(name));
        named.fold(line.to_owned(), |line, (part, name)| {
            line.replace(name, part)
        })
    }
}

/// Whether this handler answers the turn: none of the file's others says more of the
/// path that it is for, nor is one with the same path whose type fits the answer better.
fn answers(handler: &Handler, all: &[Handler], turn: &Turn) -> bool {
    let is_nearer = |other: &Handler| {
        other.open_parts() < handler.open_parts() && other.reaches(turn)
    };
    let is_the_one = |other: &Handler| {
        let is_as_near = other.open_parts() == handler.open_parts();
        is_as_near && other.reaches(turn) && other.fits(turn) && !handler.fits(turn)
    };
    let is_other = |other: &Handler| is_nearer(other) || is_the_one(other);
    handler.reaches(turn) && !all.iter().any(is_other)
}

/// What stands in the place of a body, by the turns that it answers.
fn turn<'t>(
    handler: &Handler,
    own: impl Iterator<Item = &'t Turn>,
    lesson: &str,
) -> String {
    let mut seen = HashSet::new();
    let turns = own.filter(|turn| seen.insert(handler.for_any_name(turn, &hint(turn))));
    let turns: Vec<&Turn> = turns.take(HINTS).collect();
    let mut text = String::from("    // What must come back:\n");
    for turn in &turns {
        text += &format!("    //   {}\n", hint_among(&turns, turn));
    }
    text + &to_write(lesson)
}

/// What a lesson's pins say must come back, a line a request, each once.
pub fn hints(pins: &[Turn]) -> Vec<String> {
    let mut seen = HashSet::new();
    let turns = pins.iter().filter(|turn| seen.insert(hint(turn)));
    let turns: Vec<&Turn> = turns.collect();
    turns.iter().map(|turn| hint_among(&turns, turn)).collect()
}

/// A turn in a line, with its title where another has the same request: what comes before
/// makes the difference.
fn hint_among(turns: &[&Turn], turn: &Turn) -> String {
    let asked = asked(turn);
    let same = turns.iter().filter(|other| self::asked(other) == asked);
    match same.count() {
        1 => hint(turn),
        _ => format!("{} ({})", hint(turn), turn.title),
    }
}

/// A turn in a line: `GET /greet with session=sealed(Ada): 200, Hello, Ada!`
fn hint(turn: &Turn) -> String {
    format!("{}: {}", asked(turn), answered(turn))
}

/// A turn's request in some words.
fn asked(turn: &Turn) -> String {
    let request = &turn.request;
    let mut text = format!("{} {}", request.method, short(&request.target));
    if let Some(cookies) = request.header("cookie") {
        text += &format!(" with {}", short(cookies));
    }
    if !request.body.is_empty() {
        text += &format!(" with the body {}", short(&request.body));
    }
    if let Some(origin) = request.header("origin") {
        text += &match own_origin("origin", origin) {
            Some(_) => " from a page of this server".to_owned(),
            None => format!(" from a page of {origin}"),
        };
    }
    text
}

/// A turn's answer in some words.
fn answered(turn: &Turn) -> String {
    let response = &turn.response;
    let mut text = response.status.to_string();
    if let Some(location) = response.header("location") {
        text += &format!(" to {}", short(location));
    }
    for set in response.sets() {
        text += &match &set.value {
            Some(Value::Plain(value)) => {
                format!(", sets {}={}{}", set.name, short(value), words(set))
            }
            _ => format!(", sets {}", set.name),
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

/// What is said of a cookie beside its value, but for what Rocket says of each.
fn words(set: &SetCookie) -> String {
    const USUAL: [&str; 2] = ["Path=/", "SameSite=Strict"];
    let all = set.attributes.iter().map(|said| match &said.value {
        Some(value) => format!("{}={value}", said.name),
        None => said.name.clone(),
    });
    all.filter(|said| !USUAL.contains(&said.as_str()))
        .map(|said| format!("; {said}"))
        .collect()
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
    use exchange::format::transcript::Transcript;

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
        let empty = emptied(text, &[], "any", false).unwrap();
        assert_eq!(empty.matches("todo!").count(), 2);
        assert!(
            empty.contains("fn three() -> &'static str { \"three\" }"),
            "{empty}"
        );
    }

    #[test]
    fn a_guard_to_write_says_what_it_yields_and_who_takes_it() {
        let text = r##"
            impl<'r> FromRequest<'r> for User {
                type Error = ();
                async fn from_request(request: &'r Request<'_>) -> Outcome<User, ()> {
                    match request.guard::<Other>().await {
                        Outcome::Success(_) => Outcome::Forward(Status::NotFound),
                        _ => Outcome::Success(User { name: name() }),
                    }
                }
            }
            #[get("/one")] fn one(user: User) -> String { user.name }
            #[get("/two")] fn two(users: Users) -> String { users.all() }
            fn three(user: User) {}
        "##;
        let empty = emptied(text, &[], "any", true).unwrap();
        let said = "{
        // What it yields:
        //   Outcome::Forward(Status::NotFound)
        //   Outcome::Success(User { name: name() })
        // It is for: one
        todo!(\"http://127.0.0.1:8000/book/any.html\")
    }
            }";
        assert!(empty.contains(said), "{empty}");
    }

    /// What the text says must come back, a line each.
    fn hints_in(text: &str) -> Vec<&str> {
        let hints = text
            .lines()
            .filter_map(|line| line.strip_prefix("    //   "));
        hints.collect()
    }

    #[test]
    fn one_request_with_two_answers_says_what_comes_before_each() {
        let text = r##"#[get("/guest")] fn recall() -> &'static str { "Ada" }"##;
        let pins = "### It remembers\n> GET /guest\n< 200 OK\n\nHello, Ada!\n\n\
                    ### After a restart\n> GET /guest\n< 200 OK\n\nHello, stranger!\n\n\
                    ### With a cookie\n> GET /guest\n> cookie: a=1\n< 200 OK\n\nHello!\n";
        let pins = Transcript::parse(pins).unwrap().turns;
        let empty = emptied(text, &pins, "any", false).unwrap();
        assert_eq!(
            hints_in(&empty),
            [
                "GET /guest: 200, Hello, Ada! (It remembers)",
                "GET /guest: 200, Hello, stranger! (After a restart)",
                "GET /guest with a=1: 200, Hello!",
            ]
        );
    }

    #[test]
    fn what_must_come_back_is_of_the_handler_that_answers_and_once_for_any_name() {
        let text = r##"
            #[post("/inbox/<name>/<sender>", rank = 2)] fn take(name: &str) -> &'static str { "taken" }
            #[post("/inbox/<name>/empty")] fn empty(name: &str) -> &'static str { "empty" }
        "##;
        let pins = ["ada/empty", "eve/empty", "ada/bank", "eve/7"].map(|path| {
            let turn = format!("### T\n> POST /inbox/{path}\n< 200 OK\n\nOf {path}.\n");
            Transcript::parse(&turn).unwrap().turns.remove(0)
        });
        let empty = emptied(text, &pins, "any", false).unwrap();
        assert_eq!(
            hints_in(&empty),
            [
                "POST /inbox/ada/bank: 200, Of ada/bank.",
                "POST /inbox/eve/7: 200, Of eve/7.",
                "POST /inbox/ada/empty: 200, Of ada/empty.",
            ]
        );
    }
}
