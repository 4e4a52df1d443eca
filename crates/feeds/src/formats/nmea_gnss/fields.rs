//! What sentences say: every field with its unit, and what of it makes a position.
//!
//! Numbers in comments are those of the fields behind the address (IEC 61162-1, 8.3).

use jiff::civil::Date;
use oneroof_model::LatLon;
use serde_json::{Map, Value, json};

use super::super::ais_nmea::sentence::Fault;
use super::sentence::{Sentence, fault};

/// Metres a second in a knot (ISO 80000-3).
const MPS_PER_KNOT: f64 = 1852.0 / 3600.0;

/// Radius in standard deviations of a circle that holds 95 % of a circular normal distribution.
const CIRCLE_95: f64 = 2.447_7;

/// What a sentence has for a position.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Part {
    /// Time of day in microseconds since midnight UTC.
    pub time: Option<i64>,
    /// Date.
    pub date: Option<Date>,
    /// Where.
    pub position: Option<LatLon>,
    /// The receiver says that it has no fix, or that what it sends is not valid.
    pub void: bool,
    /// The receiver is in simulator mode.
    pub simulated: bool,
    /// Speed over ground in metres a second.
    pub speed_mps: Option<f64>,
    /// Course over ground in degrees from true north.
    pub course_deg: Option<f64>,
    /// Heading in degrees from true north.
    pub heading_deg: Option<f64>,
    /// Height above mean sea level in metres.
    pub alt_m: Option<f64>,
    /// Circular error (95 %) in metres.
    pub ce_m: Option<f64>,
}

/// A sentence's fields by name, and what they have for a position.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Said {
    /// The fields; empty where nobody asked for them.
    pub fields: Map<String, Value>,
    /// Whether somebody did: they cost more than the rest.
    wanted: bool,
    /// What of them makes a position.
    pub part: Part,
}

impl Said {
    fn add<T: Into<Value>>(&mut self, name: &str, value: T) {
        if self.wanted {
            self.fields.insert(name.to_owned(), value.into());
        }
    }

    /// A code of one or more letters; `null` where it is empty.
    fn word(&mut self, name: &str, text: &str) {
        self.add(name, (!text.is_empty()).then_some(text));
    }

    fn time(&mut self, sentence: &Sentence<'_>, number: usize) -> Result<(), Fault> {
        self.part.time = sentence.time(number)?;
        if self.wanted {
            self.add("time_utc", self.part.time.map(clock));
        }
        Ok(())
    }

    fn position(&mut self, sentence: &Sentence<'_>, number: usize) -> Result<(), Fault> {
        let lat = sentence.coordinate(number, ["N", "S"], 90.0)?;
        let lon = sentence.coordinate(number + 2, ["E", "W"], 180.0)?;
        self.add("lat_deg", lat);
        self.add("lon_deg", lon);
        self.part.position = lat
            .zip(lon)
            .and_then(|(lat, lon)| LatLon::new(lat, lon).ok());
        Ok(())
    }

    fn number(
        &mut self,
        name: &str,
        sentence: &Sentence<'_>,
        number: usize,
    ) -> Result<Option<f64>, Fault> {
        let value = sentence.number(number)?;
        self.add(name, value);
        Ok(value)
    }

    fn count(
        &mut self,
        name: &str,
        sentence: &Sentence<'_>,
        number: usize,
    ) -> Result<Option<u32>, Fault> {
        let value = sentence.count(number)?;
        self.add(name, value);
        Ok(value)
    }

    /// Mode indicator: A, D, E, F, M, N, P, R, S (IEC 61162-1, mode indicator).
    fn mode(&mut self, text: &str) {
        self.word("mode", text);
        self.part.void |= text == "N";
        self.part.simulated |= text == "S";
    }

    fn course(&mut self, course_deg: Option<f64>) {
        self.part.course_deg = course_deg.filter(|course| (0.0..=360.0).contains(course));
    }
}

/// `hh:mm:ss.ssssss` without zeros at the end.
fn clock(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let text = format!("{hour:02}:{minute:02}:{second:02}.{fraction:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The name under which a sentence without a position of its own is counted; `None` for one that has a position.
pub(super) fn without_position(formatter: &str) -> Option<&'static str> {
    Some(match formatter {
        "RMC" | "GGA" | "GNS" | "GLL" => return None,
        "VTG" => "nmea_vtg",
        "ZDA" => "nmea_zda",
        "HDT" => "nmea_hdt",
        "THS" => "nmea_ths",
        "HDG" => "nmea_hdg",
        "GSA" => "nmea_gsa",
        "GSV" => "nmea_gsv",
        "GST" => "nmea_gst",
        "GBS" => "nmea_gbs",
        "GRS" => "nmea_grs",
        "DTM" => "nmea_dtm",
        "TXT" => "nmea_txt",
        "VDM" | "VDO" => "nmea_ais",
        _ => "nmea_other",
    })
}

/// Reads what a sentence has for a position, and its fields where they are `wanted`. One that is not known has its
/// fields as they are.
pub(super) fn read(sentence: &Sentence<'_>, wanted: bool) -> Result<Said, Fault> {
    let mut said = Said {
        wanted,
        ..Said::default()
    };
    said.add("talker", sentence.talker);
    said.add("sentence", sentence.formatter);
    match sentence.formatter {
        "RMC" => rmc(sentence, &mut said)?,
        "GGA" => gga(sentence, &mut said)?,
        "GNS" => gns(sentence, &mut said)?,
        "GLL" => gll(sentence, &mut said)?,
        "VTG" => vtg(sentence, &mut said)?,
        "ZDA" => zda(sentence, &mut said)?,
        "HDT" | "THS" => {
            said.part.heading_deg = said.number("heading_deg", sentence, 1)?;
            if sentence.formatter == "THS" {
                said.mode(sentence.field(2));
            }
        }
        "GSA" => gsa(sentence, &mut said)?,
        "GSV" => gsv(sentence, &mut said)?,
        "GST" => gst(sentence, &mut said)?,
        "TXT" => {
            said.word("text", sentence.field(4));
        }
        _ if wanted => said.add("fields", sentence.fields.clone()),
        _ => {}
    }
    Ok(said)
}

/// Time 1, status 2, position 3 to 6, speed 7, course 8, date 9, variation 10 and 11, mode 12, state 13.
fn rmc(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    if sentence.fields.len() < 9 {
        return Err(fault("truncated", "RMC has fewer than 9 fields"));
    }
    said.time(sentence, 1)?;
    said.word("status", sentence.field(2));
    said.position(sentence, 3)?;
    let knots = said.number("speed_knots", sentence, 7)?;
    let course = said.number("course_deg", sentence, 8)?;
    said.part.speed_mps = knots.map(|knots| knots * MPS_PER_KNOT);
    said.course(course);
    let date = sentence.field(9);
    said.part.date = if date.is_empty() {
        None
    } else {
        Some(short_date(date).ok_or(fault("malformed", "a date that is no ddmmyy"))?)
    };
    if said.wanted {
        said.add("date", said.part.date.map(|date| date.to_string()));
    }
    let variation = sentence.number(10)?;
    let west = sentence.field(11) == "W";
    said.add(
        "magnetic_variation_deg",
        variation.map(|deg| if west { -deg } else { deg }),
    );
    said.mode(sentence.field(12));
    said.word("nav_status", sentence.field(13));
    said.part.void |= sentence.field(2) != "A";
    Ok(())
}

/// Time 1, position 2 to 5, quality 6, satellites 7, HDOP 8, height 9, geoid 11, age 13, station 14.
fn gga(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    if sentence.fields.len() < 6 {
        return Err(fault("truncated", "GGA has fewer than 6 fields"));
    }
    said.time(sentence, 1)?;
    said.position(sentence, 2)?;
    let quality = said.count("quality", sentence, 6)?;
    said.count("satellites", sentence, 7)?;
    said.number("hdop", sentence, 8)?;
    said.part.alt_m = said.number("alt_m", sentence, 9)?;
    said.number("geoid_separation_m", sentence, 11)?;
    said.number("dgps_age_s", sentence, 13)?;
    said.word("dgps_station", sentence.field(14));
    // 0 is no fix, 8 the simulator (IEC 61162-1, GGA note 2).
    said.part.void = quality.is_none_or(|quality| quality == 0);
    said.part.simulated = quality == Some(8);
    Ok(())
}

/// Time 1, position 2 to 5, modes 6, satellites 7, HDOP 8, height 9, geoid 10, age 11, station 12, state 13.
fn gns(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    if sentence.fields.len() < 6 {
        return Err(fault("truncated", "GNS has fewer than 6 fields"));
    }
    said.time(sentence, 1)?;
    said.position(sentence, 2)?;
    // One letter for each system: no fix where none of them has one.
    let modes = sentence.field(6);
    said.word("mode", modes);
    said.count("satellites", sentence, 7)?;
    said.number("hdop", sentence, 8)?;
    said.part.alt_m = said.number("alt_m", sentence, 9)?;
    said.number("geoid_separation_m", sentence, 10)?;
    said.number("dgps_age_s", sentence, 11)?;
    said.word("dgps_station", sentence.field(12));
    said.word("nav_status", sentence.field(13));
    said.part.void = modes.bytes().all(|mode| mode == b'N');
    said.part.simulated = modes.contains('S');
    Ok(())
}

/// Position 1 to 4, time 5, status 6, mode 7.
fn gll(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    if sentence.fields.len() < 4 {
        return Err(fault("truncated", "GLL has fewer than 4 fields"));
    }
    said.position(sentence, 1)?;
    said.time(sentence, 5)?;
    said.word("status", sentence.field(6));
    said.mode(sentence.field(7));
    // Before edition 2.0 the sentence ended with the position.
    said.part.void |= sentence.field(6) == "V";
    Ok(())
}

/// Course 1 (T), magnetic course 3 (M), knots 5 (N), km/h 7 (K), mode 9; before edition 2.0 without the letters.
fn vtg(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    let lettered = sentence.fields.len() > 4;
    let place = |with: usize, without: usize| if lettered { with } else { without };
    let course = said.number("course_deg", sentence, place(1, 1))?;
    said.number("course_magnetic_deg", sentence, place(3, 2))?;
    let knots = said.number("speed_knots", sentence, place(5, 3))?;
    let kmh = said.number("speed_kmh", sentence, place(7, 4))?;
    said.mode(if lettered { sentence.field(9) } else { "" });
    said.course(course);
    said.part.speed_mps = knots
        .map(|knots| knots * MPS_PER_KNOT)
        .or_else(|| kmh.map(|kmh| kmh / 3.6));
    Ok(())
}

/// Time 1, day 2, month 3, year 4, zone hours 5 and minutes 6.
fn zda(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    said.time(sentence, 1)?;
    let number = |at: usize| sentence.field(at).parse::<i8>().ok();
    let date = sentence
        .field(4)
        .parse::<i16>()
        .ok()
        .and_then(|year| Date::new(year, number(3)?, number(2)?).ok());
    if date.is_none() && !sentence.field(4).is_empty() {
        return Err(fault("malformed", "a date that is none"));
    }
    said.part.date = date;
    said.add("date", date.map(|date| date.to_string()));
    said.add("zone_hours", number(5));
    said.add("zone_minutes", number(6));
    Ok(())
}

/// Selection 1, fix 2, satellites 3 to 14, PDOP 15, HDOP 16, VDOP 17, system 18.
fn gsa(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    said.word("selection", sentence.field(1));
    said.count("fix_type", sentence, 2)?;
    let mut used = Vec::new();
    for number in 3..=14 {
        used.extend(sentence.count(number)?);
    }
    said.add("satellites_used", used);
    said.number("pdop", sentence, 15)?;
    said.number("hdop", sentence, 16)?;
    said.number("vdop", sentence, 17)?;
    said.word("system_id", sentence.field(18));
    Ok(())
}

/// Sentences 1, number 2, satellites in view 3, then four fields for each of up to four satellites, signal.
fn gsv(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    said.count("sentences", sentence, 1)?;
    said.count("number", sentence, 2)?;
    said.count("satellites_in_view", sentence, 3)?;
    let rest = sentence.fields.len().saturating_sub(3);
    let mut satellites = Vec::new();
    for nth in 0..rest / 4 {
        let at = 4 + 4 * nth;
        if sentence.field(at).is_empty() {
            continue;
        }
        let prn = sentence.count(at)?;
        let (elevation, azimuth) = (sentence.number(at + 1)?, sentence.number(at + 2)?);
        let snr = sentence.number(at + 3)?;
        if said.wanted {
            satellites.push(json!({
                "prn": prn,
                "elevation_deg": elevation,
                "azimuth_deg": azimuth,
                "snr_db": snr,
            }));
        }
    }
    said.add("satellites", satellites);
    // Since edition 4.10 one field more: which signal of the satellites.
    let signal = if rest % 4 == 1 {
        sentence.field(3 + rest)
    } else {
        ""
    };
    said.word("signal_id", signal);
    Ok(())
}

/// Time 1, RMS 2, error ellipse 3 to 5, standard deviations of latitude 6, longitude 7, height 8 in metres.
fn gst(sentence: &Sentence<'_>, said: &mut Said) -> Result<(), Fault> {
    said.time(sentence, 1)?;
    said.number("rms", sentence, 2)?;
    said.number("semi_major_m", sentence, 3)?;
    said.number("semi_minor_m", sentence, 4)?;
    said.number("orientation_deg", sentence, 5)?;
    let lat = said.number("lat_error_m", sentence, 6)?;
    let lon = said.number("lon_error_m", sentence, 7)?;
    said.number("alt_error_m", sentence, 8)?;
    let circle = |(lat, lon): (f64, f64)| CIRCLE_95 * f64::midpoint(lat * lat, lon * lon).sqrt();
    said.part.ce_m = lat.zip(lon).map(circle);
    Ok(())
}

/// `ddmmyy`: years 80 to 99 are of the last century.
fn short_date(text: &str) -> Option<Date> {
    if text.len() != 6 || !text.bytes().all(|sign| sign.is_ascii_digit()) {
        return None;
    }
    let two = |from: usize| text.get(from..from + 2)?.parse::<i8>().ok();
    let year = i16::from(two(4)?);
    let century = if year >= 80 { 1900 } else { 2000 };
    Date::new(century + year, two(2)?, two(0)?).ok()
}
