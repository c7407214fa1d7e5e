//! One module a lesson. A lesson's slug is its module's name with hyphens; the
//! slug names its page, its exchanges and its templates.

use rocket::{Build, Rocket, Route};

pub mod cookie_line;
pub mod flash;
pub mod login;
pub mod no_memory;
pub mod oauth;
pub mod post_redirect_get;
pub mod redirects;
pub mod secret_key;
pub mod session;
pub mod webhooks;

/// Every lesson's slug and routes, in the book's order.
pub fn all() -> Vec<(&'static str, Vec<Route>)> {
    vec![
        ("no-memory", no_memory::routes()),
        ("session", session::routes()),
        ("secret-key", secret_key::routes()),
        ("cookie-line", cookie_line::routes()),
        ("redirects", redirects::routes()),
        ("flash", flash::routes()),
        ("post-redirect-get", post_redirect_get::routes()),
        ("login", login::routes()),
        ("oauth", oauth::routes()),
        ("webhooks", webhooks::routes()),
    ]
}

/// Mounts every lesson at `/`, with the state that three of them keep.
pub fn mount(rocket: Rocket<Build>) -> Rocket<Build> {
    let inboxes = webhooks::Inboxes::open(rocket.figment());
    all()
        .into_iter()
        .fold(rocket, |rocket, (_, routes)| rocket.mount("/", routes))
        .manage(no_memory::Guest::default())
        .manage(login::Desk::default())
        .manage(inboxes)
}
