//! From records to drafts: units of the model, what was not said left out.

use std::sync::Arc;

use oneroof_model::{
    DeleteDraft, DeleteTarget, Draft, HeartbeatDraft, LatLon, Mode, PositionDraft, PositionSource,
    Time, TrackDomain, TrackIdent, TrackKey,
};

use super::config::{AsterixOptions, Site, SourceId};
use super::decode::Origin;
use super::emergency::{Aircraft, Emergencies};
use super::field::{bits, characters, six_bit};
use super::projection::{self, Projected};
use super::record::{Category, Record};
use crate::contract::Output;
use crate::time_of_day;

/// Metres in a nautical mile (ISO 80000-3).
const M_PER_NM: f64 = 1_852.0;
/// Metres in a foot (ISO 80000-3).
const M_PER_FT: f64 = 0.3048;
/// Radians in one part of 2^16 of a full turn.
const TURN_16: f64 = core::f64::consts::TAU / 65_536.0;
/// Radius in standard deviations of a circle that holds 95 % of a circular normal distribution:
/// the square root of -2 ln 0.05.
const CIRCLE_95: f64 = 2.447_7;

/// Makes drafts; remembers who is in an emergency.
pub(super) struct Normaliser {
    options: Arc<AsterixOptions>,
    emergencies: Emergencies,
}

impl Normaliser {
    pub(super) fn new(options: Arc<AsterixOptions>) -> Self {
        Self {
            options,
            emergencies: Emergencies::default(),
        }
    }

    /// Turns a record into drafts or counts it.
    pub(super) fn take(&mut self, record: &Record<'_>, origin: &Origin<'_>, out: &mut Output) {
        match record.category() {
            Category::Service => service(record, origin, out),
            Category::Plots => self.plot(record, origin, out),
            Category::Tracks => self.track(record, origin, out),
            Category::SystemService => out.skip(origin.record, "cat065_service"),
        }
    }

    fn site(&self, record: &Record<'_>) -> Option<Site> {
        let (sac, sic) = record.source()?;
        self.options.radars.get(&SourceId { sac, sic }).copied()
    }

    /// Category 048: a plot or a track of one radar.
    fn plot(&mut self, record: &Record<'_>, origin: &Origin<'_>, out: &mut Output) {
        if record.flag("020", 6) {
            // RAB: the radar's own transponder, by which it watches itself.
            return out.skip(origin.record, "cat048_field_monitor");
        }
        let Some(key) = key(record, record.bits("161", 4, 12)) else {
            return out.skip(origin.record, "cat048_plot_without_identity");
        };
        let at = time(record, "140", origin.at);
        if record.flag("170", 8) {
            return delete(key, at, origin, out); // TRE: the radar ends the track
        }
        let mut draft = PositionDraft::new(key);
        draft.at = at;
        draft.source = PositionSource::Radar;
        draft.call_sign = record.item("240").and_then(call_sign);
        draft.alt_m = measured_height(record).map(single);
        draft.speed_mps = record
            .bits("200", 0, 16)
            .map(|raw| single(float(raw) * M_PER_NM / 16_384.0));
        draft.course_deg = record
            .bits("200", 16, 16)
            .map(|raw| single(float(raw) * 360.0 / 65_536.0));
        draft.mode = (record.flag("020", 3) || record.flag("020", 8)).then_some(Mode::Test);
        let located = self.site(record).and_then(|site| locate(site, record));
        draft.position = located.map(|found| found.at);
        draft.ce_m = located.and_then(|found| found.error_m).map(single);
        let code = mode_3a(record, "070");
        self.emergency(&draft, code, origin, out);
        if draft.position.is_some() {
            out.draft(origin.record, Draft::Position(draft));
        } else if self.site(record).is_none() {
            out.skip(origin.record, "cat048_radar_without_place");
        } else {
            out.skip(origin.record, "cat048_without_position");
        }
    }

    /// Category 062: a system track.
    fn track(&mut self, record: &Record<'_>, origin: &Origin<'_>, out: &mut Output) {
        let Some(key) = key(record, record.bits("040", 0, 16)) else {
            return out.skip(origin.record, "cat062_without_identity");
        };
        let at = time(record, "070", origin.at);
        if record.flag("080", 9) {
            return delete(key, at, origin, out); // TSE: the last message of the track
        }
        let mut draft = PositionDraft::new(key);
        draft.at = at;
        draft.source = source(record);
        draft.position = self.system_position(record);
        draft.ce_m = accuracy(record).filter(|_| draft.position.is_some());
        draft.alt_m = track_height(record).map(single);
        if let (Some(x), Some(y)) = (record.signed("185", 0, 16), record.signed("185", 16, 16)) {
            let (east, north) = (whole(x) / 4.0, whole(y) / 4.0);
            draft.speed_mps = Some(single(east.hypot(north)));
            let course = east.atan2(north).to_degrees().rem_euclid(360.0);
            // Someone who stands goes nowhere; rounding up to 360 is north.
            draft.course_deg = (x != 0 || y != 0)
                .then_some(single(course))
                .map(|deg| deg % 360.0);
        }
        draft.call_sign = record
            .part("380", 1)
            .and_then(call_sign)
            .or_else(|| {
                record
                    .item("245")
                    .and_then(|item| call_sign(item.get(1..)?))
            })
            .or_else(|| record.part("390", 1).and_then(name));
        // SIM: a simulated track.
        draft.mode = record.flag("080", 8).then_some(Mode::Test);
        let code = mode_3a(record, "060");
        self.emergency(&draft, code, origin, out);
        if draft.position.is_some() {
            out.draft(origin.record, Draft::Position(draft));
        } else {
            out.skip(origin.record, "cat062_without_position");
        }
    }

    /// I062/105, else I062/100 where the place of the system's reference point is configured.
    fn system_position(&self, record: &Record<'_>) -> Option<LatLon> {
        let degrees = |from| {
            let raw = record.signed("105", from, 32)?;
            Some(whole(raw) * 180.0 / 33_554_432.0)
        };
        if let (Some(lat), Some(lon)) = (degrees(0), degrees(32)) {
            return LatLon::new(lat, lon).ok();
        }
        let (x, y) = (record.signed("100", 0, 24)?, record.signed("100", 24, 24)?);
        projection::plane(self.site(record)?, whole(x) / 2.0, whole(y) / 2.0)
    }

    /// A report, where the aircraft begins to send an emergency code.
    fn emergency(
        &mut self,
        draft: &PositionDraft,
        code: Option<u16>,
        origin: &Origin<'_>,
        out: &mut Output,
    ) {
        let Some(code) = code else { return };
        let (track, address) = match &draft.track.ident {
            TrackIdent::Number(address) => (format!("{address:06x}"), Some(*address)),
            TrackIdent::Text(text) => (text.to_string(), None),
        };
        let aircraft = Aircraft {
            track: &track,
            address,
            call_sign: draft.call_sign.as_deref(),
            position: draft.position,
        };
        let now = draft.at.unwrap_or(origin.at);
        if let Some(mut report) = self.emergencies.take(&aircraft, code, now) {
            report.mode = draft.mode;
            let draft = Draft::Report(Box::new(report));
            out.draft_from(origin.record, draft, origin.offset, origin.raw);
        }
    }
}

/// Category 034: north marks and sector crossings show that the radar turns.
fn service(record: &Record<'_>, origin: &Origin<'_>, out: &mut Output) {
    match record.bits("000", 0, 8) {
        Some(1 | 2) => {
            let at = time(record, "030", origin.at);
            out.draft(origin.record, Draft::Heartbeat(HeartbeatDraft { at }));
        }
        Some(3) => out.skip(origin.record, "cat034_geographical_filter"),
        Some(4) => out.skip(origin.record, "cat034_jamming_strobe"),
        Some(5) => out.skip(origin.record, "cat034_solar_storm"),
        Some(6) => out.skip(origin.record, "cat034_ssr_jamming_strobe"),
        Some(7) => out.skip(origin.record, "cat034_mode_s_jamming_strobe"),
        Some(8) => out.skip(origin.record, "cat034_ic_conflict_area"),
        _ => out.skip(origin.record, "cat034_other"),
    }
}

/// The identity of a track: the aircraft's address, else the track's number at its radar or system.
fn key(record: &Record<'_>, number: Option<u64>) -> Option<TrackKey> {
    let address = record.address().and_then(|raw| u32::try_from(raw).ok());
    // Neither all zeros nor all ones is an aircraft's (Annex 10, Volume III, Part I, 9.4.5).
    if let Some(address) = address.filter(|address| !matches!(address, 0 | 0xff_ffff)) {
        return Some(TrackKey {
            domain: TrackDomain::Aircraft,
            ident: TrackIdent::Number(address),
        });
    }
    let ((sac, sic), number) = (record.source()?, number?);
    let ident = format!("{sac}/{sic}/{number}");
    Some(TrackKey::text(TrackDomain::Aircraft, &ident))
}

fn delete(key: TrackKey, at: Option<Time>, origin: &Origin<'_>, out: &mut Output) {
    let target = DeleteTarget::Track { track: key };
    let draft = Draft::Delete(DeleteDraft { target, at });
    out.draft_from(origin.record, draft, origin.offset, origin.raw);
}

/// A time of day in 1/128 s since midnight UTC.
fn time(record: &Record<'_>, item: &str, at: Time) -> Option<Time> {
    let ticks = i64::try_from(record.bits(item, 0, 24)?).ok()?;
    time_of_day::nearest(at, ticks * 15_625 / 2)
}

/// A Mode 3/A code that was validated (V = 0) and is not garbled (G = 0).
fn mode_3a(record: &Record<'_>, item: &str) -> Option<u16> {
    let sure = record.bits(item, 0, 2) == Some(0);
    let code = record.bits(item, 4, 12).filter(|_| sure)?;
    u16::try_from(code).ok()
}

/// Where the plot was: as measured in this scan, else as the radar's own tracker has it.
fn locate(site: Site, record: &Record<'_>) -> Option<Projected> {
    if let (Some(rho), Some(theta)) = (record.bits("040", 0, 16), record.bits("040", 16, 16)) {
        let range = float(rho) * M_PER_NM / 256.0;
        return projection::polar(site, range, float(theta) * TURN_16, measured_height(record));
    }
    let (x, y) = (record.signed("042", 0, 16)?, record.signed("042", 16, 16)?);
    let metres = |raw: i64| whole(raw) * M_PER_NM / 128.0;
    Some(Projected {
        at: projection::plane(site, metres(x), metres(y))?,
        error_m: None,
    })
}

/// Height in metres: of a 3D radar, else the flight level that the transponder sent, where validated and not garbled.
fn measured_height(record: &Record<'_>) -> Option<f64> {
    if let Some(raw) = record.signed("110", 2, 14) {
        return Some(whole(raw) * 25.0 * M_PER_FT);
    }
    let sure = record.bits("090", 0, 2) == Some(0);
    let raw = record.signed("090", 2, 14).filter(|_| sure)?;
    Some(whole(raw) * 25.0 * M_PER_FT)
}

/// Height in metres: geometric, else barometric, else as measured.
fn track_height(record: &Record<'_>) -> Option<f64> {
    let geometric = record.signed("130", 0, 16).map(|raw| whole(raw) * 6.25);
    let barometric = || record.signed("135", 1, 15).map(|raw| whole(raw) * 25.0);
    let measured = || record.signed("136", 0, 16).map(|raw| whole(raw) * 25.0);
    let feet = geometric.or_else(barometric).or_else(measured)?;
    Some(feet * M_PER_FT)
}

/// How a system track was measured: by what has not grown old (I062/080, fourth octet).
fn source(record: &Record<'_>) -> PositionSource {
    let old = |bit| record.bits("080", bit, 1);
    match (old(25), old(26), old(27), old(28)) {
        (Some(1), Some(1), Some(1), Some(0)) => PositionSource::Adsb,
        _ => PositionSource::Radar,
    }
}

/// Circular error (95 %) from the standard deviations of I062/500, in the plane or on WGS 84.
fn accuracy(record: &Record<'_>) -> Option<f32> {
    let pair = |part: usize| {
        let octets = record.part("500", part)?;
        Some((float(bits(octets, 0, 16)?), float(bits(octets, 16, 16)?)))
    };
    let (x, y) = pair(0).map(|(x, y)| (x / 2.0, y / 2.0)).or_else(|| {
        // Metres in 180 / 2^25 degrees along a meridian; along a parallel they are fewer.
        let (lat, lon) = pair(2)?;
        let m = 180.0 / 33_554_432.0 * 111_195.0;
        Some((lat * m, lon * m))
    })?;
    Some(single(CIRCLE_95 * f64::midpoint(x * x, y * y).sqrt()))
}

/// Eight six-bit characters; nothing where none of them says anything.
fn call_sign(octets: &[u8]) -> Option<Box<str>> {
    let text = six_bit(octets, 0, 8)?;
    let text = text.trim();
    (!text.is_empty() && !text.contains('?')).then(|| text.into())
}

/// Eight-bit characters of a flight plan.
fn name(octets: &[u8]) -> Option<Box<str>> {
    let text = characters(octets);
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    (!text.is_empty() && plain).then(|| text.into())
}

#[expect(clippy::cast_precision_loss, reason = "numbers of at most 32 bits")]
const fn float(raw: u64) -> f64 {
    raw as f64
}

#[expect(clippy::cast_precision_loss, reason = "numbers of at most 32 bits")]
const fn whole(raw: i64) -> f64 {
    raw as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the model keeps single precision"
)]
const fn single(value: f64) -> f32 {
    value as f32
}
