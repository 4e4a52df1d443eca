//! What is known of the document in hand: open elements, the record in hand, and what stands around it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::markup::{Fault, Start};
use super::names::{Bindings, Name};
use super::tree::Tree;
use crate::contract::MAX_REJECT_RAW;

/// Bytes of texts and attributes around the records that are kept for paths from the root.
const MAX_ENVELOPE: usize = 64 * 1024;

/// Elements open at once within a record that is too deep, beyond which the document is given up.
pub(super) const MAX_OPEN: usize = 10_000;

/// An open element.
#[derive(Debug)]
struct Open {
    /// Its name as written.
    written: String,
    name: Name,
    /// Declarations in force around it.
    bindings: usize,
    /// Its start tag as it came, where it is around records.
    head: Vec<u8>,
    /// Whether it stands in [`Document::envelope`].
    is_kept: bool,
}

/// A record that is not yet whole.
#[derive(Debug)]
pub(super) struct Partial {
    /// How many elements are open around it.
    around: usize,
    /// Its bytes so far; none any more where it was too long.
    pub(super) raw: Vec<u8>,
    /// Where it began, in bytes since the first push.
    pub(super) offset: u64,
    /// The line on which it began, from 1.
    pub(super) line: u64,
    pub(super) tree: Tree,
    pub(super) elements: usize,
    /// Why it will be a reject.
    pub(super) fault: Option<Fault>,
    /// It was too long and was given out as a reject.
    pub(super) is_passed: bool,
}

/// A document that is not yet whole.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Byte order mark and declaration as they came.
    prolog: Vec<u8>,
    open: Vec<Open>,
    bindings: Bindings,
    pub(super) records: u64,
    /// Whether there was any markup.
    pub(super) has_begun: bool,
    pub(super) partial: Option<Partial>,
    /// What stands around the records, where that is read.
    envelope: Tree,
    envelope_bytes: usize,
    /// [`Tree::so_far`] of the envelope, until it changes.
    root: Option<Value>,
}

/// What became of a start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// It is around records, or within one.
    Element,
    /// A record begins.
    Record,
}

impl Document {
    /// Whether the root is open.
    pub(super) const fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// How many elements are open.
    pub(super) const fn depth(&self) -> usize {
        self.open.len()
    }

    /// Keeps bytes of the prolog.
    pub(super) fn keep_prolog(&mut self, bytes: &[u8]) {
        if self.prolog.len() + bytes.len() <= MAX_REJECT_RAW {
            self.prolog.extend_from_slice(bytes);
        }
    }

    /// Opens an element; `picks` says whether the elements with these names are a record, `keeps` whether what is
    /// around records is read. A fault is one of the whole document.
    pub(super) fn open(
        &mut self,
        start: Start,
        bytes: &[u8],
        namespaces: &BTreeMap<String, String>,
        picks: impl Fn(&[&Name]) -> bool,
        keeps: bool,
    ) -> Result<Opened, Fault> {
        let bindings = self.bindings.len();
        let mut attributes = Vec::new();
        for (written, value) in start.attributes {
            match self.bindings.declare(&written, &value) {
                Some(true) => {}
                Some(false) => attributes.push((written, value)),
                None => {
                    let expected = "expected fewer namespaces".to_owned();
                    return Err(("too_many_namespaces", expected));
                }
            }
        }
        let mut named = Vec::with_capacity(attributes.len());
        for (written, value) in attributes {
            named.push((self.bindings.attribute(&written, namespaces), value));
        }
        let name = self.bindings.element(&start.name, namespaces);
        let mut opened = Opened::Element;
        if self.partial.is_none() {
            let path: Vec<&Name> = self.open.iter().map(|o| &o.name).chain([&name]).collect();
            if picks(&path) {
                opened = Opened::Record;
                self.partial = Some(Partial::new(self.open.len()));
            }
        }
        let mut open = Open {
            written: start.name,
            name,
            bindings,
            head: Vec::new(),
            is_kept: false,
        };
        if let Some(partial) = &mut self.partial {
            partial.add(&open.name, named, start.fault);
        } else {
            if let Some(fault) = start.fault {
                return Err(fault);
            }
            open.head = bytes.to_vec();
            open.is_kept = keeps && self.keep(&open.name, named, bytes.len());
        }
        self.open.push(open);
        Ok(opened)
    }

    /// Keeps an element around records, where there is room.
    fn keep(&mut self, name: &Name, attributes: Vec<(String, String)>, bytes: usize) -> bool {
        let within = self.open.last().is_none_or(|parent| parent.is_kept);
        self.envelope_bytes += bytes;
        if !within || self.envelope_bytes > MAX_ENVELOPE {
            return false;
        }
        self.root = None;
        self.envelope.open(name.key.clone(), attributes);
        true
    }

    /// Keeps a text around records, where there is room.
    pub(super) fn keep_text(&mut self, text: &str) {
        self.envelope_bytes += text.len();
        let within = self.open.last().is_some_and(|open| open.is_kept);
        if within && self.envelope_bytes <= MAX_ENVELOPE {
            self.root = None;
            self.envelope.text(text);
        }
    }

    /// Closes the innermost element, whose end tag has this name; the record that ends with it, and its value
    /// where it has no fault.
    pub(super) fn close(
        &mut self,
        written: &str,
    ) -> Result<Option<(Partial, Option<Value>)>, Fault> {
        let Some(open) = self.open.pop_if(|open| open.written == written) else {
            let expected = "expected the end tag of the element that is open".to_owned();
            return Err(("bad_xml", expected));
        };
        self.bindings.truncate(open.bindings);
        if open.is_kept {
            self.root = None;
            self.envelope.close();
        }
        let depth = self.open.len();
        let Some(partial) = &mut self.partial else {
            return Ok(None);
        };
        let value = if partial.fault.is_none() {
            partial.tree.close()
        } else {
            None
        };
        let is_whole = depth == partial.around;
        Ok(self
            .partial
            .take_if(|_| is_whole)
            .map(|partial| (partial, value)))
    }

    /// What stands around the record, as far as it came before; nothing where the record is the root.
    pub(super) fn root(&mut self) -> Option<&Value> {
        if self.open.is_empty() {
            return None;
        }
        let envelope = &self.envelope;
        Some(self.root.get_or_insert_with(|| envelope.so_far()))
    }

    /// A record as it can be decoded again by itself: behind prolog and the start tags around it, where that is not
    /// too long.
    pub(super) fn with_only(&self, record: &[u8]) -> Vec<u8> {
        let heads = self.open.iter().map(|open| open.head.as_slice());
        let parts: Vec<&[u8]> = [self.prolog.as_slice()].into_iter().chain(heads).collect();
        let around: usize = parts.iter().map(|part| part.len()).sum();
        if around + record.len() > MAX_REJECT_RAW {
            return record.to_vec();
        }
        [parts.concat().as_slice(), record].concat()
    }
}

impl Partial {
    fn new(around: usize) -> Self {
        Self {
            around,
            raw: Vec::new(),
            offset: 0,
            line: 0,
            tree: Tree::default(),
            elements: 0,
            fault: None,
            is_passed: false,
        }
    }

    fn add(&mut self, name: &Name, attributes: Vec<(String, String)>, fault: Option<Fault>) {
        self.elements += 1;
        self.mark(fault);
        if self.fault.is_none() {
            self.tree.open(name.key.clone(), attributes);
        }
    }

    /// Notes why it will be a reject; what it would have been is given up.
    pub(super) fn mark(&mut self, fault: Option<Fault>) {
        if self.fault.is_none() && fault.is_some() {
            self.fault = fault;
            self.tree = Tree::default();
        }
    }
}
