//! What a server that the checker has started printed of one request, put with what is
//! wrong with its answer.

use crate::compare::Finding;
use crate::faults::Fault;
use exchange::format::script::{Step, own_origin};

/// What Rocket says of a failure, and what that means.
const MEANINGS: [(&str, &str); 1] = [(
    "Invalid URI used for redirect",
    "an address has no space in it, nor any other letter that is not an address's: uri! \
     writes them as it must",
)];

/// So many lines of a server say it.
const LINES: usize = 6;

/// Puts what the server printed before it failed with what failed: where, and why.
pub fn failure(said: &str, finding: &mut Finding) {
    if said.contains("not yet implemented") || said.contains("not implemented") {
        finding.fault = Fault::NotWritten;
    }
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    let meant = MEANINGS.iter().find(|(words, _)| said.contains(words));
    finding.note = meant.map(|(_, meaning)| (*meaning).to_owned());
    // From where it panicked, if it did: what comes before is the request's own.
    let lines: Vec<&str> = lines
        .filter(|line| !line.contains("RUST_BACKTRACE"))
        .collect();
    let from = lines.iter().position(|line| line.contains("panicked at"));
    let told = lines.iter().skip(from.unwrap_or(0));
    let told = told.take_while(|line| !line.starts_with("stack backtrace"));
    for line in told.take(LINES) {
        finding.actual += &format!("\n{}", line.trim());
    }
}

/// Puts which handler answered with what came: of two for one address it may be the other.
/// What the server asked itself meanwhile is another address.
pub fn handler(said: &str, step: &Step, finding: &mut Finding) {
    let first =
        |path: &str| path.split(['/', '?']).nth(1).unwrap_or_default().to_owned();
    let asked = first(&step.target);
    let is_of_it = |matched: &&str| {
        let route = matched.split_once(&format!("{} /", step.method));
        route.is_some_and(|(_, path)| {
            let own = first(&format!("/{path}"));
            own == asked || own.starts_with('<')
        })
    };
    let lines = said.lines().rev().map(str::trim);
    let mut matched = lines.filter_map(|line| line.strip_prefix(">> Matched: "));
    if let Some(matched) = matched.find(is_of_it) {
        finding.actual += &format!("\nRocket: Matched: {matched}");
    }
}

/// Puts what Rocket printed of a request that it refused with the refusal: whether a
/// handler was found for it, and what did not let it in.
pub fn refusal(said: &str, step: &Step, finding: &mut Finding) {
    let lines = said
        .lines()
        .filter_map(|line| line.trim().strip_prefix(">> "));
    let says_why = |line: &&str| {
        ["Matched", "No matching", "guard", "Outcome"]
            .iter()
            .any(|word| line.contains(word))
    };
    for line in lines.filter(says_why).take(LINES) {
        finding.actual += &format!("\nRocket: {line}");
    }
    let Some((done, what)) = stopped(said, finding) else {
        return;
    };
    let origin = step.header("origin");
    let is_own = origin.is_some_and(|origin| own_origin("origin", origin).is_some());
    let mut note = match what {
        // There is no question what to do with one of its own.
        What::Asked(_) if is_own => done,
        What::Asked(what) | What::Told(what) => format!("{done}: {what}"),
    };
    if is_own {
        note += ", and it is from a page of this server: Origin and Host name one host";
    }
    finding.note = Some(note);
}

/// What a guard should have done with a request.
enum What {
    /// It is one thing.
    Told(&'static str),
    /// It is one of two.
    Asked(&'static str),
}

/// What stopped the request, and what should be done with it, where guards did; their
/// route was found, so the fault is none of the address's.
fn stopped(said: &str, finding: &mut Finding) -> Option<(String, What)> {
    let expected = finding.expected.chars().next();
    let forwarding = guards(said, " is forwarding");
    if forwarding.is_empty() || !said.contains("No matching routes") {
        let failed = guards(said, " failed");
        let done = format!("{} ends the request with an error", failed.first()?);
        return Some(match expected {
            Some('2') => (done, What::Told("this one it should let in")),
            Some('3') => (
                done,
                What::Asked(
                    "should it let this one in, or hand it to another route, with Forward?",
                ),
            ),
            _ => return None,
        });
    }
    let guard = forwarding.join(" and ");
    let done = format!("{guard} forwards the request, and no other route takes it");
    if expected == Some('4') {
        let status = "a guard that refuses gives its status by itself, as \
                      Outcome::Error((Status::Forbidden, ()))";
        return Some((done, What::Told(status)));
    }
    finding.fault = Fault::Refused;
    Some(match (forwarding.len(), expected) {
        (1, Some('2')) => (done, What::Told("this request it should let in")),
        (1, _) => (
            done,
            What::Asked(
                "should it let this one in, or is another route missing in routes![]?",
            ),
        ),
        _ => (
            format!("{guard} both forward the request"),
            What::Told("one of them should take it"),
        ),
    })
}

/// The guards of which Rocket said this, in the order in which they were asked.
fn guards<'s>(said: &'s str, what: &str) -> Vec<&'s str> {
    let asked = said.split("Request guard `").skip(1);
    let found = asked.filter_map(|rest| {
        let (guard, rest) = rest.split_once('`')?;
        rest.starts_with(what).then_some(guard)
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use exchange::format::script::Script;

    fn step(origin: &str) -> Step {
        let script = format!("### T\nPOST /notes\n{origin}\n");
        Script::parse(&script).unwrap().steps.remove(0)
    }

    #[test]
    fn what_rocket_says_of_a_refused_request_stands_with_the_refusal() {
        let heard = |said: &str| {
            let mut finding = Finding::new(Fault::Missing, "200 OK", "404 Not Found");
            refusal(said, &step(""), &mut finding);
            finding.actual
        };
        let none = "GET /note:\n   >> No matching routes for GET /note.\n   \
                    >> No 404 catcher registered. Using Rocket default.\n   \
                    >> Response succeeded.\n";
        assert_eq!(
            heard(none),
            "404 Not Found\nRocket: No matching routes for GET /note."
        );
        let own = "GET /note:\n   >> Matched: (note) GET /note\n   \
                   >> Outcome: Error(404 Not Found)\n";
        assert_eq!(
            heard(own),
            "404 Not Found\nRocket: Matched: (note) GET /note\n\
             Rocket: Outcome: Error(404 Not Found)"
        );
        let away = "   >> Matched: (account) GET /account/<page>\n   \
                    >> Request guard `User` is forwarding.\n   \
                    >> Outcome: Forward(401 Unauthorized)\n   \
                    >> No matching routes for GET /account/letters.\n";
        for (expected, words) in [
            (
                "303 See Other",
                "takes it: should it let this one in, or is another",
            ),
            ("200 OK", "takes it: this request it should let in"),
        ] {
            let mut finding = Finding::new(Fault::Missing, expected, "404 Not Found");
            refusal(away, &step(""), &mut finding);
            assert_eq!(finding.fault, Fault::Refused);
            let note = finding.note.unwrap();
            assert!(note.starts_with("User forwards the request"), "{note}");
            assert!(note.contains(words), "{note}");
        }
        let both = away.replace(
            "No matching",
            "Matched: (stranger) GET /account/<_..>\n   >> Request guard `Stranger` is \
             forwarding.\n   >> No matching",
        );
        let mut finding = Finding::new(Fault::Missing, "200 OK", "404 Not Found");
        refusal(&both, &step(""), &mut finding);
        let note = finding.note.unwrap();
        assert!(note.starts_with("User and Stranger both forward"), "{note}");
        let mut finding =
            Finding::new(Fault::Missing, "403 Forbidden", "404 Not Found");
        refusal(away, &step(""), &mut finding);
        assert_eq!(finding.fault, Fault::Missing);
        assert!(finding.note.unwrap().contains("Outcome::Error"));
        let fails = "   >> Matched: (account) GET /account/<page>\n   \
                     >> Request guard `User` failed: ().\n   >> Outcome: Error(401)\n";
        let mut finding =
            Finding::new(Fault::Refused, "303 See Other", "401 Unauthorized");
        refusal(fails, &step(""), &mut finding);
        assert!(
            finding
                .note
                .unwrap()
                .contains("or hand it to another route")
        );
        // Another server's log is its own affair.
        assert_eq!(heard("\"GET /note HTTP/1.1\" 404 -\n"), "404 Not Found");
    }

    #[test]
    fn a_request_of_the_servers_own_page_is_told_as_that() {
        let said = "   >> Matched: (add) POST /notes\n   \
                    >> Request guard `OwnForm` failed: ().\n";
        let told = |origin: &str| {
            let mut finding =
                Finding::new(Fault::Refused, "303 See Other", "403 Forbidden");
            refusal(said, &step(&format!("Origin: {origin}")), &mut finding);
            finding.note.unwrap()
        };
        assert!(
            told("http://127.0.0.1:8000")
                .starts_with("OwnForm ends the request with an error, and it is from")
        );
        assert!(told("http://elsewhere.example").ends_with(
            ": should it let this one in, or hand it to another route, with Forward?"
        ));
    }

    #[test]
    fn which_handler_has_answered_stands_with_what_came() {
        let said = "POST /logout:\n   >> Matched: (log_out) POST /logout\n   \
                    >> Outcome: Forward(401)\n   >> Matched: (nobody) POST /logout\n   \
                    >> Outcome: Success(303 See Other)\n";
        let mut finding = Finding::new(Fault::OtherCookie, "removed", "in the jar");
        let script = Script::parse("### T\nPOST /logout\n").unwrap();
        handler(said, &script.steps[0], &mut finding);
        assert_eq!(
            finding.actual,
            "in the jar\nRocket: Matched: (nobody) POST /logout"
        );
        handler("GET / 200", &script.steps[0], &mut finding);
        let itself = "   >> Matched: (token) POST /provider/token\n";
        handler(itself, &script.steps[0], &mut finding);
        assert_eq!(finding.actual.lines().count(), 2);
    }

    #[test]
    fn an_address_that_rocket_refuses_is_told_as_that() {
        let said = "GET /first:\n   >> Matched: (first) GET /first\n\
                    Error: Invalid URI used for redirect.\n   >> Outcome: Success(500)\n";
        let mut finding = Finding::new(Fault::ServerError, "303 See Other", "500");
        failure(said, &mut finding);
        assert!(finding.note.unwrap().starts_with("an address has no space"));
    }
}
