//! How answers compare with their pins.

use super::*;
use exchange::format::script::Script;
use exchange::format::transcript::Transcript;

static NO_NAMES: Names = Names::new();

fn turn(text: &str) -> Turn {
    Transcript::parse(text).unwrap().turns.remove(0)
}

/// A step of a server of which nothing is known, with none of the texts that are
/// looked for.
fn bare<'a>(step: &'a Step, pin: &'a Turn, none: &'a HashSet<String>) -> Compared<'a> {
    Compared {
        step,
        pin,
        requirement: "",
        has_items: false,
        before: &[],
        is_project: false,
        names: &NO_NAMES,
        has_own_layout: false,
        later: &[],
        strangers: none,
        headings: none,
        pages: none,
    }
}

/// What is wrong with a live answer to one request.
fn found(request: &str, pin: &Turn, live: &Turn) -> Vec<Finding> {
    found_by(request, pin, live, &HashSet::new())
}

/// The same of a server that says this here to those it doesn't know.
fn found_by(
    request: &str,
    pin: &Turn,
    live: &Turn,
    strangers: &HashSet<String>,
) -> Vec<Finding> {
    let script = Script::parse(&format!("### T\n{request}\n")).unwrap();
    let compared = Compared {
        step: &script.steps[0],
        pin,
        requirement: "`GET /shelf` sets `a`, and `b`.",
        has_items: true,
        before: &[],
        is_project: false,
        names: &NO_NAMES,
        has_own_layout: false,
        later: &["/greet"],
        strangers,
        headings: &HashSet::from(["Log in".to_owned()]),
        pages: &HashSet::from(["Ada's letters".to_owned()]),
    };
    compare(&compared, live).findings
}

/// The kinds of fault of a live answer, for one request.
fn kinds(request: &str, pin: &str, live: &str) -> Vec<Fault> {
    let line = request.lines().last().unwrap();
    let parse = |answer: &str| turn(&format!("### T\n> {line}\n{answer}"));
    let findings = found(request, &parse(pin), &parse(live)).into_iter();
    findings.map(|finding| finding.fault).collect()
}

const SEE_OTHER: &str = "< 303 See Other\n< location: /note\n* keeps nothing\n";

#[test]
fn a_redirect_after_a_post_must_lead_on_with_a_get_this_once() {
    for (live, fault) in [
        ("< 303 See Other\n< location: /note\n", None),
        ("< 302 Found\n< location: http://server/note\n", None),
        ("< 302 Found\n< location: note#top\n", None),
        ("< 301 Moved\n< location: /note\n", Some(Fault::Permanent)),
        ("< 308 Moved\n< location: /note\n", Some(Fault::Permanent)),
        (
            "< 307 Temporary\n< location: /note\n",
            Some(Fault::KeepsMethod),
        ),
        (
            "< 303 See Other\n< location: /save\n",
            Some(Fault::WrongLocation),
        ),
        (
            "< 303 See Other\n< location: //note\n",
            Some(Fault::WrongLocation),
        ),
        ("< 303 See Other\n", Some(Fault::WrongLocation)),
        (
            "< 303 See Other\n< location: /no te\n",
            Some(Fault::BrokenLocation),
        ),
        ("< 200 OK\n\nSaved\n", Some(Fault::NoRedirect)),
        (
            "< 200 OK\n\n<meta http-equiv=\"Refresh\" content=\"0\">\n",
            Some(Fault::MetaRefresh),
        ),
        ("< 404 Not Found\n", Some(Fault::Missing)),
        ("< 422 No\n", Some(Fault::Refused)),
        ("< 500 Oh\n", Some(Fault::ServerError)),
    ] {
        assert_eq!(
            kinds("POST /save", SEE_OTHER, live),
            Vec::from_iter(fault),
            "{live}"
        );
    }
}

#[test]
fn a_link_that_is_to_do_nothing_may_lead_to_a_page_that_asks_first() {
    let pin = "< 404 Not Found\n* keeps nothing\n";
    let page = "< 200 OK\n< content-type: text/html\n";
    for (live, fault) in [
        (
            format!("{page}\n<h1>Log out?</h1><button>Yes</button>\n"),
            None,
        ),
        (
            format!("{page}\n<h1>Out</h1><p role=\"status\">Logged out.</p>\n"),
            Some(Fault::Accepted),
        ),
        (
            format!("{page}< set-cookie: id=; removed\n\n<h1>Out</h1>\n"),
            Some(Fault::Accepted),
        ),
        (
            "< 200 OK\n< content-type: text/plain\n\nLogged out.\n".to_owned(),
            Some(Fault::Accepted),
        ),
        ("< 405 Method Not Allowed\n".to_owned(), None),
    ] {
        let found = kinds("GET /logout", pin, &live);
        assert_eq!(found, Vec::from_iter(fault), "{live}");
    }
}

#[test]
fn a_form_of_another_site_may_be_refused_where_the_page_only_does_not_know_it() {
    let pin = "< 303 See Other\n< location: /login\n* keeps nothing\n";
    let refused = "< 403 Forbidden\n";
    let from =
        |directive: &str| kinds(&format!("{directive}POST /logout"), pin, refused);
    assert_eq!(from("# @cross-site\n"), []);
    assert_eq!(from(""), [Fault::Refused]);
    let missing = kinds("# @cross-site\nPOST /logout", pin, "< 404 Not Found\n");
    assert_eq!(missing, [Fault::Missing]);
}

#[test]
fn the_page_that_is_pinned_here_is_not_for_who_is_sent_away() {
    let pin = "< 303 See Other\n< location: /login\n* keeps nothing\n";
    let page = |heading: &str| {
        format!(
            "< 200 OK\n< content-type: text/html\n\n<h1>{heading}</h1>\n\
             <p>Ada's letters</p>\n"
        )
    };
    for (request, heading, fault) in [
        ("GET /account/letters", "Ada's letters", Fault::LetIn),
        ("GET /account/letters", "Log in", Fault::NoRedirect),
        ("GET /account/letters", "Who are you?", Fault::NoRedirect),
        ("POST /account/letters", "Ada's letters", Fault::NoRedirect),
    ] {
        assert_eq!(kinds(request, pin, &page(heading)), [fault], "{heading}");
    }
}

#[test]
fn plain_words_may_stand_in_a_page() {
    let pin = "< 200 OK\n< content-type: text/plain\n\nHello, <Ada>!\n";
    for (live, fault) in [
        (
            "< 200 OK\n< content-type: text/html\n\n<h1>Hello,\n&lt;Ada&gt;!</h1>\n",
            None,
        ),
        ("< 200 OK\n\nHello, <Ada>!\n", None),
        (
            "< 200 OK\n< content-type: text/html\n\nHello, <Ada>!\n",
            Some(Fault::Unescaped),
        ),
        ("< 200 OK\n\nHello, Ada!\n", Some(Fault::OtherWords)),
    ] {
        assert_eq!(
            kinds("GET /hello", pin, live),
            Vec::from_iter(fault),
            "{live}"
        );
    }
}

#[test]
fn other_words_are_named_by_what_was_done() {
    let stranger = "< 200 OK\n\nHello, stranger!\n";
    let ada = "< 200 OK\n\nHello, Ada!\n";
    assert_eq!(
        kinds("# @flip a\nGET /greet", stranger, ada),
        [Fault::Believed]
    );
    assert_eq!(
        kinds("# @browser two\nGET /greet", stranger, ada),
        [Fault::SharedByAll]
    );
    let nobody = "< 200 OK\n\nHello, !\n";
    assert_eq!(
        kinds("# @browser two\nGET /greet", stranger, nobody),
        [Fault::OtherWords]
    );
}

#[test]
fn a_session_that_is_lost_names_the_cookie_that_came_where_it_is_another() {
    let pin =
        turn("### T\n> GET /greet\n> cookie: session=Ada\n< 200 OK\n\nHello, Ada!\n");
    let lost = |cookie: &str| {
        let text =
            format!("### T\n> GET /greet\n{cookie}< 200 OK\n\nHello, stranger!\n");
        found("GET /greet", &pin, &turn(&text))
    };
    for (cookie, actual) in [
        ("> cookie: session=x\n", "Hello, stranger!"),
        ("", "Hello, stranger! (the browser brought no cookie)"),
        (
            "> cookie: name=x\n",
            "Hello, stranger! (the browser brought name; the page's cookie is called session)",
        ),
    ] {
        let findings = lost(cookie);
        assert_eq!(findings[0].fault, Fault::Forgotten);
        assert_eq!(findings[0].came(), actual);
    }
    // Also where these are the words that it has for everybody it doesn't know.
    let lost =
        "### T\n> GET /greet\n> cookie: sesion=x\n< 200 OK\n\nHello, stranger!\n";
    let known = HashSet::from(["Hello, stranger!".to_owned()]);
    let findings = found_by("GET /greet", &pin, &turn(lost), &known);
    let trace = "(the browser brought sesion; the page's cookie is called session)";
    assert!(findings[0].came().ends_with(trace), "{findings:?}");
}

#[test]
fn what_the_browser_brought_tells_a_wrong_write_from_a_wrong_read() {
    let pin = |cookie: &str, words: &str| {
        turn(&format!(
            "### T\n> GET /visits\n{cookie}< 200 OK\n\n{words}\n"
        ))
    };
    let second = pin(
        "> cookie: visitor=sealed({\"visits\":1})\n",
        "Hello, Ada! This is visit 2.",
    );
    let first = "Hello, Ada! This is visit 1.";
    let lost = "Hello, stranger! This is visit 1.";
    let one = "> cookie: visitor=sealed({\"visits\":1})\n";
    for (cookie, words, request, fault, said) in [
        (
            "> cookie: visitor=sealed({\"visits\":0})\n",
            first,
            "GET /visits",
            Fault::OtherWords,
            "(the browser brought visitor=sealed({\"visits\":0}), and to the page's server by now \
             visitor=sealed({\"visits\":1}))",
        ),
        (
            one,
            lost,
            "GET /visits",
            Fault::Forgotten,
            "(the browser brought visitor=sealed({\"visits\":1}), as it should)",
        ),
        (
            "> cookie: seen=sealed({\"visits\":1})\n",
            lost,
            "GET /visits",
            Fault::Forgotten,
            "(the browser brought seen; the page's cookie is called visitor)",
        ),
        (
            "",
            lost,
            "# @clock +6d\nGET /visits",
            Fault::Forgotten,
            "(the browser brought no cookie: it was over by then, or never set)",
        ),
        (
            one,
            lost,
            "# @restart\nGET /visits",
            Fault::Forgotten,
            "as it should)",
        ),
        (
            "> cookie: visitor=sealed(unreadable)\n",
            lost,
            "# @restart\nGET /visits",
            Fault::Forgotten,
            "(started again with the same SECRET_KEY, it does not know its own cookie: is \
             that the key it seals with?)",
        ),
        (
            one,
            "Hello, stranger! This is visit 2.",
            "GET /visits",
            Fault::OtherWords,
            "This is visit 2. (the browser brought visitor=sealed({\"visits\":1}), as it \
             should)",
        ),
        (
            one,
            "hello, Ada: this is visit 2",
            "GET /visits",
            Fault::OtherWords,
            "this is visit 2",
        ),
    ] {
        let findings = found(request, &second, &pin(cookie, words));
        assert_eq!(findings[0].fault, fault, "{cookie}{words}");
        assert!(findings[0].came().ends_with(said), "{findings:?}");
    }
    let two = pin(
        "> cookie: session=sealed(Ada); visitor=sealed({\"visits\":1})\n",
        "Hello, Ada! This is visit 2.",
    );
    let session = pin("> cookie: session=sealed(Ada)\n", lost);
    let findings = found("GET /visits", &two, &session);
    let said = "(the browser brought session, and not visitor)";
    assert!(findings[0].came().ends_with(said), "{findings:?}");
    let over = pin("", "Hello, stranger!");
    let findings = found("# @clock +7d\nGET /visits", &over, &pin(one, first));
    let said = "(the browser still brought visitor, which should be over)";
    assert!(findings[0].came().ends_with(said), "{findings:?}");
}

#[test]
fn who_is_to_be_known_to_all_and_is_not_is_told_nothing_of_anybody() {
    let ada = "< 200 OK\n\nHello, Ada!\n";
    let stranger = "< 200 OK\n\nHello, stranger!\n";
    assert_eq!(
        kinds("# @browser two\nGET /guest", ada, stranger),
        [Fault::OtherWords]
    );
    // Nor is nobody's name that of somebody who was there before a restart.
    let nobody = "< 200 OK\n\nHello, !\n";
    let of = |answer: &str| turn(&format!("### T\n> GET /guest\n{answer}"));
    let findings = found("# @restart\nGET /guest", &of(stranger), &of(nobody));
    assert_eq!(findings[0].came(), "Hello, !");
    // And what outlives a restart is kept somewhere.
    let request = "# @restart\nGET /guest";
    assert_eq!(kinds(request, stranger, ada), [Fault::OtherWords]);
    let of = |answer: &str| turn(&format!("### T\n> GET /guest\n{answer}"));
    let findings = found(request, &of(stranger), &of(ada));
    let said = "(it was started again, so this is kept outside of it)";
    assert!(findings[0].came().ends_with(said), "{findings:?}");
}

#[test]
fn a_cookie_is_believed_where_more_is_told_than_should_be() {
    let pin = "< 200 OK\n\nThe plain one says Grace. The sealed one says nothing.\n";
    for (said, fault) in [
        ("The sealed one says Ada.", Fault::Believed),
        ("The sealed one says Grace.", Fault::Believed),
        ("The sealed one says 1.", Fault::Believed),
        ("The sealed one says .", Fault::OtherWords),
        ("The sealed one is broken.", Fault::OtherWords),
    ] {
        let live = pin.replace("The sealed one says nothing.", said);
        assert_eq!(
            kinds("# @flip sealed\nGET /open", pin, &live),
            [fault],
            "{said}"
        );
    }
    let both = "< 200 OK\n\nThe plain one says Grace. The sealed one says Ada.\n";
    let swapped = "< 200 OK\n\nThe plain one says Ada. The sealed one says Grace.\n";
    let request = "# @edit plain=Grace\nGET /open";
    assert_eq!(kinds(request, both, swapped), [Fault::OtherWords]);
}

#[test]
fn a_key_that_is_not_the_one_that_was_given_is_named_at_a_restart() {
    let of = |cookie: &str, words: &str| {
        turn(&format!(
            "### T\n> GET /greet\n> cookie: session={cookie}\n< 200 OK\n\n{words}\n"
        ))
    };
    let pin = of("sealed with an old key(Ada)", "Hello, stranger!");
    let live = of("sealed with an old key(Ada)", "Hello, Ada!");
    let findings = found("# @restart with another key\nGET /greet", &pin, &live);
    let said = "(started again with another SECRET_KEY, it still opens the cookie: is \
                that the key it seals with?)";
    assert!(findings[0].came().ends_with(said), "{findings:?}");
}

#[test]
fn a_sealed_text_that_is_said_as_it_is_is_to_be_opened() {
    let of = |words: &str| {
        turn(&format!(
            "### T\n> GET /greet\n> cookie: session=sealed(Ada)\n< 200 OK\n\n\
             Hello, {words}!\n"
        ))
    };
    let text = "KloRVlx84EZ1qg6/Zx0p1mO0n4e3J2bX2hQf7g8l9w==";
    let findings = found("GET /greet", &of("Ada"), &of(text));
    let said = "(that is the cookie's text as it is sealed: open it)";
    assert!(findings[0].came().ends_with(said), "{findings:?}");
}

#[test]
fn a_message_that_is_lost_on_the_way_names_the_answer_that_took_it() {
    let page = |cookie: &str, body: &str| {
        turn(&format!(
            "### T\n> GET /note\n{cookie}< 200 OK\n< content-type: text/html\n\
             < set-cookie: _flash=; removed; Path=/\n\n<h1>A note</h1>{body}\n"
        ))
    };
    let pin = page("> cookie: _flash=2:okSaved.\n", "<p role=status>Saved.</p>");
    let before = "### T\n> GET /greet\n> cookie: _flash=x\n< 200 OK\n\
                  < set-cookie: _flash=; removed; Path=/\n* keeps nothing\n";
    let script = Script::parse("### T\nGET /note\n").unwrap();
    let none = HashSet::new();
    let said = |before: &[Option<Turn>], live: &Turn| {
        let compared = Compared {
            before,
            is_project: true,
            ..bare(&script.steps[0], &pin, &none)
        };
        let finding = compare(&compared, live).findings.remove(0);
        assert_eq!(finding.fault, Fault::MessageLost);
        finding.came()
    };
    let live = page("", "");
    assert_eq!(
        said(&[None, Some(turn(before))], &live),
        "nothing (the answer to GET /greet has taken it out of the jar)"
    );
    assert_eq!(
        said(&[None], &live),
        "nothing (no answer before has set _flash: in Rocket, `Flash` does)"
    );
    assert_eq!(
        said(&[], &page("> cookie: _flash=Saved.\n", "")),
        "nothing (the browser brought _flash=Saved., and to the page's server \
         _flash=2:okSaved.)"
    );
    // Other words would be shown, too.
    assert!(
        said(&[], &page("> cookie: _flash=2:okSaved\n", ""))
            .starts_with("nothing (it was taken out of _flash")
    );
    assert_eq!(
        said(&[], &page("> cookie: _flash=x\n", "<p>Saved.</p>")),
        "nothing (the words are there, in no element with role=\"status\" or role=\"alert\")"
    );
}

#[test]
fn a_message_that_one_page_says_twice_is_not_an_old_one() {
    let pin = html("<p role=status>Saved.</p>");
    let live = html("<p role=status>Saved.</p><p role=status>Saved.</p>");
    let of = |answer: &str| turn(&format!("### T\n> GET /notes\n{answer}"));
    let findings = found("GET /notes", &of(&pin), &of(&live));
    assert_eq!(findings[0].fault, Fault::OtherMessage);
    let said = "(the page says it more than once)";
    assert!(findings[0].came().ends_with(said), "{findings:?}");
}

/// What is found in an answer of a reader's project, after these.
fn of_project(request: &str, before: &[&str], pin: &str, live: &str) -> Verdict {
    let parse = |text: &&str| Some(turn(&format!("### T\n{text}")));
    let before: Vec<Option<Turn>> = before.iter().map(parse).collect();
    let script = Script::parse(&format!("### T\n{request}\n")).unwrap();
    let (pin, none) = (parse(&pin).unwrap(), HashSet::new());
    let compared = Compared {
        before: &before,
        is_project: true,
        ..bare(&script.steps[0], &pin, &none)
    };
    compare(&compared, &parse(&live).unwrap())
}

#[test]
fn who_is_sent_away_or_let_in_is_so_by_what_the_browser_brought() {
    let asked = "> GET /account/letters\n";
    let away = "< 303 See Other\n< location: /login\n* keeps nothing\n";
    let page = "< 200 OK\n\nLetters\n* keeps nothing\n";
    let login = "> cookie: _flash=x; login=sealed(Ada)\n";
    let set = "> POST /login\n< 303 See Other\n< location: /\n\
               < set-cookie: login=sealed(Ada); Path=/; SameSite=Strict\n\
               * keeps login=sealed(Ada)\n";
    let note = |before: &[&str], pin: &str, live: &str| {
        let request = "GET /account/letters";
        let mut findings = of_project(request, before, pin, live).findings;
        findings.remove(0).note.unwrap()
    };
    let known = |answer: &str| format!("{asked}{login}{answer}");
    let unknown = |answer: &str| format!("{asked}{answer}");
    assert_eq!(
        note(&[set], &known(page), &known(away)),
        "the browser brought login=sealed(Ada), as it should"
    );
    assert_eq!(
        note(&[set], &known(page), &unknown(away)),
        "the browser brought no cookie: the answer to POST /login set \
         login=sealed(Ada); Path=/; SameSite=Strict"
    );
    assert_eq!(
        note(&[], &known(page), &unknown(away)),
        "the browser brought no cookie: no answer before has set _flash and login"
    );
    let refused = set.replace("* keeps", "* refuses login: it is too large\n* keeps");
    assert_eq!(
        note(&[&refused], &known(page), &unknown(away)),
        "the browser brought no cookie: the answer to POST /login set login, and a browser \
         refuses it: it is too large"
    );
}

#[test]
fn a_cookie_too_many_is_named_with_the_line_that_set_it() {
    let answer = |cookies: &str, words: &str| {
        format!("> GET /came\n> cookie: {cookies}\n< 200 OK\n\nThese came: {words}.\n")
    };
    let pin = answer("house=Ada", "house");
    let live = answer("house=Ada; kitchen=Ada", "house, kitchen");
    let set = "> GET /line\n< 200 OK\n< set-cookie: kitchen=Ada; Path=/\n\
               * keeps kitchen=Ada\n";
    let note = |before: &[&str]| {
        of_project("GET /came", before, &pin, &live).findings[0]
            .note
            .clone()
    };
    assert_eq!(
        note(&[set]).unwrap(),
        "the browser brought kitchen, which it does not bring to the page's server: the \
         answer to GET /line set kitchen=Ada; Path=/"
    );
    assert_eq!(
        note(&[]).unwrap(),
        "the browser still brought kitchen=Ada, and to the page's server it does not: no \
         answer has taken it out of the jar"
    );
}

#[test]
fn a_projects_cookie_of_another_name_is_told_with_what_is_in_it() {
    let answer = |cookie: &str, words: &str| {
        format!("> GET /visits\n> cookie: {cookie}\n< 200 OK\n\n{words}\n")
    };
    let pin = answer("visitor=sealed({\"visits\":1})", "This is visit 2.");
    let note = |cookie: &str| {
        let live = answer(cookie, "This is visit 1.");
        of_project("GET /visits", &[], &pin, &live).findings[0]
            .note
            .clone()
    };
    assert_eq!(
        note("been=sealed(0)").unwrap(),
        "the browser brought been=sealed(0), and to the page's server \
         visitor=sealed({\"visits\":1})"
    );
    assert_eq!(
        note("been=sealed(unreadable)").unwrap(),
        "the browser brought been; the page's cookie is called visitor"
    );
}

#[test]
fn who_came_too_late_is_told_how_long_the_cookie_was_kept() {
    let asked =
        "> GET /greet\n> cookie: session=sealed(Ada)\n< 200 OK\n\nHello, Ada!\n";
    let live = "> GET /greet\n< 200 OK\n\nHello, stranger!\n";
    let set = "> GET /set\n< 303 See Other\n< set-cookie: who=sealed(Ada); Max-Age=1800\n\
               * keeps who=sealed(Ada)\n";
    let request = "# @clock +6d\nGET /greet";
    let findings = of_project(request, &[set], asked, live).findings;
    assert_eq!(
        findings[0].note.as_deref(),
        Some(
            "the browser brought no cookie: it was over by then, as the answer to GET /set \
             set who=sealed(Ada); Max-Age=1800"
        )
    );
}

#[test]
fn a_project_takes_out_of_the_jar_what_the_page_does() {
    let asked = "> GET /account/letters\n> cookie: login=sealed(Ada)\n\
                 < 303 See Other\n< location: /login\n";
    let pin = format!("{asked}< set-cookie: login=; removed\n* keeps nothing\n");
    let live = format!("{asked}* keeps login=sealed(Ada)\n");
    let findings = of_project("GET /account/letters", &[], &pin, &live).findings;
    assert_eq!(findings[0].fault, Fault::OtherCookie);
    assert_eq!(findings[0].actual, "in the jar is login=sealed(Ada)");
    // Another server's names are its own affair.
    assert_eq!(kinds("GET /x", "< 200 OK\n", "< 200 OK\n"), []);
    let of = |answer: &str| turn(&format!("### T\n{answer}"));
    assert_eq!(found("GET /account/letters", &of(&pin), &of(&live)), []);
}

#[test]
fn the_request_says_where_a_redirect_should_lead_and_where_it_must_not() {
    let answer = |next: &str, place: &str| {
        turn(&format!(
            "### T\n> POST /login\n> content-type: application/x-www-form-urlencoded\n>\n\
             > user=ada&next={next}\n< 303 See Other\n< location: {place}\n\
             * keeps nothing\n"
        ))
    };
    let letters = "/account/letters";
    for (next, was, is, note) in [
        ("", letters, "", "it is empty, as next is in the request"),
        (
            "%2Faccount%2Forders",
            "/account/orders",
            letters,
            "the request says where to go, in next",
        ),
        (
            "%2F%2Fevil.example",
            letters,
            "//evil.example",
            "the request says so, in next, and anyone can write that",
        ),
        (
            "%2Faccount%2Forders",
            "/login?next=%2Faccount%2Forders",
            "/login",
            "the page's has in it the request's next, /account/orders",
        ),
        (
            "%2F%2Fevil.example%2Faccount%2F",
            letters,
            "/evil.example/account",
            "the request says //evil.example/account/, in next, and anyone can write that",
        ),
        (
            "%2Faccount%2Forders",
            "/login?next=%2Faccount%2Forders",
            "/account/orders",
            "the page's has in it the request's next, /account/orders",
        ),
    ] {
        let findings = found("POST /login", &answer(next, was), &answer(next, is));
        assert_eq!(findings[0].fault, Fault::WrongLocation);
        assert_eq!(findings[0].note.as_deref(), Some(note));
    }
    let sent = |place: &str| {
        turn(&format!(
            "### T\n> GET {letters}\n< 303 See Other\n< location: {place}\n"
        ))
    };
    let pin = sent("/login?next=%2Faccount%2Fletters");
    let findings = found("GET /account/letters", &pin, &sent("/login"));
    assert_eq!(
        findings[0].note.as_deref(),
        Some("the page's has in it what was asked for, /account/letters")
    );
    let findings = found("GET /account/letters", &pin, &sent("/other"));
    assert!(findings[0].note.is_some());
    let findings = found("GET /account/letters", &pin, &sent(letters));
    assert_eq!(
        findings[0].note.as_deref(),
        Some("it leads back to this very address, in a circle")
    );
}

#[test]
fn a_cookie_of_an_own_name_is_followed_as_the_pages_would_be() {
    let set = "> POST /notes\n< 303 See Other\n< set-cookie: own=sealed(Milk)\n\
               * keeps own=sealed(Milk)\n";
    let gone = "> POST /notes\n< 303 See Other\n< set-cookie: own=; removed\n\
                * keeps nothing\n";
    let pin = "> GET /greet\n> cookie: notes=sealed(Milk)\n< 200 OK\n\nMilk.\n";
    let live = "> GET /greet\n< 200 OK\n\nNothing.\n";
    let findings = of_project("GET /greet", &[set, gone], pin, live).findings;
    assert_eq!(
        findings[0].note.as_deref(),
        Some(
            "the browser brought no cookie: the answer to POST /notes has taken own out of \
             the jar"
        )
    );
    // And a session of another name may be the one.
    let asked = "> POST /login\n< 303 See Other\n";
    let pin = format!(
        "{asked}< location: /\n< set-cookie: login=sealed(Ada)\n* keeps login=sealed(Ada)\n"
    );
    let live = format!(
        "{asked}< location: /x\n< set-cookie: own=sealed(Ada)\n* keeps own=sealed(Ada)\n"
    );
    let findings = of_project("POST /login", &[], &pin, &live).findings;
    assert!(
        !findings[0].came().contains("does not: look at what keeps"),
        "{findings:?}"
    );
}

#[test]
fn a_session_that_a_project_does_not_begin_is_told() {
    let asked = "> POST /login\n< 303 See Other\n";
    let login = "< set-cookie: login=sealed(Ada); Path=/\n* keeps login=sealed(Ada)\n";
    let pin = format!("{asked}< location: /\n{login}");
    let live = format!("{asked}< location: /login\n* keeps nothing\n");
    let note = of_project("POST /login", &[], &pin, &live).findings[0]
        .note
        .clone();
    assert_eq!(
        note.as_deref(),
        Some(
            "the page's answer sets login, and this one does not: look at what keeps it \
             from that"
        )
    );
}

#[test]
fn a_form_sends_along_what_it_was_given() {
    let asked = "> GET /login?next=%2Fa\n";
    let page = |form: &str| format!("{asked}{}", html(form));
    let hidden = "<input type=hidden name=next value=/a>";
    let pin = page(&format!("<form method=post action=/login>{hidden}</form>"));
    let faults = |form: &str| {
        let findings = of_project("GET /login", &[], &pin, &page(form)).findings;
        findings.into_iter().map(|it| it.fault).collect::<Vec<_>>()
    };
    for form in [
        &format!("<form method=post action=/login>{hidden}</form>"),
        "<form method=post></form>",
        "<form method=post action='/login?next=%2Fa'></form>",
    ] {
        assert_eq!(faults(form), [], "{form}");
    }
    for form in [
        "",
        "<form method=post action=/login></form>",
        "<form method=post action=/login><input type=hidden name=next></form>",
        "<form method=post action=/login><input type=hidden name=to value=/a></form>",
    ] {
        assert_eq!(faults(form), [Fault::FieldLost], "{form}");
    }
    // Another server may have it in the session that this answer writes.
    let live = page("").replace(
        "\n\n",
        "\n< set-cookie: sid=x; Path=/; HttpOnly; SameSite=Lax\n\n",
    );
    let of = |answer: &str| turn(&format!("### T\n{answer}"));
    assert_eq!(found("GET /login", &of(&pin), &of(&live)), []);
}

#[test]
fn a_message_that_is_shown_again_is_where_its_words_are() {
    let page = |cookies: &str, head: &str, body: &str| {
        format!(
            "> GET /note\n{cookies}< 200 OK\n< content-type: text/html\n{head}\n\
             <h1>A note</h1>{body}\n"
        )
    };
    let pin = page("", "* keeps nothing\n", "");
    let saved = "<p role=status>Saved.</p>";
    let note = |before: &[&str], cookies: &str, head: &str| {
        let live = page(cookies, head, saved);
        let mut findings = of_project("GET /note", before, &pin, &live).findings;
        let finding = findings.remove(0);
        assert_eq!(finding.fault, Fault::MessageAgain);
        finding.note
    };
    let msg = "> cookie: msg=Saved.\n";
    assert_eq!(
        note(&[], msg, "* keeps msg=Saved.\n").unwrap(),
        "msg has it, and is still in the jar: no answer has taken it out"
    );
    let anew = "< set-cookie: msg=Saved.\n* keeps msg=Saved.\n";
    assert_eq!(
        note(&[], msg, anew).unwrap(),
        "this answer reads msg, and sets it anew"
    );
    let gone = "< set-cookie: msg=; removed\n* keeps nothing\n";
    let set = "> POST /save\n< 303 See Other\n< location: /note\n\
               < set-cookie: msg=Saved.\n* keeps msg=Saved.\n";
    assert_eq!(
        note(&[set], msg, gone).unwrap(),
        "it was in msg, which the answer to POST /save has set"
    );
    // A name of a session on the server says nothing.
    let sid = "> cookie: sid=f00d\n";
    assert_eq!(note(&[set], sid, "* keeps sid=f00d\n"), None);
}

#[test]
fn items_that_are_there_in_another_order_or_in_the_jar_are_told_so() {
    let page = |head: &str, items: &[&str]| {
        let items: String = items.iter().map(|it| format!("<li>{it}</li>")).collect();
        format!(
            "> POST /notes\n< 200 OK\n< content-type: text/html\n{head}\n\
             <h1>Notes</h1><ul>{items}</ul>\n"
        )
    };
    let pin = page(
        "* keeps notes=sealed([\"Milk\",\"Bread\"])\n",
        &["Milk", "Bread"],
    );
    let came = |head: &str, items: &[&str]| {
        let script = Script::parse("### T\nPOST /notes\n").unwrap();
        let of = |text: &str| turn(&format!("### T\n{text}"));
        let (pin, none) = (of(&pin), HashSet::new());
        let compared = Compared {
            is_project: true,
            has_items: true,
            ..bare(&script.steps[0], &pin, &none)
        };
        let findings = compare(&compared, &of(&page(head, items))).findings;
        assert_eq!(findings[0].fault, Fault::OtherItems);
        findings[0].came()
    };
    let own = "< set-cookie: own=Milk|Bread; Path=/; HttpOnly; SameSite=Lax\n\
               * keeps own=Milk|Bread\n";
    assert_eq!(
        came(own, &["Bread", "Milk"]),
        "Bread · Milk (the same, in another order)"
    );
    let made_before = came(own, &["Milk"]);
    assert!(
        made_before.contains("the jar has own=Milk|Bread"),
        "{made_before}"
    );
    // What the page's answer puts there is compared with what this one does.
    let set =
        "< set-cookie: notes=sealed([\"Milk\"])\n* keeps notes=sealed([\"Milk\"])\n";
    let pin_sets = pin.replace(
        "* keeps",
        "< set-cookie: notes=sealed([\"Milk\",\"Bread\"])\n* keeps",
    );
    let script = Script::parse("### T\nPOST /notes\n").unwrap();
    let of = |text: &str| turn(&format!("### T\n{text}"));
    let (wanted, none) = (of(&pin_sets), HashSet::new());
    let compared = Compared {
        is_project: true,
        has_items: true,
        ..bare(&script.steps[0], &wanted, &none)
    };
    let findings = compare(&compared, &of(&page(set, &["Milk"]))).findings;
    assert_eq!(
        findings[0].note.as_deref(),
        Some(
            "this answer sets notes=sealed([\"Milk\"]), and the page's sealed([\"Milk\",\"Bread\"])"
        )
    );
    let before = [Some(of("> POST /notes\n< 303 See Other\n\
                          < set-cookie: own=Milk|Bread|xx\n* keeps own=Milk|Bread|xx\n"))];
    let compared = Compared {
        before: &before,
        ..compared
    };
    let more = page("* keeps own=Milk|Bread|xx\n", &["Milk", "Bread", "xx"]);
    let findings = compare(&compared, &of(&more)).findings;
    assert_eq!(
        findings[0].note.as_deref(),
        Some("the answer to POST /notes put that into the jar")
    );
    // A long text is no sealed one.
    let long = "x".repeat(100);
    let said = came("* keeps own=sealed(Milk)\n", &["Milk", &long]);
    assert!(!said.contains("as it is sealed"), "{said}");
}

#[test]
fn a_cookie_that_no_key_opens_is_not_believed_but_answered() {
    let answer = |says: &str| {
        format!(
            "> GET /open\n> cookie: sealed=sealed(unreadable)\n< 200 OK\n\n\
             The sealed cookie says {says}.\n"
        )
    };
    let request = "# @flip sealed\nGET /open";
    let pin = answer("nothing");
    let findings = of_project(request, &[], &pin, &answer("Ada")).findings;
    assert_eq!(
        findings[0].note.as_deref(),
        Some("no key opens sealed: what does the handler say then?")
    );
}

#[test]
fn a_page_of_the_authors_own_is_shown_to_who_should_be_sent_away() {
    let pin =
        turn("### T\n> GET /account/letters\n< 303 See Other\n< location: /login\n");
    let script = Script::parse("### T\nGET /account/letters\n").unwrap();
    let none = HashSet::new();
    let pages = HashSet::from(["Ada's letters".to_owned()]);
    let fault = |is_project, body: &str| {
        let live = turn(&format!(
            "### T\n> GET /account/letters\n< 200 OK\n< content-type: text/html\n\n{body}\n"
        ));
        let compared = Compared {
            is_project,
            pages: &pages,
            ..bare(&script.steps[0], &pin, &none)
        };
        compare(&compared, &live).findings[0].fault
    };
    assert_eq!(fault(true, "<h1>My post</h1>"), Fault::LetIn);
    let form = "<h1>Who?</h1><form method=post><input name=password></form>";
    assert_eq!(fault(true, form), Fault::NoRedirect);
    assert_eq!(fault(false, "<h1>My post</h1>"), Fault::NoRedirect);
}

#[test]
fn a_session_of_another_name_is_held_to_the_same() {
    let names = Names::from([("login".to_owned(), "own".to_owned())]);
    let request = "# @seal login={\"s\":now-1h,\"e\":now-29m}\nGET /a";
    let script = Script::parse(&format!("### T\n{request}\n")).unwrap();
    let answer = |name: &str, line: &str, kept: &str| {
        turn(&format!(
            "### T\n> GET /a\n> cookie: {name}=sealed(old)\n< 200 OK\n{line}* keeps {kept}\n\nA.\n"
        ))
    };
    let none = HashSet::new();
    let came = |pin: &Turn, live: &Turn| {
        let compared = Compared {
            is_project: true,
            names: &names,
            ..bare(&script.steps[0], pin, &none)
        };
        let findings = compare(&compared, live).findings.into_iter();
        findings.map(|finding| finding.actual).collect::<Vec<_>>()
    };
    let renewed = answer(
        "login",
        "< set-cookie: login=sealed(new)\n",
        "login=sealed(new)",
    );
    let same = answer("own", "", "own=sealed(old)");
    assert_eq!(came(&renewed, &same), ["in the jar is own=sealed(old)"]);
    let gone = answer("login", "< set-cookie: login=; removed\n", "a=1");
    assert_eq!(came(&gone, &same), ["in the jar is own=sealed(old)"]);
    // A name that was never seen may be none of the server's.
    let put = answer("login", "", "login=sealed(old)");
    let of = |has_own_layout, names: &Names| {
        let compared = Compared {
            is_project: true,
            has_own_layout,
            names,
            ..bare(&script.steps[0], &gone, &none)
        };
        compare(&compared, &put).findings.len()
    };
    let same = Names::from([("login".to_owned(), "login".to_owned())]);
    assert_eq!(of(true, &NO_NAMES), 0);
    assert_eq!(of(true, &same), 1);
    assert_eq!(of(false, &NO_NAMES), 1);
    let same = answer("own", "", "own=sealed(old)");
    assert_eq!(came(&gone, &same), ["in the jar is own=sealed(old)"]);
    // It may hold more than that, or be the name of what a server keeps.
    let changed = answer("own", "", "own=sealed(less)");
    assert_eq!(came(&gone, &changed), [""; 0]);
    let opaque =
        turn("### T\n> GET /a\n> cookie: own=f00d\n< 200 OK\n* keeps own=f00d\n\nA.\n");
    assert_eq!(came(&gone, &opaque), [""; 0]);
}

#[test]
fn a_page_that_names_who_was_here_before_is_told_so() {
    let asked = "> POST /login\n> cookie: login=sealed({\"user\":\"Eve\"})\n\
                 < 303 See Other\n< location: /a\n";
    let page = |words: &str| {
        format!(
            "> GET /a\n< 200 OK\n< content-type: text/html\n\n<h1>Letters</h1><p>{words}</p>\n"
        )
    };
    let pin = page("Of Ada");
    let findings =
        |words: &str| of_project("GET /a", &[asked], &pin, &page(words)).findings;
    assert_eq!(findings("For Ada and you"), []);
    let found = findings("Of Eve");
    assert_eq!(found[0].fault, Fault::OtherWords);
    assert!(found[0].came().contains("Eve is from login="), "{found:?}");
}

#[test]
fn a_count_that_can_be_read_is_no_name_of_a_session() {
    let answer = |cookie: &str| {
        format!(
            "> GET /visits\n< 200 OK\n< set-cookie: {cookie}; Path=/; HttpOnly; SameSite=Lax\n\
             * keeps {cookie}\n\nThis is visit 1.\n"
        )
    };
    let pin = answer("visitor=sealed({\"visits\":1})");
    let found =
        |value: &str| of_project("GET /visits", &[], &pin, &answer(value)).findings;
    assert_eq!(found("times=1")[0].fault, Fault::Unsealed);
    assert_eq!(found("sid=7")[0].fault, Fault::Guessable);
}

#[test]
fn a_heading_says_what_became_of_the_pages_words() {
    let page = |heading: &str| {
        format!("> GET /a\n< 200 OK\n< content-type: text/html\n\n<h1>{heading}</h1>\n")
    };
    let notes = |heading: &str| {
        let pin = page("Ada's letters");
        let findings = of_project("GET /a", &[], &pin, &page(heading)).findings;
        findings
            .into_iter()
            .filter_map(|it| it.note)
            .collect::<Vec<_>>()
    };
    let lost = "a word is missing: does the template call it something else?";
    assert_eq!(notes("'s letters"), [lost]);
    assert_eq!(notes("Ada's"), [lost]);
    assert_eq!(notes("ada's letters"), ["without its capitals"]);
    assert_eq!(notes("letters's Ada"), ["its words, in another order"]);
}

#[test]
fn a_line_that_is_asked_for_has_its_path_where_that_is_said_and_no_word_more() {
    let pin = "> GET /line\n< 200 OK\n< set-cookie: a=x; Path=/; SameSite=Lax\n\
               * keeps a=x\n";
    let faults = |live: &str| {
        let of = |text: &str| turn(&format!("### T\n{text}"));
        let script = Script::parse("### T\nGET /line\n").unwrap();
        let (pin, none) = (of(pin), HashSet::new());
        let compared = Compared {
            requirement: "`GET /line` sets `a` for every path.",
            is_project: true,
            ..bare(&script.steps[0], &pin, &none)
        };
        let findings = compare(&compared, &of(live)).findings.into_iter();
        findings.map(|finding| finding.fault).collect::<Vec<_>>()
    };
    assert_eq!(faults(pin), []);
    for (was, is) in [("Path=/;", "Path=/line;"), ("Lax", "Lax; HttpOnly")] {
        // Words stand in a fixed order.
        let live = pin.replace(was, is);
        assert_eq!(faults(&live), [Fault::OtherCookie], "{is}");
    }
}

#[test]
fn a_cookie_that_a_request_wrote_by_itself_is_dropped_too() {
    let asked = "> GET /note\n> cookie: _flash=1:x\n< 200 OK\n";
    let pin =
        format!("{asked}< set-cookie: _flash=; removed\n* keeps nothing\n\nNo.\n");
    let live = format!("{asked}* keeps nothing\n\nNo.\n");
    let request = "GET /note\nCookie: _flash=1:x";
    let findings = of_project(request, &[], &pin, &live).findings;
    assert_eq!(findings[0].fault, Fault::OtherCookie);
    assert_eq!(findings[0].actual, "nothing of _flash");
    assert_eq!(of_project(request, &[], &pin, &pin).findings, []);
}

#[test]
fn a_note_stands_where_it_is_seen() {
    let finding = |actual: &str| Finding {
        note: Some("look there".to_owned()),
        ..Finding::new(Fault::ServerError, "200 OK", actual)
    };
    assert_eq!(finding("500 Oh").came(), "500 Oh (look there)");
    assert_eq!(
        finding("500 Oh\nlog\nlog").came(),
        "500 Oh (look there)\nlog\nlog"
    );
}

#[test]
fn a_cookie_that_another_took_the_place_of_is_not_set() {
    let pin = "< 200 OK\n< set-cookie: a=x; Path=/; SameSite=Lax\n\
               < set-cookie: b=x; Path=/greet; SameSite=Lax\n* keeps a=x\n* keeps b=x\n";
    let live = "< 200 OK\n< set-cookie: a=x; Path=/; SameSite=Lax\n\
                < set-cookie: a=x; Path=/greet; SameSite=Lax\n* keeps a=x\n";
    let of = |answer: &str| turn(&format!("### T\n> GET /shelf\n{answer}"));
    let findings = found("GET /shelf", &of(pin), &of(live));
    assert_eq!(findings[0].actual, "no cookie of the name b");
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn the_text_of_a_cookie_that_no_key_opens_says_nothing() {
    let answer = |words: &str| {
        format!(
            "> GET /greet\n> cookie: session=sealed with an old key(Ada)\n< 200 OK\n\n\
             Hello, {words}!\n"
        )
    };
    let text = "KloRVlx84EZ1qg6/Zx0p1mO0n4e3J2bX2hQf7g8l9w==";
    let live = answer(text);
    let findings = of_project("GET /greet", &[], &answer("stranger"), &live).findings;
    assert_eq!(
        findings[0].note.as_deref(),
        Some("that is session as it came, which no key opens: it says nothing")
    );
    let other = |answer: String| {
        answer.replace("sealed with an old key(Ada)", "sealed(unreadable)")
    };
    let (pin, live) = (other(answer("stranger")), other(live));
    let note = |request: &str| {
        let findings = of_project(request, &[], &pin, &live).findings;
        findings[0].note.clone().unwrap_or_default()
    };
    assert!(note("GET /greet").ends_with("as it is sealed: open it"));
    assert!(note("# @flip session\nGET /greet").contains("no key opens"));
}

#[test]
fn a_strangers_markup_is_none_in_a_title_either() {
    let page = |title: &str| {
        format!(
            "> GET /note\n< 200 OK\n< content-type: text/html\n\n<title>{title}</title>\
             <h1>A note</h1><p role=alert>&lt;b&gt;Hi</p>\n"
        )
    };
    let pin = page("&lt;b&gt;Hi");
    let faults = |title: &str| {
        let findings = of_project("GET /note", &[], &pin, &page(title)).findings;
        findings.into_iter().map(|it| it.fault).collect::<Vec<_>>()
    };
    assert_eq!(faults("&lt;b>Hi"), []);
    assert_eq!(faults("<b>Hi"), [Fault::Unescaped]);
}

#[test]
fn a_project_leaves_in_the_jar_what_the_page_leaves_there() {
    let asked = "> GET /visits\n> cookie: session=sealed(Ada)\n< 200 OK\n";
    let pin = format!("{asked}* keeps session=sealed(Ada)\n\nHello.\n");
    let live =
        format!("{asked}< set-cookie: session=; removed\n* keeps nothing\n\nHello.\n");
    let findings = of_project("GET /visits", &[], &pin, &live).findings;
    assert_eq!(findings[0].expected, "session=sealed(Ada) stays in the jar");
    assert_eq!(of_project("GET /visits", &[], &pin, &pin).findings, []);
}

#[test]
fn a_title_without_the_message_gets_advice() {
    let page = |title: &str| {
        format!(
            "> GET /note\n< 200 OK\n< content-type: text/html\n\n<title>{title}</title>\
             <h1>A note</h1><p role=status>Saved.</p>\n"
        )
    };
    let advice = |title: &str| {
        let pin = page("Saved. · A note");
        let verdict = of_project("GET /note", &[], &pin, &page(title));
        assert_eq!(verdict.findings, []);
        verdict.advice.len()
    };
    assert_eq!(advice("Note: Saved."), 0);
    assert_eq!(advice("A note"), 1);
}

#[test]
fn a_cookie_that_ends_otherwise_than_the_pages_gets_advice() {
    let answer = |words: &str| {
        format!(
            "> GET /set\n< 200 OK\n< set-cookie: a=sealed(x){words}; Path=/; HttpOnly; SameSite=Lax\n\
             * keeps a=sealed(x)\n"
        )
    };
    let advice = |was: &str, is: &str| {
        of_project("GET /set", &[], &answer(was), &answer(is))
            .advice
            .join(" ")
    };
    let days = "; Max-Age=60";
    assert!(advice("", days).contains("stays when the browser is closed"));
    assert!(advice(days, "").contains("names no end"));
    assert_eq!(advice(days, days) + &advice("", ""), "");
}

#[test]
fn a_page_without_the_form_that_its_reader_needs_gets_advice() {
    let page = |form: &str| format!("> GET /note\n{}", html(form));
    let pin = page(
        "<form method=post action=/save><button>Save</button>\
         <button formaction=/discard>Discard</button></form>",
    );
    let advice = |form: &str| {
        let verdict = of_project("GET /note", &[], &pin, &page(form));
        assert_eq!(verdict.findings, []);
        verdict.advice.join(" ")
    };
    assert!(advice("<form action=/save></form>").contains("a POST to /save"));
    let one = advice("<form method=post action=save></form>");
    assert!(
        one.contains("to /discard") && !one.contains("to /save"),
        "{one}"
    );
}

#[test]
fn a_heading_whose_words_are_mixed_up_is_no_choice_of_its_author() {
    let page = |heading: &str| {
        format!("> GET /a\n< 200 OK\n< content-type: text/html\n\n<h1>{heading}</h1>\n")
    };
    let faults = |heading: &str| {
        let pin = page("Ada's letters");
        let findings = of_project("GET /a", &[], &pin, &page(heading)).findings;
        findings.into_iter().map(|it| it.fault).collect::<Vec<_>>()
    };
    for heading in ["letters's Ada", "ada's letters", "'s letters"] {
        assert_eq!(faults(heading), [Fault::OtherHeading], "{heading}");
    }
    for heading in ["Letters of Ada", "ADA'S LETTERS", "Ada's Letters"] {
        assert_eq!(faults(heading), [], "{heading}");
    }
}

#[test]
fn a_first_number_is_no_proof_of_a_variable_that_all_share() {
    let answer =
        |words: &str| turn(&format!("### T\n> GET /visits\n< 200 OK\n\n{words}\n"));
    let pin = answer("Hello, stranger! This is visit 1.");
    let live = answer("Hello, stranger! This is visit 2.");
    let findings = found("GET /visits", &pin, &live);
    assert_eq!(findings[0].fault, Fault::OtherWords);
    assert!(findings[0].came().ends_with("where does the count begin?)"));
    // It is one where another was told the first.
    let known = HashSet::from(["Hello, stranger! This is visit 1.".to_owned()]);
    let findings = found_by("GET /visits", &pin, &live, &known);
    assert_eq!(findings[0].fault, Fault::SharedByAll);
}

#[test]
fn a_name_that_this_browser_has_said_itself_is_not_somebody_elses() {
    let first = "> GET /hello?name=Ada\n< 200 OK\n\nHello, Ada!\n";
    let pin = "> GET /hello\n< 200 OK\n\nHello, stranger!\n";
    let live = pin.replace("stranger", "Ada");
    let findings = of_project("GET /hello", &[first], pin, &live).findings;
    assert_eq!(findings[0].fault, Fault::OtherWords);
    let said = "(GET /hello?name=Ada said that, and here it is forgotten)";
    assert!(findings[0].came().ends_with(said), "{findings:?}");
    let findings = of_project("GET /hello", &[], pin, &live).findings;
    assert_eq!(findings[0].fault, Fault::SharedByAll);
}

#[test]
fn what_another_has_said_since_is_told_where_all_are_told_it() {
    let says = |name: &str| format!("> POST /guest\n>\n> {name}\n< 200 OK\n\nWell.\n");
    let told = |name: &str| format!("> GET /guest\n< 200 OK\n\nHello, {name}!\n");
    let came = |before: &[&str], request: &str, live: &str| {
        let verdict = of_project(request, before, &told("Grace"), &told(live));
        verdict.findings[0].came()
    };
    let (ada, grace) = (says("Ada"), says("Grace"));
    assert_eq!(
        came(&[&ada, &grace], "GET /guest", "Ada"),
        "Hello, Ada! (since then POST /guest has said Grace)"
    );
    assert_eq!(came(&[&grace, &ada], "GET /guest", "Ada"), "Hello, Ada!");
    let set = grace.replace(
        "\n\nWell",
        "\n< set-cookie: guest=Grace\n* keeps guest=Grace\n\nWell",
    );
    assert_eq!(
        came(&[&set], "# @browser two\nGET /guest", "stranger"),
        "Hello, stranger! (the answer to POST /guest set guest in another browser, and this \
         one has no cookie)"
    );
}

#[test]
fn a_message_of_another_kind_gets_advice() {
    let answer = |flash: &str| {
        format!(
            "> POST /save\n< 303 See Other\n< location: /note\n\
             < set-cookie: _flash={flash}; Path=/; SameSite=Strict\n* keeps _flash={flash}\n"
        )
    };
    let advice = |flash: &str| {
        let pin = answer("7:successNote saved.");
        of_project("POST /save", &[], &pin, &answer(flash)).advice
    };
    assert!(advice("7:warningNote saved.")[0].contains("of the kind warning"));
    let other = "The message says “Note gone.”, and the page's “Note saved.”.";
    assert_eq!(advice("7:successNote gone."), [other]);
    assert_eq!(advice("7:successNote saved."), [""; 0]);
    assert_eq!(advice("99:é"), [""; 0]);
}

#[test]
fn a_code_that_the_lesson_names_is_that_code() {
    let pin = turn("### T\n> POST /parcel/303\n< 303 See Other\n< location: /parcel\n");
    let live = turn("### T\n> POST /parcel/303\n< 302 Found\n< location: /parcel\n");
    let script = Script::parse("### T\nPOST /parcel/303\n").unwrap();
    let none = HashSet::new();
    let faults = |requirement| {
        let compared = Compared {
            requirement,
            ..bare(&script.steps[0], &pin, &none)
        };
        let findings = compare(&compared, &live).findings.into_iter();
        findings.map(|finding| finding.fault).collect::<Vec<_>>()
    };
    assert_eq!(
        faults("`POST /parcel/303` sends it on."),
        [Fault::OtherStatus]
    );
    assert_eq!(faults("`POST /save` sends the browser on."), []);
    let none = turn("### T\n> POST /parcel/999\n< 404 Not Found\n");
    let bad = turn("### T\n> POST /parcel/999\n< 400 Bad Request\n");
    let no_names = HashSet::new();
    let faults = |requirement| {
        let compared = Compared {
            requirement,
            ..bare(&script.steps[0], &none, &no_names)
        };
        let findings = compare(&compared, &bad).findings.into_iter();
        findings.map(|finding| finding.fault).collect::<Vec<_>>()
    };
    assert_eq!(faults("with 404 for any other"), [Fault::OtherStatus]);
    assert_eq!(faults("and nowhere else"), []);
}

#[test]
fn other_words_after_a_write_are_nobody_elses() {
    let taken = "< 200 OK\n\nThank you.\n";
    let before = "< 200 OK\n\nIt was taken before.\n";
    assert_eq!(
        kinds("# @browser bank\nPOST /hook", before, taken),
        [Fault::OtherWords]
    );
}

#[test]
fn right_words_in_another_writing_are_given_no_cause() {
    let stranger = "< 200 OK\n\nHello, stranger!\n";
    let written = "< 200 OK\n\nhello stranger.\n";
    for request in ["# @flip a\nGET /greet", "# @browser two\nGET /greet"] {
        assert_eq!(kinds(request, stranger, written), [Fault::OtherWords]);
    }
}

#[test]
fn a_heading_of_the_authors_own_is_no_fault_and_another_pages_is() {
    let page = |body: &str| format!("< 200 OK\n< content-type: text/html\n\n{body}\n");
    let pin = page("<h1>A note</h1><p role=status>Saved.</p>");
    for (live, fault) in [
        ("<h1>Your note</h1><p role=status>Saved.</p>", None),
        ("<p role=status>Saved.</p>", None),
        (
            "<h1>Log in</h1><p role=status>Saved.</p>",
            Some(Fault::OtherHeading),
        ),
    ] {
        let found = kinds("GET /note", &pin, &page(live));
        assert_eq!(found, Vec::from_iter(fault), "{live}");
    }
    let bare = page("<h1>A note</h1>");
    assert_eq!(
        kinds("GET /note", &bare, &page("<p>Oh.</p>")),
        [Fault::OtherHeading]
    );
}

fn html(body: &str) -> String {
    format!("< 200 OK\n< content-type: text/html\n\n<h1>Notes</h1>{body}\n")
}

#[test]
fn a_page_says_its_messages_and_items_in_any_markup() {
    let pin = html("<p role=status>Saved.</p><ul><li>&lt;b&gt;Milk</li></ul>");
    for (live, faults) in [
        (
            "<div class=x role=alert>Saved.</div><ol><li>&lt;b&gt;Milk</li></ol>",
            vec![],
        ),
        ("<ul><li>&lt;b&gt;Milk</li></ul>", vec![Fault::MessageLost]),
        (
            "<p role=status>Saved.</p><p role=status>Saved.</p><ul><li>&lt;b&gt;Milk</li></ul>",
            vec![Fault::OtherMessage],
        ),
        (
            "<p role=status>Gone.</p><p role=status>Saved.</p><ul><li>&lt;b&gt;Milk</li></ul>",
            vec![Fault::MessageAgain],
        ),
        (
            "<p role=status>Sent.</p><ul><li>&lt;b&gt;Milk</li></ul>",
            vec![Fault::OtherMessage],
        ),
        (
            "<p role=status>Saved.</p><ul><li><b>Milk</li></ul>",
            vec![Fault::Unescaped],
        ),
        ("<p role=status>Saved.</p>", vec![Fault::OtherItems]),
    ] {
        assert_eq!(kinds("GET /notes", &pin, &html(live)), faults, "{live}");
    }
}

#[test]
fn a_message_that_is_not_shown_is_where_its_cookie_says() {
    let page = |head: &str, body: &str| {
        turn(&format!(
            "### T\n> GET /note\n> cookie: _flash=x\n< 200 OK\n\
             < content-type: text/html\n{head}\n<h1>A note</h1>{body}\n"
        ))
    };
    let gone = "< set-cookie: _flash=; removed; Path=/\n* keeps nothing\n";
    let pin = page(gone, "<p role=status>Saved.</p>");
    for (head, words) in [
        (
            gone,
            "nothing (it was taken out of _flash, and did not reach the page: a guard let it \
             go, or the template calls it something else)",
        ),
        (
            "* keeps _flash=x\n",
            "nothing (_flash is still in the jar: nobody has read it)",
        ),
    ] {
        let findings = found("GET /note", &pin, &page(head, ""));
        assert_eq!(findings[0].fault, Fault::MessageLost);
        assert_eq!(findings[0].came(), words);
    }
}

#[test]
fn a_session_cookie_must_live_and_be_out_of_reach() {
    let pin = "< 200 OK\n< set-cookie: session=x; Expires=in 7 days; Path=/; HttpOnly; SameSite=Strict\n* keeps session=x\n";
    for (live, fault) in [
        (
            "< 200 OK\n< set-cookie: sid=f00d; Path=/; HttpOnly\n* keeps sid=f00d\n",
            None,
        ),
        ("< 200 OK\n* keeps sid=f00d\n", None),
        (
            "< 200 OK\n< set-cookie: sid=f00d; Path=/\n* keeps sid=f00d\n",
            Some(Fault::ReadableByScripts),
        ),
        (
            "< 200 OK\n< set-cookie: sid=f00d; Path=/set; HttpOnly\n* keeps sid=f00d\n",
            Some(Fault::NarrowPath),
        ),
        (
            "< 200 OK\n< set-cookie: sid=f00d; Path=/greet; HttpOnly\n* keeps sid=f00d\n",
            None,
        ),
        (
            "< 200 OK\n< set-cookie: sid=; removed; HttpOnly\n* keeps nothing\n",
            Some(Fault::DiesAtOnce),
        ),
        ("< 200 OK\n* keeps nothing\n", Some(Fault::NoCookie)),
        (
            "< 200 OK\n< set-cookie: sid=f00d; HttpOnly\n* refuses sid: too large\n* keeps nothing\n",
            Some(Fault::CookieRefused),
        ),
    ] {
        assert_eq!(
            kinds("GET /set", pin, live),
            Vec::from_iter(fault),
            "{live}"
        );
    }
}

#[test]
fn what_a_browser_refuses_in_the_pin_it_may_refuse_by_another_name() {
    let answer = |name: &str, why: &str| {
        format!(
            "< 200 OK\n< set-cookie: {name}=x; Path=/; SameSite=Lax\n\
             * refuses {name}: {why}\n* keeps login=x\n"
        )
    };
    let pin = answer("_flash", "another site's page asked for it");
    for (name, why, faults) in [
        ("sid", "another site's page asked for it", vec![]),
        ("sid", "it is too large", vec![Fault::CookieRefused]),
        ("_flash", "it is too large", vec![Fault::CookieRefused]),
    ] {
        assert_eq!(kinds("GET /set", &pin, &answer(name, why)), faults, "{why}");
    }
}

#[test]
fn a_cookie_that_is_asked_for_by_its_name_has_the_words_that_were_asked_for() {
    let pin = "< 200 OK\n< set-cookie: a=x; Max-Age=60; Path=/; SameSite=Lax\n< set-cookie: b=x; Domain=b.example; Path=/; Secure; SameSite=Lax\n* refuses b: its Domain is not this host\n* keeps a=x\n";
    let found = |was: &str, is: &str| {
        let live = pin.replace(was, is);
        kinds("GET /set", pin, &live)
    };
    assert_eq!(found("SameSite=Lax", "SameSite=Strict"), []);
    assert_eq!(found("; Secure", ""), []);
    for (was, is) in [
        ("; Max-Age=60", ""),
        ("Max-Age=60", "Max-Age=61"),
        ("Max-Age=60", "Expires=in 1 minute"),
        ("b.example", "c.example"),
        (
            "< set-cookie: b=x; Domain=b.example; Path=/; Secure; SameSite=Lax\n",
            "",
        ),
    ] {
        assert_eq!(found(was, is), [Fault::OtherCookie], "{was}");
    }
    // Of another one only what a session needs is asked.
    let other = pin.replace("a=x", "c=x").replace("b=x", "d=x");
    let live = other.replace("; Max-Age=60", "");
    assert_eq!(kinds("GET /set", &other, &live), []);
}

#[test]
fn a_path_that_the_pin_has_is_not_too_narrow() {
    let pin = "< 200 OK\n< set-cookie: a=x; Path=/; SameSite=Lax\n< set-cookie: b=x; Path=/shelf; SameSite=Lax\n* keeps a=x\n* keeps b=x\n";
    assert_eq!(kinds("GET /set", pin, pin), []);
    // It is not for the page that is asked for later.
    let other = pin.replace("/shelf", "/floor");
    assert_eq!(kinds("GET /set", pin, &other), []);
}

fn answer(request: &str, answer: &str) -> Turn {
    turn(&format!("### T\n> {request}\n{answer}"))
}

#[test]
fn what_is_set_beside_a_session_that_was_set_before_is_none() {
    let pin = answer(
        "GET /visits",
        "< 200 OK\n< set-cookie: visitor=sealed(2); Path=/; HttpOnly; SameSite=Lax\n\
         * keeps visitor=sealed(2)\n",
    );
    let theme = "< 200 OK\n< set-cookie: theme=dark; Path=/; SameSite=Lax\n\
                 * keeps theme=dark\n";
    let first = "< 200 OK\n< set-cookie: sid=f00d; Path=/; HttpOnly; SameSite=Lax\n\
                 * keeps sid=f00d\n";
    let before = [Some(answer("GET /visits", first))];
    let script = Script::parse("### T\nGET /visits\n").unwrap();
    let none = HashSet::new();
    let names = Names::from([("visitor".to_owned(), "theme".to_owned())]);
    let found = |live: &str, names| {
        let compared = Compared {
            before: &before,
            names,
            ..bare(&script.steps[0], &pin, &none)
        };
        let verdict = compare(&compared, &answer("GET /visits", live));
        let findings = verdict.findings.into_iter();
        findings.map(|finding| finding.fault).collect::<Vec<_>>()
    };
    let beside = format!("{theme}* keeps sid=f00d\n");
    assert_eq!(found(&beside, &NO_NAMES), []);
    // The session is gone, or this is what it is called.
    assert_eq!(found(theme, &NO_NAMES), [Fault::ReadableByScripts]);
    assert_eq!(found(&beside, &names), [Fault::ReadableByScripts]);
}

#[test]
fn a_cookie_that_stays_behind_is_told_with_the_line_that_made_it_stay() {
    let message = "_flash=7:successConnected.";
    let page = |cookie: &str, body: &str| {
        answer(
            "GET /music",
            &format!(
                "{cookie}< 200 OK\n< content-type: text/html\n{body}\n<h1>Music</h1>\n"
            ),
        )
    };
    let mut pin = page(
        &format!("> cookie: {message}\n"),
        "< set-cookie: _flash=; removed; Path=/\n",
    );
    pin.response.body += "<p role=\"status\">Connected.</p>\n";
    let live = page("", &format!("* keeps {message}\n"));
    let script = Script::parse("### T\nGET /music\n").unwrap();
    let none = HashSet::new();
    let came = |words: &str| {
        let set = format!(
            "< 303 See Other\n< set-cookie: {message}; {words}\n* keeps {message}\n"
        );
        let before = [Some(answer("GET /callback", &set))];
        let compared = Compared {
            before: &before,
            is_project: true,
            ..bare(&script.steps[0], &pin, &none)
        };
        compare(&compared, &live).findings[0].came()
    };
    assert_eq!(
        came("Path=/; SameSite=Strict"),
        "nothing (_flash is in the jar and did not come: the answer to GET /callback set it with \
         SameSite=Strict, and another site's page began this request)"
    );
    assert_eq!(
        came("Path=/callback; SameSite=Lax"),
        "nothing (_flash is in the jar and did not come: the answer to GET /callback set it for \
         the path /callback, and this is another)"
    );
}

#[test]
fn an_address_at_the_provider_is_told_by_what_its_query_lacks() {
    let to = |query: &str| {
        answer(
            "GET /music/connect",
            &format!(
                "< 303 See Other\n< location: http://localhost/authorize?{query}\n* keeps a=x\n"
            ),
        )
    };
    let pin =
        to("client_id=notebook&state={{state}}&code_challenge={{code_challenge}}");
    for (query, note) in [
        (
            "client_id=notebook&state={{state}}",
            "(its query lacks code_challenge)",
        ),
        (
            "client_id=notebook&state={{verifier}}&code_challenge={{code_challenge}}",
            "(state in its query is another)",
        ),
        (
            "client_id=notebook&state={{state}}&code_challenge={{code_challenge}}&verifier=x",
            "(its query has verifier, too)",
        ),
    ] {
        let findings = found("GET /music/connect", &pin, &to(query));
        assert_eq!(findings[0].fault, Fault::WrongLocation, "{query}");
        assert!(findings[0].came().ends_with(note), "{}", findings[0].came());
    }
}

#[test]
fn a_path_is_compared_with_that_of_the_cookie_of_its_name() {
    let pin = "< 200 OK\n< set-cookie: house=x; Path=/; SameSite=Lax\n< set-cookie: kitchen=x; Path=/greet; SameSite=Lax\n* keeps house=x\n* keeps kitchen=x\n";
    let live = pin.replace("/greet", "/kitchen");
    let request = "GET /set";
    let (pin, live) = (answer(request, pin), answer(request, &live));
    let findings = found(request, &pin, &live);
    assert_eq!(findings[0].fault, Fault::NarrowPath);
    assert!(findings[0].expected.contains("kitchen=x; Path=/greet"));
    assert!(findings[0].came().ends_with("(not sent to /greet)"));
}

#[test]
fn the_text_of_a_sealed_cookie_as_it_is_has_no_seal() {
    let pin = "< 200 OK\n< set-cookie: s=sealed(Ada); Path=/; HttpOnly; SameSite=Lax\n* keeps s=sealed(Ada)\n";
    let live = pin.replace("sealed(Ada)", "Ada");
    assert_eq!(kinds("GET /set", pin, &live), [Fault::Unsealed]);
    let open = live.replace("HttpOnly; ", "");
    let both = [Fault::Unsealed, Fault::ReadableByScripts];
    assert_eq!(kinds("GET /set", pin, &open), both);
    // Its signature may be a cookie of its own.
    let signed = live.replace(
        "* keeps",
        "< set-cookie: s.sig=x; Path=/; HttpOnly; SameSite=Lax\n* keeps s.sig=x\n* keeps",
    );
    assert_eq!(kinds("GET /set", pin, &signed), []);
}

#[test]
fn of_a_plain_and_a_sealed_cookie_with_the_same_words_each_is_as_it_should() {
    let pin = "< 303 See Other\n< location: /open\n\
               < set-cookie: plain=Ada; Path=/; SameSite=Strict\n\
               < set-cookie: sealed=sealed(Ada); Path=/; HttpOnly; SameSite=Strict\n\
               * keeps plain=Ada\n* keeps sealed=sealed(Ada)\n";
    let found = |was: &str, is: &str| kinds("GET /seal", pin, &pin.replace(was, is));
    assert_eq!(found("", ""), []);
    assert_eq!(
        found("=sealed(Ada); Path=/; HttpOnly", "=Ada; Path=/"),
        [Fault::Unsealed, Fault::ReadableByScripts]
    );
    assert_eq!(
        found("plain=Ada; Path=/", "plain=sealed(Ada); Path=/; HttpOnly"),
        [Fault::OtherCookie]
    );
}

#[test]
fn a_session_that_a_project_leaves_out_beside_a_message_is_named() {
    let answer = |cookies: &str| {
        turn(&format!(
            "### T\n> POST /login\n< 303 See Other\n< location: /\n{cookies}"
        ))
    };
    let flash = "< set-cookie: _flash=x; Path=/; SameSite=Lax\n";
    let login = "< set-cookie: login=sealed(Ada); Path=/; HttpOnly; SameSite=Lax\n";
    let pin = answer(&format!(
        "{flash}{login}* keeps _flash=x\n* keeps login=sealed(Ada)\n"
    ));
    let script = Script::parse("### T\nPOST /login\n").unwrap();
    let none = HashSet::new();
    let faults = |live: &str| {
        let compared = Compared {
            is_project: true,
            ..bare(&script.steps[0], &pin, &none)
        };
        let findings = compare(&compared, &answer(live)).findings.into_iter();
        findings.map(|finding| finding.fault).collect::<Vec<_>>()
    };
    let alone = format!("{flash}* keeps _flash=x\n");
    assert_eq!(faults(&alone), [Fault::NoCookie]);
    let both = format!("{flash}{login}* keeps _flash=x\n* keeps login=sealed(Ada)\n");
    assert_eq!(faults(&both), []);
    // By a name of its own.
    let own = both.replace("login=", "who=");
    assert_eq!(faults(&own), []);
}

#[test]
fn a_cookie_that_opens_no_more_is_replaced() {
    let pin = "< 303 See Other\n< location: /greet\n\
               < set-cookie: s=sealed(Ada); Path=/; HttpOnly; SameSite=Lax\n\
               * keeps s=sealed(Ada)\n";
    let live =
        |kept: &str| format!("< 303 See Other\n< location: /greet\n* keeps s={kept}\n");
    let old = live("sealed with an old key(Ada)");
    assert_eq!(kinds("GET /set", pin, &old), [Fault::NoCookie]);
    assert_eq!(kinds("GET /set", pin, &live("sealed(Ada)")), []);
}

#[test]
fn a_cookie_that_is_refused_is_called_by_its_name() {
    let pin = answer(
        "GET /set",
        "< 200 OK\n< set-cookie: a=x; SameSite=Lax\n* keeps a=x\n",
    );
    let live = answer(
        "GET /set",
        "< 200 OK\n< set-cookie: a=x; SameSite=Lax\n* refuses a: it is too large\n* keeps nothing\n",
    );
    let findings = found("GET /set", &pin, &live);
    assert_eq!(findings[0].expected, "a is kept");
}

#[test]
fn a_session_that_is_renewed_keeps_when_it_began_and_says_when_it_was_seen() {
    let answer = |began: &str, seen: &str| {
        turn(&format!(
            "### T\n> GET /account/letters\n> cookie: login=sealed({{\"s\":now-1h,\"e\":now-29m}})\n\
             < 200 OK\n< content-type: text/plain\n\
             < set-cookie: login=sealed({{\"s\":{began},\"e\":{seen}}}); Path=/; HttpOnly; SameSite=Lax\n\
             * keeps login=sealed({{\"s\":{began},\"e\":{seen}}})\n\nLetters\n"
        ))
    };
    let request = "# @seal login={\"s\":now-1h,\"e\":now-29m}\nGET /account/letters";
    let pin = answer("now-1h", "now");
    assert_eq!(found(request, &pin, &pin), []);
    for live in [answer("now", "now"), answer("now-1h", "now-29m")] {
        let findings = found(request, &pin, &live);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].fault, Fault::OtherCookie);
        assert!(findings[0].actual.starts_with("in the jar is login="));
    }
    // Who writes nothing has the cookie of before.
    let same = "### T\n> GET /account/letters\n< 200 OK\n< content-type: text/plain\n\
                * keeps login=sealed({\"s\":now-1h,\"e\":now-29m})\n\nLetters\n";
    let findings = found(request, &pin, &turn(same));
    assert_eq!(findings[0].fault, Fault::OtherCookie, "{findings:?}");
}

#[test]
fn a_project_that_lets_in_who_should_be_sent_away_is_told_by_the_session_that_it_sets()
{
    let answer = |place: &str, cookies: &str| {
        turn(&format!(
            "### T\n> POST /login\n< 303 See Other\n< location: {place}\n{cookies}"
        ))
    };
    let pin = answer("/login", "* keeps nothing\n");
    let login = "< set-cookie: login=sealed(Ada); Path=/; HttpOnly; SameSite=Lax\n\
                 * keeps login=sealed(Ada)\n";
    let script = Script::parse("### T\nPOST /login\n").unwrap();
    let none = HashSet::new();
    let note = |is_project, live: &Turn| {
        let compared = Compared {
            is_project,
            ..bare(&script.steps[0], &pin, &none)
        };
        let mut findings = compare(&compared, live).findings;
        let finding = findings.remove(0);
        assert_eq!(finding.fault, Fault::WrongLocation);
        finding.note
    };
    let let_in = answer("/account/letters", login);
    assert!(note(true, &let_in).unwrap().contains("sets login"));
    assert_eq!(note(false, &let_in), None);
    assert_eq!(note(true, &answer("/elsewhere", "* keeps nothing\n")), None);
}
