//! One name in four places: a lesson's slug names its page, its code, its
//! exchanges and its templates, and the four agree.

use exchange::format::library::{self, Entry};
use exchange::format::requirement::requirements;
use exchange::format::route;
use rocket::Route;
use rocket::http::Method;
use server::lessons;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn page(slug: &str) -> String {
    read(&format!("book/pages/{slug}.md"))
}

/// The names of a lesson's pages: its own, and those that are named after it.
fn pages(slug: &str) -> Vec<String> {
    let summary = read("book/pages/SUMMARY.md");
    let names = links(&summary).filter_map(|link| link.strip_suffix(".md"));
    let own = names.filter(|name| {
        let rest = name.strip_prefix(slug);
        let longer = slugs().into_iter().any(|other| {
            other.len() > slug.len()
                && (*name == other || name.starts_with(&format!("{other}-")))
        });
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) && !longer
    });
    own.map(str::to_owned).collect()
}

fn slugs() -> Vec<&'static str> {
    lessons::all().into_iter().map(|(slug, _)| slug).collect()
}

/// The lessons' titles and slugs by what each `lesson.toml` says, in its order.
fn facts() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for slug in folders("snapshots") {
        let path = format!("snapshots/{slug}/lesson.toml");
        if !root().join(&path).is_file() {
            continue;
        }
        let facts: toml::Table = toml::from_str(&read(&path))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let (title, order) = (facts["title"].as_str(), facts["order"].as_integer());
        let title = title.unwrap_or_else(|| panic!("{path}: no title"));
        found.push((order, title.to_owned(), slug));
    }
    found.sort();
    let lessons = found.into_iter();
    lessons.map(|(_, title, slug)| (title, slug)).collect()
}

fn module(slug: &str) -> String {
    slug.replace('-', "_")
}

fn exchanges() -> Vec<Entry> {
    library::entries(&root().join("snapshots")).expect("the exchanges")
}

/// The names of the folders in a folder.
fn folders(path: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(path)).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut names: Vec<String> = paths
        .filter(|path| path.is_dir())
        .map(|path| {
            path.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Whether a request for `target` reaches the route, by method and path.
fn reaches(route: &Route, method: &str, target: &str) -> bool {
    route::reaches(route.method.as_str(), route.uri.path(), method, target)
}

/// The addresses that a page links to.
fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

#[test]
fn the_server_has_the_lessons_in_the_order_of_their_facts() {
    let facts = facts();
    for (_, slug) in &facts {
        assert!(
            slugs().contains(&slug.as_str()),
            "snapshots/{slug}/lesson.toml is there, and server/src/lessons/mod.rs \
             lacks (\"{slug}\", {}::routes())",
            module(slug)
        );
    }
    for slug in slugs() {
        assert!(
            facts.iter().any(|(_, known)| known == slug),
            "server/src/lessons/mod.rs has {slug}, and there is no \
             snapshots/{slug}/lesson.toml"
        );
    }
    let ordered: Vec<&str> = facts.iter().map(|(_, slug)| slug.as_str()).collect();
    assert_eq!(slugs(), ordered, "mod.rs, and `order` in the lesson.toml");
}

#[test]
fn the_summary_lists_the_lessons_in_their_order_by_their_titles() {
    let summary = read("book/pages/SUMMARY.md");
    let mut lines = summary.lines();
    for (title, slug) in facts() {
        let line = format!("- [{title}]({slug}.md)");
        assert!(
            lines.any(|found| found == line),
            "book/pages/SUMMARY.md lacks `{line}`, or has it out of order"
        );
        let page = page(&slug);
        assert_eq!(
            page.lines().next(),
            Some(&*format!("# {title}")),
            "{slug}.md"
        );
    }
}

#[test]
fn every_exchange_shows_something_that_its_lesson_asks() {
    let snapshots = root().join("snapshots");
    for slug in slugs() {
        let asked =
            requirements(&snapshots, slug).unwrap_or_else(|why| panic!("{why}"));
        let mut named = asked.iter().flat_map(|asked| &asked.exchanges);
        for entry in library::entries(&snapshots).expect("the exchanges") {
            assert!(
                entry.lesson != slug || named.clone().any(|name| *name == entry.name),
                "snapshots/{slug}/requirements.md names {} nowhere",
                entry.name
            );
        }
        assert!(
            named.next().is_some(),
            "snapshots/{slug}/requirements.md is empty"
        );
    }
}

#[test]
fn nothing_is_left_to_write() {
    let mut places = vec!["book/pages".to_owned(), "server/src/lessons".to_owned()];
    for slug in slugs() {
        places.push(format!("server/src/lessons/{}", module(slug)));
        places.push(format!("snapshots/{slug}"));
        places.push(format!("server/templates/{slug}"));
    }
    let mut files = Vec::new();
    for folder in places {
        // A lesson may have no templates, and often has one file of code.
        for entry in fs::read_dir(root().join(&folder)).into_iter().flatten() {
            let entry = entry.expect("an entry");
            let name = entry.file_name();
            if entry.path().is_file() {
                files.push(format!("{folder}/{}", name.to_string_lossy()));
            }
        }
    }
    files.retain(|file| !file.ends_with(".png"));
    files.sort();
    let mut left = String::new();
    for file in files {
        for (index, line) in read(&file).lines().enumerate() {
            if line.contains("TODO") {
                left += &format!("{file}:{}: {}\n", index + 1, line.trim());
            }
        }
    }
    assert!(left.is_empty(), "still to be written:\n{left}");
}

#[test]
fn every_exchange_has_its_pin() {
    for entry in exchanges() {
        assert!(
            entry.pin_path().is_file(),
            "snapshots/{0}.http has no .snap; make it, and read it: \
             INSTA_UPDATE=always cargo test --test snapshots {0}",
            entry.id()
        );
    }
}

#[test]
fn every_lesson_has_a_page_a_route_and_an_exchange() {
    for (slug, routes) in lessons::all() {
        assert!(page(slug).starts_with("# "), "{slug}: no page");
        assert!(!routes.is_empty(), "{slug}: no route");
        let own = exchanges()
            .iter()
            .filter(|entry| entry.lesson == slug)
            .count();
        assert!(own > 0, "{slug}: no exchange");
    }
}

#[test]
fn every_route_is_requested_by_an_exchange_of_its_lesson() {
    for (slug, routes) in lessons::all() {
        let entries = exchanges().into_iter().filter(|entry| entry.lesson == slug);
        let steps: Vec<_> = entries
            .flat_map(|entry| entry.script().expect("a script").steps)
            .collect();
        for route in routes {
            let asked = |step: &exchange::format::script::Step| {
                reaches(&route, &step.method, &step.target)
            };
            assert!(
                steps.iter().any(asked),
                "no exchange in snapshots/{slug}/ requests {} {}; add one",
                route.method,
                route.uri.path()
            );
        }
    }
}

#[test]
fn every_route_of_the_provider_is_requested_by_an_exchange() {
    let entries = exchanges().into_iter();
    let steps: Vec<_> = entries
        .flat_map(|entry| entry.script().expect("a script").steps)
        .filter(|step| step.host.as_deref() == Some("localhost"))
        .collect();
    for route in server::provider::routes() {
        let asked = |step: &exchange::format::script::Step| {
            let target = step.target.strip_prefix("/provider");
            target.is_some_and(|target| reaches(&route, &step.method, target))
        };
        assert!(
            steps.iter().any(asked),
            "no exchange requests {} /provider{}; add one",
            route.method,
            route.uri.path()
        );
    }
}

#[test]
fn every_route_is_named_on_a_page_of_its_lesson() {
    for (slug, routes) in lessons::all() {
        let page: String = pages(slug).iter().map(|name| page(name)).collect();
        for route in routes {
            let linked = links(&page).any(|link| reaches(&route, "GET", link));
            let method = route.method.as_str();
            let named = page
                .split(&format!("`{method} "))
                .skip(1)
                .filter_map(|rest| rest.split('`').next())
                .any(|target| reaches(&route, method, target));
            let wanted = match route.method {
                Method::Get => linked,
                _ => named,
            };
            assert!(
                wanted,
                "book/pages/{slug}.md does not name {method} {path}; {}",
                match route.method {
                    Method::Get => "link to it".to_owned(),
                    _ => format!("write `{method} {}`", route.uri.path()),
                },
                path = route.uri.path()
            );
        }
    }
}

#[test]
fn every_exchange_is_shown_on_the_page_that_its_list_says() {
    let snapshots = root().join("snapshots");
    for slug in slugs() {
        let asked =
            requirements(&snapshots, slug).unwrap_or_else(|why| panic!("{why}"));
        let known = pages(slug);
        for requirement in asked {
            let name = &requirement.page;
            assert!(
                known.contains(name),
                "snapshots/{slug}/requirements.md: {name} is no page of this lesson"
            );
            let text = page(name);
            assert!(
                text.contains(&format!("{{{{#requirements {name}}}}}")),
                "book/pages/{name}.md lacks {{{{#requirements {name}}}}}"
            );
            for exchange in requirement.exchanges {
                let id = format!("{slug}/{exchange}");
                // As it is, or with what the page asks of the picture.
                let shown = ["}}", " "]
                    .iter()
                    .any(|end| text.contains(&format!("{{{{#exchange {id}{end}")));
                assert!(shown, "book/pages/{name}.md does not show {id}");
            }
        }
    }
}

#[test]
fn no_pin_is_without_its_script() {
    for entry in library::pins(&root().join("snapshots")).expect("the pins") {
        assert!(
            entry.script_path().is_file(),
            "snapshots/{}.snap has no .http; delete it",
            entry.id()
        );
    }
}

#[test]
fn every_folder_of_exchanges_or_templates_is_a_lessons() {
    let known = slugs();
    let mut named = folders("server/templates");
    named.extend(exchanges().into_iter().map(|entry| entry.lesson));
    for name in named {
        assert!(known.contains(&&*name), "{name} is no lesson's slug");
    }
}

/// The listings of the Flask side that pages show: name and code.
fn flask_listings() -> Vec<(String, String)> {
    let app = read("scripts/flask/app.py");
    let listings = app.split("# ANCHOR: ").skip(1).map(|part| {
        let (name, rest) = part.split_once('\n').expect("a line");
        let end = format!("# ANCHOR_END: {name}");
        let code = rest.split(&end).next().unwrap_or_default();
        (name.to_owned(), code.to_owned())
    });
    listings.collect()
}

#[test]
fn every_listing_of_the_flask_side_is_held_to_exchanges_of_its_own() {
    const HOME: &str = "scripts/flask/exchanges";
    let all = library::entries(&root().join(HOME)).expect("the exchanges");
    let names: BTreeSet<String> =
        flask_listings().into_iter().map(|(name, _)| name).collect();
    let homes: BTreeSet<String> = folders(HOME).into_iter().collect();
    assert_eq!(
        homes, names,
        "the folders of {HOME}, and the anchors of app.py"
    );
    for (name, code) in flask_listings() {
        let own = all.iter().filter(|entry| entry.lesson == name);
        let scripts: Vec<_> = own.map(|entry| entry.script().unwrap()).collect();
        assert!(!scripts.is_empty(), "{HOME}/{name} has no .http");
        for method in ["get", "post"] {
            let start = format!("@app.{method}(\"");
            for rest in code.split(&start).skip(1) {
                let path = rest.split('"').next().unwrap_or_default();
                let is_asked = scripts.iter().flat_map(|it| &it.steps).any(|step| {
                    let method = method.to_uppercase();
                    route::reaches(&method, path, &step.method, &step.target)
                });
                assert!(
                    is_asked,
                    "no exchange of {HOME}/{name} asks {method} {path}"
                );
            }
        }
    }
}

#[test]
fn every_exchange_of_the_flask_side_has_a_pin_of_the_same_requests() {
    let home = root().join("scripts/flask/exchanges");
    for entry in library::pins(&home).expect("the pins") {
        assert!(entry.script_path().is_file(), "{}: no script", entry.id());
    }
    for entry in library::entries(&home).expect("the exchanges") {
        let script = entry.script().unwrap_or_else(|why| panic!("{why}"));
        let pin = entry.pin().unwrap_or_else(|why| {
            panic!("{why}; pin it with scripts/flask-check --record")
        });
        let written = script.steps.iter();
        let written: Vec<_> = written
            .map(|it| (&it.title, &it.method, &it.target, &it.body))
            .collect();
        let pinned = pin.turns.iter().map(|it| {
            let asked = &it.request;
            (&it.title, &asked.method, &asked.target, &asked.body)
        });
        assert_eq!(pinned.collect::<Vec<_>>(), written, "{}", entry.id());
    }
}

#[test]
fn every_page_has_the_same_rooms_in_the_same_order() {
    let rooms = [
        "The code",
        "The exchange",
        "The rule",
        "Flask beside Rocket",
        "What goes wrong",
        "Your turn",
    ];
    for slug in slugs().into_iter().flat_map(pages) {
        let page = page(&slug);
        let found: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .filter(|heading| rooms.contains(heading))
            .collect();
        assert_eq!(found, rooms, "book/pages/{slug}.md");
        assert!(
            page.contains("cargo snapshots watch"),
            "{slug}: your turn has no command"
        );
    }
}

/// What is below each heading of a page's "Your turn".
fn steps_of_the_turn(page: &str) -> Vec<(&str, &str)> {
    let turn = page.split("\n## Your turn\n").nth(1).expect("a turn");
    let steps = turn.split("\n### ").skip(1);
    steps
        .map(|step| step.split_once('\n').expect("a step below its heading"))
        .collect()
}

#[test]
fn your_turn_has_four_steps_with_a_check_a_hint_and_a_worked_solution() {
    let of_lessons = slugs().into_iter().flat_map(|lesson| {
        let pages = pages(lesson).into_iter();
        pages.map(move |name| (lesson, name))
    });
    let mut missing: BTreeSet<String> =
        of_lessons.clone().map(|it| it.1 + "-change").collect();
    for turn in folders("book/turns") {
        assert!(missing.remove(&turn), "book/turns/{turn} is no page's");
    }
    for (lesson, slug) in of_lessons {
        let page = page(&slug);
        let steps = steps_of_the_turn(&page);
        assert!(
            page.contains("`rm -r practice`"),
            "book/pages/{slug}.md does not say how what was tried is undone"
        );
        let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
        let four = ["Predict", "Change", "Build", "Break and mend"];
        assert_eq!(names, four, "book/pages/{slug}.md");
        let (change, code) = (format!("{slug}-change"), module(lesson));
        // `scripts/turns` plays what these lines say.
        let predict = ["{{#choice ".into(), "{{#right ".into(), "{{#pinned ".into()];
        let changed = [
            format!("{{{{#requirements {change}}}}}"),
            "cargo snapshots new practice --solved\n".into(),
            format!("cargo snapshots watch practice {change} --exchanges book/turns\n"),
            "{{#answer A hint: ".into(),
            format!("```diff\n{{{{#include ../turns/{change}/solution.patch}}}}\n```"),
        ];
        let built = [
            format!("{{{{#requirements {slug}}}}}"),
            format!("cargo snapshots new my-server --lesson {lesson}\n"),
            format!("cargo snapshots watch my-server {lesson}\n"),
            format!(
                "git diff --no-index my-server/src/lessons/{code}.rs server/src/lessons/{code}.rs\n"
            ),
        ];
        let mended = [
            format!(
                "git apply --directory=practice --reverse book/turns/{change}/mend.patch\n"
            ),
            "cargo snapshots gallery ".into(),
            "cargo snapshots watch practice ".into(),
            "{{#answer A hint: ".into(),
            format!("```diff\n{{{{#include ../turns/{change}/mend.patch}}}}\n```"),
        ];
        let lines: [&[String]; 4] = [&predict, &changed, &built, &mended];
        for ((name, text), lines) in steps.iter().zip(lines) {
            for line in lines {
                assert!(
                    text.contains(line.as_str()),
                    "book/pages/{slug}.md: {name} lacks `{}`",
                    line.trim_end()
                );
            }
        }
    }
    assert!(missing.is_empty(), "book/turns lacks {missing:?}");
}

#[test]
fn every_lesson_has_a_sheet_to_print_in_the_order_of_the_book() {
    let sheets = page("sheets");
    let lines = sheets.lines();
    let names =
        lines.filter_map(|line| line.strip_prefix("{{#sheet ")?.split(' ').next());
    assert_eq!(
        names.collect::<Vec<_>>(),
        slugs(),
        "`{{{{#sheet …}}}}` of book/pages/sheets.md, and the lessons"
    );
}

#[test]
fn a_lesson_names_nothing_that_a_reader_does_not_have() {
    for slug in slugs() {
        let code = read(&format!("server/src/lessons/{}.rs", module(slug)));
        for word in ["companion", "crate::", "snapshots::", "book::"] {
            assert!(!code.contains(word), "the lesson {slug} names {word}");
        }
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let summary = read("book/pages/SUMMARY.md");
    for from in links(&summary) {
        let page = read(&format!("book/pages/{from}"));
        for link in
            links(&page).filter(|link| !link.contains(':') && !link.starts_with('/'))
        {
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { from } else { file };
            let target = read(&format!("book/pages/{file}"));
            let anchors = target.lines().filter_map(|line| line.strip_prefix("## "));
            let mut anchors = anchors.map(|heading| {
                let kept = heading.to_lowercase().replace(' ', "-");
                kept.replace(|char: char| !(char.is_alphanumeric() || char == '-'), "")
            });
            assert!(
                fragment.is_empty() || anchors.any(|anchor| anchor == fragment),
                "book/pages/{from}: {link} leads to no heading"
            );
        }
    }
}

#[test]
fn dark_has_the_same_colors_with_and_without_javascript() {
    let css = read("book/theme/css/variables.css");
    let dark = "@media (prefers-color-scheme: dark) {";
    let (named, preferred) = css.split_once(dark).expect(dark);
    let block = |css: &str, selector: &str| {
        let (_, rest) = css.split_once(&format!("{selector} {{")).expect(selector);
        let lines = rest.split_once('}').expect("an end").0.lines();
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        block(named, ".navy, .coal, .ayu"),
        block(preferred, "html:not(.js)")
    );
}
