//! Cursor on Target as protocol buffers, TAK protocol version 1: on a stream, in datagrams, or bare; and said in it.
//!
//! Framings, fields and the codes of rejects stand in the `README.md` of this folder, what is concluded in that of
//! `cot_xml`; the work is done in [`cot`](super::cot).

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::cot::{CotDecoder, CotEncoder, CotOptions, Form};
use crate::contract::Decoder;
use crate::encode::Encoder;
use crate::registry::{Format, Kind, OptionProblem, Options};

/// The registration of this format.
pub const KIND: Kind = Kind {
    kind: "cot_proto",
    summary: "Cursor on Target events as protocol buffers (TAK protocol version 1: mesh, stream or bare)",
    example: include_str!("example.yaml"),
    build,
};

fn build(options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match CotOptions::parse(KIND.kind, options.yaml) {
        Ok(cot) => Ok(Arc::new(CotProto {
            options: Arc::new(cot),
        })),
        Err(problems) => Err(problems
            .iter()
            .map(|p| p.to_option_problem(options.first_line))
            .collect()),
    }
}

/// CoT in protocol buffers with its options.
#[derive(Debug, Clone)]
pub struct CotProto {
    options: Arc<CotOptions>,
}

impl Format for CotProto {
    fn kind(&self) -> &'static str {
        KIND.kind
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(CotDecoder::proto(Arc::clone(&self.options)))
    }

    fn encoder(&self) -> Option<Box<dyn Encoder>> {
        Some(Box::new(CotEncoder::new(Form::Proto)))
    }
}
