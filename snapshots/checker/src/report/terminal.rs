//! The report for a person in a terminal. It teaches: what was expected and
//! what came, the whole answer, one hint, how to repeat it, what to read.

use super::{Look, count, summary};
use crate::check::{Check, Outcome, Report};
use crate::compare::Finding;
use crate::course;
use crate::faults::Fault;
use crate::repository::{self, BOOK};
use similar::{ChangeTag, TextDiff};
use std::cell::LazyCell;
use std::fmt::Write;

/// The most lines of an answer that are printed.
const LINES: usize = 40;
/// The most on a screen that has more to say.
const EXCERPT: usize = 12;

/// The most letters of a line.
const WIDTH: usize = 400;

/// Where the book is served, if it is: looked up when the first failure links to it.
type Book = LazyCell<Option<String>>;

struct Paint(bool);

impl Paint {
    fn paint(&self, code: &str, text: &str) -> String {
        match self.0 {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    fn good(&self, text: &str) -> String {
        self.paint("32", text)
    }

    fn bad(&self, text: &str) -> String {
        self.paint("31", text)
    }

    fn soft(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }
}

pub fn write(report: &Report, look: Look) -> String {
    let paint = Paint(look.color);
    let mut text = String::new();
    if !look.quiet {
        let how = match report.exact {
            true => "each line of each answer",
            false => "what the answers mean",
        };
        let _ = writeln!(text, "{} is checked: {how}.\n", report.url);
    }
    let mut lesson = "";
    let book: Book = LazyCell::new(repository::served);
    for checks in report
        .checks
        .chunk_by(|one, other| one.exchange == other.exchange)
    {
        if !look.quiet && lesson != checks[0].lesson {
            lesson = &checks[0].lesson;
            let _ = writeln!(text, "{}", paint.bold(lesson));
        }
        exchange(checks, look, &paint, &book, &mut text);
    }
    if !look.quiet {
        advice(report, &paint, &mut text);
        text += &noticed(report);
    }
    let color = |line: &str| match report.passed() {
        true => paint.good(line),
        false => paint.bad(line),
    };
    if !look.quiet {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", color(&summary(report)));
    text
}

/// The advice of a report, for a screen.
pub fn advised(report: &Report, color: bool) -> String {
    let mut text = String::new();
    advice(report, &Paint(color), &mut text);
    text
}

/// What a course tells beside, a line each.
pub fn noticed(report: &Report) -> String {
    let lines: String = report
        .notices
        .iter()
        .map(|notice| format!("  {notice}\n"))
        .collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\n{lines}"),
    }
}

/// Each text once, with the first place it is for and how often it comes.
fn once_each<'a>(
    texts: impl Iterator<Item = (&'a str, &'a Check)>,
) -> Vec<(&'a str, String, usize)> {
    let mut pieces: Vec<(&str, String, usize)> = Vec::new();
    for (text, check) in texts {
        match pieces.iter_mut().find(|(known, ..)| *known == text) {
            Some((.., times)) => *times += 1,
            None => pieces.push((text, check.place(), 1)),
        }
    }
    pieces
}

fn advice(report: &Report, paint: &Paint, text: &mut String) {
    let all = report.checks.iter().flat_map(|check| {
        let advice = check.advice.iter();
        advice.map(move |advice| (advice.as_str(), check))
    });
    let pieces = once_each(all);
    if !pieces.is_empty() {
        let _ = writeln!(text, "\n{}", paint.bold("Advice, which is no failure"));
    }
    for (advice, place, times) in pieces {
        let more = match times {
            1 => String::new(),
            _ => format!(" and {} more", times - 1),
        };
        let _ = writeln!(text, "  {advice}\n    {place}{more}");
    }
}

/// What was not played, and why: a step that is skipped proves nothing. Those after
/// a failed step are the failure's.
pub fn not_played(report: &Report) -> String {
    // By the reason, which stands at the first of an exchange's steps: how many steps,
    // and of which exchanges.
    let mut found: Vec<(&str, usize, Vec<&str>)> = Vec::new();
    let exchanges = report
        .checks
        .chunk_by(|one, other| one.exchange == other.exchange);
    for checks in exchanges {
        let excused = checks.iter().filter(|check| !check.counts());
        let mut whys = excused.filter_map(Check::why_skipped);
        let Some(why) = whys.next() else { continue };
        let steps = 1 + whys.count();
        match found.iter_mut().find(|(known, ..)| *known == why) {
            Some((_, count, names)) => {
                *count += steps;
                names.push(&checks[0].exchange);
            }
            None => found.push((why, steps, vec![&checks[0].exchange])),
        }
    }
    let lines = found.into_iter().map(|(why, steps, names)| {
        let steps = count(steps, "step");
        format!("  Not played, {steps}: {why}. ({})\n", names.join(", "))
    });
    lines.collect()
}

/// One line for an exchange that is well, and more for one that is not.
fn exchange(
    checks: &[Check],
    look: Look,
    paint: &Paint,
    book: &Book,
    text: &mut String,
) {
    let failed: Vec<&Check> = checks
        .iter()
        .filter(|check| check.word() == "failed")
        .collect();
    let skipped: Vec<&Check> = checks
        .iter()
        .filter(|check| check.word() == "skipped")
        .collect();
    let passed = checks.len() - failed.len() - skipped.len();
    let name = checks[0].exchange.split('/').nth(1).unwrap_or_default();
    if failed.is_empty() && !look.quiet {
        match passed {
            0 => {
                let _ = writeln!(text, "  {} {name}", paint.soft("- skipped"));
            }
            _ => {
                let steps = count(passed, "step");
                let worth = worth(&checks[0]);
                let passed = paint.good("✓ passed");
                let _ = writeln!(text, "  {passed} {name}, {steps}{worth}");
            }
        }
    }
    for check in checks {
        match &check.outcome {
            Outcome::Failed(findings) => {
                failure(check, findings, true, paint, book, text);
            }
            Outcome::Skipped(why) | Outcome::Excused(why) if !look.quiet => {
                let line = format!(
                    "    - skipped step {}, {}: {why}",
                    check.step, check.title
                );
                let _ = writeln!(text, "{}", paint.soft(&line));
            }
            _ => {}
        }
    }
}

/// What a course says that an exchange is worth: `, 4 points`.
fn worth(check: &Check) -> String {
    let points = check.terms.points.map(course::counted);
    points.map_or_else(String::new, |points| format!(", {points}"))
}

/// One failed check for a screen; its hint only when it is asked for.
pub fn failed(check: &Check, color: bool, hint: bool) -> String {
    let mut text = String::new();
    let mut shown = check.clone();
    // What a framework answers in place of a handler says nothing.
    let is_frameworks = |finding: &Finding| {
        matches!(
            finding.fault,
            Fault::NotWritten | Fault::ServerError | Fault::Missing
        )
    };
    if check.findings().iter().any(is_frameworks) {
        shown.response.clear();
    }
    shown.response = of_its_body(&shown.response);
    let lines = shown.response.lines().count();
    if lines > EXCERPT {
        let first: Vec<&str> = shown.response.lines().take(EXCERPT).collect();
        let more = count(lines - EXCERPT, "more line");
        shown.response = format!("{}\n… and {more}", first.join("\n"));
    }
    let book = LazyCell::new(repository::served as fn() -> _);
    failure(
        &shown,
        check.findings(),
        hint,
        &Paint(color),
        &book,
        &mut text,
    );
    text
}

/// An answer without what a page has above its body: what is wrong is seldom there.
fn of_its_body(response: &str) -> String {
    let Some((head, page)) = response.split_once("\n\n") else {
        return response.to_owned();
    };
    match page.split_once("<body>") {
        Some((_, body)) => format!("{head}\n\n…{body}"),
        None => response.to_owned(),
    }
}

/// The line, cut to what fits on a screen.
fn clipped(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!(
            "{}… ({} more letters)",
            &line[..end],
            line[end..].chars().count()
        ),
        None => line.to_owned(),
    }
}

/// The text with each of its lines cut so.
fn each_clipped(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(clipped).collect();
    lines.join("\n")
}

fn failure(
    check: &Check,
    findings: &[Finding],
    hint: bool,
    paint: &Paint,
    book: &Book,
    text: &mut String,
) {
    let _ = writeln!(
        text,
        "  {} {}{}: {}",
        paint.bad("✗ failed"),
        check.place(),
        worth(check),
        paint.bold(&check.title)
    );
    if !check.requirement.is_empty() {
        let _ = writeln!(text, "    Asked {}", check.requirement);
    }
    for finding in findings {
        let _ = writeln!(text, "\n    {}", paint.bold(finding.fault.headline()));
        // A long text is cut, and never what is told of it.
        let actual = each_clipped(&finding.actual);
        let came = Finding {
            actual,
            ..finding.clone()
        }
        .came();
        let expected = each_clipped(&finding.expected);
        let diff = TextDiff::from_lines(&expected, &came);
        for change in diff.iter_all_changes() {
            let line = change.value().trim_end_matches('\n');
            let line = match change.tag() {
                ChangeTag::Delete => paint.good(&format!("    - expected  {line}")),
                ChangeTag::Insert => paint.bad(&format!("    + came      {line}")),
                ChangeTag::Equal => format!("                {line}"),
            };
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    if !check.response.is_empty() {
        let _ = writeln!(text, "\n    The whole answer to {}:", check.request);
        let lines: Vec<&str> = check.response.lines().collect();
        for line in lines.iter().take(LINES) {
            let _ = writeln!(text, "{}", format!("      {}", clipped(line)).trim_end());
        }
        if lines.len() > LINES {
            let _ = writeln!(
                text,
                "      … and {}",
                count(lines.len() - LINES, "more line")
            );
        }
    }
    if let Some(finding) = findings.first() {
        let _ = writeln!(text, "\n    Why   {}", finding.fault.rationale());
        if hint {
            let _ = writeln!(text, "    Hint  {}", check.hint(finding));
        }
    }
    match &check.curl {
        Ok(commands) => {
            for (number, command) in commands.lines().enumerate() {
                let label = if number == 0 { "Try" } else { "" };
                let _ = writeln!(text, "    {label:5} {command}");
            }
        }
        Err(why) => {
            let _ = writeln!(text, "    Try   {why}");
        }
    }
    match check.page.as_str() {
        "" => text.push('\n'),
        page => {
            let read = match book.as_ref() {
                Some(origin) => format!("{origin}{page}"),
                None => format!("{BOOK}{page} (cargo run)"),
            };
            let _ = writeln!(text, "    Read  {read}\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json::tests::check;

    #[test]
    fn a_long_text_is_cut_and_what_is_told_of_it_is_not() {
        let note = Some("the request says so, in next".to_owned());
        let finding =
            Finding::new(Fault::WrongLocation, "location: /", "x".repeat(2_000));
        let check = check(Outcome::Failed(vec![Finding { note, ..finding }]));
        let text = failed(&check, false, true);
        let line = text.lines().find(|line| line.contains("came")).unwrap();
        assert!(line.ends_with("… (1600 more letters) (the request says so, in next)"));
        assert!(line.chars().count() < 500, "{line}");
    }
}
