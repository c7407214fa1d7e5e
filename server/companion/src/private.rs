//! What the wire leaves out: passwords, secrets, tokens, `Authorization`.

use rocket::http::RawStr;
use rocket::serde::json::{self, Value};

/// Stands in the place of a value that is left out.
pub const LEFT_OUT: &str = "(left out)";

/// Whether a header, a form field or a JSON key with this name may hold what
/// nobody should read over a shoulder.
pub fn is_private(name: &str) -> bool {
    const PARTS: [&str; 8] = [
        "pass",
        "pwd",
        "secret",
        "authorization",
        "token",
        "api-key",
        "apikey",
        "credential",
    ];
    let name = name.to_ascii_lowercase().replace('_', "-");
    PARTS.iter().any(|part| name.contains(part))
}

/// A form (`a=1&b=2`) with private fields' values left out.
pub fn form(text: &str) -> String {
    let fields = text.split('&').map(|field| match field.split_once('=') {
        Some((name, _)) if is_private(&RawStr::new(name).url_decode_lossy()) => {
            format!("{name}={LEFT_OUT}")
        }
        _ => field.to_owned(),
    });
    fields.collect::<Vec<_>>().join("&")
}

/// A URL or a path whose query is such a form.
pub fn url(text: &str) -> String {
    match text.split_once('?') {
        Some((path, query)) => format!("{path}?{}", form(query)),
        None => text.to_owned(),
    }
}

/// A JSON text with private keys' values left out, or `None` when it is not a
/// whole JSON text.
pub fn json(text: &str) -> Option<String> {
    let mut value: Value = json::from_str(text).ok()?;
    leave_out(&mut value);
    Some(value.to_string())
}

/// A text with JSON somewhere in it, as a transcript shows what is sealed, with
/// private keys' values left out. The JSON may be cut at any place.
pub fn within(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, _)) = rest.split_once('"') {
        let from = &rest[before.len()..];
        shown += before;
        let backslashes = before.bytes().rev().take_while(|byte| *byte == b'\\');
        let is_escaped = backslashes.count() % 2 == 1;
        // An escaped one is looked at no further, or a text of nothing else would cost
        // its length squared.
        let at = if is_escaped {
            None
        } else {
            private_value(from)
        };
        match at {
            Some(at) => {
                let (name, value) = from.split_at(at);
                shown += &format!("{name}\"{LEFT_OUT}\"");
                rest = &value[value_length(value)..];
            }
            // Its end is looked at as a beginning, too: in a text that is no
            // JSON nobody knows which one it is.
            None => {
                shown.push('"');
                rest = &from[1..];
            }
        }
    }
    shown + rest
}

/// Where the value begins, when the text, which begins with a quotation mark, is
/// a private name and its value.
fn private_value(text: &str) -> Option<usize> {
    let name = &text[..string_length(text)?];
    let after = text[name.len()..].trim_start();
    let value = after.strip_prefix(':')?.trim_start();
    let decoded: String = json::from_str(name).unwrap_or_else(|_| name.to_owned());
    is_private(&decoded).then(|| text.len() - value.len())
}

/// How long the string is that the text begins with, with its quotation marks;
/// `None` where it does not end.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

/// How long the JSON value is that the text begins with; all of a text that is
/// cut before its end.
fn value_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => match string_length(&text[at..]) {
                Some(length) => at += length,
                None => break,
            },
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b'}' | b']' | b')' | b',' if depth == 0 => return at,
            byte if byte.is_ascii_whitespace() && depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// A text of cookies with each value that may be sealed left out: what has opened
/// reads as what was sealed, and what has not could be sent again as it is.
pub fn without_seals(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(in_a_seal) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|char| !in_a_seal(char)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        shown += before;
        shown += if run.len() < SEALED { run } else { LEFT_OUT };
        rest = after;
    }
    shown + rest
}

/// Nonce and tag, 28 bytes, in base64.
const SEALED: usize = 37;

/// Whether base64 has the character, in either alphabet, percent-encoded or not.
fn in_a_seal(char: char) -> bool {
    char.is_ascii_alphanumeric() || "+/-_%".contains(char)
}

fn leave_out(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match is_private(name) {
                    true => *value = LEFT_OUT.into(),
                    false => leave_out(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(leave_out),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::prop_assert;

    #[test]
    fn a_password_is_left_out_however_its_name_is_written() {
        for name in [
            "password",
            "Password",
            "new_password",
            "p%61ssword",
            "client_secret",
        ] {
            assert_eq!(
                form(&format!("user=ada&{name}=hunter2")),
                format!("user=ada&{name}={LEFT_OUT}")
            );
        }
        assert_eq!(
            url("/login?user=ada&pwd=x"),
            format!("/login?user=ada&pwd={LEFT_OUT}")
        );
        assert_eq!(url("/login"), "/login");
    }

    #[test]
    fn the_rest_of_a_form_stays_as_it_was_sent() {
        let text = "text=a%20b&empty=&bare&=x";
        assert_eq!(form(text), text);
    }

    #[test]
    fn a_long_text_costs_no_more_than_its_length() {
        // Squared, these would take minutes.
        for text in ["\\\"", "\"", "\"a\":"] {
            let text = text.repeat(200_000);
            assert_eq!(within(&text).len(), text.len());
        }
    }

    #[test]
    fn what_is_sealed_shows_no_token() {
        let sealed =
            r#"a=1; music=sealed({"access_token":"x-y","until":now,"name":"Ada"})"#;
        let shown = r#"a=1; music=sealed({"access_token":"(left out)","until":now,"name":"Ada"})"#;
        assert_eq!(within(sealed), shown);
        for text in ["", "session=sealed(Ada)", "\":\"", "{\"token\":\"cut"] {
            assert!(!within(text).contains("cut"), "{text}");
        }
        assert_eq!(within("session=sealed(Ada)"), "session=sealed(Ada)");
    }

    #[test]
    fn a_value_that_may_be_sealed_is_not_shown() {
        let sealed = "q1w2e3r4t5z6u7i8o9p0q1w2e3r4t5z6u7i8o9p0";
        for value in [
            sealed.to_owned(),
            format!("{sealed}=="),
            format!("{sealed}x."),
            format!("1,{sealed}%2B%2F"),
        ] {
            let shown = without_seals(&format!("a=1; session={value}; b=2"));
            assert!(
                shown.contains(LEFT_OUT) && !shown.contains("q1w2"),
                "{shown}"
            );
        }
        let plain =
            "_flash=7:successNote saved.; session=sealed(Ada); id=0123456789abcdef";
        assert_eq!(without_seals(plain), plain);
    }

    #[test]
    fn a_private_value_is_left_out_of_json_however_it_is_written() {
        for (text, shown) in [
            (
                r#"{"token": "x", "a": 1"#,
                r#"{"token": "(left out)", "a": 1"#,
            ),
            ("{\"token\"\n:\n\t\"x\"", "{\"token\"\n:\n\t\"(left out)\""),
            (
                r#"{"token":"x\"y","a":"b"#,
                r#"{"token":"(left out)","a":"b"#,
            ),
            (
                r#"{"token":"x\\","a":"b"#,
                r#"{"token":"(left out)","a":"b"#,
            ),
            (r#"[{"token": 12.5e3}, 1"#, r#"[{"token": "(left out)"}, 1"#),
            (
                r#"{"tokens":{"a":["}",{"b":1}]},"c":2"#,
                r#"{"tokens":"(left out)","c":2"#,
            ),
            (r#"{"tokens":{"a":["x"#, r#"{"tokens":"(left out)""#),
            (
                r#"{"tok\u0065n":"x","a":1"#,
                r#"{"tok\u0065n":"(left out)","a":1"#,
            ),
            (
                r#"{"a":"b",":token":"x"#,
                r#"{"a":"b",":token":"(left out)""#,
            ),
            (
                r#"a="; b=sealed({"token":"x","seen":now-31m})"#,
                r#"a="; b=sealed({"token":"(left out)","seen":now-31m})"#,
            ),
            (
                r#"b=sealed({"token":now-31m}); c=1"#,
                r#"b=sealed({"token":"(left out)"}); c=1"#,
            ),
        ] {
            assert_eq!(within(text), shown);
        }
    }

    /// What a generated JSON text is made from.
    #[derive(Debug, Clone)]
    enum Part {
        Number,
        Text(&'static str),
        List(Vec<Part>),
        Object(Vec<(&'static str, Part)>),
    }

    const NAMES: [&str; 5] = ["a", "", ":", ",", r#"\"b\":"#];
    const PRIVATE: [&str; 6] = [
        "access_token",
        "Client-Secret",
        ":password",
        r"tok\u0065n",
        r#"a\"pass"#,
        "pwd:",
    ];
    const TEXTS: [&str; 9] = [
        "",
        "é",
        r#"\""#,
        r"\\",
        ":",
        "]}",
        "{[",
        "secret",
        r#"\"token\":"#,
    ];

    fn parts(names: Vec<&'static str>) -> impl Strategy<Value = Part> {
        let leaf = prop_oneof![
            Just(Part::Number),
            prop::sample::select(TEXTS.to_vec()).prop_map(Part::Text),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let name = prop::sample::select(names.clone());
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Part::List),
                prop::collection::vec((name, inner), 0..4).prop_map(Part::Object),
            ]
        })
    }

    /// The part as JSON. In what is private each text has a § in it, and each
    /// number a 7; nothing else has.
    fn written(part: &Part, private: bool, space: &str) -> String {
        let listed = |parts: Vec<String>| parts.join(&format!("{space},{space}"));
        match (part, private) {
            (Part::Number, false) => "-12.5".to_owned(),
            (Part::Number, true) => "7".to_owned(),
            (Part::Text(text), false) => format!("\"{text}\""),
            (Part::Text(text), true) => format!("\"§{text}§\""),
            (Part::List(parts), _) => {
                let parts = parts.iter().map(|part| written(part, private, space));
                format!("[{space}{}{space}]", listed(parts.collect()))
            }
            (Part::Object(parts), _) => {
                let parts = parts.iter().map(|(name, part)| {
                    let private = private || PRIVATE.contains(name);
                    let part = written(part, private, space);
                    format!("\"{name}\"{space}:{space}{part}")
                });
                format!("{{{space}{}{space}}}", listed(parts.collect()))
            }
        }
    }

    proptest! {
        #[test]
        fn no_secret_is_left_wherever_a_text_is_cut(
            part in parts([&NAMES[..], &PRIVATE[..]].concat()),
            space in "[ \n\t]{0,2}",
            at in any::<prop::sample::Index>(),
        ) {
            let text = format!("é {}", written(&part, false, &space));
            let ends: Vec<usize> = text.char_indices().map(|(end, _)| end).collect();
            let cut = &text[..ends[at.index(ends.len())]];
            for text in [cut, &text, &format!("a=\"x; b=sealed({text})")] {
                let shown = within(text);
                prop_assert!(!shown.contains(['§', '7']), "{} of {}", shown, text);
            }
        }

        #[test]
        fn what_is_not_private_stays(part in parts(NAMES.to_vec()), space in "[ \n]{0,2}") {
            let text = written(&part, false, &space);
            prop_assert_eq!(within(&text), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|[\"\\\\{}\\[\\]:, ]|\"token\":){0,40}") {
            let _ = within(&text);
        }
    }

    #[test]
    fn a_json_key_is_looked_at_at_every_depth() {
        let text = json(r#"{"a":[{"access_token":"x","b":1}]}"#).unwrap();
        assert_eq!(
            text,
            format!(r#"{{"a":[{{"access_token":"{LEFT_OUT}","b":1}}]}}"#)
        );
        assert_eq!(json("{\"password\":\"cut"), None);
    }
}
