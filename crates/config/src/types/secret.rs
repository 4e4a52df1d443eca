//! Secrets: named in the configuration, kept elsewhere, never printed, journalled or hashed.

use core::fmt;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::read::{Cx, FromNode, MapReader};
use crate::yaml::Node;

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// In an environment variable of this name.
    Env(String),
    /// In a file of this path; blanks and line ends around it are cut off.
    File(String),
}

/// A secret itself. It prints as stars.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    pub(super) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret, for the one place that sends or compares it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Secret {
    /// Fetches it. The message of a failure names where it was sought and nothing else.
    ///
    /// # Errors
    /// Where the variable is not set, or the file cannot be read or is empty.
    pub fn fetch(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<SecretText, String> {
        let text = match self {
            Self::Env(name) => {
                env(name).ok_or_else(|| format!("the environment variable {name} is not set"))?
            }
            Self::File(path) => std::fs::read_to_string(Path::new(path))
                .map_err(|e| format!("the file {path} cannot be read: {}", e.kind()))?,
        };
        let text = text.trim();
        if text.is_empty() {
            return Err("the secret is empty".to_owned());
        }
        Ok(SecretText(text.to_owned()))
    }
}

impl FromNode for Secret {
    fn expects() -> String {
        "a mapping {env: NAME} or {file: path}".to_owned()
    }

    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        if node.text().is_some() {
            let message = "a secret must not stand in the configuration".to_owned();
            let help = "write {env: NAME} or {file: /run/secrets/name}, and change this secret";
            cx.at(node.spot, "secret-inline", message, Some(help.to_owned()));
            return None;
        }
        let map = MapReader::new(node, cx, &["env", "file"])?;
        let env = map.or::<Option<String>>("env", None, cx)?;
        let file = map.or::<Option<String>>("file", None, cx)?;
        match (env, file) {
            (Some(name), None) => Some(Self::Env(name)),
            (None, Some(path)) => Some(Self::File(path)),
            _ => {
                cx.expected(node, &Self::expects(), None);
                None
            }
        }
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": { "env": { "type": "string" }, "file": { "type": "string" } },
            "minProperties": 1, "maxProperties": 1, "additionalProperties": false
        })
    }
}
