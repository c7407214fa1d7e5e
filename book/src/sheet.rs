//! A sheet of paper for a lesson: what its page asks, and a pinned exchange with blanks
//! to write in; and the answers, for whoever stands in front. All of it is drawn from
//! the page, the pins and the glossary.
//!
//! ```text
//! {{#sheet flash flash/shown-once:1-2 1:status 2:cookie | Flash message, Guard}}
//! ```
//!
//! A page, an exchange that it shows, and of its turns those from 1 to 2. Of turn 1 the
//! status is blank. Besides `status` it can be:
//!
//! | part | what is blank |
//! |---|---|
//! | `method`, `target`, `sent` | of the request: these two, and its body |
//! | `location`, `cookie`, … | the value of the first header of this name |
//! | `name:location` | the header's name |
//! | `set-cookie.Max-Age` | a word of the value, or what it is set to |
//! | `body` | the first line of a body |
//! | `heading`, `said`, `item` | what a page says in one: `said` is its message |
//! | `jar` | the first cookie that the browser keeps, or that it keeps none |

use crate::html;
use exchange::format::page;
use exchange::format::transcript::{Note, Transcript, Turn};
use serde::Serialize;
use std::ops::{Range, RangeInclusive};

/// What a page's `{{#sheet …}}` asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The lesson's page, as its file is named without its ending.
    pub page: &'a str,
    /// The exchange to fill in.
    pub id: &'a str,
    /// Its turns, `FROM-TO`, or nothing for all.
    pub turns: &'a str,
    /// What is blank: the turn, counted from 1, and the part of it.
    pub blanks: Vec<(usize, &'a str)>,
    /// The words of the glossary.
    pub words: Vec<&'a str>,
}

impl Wanted<'_> {
    /// Reads the directive's argument.
    pub fn parse(argument: &str) -> Result<Wanted<'_>, String> {
        let (asked, words) = argument.split_once('|').unwrap_or((argument, ""));
        let mut asked = asked.split_whitespace();
        let (Some(page), Some(exchange)) = (asked.next(), asked.next()) else {
            return Err("write `{{#sheet PAGE LESSON/EXCHANGE TURN:PART … | Word, \
                        Word}}`"
                .into());
        };
        let (id, turns) = exchange.split_once(':').unwrap_or((exchange, ""));
        let mut wanted = Wanted {
            page,
            id,
            turns,
            blanks: Vec::new(),
            words: words.split(',').map(str::trim).collect(),
        };
        wanted.words.retain(|word| !word.is_empty());
        for word in asked {
            let blank = word
                .split_once(':')
                .and_then(|(turn, part)| Some((turn.parse().ok()?, part)));
            match blank {
                Some(blank) => wanted.blanks.push(blank),
                None => return Err(format!("`{word}` is no TURN:PART")),
            }
        }
        match wanted.blanks.is_empty() {
            true => Err(format!(
                "the sheet of {page} has no blank; write one, as 1:status"
            )),
            false => Ok(wanted),
        }
    }
}

/// What a lesson's page has for its sheet, as Markdown.
#[derive(Debug, PartialEq, Eq)]
pub struct Lesson<'a> {
    /// The page's title.
    pub title: &'a str,
    /// What is to be predicted, and what comes; or what the page lacks.
    predict: Result<(String, &'a str), &'static str>,
    /// The number of a faulty server in the gallery, and what is wrong with it.
    pub server: Option<(&'a str, String)>,
}

impl Lesson<'_> {
    /// Reads the text of a page; `name` is the page's in a fault.
    pub fn of<'a>(name: &str, page: &'a str) -> Result<Lesson<'a>, String> {
        let title = page.lines().next().and_then(|line| line.strip_prefix("# "));
        let predict = match step(page, "Predict") {
            None => {
                Err("has no step `### Predict` under \"Your turn\"; write it there")
            }
            Some(step) => question(step).ok_or(
                "has no question with a `{{#choice …}}` and the `{{#right …}}` one \
                 under `### Predict`; write them there",
            ),
        };
        let server = step(page, "Break and mend").and_then(|step| {
            let (_, rest) = step.split_once("\ncargo snapshots gallery ")?;
            let number = rest.lines().next()?.trim();
            let wrong = answer(step, "The worked solution")?;
            let wrong = wrong.split("\n```").next()?.trim();
            // What follows on the page is the mend, and on the sheet nothing.
            let wrong = match wrong.strip_suffix(':') {
                Some(said) => format!("{said}."),
                None => wrong.to_owned(),
            };
            Some((number, wrong))
        });
        Ok(Lesson {
            title: title
                .ok_or_else(|| format!("book/pages/{name}.md begins with no title"))?,
            predict,
            server,
        })
    }

    /// What is to be predicted, and what comes, beside turns `shown` of the exchange `id`.
    ///
    /// # Errors
    ///
    /// What the page has or lacks, and what to write: there is no question, or what is
    /// shown answers it.
    pub fn predict(
        &self,
        id: &str,
        shown: &RangeInclusive<usize>,
    ) -> Result<(&str, &str), String> {
        let (question, came) =
            self.predict.as_ref().map_err(|why| (*why).to_owned())?;
        let mut pinned = came.split("{{#pinned ").skip(1).filter_map(|rest| {
            let mut words = rest.split_whitespace();
            Some((words.next()?, words.next()?.parse::<usize>().ok()?))
        });
        let told = pinned.find(|(other, turn)| *other == id && shown.contains(turn));
        match told {
            None => Ok((question, came)),
            Some((_, turn)) => Err(format!(
                "asks to predict turn {turn} of {id}; write `{id}:FROM-TO` without it"
            )),
        }
    }
}

/// A step of a page's "Your turn".
fn step<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, turn) = page.split_once("\n## Your turn\n")?;
    let turn = turn.split("\n## ").next()?;
    let (_, step) = turn.split_once(&format!("\n### {name}\n"))?;
    step.split("\n### ").next()
}

/// What is to be predicted, with the answers to tick; and what comes.
fn question(step: &str) -> Option<(String, &str)> {
    let (asked, _) = step.split_once("\n{{#")?;
    let choices = step.lines().filter_map(|line| {
        let choice = line.strip_prefix("{{#choice ");
        let choice = choice.or_else(|| line.strip_prefix("{{#right "))?;
        choice.strip_suffix("}}")
    });
    let choices: Vec<String> = choices.map(|choice| format!("- ☐ {choice}")).collect();
    let came = folded(step, "right ")?;
    (choices.len() > 1)
        .then(|| (format!("{}\n\n{}", asked.trim(), choices.join("\n")), came))
}

/// What is folded in a step under a question that begins with `start`.
fn answer<'a>(step: &'a str, start: &str) -> Option<&'a str> {
    folded(step, &format!("answer {start}"))
}

/// What is folded in a step, by how its directive begins.
fn folded<'a>(step: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = step.split_once(&format!("\n{{{{#{start}"))?;
    let (_, rest) = rest.split_once('\n')?;
    let (answer, _) = rest.split_once("\n{{#end}}")?;
    Some(answer.trim())
}

/// The entry of the glossary for `word`, as it stands there.
pub fn entry<'a>(glossary: &'a str, word: &str) -> Option<&'a str> {
    let head = format!("**{word}**");
    let mut entries = glossary.split("\n\n").map(str::trim);
    entries.find(|entry| entry.lines().next() == Some(&head))
}

/// An exchange with blanks, and what belongs into them.
#[derive(Debug)]
pub struct Filled {
    /// As HTML, without a blank line.
    pub html: String,
    /// By their numbers, from 1.
    pub answers: Vec<String>,
}

/// What `sheet.html.j2` shows.
#[derive(Serialize)]
struct FilledView<'a> {
    id: &'a str,
    page: &'a str,
    anchor: String,
    turns: Vec<TurnView<'a>>,
}

#[derive(Serialize)]
struct TurnView<'a> {
    title: &'a str,
    sent: Vec<Vec<Piece>>,
    answered: Vec<Vec<Piece>>,
    /// What the answer's body says.
    body: Vec<Vec<Piece>>,
    jar: Vec<Vec<Piece>>,
}

/// A part of a line, or a blank in its place.
#[derive(Serialize)]
struct Piece {
    text: String,
    /// The blank's number; 0 where it is none.
    blank: usize,
    is_long: bool,
}

impl Piece {
    fn said(text: &str) -> Piece {
        Piece {
            text: text.to_owned(),
            blank: 0,
            is_long: false,
        }
    }

    fn blank(number: usize, answer: &str) -> Piece {
        Piece {
            text: String::new(),
            blank: number,
            is_long: answer.chars().count() > LONG,
        }
    }
}

/// What is longer gets more room, in characters.
const LONG: usize = 12;

/// The exchange `wanted.id` with the turns that are `shown`, and its blanks.
///
/// # Errors
///
/// A blank in a turn that is not shown, or of a part that is not there.
pub fn fill(
    wanted: &Wanted<'_>,
    pin: &Transcript,
    shown: RangeInclusive<usize>,
) -> Result<Filled, String> {
    let hidden = wanted.blanks.iter().find(|(turn, _)| !shown.contains(turn));
    if let Some((turn, part)) = hidden {
        return Err(format!(
            "`{turn}:{part}`: the sheet does not show turn {turn} of {}",
            wanted.id
        ));
    }
    let mut answers = Vec::new();
    let mut turns = Vec::new();
    for number in shown {
        let turn = &pin.turns[number - 1];
        let own = wanted.blanks.iter().filter(|(at, _)| *at == number);
        let parts: Vec<&str> = own.map(|(_, part)| *part).collect();
        let mut lines = lines(turn);
        for part in &parts {
            let found = lines.iter_mut().find_map(|line| {
                let range = line.range(part)?;
                Some((line, range))
            });
            let Some((line, range)) = found else {
                return Err(format!(
                    "`{number}:{part}`: turn {number} of {} has no {part}; PART is \
                     method, target, sent, status, heading, item, said, body, jar, \
                     HEADER, name:HEADER or HEADER.WORD",
                    wanted.id
                ));
            };
            let overlaps = |other: &Range<usize>| {
                range.start < other.end && other.start < range.end
            };
            if line.blanks.iter().any(overlaps) {
                return Err(format!("`{number}:{part}` stands in another blank"));
            }
            line.blanks.push(range);
        }
        let mut side = |side: Side| -> Vec<Vec<Piece>> {
            let own = lines.iter().filter(|line| line.side == side);
            own.map(|line| line.pieces(&mut answers)).collect()
        };
        turns.push(TurnView {
            title: &turn.title,
            sent: side(Side::Browser),
            answered: side(Side::Server),
            body: side(Side::Body),
            jar: side(Side::Jar),
        });
    }
    let view = FilledView {
        id: wanted.id,
        page: wanted.page,
        anchor: wanted.id.replace('/', "-"),
        turns,
    };
    Ok(Filled {
        html: html::render("sheet.html.j2", view),
        answers,
    })
}

/// Lines to write on, of which nothing is read aloud.
fn room(lines: usize) -> String {
    let lines = "<span></span>".repeat(lines);
    format!("<p class=\"room\" aria-hidden=\"true\">{lines}</p>\n\n")
}

/// All that a sheet has, as Markdown.
#[derive(Debug)]
pub struct Sheet {
    /// The lesson's title.
    pub title: String,
    /// What is to be predicted, and what comes.
    pub predict: (String, String),
    /// The exchange.
    pub filled: Filled,
    /// What the lesson asks of a server, a list.
    pub asked: String,
    /// The number of a faulty server, and what is wrong with it.
    pub server: Option<(String, String)>,
    /// Entries of the glossary.
    pub words: Vec<String>,
}

impl Sheet {
    /// What lies before the pupil.
    pub fn front(&self) -> String {
        let mut text = format!(
            "<div class=\"sheet\">\n\n\
             <p class=\"whose\" aria-hidden=\"true\">Name \
             <span class=\"blank long\"></span></p>\n\n\
             ## {}\n\n",
            self.title
        );
        text += &format!("### Predict\n\n{}\n\n", self.predict.0);
        text += "### Fill in what is missing\n\n";
        if self.filled.html.contains("sealed(") {
            text += "`sealed(…)` stands for a value that the server has sealed.\n\n";
        }
        text += &format!("{}\n", self.filled.html);
        text += &format!("### What your server must do\n\n{}\n", self.asked);
        if let Some((number, _)) = &self.server {
            text += &format!(
                "### What is wrong with this server?\n\nYou are shown what \
                 `cargo snapshots gallery {number}` answers.\n\n{}",
                room(2)
            );
        }
        if !self.words.is_empty() {
            text += &format!("### Words\n\n{}\n\n", self.words.join("\n\n"));
        }
        text + "</div>\n"
    }

    /// What belongs into it.
    fn answers(&self) -> String {
        let mut text = format!("### {}\n\n", self.title);
        text += &format!("{}\n\n", self.predict.1);
        for (index, answer) in self.filled.answers.iter().enumerate() {
            let answer = html::escape(answer);
            text += &format!("**{}**&nbsp;<code>{answer}</code>\n", index + 1);
        }
        if let Some((number, wrong)) = &self.server {
            text += &format!("\nServer {number}: {wrong}\n");
        }
        text + "\n"
    }
}

/// The sheet with what belongs into the others.
pub fn answers<'a>(sheets: impl Iterator<Item = &'a Sheet>) -> String {
    let sheets: String = sheets.map(Sheet::answers).collect();
    format!("<div class=\"sheet answers\">\n\n## The answers\n\n{sheets}</div>\n")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Browser,
    Server,
    Body,
    Jar,
}

/// A line of a turn.
struct Line {
    side: Side,
    text: String,
    /// What a blank may name, and where it is.
    parts: Vec<(String, Range<usize>)>,
    blanks: Vec<Range<usize>>,
}

impl Line {
    /// A line whose one part is all of it, after `before`.
    fn new(side: Side, part: &str, before: &str, value: &str) -> Line {
        let text = format!("{before}{value}");
        Line {
            side,
            parts: vec![(part.to_owned(), before.len()..text.len())],
            text,
            blanks: Vec::new(),
        }
    }

    fn header(side: Side, (name, value): &(String, String)) -> Line {
        let mut line = Line::new(side, name, &format!("{name}: "), value);
        line.parts.push((format!("name:{name}"), 0..name.len()));
        line
    }

    /// Where the part that a blank names is in this line.
    fn range(&self, part: &str) -> Option<Range<usize>> {
        let (name, word) = part.split_once('.').unwrap_or((part, ""));
        let (_, range) = self.parts.iter().find(|(own, _)| own == name)?;
        match word {
            "" => Some(range.clone()),
            word => self.word(range, word),
        }
    }

    /// Where `word` is in the value: what it is set to, or itself where it is alone.
    fn word(&self, value: &Range<usize>, word: &str) -> Option<Range<usize>> {
        let mut start = value.start;
        for part in self.text[value.clone()].split("; ") {
            let end = start + part.len();
            match part.split_once('=') {
                None if part == word => return Some(start..end),
                Some((name, set)) if name == word && !set.is_empty() => {
                    return Some(end - set.len()..end);
                }
                _ => start = end + "; ".len(),
            }
        }
        None
    }

    /// The line cut at its blanks, whose texts are added to the answers.
    fn pieces(&self, answers: &mut Vec<String>) -> Vec<Piece> {
        let mut blanks = self.blanks.clone();
        blanks.sort_by_key(|blank| blank.start);
        let mut pieces = Vec::new();
        let mut at = 0;
        for blank in blanks {
            pieces.push(Piece::said(&self.text[at..blank.start]));
            at = blank.end;
            let answer = &self.text[blank];
            answers.push(answer.to_owned());
            pieces.push(Piece::blank(answers.len(), answer));
        }
        pieces.push(Piece::said(&self.text[at..]));
        pieces
    }
}

/// A turn, line by line; of a page, what it says.
fn lines(turn: &Turn) -> Vec<Line> {
    let (request, response) = (&turn.request, &turn.response);
    let before = format!("{} ", request.method);
    let mut asked = Line::new(Side::Browser, "target", &before, &request.target);
    asked.parts.push(("method".into(), 0..request.method.len()));
    let mut lines = vec![asked];
    let headers = request.headers.iter();
    lines.extend(headers.map(|header| Line::header(Side::Browser, header)));
    let body = request.body.lines();
    lines.extend(body.map(|line| Line::new(Side::Browser, "sent", "", line)));
    let status = format!("{} {}", response.status, response.reason);
    lines.push(Line::new(Side::Server, "status", "", &status));
    let headers = response.lines();
    lines.extend(headers.iter().map(|line| Line::header(Side::Server, line)));
    let kind = response.header("content-type").unwrap_or_default();
    if kind.starts_with("text/html") {
        lines.extend(page::said(&response.body).into_iter().map(|said| {
            let part = match said.kind {
                "status" | "alert" => "said",
                kind => kind,
            };
            Line::new(Side::Body, part, &format!("{}: ", said.kind), &said.text)
        }));
    } else {
        let body = response.body.lines();
        lines.extend(body.map(|line| Line::new(Side::Body, "body", "", line)));
    }
    lines.extend(response.notes.iter().map(|note| {
        let (before, value) = match note {
            Note::Keeps(cookie) => ("", cookie.to_string()),
            Note::KeepsNothing => ("", "nothing".to_owned()),
            Note::Refuses { name, why } => ("not ", format!("{name}: {why}")),
        };
        Line::new(Side::Jar, "jar", before, &value)
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "### A\n> POST /save\n> content-type: text/plain\n>\n> text=Milk\n< 303 See Other\n< location: /note\n\
        < set-cookie: n=Milk; Path=/; HttpOnly\n* keeps n=Milk\n\n\
        ### B\n> GET /note\n> cookie: n=Milk\n< 200 OK\n< content-type: text/html\n* keeps n=Milk\n\n\
        <h1>A note</h1><p role=status>Saved.</p>\n";

    fn filled(blanks: &str) -> Result<Filled, String> {
        let argument = format!("flash flash/shown-once {blanks}");
        let wanted = Wanted::parse(&argument).unwrap();
        let pin = Transcript::parse(PIN).unwrap();
        fill(&wanted, &pin, 1..=pin.turns.len())
    }

    #[test]
    fn a_blank_takes_the_place_of_what_it_names_and_the_answer_has_it() {
        for (blank, answer) in [
            ("1:method", "POST"),
            ("1:target", "/save"),
            ("1:sent", "text=Milk"),
            ("1:status", "303 See Other"),
            ("1:location", "/note"),
            ("1:name:location", "location"),
            ("1:set-cookie", "n=Milk; Path=/; HttpOnly"),
            ("1:set-cookie.n", "Milk"),
            ("1:set-cookie.HttpOnly", "HttpOnly"),
            ("2:cookie", "n=Milk"),
            ("2:said", "Saved."),
            ("2:heading", "A note"),
            ("2:jar", "n=Milk"),
        ] {
            let whole = filled("1:status").unwrap().html.matches(answer).count();
            let filled = filled(blank).unwrap();
            assert_eq!(filled.answers, [answer], "{blank}");
            if blank != "1:status" {
                let left = filled.html.matches(answer).count();
                assert_eq!(left, whole - 1, "{blank}: {}", filled.html);
            }
        }
    }

    #[test]
    fn blanks_are_counted_as_they_are_read() {
        let filled = filled("2:status 1:set-cookie.Path 1:set-cookie.n").unwrap();
        assert_eq!(filled.answers, ["Milk", "/", "200 OK"]);
    }

    #[test]
    fn a_blank_is_read_aloud_by_its_number_and_its_line_not_at_all() {
        let filled = filled("1:status").unwrap();
        let blank = "<span class=\"unseen\">blank </span>1</span>";
        assert!(filled.html.contains(blank), "{}", filled.html);
        assert!(!filled.html.contains("__"), "{}", filled.html);
        assert!(room(2).starts_with("<p class=\"room\" aria-hidden=\"true\">"));
    }

    #[test]
    fn a_blank_of_what_is_not_there_is_a_fault_that_says_what_there_is() {
        for (blanks, fault) in [
            (
                "1:body",
                "turn 1 of flash/shown-once has no body; PART is method,",
            ),
            ("1:set-cookie.Secure", "has no set-cookie.Secure; PART is"),
            (
                "3:status",
                "the sheet does not show turn 3 of flash/shown-once",
            ),
            (
                "1:set-cookie 1:set-cookie.n",
                "`1:set-cookie.n` stands in another blank",
            ),
        ] {
            let said = filled(blanks).expect_err(blanks);
            assert!(said.contains(fault), "{blanks}: {said}");
        }
    }

    #[test]
    fn a_directive_that_is_none_says_how_one_is_written() {
        for (argument, fault) in [
            ("flash", "write `{{#sheet PAGE LESSON/EXCHANGE"),
            ("flash flash/a", "the sheet of flash has no blank"),
            ("flash flash/a status", "`status` is no TURN:PART"),
            ("flash flash/a x:status", "`x:status` is no TURN:PART"),
        ] {
            let said = Wanted::parse(argument).expect_err(argument);
            assert!(said.contains(fault), "{argument}: {said}");
        }
    }

    const PAGE: &str = "# A page\n\n### Predict\n\nNot this.\n\n## Your turn\n\nA word.\n\n### Predict\n\n\
        What comes?\n\n{{#choice This.}}\n\nNo.\n\n{{#end}}\n{{#right That.}}\n\n{{#pinned a/b 2 status}}\n\nFor a reason.\n\n{{#end}}\n\n\
        ### Break and mend\n\n```sh\ncargo snapshots gallery 27\n```\n\n\
        {{#answer A hint: look}}\n\nThere.\n\n{{#end}}\n\n\
        {{#answer The worked solution, and what was wrong}}\n\nIt was this:\n\n```diff\n-a\n```\n\n{{#end}}\n";

    #[test]
    fn a_page_gives_its_question_and_its_faulty_server_with_what_to_say_of_them() {
        let lesson = Lesson::of("a", PAGE).unwrap();
        let came = "{{#pinned a/b 2 status}}\n\nFor a reason.";
        let asked = "What comes?\n\n- ☐ This.\n- ☐ That.";
        assert_eq!(lesson.title, "A page");
        assert_eq!(lesson.predict("a/b", &(1..=1)), Ok((asked, came)));
        assert_eq!(lesson.server, Some(("27", "It was this.".to_owned())));
    }

    #[test]
    fn a_sheet_does_not_show_what_it_asks_to_predict() {
        let lesson = Lesson::of("a", PAGE).unwrap();
        let fault = lesson.predict("a/b", &(1..=2)).unwrap_err();
        assert!(fault.contains("asks to predict turn 2 of a/b"), "{fault}");
        assert!(lesson.predict("a/c", &(1..=2)).is_ok());
    }

    #[test]
    fn a_page_without_a_question_or_without_its_answer_says_which() {
        let without = PAGE.replace("### Predict", "### Guess");
        let lesson = Lesson::of("a", &without).unwrap();
        let fault = lesson.predict("a/b", &(1..=1)).unwrap_err();
        assert!(fault.contains("has no step `### Predict`"), "{fault}");
        let unanswered = PAGE.replace("{{#right That.}}", "That.");
        let lesson = Lesson::of("a", &unanswered).unwrap();
        let fault = lesson.predict("a/b", &(1..=1)).unwrap_err();
        assert!(
            fault.contains("has no question with a `{{#choice"),
            "{fault}"
        );
    }

    #[test]
    fn a_word_is_found_by_the_whole_of_its_name() {
        let glossary = "# Glossary\n\n**Session cookie**\n: One.\n\n**Session**\n: Two,\nand more.\n";
        assert_eq!(
            entry(glossary, "Session"),
            Some("**Session**\n: Two,\nand more.")
        );
        assert_eq!(entry(glossary, "Sess"), None);
    }
}
