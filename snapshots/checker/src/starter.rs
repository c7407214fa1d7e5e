//! A reader's own project, made from the book's lessons: the same files with
//! the handlers' bodies taken out, and in their place what the pins say must
//! come back. It is made anew each time, so it can't drift from the lessons.

use exchange::format::cookie::Value;
use exchange::format::library;
use exchange::format::page;
use exchange::format::transcript::Turn;
use std::fs;
use std::path::{Path, PathBuf};

/// The port of a reader's server, beside the book's on 8000.
pub const PORT: u16 = 8001;
/// The most lines of what must come back, for one handler.
const HINTS: usize = 6;

/// The lessons of the repository at `root`, in the book's order, as slugs.
///
/// # Errors
///
/// `server/src/lessons/mod.rs` can't be read, or has no list of lessons.
pub fn lessons(root: &Path) -> Result<Vec<String>, String> {
    let path = root.join("server/src/lessons/mod.rs");
    let text = read(&path)?;
    let list = text.split("\nlessons! {").nth(1);
    let list = list.and_then(|rest| rest.split('}').next());
    let list = list
        .ok_or_else(|| format!("{}: there is no `lessons! {{ … }}`", path.display()))?;
    Ok(list
        .split_whitespace()
        .map(|module| module.replace('_', "-"))
        .collect())
}

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
    let lessons = lessons(root)?;
    let first = match from {
        None => 0,
        Some(from) => lessons
            .iter()
            .position(|lesson| lesson == from)
            .ok_or_else(|| {
                format!(
                    "There is no lesson `{from}`. These are: {}.",
                    lessons.join(", ")
                )
            })?,
    };
    let mut files = vec![
        (PathBuf::from("Cargo.toml"), manifest(root, name)?),
        (PathBuf::from("Cargo.lock"), read(&root.join("Cargo.lock"))?),
        (PathBuf::from(".cargo/config.toml"), cargo_config(root)),
        (PathBuf::from(".gitignore"), "/target\n.env\n".to_owned()),
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
        let file = format!("{}.rs", lesson.replace('-', "_"));
        let text = read(&root.join("server/src/lessons").join(&file))?;
        let text = match index < first {
            true => without_anchors(&text),
            false => emptied(&text, &pinned(root, lesson)?, lesson),
        };
        files.push((Path::new("src/lessons").join(file), text));
    }
    templates(
        &root.join("server/templates"),
        Path::new("templates"),
        &mut files,
    )?;
    Ok(files)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The lessons' dependencies, in the versions that the book has.
fn manifest(root: &Path, name: &str) -> Result<String, String> {
    let table = read(&root.join("Cargo.toml"))?;
    let dependency = |wanted: &str| {
        let line = table
            .lines()
            .find(|line| line.split(" = ").next() == Some(wanted));
        line.map(|line| format!("{line}\n")).ok_or_else(|| {
            format!(
                "{}: {wanted} has no version",
                root.join("Cargo.toml").display()
            )
        })
    };
    let mut text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n"
    );
    for wanted in [
        "argon2",
        "base64",
        "dotenvy",
        "hmac",
        "oauth2",
        "rocket",
        "rocket_dyn_templates",
        "serde",
        "sha2",
        "ureq",
    ] {
        text += &dependency(wanted)?;
    }
    // The profile is the book's, so that what it has built is used again.
    text += "\n[workspace]\n\n[profile.dev]\ndebug = \"line-tables-only\"\ncodegen-units = 16\n\n\
             [profile.dev.package.\"*\"]\ndebug = false\n\n\
             [profile.dev.package.argon2]\nopt-level = 3\n\n\
             [profile.dev.package.blake2]\nopt-level = 3\n";
    Ok(text)
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

/// One lesson's file, as the reader's turn.
///
/// # Errors
///
/// A lesson that is not there, or a file that can't be read.
pub fn turn_of(root: &Path, lesson: &str) -> Result<(PathBuf, String), String> {
    let path =
        Path::new("src/lessons").join(format!("{}.rs", lesson.replace('-', "_")));
    let all = files(root, "any", None)?;
    let found = all.into_iter().find(|(found, _)| *found == path);
    found.ok_or_else(|| {
        let lessons = lessons(root).unwrap_or_default();
        format!(
            "There is no lesson `{lesson}`. These are: {}.",
            lessons.join(", ")
        )
    })
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

/// A lesson's file with the bodies of its handlers taken out.
fn emptied(text: &str, pins: &[Turn], lesson: &str) -> String {
    let mut empty = String::new();
    let text = without_anchors(text);
    let mut lines = text.lines().peekable();
    let mut route: Option<(String, String)> = None;
    while let Some(line) = lines.next() {
        empty += line;
        empty.push('\n');
        if let Some(found) = route_of(line) {
            route = Some(found);
        }
        // rustfmt ends a signature with ` {`, and the body with a bare brace.
        if !line.ends_with(" {") {
            continue;
        }
        if let Some((method, pattern)) = route.take() {
            empty += &turn(&method, &pattern, pins, lesson);
            while lines.next_if(|line| *line != "}").is_some() {}
        }
    }
    empty
}

/// Method and path of `#[get("/visits?<name>")]`.
fn route_of(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix("#[")?;
    let (method, rest) = rest.split_once("(\"")?;
    if !["get", "post", "put", "delete", "patch"].contains(&method) {
        return None;
    }
    let path = rest.split(['"', '?']).next()?;
    Some((method.to_ascii_uppercase(), path.to_owned()))
}

fn reaches(method: &str, pattern: &str, exchange: &Turn) -> bool {
    let target = exchange
        .request
        .target
        .split('?')
        .next()
        .unwrap_or_default();
    let (pattern, path): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), target.split('/').collect());
    let asked = exchange.request.method.replace("HEAD", "GET");
    asked == method
        && pattern.len() == path.len()
        && pattern
            .iter()
            .zip(&path)
            .all(|(part, asked)| part.starts_with('<') || part == asked)
}

/// What stands in the place of a body.
fn turn(method: &str, pattern: &str, pins: &[Turn], lesson: &str) -> String {
    let mut hints: Vec<String> = Vec::new();
    for exchange in pins
        .iter()
        .filter(|exchange| reaches(method, pattern, exchange))
    {
        let hint = hint(exchange);
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    let mut text = String::from("    // What must come back:\n");
    for hint in hints.iter().take(HINTS) {
        text += &format!("    //   {hint}\n");
    }
    text + &format!("    todo!(\"http://127.0.0.1:8000/book/{lesson}.html\")\n")
}

/// An exchange in a line: `GET /greet with session=sealed(Ada): 200, Hello, Ada!`
fn hint(turn: &Turn) -> String {
    let (request, response) = (&turn.request, &turn.response);
    let mut text = format!("{} {}", request.method, short(&request.target));
    if let Some(cookies) = request.header("cookie") {
        text += &format!(" with {}", short(cookies));
    }
    if !request.body.is_empty() {
        text += &format!(" with the body {}", short(&request.body));
    }
    text += &format!(": {}", response.status);
    if let Some(location) = response.header("location") {
        text += &format!(" to {}", short(location));
    }
    for set in response.sets() {
        text += &match &set.value {
            Some(Value::Plain(value)) => {
                format!(", sets {}={}", set.name, short(value))
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
            let handlers = text.lines().filter(|line| route_of(line).is_some()).count();
            assert_eq!(
                text.matches("todo!(\"").count(),
                handlers,
                "{}",
                path.display()
            );
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
