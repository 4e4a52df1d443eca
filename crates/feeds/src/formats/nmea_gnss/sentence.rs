//! One sentence: address, fields, checksum (IEC 61162-1, 7.2 and 7.3).

use super::super::ais_nmea::ChecksumPolicy;
use super::super::ais_nmea::sentence::{Fault, checksum, hex_byte};

/// Longest sentence that is read, in bytes. The standard allows 82; receivers with many satellites send a little more.
const MAX_SENTENCE: usize = 1_024;

pub(super) const fn fault(code: &'static str, detail: &'static str) -> Fault {
    Fault { code, detail }
}

/// A sentence of an approved talker, `$ttsss,...*hh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence<'a> {
    /// Talker: GP, GN, GL, GA, GB, GQ, II, ...; `P` for proprietary sentences.
    pub talker: &'a str,
    /// Sentence formatter: RMC, GGA, ...; of proprietary sentences the maker's code and type.
    pub formatter: &'a str,
    /// Fields behind the address.
    pub fields: Vec<&'a str>,
}

impl<'a> Sentence<'a> {
    /// Reads a sentence; `bytes` begin with its `$` or `!`.
    pub(super) fn read(bytes: &'a [u8], policy: ChecksumPolicy) -> Result<Self, Fault> {
        let text = bytes.get(1..).unwrap_or_default();
        if text.len() > MAX_SENTENCE {
            return Err(fault("too_long", "a sentence beyond 1024 bytes"));
        }
        let star = text.iter().rposition(|sign| *sign == b'*');
        let body = star.and_then(|at| text.get(..at)).unwrap_or(text);
        if policy != ChecksumPolicy::Ignore {
            let stated = star.and_then(|at| hex_byte(text.get(at + 1..)?));
            match (star, stated) {
                (Some(_), None) => {
                    return Err(fault(
                        "truncated",
                        "the checksum is not two hexadecimal digits",
                    ));
                }
                (_, Some(stated)) if stated != checksum(body) => {
                    return Err(fault("checksum", "the checksum does not fit the sentence"));
                }
                (None, _) if policy == ChecksumPolicy::Require => {
                    return Err(fault("no_checksum", "the sentence has no checksum"));
                }
                _ => {}
            }
        }
        let body = core::str::from_utf8(body)
            .ok()
            .filter(|body| body.bytes().all(|sign| (b' '..=b'~').contains(&sign)))
            .ok_or(fault("malformed", "a byte that no sentence has"))?;
        let mut fields = body.split(',');
        let address = fields.next().unwrap_or_default();
        if !address.bytes().all(|sign| sign.is_ascii_alphanumeric()) || address.len() < 3 {
            return Err(fault("malformed", "no address of a talker and a sentence"));
        }
        // Of an approved sentence the last three letters are the formatter. Behind the P of a proprietary one stands its
        // maker's code: Garmin's `PGRMC` is no RMC. Quectel sends the satellites of BeiDou under `PQ`.
        let approved = !address.starts_with('P') || matches!(address, "PQGSA" | "PQGSV");
        let cut = if approved { address.len() - 3 } else { 1 };
        let (talker, formatter) = address.split_at_checked(cut).unwrap_or((address, ""));
        Ok(Self {
            talker,
            formatter,
            fields: fields.collect(),
        })
    }

    /// A field by its number from 1, as the standard counts; empty where the sentence is shorter.
    pub(super) fn field(&self, number: usize) -> &'a str {
        let field = number.checked_sub(1).and_then(|at| self.fields.get(at));
        field.map_or("", |field| field.trim())
    }

    /// A number; `None` where the field is empty.
    pub(super) fn number(&self, number: usize) -> Result<Option<f64>, Fault> {
        let text = self.field(number);
        if text.is_empty() {
            return Ok(None);
        }
        let plain = text
            .bytes()
            .all(|sign| sign.is_ascii_digit() || matches!(sign, b'.' | b'-' | b'+'));
        let value = text
            .parse()
            .ok()
            .filter(|value: &f64| plain && value.is_finite());
        value
            .map(Some)
            .ok_or(fault("malformed", "a field that is no number"))
    }

    /// A whole number that is not negative; `None` where the field is empty.
    pub(super) fn count(&self, number: usize) -> Result<Option<u32>, Fault> {
        let text = self.field(number);
        if text.is_empty() {
            return Ok(None);
        }
        let value = text.parse().ok();
        value
            .map(Some)
            .ok_or(fault("malformed", "a field that is no whole number"))
    }

    /// An angle `dddmm.mmm` with its hemisphere in the next field, in degrees. `None` where the field is empty.
    pub(super) fn coordinate(
        &self,
        number: usize,
        [positive, negative]: [&str; 2],
        limit: f64,
    ) -> Result<Option<f64>, Fault> {
        let Some(value) = self.number(number)? else {
            return Ok(None);
        };
        let degrees = (value / 100.0).trunc();
        let minutes = value - degrees * 100.0;
        let angle = degrees + minutes / 60.0;
        if !(0.0..60.0).contains(&minutes) || !(0.0..=limit).contains(&angle) {
            return Err(fault("malformed", "an angle beyond its range"));
        }
        match self.field(number + 1) {
            hemisphere if hemisphere == positive => Ok(Some(angle)),
            hemisphere if hemisphere == negative => Ok(Some(-angle)),
            _ => Err(fault("malformed", "an angle without its hemisphere")),
        }
    }

    /// A time of day `hhmmss.sss` in microseconds since midnight UTC. `None` where the field is empty.
    pub(super) fn time(&self, number: usize) -> Result<Option<i64>, Fault> {
        let text = self.field(number);
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = fault("malformed", "a time that is no hhmmss");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|sign| sign.is_ascii_digit());
        if whole.len() != 6 || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
            return Err(wrong);
        }
        let two = |from: usize| whole.get(from..from + 2)?.parse::<i64>().ok();
        let (Some(hour), Some(minute), Some(second)) = (two(0), two(2), two(4)) else {
            return Err(wrong);
        };
        if hour > 23 || minute > 59 || second > 60 {
            return Err(wrong);
        }
        let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
        let micros = micros.parse::<i64>().unwrap_or(0);
        Ok(Some(
            (hour * 3_600 + minute * 60 + second) * 1_000_000 + micros,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sentence<'_>, Fault> {
        Sentence::read(text.as_bytes(), ChecksumPolicy::IfPresent)
    }

    #[test]
    fn talker_and_formatter_are_told_apart() {
        for (text, talker, formatter) in [
            ("$GPRMC,1", "GP", "RMC"),
            ("$GNGGA,1", "GN", "GGA"),
            ("$PQGSV,1", "PQ", "GSV"),
            ("$PUBX,00", "P", "UBX"),
            ("$PGRMC,A,1", "P", "GRMC"),
            ("!AIVDM,1", "AI", "VDM"),
        ] {
            let got = read(text).unwrap();
            assert_eq!((got.talker, got.formatter), (talker, formatter), "{text}");
        }
        assert_eq!(read("$G").unwrap_err().code, "malformed");
        assert_eq!(read("$GP\u{457}MC,1").unwrap_err().code, "malformed");
    }

    #[test]
    fn an_angle_has_degrees_minutes_and_a_hemisphere() {
        let angle = |text: &str| read(text).unwrap().coordinate(1, ["N", "S"], 90.0);
        assert_eq!(
            angle("$GPGLL,4916.45,N").unwrap(),
            Some(49.0 + 16.45 / 60.0)
        );
        assert_eq!(angle("$GPGLL,0030.00,S").unwrap(), Some(-0.5));
        assert_eq!(angle("$GPGLL,,").unwrap(), None);
        for wrong in [
            "4960.00,N",
            "9000.01,N",
            "4916.45,E",
            "4916.45,",
            "-4916.45,N",
            "nan,N",
        ] {
            assert_eq!(
                angle(&format!("$GPGLL,{wrong}")).unwrap_err().code,
                "malformed",
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_time_has_any_number_of_decimals() {
        let time = |text: &str| read(text).unwrap().time(1);
        assert_eq!(time("$GPZDA,235959.1234567").unwrap(), Some(86_399_123_456));
        assert_eq!(time("$GPZDA,000000").unwrap(), Some(0));
        for wrong in ["240000", "1234", "12345x", "006000"] {
            assert_eq!(
                time(&format!("$GPZDA,{wrong}")).unwrap_err().code,
                "malformed",
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_checksum_policy_is_kept() {
        let good = "$GPGLL,4916.45,N,12311.12,W,225444,A*31";
        assert!(read(good).is_ok());
        assert_eq!(
            read(&good.replace("16.45", "16.46")).unwrap_err().code,
            "checksum"
        );
        assert_eq!(read("$GPGLL,1*").unwrap_err().code, "truncated");
        let required = Sentence::read(b"$GPGLL,1", ChecksumPolicy::Require);
        assert_eq!(required.unwrap_err().code, "no_checksum");
        let ignored = good.replace("16.45", "16.46");
        assert!(Sentence::read(ignored.as_bytes(), ChecksumPolicy::Ignore).is_ok());
    }
}
