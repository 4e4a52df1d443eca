//! Satellite receivers in NMEA 0183 sentences (IEC 61162-1): RMC, GGA, GNS, GLL, VTG and their relatives.
//!
//! What is read, by which paragraph, and what is left out stands in the `README.md` of this folder.

mod config;
mod decode;
mod epoch;
mod fields;
mod sentence;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use config::GnssOptions;

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "nmea_gnss",
    summary: "positions of satellite receivers in NMEA 0183 sentences (IEC 61162-1): RMC, GGA, GNS, GLL, VTG, ...",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    options.parse::<GnssOptions>().map(|options| {
        Arc::new(NmeaGnss {
            options: Arc::new(options),
        }) as Arc<dyn Format>
    })
}

/// Satellite receivers with the format's options.
#[derive(Debug, Clone, Default)]
pub struct NmeaGnss {
    options: Arc<GnssOptions>,
}

impl Format for NmeaGnss {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::GnssDecoder::new(Arc::clone(&self.options)))
    }
}
