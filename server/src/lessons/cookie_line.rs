//! A `Set-Cookie` line, word by word: what a browser does with each of them.

use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::time::{Duration, OffsetDateTime};
use rocket::{Route, get, post, routes, uri};

// ANCHOR: line
#[get("/line")]
fn line(cookies: &CookieJar<'_>) -> &'static str {
    let reader = Cookie::build(("__Host-reader", "Ada"))
        .max_age(Duration::days(7))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax);
    cookies.add(reader);
    "One line, and five words after the value."
}
// ANCHOR_END: line

// ANCHOR: came
/// Says which cookies came with the request.
#[get("/came")]
fn came(cookies: &CookieJar<'_>) -> String {
    let mut names: Vec<&str> = cookies.iter().map(Cookie::name).collect();
    names.sort_unstable();
    match names.is_empty() {
        true => "No cookie came.".into(),
        false => format!("These came: {}.", names.join(", ")),
    }
}

/// Says it at another address.
#[get("/came/<_shelf>")]
fn came_to(_shelf: &str, cookies: &CookieJar<'_>) -> String {
    came(cookies)
}

/// Says it to a form.
#[post("/came")]
fn came_with_a_form(cookies: &CookieJar<'_>) -> String {
    came(cookies)
}
// ANCHOR_END: came

// ANCHOR: ends
#[get("/line/ends")]
fn ends(cookies: &CookieJar<'_>) -> &'static str {
    let tomorrow = OffsetDateTime::now_utc() + Duration::days(1);
    cookies.add(("until-closed", "Ada"));
    cookies.add(Cookie::build(("minute", "Ada")).max_age(Duration::minutes(1)));
    cookies.add(Cookie::build(("day", "Ada")).expires(tomorrow));
    "Three cookies, and three ends."
}
// ANCHOR_END: ends

// ANCHOR: places
#[get("/line/paths")]
fn paths(cookies: &CookieJar<'_>) -> &'static str {
    let kitchen = uri!(came_to("kitchen")).to_string();
    cookies.add(Cookie::build(("house", "Ada")).path("/"));
    cookies.add(Cookie::build(("kitchen", "Ada")).path(kitchen));
    "Two cookies, and two paths."
}

#[get("/line/domains")]
fn domains(cookies: &CookieJar<'_>) -> &'static str {
    cookies.add(("own", "Ada"));
    cookies.add(Cookie::build(("family", "Ada")).domain("notes.example"));
    cookies.add(Cookie::build(("foreign", "Ada")).domain("bank.example"));
    "Three cookies, and two of them name a domain."
}
// ANCHOR_END: places

// ANCHOR: hidden
#[get("/line/hidden")]
fn hidden(cookies: &CookieJar<'_>) -> &'static str {
    cookies.add(("open", "Ada"));
    cookies.add(Cookie::build(("hidden", "Ada")).http_only(true));
    "Two cookies, and a script sees one."
}

#[post("/line/script", data = "<cookies>")]
fn script(cookies: String) -> String {
    format!("The script read: {cookies}.")
}

#[get("/line/secure")]
fn secure(cookies: &CookieJar<'_>) -> &'static str {
    cookies.add(Cookie::build(("secure", "Ada")).secure(true));
    "One cookie, for a connection that nobody reads."
}
// ANCHOR_END: hidden

// ANCHOR: sites
#[get("/line/sites")]
fn sites(cookies: &CookieJar<'_>) -> &'static str {
    cookies.add(Cookie::build(("strict", "Ada")).same_site(SameSite::Strict));
    cookies.add(Cookie::build(("lax", "Ada")).same_site(SameSite::Lax));
    cookies.add(Cookie::build(("none", "Ada")).same_site(SameSite::None));
    "Three cookies, and three answers to another site."
}
// ANCHOR_END: sites

// ANCHOR: names
#[get("/line/names")]
fn names(cookies: &CookieJar<'_>) -> &'static str {
    cookies.add(Cookie::build(("__Host-kept", "Ada")).secure(true));
    cookies.add(
        Cookie::build(("__Host-path", "Ada"))
            .secure(true)
            .path("/came"),
    );
    cookies.add(("__Host-plain", "Ada"));
    cookies.add(("__Secure-plain", "Ada"));
    "Four cookies, and three broken promises."
}
// ANCHOR_END: names

// ANCHOR: partitioned
#[get("/line/partitioned")]
fn partitioned(cookies: &CookieJar<'_>) -> &'static str {
    let everywhere = Cookie::build(("__Host-everywhere", "Ada"))
        .same_site(SameSite::None)
        .secure(true);
    let here = Cookie::build(("__Host-here", "Ada"))
        .same_site(SameSite::None)
        .secure(true)
        .partitioned(true);
    cookies.add(everywhere);
    cookies.add(here);
    "Two cookies, and one for this window alone."
}
// ANCHOR_END: partitioned

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![
        line,
        came,
        came_to,
        came_with_a_form,
        ends,
        paths,
        domains,
        hidden,
        script,
        secure,
        sites,
        names,
        partitioned
    ]
}
