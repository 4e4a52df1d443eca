//! Headers of a request.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::secret::{Secret, SecretText};
use crate::read::{Cx, FromNode};
use crate::yaml::Node;

/// What stands in a header: a text, or a secret by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum HeaderText {
    /// A text that anybody may read.
    Text(String),
    /// A secret.
    Secret(Secret),
}

impl HeaderText {
    /// Its text.
    ///
    /// # Errors
    /// As [`Secret::fetch`].
    pub fn fetch(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<SecretText, String> {
        match self {
            Self::Text(text) => Ok(SecretText::of(text)),
            Self::Secret(secret) => secret.fetch(env),
        }
    }
}

impl FromNode for HeaderText {
    fn expects() -> String {
        "a text, {env: NAME} or {file: path}".to_owned()
    }

    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        if node.text().is_some() {
            String::from_node(node, cx).map(Self::Text)
        } else {
            Secret::from_node(node, cx).map(Self::Secret)
        }
    }
}

impl JsonSchema for HeaderText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HeaderText".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let secret = generator.subschema_for::<Secret>();
        json_schema!({ "anyOf": [{ "type": "string" }, secret] })
    }
}
