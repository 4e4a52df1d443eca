//! CISE, the Common Information Sharing Environment of the maritime authorities of the European Union: messages of the
//! service model with entities of the data model 1.5.3.
//!
//! What is read, what is concluded, what is left out and what is spoken stands in the `README.md` of this folder.

mod acknowledge;
mod config;
mod decode;
mod encode;
#[cfg(test)]
mod encode_tests;
mod marking;
mod message;
mod normalise;
mod place;
mod schema;
mod speak;
#[cfg(test)]
mod tests;
mod time;
mod types;
mod value;
mod vehicle;

use std::sync::Arc;

pub use acknowledge::{AckCode, Answer, acknowledgement};
pub use config::{CiseOptions, Strictness};
pub use speak::Speak;

use crate::contract::Decoder;
use crate::encode::Encoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "cise",
    summary: "CISE messages (service model v1, data model 1.5.3 of EUCISE2020 and JRC)",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match CiseOptions::parse(options.yaml) {
        Ok(cise) => Ok(Arc::new(Cise {
            options: Arc::new(cise),
        })),
        Err(problems) => Err(problems
            .iter()
            .map(|p| p.to_option_problem(options.first_line))
            .collect()),
    }
}

/// CISE with its options.
#[derive(Debug, Clone)]
pub struct Cise {
    options: Arc<CiseOptions>,
}

impl Format for Cise {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(decode::CiseDecoder::new(Arc::clone(&self.options)))
    }

    fn encoder(&self) -> Option<Box<dyn Encoder>> {
        let speak = self.options.speak.clone()?;
        Some(Box::new(encode::CiseEncoder::new(speak)))
    }
}
