//! Names of elements and attributes: by the prefixes of the configuration where it lists their namespace, else local.

use std::collections::BTreeMap;

/// Declarations in force at a place beyond which a document is refused: looking them up costs time.
const MAX_BINDINGS: usize = 256;

/// The name of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// As paths have it: `local`, or `prefix:local` with a prefix of the configuration.
    pub(super) key: String,
    /// Without any prefix.
    pub(super) local: String,
}

/// Prefixes of a document in force where one is (Namespaces in XML 1.0, 6), innermost last.
#[derive(Debug, Default)]
pub(super) struct Bindings(Vec<(String, String)>);

impl Bindings {
    /// How many there are, to go back to.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets those that came later.
    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Takes an attribute if it declares a prefix, or the default; `None` where there are too many.
    pub(super) fn declare(&mut self, attribute: &str, uri: &str) -> Option<bool> {
        let prefix = match attribute.strip_prefix("xmlns") {
            Some("") => "",
            Some(rest) => match rest.strip_prefix(':') {
                Some(prefix) => prefix,
                None => return Some(false),
            },
            None => return Some(false),
        };
        if self.0.len() >= MAX_BINDINGS {
            return None;
        }
        self.0.push((prefix.to_owned(), uri.trim().to_owned()));
        Some(true)
    }

    /// The name of an element as written.
    pub(super) fn element(&self, written: &str, known: &BTreeMap<String, String>) -> Name {
        let (prefix, local) = written.split_once(':').unwrap_or(("", written));
        let ours = self.ours(prefix, known);
        Name {
            key: ours.map_or_else(|| local.to_owned(), |ours| format!("{ours}:{local}")),
            local: local.to_owned(),
        }
    }

    /// The key of an attribute as written. One without a prefix is in no namespace.
    pub(super) fn attribute(&self, written: &str, known: &BTreeMap<String, String>) -> String {
        match written.split_once(':') {
            None => format!("@{written}"),
            Some((prefix, local)) => match self.ours(prefix, known) {
                Some(ours) => format!("@{ours}:{local}"),
                None => format!("@{local}"),
            },
        }
    }

    /// Our prefix of the namespace of theirs, where the configuration lists it.
    fn ours<'k>(&self, prefix: &str, known: &'k BTreeMap<String, String>) -> Option<&'k str> {
        if known.is_empty() {
            return None;
        }
        let (_, uri) = self.0.iter().rev().find(|(p, _)| p == prefix)?;
        known.get(uri).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_those_of_the_configuration_and_else_none() {
        let known = BTreeMap::from([("urn:g".to_owned(), "g".to_owned())]);
        let mut bindings = Bindings::default();
        assert_eq!(bindings.declare("xmlns", "urn:g"), Some(true));
        assert_eq!(bindings.declare("xmlns:x", "urn:other"), Some(true));
        assert_eq!(bindings.declare("xmlnsfoo", "urn:g"), Some(false));
        assert_eq!(bindings.element("a", &known).key, "g:a");
        assert_eq!(bindings.element("x:a", &known).key, "a");
        assert_eq!(bindings.attribute("id", &known), "@id");
        assert_eq!(bindings.attribute("x:id", &known), "@id");
        let before = bindings.len();
        bindings.declare("xmlns", "");
        assert_eq!(bindings.element("a", &known).key, "a");
        bindings.truncate(before);
        assert_eq!(bindings.element("a", &known).key, "g:a");
    }

    #[test]
    fn declarations_are_bounded() {
        let mut bindings = Bindings::default();
        let taken = (0..1_000).filter(|n| bindings.declare(&format!("xmlns:p{n}"), "u").is_some());
        assert_eq!(taken.count(), MAX_BINDINGS);
    }
}
