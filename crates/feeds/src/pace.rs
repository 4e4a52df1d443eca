//! Times within a capture, for playing it back at the pace at which it was recorded.
//!
//! [`paced`] walks through a capture line by line and says for each when it was recorded, where the capture
//! says so: by a tag block (`\c:1334337317*hh\`), by the `$PGHP` sentence before it, by a number of seconds
//! or milliseconds since 1970 behind the checksum, or by a time in front of the sentence.

use memchr::memchr;
use oneroof_model::Time;

/// 2000-01-01, in seconds since 1970: earlier is no time of an AIS receipt.
const FIRST_S: i64 = 946_684_800;
/// 2100-01-01, in seconds since 1970.
const LAST_S: i64 = 4_102_444_800;

/// Digits as seconds (up to ten) or milliseconds (up to thirteen) since 1970. Only within the years 2000
/// to 2099: a damaged number is no time.
pub fn unix(digits: &[u8]) -> Option<Time> {
    if !(9..=13).contains(&digits.len()) {
        return None;
    }
    let value = digits.iter().try_fold(0_i64, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i64::from(digit - b'0'))
    })?;
    let (seconds, ms) = if digits.len() > 10 {
        (value / 1000, value)
    } else {
        (value, value * 1000)
    };
    (FIRST_S..LAST_S)
        .contains(&seconds)
        .then(|| Time::from_millis(ms))
}

/// The first time among the comma-separated fields that a receiver put behind a sentence.
pub fn suffix(fields: &[u8]) -> Option<Time> {
    if fields.is_empty() {
        return None;
    }
    fields.split(|sign| *sign == b',').find_map(unix)
}

/// A time in front of a sentence: seconds or milliseconds since 1970, or RFC 3339.
pub fn prefix(text: &[u8]) -> Option<Time> {
    let text = core::str::from_utf8(text).ok()?;
    text.split([' ', '\t', ',', ';']).find_map(|word| {
        let word = word.trim_matches(['[', ']', ':', '(', ')']);
        unix(word.as_bytes())
            .or_else(|| word.parse().ok())
            .filter(|time: &Time| (FIRST_S..LAST_S).contains(&time.as_secs()))
    })
}

/// The time of a `$PGHP` sentence and the checksum of the sentence that it is about (for a message of
/// several sentences the XOR of theirs; 0 where the writer did not say).
///
/// `$PGHP,1,year,month,day,hour,minute,second,ms,country,region,station,online,checksum*hh` (Gatehouse);
/// some writers add fields before the last.
pub fn pghp(line: &[u8]) -> Option<(Time, u8)> {
    let inner = line.strip_prefix(b"$PGHP,1,")?;
    let star = memchr(b'*', inner)?;
    let body = inner.get(..star)?;
    let stated = u8::from_str_radix(text(inner.get(star + 1..star + 3)?)?, 16).ok()?;
    let covered = line.get(1..8 + star)?;
    if covered.iter().fold(0, |sum, byte| sum ^ byte) != stated {
        return None;
    }
    let mut fields = body.split(|sign| *sign == b',');
    let mut next = || fields.next().and_then(text)?.parse::<i64>().ok();
    let [year, month, day, hour, minute, second, ms] = [
        next()?,
        next()?,
        next()?,
        next()?,
        next()?,
        next()?,
        next()?,
    ];
    let about = body.rsplit(|sign| *sign == b',').next().and_then(text)?;
    let about = if about.is_empty() {
        0
    } else {
        u8::from_str_radix(about, 16).ok()?
    };
    let in_range = (2000..2100).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second)
        && (0..1000).contains(&ms);
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    in_range.then(|| (Time::from_millis(seconds * 1000 + ms), about))
}

fn text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok()
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March have their leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
}

/// A line of a capture with its end, and when it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paced<'a> {
    /// When, where the capture says so for this line; the reader keeps to the last known time otherwise.
    pub time: Option<Time>,
    /// The line with its line end: sending all of them gives back the capture.
    pub bytes: &'a [u8],
}

/// Walks through a capture line by line. See the module.
pub fn paced(capture: &[u8]) -> impl Iterator<Item = Paced<'_>> {
    capture
        .split_inclusive(|sign| *sign == b'\n')
        .map(|bytes| Paced {
            time: line_time(bytes.trim_ascii_end()),
            bytes,
        })
}

/// When a line of a capture was recorded, where it says so.
pub fn line_time(line: &[u8]) -> Option<Time> {
    if let Some((time, _)) = pghp(line) {
        return Some(time);
    }
    let start = line
        .iter()
        .position(|sign| matches!(sign, b'\\' | b'!' | b'$'));
    let (front, mut rest) = start
        .and_then(|at| line.split_at_checked(at))
        .unwrap_or((line, b""));
    while let Some(inner) = rest.strip_prefix(b"\\") {
        let (block, after) = inner.split_at_checked(memchr(b'\\', inner)?)?;
        let fields = block.split(|sign| matches!(sign, b',' | b'*'));
        if let Some(time) = fields.filter_map(|f| f.strip_prefix(b"c:")).find_map(unix) {
            return Some(time);
        }
        rest = after.get(1..)?;
    }
    let behind = memchr(b'*', rest)
        .and_then(|star| rest.get(star + 3..))
        .unwrap_or_default();
    suffix(behind).or_else(|| if start.is_some() { prefix(front) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Time> {
        text.parse().ok()
    }

    #[test]
    fn each_way_of_saying_the_time_is_known() {
        let cases: [(&str, Option<Time>); 9] = [
            (
                "$PGHP,1,2010,6,11,11,46,11,390,231,45,992190934,1,2B*5B",
                at("2010-06-11T11:46:11.390Z"),
            ),
            (
                "\\g:1-2-3985,s:rEV02,c:1334337317*2D\\!AIVDM,2,1,9,B,5,0*70",
                at("2012-04-13T17:15:17Z"),
            ),
            (
                "!AIVDM,1,1,,A,0,0*00,1327992119173",
                at("2012-01-31T06:41:59.173Z"),
            ),
            (
                "!AIVDM,1,1,,A,0,0*28,d-109,T56.13,r003669946,1325394060,1325394001",
                { at("2012-01-01T05:01:00Z") },
            ),
            (
                "2026-11-23T02:41:00Z !AIVDM,1,1,,A,0,0*00",
                at("2026-11-23T02:41:00Z"),
            ),
            (
                "1795401660: !AIVDM,1,1,,A,0,0*00",
                at("2026-11-23T02:41:00Z"),
            ),
            (
                "\\g:1-2-73874,n:157036,c:12415440354*A\\!AIVDM,1,1,,B,1,0*13",
                None,
            ),
            ("!AIVDM,1,1,,A,0,0*00", None),
            ("a note of 1795401660", None),
        ];
        for (line, expected) in cases {
            assert_eq!(line_time(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn a_damaged_pghp_says_nothing() {
        assert!(pghp(b"$PGHP,1,2010,6,11,11,46,11,391,231,45,992190934,1,2B*5B").is_none());
        assert!(pghp(b"$PGHP,1,2010,6,11").is_none());
    }

    #[test]
    fn the_calendar_agrees_with_jiff_on_every_tenth_day_of_a_century() {
        for offset in (0..36_525).step_by(10) {
            let day = 10_957 + offset; // 2000-01-01
            let text = Time::from_secs(day * 86_400).to_string();
            let part =
                |range: core::ops::Range<usize>| text.get(range).unwrap().parse::<i64>().unwrap();
            assert_eq!(days(part(0..4), part(5..7), part(8..10)), day, "{text}");
        }
    }

    #[test]
    fn sending_every_line_gives_back_the_capture() {
        let capture = b"!a*00,1795401660\r\n\n#b\n!c";
        let whole: Vec<u8> = paced(capture)
            .flat_map(|line| line.bytes.to_vec())
            .collect();
        assert_eq!(whole, capture);
        assert_eq!(paced(capture).filter(|line| line.time.is_some()).count(), 1);
    }
}
