//! AIS in NMEA 0183 sentences: ITU-R M.1371-5 messages in `!AIVDM` and its relatives.
//!
//! What is read, by which paragraph, and what is left out stands in the `README.md` of this folder.

mod assemble;
mod bits;
mod config;
mod decode;
mod describe;
mod message;
mod normalise;
pub(in crate::formats) mod sentence;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use config::{AisOptions, ChecksumPolicy};

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "ais_nmea",
    summary: "AIS messages (ITU-R M.1371-5) in NMEA 0183 sentences (IEC 61162-1)",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    options
        .parse::<AisOptions>()
        .map(|options| Arc::new(AisNmea { options }) as Arc<dyn Format>)
}

/// AIS in NMEA sentences with its options.
#[derive(Debug, Clone, Default)]
pub struct AisNmea {
    options: AisOptions,
}

impl Format for AisNmea {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::AisDecoder::new(self.options.clone()))
    }
}
