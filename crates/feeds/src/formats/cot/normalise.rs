//! From an event to drafts: units, tracks, reports, withdrawals.

use std::collections::{HashMap, VecDeque};

use oneroof_model::{
    DeleteDraft, DeleteTarget, Draft, HeartbeatDraft, PositionDraft, PositionSource, TrackDomain,
    TrackIdent, TrackKey, UnitDraft, UnitId,
};
use sha2::{Digest as _, Sha256};

use super::config::{CotOptions, MAX_IDENT, UnitName};
use super::event::Event;
use super::report::{key_of, mode_of, report_of};
use super::types::{Meaning, domain, meaning, unit_kind};
use super::xml::finite;

/// Tracks of one connection that are remembered by uid, for withdrawals; the oldest is forgotten first, and then a
/// withdrawal names the track by what it says itself.
const MAX_KNOWN: usize = 16 * 1024;

/// Fastest believable speed, metres a second (`model::validate`).
const MAX_SPEED_MPS: f64 = 4_000.0;

/// What became of an event.
#[derive(Debug, Default)]
pub(super) struct Concluded {
    pub(super) drafts: Vec<Draft>,
    /// What it is counted as, where it is out of scope.
    pub(super) skipped: Option<&'static str>,
}

/// Tracks by uid, as far as they were heard.
#[derive(Debug, Default)]
pub(super) struct Known {
    tracks: HashMap<String, TrackKey>,
    order: VecDeque<String>,
}

impl Known {
    fn remember(&mut self, uid: &str, track: &TrackKey) {
        // Bounded: a uid may be as long as an event.
        let uid = key_of(uid);
        if self.tracks.insert(uid.clone(), track.clone()).is_some() {
            return;
        }
        self.order.push_back(uid);
        if self.order.len() > MAX_KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.tracks.remove(&oldest);
        }
    }
}

/// Concludes from an event; `faults` are what in it was odd, and get what is found here.
pub(super) fn conclude(
    event: &Event,
    options: &CotOptions,
    known: &mut Known,
    faults: &mut Vec<String>,
) -> Concluded {
    let mut concluded = Concluded::default();
    match meaning(event) {
        Meaning::Skip(kind) => concluded.skipped = Some(kind),
        Meaning::Heartbeat => {
            let at = Some(event.time);
            concluded
                .drafts
                .push(Draft::Heartbeat(HeartbeatDraft { at }));
        }
        Meaning::Delete => match deleted(event, options, known) {
            drafts if drafts.is_empty() => concluded.skipped = Some("tak_delete_of_nothing"),
            drafts => concluded.drafts = drafts,
        },
        Meaning::Report if event.is_dropped() => {
            let key = key_of(&event.uid);
            concluded
                .drafts
                .push(delete(DeleteTarget::Report { key }, event));
        }
        Meaning::Report => {
            let report = report_of(event, options, faults);
            concluded.drafts.push(Draft::Report(Box::new(report)));
        }
        Meaning::Unit => match unit_of(event, options) {
            Some(unit) => {
                let track = TrackKey::text(TrackDomain::Unit, unit.unit.as_str());
                if !event.is_dropped() {
                    concluded.drafts.push(Draft::Unit(unit));
                }
                concluded.drafts.extend(moved(event, track, known, faults));
            }
            None => concluded
                .drafts
                .extend(track_of(event, None, known, faults)),
        },
        Meaning::Track(domain) => {
            concluded
                .drafts
                .extend(track_of(event, Some(domain), known, faults));
        }
    }
    concluded
}

fn delete(target: DeleteTarget, event: &Event) -> Draft {
    Draft::Delete(DeleteDraft {
        target,
        at: Some(event.time),
    })
}

/// What `t-x-d-d` withdraws: what its links name.
fn deleted(event: &Event, options: &CotOptions, known: &Known) -> Vec<Draft> {
    let links = event.details().filter(|e| e.name == "link");
    links
        .filter_map(|link| {
            let uid = link.filled("uid")?;
            if let Some(track) = known.tracks.get(&key_of(uid)) {
                return Some(delete(
                    DeleteTarget::Track {
                        track: track.clone(),
                    },
                    event,
                ));
            }
            // Never heard here: by what the link says of it.
            let kind = link.filled("type").unwrap_or_default();
            let named = Event::new(uid, kind, "", event.time, event.time);
            let target = match meaning(&named) {
                Meaning::Unit => {
                    let track = match unit_of(&named, options) {
                        Some(unit) => TrackKey::text(TrackDomain::Unit, unit.unit.as_str()),
                        None => identity(&named, None),
                    };
                    DeleteTarget::Track { track }
                }
                Meaning::Track(domain) => DeleteTarget::Track {
                    track: identity(&named, Some(domain)),
                },
                _ => DeleteTarget::Report { key: key_of(uid) },
            };
            Some(delete(target, event))
        })
        .collect()
}

/// The unit that a friendly atom is, unless it is only a track by the options.
fn unit_of(event: &Event, options: &CotOptions) -> Option<UnitDraft> {
    let name = match options.unit_by {
        UnitName::Callsign => event.callsign().unwrap_or(&event.uid),
        UnitName::Uid => &event.uid,
    };
    let unit = match options.units.get(name) {
        Some(id) => id.clone(),
        None if options.others_are_units => UnitId::from(bounded(name)),
        None => return None,
    };
    Some(UnitDraft {
        unit,
        org: None,
        name: event.callsign().map(str::to_owned),
        kind: unit_kind(&event.kind),
        status: None,
        at: Some(moment(event)),
    })
}

/// A name that fits into an identifier of a track; a longer one is named by its digest.
fn bounded(name: &str) -> String {
    if name.len() <= MAX_IDENT {
        return name.to_owned();
    }
    let digest = Sha256::digest(name);
    crate::contract::hex(digest.get(..16).unwrap_or(&digest))
}

/// When it was there: where it starts later than it was said, it was not measured later.
fn moment(event: &Event) -> oneroof_model::Time {
    event.start.unwrap_or(event.time).min(event.time)
}

fn track_of(
    event: &Event,
    domain: Option<TrackDomain>,
    known: &mut Known,
    faults: &mut Vec<String>,
) -> Option<Draft> {
    moved(event, identity(event, domain), known, faults)
}

/// What moves: by its ICAO address or MMSI where it says one, else by its uid.
fn identity(event: &Event, of_meaning: Option<TrackDomain>) -> TrackKey {
    let domain = of_meaning.unwrap_or_else(|| domain(event.segments().nth(2)));
    let number = match domain {
        TrackDomain::Aircraft => {
            let own = |e: &super::Element| {
                e.filled("icao")
                    .or_else(|| e.filled("icao24"))
                    .and_then(icao)
            };
            let named = || event.uid.strip_prefix("ICAO-").and_then(icao);
            event.details().find_map(own).or_else(named)
        }
        TrackDomain::Vessel => {
            let own = |e: &super::Element| e.filled("mmsi").and_then(mmsi);
            let named = || event.uid.strip_prefix("MMSI-").and_then(mmsi);
            event.details().find_map(own).or_else(named)
        }
        _ => None,
    };
    match number {
        Some(number) => TrackKey {
            domain,
            ident: TrackIdent::Number(number),
        },
        None => TrackKey::text(domain, &bounded(&event.uid)),
    }
}

/// A 24-bit address as six hexadecimal digits.
fn icao(text: &str) -> Option<u32> {
    let digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(text, 16).ok())?
}

/// A Maritime Mobile Service Identity: nine digits (ITU-R M.585).
fn mmsi(text: &str) -> Option<u32> {
    let digits = text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// The position of a track, or its withdrawal.
fn moved(
    event: &Event,
    track: TrackKey,
    known: &mut Known,
    faults: &mut Vec<String>,
) -> Option<Draft> {
    known.remember(&event.uid, &track);
    if event.is_dropped() {
        return Some(delete(DeleteTarget::Track { track }, event));
    }
    let position = event.point.position();
    if position.is_none() && track.domain == TrackDomain::Unit {
        // The unit itself is told; where it is, nobody knows.
        return None;
    }
    let source = match (&track.ident, track.domain) {
        (TrackIdent::Number(_), TrackDomain::Aircraft) => PositionSource::Adsb,
        (TrackIdent::Number(_), TrackDomain::Vessel) => PositionSource::Ais,
        _ => source_of(event.how.as_deref()),
    };
    let attribute = |element: &str, name: &str| event.detail(element)?.filled(name);
    let mut motion = |name: &str, good: fn(f64) -> Option<f64>| {
        let text = attribute("track", name)?;
        let value = finite(text).and_then(good);
        if value.is_none() {
            faults.push(format!("track: {name} {}", super::xml::short(text)));
        }
        value
    };
    let speed = motion("speed", |n| (0.0..=MAX_SPEED_MPS).contains(&n).then_some(n));
    let course = motion("course", |n| {
        (n.abs() <= 360.0).then(|| n.rem_euclid(360.0))
    });
    let call_sign = attribute("_aircot_", "flight")
        .or_else(|| attribute("__ais", "callsign"))
        .or_else(|| event.callsign());
    let mut draft = PositionDraft::new(track);
    draft.at = Some(moment(event));
    draft.position = position;
    if position.is_some() {
        draft.ce_m = event.point.ce_m().map(single);
        draft.alt_m = event.point.hae_m().map(single);
    }
    draft.speed_mps = speed.map(single);
    draft.course_deg = course.map(single);
    draft.name = attribute("__ais", "name").map(Into::into);
    draft.call_sign = call_sign.map(Into::into);
    draft.source = source;
    draft.mode = mode_of(event);
    Some(Draft::Position(draft))
}

/// How a position was measured, by `how`.
fn source_of(how: Option<&str>) -> PositionSource {
    let mut words = how.unwrap_or_default().split('-');
    match (words.next(), words.next()) {
        (Some("m"), Some("g")) => PositionSource::Gnss,
        (Some("h"), _) => PositionSource::Manual,
        _ => PositionSource::Unknown,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "metres and degrees within the range of single precision"
)]
const fn single(value: f64) -> f32 {
    value as f32
}
