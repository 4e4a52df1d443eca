//! Extended squitters as a transponder sends them (DF17, ICAO Annex 10 volume IV, 3.1.2.8.6), as lines of an AVR stream.

use oneroof_model::LatLon;

/// Generator of the parity of 24 bits (Annex 10 volume IV, 3.1.2.3.3.1.2), without its highest term.
const PARITY: u32 = 0x00ff_f409;

/// Steps of a coded latitude or longitude: 17 bits.
const STEPS: f64 = 131_072.0;

/// What an aircraft says of its movement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flight {
    /// Where.
    pub(crate) at: LatLon,
    /// Pressure altitude, feet, -1,000 to 50,175.
    pub(crate) altitude_ft: i32,
    /// Ground speed, knots, below 1,022.
    pub(crate) speed_kn: f64,
    /// Track over ground, degrees from true north.
    pub(crate) track_deg: f64,
    /// Climb, feet a minute.
    pub(crate) climb_fpm: i32,
}

/// Bits put together from the highest.
struct Bits(u64);

impl Bits {
    const fn put(self, value: u64, width: u32) -> Self {
        Self((self.0 << width) | (value & ((1 << width) - 1)))
    }
}

/// A line with the message of an aircraft; `me` are its 56 bits.
fn line(address: u32, me: u64) -> String {
    // DF 17, capability 5: airborne.
    let head = (u128::from(0x8d_u8) << 24) | u128::from(address & 0x00ff_ffff);
    let body = (head << 56) | u128::from(me & 0x00ff_ffff_ffff_ffff);
    format!("*{body:022X}{:06X};\n", parity(body, 88))
}

/// The remainder of the message's bits after division by the generator.
fn parity(message: u128, bits: u32) -> u32 {
    let mut rest = 0_u32;
    for i in (0..bits).rev() {
        let bit = u32::from((message >> i) & 1 == 1);
        let high = (rest >> 23) & 1;
        rest = (rest << 1) & 0x00ff_ffff;
        if high ^ bit == 1 {
            rest ^= PARITY;
        }
    }
    rest
}

/// Its call sign, at most eight letters and digits, and its category (type code 4; 3.1.2.8.6.4, table A-2-8).
pub(crate) fn identification(address: u32, call_sign: &str, category: u64) -> String {
    let mut me = Bits(0).put(4, 5).put(category, 3);
    for c in call_sign.bytes().chain(core::iter::repeat(b' ')).take(8) {
        me = me.put(u64::from(c.to_ascii_uppercase() & 0x3f), 6);
    }
    line(address, me.0)
}

/// Its position, airborne (type code 11), in the even or odd coding.
pub(crate) fn position(address: u32, flight: &Flight, odd: bool) -> String {
    let (lat, lon) = compact(flight.at, odd);
    // 25-foot steps, with the bit that says so in the middle.
    let steps = u64::try_from((flight.altitude_ft + 1_000) / 25).unwrap_or(0);
    let altitude = ((steps >> 4) << 5) | 0x10 | (steps & 0x0f);
    let me = Bits(0)
        .put(11, 5)
        .put(0, 3)
        .put(altitude, 12)
        .put(0, 1)
        .put(u64::from(odd), 1)
        .put(lat, 17)
        .put(lon, 17);
    line(address, me.0)
}

/// Its velocity over ground (type code 19, subtype 1).
pub(crate) fn velocity(address: u32, flight: &Flight) -> String {
    let track = flight.track_deg.to_radians();
    let part = |knots: f64| (u64::from(knots < 0.0), whole(knots.abs()) + 1);
    let (west, east_west) = part(flight.speed_kn * track.sin());
    let (south, north_south) = part(flight.speed_kn * track.cos());
    let climb = u64::from(flight.climb_fpm.unsigned_abs() / 64) + 1;
    let me = Bits(0)
        .put(19, 5)
        .put(1, 3)
        .put(0, 5)
        .put(west, 1)
        .put(east_west, 10)
        .put(south, 1)
        .put(north_south, 10)
        // The source of the climb is the pressure altitude.
        .put(1, 1)
        .put(u64::from(flight.climb_fpm < 0), 1)
        .put(climb, 9)
        .put(0, 10);
    line(address, me.0)
}

/// Compact position reporting, airborne (Annex 10 volume III, C.2.6.3).
fn compact(at: LatLon, odd: bool) -> (u64, u64) {
    let i = f64::from(u8::from(odd));
    let zone = 360.0 / (60.0 - i);
    let lat = (STEPS * at.lat().rem_euclid(zone) / zone).round();
    let seen = zone * (lat / STEPS + (at.lat() / zone).floor());
    let wide = 360.0 / (f64::from(zones(seen)) - i).max(1.0);
    let lon = (STEPS * at.lon().rem_euclid(wide) / wide).round();
    (whole(lat.rem_euclid(STEPS)), whole(lon.rem_euclid(STEPS)))
}

/// Zones of longitude at a latitude, 1 to 59 (C.2.6.2).
fn zones(lat: f64) -> u8 {
    let lat = lat.abs().to_radians();
    if lat.to_degrees() >= 87.0 {
        return 1;
    }
    let ratio = (1.0 - (core::f64::consts::PI / 30.0).cos()) / lat.cos().powi(2);
    let angle = (1.0 - ratio).clamp(-1.0, 1.0).acos();
    let n = (core::f64::consts::TAU / angle).floor().clamp(1.0, 59.0);
    u8::try_from(whole(n)).unwrap_or(59)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers give small numbers that are not negative"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use oneroof_feeds::{Options, Output, build};
    use oneroof_model::{Draft, PositionDraft, Time};

    use super::*;

    /// What the format makes of lines.
    fn heard(lines: &[String]) -> Vec<PositionDraft> {
        let at = Time::from_secs(1_795_401_660);
        let mut decoder = build("adsb_avr", Options::new("")).unwrap().decoder();
        let mut out = Output::default();
        decoder.push(lines.concat().as_bytes(), at, &mut out);
        decoder.finish(at, &mut out);
        assert!(out.rejects.is_empty(), "{:?}", out.rejects);
        let drafts = out.drafts.into_iter().map(|d| d.draft);
        drafts
            .filter_map(|d| match d {
                Draft::Position(p) => Some(p),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_receiver_understands_what_is_sent() {
        let flight = Flight {
            at: LatLon::new(47.75, 26.1).unwrap(),
            altitude_ft: 36_000,
            speed_kn: 450.0,
            track_deg: 212.0,
            climb_fpm: -640,
        };
        let drafts = heard(&[
            identification(0x4a_b123, "TST482", 3),
            velocity(0x4a_b123, &flight),
            position(0x4a_b123, &flight, false),
            position(0x4a_b123, &flight, true),
        ]);
        let here = drafts.iter().rev().find_map(|d| d.position).unwrap();
        assert!(here.distance_m(flight.at) < 10.0, "{here:?}");
        let text = serde_json::to_string(&drafts).unwrap();
        assert!(text.contains("4ab123") && text.contains("TST482"), "{text}");
        let speed = drafts.iter().rev().find_map(|d| d.speed_mps).unwrap();
        assert!(
            (f64::from(speed) - 450.0 * 1_852.0 / 3_600.0).abs() < 1.0,
            "{speed}"
        );
    }

    #[test]
    fn the_parity_is_that_of_a_published_message() {
        // A message printed in many textbooks on the subject.
        assert_eq!(parity(0x008D_4062_1D58_C382_D690_C8AC, 88), 0x28_63A7);
    }
}
