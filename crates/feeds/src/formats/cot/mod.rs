//! Cursor on Target (CoT): the event itself, as XML and as a TAK protocol buffer, what is concluded from it, and how the
//! picture is said in it. The kinds `cot_xml` and `cot_proto` are thin folders around this module.
//!
//! Nothing here knows a connection. A TAK endpoint builds on [`Event`], [`TakMessage`] and [`Negotiation`].

mod config;
mod decode;
mod element;
mod event;
mod fields;
mod frame;
mod message;
mod negotiate;
mod normalise;
#[cfg(test)]
mod peers;
mod place;
mod proto;
mod reader;
mod report;
mod scan;
mod speak;
#[cfg(test)]
mod speak_tests;
#[cfg(test)]
mod tests;
mod types;
pub mod xml;

use crate::contract::RejectReason;

pub use config::{CotOptions, Framing, Strictness, UnitName};
pub use decode::CotDecoder;
pub use element::{Element, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, Node};
pub use event::{Event, Point, UNKNOWN_M};
#[cfg(test)]
pub(crate) use frame::DATAGRAM_END;
pub use message::{TakControl, TakMessage};
pub use negotiate::{Negotiation, PING, PONG, ping, pong};
pub use reader::EventReader;
pub use speak::{CotEncoder, Form, delete, event_of, uid_of};

/// Why something is no event that is read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Fault {
    /// Stable code in `snake_case`; the README of `cot_xml` lists them.
    pub code: &'static str,
    /// What exactly, in English.
    pub detail: String,
}

impl Fault {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    fn reason(self) -> RejectReason {
        RejectReason::new(self.code, self.detail)
    }
}
