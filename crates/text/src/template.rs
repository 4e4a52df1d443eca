//! A text with its parameters filled in.

use crate::Lang;
use crate::numbers::{age, distance, number, percent, plural};

/// A parameter of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A number; its unit is in the name of the parameter.
    Number(f64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

macro_rules! numbers {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Value<'_> {
            fn from(n: $ty) -> Self {
                Self::Number(f64::from(n))
            }
        }
    )*};
}
numbers!(f64, f32, i32, u32, i16, u16, u8);

macro_rules! wide_numbers {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Value<'_> {
            #[expect(clippy::cast_precision_loss, reason = "shown to people; exact up to 2^53")]
            fn from(n: $ty) -> Self {
                Self::Number(n as f64)
            }
        }
    )*};
}
wide_numbers!(i64, u64, usize);

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// As it stands.
    Text(&'t str),
    /// `{name}` or `{name:filter}`.
    Value {
        /// The parameter.
        name: &'t str,
        /// What is done to it; empty for nothing.
        filter: &'t str,
    },
    /// `{name|one|few|many}`.
    Plural {
        /// The parameter.
        name: &'t str,
        /// The forms, divided by bars.
        forms: &'t str,
    },
}

/// The pieces of a text.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((inner, after)) = rest.strip_prefix('{').and_then(|r| r.split_once('}')) {
            rest = after;
            return Some(if let Some((name, forms)) = inner.split_once('|') {
                Part::Plural { name, forms }
            } else {
                let (name, filter) = inner.split_once(':').unwrap_or((inner, ""));
                Part::Value { name, filter }
            });
        }
        // Up to the next brace; a brace that opens nothing is a sign like any other.
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| *c == '{')
            .map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(Part::Text(piece))
    })
}

/// Fills the parameters in.
pub(crate) fn fill<'a>(lang: Lang, text: &str, arg: &dyn Fn(&str) -> Option<Value<'a>>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for part in parts(text) {
        match part {
            Part::Text(piece) => out.push_str(piece),
            Part::Value { name, filter } => match (arg(name), filter) {
                (Some(Value::Text(value)), _) => out.push_str(value),
                (Some(Value::Number(n)), "age") => out.push_str(&age(lang, n)),
                (Some(Value::Number(n)), "distance") => out.push_str(&distance(lang, n)),
                (Some(Value::Number(n)), "percent") => out.push_str(&percent(n)),
                (Some(Value::Number(n)), _) => out.push_str(&number(lang, n, 2)),
                (None, _) => {
                    out.push('{');
                    out.push_str(name);
                    out.push('}');
                }
            },
            Part::Plural { name, forms } => {
                let n = match arg(name) {
                    Some(Value::Number(n)) => n,
                    Some(Value::Text(value)) => value.parse().unwrap_or(0.0),
                    None => 0.0,
                };
                out.push_str(plural(lang, n, forms));
            }
        }
    }
    out
}
