//! Marks as other gradebooks take them: the file that Canvas exports and imports, the
//! file that Moodle imports, and the worksheet of one of its assignments.
//!
//! Canvas' importer says what it takes:
//! <https://github.com/instructure/canvas-lms/blob/00b222d77ee43d046e6aee0347c4ed5b27e1741f/lib/gradebook_importer.rb>.
//! Moodle's documentation is <https://docs.moodle.org/405/en/Grade_import>.

use super::gradebook::Gradebook;
use super::publish::feedback;
use super::run::Graded;
use super::sheet::Sheet;
use crate::report::is_formula;
use std::collections::BTreeMap;
use std::path::Path;

/// A file to import, and what is to be said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entered {
    /// Its text.
    pub text: String,
    /// How many have their mark in it.
    pub count: usize,
    /// Who is in the class, and not in the file.
    pub missing: Vec<String>,
    /// Who is in the file, and has no result.
    pub without: Vec<String>,
    /// Whose mark is not to be changed there.
    pub closed: Vec<String>,
}

/// By what Moodle knows a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Field {
    /// The email address.
    Email,
    /// The username.
    Username,
    /// The ID number.
    Idnumber,
}

/// Puts the marks into the gradebook that Canvas exported, in the column of an
/// assignment, in the points that are possible there.
///
/// # Errors
///
/// A file that is no gradebook of Canvas, an assignment that it has not, two students
/// who are the same one there.
pub fn canvas(
    path: &Path,
    assignment: &str,
    results: &[Graded],
    book: &Gradebook<'_>,
) -> Result<Entered, String> {
    let mut sheet = Sheet::read(path)?;
    let ids = ["ID", "SIS User ID", "SIS Login ID"];
    if sheet.column("ID").is_none() || sheet.column("Section").is_none() {
        let what = "this is no gradebook of Canvas, with the columns Student, ID and \
                    Section. Export it in Canvas: Grades, Export.";
        return Err(sheet.fault(0, what));
    }
    let column = of_assignment(&sheet, assignment)?;
    let (row, possible) = possible(&sheet, column)?;
    // Between the header and the points may be a row on how grades are posted.
    let students = row + 1..sheet.rows();
    let found = find(&sheet, students.clone(), &ids, results)?;
    let is_excused = |row: &usize| sheet.cell(*row, column).eq_ignore_ascii_case("EX");
    let closed: Vec<usize> = found.keys().copied().filter(is_excused).collect();
    for (row, result) in found.iter().filter(|(row, _)| !closed.contains(row)) {
        let points = rounded(book.total(result) * possible);
        sheet.set(*row, column, &points)?;
    }
    Ok(entered(&sheet, students, found, &closed, results))
}

/// The column of an assignment, by its header or without the number in that.
fn of_assignment(sheet: &Sheet, assignment: &str) -> Result<usize, String> {
    let header = sheet.header();
    let title = |header: &str| match header.rsplit_once(" (") {
        Some((title, _)) => title.to_owned(),
        None => header.to_owned(),
    };
    let is_meant =
        |header: &&String| *header == assignment || title(header) == assignment;
    let meant: Vec<&String> = header.iter().filter(is_meant).collect();
    let section = header.iter().position(|header| header == "Section");
    match meant[..] {
        [one] => {
            let column = header.iter().position(|header| header == one);
            let column = column.filter(|column| Some(*column) > section);
            column.ok_or_else(|| sheet.fault(0, &format!("`{one}` is no assignment.")))
        }
        [] => {
            let after = section.map_or(0, |section| section + 1);
            let known = header[after..].join("`, `");
            let what =
                format!("there is no assignment `{assignment}`. There are: `{known}`.");
            Err(sheet.fault(0, &what))
        }
        _ => {
            let what = format!(
                "more than one assignment is called `{assignment}`. Name one with its number, \
                 as `{}`.",
                meant[0]
            );
            Err(sheet.fault(0, &what))
        }
    }
}

/// The row `Points Possible`, and what it says of a column.
fn possible(sheet: &Sheet, column: usize) -> Result<(usize, f64), String> {
    let row =
        (1..sheet.rows()).find(|row| sheet.cell(*row, 0).contains("Points Possible"));
    let row = row.ok_or_else(|| {
        sheet.fault(
            0,
            "the row `Points Possible` is missing. Export the file again.",
        )
    })?;
    let points = sheet.cell(row, column).replace(',', ".");
    let points = points
        .parse()
        .ok()
        .filter(|points: &f64| points.is_finite());
    let points = points.ok_or_else(|| {
        let what = "this column has no points, or is read only. Name an assignment with points.";
        sheet.fault(row, what)
    })?;
    Ok((row, points))
}

/// Whose row is which: by the account, or else by the name, in one of these columns.
fn find<'a>(
    sheet: &Sheet,
    rows: std::ops::Range<usize>,
    columns: &[&str],
    results: &'a [Graded],
) -> Result<BTreeMap<usize, &'a Graded>, String> {
    let columns: Vec<usize> = columns
        .iter()
        .filter_map(|name| sheet.column(name))
        .collect();
    let mut found: BTreeMap<usize, &Graded> = BTreeMap::new();
    for result in results {
        let account = result.account();
        let is_theirs = |row: &usize| {
            let mut cells = columns.iter().map(|column| sheet.cell(*row, *column));
            cells.any(|cell| !cell.is_empty() && cell.eq_ignore_ascii_case(account))
        };
        let mut theirs = rows.clone().filter(is_theirs);
        let Some(row) = theirs.next() else { continue };
        if let Some(second) = theirs.next() {
            let what =
                format!("`{account}` is in an earlier row, too. Name another account.");
            return Err(sheet.fault(second, &what));
        }
        if let Some(other) = found.insert(row, result) {
            let what = format!(
                "this is {} and {} of the class. Give each an account of their own.",
                other.name, result.name
            );
            return Err(sheet.fault(row, &what));
        }
    }
    Ok(found)
}

fn entered(
    sheet: &Sheet,
    mut rows: std::ops::Range<usize>,
    found: BTreeMap<usize, &Graded>,
    closed: &[usize],
    results: &[Graded],
) -> Entered {
    let is_found = |name: &str| found.values().any(|result| result.name == name);
    let names = results.iter().map(|result| &result.name);
    let missing = names.filter(|name| !is_found(name)).cloned().collect();
    let without = rows
        .by_ref()
        .filter(|row| !found.contains_key(row))
        .map(|row| called(sheet, row))
        .filter(|name| !name.is_empty());
    Entered {
        text: sheet.text(),
        count: found.len() - closed.len(),
        missing,
        without: without.collect(),
        closed: closed.iter().map(|row| called(sheet, *row)).collect(),
    }
}

/// What a row's student is called there.
fn called(sheet: &Sheet, row: usize) -> String {
    let columns = ["Student", "Full name", "Identifier"];
    let columns = columns.iter().filter_map(|name| sheet.column(name));
    let mut names = columns.map(|column| sheet.cell(row, column));
    names.find(|name| !name.is_empty()).unwrap_or_default()
}

/// Writes what Moodle's gradebook imports: a line for each student with the mark, of
/// so many points, and the feedback. Who has no such account is left out, since Moodle
/// imports nothing of a file that names somebody unknown; and so is who has one that a
/// spreadsheet takes for a formula, since written in another way it is nobody's.
pub fn moodle(
    field: Field,
    assignment: &str,
    of: f64,
    results: &[Graded],
    book: &Gradebook<'_>,
) -> Entered {
    let header = match field {
        Field::Email => "Email address",
        Field::Username => "Username",
        Field::Idnumber => "ID number",
    };
    let has_one = |result: &&Graded| {
        let account = result.account();
        (field != Field::Email || account.contains('@')) && !is_formula(account)
    };
    let (named, missing): (Vec<&Graded>, Vec<&Graded>) =
        results.iter().partition(has_one);
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ =
        writer.write_record([header, assignment, &format!("{assignment} (feedback)")]);
    for result in &named {
        let points = rounded(book.total(result) * of);
        let _ =
            writer.write_record([result.account(), &points, &feedback(result, book)]);
    }
    let text = writer.into_inner().unwrap_or_default();
    Entered {
        text: String::from_utf8_lossy(&text).into_owned(),
        count: named.len(),
        missing: missing.iter().map(|result| result.name.clone()).collect(),
        without: Vec::new(),
        closed: Vec::new(),
    }
}

/// Puts the marks and the feedback into the worksheet of an assignment that was
/// downloaded from Moodle.
///
/// # Errors
///
/// A file that is no worksheet, two students who are the same one there.
pub fn worksheet(
    path: &Path,
    results: &[Graded],
    book: &Gradebook<'_>,
) -> Result<Entered, String> {
    let mut sheet = Sheet::read(path)?;
    let columns = [
        "Identifier",
        "Grade",
        "Maximum Grade",
        "Last modified (grade)",
    ];
    let columns = columns.map(|name| sheet.column(name));
    let [Some(_), Some(grade), Some(most), Some(_)] = columns else {
        let what = "this is no grading worksheet of Moodle in English, with the columns \
                    Identifier, Grade, Maximum Grade and Last modified (grade). Download it again.";
        return Err(sheet.fault(0, what));
    };
    let ids = ["Email address", "ID number", "Username", "Identifier"];
    let students = 1..sheet.rows();
    let found = find(&sheet, students.clone(), &ids, results)?;
    let comments = sheet.column("Feedback comments");
    let locks = sheet.column("Grade can be changed");
    let is_locked =
        |row: &usize| locks.is_some_and(|lock| sheet.cell(*row, lock) == "No");
    let closed: Vec<usize> = found.keys().copied().filter(is_locked).collect();
    for (row, result) in found.iter().filter(|(row, _)| !closed.contains(row)) {
        let of: Option<f64> = sheet.cell(*row, most).replace(',', ".").parse().ok();
        let of =
            of.ok_or_else(|| sheet.fault(*row, "the maximum grade is no number."))?;
        sheet.set(*row, grade, &rounded(book.total(result) * of))?;
        if let Some(column) = comments {
            sheet.set(*row, column, &feedback(result, book))?;
        }
    }
    Ok(entered(&sheet, students, found, &closed, results))
}

/// Points with at most two places, as Canvas and Moodle show them.
fn rounded(points: f64) -> String {
    format!("{}", (points * 100.0).round() / 100.0)
}
