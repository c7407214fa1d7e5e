//! Logging in with another account. The app is at `127.0.0.1`, and the provider at
//! `localhost` on the same port: two sites to a browser, and one process here.

use super::http::{Request, Response, encode, escape};
use super::site::{Session, Site};
use crate::random::random_name;
use crate::unpoisoned::unpoisoned;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Mutex;

/// What the app asked, until the answer comes.
#[derive(Clone)]
pub struct Trip {
    state: String,
    verifier: String,
}

/// What both sides keep of logins under way.
#[derive(Default)]
pub struct Trips {
    /// The provider's codes, with the challenge of each. A code is good once.
    codes: Mutex<HashMap<String, String>>,
    /// What the server with this fault keeps for all.
    everyones: Mutex<HashMap<String, Trip>>,
}

impl Site {
    /// The lesson's answer, if the request is for one of its addresses.
    pub fn oauth(&self, request: &Request, session: &mut Session) -> Option<Response> {
        let is_get = matches!(request.method.as_str(), "GET" | "HEAD");
        let is_post = request.method == "POST";
        match request.path.as_str() {
            "/music" if is_get => Some(self.music(session)),
            "/music/connect" if is_get => Some(self.connect(request, session)),
            "/music/disconnect" if is_post => Some(disconnect(session)),
            "/callback" if is_get => Some(self.callback(request, session)),
            "/provider/authorize" if is_get => Some(asks(request)),
            "/provider/authorize" if is_post => Some(self.authorize(request)),
            _ => None,
        }
    }

    fn music(&self, session: &mut Session) -> Response {
        let message = self.message(session);
        let Some(name) = &session.music else {
            let link = "<a href=\"/music/connect\">Connect an account</a>";
            return Response::html("Nobody's music", &format!("{message}{link}"));
        };
        let form = "<form method=\"post\" action=\"/music/disconnect\"><button>Disconnect</button></form>";
        Response::html(&format!("{name}'s music"), &format!("{message}{form}"))
    }

    /// Draws two random values, and sends the browser on.
    fn connect(&self, request: &Request, session: &mut Session) -> Response {
        let trip = Trip {
            state: random_name(),
            verifier: random_name() + &random_name(),
        };
        let location = format!(
            "{}/authorize?response_type=code&client_id=notebook&state={}&code_challenge={}\
             &code_challenge_method=S256&redirect_uri={}&scope=user-read-private",
            issuer(request),
            trip.state,
            challenge(&trip.verifier),
            encode(&callback(request)),
        );
        if self.has("question-of-everyone") {
            unpoisoned(&self.trips.everyones).insert(trip.state.clone(), trip.clone());
        }
        session.trip = Some(trip);
        Response::see_other(&location)
    }

    /// What comes back. A question is answered once.
    fn callback(&self, request: &Request, session: &mut Session) -> Response {
        let state = request.field("state").unwrap_or_default();
        let trip = match self.has("question-of-everyone") {
            true => unpoisoned(&self.trips.everyones).remove(&state),
            false => session.trip.take(),
        };
        let is_its_own = request.field("iss") == Some(issuer(request))
            || self.has("answer-of-any-provider");
        let trip = trip.filter(|trip| trip.state == state && is_its_own);
        let (role, words) = match (trip, request.field("code")) {
            (None, _) => ("alert", "This answer is to no question of yours."),
            (_, None) => ("alert", "The provider says no. Nothing is connected."),
            (Some(trip), Some(code)) => match self.is_good(&code, &trip.verifier) {
                true => {
                    session.music = Some("Ada".to_owned());
                    ("status", "Connected.")
                }
                false => ("alert", "The provider does not know this code."),
            },
        };
        session.flash = Some((role, words.to_owned(), 0));
        Response::see_other("/music")
    }

    /// What the provider says of a code, and of the verifier that comes with it.
    fn is_good(&self, code: &str, verifier: &str) -> bool {
        let asked = unpoisoned(&self.trips.codes).remove(code);
        asked == Some(challenge(verifier))
    }

    /// The provider's form was sent.
    fn authorize(&self, request: &Request) -> Response {
        let field = |name: &str| request.field(name).unwrap_or_default();
        if !is_known(request) {
            return cant_go_on();
        }
        let is_right = field("user") == "ada" && field("password") == "correct horse";
        let said = match field("decision") == "allow" {
            true if !is_right => return asks(request),
            true => {
                let code = random_name();
                let asked = field("code_challenge");
                unpoisoned(&self.trips.codes).insert(code.clone(), asked);
                format!("code={code}")
            }
            false => "error=access_denied".to_owned(),
        };
        Response::see_other(&format!(
            "{}?{said}&state={}&iss={}",
            field("redirect_uri"),
            encode(&field("state")),
            encode(&issuer(request)),
        ))
    }
}

fn disconnect(session: &mut Session) -> Response {
    session.music = None;
    session.flash = Some(("status", "Disconnected.".to_owned(), 0));
    Response::see_other("/music")
}

/// The provider's form.
fn asks(request: &Request) -> Response {
    if !is_known(request) {
        return cant_go_on();
    }
    let address = escape(&callback(request));
    Response::html(
        "The music service",
        &format!(
            "<p>The Notebook asks for:</p>\n\
             <ul><li>your name (<samp>user-read-private</samp>)</li></ul>\n\
             <p>If you allow it, it goes back to {address} with a code.</p>\n\
             <form method=\"post\">\n<label>Name <input name=\"user\"></label>\n\
             <label>Password <input name=\"password\" type=\"password\"></label>\n\
             <button name=\"decision\" value=\"allow\">Allow</button>\n\
             <button name=\"decision\" value=\"refuse\">Refuse</button>\n</form>"
        ),
    )
}

/// Whether it is the client that the provider knows, at its own address, with a
/// challenge.
fn is_known(request: &Request) -> bool {
    let field = |name: &str| request.field(name).unwrap_or_default();
    field("client_id") == "notebook"
        && field("redirect_uri") == callback(request)
        && field("code_challenge_method") == "S256"
        && !field("code_challenge").is_empty()
}

fn cant_go_on() -> Response {
    let words = "The music service can't go on.";
    Response::new("400 Bad Request", "text/plain", words)
}

fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The address to which the provider sends the browser back.
fn callback(request: &Request) -> String {
    format!("http://127.0.0.1{}/callback", port(request))
}

fn issuer(request: &Request) -> String {
    format!("http://localhost{}/provider", port(request))
}

/// `:8001`, from the address that the browser asked.
fn port(request: &Request) -> String {
    let host = request.header("host").unwrap_or_default();
    let port = host.rsplit_once(':').map(|(_, port)| format!(":{port}"));
    port.unwrap_or_default()
}
