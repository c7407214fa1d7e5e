//! Values that are other ones each time: those that a server makes up and that a later
//! step sends back, as the `state` and the `code` of a login with OAuth, and the time and
//! the signature of a delivery that is signed when it is sent.

use std::fmt::{self, Display, Formatter};

/// The names under which a server gives them: in the query of a redirect, in a JSON text,
/// in what is sealed in a cookie; `inbox` after `/webhooks/` in a redirect's path.
const NAMES: [&str; 7] = [
    "access_token",
    "code",
    "code_challenge",
    "inbox",
    "refresh_token",
    "state",
    "verifier",
];

/// The unix seconds at which a step is sent.
pub const NOW: &str = "now";

/// The signature of a step that is a delivery, made when it is sent.
pub const SIGNATURE: &str = "signature";

/// All that can stand in a script.
fn places() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain([NOW, SIGNATURE])
}

fn place(name: &str) -> String {
    format!("{{{{{name}}}}}")
}

/// A shorter value is none that was made up: nobody could guess 16 characters.
const SHORTEST: usize = 16;

/// What servers have made up in one playing of a script, the newest last.
#[derive(Debug, Clone, Default)]
pub struct Fresh(Vec<(&'static str, String)>);

/// A name in a script whose value no answer has given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown(pub &'static str);

impl Display for Unknown {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "no answer before this step has given a `{}`", self.0)
    }
}

impl Fresh {
    /// Takes note of the values in the query of a `Location`, and of an inbox in its path.
    pub fn learn_from_location(&mut self, location: &str) {
        let location = location.split('#').next().unwrap_or_default();
        let (path, query) = location.split_once('?').unwrap_or((location, ""));
        if let Some((_, inbox)) = path.split_once("/webhooks/") {
            self.learn("inbox", inbox);
        }
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            self.learn(name, value);
        }
    }

    /// Takes note of the values in a JSON text: `"code":"…"`.
    pub fn learn_from_json(&mut self, text: &str) {
        for name in NAMES {
            let key = format!("\"{name}\"");
            for (at, _) in text.match_indices(&key) {
                let rest = text[at + key.len()..].trim_start();
                let value = rest
                    .strip_prefix(':')
                    .and_then(|rest| rest.trim_start().strip_prefix('"'))
                    .and_then(|rest| rest.split_once('"'));
                if let Some((value, _)) = value {
                    self.learn(name, value);
                }
            }
        }
    }

    /// Takes note of a value that the player has made itself, under `NOW` or `SIGNATURE`.
    pub fn give(&mut self, name: &'static str, value: String) {
        self.0.retain(|(_, old)| *old != value);
        self.0.push((name, value));
    }

    fn learn(&mut self, name: &str, value: &str) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let made_up = value.len() >= SHORTEST && value.bytes().all(plain);
        let known = NAMES.into_iter().find(|known| *known == name);
        if let (Some(name), true) = (known, made_up) {
            self.give(name, value.to_owned());
        }
    }

    /// The text with `{{code}}` and its kind as the newest such value.
    ///
    /// # Errors
    ///
    /// The first name that no answer has given a value.
    pub fn fill(&self, text: &str) -> Result<String, Unknown> {
        let mut filled = text.to_owned();
        for name in places() {
            let place = place(name);
            if !filled.contains(&place) {
                continue;
            }
            let newest = self.0.iter().rfind(|(known, _)| *known == name);
            let (_, value) = newest.ok_or(Unknown(name))?;
            filled = filled.replace(&place, value);
        }
        Ok(filled)
    }

    /// The text with such values as `{{code}}` and its kind: the other way round.
    pub fn shown(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for (name, value) in &self.0 {
            if shown.contains(value) {
                shown = shown.replace(value, &place(name));
            }
        }
        shown
    }
}

/// Whether the text has a place for such a value.
pub fn has_place(text: &str) -> bool {
    places().any(|name| text.contains(&place(name)))
}

/// Whether the text has a place for what the player makes itself.
pub fn is_signed(text: &str) -> bool {
    [NOW, SIGNATURE]
        .iter()
        .any(|name| text.contains(&place(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = "a-state-of-22-letters_";
    const CODE: &str = "c0decodec0decodec0de";

    fn fresh() -> Fresh {
        let mut fresh = Fresh::default();
        fresh.learn_from_location(&format!("http://a/b?code={CODE}&state={STATE}#x"));
        fresh
    }

    #[test]
    fn what_a_redirect_gives_is_shown_by_its_name_and_filled_in_again() {
        let sent = format!("/callback?code={CODE}&state={STATE}");
        let shown = "/callback?code={{code}}&state={{state}}";
        assert_eq!(fresh().shown(&sent), shown);
        assert_eq!(fresh().fill(shown), Ok(sent));
    }

    #[test]
    fn a_json_text_gives_them_too_with_and_without_spaces() {
        let mut fresh = Fresh::default();
        fresh.learn_from_json(&format!(
            "{{\"verifier\":\"{STATE}\", \"code\" : \"{CODE}\"}}"
        ));
        let filled = fresh.fill("{{verifier}} {{code}}");
        assert_eq!(filled, Ok(format!("{STATE} {CODE}")));
    }

    #[test]
    fn the_newest_is_filled_in_and_the_older_ones_are_still_shown_by_name() {
        let mut fresh = fresh();
        fresh.learn_from_location("/?state=another-state-of-letters");
        let filled = fresh.fill("{{state}}");
        assert_eq!(filled.as_deref(), Ok("another-state-of-letters"));
        assert_eq!(fresh.shown(STATE), "{{state}}");
    }

    #[test]
    fn a_name_without_a_value_is_an_error_and_other_braces_are_text() {
        let unknown = fresh().fill("{{verifier}}");
        assert_eq!(unknown, Err(Unknown("verifier")));
        assert_eq!(
            fresh().fill("{{ code }} {{x}}"),
            Ok("{{ code }} {{x}}".into())
        );
    }

    #[test]
    fn an_inbox_has_its_name_in_a_redirects_path() {
        let mut fresh = Fresh::default();
        fresh.learn_from_location("/webhooks/ada");
        fresh.learn_from_location("http://server/webhooks/bm9ib2R5LWd1ZXNzZXM#top");
        let shown = fresh.shown("ada bm9ib2R5LWd1ZXNzZXM");
        assert_eq!(shown, "ada {{inbox}}");
    }

    #[test]
    fn a_short_value_and_one_under_another_name_are_not_made_up() {
        let mut fresh = Fresh::default();
        fresh.learn_from_location("/?state=forged&scope=user-read-private-and-more");
        assert_eq!(
            fresh.shown("forged user-read-private-and-more"),
            "forged user-read-private-and-more"
        );
    }
}
