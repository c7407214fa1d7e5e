//! A CSV file that another program wrote and reads again: some cells get another text,
//! and every other byte of it stays.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file, and where its cells are.
#[derive(Debug, Clone)]
pub struct Sheet {
    path: PathBuf,
    text: String,
    separator: char,
    rows: Vec<Vec<Range<usize>>>,
    edits: Vec<(Range<usize>, String)>,
}

impl Sheet {
    /// Reads a file whose cells are separated by commas, or by semicolons.
    ///
    /// # Errors
    ///
    /// A file that can't be read, is not in UTF-8, or ends within a quoted cell.
    pub fn read(path: &Path) -> Result<Sheet, String> {
        let failed = |why: &str| format!("{}: {why}", path.display());
        let bytes = fs::read(path).map_err(|error| failed(&error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            failed("it is not in UTF-8. Export it again, and don't edit it.")
        })?;
        let header = text.lines().next().unwrap_or_default();
        let separator = match header.matches(';').count() > header.matches(',').count()
        {
            true => ';',
            false => ',',
        };
        let rows = cells(&text, separator)
            .ok_or_else(|| failed("a quote that is opened is not closed."))?;
        Ok(Sheet {
            path: path.to_owned(),
            text,
            separator,
            rows,
            edits: Vec::new(),
        })
    }

    /// How many rows it has, its header among them.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What a cell says; nothing where there is none.
    pub fn cell(&self, row: usize, column: usize) -> String {
        let at = self.rows.get(row).and_then(|row| row.get(column));
        let raw = at.map_or("", |at| &self.text[at.clone()]).trim();
        match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\"").trim().to_owned(),
            None => raw.to_owned(),
        }
    }

    /// The column of this name; where there is none, of this name in other cases, which a
    /// platform's next version may write it in.
    pub fn column(&self, name: &str) -> Option<usize> {
        let header = self.header();
        let exact = header.iter().position(|header| header == name);
        exact.or_else(|| header.iter().position(|it| it.eq_ignore_ascii_case(name)))
    }

    /// The names of the columns.
    pub fn header(&self) -> Vec<String> {
        let count = self.rows.first().map_or(0, Vec::len);
        (0..count).map(|column| self.cell(0, column)).collect()
    }

    /// What is wrong in a row.
    pub fn fault(&self, row: usize, what: &str) -> String {
        let start = self.rows.get(row).and_then(|row| row.first());
        let before = &self.text[..start.map_or(0, |cell| cell.start)];
        let line = before.matches('\n').count() + 1;
        format!("{}:{line}: {what}", self.path.display())
    }

    /// Gives a cell another text.
    ///
    /// # Errors
    ///
    /// The line that has no such cell.
    pub fn set(&mut self, row: usize, column: usize, text: &str) -> Result<(), String> {
        let at = self.rows.get(row).and_then(|row| row.get(column)).cloned();
        let at = at.ok_or_else(|| {
            self.fault(
                row,
                "this row is shorter than the first. Export the file again.",
            )
        })?;
        let special = ['"', '\n', '\r', self.separator];
        let text = match text.contains(special) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.to_owned(),
        };
        self.edits.push((at, text));
        Ok(())
    }

    /// The file's text with all that was set.
    pub fn text(&self) -> String {
        let mut edits = self.edits.clone();
        edits.sort_by_key(|(at, _)| at.start);
        let mut text = self.text.clone();
        for (at, new) in edits.iter().rev() {
            text.replace_range(at.clone(), new);
        }
        text
    }
}

/// Where the cells of each row are, quotes included; nothing where a quote stays open.
fn cells(text: &str, separator: char) -> Option<Vec<Vec<Range<usize>>>> {
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    // A mark of the byte order is no part of the first cell.
    let mut start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut quoted = false;
    for (at, letter) in text[start..].char_indices().map({
        let from = start;
        move |(at, letter)| (at + from, letter)
    }) {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '\n' => {
                let end = at - usize::from(text[start..at].ends_with('\r'));
                row.push(start..end);
                rows.push(std::mem::take(&mut row));
                start = at + 1;
            }
            _ if letter == separator => {
                row.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < text.len() || !row.is_empty() {
        row.push(start..text.len());
        rows.push(row);
    }
    (!quoted).then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        Sheet {
            path: "a.csv".into(),
            text: text.to_owned(),
            separator: ',',
            rows: cells(text, ',').unwrap(),
            edits: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_set_stays_as_it_is_to_the_byte() {
        let text = "\u{feff}Name,\"Last, first\" ,Mark\r\n\"a\n\"\"b\",  x,\r\n,,1";
        let mut sheet = sheet(text);
        assert_eq!(sheet.text(), text);
        assert_eq!(sheet.header(), ["Name", "Last, first", "Mark"]);
        assert_eq!(sheet.cell(1, 0), "a\n\"b");
        sheet.set(1, 2, "7,5").unwrap();
        sheet.set(2, 2, "").unwrap();
        let set = text.replace("x,\r", "x,\"7,5\"\r").replace(",,1", ",,");
        assert_eq!(sheet.text(), set);
        assert!(sheet.set(3, 0, "").is_err());
    }
}
