//! `lesson`: for authors of the book. Lists the lessons, and starts a new one.

use super::{print, write};
use checker::lesson::{Peer, of_peer, slugs};
use checker::repository::root;
use checker::skeleton::skeleton;
use checker::starter::copy;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What `lesson` is asked for.
#[derive(Args)]
pub struct Lesson {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Name the lessons, in the book's order
    List {
        /// Only the lessons and exchanges that this server has, too
        #[arg(long, value_name = "SERVER")]
        parity: Option<Peer>,
    },
    /// Write the skeleton of a new lesson: page, code, template and exchange
    New {
        /// Its name, as open-redirects
        lesson: String,
        /// What the book calls it; its name, if not said
        #[arg(long)]
        title: Option<String>,
        /// The lesson that it comes after; the last, if not said
        #[arg(long, value_name = "LESSON")]
        after: Option<String>,
    },
    /// Write a project with this lesson alone, as a reader would copy it
    Copy {
        /// The lesson
        lesson: String,
        /// The project's folder, which must be empty or not there yet
        dir: PathBuf,
    },
}

/// Runs it.
pub fn run(command: &Lesson) -> Result<bool, String> {
    let root = root();
    match &command.command {
        Command::List { parity } => {
            let names = match parity {
                Some(peer) => of_peer(&root, *peer)?,
                None => slugs(&root)?,
            };
            let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
            print(&lines);
        }
        Command::New {
            lesson,
            title,
            after,
        } => {
            let made = skeleton(&root, lesson, title.as_deref(), after.as_deref())?;
            made.write(&root)?;
            let mut text =
                format!("The lesson {lesson} comes after {}.\n\n", made.after);
            let (open, done): (Vec<_>, Vec<_>) = made
                .new
                .iter()
                .chain(&made.changed)
                .partition(|(_, text)| text.contains("TODO"));
            for (what, files) in [
                ("Yours to write: each says TODO where.", open),
                ("Done:", done),
            ] {
                text += &format!("{what}\n");
                for (path, _) in files {
                    text += &format!("  {}\n", path.display());
                }
            }
            for line in &made.left {
                text += &format!("To be added by hand, in its place, to {line}\n");
            }
            text += &format!(
                "\nWhat is missing:          cargo test --test house\n\
                 Pin what it answers:      INSTA_UPDATE=always cargo test --test snapshots {lesson}/\n\
                 Read what was pinned:     git diff --no-index /dev/null snapshots/{lesson}/first.snap\n\
                 Refresh what is copied:   UPDATE=1 cargo test --test copies\n\
                 When all is written:      cargo test\n"
            );
            print(&text);
        }
        Command::Copy { lesson, dir } => write(dir, copy(&root, lesson)?)?,
    }
    Ok(true)
}
