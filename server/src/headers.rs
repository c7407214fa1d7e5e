//! What each answer of a lesson carries, unless the lesson says otherwise: it may
//! hold something of a reader, so no cache keeps it, no other site frames it or
//! hears its address, and no script runs in it.

use crate::lessons;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::{Request, Response};
use std::collections::HashSet;

const HEADERS: [(&str, &str); 3] = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", lessons::login::POLICY),
    ("Referrer-Policy", "same-origin"),
];

/// The fairing.
pub struct Headers {
    /// The lessons' routes.
    routes: HashSet<String>,
}

impl Headers {
    /// For every lesson there is.
    pub fn of_the_lessons() -> Headers {
        let all = lessons::all().into_iter().flat_map(|(_, routes)| routes);
        Headers {
            routes: all.map(|route| route.uri.to_string()).collect(),
        }
    }
}

#[rocket::async_trait]
impl Fairing for Headers {
    fn info(&self) -> Info {
        Info {
            name: "The lessons' headers",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(
        &self,
        request: &'r Request<'_>,
        response: &mut Response<'r>,
    ) {
        let route = request.route().map(|route| route.uri.as_str());
        if !route.is_some_and(|route| self.routes.contains(route)) {
            return;
        }
        // One look at what is there: to find a header by its name, Rocket hashes it.
        let is_there = |name| response.headers().iter().any(|it| it.name() == name);
        let missing =
            HEADERS.map(|(name, value)| (!is_there(name)).then_some((name, value)));
        for (name, value) in missing.into_iter().flatten() {
            response.set_raw_header(name, value);
        }
    }
}
