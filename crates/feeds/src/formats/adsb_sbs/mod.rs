//! Aircraft as comma-separated lines of `BaseStation` (port 30003): what dump1090 and its successors give out too.
//!
//! What is read, and what is left out, stands in the `README.md` of this folder.

mod config;
mod decode;
mod line;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use config::SbsOptions;

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "adsb_sbs",
    summary: "Aircraft in BaseStation lines (SBS-1, port 30003)",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    let parsed = options.parse::<SbsOptions>()?;
    let zone = parsed.zone().map_err(|message| {
        vec![OptionProblem {
            line: options.first_line,
            column: 1,
            message,
            help: Some("a name of the IANA database, such as Europe/Kyiv, or UTC".to_owned()),
        }]
    })?;
    Ok(Arc::new(AdsbSbs { zone }))
}

/// Lines of `BaseStation` with their options.
#[derive(Debug, Clone)]
pub struct AdsbSbs {
    zone: jiff::tz::TimeZone,
}

impl Format for AdsbSbs {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::SbsDecoder::new(self.zone.clone()))
    }
}
