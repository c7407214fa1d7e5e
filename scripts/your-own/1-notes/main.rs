// ANCHOR: head
//! A notebook: notes that a browser keeps, sealed.

use rocket::form::{Form, FromForm};
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{FlashMessage, FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::serde::json;
use rocket::{get, launch, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
// ANCHOR_END: head

// ANCHOR: notes
#[derive(Default, Serialize, Deserialize)]
struct Notes(Vec<String>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Notes {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Notes, Infallible> {
        let sealed = request.cookies().get_private("notes");
        let notes = sealed.and_then(|cookie| json::from_str(cookie.value()).ok());
        Outcome::Success(notes.unwrap_or_default())
    }
}
// ANCHOR_END: notes

// ANCHOR: own
/// A form of this site's own page: a browser says whose page sends one.
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

// ANCHOR: list
#[get("/")]
fn index() -> Redirect {
    Redirect::to(uri!(list))
}

#[get("/notes")]
fn list(notes: Notes, flash: Option<FlashMessage<'_>>) -> Template {
    Template::render("notes", context! { notes, flash })
}
// ANCHOR_END: list

// ANCHOR: new
#[derive(FromForm)]
struct NewNote<'r> {
    text: &'r str,
}
// ANCHOR_END: new

// ANCHOR: add
#[post("/notes", data = "<form>")]
fn add(
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

// ANCHOR: sealed
/// A cookie of this site, to be given to `add_private`.
fn sealed(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::new(name, value)
}
// ANCHOR_END: sealed

// ANCHOR: launch
#[launch]
fn rocket() -> _ {
    rocket::build()
        .mount("/", routes![index, list, add])
        .attach(Template::fairing())
}
// ANCHOR_END: launch
