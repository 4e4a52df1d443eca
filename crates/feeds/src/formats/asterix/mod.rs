//! ASTERIX: what radars and tracking systems send (EUROCONTROL-SPEC-0149), categories 034, 048, 062 and 065.
//!
//! What is read, by which edition, and what is left out stands in the `README.md` of this folder.

mod cat034;
mod cat048;
mod cat062;
mod cat065;
mod config;
mod decode;
mod emergency;
mod field;
mod item;
mod normalise;
mod projection;
mod record;
mod registers;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use config::{AsterixOptions, Site, SourceId};

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "asterix",
    summary: "ASTERIX categories 034, 048, 062, 065 (EUROCONTROL-SPEC-0149): radar plots and system tracks",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    options.parse::<AsterixOptions>().map(|options| {
        Arc::new(Asterix {
            options: Arc::new(options),
        }) as Arc<dyn Format>
    })
}

/// ASTERIX with its options.
#[derive(Debug, Clone, Default)]
pub struct Asterix {
    options: Arc<AsterixOptions>,
}

impl Format for Asterix {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::AsterixDecoder::new(Arc::clone(&self.options)))
    }
}
