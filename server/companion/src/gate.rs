//! What every request passes before it is routed: whether it came to a name of
//! this server, by a way that its settings know, with the whole of its body. One
//! that did not gets its answer here. A fairing can't answer, so it sends the
//! request to a route of its own.

use super::settings::{Audience, Settings, is_loopback};
use super::wire::Wire;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::ext::IntoOwned;
use rocket::http::uri::Origin;
use rocket::http::{Method, Status};
use rocket::outcome::IntoOutcome;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Data, Route, get, routes, uri};
use std::convert::Infallible;
use std::sync::Arc;

/// As many bytes of a body as Rocket lets a fairing see.
pub const SEEN: usize = 512;

/// The fairing.
pub struct Gate(pub Settings, pub Arc<Wire>);

/// A request that is not let in.
#[derive(Clone, Copy)]
struct Refused(Status, &'static str);

const PROXY: Refused = Refused(
    Status::Forbidden,
    "A proxy has passed this on, and this server takes everyone for one reader. Behind a proxy, set \
     ROCKET_CLASSROOM=true, and ROCKET_HOSTS to the name that readers see.\n",
);
const HOST: Refused = Refused(
    Status::Forbidden,
    "This class does not go by the name in the Host header. If it should, add the name to \
     ROCKET_HOSTS.\n",
);
const CUT: Refused = Refused(Status::BadRequest, "");

/// A request's address as its client sent it, and the client's method.
#[derive(Clone)]
struct Sent(Method, Origin<'static>);

/// The method and the address that the client asked for.
pub fn asked<'r>(request: &'r Request<'_>) -> (Method, &'r Origin<'r>) {
    match request.local_cache(|| None::<Sent>) {
        Some(Sent(method, uri)) => (*method, uri),
        None => (request.method(), request.uri()),
    }
}

/// Keeps what the client asked for, before the request is led elsewhere.
pub fn remember(request: &Request<'_>) {
    let sent = Sent(request.method(), request.uri().clone().into_owned());
    request.local_cache(|| Some(sent));
}

impl Gate {
    fn refused(&self, request: &Request<'_>) -> Option<Refused> {
        let Gate(settings, wire) = self;
        let header = |name| request.headers().get_one(name);
        let is_proxied = || {
            let passed_on = [
                "forwarded",
                "via",
                "x-forwarded-for",
                "x-forwarded-host",
                "x-forwarded-proto",
                "x-real-ip",
            ];
            passed_on.into_iter().any(|name| header(name).is_some())
        };
        if settings.audience == Audience::One {
            return is_proxied().then_some(PROXY);
        }
        let host = header("host").unwrap_or_default();
        if settings.name(host).is_some() || wire.played(request).is_some() {
            return None;
        }
        // This machine asks itself: the lesson on OAuth its provider, `curl` a
        // lesson. No such name is one that another site could lead here.
        let from_here = request.remote().is_some_and(|peer| peer.ip().is_loopback());
        let companion = request.uri().path().segments().next() == Some("companion");
        let here = from_here && is_loopback(host) && !companion && !is_proxied();
        (!here).then_some(HOST)
    }
}

/// Whether the body ends before it is whole. A look at the body takes the end
/// with it, and a handler would then have the rest for all of it.
async fn is_cut(request: &Request<'_>, data: &mut Data<'_>) -> bool {
    let looked_at = request
        .content_type()
        .is_some_and(|kind| kind.is_form() || kind.is_json());
    looked_at && data.peek(SEEN).await.len() < SEEN && !data.peek_complete()
}

#[rocket::async_trait]
impl Fairing for Gate {
    fn info(&self) -> Info {
        Info {
            name: "The gate",
            kind: Kind::Request,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        let mut refused = self.refused(request);
        if refused.is_none() && is_cut(request, data).await {
            refused = Some(CUT);
        }
        let Some(refused) = refused else {
            return;
        };
        remember(request);
        request.local_cache(|| Some(refused));
        request.set_method(Method::Get);
        request.set_uri(uri!(refuse));
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Refused {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Refused, Infallible> {
        let refused = request.local_cache(|| None::<Refused>);
        refused.or_forward(Status::NotFound)
    }
}

/// Where the gate sends what it does not let in. Who asks for this address finds
/// nothing.
#[get("/companion/refused")]
fn refuse(refused: Refused) -> Result<(Status, &'static str), Status> {
    match refused {
        // The catcher's page, as a handler's own look at such a body gives.
        Refused(status, "") => Err(status),
        Refused(status, why) => Ok((status, why)),
    }
}

/// The routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![refuse]
}
