//! The pins: every exchange is played over a socket, and its transcript is
//! compared with the `.snap` beside it.
//!
//! `cargo test --test snapshots flash/` plays one lesson's. A pin is changed on
//! purpose with `cargo insta review`, or with `INSTA_UPDATE=always cargo test`.

mod harness;

use exchange::format::library::{self, Entry};
use exchange::format::transcript::Transcript;
use exchange::play::http::Limits;
use exchange::play::player::play;
use harness::InProcess;
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
    let entries = library::entries(&root).expect("the exchanges can be listed");
    let trials = entries
        .into_iter()
        .map(|entry| Trial::test(entry.id(), move || check(&entry)))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn check(entry: &Entry) -> Result<(), Failed> {
    let script = entry.script()?;
    let mut server = InProcess::start(server::rocket);
    let played = play(&script, &mut server, &Limits::default());
    if let Some((step, stopped)) = played.stopped {
        let line = script.steps[step].line;
        let path = entry.script_path();
        return Err(format!("{}:{line}: {stopped}", path.display()).into());
    }
    let text = played.transcript.to_string();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(entry.pin_path().parent().expect("a folder"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(entry.name.as_str(), text));
    // A check needs only the files, so a transcript must survive being written.
    match Transcript::parse(&text) {
        Ok(parsed) if parsed == played.transcript => Ok(()),
        Ok(_) => Err("the transcript does not parse back to itself".into()),
        Err(error) => Err(error.to_string().into()),
    }
}
