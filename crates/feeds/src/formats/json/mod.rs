//! Any agency's JSON, through a mapping in the feed's YAML.
//!
//! The mapping language, the framing and the limits stand in the `README.md` of this folder; the engine is
//! [`crate::mapping`].

mod config;
mod decode;
mod normalise;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use config::{JsonOptions, Limits};

use crate::contract::Decoder;
pub use crate::json_read::DuplicateKeys;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "json",
    summary: "any agency's JSON (RFC 8259), single, array, lines or within an envelope, by a mapping",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match JsonOptions::parse(options.yaml) {
        Ok(options) => Ok(Arc::new(Json {
            options: Arc::new(options),
        })),
        Err(problems) => Err(problems
            .iter()
            .map(|p| p.to_option_problem(options.first_line))
            .collect()),
    }
}

/// JSON with its mapping.
#[derive(Debug, Clone)]
pub struct Json {
    options: Arc<JsonOptions>,
}

impl Format for Json {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::JsonDecoder::new(Arc::clone(&self.options)))
    }
}
