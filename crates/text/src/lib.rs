//! The catalogue of what people read, in Ukrainian and English, and the numbers in it: ages, distances, shares,
//! forms of words after numbers.
//!
//! The texts stand in `catalogue/uk.txt` and `catalogue/en.txt`, which are compiled in. There are no dependencies, for this
//! goes to the browser. Logs and codes are English and not in here; names of event types, sections and agencies are
//! configuration.
//!
//! ```
//! use oneroof_text::{Lang, t};
//! assert_eq!(t(Lang::Uk, "event.reports", &[("count", 3.into())]), "3 донесення");
//! assert_eq!(t(Lang::En, "time.ago", &[("age_s", 420.into())]), "7\u{a0}min ago");
//! ```

mod catalogue;
mod numbers;
mod template;

use core::fmt;

pub use catalogue::{has, keys};
pub use numbers::{age, age_step, distance, knots, number, percent, plural};
pub use template::Value;

/// A language of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lang {
    /// Ukrainian.
    #[default]
    Uk,
    /// English.
    En,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Uk, Self::En];

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Uk => "uk",
            Self::En => "en",
        }
    }

    /// The language of a tag such as `en-GB`; Ukrainian where it is neither.
    pub fn of_tag(tag: &str) -> Self {
        match tag.get(..2) {
            Some(start) if start.eq_ignore_ascii_case("en") => Self::En,
            _ => Self::Uk,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Uk => Self::En,
            Self::En => Self::Uk,
        }
    }

    /// Picks the text of this language.
    pub const fn pick<'a>(self, uk: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Uk => uk,
            Self::En => en,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// The text of a key with its parameters. A key that is not there gives itself, a parameter that is not given its name
/// in braces: visible, and never a panic.
pub fn t(lang: Lang, key: &str, args: &[(&str, Value<'_>)]) -> String {
    t_with(lang, key, |name| {
        args.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    })
}

/// As [`t`], with parameters out of anything that can be asked by name.
pub fn t_with<'a>(lang: Lang, key: &str, arg: impl Fn(&str) -> Option<Value<'a>>) -> String {
    match catalogue::get(lang, key) {
        Some(text) => template::fill(lang, text, &arg),
        None => key.to_owned(),
    }
}

/// The text of the first key that is there: `quarantine.bad.future`, else `quarantine.other`.
pub fn t_first(lang: Lang, keys: &[&str], args: &[(&str, Value<'_>)]) -> String {
    let key = keys.iter().find(|k| has(k)).or_else(|| keys.last());
    key.map(|k| t(lang, k, args)).unwrap_or_default()
}
