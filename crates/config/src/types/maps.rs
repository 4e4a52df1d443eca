//! `maps:` of `centre.yaml`: the operator's own maps, roads and streets from a file of his.

use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::tables::Names;
use crate::problem::{Problem, Spot};
use crate::read::{Cx, FromNode, record};
use crate::scalar::token;
use crate::yaml::Node;

/// Most maps of one centre.
pub(crate) const MAX_MAPS: usize = 20;

record! {
    /// A map of the operator's own.
    pub struct OwnMap {
        /// Short id, as it stands in addresses.
        id: MapId,
        /// Name as shown.
        name: Names,
        /// Whose data it is, in the words that its licence asks for; stands on the screen.
        attribution: String,
        /// An MBTiles or PMTiles file, or a folder of tiles `{z}/{x}/{y}.png`, `.jpg` or `.webp`.
        path: MapPath,
    }
}

/// Id of a map: 1 to 64 of the signs `a` to `z`, `0` to `9`, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct MapId(pub String);

impl FromNode for MapId {
    fn expects() -> String {
        "an id of the signs a-z, 0-9, - and _".to_owned()
    }

    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        token(node, cx, &Self::expects(), |c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
        })
        .map(Self)
    }
}

/// Where a map lies. A relative path counts from the configuration folder. It keeps its place in the file, so that whoever
/// opens the map can say there what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapPath {
    /// As it is opened.
    pub path: PathBuf,
    written: String,
    file: String,
    line: usize,
    column: usize,
    width: usize,
    excerpt: String,
}

impl MapPath {
    /// A problem with what lies there.
    pub fn problem(
        &self,
        code: &'static str,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Problem {
        let text = format!(
            "{}{}",
            "\n".repeat(self.line.saturating_sub(1)),
            self.excerpt
        );
        let spot = Spot {
            file: 0,
            line: self.line,
            column: self.column,
            width: self.width,
        };
        Problem::at(&self.file, &text, spot, code, message.into(), help)
    }
}

impl FromNode for MapPath {
    fn expects() -> String {
        "a file (MBTiles, PMTiles) or a folder of tiles, its path counted from the configuration folder"
            .to_owned()
    }

    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let written = String::from_node(node, cx)?;
        let (file, text) = cx
            .files
            .get(node.spot.file)
            .map_or(("", ""), |f| (f.path.as_str(), f.text.as_str()));
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let excerpt = text.lines().nth(node.spot.line.saturating_sub(1));
        Some(Self {
            path: folder.join(&written),
            written,
            file: file.to_owned(),
            line: node.spot.line,
            column: node.spot.column,
            width: node.spot.width,
            excerpt: excerpt.unwrap_or_default().to_owned(),
        })
    }
}

impl Serialize for MapPath {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        // As it is written: the same configuration started from elsewhere is the same.
        s.serialize_str(&self.written)
    }
}

impl JsonSchema for MapPath {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MapPath".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
