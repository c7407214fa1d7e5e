//! The page itself: what it asks for and weighs, its search, where it opens, and an
//! exchange done by hand.

use crate::harness::chromium::Tab;
use crate::live::{press, same};
use crate::{Outcome, Stage, pages};
use libtest_mimic::Failed;
use serde_json::{Value, json};

/// A page's most requests, and its most bytes on the wire, for a first visit and for
/// one that has the style and the scripts already.
const REQUESTS: i64 = 10;
const FIRST: i64 = 100_000;
const LATER: i64 = 20_000;

/// The page's bytes with those of what it has asked for, and how many requests that
/// were; the wire's stream is left out, which never ends.
const WEIGHT: &str = "
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter(it => !it.name.includes('/companion/'));
    return [all.length, all.reduce((sum, it) => sum + it.transferSize, 0)]";

pub fn weight(stage: &mut Stage) -> Outcome {
    let book: Vec<String> = pages()
        .into_iter()
        .filter(|page| page.starts_with("/book/") && !page.contains("404"))
        .collect();
    let mut too_heavy = Vec::new();
    for page in &book {
        for (before, most) in [(None, FIRST), (Some("/book/404.html"), LATER)] {
            // A browser that was never here, or on another page of the book alone.
            let tab = stage.tab()?;
            if let Some(before) = before {
                tab.go(&stage.url(before))?;
            }
            tab.go(&stage.url(page))?;
            let found = tab.run(WEIGHT)?;
            let (requests, bytes) = (found[0].as_i64(), found[1].as_i64());
            if !requests.is_some_and(|requests| (1..=REQUESTS).contains(&requests))
                || !bytes.is_some_and(|bytes| (1..=most).contains(&bytes))
            {
                too_heavy.push(format!("{page} after {before:?}: {found} of {most}"));
            }
        }
    }
    match too_heavy.is_empty() {
        true => Ok(()),
        false => Err(too_heavy.join("\n").into()),
    }
}

/// How far what a reader sees has moved since the page began, and what moved.
const MOVED: &str = "
    const done = arguments[0];
    const what = it => `${it.node?.nodeName}.${it.node?.className}
        from ${it.previousRect.x},${it.previousRect.y} to ${it.currentRect.x},${it.currentRect.y}`;
    new PerformanceObserver(list => {
        const all = list.getEntries().filter(it => !it.hadRecentInput);
        done([all.reduce((sum, it) => sum + it.value, 0), all.flatMap(it => it.sources.map(what))]);
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done([0, []]), 400)";

pub fn steady(stage: &mut Stage) -> Outcome {
    for width in [1400, 360] {
        let tab = steady_tab(stage, width)?;
        for page in pages() {
            let url = stage.url(&page);
            if moved(&tab, &url)?.is_none() {
                continue;
            }
            // Under load Chromium has been seen to begin a page in letters a little narrower
            // than those it goes on with, once in some hundred runs. A page that moves by
            // itself does so in a new browser, too.
            if let Some(what) = moved(&steady_tab(stage, width)?, &url)? {
                return Err(format!("{page} at {width}: it moves: {what}").into());
            }
        }
    }
    Ok(())
}

/// A new browser of this width. The window itself moves a page when its size changes, and
/// that is not the page looked at.
fn steady_tab<'d>(stage: &'d Stage, width: u32) -> Result<Tab<'d>, Failed> {
    let tab = stage.tab()?;
    tab.width(width)?;
    tab.go(&stage.url("/book/404.html"))?;
    Ok(tab)
}

/// What moved while the page loaded: a hundredth is what an eye sees.
fn moved(tab: &Tab, url: &str) -> Result<Option<Value>, Failed> {
    tab.go(url)?;
    let moved = tab.run_later(MOVED)?;
    let seen = moved[0].as_f64().is_none_or(|sum| sum > 0.01);
    Ok(seen.then_some(moved))
}

pub fn search(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/session.html"))?;
    let loaded = "return performance.getEntriesByType('resource').filter(it => it.name.includes('search')).length";
    same(&tab.run(loaded)?, &json!(0))?;
    tab.press(&["s"])?;
    tab.wait_for("return document.activeElement.id === 'mdbook-searchbar'")?;
    tab.type_into("#mdbook-searchbar", "fixation")?;
    tab.wait_for(
        "return document.querySelectorAll('#mdbook-searchresults a').length > 0",
    )?;
    // What was found is marked on its page, where nobody has opened the search.
    tab.click("#mdbook-searchresults a")?;
    tab.wait_for("return document.querySelector('.content mark') !== null")?;
    same(&json!(tab.console()?), &json!([]))
}

pub fn place(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/"))?;
    same(&tab.run("return location.pathname")?, &json!("/book/"))?;
    tab.go(&stage.url("/book/session.html"))?;
    tab.run("document.getElementById('the-rule').scrollIntoView()")?;
    tab.go(&stage.url("/greet"))?;
    tab.go(&stage.url("/"))?;
    tab.wait_for(
        "return location.pathname + location.hash === '/book/session.html#the-rule'",
    )?;
    // The front page is still there for who asks for it.
    tab.go(&stage.url("/book/start.html"))?;
    same(
        &tab.run("return location.pathname")?,
        &json!("/book/start.html"),
    )
}

pub fn by_hand(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/set"))?;
    tab.go(&stage.url("/book/session.html"))?;
    let id = "session/remembered";
    press(&tab, id, "Do it yourself")?;
    let said = |words: &str| {
        tab.wait_for(&format!(
            "return document.querySelector('.by-hand:not([hidden]) [role=status]').textContent.includes({words:?})"
        ))
    };
    press(&tab, id, "Empty my jar, and begin")?;
    said("Your jar is empty. Step 1 is next.")?;
    // Each opens in a tab of its own; this one hears of it on the wire.
    for (step, words) in [
        (1, "Step 2 is next."),
        (2, "Step 4 is next."),
        (4, "Done. Your browser got each answer as it is pinned."),
    ] {
        tab.click(&format!(".by-hand:not([hidden]) li:nth-child({step}) a"))?;
        said(words)?;
    }
    let ticks = "return [...document.querySelectorAll('.by-hand .tick')].map(it => it.textContent)";
    same(
        &tab.run(ticks)?,
        &json!([
            "200, as pinned",
            "303, as pinned",
            "200, as pinned",
            "200, as pinned"
        ]),
    )
}

/// A browser would take the message on the page that the first answer leads to.
pub fn a_hop_left_out(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/flash.html"))?;
    let buttons = "return ['shown-once', 'waits-to-be-shown'].map(name => [...document.querySelectorAll(\
        `[id=\"exchange-flash-${name}\"] button`)].some(it => it.textContent === 'Do it yourself'))";
    same(&tab.run(buttons)?, &json!([true, false]))
}

pub fn form_by_hand(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/flash.html"))?;
    let id = "flash/shown-once";
    press(&tab, id, "Do it yourself")?;
    press(&tab, id, "Empty my jar, and begin")?;
    tab.wait_for("return document.querySelector('.by-hand:not([hidden]) [role=status]').textContent.includes('Step 1')")?;
    press(&tab, id, "POST /save")?;
    tab.wait_for("return document.querySelectorAll('.by-hand .tick').length === 2")?;
    // The wire leads to the turn on the page.
    crate::live::open_dock(&tab)?;
    tab.run("document.querySelector('#dock details').open = true")?;
    tab.wait_for(
        "return document.querySelector('#dock a[href=\"#exchange-flash-shown-once-2\"]') !== null",
    )?;
    Ok(())
}

pub fn scene(stage: &mut Stage) -> Outcome {
    let tab = stage.tab()?;
    tab.go(&stage.url("/book/"))?;
    let said = "return [...document.querySelectorAll('.scene .says')].map(it => it.textContent)";
    same(
        &tab.run(said)?,
        &json!(["Hello, Ada!", "Hello, stranger!", "Hello, Ada!"]),
    )?;
    // Who asks for no motion sees all of it at once.
    let seen = "return [...document.querySelectorAll('.scene .step > *')]
        .every(it => getComputedStyle(it).opacity === '1')";
    same(&tab.run(seen)?, &json!(true))?;
    tab.motion()?;
    tab.reload()?;
    same(&tab.run(seen)?, &json!(false))?;
    // It is had at once, and again.
    let button = "return document.querySelector('.scene > button').textContent";
    same(&tab.run(button)?, &json!("Show all"))?;
    tab.click(".scene > button")?;
    same(&tab.run(seen)?, &json!(true))?;
    tab.wait_for(&format!("{button} === 'Play again'"))?;
    tab.click(".scene > button")?;
    same(&tab.run(seen)?, &json!(false))?;
    tab.wait_for(seen)?;
    Ok(tab.wait_for(&format!("{button} === 'Play again'"))?)
}
