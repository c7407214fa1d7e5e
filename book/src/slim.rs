//! A page without what no reader sees: comments, indentation between tags, and a
//! longer spelling of the data that its turns carry.

/// What is in these stands on the page as it is written, but for a script's indentation.
const VERBATIM: [&str; 4] = ["pre", "code", "script", "textarea"];

/// What an mdBook of years ago left in a browser's storage is mended by a script with
/// this line; no reader of this book has any.
const QUOTED: &str = "if (theme.startsWith('\"') && theme.endsWith('\"'))";

/// The page, in fewer bytes.
pub fn slim(html: &str) -> String {
    let mut is_credited = false;
    let mut slimmed = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((at, name)) = verbatim(rest) {
        slimmed += &between(&rest[..at], &mut is_credited);
        let close = format!("</{name}>");
        let end = rest[at..]
            .find(&close)
            .map_or(rest.len(), |end| at + end + close.len());
        slimmed += &match name {
            "script" if rest[at..end].contains(QUOTED) => String::new(),
            "script" => without_indentation(&rest[at..end]),
            _ => rest[at..end].to_owned(),
        };
        rest = &rest[end..];
    }
    slimmed + &between(rest, &mut is_credited)
}

/// Where the next element begins that is left as it is, and its name.
fn verbatim(html: &str) -> Option<(usize, &'static str)> {
    html.match_indices('<').find_map(|(at, _)| {
        let tag = &html[at + 1..];
        let is_open = |name: &&str| {
            let rest = tag.strip_prefix(*name);
            rest.is_some_and(|rest| rest.starts_with(['>', ' ', '\n']))
        };
        Some((at, VERBATIM.into_iter().find(is_open)?))
    })
}

/// mdBook's scripts have no text of several lines.
fn without_indentation(script: &str) -> String {
    let lines: Vec<&str> = script.lines().map(str::trim).collect();
    lines.join("\n")
}

fn between(html: &str, is_credited: &mut bool) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<!--") {
        let (comment, after) = after.split_once("-->").unwrap_or((after, ""));
        text += before;
        // Who drew the icons and under which licence: that stays, once.
        if comment.starts_with('!') && !std::mem::replace(is_credited, true) {
            text += &format!("<!--{comment}-->");
        }
        rest = after;
    }
    text += rest;
    let mut slimmed = String::with_capacity(text.len());
    for part in text.split_inclusive('>') {
        let tag = part.trim_start();
        let space = &part[..part.len() - tag.len()];
        match space.contains('\n') && (tag.is_empty() || tag.starts_with('<')) {
            true => slimmed.push('\n'),
            false => slimmed += space,
        }
        slimmed += &plainer(tag);
    }
    slimmed
}

/// A tag whose `data-step`, which is JSON and so full of quotation marks, stands in
/// apostrophes: then a mark is one byte and not six.
fn plainer(tag: &str) -> String {
    const OPEN: &str = " data-step=\"";
    let Some((before, after)) = tag.split_once(OPEN) else {
        return tag.to_owned();
    };
    let Some((data, after)) = after.split_once('"') else {
        return tag.to_owned();
    };
    let data = [("&quot;", "\""), ("&#92;", "\\"), ("'", "&#39;")]
        .iter()
        .fold(data.to_owned(), |data, (from, to)| data.replace(from, to));
    format!("{before} data-step='{data}'{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let html = "<div>\n    <!-- a\n note -->\n    <p>One\n  two</p> <b>three</b>\n\
                    \n  <pre>  <!-- here -->\n   x</pre>\n  <script>\n  // <!--\n  a()\n</script>\n<!--! CC BY --><i></i><!--! CC BY --></div>\n";
        assert_eq!(
            slim(html),
            "<div>\n<p>One\n  two</p> <b>three</b>\n<pre>  <!-- here -->\n   x</pre>\n\
             <script>\n// <!--\na()\n</script>\n<!--! CC BY --><i></i></div>\n"
        );
    }

    #[test]
    fn the_data_of_a_turn_says_the_same() {
        let html = "<li data-step=\"{&quot;http&quot;:&quot;it's &lt;a&gt; &amp; b&#92;n&quot;}\">";
        assert_eq!(
            slim(html),
            "<li data-step='{\"http\":\"it&#39;s &lt;a&gt; &amp; b\\n\"}'>"
        );
    }
}
