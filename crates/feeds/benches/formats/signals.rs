//! What has bits: vessels in AIS, aircraft in Mode S, a radar's plots in ASTERIX, phones in protocol buffers.

use core::f64::consts::PI;

use super::inputs::{RECEIVED, Spread, checksum};

/// Bits in the order in which they are sent, the highest of a number first.
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    /// The lowest `width` bits of a number, in two's complement.
    fn put(&mut self, value: i64, width: u32) -> &mut Self {
        self.0
            .extend((0..width).rev().map(|bit| (value >> bit) & 1 == 1));
        self
    }

    /// Text in six bits a sign (ITU-R M.1371-5, table 47; ICAO Annex 10 has the same letters).
    fn text(&mut self, text: &str, signs: usize) -> &mut Self {
        let padded = text.bytes().chain(core::iter::repeat(b' '));
        for sign in padded.take(signs) {
            self.put(i64::from(sign & 0x3f), 6);
        }
        self
    }

    fn groups(&self, size: usize) -> impl Iterator<Item = u8> {
        self.0.chunks(size).map(move |chunk| {
            let bits = chunk.iter().chain(core::iter::repeat(&false)).take(size);
            bits.fold(0, |byte, bit| (byte << 1) | u8::from(*bit))
        })
    }
}

/// The nearest whole number; everything here is small.
#[expect(clippy::cast_possible_truncation, reason = "small by construction")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// AIS: nine positions of vessels and the voyage of one, over and over; messages 1 and 5 of ITU-R M.1371-5.
pub(crate) fn ais(messages: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for spread in Spread::of(messages) {
        let mut bits = Bits::default();
        let mmsi = 272_000_000 + spread.small(2_000);
        let static_data = spread.n % 10 == 9;
        if static_data {
            bits.put(5, 6)
                .put(0, 2)
                .put(mmsi, 30)
                .put(0, 2)
                .put(9_000_000 + mmsi % 1_000, 30);
            bits.text("URAB", 7)
                .text(&format!("VESSEL {}", mmsi % 1_000), 20);
            bits.put(70, 8)
                .put(60, 9)
                .put(20, 9)
                .put(8, 6)
                .put(7, 6)
                .put(1, 4);
            bits.put(11, 4)
                .put(25, 5)
                .put(12, 5)
                .put(30, 6)
                .put(61, 8)
                .text("ODESA", 20)
                .put(0, 2);
        } else {
            bits.put(1, 6)
                .put(0, 2)
                .put(mmsi, 30)
                .put(0, 4)
                .put(0, 8)
                .put(spread.small(200), 10)
                .put(1, 1);
            bits.put(whole(spread.lon() * 600_000.0), 28)
                .put(whole(spread.lat() * 600_000.0), 27);
            bits.put(spread.small(3_600), 12)
                .put(spread.small(360), 9)
                .put(spread.small(60), 6);
            bits.put(0, 2 + 3 + 1 + 19);
        }
        let payload: Vec<u8> = bits
            .groups(6)
            .map(|value| if value < 40 { value + 48 } else { value + 56 })
            .collect();
        // The last of the 424 bits of a voyage fill up four of a group's six.
        let fill = (6 - bits.0.len() % 6) % 6;
        let parts: Vec<&[u8]> = payload.chunks(56).collect();
        for (number, part) in parts.iter().enumerate() {
            let last = number + 1 == parts.len();
            let id = if parts.len() > 1 {
                (spread.n / 10 % 10).to_string()
            } else {
                String::new()
            };
            let body = format!(
                "AIVDM,{},{},{id},A,{},{}",
                parts.len(),
                number + 1,
                String::from_utf8_lossy(part),
                if last { fill } else { 0 }
            );
            out.extend(format!("!{body}*{:02X}\r\n", checksum(&body)).bytes());
        }
    }
    out
}

/// Mode S: of each aircraft its name, two positions and its velocity (DF17; ICAO Doc 9871), with right parity.
fn squitters(frames: usize) -> Vec<Vec<u8>> {
    Spread::of(frames).map(squitter).collect()
}

fn squitter(spread: Spread) -> Vec<u8> {
    let aircraft = Spread { n: spread.n / 4 };
    let mut bits = Bits::default();
    bits.put(17, 5)
        .put(5, 3)
        .put(0x50_8000 + aircraft.small(500), 24);
    match spread.n % 4 {
        0 => {
            bits.put(4, 5)
                .put(3, 3)
                .text(&format!("AUI{}", aircraft.small(900)), 8);
        }
        3 => {
            bits.put(19, 5)
                .put(1, 3)
                .put(0, 5)
                .put(0, 1)
                .put(spread.small(400) + 1, 10);
            bits.put(1, 1)
                .put(spread.small(300) + 1, 10)
                .put(0, 1)
                .put(1, 1)
                .put(11, 9)
                .put(0, 2)
                .put(0, 1)
                .put(15, 7);
        }
        parity => {
            let odd = i32::from(parity == 2);
            // 25 ft steps from -1000 ft, the bit that says so in the middle.
            let steps = 1_440 + aircraft.small(100);
            bits.put(11, 5).put(0, 2).put(0, 1);
            bits.put(steps >> 4, 7)
                .put(1, 1)
                .put(steps & 15, 4)
                .put(0, 1)
                .put(i64::from(odd), 1);
            let (lat, lon) = cpr(aircraft.lat(), aircraft.lon(), odd);
            bits.put(lat, 17).put(lon, 17);
        }
    }
    let mut frame: Vec<u8> = bits.groups(8).collect();
    let parity = frame.iter().fold(0_u32, |rest, byte| {
        (0..8).fold(rest ^ (u32::from(*byte) << 16), |rest, _| {
            let rest = rest << 1;
            if rest & 0x0100_0000 == 0 {
                rest
            } else {
                rest ^ 0x01ff_f409
            }
        })
    });
    frame.extend(parity.to_be_bytes().iter().skip(1));
    frame
}

/// Compact position reports of airborne aircraft (ICAO Doc 9871, C.2.6).
fn cpr(lat: f64, lon: f64, odd: i32) -> (i64, i64) {
    let scale = 131_072.0;
    let odd = f64::from(odd);
    let size = 360.0 / (60.0 - odd);
    let y = (scale * lat.rem_euclid(size) / size + 0.5).floor();
    let coded = size * (y / scale + (lat / size).floor());
    let zones = {
        let cos = (PI / 180.0 * coded).cos();
        let ratio = 1.0 - (1.0 - (PI / 30.0).cos()) / (cos * cos);
        (2.0 * PI / ratio.acos()).floor()
    };
    let wide = 360.0 / (zones - odd).max(1.0);
    let x = (scale * lon.rem_euclid(wide) / wide + 0.5).floor();
    (whole(y) & 0x1_ffff, whole(x) & 0x1_ffff)
}

/// Frames as AVR lines.
pub(crate) fn avr(frames: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for frame in squitters(frames) {
        out.push(b'*');
        for byte in frame {
            out.extend(format!("{byte:02X}").bytes());
        }
        out.extend(b";\n");
    }
    out
}

/// Frames in Beast binary, with the clock at 12 MHz.
pub(crate) fn beast(frames: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut clock = 0_u64;
    for frame in squitters(frames) {
        clock += 12_000;
        out.extend(b"\x1a3");
        let head = clock.to_be_bytes();
        for byte in head.iter().skip(2).chain(&[0x80]).chain(&frame) {
            out.push(*byte);
            if *byte == 0x1a {
                out.push(0x1a);
            }
        }
    }
    out
}

/// ASTERIX: three blocks of a radar's plots (category 048, four records each), then one of a system's tracks (062).
pub(crate) fn asterix(records: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let all: Vec<Spread> = Spread::of(records).collect();
    for (block, four) in all.chunks(4).enumerate() {
        let tracks = block % 4 == 3;
        let body: Vec<u8> = four
            .iter()
            .flat_map(|spread| {
                if tracks {
                    system_track(*spread)
                } else {
                    plot(*spread)
                }
            })
            .collect();
        let length = u16::try_from(body.len() + 3).unwrap_or(u16::MAX);
        out.push(if tracks { 62 } else { 48 });
        out.extend(length.to_be_bytes());
        out.extend(body);
    }
    out
}

/// Seconds of the day in 1/128, at the moment of receipt.
fn time_of_day() -> i64 {
    RECEIVED.rem_euclid(86_400) * 128
}

/// Items 010, 140, 020, 040, 070, 090, 220, 240, 161, 200, 170 of category 048 (edition 1.31).
fn plot(spread: Spread) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0xfdd6, 16)
        .put(117, 8)
        .put(1, 8)
        .put(time_of_day(), 24)
        .put(0xa0, 8);
    bits.put(10 * 256 + spread.small(20_000), 16)
        .put(spread.small(65_536), 16);
    bits.put(spread.small(4_096), 16)
        .put(4 * spread.small(350), 16);
    bits.put(0x50_8000 + spread.small(500), 24)
        .text(&format!("AUI{}", spread.small(900)), 8);
    bits.put(spread.small(4_096), 16)
        .put(spread.small(2_000), 16)
        .put(spread.small(65_536), 16);
    bits.put(0x40, 8);
    bits.groups(8).collect()
}

/// Items 010, 070, 105, 185, 060, 040, 080 of category 062 (edition 1.18).
fn system_track(spread: Spread) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x9b4c, 16)
        .put(117, 8)
        .put(2, 8)
        .put(time_of_day(), 24);
    let steps = |degrees: f64| whole(degrees * f64::from(1 << 25) / 180.0);
    bits.put(steps(spread.lat()), 32)
        .put(steps(spread.lon()), 32);
    bits.put(spread.small(800), 16).put(-spread.small(800), 16);
    bits.put(spread.small(4_096), 16)
        .put(spread.small(4_096), 16)
        .put(0, 8);
    bits.groups(8).collect()
}

/// Phones in TAK protocol 1, as a server streams them: 0xBF, the length, the message.
pub(crate) fn tak(messages: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for spread in Spread::of(messages) {
        let millis = RECEIVED.unsigned_abs() * 1_000;
        let mut event = Vec::new();
        text(&mut event, 1, "a-f-G-U-C");
        text(
            &mut event,
            5,
            &format!("ANDROID-{:04}", spread.small(2_000)),
        );
        for (field, time) in [(6, millis), (7, millis), (8, millis + 375_000)] {
            varint(&mut event, field << 3);
            varint(&mut event, time);
        }
        text(&mut event, 9, "m-g");
        for (field, value) in [
            (10, spread.lat()),
            (11, spread.lon()),
            (12, 211.7),
            (13, 4.6),
            (14, 9_999_999.0),
        ] {
            double(&mut event, field, value);
        }
        bytes(&mut event, 15, &detail(spread));
        let mut message = Vec::new();
        bytes(&mut message, 2, &event);
        out.push(0xbf);
        varint(&mut out, message.len() as u64);
        out.extend(message);
    }
    out
}

fn detail(spread: Spread) -> Vec<u8> {
    let part = |texts: &[(u64, &str)]| {
        let mut out = Vec::new();
        for (field, value) in texts {
            text(&mut out, *field, value);
        }
        out
    };
    let mut out = Vec::new();
    text(
        &mut out,
        1,
        "<uid Droid=\"x\"/><remarks>on patrol</remarks>",
    );
    let call_sign = format!("PATROL-{}", spread.small(2_000));
    bytes(&mut out, 2, &part(&[(1, "*:-1:stcp"), (2, &call_sign)]));
    bytes(&mut out, 3, &part(&[(1, "Dark Green"), (2, "Team Member")]));
    bytes(&mut out, 4, &part(&[(1, "GPS"), (2, "GPS")]));
    let mut status = Vec::new();
    varint(&mut status, 1 << 3);
    varint(&mut status, 78);
    bytes(&mut out, 5, &status);
    bytes(
        &mut out,
        6,
        &part(&[(1, "SM-G525"), (2, "ATAK-CIV"), (3, "33"), (4, "5.2.0.4")]),
    );
    let mut track = Vec::new();
    double(&mut track, 1, 8.5);
    double(&mut track, 2, 137.25);
    bytes(&mut out, 7, &track);
    out
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, (field << 3) | 2);
    varint(out, value.len() as u64);
    out.extend(value);
}

fn text(out: &mut Vec<u8>, field: u64, value: &str) {
    bytes(out, field, value.as_bytes());
}

fn double(out: &mut Vec<u8>, field: u64, value: f64) {
    varint(out, (field << 3) | 1);
    out.extend(value.to_le_bytes());
}
