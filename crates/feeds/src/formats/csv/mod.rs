//! Any agency's table: comma, semicolon or tab between cells, any usual encoding, through a mapping in the feed's
//! YAML.
//!
//! How tables are read, the limits and the reasons of rejects stand in the `README.md` of this folder; the mapping
//! language in that of `json`.

mod config;
mod decode;
mod grammar;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use config::{CsvOptions, Limits};
pub use grammar::Dialect;

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "csv",
    summary: "any agency's table (RFC 4180 and its relatives), any delimiter and encoding, by a mapping",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match CsvOptions::parse(options.yaml) {
        Ok(options) => Ok(Arc::new(Csv {
            options: Arc::new(options),
        })),
        Err(problems) => Err(problems
            .iter()
            .map(|p| p.to_option_problem(options.first_line))
            .collect()),
    }
}

/// Tables with their mapping.
#[derive(Debug, Clone)]
pub struct Csv {
    options: Arc<CsvOptions>,
}

impl Format for Csv {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::CsvDecoder::new(Arc::clone(&self.options)))
    }
}
