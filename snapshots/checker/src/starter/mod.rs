//! Projects made from the book's lessons. A reader's own has the same files with
//! the handlers' bodies taken out, and in their place what the pins say must
//! come back; a copy has one lesson, as it is, and what its code uses. Each is
//! made anew each time, so it can't drift from the lessons.

mod manifest;
mod turn;

use crate::lesson::{self, Lesson, SHARED};
use clap::ValueEnum;
use exchange::format::library;
use exchange::format::requirement::requirements;
use exchange::format::transcript::Turn;
use manifest::{Facts, facts, manifest};
pub use manifest::{from_of, level_of};
use serde::Deserialize;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
pub use turn::hints;

/// Where a project says how cargo is to build it.
const CARGO_CONFIG: &str = ".cargo/config.toml";
/// The list of what is asked, in a project that has nothing else of the lessons.
pub const LIST: &str = "LESSONS.md";
/// What the book's own server has beside its lessons, so that each line of an answer
/// can be as the book's.
const BESIDE_LESSONS: [&str; 4] = [
    "src/errors.rs",
    "src/headers.rs",
    "src/lessons/mod.rs",
    "src/methods.rs",
];
/// The templates that the provider shows its page with.
const OF_THE_PROVIDER: [&str; 2] =
    ["templates/base.html.j2", "templates/oauth/consent.html.j2"];
/// What stands where something is left to write.
const LEFT: &str = "todo!(";
/// The port of a reader's server, beside the book's on 8000.
pub const PORT: u16 = 8001;
/// What a reader's project needs beside its lessons: for its `main.rs`, and for the
/// other server that one of them logs in with.
const BESIDE: [&str; 4] = ["base64", "dotenvy", "oauth2", "sha2"];

/// How much of a lesson is the reader's to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The handlers' bodies
    Bodies,
    /// Those, the guards' bodies, and `routes()`
    Guards,
    /// All: there is a `main.rs` that starts, and a list of what is asked
    Empty,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Bodies => "bodies",
            Level::Guards => "guards",
            Level::Empty => "empty",
        })
    }
}

/// Which lessons are the reader's to write; the ones before them are solved.
#[derive(Debug, Clone, Copy)]
pub enum Yours<'a> {
    /// Every one.
    All,
    /// This one, and those that follow.
    From(&'a str),
    /// Not one.
    Nothing,
}

/// The files of a project with these lessons for the reader to write; by path below
/// the project's folder.
///
/// # Errors
///
/// A lesson that is not there (with the list of those that are), or a file of
/// the repository that can't be read.
pub fn files(
    root: &Path,
    name: &str,
    yours: Yours<'_>,
    level: Level,
) -> Result<Vec<(PathBuf, String)>, String> {
    let lessons = lesson::all(root)?;
    let first = match yours {
        Yours::All => 0,
        Yours::Nothing => lessons.len(),
        Yours::From(from) => lessons
            .iter()
            .position(|lesson| lesson.slug == from)
            .ok_or_else(|| lesson::unknown(from, &lessons))?,
    };
    let crates = crates(&lessons).chain(BESIDE).collect();
    // What is before it is not there, so nothing asks for it.
    let from = match yours {
        Yours::From(from) if level == Level::Empty && first > 0 => {
            Some(from.to_owned())
        }
        _ => None,
    };
    let facts = Facts {
        level,
        from,
        solved: matches!(yours, Yours::Nothing),
    };
    let of_the_book = |path: &str| {
        Ok::<_, String>((path.into(), read(&root.join("server").join(path))?))
    };
    let mut files = vec![
        (
            PathBuf::from("Cargo.toml"),
            manifest(root, name, &crates, Some(&facts))?,
        ),
        (PathBuf::from("Cargo.lock"), read(&root.join("Cargo.lock"))?),
        (PathBuf::from(CARGO_CONFIG), cargo_config(root)),
        (
            PathBuf::from(".gitignore"),
            "/target\n.env\n.inboxes\n.snapshots.json\n".to_owned(),
        ),
        (PathBuf::from("Rocket.toml"), rocket_config()),
        of_the_book("src/provider.rs")?,
    ];
    if level == Level::Empty {
        files.push(("src/main.rs".into(), EMPTY_MAIN.to_owned()));
        files.push((LIST.into(), asked(root, &lessons[first..])?));
        for path in OF_THE_PROVIDER {
            let text = read(&root.join("server").join(path))?;
            files.push((path.into(), without_anchors(&text)));
        }
        return Ok(files);
    }
    files.push(("src/main.rs".into(), MAIN.to_owned()));
    for path in BESIDE_LESSONS {
        files.push(of_the_book(path)?);
    }
    for (index, lesson) in lessons.iter().enumerate() {
        files.push(match index < first {
            true => (lesson::code(&lesson.slug), solved(root, &lesson.slug)?),
            false => turn_of(root, &lesson.slug, level)?,
        });
        for path in lesson::submodules(root, &lesson.slug)? {
            let text = without_anchors(&read(&root.join("server").join(&path))?);
            files.push((path, text));
        }
    }
    templates(
        &root.join("server/templates"),
        Path::new("templates"),
        &mut files,
    )?;
    Ok(files)
}

/// What the lessons ask of a server, with each request that their exchanges make and
/// what must come back.
fn asked(root: &Path, lessons: &[Lesson]) -> Result<String, String> {
    let mut text = String::from(
        "# What your server must do\n\n\
         Lay it out as you like. `cargo snapshots watch .` says what is still missing.\n\
         It starts your server with its port in `ROCKET_PORT`, and a key of its own in\n\
         `SECRET_KEY`. Your `main.rs` does not read that key: [the page on it](http://127.0.0.1:8000/book/secret-key.html)\n\
         says how. The provider that one lesson logs in with is there, and `templates` has its page.\n\n\
         All other pages and their templates are yours. What is looked for in them is the `h1`, a\n\
         message in an element with `role=\"status\"` or `role=\"alert\"`, one `<li>` for each thing\n\
         in a list, and what a form sends along that nobody fills in, as a hidden `<input>`.\n\
         What a message says is the page's, and what a plain answer says; an `h1` may be yours.\n\
         A cookie may have a name of yours, too, but what writes one by hand is then left out.\n\
         Some steps seal a cookie by themselves, as `login`, `music`, `oauth` or `inbox`: each is\n\
         read as the page's server reads it.\n",
    );
    for Lesson { slug, title, .. } in lessons {
        text += &format!("\n## {title}\n");
        let mut page = String::new();
        for requirement in requirements(&root.join("snapshots"), slug)? {
            if page != requirement.page {
                page = requirement.page;
                text += &format!("\nhttp://127.0.0.1:8000/book/{page}.html\n\n");
            }
            text += &format!("- {}\n", requirement.text);
        }
        text += "\nWhat the book's code for it takes from other crates:\n\n";
        for line in uses(&solved(root, slug)?) {
            text += &format!("    {line}\n");
        }
        text += "\nThe requests, and what comes back from the book's server:\n\n";
        for hint in turn::hints(&pinned(root, slug)?) {
            text += &format!("    {hint}\n");
        }
    }
    Ok(text)
}

/// The lines that bring in names of other crates, each on one line.
fn uses(code: &str) -> Vec<String> {
    let begun = code.split("\nuse ").skip(1);
    let ends = begun.filter_map(|rest| rest.split_once(';'));
    let own =
        ends.map(|(names, _)| names.split_whitespace().collect::<Vec<_>>().join(" "));
    // A module that is declared here is the lesson's own.
    let is_own = |names: &str| {
        let first = names.split("::").next().unwrap_or_default();
        first == "super" || code.contains(&format!("\nmod {first};"))
    };
    own.filter(|names| !is_own(names))
        .map(|names| format!("use {names};"))
        .collect()
}

/// The most bytes of a `Rocket.toml`.
const LONG: u64 = 1024 * 1024;

/// The port that a project's `Rocket.toml` gives its server in a debug build; nothing
/// where it gives none. It may be anybody's: what is no file, or a long one, is not read.
pub fn port_of(project: &Path) -> Option<u16> {
    let path = project.join("Rocket.toml");
    fs::metadata(&path)
        .ok()
        .filter(|about| about.is_file() && about.len() <= LONG)?;
    let text = fs::read_to_string(path).ok()?;
    let profiles: toml::Table = toml::from_str(&text).ok()?;
    let port = |profile: &&str| profiles.get(*profile)?.get("port")?.as_integer();
    let port = ["debug", "default"].iter().find_map(port)?;
    u16::try_from(port).ok()
}

/// What a project has that goes on after the book's folder was moved: where cargo
/// finds what the book has built, and `cargo snapshots`.
pub fn refreshed(root: &Path) -> (PathBuf, String) {
    (CARGO_CONFIG.into(), cargo_config(root))
}

/// The first lesson with something left to write, in the book's order, and its file.
///
/// # Errors
///
/// A `lesson.toml` that can't be read.
pub fn next(root: &Path, project: &Path) -> Result<Option<(String, PathBuf)>, String> {
    let lessons = lesson::all(root)?.into_iter();
    let mut files = lessons.map(|it| (lesson::code(&it.slug), it.slug));
    let is_left = |path: &Path| {
        let text = fs::read_to_string(project.join(path));
        text.is_ok_and(|text| text.contains(LEFT))
    };
    let found = files.find(|(path, _)| is_left(path));
    Ok(found.map(|(path, slug)| (slug, path)))
}

/// The files of these lessons in which something is left to write, and in how many
/// places.
pub fn left(project: &Path, slugs: &[&str]) -> Vec<(PathBuf, usize)> {
    let files = slugs.iter().map(|slug| lesson::code(slug));
    let counted = files.map(|path| {
        // A project of another layout has no such file.
        let text = fs::read_to_string(project.join(&path)).unwrap_or_default();
        (path, text.matches(LEFT).count())
    });
    counted.filter(|(_, count)| *count > 0).collect()
}

/// The files of these lessons in which nothing is left to write, and whose compiler
/// warnings are still muted.
pub fn muted(project: &Path, slugs: &[&str]) -> Vec<PathBuf> {
    let files = slugs.iter().map(|slug| lesson::code(slug));
    let is_muted = |path: &PathBuf| {
        let text = fs::read_to_string(project.join(path)).unwrap_or_default();
        text.contains(turn::ALLOW) && !text.contains(LEFT)
    };
    files.filter(is_muted).collect()
}

/// Whether the reader has written this lesson: its code is not the book's, and the
/// project is none that was made solved.
pub fn is_readers_own(root: &Path, project: &Path, slug: &str) -> bool {
    let own = fs::read_to_string(project.join(lesson::code(slug)));
    // A project of another layout has no such file.
    let is_the_books = own.is_ok_and(|own| {
        solved(root, slug).is_ok_and(|book| own.replace("\r\n", "\n") == book)
    });
    !is_the_books && !facts(project).is_some_and(|facts| facts.solved)
}

/// The lessons' files that a project lacks, or in which something is left to write, as
/// the book has them; and whether what is there has a reader's words in it.
///
/// # Errors
///
/// A project with no lessons of the book, or a file that can't be read.
pub fn unsolved(
    root: &Path,
    project: &Path,
    level: Level,
) -> Result<Vec<(PathBuf, String, bool)>, String> {
    let mut found = Vec::new();
    for Lesson { slug, .. } in lesson::all(root)? {
        let (path, turn) = turn_of(root, &slug, level)?;
        let there = fs::read_to_string(project.join(&path)).ok();
        if there.as_ref().is_none_or(|text| text.contains(LEFT)) {
            let is_begun = there.is_some_and(|text| text != turn);
            found.push((path, solved(root, &slug)?, is_begun));
        }
    }
    Ok(found)
}

/// One lesson's file, as the reader's turn at this level.
///
/// # Errors
///
/// A lesson that is not there, a project that has no file for it, or a file that
/// can't be read.
pub fn turn_of(
    root: &Path,
    slug: &str,
    level: Level,
) -> Result<(PathBuf, String), String> {
    if level == Level::Empty {
        return Err(format!(
            "All files of this project are your own. {LIST} is the book's."
        ));
    }
    let lessons = lesson::all(root)?;
    if !lessons.iter().any(|lesson| lesson.slug == slug) {
        return Err(lesson::unknown(slug, &lessons));
    }
    let path = lesson::code(slug);
    let guards = level == Level::Guards;
    let (text, pins) = (solved(root, slug)?, pinned(root, slug)?);
    let empty = turn::emptied(&text, &pins, slug, guards)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let asked = requirements(&root.join("snapshots"), slug)?;
    Ok((path, turn::with_what_is_asked(&empty, &asked)))
}

/// One lesson's file, as the book has it.
fn solved(root: &Path, slug: &str) -> Result<String, String> {
    let path = root.join("server").join(lesson::code(slug));
    Ok(without_anchors(&read(&path)?))
}

/// The files of a project that has one lesson, as a reader would copy it: its
/// code, that which it uses, and a `main.rs` that mounts them.
///
/// # Errors
///
/// As for [`files`].
pub fn copy(root: &Path, slug: &str) -> Result<Vec<(PathBuf, String)>, String> {
    let lessons = lesson::with_what_it_uses(root, slug)?;
    let crates = crates(&lessons).collect();
    let mut main = String::new();
    for lesson in &lessons {
        main += &format!("mod {};\n", lesson.module());
    }
    main +=
        "\n#[rocket::launch]\nfn rocket() -> _ {\n    let rocket = rocket::build();\n";
    for lesson in &lessons {
        if let Some(state) = &lesson.state {
            main += &format!("    let state = {}::{state};\n", lesson.module());
            main += "    let rocket = rocket.manage(state);\n";
        }
    }
    main += "    rocket\n";
    for lesson in &lessons {
        main += &format!("        .mount(\"/\", {}::routes())\n", lesson.module());
    }
    main += "        .attach(rocket_dyn_templates::Template::fairing())\n}\n";
    let mut files = vec![
        (
            PathBuf::from("Cargo.toml"),
            manifest(root, "copied", &crates, None)?,
        ),
        (PathBuf::from("Cargo.lock"), read(&root.join("Cargo.lock"))?),
        (PathBuf::from("src/main.rs"), main),
    ];
    for lesson in &lessons {
        let path = Path::new("src").join(format!("{}.rs", lesson.module()));
        let code = root.join("server").join(lesson::code(&lesson.slug));
        files.push((path, read(&code)?));
        for path in lesson::submodules(root, &lesson.slug)? {
            let text = read(&root.join("server").join(&path))?;
            let below = path.strip_prefix("src/lessons").unwrap_or(&path);
            files.push((Path::new("src").join(below), text));
        }
    }
    Ok(files)
}

/// The manifest of a package with all that a reader's project depends on, and the
/// versions of it.
///
/// # Errors
///
/// A file of the repository that can't be read.
pub fn dependencies(root: &Path, name: &str) -> Result<(String, String), String> {
    let lessons = lesson::all(root)?;
    let crates = crates(&lessons).chain(BESIDE).collect();
    let lock = read(&root.join("Cargo.lock"))?;
    Ok((manifest(root, name, &crates, None)?, lock))
}

/// The crates that these lessons need.
fn crates(lessons: &[Lesson]) -> impl Iterator<Item = &str> {
    let own = lessons.iter().flat_map(|lesson| &lesson.crates);
    own.map(String::as_str).chain(SHARED)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn cargo_config(root: &Path) -> String {
    let target = root.join("target").display().to_string();
    let manifest = root.join("Cargo.toml").display().to_string();
    let mut config = format!(
        "# The book's build has most of what this project needs. Without this line the\n\
         # project builds everything itself, into its own folder.\n\
         # Was the book's folder moved? There, `cargo snapshots new` and this project's\n\
         # folder puts the paths right, and changes nothing else.\n[build]\ntarget-dir = {target:?}\n"
    );
    // A text, since that of the book is one: below its folder cargo reads both, and
    // fails where they differ in kind. In a text, a space would end the path.
    if !manifest.contains(char::is_whitespace) {
        let snapshots =
            format!("run --quiet --manifest-path {manifest} --package checker --");
        config += &format!("\n[alias]\nsnapshots = {snapshots:?}\n");
    }
    config
}

fn rocket_config() -> String {
    format!(
        "[default]\nport = {PORT}\n# Who has the key can write the sessions: in a release, set SECRET_KEY.\n"
    )
}

const MAIN: &str = r#"//! My own server. Each `todo!()` in `src/lessons` is a handler to write; above
//! it stands what must come back, and the page that explains it.

mod lessons;
// The other server that one of the lessons logs in with, and what the book's own
// server has around its lessons. Nothing to write there.
mod errors;
mod headers;
mod methods;
mod provider;

use lessons::secret_key::with_key;
use rocket::Config;
use rocket_dyn_templates::Template;

#[rocket::launch]
fn rocket() -> _ {
    dotenvy::dotenv().ok();
    let figment = Config::figment();
    let debug = figment.profile() == Config::DEBUG_PROFILE;
    let figment = match with_key(figment, debug) {
        Ok(figment) => figment,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    provider::mount(lessons::mount(rocket::custom(figment)))
        .attach(Template::fairing())
        .attach(methods::NoHead)
        .attach(headers::Headers::of_the_lessons())
        .register("/", errors::catchers())
}
"#;

const EMPTY_MAIN: &str = r#"//! My own server. LESSONS.md says what it must do.

// The other server that one of the lessons logs in with. Nothing to write there.
#[allow(unused)]
mod provider;

use rocket::routes;
use rocket_dyn_templates::Template;

#[rocket::launch]
fn rocket() -> _ {
    dotenvy::dotenv().ok();
    provider::mount(rocket::build())
        .mount("/", routes![])
        .attach(Template::fairing())
}
"#;

fn templates(
    from: &Path,
    to: &Path,
    files: &mut Vec<(PathBuf, String)>,
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(from).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    for entry in entries {
        let to = to.join(entry.file_name().unwrap_or_default());
        match entry.is_dir() {
            true => templates(&entry, &to, files)?,
            false => files.push((to, without_anchors(&read(&entry)?))),
        }
    }
    Ok(())
}

/// The text without the comments that tell the book where a listing ends.
fn without_anchors(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("ANCHOR"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// What must come back from each request that the lesson's exchanges make.
fn pinned(root: &Path, lesson: &str) -> Result<Vec<Turn>, String> {
    let folder = root.join("snapshots");
    let entries = library::entries(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| entry.lesson == lesson) {
        found.extend(entry.pin()?.turns);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::root;

    fn file(files: &[(PathBuf, String)], path: &str) -> String {
        let found = files.iter().find(|(found, _)| found == Path::new(path));
        found
            .map(|(_, text)| text.clone())
            .unwrap_or_else(|| panic!("no {path}"))
    }

    #[test]
    fn a_path_with_a_space_in_it_is_in_no_alias() {
        let config: toml::Table =
            toml::from_str(&cargo_config(Path::new("/a/b"))).unwrap();
        let alias = config["alias"]["snapshots"].as_str();
        assert_eq!(
            alias,
            Some("run --quiet --manifest-path /a/b/Cargo.toml --package checker --")
        );
        let config: toml::Table =
            toml::from_str(&cargo_config(Path::new("/a b"))).unwrap();
        assert_eq!(config["build"]["target-dir"].as_str(), Some("/a b/target"));
        assert!(!config.contains_key("alias"));
    }

    #[test]
    fn of_two_handlers_for_one_address_each_is_told_the_answers_of_its_type() {
        let files = files(&root(), "mine", Yours::All, Level::Bodies).unwrap();
        let login = file(&files, "src/lessons/login.rs");
        let told = |name: &str| {
            let (_, rest) = login.split_once(&format!("fn {name}(")).unwrap();
            rest.split_once("todo!").unwrap().0.to_owned()
        };
        let (account, stranger) = (told("account"), told("stranger"));
        assert!(
            account.contains(": 200") && !account.contains(": 303"),
            "{account}"
        );
        assert!(
            stranger.contains(": 303") && !stranger.contains(": 200"),
            "{stranger}"
        );
        let (log_out, nobody) = (told("log_out"), told("nobody"));
        assert!(log_out.contains("You are logged out"), "{log_out}");
        assert!(nobody.contains(": 303 to /login\n"), "{nobody}");
        assert!(!nobody.contains("You are logged out"), "{nobody}");
    }

    #[test]
    fn every_handler_is_the_readers_turn() {
        let files = files(&root(), "mine", Yours::All, Level::Bodies).unwrap();
        let session = file(&files, "src/lessons/session.rs");
        assert!(session.contains(
            "pub fn greet(cookies: &CookieJar<'_>) -> String {\n    // What must come back:\n    \
             //   GET /greet with session=sealed(Ada): 200, Hello, Ada!\n"
        ), "{session}");
        assert!(
            session.contains("todo!(\"http://127.0.0.1:8000/book/session.html\")\n}\n"),
            "{session}"
        );
        assert!(!session.contains("get_private(\"session\")"), "{session}");
        // Guards stay: they are what the handlers are written with.
        assert!(
            session.contains("impl<'r> FromRequest<'r> for Visitor"),
            "{session}"
        );
        for (path, text) in &files {
            assert!(!text.contains("ANCHOR"), "{}", path.display());
            // What is around the lessons is finished.
            if !path.starts_with("src/lessons") {
                continue;
            }
            if path.extension().is_some_and(|found| found == "rs") {
                let handlers = turn::handlers(text).unwrap().len();
                let turns = text.matches("todo!(\"").count();
                assert_eq!(turns, handlers, "{}", path.display());
            }
        }
    }

    #[test]
    fn guards_and_routes_are_the_readers_turn_a_level_higher() {
        let files = files(&root(), "mine", Yours::All, Level::Guards).unwrap();
        let session = file(&files, "src/lessons/session.rs");
        let guard = session.split("impl<'r> FromRequest<'r> for Visitor").nth(1);
        let (_, body) = guard.unwrap().split_once("Outcome<").unwrap();
        // Where rustfmt would have it.
        let turn = "{\n        // What it yields:\n        \
                    //   Outcome::Success(visitor.unwrap_or_default())\n        \
                    // It is for: visits\n        \
                    todo!(\"http://127.0.0.1:8000/book/session.html\")\n    }\n";
        assert!(body.contains(turn), "{body}");
        let routes = session.split("fn routes()").nth(1).unwrap();
        assert!(routes.contains("rocket::routes![]"), "{routes}");
    }

    #[test]
    fn an_empty_project_has_a_list_of_what_is_asked_and_no_lesson() {
        let files = files(&root(), "mine", Yours::From("flash"), Level::Empty).unwrap();
        let list = file(&files, "LESSONS.md");
        assert!(list.contains("- `POST /save` leaves a message"), "{list}");
        assert!(list.contains("    POST /save"), "{list}");
        assert!(!list.contains("/visits"), "{list}");
        // The names that a page does not show, and each page of two.
        assert!(
            list.contains("    use rocket::response::{Flash, Redirect};\n"),
            "{list}"
        );
        assert!(
            list.contains("book/login-ends.html\n\n- `POST /logout`"),
            "{list}"
        );
        assert!(
            list.contains("from a page of http://elsewhere.example"),
            "{list}"
        );
        assert!(file(&files, "Cargo.toml").contains("from = \"flash\"\n"));
        let lessons = Path::new("src/lessons");
        assert!(!files.iter().any(|(path, _)| path.starts_with(lessons)));
    }

    #[test]
    fn a_list_of_all_lessons_says_the_words_of_each_cookie() {
        let files = files(&root(), "mine", Yours::All, Level::Empty).unwrap();
        let list = file(&files, "LESSONS.md");
        assert!(
            list.contains("sets hidden=Ada; HttpOnly, sets open=Ada"),
            "{list}"
        );
        assert!(!file(&files, "Cargo.toml").contains("from = "));
    }

    #[test]
    fn the_lessons_before_the_first_turn_are_solved() {
        let files =
            files(&root(), "mine", Yours::From("flash"), Level::Bodies).unwrap();
        assert!(!file(&files, "src/lessons/session.rs").contains("todo!"));
        assert!(file(&files, "src/lessons/flash.rs").contains("todo!"));
        assert!(file(&files, "src/lessons/post_redirect_get.rs").contains("todo!"));
    }

    #[test]
    fn a_lesson_that_is_not_there_names_those_that_are() {
        let error =
            files(&root(), "mine", Yours::From("flsh"), Level::Empty).unwrap_err();
        assert!(error.contains("no-memory, session"), "{error}");
    }
}
