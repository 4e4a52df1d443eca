//! Aircraft as JSON: `aircraft.json` of dump1090, readsb and tar1090 in all their vintages.
//!
//! What is read, and what is left out, stands in the `README.md` of this folder.

mod aircraft;
mod decode;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;

use crate::contract::Decoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "adsb_json",
    summary: "Aircraft in JSON snapshots or lines (`aircraft.json` of dump1090, readsb, tar1090)",
    example: include_str!("example.yaml"),
    build,
};

/// Options of `adsb_json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct JsonOptions {
    /// The format's name, as the feed's file has it.
    kind: String,
}

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    options
        .parse::<JsonOptions>()
        .map(|_nothing_to_set| Arc::new(AdsbJson) as Arc<dyn Format>)
}

/// `aircraft.json`. It has no options.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdsbJson;

impl Format for AdsbJson {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::JsonDecoder::new())
    }
}
