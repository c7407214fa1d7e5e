//! Answers that name another address. Needs `session.rs` beside it.

use super::session;
use rocket::response::Redirect;
use rocket::{Route, get, post, routes, uri};

// ANCHOR: old-home
#[get("/old-home")]
fn old_home() -> Redirect {
    Redirect::to(uri!(session::greet))
}
// ANCHOR_END: old-home

// ANCHOR: people
#[get("/people/<name>")]
fn person(name: &str) -> String {
    format!("Hello, {name}!")
}

#[get("/first")]
fn first() -> Redirect {
    Redirect::to(uri!(person("Ada Lovelace")))
}
// ANCHOR_END: people

// ANCHOR: parcel
#[post("/parcel/<code>")]
fn send(code: u16) -> Option<Redirect> {
    match code {
        301 => Some(Redirect::moved(uri!(arrive))),
        302 => Some(Redirect::found(uri!(arrive))),
        303 => Some(Redirect::to(uri!(arrive))),
        307 => Some(Redirect::temporary(uri!(arrive))),
        308 => Some(Redirect::permanent(uri!(arrive))),
        _ => None,
    }
}

#[get("/parcel")]
fn arrive() -> &'static str {
    "It came as a GET, and its contents stayed behind."
}

#[post("/parcel", data = "<contents>")]
fn arrive_again(contents: String) -> String {
    format!("It came as a POST, with {contents}.")
}
// ANCHOR_END: parcel

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![old_home, person, first, send, arrive, arrive_again]
}
