//! One folder per format. Each has a README with its specification, paragraphs and units, and passes
//! `contract!`.

pub mod ais_nmea;
pub mod cap;
pub mod csv;
pub mod geojson;
pub mod json;
pub mod xml;
