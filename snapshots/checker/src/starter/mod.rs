//! Projects made from the book's lessons. A reader's own has the same files with
//! the handlers' bodies taken out, and in their place what the pins say must
//! come back; a copy has one lesson, as it is, and what its code uses. Each is
//! made anew each time, so it can't drift from the lessons.

mod manifest;
mod turn;

use crate::lesson::{self, Lesson, SHARED};
use exchange::format::library;
use exchange::format::transcript::Turn;
use manifest::manifest;
use std::fs;
use std::path::{Path, PathBuf};

/// The port of a reader's server, beside the book's on 8000.
pub const PORT: u16 = 8001;
/// What a reader's project needs beside its lessons: for its `main.rs`, and for the
/// other server that one of them logs in with.
const BESIDE: [&str; 4] = ["base64", "dotenvy", "oauth2", "sha2"];

/// The files of a project in which the lessons before `from` are solved and the
/// others are the reader's turn; by path below the project's folder.
///
/// # Errors
///
/// A lesson that is not there (with the list of those that are), or a file of
/// the repository that can't be read.
pub fn files(
    root: &Path,
    name: &str,
    from: Option<&str>,
) -> Result<Vec<(PathBuf, String)>, String> {
    let lessons = lesson::all(root)?;
    let first = match from {
        None => 0,
        Some(from) => lessons
            .iter()
            .position(|lesson| lesson.slug == from)
            .ok_or_else(|| lesson::unknown(from, &lessons))?,
    };
    let crates = crates(&lessons).chain(BESIDE).collect();
    let mut files = vec![
        (PathBuf::from("Cargo.toml"), manifest(root, name, &crates)?),
        (PathBuf::from("Cargo.lock"), read(&root.join("Cargo.lock"))?),
        (PathBuf::from(".cargo/config.toml"), cargo_config(root)),
        (
            PathBuf::from(".gitignore"),
            "/target\n.env\n.inboxes\n".to_owned(),
        ),
        (PathBuf::from("Rocket.toml"), rocket_config()),
        (PathBuf::from("src/main.rs"), MAIN.to_owned()),
        (
            PathBuf::from("src/provider.rs"),
            read(&root.join("server/src/provider.rs"))?,
        ),
        (
            PathBuf::from("src/lessons/mod.rs"),
            read(&root.join("server/src/lessons/mod.rs"))?,
        ),
    ];
    for (index, lesson) in lessons.iter().enumerate() {
        files.push(match index < first {
            true => (lesson::code(&lesson.slug), solved(root, &lesson.slug)?),
            false => turn_of(root, &lesson.slug)?,
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

/// One lesson's file, as the reader's turn.
///
/// # Errors
///
/// A lesson that is not there, or a file that can't be read.
pub fn turn_of(root: &Path, slug: &str) -> Result<(PathBuf, String), String> {
    let lessons = lesson::all(root)?;
    if !lessons.iter().any(|lesson| lesson.slug == slug) {
        return Err(lesson::unknown(slug, &lessons));
    }
    let path = lesson::code(slug);
    let empty = turn::emptied(&solved(root, slug)?, &pinned(root, slug)?, slug)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((path, empty))
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
            manifest(root, "copied", &crates)?,
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
    Ok((manifest(root, name, &crates)?, lock))
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
    let target = root.join("target");
    format!(
        "# The book's build has most of what this project needs. Without this line the\n\
         # project builds everything itself, into its own folder.\n[build]\ntarget-dir = {:?}\n\n\
         [alias]\nsnapshots = [\"run\", \"--quiet\", \"--manifest-path\", {:?}, \"--package\", \"checker\", \"--\"]\n",
        target.display().to_string(),
        root.join("Cargo.toml").display().to_string(),
    )
}

fn rocket_config() -> String {
    format!(
        "[default]\nport = {PORT}\n# Who has the key can write the sessions: in a release, set SECRET_KEY.\n"
    )
}

const MAIN: &str = r#"//! My own server. Each `todo!()` in `src/lessons` is a handler to write; above
//! it stands what must come back, and the page that explains it.

// Take this line out when the last todo!() is gone.
#![allow(unused)]

mod lessons;
// The other server that one of the lessons logs in with. Nothing to write there.
mod provider;

use lessons::secret_key::secret_key;
use rocket::Config;
use rocket_dyn_templates::Template;

#[rocket::launch]
fn rocket() -> _ {
    dotenvy::dotenv().ok();
    let text = std::env::var("SECRET_KEY").ok();
    let figment = Config::figment();
    let debug = figment.profile() == Config::DEBUG_PROFILE;
    let key = match secret_key(text.as_deref(), debug) {
        Ok(key) => key,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    provider::mount(lessons::mount(rocket::custom(figment.merge(("secret_key", key)))))
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
    fn every_handler_is_the_readers_turn() {
        let files = files(&root(), "mine", None).unwrap();
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
            // The provider is another server, and finished.
            if path.ends_with("provider.rs") {
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
    fn the_lessons_before_the_first_turn_are_solved() {
        let files = files(&root(), "mine", Some("flash")).unwrap();
        assert!(!file(&files, "src/lessons/session.rs").contains("todo!"));
        assert!(file(&files, "src/lessons/flash.rs").contains("todo!"));
        assert!(file(&files, "src/lessons/post_redirect_get.rs").contains("todo!"));
    }

    #[test]
    fn a_lesson_that_is_not_there_names_those_that_are() {
        let error = files(&root(), "mine", Some("flsh")).unwrap_err();
        assert!(error.contains("no-memory, session"), "{error}");
    }
}
