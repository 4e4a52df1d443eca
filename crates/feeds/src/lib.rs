//! Formats that agencies send: bytes in, drafts out; and where a format is spoken too, views in, bytes out ([`encode`]).
//!
//! A format is a folder under `formats/`; what all of them promise is in [`contract`]. This crate reads
//! no clock and opens no file or socket, so that a replay gives what was given live: the moment of
//! reception is a parameter.
//!
//! Beside the formats: [`sniff`] knows gzip and packet captures by their first bytes, [`pace`] finds the
//! times within a capture, [`framing`] cuts lines, [`trial`] tells record by record what became of a sample.

mod charset;
pub mod contract;
#[cfg(test)]
mod contract_tests;
pub mod devices;
pub mod encode;
#[cfg(test)]
mod encode_tests;
pub mod formats;
pub mod framing;
mod json_read;
mod json_text;
pub mod mapping;
pub mod pace;
pub mod registry;
pub mod sniff;
mod time_of_day;
pub mod trial;
mod vocabulary;
mod xml;

pub use contract::{
    Decoded, Decoder, Details, Drafted, Follow, MAX_DATAGRAM_END, MAX_REJECT_RAW, Origin, Output,
    Reject, RejectReason,
};
pub use registry::{Format, KINDS, Kind, OptionProblem, Options, build, kind};
pub use trial::{Tried, tried};
