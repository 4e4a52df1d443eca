//! Where one value stands in a JSON document.

use core::fmt;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::read::{Cx, FromNode};
use crate::yaml::Node;

/// Steps beyond which a path is refused.
const MAX_STEPS: usize = 16;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// The value of a key.
    Key(String),
    /// The entry of a list, from 0.
    At(usize),
    /// The last entry of a list.
    Last,
}

/// A path to one value: keys with dots between, `[n]` or `[-1]` in a list; `.` is the document itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuePath {
    text: String,
    steps: Vec<PathStep>,
}

impl ValuePath {
    /// The document itself.
    pub fn document() -> Self {
        Self {
            text: ".".to_owned(),
            steps: Vec::new(),
        }
    }

    /// Reads a path; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        for part in text.split('.').filter(|_| text != ".") {
            let at = part.find('[').unwrap_or(part.len());
            let (key, mut indexes) = part.split_at_checked(at)?;
            if !key.is_empty() {
                steps.push(PathStep::Key(key.to_owned()));
            } else if indexes.is_empty() {
                return None;
            }
            while !indexes.is_empty() {
                let (number, rest) = indexes.strip_prefix('[')?.split_once(']')?;
                steps.push(match number {
                    "-1" => PathStep::Last,
                    n => PathStep::At(n.parse().ok()?),
                });
                indexes = rest;
            }
        }
        (steps.len() <= MAX_STEPS).then(|| Self {
            text: text.to_owned(),
            steps,
        })
    }

    /// Its steps from the document down.
    pub fn steps(&self) -> &[PathStep] {
        &self.steps
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromNode for ValuePath {
    fn expects() -> String {
        "a path such as meta.next or items[-1].id".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let value = node.text().and_then(Self::parse);
        if value.is_none() {
            let help = "keys with dots between, [n] or [-1] in a list, . for the document itself";
            cx.expected(node, &Self::expects(), Some(help.to_owned()));
        }
        value
    }
}

impl Serialize for ValuePath {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl JsonSchema for ValuePath {
    fn schema_name() -> Cow<'static, str> {
        "ValuePath".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_path_is_refused() {
        for good in [".", "a", "a.b", "a[0]", "a[-1].b", "[0]", "a[0][1]"] {
            assert_eq!(ValuePath::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "a..b", "a[", "a[x]", "[-2]", "a.", "a[0]b"] {
            assert!(ValuePath::parse(bad).is_none(), "{bad}");
        }
        assert!(ValuePath::parse(&"a.".repeat(17)).is_none());
    }
}
