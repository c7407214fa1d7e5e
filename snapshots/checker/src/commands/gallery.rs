//! `gallery`: a bug hunt. A fault asked for by its number stays unnamed.

use super::print;
use checker::gallery::{self, EXHIBITS, Exhibit};
use checker::lesson::{Peer, of_peer};
use checker::repository::root;
use clap::Args;
use std::fmt::Write;
use std::{io, process, thread};

/// What `gallery` is asked for.
#[derive(Args)]
pub struct Gallery {
    /// A fault's number, which hides its name, or its name; `right` has none.
    /// Without it, the faults are counted and not started
    fault: Option<String>,
    /// Where the server listens; 0 is any free port
    #[arg(long, default_value_t = 8001)]
    port: u16,
    /// Name all faults
    #[arg(long)]
    spoil: bool,
    /// End with the standard input, and so with the program that has started this one
    #[arg(long)]
    until_stdin_ends: bool,
}

/// Starts the server, and goes on until Ctrl-C.
pub fn run(command: &Gallery) -> Result<bool, String> {
    let Some(wanted) = &command.fault else {
        print(&overview(command.spoil));
        return Ok(true);
    };
    let exhibit = find(wanted)?;
    if command.until_stdin_ends {
        // Before it has a port: who started it may be gone already.
        thread::spawn(|| {
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            process::exit(0);
        });
    }
    let address = gallery::start(exhibit, command.port).map_err(|error| {
        format!(
            "127.0.0.1:{}: {error}. Is `watch` or another server there? End it, or say \
             another port with --port.",
            command.port
        )
    })?;
    let url = format!("http://{}", address);
    print(&format!(
        "A server with {} listens at {url}\n\
         Open it in a browser, or ask it with curl. Which page of the book is it wrong about?\n\
         When you know, compare: cargo snapshots check {url} {}\n\
         Stop it with Ctrl-C.\n",
        if exhibit.is_some() {
            "one fault"
        } else {
            "no fault"
        },
        of_peer(&root(), Peer::Gallery)?.join(" "),
    ));
    loop {
        thread::park();
    }
}

fn find(wanted: &str) -> Result<Option<&'static Exhibit>, String> {
    if wanted == "right" {
        return Ok(None);
    }
    let number = wanted
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let by_number = number.and_then(|number| EXHIBITS.get(number));
    let found =
        by_number.or_else(|| EXHIBITS.iter().find(|exhibit| exhibit.name == wanted));
    found.map(Some).ok_or_else(|| {
        format!(
            "There is no fault `{wanted}`. Write a number from 1 to {}, or `right`; \
             `cargo snapshots gallery --spoil` names them.",
            EXHIBITS.len()
        )
    })
}

fn overview(spoil: bool) -> String {
    let mut text = format!(
        "There are {} servers with one fault each, and one without.\n\
         Start one: cargo snapshots gallery 7\n",
        EXHIBITS.len()
    );
    if !spoil {
        return text + "Their names give them away: cargo snapshots gallery --spoil\n";
    }
    for (index, exhibit) in EXHIBITS.iter().enumerate() {
        let _ = writeln!(
            text,
            "{:3}  {}, caught by {}",
            index + 1,
            exhibit.name,
            exhibit.caught_by
        );
    }
    text
}
