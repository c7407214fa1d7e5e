//! How the server starts: its configuration, with the keys and secrets that the
//! lessons use, is looked at before anything listens.

use crate::lessons::secret_key::{DEV_KEY, with_key};
use crate::lessons::webhooks;
use crate::spotify;
use rocket::config::{Config, LogLevel};
use rocket::figment::Figment;
use std::env;
use std::path::{Path, PathBuf};

/// Builds the book if need be, and serves it with the lessons until Ctrl-C.
/// With Spotify's id and secret in the environment, that is done by a server
/// which is built with TLS.
///
/// # Errors
///
/// One line that says what stands in the way and what to do about it.
pub fn run() -> Result<(), String> {
    spotify::prepare()?;
    companion::run(crate::rocket(figment()?), crate::practice, &root())
}

/// The repository: where the book's sources are, and `target/`.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Rocket's own configuration (`ROCKET_PORT` and the like), quiet unless
/// `ROCKET_LOG_LEVEL` says otherwise, with the key of `SECRET_KEY`.
fn figment() -> Result<Figment, String> {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let figment = Config::figment()
        .join(("log_level", LogLevel::Off))
        .merge(("ip_header", false))
        .join(("inboxes", root().join(".inboxes")))
        .merge(("template_dir", templates));
    // The stand-in is for a reader alone with their machine. In a class, whoever
    // has it could write everyone's sessions.
    let alone = companion::has_one_reader(&figment)?;
    let debug = *figment.profile() == Config::DEBUG_PROFILE;
    let figment =
        with_key(figment, debug && alone).map_err(|error| error.to_string())?;
    let key: Vec<u8> = figment.extract_inner("secret_key").unwrap_or_default();
    if DEV_KEY.as_bytes().starts_with(&key) {
        println!(
            "No SECRET_KEY is set: cookies are sealed with a key that everyone has."
        );
        println!("That will do on this machine. For any other, see .env.example.");
    }
    companion::check(&figment)?;
    senders_secrets(env::var("WEBHOOK_SECRETS").ok().as_deref(), alone)?;
    Ok(figment)
}

/// Who may send to the lesson's webhooks.
const SENDERS: [&str; 3] = ["github", "stripe", "standard"];

/// Whether the webhooks' secrets are each a sender's, and not the book's own where
/// others are.
fn senders_secrets(text: Option<&str>, alone: bool) -> Result<(), String> {
    let all = text.unwrap_or(webhooks::SECRETS);
    let is_one = |text: &str| {
        let (sender, secret) = text.split_once('=').unwrap_or_default();
        SENDERS.contains(&sender) && !secret.is_empty()
    };
    if !all.split_whitespace().all(is_one) {
        let names = SENDERS.join("=…, ");
        return Err(format!(
            "WEBHOOK_SECRETS: each secret has its sender's name before it: {names}=…"
        ));
    }
    let mut published = webhooks::SECRETS.split(['=', ' ']);
    let is_published =
        published.any(|part| part.starts_with("whsec_") && all.contains(part));
    match is_published && !alone {
        true => Err(
            "WEBHOOK_SECRETS: a class needs its own. Those of the book are \
             everyone's. See .env.example."
                .into(),
        ),
        false => Ok(()),
    }
}
