//! What is entered as a mark: what was graded, and what an instructor's terms make of
//! it. What a mark was before is always said beside it.

use super::overrides::Overrides;
use super::run::Graded;
use super::score::{lessons, mean, score, total};
use crate::course::Course;

/// The marks of a class.
#[derive(Debug, Clone)]
pub struct Gradebook<'a> {
    /// The lessons that are graded.
    pub lessons: Vec<String>,
    /// What the class is graded by.
    pub course: &'a Course,
    overrides: &'a Overrides,
}

impl<'a> Gradebook<'a> {
    /// The marks of these results.
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
            overrides,
        }
    }

    /// Whether a mark can be another one than what was graded.
    pub fn can_change(&self) -> bool {
        !self.overrides.is_empty()
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
            None => self.mean(result),
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
            let before = Some(self.mean(result));
            by_hand("total", mark.points, before, &mark.reason)
        });
        lessons.chain(total).collect()
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
