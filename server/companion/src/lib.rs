//! What makes the server a companion to the book: it builds it, serves it
//! beside the lessons, and says on the terminal where to read. It knows none of the
//! lessons: an edit of one builds nothing here.

mod apart;
mod assets;
mod gallery;
mod gate;
mod inbox;
mod jar;
mod pages;
mod play;
mod policy;
mod private;
mod reader;
pub mod running;
mod settings;
mod wire;

pub use pages::Pages;
pub use settings::is_setting;

use apart::Plan;
use assets::Asset;
use cookie::Key;
use exchange::play::normalize::Knowledge;
use gallery::Gallery;
use gate::Gate;
use inbox::Inboxes;
use play::Stage;
use policy::Policies;
use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::response::Redirect;
use rocket::response::status::NoContent;
use rocket::{Build, Rocket, State, get, routes};
use settings::{Audience, CLOSED, Settings};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use wire::{Recorder, Wire};

/// Makes the lessons with this configuration, for a server apart that plays them.
pub type Practice = fn(Figment) -> Rocket<Build>;

/// Builds the book in the repository `root` if need be, and serves it with the lessons,
/// until Ctrl-C.
///
/// # Errors
///
/// One line that says what stands in the way and what to do about it.
pub fn run(
    lessons: Rocket<Build>,
    practice: Practice,
    root: &Path,
) -> Result<(), String> {
    allow_many_sockets();
    let pages = Pages::open(root)?;
    rocket::execute(serve(attach(lessons, practice, pages)))
}

/// Whether such a server can start with this configuration, and reach who is to read.
///
/// # Errors
///
/// One line that names the setting.
pub fn check(figment: &Figment) -> Result<(), String> {
    settings::check(figment)
}

/// Whether a server with this configuration has one reader, who is at its machine.
///
/// # Errors
///
/// The setting that can't be read, and what it may be.
pub fn has_one_reader(figment: &Figment) -> Result<bool, String> {
    Ok(Settings::of(figment)?.audience == Audience::One)
}

/// Raises the soft limit of open files to the hard one: each connection is one,
/// and the soft one is often 1,024 for the sake of old programs. Where that is
/// not allowed, it stays.
fn allow_many_sockets() {
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
}

/// The lessons and the book in one server. Beside Rocket's own, its
/// configuration has `classroom`: whether there are many readers (by default,
/// when the address is not loopback), `hosts`: the names by which a class
/// reaches it, and `wire`: whether turns are taken down for readers with a
/// page open (by default, yes). One that can't be read closes all of it.
pub fn attach(
    lessons: Rocket<Build>,
    practice: Practice,
    pages: Pages,
) -> Rocket<Build> {
    let figment = lessons.figment();
    let settings = Settings::of(figment).unwrap_or_else(|_| CLOSED.clone());
    let alone = settings.audience == Audience::One;
    let key = figment.extract_inner("secret_key").ok();
    let key = key.map(|bytes: Vec<u8>| Key::derive_from(&bytes));
    let knowledge = Knowledge {
        keys: key.iter().cloned().collect(),
        ..Knowledge::default()
    };
    let wire = Arc::new(Wire::new(knowledge, alone));
    let apart = Plan {
        figment: figment.clone(),
        practice,
    };
    let stage = Arc::new(Stage::new(pages.exchanges(), key, apart, alone));
    // Both in front of the recorder: it looks at a body, and at the answer.
    let rocket = lessons
        .attach(Gate(settings.clone(), Arc::clone(&wire)))
        .attach(Inboxes(Arc::clone(&wire)))
        .attach(Policies);
    let gallery = Arc::new(Gallery::of(pages.root().to_owned()));
    let ending = Arc::clone(&gallery);
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
        .manage(gallery)
        .manage(Style(Asset::new("style.css", STYLE.as_bytes().to_vec())))
        .attach(AdHoc::on_liftoff("know where", |rocket| {
            Box::pin(async move {
                book.reached_at(&names.origin(rocket.config().port));
                stage.open(rocket.config());
            })
        }))
        .attach(AdHoc::on_shutdown("end the gallery", |_| {
            Box::pin(async move { ending.close() })
        }))
        .mount("/", routes![home, style, icon])
        .mount("/", pages::routes())
        .mount("/", gate::routes())
        .mount("/", reader::routes())
        .mount("/", wire::routes())
        .mount("/", jar::routes())
        .mount("/", play::routes())
        .mount("/", gallery::routes())
}

async fn serve(rocket: Rocket<Build>) -> Result<(), String> {
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
    match rocket.attach(say_where).launch().await {
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
