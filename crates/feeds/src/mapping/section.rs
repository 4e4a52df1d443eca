//! Reading the keys of a map of the configuration, so that every fault is found and told.

use super::node::{Key, Kind, Node, join};
use super::problem::{Problems, did_you_mean};

/// Reads the keys of one map: those asked for are known, the rest is a problem with a suggestion.
pub(crate) struct Section<'n> {
    node: &'n Node,
    entries: &'n [(Key, Node)],
    known: Vec<&'static str>,
}

impl<'n> Section<'n> {
    /// Opens a map; anything else is a problem.
    pub(crate) fn open(node: &'n Node, problems: &mut Problems) -> Option<Self> {
        if let Kind::Map(entries) = &node.kind {
            return Some(Self {
                node,
                entries,
                known: Vec::new(),
            });
        }
        problems.add(
            node,
            "wrong_type",
            format!("expected a map, found {}", node.what()),
        );
        None
    }

    /// The node of the map itself.
    pub(crate) const fn node(&self) -> &'n Node {
        self.node
    }

    /// The value of a key; `null` counts as absent.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.entries
            .iter()
            .find(|(k, v)| k.name == key && v.kind != Kind::Null)
            .map(|(_, v)| v)
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&mut self, key: &'static str, problems: &mut Problems) -> Option<&'n Node> {
        let found = self.take(key);
        if found.is_none() {
            problems.add(
                self.node,
                "missing_key",
                format!("the key `{key}` is missing here"),
            );
        }
        found
    }

    /// A boolean.
    pub(crate) fn flag(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        let node = self.take(key)?;
        if let Kind::Bool(b) = node.kind {
            return Some(b);
        }
        let found = node.what();
        problems.add(
            node,
            "wrong_type",
            format!("expected true or false, found {found}"),
        );
        None
    }

    /// One of several words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        word_of(self.take(key)?, words, problems)
    }

    /// A whole number within bounds.
    pub(crate) fn whole(
        &mut self,
        key: &'static str,
        range: core::ops::RangeInclusive<u64>,
        problems: &mut Problems,
    ) -> Option<u64> {
        let node = self.take(key)?;
        if let Kind::Number(n) = &node.kind
            && let Some(n) = n.as_u64()
            && range.contains(&n)
        {
            return Some(n);
        }
        let (lo, hi) = (range.start(), range.end());
        problems.add(
            node,
            "out_of_range",
            format!("expected a whole number from {lo} to {hi}"),
        );
        None
    }

    /// Says which keys nobody asked for.
    pub(crate) fn finish(self, problems: &mut Problems) {
        for (key, _) in self.entries {
            if self.known.contains(&key.name.as_str()) {
                continue;
            }
            let help = did_you_mean(&key.name, &self.known).map_or_else(
                || format!("known here: {}", self.known.join(", ")),
                |k| format!("did you mean `{k}`?"),
            );
            let path = join(&self.node.path, &key.name);
            let message = format!("unknown key `{}`", key.name);
            problems.push(key.pos, &path, "unknown_key", message, Some(help));
        }
    }
}

/// One of several words, from a node.
pub(crate) fn word_of<T: Copy>(
    node: &Node,
    words: &[(&'static str, T)],
    problems: &mut Problems,
) -> Option<T> {
    // `credibility: 1` is meant as the word `1`.
    let text = match &node.kind {
        Kind::Number(n) => n.to_string(),
        _ => node.as_text().unwrap_or_default().to_owned(),
    };
    let text = text.as_str();
    if let Some((_, value)) = words.iter().find(|(w, _)| *w == text) {
        return Some(*value);
    }
    let list: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
    let message = format!("expected one of: {}", list.join(", "));
    match did_you_mean(text, &list) {
        Some(k) => {
            problems.add_with_help(
                node,
                "unknown_word",
                message,
                format!("did you mean `{k}`?"),
            );
        }
        None => problems.add(node, "unknown_word", message),
    }
    None
}
