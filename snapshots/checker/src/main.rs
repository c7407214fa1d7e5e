//! `cargo snapshots`: checks a server, any server, by the book's exchanges.

mod commands;

use clap::{Parser, Subcommand};
use commands::{check, gallery, grade, lesson, new, record, watch};
use std::process::ExitCode;

/// Checks servers by the exchanges of HTTP Has No Memory
///
/// Exits with 0 when all passed, with 1 when something failed, and with 2 when
/// nothing could be done.
#[derive(Parser)]
#[command(name = "cargo snapshots", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play exchanges against a server, and say where it does otherwise
    Check(check::Check),
    /// Write down what a right server answers, as the pin of an exercise of your own
    Record(record::Record),
    /// Write a project for a server of your own
    New(new::New),
    /// Build your server when you save, and show what passes
    Watch(watch::Watch),
    /// Check a whole class, and write its reports
    Grade(Box<grade::Grade>),
    /// Put the parts of a class together that were graded apart
    Merge(grade::Merge),
    /// Start a server with a fault in it, for a bug hunt
    Gallery(gallery::Gallery),
    /// List the book's lessons, or start a new one
    Lesson(lesson::Lesson),
    /// Inside a sandbox: start a server and lead a socket to it
    #[cfg(unix)]
    #[command(hide = true)]
    Bridge {
        /// Where the socket is to be
        socket: std::path::PathBuf,
        /// Where the server listens
        port: u16,
        /// What starts it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    // clap exits with 2 by itself on bad usage.
    let done = match Cli::parse().command {
        Command::Check(command) => check::run(&command),
        Command::Record(command) => record::run(&command),
        Command::New(command) => new::run(&command),
        Command::Watch(command) => watch::run(&command),
        Command::Grade(command) => grade::run(&command),
        Command::Merge(command) => grade::merge(&command),
        Command::Gallery(command) => gallery::run(&command),
        Command::Lesson(command) => lesson::run(&command),
        #[cfg(unix)]
        Command::Bridge {
            socket,
            port,
            command,
        } => return checker::bridge::serve(&socket, port, &command),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
