//! The login with another account, where only a browser can show it: there are
//! two sites, and the browser decides which cookies go along between them.

use crate::harness::chromium::Tab;
use crate::live::{TAKEN, open_dock, press, says};
use crate::{Outcome, Stage, companion, wants};
use exchange::play::server::Server;
use rocket::figment::Figment;
use rocket::response::{Flash, Redirect};
use rocket::{Build, Rocket, get, routes};

/// Fails unless the address bar starts so.
fn is_at(tab: &Tab, url: &str) -> Outcome {
    let found = tab.run("return location.href")?;
    match found.as_str().is_some_and(|found| found.starts_with(url)) {
        true => Ok(()),
        false => Err(format!("wanted {url}, is at {found}").into()),
    }
}

/// The provider's site.
fn provider(stage: &Stage) -> String {
    let port = stage.server.address().port();
    format!("http://localhost:{port}/provider/authorize")
}

/// From the app to the provider, and back with this button.
fn log_in(tab: &Tab, stage: &Stage, connect: &str, decision: &str) -> Outcome {
    tab.go(&stage.url(connect))?;
    is_at(tab, &provider(stage))?;
    wants(tab, "h1", &["The music service"])?;
    if decision == "allow" {
        tab.type_into("#user", "ada")?;
        tab.type_into("#password", "correct horse")?;
    }
    tab.click(&format!("button[value={decision}]"))?;
    is_at(tab, &stage.url("/music"))
}

pub fn round_trip(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    log_in(&tab, stage, "/music/connect", "allow")?;
    wants(&tab, "h1", &["Ada's music"])?;
    // The message is there at once, although another site led here.
    wants(&tab, "[role=status]", &["Connected."])?;
    tab.go(&stage.url("/music"))?;
    wants(&tab, "h1", &["Ada's music"])?;
    wants(&tab, "[role=status]", &[])?;
    tab.click("form button")?;
    wants(&tab, "h1", &["Nobody's music"])?;
    wants(&tab, "[role=status]", &["Disconnected."])
}

pub fn strict_is_lost(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    log_in(&tab, stage, "/music/connect?strict", "allow")?;
    wants(&tab, "h1", &["Nobody's music"])?;
    wants(
        &tab,
        "[role=alert]",
        &["This answer is to no question of yours."],
    )?;
    // The browser has kept the cookie, and only did not send it.
    tab.go(&stage.url("/callback/nowhere"))?;
    tab.cookie("oauth").map(drop).map_err(Into::into)
}

pub fn refusal(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    log_in(&tab, stage, "/music/connect", "refuse")?;
    wants(&tab, "h1", &["Nobody's music"])?;
    wants(
        &tab,
        "[role=alert]",
        &["The provider says no. Nothing is connected."],
    )
}

pub fn too_large(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    log_in(&tab, stage, "/music/connect?large&unchecked", "allow")?;
    wants(&tab, "[role=status]", &["Connected."])?;
    wants(&tab, "h1", &["Nobody's music"])?;
    log_in(&tab, stage, "/music/connect?large", "allow")?;
    wants(
        &tab,
        "[role=alert]",
        &["3100 bytes of tokens, and a cookie has room for 2800."],
    )
}

/// A server with a redirect whose message is Rocket's own.
pub fn with_a_strict_flash(figment: Figment) -> Rocket<Build> {
    #[get("/back")]
    fn back() -> Flash<Redirect> {
        Flash::success(Redirect::to("/note"), "Connected.")
    }
    companion(figment).mount("/", routes![back])
}

pub fn late_flash(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    // A page of the other site leads here.
    tab.go(&provider(stage))?;
    let back = stage.url("/back");
    tab.run(&format!("location.href = {back:?}"))?;
    tab.wait_for(
        "return location.pathname === '/note' && document.readyState === 'complete'",
    )?;
    wants(&tab, "[role=status]", &[])?;
    tab.go(&stage.url("/note"))?;
    wants(&tab, "[role=status]", &["Connected."])
}

pub fn played(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    for (page, names) in [
        ("oauth-wrong", ["strict", "lost", "used-twice"]),
        ("oauth", ["round-trip", "refreshed", "behind"]),
    ] {
        tab.go(&stage.url(&format!("/book/{page}.html")))?;
        open_dock(&tab)?;
        for name in names {
            let id = format!("oauth/{name}");
            press(&tab, &id, "Play")?;
            says(&tab, &id, "Each answer is as pinned.")?;
        }
    }
    // What the app and the provider say to each other passes here, too.
    let token = "POST /provider/token";
    tab.wait_for(&format!(
        "return {TAKEN}.some(it => it.includes({token:?}))"
    ))?;
    // And nobody reads a token over the reader's shoulder.
    tab.run(
        "for (const it of document.querySelectorAll('#dock details')) it.open = true",
    )?;
    tab.wait_for("return document.querySelectorAll('#dock .three').length >= 20")?;
    let said = tab.run("return document.querySelector('#dock').textContent")?;
    let said = said.as_str().unwrap_or_default();
    match said.contains("access_token\":\"(left out)\"") {
        true => Ok(()),
        false => Err("the dock shows an access token, or none at all".into()),
    }
}
