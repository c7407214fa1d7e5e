//! The book built from a small copy of its sources.

use book::{Built, Sources, build};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use std::fs;
use std::path::{Path, PathBuf};

/// A repository with one page, one listing and one exchange.
struct Small(PathBuf);

const PAGE: &str = "# A page\n\n```rust\n{{#include ../../server/src/lessons/a.rs:one}}\n```\n\n\
                    {{#exchange a/sample}}\n\nIt answers {{#pinned a/sample 1 status}}.\n";
const LISTING: &str = "// ANCHOR: one\nfn one() {}\n// ANCHOR_END: one\n";
const SCRIPT: &str = "### A step\nGET /\n";
const PIN: &str = "### A step\n> GET /\n< 200 OK\n* keeps nothing\n\nHello\n";

impl Small {
    fn new(name: &str) -> Small {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        let small = Small(root);
        small.write(
            "book/book.toml",
            "[book]\ntitle = \"Small\"\nsrc = \"pages\"\n",
        );
        small.write("book/pages/SUMMARY.md", "- [A page](page.md)\n");
        small.write("book/pages/page.md", PAGE);
        small.write("server/src/lessons/a.rs", LISTING);
        small.write("snapshots/a/sample.http", SCRIPT);
        small.write("snapshots/a/sample.snap", PIN);
        small
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn built(&self) -> PathBuf {
        self.0.join("built")
    }

    fn build(&self) -> Result<Built, String> {
        let sources = Sources::of(&self.0);
        build(&sources, &self.built()).map_err(|error| error.to_string())
    }

    /// The faults after `path` was given `text`.
    fn faults(&self, path: &str, text: &str) -> String {
        self.write(path, text);
        self.build().expect_err("a fault")
    }

    fn page(&self) -> String {
        fs::read_to_string(self.built().join("page.html")).unwrap()
    }
}

#[test]
fn a_page_shows_its_listing_its_exchange_and_a_pinned_value() {
    let small = Small::new("whole");
    assert_eq!(small.build(), Ok(Built { pages: 1 }));
    let page = small.page();
    assert!(page.contains("fn one"), "{page}");
    assert!(page.contains("data-exchange=\"a/sample\""), "{page}");
    assert!(page.contains("It answers <code>200 OK</code>"), "{page}");
}

#[test]
fn a_turn_is_closed_unless_the_page_asks_for_it() {
    let small = Small::new("closed");
    let open = |page: &str| page.matches("<details class=\"turn\" open").count();
    small.build().unwrap();
    assert_eq!(open(&small.page()), 0);
    let page = PAGE.replace("a/sample}}\n\nIt", "a/sample open=1}}\n\nIt");
    small.write("book/pages/page.md", &page);
    small.build().unwrap();
    assert_eq!(open(&small.page()), 1);
}

/// A page that shows what Flask answers, too.
fn with_flask(name: &str, directive: &str) -> Small {
    let small = Small::new(name);
    small.write("book/pages/page.md", &format!("{PAGE}\n{directive}\n"));
    small.write("scripts/flask/exchanges/b/own.http", SCRIPT);
    small.write("scripts/flask/exchanges/b/own.snap", PIN);
    small
}

/// The picture of what Flask answers.
fn of_flask(page: &str) -> &str {
    let start = page.find("<details class=\"answer flask\">").expect(page);
    let end = page[start..].find("</figure>").expect("its end");
    &page[start..start + end]
}

#[test]
fn what_flask_answers_is_folded_and_named_as_flasks() {
    let small = with_flask("flask", "{{#flask b/own}}");
    small.build().unwrap();
    let page = small.page();
    let picture = of_flask(&page);
    for words in [
        "What Flask answers, in one turn",
        "Browser to Flask: ",
        "Flask to Browser: ",
        "</span> Flask</p>",
        "Hello",
        "scripts/flask/exchanges/b/own.snap",
    ] {
        assert!(picture.contains(words), "{words}\n{picture}");
    }
}

#[test]
fn what_flask_answers_is_nothing_to_send_or_to_copy() {
    let small = with_flask("flask-still", "{{#flask b/own}}");
    small.build().unwrap();
    let page = small.page();
    assert_eq!(page.matches("<http-exchange>").count(), 1);
    for live in ["data-step", "data-exchange", "curl"] {
        assert!(!of_flask(&page).contains(live), "{live}");
    }
}

#[test]
fn what_flask_answers_is_folded_under_the_words_of_the_page() {
    let small = with_flask("flask-words", "{{#flask b/own And <b>Flask</b>?}}");
    small.build().unwrap();
    let summary = "<summary>And &lt;b&gt;Flask&lt;/b&gt;?</summary>";
    assert!(small.page().contains(summary), "{}", small.page());
}

#[test]
fn what_flask_answers_takes_time_to_read() {
    let small = with_flask("flask-time", "{{#flask b/own}}");
    small.build().unwrap();
    assert!(small.page().contains("2 exchanges"), "{}", small.page());
}

#[test]
fn an_exchange_with_flask_without_a_pin_fails_the_build() {
    let small = with_flask("flask-pin", "{{#flask b/own}}\n\n{{#flask b/none}}");
    let pin = small.0.join("scripts/flask/exchanges/b/own.snap");
    fs::remove_file(pin).unwrap();
    let faults = small.build().expect_err("two faults");
    for fault in [
        "there is no exchanges/b/own.snap; run `scripts/flask-check --record`",
        "there is no exchanges/b/none.http; write it",
    ] {
        assert!(faults.contains(fault), "{faults}");
    }
}

#[test]
fn a_pin_of_flask_that_changes_changes_the_fingerprint() {
    let small = with_flask("flask-fingerprint", "{{#flask b/own}}");
    let sources = Sources::of(&small.0);
    let before = sources.fingerprint().unwrap();
    let pin = PIN.replace("Hello", "Hello, Ada");
    small.write("scripts/flask/exchanges/b/own.snap", &pin);
    assert_ne!(sources.fingerprint().unwrap(), before);
}

#[test]
fn a_wish_that_no_picture_can_fulfil_fails_the_build() {
    for (argument, fault) in [
        ("a/none", "there is no snapshots/a/none.http"),
        ("a/sample shut=1", "neither open=N nor behind=TURN:ID:TURN"),
        ("a/sample open=2", "there is no turn 2"),
        ("a/sample behind=1", "is not behind=TURN:ID:TURN"),
        ("a/sample behind=x:a/sample:1", "there is no turn x"),
        ("a/sample behind=1:a/sample:2", "a/sample has no step \"2\""),
    ] {
        let page = format!("{PAGE}\n{{{{#exchange {argument}}}}}\n");
        let faults = Small::new("wish").faults("book/pages/page.md", &page);
        assert!(faults.contains(fault), "{argument}: {faults}");
    }
}

#[test]
fn a_missing_file_fails_the_build() {
    let page = PAGE.replace("a.rs", "b.rs");
    let faults = Small::new("no-file").faults("book/pages/page.md", &page);
    assert!(faults.contains("page.md:4: there is no file"), "{faults}");
}

#[test]
fn a_deleted_anchor_fails_the_build() {
    let faults =
        Small::new("no-anchor").faults("server/src/lessons/a.rs", "fn one() {}\n");
    assert!(faults.contains("page.md:4: "), "{faults}");
    assert!(faults.contains("no anchor `one`"), "{faults}");
}

#[test]
fn an_anchor_that_no_page_includes_fails_the_build() {
    let listing =
        format!("{LISTING}// ANCHOR: two\nfn two() {{}}\n// ANCHOR_END: two\n");
    let faults = Small::new("unused").faults("server/src/lessons/a.rs", &listing);
    assert!(faults.contains("a.rs:4: no page includes"), "{faults}");
}

#[test]
fn an_exchange_without_a_pin_fails_the_build_and_says_how_to_make_one() {
    let small = Small::new("no-pin");
    fs::remove_file(small.0.join("snapshots/a/sample.snap")).unwrap();
    let faults = small.build().unwrap_err();
    assert!(
        faults.contains("page.md:7: there is no snapshots/a/sample.snap"),
        "{faults}"
    );
    assert!(
        faults.contains("INSTA_UPDATE=always cargo test"),
        "{faults}"
    );
}

#[test]
fn a_pin_of_another_script_fails_the_build() {
    let faults = Small::new("other-pin")
        .faults("snapshots/a/sample.http", "### Another\nGET /\n");
    assert!(faults.contains("differ"), "{faults}");
}

#[test]
fn a_broken_script_is_named_with_its_line() {
    let faults =
        Small::new("broken").faults("snapshots/a/sample.http", "### A step\nget /\n");
    assert!(faults.contains("sample.http:2: "), "{faults}");
}

#[test]
fn a_listing_over_25_lines_fails_the_build() {
    let long = LISTING.replace("fn one() {}", &"\n".repeat(26));
    let faults = Small::new("long").faults("server/src/lessons/a.rs", &long);
    assert!(faults.contains("over 25"), "{faults}");
}

#[test]
fn an_open_column_fails_the_build() {
    let page = format!("{PAGE}\n{{{{#beside}}}}\n\ntext\n");
    let faults = Small::new("open").faults("book/pages/page.md", &page);
    assert!(faults.contains("page.md:11: "), "{faults}");
}

#[test]
fn every_fault_is_reported_at_once() {
    let page = PAGE.replace("a.rs", "b.rs").replace("1 status", "2 status");
    let faults = Small::new("two").faults("book/pages/page.md", &page);
    assert!(
        faults.contains("page.md:4:") && faults.contains("page.md:9:"),
        "{faults}"
    );
}

#[test]
fn the_last_good_book_stays_when_a_build_fails() {
    let small = Small::new("last-good");
    small.build().unwrap();
    small.faults("book/pages/page.md", "{{#exchange a/other}}\n");
    assert!(small.page().contains("It answers"));
}

#[test]
fn stock_mdbook_builds_the_same_page_with_the_command() {
    let small = Small::new("stock");
    small.build().unwrap();
    let mut config = Config::from_disk(small.0.join("book/book.toml")).unwrap();
    config.build.build_dir = small.0.join("stock");
    let command = env!("CARGO_BIN_EXE_book");
    config
        .set("preprocessor.exchanges.command", command)
        .unwrap();
    config
        .set("preprocessor.exchanges.before", ["links"])
        .unwrap();
    let book = MDBook::load_with_config(small.0.join("book"), config).unwrap();
    book.build().unwrap();
    let stock = fs::read_to_string(small.0.join("stock/page.html")).unwrap();
    // Around the text the two differ: stock mdBook links each style and script. And
    // it spells the same with more spaces and more marks.
    let page = small.page();
    let text = |page: &str| {
        let (_, text) = page.split_once("<main>")?;
        let (text, _) = text.split_once("</main>")?;
        let text = text.replace("&quot;", "\"").replace("&#92;", "\\");
        let plain = text.replace("='{", "=\"{").replace("}'>", "}\">");
        Some(plain.split_whitespace().collect::<String>())
    };
    assert!(text(&page).is_some());
    assert_eq!(text(&stock), text(&page));
}

#[test]
fn an_edit_changes_the_fingerprint() {
    let small = Small::new("fingerprint");
    let sources = Sources::of(&small.0);
    let before = sources.fingerprint().unwrap();
    assert_eq!(sources.fingerprint().unwrap(), before);
    for (path, text) in [
        ("book/pages/page.md", "# Another page\n"),
        ("snapshots/a/sample.http", "### Another step\nGET /\n"),
        ("snapshots/a/other.snap", PIN),
        ("snapshots/a/lesson.toml", "title = \"A\"\n"),
        ("snapshots/checker/tests/golden/failure.txt", "failed\n"),
    ] {
        let before = sources.fingerprint().unwrap();
        small.write(path, text);
        assert_ne!(sources.fingerprint().unwrap(), before, "{path}");
    }
}

#[test]
fn what_the_build_does_not_read_leaves_the_fingerprint() {
    let small = Small::new("fingerprint-of-others");
    let sources = Sources::of(&small.0);
    let before = sources.fingerprint().unwrap();
    for path in [
        "snapshots/checker/src/main.rs",
        "snapshots/checker/Cargo.toml",
        "snapshots/checker/tests/snapshots/html.snap",
        "snapshots/a/sample.snap.new",
        "snapshots/a/deeper/sample.http",
        "snapshots/README.md",
    ] {
        small.write(path, "");
        assert_eq!(sources.fingerprint().unwrap(), before, "{path}");
    }
}

#[test]
fn the_book_of_this_project_builds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("whole");
    let built = build(&Sources::of(root), &into);
    let built = built.unwrap_or_else(|faults| panic!("{faults}"));
    assert!(built.pages > 10, "{built:?}");
}

#[test]
fn what_a_change_asks_is_read_from_its_own_folder() {
    let small = Small::new("change");
    let page = format!("{PAGE}\n{{{{#requirements a-change}}}}\n");
    small.write("book/turns/a-change/first.http", SCRIPT);
    let faults = small.faults("book/pages/page.md", &page);
    let wanted = "book/turns/a-change/requirements.md has nothing for a-change";
    assert!(faults.contains(wanted), "{faults}");
    small.write(
        "book/turns/a-change/requirements.md",
        "- It says when. (first)\n",
    );
    small.build().unwrap();
    assert!(small.page().contains("It says when."), "{}", small.page());
}

/// A page of sheets beside the page of a lesson that has all that a sheet takes.
fn with_sheets(name: &str, directives: &str) -> Small {
    let small = Small::new(name);
    let lesson = "# A lesson\n\nA session.\n\n## The code\n\n{{#exchange a/sample}}\n\n## Your turn\n\n\
                  ### Predict\n\nDoes `it` answer? See [above](#the-code).\n\n\
                  {{#choice It says `no`.}}\n\nNot by this.\n\n{{#end}}\n\n\
                  {{#right It does.}}\n\n{{#pinned a/other 1 body}}\n\n{{#end}}\n";
    small.write("book/pages/a.md", lesson);
    let glossary = "# Glossary\n\n**Session**\n: It lasts.\n\n**Answer**\n: It ends.\n";
    small.write("book/pages/glossary.md", glossary);
    let page = format!("# Sheets\n\n{directives}\n");
    small.write("book/pages/sheets.md", &page);
    let pages = "- [A page](page.md)\n- [A lesson](a.md)\n- [Sheets](sheets.md)\n\
                 - [Glossary](glossary.md)\n";
    small.write("book/pages/SUMMARY.md", pages);
    small.write("snapshots/a/requirements.md", "- It is there. (sample)\n");
    small.write("snapshots/a/other.http", SCRIPT);
    let other = PIN.replace("Hello", "Hello, Ada");
    small.write("snapshots/a/other.snap", &other);
    small
}

/// The sheets of `sheets.html`, the one with the answers last.
fn sheets(small: &Small) -> Vec<String> {
    let page = fs::read_to_string(small.built().join("sheets.html")).unwrap();
    let main = page.split("</main>").next().unwrap();
    let sheets = main.split("<div class=\"sheet").skip(1);
    sheets.map(str::to_owned).collect()
}

const SHEETS: &str = "{{#sheet a a/sample 1:status | Session}}\n\n{{#sheet-answers}}";

#[test]
fn a_sheet_is_drawn_from_the_page_the_pin_the_list_and_the_glossary() {
    let small = with_sheets("sheet", SHEETS);
    small.build().unwrap();
    let [front, _] = &sheets(&small)[..] else {
        panic!("one sheet, and the answers");
    };
    for drawn in [
        "A lesson",
        "Does <code>it</code> answer?",
        "href=\"a.html#the-code\"",
        "GET /",
        "It is there.",
        "It lasts.",
        "href=\"a.html#exchange-a-sample\"",
    ] {
        assert!(front.contains(drawn), "{drawn}\n{front}");
    }
}

#[test]
fn what_belongs_into_a_sheet_is_on_the_last_one_alone() {
    let small = with_sheets("sheet-answers", SHEETS);
    small.build().unwrap();
    let [front, answers] = &sheets(&small)[..] else {
        panic!("one sheet, and the answers");
    };
    for answer in ["200 OK", "Hello, Ada"] {
        assert!(!front.contains(answer), "{answer}\n{front}");
        assert!(answers.contains(answer), "{answer}\n{answers}");
    }
}

#[test]
fn a_sheet_changes_with_the_pin() {
    let small = with_sheets("sheet-pin", SHEETS);
    let pin = PIN.replace("200 OK", "418 I'm a teapot");
    small.write("snapshots/a/sample.snap", &pin);
    small.build().unwrap();
    assert!(sheets(&small)[1].contains("418 I"), "{:?}", sheets(&small));
}

#[test]
fn a_sheet_with_a_sealed_value_says_what_that_is() {
    let small = with_sheets("sheet-sealed", SHEETS);
    let says = |small: &Small| sheets(small)[0].contains("that the server has sealed");
    small.build().unwrap();
    assert!(!says(&small));
    let pin = PIN.replace("keeps nothing", "keeps session=sealed(Ada)");
    small.write("snapshots/a/sample.snap", &pin);
    small.build().unwrap();
    assert!(says(&small));
}

#[test]
fn a_sheet_of_a_page_without_a_question_is_a_fault() {
    let lesson = "# A lesson\n\n{{#exchange a/sample}}\n";
    let small = with_sheets("unasked", SHEETS);
    small.write("book/pages/sheets.md", &SHEETS.replace(" | Session", ""));
    let faults = small.faults("book/pages/a.md", lesson);
    assert!(
        faults.contains("book/pages/a.md has no step `### Predict` under"),
        "{faults}"
    );
}

#[test]
fn a_sheet_has_the_answers_to_tick_and_does_not_tell_the_right_one() {
    let small = with_sheets("sheet-choices", SHEETS);
    small.build().unwrap();
    let front = &sheets(&small)[0];
    assert!(front.contains("☐ It says <code>no</code>."), "{front}");
    assert!(front.contains("☐ It does."), "{front}");
    assert!(!front.contains("Not by this."), "{front}");
}

#[test]
fn an_answer_to_choose_opens_with_its_verdict() {
    let small = with_sheets("choices", SHEETS);
    small.build().unwrap();
    let page = fs::read_to_string(small.built().join("a.html")).unwrap();
    for drawn in [
        "<details class=\"answer choice\" name=\"predict\">\n<summary>It says <code>no</code>.</summary>\n<p><strong>Not so.</strong></p>\n<p>Not by this.</p>",
        "<details class=\"answer choice is-right\" name=\"predict\">\n<summary>It does.</summary>\n<p><strong>Right.</strong></p>\n",
    ] {
        assert!(page.contains(drawn), "{drawn}\n{page}");
    }
}

#[test]
fn a_sheet_that_cannot_be_made_fails_the_build_where_it_stands() {
    for (directive, fault) in [
        ("{{#sheet b a/sample 1:status}}", "book/pages/b.md: "),
        (
            "{{#sheet a a/none 1:status}}",
            "there is no snapshots/a/none.http; write it",
        ),
        (
            "{{#sheet a a/other 1:status}}",
            "book/pages/a.md does not show a/other",
        ),
        (
            "{{#sheet a a/sample:1-2 1:status}}",
            "a/sample has no turns 1-2; write FROM-TO",
        ),
        (
            "{{#sheet a a/sample 1:location}}",
            "turn 1 of a/sample has no location; PART is",
        ),
        (
            "{{#sheet a a/sample 1:status | Guard}}",
            "book/pages/a.md has no word `Guard`",
        ),
        (
            "{{#sheet a a/sample 1:status | Code}}",
            "glossary.md has no `**Code**`; write it",
        ),
        (
            "{{#sheet-answers}}",
            "there is no `{{#sheet …}}` on this page",
        ),
    ] {
        let faults = with_sheets("sheet-faults", directive).build();
        let faults = faults.expect_err(directive);
        assert!(faults.contains("sheets.md:3: "), "{directive}: {faults}");
        assert!(faults.contains(fault), "{directive}: {faults}");
    }
}

#[test]
fn a_sheet_takes_no_directive_from_a_page_but_a_pinned_value() {
    let small = with_sheets("sheet-directive", SHEETS);
    let page = small.0.join("book/pages/a.md");
    let lesson = fs::read_to_string(page).unwrap();
    let lesson = lesson.replace("{{#pinned a/other 1 body}}", "{{#exchange a/other}}");
    let faults = small.faults("book/pages/a.md", &lesson);
    assert!(
        faults.contains("takes from book/pages/a.md has a directive in it"),
        "{faults}"
    );
}
