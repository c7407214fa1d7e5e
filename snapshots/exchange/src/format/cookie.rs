//! Cookies as a transcript shows them: written by `Display`, and read back by
//! `parse`, each in this one place.

use std::fmt::{self, Display, Formatter};

/// A cookie that is sent or kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// The name; may be empty.
    pub name: String,
    /// The value, as far as it is known what it says.
    pub value: Value,
}

/// What a cookie's value says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The value itself, decoded.
    Plain(String),
    /// What was sealed in it with the server's key.
    Sealed(String),
    /// What was sealed in it with a key that the server had before.
    SealedWithOldKey(String),
    /// What a server signed, and anyone can read: a session of Flask.
    Signed(String),
    /// It looks sealed, and no key opens it.
    Unreadable,
}

/// A `Set-Cookie` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCookie {
    /// The name; may be empty.
    pub name: String,
    /// The value to keep; none removes the cookie.
    pub value: Option<Value>,
    /// What follows the value, in a fixed order.
    pub attributes: Vec<Attribute>,
}

/// One attribute of a `Set-Cookie`: `Path=/`, `HttpOnly`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name, as the server writes it.
    pub name: String,
    /// The value, where there is one; a date as how far off it is.
    pub value: Option<String>,
}

/// What becomes of a cookie in a browser's jar with one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is set, and was not there.
    New,
    /// It is set, and was there.
    Changed,
    /// It stays, and the answer says nothing of it.
    Kept,
    /// It is no longer there.
    Gone,
}

impl Fate {
    /// What becomes of a cookie that the browser `had` before, and `has` after an
    /// answer that `sets` it or not; nothing where it never was.
    pub fn of(had: bool, sets: bool, has: bool) -> Option<Fate> {
        match (had, sets, has) {
            (false, _, false) => None,
            (true, _, false) => Some(Fate::Gone),
            (true, true, true) => Some(Fate::Changed),
            (false, true, true) => Some(Fate::New),
            (_, false, true) => Some(Fate::Kept),
        }
    }
}

/// What stands in a pin for a value that nobody could look into.
const CLOSED: &str = "…";

impl Value {
    /// A value that is another one each time, of a server whose key nobody has: any
    /// value is one like it.
    pub fn closed() -> Value {
        Value::Sealed(CLOSED.to_owned())
    }

    /// Whether it is [`closed`](Value::closed).
    pub fn is_closed(&self) -> bool {
        *self == Value::closed()
    }

    /// Whether a server sealed it.
    pub fn is_sealed(&self) -> bool {
        !matches!(self, Value::Plain(_) | Value::Signed(_))
    }

    fn parse(text: &str) -> Value {
        let within = |start: &str| {
            let inner = text.strip_prefix(start)?.strip_suffix(')')?;
            Some(inner.to_owned())
        };
        if text == "sealed(unreadable)" {
            return Value::Unreadable;
        }
        within("sealed(")
            .map(Value::Sealed)
            .or_else(|| within("sealed with an old key(").map(Value::SealedWithOldKey))
            .or_else(|| within("signed(").map(Value::Signed))
            .unwrap_or_else(|| Value::Plain(text.to_owned()))
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Plain(text) => f.write_str(text),
            Value::Sealed(text) => write!(f, "sealed({text})"),
            Value::SealedWithOldKey(text) => {
                write!(f, "sealed with an old key({text})")
            }
            Value::Signed(text) => write!(f, "signed({text})"),
            Value::Unreadable => f.write_str("sealed(unreadable)"),
        }
    }
}

impl Cookie {
    /// Reads `name=value`. Any text is a cookie: one without `=` has no name.
    pub fn parse(text: &str) -> Cookie {
        let (name, value) = text.split_once('=').unwrap_or(("", text));
        Cookie {
            name: name.to_owned(),
            value: Value::parse(value),
        }
    }

    /// Reads the value of a `Cookie` header.
    pub fn parse_all(header: &str) -> Vec<Cookie> {
        header.split("; ").map(Cookie::parse).collect()
    }
}

impl Display for Cookie {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

/// Stands after the name of a cookie that is removed.
const REMOVED: &str = "removed";

impl SetCookie {
    /// Reads a line as a transcript has it. Any text is one.
    pub fn parse(text: &str) -> SetCookie {
        let mut parts = text.split("; ");
        let Cookie { name, value } = Cookie::parse(parts.next().unwrap_or_default());
        let mut parts = parts.peekable();
        let removed = value == Value::Plain(String::new())
            && parts.next_if_eq(&REMOVED).is_some();
        SetCookie {
            name,
            value: (!removed).then_some(value),
            attributes: parts.map(Attribute::parse).collect(),
        }
    }

    /// The value of an attribute, by its name in any case; empty for one that has
    /// no value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let found =
            attributes.find(|attribute| attribute.name.eq_ignore_ascii_case(name))?;
        Some(found.value.as_deref().unwrap_or_default())
    }

    /// Whether it removes the cookie.
    pub fn removes(&self) -> bool {
        self.value.is_none()
    }
}

impl Display for SetCookie {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name)?,
            None => write!(f, "{}=; {REMOVED}", self.name)?,
        }
        for attribute in &self.attributes {
            write!(f, "; {attribute}")?;
        }
        Ok(())
    }
}

impl Attribute {
    /// Reads `Name=value` or `Name`.
    pub fn parse(text: &str) -> Attribute {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        Attribute {
            name: name.to_owned(),
            value: value.map(str::to_owned),
        }
    }
}

impl Display for Attribute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_read_by_its_parts() {
        let set = SetCookie::parse("session=sealed(Ada); Path=/; HttpOnly");
        assert_eq!(set.value, Some(Value::Sealed("Ada".into())));
        assert_eq!(set.attribute("path"), Some("/"));
        assert_eq!(set.attribute("httponly"), Some(""));
        assert_eq!(set.attribute("secure"), None);
        let gone = SetCookie::parse("_flash=; removed; Path=/");
        assert!(gone.removes());
        assert_eq!(gone.attribute("path"), Some("/"));
    }

    #[test]
    fn a_cookie_is_gone_only_where_it_was() {
        assert_eq!(Fate::of(true, true, false), Some(Fate::Gone));
        assert_eq!(Fate::of(false, true, false), None);
        assert_eq!(Fate::of(false, true, true), Some(Fate::New));
        assert_eq!(Fate::of(true, true, true), Some(Fate::Changed));
        assert_eq!(Fate::of(true, false, true), Some(Fate::Kept));
    }

    proptest! {
        #[test]
        fn every_line_that_is_written_reads_back(
            name in "[a-z_]{0,8}", value in "[ -:<-~é]{0,20}", attribute in "[A-Za-z-]{1,9}(=[ -:<-~]{0,9})?",
            kind in 0..5,
        ) {
            let value = match kind {
                0 => Some(Value::parse(&value)),
                1 if value != "unreadable" => Some(Value::Sealed(value)),
                2 => Some(Value::Unreadable),
                3 => Some(Value::Signed(value)),
                _ => None,
            };
            let attributes = vec![Attribute::parse(&attribute)];
            let set = SetCookie { name, value, attributes };
            prop_assert_eq!(SetCookie::parse(&set.to_string()), set);
        }
    }
}
