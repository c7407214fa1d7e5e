//! One module a lesson. A lesson's slug is its module's name with hyphens; the
//! slug names its page, its exchanges and its templates.

use rocket::{Build, Rocket, Route};

/// Declares the lessons' modules and lists them in the book's order.
macro_rules! lessons {
    ($($module:ident)*) => {
        $(pub mod $module;)*

        /// Every lesson's slug and routes, in the book's order.
        pub fn all() -> Vec<(String, Vec<Route>)> {
            vec![$((stringify!($module).replace('_', "-"), $module::routes())),*]
        }
    };
}

lessons! {
    no_memory
    session
    secret_key
    redirects
    flash
    post_redirect_get
    login
    oauth
    webhooks
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
