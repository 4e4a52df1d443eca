//! Cursor on Target 2.0 as XML, on a stream or one event a datagram; and said in it.
//!
//! What is read and concluded, and the codes of rejects, stand in the `README.md` of this folder; the work is done in
//! [`cot`](super::cot).

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::cot::{CotDecoder, CotEncoder, CotOptions, Form};
use crate::contract::Decoder;
use crate::encode::Encoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "cot_xml",
    summary: "Cursor on Target 2.0 events as XML, as TAK servers and clients send them (TAK protocol version 0)",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match CotOptions::parse(KIND.kind, options.yaml) {
        Ok(cot) => Ok(Arc::new(CotXml {
            options: Arc::new(cot),
        })),
        Err(problems) => Err(problems
            .iter()
            .map(|p| p.to_option_problem(options.first_line))
            .collect()),
    }
}

/// CoT in XML with its options.
#[derive(Debug, Clone)]
pub struct CotXml {
    options: Arc<CotOptions>,
}

impl Format for CotXml {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(CotDecoder::xml(Arc::clone(&self.options)))
    }

    fn encoder(&self) -> Option<Box<dyn Encoder>> {
        Some(Box::new(CotEncoder::new(Form::Xml)))
    }
}
