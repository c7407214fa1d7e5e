//! What an HTML page tells its reader: its heading and its messages.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};
use std::cell::RefCell;

/// A text that a page says, and what kind of text it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `heading` for an `h1`, `status` or `alert` for an element with that
    /// role, `item` for a list item.
    pub kind: &'static str,
    /// The words, with runs of white space as one space.
    pub text: String,
}

/// What `html` says, in order. Any text is accepted; one without such elements
/// says nothing.
pub fn said(html: &str) -> Vec<Said> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Listener::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.state.into_inner().said
}

/// The words of `html` without its markup, scripts and styles, with runs of
/// white space as one space.
pub fn visible(html: &str) -> String {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Words::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let words = tokenizer.sink.text.into_inner();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Words {
    text: RefCell<String>,
    hidden: RefCell<bool>,
}

impl TokenSink for Words {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag)
                if matches!(&*tag.name, "script" | "style" | "head") =>
            {
                *self.hidden.borrow_mut() = tag.kind == TagKind::StartTag;
            }
            Token::CharacterTokens(text) if !*self.hidden.borrow() => {
                self.text.borrow_mut().push_str(&text);
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[derive(Default)]
struct Listener {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    said: Vec<Said>,
    /// The element being listened to: its tag, how many of the same tag are
    /// open inside it, and what it says so far.
    open: Option<(String, usize, Said)>,
}

impl TokenSink for Listener {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::TagToken(tag) => state.tag(&tag),
            Token::CharacterTokens(text) => {
                if let Some((_, _, said)) = &mut state.open {
                    said.text.push_str(&text);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn tag(&mut self, tag: &Tag) {
        let name = tag.name.to_string();
        match (&mut self.open, tag.kind) {
            (Some((open, depth, _)), TagKind::StartTag) if *open == name => *depth += 1,
            (Some((open, depth, _)), TagKind::EndTag)
                if *open == name && *depth > 0 =>
            {
                *depth -= 1;
            }
            (Some((open, _, _)), TagKind::EndTag) if *open == name => {
                if let Some((_, _, mut said)) = self.open.take() {
                    said.text =
                        said.text.split_whitespace().collect::<Vec<_>>().join(" ");
                    self.said.push(said);
                }
            }
            (None, TagKind::StartTag) => {
                if let Some(kind) = kind(&name, tag) {
                    let text = String::new();
                    self.open = Some((name, 0, Said { kind, text }));
                }
            }
            _ => {}
        }
    }
}

fn kind(name: &str, tag: &Tag) -> Option<&'static str> {
    let role = tag
        .attrs
        .iter()
        .find(|attribute| &*attribute.name.local == "role")
        .map(|attribute| attribute.value.to_string());
    match (role.as_deref(), name) {
        (Some("status"), _) => Some("status"),
        (Some("alert"), _) => Some("alert"),
        (_, "h1") => Some("heading"),
        (_, "li") => Some("item"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heading_messages_and_items_are_heard_in_order() {
        let html = "<!doctype html><nav>x</nav><p role=status>Note <b>saved</b>.</p>\n\
                    <h1>A\n note</h1><ul><li>Milk &amp; honey</li></ul><p>more</p>";
        let heard: Vec<String> = said(html)
            .into_iter()
            .map(|said| format!("{}: {}", said.kind, said.text))
            .collect();
        assert_eq!(
            heard,
            [
                "status: Note saved.",
                "heading: A note",
                "item: Milk & honey"
            ]
        );
    }

    #[test]
    fn visible_words_are_those_outside_of_tags_and_scripts() {
        let html = "<head><title>x</title></head><style>p{}</style><h1>Hello,\n <b>Ada</b>!</h1>\
                    <script>alert(1)</script>&lt;3";
        assert_eq!(visible(html), "Hello, Ada!<3");
        assert_eq!(visible("plain"), "plain");
    }

    #[test]
    fn an_escaped_message_stays_text() {
        let heard = said("<p role=\"alert\">&lt;h1&gt;hi</p>");
        assert_eq!(heard[0].text, "<h1>hi");
        assert_eq!(heard.len(), 1);
    }

    #[test]
    fn a_message_that_is_never_closed_says_nothing() {
        assert_eq!(said("<p role=status>half"), []);
    }
}
