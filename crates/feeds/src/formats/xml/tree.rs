//! Elements to JSON values that the mapping reads.
//!
//! An element without attributes and children is its text. Any other is an object: attributes under `@name`, children
//! under their names (those of one name as a list), its own text, if there is any, under `text()`. Where text and children
//! are mixed, all text within the element in its order is under `string()`. A record is always an object, with its
//! name under `name()`. Texts are without blanks at their ends.

use serde_json::{Map, Value};

use crate::mapping::{NAME, STRING, TEXT};

/// An element in the making.
#[derive(Debug, Clone)]
struct Element {
    key: String,
    map: Map<String, Value>,
    text: String,
    has_children: bool,
    /// Where the texts within it begin in [`Tree::flow`].
    flow: usize,
}

/// A record in the making: the elements that are open, from the record on.
#[derive(Debug, Default)]
pub(super) struct Tree {
    open: Vec<Element>,
    /// All texts so far, in their order.
    flow: String,
}

impl Tree {
    /// Opens an element.
    pub(super) fn open(&mut self, key: String, attributes: Vec<(String, String)>) {
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        let attributes = attributes.into_iter();
        self.open.push(Element {
            key,
            map: attributes
                .map(|(key, value)| (key, Value::String(value)))
                .collect(),
            text: String::new(),
            has_children: false,
            flow: self.flow.len(),
        });
    }

    /// Adds text to the innermost element.
    pub(super) fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
            self.flow.push_str(text);
        }
    }

    /// Closes the innermost element; the record, where that was it.
    pub(super) fn close(&mut self) -> Option<Value> {
        let element = self.open.pop()?;
        let key = element.key.clone();
        let within = self.flow.get(element.flow..).unwrap_or_default();
        let is_record = self.open.is_empty();
        let value = element.into_value(within, is_record);
        if let Some(parent) = self.open.last_mut() {
            insert(&mut parent.map, key, value);
            return None;
        }
        self.flow.clear();
        Some(value)
    }
}

impl Tree {
    /// What the open elements hold so far, as the outermost one would give it.
    pub(super) fn so_far(&self) -> Value {
        let mut below: Option<(String, Value)> = None;
        for (depth, element) in self.open.iter().enumerate().rev() {
            let mut element = element.clone();
            let key = element.key.clone();
            if let Some((key, value)) = below {
                insert(&mut element.map, key, value);
            }
            let within = self.flow.get(element.flow..).unwrap_or_default();
            below = Some((key, element.into_value(within, depth == 0)));
        }
        below.map_or(Value::Null, |(_, value)| value)
    }
}

impl Element {
    fn into_value(mut self, within: &str, is_record: bool) -> Value {
        let text = self.text.trim();
        if self.map.is_empty() && !is_record {
            return Value::String(text.to_owned());
        }
        if !text.is_empty() {
            self.map.insert(TEXT.to_owned(), text.into());
            if self.has_children {
                self.map.insert(STRING.to_owned(), within.trim().into());
            }
        }
        if is_record {
            self.map.insert(NAME.to_owned(), self.key.into());
        }
        Value::Object(self.map)
    }
}

/// Adds a child; with others of its name it becomes a list.
fn insert(map: &mut Map<String, Value>, key: String, value: Value) {
    match map.get_mut(&key) {
        None => {
            map.insert(key, value);
        }
        // Lists are made here only.
        Some(Value::Array(list)) => list.push(value),
        Some(one) => {
            let first = one.take();
            *one = Value::Array(vec![first, value]);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_open_can_be_looked_at() {
        let mut tree = Tree::default();
        assert_eq!(tree.so_far(), Value::Null);
        tree.open("r".to_owned(), vec![("@n".to_owned(), "7".to_owned())]);
        tree.open("list".to_owned(), vec![("@m".to_owned(), "8".to_owned())]);
        let expected = json!({"@n": "7", "list": {"@m": "8"}, "name()": "r"});
        assert_eq!(tree.so_far(), expected);
    }

    #[test]
    fn elements_become_texts_lists_and_objects() {
        let mut tree = Tree::default();
        tree.open("r".to_owned(), vec![("@id".to_owned(), "1".to_owned())]);
        for text in ["x", "y"] {
            tree.open("a".to_owned(), Vec::new());
            tree.text(text);
            assert_eq!(tree.close(), None);
        }
        tree.open("p".to_owned(), Vec::new());
        tree.text(" one ");
        tree.open("b".to_owned(), Vec::new());
        tree.text("two");
        tree.close();
        tree.text(" three ");
        tree.close();
        tree.open("e".to_owned(), Vec::new());
        tree.close();
        let record = tree.close().unwrap();
        let p = json!({"b": "two", "text()": "one  three", "string()": "one two three"});
        assert_eq!(
            record,
            json!({"@id": "1", "a": ["x", "y"], "p": p, "e": "", "name()": "r"})
        );
    }
}
