//! Problems of a mapping, shown like a compiler's: where, what was expected, what to write instead.

use core::fmt;

use crate::registry::OptionProblem;

/// A place in the configuration text: line and column from 1, in characters; 0 where it is not known
/// (a mapping that was given as a value and not as text).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pos {
    /// Line from 1; 0 is unknown.
    pub line: u32,
    /// Column from 1, in characters; 0 is unknown.
    pub column: u32,
}

/// One problem of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it is.
    pub pos: Pos,
    /// Path of keys that leads there (`map.place.lat.unit`).
    pub path: String,
    /// Stable code (`unknown_key`, `bad_path`).
    pub code: &'static str,
    /// What was expected, in English.
    pub message: String,
    /// What to write instead, where that can be said.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pos.line > 0 {
            write!(f, "line {} column {}: ", self.pos.line, self.pos.column)?;
        }
        write!(f, "[{}] {}", self.code, self.message)?;
        if !self.path.is_empty() {
            write!(f, " (at `{}`)", self.path)?;
        }
        if let Some(help) = &self.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Problem {}

impl Problem {
    /// As a problem of a format's options that begin at a line of the feed's file.
    pub fn to_option_problem(&self, first_line: u32) -> OptionProblem {
        let message = if self.path.is_empty() {
            self.message.clone()
        } else {
            format!("{} (at `{}`)", self.message, self.path)
        };
        OptionProblem {
            line: first_line.saturating_add(self.pos.line.saturating_sub(1)),
            column: self.pos.column.max(1),
            message,
            help: self.help.clone(),
        }
    }
}

/// More problems than this are not collected: the first hundred keep a person busy.
pub const MAX_PROBLEMS: usize = 100;

/// Collects all problems of one mapping.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// Adds one.
    pub fn add(&mut self, at: &super::Node, code: &'static str, message: impl Into<String>) {
        self.push(at.pos, &at.path, code, message.into(), None);
    }

    /// Adds one with a remedy.
    pub fn add_with_help(
        &mut self,
        at: &super::Node,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(at.pos, &at.path, code, message.into(), Some(help.into()));
    }

    pub(crate) fn push(
        &mut self,
        pos: Pos,
        path: &str,
        code: &'static str,
        message: String,
        help: Option<String>,
    ) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(Problem {
                pos,
                path: path.to_owned(),
                code,
                message,
                help,
            });
        }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them in the order of the text.
    pub fn into_sorted(mut self) -> Vec<Problem> {
        self.list.sort();
        self.list.dedup();
        self.list
    }
}

/// The known word nearest to a mistyped one, where it is near enough to be meant.
pub(crate) fn did_you_mean<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    known
        .iter()
        .map(|k| (distance(word, k), *k))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// Levenshtein distance in characters, on the first 64 of each.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, cb) in row.iter_mut().skip(1).zip(&b) {
            let above = *slot;
            let best = (diagonal + usize::from(ca != *cb))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            left = best;
            *slot = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_finds_its_neighbour_and_a_strange_one_none() {
        assert_eq!(
            did_you_mean("occured", &["occurred", "expires"]),
            Some("occurred")
        );
        assert_eq!(did_you_mean("lattitude", &["lat", "lon"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
