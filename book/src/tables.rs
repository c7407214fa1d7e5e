//! Tables that a phone can show: each cell says of which column it is, so that a row
//! may stand as a block of its own, one cell below the other.

use crate::html::escape;
use exchange::format::page::visible;

/// A page in which each cell of a table has its column's name.
pub fn labelled(html: &str) -> String {
    let mut labelled = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<table>") {
        let (table, after) = after.split_once("</table>").unwrap_or((after, ""));
        labelled += before;
        labelled += &format!("<table>{}</table>", with_names(table));
        rest = after;
    }
    labelled + rest
}

fn with_names(table: &str) -> String {
    let heads = table.split("<th").filter_map(|part| {
        let (attributes, text) = part.split_once('>')?;
        let text = text.split("</th>").next()?;
        let is_head = attributes.is_empty() || attributes.starts_with(' ');
        is_head.then(|| escape(visible(text).trim()))
    });
    let heads: Vec<String> = heads.collect();
    let mut tags = table.split('<');
    let mut named = tags.next().unwrap_or_default().to_owned();
    let mut column = 0;
    for tag in tags {
        if tag.starts_with("tr") {
            column = 0;
        }
        named.push('<');
        match tag.strip_prefix("td") {
            Some(rest) => {
                let head = heads.get(column).map_or("", String::as_str);
                named += &format!("td data-head=\"{head}\"{rest}");
                column += 1;
            }
            None => named += tag,
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_of_a_table_has_its_columns_name() {
        let table = "<p>a</p><table><thead><tr><th>In <b>Flask</b></th>\
            <th style=\"x\"><code>\"</code></th></tr></thead><tbody>\n\
            <tr><td>a</td><td style=\"y\">b</td></tr><tr><td></td></tr></tbody></table><p>c</p>";
        let named = labelled(table);
        assert_eq!(
            &named[named.find("<tbody>").unwrap()..],
            "<tbody>\n<tr><td data-head=\"In Flask\">a</td><td data-head=\"&quot;\" style=\"y\">b</td></tr>\
             <tr><td data-head=\"In Flask\"></td></tr></tbody></table><p>c</p>"
        );
        assert!(
            named.starts_with("<p>a</p><table><thead><tr><th>In <b>"),
            "{named}"
        );
    }

    #[test]
    fn a_page_without_a_table_stays_as_it_is() {
        assert_eq!(labelled("<p>td</p>\n"), "<p>td</p>\n");
    }
}
