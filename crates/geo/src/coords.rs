//! Any of the forms in which a person gives a position.

use std::str::FromStr as _;

use oneroof_model::LatLon;

use crate::dms::parse_angles;
use crate::mgrs::Mgrs;
use crate::utm::Utm;

/// A text that is no position in the form asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a position in {form}: {text:?}")]
pub struct CoordsError {
    /// The form that was expected.
    pub form: &'static str,
    /// The text, cut to its first 64 characters.
    pub text: String,
}

impl CoordsError {
    pub(crate) fn not(form: &'static str, text: &str) -> Self {
        Self {
            form,
            text: text.chars().take(64).collect(),
        }
    }
}

/// Reads a position however it is written: MGRS (the middle of the square), UTM, or degrees.
///
/// # Errors
/// Where the text is none of them.
pub fn parse_position(text: &str) -> Result<LatLon, CoordsError> {
    if let Some(at) = Utm::from_str(text).ok().and_then(Utm::to_lat_lon) {
        return Ok(at);
    }
    if let Some(at) = Mgrs::from_str(text).ok().and_then(|square| square.center()) {
        return Ok(at);
    }
    parse_angles(text).map_err(|_any| CoordsError::not("MGRS, UTM or latitude and longitude", text))
}
