//! The subcommands: what each is asked for, and what it prints.

pub mod check;
pub mod entered;
pub mod gallery;
pub mod grade;
pub mod lesson;
pub mod new;
pub mod record;
pub mod watch;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Prints; a reader who has seen enough (`| head`) is no failure.
fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// Writes a project's files into a folder that has none.
fn write(dir: &Path, files: Vec<(PathBuf, String)>) -> Result<(), String> {
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
        || dir.is_file()
    {
        return Err(format!(
            "{}: there is something already, and nothing is overwritten. Name another folder.",
            dir.display()
        ));
    }
    write_over(dir, files)
}

/// Writes files below a folder, over what is there.
fn write_over(dir: &Path, files: Vec<(PathBuf, String)>) -> Result<(), String> {
    for (path, text) in files {
        let path = dir.join(path);
        let folder = path.parent().unwrap_or(dir);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Moves a file aside, and says where to; nothing, where there is none.
fn put_aside(path: &Path) -> Result<Option<PathBuf>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let kept = (1..)
        .map(|number| path.with_extension(format!("rs.kept-{number}")))
        .find(|kept| !kept.exists());
    let kept = kept.unwrap_or_else(|| path.with_extension("rs.kept"));
    fs::rename(path, &kept).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Some(kept))
}
