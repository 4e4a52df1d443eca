//! What a collision avoidance system says (ICAO Annex 10 Vol IV, 4.3.8.4.2): resolution advisories in register
//! 3,0, in coordination replies, and told to everyone in type code 28.

use serde::Serialize;

use super::bits::{flag, number, small, wide};
use super::codes::{Hex, altitude_ft};

/// A resolution advisory; bits 9 to 56 of its field (4.3.8.4.2.2.1).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a bit of the standard"
)]
pub(super) struct Advisory {
    /// An advisory was issued, all in one sense.
    issued_ra: bool,
    corrective: bool,
    downward_sense: bool,
    increased_rate: bool,
    sense_reversal: bool,
    altitude_crossing: bool,
    positive: bool,
    /// What others must not do: pass below, above, turn left, right.
    no_below: bool,
    no_above: bool,
    no_left: bool,
    no_right: bool,
    ra_terminated: bool,
    multiple_threat: bool,
    /// 0 none, 1 by address, 2 by altitude, range and bearing (4.3.8.4.2.2.1.6).
    threat_type_indicator: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    threat_icao: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threat_altitude_ft: Option<i32>,
    /// Nautical miles in steps of 0.1; 12.6 is that or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    threat_range_nm: Option<f64>,
    /// Degrees from the nose, the middle of a sector of six.
    #[serde(skip_serializing_if = "Option::is_none")]
    threat_bearing_deg: Option<u16>,
}

impl Advisory {
    pub(super) fn read(field: u64) -> Self {
        let kind = small(field, 29, 2);
        let by_place = kind == 2;
        let range = small(field, 44, 7);
        let bearing = number(field, 51, 6);
        Self {
            issued_ra: flag(field, 9),
            corrective: flag(field, 10),
            downward_sense: flag(field, 11),
            increased_rate: flag(field, 12),
            sense_reversal: flag(field, 13),
            altitude_crossing: flag(field, 14),
            positive: flag(field, 15),
            no_below: flag(field, 23),
            no_above: flag(field, 24),
            no_left: flag(field, 25),
            no_right: flag(field, 26),
            ra_terminated: flag(field, 27),
            multiple_threat: flag(field, 28),
            threat_type_indicator: kind,
            threat_icao: (kind == 1).then(|| Hex::address(wide(field, 31, 24))),
            threat_altitude_ft: by_place
                .then(|| altitude_ft(number(field, 31, 13)))
                .flatten(),
            threat_range_nm: (by_place && range > 0).then(|| f64::from(range - 1) / 10.0),
            threat_bearing_deg: (by_place && bearing > 0).then(|| 6 * (bearing - 1) + 3),
        }
    }
}
