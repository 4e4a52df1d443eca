//! Frames of Mode S and ADS-B in the binary format of the Mode-S Beast, spoken by dump1090 and its successors.
//!
//! What is read, and what is left out, stands in the `README.md` of this folder; what the frames mean in `mode_s`.

mod decode;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::contract::Decoder;
use crate::formats::mode_s::ModeSOptions;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "adsb_beast",
    summary: "Mode S and ADS-B frames (ICAO Annex 10 Vol IV, RTCA DO-260B) in Mode-S Beast binary",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    options
        .parse::<ModeSOptions>()
        .map(|options| Arc::new(AdsbBeast { options }) as Arc<dyn Format>)
}

/// Beast binary with its options.
#[derive(Debug, Clone, Default)]
pub struct AdsbBeast {
    options: ModeSOptions,
}

impl Format for AdsbBeast {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::BeastDecoder::new(self.options.clone()))
    }
}
