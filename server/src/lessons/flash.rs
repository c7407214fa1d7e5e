//! One-time messages: written with a redirect, shown by the page after it.

use rocket::request::{FlashMessage, FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::{Route, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::Serialize;
use std::convert::Infallible;

// ANCHOR: save
#[post("/save")]
fn save() -> Flash<Redirect> {
    Flash::success(Redirect::to(uri!(note)), "Note saved.")
}

#[post("/discard")]
fn discard() -> Flash<Redirect> {
    Flash::warning(Redirect::to(uri!(note)), "Note discarded.")
}

#[get("/note")]
fn note(feedback: Feedback<'_>) -> Template {
    Template::render("flash/note", context! { feedback })
}
// ANCHOR_END: save

// ANCHOR: feedback
/// The message that waits for this browser, if there is one.
#[derive(Serialize)]
pub struct Feedback<'r>(Option<FlashMessage<'r>>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Feedback<'r> {
    type Error = Infallible;

    async fn from_request(
        request: &'r Request<'_>,
    ) -> Outcome<Feedback<'r>, Infallible> {
        let cookies = request.cookies();
        if cookies
            .get("_flash")
            .is_some_and(|cookie| !is_whole(cookie.value()))
        {
            cookies.remove("_flash");
            return Outcome::Success(Feedback(None));
        }
        let message = FlashMessage::from_request(request).await.succeeded();
        Outcome::Success(Feedback(message))
    }
}
// ANCHOR_END: feedback

// ANCHOR: whole
/// Whether the kind's length ends between two characters. Rocket 0.5.2 panics
/// on a flash cookie in which it does not, and anyone can send one.
fn is_whole(flash: &str) -> bool {
    let Some((length, text)) = flash.split_once(':') else {
        return false;
    };
    length
        .parse()
        .is_ok_and(|length| text.is_char_boundary(length))
}
// ANCHOR_END: whole

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![save, discard, note]
}
