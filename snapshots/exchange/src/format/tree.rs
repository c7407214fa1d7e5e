//! An HTML text as the tree that a browser makes of it.

use html5ever::interface::{
    ElementFlags, NodeOrText, QuirksMode, TokenizerResult, TreeSink,
};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, LocalName, QualName, local_name, ns};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Tags inside tags up to here, as in Chrome. The time that a page takes grows
/// with its depth.
const DEEPEST: usize = 512;
/// Elements and texts up to here: a page of a few letters can ask for millions,
/// since what was left open is opened anew in each paragraph.
const MOST: usize = 200_000;
/// How much is read between two looks at these bounds, in bytes.
const PIECE: usize = 1024;

/// The attributes that are kept: by which an element is heard, and those of a form.
const ASKED: [&str; 11] = [
    "action",
    "formaction",
    "formmethod",
    "hidden",
    "method",
    "name",
    "open",
    "popover",
    "role",
    "type",
    "value",
];

/// A page's elements and texts.
pub struct Tree {
    nodes: Vec<Node>,
}

/// A start tag. Of its attributes only those are here that [`attribute`] asks for.
///
/// [`attribute`]: Element::attribute
pub struct Element {
    name: LocalName,
    attributes: Vec<Attribute>,
}

impl Element {
    /// The tag's name, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of one of [`ASKED`], where the tag has it.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let attribute = attributes.find(|attribute| &*attribute.name.local == name)?;
        Some(&attribute.value)
    }

    /// Adds those of `attributes` that are asked for and not there.
    fn add(&mut self, attributes: Vec<Attribute>) {
        for attribute in attributes {
            let name = &*attribute.name.local;
            if ASKED.contains(&name) && self.attribute(name).is_none() {
                self.attributes.push(attribute);
            }
        }
    }
}

/// What a walk through a tree comes to.
pub enum Event<'t> {
    /// An element begins.
    Start(&'t Element),
    /// A text, its character references resolved.
    Text(&'t str),
    /// The element ends that began last and has not ended.
    End,
}

struct Node {
    parent: Option<usize>,
    children: Vec<usize>,
    depth: usize,
    content: Content,
}

enum Content {
    Element(Element),
    Text(String),
    /// The document, or a comment.
    Other,
}

impl Tree {
    /// The tree of `html`. Any text has one: a plain one is the text of an empty
    /// page. What comes after the bounds of depth and number is left out.
    pub fn of(html: &str) -> Tree {
        let builder = TreeBuilder::new(Builder::default(), TreeBuilderOpts::default());
        let tokenizer = Tokenizer::new(builder, TokenizerOpts::default());
        let mut rest = html;
        while !rest.is_empty() && !tokenizer.sink.sink.is_full() {
            let mut ends = PIECE.min(rest.len())..rest.len();
            let end = ends.find(|end| rest.is_char_boundary(*end));
            let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after;
            let input = BufferQueue::default();
            input.push_back(StrTendril::from(piece));
            // It stops after a script, for those who would run it.
            while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        }
        tokenizer.end();
        let nodes = tokenizer.sink.sink.nodes.into_inner();
        Tree { nodes }
    }

    /// Goes through the tree in the order of its text. The inside of an element
    /// is left out, and so is its end, where `visit` says false to its start.
    pub fn walk<'t>(&'t self, mut visit: impl FnMut(Event<'t>) -> bool) {
        enum Next {
            Begin(usize),
            End,
        }
        let mut next = vec![Next::Begin(DOCUMENT)];
        while let Some(step) = next.pop() {
            let Next::Begin(at) = step else {
                visit(Event::End);
                continue;
            };
            let node = &self.nodes[at];
            match &node.content {
                Content::Text(text) => {
                    visit(Event::Text(text));
                }
                Content::Element(element) if !visit(Event::Start(element)) => continue,
                Content::Element(_) => next.push(Next::End),
                Content::Other => {}
            }
            next.extend(node.children.iter().rev().map(|child| Next::Begin(*child)));
        }
    }
}

/// The document's place among the nodes.
const DOCUMENT: usize = 0;

/// Does what html5ever's tree builder asks for.
struct Builder {
    nodes: RefCell<Vec<Node>>,
    deepest: Cell<usize>,
}

/// A node's place, and its tag's name: the tree builder asks for it all the time.
#[derive(Clone)]
struct Handle {
    at: usize,
    name: Rc<QualName>,
}

impl Default for Builder {
    fn default() -> Builder {
        let document = Node {
            parent: None,
            children: Vec::new(),
            depth: 0,
            content: Content::Other,
        };
        Builder {
            nodes: RefCell::new(vec![document]),
            deepest: Cell::new(0),
        }
    }
}

impl Builder {
    fn is_full(&self) -> bool {
        self.nodes.borrow().len() > MOST || self.deepest.get() > DEEPEST
    }

    fn new_node(&self, content: Content) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node {
            parent: None,
            children: Vec::new(),
            depth: 0,
            content,
        });
        nodes.len() - 1
    }

    fn nameless(&self, at: usize) -> Handle {
        let name = QualName::new(None, ns!(), local_name!(""));
        Handle {
            at,
            name: Rc::new(name),
        }
    }

    fn parent(&self, at: usize) -> Option<usize> {
        self.nodes.borrow()[at].parent
    }

    /// Puts `child` at `place` among the children of `parent`. Texts side by side
    /// are one.
    fn insert(&self, parent: usize, place: usize, child: NodeOrText<Handle>) {
        let child = match child {
            NodeOrText::AppendNode(handle) => handle.at,
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let before = place.checked_sub(1).map(|at| nodes[parent].children[at]);
                if let Some(Content::Text(before)) =
                    before.map(|before| &mut nodes[before].content)
                {
                    before.push_str(&text);
                    return;
                }
                drop(nodes);
                self.new_node(Content::Text(text.to_string()))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        let depth = nodes[parent].depth + 1;
        nodes[parent].children.insert(place, child);
        nodes[child].parent = Some(parent);
        nodes[child].depth = depth;
        self.deepest.set(self.deepest.get().max(depth));
    }

    fn detach(&self, at: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[at].parent.take() {
            let place = place(&nodes[parent], at);
            nodes[parent].children.remove(place);
        }
    }
}

/// Where among the children of `parent` its child `at` is. It is mostly among
/// the last.
fn place(parent: &Node, at: usize) -> usize {
    let place = parent.children.iter().rposition(|child| *child == at);
    place.unwrap_or(parent.children.len())
}

impl TreeSink for Builder {
    type Handle = Handle;
    type Output = ();
    type ElemName<'a> = &'a QualName;

    fn finish(self) {}

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_document(&self) -> Handle {
        self.nameless(DOCUMENT)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a QualName {
        &target.name
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.at == y.at
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        _: ElementFlags,
    ) -> Handle {
        let mut element = Element {
            name: name.local.clone(),
            attributes: Vec::new(),
        };
        element.add(attributes);
        Handle {
            at: self.new_node(Content::Element(element)),
            name: Rc::new(name),
        }
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        self.nameless(self.new_node(Content::Other))
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        self.nameless(self.new_node(Content::Other))
    }

    /// The element itself: who walks decides whether its inside is looked at.
    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        let place = self.nodes.borrow()[parent.at].children.len();
        self.insert(parent.at, place, child);
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        if let NodeOrText::AppendNode(child) = &child {
            self.detach(child.at);
        }
        if let Some(parent) = self.parent(sibling.at) {
            let place = place(&self.nodes.borrow()[parent], sibling.at);
            self.insert(parent, place, child);
        }
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        before: &Handle,
        child: NodeOrText<Handle>,
    ) {
        match self.parent(element.at) {
            Some(_) => self.append_before_sibling(element, child),
            None => self.append(before, child),
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, attributes: Vec<Attribute>) {
        let mut nodes = self.nodes.borrow_mut();
        if let Content::Element(element) = &mut nodes[target.at].content {
            element.add(attributes);
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.at);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let mut nodes = self.nodes.borrow_mut();
        let children = std::mem::take(&mut nodes[node.at].children);
        let depth = nodes[new_parent.at].depth + 1;
        for child in &children {
            nodes[*child].parent = Some(new_parent.at);
            nodes[*child].depth = depth;
        }
        nodes[new_parent.at].children.extend(children);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_that_asks_for_millions_of_elements_is_read_to_a_bound() {
        let open: String = (0..500).map(|n| format!("<b a{n}>")).collect();
        let many = Tree::of(&format!("{open}{}", "<p>".repeat(100_000)));
        assert!(many.nodes.len() < 2 * MOST, "{}", many.nodes.len());
        let deep = Tree::of(&"<div>x".repeat(100_000));
        assert!(deep.nodes.len() < 2 * PIECE, "{}", deep.nodes.len());
    }

    proptest! {
        #[test]
        fn no_markup_makes_the_tree_panic(
            tags in proptest::collection::vec(
                prop::sample::select(vec![
                    "<p>", "</p>", "<b>", "</b>", "<i a>", "</i>", "<a>", "</a>", "<ul>",
                    "</ul>", "<li>", "</li>", "<table>", "</table>", "<tr>", "<td>",
                    "</td>", "<caption>", "<select>", "<option>", "</select>",
                    "<template>", "</template>", "<form>", "</form>", "<svg>", "</svg>",
                    "<title>", "</title>", "<math>", "<mi>", "<annotation-xml>",
                    "<body hidden>", "</body>", "<html role=x>", "</html>", "<head>",
                    "</head>", "<frameset>", "<script>", "</script>", "<style>",
                    "</style>", "<textarea>", "</textarea>", "<noscript>",
                    "</noscript>", "<h1>", "</h1>", "<h2>", "<nobr>", "<button>",
                    "</button>", "<br>", "</br>", "<input>", "<plaintext>", "<!--",
                    "-->", "<!doctype html>", "<?x?>", "&amp;", "&", "é", "\0", " ",
                    "x", "<p role=status>", "<div role=alert>", "</div>", "<object>",
                    "<marquee>", "<image>", "<isindex>", "<meta charset=latin1>",
                ]),
                0..60,
            ),
        ) {
            let mut open = 0;
            Tree::of(&tags.concat()).walk(|event| {
                match event {
                    Event::Start(_) => open += 1,
                    Event::Text(_) => {}
                    Event::End => open -= 1,
                }
                assert!(open >= 0);
                true
            });
            prop_assert_eq!(open, 0);
        }
    }
}
