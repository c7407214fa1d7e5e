//! Logging in with an account that another server has: OAuth 2.0, with an
//! authorization code and PKCE. Needs `flash.rs` and `login.rs` beside it. It is
//! long because a round trip has six steps, and a lesson is one file to copy.

use super::flash::Feedback;
use super::login::Private;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use oauth2::basic::{BasicClient, BasicRequestTokenError, BasicTokenResponse};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse, TokenUrl, http,
    url::{ParseError, form_urlencoded},
};
use rocket::http::{Cookie, CookieJar, SameSite, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Flash, Redirect, Responder};
use rocket::serde::json;
use rocket::time::Duration;
use rocket::tokio::task::spawn_blocking;
use rocket::{FromForm, Route, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::{Deserialize, Serialize};
use std::env;
use std::fmt::{self, Display, Formatter};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

type Client = BasicClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The server that has the accounts, and a client of it.
struct Provider {
    client: Client,
    me: String,
    /// What it calls itself in its answers, if it does.
    issuer: Option<String>,
    /// Where it takes tokens back, if it does, and the client's id and secret.
    revoke: Option<String>,
    basic: String,
}

// ANCHOR: provider
impl Provider {
    /// This machine, which under its other name is another site.
    fn here(host: &str, own: SocketAddr) -> Result<Provider, ParseError> {
        let issuer = format!("http://{}/provider", other_name(host));
        let at = |path| format!("http://{own}/provider/{path}");
        let addresses = [format!("{issuer}/authorize"), at("token"), at("v1/me")];
        let secret = "the notebook's secret";
        let mut here = Provider::new(host, "notebook", secret, addresses)?;
        here.issuer = Some(issuer);
        here.revoke = Some(at("revoke"));
        Ok(here)
    }
    // ANCHOR_END: provider

    fn spotify(host: &str, id: &str, secret: &str) -> Result<Provider, ParseError> {
        let authorize = "https://accounts.spotify.com/authorize".into();
        let token = "https://accounts.spotify.com/api/token".into();
        let me = "https://api.spotify.com/v1/me".into();
        Provider::new(host, id, secret, [authorize, token, me])
    }

    /// `host` is where this app is: the provider sends the browser back there.
    fn new(
        host: &str,
        id: &str,
        secret: &str,
        [authorize, token, me]: [String; 3],
    ) -> Result<Provider, ParseError> {
        let client = BasicClient::new(ClientId::new(id.into()))
            .set_client_secret(ClientSecret::new(secret.into()))
            .set_auth_uri(AuthUrl::new(authorize)?)
            .set_token_uri(TokenUrl::new(token)?)
            .set_redirect_uri(RedirectUrl::new(format!("http://{host}/callback"))?);
        // As RFC 6749 (section 2.3.1) wants it: encoded twice.
        let encoded = |text: &str| -> String {
            form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        let pair = format!("{}:{}", encoded(id), encoded(secret));
        Ok(Provider {
            client,
            me,
            issuer: None,
            revoke: None,
            basic: format!("Basic {}", BASE64_STANDARD.encode(pair)),
        })
    }
}

/// `localhost` for `127.0.0.1`, and the other way round, with the port.
fn other_name(host: &str) -> String {
    let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
    match name {
        "127.0.0.1" => format!("localhost{port}"),
        "localhost" => format!("127.0.0.1{port}"),
        _ => host.into(),
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Provider {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Provider, ()> {
        let host = request
            .host()
            .map_or("127.0.0.1".into(), ToString::to_string);
        let spotify = (
            env::var("SPOTIFY_CLIENT_ID"),
            env::var("SPOTIFY_CLIENT_SECRET"),
        );
        let provider = match spotify {
            (Ok(id), Ok(secret)) => Provider::spotify(&host, &id, &secret),
            _ => {
                let config = request.rocket().config();
                let everywhere = config.address.is_unspecified();
                let address = if everywhere {
                    Ipv4Addr::LOCALHOST.into()
                } else {
                    config.address
                };
                Provider::here(&host, SocketAddr::new(address, config.port))
            }
        };
        match provider {
            Ok(provider) => Outcome::Success(provider),
            Err(_) => Outcome::Error((Status::BadRequest, ())),
        }
    }
}

// ANCHOR: trip
/// What goes along to the provider and back, sealed in the cookie `oauth`.
#[derive(Serialize, Deserialize)]
struct Trip {
    state: String,
    verifier: String,
    unchecked: bool,
}

#[get("/music/connect?<lab..>")]
fn connect(lab: Lab, provider: Provider, cookies: &CookieJar<'_>) -> Redirect {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let asked = provider.client.authorize_url(CsrfToken::new_random);
    let asked = asked.set_pkce_challenge(challenge).add_scope(lab.scope());
    let (url, state) = asked.url();
    let trip = Trip {
        state: state.into_secret(),
        verifier: verifier.into_secret(),
        unchecked: lab.unchecked,
    };
    let sealed = json::to_string(&trip).expect("two texts and a bool are JSON");
    let cookie = Cookie::build(("oauth", sealed)).path("/callback");
    let cookie = cookie.same_site(lab.same_site()).expires(None);
    cookies.add_private(cookie.max_age(Duration::minutes(10)));
    Redirect::to(url.to_string())
}
// ANCHOR_END: trip

/// What you can break, to see it break.
#[derive(FromForm)]
struct Lab {
    /// Seal the state and the verifier in a `Strict` cookie.
    strict: bool,
    /// Ask for a token of 3,000 characters, as some providers give.
    large: bool,
    /// Don't look whether the tokens fit into a cookie.
    unchecked: bool,
}

impl Lab {
    fn same_site(&self) -> SameSite {
        if self.strict {
            SameSite::Strict
        } else {
            SameSite::Lax
        }
    }

    fn scope(&self) -> Scope {
        let name = if self.large {
            "everything"
        } else {
            "user-read-private"
        };
        Scope::new(name.into())
    }
}

/// What comes back from the provider, by the browser.
#[derive(FromForm)]
struct Answer<'r> {
    code: Option<&'r str>,
    state: Option<&'r str>,
    error: Option<&'r str>,
    iss: Option<&'r str>,
}

// ANCHOR: callback
#[get("/callback?<answer..>")]
async fn callback(
    answer: Answer<'_>,
    provider: Provider,
    cookies: &CookieJar<'_>,
) -> FromAfar {
    let sealed = cookies.get_private("oauth");
    cookies.remove(Cookie::build("oauth").path("/callback"));
    let trip = sealed.and_then(|cookie| json::from_str::<Trip>(cookie.value()).ok());
    let trip = trip.filter(|trip| answer.state == Some(&trip.state));
    let is_its_own =
        provider.issuer.is_none() || provider.issuer.as_deref() == answer.iss;
    let code = answer.code.filter(|_| answer.error.is_none());
    let to = Redirect::to(uri!(music));
    FromAfar(match (trip.filter(|_| is_its_own), code) {
        (None, _) => Flash::error(to, "This answer is to no question of yours."),
        (_, None) => Flash::warning(to, "The provider says no. Nothing is connected."),
        (Some(trip), Some(code)) => {
            match Session::begin(&provider, code, trip, cookies).await {
                Ok(()) => Flash::success(to, "Connected."),
                Err(trouble) => Flash::error(to, trouble.to_string()),
            }
        }
    })
}
// ANCHOR_END: callback

// ANCHOR: from-afar
/// A message for a browser that comes from another site. Rocket's own flash is a
/// `Strict` cookie, and would wait for the page after the next.
struct FromAfar(Flash<Redirect>);

impl<'r> Responder<'r, 'static> for FromAfar {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let response = self.0.respond_to(request)?;
        let cookies = request.cookies();
        if let Some(mut flash) = cookies.get_pending("_flash") {
            flash.set_same_site(SameSite::Lax);
            cookies.add(flash);
        }
        Ok(response)
    }
}
// ANCHOR_END: from-afar

// ANCHOR: session
/// What is sealed in the cookie `music`.
#[derive(Serialize, Deserialize)]
struct Session {
    access_token: String,
    refresh_token: String,
    /// When the access token is over, in unix seconds.
    until: u64,
}

/// As many bytes, sealed and encoded, make a cookie of less than 4,096.
const ROOM: usize = 2_800;

impl Session {
    /// A provider may send no new refresh token: then the old one is still good.
    fn new(answer: &BasicTokenResponse, old: String) -> Session {
        let lasts = answer.expires_in().unwrap_or_default().as_secs();
        Session {
            access_token: answer.access_token().secret().clone(),
            refresh_token: answer
                .refresh_token()
                .map_or(old, |new| new.secret().clone()),
            until: now().saturating_add(lasts),
        }
    }
    // ANCHOR_END: session

    // ANCHOR: keep
    fn keep(&self, cookies: &CookieJar<'_>, room: usize) -> Result<(), Trouble> {
        let sealed = json::to_string(self).expect("two texts and a number are JSON");
        if sealed.len() > room {
            return Err(Trouble::TooLarge(sealed.len()));
        }
        let cookie = Cookie::build(("music", sealed)).same_site(SameSite::Lax);
        cookies.add_private(cookie.expires(None));
        Ok(())
    }
    // ANCHOR_END: keep

    // ANCHOR: begin
    /// Exchanges the code for tokens, which no browser sees, and keeps them.
    async fn begin(
        provider: &Provider,
        code: &str,
        trip: Trip,
        cookies: &CookieJar<'_>,
    ) -> Result<(), Trouble> {
        let asked = provider
            .client
            .exchange_code(AuthorizationCode::new(code.into()));
        let asked = asked.set_pkce_verifier(PkceCodeVerifier::new(trip.verifier));
        let answer = asked.request_async(&ask).await?;
        let room = if trip.unchecked { usize::MAX } else { ROOM };
        Session::new(&answer, String::new()).keep(cookies, room)
    }
    // ANCHOR_END: begin

    // ANCHOR: fresh
    /// This session, or one with a new access token in place of one that is over.
    async fn fresh(
        self,
        from: &Provider,
        cookies: &CookieJar<'_>,
    ) -> Result<Session, Trouble> {
        if now() < self.until {
            return Ok(self);
        }
        let old = RefreshToken::new(self.refresh_token.clone());
        let answer = from
            .client
            .exchange_refresh_token(&old)
            .request_async(&ask)
            .await?;
        let session = Session::new(&answer, self.refresh_token);
        session.keep(cookies, ROOM).map(|()| session)
    }
    // ANCHOR_END: fresh

    /// Whose account it is, by the provider's word.
    async fn name(&self, provider: &Provider) -> Result<String, Trouble> {
        #[derive(Deserialize)]
        struct Me {
            display_name: String,
        }
        let asked = http::Request::get(&provider.me)
            .header("Authorization", format!("Bearer {}", self.access_token))
            .body(Vec::new());
        let answer = ask(asked.map_err(|_| Trouble::Refused)?).await;
        let answer = answer.map_err(|_| Trouble::Silent)?;
        match json::from_slice::<Me>(answer.body()) {
            Ok(me) if answer.status().is_success() => Ok(me.display_name),
            _ if answer.status().as_u16() == 401 => Err(Trouble::Refused),
            _ => Err(Trouble::Silent),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Session {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Session, ()> {
        let sealed = request.cookies().get_private("music");
        match sealed.and_then(|cookie| json::from_str(cookie.value()).ok()) {
            Some(session) => Outcome::Success(session),
            None => Outcome::Forward(Status::Unauthorized),
        }
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

// ANCHOR: ask
/// One request from this server to another. It follows no redirect: the answer
/// must come from the provider itself.
async fn ask(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(std::time::Duration::from_secs(10)))
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .new_agent();
    let asked = spawn_blocking(move || {
        let (head, mut body) = agent.run(request)?.into_parts();
        let body = body.with_config().limit(64 * 1024).read_to_vec()?;
        Ok(HttpResponse::from_parts(head, body))
    });
    asked.await.unwrap_or(Err(ureq::Error::ConnectionFailed))
}
// ANCHOR_END: ask

/// Why there is no login.
enum Trouble {
    /// The provider doesn't take the code or the token.
    Refused,
    Silent,
    /// In bytes.
    TooLarge(usize),
}

impl From<BasicRequestTokenError<ureq::Error>> for Trouble {
    fn from(error: BasicRequestTokenError<ureq::Error>) -> Trouble {
        match error {
            RequestTokenError::ServerResponse(_) => Trouble::Refused,
            _ => Trouble::Silent,
        }
    }
}

impl Display for Trouble {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Refused => f.write_str("The provider refused the code."),
            Trouble::Silent => f.write_str("The provider gives no answer. Try again."),
            Trouble::TooLarge(bytes) => {
                write!(
                    f,
                    "{bytes} bytes of tokens, and a cookie has room for {ROOM}."
                )
            }
        }
    }
}

#[get("/music")]
async fn music(
    session: Option<Session>,
    provider: Provider,
    cookies: &CookieJar<'_>,
    feedback: Feedback<'_>,
) -> Private {
    let bytes = cookies.get("music").map(|cookie| cookie.value().len());
    let name = match session {
        Some(session) => whose(session, &provider, cookies).await.map(Some),
        None => Ok(None),
    };
    let trouble = name.as_ref().err();
    let name = name.as_ref().ok();
    Private::new(Template::render(
        "oauth/music",
        context! { name, bytes, trouble, feedback },
    ))
}

/// Whose account it is, or why that is not known.
async fn whose(
    session: Session,
    provider: &Provider,
    cookies: &CookieJar<'_>,
) -> Result<String, String> {
    let name = match session.fresh(provider, cookies).await {
        Ok(session) => session.name(provider).await,
        Err(trouble) => Err(trouble),
    };
    if let Err(Trouble::Refused) = name {
        cookies.remove("music");
        return Err("This login is over. Connect again.".into());
    }
    name.map_err(|trouble| trouble.to_string())
}

#[post("/music/disconnect")]
async fn disconnect(
    session: Option<Session>,
    provider: Provider,
    cookies: &CookieJar<'_>,
) -> Flash<Redirect> {
    cookies.remove("music");
    let to = Redirect::to(uri!(music));
    let done = match session {
        Some(session) => session.end(&provider).await,
        None => Ok(()),
    };
    match done {
        Ok(()) => Flash::success(to, "Disconnected."),
        Err(_) => Flash::warning(to, "Disconnected here. The provider does not know."),
    }
}

impl Session {
    // ANCHOR: end
    /// Asks the provider to end what it gave, too (RFC 7009).
    async fn end(&self, provider: &Provider) -> Result<(), Trouble> {
        let Some(address) = &provider.revoke else {
            return Err(Trouble::Silent);
        };
        let form = [("token", &self.refresh_token)];
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let asked = http::Request::post(address)
            .header("Authorization", &provider.basic)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.into_bytes());
        let answer = ask(asked.map_err(|_| Trouble::Refused)?).await;
        match answer.is_ok_and(|answer| answer.status().is_success()) {
            true => Ok(()),
            false => Err(Trouble::Silent),
        }
    }
    // ANCHOR_END: end
}

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![connect, callback, music, disconnect]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rocket::local::blocking::Client;

    /// A server that seals what it is given.
    fn client() -> Client {
        #[get("/<length>")]
        fn seal(length: usize, cookies: &CookieJar<'_>) {
            cookies.add_private(Cookie::build(("music", "x".repeat(length))));
        }
        let rocket =
            rocket::custom(rocket::Config::debug_default()).mount("/", routes![seal]);
        Client::tracked(rocket).expect("a server")
    }

    #[test]
    fn what_there_is_room_for_fits_into_a_cookie() {
        let client = client();
        // The escapes in a sealed value are other ones each time.
        for _ in 0..200 {
            let response = client.get(format!("/{ROOM}")).dispatch();
            let cookie = response.headers().get_one("set-cookie").expect("a cookie");
            let pair = cookie.split(';').next().expect("a name and a value");
            assert!(pair.len() - 1 <= 4096, "{} bytes", pair.len() - 1);
        }
    }

    #[test]
    fn spotify_is_asked_with_pkce_and_sends_the_browser_back_here() {
        let provider =
            Provider::spotify("127.0.0.1:8000", "an-id", "a-secret").expect("URLs");
        let asked = provider
            .client
            .authorize_url(|| CsrfToken::new("a-state".into()));
        let (challenge, _) = PkceCodeChallenge::new_random_sha256();
        let (url, _) = asked.set_pkce_challenge(challenge).url();
        assert!(
            url.as_str()
                .starts_with("https://accounts.spotify.com/authorize?"),
            "{url}"
        );
        for part in [
            "client_id=an-id",
            "state=a-state",
            "code_challenge_method=S256",
            "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback",
        ] {
            assert!(url.as_str().contains(part), "{url}");
        }
        assert!(!url.as_str().contains("a-secret"), "{url}");
    }

    #[test]
    fn the_machine_has_two_names_and_another_host_has_one() {
        for (host, other) in [
            ("127.0.0.1:8000", "localhost:8000"),
            ("localhost:8000", "127.0.0.1:8000"),
            ("127.0.0.1", "localhost"),
            ("class.example:8000", "class.example:8000"),
        ] {
            assert_eq!(other_name(host), other);
        }
    }

    #[test]
    fn an_answer_without_a_refresh_token_leaves_the_old_one() {
        let answer =
            |text| json::from_str::<BasicTokenResponse>(text).expect("an answer");
        let without =
            answer(r#"{"access_token":"b","token_type":"bearer","expires_in":60}"#);
        assert_eq!(Session::new(&without, "old".into()).refresh_token, "old");
        let with = answer(
            r#"{"access_token":"b","token_type":"bearer","refresh_token":"new"}"#,
        );
        let session = Session::new(&with, "old".into());
        assert_eq!(session.refresh_token, "new");
        // Without a word on how long it lasts, it is asked for again each time.
        assert!(session.until <= now());
    }
}
