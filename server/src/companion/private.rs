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
/// private keys' values left out.
pub fn within(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    // `"name":"value"`: a name, and then its value.
    while let Some((before, after)) = rest.split_once("\":\"") {
        let name = before.rsplit('"').next().unwrap_or_default();
        let value = after.split('"').next().unwrap_or_default();
        shown += before;
        shown += "\":\"";
        shown += if is_private(name) { LEFT_OUT } else { value };
        rest = &after[value.len()..];
    }
    shown + rest
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
    fn a_json_key_is_looked_at_at_every_depth() {
        let text = json(r#"{"a":[{"access_token":"x","b":1}]}"#).unwrap();
        assert_eq!(
            text,
            format!(r#"{{"a":[{{"access_token":"{LEFT_OUT}","b":1}}]}}"#)
        );
        assert_eq!(json("{\"password\":\"cut"), None);
    }
}
