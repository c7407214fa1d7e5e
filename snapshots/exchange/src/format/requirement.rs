//! What a lesson asks of a server: `<lesson>/requirements.md`, a list that pages,
//! starters and reports show. Each sentence names the exchanges that hold a server
//! to it:
//!
//! ```md
//! - A message is shown once, to the browser that it is for.
//!   (shown-once, one-browser-each)
//!
//! ## flash-lost
//!
//! - A second message before the first was shown takes its place. (one-slot)
//! ```
//!
//! A heading names the page that shows what follows, where a lesson has a second one.

use crate::format::library;
use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The file's name.
pub const FILE: &str = "requirements.md";

/// One sentence of what a lesson asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The sentence, as Markdown.
    pub text: String,
    /// The names of the exchanges that show it, without the lesson's.
    pub exchanges: Vec<String>,
    /// The page that shows them, as its file is named without its ending.
    pub page: String,
}

/// What the lesson `slug` below `root` asks, in the list's order; nothing where there
/// is no list.
///
/// # Errors
///
/// The file and the line of what is no sentence with its exchanges, of an exchange
/// that is not there, or of one that is named twice.
pub fn requirements(root: &Path, slug: &str) -> Result<Vec<Requirement>, String> {
    let path = root.join(slug).join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let fault =
        |(line, what): (usize, String)| format!("{}:{line}: {what}", path.display());
    let found = parsed(&text, slug).map_err(fault)?;
    let mut seen = HashSet::new();
    for (line, requirement) in &found {
        for name in &requirement.exchanges {
            let entry = library::entry(root, &format!("{slug}/{name}"));
            if !entry.is_some_and(|entry| entry.script_path().is_file()) {
                let what = format!("there is no exchange {slug}/{name}; write it");
                return Err(fault((*line, what)));
            }
            if !seen.insert(name) {
                let what = format!("{name} stands here twice; leave it in one place");
                return Err(fault((*line, what)));
            }
        }
    }
    Ok(found
        .into_iter()
        .map(|(_, requirement)| requirement)
        .collect())
}

/// The sentences, each with the line where it begins, counted from 1; or the line of
/// what is none, and why.
fn parsed(
    text: &str,
    slug: &str,
) -> Result<Vec<(usize, Requirement)>, (usize, String)> {
    let mut page = slug;
    let mut items: Vec<(usize, &str, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if let Some(named) = line.strip_prefix("## ") {
            page = named;
            continue;
        }
        match (line.strip_prefix("- "), items.last_mut()) {
            _ if line.is_empty() => {}
            (Some(begun), _) => items.push((index + 1, page, begun.to_owned())),
            (None, Some((_, _, item))) if line.starts_with("  ") => {
                *item += " ";
                *item += line.trim();
            }
            _ => return Err((index + 1, "write `- ` and a sentence".to_owned())),
        }
    }
    let split = |(line, page, item): (usize, &str, String)| {
        let parts = item
            .strip_suffix(')')
            .and_then(|item| item.rsplit_once(" ("));
        let (text, names) = parts.ok_or_else(|| {
            let what = "end the sentence with its exchanges, as in (shown-once)";
            (line, what.to_owned())
        })?;
        let exchanges = names.split(',').map(|name| name.trim().to_owned());
        let requirement = Requirement {
            text: text.to_owned(),
            exchanges: exchanges.collect(),
            page: page.to_owned(),
        };
        Ok((line, requirement))
    };
    items.into_iter().map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_with_its_exchanges_and_may_go_over_lines() {
        let text = "- One (really).\n  (a, b)\n\n## l-two\n\n- Two. (c)\n";
        let found = parsed(text, "l").unwrap();
        let (line, first) = &found[0];
        assert_eq!((*line, &*first.text), (1, "One (really)."));
        assert_eq!(first.exchanges, ["a", "b"]);
        assert_eq!(first.page, "l");
        let (line, second) = &found[1];
        assert_eq!((*line, &*second.text, &*second.page), (6, "Two.", "l-two"));
    }

    #[test]
    fn what_is_no_sentence_with_its_exchanges_is_an_error_at_its_line() {
        for (text, line) in [("# Title\n", 1), ("- One. (a)\n- Two.\n", 2)] {
            assert_eq!(parsed(text, "l").unwrap_err().0, line, "{text}");
        }
    }
}
