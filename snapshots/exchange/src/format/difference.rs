//! In what a live turn is not as its pin.

use super::transcript::{Note, Response, Turn};

/// One thing in which a live turn is not as the pin has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference<'a> {
    /// The status, or the reason after it.
    Status {
        /// As the pin has it.
        pinned: (u16, &'a str),
        /// As it came.
        live: (u16, &'a str),
    },
    /// A header line that only one of the two has.
    Header {
        /// Whether a request or an answer has it.
        message: Message,
        /// Who has it.
        only: Side,
        /// Its name and its value.
        line: (String, String),
    },
    /// The first line in which the bodies of the answers differ.
    Body {
        /// Counted from 1.
        line: usize,
        /// As the pin has it; none after its last.
        pinned: Option<&'a str>,
        /// As it came; none after the last.
        live: Option<&'a str>,
    },
    /// What the browser does with the answer.
    Notes {
        /// With the pin.
        pinned: &'a [Note],
        /// With what came.
        live: &'a [Note],
    },
}

/// One of a turn's two messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Message {
    Request,
    Answer,
}

/// One of two turns that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Side {
    Pin,
    Live,
}

/// Where the two turns differ, in the order in which it happens. Of the requests,
/// which are made from one script, only the headers can.
pub fn of_turns<'a>(pin: &'a Turn, live: &'a Turn) -> Vec<Difference<'a>> {
    let (pinned, came) = (&pin.request.headers, &live.request.headers);
    let mut found = of_headers(Message::Request, pinned.clone(), came.clone());
    found.extend(of_answers(&pin.response, &live.response));
    found
}

/// Where the two answers differ. White space at the end of a body is no
/// difference: insta doesn't keep it.
pub fn of_answers<'a>(pin: &'a Response, live: &'a Response) -> Vec<Difference<'a>> {
    let status = status(pin, live);
    let headers = of_headers(Message::Answer, pin.lines(), live.lines());
    let rest = [body(pin, live), notes(pin, live)];
    let found = status.into_iter().chain(headers);
    found.chain(rest.into_iter().flatten()).collect()
}

fn status<'a>(pin: &'a Response, live: &'a Response) -> Option<Difference<'a>> {
    let of = |response: &'a Response| (response.status, &*response.reason);
    let (pinned, live) = (of(pin), of(live));
    (pinned != live).then_some(Difference::Status { pinned, live })
}

/// The lines that one has more often than the other.
fn of_headers<'a>(
    message: Message,
    pinned: Vec<(String, String)>,
    live: Vec<(String, String)>,
) -> Vec<Difference<'a>> {
    let rest = |of: &[(String, String)], without: &[(String, String)]| {
        let mut rest = of.to_vec();
        for line in without {
            if let Some(at) = rest.iter().position(|other| other == line) {
                rest.remove(at);
            }
        }
        rest
    };
    let (only_pinned, only_live) = (rest(&pinned, &live), rest(&live, &pinned));
    let header = |only: Side| {
        move |line| Difference::Header {
            message,
            only,
            line,
        }
    };
    let found = only_pinned.into_iter().map(header(Side::Pin));
    found
        .chain(only_live.into_iter().map(header(Side::Live)))
        .collect()
}

fn body<'a>(pin: &'a Response, live: &'a Response) -> Option<Difference<'a>> {
    let mut pinned = pin.body.trim_end().lines();
    let mut lives = live.body.trim_end().lines();
    for line in 1.. {
        match (pinned.next(), lives.next()) {
            (None, None) => break,
            (pinned, live) if pinned == live => {}
            (pinned, live) => {
                return Some(Difference::Body { line, pinned, live });
            }
        }
    }
    None
}

/// Compared as they are written: a pin has been read from its text.
fn notes<'a>(pin: &'a Response, live: &'a Response) -> Option<Difference<'a>> {
    let (pinned, live) = (&*pin.notes, &*live.notes);
    let written = |notes: &[Note]| -> Vec<String> {
        notes.iter().map(ToString::to_string).collect()
    };
    let differ = written(pinned) != written(live);
    differ.then_some(Difference::Notes { pinned, live })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::transcript::Transcript;

    fn turn(answer: &str) -> Turn {
        let text = format!("### A\n> GET /\n{answer}");
        Transcript::parse(&text).unwrap().turns.remove(0)
    }

    const PIN: &str =
        "< 200 OK\n< set-cookie: a=1\n< set-cookie: a=1\n* keeps a=1\n\nHello\nAda\n";

    #[test]
    fn a_turn_is_as_itself() {
        assert_eq!(of_turns(&turn(PIN), &turn(PIN)), []);
    }

    #[test]
    fn a_body_is_compared_to_its_first_line_that_differs() {
        let (pin, live) = (turn(PIN), turn(&PIN.replace("Ada", "Bob\nEve")));
        let found = of_turns(&pin, &live);
        let (pinned, live) = (Some("Ada"), Some("Bob"));
        assert_eq!(
            found,
            [Difference::Body {
                line: 2,
                pinned,
                live
            }]
        );
    }

    #[test]
    fn white_space_after_a_body_is_no_difference() {
        assert_eq!(of_turns(&turn(PIN), &turn(&format!("{PIN} \n"))), []);
    }

    #[test]
    fn a_line_that_comes_once_too_often_is_a_difference() {
        let (pin, live) =
            (turn(PIN), turn(&PIN.replacen("< set-cookie: a=1\n", "", 1)));
        let line = ("set-cookie".to_owned(), "a=1".to_owned());
        let (message, only) = (Message::Answer, Side::Pin);
        let found = of_turns(&pin, &live);
        assert_eq!(
            found,
            [Difference::Header {
                message,
                only,
                line
            }]
        );
    }

    #[test]
    fn another_reason_alone_is_a_difference() {
        let (pin, live) = (turn(PIN), turn(&PIN.replace("OK", "Fine")));
        let found = of_turns(&pin, &live);
        let (pinned, live) = ((200, "OK"), (200, "Fine"));
        assert_eq!(found, [Difference::Status { pinned, live }]);
    }

    #[test]
    fn what_the_browser_keeps_comes_last() {
        let (pin, live) = (turn(PIN), turn("< 404 Not Found\n* keeps nothing\n"));
        let found = of_turns(&pin, &live);
        let (pinned, live) = (&*pin.response.notes, &*live.response.notes);
        assert_eq!(found.len(), 5);
        assert_eq!(found.last(), Some(&Difference::Notes { pinned, live }));
    }
}
