//! The book and the lessons in a real browser: Chromium, driven by chromedriver.
//!
//! Without chromedriver on the `PATH` these tests are left out, and the run says
//! so; with `REQUIRE_BROWSER=1` that is a failure. Screenshots of every page go
//! to `target/screenshots`.

#[path = "../harness/mod.rs"]
mod harness;
mod live;
mod oauth;
mod page;
mod reach;

use companion::{Pages, attach};
use exchange::play::http::{Limits, send};
use exchange::play::server::Server;
use harness::chromium::{Driver, Tab};
use harness::{InProcess, Make};
use libtest_mimic::{Arguments, Failed, Trial};
use rocket::figment::Figment;
use rocket::{Build, Rocket};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

type Outcome = Result<(), Failed>;

fn is_the_drivers(failed: &Failed) -> bool {
    let message = failed.message().unwrap_or_default();
    message.starts_with("chromedriver: ")
}

fn main() -> ExitCode {
    let required = std::env::var_os("REQUIRE_BROWSER").is_some();
    let driver = Driver::start();
    if let Err(reason) = &driver {
        eprintln!("left out, the browser tests: {reason}");
        if required {
            return ExitCode::FAILURE;
        }
    }
    let ignored = driver.is_err();
    let driver = Arc::new(driver.ok());
    let with = |make: Make, name: &'static str, run: fn(&mut Stage) -> Outcome| {
        let driver = Arc::clone(&driver);
        Trial::test(name, move || match driver.as_ref() {
            Some(driver) => {
                let played = || {
                    run(&mut Stage {
                        server: InProcess::start(make),
                        driver,
                    })
                };
                // Where the driver itself gives no answer, nothing was seen of a page.
                match played() {
                    Err(failed) if is_the_drivers(&failed) => {
                        eprintln!(
                            "{name}, once more: {}",
                            failed.message().unwrap_or_default()
                        );
                        played()
                    }
                    outcome => outcome,
                }
            }
            None => Err("there is no chromedriver".into()),
        })
        .with_ignored_flag(ignored)
    };
    let trial = |name, run| with(companion, name, run);
    let trials = vec![
        trial("every_page_opens_with_a_clean_console", clean_console),
        trial("every_link_of_every_page_leads_somewhere", live_links),
        trial("no_page_scrolls_sideways_on_a_phone", no_sideways_scroll),
        trial("every_page_reads_without_javascript", without_javascript),
        trial("every_control_has_a_name", named_controls),
        trial("a_message_is_shown_once", shown_once),
        trial("reload_after_a_redirect_saves_once", reload_saves_once),
        trial("reload_without_a_redirect_saves_twice", reload_saves_twice),
        trial(
            "another_sites_form_costs_no_note_where_a_guard_asks",
            form_elsewhere,
        ),
        trial("the_keyboard_alone_saves_a_note", keyboard_alone),
        trial("back_after_logout_shows_the_form", back_after_logout),
        trial(
            "a_lax_cookie_comes_back_from_the_provider",
            oauth::round_trip,
        ),
        trial(
            "a_strict_cookie_is_lost_on_the_way_back",
            oauth::strict_is_lost,
        ),
        trial("a_refusal_at_the_provider_is_told", oauth::refusal),
        trial(
            "a_token_over_4096_bytes_is_lost_without_a_word",
            oauth::too_large,
        ),
        with(
            oauth::with_a_strict_flash,
            "a_strict_flash_comes_one_page_late",
            oauth::late_flash,
        ),
        trial("the_page_plays_both_sites", oauth::played),
        trial(
            "the_page_sends_an_exchange_step_by_step",
            live::step_by_step,
        ),
        trial("keys_go_from_turn_to_turn_and_open_one", live::turn_by_key),
        trial(
            "what_passed_between_two_pages_is_told_and_stays_cleared",
            live::cleared,
        ),
        trial(
            "the_next_button_and_what_is_said_are_under_the_finger",
            live::under_the_finger,
        ),
        trial("play_goes_at_a_pace_and_stops_on_a_key", live::paced),
        trial(
            "the_closed_pictures_take_a_third_of_what_boxes_took",
            live::short_pictures,
        ),
        with(
            live::changed,
            "an_answer_that_differs_is_told_in_words",
            live::differs,
        ),
        trial("the_dock_shows_what_curl_sends", live::curl_in_the_dock),
        trial("the_dock_shows_and_empties_the_jar", live::jar_in_the_dock),
        trial("the_dock_stays_small_under_a_flood", live::flood),
        trial("the_wire_is_saved_as_har", live::har),
        with(
            classroom,
            "a_readers_wire_is_theirs_alone",
            live::classroom_readers,
        ),
        with(
            classroom,
            "a_link_makes_the_victim_nobody_elses_reader",
            live::a_link_for_the_victim,
        ),
        trial("the_dock_takes_a_header_of_any_name", live::odd_header),
        trial("no_script_but_the_books_own_runs", live::no_inline_script),
        trial("a_prediction_is_judged_by_the_pin", live::predictions),
        trial("the_page_delivers_what_the_reader_changed", live::lab),
        trial("progress_is_kept_exported_and_imported", live::progress),
        trial(
            "a_step_of_your_turn_is_marked_where_it_is_solved",
            live::your_turn,
        ),
        trial(
            "a_server_of_the_gallery_is_started_from_its_command",
            live::gallery,
        ),
        trial("the_keyboard_alone_sends_and_watches", live::keyboard_alone),
        trial("a_page_outlives_its_server", live::server_restarts),
        trial("a_static_host_shows_the_pins", live::static_host),
        trial("a_page_asks_for_few_files_and_weighs_little", page::weight),
        trial("nothing_on_a_page_moves_while_it_loads", page::steady),
        trial("search_is_loaded_when_it_is_opened", page::search),
        trial("the_book_opens_where_the_reader_stopped", page::place),
        trial(
            "a_reader_takes_the_steps_in_their_own_browser",
            page::by_hand,
        ),
        trial(
            "an_exchange_that_leaves_out_a_hop_is_not_for_the_readers_own_browser",
            page::a_hop_left_out,
        ),
        trial(
            "a_form_is_sent_by_hand_and_the_wire_leads_back",
            page::form_by_hand,
        ),
        trial("the_front_page_plays_the_idea", page::scene),
        trial(
            "the_table_of_contents_opens_in_every_window_and_by_key",
            reach::contents,
        ),
        trial("no_key_stops_under_a_bar", reach::clear_focus),
        trial(
            "the_bars_take_less_than_a_fifth_of_a_phone",
            reach::small_bars,
        ),
        trial("the_key_that_starts_play_stops_it", reach::play_stops),
        trial("a_table_is_read_in_every_window", reach::tables),
        trial(
            "words_stand_at_their_senders_line_and_names_apart",
            reach::words_at_the_line,
        ),
        trial(
            "what_was_read_on_the_wire_is_not_new",
            reach::new_on_the_wire,
        ),
        trial("a_long_field_makes_no_long_button", reach::short_button),
        trial("a_refusal_leads_out_of_the_frame", reach::out_of_the_frame),
        trial("a_lesson_opens_beside_the_book", reach::beside_the_book),
        trial("axe_finds_nothing", live::axe),
    ];
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    drop(driver);
    conclusion.exit_code()
}

/// A server of its own for each test, and the browser's driver.
struct Stage<'d> {
    server: InProcess,
    driver: &'d Driver,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn companion(figment: Figment) -> Rocket<Build> {
    let library = Pages::open(&root()).expect("the book builds");
    attach(server::rocket(figment), server::practice, library)
}

/// The same, with many readers.
fn classroom(figment: Figment) -> Rocket<Build> {
    let figment = figment.merge(("classroom", true));
    companion(figment.merge(("hosts", "127.0.0.1")))
}

impl Stage<'_> {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    fn tab(&self) -> Result<Tab<'_>, Failed> {
        Ok(self.driver.open(true)?)
    }

    /// The status of a plain GET.
    fn status(&self, path: &str) -> Result<u16, Failed> {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let address = self.server.address();
        // The page that prints the whole book is a long one.
        let limits = Limits {
            body: 8 * 1024 * 1024,
            ..Limits::default()
        };
        Ok(send(address, "GET", request.as_bytes(), &limits)?.status)
    }
}

const OTHERS: [&str; 8] = [
    "/note",
    "/notes",
    "/login",
    "/music",
    "/provider/authorize?response_type=code&client_id=notebook&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback\
     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
    "/webhooks/ada",
    "/webhooks/ada/lab?signed=Ada+owes+10&sent=Ada+owes+10&minutes=-6",
    "/book/404.html",
];

/// The name of a page's picture.
fn picture_of(page: &str) -> String {
    let path = page.split('?').next().unwrap_or_default();
    path.trim_matches('/').replace('/', "-")
}

/// The pages of the book, by path, and the lessons' own HTML pages.
fn pages() -> Vec<String> {
    let summary =
        fs::read_to_string(root().join("book/pages/SUMMARY.md")).expect("a summary");
    let links = summary.split("](").skip(1);
    links
        .filter_map(|rest| rest.split(".md)").next())
        .map(|page| format!("/book/{page}.html"))
        .chain(OTHERS.map(str::to_owned))
        .collect()
}

fn clean_console(stage: &mut Stage) -> Outcome {
    let folder = root().join("target/screenshots");
    fs::create_dir_all(&folder)?;
    let tab = stage.tab()?;
    for page in pages() {
        tab.go(&stage.url(&page))?;
        let log = tab.console()?;
        if !log.is_empty() {
            return Err(format!("{page}: {}", log.join("\n")).into());
        }
        let name = picture_of(&page);
        fs::write(folder.join(format!("{name}.png")), tab.screenshot()?)?;
    }
    Ok(())
}

fn live_links(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    let mut links = BTreeSet::new();
    for page in pages() {
        tab.go(&stage.url(&page))?;
        let found = tab.texts(
            "return [...document.querySelectorAll('a[href], link[href], script[src]')]
                .map(it => new URL(it.href || it.src))
                .filter(url => url.origin === location.origin)
                .map(url => url.pathname + url.search)",
        )?;
        links.extend(found.into_iter().map(|link| (link, page.clone())));
        // A fragment of the same page must be there, too.
        let missing = tab.texts(
            "return [...document.querySelectorAll('main a[href^=\"#\"]')]
                .map(it => decodeURIComponent(it.hash.slice(1)))
                .filter(id => !document.getElementById(id))",
        )?;
        if !missing.is_empty() {
            return Err(format!("{page} has no {}", missing.join(", ")).into());
        }
    }
    for (link, page) in links {
        let status = stage.status(&link)?;
        if status >= 400 {
            return Err(
                format!("{page} links to {link}, which answers {status}").into()
            );
        }
    }
    Ok(())
}

fn no_sideways_scroll(stage: &mut Stage) -> Outcome {
    let folder = root().join("target/screenshots");
    fs::create_dir_all(&folder)?;
    let tab = stage.tab()?;
    tab.width(360)?;
    for page in pages() {
        tab.go(&stage.url(&page))?;
        let over = tab.texts(
            "return [String(document.documentElement.scrollWidth - innerWidth), String(innerWidth)]",
        )?;
        if over != ["0", "360"] {
            return Err(format!("{page}: {over:?}").into());
        }
        let name = picture_of(&page);
        fs::write(folder.join(format!("{name}-360.png")), tab.screenshot()?)?;
    }
    Ok(())
}

fn without_javascript(stage: &mut Stage) -> Outcome {
    let tab = stage.driver.open(false)?;
    for page in pages() {
        tab.go(&stage.url(&page))?;
        let text = tab.text("main")?;
        let has_exchange = text.contains("Pinned in snapshots/");
        let wants_exchange = ["flash", "session", "redirects", "no-memory"]
            .iter()
            .any(|slug| page.ends_with(&format!("/{slug}.html")));
        if text.len() < 20 || (wants_exchange && !has_exchange) {
            return Err(format!("{page} shows {text:?}").into());
        }
    }
    Ok(())
}

fn named_controls(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    for page in pages() {
        tab.go(&stage.url(&page))?;
        let unnamed = tab.texts(
            "return [...document.querySelectorAll('main button, main input:not([type=hidden]), main summary, main img')]
                .filter(it => !(it.textContent.trim() || it.ariaLabel || it.title || it.alt || it.labels?.length))
                .map(it => it.outerHTML)",
        )?;
        if !unnamed.is_empty() {
            return Err(format!("{page}: {}", unnamed.join("\n")).into());
        }
    }
    Ok(())
}

fn wants(tab: &Tab, selector: &str, wanted: &[&str]) -> Outcome {
    let found = tab.texts(&format!(
        "return [...document.querySelectorAll('{selector}')].map(it => it.textContent.trim())"
    ))?;
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{selector}: wanted {wanted:?}, found {found:?}").into()),
    }
}

fn shown_once(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/note"))?;
    wants(&tab, "[role=status]", &[])?;
    tab.click("form button")?;
    wants(&tab, "[role=status]", &["Note saved."])?;
    tab.reload()?;
    wants(&tab, "[role=status]", &[])
}

fn write_note(tab: &Tab, stage: &Stage, button: &str) -> Outcome {
    tab.go(&stage.url("/notes"))?;
    tab.type_into("#text", "Milk")?;
    tab.click(button)?;
    wants(tab, "li", &["Milk"])
}

fn reload_saves_once(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    write_note(&tab, stage, "button:not([formaction])")?;
    wants(&tab, "[role=status]", &["Note saved."])?;
    tab.reload()?;
    wants(&tab, "li", &["Milk"])
}

fn reload_saves_twice(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    write_note(&tab, stage, "button[formaction]")?;
    tab.reload()?;
    wants(&tab, "li", &["Milk", "Milk"])
}

fn form_elsewhere(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    let send_to = |path: &str| -> Outcome {
        let (action, back) = (stage.url(path), stage.url("/notes"));
        tab.go(&format!(
            "data:text/html,<form method=post action={action}><input name=text value=Ours></form>"
        ))?;
        tab.run("document.forms[0].submit()")?;
        tab.wait_for("return location.protocol === 'http:' && document.readyState === 'complete'")?;
        Ok(tab.go(&back)?)
    };
    write_note(&tab, stage, "button:not([formaction])")?;
    send_to("/notes")?;
    wants(&tab, "li", &["Milk"])?;
    send_to("/notes/careless")?;
    wants(&tab, "li", &["Ours"])
}

fn keyboard_alone(stage: &mut Stage) -> Outcome {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    let tab = stage.tab()?;
    tab.go(&stage.url("/notes"))?;
    tab.press(&[TAB])?;
    tab.press(&["T", "e", "a", TAB, ENTER])?;
    wants(&tab, "[role=status]", &["Note saved."])?;
    wants(&tab, "li", &["Tea"])
}

fn back_after_logout(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/account/letters"))?;
    wants(&tab, "h1", &["Log in"])?;
    tab.type_into("#user", "ada")?;
    tab.type_into("#password", "correct horse")?;
    tab.click("form button")?;
    wants(&tab, "h1", &["Ada's letters"])?;
    wants(&tab, "[role=status]", &["Welcome back, Ada."])?;
    tab.click("form button")?;
    wants(&tab, "[role=status]", &["You are logged out."])?;
    tab.back()?;
    wants(&tab, "h1", &["Log in"])
}
