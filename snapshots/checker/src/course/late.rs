//! What a day after the deadline costs.

use super::Moment;
use super::facts::counted;

/// `late = { per_day = 10, at_most = 50 }`: points of 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Late {
    /// What each day that has begun takes off.
    pub per_day: f64,
    /// The most that is taken off.
    pub at_most: f64,
}

/// What is taken off a mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taken {
    /// The points of 100.
    pub points: f64,
    /// The days that have begun since the deadline.
    pub days: i64,
}

impl Late {
    /// What is taken off for what came at `submitted`; nothing where that is in time.
    pub fn taken(self, deadline: &Moment, submitted: &Moment) -> Option<Taken> {
        let days = submitted.days_after(deadline);
        (days > 0).then(|| Taken {
            points: (self.per_day * days as f64).min(self.at_most),
            days,
        })
    }

    /// For a student, before it happens.
    pub fn notice(self) -> String {
        let (each, most) = (counted(self.per_day), self.at_most);
        format!(
            "Each day late that has begun takes {each} of 100 off the mark, and {most} at the most."
        )
    }
}
