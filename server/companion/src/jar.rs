//! The reader's own jar, as this server gets to see it. A page's script can't
//! look into it: the cookies that matter are `HttpOnly`.

use super::reader::{SameOrigin, is_own};
use super::wire::Wire;
use rocket::http::{Cookie, CookieJar};
use rocket::request::{FromRequest, Outcome};
use rocket::response::status::NoContent;
use rocket::serde::json::Json;
use rocket::{Request, Route, State, delete, get, routes};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;

/// A cookie that the browser sent along.
#[derive(Serialize)]
struct Held {
    name: String,
    /// What is sealed in it, where it opens.
    shown: String,
    /// Name and value as they are sent, in bytes (RFC 6265bis, section 5.6
    /// takes up to 4096).
    bytes: usize,
}

/// The raw `Cookie` header.
struct Sent<'r>(Vec<(&'r str, &'r str)>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Sent<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Sent<'r>, Infallible> {
        let headers = request.headers().get("cookie");
        let pairs = headers
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| !is_own(name));
        Outcome::Success(Sent(pairs.collect()))
    }
}

#[get("/companion/jar")]
fn jar(_here: SameOrigin, sent: Sent<'_>, wire: &State<Arc<Wire>>) -> Json<Vec<Held>> {
    let held = sent.0.into_iter().map(|(name, value)| Held {
        name: name.to_owned(),
        shown: wire.opened(name, value),
        bytes: name.len() + value.len(),
    });
    Json(held.collect())
}

/// Empties it, but for the companion's own cookie. A cookie is deleted by its
/// name and path (RFC 6265bis, section 5.7), and only those that are sent to
/// every path come here.
#[delete("/companion/jar")]
fn empty(_here: SameOrigin, sent: Sent<'_>, cookies: &CookieJar<'_>) -> NoContent {
    for (name, _) in sent.0 {
        // A browser looks at a prefixed cookie only when it is Secure.
        let prefixed = name.starts_with("__");
        cookies.remove(Cookie::build(name.to_owned()).path("/").secure(prefixed));
    }
    NoContent
}

/// The routes, to be mounted at `/` with a managed `Arc<Wire>`.
pub fn routes() -> Vec<Route> {
    routes![jar, empty]
}
