//! Times, as scripts and transcripts write them, and as cookies have them.

use time::{Date, Month};

/// The Julian day of 1970-01-01.
const UNIX_EPOCH_DAY: i32 = 2_440_588;

/// A span, `+8d`, in seconds.
///
/// # Errors
///
/// How to write one.
pub fn span(text: &str) -> Result<i64, String> {
    let wrong = || format!("write `@clock +8d` (or s, m, h), not `{text}`");
    let digits = text.strip_prefix('+').ok_or_else(wrong)?;
    let unit = digits.chars().last().ok_or_else(wrong)?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    digits[..digits.len() - 1]
        .parse::<u32>()
        .ok()
        .and_then(|count| i64::from(count).checked_mul(seconds))
        .ok_or_else(wrong)
}

/// The text with `now`, `now-31m` or `now+2h` as unix seconds.
pub fn filled(text: &str, now: i64) -> String {
    let mut with = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("now") {
        let digits = after.get(1..).unwrap_or_default();
        let digits = digits.bytes().take_while(u8::is_ascii_digit).count();
        let sign = after.bytes().next().filter(|sign| b"+-".contains(sign));
        let unit = after.as_bytes().get(1 + digits);
        let seconds = match unit {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3_600,
            Some(b'd') => 86_400,
            _ => 0,
        };
        let shift = after
            .get(1..1 + digits)
            .and_then(|text| text.parse::<i64>().ok());
        with += before;
        let is_word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
        if is_word(before.chars().next_back()) || is_word(after.chars().next()) {
            with += "now";
            rest = after;
            continue;
        }
        match (sign, shift) {
            (Some(sign), Some(shift)) if seconds > 0 => {
                let sign = if sign == b'-' { -1 } else { 1 };
                let shift = shift.saturating_mul(seconds).saturating_mul(sign);
                with += &now.saturating_add(shift).to_string();
                rest = &after[2 + digits..];
            }
            _ => {
                with += &now.to_string();
                rest = after;
            }
        }
    }
    with + rest
}

/// The text with unix seconds of the last or the next 400 days written as how
/// far off they are.
pub fn shown(text: &str, now: i64) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|char: char| char.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|char: char| !char.is_ascii_digit())
            .unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        shown += before;
        match digits.parse::<i64>().map(|time| time - now) {
            Ok(off) if digits.len() == 10 && off.abs() < 400 * 86_400 => {
                shown += &relative(off);
            }
            _ => shown += digits,
        }
        rest = after;
    }
    shown + rest
}

/// `now`, `now-31m` or `now+2h`, to the nearest ten seconds.
fn relative(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let off = (seconds.abs() + 5) / 10 * 10;
    let unit = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)]
        .into_iter()
        .find(|(_, length)| off % length == 0);
    match (off, unit) {
        (0, _) | (_, None) => "now".to_owned(),
        (off, Some((unit, length))) => format!("now{sign}{}{unit}", off / length),
    }
}

/// `in 7 days`, to the nearest ten seconds.
pub fn ahead(seconds: i64) -> String {
    let seconds = (seconds + 5) / 10 * 10;
    for (unit, length) in [("day", 86_400), ("hour", 3_600), ("minute", 60)] {
        if seconds >= length && seconds % length == 0 {
            let count = seconds / length;
            let plural = if count == 1 { "" } else { "s" };
            return format!("in {count} {unit}{plural}");
        }
    }
    format!("in {seconds} seconds")
}

/// A cookie's date in unix seconds, read as loosely as section 5.1.1 asks:
/// any order, any delimiters, two-digit years.
pub fn cookie_date(text: &str) -> Option<i64> {
    let delimiter = |char: char| {
        !(char.is_ascii_alphanumeric() || char == ':' || char as u32 >= 0x7f)
    };
    let (mut clock, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(delimiter).filter(|token| !token.is_empty()) {
        if clock.is_none() && time_of_day(token).is_some() {
            clock = time_of_day(token);
        } else if day.is_none() && leading_number(token, 1..=2).is_some() {
            day = leading_number(token, 1..=2);
        } else if month.is_none() && month_of(token).is_some() {
            month = month_of(token);
        } else if year.is_none() {
            year = leading_number(token, 2..=4);
        }
    }
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let (hour, minute, second) = clock?;
    if year < 1601 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let day = u8::try_from(day?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month?, day).ok()?;
    let days = i64::from(date.to_julian_day()) - i64::from(UNIX_EPOCH_DAY);
    Some(days * 86_400 + i64::from(hour * 3600 + minute * 60 + second))
}

fn month_of(token: &str) -> Option<Month> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
        "dec",
    ];
    let start = token.get(..3)?.to_ascii_lowercase();
    let at = NAMES.iter().position(|name| *name == start)?;
    Month::try_from(u8::try_from(at + 1).ok()?).ok()
}

/// The number a token starts with, when it has as many digits as wanted.
fn leading_number(token: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let end = token
        .find(|char: char| !char.is_ascii_digit())
        .unwrap_or(token.len());
    digits
        .contains(&end)
        .then(|| token[..end].parse().ok())
        .flatten()
}

fn time_of_day(token: &str) -> Option<(u32, u32, u32)> {
    let mut fields = token.splitn(3, ':');
    let mut whole = || {
        let field = fields.next()?;
        let digits = field.bytes().all(|byte| byte.is_ascii_digit());
        leading_number(field, 1..=2).filter(|_| digits)
    };
    let (hour, minute) = (whole()?, whole()?);
    let second = leading_number(fields.next()?, 1..=2)?;
    Some((hour, minute, second))
}

/// The seconds of a `Max-Age`, as a browser reads them (RFC 6265bis, section
/// 5.6.2): digits, perhaps after a minus sign. Anything else is `None`, and is
/// ignored.
pub fn cookie_age(value: &str) -> Option<i64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Where it has more digits than a number can have, its sign says enough.
    let beyond = if digits == value { i64::MAX } else { -1 };
    Some(value.parse().unwrap_or(beyond))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_in_a_sealed_value_are_told_by_how_far_off_they_are() {
        let now = 1_800_000_000;
        for (text, wanted) in [
            (
                "{\"a\":1800000003,\"b\":1799998140}",
                "{\"a\":now,\"b\":now-31m}",
            ),
            (
                "1800007200 12345 1900000000 18000000000",
                "now+2h 12345 1900000000 18000000000",
            ),
        ] {
            assert_eq!(shown(text, now), wanted, "{text}");
        }
        assert_eq!(shown("1800000003", 0), "1800000003");
    }

    #[test]
    fn a_time_in_a_sealed_value_is_counted_from_now() {
        for (text, with) in [
            ("{\"seen\":now-31m}", "{\"seen\":998140}"),
            ("now now+2h", "1000000 1007200"),
            ("now-", "1000000-"),
            ("known-1s nowhere", "known-1s nowhere"),
            ("now+9223372036854775807d", "9223372036854775807"),
        ] {
            assert_eq!(filled(text, 1_000_000), with, "{text}");
        }
    }

    #[test]
    fn dates_are_read_in_every_form_the_rfc_names() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(cookie_date(text), Some(784_111_777), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "06 Nov 1994 25:00:00",
            "06 Nov 1994 8x:49:37",
            "06 Nov 1994 08:49x:37",
            "31 Feb 1994 08:00:00",
        ] {
            assert_eq!(cookie_date(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_date_makes_the_parser_panic(text in "([0-9]{1,5}|[A-Za-z]{3}|[:, -]|\\PC){0,20}") {
            let _ = cookie_date(&text);
        }
    }
}
