//! What agencies say: reports as JSON, positions as AIVDM sentences.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use oneroof_model::{LatLon, Time};
use oneroof_ports::{SystemTime, TimeSource as _};
use oneroof_sim::{Channel, ClassA, Motion};
use serde_json::{Value, json};

/// The moment, by the machine's clock, which is the server's as well.
pub fn now() -> Time {
    SystemTime.now()
}

/// A record of [`crate::JSON_REPORTS`]: persons somewhere in the country, now. Its text is its id, and its place is far
/// from those of others, so that no two are suggested to be one happening.
pub fn report(id: &str) -> Value {
    // FNV-1a, mixed, for a place that is the same whenever the id is.
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = mixed(hash);
    let part = |shift: u32| f64::from(u16::try_from(hash >> shift & 0xffff).unwrap()) / 65_536.0;
    let (lat, lon) = (44.5 + 8.0 * part(16), 22.5 + 17.5 * part(40));
    json!({
        "id": id, "type": "UBC01", "time": now().to_string(), "lat": lat, "lon": lon, "text": format!("report {id}"),
    })
}

/// A number in which every bit depends on every bit of another (the end of `SplitMix64`).
pub(crate) const fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// A vessel near Odesa as a position report of class A.
pub fn vessel(mmsi: u32) -> String {
    let step = f64::from(mmsi % 1_000);
    vessel_at(mmsi, 45.5 + step * 0.0005, 30.5 + step * 0.0005)
}

/// A vessel as a position report of class A, with its line end.
pub fn vessel_at(mmsi: u32, lat: f64, lon: f64) -> String {
    let motion = Motion {
        mmsi,
        at: LatLon::new(lat, lon).unwrap(),
        speed_kn: 8.0,
        course_deg: 90.0,
        second: 60,
    };
    motion.class_a(ClassA::Scheduled, 0, Channel::A)
}

/// Packed with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}
