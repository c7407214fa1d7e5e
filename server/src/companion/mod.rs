//! What makes the server a companion to the book: it builds it, serves it
//! beside the lessons, and says on the terminal where to read.

mod apart;
mod assets;
mod gate;
mod inbox;
mod jar;
mod pages;
mod play;
mod policy;
mod private;
mod reader;
mod settings;
mod spotify;
mod wire;

pub use pages::Pages;

use crate::lessons::secret_key::{DEV_KEY, with_key};
use crate::lessons::webhooks;
use assets::Asset;
use cookie::Key;
use exchange::play::normalize::Knowledge;
use gate::Gate;
use inbox::Inboxes;
use play::Stage;
use policy::Policies;
use rocket::config::{Config, LogLevel};
use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::response::Redirect;
use rocket::response::status::NoContent;
use rocket::{Build, Rocket, State, get, routes};
use settings::{Audience, CLOSED, Settings};
use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wire::{Recorder, Wire};

/// Builds the book if need be, and serves it with the lessons until Ctrl-C.
/// With Spotify's id and secret in the environment, that is done by a server
/// which is built with TLS.
///
/// # Errors
///
/// One line that says what stands in the way and what to do about it.
pub fn run() -> Result<(), String> {
    spotify::prepare()?;
    allow_many_sockets();
    let figment = figment()?;
    let pages = Pages::open(&root())?;
    rocket::execute(serve(crate::rocket(figment), pages))
}

/// Raises the soft limit of open files to the hard one: each connection is one,
/// and the soft one is often 1,024 for the sake of old programs. Where that is
/// not allowed, it stays.
fn allow_many_sockets() {
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
}

/// The repository: where the book's sources are, and `target/`.
fn root() -> PathBuf {
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
    let alone = Settings::of(&figment)?.audience == Audience::One;
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
    settings::check(&figment)?;
    senders_secrets(env::var("WEBHOOK_SECRETS").ok().as_deref(), alone)?;
    Ok(figment)
}

/// Whether the webhooks' secrets are each a sender's, and not the book's own where
/// others are.
fn senders_secrets(text: Option<&str>, alone: bool) -> Result<(), String> {
    let all = text.unwrap_or(webhooks::SECRETS);
    let is_one = |text: &str| {
        let (sender, secret) = text.split_once('=').unwrap_or_default();
        webhooks::SENDERS.contains(&sender) && !secret.is_empty()
    };
    if !all.split_whitespace().all(is_one) {
        let names = webhooks::SENDERS.join("=…, ");
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

/// The lessons and the book in one server. Beside Rocket's own, its
/// configuration has `classroom`: whether there are many readers (by default,
/// when the address is not loopback), `hosts`: the names by which a class
/// reaches it, and `wire`: whether turns are taken down for readers with a
/// page open (by default, yes). One that can't be read closes all of it.
pub fn attach(rocket: Rocket<Build>, pages: Pages) -> Rocket<Build> {
    let figment = rocket.figment();
    let settings = Settings::of(figment).unwrap_or_else(|_| CLOSED.clone());
    let alone = settings.audience == Audience::One;
    let key = figment.extract_inner("secret_key").ok();
    let key = key.map(|bytes: Vec<u8>| Key::derive_from(&bytes));
    let knowledge = Knowledge {
        keys: key.iter().cloned().collect(),
        ..Knowledge::default()
    };
    let wire = Arc::new(Wire::new(knowledge, alone));
    let figment = figment.clone();
    let stage = Arc::new(Stage::new(pages.exchanges(), key, figment, alone));
    // Both in front of the recorder: it looks at a body, and at the answer.
    let rocket = rocket
        .attach(Gate(settings.clone(), Arc::clone(&wire)))
        .attach(Inboxes(Arc::clone(&wire)))
        .attach(Policies);
    let pages = Arc::new(pages);
    let (book, names) = (Arc::clone(&pages), settings.clone());
    let rocket = match settings.wire {
        true => rocket.attach(Recorder(Arc::clone(&wire))),
        false => rocket,
    };
    rocket
        .manage(settings)
        .manage(wire)
        .manage(Arc::clone(&stage))
        .manage(pages)
        .manage(Style(Asset::new("style.css", STYLE.as_bytes().to_vec())))
        .attach(AdHoc::on_liftoff("know where", |rocket| {
            Box::pin(async move {
                book.reached_at(&names.origin(rocket.config().port));
                stage.open(rocket.config());
            })
        }))
        .mount("/", routes![home, style, icon])
        .mount("/", pages::routes())
        .mount("/", gate::routes())
        .mount("/", reader::routes())
        .mount("/", wire::routes())
        .mount("/", jar::routes())
        .mount("/", play::routes())
}

async fn serve(rocket: Rocket<Build>, pages: Pages) -> Result<(), String> {
    let say_where = AdHoc::on_liftoff("say where", |rocket| {
        Box::pin(async {
            let config = rocket.config();
            match config.address.is_unspecified() {
                false => {
                    let address = SocketAddr::new(config.address, config.port);
                    println!("\n  The book:  http://{address}/");
                }
                true => println!(
                    "\n  The book:  http://127.0.0.1:{}/, and on each of this machine's addresses.",
                    config.port
                ),
            }
            println!("  Stop it with Ctrl-C.");
        })
    });
    match attach(rocket, pages).attach(say_where).launch().await {
        Ok(_) => Ok(()),
        Err(error) => Err(explain(&error)),
    }
}

/// Why Rocket did not launch. Looking at the kind also keeps the error from
/// panicking when it is dropped.
fn explain(error: &rocket::Error) -> String {
    match error.kind() {
        ErrorKind::Bind(bind) => format!(
            "The server can't listen there: {bind}. Stop what does, or take another port: \
             ROCKET_PORT=8001 cargo run (PowerShell: $env:ROCKET_PORT=8001; cargo run)."
        ),
        kind => format!("The server did not start: {kind}"),
    }
}

#[get("/")]
fn home() -> Redirect {
    Redirect::to(pages::FRONT)
}

/// The look of the lessons' own pages.
const STYLE: &str = include_str!("../../static/style.css");

struct Style(Asset);

#[get("/style.css")]
fn style(style: &State<Style>) -> Asset {
    style.0.clone()
}

/// Browsers ask for it on the lessons' pages, which have none.
#[get("/favicon.ico")]
fn icon() -> NoContent {
    NoContent
}
