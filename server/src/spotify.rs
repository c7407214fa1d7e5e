//! The real Spotify, in place of the provider on this machine. It is asked over
//! TLS, whose crates no other reader should wait for: so they are a feature, and
//! a server that needs them and lacks them has cargo build it again.

use crate::start::root;
use std::env;
use std::process::Command;

const ID: &str = "SPOTIFY_CLIENT_ID";
const SECRET: &str = "SPOTIFY_CLIENT_SECRET";

/// Says with whom the lesson on OAuth logs in. Does not come back when the
/// server is built again with TLS: the new one has taken its place.
///
/// # Errors
///
/// One of Spotify's two values is there without the other, or there is no cargo
/// to build with.
pub fn prepare() -> Result<(), String> {
    let is_set = |name| env::var_os(name).is_some();
    match (is_set(ID), is_set(SECRET)) {
        (false, false) => {
            println!("No {ID} is set: OAuth logs in with a provider on this machine.");
            Ok(())
        }
        (true, false) => Err(one_alone(ID, SECRET)),
        (false, true) => Err(one_alone(SECRET, ID)),
        (true, true) if cfg!(feature = "spotify") => {
            println!("OAuth logs in with Spotify.");
            Ok(())
        }
        (true, true) => build_again(),
    }
}

fn one_alone(set: &str, missing: &str) -> String {
    format!("{set} is set and {missing} is not. Put both into .env, or neither.")
}

fn build_again() -> Result<(), String> {
    const BY_HAND: &str = "cargo run --features spotify";
    let Some(cargo) = env::var_os("CARGO") else {
        return Err(format!(
            "{ID} is set, and this server was built without TLS. Build it with: {BY_HAND}"
        ));
    };
    println!("{ID} is set: building the server with TLS, once.");
    let mut command = Command::new(cargo);
    command
        .args(["run", "--features", "spotify", "--manifest-path"])
        .arg(root().join("server/Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    instead(command).map_err(|error| format!("{BY_HAND}: {error}"))
}

/// Runs the command in this process's place.
#[cfg(unix)]
fn instead(mut command: Command) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

/// Runs the command, and ends as it does.
#[cfg(not(unix))]
fn instead(mut command: Command) -> std::io::Result<()> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1))
}
