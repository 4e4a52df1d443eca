//! Weather at the cells of a grid or at stations: the newest reading of each, as its agency says it.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::text_id;
use crate::{FeedId, LatLon, Marking, Mode, OrgId, Time};

text_id! {
    /// A cell of a grid or a station, by the sender's own name (`RO02-3`).
    CellId,
}

/// Most cells that the centre keeps; a further one is put aside.
pub const MAX_WEATHER_CELLS: usize = 2_000;

/// A cell that was not heard of for so long, seconds, gives way: a day.
pub const WEATHER_FORGOTTEN_S: i64 = 86_400;

/// What was measured or computed; what the sender does not say is missing.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WeatherValues {
    /// Speed of the wind, m/s, 0 to 150.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wind_mps: Option<f64>,
    /// Where the wind comes from, degrees from north, 0 to 360.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wind_from_deg: Option<f64>,
    /// Gusts, m/s, 0 to 150.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gust_mps: Option<f64>,
    /// Visibility, metres, 0 to 200 000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility_m: Option<f64>,
    /// Temperature of the air, degrees Celsius, -100 to 70.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f64>,
    /// Precipitation, millimetres an hour, 0 to 1 000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precipitation_mm_h: Option<f64>,
}

impl WeatherValues {
    /// Whether each value that is there can be.
    pub fn can_be(&self) -> bool {
        [
            (self.wind_mps, 0.0..=150.0),
            (self.wind_from_deg, 0.0..=360.0),
            (self.gust_mps, 0.0..=150.0),
            (self.visibility_m, 0.0..=200_000.0),
            (self.temperature_c, -100.0..=70.0),
            (self.precipitation_mm_h, 0.0..=1_000.0),
        ]
        .into_iter()
        .all(|(value, range)| value.is_none_or(|v| range.contains(&v)))
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A reading as a sender gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeatherDraft {
    /// The cell or station.
    pub cell: CellId,
    /// Where it is; may be missing where it was said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LatLon>,
    /// When it was observed; the newest wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// What was observed.
    #[serde(flatten)]
    pub values: WeatherValues,
    /// Mode, where the sender states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

/// A reading as it is journalled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeatherReading {
    /// The cell or station.
    pub cell: CellId,
    /// Real, exercise or test.
    pub mode: Mode,
    /// Where it is.
    pub position: LatLon,
    /// When it was observed; never after it came.
    pub at: Time,
    /// What was observed.
    #[serde(flatten)]
    pub values: WeatherValues,
}

/// Readings that came together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeatherBatch {
    /// By which feed.
    pub feed: FeedId,
    /// Of which agency.
    pub org: OrgId,
    /// Who may see them.
    pub marking: Marking,
    /// The readings.
    pub readings: Vec<WeatherReading>,
}

/// The newest reading of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weather {
    /// What was read.
    pub reading: WeatherReading,
    /// When it came.
    pub heard: Time,
    /// By which feed.
    pub feed: FeedId,
    /// Of which agency.
    pub org: OrgId,
    /// Who may see it.
    pub marking: Marking,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_be_are_told_from_those_that_can() {
        let wind = |v| WeatherValues {
            wind_mps: Some(v),
            ..WeatherValues::default()
        };
        assert!(wind(0.0).can_be() && wind(42.0).can_be() && WeatherValues::default().can_be());
        for wrong in [-1.0, 151.0, f64::NAN, f64::INFINITY] {
            assert!(!wind(wrong).can_be(), "{wrong}");
        }
        assert!(WeatherValues::default().is_empty() && !wind(0.0).is_empty());
    }

    #[test]
    fn a_draft_is_written_flat() {
        let draft: WeatherDraft =
            serde_json::from_str(r#"{"cell":"RO02-3","wind_mps":7.5,"visibility_m":300}"#).unwrap();
        assert_eq!(draft.values.visibility_m, Some(300.0));
        let json = serde_json::to_string(&draft).unwrap();
        assert_eq!(
            json,
            r#"{"cell":"RO02-3","wind_mps":7.5,"visibility_m":300.0}"#
        );
    }
}
