//! Made from the pins by `UPDATE=1 cargo test --test copies`: the Rocket tests
//! that the book's pages offer, as a reader copies them.

#![cfg_attr(rustfmt, rustfmt_skip)]

#[path = "../harness/mod.rs"]
mod harness;

/// A reader's `main.rs` has this function.
fn rocket() -> rocket::Rocket<rocket::Build> {
    harness::rocket()
}

mod cookie_line_domains_1 {
    use super::rocket;

#[test]
fn an_address_has_no_domain_around_it_so_the_browser_takes_one_of_three() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/line/domains").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Three cookies, and two of them name a domain."));
}
}

mod cookie_line_ends_1 {
    use super::rocket;

#[test]
fn three_cookies_begin_and_the_browser_keeps_them_all() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/line/ends").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Three cookies, and three ends."));
}
}

mod cookie_line_hidden_1 {
    use super::rocket;

#[test]
fn two_cookies_and_the_browser_keeps_both() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/line/hidden").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Two cookies, and a script sees one."));
}
}

mod cookie_line_names_1 {
    use super::rocket;

#[test]
fn four_cookies_of_which_one_keeps_what_its_name_says() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/line/names").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Four cookies, and three broken promises."));
}
}

mod cookie_line_paths_1 {
    use super::rocket;

#[test]
fn two_cookies_and_the_browser_keeps_both() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/line/paths").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Two cookies, and two paths."));
}
}

mod cookie_line_secure_1 {
    use super::rocket;

#[test]
fn to_your_own_machine_no_stranger_listens_so_the_browser_keeps_it() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/line/secure").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("One cookie, for a connection that nobody reads."));
}
}

mod cookie_line_secure_2 {
    use super::rocket;

#[test]
fn and_sends_it() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/line/secure").dispatch();
    let response = client.get("/came").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("These came: secure."));
}
}

mod cookie_line_sites_1 {
    use super::rocket;

#[test]
fn three_cookies_one_for_each_answer() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/line/sites").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Three cookies, and three answers to another site."));
}
}

mod cookie_line_sites_2 {
    use super::rocket;

#[test]
fn the_reader_asks_all_three_come() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/line/sites").dispatch();
    let response = client.get("/came").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("These came: lax, none, strict."));
}
}

mod cookie_line_whole_1 {
    use super::rocket;

#[test]
fn one_line_a_name_a_value_and_five_words() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/line").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("One line, and five words after the value."));
}
}

mod cookie_line_whole_2 {
    use super::rocket;

#[test]
fn the_browser_sends_the_name_and_the_value_the_words_stay_with_it() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/line").dispatch();
    let response = client.get("/came").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("These came: __Host-reader."));
}
}

mod flash_a_link_saves_nothing_1 {
    use super::rocket;

#[test]
fn a_link_to_save_is_a_get_and_a_get_saves_nothing() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/save").dispatch();
    assert_eq!(response.status().code, 404);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("404 Not Found"));
    assert!(!body.contains("role=\""));
}
}

mod flash_a_link_saves_nothing_2 {
    use super::rocket;

#[test]
fn so_there_is_no_message() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/save").dispatch();
    let response = client.get("/note").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("A note"));
    assert!(!body.contains("role=\""));
}
}

mod flash_eaten_by_head_1 {
    use super::rocket;

#[test]
fn the_message_is_written() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/save").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/note"));
}
}

mod flash_eaten_by_head_2 {
    use super::rocket;

#[test]
fn something_asks_for_the_pages_headers_only() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    let response = client.head("/note").dispatch();
    assert_eq!(response.status().code, 200);
}
}

mod flash_eaten_by_head_3 {
    use super::rocket;

#[test]
fn the_message_has_been_shown_to_nobody_and_is_gone() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    client.head("/note").dispatch();
    let response = client.get("/note").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("A note"));
    assert!(!body.contains("role=\""));
}
}

mod flash_forged_1 {
    use super::rocket;

#[test]
fn anyone_can_write_this_cookie_so_the_page_escapes_what_is_in_it() {
    use rocket::http::Cookie;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/note").cookie(Cookie::new("_flash", "5:error<script>alert(1)</script>")).dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("A note"));
}
}

mod flash_half_a_character_1 {
    use super::rocket;

#[test]
fn a_length_that_ends_inside_a_character_shows_no_message_and_breaks_nothing() {
    use rocket::http::Cookie;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/note").cookie(Cookie::new("_flash", "1:é")).dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("A note"));
    assert!(!body.contains("role=\""));
}
}

mod flash_one_browser_each_1 {
    use super::rocket;

#[test]
fn one_browser_saves_a_note() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/save").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/note"));
}
}

mod flash_one_slot_1 {
    use super::rocket;

#[test]
fn a_first_message() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/save").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/note"));
}
}

mod flash_one_slot_2 {
    use super::rocket;

#[test]
fn a_second_one_takes_its_place() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    let response = client.post("/discard").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/note"));
}
}

mod flash_one_slot_3 {
    use super::rocket;

#[test]
fn only_the_second_is_shown() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    client.post("/discard").dispatch();
    let response = client.get("/note").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Note discarded."));
    assert!(body.contains("A note"));
}
}

mod flash_shown_once_1 {
    use super::rocket;

#[test]
fn post_save_answers_with_a_redirect_and_the_message_waits_in_a_cookie() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/save").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/note"));
}
}

mod flash_shown_once_2 {
    use super::rocket;

#[test]
fn the_next_page_shows_it_and_clears_it() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    let response = client.get("/note").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Note saved."));
    assert!(body.contains("A note"));
}
}

mod flash_shown_once_3 {
    use super::rocket;

#[test]
fn once_and_only_once() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    client.get("/note").dispatch();
    let response = client.get("/note").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("A note"));
    assert!(!body.contains("role=\""));
}
}

mod flash_survives_redirects_1 {
    use super::rocket;

#[test]
fn the_message_is_written() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/save").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/note"));
}
}

mod flash_survives_redirects_2 {
    use super::rocket;

#[test]
fn the_reader_goes_by_another_way_which_is_a_redirect() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    let response = client.get("/old-home").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/greet"));
}
}

mod flash_survives_redirects_3 {
    use super::rocket;

#[test]
fn and_on() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    client.get("/old-home").dispatch();
    let response = client.get("/greet").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, stranger!"));
}
}

mod flash_survives_redirects_4 {
    use super::rocket;

#[test]
fn the_first_page_that_looks_shows_it() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    client.get("/old-home").dispatch();
    client.get("/greet").dispatch();
    let response = client.get("/note").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Note saved."));
    assert!(body.contains("A note"));
}
}

mod flash_waits_to_be_shown_1 {
    use super::rocket;

#[test]
fn the_message_is_written() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/save").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/note"));
}
}

mod flash_waits_to_be_shown_2 {
    use super::rocket;

#[test]
fn a_page_that_does_not_look_leaves_it_where_it_is() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    let response = client.get("/greet").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, stranger!"));
}
}

mod flash_waits_to_be_shown_3 {
    use super::rocket;

#[test]
fn the_first_page_that_looks_shows_it() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/save").dispatch();
    client.get("/greet").dispatch();
    let response = client.get("/note").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Note saved."));
    assert!(body.contains("A note"));
}
}

mod login_copied_1 {
    use super::rocket;

#[test]
fn ada_logs_in() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/account/letters"));
}
}

mod login_goes_back_1 {
    use super::rocket;

#[test]
fn a_stranger_asks_for_a_page_of_adas() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/account/letters").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/login?next=%2Faccount%2Fletters"));
}
}

mod login_goes_back_2 {
    use super::rocket;

#[test]
fn the_form_keeps_where_the_reader_was_going() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/account/letters").dispatch();
    let response = client.get("/login?next=%2Faccount%2Fletters").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Log in to see that page."));
    assert!(body.contains("Log in"));
}
}

mod login_goes_back_3 {
    use super::rocket;

#[test]
fn ada_logs_in() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/account/letters").dispatch();
    client.get("/login?next=%2Faccount%2Fletters").dispatch();
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2Faccount%2Fletters").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/account/letters"));
}
}

mod login_goes_back_4 {
    use super::rocket;

#[test]
fn and_is_where_she_was_going() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/account/letters").dispatch();
    client.get("/login?next=%2Faccount%2Fletters").dispatch();
    client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2Faccount%2Fletters").dispatch();
    let response = client.get("/account/letters").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Welcome back, Ada."));
    assert!(body.contains("Ada's letters"));
}
}

mod login_logged_out_1 {
    use super::rocket;

#[test]
fn ada_logs_in() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/account/letters"));
}
}

mod login_logged_out_2 {
    use super::rocket;

#[test]
fn and_out() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=").dispatch();
    let response = client.post("/logout").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/login"));
}
}

mod login_logged_out_3 {
    use super::rocket;

#[test]
fn the_page_is_no_longer_hers() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=").dispatch();
    client.post("/logout").dispatch();
    let response = client.get("/account/letters?page=2&to=9").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/login?next=%2Faccount%2Fletters%3Fpage%3D2%26to%3D9"));
}
}

mod login_logout_elsewhere_1 {
    use super::rocket;

#[test]
fn ada_logs_in() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/account/letters"));
}
}

mod login_private_page_1 {
    use super::rocket;

#[test]
fn ada_logs_in() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2Faccount%2Forders").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/account/orders"));
}
}

mod login_private_page_2 {
    use super::rocket;

#[test]
fn another_page_of_hers_with_each_header_that_it_comes_with() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2Faccount%2Forders").dispatch();
    let response = client.get("/account/orders").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Welcome back, Ada."));
    assert!(body.contains("Ada's orders"));
}
}

mod login_refused_1 {
    use super::rocket;

#[test]
fn a_wrong_password() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=guess&next=%2Faccount%2Forders").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/login?next=%2Faccount%2Forders"));
}
}

mod login_refused_2 {
    use super::rocket;

#[test]
fn the_form_says_that_the_two_do_not_fit() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=guess&next=%2Faccount%2Forders").dispatch();
    let response = client.get("/login?next=%2Faccount%2Forders").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("That name and password do not fit together."));
    assert!(body.contains("Log in"));
}
}

mod login_refused_3 {
    use super::rocket;

#[test]
fn the_right_password_with_a_name_that_nobody_has() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=guess&next=%2Faccount%2Forders").dispatch();
    client.get("/login?next=%2Faccount%2Forders").dispatch();
    let response = client.post("/login").header(ContentType::Form).body("user=eve&password=correct+horse&next=%2Faccount%2Forders").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/login?next=%2Faccount%2Forders"));
}
}

mod login_refused_4 {
    use super::rocket;

#[test]
fn it_gets_the_same_answer_which_tells_nobody_which_names_there_are() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=guess&next=%2Faccount%2Forders").dispatch();
    client.get("/login?next=%2Faccount%2Forders").dispatch();
    client.post("/login").header(ContentType::Form).body("user=eve&password=correct+horse&next=%2Faccount%2Forders").dispatch();
    let response = client.get("/login?next=%2Faccount%2Forders").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("That name and password do not fit together."));
    assert!(body.contains("Log in"));
}
}

mod login_refused_5 {
    use super::rocket;

#[test]
fn and_nobody_is_logged_in() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=guess&next=%2Faccount%2Forders").dispatch();
    client.get("/login?next=%2Faccount%2Forders").dispatch();
    client.post("/login").header(ContentType::Form).body("user=eve&password=correct+horse&next=%2Faccount%2Forders").dispatch();
    client.get("/login?next=%2Faccount%2Forders").dispatch();
    let response = client.get("/account/letters").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/login?next=%2Faccount%2Fletters"));
}
}

mod login_way_back_1 {
    use super::rocket;

#[test]
fn a_link_from_somewhere_else_names_another_site_as_the_way_back() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2F%2Fevil.example%2Faccount%2F").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/account/letters"));
}
}

mod login_way_back_2 {
    use super::rocket;

#[test]
fn a_page_of_this_site_is_one() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2F%2Fevil.example%2Faccount%2F").dispatch();
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2Faccount%2Forders").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/account/orders"));
}
}

mod login_way_back_3 {
    use super::rocket;

#[test]
fn a_path_that_climbs_out_of_the_account_is_none() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2F%2Fevil.example%2Faccount%2F").dispatch();
    client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2Faccount%2Forders").dispatch();
    let response = client.post("/login").header(ContentType::Form).body("user=ada&password=correct+horse&next=%2Faccount%2F%252E%252e%2Flogin").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/account/letters"));
}
}

mod no_memory_every_header_1 {
    use super::rocket;

#[test]
fn an_answer_of_a_lesson_with_all_of_its_headers() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/hello").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, stranger!"));
}
}

mod no_memory_forgotten_1 {
    use super::rocket;

#[test]
fn the_browser_says_its_name_and_the_server_greets_it() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/hello?name=Ada").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada!"));
}
}

mod no_memory_forgotten_2 {
    use super::rocket;

#[test]
fn one_request_later_the_name_is_gone() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/hello?name=Ada").dispatch();
    let response = client.get("/hello").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, stranger!"));
}
}

mod no_memory_one_variable_for_everyone_1 {
    use super::rocket;

#[test]
fn ada_tells_the_server_her_name() {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/guest").header(Header::new("Content-Type", "text/plain")).body("Ada").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("I will remember Ada."));
}
}

mod no_memory_one_variable_for_everyone_2 {
    use super::rocket;

#[test]
fn the_server_remembers() {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/guest").header(Header::new("Content-Type", "text/plain")).body("Ada").dispatch();
    let response = client.get("/guest").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada!"));
}
}

mod post_redirect_get_does_not_fit_1 {
    use super::rocket;

#[test]
fn a_first_note_is_kept() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/notes"));
}
}

mod post_redirect_get_does_not_fit_2 {
    use super::rocket;

#[test]
fn the_page_lists_it() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    let response = client.get("/notes").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Note saved."));
    assert!(body.contains("Your notes"));
    assert!(body.contains("Milk"));
}
}

mod post_redirect_get_does_not_fit_3 {
    use super::rocket;

#[test]
fn a_note_of_2_000_letters_is_too_large_for_the_session() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    client.get("/notes").dispatch();
    let response = client.post("/notes").header(ContentType::Form).body("text=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/notes"));
}
}

mod post_redirect_get_does_not_fit_4 {
    use super::rocket;

#[test]
fn the_page_says_so_and_the_first_note_is_still_there() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    client.get("/notes").dispatch();
    client.post("/notes").header(ContentType::Form).body("text=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").dispatch();
    let response = client.get("/notes").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("That note does not fit. Your other notes are safe."));
    assert!(body.contains("Your notes"));
    assert!(body.contains("Milk"));
}
}

mod post_redirect_get_empty_1 {
    use super::rocket;

#[test]
fn a_note_without_a_word_is_not_saved() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/notes").header(ContentType::Form).body("text=+").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/notes"));
}
}

mod post_redirect_get_empty_2 {
    use super::rocket;

#[test]
fn the_page_says_why() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=+").dispatch();
    let response = client.get("/notes").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("A note needs at least one word."));
    assert!(body.contains("Your notes"));
    assert!(body.contains("There are none yet."));
}
}

mod post_redirect_get_escaped_1 {
    use super::rocket;

#[test]
fn somebody_writes_a_note_in_html() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/notes").header(ContentType::Form).body("text=%3Cb%3EMilk%3C%2Fb%3E").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/notes"));
}
}

mod post_redirect_get_escaped_2 {
    use super::rocket;

#[test]
fn the_page_shows_what_was_written_and_makes_nothing_of_it() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=%3Cb%3EMilk%3C%2Fb%3E").dispatch();
    let response = client.get("/notes").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Note saved."));
    assert!(body.contains("Your notes"));
}
}

mod post_redirect_get_other_site_1 {
    use super::rocket;

#[test]
fn ada_has_written_a_note_in_a_form_of_this_servers_own_page() {
    use rocket::http::ContentType;
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/notes").header(Header::new("Origin", "http://127.0.0.1:8000")).header(Header::new("Host", "127.0.0.1:8000")).header(ContentType::Form).body("text=Milk").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/notes"));
}
}

mod post_redirect_get_saved_once_1 {
    use super::rocket;

#[test]
fn the_form_is_sent() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/notes"));
}
}

mod post_redirect_get_saved_once_2 {
    use super::rocket;

#[test]
fn the_browser_follows_and_the_last_thing_it_did_is_a_get() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    let response = client.get("/notes").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Note saved."));
    assert!(body.contains("Your notes"));
    assert!(body.contains("Milk"));
}
}

mod post_redirect_get_saved_once_3 {
    use super::rocket;

#[test]
fn reload_repeats_the_get_and_nothing_is_saved_twice() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    client.get("/notes").dispatch();
    let response = client.get("/notes").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Your notes"));
    assert!(body.contains("Milk"));
    assert!(!body.contains("role=\""));
}
}

mod post_redirect_get_saved_once_4 {
    use super::rocket;

#[test]
fn a_second_note_stands_below_the_first() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    client.get("/notes").dispatch();
    client.get("/notes").dispatch();
    let response = client.post("/notes").header(ContentType::Form).body("text=Bread").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/notes"));
}
}

mod post_redirect_get_saved_once_5 {
    use super::rocket;

#[test]
fn and_both_are_there() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes").header(ContentType::Form).body("text=Milk").dispatch();
    client.get("/notes").dispatch();
    client.get("/notes").dispatch();
    client.post("/notes").header(ContentType::Form).body("text=Bread").dispatch();
    let response = client.get("/notes").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Note saved."));
    assert!(body.contains("Your notes"));
    assert!(body.contains("Milk"));
    assert!(body.contains("Bread"));
}
}

mod post_redirect_get_sent_twice_1 {
    use super::rocket;

#[test]
fn the_same_form_answered_with_a_page_and_no_redirect() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/notes/careless").header(ContentType::Form).body("text=Milk").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Your notes"));
    assert!(body.contains("Milk"));
    assert!(!body.contains("role=\""));
}
}

mod post_redirect_get_sent_twice_2 {
    use super::rocket;

#[test]
fn reload_repeats_the_last_request_which_is_the_post() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes/careless").header(ContentType::Form).body("text=Milk").dispatch();
    let response = client.post("/notes/careless").header(ContentType::Form).body("text=Milk").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Your notes"));
    assert!(body.contains("Milk"));
    assert!(body.contains("Milk"));
    assert!(!body.contains("role=\""));
}
}

mod post_redirect_get_sent_twice_3 {
    use super::rocket;

#[test]
fn a_note_without_a_word_is_none_here_either() {
    use rocket::http::ContentType;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/notes/careless").header(ContentType::Form).body("text=Milk").dispatch();
    client.post("/notes/careless").header(ContentType::Form).body("text=Milk").dispatch();
    let response = client.post("/notes/careless").header(ContentType::Form).body("text=+").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Your notes"));
    assert!(body.contains("Milk"));
    assert!(body.contains("Milk"));
    assert!(!body.contains("role=\""));
}
}

mod redirects_after_a_post_303_1 {
    use super::rocket;

#[test]
fn step_303_turns_the_post_into_a_get_and_the_body_stays_behind() {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/parcel/303").header(Header::new("Content-Type", "text/plain")).body("a book").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/parcel"));
}
}

mod redirects_after_a_post_303_2 {
    use super::rocket;

#[test]
fn this_is_what_arrives() {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/parcel/303").header(Header::new("Content-Type", "text/plain")).body("a book").dispatch();
    let response = client.get("/parcel").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("It came as a GET, and its contents stayed behind."));
}
}

mod redirects_after_a_post_307_1 {
    use super::rocket;

#[test]
fn step_307_repeats_the_post_body_and_all() {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/parcel/307").header(Header::new("Content-Type", "text/plain")).body("a book").dispatch();
    assert_eq!(response.status().code, 307);
    assert_eq!(response.headers().get_one("location"), Some("/parcel"));
}
}

mod redirects_after_a_post_307_2 {
    use super::rocket;

#[test]
fn this_is_what_arrives() {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/parcel/307").header(Header::new("Content-Type", "text/plain")).body("a book").dispatch();
    let response = client.post("/parcel").header(Header::new("Content-Type", "text/plain")).body("a book").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("It came as a POST, with a book."));
}
}

mod redirects_filled_in_1 {
    use super::rocket;

#[test]
fn the_address_is_made_from_the_route_and_a_name_with_a_space_in_it() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/first").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/people/Ada%20Lovelace"));
}
}

mod redirects_filled_in_2 {
    use super::rocket;

#[test]
fn the_space_arrives_as_a_space() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/first").dispatch();
    let response = client.get("/people/Ada%20Lovelace").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada Lovelace!"));
}
}

mod redirects_filled_in_3 {
    use super::rocket;

#[test]
fn it_is_a_page_of_whom_the_address_names() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/first").dispatch();
    client.get("/people/Ada%20Lovelace").dispatch();
    let response = client.get("/people/Grace%20Hopper").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Grace Hopper!"));
}
}

mod redirects_old_home_1 {
    use super::rocket;

#[test]
fn the_old_address_answers_with_the_new_one() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/old-home").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/greet"));
}
}

mod redirects_old_home_2 {
    use super::rocket;

#[test]
fn the_browser_asks_again_there() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/old-home").dispatch();
    let response = client.get("/greet").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, stranger!"));
}
}

mod redirects_three_more_codes_1 {
    use super::rocket;

#[test]
fn step_301_moved_for_good_and_a_post_becomes_a_get() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/parcel/301").dispatch();
    assert_eq!(response.status().code, 301);
    assert_eq!(response.headers().get_one("location"), Some("/parcel"));
}
}

mod redirects_three_more_codes_2 {
    use super::rocket;

#[test]
fn step_302_found_elsewhere_for_now_and_a_post_becomes_a_get_too() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/parcel/301").dispatch();
    let response = client.post("/parcel/302").dispatch();
    assert_eq!(response.status().code, 302);
    assert_eq!(response.headers().get_one("location"), Some("/parcel"));
}
}

mod redirects_three_more_codes_3 {
    use super::rocket;

#[test]
fn step_308_moved_for_good_and_a_post_stays_a_post() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/parcel/301").dispatch();
    client.post("/parcel/302").dispatch();
    let response = client.post("/parcel/308").dispatch();
    assert_eq!(response.status().code, 308);
    assert_eq!(response.headers().get_one("location"), Some("/parcel"));
}
}

mod redirects_three_more_codes_4 {
    use super::rocket;

#[test]
fn and_a_number_that_is_none_of_the_five_is_nowhere() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.post("/parcel/301").dispatch();
    client.post("/parcel/302").dispatch();
    client.post("/parcel/308").dispatch();
    let response = client.post("/parcel/999").dispatch();
    assert_eq!(response.status().code, 404);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("404 Not Found"));
    assert!(!body.contains("role=\""));
}
}

mod secret_key_another_key_1 {
    use super::rocket;

#[test]
fn a_session_begins() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/set").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/greet"));
}
}

mod secret_key_edited_1 {
    use super::rocket;

#[test]
fn one_cookie_is_plain_the_other_is_sealed() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/seal").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/open"));
}
}

mod secret_key_edited_2 {
    use super::rocket;

#[test]
fn both_say_what_the_server_wrote() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/seal").dispatch();
    let response = client.get("/open").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("The plain cookie says Ada. The sealed cookie says Ada."));
}
}

mod secret_key_flipped_1 {
    use super::rocket;

#[test]
fn a_session_begins() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/set").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/greet"));
}
}

mod secret_key_flipped_2 {
    use super::rocket;

#[test]
fn the_browser_is_known() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/set").dispatch();
    let response = client.get("/greet").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada!"));
}
}

mod secret_key_plain_forgery_1 {
    use super::rocket;

#[test]
fn a_cookie_of_the_right_name_with_a_plain_value_opens_nothing() {
    use rocket::http::Cookie;
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/greet").cookie(Cookie::new("session", "Grace")).dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, stranger!"));
}
}

mod session_one_browser_each_1 {
    use super::rocket;

#[test]
fn adas_browser_gets_a_session() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/set").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/greet"));
}
}

mod session_one_browser_each_2 {
    use super::rocket;

#[test]
fn it_is_greeted_by_name() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/set").dispatch();
    let response = client.get("/greet").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada!"));
}
}

mod session_remembered_1 {
    use super::rocket;

#[test]
fn nobody_is_remembered_yet() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/greet").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, stranger!"));
}
}

mod session_remembered_2 {
    use super::rocket;

#[test]
fn the_server_hands_out_a_sealed_cookie_and_sends_the_browser_on() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/greet").dispatch();
    let response = client.get("/set").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/greet"));
}
}

mod session_remembered_3 {
    use super::rocket;

#[test]
fn the_browser_brings_the_cookie_along() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/greet").dispatch();
    client.get("/set").dispatch();
    let response = client.get("/greet").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada!"));
}
}

mod session_remembered_4 {
    use super::rocket;

#[test]
fn it_still_does_so_on_the_next_request() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/greet").dispatch();
    client.get("/set").dispatch();
    client.get("/greet").dispatch();
    let response = client.get("/greet").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada!"));
}
}

mod session_seven_days_1 {
    use super::rocket;

#[test]
fn a_session_begins() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/set").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/greet"));
}
}

mod session_typed_1 {
    use super::rocket;

#[test]
fn a_first_visit_starts_with_the_default() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/visits").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, stranger! This is visit 1."));
}
}

mod session_typed_2 {
    use super::rocket;

#[test]
fn a_name_goes_into_the_same_session_beside_the_count() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/visits").dispatch();
    let response = client.get("/visits?name=Ada").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada! This is visit 2."));
}
}

mod session_typed_3 {
    use super::rocket;

#[test]
fn the_next_visit_finds_both() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/visits").dispatch();
    client.get("/visits?name=Ada").dispatch();
    let response = client.get("/visits").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada! This is visit 3."));
}
}

mod session_typed_too_long_1 {
    use super::rocket;

#[test]
fn a_name_is_kept() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/visits?name=Ada").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada! This is visit 1."));
}
}

mod session_typed_too_long_2 {
    use super::rocket;

#[test]
fn step_101_bytes_are_too_many() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/visits?name=Ada").dispatch();
    let response = client.get("/visits?name=%C3%A9xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("Hello, Ada! This is visit 2."));
}
}

mod webhooks_lab_1 {
    use super::rocket;

#[test]
fn what_arrives_is_what_was_signed() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+10&minutes=0").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("200 OK"));
    assert!(body.contains("It is taken."));
    assert!(body.contains("Signed: Ada owes 10"));
    assert!(body.contains("Arrived: Ada owes 10"));
    assert!(body.contains("Minutes ahead: 0"));
}
}

mod webhooks_lab_2 {
    use super::rocket;

#[test]
fn one_letter_is_another() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+10&minutes=0").dispatch();
    let response = client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+11&minutes=0").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("401 Unauthorized"));
    assert!(body.contains("The signature does not fit."));
    assert!(body.contains("Signed: Ada owes 10"));
    assert!(body.contains("Arrived: Ada owes 11"));
    assert!(body.contains("Minutes ahead: 0"));
}
}

mod webhooks_lab_3 {
    use super::rocket;

#[test]
fn the_senders_clock_is_six_minutes_ahead() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+10&minutes=0").dispatch();
    client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+11&minutes=0").dispatch();
    let response = client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+10&minutes=6").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("400 Bad Request"));
    assert!(body.contains("The delivery is more than 5 minutes off."));
    assert!(body.contains("Signed: Ada owes 10"));
    assert!(body.contains("Arrived: Ada owes 10"));
    assert!(body.contains("Minutes ahead: 6"));
}
}

mod webhooks_lab_4 {
    use super::rocket;

#[test]
fn or_as_much_behind() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+10&minutes=0").dispatch();
    client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+11&minutes=0").dispatch();
    client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+10&minutes=6").dispatch();
    let response = client.get("/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+10&minutes=-6").dispatch();
    assert_eq!(response.status().code, 200);
    let body = response.into_string().unwrap_or_default();
    assert!(body.contains("400 Bad Request"));
    assert!(body.contains("The delivery is more than 5 minutes off."));
    assert!(body.contains("Signed: Ada owes 10"));
    assert!(body.contains("Arrived: Ada owes 10"));
    assert!(body.contains("Minutes ahead: -6"));
}
}

mod webhooks_old_secret_1 {
    use super::rocket;

#[test]
fn the_inbox_is_emptied() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/webhooks/emmy/empty").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/webhooks/emmy"));
}
}

mod webhooks_once_1 {
    use super::rocket;

#[test]
fn the_inbox_is_emptied() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/webhooks/grace/empty").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/webhooks/grace"));
}
}

mod webhooks_restarted_1 {
    use super::rocket;

#[test]
fn the_inbox_is_emptied() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/webhooks/mary/empty").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/webhooks/mary"));
}
}

mod webhooks_taken_1 {
    use super::rocket;

#[test]
fn the_inbox_is_emptied() {
    use rocket::local::blocking::Client;

    let client = Client::tracked(rocket()).expect("a server");
    let response = client.post("/webhooks/ada/empty").dispatch();
    assert_eq!(response.status().code, 303);
    assert_eq!(response.headers().get_one("location"), Some("/webhooks/ada"));
}
}
