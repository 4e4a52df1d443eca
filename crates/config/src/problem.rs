//! What is wrong in a configuration, told like a compiler tells it: file, line, column, the line itself with a caret
//! under the fault, what was expected, and what to write instead.

use core::fmt;

use serde::Serialize;

/// More problems than this are counted and not listed.
pub const MAX_PROBLEMS: usize = 200;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spot {
    /// Index of the file in [`Files`].
    pub(crate) file: usize,
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column in characters, from 1.
    pub(crate) column: usize,
    /// Characters to underline.
    pub(crate) width: usize,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its path as it was given.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// All files of one load.
#[derive(Debug, Default)]
pub(crate) struct Files(Vec<File>);

impl Files {
    /// Takes a file in and gives its index.
    pub(crate) fn add(&mut self, path: String, text: String) -> usize {
        self.0.push(File { path, text });
        self.0.len() - 1
    }

    /// The file of an index.
    pub(crate) fn get(&self, file: usize) -> Option<&File> {
        self.0.get(file)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, as its folder was named on the command line.
    pub file: String,
    /// Line from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Column in characters from 1; 0 where the whole file is meant.
    pub column: usize,
    /// Stable code (`unknown-key`).
    pub code: &'static str,
    /// What is wrong, in English.
    pub message: String,
    /// What to write instead, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The line itself; values of secrets are masked.
    #[serde(skip)]
    excerpt: Option<String>,
    /// Characters to underline.
    #[serde(skip)]
    width: usize,
}

impl Problem {
    /// A problem of a whole file.
    pub(crate) fn of_file(file: &str, code: &'static str, message: String) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
            code,
            message,
            help: None,
            excerpt: None,
            width: 0,
        }
    }

    /// A problem at a place of a text.
    pub(crate) fn at(
        path: &str,
        text: &str,
        spot: Spot,
        code: &'static str,
        message: String,
        help: Option<String>,
    ) -> Self {
        let excerpt = text
            .lines()
            .nth(spot.line.saturating_sub(1))
            .map(mask_secrets)
            .map(|line| match code {
                "secret-inline" => mask_from(&line, spot.column.saturating_sub(1)),
                _ => line,
            });
        Self {
            file: path.to_owned(),
            line: spot.line,
            column: spot.column,
            code,
            message,
            help,
            excerpt,
            width: spot.width,
        }
    }
}

/// Keys whose value is a secret where it is no mapping that only names a source.
const SECRET_KEYS: [&str; 7] = [
    "token:",
    "password:",
    "secret:",
    "credentials:",
    "authorization:",
    "api-key:",
    "cookie:",
];

/// Masks what follows one of [`SECRET_KEYS`] on a line.
fn mask_secrets(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    for key in SECRET_KEYS {
        let Some((before, after)) = lower.split_once(key) else {
            continue;
        };
        if after.trim_start().starts_with('{') || after.trim().is_empty() {
            continue;
        }
        return mask_from(line, before.chars().count() + key.len());
    }
    line.to_owned()
}

/// Stars for what is not blank from a character on.
fn mask_from(line: &str, from: usize) -> String {
    let sign = |(at, c): (usize, char)| {
        if at < from || c.is_whitespace() {
            c
        } else {
            '*'
        }
    };
    line.chars().enumerate().map(sign).collect()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code, self.message)?;
        if self.line == 0 {
            write!(f, "  --> {}", self.file)?;
        } else {
            let gutter = self.line.to_string().len();
            write!(
                f,
                "{:gutter$}--> {}:{}:{}",
                "", self.file, self.line, self.column
            )?;
            if let Some(excerpt) = &self.excerpt {
                let skip = self.column.saturating_sub(1);
                let room = excerpt.chars().count().saturating_sub(skip).max(1);
                let carets = "^".repeat(self.width.clamp(1, room));
                write!(f, "\n{:gutter$} |\n{} | {excerpt}", "", self.line)?;
                write!(f, "\n{:gutter$} | {}{carets}", "", " ".repeat(skip))?;
            }
        }
        if let Some(help) = &self.help {
            let gutter = if self.line == 0 {
                1
            } else {
                self.line.to_string().len()
            };
            write!(f, "\n{:gutter$} = help: {help}", "")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// The known word that a misspelt one probably means: the nearest by edit distance, at most a third of it wrong.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|k| (distance(word, k), k))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// Optimal string alignment distance: insertions, deletions, replacements and exchanges of neighbours, case ignored.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().take(64).collect();
    let b: Vec<char> = b.to_lowercase().chars().take(64).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let cell = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut d = (cell(&above, j) + usize::from(ca != cb))
                .min(cell(&above, j + 1) + 1)
                .min(cell(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca) {
                d = d.min(cell(&before, j - 1) + 1);
            }
            row.push(d);
        }
        before = above;
        above = row;
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_its_neighbour_and_a_strange_one_finds_none() {
        assert_eq!(did_you_mean("lsiten", ["listen", "data"]), Some("listen"));
        assert_eq!(did_you_mean("Listen", ["listen", "data"]), Some("listen"));
        assert_eq!(did_you_mean("zzz", ["listen", "data"]), None);
    }

    #[test]
    fn an_excerpt_never_shows_a_token() {
        let masked = mask_secrets("transport: {kind: http_push, token: hunter2}");
        assert!(!masked.contains("hunter2"), "{masked}");
        assert!(mask_secrets("token: {env: NAME}").contains("NAME"));
    }
}
