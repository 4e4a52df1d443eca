//! `sections-geometry.json`: the border line cut into sections. Generated, and may be missing.

use std::collections::BTreeMap;

use oneroof_geo::SectionShape;
use oneroof_model::SectionId;
use serde_json::Value;

use crate::problem::{Problem, Spot};
use crate::read::Cx;

/// Name of the file.
pub(crate) const FILE: &str = "sections-geometry.json";

/// Reads the file. Keys that begin with `_` are remarks.
pub(crate) fn read(cx: &mut Cx, path: &str, text: &str) -> BTreeMap<SectionId, SectionShape> {
    let mut shapes = BTreeMap::new();
    let file: BTreeMap<String, Value> = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let spot = Spot {
                file: 0,
                line: error.line(),
                column: error.column().max(1),
                width: 1,
            };
            let help = "it is generated: run `cargo xtask basemap` again".to_owned();
            let message = format!("not JSON: {error}");
            cx.push(Problem::at(
                path,
                text,
                spot,
                "not-json",
                message,
                Some(help),
            ));
            return shapes;
        }
    };
    for (key, value) in file {
        if key.starts_with('_') {
            continue;
        }
        match shape(value) {
            Ok(shape) => {
                shapes.insert(SectionId::from(key), shape);
            }
            Err(message) => {
                cx.push(Problem::of_file(
                    path,
                    "wrong-value",
                    format!("section {key}: {message}"),
                ));
            }
        }
    }
    shapes
}

fn shape(value: Value) -> Result<SectionShape, String> {
    let shape: SectionShape = serde_json::from_value(value).map_err(|e| e.to_string())?;
    let (positions, least) = match &shape {
        SectionShape::Line(line) => (line.len(), 2),
        SectionShape::Polygon(ring) => (ring.len(), 3),
    };
    if positions < least {
        return Err(format!("{positions} positions are too few"));
    }
    Ok(shape)
}
