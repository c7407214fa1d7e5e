//! The key that seals: what it protects, and where it comes from.

use rocket::figment::Figment;
use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{Route, get, routes, uri};
use std::env;
use std::fmt::{self, Display, Formatter};

// ANCHOR: seal
#[get("/seal")]
fn seal(cookies: &CookieJar<'_>) -> Redirect {
    cookies.add(("plain", "Ada"));
    cookies.add_private(("sealed", "Ada"));
    Redirect::to(uri!(open))
}

#[get("/open")]
fn open(cookies: &CookieJar<'_>) -> String {
    let plain = cookies.get("plain").map(|cookie| cookie.value());
    let sealed = cookies.get_private("sealed");
    let sealed = sealed.as_ref().map(|cookie| cookie.value());
    format!(
        "The plain cookie says {}. The sealed cookie says {}.",
        plain.unwrap_or("nothing"),
        sealed.unwrap_or("nothing"),
    )
}
// ANCHOR_END: seal

/// Seals cookies where no key is set, in debug builds only. Everyone has it.
pub const DEV_KEY: &str =
    "a key for this machine only, known to everyone who reads the book";

/// Keys that stand in a public text. Whoever has the key can write the session.
const PUBLISHED: [&str; 2] = [DEV_KEY, "hPRYyVRiMyxpw5sBB1XeCMN1kFsDCqKvBi2QJxBVHQk="];

// ANCHOR: key
/// Turns the text of `SECRET_KEY` into Rocket's `secret_key`.
pub fn secret_key(text: Option<&str>, debug: bool) -> Result<Vec<u8>, KeyError> {
    let text = match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => text,
        None if debug => DEV_KEY,
        None => return Err(KeyError::Missing),
    };
    if text.len() < 32 {
        return Err(KeyError::Short(text.len()));
    }
    if PUBLISHED.contains(&text) && !debug {
        return Err(KeyError::Published);
    }
    // Rocket expands 32 to 63 bytes with HKDF-SHA256. It takes 64 or more as
    // two finished keys, which a text is not.
    let length = text.len().min(63);
    Ok(text.as_bytes()[..length].to_vec())
}
// ANCHOR_END: key

// ANCHOR: merge
/// Rocket's configuration with the key that the environment has.
pub fn with_key(figment: Figment, debug: bool) -> Result<Figment, KeyError> {
    let text = env::var("SECRET_KEY").ok();
    let key = secret_key(text.as_deref(), debug)?;
    Ok(figment.merge(("secret_key", key)))
}
// ANCHOR_END: merge

/// Why a text can't be the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// There is none, or an empty one.
    Missing,
    /// It has this many bytes, under 32.
    Short(usize),
    /// It stands in a public text.
    Published,
}

impl Display for KeyError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Missing => f.write_str("SECRET_KEY is not set.")?,
            KeyError::Short(bytes) => {
                write!(f, "SECRET_KEY has {bytes} bytes; it needs 32 or more.")?;
            }
            KeyError::Published => f.write_str("SECRET_KEY is a published key.")?,
        }
        f.write_str(" Make one with `openssl rand -base64 32`, and put it into .env.")
    }
}

impl std::error::Error for KeyError {}

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![seal, open]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "kT0n7dQ4cP1yYvJ3mZ8sUe5hXw2bRg6aLf9iNoVtKxE=";

    #[test]
    fn a_long_enough_text_is_a_key_everywhere() {
        for debug in [true, false] {
            assert_eq!(secret_key(Some(GOOD), debug), Ok(GOOD.as_bytes().to_vec()));
        }
    }

    #[test]
    fn a_missing_or_empty_key_has_a_stand_in_only_in_debug() {
        for text in [None, Some(""), Some("  ")] {
            assert!(secret_key(text, true).is_ok());
            assert_eq!(secret_key(text, false), Err(KeyError::Missing));
        }
    }

    #[test]
    fn a_short_key_is_refused_everywhere() {
        for debug in [true, false] {
            let short = secret_key(Some("dev-only-change-me"), debug);
            assert_eq!(short, Err(KeyError::Short(18)));
        }
    }

    #[test]
    fn a_published_key_is_refused_outside_debug() {
        assert_eq!(secret_key(Some(DEV_KEY), false), Err(KeyError::Published));
    }

    #[test]
    fn a_long_text_is_expanded_and_never_taken_as_two_finished_keys() {
        let long = "x".repeat(200);
        assert_eq!(secret_key(Some(&long), false).unwrap().len(), 63);
    }

    #[test]
    fn the_refusal_says_how_to_make_a_key() {
        assert!(
            KeyError::Missing
                .to_string()
                .contains("openssl rand -base64 32")
        );
    }
}
