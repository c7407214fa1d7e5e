// ANCHOR: helpers
//! What must stay true, asked as a browser asks: with a jar.

use crate::{login, site};
use rocket::http::{ContentType, Header, Status};
use rocket::local::blocking::{Client, LocalResponse};

const ADA: &str = "user=ada&password=correct+horse";

fn browser() -> Client {
    Client::tracked(site(login::ADA.to_owned())).expect("a site that starts")
}

fn send<'c>(client: &'c Client, path: &'c str, body: &str) -> LocalResponse<'c> {
    let request = client.post(path).header(ContentType::Form);
    request.body(body).dispatch()
}

fn page(client: &Client, path: &str) -> String {
    let answer = client.get(path).dispatch();
    answer.into_string().unwrap_or_default()
}
// ANCHOR_END: helpers

// ANCHOR: shown
#[test]
fn a_note_is_kept_and_its_message_is_shown_once() {
    let ada = browser();
    send(&ada, "/login", ADA);
    page(&ada, "/notes");
    let answer = send(&ada, "/notes", "text=Milk");
    assert_eq!(answer.status(), Status::SeeOther);
    let (first, second) = (page(&ada, "/notes"), page(&ada, "/notes"));
    assert!(first.contains("<li>Milk</li>") && second.contains("<li>Milk</li>"));
    assert!(first.contains("Note saved.") && !second.contains("Note saved."));
}
// ANCHOR_END: shown

// ANCHOR: refused
#[test]
fn a_stranger_is_sent_to_the_form_and_so_is_a_wrong_password() {
    let eve = browser();
    for (path, body) in [
        ("/notes", "text=Milk"),
        ("/login", "user=ada&password=guess"),
        ("/login", "user=eve&password=correct+horse"),
    ] {
        let answer = send(&eve, path, body);
        assert_eq!(answer.headers().get_one("Location"), Some("/login"));
        assert_eq!(answer.cookies().get_private("login"), None);
    }
}

#[test]
fn another_sites_form_is_refused() {
    let ada = browser();
    send(&ada, "/login", ADA);
    let form = ada.post("/notes").header(ContentType::Form).body("text=Spam");
    let elsewhere = Header::new("Origin", "http://elsewhere.example");
    let answer = form.header(elsewhere).dispatch();
    assert_eq!(answer.status(), Status::Forbidden);
}
// ANCHOR_END: refused
