//! Binds the pages: of the styles that mdBook links one by one a single file, of the
//! scripts another, and the search in a third that is loaded when it is opened. So a
//! page waits for one style, and asks for four files in all.

use crate::slim::slim;
use crate::{BuildError, tables};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// The scripts that a reader needs who searches.
const SEARCH: [&str; 3] = ["elasticlunr", "mark", "searcher"];

/// What mdBook's script has for the browsers of before, and keeps today's from
/// bringing a page back as it was (<https://web.dev/articles/bfcache>).
const UNLOAD: &str = "window.onunload = function() { };";

/// Binds every page of the book in `folder`.
///
/// # Errors
///
/// A file that can't be read or written, or a page that is not as mdBook makes one.
pub fn bind(folder: &Path) -> Result<(), BuildError> {
    // All pages but the one that is printed link the same files.
    let mut all: HashMap<Parts, Bound> = HashMap::new();
    for page in pages(folder)? {
        let html = read(&page)?;
        let parts = Parts::of(&html);
        let bound = match all.get(&parts) {
            Some(bound) => bound,
            None => {
                let bound = parts.bind(folder)?;
                all.entry(parts).or_insert(bound)
            }
        };
        let rewritten = tables::labelled(&rewritten(&html, bound));
        write(&page, &slim(&rewritten))?;
    }
    let spare: BTreeSet<&String> = all.keys().flat_map(Parts::files).collect();
    for file in spare {
        let path = folder.join(file);
        fs::remove_file(&path).map_err(|error| BuildError::at(&path, error))?;
    }
    Ok(())
}

/// mdBook puts every page of a flat book beside the others.
fn pages(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let fault = |error| BuildError::at(folder, error);
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            pages.push(path);
        }
    }
    Ok(pages)
}

/// What a page links.
#[derive(PartialEq, Eq, Hash)]
struct Parts {
    /// Each style, and whether it is for paper.
    styles: Vec<(String, bool)>,
    scripts: Vec<String>,
}

/// The files that stand for all that a page links.
struct Bound {
    css: String,
    /// The one script, and the search's; nothing where a page has none.
    scripts: Option<(String, String)>,
}

impl Parts {
    fn of(html: &str) -> Parts {
        let lines = || html.lines().map(str::trim);
        let scripts = lines().filter_map(script);
        let styles = lines().filter_map(style);
        Parts {
            styles: styles
                .map(|(file, for_paper)| (file.to_owned(), for_paper))
                .collect(),
            scripts: scripts.map(str::to_owned).collect(),
        }
    }

    fn files(&self) -> impl Iterator<Item = &String> {
        let styles = self.styles.iter().map(|(file, _)| file);
        styles.chain(&self.scripts)
    }

    fn bind(&self, folder: &Path) -> Result<Bound, BuildError> {
        Ok(Bound {
            css: self.style(folder)?,
            scripts: self.scripts(folder)?,
        })
    }

    /// Writes the one style, and gives its name.
    fn style(&self, folder: &Path) -> Result<String, BuildError> {
        let mut all = String::new();
        for (file, for_paper) in &self.styles {
            let css = without_comments(&read(&folder.join(file))?);
            let css = from_above(&css, file);
            all += &match for_paper {
                true => format!("@media print {{\n{css}}}\n"),
                false => css,
            };
        }
        named(folder, "book", "css", &all)
    }

    /// Writes the one script and the search's, and gives their names.
    fn scripts(&self, folder: &Path) -> Result<Option<(String, String)>, BuildError> {
        if self.scripts.is_empty() {
            return Ok(None);
        }
        let (search, all): (Vec<&String>, Vec<&String>) =
            self.scripts.iter().partition(|file| is_of_search(file));
        let joined = |files: Vec<&String>| -> Result<String, BuildError> {
            let texts = files.into_iter().map(|file| read(&folder.join(file)));
            Ok(texts.collect::<Result<Vec<_>, _>>()?.join("\n;\n"))
        };
        let all = joined(all)?;
        if !all.contains(UNLOAD) {
            let what = "mdBook's script has no unload handler any more: drop UNLOAD";
            return Err(BuildError::at(folder, what));
        }
        let all = named(folder, "book", "js", &all.replacen(UNLOAD, "", 1))?;
        let search = named(folder, "search", "js", &joined(search)?)?;
        Ok(Some((all, search)))
    }
}

/// The page with one style and one script in place of all.
fn rewritten(html: &str, bound: &Bound) -> String {
    let mut head = format!("<link rel=\"stylesheet\" href=\"{}\">\n", bound.css);
    if let Some((all, search)) = &bound.scripts {
        head += &format!(
            "<script src=\"{all}\" data-search=\"{search}\" defer></script>\n"
        );
    }
    let spare = spare_icons(html);
    let is_spare = |line: &str| spare.iter().any(|start| line.starts_with(start));
    let mut page = String::with_capacity(html.len());
    for line in html.lines() {
        let kept = line.trim();
        if style(kept).is_some() {
            page += &std::mem::take(&mut head);
            // mdBook's script turns these on and off by their names; here each
            // theme has its colors in the one style.
            if let Some(id) = attribute(kept, "id") {
                page += &format!("<template id=\"{id}\"></template>\n");
            }
        } else if script(kept).is_none() && !is_spare(kept) {
            // The next page is not worth its weight before it is asked for.
            page += &line.replace("rel=\"next prefetch\"", "rel=\"next\"");
            page.push('\n');
        }
    }
    page
}

/// How the lines begin that have an icon for what this page hasn't: a search that one
/// waits for, listings that hide a part of theirs, or run.
fn spare_icons(html: &str) -> Vec<&'static str> {
    let mut spare = vec!["<span class=fa-svg id=\"fa-spin\">"];
    if !html.contains("class=\"boring") {
        spare.push("<template id=fa-eye");
    }
    if !html.contains("class=\"playground") {
        spare.extend(["<template id=fa-play", "<template id=fa-clock"]);
    }
    spare
}

/// The file of a line that links a style, and whether the style is for paper.
fn style(line: &str) -> Option<(&str, bool)> {
    let is_style = line.starts_with("<link rel=\"stylesheet\"");
    let file = is_style.then(|| attribute(line, "href"))??;
    Some((file, attribute(line, "media") == Some("print")))
}

/// The file of a line that links a script.
fn script(line: &str) -> Option<&str> {
    line.starts_with("<script src=")
        .then(|| attribute(line, "src"))?
}

fn attribute<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0)
}

fn is_of_search(file: &str) -> bool {
    SEARCH
        .iter()
        .any(|name| file.starts_with(&format!("{name}-")))
}

fn without_comments(css: &str) -> String {
    let mut parts = css.split("/*");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.split_once("*/").map_or("", |(_, after)| after);
    }
    text
}

/// A style with its paths as they are from the folder of the book, where `file` says
/// from which folder they were written.
fn from_above(css: &str, file: &str) -> String {
    let Some((folder, _)) = file.rsplit_once('/') else {
        return css.to_owned();
    };
    let mut parts = css.split("url(");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let path = part.trim_start_matches(['\'', '"']);
        let quote = &part[..part.len() - path.len()];
        text += &match path.starts_with("data:") {
            true => format!("url({part}"),
            false => format!("url({quote}{folder}/{path}"),
        };
    }
    text
}

/// Writes the text to a file whose name has a hash of it, so that it never changes.
fn named(
    folder: &Path,
    name: &str,
    extension: &str,
    text: &str,
) -> Result<String, BuildError> {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let hash = hasher.finish() as u32;
    let file = format!("{name}-{hash:08x}.{extension}");
    write(&folder.join(&file), text)?;
    Ok(file)
}

fn read(path: &Path) -> Result<String, BuildError> {
    fs::read_to_string(path).map_err(|error| BuildError::at(path, error))
}

fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    fs::write(path, text).map_err(|error| BuildError::at(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head>\n\
        <link rel=\"stylesheet\" href=\"css/a-11111111.css\">\n\
        <link rel=\"stylesheet\" href=\"css/b-22222222.css\" media=\"print\">\n\
        <link rel=\"stylesheet\" id=\"dark\" href=\"c-33333333.css\">\n\
        <script src=\"toc-44444444.js\"></script>\n\
        </head><a rel=\"next prefetch\" href=\"b.html\">\n\
        <script src=\"mark-55555555.min.js\"></script>\n";

    #[test]
    fn a_page_asks_for_one_style_and_one_script() {
        let bound = Bound {
            css: "book.css".to_owned(),
            scripts: Some(("book.js".to_owned(), "search.js".to_owned())),
        };
        assert_eq!(
            rewritten(PAGE, &bound),
            "<head>\n\
             <link rel=\"stylesheet\" href=\"book.css\">\n\
             <script src=\"book.js\" data-search=\"search.js\" defer></script>\n\
             <template id=\"dark\"></template>\n\
             </head><a rel=\"next\" href=\"b.html\">\n"
        );
    }

    #[test]
    fn what_a_page_links_is_found_with_what_it_is_for() {
        let parts = Parts::of(PAGE);
        let styles = [
            ("css/a-11111111.css", false),
            ("css/b-22222222.css", true),
            ("c-33333333.css", false),
        ];
        let found = parts.styles.iter().map(|(file, paper)| (&**file, *paper));
        assert!(found.eq(styles));
        assert_eq!(parts.scripts, ["toc-44444444.js", "mark-55555555.min.js"]);
        assert!(is_of_search("mark-55555555.min.js"));
    }

    #[test]
    fn a_path_in_a_style_leads_where_it_led() {
        assert_eq!(
            from_above("a: url('b.woff2'); c: url(data:x)", "fonts/fonts.css"),
            "a: url('fonts/b.woff2'); c: url(data:x)"
        );
    }

    #[test]
    fn a_style_loses_its_comments_and_nothing_else() {
        assert_eq!(without_comments("/* a */p { b: c }/* d"), "p { b: c }");
    }
}
