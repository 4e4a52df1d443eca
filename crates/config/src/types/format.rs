//! The `format:` of a feed: handed to the format as it is written, with its place, so that its own errors name lines
//! of the feed's file.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::problem::{Problem, Spot};
use crate::read::{Cx, FromNode};
use crate::scalar::token;
use crate::yaml::{Kind, Node};

/// A format with its own options, not yet understood by anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Format {
    /// Which format (`ais_nmea`, `cap`, `json`).
    pub kind: String,
    /// The whole `format:` mapping as YAML text, `kind` included. Lines keep their indentation, so a column in it is
    /// the column in the file.
    pub yaml: String,
    /// Line in the file (from 1) of the first line of `yaml`.
    #[serde(skip)]
    pub first_line: u32,
    /// The feed's file.
    #[serde(skip)]
    pub file: String,
}

impl Format {
    /// A problem that the format found at a line and column of the feed's file.
    pub fn problem(
        &self,
        line: u32,
        column: u32,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Problem {
        let as_usize = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let blank_lines = as_usize(self.first_line).saturating_sub(1);
        let text = format!("{}{}", "\n".repeat(blank_lines.min(1_000_000)), self.yaml);
        let spot = Spot {
            file: 0,
            line: as_usize(line),
            column: as_usize(column),
            width: 1,
        };
        Problem::at(&self.file, &text, spot, "format", message.into(), help)
    }
}

impl FromNode for Format {
    fn expects() -> String {
        "a mapping with `kind` and the format's own options".to_owned()
    }

    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Kind::Map(_) = node.kind else {
            cx.expected(node, &Self::expects(), None);
            return None;
        };
        let Some(kind) = node.get("kind") else {
            let help = "add `kind: json`, or another format".to_owned();
            cx.at(
                node.spot,
                "missing-key",
                "missing key `kind`".to_owned(),
                Some(help),
            );
            return None;
        };
        let kind = token(kind, cx, "a format such as ais_nmea, cap or json", |c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
        })?;
        let file = cx.files.get(node.spot.file)?;
        let (from, to) = node.bytes;
        let before = file.text.get(..from)?;
        let lead = before.rsplit('\n').next().unwrap_or("");
        // What stands before it in its line becomes blanks, so that columns stay.
        let blanks: String = lead.chars().map(|_| ' ').collect();
        let body = file.text.get(from..to)?.trim_end();
        let yaml = format!("{blanks}{body}\n");
        let first_line = u32::try_from(node.spot.line).unwrap_or(u32::MAX);
        Some(Self {
            kind,
            yaml,
            first_line,
            file: file.path.clone(),
        })
    }
}

impl JsonSchema for Format {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Format".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": { "kind": { "type": "string", "pattern": "^[a-z0-9_]+$" } },
            "required": ["kind"]
        })
    }
}
