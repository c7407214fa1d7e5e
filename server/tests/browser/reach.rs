//! What a reader sees and reaches: on a phone, with a keyboard alone, at a glance.

use crate::live::{open_dock, press, same, says};
use crate::{Outcome, Stage, pages};
use serde_json::json;

use crate::harness::chromium::Tab;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const SPACE: &str = " ";

/// Whether the table of contents is seen, with the page's own name in it.
const CONTENTS: &str = "
    const link = document.querySelector('#mdbook-sidebar .chapter a.active');
    const box = link.getBoundingClientRect();
    return link.checkVisibility() && box.width > 0 && box.left >= 0 && box.right <= innerWidth";

pub fn contents(stage: &mut Stage) -> Outcome {
    for width in [360, 500, 1000, 1400] {
        let tab = stage.tab()?;
        tab.width(width)?;
        tab.go(&stage.url("/book/session.html"))?;
        if width >= 1080 {
            same(&tab.run(CONTENTS)?, &json!(true))?;
            tab.click("#mdbook-sidebar-toggle")?;
            // Closed once, it stays so on the next page, and opens there.
            tab.go(&stage.url("/book/flash.html"))?;
        }
        same(&tab.run(CONTENTS)?, &json!(false))?;
        tab.click("#mdbook-sidebar-toggle")?;
        same(&tab.run(CONTENTS)?, &json!(true))
            .map_err(|error| format!("{width} px: {error:?}"))?;
        tab.press(&[ESCAPE])?;
        same(&tab.run(CONTENTS)?, &json!(false))?;
    }
    // By key it opens where the reader is, and leads on from there.
    let tab = stage.tab()?;
    tab.width(360)?;
    tab.go(&stage.url("/book/session.html"))?;
    let focus =
        "return document.activeElement?.matches('#mdbook-sidebar-toggle') === true";
    for _ in 0..10 {
        if tab.run(focus)? != json!(true) {
            tab.press(&[TAB])?;
        }
    }
    same(&tab.run(focus)?, &json!(true))?;
    tab.press(&[ENTER])?;
    let here =
        "return document.activeElement?.textContent.includes('The session') === true";
    same(&tab.run(here)?, &json!(true))?;
    tab.press(&[ESCAPE])?;
    same(&tab.run(focus)?, &json!(true))?;
    // A link to a heading of the page leaves the page to be read.
    tab.press(&[ENTER])?;
    tab.click("#mdbook-sidebar a[href$='#the-rule']")?;
    same(&tab.run(CONTENTS)?, &json!(false))
}

/// The focused thing of an exchange, where a bar is upon it.
const UNDER: &str = "
    const it = document.activeElement;
    if (!it?.closest('.exchange ol')) return '';
    const box = it.getBoundingClientRect();
    const bars = [it.closest('.exchange').querySelector('.controls'), document.querySelector('.dock-toggle')];
    const under = bars.some(bar => {
        const top = bar.getBoundingClientRect().top;
        return box.bottom > top + 1 && box.top < bar.getBoundingClientRect().bottom;
    });
    return under ? it.outerHTML.slice(0, 200) : ''";

pub fn clear_focus(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    for width in [1400, 360] {
        tab.width(width)?;
        tab.go(&stage.url("/book/session.html"))?;
        tab.run("document.querySelector('main').tabIndex = -1; document.querySelector('main').focus()")?;
        let mut turns = 0;
        for _ in 0..90 {
            tab.press(&[TAB])?;
            let there =
                "return document.activeElement?.matches('.turn > summary') === true";
            turns += i32::from(tab.run(there)? == json!(true));
            same(&tab.run(UNDER)?, &json!(""))?;
        }
        if turns < 10 {
            return Err(format!("{turns} turns were reached at {width} px").into());
        }
    }
    Ok(())
}

pub fn small_bars(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.width(360)?;
    tab.go(&stage.url("/book/oauth.html"))?;
    let id = "oauth/round-trip";
    press(&tab, id, "Send GET /music/connect")?;
    says(&tab, id, "Step 1: as pinned.")?;
    // Less than a fifth of the window, with a long button and words in the bar.
    let bars = "let it = document.querySelector('[data-exchange=\"oauth/round-trip\"] .primary');
        while (getComputedStyle(it).position !== 'sticky') it = it.parentElement;
        return innerHeight - Math.round(it.getBoundingClientRect().top)";
    let height = tab.run(bars)?;
    match height.as_i64().is_some_and(|height| height < 740 / 5) {
        true => Ok(()),
        false => Err(format!("the bars take {height} of 740").into()),
    }
}

pub fn play_stops(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.motion()?;
    let id = "secret-key/another-key";
    let rest = || std::thread::sleep(std::time::Duration::from_millis(1500));
    let ticks = "return document.querySelectorAll('[data-exchange=\"secret-key/another-key\"] .tick').length";
    tab.go(&stage.url("/book/secret-key.html"))?;
    tab.run(
        "[...document.querySelectorAll('[data-exchange=\"secret-key/another-key\"] button')]
            .find(it => it.textContent === 'Play').focus()",
    )?;
    // The key that starts it stops it, and does not start it again.
    for (key, step) in [(SPACE, 1), (ENTER, 2)] {
        tab.press(&[key])?;
        says(&tab, id, &format!("Step {step}: as pinned."))?;
        tab.press(&[key])?;
        says(&tab, id, &format!("Stopped after step {step}."))?;
        rest();
        same(&tab.run(ticks)?, &json!(step))?;
    }
    // What was begun anew is not gone on with.
    press(&tab, id, "Play")?;
    says(&tab, id, "Step 3: as pinned.")?;
    press(&tab, id, "Start over")?;
    says(&tab, id, "The jar is empty.")?;
    rest();
    same(&tab.run(ticks)?, &json!(0))?;
    press(&tab, id, "Play")?;
    press(&tab, id, "Start over")?;
    rest();
    same(&tab.run(ticks)?, &json!(0))?;
    // And it can be played, to its end.
    press(&tab, id, "Play")?;
    says(&tab, id, "Each answer is as pinned.")?;
    // While answers are to be predicted, no other button gives them away.
    press(&tab, id, "Predict")?;
    let shown = tab.texts(
        "return [...document.querySelectorAll('[data-exchange=\"secret-key/another-key\"] button')]
            .filter(it => it.checkVisibility() && /^(Send|Play)/.test(it.textContent))
            .map(it => it.textContent.replace(/.*, /, ''))",
    )?;
    same(&json!(shown), &json!(["and see"]))
}

pub fn tables(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    let tables = [
        "flask-to-rocket",
        "redirects",
        "cookie-line-sites",
        "classroom",
    ];
    for page in tables {
        // On a phone each cell is in the window, and says of which column it is.
        tab.width(360)?;
        tab.go(&stage.url(&format!("/book/{page}.html")))?;
        let cut = tab.texts(
            "return [...document.querySelectorAll('td')].filter(it => it.checkVisibility())
                .filter(it => {
                    const box = it.getBoundingClientRect();
                    return box.left < 0 || box.right > innerWidth || !it.dataset.head
                        || it.scrollWidth > it.clientWidth;
                }).map(it => it.outerHTML)",
        )?;
        same(&json!(cut), &json!([])).map_err(|error| format!("{page}: {error:?}"))?;
        // On a laptop all of it is.
        tab.width(1400)?;
        let over = "return [...document.querySelectorAll('.table-wrapper')]
            .reduce((most, it) => Math.max(most, it.scrollWidth - it.clientWidth), 0)";
        same(&tab.run(over)?, &json!(0))
            .map_err(|error| format!("{page}: {error:?}"))?;
    }
    // Between them it scrolls, by key too, and shows it.
    tab.go(&stage.url("/book/flask-to-rocket.html"))?;
    tab.width(700)?;
    let is = |wanted: &str| {
        tab.wait_for(&format!(
            "const it = document.querySelector('.table-wrapper');
             return `${{it.tabIndex}} ${{it.classList.contains('more')}}` === {wanted:?}"
        ))
    };
    is("0 true")?;
    tab.run("document.querySelector('.table-wrapper').scrollLeft = 9999")?;
    is("0 false")?;
    tab.width(1400)?;
    Ok(is("-1 false")?)
}

/// The messages whose words do not stand at their sender's line, and the parties whose
/// names run into each other.
fn crooked(tab: &Tab) -> Result<Vec<String>, String> {
    tab.texts(
        "const off = [...document.querySelectorAll('figure:is(.of-3, .of-4) span.message')]
            .filter(it => it.checkVisibility()).filter(it => {
                const words = it.querySelector('.words').getBoundingClientRect();
                const shaft = it.querySelector('.shaft').getBoundingClientRect();
                const away = it.classList.contains('back')
                    ? shaft.right - words.right : words.left - shaft.left;
                return Math.abs(away) > 3;
            }).map(it => it.textContent);
         const names = [...document.querySelectorAll('.actors')].filter(it => it.checkVisibility())
            .filter(it => {
                const range = document.createRange();
                const boxes = [...it.children].map(name => {
                    range.selectNodeContents(name);
                    return range.getBoundingClientRect();
                });
                return boxes.some((box, index) => index && box.left < boxes[index - 1].right + 2);
            }).map(it => it.textContent);
         return innerWidth < 600 ? names : [...off, ...names]",
    )
}

pub fn words_at_the_line(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    for width in [1400, 360] {
        tab.width(width)?;
        for page in pages() {
            tab.go(&stage.url(&page))?;
            let crooked = crooked(&tab)?;
            same(&json!(crooked), &json!([]))
                .map_err(|error| format!("{page}, {width} px: {error:?}"))?;
        }
    }
    Ok(())
}

pub fn new_on_the_wire(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    let badge = "return document.querySelector('.dock-toggle').textContent";
    let is = |wanted: &str| tab.wait_for(&format!("{badge} === {wanted:?}"));
    // What came before the first visit is there, and not new.
    tab.go(&stage.url("/greet"))?;
    tab.go(&stage.url("/book/session.html"))?;
    press(&tab, "session/remembered", "Send GET /greet")?;
    is("The wire (1 new)")?;
    open_dock(&tab)?;
    tab.wait_for("return document.querySelectorAll('#dock details').length === 2")?;
    tab.press(&[ESCAPE])?;
    is("The wire")?;
    // Read is read, on the next page as well.
    tab.go(&stage.url("/book/flash.html"))?;
    press(&tab, "flash/shown-once", "Send POST /save")?;
    is("The wire (1 new)")?;
    open_dock(&tab)?;
    tab.wait_for("return document.querySelectorAll('#dock details').length === 3")?;
    // No header that a lesson sends is said to be none of its own.
    tab.run(
        "for (const it of document.querySelectorAll('#dock details')) it.open = true",
    )?;
    tab.wait_for("return document.querySelectorAll('#dock .three').length === 3")?;
    let untold = tab.texts(
        "return [...document.querySelectorAll('#dock .came li')].map(it => it.textContent)
            .filter(it => /lessons (neither|don)|doesn’t tell/.test(it))",
    )?;
    same(&json!(untold), &json!([]))?;
    // A page is called what the table of contents calls it.
    let text = tab.text("#dock .came")?;
    match text.contains("See “When a login ends”") {
        true => Ok(()),
        false => Err(text.into()),
    }
}

pub fn short_button(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.width(360)?;
    tab.go(&stage.url("/book/post-redirect-get.html"))?;
    let id = "post-redirect-get/does-not-fit";
    press(&tab, id, "Do it yourself")?;
    let buttons = tab.texts(
        "return [...document.querySelectorAll('.by-hand:not([hidden]) form button')].map(it => it.textContent)",
    )?;
    let long = buttons
        .iter()
        .find(|text| text.ends_with("… (2000 letters)"));
    match long.is_some_and(|text| text.len() < 60) {
        true => {}
        false => return Err(format!("{buttons:?}").into()),
    }
    // What is sent is all of it.
    let sent = "return Math.max(...[...document.querySelectorAll('.by-hand input')].map(it => it.value.length))";
    same(&tab.run(sent)?, &json!(2000))
}

pub fn out_of_the_frame(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/webhooks.html"))?;
    let frame = "return document.querySelector('.lab iframe').checkVisibility()";
    same(&tab.run(frame)?, &json!(false))?;
    // A form with an empty field is not sent.
    tab.run("document.querySelector('.lab [name=minutes]').value = ''")?;
    tab.click(".lab button")?;
    same(&tab.run(frame)?, &json!(false))?;
    // A refusal leads out of the frame.
    tab.run(
        "const field = document.querySelector('.lab [name=minutes]');
         field.value = '1'; field.removeAttribute('name')",
    )?;
    tab.click(".lab button")?;
    tab.wait_for(
        "const page = document.querySelector('.lab iframe').contentDocument;
         return page.querySelector('a[href=\"/book/\"]')?.target === '_top'",
    )?;
    same(&tab.run(frame)?, &json!(true))
}

pub fn beside_the_book(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/login.html"))?;
    tab.click("main a[href='/account/letters']")?;
    // The page is still there, and has heard of it.
    tab.wait_for(
        "return /new/.test(document.querySelector('.dock-toggle').textContent)",
    )?;
    same(
        &tab.run("return location.pathname")?,
        &json!("/book/login.html"),
    )?;
    // Without a script it is a link like any other.
    let plain = stage.driver.open(false)?;
    plain.go(&stage.url("/book/login.html"))?;
    plain.click("main a[href='/account/letters']")?;
    same(&json!(plain.text("h1")?), &json!("Log in"))
}
