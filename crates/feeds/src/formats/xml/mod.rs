//! Any agency's XML: records picked by a path out of documents of any length, through a
//! mapping in the feed's YAML.
//!
//! What is read, the limits and the reasons of rejects stand in the `README.md` of this folder; the mapping
//! language in that of `json`.

mod config;
mod decode;
mod document;
mod markup;
mod names;
mod record_path;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;

use std::sync::Arc;

pub use config::{Limits, XmlOptions};
pub use record_path::RecordPath;

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "xml",
    summary: "any agency's XML (1.0, with namespaces), records by a path, through a mapping",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match XmlOptions::parse(options.yaml) {
        Ok(options) => Ok(Arc::new(Xml {
            options: Arc::new(options),
        })),
        Err(problems) => Err(problems
            .iter()
            .map(|p| p.to_option_problem(options.first_line))
            .collect()),
    }
}

/// XML with its mapping.
#[derive(Debug, Clone)]
pub struct Xml {
    options: Arc<XmlOptions>,
}

impl Format for Xml {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::XmlDecoder::new(Arc::clone(&self.options)))
    }
}
