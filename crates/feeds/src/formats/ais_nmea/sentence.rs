//! One line: tag blocks, text before, the sentence, what a receiver put behind it.
//!
//! Sentences are those of IEC 61162-1 (NMEA 0183), `!ttVDM` and `!ttVDO` of any talker `tt`; tag blocks
//! those of NMEA 0183 4.10 (`\s:station,c:1334337317,g:1-2-3985*hh\`), with the older `1G2:0125` form of a
//! group.

use memchr::{memchr, memchr2};
use oneroof_model::Time;

use super::config::ChecksumPolicy;
use crate::pace;

/// What a sentence or tag block is refused for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) struct Fault {
    pub code: &'static str,
    pub detail: &'static str,
}

const fn fault(code: &'static str, detail: &'static str) -> Fault {
    Fault { code, detail }
}

/// A `VDM` or `VDO` sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sentence<'a> {
    /// Talker: `AI` mobile station, `AB` base station, `BS` base station (old), `SA` physical shore station ...
    pub talker: [u8; 2],
    /// True for `VDO`: the station's own message.
    pub own_ship: bool,
    /// Number of sentences of the message, 1 to 9.
    pub total: u8,
    /// Number of this one, 1 to `total`.
    pub number: u8,
    /// Sequential message identifier, 0 to 9; missing for messages of one sentence.
    pub sequence: Option<u8>,
    /// Channel: `A` or `B`, of some receivers `1` or `2` or another; 0 = none given.
    pub channel: u8,
    /// The armoured message.
    pub payload: &'a [u8],
    /// Fill bits at its end, 0 to 5.
    pub fill: u8,
    /// The checksum as sent, where one was.
    pub checksum: Option<u8>,
    /// What follows the checksum.
    pub suffix: &'a [u8],
}

/// What a tag block says, as far as it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::formats) struct Tag<'a> {
    /// `c`: time of receipt.
    pub time: Option<Time>,
    /// `s`: the station that heard it.
    pub station: Option<&'a [u8]>,
    /// `g`: number of the group of lines that belong together.
    pub group: Option<u32>,
}

/// XOR of all bytes (IEC 61162-1, 7.2.5: between the start sign and `*`).
pub(in crate::formats) fn checksum(bytes: &[u8]) -> u8 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let wide = chunks
        .iter()
        .fold(0, |sum, chunk| sum ^ u64::from_ne_bytes(*chunk));
    wide.to_ne_bytes()
        .iter()
        .chain(rest)
        .fold(0, |sum, byte| sum ^ byte)
}

/// Two hexadecimal digits of either case.
pub(in crate::formats) fn hex_byte(digits: &[u8]) -> Option<u8> {
    let &[high, low] = digits.first_chunk::<2>()?;
    let digit = |sign: u8| match sign {
        b'0'..=b'9' => Some(sign - b'0'),
        b'A'..=b'F' => Some(sign - b'A' + 10),
        b'a'..=b'f' => Some(sign - b'a' + 10),
        _ => None,
    };
    Some(digit(high)? << 4 | digit(low)?)
}

/// Whether bytes begin like a sentence that carries AIS.
pub(super) fn is_ais(bytes: &[u8]) -> bool {
    matches!(bytes, [b'!', _, _, b'V', b'D', b'M' | b'O', b',', ..])
}

impl<'a> Sentence<'a> {
    /// Reads a sentence; `bytes` begin with its `!` (see [`is_ais`]).
    pub(super) fn read(bytes: &'a [u8], policy: ChecksumPolicy) -> Result<Self, Fault> {
        let &[_, t1, t2, _, _, kind, _, ref fields @ ..] = bytes else {
            return Err(fault("truncated", "the sentence ends within its address"));
        };
        let star = memchr(b'*', fields);
        let body = star.and_then(|at| fields.get(..at)).unwrap_or(fields);
        let after = star.and_then(|at| fields.get(at + 1..)).unwrap_or_default();
        let stated = hex_byte(after);
        if policy != ChecksumPolicy::Ignore {
            match stated {
                Some(stated) => {
                    let covered = bytes.get(1..7 + body.len()).unwrap_or_default();
                    if checksum(covered) != stated {
                        return Err(fault("checksum", "the checksum does not fit the sentence"));
                    }
                }
                None if star.is_some() => {
                    return Err(fault(
                        "truncated",
                        "the checksum is not two hexadecimal digits",
                    ));
                }
                None if policy == ChecksumPolicy::Require => {
                    return Err(fault("no_checksum", "the sentence has no checksum"));
                }
                None => {}
            }
        }
        let (payload, fill, total, number, sequence, channel) = Self::fields(body)?;
        Ok(Self {
            talker: [t1, t2],
            own_ship: kind == b'O',
            total,
            number,
            sequence,
            channel,
            payload,
            fill,
            checksum: stated,
            suffix: after.get(2..).unwrap_or_default(),
        })
    }

    /// `total,number,sequence,channel,payload,fill`.
    #[expect(clippy::type_complexity, reason = "used once, right above")]
    fn fields(body: &'a [u8]) -> Result<(&'a [u8], u8, u8, u8, Option<u8>, u8), Fault> {
        let mut rest = body;
        let mut next = || {
            let end = rest.iter().position(|sign| *sign == b',')?;
            let (field, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            Some(field)
        };
        let truncated = fault("truncated", "the sentence has fewer than seven fields");
        let total = next().ok_or(truncated)?;
        let number = next().ok_or(truncated)?;
        let sequence = next().ok_or(truncated)?;
        let channel = next().ok_or(truncated)?;
        let end = memchr(b',', rest).ok_or(truncated)?;
        let (payload, after) = rest.split_at(end);
        let (&[total @ b'1'..=b'9'], &[number @ b'1'..=b'9']) = (total, number) else {
            return Err(fault(
                "malformed",
                "number of sentences or of this one is not 1 to 9",
            ));
        };
        if number > total {
            return Err(fault(
                "malformed",
                "the number of the sentence exceeds their number",
            ));
        }
        let sequence = match *sequence {
            [] => None,
            [digit @ b'0'..=b'9'] => Some(digit - b'0'),
            _ => return Err(fault("malformed", "the sequence number is not one digit")),
        };
        let channel = match *channel {
            [] => 0,
            [sign] if sign.is_ascii_alphanumeric() => sign,
            _ => return Err(fault("malformed", "the channel is not one letter or digit")),
        };
        let [b',', fill @ b'0'..=b'5'] = *after else {
            return Err(fault("malformed", "the number of fill bits is not 0 to 5"));
        };
        Ok((
            payload,
            fill - b'0',
            total - b'0',
            number - b'0',
            sequence,
            channel,
        ))
    }
}

impl<'a> Tag<'a> {
    /// Reads the tag block that `line` begins with. `None` where it has no end.
    /// Gives what it says (nothing, where its checksum is wrong) and what follows it.
    pub(in crate::formats) fn read(line: &'a [u8]) -> Option<(Result<Self, Fault>, &'a [u8])> {
        let inner = line.get(1..)?;
        // A `!` begins a sentence, so the block before it was cut.
        let end = memchr2(b'\\', b'!', inner)?;
        let (block, after) = inner.split_at(end);
        let after = after.strip_prefix(b"\\")?;
        Some((Self::parse(block), after))
    }

    fn parse(block: &'a [u8]) -> Result<Self, Fault> {
        let wrong = fault(
            "tag_block_checksum",
            "the checksum does not fit the tag block",
        );
        let star = memchr(b'*', block).ok_or(wrong)?;
        let (fields, stated) = block.split_at(star);
        if hex_byte(stated.get(1..).unwrap_or_default()) != Some(checksum(fields))
            || stated.len() != 3
        {
            return Err(wrong);
        }
        let mut tag = Self::default();
        for field in fields.split(|sign| *sign == b',') {
            let Some(colon) = memchr(b':', field) else {
                continue;
            };
            let (name, value) = field.split_at(colon);
            let value = value.get(1..).unwrap_or_default();
            match name {
                b"c" => tag.time = pace::unix(value),
                b"s" => tag.station = Some(value),
                b"g" => tag.group = value.rsplit(|sign| *sign == b'-').next().and_then(number),
                [b'1'..=b'9', b'G', b'1'..=b'9'] => tag.group = number(value),
                _ => {}
            }
        }
        Ok(tag)
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

/// Under which kind a sentence that carries no AIS is counted.
pub(super) fn other_kind(sentence: &[u8]) -> &'static str {
    if matches!(sentence, [b'$', b'P', ..]) {
        return if sentence.starts_with(b"$PGHP") {
            "nmea_pghp"
        } else {
            "nmea_proprietary"
        };
    }
    if !matches!(sentence, [b'$' | b'!', _, _, _, _, _, ..]) {
        return "nmea_cut";
    }
    match sentence.get(3..6).unwrap_or_default() {
        b"ABM" => "nmea_abm",
        b"ACA" => "nmea_aca",
        b"ACS" => "nmea_acs",
        b"ADS" => "nmea_ads",
        b"ALR" => "nmea_alr",
        b"BBM" => "nmea_bbm",
        b"BRF" => "nmea_brf",
        b"DTM" => "nmea_dtm",
        b"FSR" => "nmea_fsr",
        b"GBS" => "nmea_gbs",
        b"GGA" => "nmea_gga",
        b"GLL" => "nmea_gll",
        b"GNS" => "nmea_gns",
        b"GSA" => "nmea_gsa",
        b"GSV" => "nmea_gsv",
        b"HDT" => "nmea_hdt",
        b"MWV" => "nmea_mwv",
        b"PWR" => "nmea_pwr",
        b"RMC" => "nmea_rmc",
        b"RTE" => "nmea_rte",
        b"SSD" => "nmea_ssd",
        b"TXT" => "nmea_txt",
        b"VSD" => "nmea_vsd",
        b"VSI" => "nmea_vsi",
        b"VTG" => "nmea_vtg",
        b"ZDA" => "nmea_zda",
        _ => "nmea_other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sentence<'_>, Fault> {
        Sentence::read(text.as_bytes(), ChecksumPolicy::IfPresent)
    }

    fn with_sum(body: &str) -> String {
        format!("!{body}*{:02X}", checksum(body.as_bytes()))
    }

    #[test]
    fn every_field_of_a_sentence_is_read() {
        let text = with_sum("BSVDO,3,2,7,B,0123,4") + ",1327664820";
        let got = read(&text).unwrap();
        assert_eq!((got.talker, got.own_ship), (*b"BS", true));
        assert_eq!((got.total, got.number, got.sequence), (3, 2, Some(7)));
        assert_eq!(
            (got.channel, got.payload, got.fill),
            (b'B', &b"0123"[..], 4)
        );
        assert_eq!(got.suffix, b",1327664820");
    }

    #[test]
    fn the_checksum_policy_is_kept() {
        let good = with_sum("AIVDM,1,1,,A,0000,0");
        let wrong = good.replace("0000", "0001");
        let bare = "!AIVDM,1,1,,A,0000,0";
        let read = |text: &str, policy| {
            Sentence::read(text.as_bytes(), policy)
                .map(|_| ())
                .map_err(|fault| fault.code)
        };
        assert_eq!(read(&wrong, ChecksumPolicy::IfPresent), Err("checksum"));
        assert_eq!(read(&wrong, ChecksumPolicy::Ignore), Ok(()));
        assert_eq!(read(bare, ChecksumPolicy::IfPresent), Ok(()));
        assert_eq!(read(bare, ChecksumPolicy::Require), Err("no_checksum"));
        assert_eq!(read(&good, ChecksumPolicy::Require), Ok(()));
        assert_eq!(
            read(
                good.strip_suffix(|_: char| true).unwrap(),
                ChecksumPolicy::IfPresent
            ),
            Err("truncated")
        );
    }

    #[test]
    fn nonsense_in_a_field_is_named() {
        for body in [
            "0,1,,A,0,0",
            "1,2,,A,0,0",
            "2,1,x,A,0,0",
            "1,1,,AB,0,0",
            "1,1,,A,0,6",
            "1,1,,A,0,013",
        ] {
            let text = with_sum(&format!("AIVDM,{body}"));
            assert_eq!(read(&text).unwrap_err().code, "malformed", "{body}");
        }
        assert_eq!(read("!AIVDM,1,1,,A").unwrap_err().code, "truncated");
    }

    #[test]
    fn a_tag_block_gives_time_station_and_group_in_both_forms() {
        let line = b"\\g:1-2-3985,s:rEV02,c:1334337317*2D\\!AIVDM";
        let (tag, rest) = Tag::read(line).unwrap();
        let tag = tag.unwrap();
        assert_eq!(tag.time, Some(Time::from_secs(1_334_337_317)));
        assert_eq!((tag.group, tag.station), (Some(3985), Some(&b"rEV02"[..])));
        assert_eq!(rest, b"!AIVDM");
        let (old, _) = Tag::read(b"\\1G2:0125,c:1354719387*0D\\").unwrap();
        assert_eq!(old.unwrap().group, Some(125));
        let (wrong, _) = Tag::read(b"\\c:1334337317*2D\\").unwrap();
        assert_eq!(wrong.unwrap_err().code, "tag_block_checksum");
        assert!(Tag::read(b"\\c:1334337317*2D").is_none());
        assert!(Tag::read(b"\\c:13343373!AIVDM,1,1,,A,0,0*26\\").is_none());
    }

    #[test]
    fn the_wide_checksum_is_the_plain_one() {
        let bytes: Vec<u8> = (0..=255).collect();
        for end in 0..bytes.len() {
            let plain = bytes[..end].iter().fold(0, |sum, byte| sum ^ byte);
            assert_eq!(checksum(&bytes[..end]), plain);
        }
    }
}
