//! What `grade` and `merge` have in common: the marks by hand, the ids, and what other
//! gradebooks import.

use super::print;
use checker::class::{self, Field, Gradebook, Graded, Ids, Known, Overrides, Ungraded};
use checker::course::Course;
use checker::submission::plain;
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

/// What is entered as marks.
#[derive(Args)]
pub struct Entered {
    /// Marks by hand: a CSV file with the columns student, lesson (or total), points
    /// (of 100) and reason. Without it, overrides.csv in the folder of the results
    #[arg(long, value_name = "FILE")]
    overrides: Option<PathBuf>,
    /// Let pages and reports have ids in place of names; ids.csv in the folder of the
    /// results says whose each one is
    #[arg(long)]
    pub anonymous: bool,
    /// Write the marks into a gradebook that Canvas exported, as canvas.csv
    #[arg(long, value_name = "FILE", requires = "assignment")]
    canvas: Option<PathBuf>,
    /// Write what Moodle's gradebook imports, as moodle.csv, by what it knows students by
    #[arg(long, value_name = "FIELD")]
    moodle: Option<Field>,
    /// The most points of the assignment in Moodle
    #[arg(long, value_name = "N", default_value_t = 100.0, value_parser = positive)]
    moodle_points: f64,
    /// Write the marks into the grading worksheet of an assignment that was downloaded
    /// from Moodle, as moodle-worksheet.csv
    #[arg(long, value_name = "FILE")]
    moodle_worksheet: Option<PathBuf>,
    /// The assignment's name in Canvas, and in Moodle
    #[arg(long, value_name = "NAME")]
    assignment: Option<String>,
}

impl Entered {
    /// The marks by hand, for results that are in these folders.
    pub fn overrides(
        &self,
        folders: &[PathBuf],
        students: &[String],
        lessons: &[String],
    ) -> Result<Overrides, String> {
        let files = match &self.overrides {
            Some(file) => vec![file.clone()],
            None => {
                let files = folders.iter().map(|folder| folder.join(class::OVERRIDES));
                files.filter(|file| file.exists()).collect()
            }
        };
        let ids = Ids::read(folders)?;
        let known = Known {
            students,
            lessons,
            ids: &ids,
        };
        Overrides::read(&files, known)
    }

    /// Writes what other gradebooks import, and says who is not in it.
    pub fn write(
        &self,
        results: &[Graded],
        book: &Gradebook<'_>,
        out: &Path,
    ) -> Result<(), String> {
        let name = self.assignment.as_deref();
        if let Some(file) = &self.canvas {
            let entered = class::canvas(file, name.unwrap_or_default(), results, book)?;
            write_entered(&out.join("canvas.csv"), &entered)?;
        }
        if let Some(field) = self.moodle {
            let name = name.unwrap_or("Grade");
            let entered = class::moodle(field, name, self.moodle_points, results, book);
            write_entered(&out.join("moodle.csv"), &entered)?;
        }
        if let Some(file) = &self.moodle_worksheet {
            let entered = class::worksheet(file, results, book)?;
            write_entered(&out.join("moodle-worksheet.csv"), &entered)?;
        }
        Ok(())
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "write a number above 0, as 20".to_owned())
}

fn write_entered(path: &Path, entered: &class::Entered) -> Result<(), String> {
    fs::write(path, &entered.text)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut said = format!(
        "{}: {} have their mark in it.\n",
        path.display(),
        entered.count
    );
    for (who, names) in [
        ("Of the class, not found in it", &entered.missing),
        (
            "In it, without a result, and left as they were",
            &entered.without,
        ),
        (
            "Excused or locked there, and left as they were",
            &entered.closed,
        ),
    ] {
        if !names.is_empty() {
            said += &format!("  {who}: {}.\n", plain(&names.join("; ")));
        }
    }
    print(&said);
    Ok(())
}

/// Publishes a class by ids, of which those stay that these folders have.
pub fn publish_by_ids(
    results: &[Graded],
    ungraded: &[Ungraded],
    course: &Course,
    overrides: &Overrides,
    folders: &[PathBuf],
    out: &Path,
) -> Result<(), String> {
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut ids = Ids::read(folders)?;
    let graded = results.iter().map(|it| it.name.as_str());
    ids.keep(
        graded.chain(ungraded.iter().map(|it| it.name.as_str())),
        out,
    )?;
    ids.sweep(out)?;
    let (results, overrides) = (ids.results(results), ids.overrides(overrides));
    let mut book = Gradebook::new(&results, course, &overrides);
    book.ungraded = ids.ungraded(ungraded);
    class::publish(&results, &book, out)
}
