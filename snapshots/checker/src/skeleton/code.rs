//! TODO: what this lesson's code does, in a line.

use rocket::{Route, get, routes};
use rocket_dyn_templates::{Template, context};

// ANCHOR: show
/// TODO: the handler that the page is about.
#[get("/SLUG")]
fn show() -> Template {
    Template::render("SLUG/page", context! {})
}
// ANCHOR_END: show

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![show]
}
