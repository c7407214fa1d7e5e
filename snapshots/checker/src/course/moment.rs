//! A moment, as a deadline is written: `2026-12-04T23:59:00+01:00`.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};
use toml::value::{Datetime, Offset};

/// How to write one.
pub const FORM: &str = "a date with its time and offset, as 2026-12-04T23:59:00+01:00";

/// A point in time, and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    seconds: i64,
    text: String,
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Moment, String> {
        let wrong = || format!("write {FORM}");
        let date: Datetime = text.parse().map_err(|_| wrong())?;
        Moment::of(&date).ok_or_else(wrong)
    }
}

impl Moment {
    /// The moment of a date that has a time and an offset; of another one, nothing.
    pub fn of(date: &Datetime) -> Option<Moment> {
        let (day, time) = (date.date?, date.time?);
        let offset = match date.offset? {
            Offset::Z => 0,
            Offset::Custom { minutes } => i64::from(minutes),
        };
        let days = days(day.year.into(), day.month.into(), day.day.into());
        let minutes = days * 1440 + i64::from(time.hour) * 60 + i64::from(time.minute);
        Some(Moment {
            seconds: (minutes - offset) * 60 + i64::from(time.second.unwrap_or(0)),
            text: date.to_string(),
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// For a reader, in a text that stays.
    pub fn written(&self) -> String {
        self.text.replace('T', " ")
    }

    /// For a reader, now: when it is, and how far off that is.
    pub fn shown(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| since.as_secs() as i64);
        let off = match self.seconds - now {
            off if off >= 0 => format!("in {}", span(off)),
            off => format!("{} ago", span(-off)),
        };
        format!("{}, {off}", self.written())
    }

    /// How many days have begun since another one; 0 where it is not later.
    pub fn days_after(&self, other: &Moment) -> i64 {
        let late = (self.seconds - other.seconds).max(0);
        late / 86_400 + i64::from(late % 86_400 > 0)
    }

    /// By how much it is later than another one; nothing where it is not.
    pub fn after(&self, other: &Moment) -> Option<String> {
        let late = self.seconds - other.seconds;
        (late > 0).then(|| span(late))
    }
}

/// The days from 1970 to a date of our calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // March is the first month, so that a leap day is the last day of its year.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 719_469
}

/// A span in its largest unit, rounded down: `9 days`, `1 hour`.
fn span(seconds: i64) -> String {
    let units = [
        ("day", 86_400),
        ("hour", 3600),
        ("minute", 60),
        ("second", 1),
    ];
    let (unit, length) = units
        .into_iter()
        .find(|(_, length)| seconds >= *length)
        .unwrap_or(("second", 1));
    match seconds / length {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_wherever_it_is_written() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-12-04T23:59:00+01:00", 1_796_425_140),
            ("2026-12-04T22:59:00Z", 1_796_425_140),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().seconds, seconds, "{text}");
        }
    }

    #[test]
    fn a_date_without_its_time_and_offset_is_no_moment() {
        for text in ["2026-12-04", "2026-12-04T23:59:00", "soon"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        let at = |text: &str| text.parse::<Moment>().unwrap();
        let due = at("2026-12-04T23:59:00+01:00");
        let late = |text: &str| at(text).after(&due);
        assert_eq!(late("2026-12-05T01:00:00+01:00").unwrap(), "1 hour");
        assert_eq!(late("2026-12-07T00:00:00+01:00").unwrap(), "2 days");
        assert_eq!(late("2026-12-04T22:59:00Z"), None);
    }

    #[test]
    fn a_day_that_has_begun_is_a_day() {
        let at = |text: &str| text.parse::<Moment>().unwrap();
        let due = at("2026-12-04T23:59:00+01:00");
        for (text, days) in [
            ("2026-12-04T22:59:00Z", 0),
            ("2026-12-04T22:59:01Z", 1),
            ("2026-12-05T22:59:00Z", 1),
            ("2026-12-05T22:59:01Z", 2),
            ("2026-11-01T00:00:00Z", 0),
        ] {
            assert_eq!(at(text).days_after(&due), days, "{text}");
        }
    }
}
