//! The protocol of Traccar Client and `OsmAnd`: one position a request, as a query or as JSON.
//!
//! What is read and what is left out stands in the `README.md` of this folder.

mod config;
mod decode;
mod json;
mod query;
mod report;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use config::{OsmandOptions, SpeedUnit};

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "osmand",
    summary: "positions of phones: Traccar Client and OsmAnd, HTTP queries and their JSON",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    options.parse::<OsmandOptions>().map(|options| {
        Arc::new(Osmand {
            options: Arc::new(options),
        }) as Arc<dyn Format>
    })
}

/// The protocol with its options.
#[derive(Debug, Clone, Default)]
pub struct Osmand {
    options: Arc<OsmandOptions>,
}

impl Format for Osmand {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::OsmandDecoder::new(Arc::clone(&self.options)))
    }

    fn takes_queries(&self) -> bool {
        true
    }
}
