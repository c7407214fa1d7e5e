//! The servers of the gallery, by what is wrong with each.

use crate::faults::Fault;

/// A server with one fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhibit {
    /// Its name, as `cargo snapshots gallery` lists it.
    pub name: &'static str,
    /// The exchange that catches it.
    pub caught_by: &'static str,
    /// What the checks call it, and what else they may find because of it.
    pub faults: &'static [Fault],
}

/// Every one. A new one comes last: the pages name some by their number.
pub const EXHIBITS: &[Exhibit] = &[
    exhibit(
        "greeting-remembered",
        "no-memory/forgotten",
        &[Fault::OtherWords, Fault::SharedByAll],
    ),
    exhibit("nothing-at-visits", "session/typed", &[Fault::Missing]),
    exhibit(
        "stranger-is-sent-away",
        "session/remembered",
        &[Fault::NeedlessRedirect],
    ),
    exhibit(
        "session-in-a-variable",
        "session/one-browser-each",
        &[Fault::SharedByAll, Fault::NoCookie, Fault::Believed],
    ),
    exhibit(
        "everyone-is-ada",
        "session/one-browser-each",
        &[
            Fault::SharedByAll,
            Fault::Believed,
            Fault::NoCookie,
            Fault::OtherWords,
        ],
    ),
    exhibit(
        "session-forgotten",
        "session/remembered",
        &[Fault::Forgotten],
    ),
    exhibit(
        "cookie-never-set",
        "session/remembered",
        &[
            Fault::NoCookie,
            Fault::Forgotten,
            Fault::OtherWords,
            Fault::MessageLost,
            Fault::OtherItems,
        ],
    ),
    exhibit(
        "cookie-readable-by-scripts",
        "session/remembered",
        &[Fault::ReadableByScripts],
    ),
    exhibit(
        "cookie-path-too-narrow",
        "session/remembered",
        &[Fault::NarrowPath],
    ),
    exhibit(
        "cookie-dies-at-once",
        "session/remembered",
        &[Fault::DiesAtOnce, Fault::MessageLost],
    ),
    exhibit(
        "cookie-too-large",
        "session/remembered",
        &[Fault::CookieRefused],
    ),
    exhibit(
        "cookie-of-another-domain",
        "session/remembered",
        &[Fault::CookieRefused],
    ),
    exhibit(
        "cookie-none-without-secure",
        "session/remembered",
        &[Fault::CookieRefused],
    ),
    exhibit(
        "visits-of-everyone",
        "session/typed",
        &[Fault::SharedByAll, Fault::OtherWords],
    ),
    exhibit("visits-not-counted", "session/typed", &[Fault::OtherWords]),
    exhibit(
        "session-names-are-numbers",
        "session/remembered",
        &[Fault::Guessable],
    ),
    exhibit(
        "cookie-for-a-hundred-years",
        "session/remembered",
        &[Fault::TooLong, Fault::OtherWords],
    ),
    exhibit(
        "session-can-be-changed",
        "session/one-browser-each",
        &[Fault::Unsealed, Fault::Believed],
    ),
    exhibit(
        "cookie-holds-the-name",
        "secret-key/plain-forgery",
        &[Fault::Believed, Fault::Unsealed],
    ),
    exhibit(
        "cookie-holds-the-name-in-hex",
        "secret-key/flipped",
        &[Fault::Believed, Fault::Unsealed],
    ),
    exhibit(
        "broken-cookie-fails",
        "secret-key/flipped",
        &[Fault::ServerError],
    ),
    exhibit(
        "old-home-shows-a-page",
        "redirects/old-home",
        &[Fault::NoRedirect],
    ),
    exhibit(
        "old-home-refreshes",
        "redirects/old-home",
        &[Fault::MetaRefresh],
    ),
    exhibit(
        "old-home-moved-for-good",
        "redirects/old-home",
        &[Fault::Permanent],
    ),
    exhibit(
        "space-in-a-location",
        "redirects/filled-in",
        &[Fault::BrokenLocation],
    ),
    exhibit(
        "every-code-is-303",
        "redirects/three-more-codes",
        &[Fault::OtherStatus],
    ),
    exhibit(
        "flash-in-the-same-answer",
        "flash/shown-once",
        &[Fault::NoRedirect],
    ),
    exhibit(
        "flash-in-the-address",
        "flash/shown-once",
        &[Fault::WrongLocation, Fault::NoCookie],
    ),
    exhibit(
        "flash-shown-twice",
        "flash/shown-once",
        &[Fault::MessageAgain],
    ),
    exhibit(
        "flash-shown-double",
        "flash/shown-once",
        &[Fault::OtherMessage],
    ),
    exhibit(
        "flash-of-everyone",
        "flash/one-browser-each",
        &[Fault::MessageAgain, Fault::NoCookie, Fault::OtherMessage],
    ),
    exhibit(
        "flash-never-shown",
        "flash/shown-once",
        &[Fault::MessageLost, Fault::NoCookie],
    ),
    exhibit(
        "flash-without-a-role",
        "flash/shown-once",
        &[Fault::MessageLost],
    ),
    exhibit(
        "flash-with-other-words",
        "flash/shown-once",
        &[Fault::OtherMessage],
    ),
    exhibit(
        "flash-lost-on-any-page",
        "flash/waits-to-be-shown",
        &[Fault::MessageLost],
    ),
    exhibit(
        "flash-lost-in-a-redirect",
        "flash/survives-redirects",
        &[Fault::MessageLost, Fault::NoCookie],
    ),
    exhibit("flash-not-escaped", "flash/forged", &[Fault::Unescaped]),
    exhibit(
        "flash-fails-inside-a-character",
        "flash/half-a-character",
        &[Fault::ServerError],
    ),
    exhibit("save-refused", "flash/shown-once", &[Fault::Refused]),
    exhibit(
        "save-moved-for-good",
        "flash/shown-once",
        &[Fault::Permanent],
    ),
    exhibit(
        "save-keeps-the-method",
        "flash/shown-once",
        &[Fault::KeepsMethod],
    ),
    exhibit("save-refreshes", "flash/shown-once", &[Fault::MetaRefresh]),
    exhibit(
        "save-leads-elsewhere",
        "flash/shown-once",
        &[Fault::WrongLocation],
    ),
    exhibit(
        "save-by-a-link",
        "flash/a-link-saves-nothing",
        &[Fault::Accepted, Fault::MessageAgain],
    ),
    exhibit("note-is-plain-text", "flash/shown-once", &[Fault::NotAPage]),
    exhibit(
        "note-has-another-heading",
        "flash/shown-once",
        &[Fault::OtherHeading],
    ),
    exhibit(
        "head-is-not-known",
        "flash/eaten-by-head",
        &[Fault::Missing],
    ),
    exhibit(
        "notes-without-a-redirect",
        "post-redirect-get/saved-once",
        &[Fault::NoRedirect],
    ),
    exhibit(
        "notes-saved-twice",
        "post-redirect-get/saved-once",
        &[Fault::OtherItems],
    ),
    exhibit(
        "notes-of-everyone",
        "post-redirect-get/saved-once",
        &[Fault::OtherItems, Fault::MessageLost],
    ),
    exhibit(
        "notes-not-escaped",
        "post-redirect-get/escaped",
        &[Fault::Unescaped],
    ),
    exhibit(
        "empty-notes-saved",
        "post-redirect-get/empty",
        &[Fault::OtherMessage, Fault::OtherItems],
    ),
    exhibit("letters-for-everyone", "login/goes-back", &[Fault::LetIn]),
    exhibit(
        "login-leads-anywhere",
        "login/way-back",
        &[Fault::WrongLocation],
    ),
    exhibit(
        "login-tells-which-is-wrong",
        "login/refused",
        &[Fault::OtherMessage],
    ),
    exhibit(
        "login-goes-with-every-form",
        "login/logout-elsewhere",
        &[Fault::LetIn],
    ),
    exhibit(
        "logout-by-a-link",
        "login/logout-elsewhere",
        &[Fault::Accepted],
    ),
    exhibit(
        "logout-removes-nothing",
        "login/logged-out",
        &[Fault::LetIn],
    ),
    exhibit(
        "webhook-asks-for-a-login",
        "webhooks/taken",
        &[Fault::NeedlessRedirect, Fault::Accepted],
    ),
    exhibit(
        "webhook-is-read-as-a-form",
        "webhooks/taken",
        &[Fault::Refused],
    ),
    exhibit(
        "webhook-refused-with-200",
        "webhooks/tampered",
        &[Fault::Accepted],
    ),
    exhibit(
        "webhook-of-any-time",
        "webhooks/too-late",
        &[Fault::Accepted, Fault::OtherHeading, Fault::OtherMessage],
    ),
    exhibit(
        "webhook-of-the-old-secret-refused",
        "webhooks/old-secret",
        &[Fault::Refused],
    ),
    exhibit("webhook-taken-twice", "webhooks/once", &[Fault::OtherWords]),
    exhibit(
        "until-closed-has-an-age",
        "cookie-line/ends",
        &[Fault::OtherWords],
    ),
    exhibit(
        "kitchen-goes-everywhere",
        "cookie-line/paths",
        &[Fault::OtherWords, Fault::OtherCookie],
    ),
    exhibit(
        "hidden-is-open",
        "cookie-line/hidden",
        &[Fault::ReadableByScripts, Fault::OtherWords],
    ),
    exhibit(
        "strict-is-lax",
        "cookie-line/sites",
        &[Fault::OtherCookie, Fault::OtherWords],
    ),
    exhibit(
        "host-without-secure",
        "cookie-line/names",
        &[Fault::CookieRefused],
    ),
    exhibit(
        "answer-of-any-provider",
        "oauth/another-provider",
        &[Fault::OtherMessage],
    ),
    exhibit(
        "question-of-everyone",
        "oauth/another-login",
        &[Fault::OtherMessage],
    ),
    exhibit("session-is-strict", "oauth/refused", &[Fault::MessageLost]),
    exhibit(
        "guest-not-remembered",
        "no-memory/one-variable-for-everyone",
        &[Fault::OtherWords],
    ),
    exhibit(
        "form-of-any-site",
        "post-redirect-get/other-site",
        &[Fault::Accepted],
    ),
    exhibit(
        "own-form-refused",
        "post-redirect-get/other-site",
        &[Fault::Refused],
    ),
    exhibit(
        "note-dropped-as-saved",
        "post-redirect-get/does-not-fit",
        &[Fault::OtherMessage],
    ),
    exhibit(
        "notes-lost-with-one-too-long",
        "post-redirect-get/does-not-fit",
        &[Fault::OtherItems],
    ),
    exhibit("letters-in-a-cache", "login/private-page", &[Fault::Cached]),
    exhibit(
        "secure-on-any-connection",
        "cookie-line/secure",
        &[Fault::OtherCookie],
    ),
    exhibit(
        "line-without-an-age",
        "cookie-line/whole",
        &[Fault::OtherCookie],
    ),
    exhibit("day-by-its-age", "cookie-line/ends", &[Fault::OtherCookie]),
    exhibit(
        "one-domain-of-three",
        "cookie-line/domains",
        &[Fault::OtherCookie],
    ),
    exhibit(
        "one-name-of-four",
        "cookie-line/names",
        &[Fault::OtherCookie],
    ),
    exhibit(
        "cookie-lives-for-eight-days",
        "session/seven-days",
        &[Fault::OtherWords],
    ),
    exhibit(
        "session-renewed-by-each-request",
        "session/seven-days",
        &[Fault::OtherWords],
    ),
    exhibit(
        "login-with-any-name",
        "login/refused",
        &[Fault::WrongLocation],
    ),
    exhibit(
        "login-before-the-password",
        "login/refused",
        &[Fault::LetIn],
    ),
    exhibit(
        "login-can-be-written",
        "login/goes-back",
        &[Fault::Unsealed],
    ),
    exhibit(
        "login-is-strict",
        "login/logout-elsewhere",
        &[Fault::NeedlessRedirect],
    ),
    exhibit("form-forgets-where", "login/goes-back", &[Fault::FieldLost]),
    exhibit("visits-can-be-written", "session/typed", &[Fault::Unsealed]),
    exhibit("webhook-of-one-sender", "webhooks/taken", &[Fault::Missing]),
];

const fn exhibit(
    name: &'static str,
    caught_by: &'static str,
    faults: &'static [Fault],
) -> Exhibit {
    Exhibit {
        name,
        caught_by,
        faults,
    }
}
