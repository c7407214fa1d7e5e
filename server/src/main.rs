//! Starts the server: `.env` first, while there is one thread, then Rocket.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match load_env().and_then(|()| server::run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Loads `.env` from this folder, or else from the project's own, if there is
/// one. What the environment already has stays.
fn load_env() -> Result<(), String> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let here = env::current_dir().unwrap_or_else(|_| project.clone());
    let files = [here, project].map(|folder| folder.join(".env"));
    let Some(file) = files.into_iter().find(|file| file.is_file()) else {
        return Ok(());
    };
    let fault = |error| match error {
        dotenvy::Error::LineParse(text, _) => format!(
            "{}:{}: this line can't be read. Write NAME=value, and quote a value with spaces.",
            file.display(),
            line_of(&file, &text)
        ),
        error => format!("{}: {error}", file.display()),
    };
    for pair in dotenvy::from_path_iter(&file).map_err(fault)? {
        let (name, _) = pair.map_err(fault)?;
        if !companion::is_setting(&name) {
            return Err(format!(
                "{}: {name} is no setting of this server. A .env holds those in .env.example and \
                 no others: some would choose the program that builds it.",
                file.display()
            ));
        }
    }
    dotenvy::from_path(&file).map_err(fault)
}

/// The number of the line that holds `text`. The text itself is not shown: it
/// may be part of a key.
fn line_of(file: &Path, text: &str) -> usize {
    let content = fs::read_to_string(file).unwrap_or_default();
    let line = content.lines().position(|line| line.contains(text.trim()));
    line.map_or(1, |index| index + 1)
}
