//! Whether what a cookie says can be read and changed by whoever has the browser.

use base64::Engine;
use base64::prelude::{
    BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD,
};

/// The first name in a text: three letters or more, the first one a capital.
pub fn name(text: &str) -> Option<&str> {
    let words = text.split(|char: char| !char.is_alphabetic());
    let mut names = words.filter(|word| {
        word.chars().count() >= 3 && word.starts_with(char::is_uppercase)
    });
    names.next()
}

/// The value with another name in place of this one, written in the same way: as it
/// is, in base64, or in hexadecimal digits. Nothing where the name is not found. What
/// follows a signature's dot stays, so that a signed value no longer fits it.
pub fn forged(value: &str, name: &str, other: &str) -> Option<String> {
    if value.contains(name) {
        return Some(as_sent(&value.replace(name, other)));
    }
    let (text, rest) = match value.split_once('.') {
        Some((text, rest)) => (text, format!(".{rest}")),
        None => (value, String::new()),
    };
    let changed = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).ok()?;
        text.contains(name).then(|| text.replace(name, other))
    };
    let engines = [
        BASE64_STANDARD,
        BASE64_STANDARD_NO_PAD,
        BASE64_URL_SAFE,
        BASE64_URL_SAFE_NO_PAD,
    ];
    let in_base64 = engines.iter().find_map(|engine| {
        let text = changed(engine.decode(text).ok()?)?;
        Some(engine.encode(text))
    });
    let in_hex = || {
        let text = changed(from_hex(text)?)?;
        Some(text.bytes().map(|byte| format!("{byte:02x}")).collect())
    };
    Some(in_base64.or_else(in_hex)? + &rest)
}

/// A value as it is sent, of one as a transcript has it: a letter that can't stand in a
/// line, `\u{3b}`, is one that was sent in percent.
fn as_sent(value: &str) -> String {
    let mut parts = value.split("\\u{");
    let mut sent = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.split_once('}');
        let read = digits.and_then(|(digits, rest)| {
            Some((u8::from_str_radix(digits, 16).ok()?, rest))
        });
        match read {
            Some((byte, rest)) => sent += &format!("%{byte:02X}{rest}"),
            None => sent += &format!("\\u{{{part}"),
        }
    }
    sent
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let bytes = (0..text.len()).step_by(2);
    bytes
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_written_and_nothing_else_is() {
        for (value, wanted) in [
            ("Ada", Some("Eve")),
            ("name=Ada; n=1", Some("name=Eve; n=1")),
            ("eyJuIjoiQWRhIn0=", Some("eyJuIjoiRXZlIn0=")),
            (
                "eyJuIjoiQWRhIn0.aSd3.f9-a",
                Some("eyJuIjoiRXZlIn0.aSd3.f9-a"),
            ),
            ("416461", Some("457665")),
            ("2\\u{3b}Ada", Some("2%3BEve")),
            ("\\u{Ada", Some("\\u{Eve")),
            ("8f14e45fceea167a5a36dedd4bea2543", None),
            ("", None),
        ] {
            assert_eq!(forged(value, "Ada", "Eve").as_deref(), wanted, "{value}");
        }
    }

    #[test]
    fn a_name_has_a_capital() {
        assert_eq!(name("{\"name\":\"Ada\",\"visits\":1}"), Some("Ada"));
        assert_eq!(name("[\"milk\"]"), None);
    }
}
