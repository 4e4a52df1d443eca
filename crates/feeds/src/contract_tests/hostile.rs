//! The hostile list, the same for every format: what senders that are broken, or mean harm, make of a format's bytes.

use std::io::Write as _;

use oneroof_model::{Draft, Time};

use super::{Fixture, RECEIVED, assert_bounds, decode, fixtures, validate};
use crate::contract::{MAX_DATAGRAM_END, MAX_REJECT_RAW, Output};
use crate::registry::Format;

/// Size of a line without an end.
const HUGE: usize = 100_000_000;

/// What such a line may cost at most, bytes of memory: the largest document that a format takes, held twice, and more.
const MOST_MEMORY: u64 = 64_000_000;

/// Most rejects of such a line: each stands for as many bytes as a reject keeps, half of them at least.
const MOST_REJECTS: usize = 2 * HUGE / MAX_REJECT_RAW;

/// Most places of a fixture that are changed in turn, spread over all of it.
const CHANGED: usize = 300;

/// As [`CHANGED`], where more is put in their stead.
const FEWER: usize = 60;

/// What stands where a number should.
const NO_NUMBERS: &[&str] = &[
    "NaN",
    "-Infinity",
    "inf",
    "1e999",
    "-1e999",
    "1e-999",
    "1.7976931348623157e308",
    "-0",
    "",
    "0x10",
    "1_000",
    "\u{0663}",
    "91",
    "-181",
    "65536",
    "-2147483649",
    "4294967296",
    "18446744073709551616",
    "99999999999999999999999999999999999999999",
    "0.00000000000000000000000000000000000000001",
];

/// Bytes that are no UTF-8: a start without its rest, an overlong zero, half a surrogate pair, beyond Unicode, a byte
/// that never stands anywhere, a continuation without a start.
const NO_UTF8: &[&[u8]] = &[
    b"\xc3",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xff\xfe",
    b"\x80\x80\x80",
];

/// Before 1972 and after 2098: no centre has heard of it then.
const FIRST: Time = Time::from_secs(63_072_000);
const LAST: Time = Time::from_secs(4_070_908_800);

/// Documents that are meant to cost much more than they are.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let laughs = (0..12).fold(String::new(), |text, n| {
        let inner = format!("&l{};", n - 1).repeat(10);
        let own = if n == 0 { "ha" } else { &inner };
        format!("{text}<!ENTITY l{n} \"{own}\">")
    });
    let long = "a".repeat(20_000);
    vec![
        (
            "entities of entities",
            format!("<?xml version=\"1.0\"?><!DOCTYPE a [{laughs}]><a>&l11;</a>").into_bytes(),
        ),
        (
            "one long entity many times",
            format!("<!DOCTYPE a [<!ENTITY e \"{long}\">]><a>{}</a>", "&e;".repeat(5_000)).into_bytes(),
        ),
        (
            "an entity from a file",
            b"<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><alert><identifier>&e;</identifier></alert>".to_vec(),
        ),
        (
            "an entity from elsewhere",
            b"<!DOCTYPE a PUBLIC \"x\" \"http://127.0.0.1:1/x.dtd\"><event uid=\"&e;\"/>".to_vec(),
        ),
        ("deep lists", b"[".repeat(100_000)),
        ("deep objects", b"{\"a\":".repeat(50_000)),
        ("deep elements", b"<a>".repeat(50_000)),
        ("many attributes", format!("<a {}/>", "b=\"\" ".repeat(20_000)).into_bytes()),
        ("many keys", format!("{{{}\"k\":1}}", "\"k\":1,".repeat(20_000)).into_bytes()),
        ("many cells", b",;|\t".repeat(20_000)),
        ("many quotes", b"\"".repeat(50_001)),
        ("many line ends", b"\r\n\n\r".repeat(20_000)),
        ("many records", b"{}[]".repeat(10_000)),
        ("many fields of a query", format!("/?{}", "id=1&".repeat(20_000)).into_bytes()),
        ("escapes without end", b"\x1a".repeat(50_000)),
        ("starts of frames", b"\x1a3\x1a2".repeat(10_000)),
        ("lengths of nothing", b"\x30\x00\x00\x3e\x00\x03".repeat(10_000)),
        ("the longest blocks", b"\x30\xff\xff\xff".repeat(20_000)),
        ("lengths without end", b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\x7f".repeat(5_000)),
        ("groups in groups", b"\x0b".repeat(50_000)),
        ("parts of nothing", b"!AIVDM,9,1,,,,0*6F\r\n".repeat(2_000)),
        ("zeros", vec![0; 100_000]),
        ("ones", vec![0xff; 100_000]),
        ("UTF-16", [b"\xff\xfe".to_vec(), b"<\0a\0>\0".repeat(10_000)].concat()),
        ("gzip", gzip(&vec![b' '; 10_000_000])),
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).expect("writing to memory");
    packed.finish().expect("writing to memory")
}

/// The largest fixture of a kind.
fn first(name: &str) -> Fixture {
    let mut all = fixtures(name);
    all.sort_by_key(|fixture| core::cmp::Reverse(fixture.bytes.len()));
    all.swap_remove(0)
}

pub(crate) fn bombs_end_in_bounds_and_give_nothing(name: &str) {
    for fixture in fixtures(name) {
        for (what, bomb) in bombs() {
            let out = decode(&*fixture.format, &[&bomb]);
            let what = format!("{what}, {}", fixture.name);
            assert_bounds(&out, bomb.len(), &what);
            let told: usize = out.rejects.iter().map(|reject| reject.raw.len()).sum();
            assert!(told <= 2 * bomb.len(), "{what}: {told} bytes of rejects");
            assert!(valid(&out).next().is_none(), "{what}: {:?}", out.drafts);
            // In the midst of a record, and in small pieces.
            let half = fixture.bytes.len() / 2;
            let all = [&fixture.bytes[..half], &bomb, &fixture.bytes[half..]].concat();
            let pieces: Vec<&[u8]> = all.chunks(1_021).collect();
            assert_bounds(&decode(&*fixture.format, &pieces), all.len(), &what);
        }
    }
}

pub(crate) fn a_line_of_a_hundred_megabytes_costs_a_few_rejects(name: &str) {
    let fixture = first(name);
    let mut decoder = fixture.format.decoder();
    let mut out = Output::default();
    let (head, _) = fixture.bytes.split_at(fixture.bytes.len() / 2);
    decoder.push(head, RECEIVED, &mut out);
    out.clear();
    let before = resident();
    let chunk = vec![b'x'; 1 << 16];
    let (mut rejects, mut drafts, mut most, mut given) = (0, 0, 0, 0);
    while given < HUGE {
        decoder.push(&chunk, RECEIVED, &mut out);
        given += chunk.len();
        rejects += out.rejects.len();
        drafts += valid(&out).count();
        out.clear();
        most = most.max(resident().saturating_sub(before));
    }
    decoder.push(b"\n", RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    rejects += out.rejects.len();
    assert!(most < MOST_MEMORY, "{most} bytes of memory");
    assert!(drafts <= 1, "{drafts} drafts of nothing");
    assert!((1..=MOST_REJECTS).contains(&rejects), "{rejects} rejects");
}

/// Bytes of this process in memory; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1_024
}

pub(crate) fn after_nonsense_and_an_end_a_fixture_gives_what_it_gives_alone(name: &str) {
    let drafts = |out: &Output| -> Vec<Draft> {
        let drafted = out.drafts.iter();
        drafted.map(|drafted| drafted.draft.clone()).collect()
    };
    for fixture in fixtures(name) {
        let alone = drafts(&decode(&*fixture.format, &[&fixture.bytes]));
        for (what, bomb) in bombs() {
            let mut decoder = fixture.format.decoder();
            let mut out = Output::with_decoded();
            decoder.push(&bomb, RECEIVED, &mut out);
            decoder.finish(RECEIVED, &mut out);
            out.clear();
            decoder.push(&fixture.bytes, RECEIVED, &mut out);
            decoder.finish(RECEIVED, &mut out);
            assert_eq!(drafts(&out), alone, "{what}, then {}", fixture.name);
        }
    }
}

pub(crate) fn datagrams_of_any_size_end_in_bounds(name: &str) {
    for fixture in fixtures(name) {
        for size in [1, 7, 77, 500, 1_400] {
            let mut decoder = fixture.format.decoder();
            let mut out = Output::with_decoded();
            let mut given = 0;
            for datagram in fixture.bytes.chunks(size) {
                decoder.push(datagram, RECEIVED, &mut out);
                decoder.end_datagram(RECEIVED, &mut out);
                given += datagram.len() + usize::try_from(MAX_DATAGRAM_END).expect("small");
            }
            decoder.finish(RECEIVED, &mut out);
            let what = format!("{} in datagrams of {size}", fixture.name);
            assert_bounds(&out, given, &what);
        }
    }
}

pub(crate) fn numbers_that_cannot_be_end_in_bounds(name: &str) {
    for fixture in fixtures(name) {
        for (from, to) in some(numbers(&fixture.bytes), FEWER) {
            for no_number in NO_NUMBERS {
                let (before, after) = (&fixture.bytes[..from], &fixture.bytes[to..]);
                let bytes = mended(name, &[before, no_number.as_bytes(), after].concat());
                let what = format!("{no_number} at byte {from} of {}", fixture.name);
                assert_sane(&fixture, &bytes, &what);
            }
        }
    }
}

pub(crate) fn every_byte_at_its_limits_ends_in_bounds(name: &str) {
    for fixture in fixtures(name) {
        for at in some(0..fixture.bytes.len(), CHANGED) {
            for value in [0x00, 0x7f, 0x80, 0xff] {
                let mut bytes = fixture.bytes.clone();
                bytes[at] = value;
                let bytes = mended(name, &bytes);
                let what = format!("{value:02x} at byte {at} of {}", fixture.name);
                assert_sane(&fixture, &bytes, &what);
            }
        }
    }
}

pub(crate) fn bytes_that_are_no_text_end_in_bounds(name: &str) {
    for fixture in fixtures(name) {
        for at in some(0..fixture.bytes.len(), CHANGED / 2) {
            for nonsense in NO_UTF8 {
                let (before, after) = fixture.bytes.split_at(at);
                let bytes = mended(name, &[before, nonsense, after].concat());
                let what = format!("{nonsense:02x?} before byte {at} of {}", fixture.name);
                assert_sane(&fixture, &bytes, &what);
            }
        }
    }
}

pub(crate) fn what_is_dated_1970_or_2100_is_not_taken_as_it_is(name: &str) {
    let mut changed = 0;
    for fixture in fixtures(name) {
        for year in ["1970", "2100", "0000", "9999", "99999", "-2026"] {
            let bytes = dated(name, &fixture.bytes, year);
            changed += usize::from(bytes != fixture.bytes);
            let what = format!("{} in the year {year}", fixture.name);
            let out = assert_sane(&fixture, &bytes, &what);
            for draft in valid(&out) {
                // A position of long ago is old, which a screen shows; it never wins over a newer one.
                let (old_is_fine, times) = match draft {
                    Draft::Position(position) => (true, vec![position.at]),
                    Draft::Report(report) => (
                        false,
                        vec![report.occurred.map(|when| when.from), report.reported],
                    ),
                    Draft::Unit(unit) => (false, vec![unit.at]),
                    Draft::Figures(figures) => (false, vec![figures.at]),
                    Draft::Threat(threat) => (false, vec![threat.at, threat.since]),
                    Draft::Weather(weather) => (false, vec![weather.at]),
                    Draft::Heartbeat(_) | Draft::Delete(_) => continue,
                };
                for time in times.into_iter().flatten() {
                    assert!(time < LAST, "{what}: {draft:?}");
                    assert!(old_is_fine || time > FIRST, "{what}: {draft:?}");
                }
            }
        }
    }
    // Radar and Mode S say no date at all.
    let has_none = matches!(name, "adsb_avr" | "adsb_beast" | "asterix");
    assert_eq!(changed == 0, has_none, "{name}: {changed} fixtures changed");
}

/// A fixture with another year in all its dates.
fn dated(name: &str, bytes: &[u8], year: &str) -> Vec<u8> {
    if name == "cot_proto" {
        return dated_messages(bytes, year);
    }
    let two = year.get(year.len() - 2..).unwrap_or("00");
    let seconds = match year {
        "1970" => "86400",
        "2100" => "4102444800",
        "0000" => "0",
        "9999" => "253370764800",
        "99999" => "9223372036854775807",
        _ => "-1",
    };
    let mut out = replaced(bytes, b"2026", year.as_bytes());
    out = replaced(&out, b"231126", format!("2311{two}").as_bytes());
    // Seconds since 1970, and milliseconds of the same.
    let mut text = Vec::new();
    let mut from = 0;
    for (start, end) in numbers(&out) {
        let number = &out[start..end];
        if number.starts_with(b"1795") && number.len() >= 10 {
            text.extend_from_slice(&out[from..start]);
            text.extend_from_slice(seconds.as_bytes());
            let millis = number.len() == 13 && !number.contains(&b'.');
            text.extend_from_slice(if millis { b"000" } else { b"" });
            from = end;
        }
    }
    text.extend_from_slice(&out[from..]);
    mended(name, &text)
}

/// Protocol buffers with other times: milliseconds since 1970 in six bytes, so that no length changes.
fn dated_messages(bytes: &[u8], year: &str) -> Vec<u8> {
    let millis: u64 = match year {
        "1970" => 86_400_000,
        "2100" => 4_102_444_800_000,
        "0000" => 0,
        _ => (1 << 42) - 1,
    };
    let mut out = bytes.to_vec();
    for at in 0..out.len().saturating_sub(6) {
        let value = (0..6).fold(0_u64, |value, n| {
            value | u64::from(out[at + n] & 0x7f) << (7 * n)
        });
        // Around the day of the fixtures.
        if (1_790_000_000_000..1_800_000_000_000).contains(&value) && out[at + 5] < 0x80 {
            for n in 0..6 {
                let more = if n < 5 { 0x80 } else { 0 };
                out[at + n] = ((millis >> (7 * n)) & 0x7f) as u8 | more;
            }
        }
    }
    out
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Where numbers begin and end: digits, with a sign before and points among them.
fn numbers(bytes: &[u8]) -> Vec<(usize, usize)> {
    let part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let mut found = Vec::new();
    let mut from = None;
    for (at, byte) in bytes.iter().chain(b" ").enumerate() {
        match (part(*byte), from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                if bytes[start..at].iter().any(u8::is_ascii_digit) {
                    found.push((start, at));
                }
                from = None;
            }
            _ => {}
        }
    }
    found
}

/// With right checksums again, so that what is wrong with the content is found and not that.
fn mended(name: &str, bytes: &[u8]) -> Vec<u8> {
    if !matches!(name, "ais_nmea" | "nmea_gnss") {
        return bytes.to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let star = line.iter().rposition(|byte| *byte == b'*');
        let start = line.iter().rposition(|byte| matches!(byte, b'!' | b'$'));
        match (start, star) {
            (Some(start), Some(star)) if start < star && star + 3 <= line.len() => {
                out.extend_from_slice(&line[..star]);
                let sum = line[start + 1..star].iter().fold(0, |sum, byte| sum ^ byte);
                out.extend(format!("*{sum:02X}").bytes());
                out.extend_from_slice(&line[star + 3..]);
            }
            _ => out.extend_from_slice(line),
        }
    }
    out
}

/// At most so many of them, evenly spread.
fn some<T, I>(all: I, most: usize) -> impl Iterator<Item = T>
where
    I: IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
{
    let all = all.into_iter();
    let step = all.len().div_ceil(most).max(1);
    all.step_by(step)
}

/// The drafts that the room would take.
fn valid(out: &Output) -> impl Iterator<Item = &Draft> {
    out.drafts
        .iter()
        .map(|drafted| &drafted.draft)
        .filter(|draft| validate(draft).is_ok())
}

/// In bounds, and no draft that the room would take has a number that is none.
fn assert_sane(fixture: &Fixture, bytes: &[u8], what: &str) -> Output {
    let out = decode(&*fixture.format, &[bytes]);
    assert_bounds(&out, bytes.len(), what);
    for draft in valid(&out) {
        assert!(is_finite(draft), "{what}: {draft:?}");
    }
    out
}

/// Whether no number of a draft is infinite or none. The room asks a position itself; of all else its text tells, where
/// those are words outside of quotes.
fn is_finite(draft: &Draft) -> bool {
    if let Draft::Position(position) = draft {
        let numbers = [position.ce_m, position.alt_m, position.speed_mps];
        return numbers.iter().flatten().all(|number| number.is_finite());
    }
    let text = format!("{draft:?}").replace("\\\"", "");
    let outside = text.split('"').step_by(2);
    !outside
        .flat_map(|part| part.split(|sign: char| !sign.is_alphanumeric() && sign != '_'))
        .any(|word| matches!(word, "NaN" | "inf"))
}

/// The formats with a checksum, and the records of a fixture each by itself with what must not be believed of it.
#[test]
fn a_wrong_checksum_is_never_believed_wherever_a_format_has_one() {
    for name in ["ais_nmea", "nmea_gnss", "adsb_avr"] {
        let mut seen = 0;
        for fixture in fixtures(name) {
            for line in fixture.bytes.split_inclusive(|byte| *byte == b'\n') {
                // Of several sentences that were run together each stands for itself.
                let starts = line.iter().filter(|sign| matches!(sign, b'!' | b'$'));
                let good = !decode(&*fixture.format, &[line]).drafts.is_empty();
                if !good || starts.count() > 1 {
                    continue;
                }
                for spoilt in spoilt(name, line) {
                    assert_refused(&*fixture.format, &spoilt);
                    seen += 1;
                }
            }
        }
        assert!(seen > 10, "{name}: {seen}");
    }
}

#[test]
fn every_single_wrong_bit_of_a_frame_is_seen_in_binary_too() {
    // DF17 of a made-up aircraft; its own bytes hold no escape.
    let frame = [
        0x8d, 0x50, 0x81, 0x23, 0x23, 0x05, 0x52, 0x77, 0x50, 0xb8, 0x20, 0x14, 0x0a, 0x87,
    ];
    let fixture = first("adsb_beast");
    let whole = |frame: &[u8]| {
        let mut bytes = b"\x1a3\x00\x00\x00\x00\x00\x00\x80".to_vec();
        for byte in frame {
            bytes.push(*byte);
            if *byte == 0x1a {
                bytes.push(0x1a);
            }
        }
        bytes
    };
    let good = decode(&*fixture.format, &[&whole(&frame)]);
    assert_eq!((good.drafts.len(), good.rejects.len()), (1, 0), "{good:?}");
    // The first five bits say what it is; another kind of message has its parity elsewhere.
    for bit in 5..frame.len() * 8 {
        let mut wrong = frame;
        wrong[bit / 8] ^= 0x80 >> (bit % 8);
        assert_refused(&*fixture.format, &whole(&wrong));
    }
}

/// A line with its checksum wrong: by two digits of it, or by each bit of a frame's last byte but one.
fn spoilt(name: &str, line: &[u8]) -> Vec<Vec<u8>> {
    if name == "adsb_avr" {
        // Frames of other kinds have their address in the parity, and none of it is wrong by itself.
        if !line.starts_with(b"*8D") {
            return Vec::new();
        }
        return (4..line.len() - 3)
            .filter(|at| line[*at].is_ascii_hexdigit())
            .map(|at| {
                let mut line = line.to_vec();
                line[at] = if line[at] == b'0' { b'1' } else { b'0' };
                line
            })
            .collect();
    }
    let Some(star) = line.iter().rposition(|byte| *byte == b'*') else {
        return Vec::new();
    };
    [star + 1, star + 2]
        .into_iter()
        .filter(|at| line.get(*at).is_some_and(u8::is_ascii_hexdigit))
        .map(|at| {
            let mut line = line.to_vec();
            line[at] = if line[at] == b'0' { b'1' } else { b'0' };
            line
        })
        .collect()
}

fn assert_refused(format: &dyn Format, bytes: &[u8]) {
    let out = decode(format, &[bytes]);
    let shown = String::from_utf8_lossy(bytes).into_owned();
    assert!(out.drafts.is_empty(), "{shown}: {:?}", out.drafts);
    let refused = !out.rejects.is_empty() || !out.skipped.is_empty();
    assert!(refused, "{shown}: nothing is said of it");
}
