//! `OwnTracks`: JSON messages of phones (`_type` location, transition, ...), by HTTP or out of an MQTT bridge.
//!
//! What is read and what is left out stands in the `README.md` of this folder.

mod config;
mod decode;
mod message;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use config::OwntracksOptions;

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "owntracks",
    summary: "positions of phones: OwnTracks JSON, one message, a list, or one a line",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    options.parse::<OwntracksOptions>().map(|options| {
        Arc::new(Owntracks {
            options: Arc::new(options),
        }) as Arc<dyn Format>
    })
}

/// `OwnTracks` with the format's options.
#[derive(Debug, Clone, Default)]
pub struct Owntracks {
    options: Arc<OwntracksOptions>,
}

impl Format for Owntracks {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::OwntracksDecoder::new(Arc::clone(&self.options)))
    }
}
