//! A session: what one browser is remembered by, sealed in a cookie.

use rocket::http::CookieJar;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Redirect;
use rocket::serde::json;
use rocket::{Route, get, routes, uri};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

// ANCHOR: session
#[get("/set")]
fn set_name(cookies: &CookieJar<'_>) -> Redirect {
    cookies.add_private(("session", "Ada"));
    Redirect::to(uri!(greet))
}

/// Greets the reader by the name in the session.
#[get("/greet")]
pub fn greet(cookies: &CookieJar<'_>) -> String {
    match cookies.get_private("session") {
        Some(session) => format!("Hello, {}!", session.value()),
        None => "Hello, stranger!".into(),
    }
}
// ANCHOR_END: session

// ANCHOR: typed
#[derive(Default, Serialize, Deserialize)]
struct Visitor {
    name: Option<String>,
    visits: u32,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Visitor {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Visitor, Infallible> {
        let sealed = request.cookies().get_private("visitor");
        let visitor = sealed.and_then(|cookie| json::from_str(cookie.value()).ok());
        Outcome::Success(visitor.unwrap_or_default())
    }
}
// ANCHOR_END: typed

// ANCHOR: visits
#[get("/visits?<name>")]
fn visits(
    name: Option<String>,
    mut visitor: Visitor,
    cookies: &CookieJar<'_>,
) -> String {
    visitor.name = name.filter(|name| name.len() <= 100).or(visitor.name);
    visitor.visits = visitor.visits.saturating_add(1);
    let text = json::to_string(&visitor).expect("text and a number are JSON");
    cookies.add_private(("visitor", text));

    let name = visitor.name.as_deref().unwrap_or("stranger");
    format!("Hello, {name}! This is visit {}.", visitor.visits)
}
// ANCHOR_END: visits

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![set_name, greet, visits]
}
