//! Frames of Mode S and ADS-B as lines of hexadecimal digits (`*8D...;`): the text format of AVR receivers, spoken by
//! dump1090 and its successors.
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
    kind: "adsb_avr",
    summary: "Mode S and ADS-B frames (ICAO Annex 10 Vol IV, RTCA DO-260B) in AVR lines",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    options
        .parse::<ModeSOptions>()
        .map(|options| Arc::new(AdsbAvr { options }) as Arc<dyn Format>)
}

/// AVR lines with their options.
#[derive(Debug, Clone, Default)]
pub struct AdsbAvr {
    options: ModeSOptions,
}

impl Format for AdsbAvr {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::AvrDecoder::new(self.options.clone()))
    }
}
