//! One folder per format. Each has a README with its specification, paragraphs and units, and passes
//! `contract!`.

pub mod adsb_avr;
pub mod adsb_beast;
pub mod adsb_json;
pub mod adsb_sbs;
pub mod ais_nmea;
pub mod asterix;
pub mod cap;
pub mod cise;
pub mod cot;
pub mod cot_proto;
pub mod cot_xml;
pub mod csv;
pub mod geojson;
pub mod json;
mod mode_s;
pub mod nmea_gnss;
pub mod osmand;
pub mod owntracks;
mod pieces;
pub mod xml;
