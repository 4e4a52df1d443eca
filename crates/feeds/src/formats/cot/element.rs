//! XML elements as a small tree: names and attribute values as written, no namespaces, nothing expanded but the five
//! entities of XML and character numbers. Bounded in depth, elements and attributes; document types are refused.
//!
//! White space between elements, comments and processing instructions are not kept: CoT gives them no meaning.

use core::fmt::Write as _;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event as Token};
use quick_xml::reader::Reader;

use super::Fault;

/// Levels of elements beyond which a document is refused. TAK's deepest details have eight.
pub const MAX_DEPTH: usize = 32;

/// Elements of one document beyond which it is refused. A drawn area has one for each corner.
pub const MAX_ELEMENTS: usize = 50_000;

/// Attributes of one element beyond which a document is refused: each is compared with all others.
pub const MAX_ATTRIBUTES: usize = 256;

/// One element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Its name as written, with a prefix where it has one.
    pub name: String,
    /// Attributes in the order of the document, references resolved.
    pub attributes: Vec<(String, String)>,
    /// What is in it.
    pub nodes: Vec<Node>,
}

/// Something within an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// A text that is more than white space, references resolved, CDATA joined.
    Text(String),
}

impl Element {
    /// An element without content.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// The same with one more element in it.
    #[must_use]
    pub fn holding(mut self, child: Self) -> Self {
        self.nodes.push(Node::Element(child));
        self
    }

    /// The same with a text in it.
    #[must_use]
    pub fn saying(mut self, text: impl Into<String>) -> Self {
        self.nodes.push(Node::Text(text.into()));
        self
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(key, _)| key == name).map(|(_, v)| v.as_str())
    }

    /// The value of an attribute, blanks cut off, where something is left.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.attribute(name)
            .map(str::trim)
            .filter(|v| !v.is_empty())
    }

    /// The elements directly in it.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element of that name directly in it.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children().find(|child| child.name == name)
    }

    /// Its own text, blanks cut off, where there is any.
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        for node in &self.nodes {
            if let Node::Text(piece) = node {
                text.push_str(piece);
            }
        }
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// Appends it as XML.
    pub fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, true, out);
            out.push('"');
        }
        if self.nodes.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        self.write_inside(out);
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// Appends what is in it as XML, without the element itself.
    pub fn write_inside(&self, out: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Element(element) => element.write(out),
                Node::Text(text) => escape(text, false, out),
            }
        }
    }
}

/// Writes a text so that a parser gives back the same: white space in attributes as numbers, for a parser makes blanks of
/// it (XML 1.0, 3.3.3); characters that XML does not know (2.2) as the replacement character.
fn escape(text: &str, attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' | '\n' if !attribute => out.push(c),
            // Writing to a text does not fail.
            '\t' | '\n' | '\r' => drop(write!(out, "&#{};", u32::from(c))),
            c if !is_character(c) => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
}

/// Whether XML 1.0 allows a character (2.2).
const fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}')
}

/// Reads a document; its root.
///
/// # Errors
/// Where it is no well-formed document, has a document type, or goes beyond a bound.
pub(super) fn parse(text: &str) -> Result<Element, Fault> {
    if let Some(at) = text.find(|c| !is_character(c)) {
        return Err(fault(
            text,
            at,
            "bad_xml",
            "a character that XML does not allow",
        ));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let at = |(code, what): (&'static str, &str)| fault(text, before, code, what);
        let token = reader.read_event().map_err(|error| {
            // The reader's syntax errors are all of things begun and not ended.
            let ended = !matches!(error, quick_xml::Error::Syntax(_));
            at((
                if ended { "bad_xml" } else { "truncated" },
                &error.to_string(),
            ))
        })?;
        match token {
            Token::Start(tag) => tree.open(&tag).map_err(|(c, w)| at((c, &w)))?,
            Token::End(_) => tree.close().map_err(at)?,
            Token::Text(piece) => tree.text(&piece.xml10_content()).map_err(at)?,
            Token::CData(piece) => tree.text(&piece.xml10_content()).map_err(at)?,
            Token::GeneralRef(r) => {
                let c = reference(&r).ok_or_else(|| {
                    at((
                        "entity",
                        "only the five entities of XML and numbers are read",
                    ))
                })?;
                tree.text(c.encode_utf8(&mut [0; 4])).map_err(at)?;
            }
            Token::DocType(_) => {
                return Err(at((
                    "doctype",
                    "a document type declaration is not accepted",
                )));
            }
            Token::Eof => {
                return match tree.root {
                    Some(root) => Ok(root),
                    None if tree.open.is_empty() => Err(at(("bad_xml", "no element"))),
                    None => Err(at(("truncated", "the document ends within an element"))),
                };
            }
            Token::Empty(_) | Token::Comment(_) | Token::Decl(_) | Token::PI(_) => {}
        }
    }
}

/// The elements that are open, outermost first, and the root once it is closed.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), (&'static str, String)> {
        if self.root.is_some() {
            return Err(("bad_xml", "a second root element".to_owned()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err((
                "too_deep",
                format!("more than {MAX_DEPTH} levels of elements"),
            ));
        }
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err((
                "too_many_elements",
                format!("more than {MAX_ELEMENTS} elements"),
            ));
        }
        // Cheaply first: the parser compares each attribute's name with all before it.
        if tag.attributes_raw().matches('=').count() > MAX_ATTRIBUTES
            && tag.attributes().with_checks(false).count() > MAX_ATTRIBUTES
        {
            let what = format!("more than {MAX_ATTRIBUTES} attributes of an element");
            return Err(("too_many_attributes", what));
        }
        let mut element = Element::new(tag.name().as_ref());
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|e| ("bad_xml", e.to_string()))?;
            let name = attribute.key.as_ref();
            if attribute.value.contains('<') {
                return Err(("bad_xml", format!("a < in the attribute {name}")));
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|e| ("entity", format!("attribute {name}: {e}")))?;
            if !value.chars().all(is_character) {
                return Err(("bad_xml", format!("attribute {name}: no character of XML")));
            }
            element
                .attributes
                .push((name.to_owned(), value.into_owned()));
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), (&'static str, &'static str)> {
        let Some(mut element) = self.open.pop() else {
            return Err(("bad_xml", "an end tag without its start"));
        };
        element
            .nodes
            .retain(|node| !matches!(node, Node::Text(text) if text.trim().is_empty()));
        match self.open.last_mut() {
            Some(parent) => parent.nodes.push(Node::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, piece: &str) -> Result<(), (&'static str, &'static str)> {
        let Some(element) = self.open.last_mut() else {
            return if piece.trim().is_empty() {
                Ok(())
            } else {
                Err(("bad_xml", "expected an element, found a text"))
            };
        };
        match element.nodes.last_mut() {
            Some(Node::Text(text)) => text.push_str(piece),
            _ => element.nodes.push(Node::Text(piece.to_owned())),
        }
        Ok(())
    }
}

/// The character that a reference stands for; XML 1.0 knows five names (4.6).
fn reference(r: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(c)) = r.resolve_char_ref() {
        return is_character(c).then_some(c);
    }
    match r.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// A fault at an offset of a text, told by line and column from 1.
fn fault(text: &str, at: usize, code: &'static str, what: &str) -> Fault {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    Fault::new(code, format!("line {line} column {column}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        parse(text).map_or_else(|f| f.code, |_| "ok")
    }

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        let odd = "a\n\t\r&<>\"' \u{457}";
        let tree = Element::new("a:b")
            .with("x", odd)
            .holding(Element::new("c").saying(odd))
            .saying("between")
            .holding(Element::new("c"));
        let mut text = String::new();
        tree.write(&mut text);
        assert_eq!(parse(&text).unwrap(), tree, "{text}");
    }

    #[test]
    fn blanks_comments_and_cdata_leave_the_same_tree() {
        let plain = parse("<a><b>x&lt;y</b><c/></a>").unwrap();
        let dressed = "<?xml version='1.0'?>\n<!-- 1 --><a>\n <b>x<![CDATA[<y]]></b>\n <c> </c> <?p q?></a>\n";
        assert_eq!(parse(dressed).unwrap(), plain);
    }

    #[test]
    fn what_is_not_well_formed_or_hostile_has_a_code() {
        for (text, expected) in [
            ("<a x=\"R&B 1\"/>", "entity"),
            ("<a x=\"< y\"/>", "bad_xml"),
            ("<a>&y;</a>", "entity"),
            ("<a><b></a>", "bad_xml"),
            ("<a><b>", "truncated"),
            ("<a", "truncated"),
            ("<a x='1' x='2'/>", "bad_xml"),
            ("<a x=1/>", "bad_xml"),
            ("<a/><b/>", "bad_xml"),
            ("x<a/>", "bad_xml"),
            ("", "bad_xml"),
            ("<a>\u{1}</a>", "bad_xml"),
            ("<a>&#1;</a>", "entity"),
            ("<a x='&#1;'/>", "bad_xml"),
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "doctype"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_elements_and_attributes_have_bounds() {
        let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
        assert_eq!(code(&deep(MAX_DEPTH)), "ok");
        assert_eq!(code(&deep(MAX_DEPTH + 1)), "too_deep");
        let many = |n: usize| format!("<a>{}</a>", "<b/>".repeat(n));
        assert_eq!(code(&many(MAX_ELEMENTS - 1)), "ok");
        assert_eq!(code(&many(MAX_ELEMENTS)), "too_many_elements");
        let wide = |n: usize| {
            let all: Vec<String> = (0..n).map(|i| format!("x{i}=''")).collect();
            format!("<a {}/>", all.join(" "))
        };
        assert_eq!(code(&wide(MAX_ATTRIBUTES)), "ok");
        assert_eq!(code(&wide(MAX_ATTRIBUTES + 1)), "too_many_attributes");
    }
}
