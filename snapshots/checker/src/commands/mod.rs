//! The subcommands: what each is asked for, and what it prints.

pub mod check;
pub mod gallery;
pub mod grade;
pub mod new;
pub mod watch;

use std::io::{self, Write};

/// Prints; a reader who has seen enough (`| head`) is no failure.
fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}
