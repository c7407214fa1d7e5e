//! The live page: exchanges that are sent, predictions, the dock, progress.

use crate::harness::InProcess;
use crate::{Outcome, Stage, companion, pages, root};
use exchange::play::http::{Limits, send};
use exchange::play::server::Server;
use libtest_mimic::Failed;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::fs::FileServer;
use rocket::http::Status;
use rocket::{Build, Rocket};
use serde_json::{Value, json};
use std::fs;

use crate::harness::chromium::Tab;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const SPACE: &str = " ";

/// Fails unless the two are the same.
pub fn same(found: &Value, wanted: &Value) -> Outcome {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("wanted {wanted}, found {found}").into()),
    }
}

/// Clicks what has these words in the exchange `id`.
pub fn press(tab: &Tab, id: &str, words: &str) -> Outcome {
    let script = format!(
        "const button = [...document.querySelectorAll('[data-exchange=\"{id}\"] button')]
            .find(it => it.textContent.startsWith('{words}'));
         if (button) button.click();
         return button !== undefined"
    );
    match tab.run(&script)? == json!(true) {
        true => Ok(()),
        false => Err(format!("{id} has no button {words:?}").into()),
    }
}

/// Waits until the exchange `id` says so in its status line.
pub fn says(tab: &Tab, id: &str, words: &str) -> Outcome {
    Ok(tab.wait_for(&format!(
        "return document.querySelector('[data-exchange=\"{id}\"] .controls [role=status]')
            .textContent.includes({words:?})"
    ))?)
}

/// Asks as curl does, and gives the body.
fn curl(stage: &Stage, path: &str, headers: &str) -> Result<String, Failed> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: curl/8.0\r\n{headers}Connection: close\r\n\r\n"
    );
    let address = stage.server.address();
    let answer = send(address, "GET", request.as_bytes(), &Limits::default())?;
    Ok(String::from_utf8_lossy(&answer.body).into_owned())
}

pub fn open_dock(tab: &Tab) -> Outcome {
    tab.click(".dock-toggle")?;
    Ok(tab.wait_for(
        "return document.querySelector('#dock .state').textContent.startsWith('Listening')",
    )?)
}

/// The request lines in the dock, the newest first.
pub const TAKEN: &str = "[...document.querySelectorAll('#dock summary samp:first-child')].map(it => it.textContent)";

pub fn step_by_step(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    let id = "flash/shown-once";
    tab.go(&stage.url("/book/flash.html"))?;
    let ticks = "return [...document.querySelectorAll('[data-exchange=\"flash/shown-once\"] .tick')]
        .map(it => it.textContent.split(',')[0])";
    press(&tab, id, "Send POST /save")?;
    says(&tab, id, "Step 1: as pinned.")?;
    // The redirect is shown, and followed when the reader says so.
    same(&tab.run(ticks)?, &json!(["as pinned"]))?;
    press(&tab, id, "Follow the redirect: GET /note")?;
    says(&tab, id, "Step 2: as pinned.")?;
    // What is said and the next button are in view, and so is the turn.
    let seen =
        "const figure = document.querySelector('[data-exchange=\"flash/shown-once\"]');
        return ['.status', '.controls .primary', '.is-now'].every(it => {
            const box = figure.querySelector(it).getBoundingClientRect();
            return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
        })";
    tab.wait_for(seen)?;
    press(&tab, id, "Send GET /note")?;
    says(&tab, id, "Step 3: as pinned.")?;
    same(
        &tab.run(ticks)?,
        &json!(["as pinned", "as pinned", "as pinned"]),
    )?;
    // Nothing is drawn twice.
    let drawn = "const figure = document.querySelector('[data-exchange=\"flash/shown-once\"]');
        return [figure.querySelectorAll('.lanes').length, figure.querySelectorAll('.turn[open]').length]";
    same(&tab.run(drawn)?, &json!([3, 0]))?;
    press(&tab, id, "Start over")?;
    same(&tab.run(ticks)?, &json!([]))?;
    press(&tab, id, "Play")?;
    says(&tab, id, "Each answer is as pinned.")?;
    let log = tab.console()?;
    match log.is_empty() {
        true => Ok(()),
        false => Err(log.join("\n").into()),
    }
}

/// A server that has been changed: its redirects say 302.
pub fn changed(figment: Figment) -> Rocket<Build> {
    companion(figment).attach(AdHoc::on_response("302", |_, response| {
        Box::pin(async move {
            if response.status() == Status::SeeOther {
                response.set_status(Status::Found);
            }
        })
    }))
}

pub fn differs(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    let id = "flash/shown-once";
    tab.go(&stage.url("/book/flash.html"))?;
    press(&tab, id, "Play")?;
    says(&tab, id, "All steps are sent. 1 of them is not as its pin.")?;
    let text = tab.text("[data-exchange=\"flash/shown-once\"] .turn[open]")?;
    for wanted in [
        "one thing differs, ",
        "Pinned",
        "Live",
        "Live: one thing differs from the pin.",
        "The status is 302 Found; the pin has 303 See Other.",
        "differs 302 Found",
    ] {
        if !text.contains(wanted) {
            return Err(format!("no {wanted:?} in:\n{text}").into());
        }
    }
    Ok(())
}

pub fn paced(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.motion()?;
    let id = "flash/shown-once";
    tab.go(&stage.url("/book/flash.html"))?;
    press(&tab, id, "Play")?;
    says(&tab, id, "Step 1: as pinned.")?;
    tab.press(&["x"])?;
    says(&tab, id, "Stopped after step 1.")?;
    press(&tab, id, "Play")?;
    says(&tab, id, "Each answer is as pinned.")
}

pub fn turn_by_key(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/flash.html"))?;
    tab.press(&["j"])?;
    let hash = "return location.hash";
    same(&tab.run(hash)?, &json!("#exchange-flash-shown-once-1"))?;
    tab.press(&["j"])?;
    same(&tab.run(hash)?, &json!("#exchange-flash-shown-once-2"))?;
    tab.press(&["k"])?;
    same(&tab.run(hash)?, &json!("#exchange-flash-shown-once-1"))?;
    tab.press(&[ENTER])?;
    let open = "return document.querySelector(location.hash + ' .turn').open";
    same(&tab.run(open)?, &json!(true))
}

pub fn cleared(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    // What a link does in the same tab is told, though no page was open meanwhile.
    tab.go(&stage.url("/greet"))?;
    tab.go(&stage.url("/book/session.html"))?;
    open_dock(&tab)?;
    tab.wait_for(&format!("return {TAKEN}[0] === 'GET /greet'"))?;
    tab.run(
        "[...document.querySelectorAll('#dock button')]
            .find(it => it.textContent === 'Clear the list').click()",
    )?;
    tab.reload()?;
    open_dock(&tab)?;
    curl(stage, "/greet?later", "")?;
    tab.wait_for(&format!("return {TAKEN}[0] === 'GET /greet?later'"))?;
    same(&tab.run(&format!("return {TAKEN}.length"))?, &json!(1))
}

pub fn under_the_finger(stage: &mut Stage) -> Outcome {
    let driver = stage.driver;
    let tab = driver.open(true)?;
    tab.width(360)?;
    tab.go(&stage.url("/book/oauth.html"))?;
    let id = "oauth/round-trip";
    tab.run("document.getElementById('exchange-oauth-round-trip').scrollIntoView()")?;
    // The figure is longer than the window: its button is at the window's foot, and
    // the wire's button is not upon it.
    let seen = "const figure = document.getElementById('exchange-oauth-round-trip');
        const box = figure.querySelector('.controls .primary').getBoundingClientRect();
        const wire = document.querySelector('.dock-toggle').getBoundingClientRect();
        return figure.getBoundingClientRect().bottom > innerHeight
            && box.top > 0 && box.bottom <= wire.top";
    tab.wait_for(seen)?;
    press(&tab, id, "Send GET /music/connect")?;
    says(&tab, id, "Step 1: as pinned.")?;
    tab.wait_for(seen)?;
    stage.server.stop();
    press(&tab, id, "Follow the redirect")?;
    says(&tab, id, "The server doesn’t answer.")?;
    Ok(tab.wait_for(
        "const box = document.querySelector('#exchange-oauth-round-trip .status').getBoundingClientRect();
         return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight",
    )?)
}

/// How many pixels the pictures of a page take, closed, at 1400 and at 360: 35 % of
/// what three boxes a turn took. The first of them has four turns more since then, and the
/// third two, and so much more room.
const HEIGHTS: [(&str, i64, i64); 5] = [
    ("session", 1630, 2545),
    ("flash", 2444, 3793),
    ("post-redirect-get", 2392, 4126),
    ("webhooks", 2954, 4749),
    ("oauth", 9586, 15697),
];

pub fn short_pictures(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    for (page, wide, narrow) in HEIGHTS {
        for (width, most) in [(1400, wide), (360, narrow)] {
            tab.width(width)?;
            tab.go(&stage.url(&format!("/book/{page}.html")))?;
            let height = tab.run(
                "return Math.round([...document.querySelectorAll('figure.exchange')]
                    .filter(it => it.checkVisibility())
                    .reduce((sum, it) => sum + it.getBoundingClientRect().height, 0))",
            )?;
            if !height
                .as_i64()
                .is_some_and(|height| (1..=most).contains(&height))
            {
                return Err(format!("{page}, {width} px: {height} of {most}").into());
            }
        }
    }
    Ok(())
}

pub fn curl_in_the_dock(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/session.html"))?;
    open_dock(&tab)?;
    curl(
        stage,
        "/greet?password=hunter2",
        "Cookie: a=1\r\nAuthorization: Bearer hunter3\r\n",
    )?;
    tab.wait_for(&format!(
        "return {TAKEN}[0] === 'GET /greet?password=(left out)'"
    ))?;
    tab.run("document.querySelector('#dock details').open = true")?;
    tab.wait_for("return document.querySelector('#dock .three') !== null")?;
    let text = tab.text("#dock")?;
    for wanted in [
        "curl, ",
        "Hello, stranger!",
        "user-agent: curl/8.0",
        "What the client calls itself.",
        "kept a = 1",
    ] {
        if !text.contains(wanted) {
            return Err(format!("the dock lacks {wanted:?}:\n{text}").into());
        }
    }
    if text.contains("hunter") {
        return Err(format!("the dock shows a secret:\n{text}").into());
    }
    // Each header's link leads to a page of this book.
    let links = tab.texts("return [...document.querySelectorAll('#dock a')].map(it => new URL(it.href).pathname)")?;
    for link in links {
        if stage.status(&link)? != 200 {
            return Err(format!("the dock links to {link}").into());
        }
    }
    // The companion's own pages and files never pass here.
    same(&tab.run(&format!("return {TAKEN}.length"))?, &json!(1))
}

pub fn jar_in_the_dock(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/set"))?;
    tab.go(&stage.url("/book/session.html"))?;
    open_dock(&tab)?;
    let jar = "return document.querySelector('#dock .jar-now').textContent";
    tab.wait_for(&format!("{jar}.includes('session = sealed(Ada)')"))?;
    tab.click("#dock .jar-now + button")?;
    tab.wait_for(&format!("{jar}.includes('holds nothing')"))?;
    tab.go(&stage.url("/greet"))?;
    same(&json!(tab.text("body")?), &json!("Hello, stranger!"))
}

pub fn flood(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/session.html"))?;
    open_dock(&tab)?;
    for number in 0..1000 {
        curl(stage, &format!("/greet?{number}"), "")?;
    }
    tab.wait_for(&format!("return {TAKEN}[0] === 'GET /greet?999'"))?;
    same(&tab.run(&format!("return {TAKEN}.length"))?, &json!(200))
}

pub fn har(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/flash.html"))?;
    open_dock(&tab)?;
    press(&tab, "flash/shown-once", "Play")?;
    says(&tab, "flash/shown-once", "All steps are sent.")?;
    tab.wait_for(&format!("return {TAKEN}.length === 3"))?;
    let saved = tab.run_later(
        "const done = arguments[0];
         URL.createObjectURL = blob => { blob.text().then(done); return '#'; };
         [...document.querySelectorAll('#dock button')].find(it => it.textContent === 'Save as HAR').click()",
    )?;
    let har: Value = serde_json::from_str(saved.as_str().unwrap_or_default())?;
    let log = &har["log"];
    same(&log["version"], &json!("1.2"))?;
    let entries = log["entries"].as_array().ok_or("no entries")?;
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| {
            format!(
                "{} {} {}",
                entry["request"]["method"],
                entry["response"]["status"],
                entry["response"]["redirectURL"]
            )
        })
        .collect();
    let wanted = [
        "\"POST\" 303 \"/note\"",
        "\"GET\" 200 \"\"",
        "\"GET\" 200 \"\"",
    ];
    same(&json!(lines), &json!(wanted))?;
    // What http://www.softwareishard.com/blog/har-12-spec/ does not leave to
    // the tool.
    for entry in entries {
        let parts = [
            (
                "",
                vec![
                    "startedDateTime",
                    "time",
                    "request",
                    "response",
                    "cache",
                    "timings",
                ],
            ),
            (
                "request",
                vec![
                    "method",
                    "url",
                    "httpVersion",
                    "cookies",
                    "headers",
                    "queryString",
                    "headersSize",
                    "bodySize",
                ],
            ),
            (
                "response",
                vec![
                    "status",
                    "statusText",
                    "httpVersion",
                    "cookies",
                    "headers",
                    "content",
                    "redirectURL",
                    "headersSize",
                    "bodySize",
                ],
            ),
            ("timings", vec!["send", "wait", "receive"]),
        ];
        for (part, names) in parts {
            let object = if part.is_empty() { entry } else { &entry[part] };
            for name in names {
                if object[name].is_null() {
                    return Err(format!("an entry lacks {part} {name}: {entry}").into());
                }
            }
        }
    }
    same(
        &entries[0]["response"]["cookies"][0]["name"],
        &json!("_flash"),
    )
}

/// The cookie by which a classroom knows a reader.
const READER: &str = "companion-reader";

pub fn classroom_readers(stage: &mut Stage) -> Outcome {
    let (ada, eve) = (stage.tab()?, stage.tab()?);
    for tab in [&ada, &eve] {
        tab.go(&stage.url("/book/session.html"))?;
        open_dock(tab)?;
    }
    // A script of the page sends what a reader's other tab would.
    let visit = |tab: &Tab, path: &str| {
        tab.run_later(&format!(
            "const done = arguments[0]; fetch('{path}').then(() => done(true))"
        ))
    };
    let taken = |tab: &Tab, path: &str| {
        tab.wait_for(&format!("return {TAKEN}[0] === 'GET {path}'"))
    };
    visit(&ada, "/greet?ada-was-here")?;
    taken(&ada, "/greet?ada-was-here")?;
    // What the book plays for her is hers, too.
    press(&ada, "session/remembered", "Send GET /greet")?;
    taken(&ada, "/greet")?;
    visit(&eve, "/greet?eve")?;
    taken(&eve, "/greet?eve")?;
    same(
        &eve.run(&format!("return {TAKEN}"))?,
        &json!(["GET /greet?eve"]),
    )?;

    // Nobody's curl is on anybody's wire, and a forged cookie is nobody's.
    let sealed = ada.cookie(READER)?;
    curl(stage, "/greet?nobody", "")?;
    let flipped = sealed.replacen(
        &sealed[20..21],
        if &sealed[20..21] == "A" { "B" } else { "A" },
        1,
    );
    for forged in ["0123456789abcdef", "", &flipped] {
        curl(
            stage,
            "/greet?forged",
            &format!("Cookie: {READER}={forged}\r\n"),
        )?;
    }

    // Eve has copied Ada's cookie. It names her requests Ada's; it reads nothing.
    eve.set_cookie(READER, &sealed)?;
    let key = eve.run("return localStorage.getItem('http-has-no-memory.reader')")?;
    let key = key.as_str().unwrap_or_default();
    for key in [key, "", &"0".repeat(32)] {
        let headers = format!("Companion-Key: {key}\r\nCookie: {READER}={sealed}\r\n");
        let wire = first_events(stage, &headers)?;
        if wire.contains("ada-was-here") {
            return Err(format!("{key} with a copied cookie reads:\n{wire}").into());
        }
    }
    eve.reload()?;
    open_dock(&eve)?;
    visit(&eve, "/greet?again")?;
    taken(&eve, "/greet?again")?;
    visit(&ada, "/greet?last")?;
    taken(&ada, "/greet?last")?;
    let seen_by = |tab: &Tab| tab.run(&format!("return {TAKEN}"));
    same(
        &seen_by(&eve)?,
        &json!(["GET /greet?again", "GET /greet?eve"]),
    )?;
    same(
        &seen_by(&ada)?,
        &json!(["GET /greet?last", "GET /greet", "GET /greet?ada-was-here"]),
    )
}

/// Eve knows the address that once made its reader another one. She sends Ada a
/// link to it, frames it in a page of hers, posts a form, and puts her own cookie
/// into Ada's jar. Ada logs in; Eve sees nothing of it.
pub fn a_link_for_the_victim(stage: &mut Stage) -> Outcome {
    let (ada, eve) = (stage.tab()?, stage.tab()?);
    for tab in [&ada, &eve] {
        tab.go(&stage.url("/book/session.html"))?;
        open_dock(tab)?;
    }
    let key = eve.run("return localStorage.getItem('http-has-no-memory.reader')")?;
    let key = key.as_str().unwrap_or_default().to_owned();
    let hers = ada.cookie(READER)?;
    // A link, in the address bar and on a page of this very server.
    let link = format!("/companion/wire?reader={key}&companion-key={key}");
    ada.go(&stage.url(&link))?;
    ada.go(&stage.url("/note"))?;
    ada.run(&format!(
        "const link = document.createElement('a'); link.href = '{link}';
         document.body.append(link); link.click()"
    ))?;
    ada.go(&stage.url("/note"))?;
    // A form, the only thing that a page elsewhere could have Ada post.
    ada.run(&format!(
        "const form = document.createElement('form');
         form.method = 'post'; form.enctype = 'text/plain'; form.action = '/companion/reader';
         const input = document.createElement('input');
         input.name = '{{\"key\":\"{key}\",\"x\":\"'; input.value = '\"}}';
         form.append(input); document.body.append(form); form.submit()"
    ))?;
    ada.go(&stage.url("/book/session.html"))?;
    same(&json!(ada.cookie(READER)?), &json!(hers))?;

    // Eve's own cookie, as a program on another port of the same host would put
    // it there: the next page of the book that Ada opens takes it out again.
    ada.set_cookie(READER, &eve.cookie(READER)?)?;
    ada.go(&stage.url("/book/login.html"))?;
    open_dock(&ada)?;
    ada.wait_for(
        "return document.querySelector('#dock .state').textContent.includes('yours again')",
    )?;
    let login = "const done = arguments[0];
        fetch('/login', { method: 'POST', body: new URLSearchParams({ user: 'ada', password: 'correct horse', next: '/account' }) })
            .then(() => done(true))";
    ada.run_later(login)?;
    ada.wait_for(&format!("return {TAKEN}.includes('POST /login')"))?;
    // Ada's own wire has the login cookie opened, and her page nowhere as it is
    // sent.
    ada.run(
        "for (const it of document.querySelectorAll('#dock details')) it.open = true",
    )?;
    ada.wait_for(
        "return document.querySelector('#dock').textContent.includes('sealed(')",
    )?;
    let saved = ada.run_later(
        "const done = arguments[0];
         URL.createObjectURL = blob => { blob.text().then(done); return '#'; };
         [...document.querySelectorAll('#dock button')].find(it => it.textContent === 'Save as HAR').click()",
    )?;
    let saved = saved.as_str().unwrap_or_default();
    let raw = ada.cookie("login")?;
    for shown in [saved, &ada.text("#dock")?] {
        if shown.contains(&raw[..raw.len() / 2]) || !shown.contains("login=sealed(") {
            return Err(
                format!("the login cookie is not shown opened:\n{shown}").into()
            );
        }
    }
    // Eve's wire still works, and has her own request alone.
    eve.run_later(
        "const done = arguments[0]; fetch('/greet?eve').then(() => done(true))",
    )?;
    eve.wait_for(&format!("return {TAKEN}[0] === 'GET /greet?eve'"))?;
    let seen = eve.run(&format!("return {TAKEN}"))?;
    let seen = seen.to_string();
    match seen.contains("login") || seen.contains("/note") {
        true => Err(format!("Eve sees {seen}").into()),
        false => Ok(()),
    }
}

/// A header may have a name that an object of JavaScript has, too.
pub fn odd_header(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/session.html"))?;
    open_dock(&tab)?;
    curl(
        stage,
        "/greet?odd",
        "constructor: 1\r\n__proto__: 2\r\ntoString: 3\r\n",
    )?;
    tab.wait_for(&format!("return {TAKEN}[0] === 'GET /greet?odd'"))?;
    tab.run("document.querySelector('#dock details').open = true")?;
    tab.wait_for("return document.querySelector('#dock .three') !== null")?;
    let text = tab.text("#dock .sent")?;
    match [
        "constructor: 1",
        "__proto__: 2",
        "tostring: 3",
        "host: 127.0.0.1",
    ]
    .iter()
    .find(|line| !text.contains(**line))
    {
        Some(line) => Err(format!("no {line:?} in:\n{text}").into()),
        None => Ok(()),
    }
}

/// A script that got into a page is one that the book doesn't have.
pub fn no_inline_script(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/flash.html"))?;
    // What mdBook's own scripts do to the page is allowed: its search opens and
    // closes.
    tab.run("document.body.focus()")?;
    tab.press(&["s"])?;
    tab.type_into("#mdbook-searchbar", "cookie")?;
    tab.wait_for(
        "return document.querySelectorAll('#mdbook-searchresults li').length > 0",
    )?;
    tab.press(&[ESCAPE])?;
    let log = tab.console()?;
    if !log.is_empty() {
        return Err(log.join("\n").into());
    }
    let ran = tab.run_later(
        "const done = arguments[0];
         window.ran = [];
         const script = document.createElement('script');
         script.textContent = 'ran.push(1)';
         const div = document.createElement('div');
         div.innerHTML = '<img src=\"data:,\" onerror=\"ran.push(2)\"><a href=\"javascript:ran.push(3)\">a</a>';
         document.body.append(script, div);
         div.querySelector('a').click();
         setTimeout(() => done(window.ran), 500)",
    )?;
    same(&ran, &json!([]))
}

/// What the wire sends within half a second, or its refusal.
fn first_events(stage: &Stage, headers: &str) -> Result<String, Failed> {
    use std::io::{Read, Write};
    let mut socket = std::net::TcpStream::connect(stage.server.address())?;
    socket.set_read_timeout(Some(std::time::Duration::from_millis(500)))?;
    write!(
        socket,
        "GET /companion/wire HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\
         {headers}Connection: close\r\n\r\n"
    )?;
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = socket.read(&mut buffer) {
        text.extend(&buffer[..length]);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

pub fn predictions(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    let id = "flash/shown-once";
    tab.go(&stage.url("/book/flash.html"))?;
    press(&tab, id, "Predict")?;
    // Neither the title nor a later step gives the answer away.
    let shown = tab.run(
        "const figure = document.querySelector('[data-exchange=\"flash/shown-once\"]');
         return ['waits in a cookie', 'location:', 'Note saved.'].filter(it => figure.innerText.includes(it))",
    )?;
    same(&shown, &json!([]))?;
    let choose = |question: usize, words: &str| {
        tab.run(&format!(
            "const label = [...document.querySelectorAll('.questions input[name=\"{question}\"]')]
                .map(it => it.parentElement).find(it => it.textContent.includes('{words}'));
             label.querySelector('input').click(); return true"
        ))
    };
    choose(0, "200 OK")?;
    choose(1, "to /note")?;
    press(&tab, id, "Send POST /save, and see")?;
    says(&tab, id, "1 of 2 predictions are right.")?;
    let outcome = tab.texts(
        "return [...document.querySelectorAll('.outcome li')].map(it => it.textContent)",
    )?;
    same(
        &json!(outcome),
        &json!([
            "not so Which status comes back? You chose “200 OK”. 200 OK would mean: here is what you asked for. \
             The answer is 303 See Other: go there with a GET.",
            "right Where does it send the browser? to /note",
        ]),
    )?;
    tab.reload()?;
    // Without what the reader of this clone has solved.
    let counts = "return document.querySelector('.progress .counts').textContent
            .replace(/ Solved with watch.*/, '')";
    same(
        &tab.run(counts)?,
        &json!("Finished: 0 pages. Right predictions: 1 of 2."),
    )
}

pub fn lab(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/webhooks.html"))?;
    let deliver = |field: &str, value: &str, verdict: &str| {
        tab.run(&format!(
            "document.querySelector('.lab [name={field}]').value = {value:?}"
        ))?;
        tab.run("document.querySelector('.lab button').click()")?;
        tab.wait_for(&format!(
            "return document.querySelector('.lab iframe').contentDocument
                .querySelector('[role=status], [role=alert]')?.textContent === {verdict:?}"
        ))
    };
    deliver("sent", "Ada owes 10", "It is taken.")?;
    deliver("sent", "Ada owes 11", "The signature does not fit.")?;
    deliver("minutes", "-6", "The delivery is more than 5 minutes off.")?;
    Ok(())
}

pub fn progress(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/flash.html"))?;
    tab.click(".finish")?;
    let done = "return [...document.querySelectorAll('#mdbook-sidebar a:has(.done)')]
            .map(it => it.textContent.replace(/^[0-9]+[.] /, ''))";
    let flash = json!(["Flash messages✓ finished"]);
    tab.reload()?;
    same(&tab.run(done)?, &flash)?;
    let exported = tab.run_later(
        "const done = arguments[0];
         URL.createObjectURL = blob => { blob.text().then(done); return '#'; };
         [...document.querySelectorAll('.progress button')].find(it => it.textContent === 'Export').click()",
    )?;
    let reset = "[...document.querySelectorAll('.progress button')].find(it => it.textContent.startsWith('Reset')).click();";
    tab.run(&format!("{reset}{reset}"))?;
    same(&tab.run(done)?, &json!([]))?;
    let import = |text: &Value| {
        tab.run(&format!(
            "const files = new DataTransfer();
             files.items.add(new File([{text}], 'progress.json'));
             const input = document.querySelector('.progress input');
             input.files = files.files;
             input.dispatchEvent(new Event('change'))"
        ))
    };
    import(&exported)?;
    tab.wait_for(&format!("{done}.length === 1"))?;
    for broken in ["", "[]", "{\"version\":2}", "{\"version\":1,\"pages\":7}"] {
        import(&json!(broken))?;
        tab.wait_for("return document.querySelector('.progress .said').textContent.includes('Nothing was changed')")?;
        same(&tab.run(done)?, &flash)?;
        tab.run("document.querySelector('.progress .said').textContent = ''")?;
    }
    Ok(())
}

/// The steps of "Your turn" that are marked, in the page's order.
const SOLVED: &str =
    "return [...document.querySelectorAll('main h3:has(.done)')].map(it => it.id)";

pub fn your_turn(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    // What was solved on this machine is somebody else's.
    let page = stage.url("/book/flash.html");
    tab.go(&page)?;
    let progress = |since: &str| {
        tab.run(&format!(
            "localStorage.setItem('http-has-no-memory.progress', JSON.stringify(
                {{ version: 1, pages: [], predictions: {{}}, solved: [], since: {since} }}))"
        ))
    };
    progress("Date.now()")?;
    tab.reload()?;
    same(&tab.run(SOLVED)?, &json!([]))?;
    let choose = |which: &str| {
        tab.run(&format!(
            "document.querySelector('details.choice{which} > summary').click()"
        ))
    };
    choose(":not(.is-right)")?;
    tab.wait_for("return document.querySelector('.progress .counts').textContent.includes('0 of 1')")?;
    same(&tab.run(SOLVED)?, &json!([]))?;
    choose(".is-right")?;
    tab.wait_for(&format!("{SOLVED}.length === 1"))?;
    // One is open at a time, and to look at another one unmakes nothing.
    choose(":not(.is-right)")?;
    tab.wait_for(
        "return document.querySelectorAll('details.choice[open]').length === 1",
    )?;
    tab.reload()?;
    same(&tab.run(SOLVED)?, &json!(["predict"]))?;
    // The reader comes back from the terminal.
    let comes_back = |found: &str| {
        tab.run(&format!(
            "window.fetch = async () => new Response(JSON.stringify({found}));
             dispatchEvent(new Event('focus'))"
        ))
    };
    comes_back(
        "{ 'flash#change': Date.now() + 1000, 'login#build': Date.now() + 1000 }",
    )?;
    tab.wait_for(&format!("{SOLVED}.length === 2"))?;
    same(&tab.run(SOLVED)?, &json!(["predict", "change"]))?;
    tab.wait_for("return document.querySelector('.progress .counts').textContent.includes('Solved with watch: 2.')")?;
    // What was solved before a reset is not counted.
    progress("Date.now()")?;
    comes_back(
        "{ 'flash#change': Date.now() - 1000, 'flash#build': Date.now() + 1000 }",
    )?;
    tab.wait_for(&format!("{SOLVED}.includes('build')"))?;
    same(&tab.run(SOLVED)?, &json!(["build"]))
}

pub fn gallery(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/flash.html"))?;
    // What the server does with it is a test of the server's.
    tab.run(
        "window.asked = [];
         window.standing = { state: 'running', fault: 27, url: 'http://127.0.0.1:8001' };
         window.fetch = async (path, { method = 'GET', body = '' } = {}) => {
             asked.push(`${method} ${path} ${body}`);
             if (method === 'DELETE') return new Response(null, { status: 204 });
             if (method === 'POST') return new Response(JSON.stringify({ state: 'starting', fault: 27 }));
             return new Response(JSON.stringify(standing));
         }",
    )?;
    let says = |words: &str| {
        tab.wait_for(&format!(
            "return document.querySelector('.gallery').textContent === {words:?}"
        ))
    };
    let press = |then: &str| {
        tab.run("document.querySelector('.gallery button').click()")?;
        says(then)
    };
    // It runs since another visit.
    tab.run("document.querySelector('.gallery').scrollIntoView()")?;
    says("Stop it It listens at http://127.0.0.1:8001 until you stop it.")?;
    press("Start it from here It has ended, and its port is free.")?;
    tab.run("window.standing = { state: 'starting', fault: 27 }")?;
    press("Stop it It starts. If it is to be built first, that takes a minute …")?;
    tab.run(
        "window.standing = { state: 'ended', fault: 27, why: 'Port 8001 is taken.' }",
    )?;
    says("Start it from here Port 8001 is taken.")?;
    // That of another page.
    tab.run("window.standing = { state: 'running', fault: 9, url: 'http://127.0.0.1:8001' }")?;
    press("Start it from here ")?;
    same(
        &tab.run("return asked.filter(it => !it.startsWith('GET'))")?,
        &json!([
            "DELETE /companion/gallery ",
            "POST /companion/gallery {\"fault\":27}",
            "POST /companion/gallery {\"fault\":27}",
        ]),
    )
}

pub fn keyboard_alone(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/flash.html"))?;
    let reach = |selector: &str| -> Outcome {
        for _ in 0..200 {
            tab.press(&[TAB])?;
            let there = format!(
                "return document.activeElement?.matches({selector:?}) === true"
            );
            if tab.run(&there)? == json!(true) {
                return Ok(());
            }
        }
        Err(format!("no key reaches {selector}").into())
    };
    reach(".exchange .controls button.primary")?;
    tab.press(&[ENTER])?;
    says(&tab, "flash/shown-once", "Step 1: as pinned.")?;
    // The focus stays, so the next step is one more key.
    tab.press(&[SPACE])?;
    says(&tab, "flash/shown-once", "Step 2: as pinned.")?;
    tab.run("document.querySelector('.dock-toggle').previousElementSibling?.scrollIntoView()")?;
    reach(".dock-toggle")?;
    tab.press(&[ENTER])?;
    tab.wait_for("return document.activeElement?.id === 'dock'")?;
    reach("#dock summary")?;
    tab.press(&[ENTER])?;
    tab.wait_for("return document.querySelector('#dock .three') !== null")?;
    // mdBook's own key for its search stays out of the dock.
    tab.press(&["s"])?;
    same(&tab.run("return document.querySelector('#mdbook-search-wrapper').classList.contains('hidden')")?, &json!(true))?;
    tab.press(&[ESCAPE])?;
    tab.wait_for("return document.activeElement?.matches('.dock-toggle') === true")?;
    same(
        &tab.run("return document.querySelector('#dock').hidden")?,
        &json!(true),
    )
}

pub fn server_restarts(stage: &mut Stage) -> Outcome {
    let driver = stage.driver;
    let tab = driver.open(true)?;
    let id = "flash/shown-once";
    tab.go(&stage.url("/book/flash.html"))?;
    open_dock(&tab)?;
    press(&tab, id, "Send POST /save")?;
    says(&tab, id, "Step 1: as pinned.")?;
    stage.server.stop();
    tab.wait_for("return document.querySelector('#dock .state').textContent.includes('doesn’t answer')")?;
    press(&tab, id, "Follow the redirect")?;
    says(&tab, id, "Start it: cargo run")?;
    stage.server.launch()?;
    tab.wait_for("return document.querySelector('#dock .state').textContent.includes('started anew')")?;
    press(&tab, id, "Follow the redirect")?;
    says(&tab, id, "Start over.")?;
    press(&tab, id, "Start over")?;
    press(&tab, id, "Send POST /save")?;
    says(&tab, id, "Step 1: as pinned.")?;
    tab.wait_for(&format!("return {TAKEN}.length === 2"))?;
    Ok(())
}

/// Any static host: the built files, and nothing else.
fn files(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment)
        .mount("/somewhere", FileServer::from(root().join("target/book")))
}

pub fn static_host(stage: &mut Stage) -> Outcome {
    let host = InProcess::start(files);
    let tab = stage.tab()?;
    // This one waits until the whole copy is of the sources as they are.
    tab.go(&stage.url("/book/print.html"))?;
    let pages = pages();
    let pages = pages.iter().filter_map(|page| page.strip_prefix("/book/"));
    // mdBook writes the 404 page for one place, since any address may show it.
    for page in pages.filter(|page| *page != "404.html") {
        tab.go(&format!("http://{}/somewhere/{page}", host.address()))?;
        let log = tab.console()?;
        if !log.is_empty() {
            return Err(format!("{page}: {}", log.join("\n")).into());
        }
    }
    tab.go(&format!("http://{}/somewhere/flash.html", host.address()))?;
    let found = tab.run(
        "return [document.querySelectorAll('.no-server').length, document.querySelectorAll('.dock').length]",
    )?;
    same(&found, &json!([1, 0]))?;
    let line = tab.text(".no-server")?;
    if !line.contains("cargo run") {
        return Err(line.into());
    }
    press(&tab, "flash/shown-once", "Predict")?;
    press(&tab, "flash/shown-once", "Show the answer")?;
    tab.wait_for(
        "return document.querySelector('[data-exchange=\"flash/shown-once\"] .message.response').checkVisibility()",
    )?;
    Ok(())
}

/// Fails on what axe-core finds in the page as it is now.
fn examine(tab: &Tab, axe: &str, what: &str) -> Outcome {
    tab.run(axe)?;
    let found = tab.run_later(
        "const done = arguments[0];
         axe.run().then(result => done(result.violations.flatMap(rule =>
            rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')} ${node.failureSummary}`))))",
    )?;
    match found.as_array().is_some_and(Vec::is_empty) {
        true => Ok(()),
        false => Err(format!("{what}: {found:#}").into()),
    }
}

pub fn axe(stage: &mut Stage) -> Outcome {
    let path = root().join("target/axe.min.js");
    let axe = match fs::read_to_string(&path) {
        Ok(axe) => axe,
        // It is not ours to pass on: `scripts/page-check` brings it.
        Err(_) if std::env::var_os("REQUIRE_BROWSER").is_none() => {
            eprintln!("left out, axe: there is no {}", path.display());
            return Ok(());
        }
        Err(error) => return Err(format!("{}: {error}", path.display()).into()),
    };
    let tab = stage.tab()?;
    let windows = [
        (false, 1280),
        (true, 1280),
        (false, 360),
        (true, 360),
        (true, 1700),
    ];
    for (dark, width) in windows {
        tab.dark(dark)?;
        tab.width(width)?;
        let look = format!("dark {dark}, {width} px");
        for page in pages() {
            tab.go(&stage.url(&page))?;
            examine(&tab, &axe, &format!("{page}, {look}"))?;
        }
        tab.go(&stage.url("/book/flash.html"))?;
        press(&tab, "flash/shown-once", "Play")?;
        says(&tab, "flash/shown-once", "All steps are sent.")?;
        press(&tab, "flash/one-slot", "Predict")?;
        press(&tab, "flash/shown-once", "Do it yourself")?;
        // Every turn opened, and its copies made.
        tab.run("for (const it of document.querySelectorAll('.turn')) it.open = true")?;
        tab.wait_for("return document.querySelectorAll('.copies').length > 3")?;
        examine(&tab, &axe, &format!("the opened page, {look}"))?;
        open_dock(&tab)?;
        tab.wait_for(&format!("return {TAKEN}.length >= 3"))?;
        tab.run("for (const it of document.querySelectorAll('#dock details')) it.open = true")?;
        tab.wait_for("return document.querySelectorAll('#dock .three').length >= 3")?;
        examine(&tab, &axe, &format!("the live page, {look}"))?;
    }
    Ok(())
}
