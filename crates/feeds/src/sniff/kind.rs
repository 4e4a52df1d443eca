//! Which format a capture has, by its first bytes: those that say so themselves. Tables, and JSON and XML of an agency's
//! own, need a mapping that no bytes tell of.

use std::collections::BTreeMap;
use std::io;

use super::Chunks;

/// Bytes of one conversation in which the format is looked for. 16 KiB.
const HEAD: usize = 16 * 1024;

/// Pieces of a capture in which it is looked for.
const PIECES: usize = 256;

/// Sentences of satellites for each of AIS, beyond which they are what a capture is of.
const GNSS_FACTOR: usize = 4;

/// Lines that are looked at.
const LINES: usize = 100;

/// Bytes of a capture of Beast in which the first whole frame begins.
const NOISE: usize = 256;

/// Blocks of ASTERIX that have to fit together.
const BLOCKS: usize = 16;

/// Bytes of a block. No two letters or digits are such a length, so that no text is taken for one.
const BLOCK_BYTES: core::ops::RangeInclusive<usize> = 4..=8_000;

/// Tells the kind of format of a capture, as in `format.kind` of a feed: that of the first of its conversations that is
/// known. `None` where none is.
///
/// # Errors
/// Where the capture cannot be read.
pub fn kind_of(capture: Chunks) -> io::Result<Option<&'static str>> {
    let mut heads: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for chunk in capture.take(PIECES) {
        let chunk = chunk?;
        let head = heads.entry(chunk.stream).or_default();
        let room = HEAD.saturating_sub(head.len());
        head.extend(chunk.bytes.iter().take(room));
        if chunk.datagram && !head.ends_with(b"\n") && core::str::from_utf8(head).is_ok() {
            head.push(b'\n');
        }
    }
    Ok(heads.values().find_map(|head| kind(head)))
}

/// Tells the kind of format by the bytes at the beginning. `None` where they do not say.
pub fn kind(head: &[u8]) -> Option<&'static str> {
    let head = head.get(..HEAD).unwrap_or(head);
    if is_beast(head) {
        return Some("adsb_beast");
    }
    // `0xbf` begins a TAK message; in text it is no beginning of a character.
    if head.first() == Some(&0xbf) {
        return Some("cot_proto");
    }
    if is_asterix(head) {
        return Some("asterix");
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.chars().next()? {
        // A TAK client may go over to protocol buffers, which the reader of those takes with the XML before.
        '<' => of_xml(text).map(|kind| match kind {
            "cot_xml" if is_mixed(head) => "cot_proto",
            other => other,
        }),
        '{' | '[' => of_json(text),
        _ => of_lines(text),
    }
}

/// Frames of Mode-S Beast, two in a row or one that is all; a capture may begin within one.
fn is_beast(head: &[u8]) -> bool {
    let from = |at: usize| head.get(at..).unwrap_or_default();
    (0..head.len().min(NOISE)).any(|at| match after_beast_frame(from(at)) {
        None => false,
        Some([]) => at == 0,
        Some(next) => after_beast_frame(next).is_some(),
    })
}

/// What comes after a frame: `0x1a`, a type, six bytes of counter, one of strength, a message; a `0x1a` within is doubled.
/// Nothing, where the head ends within it.
fn after_beast_frame(bytes: &[u8]) -> Option<&[u8]> {
    let [0x1a, kind, rest @ ..] = bytes else {
        return None;
    };
    let length = match kind {
        b'1' => 9,
        b'2' => 14,
        b'3'..=b'5' => 21,
        0xe3 => 8,
        _ => return None,
    };
    let mut rest = rest.iter();
    for _ in 0..length {
        match rest.next() {
            None => break,
            Some(0x1a) if rest.next().is_some_and(|byte| *byte != 0x1a) => return None,
            Some(_) => {}
        }
    }
    Some(rest.as_slice())
}

/// Blocks of ASTERIX (Part 1, 5.2): a category, a length of everything, and the next one; one of those that are read.
fn is_asterix(head: &[u8]) -> bool {
    let (mut rest, mut known) = (head, false);
    for _ in 0..BLOCKS {
        let [category, high, low, ..] = rest else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if *category == 0 || !BLOCK_BYTES.contains(&length) {
            return false;
        }
        known |= matches!(category, 34 | 48 | 62);
        match rest.get(length..) {
            Some(after) => rest = after,
            // The head ends within it.
            None if head.len() == HEAD => break,
            None => return false,
        }
    }
    known && rest.len() < head.len()
}

/// Whether there is a `0xbf` among bytes that are no text.
fn is_mixed(head: &[u8]) -> bool {
    let broken = core::str::from_utf8(head).is_err_and(|e| e.error_len().is_some());
    broken && head.contains(&0xbf)
}

fn of_xml(text: &str) -> Option<&'static str> {
    let has = |part: &str| text.contains(part);
    if has("urn:oasis:names:tc:emergency:cap:") || has("http://www.incident.com/cap/") {
        return Some("cap");
    }
    if has("http://www.cise.eu/") {
        return Some("cise");
    }
    let event = text.split('<').find_map(|tag| tag.strip_prefix("event"));
    let is_event = event.is_some_and(|after| after.starts_with(char::is_whitespace));
    (is_event && has("uid=") && has("type=")).then_some("cot_xml")
}

fn of_json(text: &str) -> Option<&'static str> {
    let has = |key: &str| text.contains(key);
    if has("\"aircraft\"") && has("\"hex\"") {
        return Some("adsb_json");
    }
    (has("\"_type\"") && has("\"tst\"")).then_some("owntracks")
}

/// By what lines say. A receiver of AIS says sentences of satellites as well, so that those have to be many more.
fn of_lines(text: &str) -> Option<&'static str> {
    let lines = || text.lines().take(LINES).map(str::trim_end);
    let any = |is: fn(&str) -> bool| lines().any(is);
    let count = |is: fn(&str) -> bool| lines().filter(|line| is(line)).count();
    let vessels = count(is_aivdm);
    if vessels > 0 && count(is_gnss) <= vessels * GNSS_FACTOR {
        Some("ais_nmea")
    } else if any(is_base_station) {
        Some("adsb_sbs")
    } else if any(is_avr) {
        Some("adsb_avr")
    } else if any(is_gnss) {
        Some("nmea_gnss")
    } else if any(|line| ["id=", "lat=", "lon="].iter().all(|key| line.contains(key))) {
        Some("osmand")
    } else {
        None
    }
}

/// A sentence of AIS: `!`, a talker of two letters, `VDM` or `VDO`.
fn is_aivdm(line: &str) -> bool {
    let mut sentences = line.split('!').skip(1);
    sentences.any(|s| matches!(s.get(2..6), Some("VDM," | "VDO,")))
}

/// A line of SBS-1: its kind of message and at least ten fields.
fn is_base_station(line: &str) -> bool {
    let kind = line.split(',').next().unwrap_or_default();
    let known = matches!(kind, "MSG" | "SEL" | "ID" | "AIR" | "STA" | "CLK");
    known && line.matches(',').count() >= 9
}

/// A frame of Mode S in hexadecimal digits: `*...;`, or with a counter before it `@...;`.
fn is_avr(line: &str) -> bool {
    let Some(inner) = line.strip_suffix(';') else {
        return false;
    };
    let counter = if inner.starts_with('@') { 12 } else { 0 };
    let Some(digits) = inner.strip_prefix(['*', '@']) else {
        return false;
    };
    let message = digits.len().checked_sub(counter);
    matches!(message, Some(4 | 14 | 28)) && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A sentence of a satellite receiver that has to do with where it is.
fn is_gnss(line: &str) -> bool {
    let mut sentences = line.split('$').skip(1);
    sentences.any(|s| {
        matches!(
            s.get(2..6),
            Some("RMC," | "GGA," | "GNS," | "GLL," | "VTG,")
        )
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Those whose bytes do not tell.
    const MAPPED: [&str; 4] = ["csv", "geojson", "json", "xml"];

    #[test]
    fn every_fixture_is_known_as_what_it_is_or_not_at_all() {
        let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats");
        let mut known = std::collections::BTreeSet::new();
        for kind in crate::registry::KINDS.iter().map(|k| k.kind) {
            let fixtures = fs::read_dir(formats.join(kind).join("fixtures")).unwrap();
            for file in fixtures.map(|f| f.unwrap().path()) {
                if file.extension().is_some_and(|e| e == "yaml") {
                    continue;
                }
                let chunks = Chunks::new(fs::File::open(&file).unwrap()).unwrap();
                let told = kind_of(chunks).unwrap();
                assert!(
                    told.is_none_or(|t| t == kind),
                    "{}: {told:?}",
                    file.display()
                );
                known.extend(told);
            }
        }
        let all = crate::registry::KINDS.iter().map(|k| k.kind);
        let unknown: Vec<&str> = all.filter(|k| !known.contains(k)).collect();
        assert_eq!(unknown, MAPPED);
    }

    #[test]
    fn what_stands_around_a_format_does_not_hide_it() {
        let cases: [(&[u8], Option<&str>); 16] = [
            (b"$GPGGA,1\n!AIVDM,1,1,,A,0,0*00\n", Some("ais_nmea")),
            (b"\\s:x*00\\!BSVDO,1,1,,A,0,0*00\n", Some("ais_nmea")),
            (b"862643,$GPRMC,024056.00,A\n", Some("nmea_gnss")),
            (b"  \n*8D4840D6202CC371C32CE0576098;\n", Some("adsb_avr")),
            (b"@0123456789AB02E197B00179C3;\n", Some("adsb_avr")),
            (b"*8D4840;\n", None),
            (b"MSG,3,1,1,ABCDEF,1,,,,,,1000,,,1,2,,,,,,\n", Some("adsb_sbs")),
            (b"MSG of the day, with a comma\n", None),
            (b"\xef\xbb\xbf<?xml version='1.0'?><event version='2.0' uid='a' type='b'/>", Some("cot_xml")),
            (b"<events><eventful uid='' type=''/></events>", None),
            (b"\x1a3\0\0\0\0\0\0\x10\x8d\x48\x40\xd6\x20\x2c\xc3\x71\xc3\x2c\xe0\x57\x60\x98\x1a3", Some("adsb_beast")),
            (b"\x1a3\0\0\x1a1", None),
            (b"\x1a2\0\0", Some("adsb_beast")),
            (b"\x30\0\x04\xff\x22\0\x05\xff\0", Some("asterix")),
            (b"\"1\",\"2\"\n", None),
            (b"", None),
        ];
        for (head, expected) in cases {
            assert_eq!(kind(head), expected, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn no_bytes_are_too_odd_to_be_looked_at() {
        let mut seed = 7_u64;
        for length in 0..2_000 {
            let bytes: Vec<u8> = (0..length % 300)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (seed >> 56) as u8
                })
                .collect();
            let told = kind(&bytes);
            assert!(told.is_none_or(|t| crate::registry::KINDS.iter().any(|k| k.kind == t)));
        }
    }
}
