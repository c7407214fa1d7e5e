//! The preprocessor as a command, for authors who have mdBook: `mdbook serve
//! book`. mdBook starts it with the book as JSON on standard input.

use book::{Exchanges, Sources};
use mdbook_preprocessor::{Preprocessor, parse_input};
use std::env;
use std::io::{stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    // `book supports RENDERER`: the pictures are HTML.
    if env::args().nth(1).as_deref() == Some("supports") {
        return match env::args().nth(2).as_deref() {
            Some("html") => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        };
    }
    match preprocess() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn preprocess() -> Result<(), Box<dyn std::error::Error>> {
    let (context, book) = parse_input(stdin())?;
    let root = context.root.parent().unwrap_or(Path::new("..")).to_owned();
    let book = Exchanges::new(Sources::of(root)).run(&context, book)?;
    serde_json::to_writer(stdout(), &book)?;
    Ok(())
}
