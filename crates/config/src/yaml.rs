//! YAML as a tree whose every part knows its line and column. The only file that knows the YAML library.
//!
//! The reader keeps scalars as they are written; what they mean is decided by the type that is expected
//! there, so `52`, `on` or `2026-11-23` never become something that nobody meant. Anchors, aliases, tags and
//! several documents are refused: what is written is what is meant, and a small file cannot grow.

use serde_saphyr::granit_parser::{Event, Parser, Span};

use crate::problem::Spot;

/// Largest file that is read, bytes.
pub(crate) const MAX_FILE_BYTES: usize = 8_000_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 40;
/// Most values in one file.
const MAX_NODES: usize = 500_000;

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where it begins.
    pub(crate) spot: Spot,
    /// Bytes of the file that it takes, from its first sign to the end of its last.
    pub(crate) bytes: (usize, usize),
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A scalar as it is written, without its quotes.
    Scalar {
        /// The text.
        text: String,
        /// Whether it stood without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// Its text.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) spot: Spot,
}

/// A fault of the YAML itself.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Where.
    pub(crate) spot: Spot,
    /// What, in English.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Node {
    /// An empty mapping, as an empty file is read.
    pub(crate) const fn empty(file: usize) -> Self {
        let spot = Spot {
            file,
            line: 1,
            column: 1,
            width: 1,
        };
        Self {
            spot,
            bytes: (0, 0),
            kind: Kind::Map(Vec::new()),
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(k, _)| k.name == key)
            .map(|(_, v)| v)
    }

    /// The value at the end of a path of keys.
    pub(crate) fn path(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Entries of a mapping; none where it is something else.
    pub(crate) fn entries(&self) -> &[(Key, Self)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Entries of a list; none where it is something else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// Text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it says "nothing" (an empty value, `null` or `~` without quotes).
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// What it is, in words, for messages.
    pub(crate) fn what(&self) -> String {
        match &self.kind {
            _ if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, .. } if text.chars().count() <= 40 => format!("`{text}`"),
            Kind::Scalar { .. } => "a long text".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        }
    }
}

struct Builder<'a> {
    file: usize,
    text: &'a str,
    nodes: usize,
}

impl Builder<'_> {
    fn spot(&self, span: &Span) -> Spot {
        let width = if span.start.line() == span.end.line() {
            span.end.col().saturating_sub(span.start.col()).max(1)
        } else {
            1
        };
        Spot {
            file: self.file,
            line: span.start.line(),
            column: span.start.col() + 1,
            width,
        }
    }

    fn fault(&self, span: &Span, message: &str, help: &str) -> Fault {
        Fault {
            spot: self.spot(span),
            message: message.to_owned(),
            help: Some(help.to_owned()),
        }
    }

    /// Reads the node that an event begins.
    fn node(
        &mut self,
        parser: &mut dyn Iterator<Item = Result<(Event<'_>, Span), Fault>>,
        event: Event<'_>,
        span: Span,
        depth: usize,
    ) -> Result<Node, Fault> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.fault(&span, "too many values in one file", "divide the file"));
        }
        if depth > MAX_DEPTH {
            return Err(self.fault(&span, "nested too deeply", "at most 40 levels are read"));
        }
        let spot = self.spot(&span);
        let from = span.start.byte_offset().unwrap_or(0);
        let to = span.end.byte_offset().unwrap_or(from);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_words(&span, anchor, tag.is_some())?;
                let plain = style == serde_saphyr::granit_parser::ScalarStyle::Plain;
                let kind = Kind::Scalar {
                    text: text.into_owned(),
                    plain,
                };
                Ok(Node {
                    spot,
                    bytes: (from, to),
                    kind,
                })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.plain_words(&span, anchor, tag.is_some())?;
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next(parser)?;
                    if matches!(event, Event::SequenceEnd) {
                        let end = span.end.byte_offset().unwrap_or(to);
                        return Ok(Node {
                            spot,
                            bytes: (from, end),
                            kind: Kind::List(items),
                        });
                    }
                    items.push(self.node(parser, event, span, depth + 1)?);
                }
            }
            Event::MappingStart(_, anchor, tag) => {
                self.plain_words(&span, anchor, tag.is_some())?;
                self.map(parser, spot, from, depth)
            }
            _ => Err(self.fault(
                &span,
                "an alias (`*name`) is not read here",
                "write the value out; configuration files have no anchors",
            )),
        }
    }

    fn map(
        &mut self,
        parser: &mut dyn Iterator<Item = Result<(Event<'_>, Span), Fault>>,
        spot: Spot,
        from: usize,
        depth: usize,
    ) -> Result<Node, Fault> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, span) = self.next(parser)?;
            if matches!(event, Event::MappingEnd) {
                let end = span.end.byte_offset().unwrap_or(from);
                return Ok(Node {
                    spot,
                    bytes: (from, end),
                    kind: Kind::Map(entries),
                });
            }
            let key = self.node(parser, event, span, depth + 1)?;
            let Kind::Scalar { text: name, .. } = key.kind else {
                return Err(Fault {
                    spot: key.spot,
                    message: "a key has to be a word".to_owned(),
                    help: Some("write `key: value`".to_owned()),
                });
            };
            if let Some((first, _)) = entries.iter().find(|(k, _)| k.name == name) {
                return Err(Fault {
                    spot: key.spot,
                    message: format!("the key `{name}` stands twice in one mapping"),
                    help: Some(format!(
                        "the first is in line {}; remove one",
                        first.spot.line
                    )),
                });
            }
            let (event, span) = self.next(parser)?;
            let value = self.node(parser, event, span, depth + 1)?;
            entries.push((
                Key {
                    name,
                    spot: key.spot,
                },
                value,
            ));
        }
    }

    fn plain_words(&self, span: &Span, anchor: usize, tagged: bool) -> Result<(), Fault> {
        if anchor != 0 {
            return Err(self.fault(
                span,
                "an anchor (`&name`) is not read here",
                "write the value out where it is needed",
            ));
        }
        if tagged {
            return Err(self.fault(
                span,
                "a tag (`!name`) is not read here",
                "leave it out; the type is known from the key",
            ));
        }
        Ok(())
    }

    fn next<'i>(
        &self,
        parser: &mut dyn Iterator<Item = Result<(Event<'i>, Span), Fault>>,
    ) -> Result<(Event<'i>, Span), Fault> {
        parser.next().unwrap_or_else(|| {
            Err(Fault {
                spot: Spot {
                    file: self.file,
                    line: self.text.lines().count().max(1),
                    column: 1,
                    width: 1,
                },
                message: "the file ends in the middle of a value".to_owned(),
                help: None,
            })
        })
    }
}

/// Reads one document. An empty file is an empty mapping.
pub(crate) fn parse(file: usize, text: &str) -> Result<Node, Fault> {
    let mut builder = Builder {
        file,
        text,
        nodes: 0,
    };
    if text.len() > MAX_FILE_BYTES {
        let spot = Spot {
            file,
            line: 1,
            column: 1,
            width: 1,
        };
        let message = format!("the file is larger than {MAX_FILE_BYTES} bytes");
        return Err(Fault {
            spot,
            message,
            help: None,
        });
    }
    let mut events = Parser::new_from_str(text).filter_map(|event| match event {
        Ok((Event::Comment(..), _)) => None,
        Ok(pair) => Some(Ok(pair)),
        Err(error) => {
            let marker = error.marker();
            let spot = Spot {
                file,
                line: marker.line().max(1),
                column: marker.col() + 1,
                width: 1,
            };
            Some(Err(Fault {
                spot,
                message: format!("not YAML: {}", error.info()),
                help: None,
            }))
        }
    });
    let mut root = None;
    loop {
        let (event, span) = builder.next(&mut events)?;
        match event {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::StreamEnd => return Ok(root.unwrap_or_else(|| Node::empty(file))),
            _ if root.is_some() => {
                return Err(builder.fault(
                    &span,
                    "a second document in the file",
                    "one file has one document; remove the `---`",
                ));
            }
            event => {
                let node = builder.node(&mut events, event, span, 0)?;
                root = Some(if node.is_null() {
                    Node::empty(file)
                } else {
                    node
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_columns_from_one() {
        let node = parse(0, "a:\n  бік: [1, два]\n").unwrap();
        let two = &node.path(&["a", "бік"]).unwrap().items()[1];
        assert_eq!((two.spot.line, two.spot.column, two.spot.width), (2, 12, 3));
        assert_eq!(two.text(), Some("два"));
    }

    #[test]
    fn what_yaml_could_do_in_secret_is_refused() {
        for text in [
            "a: &x 1\nb: *x\n",
            "a: !int 1\n",
            "a: 1\n---\nb: 2\n",
            "a: 1\na: 2\n",
        ] {
            assert!(parse(0, text).is_err(), "{text}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(parse(0, &deep).is_err());
    }

    #[test]
    fn an_empty_file_is_an_empty_mapping() {
        assert!(parse(0, "# nothing\n").unwrap().entries().is_empty());
        assert!(parse(0, "").unwrap().entries().is_empty());
    }
}
