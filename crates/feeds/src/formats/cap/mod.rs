//! The Common Alerting Protocol: OASIS CAP 1.2, also 1.1 and 1.0; alone, in EDXL-DE or in Atom; and indexes of
//! alerts in Atom and RSS.
//!
//! What is read, by which paragraph, what is concluded and what is left out stands in the `README.md` of
//! this folder.

mod alert;
mod config;
mod decode;
mod encode;
#[cfg(test)]
mod encode_tests;
mod index;
mod normalise;
#[cfg(test)]
mod peers;
mod place;
mod schema;
mod speak;
mod stream;
#[cfg(test)]
mod tests;
mod threat;

use std::sync::Arc;

pub use alert::{Alert, AlertReference, Area, Circle, Corner, Info, Named, Resource};
pub use config::{CapOptions, Index, Strictness};
pub use index::{EntryLink, Excerpt, IndexEntry, IndexHead};
pub use speak::Speak;
pub use threat::Threats;

use crate::contract::Decoder;
use crate::encode::Encoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "cap",
    summary: "Common Alerting Protocol (OASIS CAP 1.0, 1.1, 1.2), also within EDXL-DE, Atom and RSS",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match CapOptions::parse(options.yaml) {
        Ok(cap) => Ok(Arc::new(Cap {
            options: Arc::new(cap),
        })),
        Err(problems) => Err(problems
            .iter()
            .map(|p| p.to_option_problem(options.first_line))
            .collect()),
    }
}

/// CAP with its options.
#[derive(Debug, Clone)]
pub struct Cap {
    options: Arc<CapOptions>,
}

impl Format for Cap {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(stream::CapDecoder::new(Arc::clone(&self.options)))
    }

    fn encoder(&self) -> Option<Box<dyn Encoder>> {
        let encoder = encode::CapEncoder::new(&self.options)?;
        Some(Box::new(encoder))
    }
}
