//! Compact position reporting: latitude and longitude out of 17 bits each (ICAO Annex 10 Vol IV, 3.1.2.8 with
//! Doc 9871, C.2.6; RTCA DO-260B, A.1.7).
//!
//! A message says where in a zone the aircraft is, and alternates between 60 zones of latitude (even) and 59
//! (odd). One of each, sent within seconds, tell the zone (global decoding); a position known from before tells
//! it as well (local decoding).

use oneroof_model::LatLon;

/// 2 to the power of 17: values in a zone.
const CELLS: f64 = 131_072.0;

/// What a position message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cpr {
    /// Of 59 zones (true) or 60 (false).
    pub odd: bool,
    /// 0 to 131 071.
    pub lat: u32,
    /// 0 to 131 071.
    pub lon: u32,
    /// On the ground, where zones are a quarter as large.
    pub surface: bool,
}

impl Cpr {
    fn lat(self) -> f64 {
        f64::from(self.lat) / CELLS
    }

    fn lon(self) -> f64 {
        f64::from(self.lon) / CELLS
    }

    /// Degrees over which zones repeat: 360, on the ground 90.
    const fn span(self) -> f64 {
        if self.surface { 90.0 } else { 360.0 }
    }

    const fn zones(self) -> f64 {
        if self.odd { 59.0 } else { 60.0 }
    }

    /// The place nearest to `near` that fits the message (DO-260B, A.1.7.5 and A.1.7.6). Right where the
    /// aircraft is within half a zone of it: 180 NM, on the ground 45 NM.
    pub(super) fn local(self, near: LatLon) -> Option<LatLon> {
        let zone = self.span() / self.zones();
        let index = (0.5 + near.lat() / zone - self.lat()).floor();
        let lat = zone * (index + self.lat());
        let zone = self.span() / self.lon_zones(lat);
        let index = (0.5 + near.lon() / zone - self.lon()).floor();
        LatLon::new(lat, wrapped(zone * (index + self.lon()))).ok()
    }

    /// Zones of longitude at a latitude: one less in odd messages, at least one.
    fn lon_zones(self, lat: f64) -> f64 {
        (zones_at(lat) - f64::from(u8::from(self.odd))).max(1.0)
    }
}

/// The place that an even and an odd message give, by the newer of the two (DO-260B, A.1.7.3 and A.1.7.4); on the
/// ground one of eight, the one nearest to `near`, so nothing without it. Nothing where the two lie in different
/// zones of longitude.
pub(super) fn global(newer: Cpr, older: Cpr, near: Option<LatLon>) -> Option<LatLon> {
    if newer.odd == older.odd || newer.surface != older.surface {
        return None;
    }
    let (even, odd) = if newer.odd {
        (older, newer)
    } else {
        (newer, older)
    };
    let index = (59.0 * even.lat() - 60.0 * odd.lat() + 0.5).floor();
    let at = |cpr: Cpr| {
        let zone = cpr.span() / cpr.zones();
        zone * (index.rem_euclid(cpr.zones()) + cpr.lat())
    };
    let (mut even_lat, mut odd_lat) = (at(even), at(odd));
    if newer.surface {
        // North or south of the equator, whichever is nearer.
        let lat = if newer.odd { odd_lat } else { even_lat };
        let near = near?.lat();
        if (lat - 90.0 - near).abs() < (lat - near).abs() {
            even_lat -= 90.0;
            odd_lat -= 90.0;
        }
    } else {
        let south = |lat: f64| if lat >= 270.0 { lat - 360.0 } else { lat };
        (even_lat, odd_lat) = (south(even_lat), south(odd_lat));
    }
    let zones = zones_at(even_lat);
    #[expect(clippy::float_cmp, reason = "whole numbers out of a table")]
    if zones != zones_at(odd_lat) {
        return None;
    }
    let lat = if newer.odd { odd_lat } else { even_lat };
    let index = (even.lon() * (zones - 1.0) - odd.lon() * zones + 0.5).floor();
    let own = newer.lon_zones(lat);
    let lon = newer.span() / own * (index.rem_euclid(own) + newer.lon());
    let lon = if newer.surface {
        let quarters = ((near?.lon() - lon) / 90.0).round();
        lon + 90.0 * quarters
    } else {
        lon
    };
    LatLon::new(lat, wrapped(lon)).ok()
}

/// A longitude as -180 to below 180.
fn wrapped(lon: f64) -> f64 {
    if (-180.0..180.0).contains(&lon) {
        lon
    } else {
        (lon + 180.0).rem_euclid(360.0) - 180.0
    }
}

/// Zones of longitude at a latitude in degrees: 59 at the equator, one beyond 87 degrees (DO-260B, A.1.7.2).
fn zones_at(lat: f64) -> f64 {
    let lat = lat.abs();
    let below = LAST_LATITUDES.partition_point(|last| *last <= lat);
    59.0 - f64::from(u8::try_from(below).unwrap_or(58))
}

/// Latitudes in degrees at which there is one zone less: of 59, 58, ... 2 zones. Of `n` zones it is
/// `acos(sqrt((1 - cos(pi / 30)) / (1 - cos(2 pi / n))))` (DO-260B, A.1.7.2 d); a test computes them.
const LAST_LATITUDES: [f64; 58] = [
    10.470_471_299_968,
    14.828_174_368_687,
    18.186_263_570_713,
    21.029_394_926_028,
    23.545_044_865_571,
    25.829_247_070_588,
    27.938_987_101_219,
    29.911_356_857_318,
    31.772_097_076_811,
    33.539_934_362_985,
    35.228_995_977_964,
    36.850_251_075_935,
    38.412_418_924_123,
    39.922_566_843_339,
    41.386_518_322_602,
    42.809_140_122_436,
    44.194_549_514_193,
    45.546_267_226_602,
    46.867_332_524_987,
    48.160_391_280_966,
    49.427_764_392_557,
    50.671_501_655_538,
    51.893_424_691_688,
    53.095_161_527_960,
    54.278_174_722_729,
    55.443_784_444_950,
    56.593_187_562_059,
    57.727_473_538_661,
    58.847_637_761_485,
    59.954_592_766_940,
    61.049_177_742_464,
    62.132_166_592_103,
    63.204_274_793_819,
    64.266_165_225_674,
    65.318_453_096_821,
    66.361_710_083_826,
    67.396_467_740_847,
    68.423_220_220_833,
    69.442_426_311_440,
    70.454_510_749_876,
    71.459_864_730_290,
    72.458_845_447_289,
    73.451_774_416_679,
    74.438_934_157_251,
    75.420_562_566_534,
    76.396_843_907_945,
    77.367_894_613_282,
    78.333_740_829_227,
    79.294_282_254_569,
    80.249_232_132_805,
    81.198_013_492_719,
    82.139_569_805_106,
    83.071_994_447_198,
    83.991_735_629_806,
    84.891_661_907_021,
    85.755_416_209_444,
    86.535_369_975_121,
    87.000_000_000_000,
];

#[cfg(test)]
mod tests {
    use core::f64::consts::PI;

    use super::*;

    /// The encoder of DO-260B, A.1.7.1; fills in latitude and longitude.
    fn encode(at: LatLon, probe: Cpr) -> Cpr {
        // Cells of the whole globe; what is sent is the rest by 2 to the power of 17.
        let cells = |degrees: f64, zone: f64| (CELLS * degrees / zone + 0.5).floor();
        let sent = |cells: f64| {
            format!("{}", cells.rem_euclid(CELLS).abs())
                .parse()
                .unwrap()
        };
        let zone = probe.span() / probe.zones();
        let north = cells(at.lat(), zone);
        // The latitude as it will be read decides on the zones of longitude.
        let read = zone * north / CELLS;
        let east = cells(at.lon(), probe.span() / probe.lon_zones(read));
        Cpr {
            lat: sent(north),
            lon: sent(east),
            ..probe
        }
    }

    const EVEN: Cpr = Cpr {
        odd: false,
        lat: 0,
        lon: 0,
        surface: false,
    };
    const ODD: Cpr = Cpr { odd: true, ..EVEN };

    const fn ground(cpr: Cpr) -> Cpr {
        Cpr {
            surface: true,
            ..cpr
        }
    }

    fn places() -> impl Iterator<Item = LatLon> {
        (0..4000_u32).map(|i| {
            let lat = f64::from(i.wrapping_mul(7_919) % 17_400) / 100.0 - 86.9;
            let lon = f64::from(i.wrapping_mul(104_729) % 35_999) / 100.0 - 180.0;
            LatLon::new(lat, lon).unwrap()
        })
    }

    #[test]
    fn the_table_is_that_of_the_formula() {
        for (index, last) in LAST_LATITUDES.iter().enumerate() {
            let zones = f64::from(59 - u32::try_from(index).unwrap());
            let share = (1.0 - (PI / 30.0).cos()) / (1.0 - (2.0 * PI / zones).cos());
            let lat = share.sqrt().acos().to_degrees();
            assert!((lat - last).abs() < 1e-9, "{zones} zones end at {lat}");
        }
        for (lat, zones) in [
            (0.0, 59),
            (10.0, 59),
            (-46.0, 41),
            (86.9, 2),
            (87.1, 1),
            (90.0, 1),
        ] {
            assert!((zones_at(lat) - f64::from(zones)).abs() < 0.5, "{lat}");
        }
    }

    #[test]
    fn a_pair_gives_back_the_place_to_a_few_metres_wherever_it_is() {
        let mut tried = 0;
        for at in places() {
            for (newer, older) in [
                (EVEN, ODD),
                (ODD, EVEN),
                (ground(EVEN), ground(ODD)),
                (ground(ODD), ground(EVEN)),
            ] {
                let (newer, older) = (encode(at, newer), encode(at, older));
                let near = LatLon::new(at.lat() * 0.999, at.lon() * 0.999).unwrap();
                // Nothing right at the edge of a zone of longitude, where the two read differently.
                let Some(read) = global(newer, older, Some(near)) else {
                    continue;
                };
                tried += 1;
                // Half a cell of longitude, which is widest where there is one zone only.
                let limit = if newer.surface { 2.5 } else { 9.5 };
                assert!(read.distance_m(at) < limit, "{at:?} was read as {read:?}");
                assert!(newer.local(near).unwrap().distance_m(read) < 0.01, "{at:?}");
            }
        }
        assert!(tried > 15_900, "{tried}");
    }

    #[test]
    fn without_a_place_nearby_the_ground_stays_unknown() {
        let at = LatLon::new(50.345, 30.895).unwrap();
        let (even, odd) = (encode(at, ground(EVEN)), encode(at, ground(ODD)));
        assert_eq!(global(even, odd, None), None);
        assert_eq!(global(even, even, Some(at)), None);
        let airborne = Cpr {
            surface: false,
            ..odd
        };
        assert_eq!(global(even, airborne, Some(at)), None);
    }
}
