//! What is entered as a mark: what was graded, and what an instructor's terms make of
//! it. What a mark was before is always said beside it.

use super::overrides::Overrides;
use super::run::Graded;
use super::score::{lessons, mean, score, total};
use super::ungraded::Ungraded;
use crate::course::Course;

/// The marks of a class.
#[derive(Debug, Clone)]
pub struct Gradebook<'a> {
    /// The lessons that are graded.
    pub lessons: Vec<String>,
    /// What the class is graded by.
    pub course: &'a Course,
    /// Who has no mark, since the run could not grade them.
    pub ungraded: Vec<Ungraded>,
    overrides: &'a Overrides,
}

impl<'a> Gradebook<'a> {
    /// The marks of these results, of a class in which everybody has one.
    pub fn new(
        results: &[Graded],
        course: &'a Course,
        overrides: &'a Overrides,
    ) -> Gradebook<'a> {
        let mut lessons = lessons(results);
        for lesson in overrides.lessons() {
            // No check of it came as far as a report.
            if !lessons.iter().any(|known| known == lesson) {
                lessons.push(lesson.to_owned());
            }
        }
        Gradebook {
            lessons,
            course,
            ungraded: Vec::new(),
            overrides,
        }
    }

    /// Whether a mark can be another one than what was graded.
    pub fn can_change(&self) -> bool {
        !self.overrides.is_empty() || self.course.takes_off()
    }

    /// The mark of a lesson, from 0 to 1; nothing where none of its checks counts.
    pub fn lesson(&self, result: &Graded, lesson: &str) -> Option<f64> {
        let by_hand = self.overrides.of(&result.name, Some(lesson));
        match by_hand {
            Some(mark) => Some(mark.points / 100.0),
            None => score(result, lesson),
        }
    }

    /// What was graded of all lessons, from 0 to 1, before anything changed it.
    pub fn graded(&self, result: &Graded) -> f64 {
        total(result, &self.lessons, self.course.weights())
    }

    /// The mark of all lessons, from 0 to 1.
    pub fn total(&self, result: &Graded) -> f64 {
        match self.overrides.of(&result.name, None) {
            Some(mark) => mark.points / 100.0,
            None => self.in_time(result),
        }
    }

    /// What changed a submission's marks, a sentence each, with what was before.
    pub fn changes(&self, result: &Graded) -> Vec<String> {
        let lessons = self.overrides.of_lessons(&result.name).map(|mark| {
            let lesson = mark.lesson.as_deref().unwrap_or_default();
            let before = score(result, lesson);
            by_hand(lesson, mark.points, before, &mark.reason)
        });
        let total = self.overrides.of(&result.name, None).map(|mark| {
            let before = Some(self.in_time(result));
            by_hand("total", mark.points, before, &mark.reason)
        });
        lessons.chain(self.late(result)).chain(total).collect()
    }

    /// The mean, without what its being late takes off, from 0 to 1.
    fn in_time(&self, result: &Graded) -> f64 {
        let taken = self.course.taken(result.came().as_ref());
        let taken = taken.map_or(0.0, |taken| taken.points / 100.0);
        (self.mean(result) - taken).max(0.0)
    }

    /// `92 − 10 for 1 day late = 82`.
    fn late(&self, result: &Graded) -> Option<String> {
        let taken = self.course.taken(result.came().as_ref())?;
        let days = match taken.days {
            1 => "1 day".to_owned(),
            many => format!("{many} days"),
        };
        Some(format!(
            "{} − {} for {days} late = {}",
            short(self.mean(result) * 100.0),
            short(taken.points),
            short(self.in_time(result) * 100.0),
        ))
    }

    fn mean(&self, result: &Graded) -> f64 {
        mean(&self.lessons, self.course.weights(), |lesson| {
            self.lesson(result, lesson)
        })
    }
}

fn by_hand(what: &str, points: f64, before: Option<f64>, reason: &str) -> String {
    let before = before.map_or("nothing".to_owned(), |it| short(it * 100.0));
    format!("{what} by hand {}, not {before}: {reason}", short(points))
}

/// Points as a person writes them: 92, 66.7.
pub fn short(points: f64) -> String {
    let tenths = (points * 10.0).round() / 10.0;
    format!("{tenths}")
}
