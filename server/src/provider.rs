//! The server that has the accounts: an authorization server of OAuth 2.0 with
//! one client, one account, and all that RFC 9700 asks of it. The lesson on
//! OAuth logs in here, as it would at Spotify. To a browser it is another site,
//! because it goes by this machine's other name.
//!
//! | | |
//! |---|---|
//! | `GET /provider/authorize` | asks for the password, and whether the client may |
//! | `POST /provider/authorize` | sends the browser back with a code, or with the refusal |
//! | `POST /provider/token` | changes a code, or a refresh token, for an access token |
//! | `POST /provider/revoke` | ends a token, and all that came from the same code (RFC 7009) |
//! | `GET /provider/v1/me` | says whose token it is, in the words of Spotify |
//! | `GET /.well-known/oauth-authorization-server/provider` | says all this to a client (RFC 8414) |
//!
//! What it has given is in memory: a restart ends every login. It is long because
//! it is a server of its own, and one file that a reader copies beside their own.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use oauth2::CsrfToken;
use oauth2::url::Url;
use oauth2::url::form_urlencoded;
use rocket::form::Form;
use rocket::http::{ContentType, Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Redirect, Responder, Response};
use rocket::serde::json::{Value, json};
use rocket::{Build, FromForm, Rocket, Route, State, get, post, routes};
use rocket_dyn_templates::{Template, context};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The client's id, and its secret.
const CLIENT: (&str, &str) = ("notebook", "the notebook's secret");
/// Where the client takes its answers.
const CALLBACK: &str = "/callback";
/// The account.
const ACCOUNT: (&str, &str) = ("ada", "correct horse");
/// What a client may ask for. A token for `everything` is a long one.
const SCOPES: [&str; 2] = ["user-read-private", "everything"];

/// The most bytes of a scope and of an address: both are kept.
const KEPT: usize = 512;

/// How long a code is good. RFC 6749 (section 4.1.2) allows ten minutes.
const CODE_LASTS: Duration = Duration::from_secs(60);
const ACCESS_LASTS: Duration = Duration::from_secs(60 * 60);
/// Nothing outlasts this.
const REFRESH_LASTS: Duration = Duration::from_secs(12 * 60 * 60);
/// As many codes, and as many tokens, are held; the oldest makes room.
const HELD: usize = 1000;
/// As many of these are access tokens from one code: two pages may ask at once.
const ACCESS_HELD: usize = 4;
/// The characters of a long token.
const LONG: usize = 3000;

/// Mounts the provider, with what it has given.
pub fn mount(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket
        .manage(Provider::default())
        .mount("/provider", routes())
        .mount("/.well-known/oauth-authorization-server", routes![metadata])
}

/// The routes below `/provider`.
pub fn routes() -> Vec<Route> {
    routes![authorize, decide, token, revoke, me]
}

/// What the provider has given.
#[derive(Default)]
pub struct Provider(Mutex<Given>);

#[derive(Default)]
struct Given {
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Token>,
}

struct Code {
    given: Instant,
    challenge: String,
    redirect_uri: String,
    scope: String,
    used: bool,
}

struct Token {
    given: Instant,
    is_refresh: bool,
    scope: String,
    /// The code that it came from.
    code: String,
}

impl Token {
    fn lasts(&self) -> Duration {
        match self.is_refresh {
            true => REFRESH_LASTS,
            false => ACCESS_LASTS,
        }
    }
}

/// What a client asks for, in the query of the browser's request (RFC 6749,
/// section 4.1.1, and RFC 7636, section 4.3).
#[derive(FromForm, Serialize)]
struct Asked<'r> {
    response_type: Option<&'r str>,
    client_id: Option<&'r str>,
    redirect_uri: Option<&'r str>,
    scope: Option<&'r str>,
    state: Option<&'r str>,
    code_challenge: Option<&'r str>,
    code_challenge_method: Option<&'r str>,
}

/// Why a request goes no further.
enum Refusal {
    /// It is not known whose it is, so nobody is sent anywhere: a provider that
    /// did would lead a browser wherever a link says.
    Here(&'static str),
    /// The client is told.
    Back(Box<Url>),
}

impl Asked<'_> {
    /// Where to send the browser, if the client and its address are known.
    fn back(&self, host: &str) -> Result<Url, Refusal> {
        if self.client_id != Some(CLIENT.0) {
            return Err(Refusal::Here("The client is not known here."));
        }
        let address = self.redirect_uri.filter(|uri| is_registered(uri, host));
        address
            .and_then(|uri| Url::parse(uri).ok())
            .ok_or(Refusal::Here(
                "The client's address is not the one it has registered.",
            ))
    }

    /// The same with the answer in its query, and who answers (RFC 9207).
    fn answer(&self, mut back: Url, host: &str, answer: &[(&str, &str)]) -> Url {
        back.query_pairs_mut()
            .extend_pairs(answer)
            .extend_pairs(self.state.map(|state| ("state", state)))
            .append_pair("iss", &issuer(host));
        back
    }

    /// Where to send the browser, when all of it is as it must be.
    fn checked(&self, host: &str) -> Result<Url, Refusal> {
        let back = self.back(host)?;
        // 32 bytes in base64url (RFC 7636, section 4.2).
        let challenge = self.code_challenge.unwrap_or_default();
        let is_hash = URL_SAFE_NO_PAD
            .decode(challenge)
            .is_ok_and(|hash| hash.len() == 32);
        let scope = self.scope.unwrap_or_default();
        let fault = if self.response_type != Some("code") {
            (
                "unsupported_response_type",
                "The response_type must be code.",
            )
        } else if self.code_challenge_method != Some("S256") || !is_hash {
            (
                "invalid_request",
                "A code_challenge with the method S256 is needed.",
            )
        } else if scope.len() > KEPT {
            ("invalid_scope", "The scope is too long.")
        } else if !scope.split_whitespace().all(|name| SCOPES.contains(&name)) {
            ("invalid_scope", "There is no such scope.")
        } else {
            return Ok(back);
        };
        let answer = [("error", fault.0), ("error_description", fault.1)];
        Err(Refusal::Back(Box::new(self.answer(back, host, &answer))))
    }
}

/// Whether an address is the client's: `/callback`, on the loopback address with
/// any port (RFC 8252, section 7.3), or on the host that the browser knows this
/// server by. It is compared as it is written (RFC 9700, section 4.1.3).
fn is_registered(uri: &str, host: &str) -> bool {
    let authority = uri
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix(CALLBACK));
    let Some(authority) = authority else {
        return false;
    };
    let on_loopback = ["127.0.0.1", "[::1]", "localhost"].iter().any(|name| {
        authority.strip_prefix(name).is_some_and(|port| {
            let digits = port.strip_prefix(':').unwrap_or("80");
            (port.is_empty() || port.starts_with(':'))
                && !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    uri.len() <= KEPT && (on_loopback || authority == host)
}

/// The host that the browser knows this server by. Without one there is no
/// answer: Rocket's own `&Host` says that the server failed.
struct Here(String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Here {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Here, ()> {
        match request.host() {
            Some(host) => Outcome::Success(Here(host.to_string())),
            None => Outcome::Error((Status::BadRequest, ())),
        }
    }
}

fn issuer(host: &str) -> String {
    format!("http://{host}/provider")
}

/// A page that asks for a password: nobody may keep it, frame it, or learn from
/// where a browser came (RFC 9700, sections 4.2.4 and 4.16).
#[derive(Responder)]
struct Page {
    page: (Status, Template),
    cache: Header<'static>,
    frames: Header<'static>,
    referrer: Header<'static>,
}

impl Page {
    fn new(status: Status, asked: Option<&Asked<'_>>, trouble: Option<&str>) -> Page {
        let page = Template::render("oauth/consent", context! { asked, trouble });
        Page {
            page: (status, page),
            cache: Header::new("Cache-Control", "no-store"),
            frames: Header::new(
                "Content-Security-Policy",
                concat!(
                    "default-src 'none'; style-src 'self'; img-src 'self'; ",
                    "base-uri 'none'; frame-ancestors 'none'"
                ),
            ),
            referrer: Header::new("Referrer-Policy", "no-referrer"),
        }
    }
}

#[derive(Responder)]
enum Shown {
    Page(Box<Page>),
    Sent(Box<Redirect>),
}

impl Shown {
    fn page(status: Status, asked: Option<&Asked<'_>>, trouble: Option<&str>) -> Shown {
        Shown::Page(Box::new(Page::new(status, asked, trouble)))
    }

    /// With 303, so that no browser sends the password along (RFC 9700, section
    /// 4.12).
    fn sent(to: &Url) -> Shown {
        Shown::Sent(Box::new(Redirect::to(to.to_string())))
    }

    fn refused(refusal: Refusal) -> Shown {
        match refusal {
            Refusal::Here(why) => Shown::page(Status::BadRequest, None, Some(why)),
            Refusal::Back(url) => Shown::sent(&url),
        }
    }
}

/// Asks for the password, and whether the client may.
#[get("/authorize?<asked..>")]
fn authorize(asked: Asked<'_>, here: Here) -> Shown {
    match asked.checked(&here.0) {
        Ok(_) => Shown::page(Status::Ok, Some(&asked), None),
        Err(refusal) => Shown::refused(refusal),
    }
}

#[derive(FromForm)]
struct Decision<'r> {
    #[field(default = "")]
    user: &'r str,
    #[field(default = "")]
    password: &'r str,
    #[field(default = "")]
    decision: &'r str,
}

/// Sends the browser back with a code, or with the refusal. What the client asks
/// for is in the address still.
#[post("/authorize?<asked..>", data = "<form>")]
fn decide(
    asked: Asked<'_>,
    form: Form<Decision<'_>>,
    here: Here,
    provider: &State<Provider>,
) -> Shown {
    let host = here.0;
    let back = match asked.checked(&host) {
        Ok(back) => back,
        Err(refusal) => return Shown::refused(refusal),
    };
    if form.decision != "allow" {
        return Shown::sent(&asked.answer(back, &host, &[("error", "access_denied")]));
    }
    // A stand-in: its page says the password. `login.rs` shows how to keep one.
    if (form.user, form.password) != ACCOUNT {
        let trouble = "That name and password do not fit together.";
        return Shown::page(Status::Forbidden, Some(&asked), Some(trouble));
    }
    let code = provider.given().code(&asked);
    Shown::sent(&asked.answer(back, &host, &[("code", &code)]))
}

impl Provider {
    fn given(&self) -> MutexGuard<'_, Given> {
        // A panic can't leave it half changed in a way that matters.
        let mut given = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        given
            .codes
            .retain(|_, code| code.given.elapsed() < REFRESH_LASTS);
        given
            .tokens
            .retain(|_, token| token.given.elapsed() < token.lasts());
        make_room(&mut given.codes, |code| code.given);
        make_room(&mut given.tokens, |token| token.given);
        given
    }
}

fn make_room<T>(held: &mut HashMap<String, T>, given: impl Fn(&T) -> Instant) {
    while held.len() >= HELD {
        let oldest = held.iter().min_by_key(|(_, item)| given(item));
        let Some(name) = oldest.map(|(name, _)| name.clone()) else {
            return;
        };
        held.remove(&name);
    }
}

/// 32 random bytes in base64url.
fn unguessable() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

impl Given {
    fn code(&mut self, asked: &Asked<'_>) -> String {
        let name = unguessable();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let code = Code {
            given: Instant::now(),
            challenge: text(asked.code_challenge),
            redirect_uri: text(asked.redirect_uri),
            scope: text(asked.scope),
            used: false,
        };
        self.codes.insert(name.clone(), code);
        name
    }

    /// Changes a code for tokens. Whatever comes of it, the code is used: a
    /// second use ends what the first one gave (RFC 6749, section 4.1.2).
    fn redeem(&mut self, asked: &Wanted<'_>) -> Result<Value, Fault> {
        let name = asked.code.unwrap_or_default();
        let code = self
            .codes
            .get_mut(name)
            .ok_or(Fault::grant("There is no such code."))?;
        if code.used {
            self.tokens.retain(|_, token| token.code != name);
            return Err(Fault::grant("The code was used before."));
        }
        code.used = true;
        if code.given.elapsed() > CODE_LASTS {
            return Err(Fault::grant("The code is over."));
        }
        if asked.redirect_uri != Some(&code.redirect_uri) {
            return Err(Fault::grant("The redirect_uri is another one."));
        }
        let hash = Sha256::digest(asked.code_verifier.unwrap_or_default());
        if URL_SAFE_NO_PAD.encode(hash) != code.challenge {
            return Err(Fault::grant(
                "The code_verifier does not fit the code_challenge.",
            ));
        }
        let scope = code.scope.clone();
        let refresh = self.token(name, &scope, true);
        let access = self.token(name, &scope, false);
        Ok(json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": ACCESS_LASTS.as_secs(),
            "refresh_token": refresh,
            "scope": scope,
        }))
    }

    /// A new access token. The refresh token stays the same, and is not said
    /// again: the client has proved who it is (RFC 9700, section 4.14.2).
    fn refresh(&mut self, asked: &Wanted<'_>) -> Result<Value, Fault> {
        let name = asked.refresh_token.unwrap_or_default();
        let refresh = self.tokens.get(name).filter(|token| token.is_refresh);
        let refresh = refresh.ok_or(Fault::grant("There is no such refresh token."))?;
        let (code, scope) = (refresh.code.clone(), refresh.scope.clone());
        self.keep_few(&code);
        Ok(json!({
            "access_token": self.token(&code, &scope, false),
            "token_type": "Bearer",
            "expires_in": ACCESS_LASTS.as_secs(),
            "scope": scope,
        }))
    }

    /// A client that asks again and again takes nobody's place but its own: of what
    /// one code gave, the newest few access tokens stay.
    fn keep_few(&mut self, code: &str) {
        let access = self.tokens.iter();
        let access =
            access.filter(|(_, token)| token.code == code && !token.is_refresh);
        let mut access: Vec<_> = access
            .map(|(name, token)| (token.given, name.clone()))
            .collect();
        access.sort();
        for (_, name) in access.iter().rev().skip(ACCESS_HELD - 1) {
            self.tokens.remove(name);
        }
    }

    /// Ends a token, and with it what came from the same code.
    fn revoke(&mut self, name: &str) {
        if let Some(token) = self.tokens.get(name) {
            let code = token.code.clone();
            self.tokens.retain(|_, token| token.code != code);
        }
    }

    fn token(&mut self, code: &str, scope: &str, is_refresh: bool) -> String {
        let mut name = unguessable();
        let is_long = scope.split_whitespace().any(|name| name == "everything");
        while is_long && !is_refresh && name.len() < LONG {
            name += &unguessable();
        }
        name.truncate(LONG);
        let token = Token {
            given: Instant::now(),
            is_refresh,
            scope: scope.to_owned(),
            code: code.to_owned(),
        };
        self.tokens.insert(name.clone(), token);
        name
    }
}

/// What a client asks for by itself (RFC 6749, sections 4.1.3 and 6).
#[derive(FromForm)]
struct Wanted<'r> {
    grant_type: Option<&'r str>,
    code: Option<&'r str>,
    redirect_uri: Option<&'r str>,
    code_verifier: Option<&'r str>,
    refresh_token: Option<&'r str>,
}

/// Whether a request comes from the client, by its id and secret in
/// `Authorization` (RFC 6749, section 2.3.1).
struct FromClient(bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for FromClient {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<FromClient, Infallible> {
        let header = request.headers().get_one("authorization");
        Outcome::Success(FromClient(header.is_some_and(is_client)))
    }
}

fn is_client(authorization: &str) -> bool {
    let Some(pair) = after_scheme(authorization, "Basic") else {
        return false;
    };
    let pair = STANDARD.decode(pair).unwrap_or_default();
    let mut parts = pair.splitn(2, |byte| *byte == b':');
    let mut part = || {
        let text = form_urlencoded::parse(parts.next().unwrap_or_default()).next();
        text.map(|(text, _)| text.into_owned()).unwrap_or_default()
    };
    let (id, secret) = (part(), part());
    // As hashes, so that the time says nothing of how much of it is right.
    let hash = |text: &str| Sha256::digest(text);
    hash(&id) == hash(CLIENT.0) && hash(&secret) == hash(CLIENT.1)
}

/// What follows the scheme, in whatever case that is written.
fn after_scheme<'h>(authorization: &'h str, scheme: &str) -> Option<&'h str> {
    let (found, rest) = authorization.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then_some(rest.trim())
}

/// Changes a code, or a refresh token, for an access token.
#[post("/token", data = "<wanted>")]
fn token(
    client: FromClient,
    wanted: Option<Form<Wanted<'_>>>,
    provider: &State<Provider>,
) -> Result<Said, Fault> {
    if !client.0 {
        return Err(Fault::CLIENT);
    }
    let wanted = wanted.ok_or(Fault::FORM)?;
    let given = match wanted.grant_type {
        Some("authorization_code") => provider.given().redeem(&wanted)?,
        Some("refresh_token") => provider.given().refresh(&wanted)?,
        _ => return Err(Fault::GRANT_TYPE),
    };
    Ok(Said(given))
}

#[derive(FromForm)]
struct Revoked<'r> {
    token: &'r str,
}

/// Ends a token. One that is not there is over already (RFC 7009, section 2.2).
#[post("/revoke", data = "<form>")]
fn revoke(
    client: FromClient,
    form: Option<Form<Revoked<'_>>>,
    provider: &State<Provider>,
) -> Result<Said, Fault> {
    if !client.0 {
        return Err(Fault::CLIENT);
    }
    let form = form.ok_or(Fault::FORM)?;
    provider.given().revoke(form.token);
    Ok(Said(json!({})))
}

/// A JSON text that nobody keeps.
struct Said(Value);

impl<'r> Responder<'r, 'static> for Said {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        Response::build_from(self.0.to_string().respond_to(request)?)
            .header(ContentType::JSON)
            .raw_header("Cache-Control", "no-store")
            .ok()
    }
}

/// Why a client gets nothing (RFC 6749, section 5.2, and RFC 6750, section 3).
struct Fault {
    status: Status,
    error: &'static str,
    description: &'static str,
    challenge: Option<&'static str>,
}

impl Fault {
    const CLIENT: Fault = Fault {
        status: Status::Unauthorized,
        error: "invalid_client",
        description: "The client's id and secret do not fit together.",
        challenge: Some("Basic realm=\"provider\""),
    };
    const FORM: Fault = Fault::new("invalid_request", "The body must be a form.");
    const GRANT_TYPE: Fault = Fault::new(
        "unsupported_grant_type",
        "A code or a refresh token is needed.",
    );
    const TOKEN: Fault = Fault {
        status: Status::Unauthorized,
        error: "invalid_token",
        description: "There is no such token, or it is over.",
        challenge: Some("Bearer error=\"invalid_token\""),
    };

    const fn new(error: &'static str, description: &'static str) -> Fault {
        Fault {
            status: Status::BadRequest,
            error,
            description,
            challenge: None,
        }
    }

    const fn grant(description: &'static str) -> Fault {
        Fault::new("invalid_grant", description)
    }
}

impl<'r> Responder<'r, 'static> for Fault {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let text =
            json!({ "error": self.error, "error_description": self.description });
        let mut response = Said(text).respond_to(request)?;
        response.set_status(self.status);
        if let Some(challenge) = self.challenge {
            response.set_raw_header("WWW-Authenticate", challenge);
        }
        Ok(response)
    }
}

struct Bearer<'r>(Option<&'r str>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Bearer<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Bearer<'r>, Infallible> {
        let header = request.headers().get_one("authorization");
        Outcome::Success(Bearer(header.and_then(|text| after_scheme(text, "Bearer"))))
    }
}

/// Says whose token it is.
#[get("/v1/me")]
fn me(bearer: Bearer<'_>, provider: &State<Provider>) -> Result<Said, Fault> {
    let given = provider.given();
    let token = bearer.0.and_then(|name| given.tokens.get(name));
    match token.filter(|token| !token.is_refresh) {
        Some(_) => Ok(Said(json!({ "display_name": "Ada" }))),
        None => Err(Fault::TOKEN),
    }
}

/// What a client needs to know of this server (RFC 8414).
#[get("/provider")]
fn metadata(here: Here) -> Said {
    let issuer = issuer(&here.0);
    Said(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "scopes_supported": SCOPES,
        "authorization_response_iss_parameter_supported": true,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const HOST: &str = "localhost:8000";
    const CALLBACK: &str = "http://127.0.0.1:8000/callback";

    fn asked() -> Asked<'static> {
        Asked {
            response_type: Some("code"),
            client_id: Some("notebook"),
            redirect_uri: Some(CALLBACK),
            scope: Some("user-read-private"),
            state: Some("a state & more"),
            code_challenge: Some(CHALLENGE),
            code_challenge_method: Some("S256"),
        }
    }

    fn wanted(code: &str) -> Wanted<'_> {
        Wanted {
            grant_type: Some("authorization_code"),
            code: Some(code),
            redirect_uri: Some(CALLBACK),
            code_verifier: Some(VERIFIER),
            refresh_token: None,
        }
    }

    fn error_of(asked: &Asked<'_>) -> String {
        match asked.checked(HOST) {
            Ok(_) => "none".into(),
            Err(Refusal::Here(why)) => why.into(),
            Err(Refusal::Back(url)) => {
                assert!(url.as_str().starts_with(CALLBACK), "{url}");
                let answer: HashMap<_, _> = url.query_pairs().into_owned().collect();
                assert_eq!(answer["state"], "a state & more");
                assert_eq!(answer["iss"], "http://localhost:8000/provider");
                answer["error"].clone()
            }
        }
    }

    #[test]
    fn only_the_registered_address_gets_an_answer() {
        for uri in [
            CALLBACK,
            "http://127.0.0.1/callback",
            "http://[::1]:1/callback",
            "http://localhost:8001/callback",
            "http://class.example:80/callback",
        ] {
            assert!(is_registered(uri, "class.example:80"), "{uri}");
        }
        for uri in [
            "",
            "https://127.0.0.1:8000/callback",
            "http://127.0.0.1:8000/callback/",
            "http://127.0.0.1:8000/callback?x=1",
            "http://127.0.0.1:8000/callback#x",
            "http://127.0.0.1:8000/../callback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:80@example.com/callback",
            "http://127.0.0.1.example.com/callback",
            "http://127.0.0.1@example.com/callback",
            "http://example.com/callback",
            "http://localhost.example.com/callback",
            "http://LOCALHOST:8000/callback",
            "http://127.0.0.1:8000\\@example.com/callback",
            "javascript:alert(1)//callback",
        ] {
            assert!(!is_registered(uri, "class.example:80"), "{uri}");
        }
    }

    #[test]
    fn what_is_not_as_it_must_be_is_told_to_the_client_by_its_name() {
        assert_eq!(error_of(&asked()), "none");
        for (wrong, error) in [
            (
                Asked {
                    response_type: Some("token"),
                    ..asked()
                },
                "unsupported_response_type",
            ),
            (
                Asked {
                    code_challenge: None,
                    ..asked()
                },
                "invalid_request",
            ),
            (
                Asked {
                    code_challenge: Some("short"),
                    ..asked()
                },
                "invalid_request",
            ),
            (
                Asked {
                    code_challenge_method: Some("plain"),
                    ..asked()
                },
                "invalid_request",
            ),
            (
                Asked {
                    code_challenge_method: None,
                    ..asked()
                },
                "invalid_request",
            ),
            (
                Asked {
                    scope: Some("delete-all"),
                    ..asked()
                },
                "invalid_scope",
            ),
            (
                Asked {
                    scope: Some(&"everything ".repeat(5_000)),
                    ..asked()
                },
                "invalid_scope",
            ),
        ] {
            assert_eq!(error_of(&wrong), error);
        }
    }

    #[test]
    fn a_stranger_is_sent_nowhere() {
        let far = format!("http://localhost:{}80/callback", "0".repeat(60_000));
        for wrong in [
            Asked {
                client_id: None,
                ..asked()
            },
            Asked {
                client_id: Some("other"),
                ..asked()
            },
            Asked {
                redirect_uri: None,
                ..asked()
            },
            Asked {
                redirect_uri: Some("http://example.com/callback"),
                ..asked()
            },
            Asked {
                redirect_uri: Some(&far),
                ..asked()
            },
        ] {
            assert!(matches!(wrong.checked(HOST), Err(Refusal::Here(_))));
        }
    }

    #[test]
    fn a_code_is_good_once_with_its_verifier_and_its_address() {
        for wrong in [
            Wanted {
                code_verifier: None,
                ..wanted("")
            },
            Wanted {
                code_verifier: Some(CHALLENGE),
                ..wanted("")
            },
            Wanted {
                redirect_uri: None,
                ..wanted("")
            },
            Wanted {
                redirect_uri: Some("http://127.0.0.1:1/callback"),
                ..wanted("")
            },
        ] {
            let mut given = Given::default();
            let code = given.code(&asked());
            let wrong = Wanted {
                code: Some(&code),
                ..wrong
            };
            assert!(given.redeem(&wrong).is_err());
            assert!(given.redeem(&wanted(&code)).is_err(), "a code has one try");
        }
        let mut given = Given::default();
        let code = given.code(&asked());
        assert!(given.redeem(&wanted(&code)).is_ok());
        assert_eq!(given.tokens.len(), 2);
        assert!(given.redeem(&wanted(&code)).is_err());
        assert_eq!(given.tokens.len(), 0, "the first use's tokens are over");
    }

    #[test]
    fn a_code_is_over_after_a_minute() {
        let mut given = Given::default();
        let code = given.code(&asked());
        let long_ago = Instant::now().checked_sub(CODE_LASTS + Duration::from_secs(1));
        given.codes.get_mut(&code).unwrap().given = long_ago.unwrap();
        assert!(given.redeem(&wanted(&code)).is_err());
    }

    #[test]
    fn a_refresh_gives_an_access_token_and_no_refresh_token() {
        let mut given = Given::default();
        let code = given.code(&asked());
        let Ok(first) = given.redeem(&wanted(&code)) else {
            panic!("the code is good")
        };
        let refresh = first["refresh_token"].as_str().unwrap();
        let again = Wanted {
            refresh_token: Some(refresh),
            ..wanted("")
        };
        for _ in 0..2 {
            let Ok(answer) = given.refresh(&again) else {
                panic!("the refresh token is good")
            };
            assert!(answer.get("refresh_token").is_none());
            assert_ne!(answer["access_token"], first["access_token"]);
        }
        let access = first["access_token"].as_str().unwrap();
        let wrong = Wanted {
            refresh_token: Some(access),
            ..wanted("")
        };
        assert!(
            given.refresh(&wrong).is_err(),
            "an access token is no refresh token"
        );
    }

    #[test]
    fn whoever_refreshes_again_and_again_ends_nobody_elses_login() {
        let provider = Provider::default();
        let log_in = || {
            let code = provider.given().code(&asked());
            let Ok(answer) = provider.given().redeem(&wanted(&code)) else {
                panic!("the code is good")
            };
            let text = |name: &str| answer[name].as_str().expect("a token").to_owned();
            (text("access_token"), text("refresh_token"))
        };
        let (adas, _) = log_in();
        let (mut newest, refresh) = log_in();
        for _ in 0..2 * HELD {
            let again = Wanted {
                refresh_token: Some(&refresh),
                ..wanted("")
            };
            let Ok(answer) = provider.given().refresh(&again) else {
                panic!("the refresh token is good")
            };
            newest = answer["access_token"].as_str().expect("a token").to_owned();
        }
        let given = provider.given();
        assert!(given.tokens.contains_key(&adas));
        assert!(given.tokens.contains_key(&newest));
        assert_eq!(given.tokens.len(), 2 + 1 + ACCESS_HELD);
    }

    #[test]
    fn a_token_that_is_taken_back_takes_the_others_of_its_code_along() {
        for which in ["access_token", "refresh_token"] {
            let mut given = Given::default();
            let other = given.token("another code", "", false);
            let code = given.code(&asked());
            let Ok(answer) = given.redeem(&wanted(&code)) else {
                panic!("the code is good")
            };
            given.revoke("no token");
            assert_eq!(given.tokens.len(), 3);
            given.revoke(answer[which].as_str().expect("a token"));
            assert_eq!(given.tokens.keys().collect::<Vec<_>>(), [&other]);
        }
    }

    #[test]
    fn a_token_for_everything_is_a_long_one() {
        let mut given = Given::default();
        assert_eq!(given.token("", "user-read-private", false).len(), 43);
        assert_eq!(given.token("", "everything", false).len(), LONG);
        assert_eq!(given.token("", "everything", true).len(), 43);
    }

    #[test]
    fn the_client_is_known_by_its_id_and_secret_alone() {
        let header = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        // As RFC 6749 wants it encoded, and as many clients send it.
        assert!(is_client(&header("notebook:the+notebook%27s+secret")));
        assert!(is_client(&header("notebook:the notebook's secret")));
        assert!(is_client(
            &header("notebook:the notebook's secret").replace("Basic", "basic")
        ));
        for pair in [
            "",
            ":",
            "notebook",
            "notebook:",
            "notebook:wrong",
            ":the notebook's secret",
        ] {
            assert!(!is_client(&header(pair)), "{pair}");
        }
        for header in ["", "Basic", "Basic !", "Bearer x", "Basic /////w=="] {
            assert!(!is_client(header), "{header}");
        }
    }

    #[test]
    fn no_more_is_held_than_there_is_room_for() {
        let provider = Provider::default();
        for _ in 0..HELD + 10 {
            provider.given().code(&asked());
        }
        assert!(provider.given().codes.len() <= HELD);
    }
}
