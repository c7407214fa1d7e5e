//! How long a page takes to read, counted and not guessed. What a reader then tries
//! under "Your turn" comes on top.

use std::fmt::{self, Display, Formatter};

/// Words that are read in a minute. Readers of English silently take in some 240
/// (Brysbaert 2019, <https://doi.org/10.1016/j.jml.2019.104047>); this is a text that one
/// stops in.
const WORDS: usize = 200;
/// Seconds for a listing.
const LISTING: usize = 30;
/// Seconds for a turn of an exchange.
const TURN: usize = 12;

/// The most minutes of one page; a longer one is two.
pub const MOST: usize = 20;

/// What there is to read on a page.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Words outside of code and directives.
    pub words: usize,
    /// Listings that are included.
    pub listings: usize,
    /// Exchanges.
    pub exchanges: usize,
    /// Their turns in all.
    pub turns: usize,
}

impl Reading {
    /// Counts a line of a page, in a block of code or not.
    pub fn line(&mut self, line: &str, fenced: bool) {
        let line = line.trim();
        if line.starts_with("{{#include ") {
            self.listings += 1;
        } else if !fenced && !line.starts_with("{{#") && !line.starts_with("```") {
            self.words += line.split_whitespace().count();
        }
    }

    /// Counts an exchange of so many turns.
    pub fn exchange(&mut self, turns: usize) {
        self.exchanges += 1;
        self.turns += turns;
    }

    /// The minutes, rounded up.
    pub fn minutes(&self) -> usize {
        let seconds = self.words * 60 / WORDS;
        let seconds = seconds + self.listings * LISTING + self.turns * TURN;
        seconds.div_ceil(60)
    }
}

impl Display for Reading {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let count = |number: usize, what: &str| match number {
            0 => String::new(),
            1 => format!(", 1 {what}"),
            _ => format!(", {number} {what}s"),
        };
        write!(
            f,
            "{} minutes to read: {} words{}{}",
            self.minutes(),
            self.words,
            count(self.listings, "listing"),
            count(self.exchanges, "exchange"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_directives_are_no_words() {
        let mut reading = Reading::default();
        for (line, fenced) in [
            ("Two words", false),
            ("```sh", true),
            ("cargo run now", true),
            ("```", false),
            ("{{#include a.rs:b}}", true),
            ("{{#exchange a/b}}", false),
        ] {
            reading.line(line, fenced);
        }
        assert_eq!((reading.words, reading.listings), (2, 1));
    }

    #[test]
    fn a_begun_minute_counts() {
        let mut reading = Reading {
            words: 200,
            ..Reading::default()
        };
        assert_eq!(reading.minutes(), 1);
        reading.exchange(3);
        assert_eq!(
            reading.to_string(),
            "2 minutes to read: 200 words, 1 exchange"
        );
    }
}
