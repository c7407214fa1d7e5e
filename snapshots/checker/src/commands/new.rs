//! `new`: a reader's own project.

use super::check::OwnExercises;
use super::{print, put_aside, write, write_over};
use checker::course::handout::{self, FOLDER as HANDOUT, LIST as COURSE};
use checker::lesson;
use checker::repository::root;
use checker::starter::{
    LIST, Level, PORT, Yours, files, left, level_of, next, refreshed, unsolved,
};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

/// What `new` is asked for.
#[derive(Args)]
pub struct New {
    /// The project's folder: empty, not there yet, or a project to go on with
    dir: PathBuf,
    /// How much of a lesson is yours to write; bodies, when nothing is said
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Start at this lesson, with the ones before it solved; at `empty`, without them
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
        if let Some(asked) = &command.lesson {
            let all = lesson::all(&root())?;
            if !all.iter().any(|lesson| lesson.slug == *asked) {
                return Err(lesson::unknown(asked, &all));
            }
        }
        // They are the course's author's, and no reader's.
        write_over(dir, course)?;
        let mut said = String::new();
        if let Some(other) = command.level.filter(|asked| *asked != level) {
            said += &format!(
                "The level of {} is {level}, and stays so. A new folder can have --level {other}.\n",
                dir.display()
            );
        }
        let solved = match (&command.lesson, command.solved) {
            (_, true) => solve(dir, level, None)?,
            (Some(lesson), _) if level != Level::Empty => {
                solve(dir, level, Some(lesson))?
            }
            _ => String::new(),
        };
        go_on(command, level, &said, &solved, &told)?;
        return Ok(true);
    }
    let yours = match &command.lesson {
        _ if command.solved => Yours::Nothing,
        Some(lesson) => Yours::From(lesson),
        None => Yours::All,
    };
    let level = command.level.unwrap_or(Level::Bodies);
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
/// in it is kept beside the other. Where it is to be `before` a lesson, such a file is
/// left as it is.
fn solve(dir: &Path, level: Level, before: Option<&str>) -> Result<String, String> {
    let root = root();
    let mut found = unsolved(&root, dir, level)?;
    if let Some(lesson) = before {
        let slugs = lesson::slugs(&root)?;
        let earlier = slugs.iter().take_while(|slug| *slug != lesson);
        let earlier: Vec<PathBuf> = earlier.map(|slug| lesson::code(slug)).collect();
        found.retain(|(file, _, is_begun)| earlier.contains(file) && !is_begun);
    }
    let mut said = String::new();
    for (file, text, is_begun) in found {
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
fn go_on(
    command: &New,
    level: Level,
    said: &str,
    solved: &str,
    told: &str,
) -> Result<(), String> {
    let (root, dir) = (root(), &command.dir);
    let (config, text) = refreshed(&root);
    let path = dir.join(config);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    let dir_name = dir.display();
    let asked = command.lesson.as_deref().unwrap_or_default();
    let is_left = !left(dir, &[asked]).is_empty();
    let write =
        |file: &Path| format!("write each `todo!()` in {dir_name}/{}.", file.display());
    let goes_on = match (level, asked) {
        (Level::Empty, _) => format!("{dir_name}/{LIST} says what it must do."),
        (_, "") => match next(&root, dir)? {
            Some((slug, file)) => {
                format!("The next lesson is {slug}: {}", write(&file))
            }
            None => "No `todo!()` is left.".to_owned(),
        },
        _ if is_left => {
            format!("The lesson is {asked}: {}", write(&lesson::code(asked)))
        }
        _ => format!(
            "The lesson is {asked}, and no `todo!()` is left in it: in `watch`, \
             r {asked} begins it again."
        ),
    };
    let unchanged = if solved.is_empty() { " as it is" } else { "" };
    let watched = format!("{dir_name} {asked}");
    print(&format!(
        "{said}{solved}{dir_name} goes on{unchanged}. {goes_on}{told}\n\n\
         See what passes:  cargo snapshots watch {}\n",
        watched.trim_end()
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
