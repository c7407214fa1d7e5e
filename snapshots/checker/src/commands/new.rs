//! `new`: a reader's own project.

use super::check::OwnExercises;
use super::{print, put_aside, write, write_over};
use checker::course::handout::{self, FOLDER as HANDOUT, LIST as COURSE};
use checker::repository::root;
use checker::starter::{
    LIST, Level, PORT, Yours, files, level_of, next, refreshed, unsolved,
};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

/// What `new` is asked for.
#[derive(Args)]
pub struct New {
    /// The project's folder: empty, not there yet, or a project to go on with
    dir: PathBuf,
    /// How much of a lesson is yours to write
    #[arg(long, value_enum, default_value = "bodies")]
    level: Level,
    /// Start at this lesson, with the ones before it solved
    #[arg(long, value_name = "LESSON")]
    lesson: Option<String>,
    /// With every lesson solved; in a project that is there, those that are not yet
    #[arg(long, conflicts_with_all = ["lesson", "level"])]
    solved: bool,
    #[command(flatten)]
    course: OwnExercises,
}

/// Writes the project, or goes on with it.
pub fn run(command: &New) -> Result<bool, String> {
    let dir = &command.dir;
    let course = handout::files(&command.course.read()?)?;
    let told = told(dir, &course);
    if let Some(level) = level_of(dir) {
        // They are the course's author's, and no reader's.
        write_over(dir, course)?;
        let solved = match command.solved {
            true => solve(dir, level)?,
            false => String::new(),
        };
        go_on(dir, level, &solved, &told)?;
        return Ok(true);
    }
    let yours = match &command.lesson {
        _ if command.solved => Yours::Nothing,
        Some(lesson) => Yours::From(lesson),
        None => Yours::All,
    };
    let level = command.level;
    let mut files = files(&root(), &package(dir)?, yours, level)?;
    files.extend(course);
    write(dir, files)?;
    let dir = dir.display();
    let yours = match level {
        _ if command.solved => {
            format!("Each lesson in {dir}/src/lessons is as the book has it.")
        }
        Level::Bodies => {
            format!("Each `todo!()` in {dir}/src/lessons is yours to write.")
        }
        Level::Guards => format!(
            "Each `todo!()` in {dir}/src/lessons is yours to write, and each `routes![]`."
        ),
        Level::Empty => format!("{dir}/{LIST} says what it must do."),
    };
    let exchanges = match told.is_empty() {
        true => String::new(),
        false => format!(" --exchanges {dir}/{HANDOUT}"),
    };
    print(&format!(
        "{dir} is a server of your own. {yours}{told}\n\n\
         Start it:            cd {dir} && cargo run\n\
         Check it:            cargo snapshots check http://127.0.0.1:{PORT}{exchanges}\n\
         Or both, on saving:  cargo snapshots watch {dir}\n"
    ));
    Ok(true)
}

/// Where the course's exercises are, if there are any.
fn told(dir: &Path, course: &[(PathBuf, String)]) -> String {
    match course.is_empty() {
        true => String::new(),
        false => {
            let dir = dir.display();
            format!(" {dir}/{COURSE} says what your course asks beside it.")
        }
    }
}

/// Solves what is left to write, and says what that was. A file with a reader's words
/// in it is kept beside the other.
fn solve(dir: &Path, level: Level) -> Result<String, String> {
    let mut said = String::new();
    for (file, text, is_begun) in unsolved(&root(), dir, level)? {
        let path = dir.join(&file);
        let kept = match is_begun {
            true => put_aside(&path)?,
            false => None,
        };
        write_over(dir, vec![(file, text)])?;
        let yours = kept.map(|kept| format!(" Yours is {}.", kept.display()));
        let (path, yours) = (path.display(), yours.unwrap_or_default());
        said += &format!("{path} is as the book has it.{yours}\n");
    }
    Ok(said)
}

/// Says where a reader was, and sees to it that the project finds this book, which may
/// have been moved.
fn go_on(dir: &Path, level: Level, solved: &str, told: &str) -> Result<(), String> {
    let (config, text) = refreshed(&root());
    let path = dir.join(config);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    let dir_name = dir.display();
    let left = match (level, next(&root(), dir)?) {
        (Level::Empty, _) => format!("{dir_name}/{LIST} says what it must do."),
        (_, Some((slug, file))) => format!(
            "The next lesson is {slug}: write each `todo!()` in {dir_name}/{}.",
            file.display()
        ),
        (_, None) => "No `todo!()` is left.".to_owned(),
    };
    let unchanged = if solved.is_empty() { " as it is" } else { "" };
    print(&format!(
        "{solved}{dir_name} goes on{unchanged}. {left}{told}\n\nSee what passes:  cargo snapshots watch {dir_name}\n"
    ));
    Ok(())
}

/// The folder's name as a package's.
fn package(dir: &Path) -> Result<String, String> {
    let name = dir
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let name: String = name
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() {
                char
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches('-').to_owned();
    match name.starts_with(|char: char| char.is_ascii_alphabetic()) {
        true => Ok(name),
        false => Err(format!(
            "{}: a project's name starts with a letter, as my-server does.",
            dir.display()
        )),
    }
}
