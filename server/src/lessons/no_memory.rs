//! Two places where a name can't live: nowhere, and in a variable.

use rocket::{Route, State, get, post, routes};
use std::sync::RwLock;

// ANCHOR: hello
#[get("/hello?<name>")]
fn hello(name: Option<&str>) -> String {
    let name = name.unwrap_or("stranger");
    format!("Hello, {name}!")
}
// ANCHOR_END: hello

// ANCHOR: guest
/// The name of the last guest. There is one for the whole server.
#[derive(Default)]
pub struct Guest(RwLock<String>);

#[post("/guest", data = "<name>")]
fn remember(name: String, guest: &State<Guest>) -> String {
    let reply = format!("I will remember {name}.");
    *guest.0.write().unwrap() = name;
    reply
}

#[get("/guest")]
fn recall(guest: &State<Guest>) -> String {
    match guest.0.read().unwrap().as_str() {
        "" => "Hello, stranger!".into(),
        name => format!("Hello, {name}!"),
    }
}
// ANCHOR_END: guest

/// The lesson's routes, to be mounted at `/` of a server that manages a [`Guest`].
pub fn routes() -> Vec<Route> {
    routes![hello, remember, recall]
}
