//! Paths into a record: `a.b`, `a[0]`, `a[-1]`, `a[*].b`, `a['key with dots']`, `a[kind=victim].n`, and
//! `$.a` from the root of the document or `@.topic` from what a broker says of the message, instead of the record.
//!
//! What stands once and what stands several times are read alike, for in XML they can't be told apart: a single
//! value counts as a list of one (`a[0]`, `a[*]`), and a key below a list is looked for in each of its items.
//! Where an element of XML has attributes or children beside its text, the text is its [`TEXT`].

use core::fmt;

use serde_json::Value;

/// Steps of a path beyond which it is refused.
const MAX_STEPS: usize = 32;

/// How many values one path may give (`[*]` of a hostile record).
pub const MAX_HITS: usize = 1_000;

/// Key of the own text of an XML element that has attributes or children too.
pub(crate) const TEXT: &str = "text()";

/// Key of all the text within an XML element whose text is mixed with elements.
pub(crate) const STRING: &str = "string()";

/// Key of the name of an XML element that is a record.
pub(crate) const NAME: &str = "name()";

/// Whether a key is not of the record but derived from it.
pub(crate) fn is_derived(key: &str) -> bool {
    key == STRING || key == NAME
}

/// A key as it is written in a path: in brackets and quotes where it needs them.
pub(crate) fn quoted(key: &str) -> String {
    let plain = !key.is_empty()
        && key.trim() == key
        && !key.starts_with('$')
        && !key.contains(['.', '[', ']', '{', '}', '|']);
    match (plain, key.contains("']")) {
        (true, _) => key.to_owned(),
        (false, false) => format!("['{key}']"),
        (false, true) => format!("[\"{key}\"]"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(i64),
    Each,
    Where { key: String, equals: String },
}

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Record,
    Root,
    Message,
}

/// A record and what stands around it.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'v> {
    /// The record.
    pub record: &'v Value,
    /// The document that the record stands in.
    pub root: &'v Value,
    /// What a broker says of the message that the document came in: `topic` and its `levels`; null without a broker.
    pub message: &'v Value,
}

impl<'v> Ground<'v> {
    /// A record of which nothing else is known.
    pub const fn alone(record: &'v Value) -> Self {
        Self {
            record,
            root: &Value::Null,
            message: &Value::Null,
        }
    }
}

/// A path into a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    start: Start,
    steps: Vec<Step>,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Path {
    /// Reads a path; `$` alone is the root, `@` the message, `.` or an empty text the record itself.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim();
        let begins = |sign: char| {
            let after = rest.strip_prefix(sign)?;
            (after.is_empty() || after.starts_with(['.', '['])).then_some(after)
        };
        let start = if let Some(after) = begins('$') {
            rest = after;
            Start::Root
        } else if let Some(after) = begins('@') {
            rest = after;
            Start::Message
        } else {
            Start::Record
        };
        if rest == "." {
            rest = "";
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if steps.len() >= MAX_STEPS {
                return Err(format!("more than {MAX_STEPS} steps"));
            }
            rest = if let Some(inside) = rest.strip_prefix('[') {
                let (step, after) = bracket(inside)?;
                steps.push(step);
                after
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if key.is_empty() {
                    return Err("an empty step (two dots, or a dot before a bracket)".to_owned());
                }
                steps.push(Step::Key(key.to_owned()));
                after
            };
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return Err("ends with a dot".to_owned());
                }
                rest = after;
            }
        }
        Ok(Self {
            text: text.trim().to_owned(),
            start,
            steps,
        })
    }

    /// The path that is one key.
    pub(crate) fn of_key(key: &str) -> Self {
        Self {
            text: quoted(key),
            start: Start::Record,
            steps: vec![Step::Key(key.to_owned())],
        }
    }

    /// The first value at the path; `null` counts as absent. Of an XML element its text, where it has one.
    pub fn first<'v>(&self, ground: Ground<'v>) -> Option<&'v Value> {
        let mut first = None;
        walk(self.start_in(ground), &self.steps, &mut |value| {
            first = (!value.is_null()).then_some(value);
            first.is_none()
        });
        first.map(text_of)
    }

    /// All values at the path, at most [`MAX_HITS`]; of XML elements their texts.
    pub fn all<'v>(&self, ground: Ground<'v>) -> Vec<&'v Value> {
        let hits = self.hits(ground, Wanted::Values);
        hits.into_iter().map(text_of).collect()
    }

    /// As [`Self::all`], but XML elements whole.
    pub(crate) fn items<'v>(&self, ground: Ground<'v>) -> Vec<&'v Value> {
        self.hits(ground, Wanted::Values)
    }

    /// What is looked at and is `null`.
    pub(crate) fn nulls<'v>(&self, ground: Ground<'v>) -> Vec<&'v Value> {
        self.hits(ground, Wanted::Nulls)
    }

    fn hits<'v>(&self, ground: Ground<'v>, wanted: Wanted) -> Vec<&'v Value> {
        let mut hits = Vec::new();
        walk(self.start_in(ground), &self.steps, &mut |value| {
            if value.is_null() == (wanted == Wanted::Nulls) {
                hits.push(value);
            }
            hits.len() < MAX_HITS
        });
        hits
    }

    const fn start_in<'v>(&self, ground: Ground<'v>) -> &'v Value {
        match self.start {
            Start::Record => ground.record,
            Start::Root => ground.root,
            Start::Message => ground.message,
        }
    }

    /// Whether it starts at the document's root.
    pub const fn is_from_root(&self) -> bool {
        matches!(self.start, Start::Root)
    }

    /// Its keys in order without indexes, as far as it can be compared with what a record holds.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.steps
            .iter()
            .filter_map(|s| {
                if let Step::Key(k) = s {
                    Some(k.as_str())
                } else {
                    None
                }
            })
            .collect()
    }

    /// Whether it is keys only.
    pub(crate) fn is_plain(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|s| matches!(s, Step::Key(_)))
    }
}

/// What is between brackets, and what comes after them.
fn bracket(inside: &str) -> Result<(Step, &str), String> {
    for (quote, end) in [('\'', "']"), ('"', "\"]")] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            let (key, after) = quoted
                .split_once(end)
                .ok_or_else(|| format!("a quoted key without its end `{end}`"))?;
            return Ok((Step::Key(key.to_owned()), after));
        }
    }
    let (content, after) = inside.split_once(']').ok_or("a `[` without its `]`")?;
    let content = content.trim();
    let step =
        if content == "*" {
            Step::Each
        } else if let Some((key, equals)) = content.split_once('=') {
            let (key, equals) = (key.trim(), equals.trim().trim_matches('\''));
            if key.is_empty() {
                return Err("a condition without a key before `=`".to_owned());
            }
            Step::Where {
                key: key.to_owned(),
                equals: equals.to_owned(),
            }
        } else {
            let index = content.parse::<i64>();
            Step::Index(index.map_err(|_not_a_number| {
                format!("expected a number, * or key=value in [{content}]")
            })?)
        };
    Ok((step, after))
}

/// The text of an XML element that has more than that; else the value itself.
fn text_of(value: &Value) -> &Value {
    match value {
        Value::Object(map) => map.get(TEXT).unwrap_or(value),
        _ => value,
    }
}

/// What is looked for along a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Values,
    Nulls,
}

/// Shows `hit` each value at the path, also a null, until it has enough; whether it has not.
fn walk<'v>(value: &'v Value, steps: &[Step], hit: &mut impl FnMut(&'v Value) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return hit(value);
    };
    match (step, value) {
        (Step::Key(key), Value::Object(map)) => match map.get(key) {
            Some(v) => walk(v, rest, hit),
            None => true,
        },
        (Step::Key(_), Value::Array(list)) => list.iter().all(|v| walk(v, steps, hit)),
        (Step::Key(key), Value::String(_)) if key == TEXT => walk(value, rest, hit),
        (Step::Index(i), Value::Array(list)) => {
            let at = if *i < 0 {
                usize::try_from(i.unsigned_abs())
                    .ok()
                    .and_then(|b| list.len().checked_sub(b))
            } else {
                usize::try_from(*i).ok()
            };
            match at.and_then(|i| list.get(i)) {
                Some(v) => walk(v, rest, hit),
                None => true,
            }
        }
        (Step::Each, Value::Array(list)) => list.iter().all(|v| walk(v, rest, hit)),
        (Step::Where { key, equals }, Value::Array(list)) => {
            let mut found = list.iter().filter(|v| is_where(v, key, equals));
            found.all(|v| walk(v, rest, hit))
        }
        (Step::Where { key, equals }, one) if is_where(one, key, equals) => walk(one, rest, hit),
        (Step::Index(0 | -1) | Step::Each, one) if !one.is_null() => walk(one, rest, hit),
        _ => true,
    }
}

fn is_where(value: &Value, key: &str, equals: &str) -> bool {
    let found = value
        .get(key)
        .map(text_of)
        .and_then(super::record::scalar_text);
    found.as_deref() == Some(equals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn first(path: &str, record: &Value) -> Option<Value> {
        let message = json!({"topic": "bg/17/alarm", "levels": ["bg", "17", "alarm"]});
        let ground = Ground {
            record,
            root: &json!({"batch": 7}),
            message: &message,
        };
        Path::parse(path).unwrap().first(ground).cloned()
    }

    #[test]
    fn a_path_goes_through_keys_indexes_and_conditions() {
        let r = json!({"a": {"b": [1, 2, {"k": "x", "n": 3}, {"k": "y", "n": 4}]}, "d.e": 5, "z": null});
        assert_eq!(first("a.b[0]", &r), Some(json!(1)));
        assert_eq!(first("a.b[-1].n", &r), Some(json!(4)));
        assert_eq!(first("a.b[k=y].n", &r), Some(json!(4)));
        assert_eq!(first("['d.e']", &r), Some(json!(5)));
        assert_eq!(first("$.batch", &r), Some(json!(7)));
        assert_eq!(first("@.topic", &r), Some(json!("bg/17/alarm")));
        assert_eq!(first("@.levels[-2]", &r), Some(json!("17")));
        assert_eq!(first("@kind", &json!({"@kind": 1})), Some(json!(1)));
        assert_eq!(first("z", &r), None);
        assert_eq!(first("a.b[9]", &r), None);
        assert_eq!(first("a.b[-9]", &r), None);
        let ground = Ground {
            record: &r,
            root: &r,
            message: &Value::Null,
        };
        assert_eq!(Path::parse("a.b[*].n").unwrap().all(ground).len(), 2);
        assert_eq!(first(".", &r), Some(r.clone()));
    }

    #[test]
    fn one_value_counts_as_a_list_and_a_key_is_sought_in_every_item() {
        let r = json!({"one": {"n": 1}, "many": [{"n": 2}, {"n": 3}], "z": null});
        assert_eq!(first("one[0].n", &r), Some(json!(1)));
        assert_eq!(first("one[1].n", &r), None);
        assert_eq!(first("one[n=1].n", &r), Some(json!(1)));
        assert_eq!(first("many.n", &r), Some(json!(2)));
        assert_eq!(
            Path::parse("many.n").unwrap().all(Ground::alone(&r)).len(),
            2
        );
        assert_eq!(first("z[0]", &r), None);
    }

    #[test]
    fn an_element_of_xml_is_read_by_its_text() {
        let r = json!({"a": {"@id": "7", "text()": "x"}, "b": "y", "c": {"@id": "8"}});
        assert_eq!(first("a", &r), Some(json!("x")));
        assert_eq!(first("a.text()", &r), Some(json!("x")));
        assert_eq!(first("b.text()", &r), Some(json!("y")));
        assert_eq!(first("a.@id", &r), Some(json!("7")));
        assert_eq!(first("c", &r), Some(json!({"@id": "8"})));
        assert!(Path::parse("a").unwrap().items(Ground::alone(&r))[0].is_object());
    }

    #[test]
    fn keys_of_any_signs_are_written_in_quotes() {
        let r = json!({"x.y": 1, "\u{406}\u{43c}'\u{44f}": 2, "a']b": 3, "p q": 4});
        assert_eq!(first("['\u{406}\u{43c}'\u{44f}']", &r), Some(json!(2)));
        assert_eq!(first("\u{406}\u{43c}'\u{44f}", &r), Some(json!(2)));
        for (key, value) in r.as_object().unwrap() {
            assert_eq!(first(&quoted(key), &r).as_ref(), Some(value), "{key}");
        }
    }

    #[test]
    fn a_broken_path_says_what_is_wrong() {
        for bad in ["a..b", "a.", "a[", "a[x]", "a['x", "a[=1]"] {
            assert!(Path::parse(bad).is_err(), "{bad}");
        }
    }
}
