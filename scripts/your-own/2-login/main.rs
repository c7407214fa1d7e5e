// ANCHOR: head
//! A notebook: notes that a browser keeps, sealed, for who is logged in.

mod login;

use login::{Hash, User};
use rocket::form::{Form, FromForm};
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FlashMessage, FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::serde::json;
use rocket::{Build, Rocket, catchers, get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
// ANCHOR_END: head

// ANCHOR: list
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(list))
}

#[get("/notes")]
fn list(_user: User, notes: Notes, flash: Option<FlashMessage<'_>>) -> Template {
    Template::render("notes", context! { notes, flash })
}
// ANCHOR_END: list

// ANCHOR: add
#[post("/notes", data = "<form>")]
fn add(
    _user: User,
    _own: OwnForm,
    form: Form<NewNote<'_>>,
    mut notes: Notes,
    cookies: &CookieJar<'_>,
) -> Flash<Redirect> {
    let back = Redirect::to(uri!(list));
    notes.0.push(form.text.trim().to_owned());
    let text = json::to_string(&notes).expect("a list of texts is JSON");
    if form.text.trim().is_empty() {
        return Flash::error(back, "A note needs at least one word.");
    }
    if text.len() > 2_000 {
        return Flash::error(back, "That note does not fit. Your other notes are safe.");
    }
    cookies.add_private(sealed("notes", text));
    Flash::success(back, "Note saved.")
}
// ANCHOR_END: add

// ANCHOR: site
/// The site, with the hash of its owner's password.
fn site(hash: String) -> Rocket<Build> {
    rocket::build()
        .mount("/", routes![index, list, add])
        .mount("/", login::routes())
        .register("/", catchers![login::stranger])
        .manage(Hash(hash))
        .attach(Template::fairing())
}
// ANCHOR_END: site

// ANCHOR: launch
#[launch]
fn rocket() -> _ {
    site(login::ADA.to_owned())
}
// ANCHOR_END: launch
