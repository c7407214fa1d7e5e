//! Percent-encoding (RFC 3986, section 2.1).

/// Percent-escapes read as what they stand for.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escape = text_escape(rest);
        match (byte, escape) {
            (b'%', Some(decoded)) => {
                bytes.push(decoded);
                rest = &rest[3..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The same of a form's field, where a space is a `+` (WHATWG URL, section 5.1).
pub fn decode_form(text: &str) -> String {
    decode(&text.replace('+', " "))
}

fn text_escape(bytes: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(bytes.get(1..3)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}
