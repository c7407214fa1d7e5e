//! What is known of a lesson beside its own files: `snapshots/<lesson>/lesson.toml`.
//! A folder that has one is a lesson, and what lists lessons reads it here.
//!
//! ```toml
//! title = "Redirects"         # as the table of contents has it
//! order = 40                  # its place in the book; the gaps are for new ones
//! crates = ["argon2"]         # what its code needs beside what all share
//! uses = ["session"]          # the lessons whose code its code uses
//! state = "Guest::default()"  # what it keeps in managed state, made in its module
//! # The other servers that have it: `gallery`, the whole lesson, and
//! # `flask/old-home`, that exchange.
//! parity = ["flask/old-home", "gallery", "node"]
//! ```
//!
//! Only `title` and `order` must be there. `state` may use `rocket`, the server as
//! it is before it starts.

use clap::ValueEnum;
use exchange::format::library::Entry;
use exchange::format::requirement::requirements;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// The file's name.
pub const FILE: &str = "lesson.toml";

/// A lesson's facts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The folder's name, which names its page, code and templates, too.
    #[serde(skip)]
    pub slug: String,
    /// What the table of contents calls it.
    pub title: String,
    /// Its place in the book.
    pub order: u32,
    /// The crates that its code needs beside [`SHARED`].
    #[serde(default)]
    pub crates: Vec<String>,
    /// The lessons that its code uses, by slug.
    #[serde(default)]
    pub uses: Vec<String>,
    /// What it keeps in managed state, as an expression of its module.
    pub state: Option<String>,
    /// The other servers that have it.
    #[serde(default)]
    pub parity: Vec<Parity>,
}

/// The crates that all lessons share.
pub const SHARED: [&str; 3] = ["rocket", "rocket_dyn_templates", "serde"];

/// A server, not the book's own, that is held to a lesson's exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// The Flask side of the pages, `scripts/flask`
    Flask,
    /// The servers with a fault, `cargo snapshots gallery`
    Gallery,
    /// The server in Node, `scripts/node`
    Node,
}

/// That a peer has the lesson, or one exchange of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Parity {
    /// The server that has it.
    pub peer: Peer,
    /// The one exchange; all when there is none.
    pub exchange: Option<String>,
}

impl TryFrom<String> for Parity {
    type Error = String;

    fn try_from(text: String) -> Result<Parity, String> {
        let (peer, exchange) = match text.split_once('/') {
            Some((peer, exchange)) => (peer, Some(exchange.to_owned())),
            None => (text.as_str(), None),
        };
        let peer = Peer::from_str(peer, false)
            .map_err(|_| format!("`{peer}` is no server that is compared"))?;
        Ok(Parity { peer, exchange })
    }
}

impl Lesson {
    /// The module of its code.
    pub fn module(&self) -> String {
        module(&self.slug)
    }
}

/// The module of the lesson `slug`.
pub fn module(slug: &str) -> String {
    slug.replace('-', "_")
}

/// The lessons of the repository at `root`, in the book's order.
///
/// # Errors
///
/// A `lesson.toml` that can't be read, with what is wrong in it.
pub fn all(root: &Path) -> Result<Vec<Lesson>, String> {
    let folder = root.join("snapshots");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.join(FILE).is_file() {
            found.push(lesson(&path)?);
        }
    }
    found.sort_by(|one, other| (one.order, &one.slug).cmp(&(other.order, &other.slug)));
    Ok(found)
}

/// The lesson whose facts stand in `folder`.
///
/// # Errors
///
/// A file that can't be read, with what is wrong in it.
pub fn lesson(folder: &Path) -> Result<Lesson, String> {
    let path = folder.join(FILE);
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| failed(&error))?;
    let facts: Lesson = toml::from_str(&text).map_err(|error| failed(&error))?;
    let slug = folder.file_name().unwrap_or_default().to_string_lossy();
    Ok(Lesson {
        slug: slug.into_owned(),
        ..facts
    })
}

/// The slugs of [`all`].
///
/// # Errors
///
/// As for [`all`].
pub fn slugs(root: &Path) -> Result<Vec<String>, String> {
    let lessons = all(root)?.into_iter();
    Ok(lessons.map(|lesson| lesson.slug).collect())
}

/// What a peer has, as `check` is told it: lessons (`session`) and exchanges
/// (`redirects/old-home`).
///
/// # Errors
///
/// As for [`all`].
pub fn of_peer(root: &Path, peer: Peer) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for Lesson { slug, parity, .. } in all(root)? {
        for had in parity.into_iter().filter(|had| had.peer == peer) {
            names.push(match had.exchange {
                Some(exchange) => format!("{slug}/{exchange}"),
                None => slug.clone(),
            });
        }
    }
    Ok(names)
}

/// The lesson `slug`, after the ones that its code uses, and theirs.
///
/// # Errors
///
/// As for [`all`], and a lesson that is not there.
pub fn with_what_it_uses(root: &Path, slug: &str) -> Result<Vec<Lesson>, String> {
    let mut lessons = all(root)?;
    let mut wanted = vec![slug.to_owned()];
    let mut needed = BTreeSet::new();
    while let Some(slug) = wanted.pop() {
        let found = lessons.iter().find(|lesson| lesson.slug == slug);
        let found = found.ok_or_else(|| unknown(&slug, &lessons))?;
        if needed.insert(slug) {
            wanted.extend(found.uses.iter().cloned());
        }
    }
    lessons.retain(|lesson| needed.contains(&lesson.slug));
    Ok(lessons)
}

/// That there is no lesson of this name, and which there are.
pub fn unknown(slug: &str, lessons: &[Lesson]) -> String {
    let slugs: Vec<&str> = lessons.iter().map(|lesson| lesson.slug.as_str()).collect();
    format!(
        "There is no lesson `{slug}`. These are: {}.",
        slugs.join(", ")
    )
}

/// Puts exchanges in the order in which a reader meets them: by lesson, and within it
/// as its pages show them, the second after the first. One that stands on a page of
/// another lesson comes first.
///
/// # Errors
///
/// As for [`all`] and [`requirements`], or a page that can't be read.
pub fn in_page_order(root: &Path, entries: &mut [Entry]) -> Result<(), String> {
    let mut places = HashMap::new();
    for (order, lesson) in all(root)?.into_iter().enumerate() {
        let mut names = vec![lesson.slug.clone()];
        let asked = requirements(&root.join("snapshots"), &lesson.slug)?;
        names.extend(asked.into_iter().map(|asked| asked.page));
        names.dedup();
        let mut pages = String::new();
        for name in names {
            let path = root.join("book/pages").join(format!("{name}.md"));
            pages += &fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        places.insert(lesson.slug, (order, pages));
    }
    entries.sort_by_cached_key(|entry| {
        let (order, pages) = match places.get(&entry.lesson) {
            Some((order, pages)) => (*order, pages.as_str()),
            None => (places.len(), ""),
        };
        // Something may be asked of its picture behind the name.
        let shown = ["}}", " "].map(|end| format!("{{{{#exchange {}{end}", entry.id()));
        let at = shown.iter().filter_map(|shown| pages.find(shown)).min();
        (order, at.map(|at| at + 1), entry.id())
    });
    Ok(())
}

/// The file of a lesson's code, in the repository and in a reader's project.
pub fn code(slug: &str) -> PathBuf {
    PathBuf::from("src/lessons").join(format!("{}.rs", module(slug)))
}

/// The files of the lesson's submodules, if it has any, below the project's folder.
///
/// # Errors
///
/// A folder that can't be read.
pub fn submodules(root: &Path, slug: &str) -> Result<Vec<PathBuf>, String> {
    let folder = PathBuf::from("src/lessons").join(module(slug));
    let from = root.join("server").join(&folder);
    if !from.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&from).map_err(failed)? {
        files.push(folder.join(entry.map_err(failed)?.file_name()));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::root;
    use exchange::format::library;
    use syn::visit::{self, Visit};

    /// The first names of a file's paths, as `argon2` and `super::flash`. The
    /// file's tests are left out: nobody copies them.
    #[derive(Default)]
    struct Names(BTreeSet<String>);

    impl<'ast> Visit<'ast> for Names {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            // One segment alone is a variable.
            if path.segments.len() > 1 {
                self.0.insert(path.segments[0].ident.to_string());
            }
            visit::visit_path(self, path);
        }

        fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
            let name = |tree: &syn::UseTree| match tree {
                syn::UseTree::Path(path) => path.ident.to_string(),
                syn::UseTree::Name(name) => name.ident.to_string(),
                _ => panic!("a `use` that starts with more than one name"),
            };
            self.0.insert(match &item.tree {
                syn::UseTree::Path(path) if path.ident == "super" => {
                    format!("super::{}", name(&path.tree))
                }
                tree => name(tree),
            });
        }

        fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}
    }

    #[test]
    fn exchanges_come_as_a_reader_meets_them() {
        let root = crate::repository::root();
        let folder = root.join("snapshots");
        let mut entries =
            exchange::format::library::entries(&folder).expect("the exchanges");
        in_page_order(&root, &mut entries).expect("the pages");
        let ids: Vec<String> = entries.iter().map(Entry::id).collect();
        let at = |id: &str| {
            ids.iter()
                .position(|known| known == id)
                .expect("it is there")
        };
        // It stands on the page before its lesson's.
        assert_eq!(at("no-memory/forgotten"), 0);
        assert!(at("session/remembered") < at("session/one-browser-each"));
        assert!(at("session/seven-days") < at("secret-key/edited"));
        assert!(at("secret-key/edited") < at("redirects/old-home"));
        // The second page of a lesson comes after its first.
        assert!(at("cookie-line/secure") < at("cookie-line/names"));
        assert!(at("login/renewed") < at("login/copied"));
        assert!(at("oauth/refused") < at("oauth/another-login"));
    }

    #[test]
    fn the_facts_are_those_of_the_code() {
        let read = |path: PathBuf| fs::read_to_string(root().join(path)).unwrap();
        let manifest: toml::Table = toml::from_str(&read("Cargo.toml".into())).unwrap();
        let crates = &manifest["workspace"]["dependencies"];
        for lesson in all(&root()).unwrap() {
            let code = read(Path::new("server").join(code(&lesson.slug)));
            let mut used = Names::default();
            used.visit_file(&syn::parse_file(&code).unwrap());
            used.0.retain(|name| {
                let is_shared = SHARED.contains(&name.as_str());
                !is_shared && crates.get(name).is_some() || name.contains("::")
            });
            let uses = lesson.uses.iter();
            let uses = uses.map(|slug| format!("super::{}", module(slug)));
            let told: BTreeSet<String> =
                uses.chain(lesson.crates.iter().cloned()).collect();
            assert_eq!(told, used.0, "snapshots/{}/lesson.toml", lesson.slug);
        }
    }

    #[test]
    fn what_a_lesson_uses_comes_before_it_and_each_has_a_place_of_its_own() {
        let lessons = all(&root()).unwrap();
        assert!(
            lessons.is_sorted_by(|one, other| one.order < other.order),
            "two lessons with one order"
        );
        for (index, lesson) in lessons.iter().enumerate() {
            for used in &lesson.uses {
                let before = lessons[..index].iter().any(|other| other.slug == *used);
                assert!(before, "{} uses {used}", lesson.slug);
            }
        }
    }

    #[test]
    fn a_peer_has_lessons_and_exchanges_that_are_there() {
        let entries = library::entries(&root().join("snapshots")).unwrap();
        for peer in Peer::value_variants() {
            let names = of_peer(&root(), *peer).unwrap();
            assert!(!names.is_empty(), "{peer:?}");
            for name in names {
                let known =
                    |entry: &library::Entry| entry.lesson == name || entry.id() == name;
                assert!(entries.iter().any(known), "{peer:?} has {name}");
            }
        }
    }

    #[test]
    fn what_a_lesson_uses_comes_along_with_what_that_uses() {
        let found = with_what_it_uses(&root(), "oauth").unwrap();
        let slugs: Vec<&str> =
            found.iter().map(|lesson| lesson.slug.as_str()).collect();
        assert_eq!(slugs, ["flash", "login", "oauth"]);
        let error = with_what_it_uses(&root(), "oaut").unwrap_err();
        assert!(error.contains("no-memory, session"), "{error}");
    }

    #[test]
    fn a_fact_of_another_name_or_a_server_that_is_none_is_an_error() {
        let read = |more: &str| {
            let text = format!("title = \"T\"\norder = 1\n{more}\n");
            toml::from_str::<Lesson>(&text).map_err(|error| error.to_string())
        };
        assert!(read("").is_ok());
        assert!(read("crate = []").unwrap_err().contains("crate"));
        let error = read("parity = [\"flusk\"]").unwrap_err();
        assert!(error.contains("`flusk` is no server"), "{error}");
    }
}
