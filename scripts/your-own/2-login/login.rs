// ANCHOR: head
//! Who is here: a password, and a sealed cookie that says since when.

use crate::{OwnForm, sealed};
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use rocket::form::{Form, FromForm};
use rocket::http::{CookieJar, SameSite, Status};
use rocket::request::{FlashMessage, FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::tokio::task::spawn_blocking;
use rocket::{Route, State, catch, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use std::time::{SystemTime, UNIX_EPOCH};

/// The hash of `correct horse`.
pub const ADA: &str = "$argon2id$v=19$m=19456,t=2,p=1$itulcx7zW8Gq7Yga7oPEFw$2irEFbSWJehHM1OgV0Xhdyw1viTWv2uzTcx75ka1CHc";
/// What the server knows a password by.
pub struct Hash(pub String);
// ANCHOR_END: head

// ANCHOR: user
/// The reader who is logged in.
pub struct User;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<User, ()> {
        let sealed = request.cookies().get_private("login");
        let since = sealed.and_then(|cookie| cookie.value().parse().ok());
        let age = since.and_then(|since| now().checked_sub(since));
        match age {
            Some(0..43_200) => Outcome::Success(User),
            _ => Outcome::Forward(Status::Unauthorized),
        }
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
// ANCHOR_END: user

// ANCHOR: form
#[get("/login")]
fn form(flash: Option<FlashMessage<'_>>) -> Template {
    Template::render("login", context! { flash })
}

#[derive(FromForm)]
struct Login {
    user: String,
    password: String,
}

/// Whoever asks for what is Ada's, and has not logged in.
#[catch(401)]
pub fn stranger() -> Flash<Redirect> {
    Flash::warning(Redirect::to(uri!(form)), "Log in first.")
}
// ANCHOR_END: form

// ANCHOR: login
#[post("/login", data = "<form>")]
async fn log_in(
    _own: OwnForm,
    form: Form<Login>,
    hash: &State<Hash>,
    cookies: &CookieJar<'_>,
) -> Flash<Redirect> {
    let (Login { user, password }, hash) = (form.into_inner(), hash.0.clone());
    let check = spawn_blocking(move || is_right(&password, &hash));
    if !check.await.unwrap_or(false) || user != "ada" {
        let again = Redirect::to(uri!(form));
        return Flash::error(again, "That name and password do not fit together.");
    }
    let mut cookie = sealed("login", now().to_string());
    cookie.set_same_site(SameSite::Lax);
    cookie.set_expires(None);
    cookies.add_private(cookie);
    Flash::success(Redirect::to(uri!(crate::list)), "Welcome back, Ada.")
}
// ANCHOR_END: login

// ANCHOR: rest
/// The hash is computed whoever is named, so that the time tells nothing.
fn is_right(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        let checked = Argon2::default().verify_password(password.as_bytes(), &hash);
        checked.is_ok()
    })
}

#[post("/logout")]
fn log_out(_own: OwnForm, cookies: &CookieJar<'_>) -> Flash<Redirect> {
    cookies.remove_private("login");
    Flash::success(Redirect::to(uri!(form)), "You are logged out.")
}

pub fn routes() -> Vec<Route> {
    routes![form, log_in, log_out]
}
// ANCHOR_END: rest
