//! A form that survives the reload button. Needs `flash.rs` beside it.

use super::flash::Feedback;
use rocket::form::{Form, FromForm};
use rocket::http::{CookieJar, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::serde::json;
use rocket::{Route, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

// ANCHOR: notes
/// The reader's notes, in a sealed cookie of the reader's own.
#[derive(Default, Serialize, Deserialize)]
struct Notes(Vec<String>);

impl Notes {
    /// 2,000 bytes, sealed and encoded, stay well under a cookie's 4,096.
    const ROOM: usize = 2_000;

    /// Adds a note and stores them all, or says why not and stores nothing.
    fn add(&mut self, text: &str, cookies: &CookieJar<'_>) -> Result<(), &'static str> {
        if text.trim().is_empty() {
            return Err("A note needs at least one word.");
        }
        self.0.push(text.trim().to_owned());
        let stored = json::to_string(&self).expect("a list of texts is JSON");
        if stored.len() > Notes::ROOM {
            self.0.pop();
            return Err("That note does not fit. Your other notes are safe.");
        }
        cookies.add_private(("notes", stored));
        Ok(())
    }
}
// ANCHOR_END: notes

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Notes {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Notes, Infallible> {
        let sealed = request.cookies().get_private("notes");
        let notes = sealed.and_then(|cookie| json::from_str(cookie.value()).ok());
        Outcome::Success(notes.unwrap_or_default())
    }
}

// ANCHOR: own
/// A form of this server's own page: a browser says whose page sends one.
struct OwnForm;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for OwnForm {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<OwnForm, ()> {
        let header = |name| request.headers().get_one(name);
        let from = header("Origin").map(|origin| origin.split_once("://"));
        match from {
            // No browser: curl, or a test.
            None => Outcome::Success(OwnForm),
            Some(Some((_, host))) if header("Host") == Some(host) => {
                Outcome::Success(OwnForm)
            }
            Some(_) => Outcome::Error((Status::Forbidden, ())),
        }
    }
}
// ANCHOR_END: own

#[derive(FromForm)]
struct NewNote<'r> {
    text: &'r str,
}

// ANCHOR: add
#[post("/notes", data = "<form>")]
fn add(
    _own: OwnForm,
    form: Form<NewNote<'_>>,
    mut notes: Notes,
    cookies: &CookieJar<'_>,
) -> Flash<Redirect> {
    let back = Redirect::to(uri!(list));
    match notes.add(form.text, cookies) {
        Ok(()) => Flash::success(back, "Note saved."),
        Err(reason) => Flash::error(back, reason),
    }
}

#[get("/notes")]
fn list(notes: Notes, feedback: Feedback<'_>) -> Template {
    page(&notes, Some(feedback))
}
// ANCHOR_END: add

// ANCHOR: careless
#[post("/notes/careless", data = "<form>")]
fn add_carelessly(
    form: Form<NewNote<'_>>,
    mut notes: Notes,
    cookies: &CookieJar<'_>,
) -> Template {
    let _ = notes.add(form.text, cookies);
    page(&notes, None)
}
// ANCHOR_END: careless

// ANCHOR: page
fn page(notes: &Notes, feedback: Option<Feedback<'_>>) -> Template {
    let forms = context! { add: uri!(add), careless: uri!(add_carelessly) };
    Template::render(
        "post-redirect-get/notes",
        context! { notes, feedback, forms },
    )
}
// ANCHOR_END: page

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![add, list, add_carelessly]
}
