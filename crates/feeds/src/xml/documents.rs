//! A stream into documents. One ends with the end tag of its root; several may follow one another on a connection.
//!
//! Every byte is looked at once: only tags of the root's own name are counted, so that a document that is not
//! well-formed inside ends where its sender meant it to. Comments, CDATA sections, instructions and quoted values hide
//! the tags in them. What can't be cut (UTF-16, whose bytes are no ASCII) is held until the stream ends.

/// Longest name of a root that is looked for, bytes; a longer one is held until the stream ends.
const MAX_NAME: usize = 256;

/// One piece of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A whole document with what stands before it; at the end of the stream whatever is left.
    Document {
        /// Where it began, in bytes since the first push.
        offset: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// Bytes that are more than a document may have.
    TooLong {
        /// Where they began, in bytes since the first push.
        offset: u64,
        /// As many of them as a document may have.
        bytes: &'a [u8],
    },
}

/// What the scanner stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Text, or before the root.
    Text,
    /// After `<`.
    Open,
    /// After `<!`, with the bytes since.
    Declaration,
    /// In a comment.
    Comment,
    /// In a CDATA section.
    Cdata,
    /// In a processing instruction or the XML declaration.
    Instruction,
    /// In a document type declaration, within so many brackets.
    Doctype(u32),
    /// In a quoted value of a document type declaration.
    DoctypeQuote(u32, u8),
    /// In the name of a start or end tag.
    Name { end: bool },
    /// After the name of a tag; `ours` where it is the root's.
    Tag { end: bool, ours: bool },
    /// In a quoted value of a tag.
    Quote { end: bool, ours: bool, quote: u8 },
}

/// Cuts a stream into documents. Holds one document at most.
#[derive(Debug)]
pub(crate) struct Documents {
    max: usize,
    held: Vec<u8>,
    /// Where `held` began, in bytes since the first push.
    offset: u64,
    /// How much of `held` was looked at.
    seen: usize,
    state: State,
    /// Where in `held` the name or the declaration in hand began.
    mark: usize,
    /// The last two bytes before the one in hand, to know `-->`, `]]>`, `?>` and `/>`.
    last: [u8; 2],
    root: Option<Vec<u8>>,
    /// Tags of the root's name that are open.
    depth: u64,
}

impl Documents {
    /// For documents of at most `max` bytes.
    pub(crate) const fn new(max: usize) -> Self {
        Self {
            max,
            held: Vec::new(),
            offset: 0,
            seen: 0,
            state: State::Text,
            mark: 0,
            last: [0; 2],
            root: None,
            depth: 0,
        }
    }

    /// Takes bytes and gives every piece that ends with them.
    pub(crate) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Piece<'_>)) {
        // In steps, so that a huge push is not held whole beside its copy.
        for chunk in bytes.chunks(self.max.max(1)) {
            self.held.extend_from_slice(chunk);
            self.cut(&mut each);
        }
    }

    /// The stream has ended: whatever is left is a document, also where it is no whole one.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(Piece<'_>)) {
        if !self.held.is_empty() {
            each(Piece::Document {
                offset: self.offset,
                bytes: &self.held,
            });
        }
        self.drop_front(self.held.len());
    }

    fn cut(&mut self, each: &mut impl FnMut(Piece<'_>)) {
        loop {
            let end = self.document_end();
            let offset = self.offset;
            match end {
                Some(end) if end <= self.max => {
                    let bytes = self.held.get(..end).unwrap_or_default();
                    each(Piece::Document { offset, bytes });
                    self.drop_front(end);
                }
                None if self.held.len() <= self.max => return,
                _ => {
                    let bytes = self.held.get(..self.max).unwrap_or(&self.held);
                    let len = bytes.len();
                    each(Piece::TooLong { offset, bytes });
                    self.drop_front(len);
                }
            }
        }
    }

    fn drop_front(&mut self, len: usize) {
        self.held.drain(..len.min(self.held.len()));
        self.offset += len as u64;
        self.seen = 0;
        self.state = State::Text;
        self.mark = 0;
        self.last = [0; 2];
        self.root = None;
        self.depth = 0;
    }

    /// Looks at what has not been seen yet; where the document ends, if it does.
    fn document_end(&mut self) -> Option<usize> {
        loop {
            self.pass_over();
            let byte = self.held.get(self.seen).copied()?;
            let at = self.seen;
            self.seen += 1;
            let whole = self.step(at, byte);
            self.last = [self.last[1], byte];
            if whole {
                return Some(self.seen);
            }
        }
    }

    /// Goes on to the next byte that can change the state.
    fn pass_over(&mut self) {
        let rest = self.held.get(self.seen..).unwrap_or_default();
        let next = match self.state {
            State::Text => memchr::memchr(b'<', rest),
            State::Comment | State::Cdata | State::Instruction => memchr::memchr(b'>', rest),
            State::Tag { .. } => memchr::memchr3(b'>', b'"', b'\'', rest),
            State::Quote { quote, .. } => memchr::memchr(quote, rest),
            _ => return,
        };
        let passed = next.unwrap_or(rest.len());
        if passed > 0 {
            self.seen += passed;
            let before = |back| self.seen.checked_sub(back).and_then(|at| self.held.get(at));
            self.last = [2, 1].map(|back| before(back).copied().unwrap_or_default());
        }
    }

    /// One byte; whether the document ends with it.
    fn step(&mut self, at: usize, byte: u8) -> bool {
        self.state = match (self.state, byte) {
            (State::Text, b'<') => State::Open,
            (State::Open, _) => return self.opened(at, byte),
            (State::Declaration, _) => self.declaration(at, byte),
            (State::Comment, b'>') if self.last == *b"--" => State::Text,
            (State::Cdata, b'>') if self.last == *b"]]" => State::Text,
            (State::Instruction, b'>') if self.last[1] == b'?' => State::Text,
            (State::Doctype(0), b'>') => State::Text,
            (State::Doctype(n), b'[') => State::Doctype(n.saturating_add(1)),
            (State::Doctype(n), b']') => State::Doctype(n.saturating_sub(1)),
            (State::Doctype(n), b'"' | b'\'') => State::DoctypeQuote(n, byte),
            (State::DoctypeQuote(n, quote), _) if byte == quote => State::Doctype(n),
            (State::Name { end }, _) if ends_a_name(byte) => {
                let ours = self.named(at, end);
                self.state = State::Tag { end, ours };
                return self.step(at, byte);
            }
            (State::Tag { end, ours }, b'>') => {
                self.state = State::Text;
                return ours && self.tag(end);
            }
            (State::Tag { end, ours }, b'"' | b'\'') => State::Quote {
                end,
                ours,
                quote: byte,
            },
            (State::Quote { end, ours, quote }, _) if byte == quote => State::Tag { end, ours },
            (same, _) => same,
        };
        false
    }

    /// The byte after `<`.
    fn opened(&mut self, at: usize, byte: u8) -> bool {
        self.state = match byte {
            b'!' => {
                self.mark = at;
                State::Declaration
            }
            b'?' => State::Instruction,
            b'/' => {
                self.mark = at + 1;
                State::Name { end: true }
            }
            b'<' => State::Open,
            _ => {
                self.mark = at;
                self.state = State::Name { end: false };
                return self.step(at, byte);
            }
        };
        false
    }

    /// What a declaration is, by its first bytes.
    fn declaration(&self, at: usize, byte: u8) -> State {
        let so_far = self.held.get(self.mark..=at).unwrap_or_default();
        match so_far {
            b"!--" => State::Comment,
            b"![CDATA[" => State::Cdata,
            _ if b"!--".starts_with(so_far) || b"![CDATA[".starts_with(so_far) => {
                State::Declaration
            }
            _ if byte == b'>' => State::Text,
            _ => State::Doctype(0),
        }
    }

    /// A name has ended before `at`: whether it is the root's. The first start tag is the root.
    fn named(&mut self, at: usize, end: bool) -> bool {
        let name = self.held.get(self.mark..at).unwrap_or_default();
        match &self.root {
            Some(root) => root == name,
            None if end || name.is_empty() || name.len() > MAX_NAME => false,
            None => {
                self.root = Some(name.to_vec());
                true
            }
        }
    }

    /// A tag of the root's name has ended: whether the document has.
    fn tag(&mut self, end: bool) -> bool {
        if end {
            self.depth = self.depth.saturating_sub(1);
        } else if self.last[1] != b'/' {
            self.depth += 1;
        }
        self.depth == 0
    }
}

const fn ends_a_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documents of a text, given in pieces of `size` bytes, and what was left at the end.
    fn cut(text: &str, size: usize) -> Vec<String> {
        let mut documents = Documents::new(1_000);
        let mut found = Vec::new();
        let mut each = |piece: Piece<'_>| match piece {
            Piece::Document { bytes, .. } => {
                found.push(String::from_utf8(bytes.to_vec()).unwrap());
            }
            Piece::TooLong { bytes, .. } => found.push(format!("too long: {}", bytes.len())),
        };
        for chunk in text.as_bytes().chunks(size) {
            documents.push(chunk, &mut each);
        }
        documents.finish(&mut each);
        found
    }

    #[test]
    fn a_document_ends_with_its_root_and_with_nothing_that_looks_like_it() {
        for document in [
            "<a><b></a>",
            "<a/>",
            "<a x='/>'  />",
            "<?xml version='1.0'?><!-- <a></a> --><a>1</a>",
            "<!DOCTYPE a [<!ENTITY x \"<a></a>]>\">]><a>&x;</a>",
            "<a><a></a><a/></a>",
            "<p:a x=\"</p:a>\"><![CDATA[</p:a>]]><!--</p:a>--><?i </p:a>?></p:a >",
            "<a><aa></aa></a>",
        ] {
            for size in [1, 3, 1_000] {
                assert_eq!(cut(document, size), [document], "in pieces of {size}");
                let two = format!("{document}{document}");
                assert_eq!(cut(&two, size), [document, document], "in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_has_no_end_is_given_when_the_stream_ends() {
        assert_eq!(cut("<a><b>", 2), ["<a><b>"]);
        assert_eq!(cut("plain", 2), ["plain"]);
        assert_eq!(cut("<a/> \n", 2), ["<a/>", " \n"]);
    }

    #[test]
    fn no_more_than_one_document_is_ever_held() {
        let long = format!("<a>{}</a><b/>", "x".repeat(1_500));
        for size in [1, 700, 5_000] {
            let found = cut(&long, size);
            assert_eq!(found.first().unwrap(), "too long: 1000", "{found:?}");
            assert!(found.len() >= 2, "{found:?}");
        }
        let mut documents = Documents::new(1_000);
        let mut lost = 0;
        for _ in 0..100 {
            documents.push(&[b'<'; 777], |piece| {
                lost += usize::from(matches!(piece, Piece::TooLong { .. }));
            });
            assert!(documents.held.len() <= 1_000);
        }
        assert_eq!(lost, 77);
    }

    #[test]
    fn a_document_of_many_tags_of_its_own_name_is_read_once() {
        let inner = "<a></a>".repeat(140);
        let text = format!("<a>{inner}</a>");
        let mut documents = Documents::new(1_000);
        let mut pieces = 0;
        documents.push(text.as_bytes(), |_| pieces += 1);
        assert_eq!(pieces, 1);
    }
}
