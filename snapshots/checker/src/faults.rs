//! What can be wrong with an answer: what each fault is called, why it matters,
//! and one hint. It is long because it is a list.

use serde::{Deserialize, Serialize};

/// What can be wrong with an answer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Fault {
    NotWritten,
    ServerError,
    Missing,
    Refused,
    Accepted,
    LetIn,
    NoRedirect,
    MetaRefresh,
    NeedlessRedirect,
    Permanent,
    KeepsMethod,
    OtherStatus,
    WrongLocation,
    BrokenLocation,
    Forgotten,
    SharedByAll,
    Believed,
    OtherWords,
    NotAPage,
    OtherHeading,
    MessageLost,
    MessageAgain,
    OtherMessage,
    Unescaped,
    OtherItems,
    FieldLost,
    NoCookie,
    DiesAtOnce,
    CookieRefused,
    ReadableByScripts,
    NarrowPath,
    Unsealed,
    Guessable,
    TooLong,
    OtherCookie,
    Cached,
    Differs,
    NoAnswer,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 38] = [
        Fault::NotWritten,
        Fault::ServerError,
        Fault::Missing,
        Fault::Refused,
        Fault::Accepted,
        Fault::LetIn,
        Fault::NoRedirect,
        Fault::MetaRefresh,
        Fault::NeedlessRedirect,
        Fault::Permanent,
        Fault::KeepsMethod,
        Fault::OtherStatus,
        Fault::WrongLocation,
        Fault::BrokenLocation,
        Fault::Forgotten,
        Fault::SharedByAll,
        Fault::Believed,
        Fault::OtherWords,
        Fault::NotAPage,
        Fault::OtherHeading,
        Fault::MessageLost,
        Fault::MessageAgain,
        Fault::OtherMessage,
        Fault::Unescaped,
        Fault::OtherItems,
        Fault::FieldLost,
        Fault::NoCookie,
        Fault::DiesAtOnce,
        Fault::CookieRefused,
        Fault::ReadableByScripts,
        Fault::NarrowPath,
        Fault::Unsealed,
        Fault::Guessable,
        Fault::TooLong,
        Fault::OtherCookie,
        Fault::Cached,
        Fault::Differs,
        Fault::NoAnswer,
    ];

    /// The name in reports: lower case, with hyphens.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What is wrong, in a sentence.
    pub fn headline(self) -> &'static str {
        self.words().1
    }

    /// Why it matters.
    pub fn rationale(self) -> &'static str {
        self.words().2
    }

    /// One hint.
    pub fn hint(self) -> &'static str {
        self.words().3
    }

    /// Whether later steps of the exchange mean nothing after it.
    pub fn stops(self) -> bool {
        !matches!(
            self,
            Fault::ReadableByScripts
                | Fault::NoCookie
                | Fault::OtherHeading
                | Fault::FieldLost
                | Fault::Unsealed
                | Fault::Guessable
                | Fault::TooLong
                | Fault::OtherCookie
                | Fault::Cached
        )
    }

    /// Whether the whole answer is another one, so that its cookies mean nothing.
    pub fn is_other_answer(self) -> bool {
        matches!(
            self,
            Fault::NotWritten
                | Fault::ServerError
                | Fault::Missing
                | Fault::Refused
                | Fault::Accepted
                | Fault::LetIn
                | Fault::NoRedirect
                | Fault::MetaRefresh
                | Fault::NeedlessRedirect
                | Fault::WrongLocation
        )
    }

    fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Fault::NotWritten => (
                "not-written",
                "What answers this is not written yet.",
                "The server said so when it came to a todo!().",
                "The page shows what the handler does, and above the todo!() stands what must come \
                 back.",
            ),
            Fault::ServerError => (
                "server-error",
                "The server fails.",
                "Whatever a client sends, a server says what is wrong with it. An answer of 500 \
                 means that nobody thought of the case.",
                "What the server wrote says where and why: above, where that is known, or in its \
                 own log. If a cookie or a field is to blame, it is text that anyone may have \
                 written.",
            ),
            Fault::Missing => (
                "missing",
                "The server has nothing at this address.",
                "404 says that there is nothing for this method and path: no handler was found, or \
                 the one that was says so itself.",
                "Is its handler in the list of routes that is mounted, in Rocket routes![]? One that \
                 is in none is a 404. If it is there, compare its method and its path with the \
                 request. And a handler can say 404 itself: in Rocket, by giving None.",
            ),
            Fault::Refused => (
                "refused",
                "The server refuses the request.",
                "The request is a good one: the page's own server answers it.",
                "Compare what the handler expects with the request: the fields of the address and \
                 of the form, and which of them may be missing; the content type, the Origin that \
                 it comes from, a cookie that need not be there, the very bytes that a signature is \
                 of.",
            ),
            Fault::Accepted => (
                "accepted",
                "The server accepts what it should refuse.",
                "Anyone can send a request. One that changes something by a link, or says that it \
                 comes from somebody and can't prove it, is answered with a status of 400 to 499.",
                "If this is a GET, bind the handler to the one method that it is for: links, previews \
                 and search engines send a GET without asking anybody. If it is a POST, look at \
                 what the handler asks before it believes: the Origin, a state, a signature and its time.",
            ),
            Fault::LetIn => (
                "let-in",
                "The server shows a page to somebody who should be sent away.",
                "Nobody is known here: a stranger asks, or another site's page, or somebody whose \
                 session is over or not to be believed. Whoever asks as they do gets the page, too.",
                "Look at the cookies of the request, and at which answer should have removed them \
                 or with which SameSite it set them. Then look at how the handler asks who is there.",
            ),
            Fault::NoRedirect => (
                "no-redirect",
                "The server answers with a page, where it should send the browser on.",
                "The browser stays at an address that is to lead on. Reload asks it again, and sends \
                 a form again; a message can't wait for the next page.",
                "Answer with 303 See Other and a Location, and show the result there.",
            ),
            Fault::MetaRefresh => (
                "meta-refresh",
                "The page refreshes itself. That is no redirect.",
                "A browser that has shown a page has it in its history: Back and reload come to \
                 it, and a client that is no browser never leaves it.",
                "Answer with 303 See Other and a Location header.",
            ),
            Fault::NeedlessRedirect => (
                "needless-redirect",
                "The server sends the browser on, where it should answer.",
                "A redirect here leads away from what was asked for, and perhaps in a circle.",
                "Answer with the page itself. If the handler does so at other times, look at what it \
                 does when there is no session, or no message.",
            ),
            Fault::Permanent => (
                "permanent",
                "The redirect is permanent: the browser will not ask again.",
                "After 301 or 308 a browser goes to the new address by itself, for as long as \
                 it likes, and your handler is never called.",
                "Answer with 303 See Other.",
            ),
            Fault::KeepsMethod => (
                "keeps-method",
                "The redirect keeps the method: the browser sends its form again, there.",
                "307 and 308 repeat the POST with its body. After a form the next request must be \
                 a GET.",
                "Answer with 303 See Other.",
            ),
            Fault::OtherStatus => (
                "other-status",
                "The status is another one.",
                "This exchange is about the difference between these codes.",
                "Send the very code that the page names.",
            ),
            Fault::WrongLocation => (
                "wrong-location",
                "The redirect leads elsewhere.",
                "The browser goes where Location says, and nowhere else.",
                "Build the address from the route's name, so that it can't drift: in Rocket, uri! with \
                 the bare value, which it escapes by itself. Then look at the route it names.",
            ),
            Fault::BrokenLocation => (
                "broken-location",
                "The Location is not an address.",
                "A Location is a URL: a space or a control character in it is not one, and what \
                 a client makes of it is its own affair.",
                "Let the framework build the address; it writes a space as %20.",
            ),
            Fault::Forgotten => (
                "forgotten",
                "The session is lost.",
                "What one request wrote, the next one must find again: HTTP itself remembers \
                 nothing.",
                "Did the browser send the cookie? If not, look at how it was set. If so, look \
                 at how it is read, by which name, with which key, and at what is written back.",
            ),
            Fault::SharedByAll => (
                "shared-by-all",
                "A browser is told what is not its own.",
                "A value in a variable of the server is there for everyone who asks. So is \
                 one that a handler has for a browser without a session.",
                "Keep it in the session, which is each browser's own; and look at what the \
                 handler answers where there is none, and where it begins to count.",
            ),
            Fault::Believed => (
                "believed",
                "The server believes a cookie that it did not write.",
                "Anyone can change a cookie. Only a seal or a signature tells that somebody did.",
                "Seal or sign the session, or keep it on the server under a random name. Where it is \
                 sealed, look at what the handler says if it can't be opened.",
            ),
            Fault::OtherWords => (
                "other-words",
                "The answer says something else.",
                "The words show what the server knows at this moment.",
                "Compare the two lines. Then look at what this handler reads, and at what an answer \
                 before has written.",
            ),
            Fault::NotAPage => (
                "not-a-page",
                "The answer is not an HTML page.",
                "The page's messages and headings are looked for in HTML.",
                "Send content-type: text/html.",
            ),
            Fault::OtherHeading => (
                "other-heading",
                "The heading is not this page's.",
                "The h1 says which page this is. This one is another page's, or is not put together \
                 as it should be, or there is nothing on the page at all.",
                "Look at what the handler decides by: the session, the address, the rank.",
            ),
            Fault::MessageLost => (
                "message-lost",
                "The message is not shown.",
                "A flash message waits until a page shows it. If no page does, the reader never \
                 learns what became of the form.",
                "Keep the message until a page shows it. That page's handler hands it to the \
                 template, which prints it in an element with role=\"status\" or role=\"alert\".",
            ),
            Fault::MessageAgain => (
                "message-again",
                "A message is shown that should be gone, or was never sent.",
                "Once shown, a flash message must be taken out of where it waited.",
                "Delete it in the same answer that shows it.",
            ),
            Fault::OtherMessage => (
                "other-message",
                "The message is another one.",
                "The message tells the reader what the request before it did.",
                "Compare the two lines, and look at who wrote the message last.",
            ),
            Fault::Unescaped => (
                "unescaped",
                "The page runs what a stranger wrote.",
                "Text from outside that is printed as it is becomes part of the page: markup, \
                 and scripts too.",
                "Escape it. A template does so by itself, unless it is told not to.",
            ),
            Fault::OtherItems => (
                "other-items",
                "The list has other items.",
                "Each item of the list is one that the page's server has at this moment.",
                "More than were saved: one was saved twice, or is somebody else's, or should have been \
                 refused. Fewer: one was not saved, or was lost, or the template does not get it.",
            ),
            Fault::FieldLost => (
                "field-lost",
                "The form does not send along what it was given.",
                "A form sends its fields and nothing else. What the next request needs, and nobody \
                 fills in, is in a hidden one.",
                "The handler takes it from the address, gives it to the template, and the template \
                 prints it as the value of an <input type=\"hidden\">.",
            ),
            Fault::NoCookie => (
                "no-cookie",
                "The browser has nothing to remember by.",
                "A server tells browsers apart by what they bring along, and this one is given nothing \
                 to bring.",
                "Set the page's cookie in this answer, and look whether a later line takes it away.",
            ),
            Fault::DiesAtOnce => (
                "dies-at-once",
                "The cookie is over as soon as it comes.",
                "A cookie with Max-Age=0 or an Expires in the past deletes itself.",
                "Give it a lifetime, or none: then it lasts as long as the browser is open.",
            ),
            Fault::CookieRefused => (
                "cookie-refused",
                "A browser does not keep this cookie.",
                "A browser says nothing about a cookie that it refuses. It is not there on the \
                 next request.",
                "The reason stands behind the cookie's name.",
            ),
            Fault::ReadableByScripts => (
                "readable-by-scripts",
                "Scripts can read a cookie that is not for them.",
                "One line of hostile script on any page takes the session along.",
                "Add HttpOnly.",
            ),
            Fault::NarrowPath => (
                "narrow-path",
                "The cookie is not sent to the next page.",
                "A browser sends a cookie to its Path and below, and nowhere else.",
                "Set the Path that the expected line has. Path=/ is every path.",
            ),
            Fault::Unsealed => (
                "unsealed",
                "This value can be read and changed. Seal it.",
                "The name stands in the cookie for all to read, and nothing in it says who wrote it \
                 there: with another name in it, whoever has a browser can be anybody.",
                "Seal or sign the cookie (in Rocket, add_private), or keep the session on the server \
                 under a random name.",
            ),
            Fault::Guessable => (
                "guessable",
                "A session's name can be guessed.",
                "Whoever tries the numbers before and after their own is somebody else.",
                "Give each session a name of 128 random bits.",
            ),
            Fault::TooLong => (
                "too-long",
                "The cookie would outlive the browser.",
                "A browser keeps a cookie for 400 days at the most (RFC 6265bis, section 5.5), and a \
                 session that lasts for years can be found for years.",
                "Give it the time that a login should last.",
            ),
            Fault::OtherCookie => (
                "other-cookie",
                "The cookie is not the one that was asked for.",
                "Each word of the line tells the browser one thing to do with the cookie, or not to \
                 do. What is not said is not done.",
                "Compare the two lines word by word.",
            ),
            Fault::Cached => (
                "cached",
                "A cache may keep this page.",
                "What holds something of a reader's is there after they have logged out: with the \
                 button Back, and for whoever has the same cache.",
                "Add Cache-Control: no-store.",
            ),
            Fault::Differs => (
                "differs",
                "The answer is not the pinned one.",
                "With --exact, each line of an answer is compared.",
                "Compare the lines. Without --exact only the meaning counts.",
            ),
            Fault::NoAnswer => (
                "no-answer",
                "There is no answer that can be read.",
                "A client has to be able to rely on a whole answer, in time.",
                "Look at the server's own log, and send the request with curl. If the log has \
                 nothing, the handler does not come to its end: does it wait for a lock that it \
                 holds?",
            ),
        }
    }
}
