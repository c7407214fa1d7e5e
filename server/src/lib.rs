//! The server that runs every page of *HTTP Has No Memory*.
//!
//! [`lessons`] is the code the book prints, one module a page. The crate `companion`
//! serves the book beside it. A lesson never names the companion, so its file
//! compiles in a reader's own project. [`provider`] is another server, as far as
//! the lessons know: the one that has the accounts which [`lessons::oauth`] logs
//! in with.

pub mod errors;
mod headers;
pub mod lessons;
mod methods;
pub mod provider;
mod spotify;
mod start;

pub use start::run;

use rocket::figment::Figment;
use rocket::{Build, Rocket};
use rocket_dyn_templates::Template;

/// The lessons with their templates, as a reader would put them together, the
/// provider, and a page for each error; the companion is not in it. `figment`
/// must name the `secret_key` and, unless it runs in this folder, the
/// `template_dir`.
pub fn rocket(figment: Figment) -> Rocket<Build> {
    provider::mount(lessons::mount(rocket::custom(figment)))
        .attach(Template::fairing())
        .attach(methods::NoHead)
        .attach(headers::Headers::of_the_lessons())
        .register("/", errors::catchers())
}

/// The lessons for the steps of an exchange that the book's own page sends: whatever
/// secrets this server has, the deliveries in it are signed with the book's.
pub fn practice(figment: Figment) -> Rocket<Build> {
    rocket(figment.merge(("webhook_secrets", lessons::webhooks::SECRETS)))
}
