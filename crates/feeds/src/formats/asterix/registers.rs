//! Mode S registers in I048/250 and I062/380 #25: ICAO Doc 9871 (second edition), tables A-2-64, -68, -69, -80, -96.
//!
//! Where a status bit is 0 its value means nothing; both are shown as they were sent.

use serde_json::{Map, Value, json};

use super::field::{Field, bits, describe as fields, hex, pressure, q, raw, spare, sq, u};

/// Octets of a register with its number.
pub(super) const OCTETS: usize = 8;

/// Register 4,0: selected vertical intention.
const SELECTED_INTENTION: &[Field] = &[
    u("MCP_ALT_STATUS", 1),
    q("MCP_ALT", 12, 16.0, "ft"),
    u("FMS_ALT_STATUS", 1),
    q("FMS_ALT", 12, 16.0, "ft"),
    u("BP_STATUS", 1),
    pressure("BP", 12),
    u("res1", 8),
    u("MODE_STATUS", 1),
    u("VNAV", 1),
    u("ALT_HOLD", 1),
    u("APP", 1),
    u("res2", 2),
    u("TARGET_ALT_STATUS", 1),
    u("TARGET_ALT_SOURCE", 2),
];

/// Register 4,4: meteorological routine air report.
const WEATHER: &[Field] = &[
    u("FOM_SOURCE", 4),
    u("STATUS_WIND", 1),
    q("WIND_SPEED", 9, 1.0, "kt"),
    q("WIND_DIRECTION", 9, 180.0 / 256.0, "deg"),
    u("STATUS_STATIC_AIR_TEMPERATURE", 1),
    sq("STATIC_AIR_TEMPERATURE", 10, 0.25, "deg_c"),
    u("STATUS_AVERAGE_STATIC_PRESSURE", 1),
    q("AVERAGE_STATIC_PRESSURE", 11, 1.0, "hpa"),
    u("STATUS_TURBULENCE", 1),
    u("TURBULENCE", 2),
    u("STATUS_HUMIDITY", 1),
    q("HUMIDITY", 6, 100.0 / 64.0, "percent"),
];

/// Register 4,5: meteorological hazard report.
const HAZARD: &[Field] = &[
    u("STATUS_TURBULENCE", 1),
    u("TURBULENCE", 2),
    u("STATUS_WIND_SHEAR", 1),
    u("WIND_SHEAR", 2),
    u("STATUS_MICROBURST", 1),
    u("MICROBURST", 2),
    u("STATUS_ICING", 1),
    u("ICING", 2),
    u("STATUS_WAKE_VORTEX", 1),
    u("WAKE_VORTEX", 2),
    u("STATUS_STATIC_AIR_TEMPERATURE", 1),
    sq("STATIC_AIR_TEMPERATURE", 10, 0.25, "deg_c"),
    u("STATUS_AVERAGE_STATIC_PRESSURE", 1),
    q("AVERAGE_STATIC_PRESSURE", 11, 1.0, "hpa"),
    u("STATUS_RADIO_HEIGHT", 1),
    q("RADIO_HEIGHT", 12, 16.0, "ft"),
    u("RESERVED", 5),
];

/// Register 5,0: track and turn report.
const TRACK_AND_TURN: &[Field] = &[
    u("RA_STATUS", 1),
    sq("RA", 10, 45.0 / 256.0, "deg"),
    u("TTA_STATUS", 1),
    sq("TTA", 11, 90.0 / 512.0, "deg"),
    u("GS_STATUS", 1),
    q("GS", 10, 2.0, "kt"),
    u("TAR_STATUS", 1),
    sq("TAR", 10, 8.0 / 256.0, "deg_s"),
    u("TAS_STATUS", 1),
    q("TAS", 10, 2.0, "kt"),
];

/// Register 6,0: heading and speed report.
const HEADING_AND_SPEED: &[Field] = &[
    u("HDG_STATUS", 1),
    sq("HDG", 11, 90.0 / 512.0, "deg"),
    u("IAS_STAT", 1),
    q("IAS", 10, 1.0, "kt"),
    u("MACH_STATUS", 1),
    q("MACH", 10, 2.048 / 512.0, "mach"),
    u("BAR_STATUS", 1),
    sq("BAR", 10, 32.0, "ft_min"),
    u("IVV_STATUS", 1),
    sq("IVV", 10, 32.0, "ft_min"),
];

/// Register 3,0: ACAS active resolution advisory (Annex 10, Volume IV, 4.3.8.4.2.2).
const ADVISORY: &[Field] = &[
    hex("BDS30", 8),
    u("ARA41", 1),
    u("ARA42", 1),
    u("ARA43", 1),
    u("ARA44", 1),
    u("ARA45", 1),
    u("ARA46", 1),
    u("ARA47", 1),
    u("ACAS3", 7),
    u("RAC55", 1),
    u("RAC56", 1),
    u("RAC57", 1),
    u("RAC58", 1),
    u("RAT", 1),
    u("MTE", 1),
    u("TTI", 2),
    u("TID", 26),
];

/// Register 2,0: aircraft identification.
const IDENTIFICATION: &[Field] = &[spare(8), super::field::six("ID", 48)];

/// The fields of one register: 7 octets and its number.
pub(super) fn describe(register: &[u8]) -> Value {
    let content = register.get(..OCTETS - 1).unwrap_or_default();
    let number = bits(register, 56, 8).unwrap_or(0);
    let mut to = Map::new();
    let known = match number {
        0x20 => IDENTIFICATION,
        0x30 => ADVISORY,
        0x40 => SELECTED_INTENTION,
        0x44 => WEATHER,
        0x45 => HAZARD,
        0x50 => TRACK_AND_TURN,
        0x60 => HEADING_AND_SPEED,
        _ => &[],
    };
    fields(known, content, &mut to);
    to.insert("VAL".to_owned(), raw(content));
    to.insert("BDS".to_owned(), json!(format!("{number:02X}")));
    Value::Object(to)
}

/// The fields of a resolution advisory: a register 3,0 whose number is known.
pub(super) fn advisory(content: &[u8]) -> Value {
    let mut to = Map::new();
    fields(ADVISORY, content, &mut to);
    to.insert("VAL".to_owned(), raw(content));
    Value::Object(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_register_fills_its_56_bits() {
        for known in [
            SELECTED_INTENTION,
            WEATHER,
            HAZARD,
            TRACK_AND_TURN,
            HEADING_AND_SPEED,
            ADVISORY,
            IDENTIFICATION,
        ] {
            assert_eq!(super::super::field::width(known), 56, "{known:?}");
        }
    }

    #[test]
    fn a_track_and_turn_report_gives_its_values() {
        // Annex 10 register 5,0: roll -0.70 degrees, ground speed 440 kt, true airspeed 454 kt.
        let content: u64 = 1 << 55 | 0x3fc << 45 | 1 << 32 | 0xdc << 22 | 1 << 10 | 0xe3;
        let mut register = content.to_be_bytes()[1..].to_vec();
        register.push(0x50);
        let got = describe(&register);
        assert_eq!(got["RA_deg"], -0.703_125);
        assert_eq!(got["GS_kt"], 440.0);
        assert_eq!(
            (&got["TAS_STATUS"], &got["TAS_kt"]),
            (&json!(1), &json!(454.0))
        );
        assert_eq!(got["BDS"], "50");
    }
}
