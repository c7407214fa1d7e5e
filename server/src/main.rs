//! Starts the server: `.env` first, while there is one thread, then Rocket.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    match load_env().and_then(|()| server::companion::run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Loads the nearest `.env`, here or in a folder above, if there is one. What
/// the environment already has stays.
fn load_env() -> Result<(), String> {
    let here = env::current_dir().unwrap_or_default();
    let files = here.ancestors().map(|folder| folder.join(".env"));
    let Some(file) = files.into_iter().find(|file| file.is_file()) else {
        return Ok(());
    };
    dotenvy::from_path(&file).map_err(|error| match error {
        dotenvy::Error::LineParse(text, _) => format!(
            "{}:{}: this line can't be read. Write NAME=value, and quote a value with spaces.",
            file.display(),
            line_of(&file, &text)
        ),
        error => format!("{}: {error}", file.display()),
    })
}

/// The number of the line that holds `text`. The text itself is not shown: it
/// may be part of a key.
fn line_of(file: &Path, text: &str) -> usize {
    let content = fs::read_to_string(file).unwrap_or_default();
    let line = content.lines().position(|line| line.contains(text.trim()));
    line.map_or(1, |index| index + 1)
}
