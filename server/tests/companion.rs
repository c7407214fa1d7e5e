//! The companion from outside: the book's files over HTTP, and the real binary.

#[path = "harness/binary.rs"]
mod binary;

use binary::Running;
use companion::{Pages, attach};
use rocket::http::{Header, Status};
use rocket::local::blocking::{Client, LocalResponse};
use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

const LISTING: &str = "// ANCHOR: one\nfn one() {}\n// ANCHOR_END: one\n";

/// A repository with a book of one page.
fn small_book(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "book/book.toml",
        "[book]\ntitle = \"Small\"\nsrc = \"pages\"\n",
    );
    write("book/pages/SUMMARY.md", "- [A page](page.md)\n");
    write(
        "book/pages/page.md",
        "# A page\n\n{{#include ../../server/src/lessons/a.rs:one}}\n",
    );
    write("server/src/lessons/a.rs", LISTING);
    fs::create_dir_all(root.join("snapshots")).unwrap();
    root
}

fn client(root: &Path) -> Client {
    client_with(root, rocket::Config::figment())
}

fn client_with(root: &Path, figment: rocket::figment::Figment) -> Client {
    let figment = figment
        .merge(("log_level", "off"))
        .merge(("secret_key", vec![7; 32]))
        .merge(("inboxes", root.join("inboxes")))
        .merge((
            "template_dir",
            concat!(env!("CARGO_MANIFEST_DIR"), "/templates"),
        ));
    let library = Pages::open(root).expect("a book");
    Client::tracked(attach(server::rocket(figment), server::practice, library))
        .expect("a server")
}

fn header(response: &LocalResponse<'_>, name: &str) -> String {
    response
        .headers()
        .get_one(name)
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn the_pages_name_the_address_that_serves_them() {
    let root = small_book("address");
    let text = "curl http://127.0.0.1:8000/set http://localhost:8000/provider \
                redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback \
                curl http://notes.example:8000/came\n\n\
                {{#include ../../server/src/lessons/a.rs:one}}\n";
    fs::write(root.join("book/pages/page.md"), text).unwrap();
    let figment = rocket::Config::figment().merge(("port", 8123));
    let class = rocket::Config::figment()
        .merge(("classroom", true))
        .merge(("hosts", "https://class.example"));
    for (figment, host, wanted) in [
        (
            figment,
            "127.0.0.1:8123",
            "curl http://127.0.0.1:8123/set http://localhost:8123/provider \
             redirect_uri=http%3A%2F%2F127.0.0.1%3A8123%2Fcallback \
             curl http://notes.example:8123/came",
        ),
        (
            class,
            "class.example",
            "curl https://class.example/set https://class.example/provider \
             redirect_uri=https%3A%2F%2Fclass.example%2Fcallback",
        ),
    ] {
        let client = client_with(&root, figment);
        let host = Header::new("Host", host);
        let page = client.get("/book/page.html").header(host.clone());
        let page = page.dispatch().into_string().unwrap();
        assert!(page.contains(wanted), "{page}");
        // An edit is built anew, and says the same.
        fs::write(root.join("book/pages/page.md"), format!("{text}\nMore.\n")).unwrap();
        std::thread::sleep(Duration::from_millis(400));
        let page = client.get("/book/page.html").header(host).dispatch();
        let page = page.into_string().unwrap();
        assert!(page.contains("More.") && page.contains(wanted), "{page}");
        fs::write(root.join("book/pages/page.md"), text).unwrap();
    }
}

#[test]
fn what_holds_something_of_a_reader_is_kept_nowhere() {
    let client = client(&small_book("policies"));
    let host = Header::new("Host", "127.0.0.1");
    let json = rocket::http::ContentType::JSON;
    let play = r#"{"run":"a","exchange":"a/b","step":0}"#;
    for (answer, status) in [
        (client.get("/companion/wire"), 406),
        (client.get("/companion/jar"), 200),
        (client.delete("/companion/jar"), 204),
        (
            client
                .post("/companion/reader")
                .header(json.clone())
                .body("{\"key\":\"\"}"),
            204,
        ),
        (client.post("/companion/play").header(json).body(play), 404),
        (client.get("/companion/nothing"), 404),
    ] {
        let answer = answer.header(host.clone()).dispatch();
        assert_eq!(answer.status().code, status);
        assert_eq!(header(&answer, "cache-control"), "no-store", "{status}");
        assert_eq!(
            header(&answer, "referrer-policy"),
            "same-origin",
            "{status}"
        );
        assert_eq!(
            header(&answer, "x-content-type-options"),
            "nosniff",
            "{status}"
        );
        let policy = header(&answer, "content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
    }
}

#[test]
fn a_page_of_the_book_runs_what_the_book_has_and_nothing_inline() {
    let client = client(&small_book("csp"));
    for path in [
        "/book/",
        "/book/page.html",
        "/book/none.html",
        "/book/print.html",
    ] {
        let page = client.get(path).dispatch();
        let policy = header(&page, "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'sha256-"),
            "{policy}"
        );
        for wanted in [
            "base-uri 'self'",
            "frame-ancestors 'self'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(wanted), "{path}: {policy}");
        }
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains('*'),
            "{policy}"
        );
        assert_eq!(header(&page, "referrer-policy"), "same-origin");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    }
    // A page that the browser has comes with its policy, too.
    let etag = header(&client.get("/book/page.html").dispatch(), "etag");
    let request = client
        .get("/book/page.html")
        .header(Header::new("If-None-Match", etag));
    let again = request.dispatch();
    assert_eq!(again.status(), Status::NotModified);
    assert!(!header(&again, "content-security-policy").is_empty());
}

#[test]
fn the_front_door_leads_to_the_book() {
    let client = client(&small_book("front-door"));
    for (from, to) in [("/", "/book/"), ("/book", "/book/")] {
        assert_eq!(
            header(&client.get(from).dispatch(), "location"),
            to,
            "{from}"
        );
    }
    let page = client.get("/book/").dispatch();
    assert_eq!(page.status(), Status::Ok);
    assert!(page.into_string().unwrap().contains("fn one"));
}

#[test]
fn a_page_the_browser_has_is_not_sent_again() {
    let client = client(&small_book("etag"));
    let etag = header(&client.get("/book/page.html").dispatch(), "etag");
    let request = client.get("/book/page.html");
    let again = request
        .header(Header::new("If-None-Match", etag))
        .dispatch();
    assert_eq!(again.status(), Status::NotModified);
    assert_eq!(again.into_string(), None);
}

#[test]
fn a_page_is_compressed_for_those_who_take_it() {
    let client = client(&small_book("gzip"));
    let encoding = |accept: &'static str| {
        let request = client.get("/book/page.html");
        let response = request
            .header(Header::new("Accept-Encoding", accept))
            .dispatch();
        (
            header(&response, "content-encoding"),
            header(&response, "etag"),
        )
    };
    let (gzip, gzip_tag) = encoding("br, gzip;q=0.5");
    let (plain, plain_tag) = encoding("gzip;q=0, identity");
    assert_eq!((gzip.as_str(), plain.as_str()), ("gzip", ""));
    assert_ne!(gzip_tag, plain_tag);
}

#[test]
fn a_file_with_a_hash_in_its_name_is_kept_for_good_and_a_page_is_asked_for() {
    let client = client(&small_book("caching"));
    let page = client.get("/book/page.html").dispatch();
    assert_eq!(header(&page, "cache-control"), "no-cache");
    let html = page.into_string().unwrap();
    let script = html
        .split('"')
        .find(|text| text.starts_with("book-") && text.ends_with(".js"))
        .expect("a hashed script");
    let script = client.get(format!("/book/{script}")).dispatch();
    assert!(header(&script, "cache-control").contains("immutable"));
}

#[test]
fn what_is_not_in_the_book_is_404_and_never_a_file_of_the_server() {
    let client = client(&small_book("nowhere"));
    for path in [
        "/book/none.html",
        "/book/../Cargo.toml",
        "/book/%2e%2e/%2e%2e/Cargo.toml",
        "/book/%ff",
        "/nowhere",
    ] {
        assert_eq!(
            client.get(path).dispatch().status(),
            Status::NotFound,
            "{path}"
        );
    }
}

#[test]
fn an_edited_page_shows_on_reload() {
    let root = small_book("edit");
    let client = client(&root);
    std::thread::sleep(Duration::from_millis(350));
    let page = root.join("book/pages/page.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replace("# A page", "# Another page")).unwrap();
    let shown = client
        .get("/book/page.html")
        .dispatch()
        .into_string()
        .unwrap();
    assert!(shown.contains("Another page"));
}

#[test]
fn the_book_follows_a_page_that_was_edited() {
    let root = small_book("follows");
    fs::write(
        root.join("book/pages/SUMMARY.md"),
        "- [A page](page.md)\n- [One more](more.md)\n",
    )
    .unwrap();
    let more = root.join("book/pages/more.md");
    fs::write(&more, "# One more\n").unwrap();
    let client = client(&root);
    let shown = |path: &str| {
        client
            .get(path.to_owned())
            .dispatch()
            .into_string()
            .unwrap()
    };
    fs::write(&more, "# Another one\n").unwrap();
    std::thread::sleep(Duration::from_millis(350));
    assert!(shown("/book/more.html").contains("Another one"));
    // What can't be built alone waits, and what is beside it is whole.
    assert!(shown("/book/print.html").contains("Another one"));
    assert!(shown("/book/page.html").contains("fn one"));
    assert!(shown("/book/").contains("fn one"));
    assert!(shown("/book/none.html").contains("Page not found"));
}

#[test]
fn a_server_starts_with_the_book_that_is_there_and_shows_pages_as_they_are_now() {
    let root = small_book("starts");
    drop(Pages::open(&root).expect("a book"));
    let stamp = fs::read_to_string(root.join("target/book.stamp")).unwrap();
    fs::write(
        root.join("book/pages/page.md"),
        "# Another page\n\n{{#include ../../server/src/lessons/a.rs:one}}\n",
    )
    .unwrap();
    let client = client(&root);
    let now = fs::read_to_string(root.join("target/book.stamp")).unwrap();
    assert_eq!(now, stamp, "the start has built the book");
    let shown = client.get("/book/page.html").dispatch();
    assert!(shown.into_string().unwrap().contains("Another page"));
}

#[test]
fn what_watch_has_found_solved_is_told_to_a_reader_alone() {
    let root = small_book("solved");
    let alone = client(&root);
    let told = |client: &Client, host: &'static str| {
        let asked = client.get("/companion/solved");
        let answer = asked.header(Header::new("Host", host)).dispatch();
        answer.into_string().expect("a text")
    };
    assert_eq!(told(&alone, "127.0.0.1:8000"), "{}");
    let known = "{\"flash#build\":1764000000000}";
    for (left, wanted) in [(known, known), ("{\"flash#build\":", "{}"), ("[]", "{}")] {
        fs::write(root.join("target/book.solved"), left).unwrap();
        assert_eq!(told(&alone, "127.0.0.1:8000"), wanted);
    }
    fs::write(root.join("target/book.solved"), known).unwrap();
    let class = rocket::Config::figment()
        .merge(("classroom", true))
        .merge(("hosts", "https://class.example"));
    assert_eq!(told(&client_with(&root, class), "class.example"), "{}");
}

#[test]
fn a_broken_page_leaves_the_last_good_book() {
    let root = small_book("broken");
    let client = client(&root);
    std::thread::sleep(Duration::from_millis(350));
    fs::write(root.join("server/src/lessons/a.rs"), "fn one() {}\n").unwrap();
    let shown = client
        .get("/book/page.html")
        .dispatch()
        .into_string()
        .unwrap();
    assert!(shown.contains("fn one"));
    // A server that starts now has the same book to show.
    assert!(Pages::open(&root).is_ok());
}

#[test]
fn a_broken_first_book_is_an_error_with_file_and_line() {
    let root = small_book("broken-first");
    fs::write(root.join("server/src/lessons/a.rs"), "fn one() {}\n").unwrap();
    let error = Pages::open(&root).err().expect("an error");
    assert!(error.contains("page.md:3: "), "{error}");
}

#[test]
fn a_target_that_cannot_be_written_is_one_clear_line() {
    let root = small_book("unwritable");
    fs::write(root.join("target"), "a file in the folder's place").unwrap();
    let error = Pages::open(&root).err().expect("an error");
    assert!(error.contains("unwritable/target: "), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn a_target_that_can_only_be_read_still_has_its_book() {
    let root = small_book("read-only");
    drop(Pages::open(&root).expect("a book"));
    let stamp = root.join("target/book.stamp");
    let before = fs::metadata(&stamp).unwrap().modified().unwrap();
    // Where the lock would be written, nothing can be: for root, too.
    fs::remove_file(root.join("target/book.lock")).unwrap();
    fs::create_dir(root.join("target/book.lock")).unwrap();
    fs::write(root.join("target/book.page"), "").unwrap();
    assert!(page_of(&root).contains("fn one"));
    // An edited page can't be built, and the last good book is there.
    let page = root.join("book/pages/page.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replace("# A page", "# Another page")).unwrap();
    let shown = page_of(&root);
    assert!(shown.contains("fn one") && !shown.contains("Another page"));
    assert_eq!(fs::metadata(&stamp).unwrap().modified().unwrap(), before);
}

/// The page of the small book, from a server that starts now.
fn page_of(root: &Path) -> String {
    let client = client(root);
    let page = client.get("/book/page.html").dispatch();
    assert_eq!(page.status(), Status::Ok);
    page.into_string().unwrap()
}

#[test]
fn a_damaged_book_is_built_again() {
    let root = small_book("damaged");
    let whole = page_of(&root);
    let page = root.join("target/book/page.html");
    let damages: [fn(&Path); 4] = [
        |page| fs::remove_file(page).unwrap(),
        |page| fs::write(page, "").unwrap(),
        |page| {
            let file = fs::File::options().write(true).open(page).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        },
        // As long as it was: a disk that was full, or a machine that lost power.
        |page| {
            let length = fs::metadata(page).unwrap().len();
            fs::write(page, vec![0; length as usize]).unwrap();
        },
    ];
    for (number, damage) in damages.iter().enumerate() {
        damage(&page);
        assert_eq!(page_of(&root), whole, "damage {number}");
    }
    // One that can't be built again is not shown for a good one.
    fs::write(&page, "").unwrap();
    fs::write(root.join("server/src/lessons/a.rs"), "fn one() {}\n").unwrap();
    assert!(Pages::open(&root).is_err());
}

#[test]
fn the_lessons_share_a_stylesheet() {
    let client = client(&small_book("style"));
    let style = client.get("/style.css").dispatch();
    assert_eq!(header(&style, "content-type"), "text/css; charset=utf-8");
    let missing = client.post("/book/page.html").dispatch();
    assert!(missing.into_string().unwrap().contains("/style.css"));
}

/// The binary in a folder of its own, where it finds only the `.env` put there.
fn binary(name: &str, env: &str) -> Command {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(".env"), env).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command
        .env("ROCKET_INBOXES", folder.join("inboxes"))
        .env_remove("WEBHOOK_SECRETS")
        .current_dir(folder)
        .env_remove("SECRET_KEY")
        .env_remove("SPOTIFY_CLIENT_ID")
        .env_remove("SPOTIFY_CLIENT_SECRET")
        .env_remove("CARGO")
        .env_remove("ROCKET_PORT");
    command
}

fn stderr(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = binary("taken", "")
        .env("ROCKET_PORT", port)
        .output()
        .unwrap();
    let error = stderr(&output);
    assert!(error.contains("ROCKET_PORT=8001 cargo run"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn a_broken_env_line_is_named_and_its_text_is_not_shown() {
    let output = binary("bad-env", "# first\nSECRET_KEY=half of it\n")
        .output()
        .unwrap();
    let error = stderr(&output);
    assert!(
        error.contains(".env:2: ") && !error.contains("half"),
        "{error}"
    );
}

#[test]
fn a_short_key_does_not_start_and_says_how_to_make_one() {
    let output = binary("short", "SECRET_KEY=dev-only-change-me\n")
        .output()
        .unwrap();
    let error = stderr(&output);
    assert!(error.contains("openssl rand -base64 32"), "{error}");
}

#[test]
fn a_class_needs_a_key_of_its_own() {
    for (name, value) in [("ROCKET_ADDRESS", "0.0.0.0"), ("ROCKET_CLASSROOM", "true")] {
        let mut command = binary("class", "ROCKET_PORT=0\n");
        let output = command.env(name, value).output().expect("the binary runs");
        assert!(!output.status.success(), "{name}");
        assert!(
            stderr(&output).contains("SECRET_KEY is not set"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn a_class_needs_webhook_secrets_of_its_own() {
    let key = "SECRET_KEY='a key that is long enough for this test'\n";
    let asked = |name, secrets: &str| {
        let mut command = binary(name, &format!("{key}{secrets}"));
        command.env("ROCKET_CLASSROOM", "true");
        let output = command.env("ROCKET_HOSTS", "127.0.0.1").output();
        stderr(&output.expect("the binary runs"))
    };
    let book =
        "WEBHOOK_SECRETS='github=x stripe=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'\n";
    for (name, secrets) in [("no-secrets", ""), ("the-books-secrets", book)] {
        let error = asked(name, secrets);
        assert!(error.contains("a class needs its own"), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let error = asked("whose-secret", "WEBHOOK_SECRETS=whsec_a-secret\n");
    assert!(error.contains("its sender's name"), "{error}");
    assert!(!error.contains("a-secret"), "{error}");
}

#[test]
fn a_setting_that_can_not_be_read_does_not_start() {
    for (name, value, said) in [
        ("ROCKET_CLASSROOM", "ja", "ROCKET_CLASSROOM: "),
        ("ROCKET_CLASSROOM", "", "ROCKET_CLASSROOM: "),
        ("ROCKET_WIRE", "never", "ROCKET_WIRE: "),
        ("ROCKET_WORKERS", "0", "ROCKET_WORKERS=0: "),
        ("ROCKET_WORKERS", "many", "WORKERS"),
        ("ROCKET_PORT", "99999", "PORT"),
        ("ROCKET_HOSTS", "a/b", "ROCKET_HOSTS: "),
    ] {
        let mut command = binary("setting", GOOD_KEY);
        let output = command.env(name, value).output().expect("the binary runs");
        let error = stderr(&output);
        assert!(error.contains(said), "{name}={value}: {error}");
        assert_eq!(error.lines().count(), 1, "{name}={value}: {error}");
    }
}

#[test]
fn a_class_says_by_which_names_it_goes() {
    for value in ["1", "yes", "on", "TRUE"] {
        let mut command = binary("class-names", GOOD_KEY);
        let output = command.env("ROCKET_CLASSROOM", value).output();
        let error = stderr(&output.expect("the binary runs"));
        assert!(error.contains("ROCKET_HOSTS"), "{value}: {error}");
    }
}

#[test]
fn an_env_file_of_a_folder_above_is_not_read() {
    let above = Path::new(env!("CARGO_TARGET_TMPDIR")).join("above");
    let below = above.join("below");
    fs::create_dir_all(&below).unwrap();
    fs::write(above.join(".env"), "SECRET_KEY=short\n").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = binary("above", "SECRET_KEY=short\n");
    let output = command.current_dir(below).env("ROCKET_PORT", port).output();
    // It comes as far as its port.
    let error = stderr(&output.unwrap());
    assert!(error.contains("can't listen there"), "{error}");
}

#[test]
fn an_env_file_chooses_no_program() {
    for name in [
        "CARGO",
        "PATH",
        "RUSTC_WRAPPER",
        "LD_PRELOAD",
        "CARGO_BUILD_RUSTC",
    ] {
        let env = format!(
            "SPOTIFY_CLIENT_ID=an-id\nSPOTIFY_CLIENT_SECRET=a-secret\n{name}=echo\n"
        );
        let output = binary("program", &env).output().expect("the binary runs");
        let error = stderr(&output);
        assert!(error.contains(&format!("{name} is no setting")), "{error}");
        assert_eq!(output.stdout, b"", "{output:?}");
    }
}

/// Both of Spotify's values, as `.env` has them.
#[cfg(not(feature = "spotify"))]
const SPOTIFY: &str = "SPOTIFY_CLIENT_ID=an-id\nSPOTIFY_CLIENT_SECRET=a-secret\n";

#[cfg(all(unix, not(feature = "spotify")))]
#[test]
fn with_spotifys_values_cargo_builds_the_server_with_tls() {
    let output = binary("spotify", SPOTIFY).env("CARGO", "echo").output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let asked = "run --features spotify --manifest-path ";
    assert!(
        output.status.success() && said.contains(asked) && !said.contains("a-secret"),
        "{output:?}"
    );
}

#[cfg(not(feature = "spotify"))]
#[test]
fn without_cargo_the_server_says_how_to_build_it_for_spotify() {
    let output = binary("spotify-alone", SPOTIFY).output().unwrap();
    let error = stderr(&output);
    assert!(error.contains("cargo run --features spotify"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn half_of_what_spotify_needs_does_not_start() {
    let output = binary("half", "SPOTIFY_CLIENT_SECRET=a-secret\n").output();
    let error = stderr(&output.unwrap());
    assert!(error.contains("SPOTIFY_CLIENT_ID is not"), "{error}");
    assert!(!error.contains("a-secret"), "{error}");
}

#[test]
fn a_release_without_a_key_does_not_start() {
    let mut command = binary("release", "");
    let output = command.env("ROCKET_PROFILE", "release").output().unwrap();
    assert!(
        stderr(&output).contains("SECRET_KEY is not set"),
        "{output:?}"
    );
}

#[test]
fn an_ipv6_address_is_printed_as_a_url_has_it() {
    let port = match TcpListener::bind("[::1]:0") {
        Ok(free) => free.local_addr().unwrap().port(),
        Err(error) => {
            eprintln!("left out: this machine has no IPv6 ({error})");
            return;
        }
    };
    let mut command = binary("ipv6", "");
    command
        .env("ROCKET_ADDRESS", "::1")
        .env("ROCKET_PORT", port.to_string());
    let lines = Running::start(&mut command).said();
    let address = format!("http://[::1]:{port}/");
    assert!(
        lines.last().is_some_and(|line| line.ends_with(&address)),
        "{lines:?}"
    );
}

/// Starts the binary on a free port; what it has printed until it listens.
fn started(mut command: Command) -> (Running, u16, Vec<String>) {
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let mut running = Running::start(command.env("ROCKET_PORT", port.to_string()));
    let lines = running.said();
    (running, port, lines)
}

/// Sends a request, and gives all of the answer.
fn exchange(port: u16, line: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const GOOD_KEY: &str = "SECRET_KEY='a key that is long enough for this test'\n";

#[test]
fn the_binary_takes_its_key_from_env_and_prints_its_address_last() {
    let (_running, port, lines) = started(binary("start", GOOD_KEY));
    let address = format!("http://127.0.0.1:{port}/");
    assert!(
        lines.last().is_some_and(|line| line.ends_with(&address)),
        "{lines:?}"
    );
    assert!(
        !lines.iter().any(|line| line.contains("everyone has")),
        "{lines:?}"
    );
    assert!(
        lines[0].starts_with("No SPOTIFY_CLIENT_ID is set: "),
        "{lines:?}"
    );
    let answer = exchange(port, "GET /greet", "", "");
    assert!(answer.ends_with("Hello, stranger!"), "{answer}");
}

#[test]
fn those_who_play_leave_threads_to_those_who_log_in() {
    let mut command = binary("players", GOOD_KEY);
    command
        .env("ROCKET_CLASSROOM", "yes")
        .env("ROCKET_HOSTS", "127.0.0.1")
        .env("WEBHOOK_SECRETS", "github=a-secret-of-this-class")
        .env("ROCKET_MAX_BLOCKING", "8");
    let (_running, port, _) = started(command);
    let status = |answer: String| answer.split(' ').nth(1).map(str::to_owned);
    // Each plays a login: a thread that waits for one more.
    let players: Vec<_> = (0..16)
        .map(|number| {
            std::thread::spawn(move || {
                let headers = format!(
                    "Content-Type: application/json\r\nCompanion-Key: {number:032x}\r\n"
                );
                let body = r#"{"run":"a","exchange":"login/way-back","step":0}"#;
                exchange(port, "POST /companion/play", &headers, body)
            })
        })
        .collect();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let login = "user=ada&password=correct+horse&next=";
    let logged_in = exchange(port, "POST /login", form, login);
    assert_eq!(status(logged_in).as_deref(), Some("303"));
    for player in players {
        assert_eq!(status(player.join().unwrap()).as_deref(), Some("200"));
    }
}

#[test]
fn a_class_with_its_own_secrets_plays_the_deliveries_of_the_book() {
    let mut command = binary("deliveries", GOOD_KEY);
    command
        .env("ROCKET_CLASSROOM", "yes")
        .env("ROCKET_HOSTS", "127.0.0.1")
        .env("WEBHOOK_SECRETS", "github=a-secret-of-this-class");
    let (_running, port, _) = started(command);
    let headers = format!(
        "Content-Type: application/json\r\nCompanion-Key: {:032x}\r\n",
        1
    );
    for step in 0..3 {
        let body =
            format!(r#"{{"run":"a","exchange":"webhooks/taken","step":{step}}}"#);
        let played = exchange(port, "POST /companion/play", &headers, &body);
        assert!(played.contains(r#""differences":0"#), "{step}: {played}");
    }
    // It is the class's own server that a stranger's delivery is for.
    let delivery = "X-GitHub-Delivery: 1\r\nX-Hub-Signature-256: sha256=\
        2223fc01b64b443d9a6ae94815adb350cc9f2f41072575e4c59b8fc712ed3995\r\n";
    let refused = exchange(port, "POST /webhooks/ada/github", delivery, "Ada owes 10");
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
}

#[test]
fn however_many_runs_one_reader_begins_the_others_have_an_inbox() {
    let mut command = binary("many-runs", GOOD_KEY);
    command
        .env("ROCKET_CLASSROOM", "yes")
        .env("ROCKET_HOSTS", "127.0.0.1")
        .env("WEBHOOK_SECRETS", "github=a-secret-of-this-class");
    let (_running, port, _) = started(command);
    let play = |reader: u32, run: u32, exchanged: &str, step: u32| {
        let headers = format!(
            "Content-Type: application/json\r\nCompanion-Key: {reader:032x}\r\n"
        );
        let body =
            format!(r#"{{"run":"{run}","exchange":"{exchanged}","step":{step}}}"#);
        let played = exchange(port, "POST /companion/play", &headers, &body);
        assert!(
            played.contains(r#""differences":0"#),
            "{reader} {run} {exchanged} {step}: {played}"
        );
    };
    for run in 0..310 {
        for step in 0..2 {
            play(1, run, "webhooks/once", step);
        }
    }
    // The others, and the same one: what an earlier run left is in nobody's way.
    for reader in [2, 1] {
        for (run, (exchanged, steps)) in [
            ("webhooks/once", 4),
            ("webhooks/taken", 3),
            ("webhooks/tampered", 2),
            ("webhooks/old-secret", 2),
            ("webhooks/once", 4),
        ]
        .into_iter()
        .enumerate()
        {
            for step in 0..steps {
                play(reader, run as u32, exchanged, step);
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_server_may_open_as_many_files_as_it_is_allowed() {
    let plain = binary("files", GOOD_KEY);
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -Sn 256 && exec \"$0\""])
        .arg(plain.get_program())
        .current_dir(plain.get_current_dir().unwrap());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let (running, port, _) = started(command);
    let limits = fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!(words[3], words[4], "{words:?}");
    // More than it might have: idle ones leave the rest served.
    let idle = (0..400).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap());
    let _idle: Vec<TcpStream> = idle.collect();
    let answer = exchange(port, "GET /greet", "", "");
    assert!(answer.ends_with("Hello, stranger!"), "{answer}");
}

/// A server that starts one of the gallery with a cargo of this test's own, in whose place
/// stands a script for `sh`.
#[cfg(unix)]
struct Starter {
    folder: PathBuf,
    running: Running,
    port: u16,
}

#[cfg(unix)]
impl Starter {
    fn with_cargo(name: &str, script: &str) -> Starter {
        use std::os::unix::fs::PermissionsExt;
        let mut command = binary(name, GOOD_KEY);
        let folder = command.get_current_dir().unwrap().to_owned();
        for left in ["asked", "number", "env"] {
            let _ = fs::remove_file(folder.join(left));
        }
        let cargo = folder.join("cargo");
        let script = format!("#!/bin/sh\ncd \"${{0%/*}}\"\necho $$ >number\n{script}");
        fs::write(&cargo, script).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        let (running, port, _) = started({
            command.env("CARGO", cargo);
            command
        });
        Starter {
            folder,
            running,
            port,
        }
    }

    fn ask(&self, line: &str, headers: &str, body: &str) -> String {
        exchange(
            self.port,
            &format!("{line} /companion/gallery"),
            headers,
            body,
        )
    }

    fn start(&self, fault: &str) -> String {
        let json = "Content-Type: application/json\r\n";
        self.ask("POST", json, &format!("{{\"fault\":{fault}}}"))
    }

    /// What it says that became of it, once it says this.
    fn until(&self, words: &str) -> String {
        let mut answer = String::new();
        for _ in 0..500 {
            answer = self.ask("GET", "", "");
            if answer.contains(words) {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it never says {words}: {answer}");
    }

    /// The number of the process that the script is.
    fn process(&self) -> String {
        for _ in 0..500 {
            let number = fs::read_to_string(self.folder.join("number"));
            match number {
                Ok(number) if number.ends_with('\n') => {
                    return number.trim().to_owned();
                }
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        panic!("cargo was not started");
    }
}

/// Whether the process goes on; one that has ended, and is not waited for, does not.
#[cfg(unix)]
fn goes_on(process: &str) -> bool {
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", process])
        .output()
        .expect("ps runs");
    let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

/// Whether it ends soon.
#[cfg(unix)]
fn ends(process: &str) -> bool {
    (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        !goes_on(process)
    })
}

/// What the checker says of a server that listens.
#[cfg(unix)]
const SAYS: &str = "echo 'A server with one fault listens at http://127.0.0.1:8001'\n";

#[test]
#[cfg(unix)]
fn a_server_of_the_gallery_is_started_and_stopped_from_the_page() {
    let script = format!("echo \"$*\" >asked\nenv >env\n{SAYS}exec cat\n");
    let starter = Starter::with_cargo("gallery", &script);
    assert!(starter.ask("GET", "", "").ends_with("{\"state\":\"none\"}"));
    starter.start("27");
    let answer = starter.until("running");
    let wanted =
        "{\"state\":\"running\",\"fault\":27,\"url\":\"http://127.0.0.1:8001\"}";
    assert!(answer.ends_with(wanted), "{answer}");
    let asked = || fs::read_to_string(starter.folder.join("asked")).unwrap();
    let words =
        "run --quiet --package checker -- gallery 27 --port 8001 --until-stdin-ends\n";
    assert_eq!(asked(), words);
    let variables = fs::read_to_string(starter.folder.join("env")).unwrap();
    assert!(!variables.contains("SECRET_KEY"), "{variables}");
    assert!(!variables.contains("ROCKET_"), "{variables}");
    // What another site's page sends is a form, or says where it is from.
    let json = "Content-Type: application/json\r\n";
    for (headers, body) in [
        (json, "{\"fault\":\"9; true\"}"),
        (json, "{\"fault\":0}"),
        (
            "Content-Type: application/json\r\nOrigin: http://evil.example\r\n",
            "{\"fault\":9}",
        ),
        (
            "Content-Type: application/x-www-form-urlencoded\r\n",
            "fault=9",
        ),
    ] {
        let answer = starter.ask("POST", headers, body);
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(asked(), words, "it was started for another site's page");
    let process = starter.process();
    assert!(goes_on(&process));
    let answer = starter.ask("DELETE", "", "");
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert!(!goes_on(&process));
}

#[test]
#[cfg(unix)]
fn a_server_of_the_gallery_ends_with_the_books_server_however_that_ends() {
    for (signal, script) in [
        ("KILL", format!("{SAYS}exec cat\n")),
        ("TERM", format!("{SAYS}exec cat\n")),
        // While it is built, which reads no input.
        ("TERM", "exec sleep 100\n".to_owned()),
        ("INT", "exec sleep 100\n".to_owned()),
    ] {
        let starter = Starter::with_cargo("gallery-ends", &script);
        starter.start("9");
        let process = starter.process();
        let book = starter.running.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &book]).status();
        assert!(sent.unwrap().success());
        assert!(ends(&process), "after {signal}, it goes on: {script}");
        assert!(ends(&book), "after {signal}, the book's server goes on");
    }
}

#[test]
#[cfg(unix)]
fn a_server_of_the_gallery_that_is_built_holds_nobody_up() {
    let starter = Starter::with_cargo("gallery-slow", "exec sleep 100\n");
    starter.start("9");
    let process = starter.process();
    for _ in 0..50 {
        assert!(starter.ask("GET", "", "").contains("starting"));
        // In place of the one before.
        starter.start("9");
    }
    assert!(!goes_on(&process));
    assert!(exchange(starter.port, "GET /greet", "", "").contains("stranger"));
    let answer = starter.ask("DELETE", "", "");
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert!(!goes_on(&starter.process()));
    assert!(starter.ask("GET", "", "").contains("\"none\""));
}

#[test]
#[cfg(unix)]
fn why_a_server_of_the_gallery_does_not_start_is_said_on_the_page() {
    for (script, why) in [
        (
            "echo '127.0.0.1:8001: taken' >&2\nexit 2\n",
            "\"why\":\"127.0.0.1:8001: taken\"}",
        ),
        ("exit 2\n", "not said why: exit status: 2\"}"),
        ("printf '\\344' >&2\nexit 1\n", "\"why\":\"\u{fffd}\"}"),
        // More than a pipe holds, and more than is read.
        (
            "head -c 300000 /dev/zero | tr '\\0' x >&2\nexit 1\n",
            "xxxxxx\"}",
        ),
    ] {
        let starter = Starter::with_cargo("gallery-taken", script);
        starter.start("1");
        let answer = starter.until("ended");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.ends_with(why), "{answer}");
        assert!(answer.len() < 20_000, "{}", answer.len());
    }
    let mut command = binary("gallery-without", GOOD_KEY);
    command.env("CARGO", "/nowhere/cargo");
    let (_running, port, _) = started(command);
    let json = "Content-Type: application/json\r\n";
    let answer = exchange(port, "POST /companion/gallery", json, "{\"fault\":1}");
    assert!(
        answer.contains("\"why\":\"cargo did not start: "),
        "{answer}"
    );
}

#[test]
#[cfg(unix)]
fn no_reader_of_a_class_starts_a_program_on_its_server() {
    let mut command = binary("gallery-class", GOOD_KEY);
    command
        .env("CARGO", "/nowhere/cargo")
        .env("ROCKET_CLASSROOM", "true")
        .env("ROCKET_HOSTS", "127.0.0.1")
        .env("WEBHOOK_SECRETS", "github=a-secret-of-this-class");
    let (_running, port, _) = started(command);
    let json = "Content-Type: application/json\r\n";
    for (method, body) in [("POST", "{\"fault\":1}"), ("GET", ""), ("DELETE", "")] {
        let line = format!("{method} /companion/gallery");
        let answer = exchange(port, &line, json, body);
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
}
