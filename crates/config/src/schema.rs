//! JSON Schema of every file, for editors and for `oneroof schema`.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::types;

/// Builds the schema of one mapping.
pub(crate) struct Object {
    description: String,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl Object {
    pub(crate) fn new(doc: &str) -> Self {
        Self {
            description: tidy(doc),
            properties: Map::new(),
            required: Vec::new(),
        }
    }

    pub(crate) fn field(&mut self, name: &str, doc: &str, schema: Schema, required: bool) {
        let mut value = schema.to_value();
        if let Value::Object(map) = &mut value {
            map.insert("description".to_owned(), Value::String(tidy(doc)));
        }
        self.properties.insert(name.to_owned(), value);
        if required {
            self.required.push(Value::String(name.to_owned()));
        }
    }

    pub(crate) fn build(self) -> Schema {
        let mut map = Map::new();
        map.insert("type".to_owned(), json!("object"));
        map.insert("description".to_owned(), Value::String(self.description));
        map.insert("properties".to_owned(), Value::Object(self.properties));
        map.insert("required".to_owned(), Value::Array(self.required));
        map.insert("additionalProperties".to_owned(), json!(false));
        Schema::from(map)
    }
}

/// A doc comment as one text.
fn tidy(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of<T: JsonSchema>() -> Value {
    SchemaGenerator::default()
        .into_root_schema_for::<T>()
        .to_value()
}

/// JSON Schema (draft 2020-12) of every file of the configuration folder, by its name.
pub fn schemas() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("centre.yaml", of::<types::CentreFile>()),
        ("agencies.yaml", of::<types::AgenciesFile>()),
        ("event-types.yaml", of::<types::EventTypesFile>()),
        ("sections.yaml", of::<types::SectionsFile>()),
        ("crossing-points.yaml", of::<types::CrossingPointsFile>()),
        ("units.yaml", of::<types::UnitsFile>()),
        ("freshness.yaml", of::<types::FreshnessFile>()),
        ("regions.yaml", of::<types::RegionsFile>()),
        ("tak.yaml", of::<types::TakFile>()),
        ("feeds/*.yaml", of::<types::Feed>()),
    ])
}
