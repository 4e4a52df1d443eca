//! GeoJSON (RFC 7946): features alone, in collections of any length, line by line or as text sequences, through a
//! mapping in the feed's YAML.
//!
//! What is read, the limits and the reasons of rejects stand in the `README.md` of this folder; the mapping
//! language in that of `json`.

mod collection;
mod config;
mod crs;
mod decode;
mod members;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use config::{GeoJsonOptions, Limits};

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "geojson",
    summary: "GeoJSON (RFC 7946), also as text sequences (RFC 8142) and line by line, by a mapping",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match GeoJsonOptions::parse(options.yaml) {
        Ok(options) => Ok(Arc::new(GeoJson {
            options: Arc::new(options),
        })),
        Err(problems) => Err(problems
            .iter()
            .map(|p| p.to_option_problem(options.first_line))
            .collect()),
    }
}

/// GeoJSON with its mapping.
#[derive(Debug, Clone)]
pub struct GeoJson {
    options: Arc<GeoJsonOptions>,
}

impl Format for GeoJson {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::GeoJsonDecoder::new(Arc::clone(&self.options)))
    }
}
