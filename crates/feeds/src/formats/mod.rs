//! One folder per format. Each has a README with its specification, paragraphs and units, and passes
//! `contract!`.

pub mod ais_nmea;
pub mod asterix;
pub mod cap;
pub mod json;
pub mod nmea_gnss;
pub mod osmand;
pub mod owntracks;
mod pieces;
