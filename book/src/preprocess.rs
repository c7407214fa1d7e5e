//! The preprocessor: exchanges, pinned values, Flask beside Rocket, and the
//! checks that mdBook does not make.
//!
//! | in a page | in the book |
//! |---|---|
//! | `{{#exchange flash/shown-once}}` | the picture of that exchange |
//! | `{{#exchange flash/shown-once open=1}}` | with the first turn open; any number of them |
//! | `{{#exchange oauth/round-trip behind=4:oauth/behind:5}}` | with what the app asks the provider before it answers step 4, which is step 5 of another exchange; any number of them |
//! | `{{#flask save/shown-once}}` | the picture of an exchange with Flask, of `scripts/flask/exchanges`, folded and only to be looked at |
//! | `{{#flask account/way-back And a stranger?}}` | the same, folded under these words |
//! | `{{#scene no-memory/forgotten session/remembered:2-3}}` | exchanges, or some turns of them, one after the other in a picture that is only to be looked at |
//! | `{{#requirements flash}}` | what that lesson asks of a server, each with links to the exchanges on the page that show it |
//! | `{{#requirements flash-change}}` | what the change asks that a reader makes under "Your turn", of `book/turns` |
//! | `{{#sheet flash flash/shown-once:1-2 1:status 2:cookie \| Flash message, Guard}}` | a sheet to print: the page's question under "Predict", these turns of the exchange with blanks, what the lesson asks, a faulty server of the page, and these words of the glossary |
//! | `{{#sheet-answers}}` | what belongs into the sheets of this page |
//! | `{{#pinned flash/shown-once 1 status}}` | a pinned value: `status`, `body`, `said`, `header NAME` or `cookie NAME` of a step, counted from 1 |
//! | `{{#beside}}`, `{{#rocket}}`, `{{#end}}` | what stands between, in two columns: Flask, then Rocket |
//! | `{{#answer Why?}}`, `{{#end}}` | what stands between, folded under its question |
//! | `{{#choice Yes.}}`, `{{#end}}` | an answer to choose under "Predict", and what speaks against it |
//! | `{{#right No.}}`, `{{#end}}` | the right one, and what comes |
//!
//! The build fails, with file and line, on an exchange without a script or a
//! pin, on an include of a file or an anchor that is not there, on a listing
//! of more than 25 lines, on a page that takes more than 20 minutes to read, and on
//! an anchor that no page includes.

use crate::copies::{Copies, copies};
use crate::fingerprint::walk;
use crate::minutes::{MOST, Reading};
use crate::picture::{self, Wishes};
use crate::predict::{Known, Question, questions};
use crate::sheet::{self, Lesson, Sheet, Wanted};
use crate::{Sources, html};
use exchange::format::library;
use exchange::format::page;
use exchange::format::requirement::{FILE, requirements};
use exchange::format::script::Script;
use exchange::format::transcript::{Transcript, Turn};
use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_preprocessor::errors::{Error, Result};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A listing's longest length, in lines.
const LISTING: usize = 25;

/// The preprocessor `exchanges`.
#[derive(Debug)]
pub struct Exchanges {
    sources: Sources,
    /// The page that is wanted, where it is not all of them.
    only: Option<String>,
}

impl Exchanges {
    /// For a book with these sources.
    pub fn new(sources: Sources) -> Exchanges {
        Exchanges {
            sources,
            only: None,
        }
    }

    /// For one page of it, `session.html`: the others are emptied.
    pub fn only(sources: Sources, page: &str) -> Exchanges {
        Exchanges {
            sources,
            only: Some(page.to_owned()),
        }
    }

    /// Empties the pages that are not wanted.
    fn leave_out(&self, book: &mut Book) -> Result<()> {
        let Some(only) = &self.only else {
            return Ok(());
        };
        let (mut first, mut found) = (true, false);
        book.for_each_chapter_mut(|chapter| {
            let Some(path) = &chapter.source_path else {
                return;
            };
            // mdBook makes the first page the book's `index.html`, too.
            let is_front = std::mem::take(&mut first) && only == "index.html";
            match is_front || path.with_extension("html") == Path::new(only) {
                true => found = true,
                false => chapter.content.clear(),
            }
        });
        match found {
            true => Ok(()),
            false => Err(Error::msg(format!("the book has no page {only}"))),
        }
    }
}

impl Preprocessor for Exchanges {
    fn name(&self) -> &str {
        "exchanges"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        self.leave_out(&mut book)?;
        let pages = context.root.join(&context.config.book.src);
        let mut faults = Vec::new();
        let mut used = HashSet::new();
        let lessons = Lessons::default();
        book.for_each_chapter_mut(|chapter| {
            if let Some(path) = &chapter.source_path {
                let mut page = Page {
                    sources: &self.sources,
                    lessons: &lessons,
                    path: pages.join(path),
                    faults: Vec::new(),
                    used: HashSet::new(),
                    reading: Reading::default(),
                };
                page.rewrite(chapter);
                faults.append(&mut page.faults);
                used.extend(page.used);
            }
        });
        if self.only.is_none() {
            faults.extend(unused_anchors(&self.sources, &used)?);
        }
        match faults.is_empty() {
            true => Ok(book),
            false => Err(Error::msg(faults.join("\n"))),
        }
    }
}

/// The beginning of an answer that a reader may choose: which one it is shows when it
/// opens, and another closes then.
fn choice(text: &str, is_right: bool) -> String {
    let (class, verdict) = match is_right {
        true => ("choice is-right", "Right."),
        false => ("choice", "Not so."),
    };
    format!(
        "<details class=\"answer {class}\" name=\"predict\">\n<summary>{}</summary>\n\n**{verdict}**\n",
        html::with_code(text)
    )
}

/// What a page's scripts need to know of a step.
#[derive(Serialize)]
struct Data {
    #[serde(flatten)]
    copies: Copies,
    ask: Vec<Question>,
}

/// What the pins of each lesson hold, read when a page first asks.
type Lessons = RefCell<HashMap<String, Rc<Known>>>;

/// One page while it is rewritten.
struct Page<'a> {
    sources: &'a Sources,
    lessons: &'a Lessons,
    path: PathBuf,
    faults: Vec<String>,
    /// The files and anchors it includes.
    used: HashSet<(PathBuf, String)>,
    reading: Reading,
}

impl Page<'_> {
    fn rewrite(&mut self, chapter: &mut Chapter) {
        let mut fenced = false;
        let mut open: Vec<(usize, &str)> = Vec::new();
        let mut text = String::new();
        for (index, line) in chapter.content.lines().enumerate() {
            let number = index + 1;
            fenced ^= line.trim_start().starts_with("```");
            self.reading.line(line, fenced);
            let written = match self.check_include(line) {
                Err(fault) => Err(fault),
                Ok(()) if fenced => Ok(line.to_owned()),
                Ok(()) => self.directive(line, number, &chapter.content, &mut open),
            };
            match written {
                Ok(written) => text += &written,
                Err(fault) => self.fault(number, &fault),
            }
            text.push('\n');
        }
        for (number, what) in open {
            self.fault(number, &format!("`{{{{#{what}}}}}` has no `{{{{#end}}}}`"));
        }
        chapter.content = self.with_minutes(text);
    }

    /// The page with how long it takes below its title, where it has exchanges.
    fn with_minutes(&mut self, text: String) -> String {
        let minutes = self.reading.minutes();
        if minutes > MOST {
            let fault = format!("it takes {minutes} minutes, over {MOST}; make it two");
            self.fault(1, &fault);
        }
        match text.split_once('\n') {
            Some((title, rest)) if self.reading.exchanges > 1 => {
                format!(
                    "{title}\n\n<p class=\"minutes\">{}</p>\n{rest}",
                    self.reading
                )
            }
            _ => text,
        }
    }

    fn fault(&mut self, line: usize, fault: &str) {
        self.faults
            .push(format!("{}:{line}: {fault}", self.path.display()));
    }

    fn directive<'t>(
        &mut self,
        line: &'t str,
        number: usize,
        page: &str,
        open: &mut Vec<(usize, &'t str)>,
    ) -> Result<String, String> {
        let Some(inner) = line
            .trim()
            .strip_prefix("{{#")
            .and_then(|rest| rest.strip_suffix("}}"))
            .filter(|inner| !inner.contains("{{"))
        else {
            return self.inline(line);
        };
        let (name, argument) = inner.split_once(' ').unwrap_or((inner, ""));
        match name {
            "exchange" => self.exchange(argument.trim()),
            "flask" => self.flask(argument.trim()),
            "scene" => self.scene(argument.trim()),
            "requirements" => self.requirements(argument.trim(), page),
            "sheet" => Ok(self.sheet(argument)?.front()),
            "sheet-answers" => self.sheet_answers(page),
            "beside" => {
                open.push((number, "beside"));
                Ok("<div class=\"beside\">\n<div role=\"group\" aria-label=\"Flask\">\n<p class=\"beside-label\">Flask</p>\n".into())
            }
            "rocket" if open.last().is_some_and(|(_, what)| *what == "beside") => {
                Ok("\n</div>\n<div role=\"group\" aria-label=\"Rocket\">\n<p class=\"beside-label\">Rocket</p>\n".into())
            }
            "answer" => {
                open.push((number, "answer"));
                let question = html::escape(argument);
                Ok(format!("<details class=\"answer\">\n<summary>{question}</summary>\n"))
            }
            "choice" | "right" => {
                open.push((number, name));
                Ok(choice(argument, name == "right"))
            }
            "end" => match open.pop() {
                Some((_, "beside")) => Ok("\n</div>\n</div>\n".into()),
                Some(_) => Ok("\n</details>\n".into()),
                None => Err("`{{#end}}` ends nothing".into()),
            },
            "rocket" => Err("`{{#rocket}}` stands between `{{#beside}}` and `{{#end}}`".into()),
            _ => self.inline(line),
        }
    }

    fn exchange(&mut self, argument: &str) -> Result<String, String> {
        let mut words = argument.split_whitespace();
        let id = words.next().unwrap_or_default();
        let (script, pin) = self.load(id)?;
        same_steps(id, &script, &pin, REPIN)?;
        self.reading.exchange(pin.turns.len());
        let data = self.data(id, &script, &pin)?;
        let wishes = self.wishes(words, pin.turns.len())?;
        Ok(picture::draw(id, &script, &pin, &data, &wishes))
    }

    fn flask(&mut self, argument: &str) -> Result<String, String> {
        let (id, words) = argument.split_once(' ').unwrap_or((argument, ""));
        let root = self.sources.flask_exchanges();
        let (script, pin) = load(&root, id, REPIN_FLASK)?;
        same_steps(id, &script, &pin, REPIN_FLASK)?;
        let turns = pin.turns.len();
        self.reading.exchange(turns);
        let summary = match words.trim() {
            "" if turns == 1 => "What Flask answers, in one turn".to_owned(),
            "" => format!("What Flask answers, in {turns} turns"),
            words => words.to_owned(),
        };
        Ok(picture::draw_flask(id, &script, &pin, &summary))
    }

    fn scene(&self, argument: &str) -> Result<String, String> {
        let parts = argument.split_whitespace().map(|part| {
            let (id, turns) = part.split_once(':').unwrap_or((part, ""));
            let (script, pin) = self.load(id)?;
            let shown = match turns {
                "" => 1..=pin.turns.len(),
                turns => range(turns, pin.turns.len()).ok_or_else(|| {
                    format!("`{part}`: {id} has no turns {turns}; write FROM-TO")
                })?,
            };
            Ok((id, script, pin, shown))
        });
        let parts = parts.collect::<Result<Vec<_>, String>>()?;
        match parts.is_empty() {
            true => Err("`{{#scene}}` names no exchange".into()),
            false => Ok(picture::draw_scene(&parts)),
        }
    }

    /// What the lesson `slug` asks of a server, as a list; of a lesson with two pages,
    /// what the page of that name shows; of a change in `book/turns`, what it asks.
    fn requirements(&self, name: &str, page: &str) -> Result<String, String> {
        let turns = self.sources.turns();
        let (home, root, slug) = match turns.join(name).is_dir() {
            true => ("book/turns", turns, name),
            false => ("snapshots", self.sources.exchanges(), self.lesson_of(name)),
        };
        let mut asked = requirements(&root, slug)?;
        asked.retain(|requirement| requirement.page == name);
        if asked.is_empty() {
            let file = format!("{home}/{slug}/{FILE}");
            return Err(format!("{file} has nothing for {name}; write it"));
        }
        let mut list = String::new();
        for requirement in asked {
            list += &format!("- {}", requirement.text);
            for name in &requirement.exchanges {
                if shows(page, &format!("{slug}/{name}")) {
                    list += &format!(" [{name}](#exchange-{slug}-{name})");
                }
            }
            list.push('\n');
        }
        Ok(list)
    }

    /// The lesson of a page: its own name, or as much of it as names a lesson.
    fn lesson_of<'n>(&self, name: &'n str) -> &'n str {
        let root = self.sources.exchanges();
        let mut slug = name;
        while !root.join(slug).join(FILE).is_file() {
            match slug.rsplit_once('-') {
                Some((shorter, _)) => slug = shorter,
                None => return name,
            }
        }
        slug
    }

    /// What belongs into the sheets of `page`. The fault of one that can't be made is told
    /// where it stands.
    fn sheet_answers(&self, page: &str) -> Result<String, String> {
        let sheets = page.lines().filter_map(|line| {
            let argument = line.trim().strip_prefix("{{#sheet ")?;
            Some(self.sheet(argument.strip_suffix("}}")?))
        });
        let sheets: Vec<_> = sheets.collect();
        match sheets.is_empty() {
            true => Err("there is no `{{#sheet …}}` on this page to answer".into()),
            false => Ok(sheet::answers(sheets.iter().flatten())),
        }
    }

    /// The sheet of a lesson.
    fn sheet(&self, argument: &str) -> Result<Sheet, String> {
        let wanted = Wanted::parse(argument)?;
        let name = wanted.page;
        let text = self.other_page(name)?;
        let lesson = Lesson::of(name, &text)?;
        let (_, pin) = self.load(wanted.id)?;
        let shown = match wanted.turns {
            "" => 1..=pin.turns.len(),
            turns => range(turns, pin.turns.len()).ok_or_else(|| {
                format!("{} has no turns {turns}; write FROM-TO", wanted.id)
            })?,
        };
        if !shows(&text, wanted.id) {
            return Err(format!(
                "book/pages/{name}.md does not show {}; name one that it shows",
                wanted.id
            ));
        }
        let predict = self.prediction(&lesson, &wanted, &shown)?;
        let server = match &lesson.server {
            Some((number, wrong)) => {
                Some(((*number).to_owned(), self.of_page(wrong, name)?))
            }
            None => None,
        };
        Ok(Sheet {
            title: lesson.title.to_owned(),
            predict,
            filled: sheet::fill(&wanted, &pin, shown)?,
            asked: self.requirements(name, "")?,
            server,
            words: self.entries(&wanted, &text)?,
        })
    }

    /// What is to be predicted on a sheet, and what comes.
    fn prediction(
        &self,
        lesson: &Lesson<'_>,
        wanted: &Wanted<'_>,
        shown: &RangeInclusive<usize>,
    ) -> Result<(String, String), String> {
        let (question, came) = lesson
            .predict(wanted.id, shown)
            .map_err(|why| format!("book/pages/{}.md {why}", wanted.page))?;
        Ok((
            self.of_page(question, wanted.page)?,
            self.of_page(came, wanted.page)?,
        ))
    }

    /// The glossary's entries for the words of a sheet.
    fn entries(&self, wanted: &Wanted<'_>, text: &str) -> Result<Vec<String>, String> {
        let glossary = self.other_page("glossary")?;
        let text = text.to_lowercase();
        let entries = wanted.words.iter().map(|word| {
            if !text.contains(&word.to_lowercase()) {
                return Err(format!(
                    "book/pages/{}.md has no word `{word}`; take it off the sheet",
                    wanted.page
                ));
            }
            let entry = sheet::entry(&glossary, word).ok_or_else(|| {
                format!("book/pages/glossary.md has no `**{word}**`; write it there")
            })?;
            self.of_page(entry, "glossary")
        });
        entries.collect()
    }

    /// The text of the page `name` of this book.
    fn other_page(&self, name: &str) -> Result<String, String> {
        let path = self.path.with_file_name(format!("{name}.md"));
        fs::read_to_string(path)
            .map_err(|error| format!("book/pages/{name}.md: {error}"))
    }

    /// A text of the page `name` as it can stand on this one.
    fn of_page(&self, text: &str, name: &str) -> Result<String, String> {
        let lines = text.lines().map(|line| self.inline(line));
        let text = lines.collect::<Result<Vec<_>, _>>()?.join("\n");
        match text.contains("{{#") {
            true => Err(format!(
                "what the sheet takes from book/pages/{name}.md has a directive in it; \
                 only `{{{{#pinned …}}}}` may stand there"
            )),
            false => Ok(text.replace("](#", &format!("]({name}.md#"))),
        }
    }

    /// What a page asks of a picture of so many turns.
    fn wishes<'t>(
        &self,
        words: impl Iterator<Item = &'t str>,
        turns: usize,
    ) -> Result<Wishes, String> {
        let mut wishes = Wishes::default();
        for word in words {
            let number = |text: &str| {
                let number = text.parse().ok();
                number
                    .filter(|number| (1..=turns).contains(number))
                    .ok_or_else(|| format!("`{word}`: there is no turn {text}"))
            };
            if let Some(turn) = word.strip_prefix("open=") {
                wishes.open.push(number(turn)?);
            } else if let Some(behind) = word.strip_prefix("behind=") {
                let parts: Vec<&str> = behind.split(':').collect();
                let [turn, other, asked] = parts[..] else {
                    return Err(format!("`{word}` is not behind=TURN:ID:TURN"));
                };
                let (_, pin) = self.load(other)?;
                let asked = step_of(&pin, other, asked)?.clone();
                wishes.behind.push((number(turn)?, asked));
            } else {
                return Err(format!(
                    "`{word}` is neither open=N nor behind=TURN:ID:TURN"
                ));
            }
        }
        Ok(wishes)
    }

    /// What a page's scripts need to know of each step, as JSON.
    fn data(
        &self,
        id: &str,
        script: &Script,
        pin: &Transcript,
    ) -> Result<Vec<String>, String> {
        let lesson = self.known(id.split('/').next().unwrap_or_default())?;
        let copies = copies(script, pin).into_iter();
        let steps = copies.zip(questions(pin, &lesson));
        let text = |(copies, ask)| serde_json::to_string(&Data { copies, ask });
        steps
            .map(text)
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())
    }

    fn known(&self, lesson: &str) -> Result<Rc<Known>, String> {
        if let Some(known) = self.lessons.borrow().get(lesson) {
            return Ok(Rc::clone(known));
        }
        let root = self.sources.exchanges();
        let pins = library::pins(&root)
            .map_err(|error| format!("{}: {error}", root.display()))?;
        let pins = pins.iter().filter(|entry| entry.lesson == lesson);
        let pins = pins
            .map(library::Entry::pin)
            .collect::<Result<Vec<_>, _>>()?;
        let known = Rc::new(Known::of(&pins));
        let mut lessons = self.lessons.borrow_mut();
        lessons.insert(lesson.to_owned(), Rc::clone(&known));
        Ok(known)
    }

    fn load(&self, id: &str) -> Result<(Script, Transcript), String> {
        load(&self.sources.exchanges(), id, REPIN)
    }

    /// Replaces each `{{#pinned …}}` of a line.
    fn inline(&self, line: &str) -> Result<String, String> {
        const START: &str = "{{#pinned ";
        let mut text = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(START) {
            let (inner, after) =
                after.split_once("}}").ok_or("`{{#pinned` has no `}}`")?;
            text += before;
            text += &format!("<code>{}</code>", html::escape(&self.pinned(inner)?));
            rest = after;
        }
        Ok(text + rest)
    }

    fn pinned(&self, inner: &str) -> Result<String, String> {
        let mut words = inner.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        let (id, number, what, name) = (word(), word(), word(), word());
        let (_, pin) = self.load(id)?;
        let step = step_of(&pin, id, number)?;
        let response = &step.response;
        let missing = || format!("step {number} of {id} has no {what} {name}");
        match what {
            "status" => Ok(format!("{} {}", response.status, response.reason)),
            "body" => Ok(response.body.clone()),
            "header" => response.header(name).map(str::to_owned).ok_or_else(missing),
            "said" => page::said(&response.body)
                .into_iter()
                .find(|said| matches!(said.kind, "status" | "alert"))
                .map(|said| said.text)
                .ok_or_else(missing),
            "cookie" => response
                .keeps(name)
                .map(|cookie| cookie.value.to_string())
                .ok_or_else(missing),
            _ => Err(format!(
                "`{what}` is none of status, body, said, header NAME, cookie NAME"
            )),
        }
    }

    /// Checks what mdBook would leave as it is or turn into nothing.
    fn check_include(&mut self, line: &str) -> Result<(), String> {
        let Some((_, rest)) = line.split_once("{{#include ") else {
            return Ok(());
        };
        let target = rest.split("}}").next().unwrap_or_default().trim();
        let (file, anchor) = target.split_once(':').unwrap_or((target, ""));
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let path = folder
            .join(file)
            .canonicalize()
            .map_err(|_| format!("there is no file {file} to include"))?;
        let source =
            fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        let listing = match anchor {
            "" => source.lines().count(),
            anchor => anchored(&source, anchor).ok_or_else(|| {
                format!("{file} has no anchor `{anchor}` with text in it")
            })?,
        };
        self.used.insert((path, anchor.to_owned()));
        match listing > LISTING {
            true => Err(format!(
                "the listing {target} has {listing} lines, over {LISTING}; split it"
            )),
            false => Ok(()),
        }
    }
}

/// Whether the text of a page has the picture of an exchange.
fn shows(page: &str, id: &str) -> bool {
    let shown = format!("{{{{#exchange {id}");
    let ends = |rest: &str| rest.starts_with(['}', ' ']);
    page.split(&shown).skip(1).any(ends)
}

/// Turns as a page writes them, `FROM-TO`, of so many.
fn range(text: &str, turns: usize) -> Option<RangeInclusive<usize>> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (1 <= from && from <= to && to <= turns).then_some(from..=to)
}

const REPIN: &str = "run `INSTA_UPDATE=always cargo test`, and read what it wrote";
const REPIN_FLASK: &str = "run `scripts/flask-check --record`, and read what it wrote";

/// The exchange `id` below `root`; `repin` says how its pin is made.
fn load(root: &Path, id: &str, repin: &str) -> Result<(Script, Transcript), String> {
    let entry = library::entry(root, id)
        .ok_or_else(|| format!("`{id}` is not `lesson/name`"))?;
    let folder = root.file_name().unwrap_or_default().display();
    if !entry.script_path().is_file() {
        return Err(format!("there is no {folder}/{id}.http; write it"));
    }
    if !entry.pin_path().is_file() {
        return Err(format!("there is no {folder}/{id}.snap; {repin}"));
    }
    Ok((entry.script()?, entry.pin()?))
}

/// Sees to it that a pin is of this script.
fn same_steps(
    id: &str,
    script: &Script,
    pin: &Transcript,
    repin: &str,
) -> Result<(), String> {
    let written = script.steps.iter().map(|step| &step.title);
    let pinned = pin.turns.iter().map(|turn| &turn.title);
    match written.eq(pinned) {
        true => Ok(()),
        false => Err(format!(
            "the steps of {id}.http and {id}.snap differ; {repin}"
        )),
    }
}

/// A pin's step, by its number as a page writes it, counted from 1.
fn step_of<'p>(
    pin: &'p Transcript,
    id: &str,
    number: &str,
) -> Result<&'p Turn, String> {
    let index = number.parse::<usize>().ok();
    index
        .and_then(|number| pin.turns.get(number.checked_sub(1)?))
        .ok_or_else(|| format!("{id} has no step {number:?}"))
}

/// How many lines stand between the anchor's start and end, if any do.
fn anchored(source: &str, anchor: &str) -> Option<usize> {
    let lines: Vec<&str> = source.lines().collect();
    let start = lines
        .iter()
        .position(|line| anchor_of(line) == Some(anchor))?;
    let end = format!("ANCHOR_END: {anchor}");
    let length = lines[start + 1..].iter().position(|line| {
        line.split_once(&end)
            .is_some_and(|(_, rest)| !is_word(rest))
    })?;
    (length > 0).then_some(length)
}

/// The anchor that a line starts.
fn anchor_of(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("ANCHOR: ")?;
    rest.split_whitespace().next()
}

/// Whether a name goes on at the start of the text.
fn is_word(text: &str) -> bool {
    text.starts_with(|char: char| char.is_alphanumeric() || "-_".contains(char))
}

fn unused_anchors(
    sources: &Sources,
    used: &HashSet<(PathBuf, String)>,
) -> Result<Vec<String>, std::io::Error> {
    let mut files = Vec::new();
    for folder in sources.listings() {
        walk(&folder, &mut files)?;
    }
    files.sort();
    let mut faults = Vec::new();
    for file in files {
        let path = file.canonicalize()?;
        // A file that is not text has no anchors.
        let Ok(source) = fs::read_to_string(&path) else {
            continue;
        };
        for (index, line) in source.lines().enumerate() {
            if let Some(anchor) = anchor_of(line)
                && !used.contains(&(path.clone(), anchor.to_owned()))
            {
                faults.push(format!(
                    "{}:{}: no page includes the anchor `{anchor}`; include it or take it out",
                    file.display(),
                    index + 1
                ));
            }
        }
    }
    Ok(faults)
}
