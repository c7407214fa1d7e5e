//! Whether an answer says what the pin does: plain words, or a page's heading,
//! messages and items.

use super::brought::{brought, taken_by};
use super::{Compared, Verdict};
use crate::faults::Fault;
use exchange::format::cookie::Cookie;
use exchange::format::page::{self, Said, said, visible};
use exchange::format::percent::decode;
use exchange::format::script::Directive;
use exchange::format::transcript::{Response, Turn};
use exchange::play::redirect;

/// Whether a browser takes it for a page.
pub fn is_html(response: &Response) -> bool {
    let kind = response.header("content-type").unwrap_or_default();
    kind.to_ascii_lowercase().contains("html")
}

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (&compared.pin.response, &live.response);
    if is_html(was) {
        if !is_html(is) {
            let kind = |response: &Response| {
                format!(
                    "content-type: {}",
                    response.header("content-type").unwrap_or("none")
                )
            };
            verdict.find(Fault::NotAPage, kind(was), kind(is));
            return;
        }
        page(compared, live, verdict);
        return;
    }
    let wanted = line(&was.body);
    let came = words(is);
    // A stranger's markup, as it was written, in what a browser takes for a page.
    if is_html(is) && wanted.contains('<') && line(&is.body).contains(&wanted) {
        verdict.find(Fault::Unescaped, wanted, line(&is.body));
        return;
    }
    let says = match is_html(is) {
        true => came.contains(&wanted),
        false => came == wanted,
    };
    if !says {
        let fault = other_words(compared, live);
        let is_written_otherwise = letters(&wanted) == letters(&came);
        let note = match is_written_otherwise {
            true => None,
            // It may say what it says to those it doesn't know.
            false => {
                let is_unknown = fault == Fault::Forgotten
                    || compared.strangers.contains(&words(is));
                brought(compared, live, is_unknown)
                    .or_else(|| remembered(compared, &came, &wanted))
            }
        };
        verdict.find_with(fault, wanted, came, note);
    }
}

/// Where a name is from that nothing should remember, or a number that is the first.
fn remembered(compared: &Compared<'_>, said: &str, meant: &str) -> Option<String> {
    let nameless = |text: &str| text.replace(|char: char| char.is_ascii_digit(), "");
    let is_first =
        compared.before.is_empty() && compared.pin.request.cookies().is_empty();
    if is_first && nameless(said) == nameless(meant) {
        return Some(
            "the browser asks for the first time here: where does the count begin?"
                .to_owned(),
        );
    }
    let (at, turn, _) = who_said(compared, said, meant)?;
    let asked =
        |turn: &Turn| format!("{} {}", turn.request.method, turn.request.target);
    if !compared.pin.request.cookies().is_empty() {
        return None;
    }
    if says_stranger(compared.pin) {
        return Some(format!(
            "{} said that, and here it is forgotten",
            asked(turn)
        ));
    }
    let (since, other, name) = who_said(compared, meant, said)?;
    (since > at).then(|| format!("since then {} has said {name}", asked(other)))
}

/// What an answer says, however it is written.
pub fn words(response: &Response) -> String {
    match is_html(response) {
        true => visible(&response.body),
        false => line(&response.body),
    }
}

/// The same without a page's messages: what it says of itself.
pub fn words_but_messages(response: &Response) -> String {
    let mut words = words(response);
    if is_html(response) {
        let messages = of_kind(&said(&response.body), &["status", "alert"]);
        for message in messages {
            words = words.replace(&message, "");
        }
    }
    words
}

/// The letters and digits of a text alone: what is left when it is written in
/// another way.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(|char| char.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The text with runs of white space as one space.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What other words in an answer mean, by what was done before it. A cause is named
/// where the words prove it: not where they are the right ones in another writing,
/// or this server's own for those it does not know.
fn other_words(compared: &Compared<'_>, live: &Turn) -> Fault {
    let said = words(&live.response);
    let meant = words(&compared.pin.response);
    // Nor where a name is left out: nobody's is told.
    let is_nameless = letters(&said) == letters(&meant.replace("stranger", ""));
    if letters(&said) == letters(&meant)
        || is_nameless
        || compared.strangers.contains(&said)
    {
        return Fault::OtherWords;
    }
    let directives = &compared.step.directives;
    let is_forged = compared.step.header("cookie").is_some()
        || directives.iter().any(Directive::forges);
    let sent = |turn: &Turn| turn.request.header("cookie").is_some();
    // Of another browser's requests nothing is known here.
    let is_told_its_own = compared.step.browser().is_none()
        && who_said(compared, &said, &meant).is_some();
    match (is_forged, compared.step.browser()) {
        (true, _) if tells_more(&said, &meant) => Fault::Believed,
        (true, _) => Fault::OtherWords,
        // A write is answered with what was written, and not with what is known.
        (_, Some(_))
            if compared.step.method != "POST"
                && !sent(compared.pin)
                && tells_more(&said, &meant) =>
        {
            Fault::SharedByAll
        }
        _ if sent(compared.pin) && says_stranger(live) && !goes_on(&said, &meant) => {
            Fault::Forgotten
        }
        _ if !sent(compared.pin)
            && !sent(live)
            && !is_told_its_own
            && tells_more(&said, &meant)
            && says_stranger(compared.pin)
            // A first number is another one where a count begins elsewhere, too.
            && (tells_a_name(&said, &meant) || compared.strangers.contains(&meant))
            && !directives.iter().any(Directive::restarts) =>
        {
            Fault::SharedByAll
        }
        _ => Fault::OtherWords,
    }
}

/// Whether it has a name or a number that is not in what is meant, or has one more often:
/// somebody is told what they should not be.
pub(super) fn tells_more(said: &str, meant: &str) -> bool {
    /// Words that are written as a name is, and name nobody.
    const NOBODY: [&str; 6] =
        ["Guest", "Nobody", "None", "Nothing", "Somebody", "Stranger"];
    fn facts(text: &str) -> Vec<&str> {
        let words = text.split(|char: char| !char.is_alphanumeric());
        let is_fact = |word: &&str| {
            // "Hello", the first word, is in both.
            word.starts_with(|char: char| char.is_uppercase() || char.is_ascii_digit())
                && !NOBODY.contains(word)
        };
        words.filter(is_fact).collect()
    }
    let mut meant = facts(meant);
    facts(said).iter().any(|fact| {
        let known = meant.iter().position(|it| it == fact);
        known.map(|at| meant.swap_remove(at)).is_none()
    })
}

/// Whether a name is among what [`tells_more`].
fn tells_a_name(said: &str, meant: &str) -> bool {
    let nameless = |text: &str| text.replace(|char: char| char.is_ascii_digit(), "");
    tells_more(&nameless(said), &nameless(meant))
}

/// The last of the requests before that says a name which is in `here` and not in
/// `there`: the place of its answer, the answer, and the name.
fn who_said<'a>(
    compared: &Compared<'a>,
    here: &str,
    there: &str,
) -> Option<(usize, &'a Turn, String)> {
    let mut before = compared.before.iter().enumerate().rev();
    before.find_map(|(at, turn)| {
        let turn = turn.as_ref()?;
        let request = &turn.request;
        let said =
            decode(&format!("{} {}", request.target, request.body).replace('+', " "));
        let mut words = said.split(|char: char| !char.is_alphanumeric());
        let name = words.find(|word| {
            let is_name = word.starts_with(char::is_uppercase);
            is_name && here.contains(word) && !there.contains(word)
        })?;
        Some((at, turn, name.to_owned()))
    })
}

/// Whether it says the number that is pinned, from the second on: that is remembered.
fn goes_on(said: &str, meant: &str) -> bool {
    let number = |text: &str| -> Option<u32> {
        let digits = text.split(|char: char| !char.is_ascii_digit());
        digits.filter_map(|digits| digits.parse().ok()).next()
    };
    number(meant) > Some(1) && number(said) == number(meant)
}

/// The word for a browser that the server doesn't know.
pub(super) fn says_stranger(turn: &Turn) -> bool {
    turn.response.body.contains("stranger")
}

/// Texts of one kind of what a page says.
fn of_kind(said: &[Said], kinds: &[&str]) -> Vec<String> {
    let texts = said.iter().filter(|said| kinds.contains(&said.kind));
    texts.map(|said| said.text.clone()).collect()
}

fn list(texts: &[String]) -> String {
    match texts.is_empty() {
        true => "nothing".to_owned(),
        false => {
            let shown = texts.iter().map(|text| match text.trim() {
                "" => "(empty)",
                text => text,
            });
            shown.collect::<Vec<_>>().join(" · ")
        }
    }
}

/// Whether it is written as Rocket writes a message: its kind's length, a colon, the rest.
fn is_flash(cookie: &Cookie) -> bool {
    let text = cookie.value.to_string();
    let length = text.split_once(':').map(|(length, _)| length);
    length.is_some_and(|length| length.parse::<usize>().is_ok())
}

/// What became of a message that is not shown, by the cookie that the pin's page takes out
/// of the jar, where this server has one of that name, too.
fn where_it_is(
    compared: &Compared<'_>,
    live: &Turn,
    message: &[String],
) -> Option<String> {
    let shown = visible(&live.response.body);
    if message.iter().all(|text| shown.contains(text.as_str())) {
        let said =
            "the words are there, in no element with role=\"status\" or role=\"alert\"";
        return Some(said.to_owned());
    }
    let cookies = &compared.pin.response.cookies;
    let name = &cookies.iter().find(|set| set.removes())?.name;
    let mut sets = live.response.cookies.iter();
    let is_removed = sets.any(|set| set.name == *name && set.removes());
    let of_name = |turn: &Turn| {
        let mut brought = turn.request.cookies().into_iter();
        brought.rfind(|cookie| cookie.name == *name)
    };
    Some(match (of_name(live), of_name(compared.pin)) {
        (None, _) => match taken_by(compared, |taken| taken == name) {
            Some(taken) => taken,
            None if compared.is_project => {
                format!("no answer before has set {name}: in Rocket, `Flash` does")
            }
            None if live.request.cookies().is_empty() => {
                "the browser brought no cookie: no answer before has set one".to_owned()
            }
            None => return None,
        },
        // One that no guard of Rocket's can read.
        (Some(came), Some(wanted)) if is_flash(&wanted) && !is_flash(&came) => {
            format!("the browser brought {came}, and to the page's server {wanted}")
        }
        (Some(_), _) if is_removed => format!(
            "it was taken out of {name}, and did not reach the page: a guard let it go, or \
             the template calls it something else"
        ),
        (Some(_), _) => format!("{name} is still in the jar: nobody has read it"),
    })
}

fn page(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (said(&compared.pin.response.body), said(&live.response.body));
    let both = |kinds: &[&str]| (of_kind(&was, kinds), of_kind(&is, kinds));

    let (wanted, came) = both(&["heading"]);
    if wanted != came {
        // In other words it is the author's own page; in those of another page, or
        // with nothing to say, it is another one.
        let is_another = came.iter().any(|text| compared.headings.contains(text));
        let mistake = compared
            .is_project
            .then(|| mistaken(compared, live, &wanted, &came))
            .flatten();
        match is_another || is.is_empty() || mistake.is_some() {
            true => verdict.find_with(
                Fault::OtherHeading,
                list(&wanted),
                list(&came),
                mistake,
            ),
            false => verdict.advice.push(format!(
                "The page's h1 is another one than the book's: {}, and there {}.",
                list(&came),
                list(&wanted)
            )),
        }
    }
    if verdict.is_well()
        && let Some((name, brought)) = somebody_elses(compared, live)
    {
        let note =
            format!("{name} is from {brought}, which the browser brought before");
        let (wanted, came) = both(&["heading"]);
        verdict.find_with(Fault::OtherWords, list(&wanted), list(&came), Some(note));
    }
    let (wanted, came) = both(&["status", "alert"]);
    // Markup that a stranger wrote, as it was written.
    let runs = |texts: &[String]| {
        let mut texts = texts.iter().filter(|text| text.contains('<'));
        texts.any(|text| live.response.body.contains(text.as_str()))
    };
    let fault = match (wanted.is_empty(), came.is_empty()) {
        _ if wanted == came => None,
        (true, _) => Some(Fault::MessageAgain),
        _ if runs(&wanted) => Some(Fault::Unescaped),
        (_, true) => Some(Fault::MessageLost),
        _ if came.iter().all(|text| wanted.contains(text)) => Some(Fault::OtherMessage),
        _ if came.len() > wanted.len() => Some(Fault::MessageAgain),
        _ => Some(Fault::OtherMessage),
    };
    if let Some(fault) = fault {
        let note = match fault {
            Fault::MessageLost => where_it_is(compared, live, &wanted),
            Fault::OtherMessage if came.len() > wanted.len() => {
                Some("the page says it more than once".to_owned())
            }
            Fault::OtherMessage => as_it_was_brought(compared, live),
            Fault::MessageAgain => where_it_was(compared, live, &came),
            _ => None,
        };
        verdict.find_with(fault, list(&wanted), list(&came), note);
    } else if both(&["status"]).0 != both(&["status"]).1 {
        verdict.advice.push(
            "The message has another role: status is for what went well, alert for what \
             needs the reader now."
                .to_owned(),
        );
    }
    let (wanted, came) = both(&["item"]);
    let is_none = wanted == [NONE] && is_placeholder(compared, &came);
    if compared.has_items && wanted != came && !is_none {
        let fault = match runs(&wanted) {
            true => Fault::Unescaped,
            false => Fault::OtherItems,
        };
        let note = match fault {
            Fault::Unescaped => None,
            _ => where_they_are(compared, live, &wanted, &came),
        };
        verdict.find_with(fault, list(&wanted), list(&came), note);
    }
    forms(compared, live, verdict);
}

/// A name on a page of a reader's project that is not on the pin's, and was in a sealed
/// cookie that the browser brought with a request before; with that cookie.
fn somebody_elses(compared: &Compared<'_>, live: &Turn) -> Option<(String, Cookie)> {
    if !compared.is_project {
        return None;
    }
    let names = |text: &str| -> Vec<String> {
        let words = text.split(|char: char| !char.is_alphabetic());
        let words = words.filter(|word| word.starts_with(char::is_uppercase));
        words.map(str::to_owned).collect()
    };
    let meant = names(&visible(&compared.pin.response.body));
    let said = names(&visible(&live.response.body));
    let before = compared.before.iter().flatten();
    let brought = before.flat_map(|turn| turn.request.cookies());
    let mut sealed = brought.filter(|cookie| cookie.value.is_sealed());
    sealed.find_map(|cookie| {
        let mut names = names(&cookie.value.to_string()).into_iter();
        let name = names.find(|name| said.contains(name) && !meant.contains(name))?;
        Some((name, cookie))
    })
}

/// What was not chosen by who wrote the heading: the page's own words in another order or
/// with other capitals, or an `'s` without what stands beside it.
fn mistaken(
    compared: &Compared<'_>,
    live: &Turn,
    wanted: &[String],
    came: &[String],
) -> Option<String> {
    let (wanted, came) = (wanted.join(" "), came.join(" "));
    let lacks = |text: &str| text.starts_with("'s") || text.ends_with("'s");
    if lacks(&came) && !lacks(&wanted) {
        let words = "a word is missing: does the template call it something else?";
        return Some(words.to_owned());
    }
    let capitals = |text: &str| text.chars().filter(|char| char.is_uppercase()).count();
    if wanted.to_lowercase() == came.to_lowercase() {
        // All in capitals is a way to write.
        return (capitals(&came) < capitals(&wanted)).then(|| {
            let brought = brought(compared, live, false);
            brought.unwrap_or_else(|| "without its capitals".to_owned())
        });
    }
    let words = |text: &str| {
        let text = text.to_lowercase().replace("'s", "");
        let mut words: Vec<String> =
            text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    (words(&wanted) == words(&came)).then(|| "its words, in another order".to_owned())
}

/// What the page's forms send along by themselves, and where they lead.
fn forms(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (
        page::forms(&compared.pin.response.body),
        page::forms(&live.response.body),
    );
    // A form may lead to an address that has it, or to this one, which does.
    let is_in_the_address = |value: &str| {
        let mut leads = is.leads.iter();
        leads.any(|(_, address)| match address.is_empty() {
            true => decode(&live.request.target).contains(value),
            false => decode(address).contains(value),
        })
    };
    let is_lost = |(name, value): &&(String, String)| {
        let is_sent = is.hidden.iter().any(|it| it.0 == *name && it.1 == *value);
        !value.is_empty() && !is_sent && !is_in_the_address(value)
    };
    let field = |(name, value): &(String, String)| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    };
    if let Some(lost) = was.hidden.iter().find(is_lost) {
        let came = is.hidden.iter().find(|it| it.0 == lost.0);
        let came = came.map_or_else(|| format!("no hidden {}", lost.0), field);
        // A session may have it, where this answer writes one.
        match compared.is_project || live.response.sets().next().is_none() {
            true => verdict.find(Fault::FieldLost, field(lost), came),
            false => verdict
                .advice
                .push(format!("No form of this page sends {} along.", field(lost))),
        }
    }
    if !compared.is_project {
        return;
    }
    let path = |turn: &Turn, address: &str| {
        let url = redirect::resolve(address, &turn.request.target);
        url.split('?').next().unwrap_or_default().to_owned()
    };
    let writes = |forms: &page::Forms, turn: &Turn| -> Vec<String> {
        let leads = forms.leads.iter().filter(|(method, _)| method == "POST");
        leads.map(|(_, address)| path(turn, address)).collect()
    };
    for name in &was.fields {
        if !is.fields.contains(name) {
            verdict.advice.push(format!(
                "No form of this page has a field named {name}, which the page's has."
            ));
        }
    }
    let leads = writes(&is, live);
    for wanted in writes(&was, compared.pin) {
        if !leads.contains(&wanted) {
            verdict.advice.push(format!(
                "No form or button of this page sends a POST to {wanted}, so a reader with a \
                 browser alone can't."
            ));
        }
    }
}

/// What the book's pages say where a list has nothing in it.
const NONE: &str = "There are none yet.";

/// Whether a list has nothing in it, or some words for that: what nobody has sent.
fn is_placeholder(compared: &Compared<'_>, came: &[String]) -> bool {
    let bodies = compared.before.iter().flatten();
    let mut bodies = bodies.map(|turn| decode(&turn.request.body.replace('+', " ")));
    match came {
        [] => true,
        [one] => !one.trim().is_empty() && !bodies.any(|body| body.contains(one)),
        _ => false,
    }
}

/// What is known of items that a page does not show, or shows otherwise.
fn where_they_are(
    compared: &Compared<'_>,
    live: &Turn,
    wanted: &[String],
    came: &[String],
) -> Option<String> {
    let shown = visible(&live.response.body);
    let is_outside = |text: &String| {
        shown.contains(text.as_str()) && !came.iter().any(|item| item.contains(text))
    };
    if wanted != [NONE] && wanted.iter().all(is_outside) {
        return Some("the words are there, in no <li> of their own".to_owned());
    }
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort();
        texts
    };
    if sorted(wanted) == sorted(came) {
        return Some("the same, in another order".to_owned());
    }
    let is_sealed = |cookie: &&Cookie| cookie.value.is_sealed();
    let mut kept = compared.pin.response.kept().filter(is_sealed);
    let is_kept = |cookie: &&Cookie| live.response.keeps(&cookie.name) == Some(cookie);
    // In a cookie of another name, too, they are all that this answer should show.
    let has_all = |cookie: &&Cookie| {
        let text = cookie.value.to_string();
        let mut wanted = wanted.iter();
        compared.is_project && wanted.all(|item| text.contains(item.as_str()))
    };
    let others = || live.response.kept().find(has_all);
    match kept.find(is_kept).or_else(others) {
        Some(cookie) => Some(format!(
            "the jar has {cookie}, as it should: what does this answer show of it, and is it made \
             before or after?"
        )),
        None => brought(compared, live, false),
    }
}

/// The message of the page's that came to the handler, where the page shows another.
fn as_it_was_brought(compared: &Compared<'_>, live: &Turn) -> Option<String> {
    let wanted = compared.pin.request.cookies();
    let mut messages = wanted.iter().filter(|cookie| is_flash(cookie));
    let came = live.request.cookies();
    let message = messages.find(|message| came.contains(message))?;
    Some(format!(
        "the browser brought {message}, as it should: what does the page print of it?"
    ))
}

/// Where a message was until now that should not be shown, by the cookies that came.
fn where_it_was(
    compared: &Compared<'_>,
    live: &Turn,
    shown: &[String],
) -> Option<String> {
    let brought = live.request.cookies().into_iter();
    let has_it = |cookie: &Cookie| {
        let text = cookie.value.to_string();
        shown.iter().any(|shown| text.contains(shown.as_str()))
    };
    let mut having = brought.filter(has_it);
    let Cookie { name, .. } = having.next()?;
    if live.response.sets().any(|set| set.name == name) {
        return Some(format!("this answer reads {name}, and sets it anew"));
    }
    if live.response.keeps(&name).is_some() {
        return Some(format!(
            "{name} has it, and is still in the jar: no answer has taken it out"
        ));
    }
    let mut before = compared.before.iter().flatten();
    let sets = |turn: &&Turn| turn.response.sets().any(|set| set.name == name);
    let turn = before.rfind(sets)?;
    Some(format!(
        "it was in {name}, which the answer to {} {} has set",
        turn.request.method, turn.request.target
    ))
}
