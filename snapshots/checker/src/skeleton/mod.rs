//! A new lesson's skeleton, in its four places: page, code, template, exchanges.
//! Each text says TODO where the author must write, and compiles until then.

use crate::lesson::{self, Lesson};
use std::fs;
use std::path::{Path, PathBuf};

/// What a lesson is made of, by path; the first is what makes it one.
const PARTS: [(&str, &str); 6] = [
    ("snapshots/SLUG/lesson.toml", include_str!("lesson.toml")),
    ("snapshots/SLUG/first.http", include_str!("first.http")),
    (
        "snapshots/SLUG/requirements.md",
        include_str!("requirements.md"),
    ),
    ("server/src/lessons/MODULE.rs", include_str!("code.rs")),
    (
        "server/templates/SLUG/page.html.j2",
        include_str!("page.html.j2"),
    ),
    ("book/pages/SLUG.md", include_str!("page.md")),
];
/// What lists the lessons' modules.
const MODULES: &str = "server/src/lessons/mod.rs";
/// What lists the pages.
const SUMMARY: &str = "book/pages/SUMMARY.md";

/// A lesson that is not written yet.
#[derive(Debug)]
pub struct Skeleton {
    /// Whom it comes after.
    pub after: String,
    /// The files, by path below the repository, that there are none of yet.
    pub new: Vec<(PathBuf, String)>,
    /// The files that it was put in.
    pub changed: Vec<(PathBuf, String)>,
    /// What to put where, that could not be.
    pub left: Vec<String>,
}

/// The skeleton of the lesson `slug` for the repository at `root`: after the lesson
/// `after`, or after all; called `title`, or as its slug says.
///
/// # Errors
///
/// A slug that can't be one, or is taken; no lesson `after`, or no room there.
pub fn skeleton(
    root: &Path,
    slug: &str,
    title: Option<&str>,
    after: Option<&str>,
) -> Result<Skeleton, String> {
    let module = lesson::module(slug);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let words = slug.split('-');
    let is_plain = words
        .clone()
        .all(|word| !word.is_empty() && word.bytes().all(plain));
    // A keyword, or what starts with a digit, is no module's name.
    if !is_plain || syn::parse_str::<syn::Ident>(&module).is_err() {
        return Err(format!(
            "`{slug}` can't be a lesson's name. Write small letters, digits and hyphens, as in open-redirects."
        ));
    }
    let lessons = lesson::all(root)?;
    let (after, order) = place(&lessons, after)?;
    let title = title.map_or_else(|| from_slug(slug), str::to_owned);
    let filled = |text: &str| {
        text.replace("SLUG", slug)
            .replace("MODULE", &module)
            .replace("TITLE", &title)
            .replace("ORDER", &order.to_string())
    };
    let mut new = Vec::new();
    for (path, text) in PARTS {
        let path = PathBuf::from(filled(path));
        // A folder of the lesson's name is another's, too.
        let taken = match path.parent() {
            Some(folder) if folder.ends_with(slug) => folder,
            _ => &path,
        };
        if root.join(taken).exists() {
            return Err(format!(
                "{}: there is something already, and nothing is overwritten.",
                taken.display()
            ));
        }
        new.push((path, filled(text)));
    }
    let mut skeleton = Skeleton {
        after: after.to_owned(),
        new,
        changed: Vec::new(),
        left: Vec::new(),
    };
    let line = format!("pub mod {module};");
    skeleton.put(root, MODULES, &line, |text| declared(text, &line))?;
    let listed =
        |slug: &str| format!("(\"{slug}\", {}::routes()),", lesson::module(slug));
    let (before, line) = (listed(after), listed(slug));
    let is_before = |found: &str| found.trim() == before;
    skeleton.put(root, MODULES, &line, |text| put(text, &line, is_before))?;
    let (before, line) = (format!("]({after}.md)"), format!("- [{title}]({slug}.md)"));
    let is_before = |found: &str| found.contains(&before);
    skeleton.put(root, SUMMARY, &line, |text| put(text, &line, is_before))?;
    Ok(skeleton)
}

impl Skeleton {
    /// Puts `line` into the file `path`, or leaves it to the author.
    fn put(
        &mut self,
        root: &Path,
        path: &str,
        line: &str,
        edit: impl Fn(&str) -> Option<String>,
    ) -> Result<(), String> {
        let path = Path::new(path);
        let known = self.changed.iter().position(|(changed, _)| changed == path);
        let text = match known {
            Some(index) => self.changed[index].1.clone(),
            None => fs::read_to_string(root.join(path))
                .map_err(|error| format!("{}: {error}", path.display()))?,
        };
        match (edit(&text), known) {
            (Some(edited), Some(index)) => self.changed[index].1 = edited,
            (Some(edited), None) => self.changed.push((path.to_owned(), edited)),
            (None, _) => self.left.push(format!("{}: {line}", path.display())),
        }
        Ok(())
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// A file that can't be written.
    pub fn write(&self, root: &Path) -> Result<(), String> {
        for (path, text) in self.new.iter().chain(&self.changed) {
            let path = root.join(path);
            let folder = path.parent().unwrap_or(root);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&path, text))
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// Whom the new lesson comes after, and its order.
fn place<'a>(
    lessons: &'a [Lesson],
    after: Option<&str>,
) -> Result<(&'a str, u32), String> {
    let index = match after {
        None => lessons.len().checked_sub(1),
        Some(after) => lessons.iter().position(|lesson| lesson.slug == after),
    };
    let index =
        index.ok_or_else(|| lesson::unknown(after.unwrap_or("any"), lessons))?;
    let before = &lessons[index];
    let order = match lessons.get(index + 1) {
        None => before.order + 10,
        Some(next) => before.order + (next.order - before.order) / 2,
    };
    if order == before.order {
        return Err(format!(
            "There is no room after `{}`: give the lessons behind it a higher order in their lesson.toml.",
            before.slug
        ));
    }
    Ok((&before.slug, order))
}

/// `open-redirects` as `Open redirects`.
fn from_slug(slug: &str) -> String {
    let text = slug.replace('-', " ");
    text[..1].to_ascii_uppercase() + &text[1..]
}

/// The text with a module's declaration where rustfmt would have it.
fn declared(text: &str, line: &str) -> Option<String> {
    let is_module = |found: &str| found.starts_with("pub mod ") && found.ends_with(';');
    let first = text.lines().position(is_module)?;
    let before = |found: &&str| is_module(found) && *found < line;
    let before = text.lines().skip(first).take_while(before).count();
    Some(insert(text, first + before, line))
}

/// The text with a line after the one that is asked for, as far from the margin;
/// nothing if there is none, or more than one.
fn put(text: &str, line: &str, is_before: impl Fn(&str) -> bool) -> Option<String> {
    let mut found = text.lines().enumerate().filter(|(_, line)| is_before(line));
    let ((index, before), None) = (found.next()?, found.next()) else {
        return None;
    };
    let margin = &before[..before.len() - before.trim_start().len()];
    Some(insert(text, index + 1, &format!("{margin}{line}")))
}

fn insert(text: &str, index: usize, line: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(index, line);
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::root;
    use exchange::format::script::Script;

    fn text<'a>(files: &'a [(PathBuf, String)], path: &str) -> &'a str {
        let found = files.iter().find(|(found, _)| found == Path::new(path));
        &found.unwrap_or_else(|| panic!("no {path}")).1
    }

    #[test]
    fn each_part_is_what_it_must_be() {
        let made = skeleton(&root(), "an-example", None, None).unwrap();
        assert_eq!(made.new.len(), 6);
        let code = text(&made.new, "server/src/lessons/an_example.rs");
        syn::parse_file(code).unwrap();
        Script::parse(text(&made.new, "snapshots/an-example/first.http")).unwrap();
        let facts = text(&made.new, "snapshots/an-example/lesson.toml");
        let facts: Lesson = toml::from_str(facts).unwrap();
        assert_eq!(facts.title, "An example");
        let last = lesson::all(&root()).unwrap().pop().unwrap();
        assert_eq!((&made.after, facts.order), (&last.slug, last.order + 10));
        for (path, text) in &made.new {
            for placeholder in ["SLUG", "MODULE", "TITLE", "ORDER"] {
                assert!(!text.contains(placeholder), "{}", path.display());
            }
        }
    }

    #[test]
    fn it_is_put_where_it_belongs_and_nothing_is_left() {
        let made = skeleton(&root(), "an-example", Some("The one"), Some("flash"));
        let made = made.unwrap();
        assert!(made.left.is_empty(), "{:?}", made.left);
        let modules = text(&made.changed, MODULES);
        assert!(
            modules.contains("\npub mod an_example;\npub mod "),
            "{modules}"
        );
        let after = "        (\"flash\", flash::routes()),\n        (\"an-example\", an_example::routes()),\n";
        assert!(modules.contains(after), "{modules}");
        let summary = text(&made.changed, SUMMARY);
        let after = "(flash.md)\n- [The one](an-example.md)\n";
        assert!(summary.contains(after), "{summary}");
        let facts = text(&made.new, "snapshots/an-example/lesson.toml");
        let facts: Lesson = toml::from_str(facts).unwrap();
        let lessons = lesson::all(&root()).unwrap();
        let flash = lessons.iter().position(|it| it.slug == "flash").unwrap();
        assert!(
            (lessons[flash].order + 1..lessons[flash + 1].order).contains(&facts.order)
        );
    }

    #[test]
    fn a_line_without_a_sure_place_is_left_to_the_author() {
        assert_eq!(put("one\none\n", "two", |line| line == "one"), None);
        assert_eq!(put("three\n", "two", |line| line == "one"), None);
        let put = put("  one\nthree\n", "two", |line| line.trim() == "one");
        assert_eq!(put.unwrap(), "  one\n  two\nthree\n");
    }

    #[test]
    fn a_module_is_declared_where_rustfmt_would_have_it() {
        let declared = |line| declared("use x;\n\npub mod b;\npub mod d;\n\nfn", line);
        for (line, wanted) in [
            ("pub mod a;", "pub mod a;\npub mod b;\npub mod d;"),
            ("pub mod c;", "pub mod b;\npub mod c;\npub mod d;"),
            ("pub mod e;", "pub mod b;\npub mod d;\npub mod e;"),
        ] {
            let text = format!("use x;\n\n{wanted}\n\nfn\n");
            assert_eq!(declared(line).unwrap(), text);
        }
    }

    #[test]
    fn a_name_that_is_none_or_is_taken_is_refused() {
        for slug in [
            "Open",
            "open redirects",
            "../open",
            "-open",
            "match",
            "2fa",
            "",
        ] {
            let error = skeleton(&root(), slug, None, None).unwrap_err();
            assert!(
                error.contains("can't be a lesson's name"),
                "{slug}: {error}"
            );
        }
        for slug in ["flash", "start", "checker"] {
            let error = skeleton(&root(), slug, None, None).unwrap_err();
            assert!(
                error.contains("there is something already"),
                "{slug}: {error}"
            );
        }
    }
}
