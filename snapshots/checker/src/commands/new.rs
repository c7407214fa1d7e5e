//! `new`: a reader's own project.

use super::{print, write};
use checker::repository::root;
use checker::starter::{PORT, files};
use clap::Args;
use std::path::{Path, PathBuf};

/// What `new` is asked for.
#[derive(Args)]
pub struct New {
    /// The project's folder, which must be empty or not there yet
    dir: PathBuf,
    /// Start at this lesson, with the ones before it solved
    #[arg(long, value_name = "LESSON")]
    lesson: Option<String>,
}

/// Writes the project.
pub fn run(command: &New) -> Result<bool, String> {
    let dir = &command.dir;
    let files = files(&root(), &package(dir)?, command.lesson.as_deref())?;
    write(dir, files)?;
    let dir = dir.display();
    print(&format!(
        "{dir} is a server of your own. Each `todo!()` in {dir}/src/lessons is yours to write.\n\n\
         Start it:            cd {dir} && cargo run\n\
         Check it:            cargo snapshots check http://127.0.0.1:{PORT}\n\
         Or both, on saving:  cargo snapshots watch {dir}\n"
    ));
    Ok(true)
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
