//! Elements to values by the schema: every element under its own name, a list where the schema allows several, numbers
//! and truth values as such, words without the blanks at their ends; and what breaks the schema.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::schema::{Class, Kind, Row, schema};
use crate::xml::{Element, Ns};

/// Faults told of one record at most.
const MAX_FAULTS: usize = 20;

/// What breaks the schema, by path.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) list: Vec<String>,
}

impl Faults {
    /// Adds one; beyond the bound they are left out.
    pub(super) fn add(&mut self, path: &str, what: &str) {
        if self.list.len() < MAX_FAULTS {
            self.list.push(format!("{path}: {what}"));
        }
    }
}

/// The class that an element is of: the one that `xsi:type` names under whatever prefix, where it is the declared one or a
/// subclass of it.
pub(super) fn class_of(
    element: &Element,
    declared: &'static str,
    path: &str,
    faults: &mut Faults,
) -> &'static str {
    let stated = element.attribute_of(Ns::Schema, "type");
    let Some(stated) = stated.map(|t| t.rsplit(':').next().unwrap_or(t)) else {
        if schema().class(declared).is_some_and(|(_, c)| c.is_abstract) {
            faults.add(path, "expected xsi:type, found none");
        }
        return declared;
    };
    match schema().class(stated) {
        Some((name, _)) if schema().is_a(name, declared) => name,
        _ => {
            let stated: String = stated.chars().take(40).collect();
            faults.add(path, &format!("xsi:type {stated} is no {declared}"));
            declared
        }
    }
}

/// An element of a class as an object. Children for which `skip` holds are left out.
pub(super) fn object(
    element: &Element,
    name: &'static str,
    path: &str,
    faults: &mut Faults,
    skip: impl Fn(&Element) -> bool,
) -> Map<String, Value> {
    let mut found = Map::new();
    let none = Class::default();
    let class = schema().class(name).map_or(&none, |(_, class)| class);
    if let Some(stated) = element.attribute_of(Ns::Schema, "type") {
        let bare = stated.rsplit(':').next().unwrap_or(stated);
        found.insert("xsi_type".to_owned(), json!(bare));
    }
    if element.children.is_empty()
        && let Some(text) = element.content()
    {
        faults.add(path, "expected elements, found a text");
        found.insert("text".to_owned(), json!(text));
    }
    let mut last = 0;
    let mut counts = vec![0_usize; class.rows.len()];
    for child in element.children.iter().filter(|c| !skip(c)) {
        let at = class.rows.iter().position(|row| row.name == child.name);
        let Some((at, row)) = at.and_then(|at| Some((at, class.rows.get(at)?))) else {
            let foreign: String = child.name.chars().take(60).collect();
            faults.add(path, &format!("{foreign} is not an element of {name}"));
            add(&mut found, &child.name, untyped(child), false);
            continue;
        };
        if at < last {
            faults.add(path, &format!("{} is out of order", row.name));
        }
        last = last.max(at);
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
        let path = format!("{path}/{}", row.name);
        let (key, value) = value(child, row, &path, faults);
        add(&mut found, &key, value, row.many);
    }
    check_counts(&class.rows, &counts, path, faults);
    found
}

fn check_counts(rows: &[Row], counts: &[usize], path: &str, faults: &mut Faults) {
    for (row, count) in rows.iter().zip(counts) {
        if *count == 0 && row.required {
            faults.add(path, &format!("expected {}, found none", row.name));
        }
        if *count > 1 && !row.many {
            faults.add(path, &format!("expected one {}, found {count}", row.name));
        }
    }
}

/// Puts a value under a name: into a list where there may be several, or where there are against the schema.
fn add(to: &mut Map<String, Value>, key: &str, value: Value, many: bool) {
    match to.get_mut(key) {
        Some(Value::Array(list)) => list.push(value),
        Some(one) => {
            let first = one.take();
            *one = Value::Array(vec![first, value]);
        }
        None => {
            let value = if many { json!([value]) } else { value };
            to.insert(key.to_owned(), value);
        }
    }
}

/// The value of one element, and the name that it goes by.
fn value(element: &Element, row: &Row, path: &str, faults: &mut Faults) -> (String, Value) {
    let key = row.name.to_owned();
    if let Kind::Class(declared) = row.kind {
        let class = class_of(element, declared, path, faults);
        let object = object(element, class, path, faults, |_| false);
        return (key, Value::Object(object));
    }
    if let Some(child) = element.children.first() {
        let inner: String = child.name.chars().take(60).collect();
        faults.add(path, &format!("expected a text, found {inner}"));
        return (key, untyped(element));
    }
    let text = element.text.trim();
    if row.kind == Kind::Bytes {
        // Files are many times larger than all the rest; their content is no field to compare or to map.
        let kept = text.bytes().filter(|b| !b.is_ascii_whitespace()).count();
        return (format!("{key}_base64_chars"), json!(kept));
    }
    let value = typed(text, row.kind);
    if value.is_none() {
        faults.add(path, expected(row.kind));
    }
    (key, value.unwrap_or_else(|| json!(text)))
}

/// A text by its kind; nothing where it is not of it.
fn typed(text: &str, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Text | Kind::Bytes | Kind::Class(_) => Some(json!(text)),
        Kind::Whole => text.parse::<i64>().ok().map(|n| json!(n)),
        Kind::Number => number(text).map(|n| json!(n)),
        Kind::Truth => match text {
            "true" | "1" => Some(json!(true)),
            "false" | "0" => Some(json!(false)),
            _ => None,
        },
        Kind::Moment => super::time::moment(text, &TimeZone::UTC).map(|_| json!(text)),
        Kind::Date => super::time::date(text).map(|_| json!(text)),
        Kind::Time => super::time::time(text).map(|_| json!(text)),
        Kind::Word(words) => schema().literal(words, text).map(|_| json!(text)),
    }
}

const fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Whole => "expected a whole number",
        Kind::Number => "expected a number",
        Kind::Truth => "expected true or false",
        Kind::Moment => "expected a time as 2026-11-23T02:41:00Z",
        Kind::Date => "expected a date as 2026-11-23",
        Kind::Time => "expected a time of day as 02:41:00Z",
        Kind::Word(_) => "expected a word of the schema",
        Kind::Text | Kind::Bytes | Kind::Class(_) => "expected something else",
    }
}

/// A finite decimal number.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let plain = text.chars().all(digits);
    let number: f64 = plain.then(|| text.parse().ok())??;
    number.is_finite().then_some(number)
}

/// An element that the schema does not know, as it is.
fn untyped(element: &Element) -> Value {
    if element.children.is_empty() {
        return json!(element.text.trim());
    }
    let mut found = Map::new();
    for child in &element.children {
        add(&mut found, &child.name, untyped(child), false);
    }
    Value::Object(found)
}

/// A value by its path; lists are walked by their first item.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    let mut here = value;
    for key in path {
        here = first(here).get(key)?;
    }
    Some(first(here))
}

/// A text by its path, where there is one that is not empty.
pub(super) fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(value, path)?.as_str().filter(|t| !t.is_empty())
}

/// All items of a list under a name; one that stands alone is a list of one.
pub(super) fn all<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    match value.get(key) {
        Some(Value::Array(list)) => list,
        Some(one) => core::slice::from_ref(one),
        None => &[],
    }
}

fn first(value: &Value) -> &Value {
    match value {
        Value::Array(list) => list.first().unwrap_or(value),
        other => other,
    }
}
