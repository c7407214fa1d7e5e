//! Marks that an instructor gives by hand: `overrides.csv`. They stand in a file of
//! their own, so that grading again leaves them as they are.

use super::ids::Ids;
use std::fs;
use std::path::{Path, PathBuf};

/// The file's name, in the folder of the results.
pub const FILE: &str = "overrides.csv";
/// What the file names in place of a lesson to mean the mark of all.
const TOTAL: &str = "total";
/// How a line is written.
const FORM: &str = "student,lesson,points,reason";

/// One mark by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// Whose it is.
    pub student: String,
    /// The lesson; none is the total.
    pub lesson: Option<String>,
    /// The mark, of 100.
    pub points: f64,
    /// Why.
    pub reason: String,
}

/// All marks by hand.
#[derive(Debug, Clone, Default)]
pub struct Overrides(Vec<Override>);

/// Who and what a mark by hand may name.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The students.
    pub students: &'a [String],
    /// The lessons that are graded.
    pub lessons: &'a [String],
    /// The students' ids, by which they may be named, too.
    pub ids: &'a Ids,
}

impl Overrides {
    /// Reads files with the columns `student`, `lesson` (or `total`), `points` and
    /// `reason`.
    ///
    /// # Errors
    ///
    /// The file and the line that is none, or names somebody or something unknown,
    /// or gives a second mark for the same.
    pub fn read(files: &[PathBuf], known: Known<'_>) -> Result<Overrides, String> {
        let mut all = Overrides::default();
        for file in files {
            all.add(file, known)?;
        }
        Ok(all)
    }

    fn add(&mut self, file: &Path, known: Known<'_>) -> Result<(), String> {
        let wrong = |line: u64, why: &str| format!("{}:{line}: {why}", file.display());
        let text = fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let header = reader
            .headers()
            .map_err(|error| format!("{}: {error}", file.display()))?;
        if header.iter().take(4).ne(FORM.split(',')) {
            return Err(wrong(1, &format!("the first line must be: {FORM}")));
        }
        for record in reader.records() {
            let record =
                record.map_err(|error| format!("{}: {error}", file.display()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let mark = mark(&record, known).map_err(|why| wrong(line, &why))?;
            if self.of(&mark.student, mark.lesson.as_deref()).is_some() {
                let what = mark.lesson.as_deref().unwrap_or(TOTAL);
                let why = format!(
                    "{} has a mark by hand for {what} already. Leave one of them.",
                    mark.student
                );
                return Err(wrong(line, &why));
            }
            self.0.push(mark);
        }
        Ok(())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A student's mark by hand for a lesson, or for the total.
    pub fn of(&self, student: &str, lesson: Option<&str>) -> Option<&Override> {
        let mut all = self.0.iter();
        all.find(|it| it.student == student && it.lesson.as_deref() == lesson)
    }

    /// A student's marks by hand for lessons, as the file has them.
    pub fn of_lessons(&self, student: &str) -> impl Iterator<Item = &Override> {
        let all = self.0.iter();
        all.filter(move |it| it.student == student && it.lesson.is_some())
    }

    /// The same marks, of students who are called otherwise.
    pub fn renamed(&self, name: impl Fn(&str) -> String) -> Overrides {
        let renamed = |it: &Override| Override {
            student: name(&it.student),
            ..it.clone()
        };
        Overrides(self.0.iter().map(renamed).collect())
    }

    /// The lessons that are named.
    pub fn lessons(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|it| it.lesson.as_deref())
    }
}

/// One line of the file.
fn mark(record: &csv::StringRecord, known: Known<'_>) -> Result<Override, String> {
    let field = |index: usize| record.get(index).unwrap_or_default();
    let (student, lesson) = (known.ids.name(field(0)).unwrap_or(field(0)), field(1));
    if !known.students.iter().any(|name| name == student) {
        return Err(format!(
            "there is no student `{student}` in this class. Write the name as the class has it."
        ));
    }
    if lesson != TOTAL && !known.lessons.iter().any(|slug| slug == lesson) {
        return Err(format!(
            "no lesson `{lesson}` is graded here. Write {TOTAL}, or one of: {}.",
            known.lessons.join(", ")
        ));
    }
    let points = field(2).parse().ok();
    let points = points.filter(|points: &f64| (0.0..=100.0).contains(points));
    let points = points.ok_or("write the points as a number from 0 to 100")?;
    if field(3).is_empty() {
        return Err("a reason is missing: the student reads it.".to_owned());
    }
    Ok(Override {
        student: student.to_owned(),
        lesson: (lesson != TOTAL).then(|| lesson.to_owned()),
        points,
        reason: field(3).to_owned(),
    })
}
