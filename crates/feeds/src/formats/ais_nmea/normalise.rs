//! From messages to drafts: units of the model, "not available" left out, distress made a report.

use std::collections::BTreeMap;

use oneroof_model::{
    CountRange, Draft, EventImpact, Identifier, IdentifierKind, ImpactProposal, Interval, LatLon,
    Mode, Place, PlaceKind, PositionDraft, PositionSource, ReportDraft, SourceKey, SourceKind,
    Time, TrackKey, TypeCode,
};
use sha2::{Digest as _, Sha256};

use super::decode::Origin;
use super::message::{Coordinates, Dimensions, Header, Message};
use crate::contract::{Output, hex};

/// Metres a second in a knot: 1852 m an hour (ISO 80000-3).
const MPS_PER_KNOT: f64 = 1852.0 / 3600.0;

/// Error of a position whose accuracy flag is set: better than 10 m (M.1371-5, Annex 8, 3.1).
const ACCURATE_M: f32 = 10.0;

/// Error of a position in 1/10 minute: half a step is 93 m, in both directions 131 m, and the fix's own.
const COARSE_M: f32 = 140.0;

/// Seconds between two reports of one distress beacon or of one safety text, which are sent many times a
/// minute. Our own choice; positions are not thinned.
const REPORT_EVERY_S: i64 = 300;

/// Silence after which a beacon that is heard again is another happening. Our own choice.
const EPISODE_S: i64 = 6 * 3_600;

/// Most beacons and texts that are remembered; the one not heard of for longest makes room.
const MAX_REMEMBERED: usize = 256;

/// Event type of a distress at sea or on a river.
const DISTRESS: &str = "MAR05";

/// What is remembered of a beacon or a text, so that not every repetition is a report.
struct Remembered {
    first: Time,
    last: Time,
    reported: Option<Time>,
    active: bool,
    place: Option<LatLon>,
}

/// Makes drafts; remembers distress beacons and safety texts.
#[derive(Default)]
pub(super) struct Normaliser {
    remembered: BTreeMap<String, Remembered>,
}

impl Normaliser {
    /// Turns a message into drafts or counts it as out of scope.
    pub(super) fn take(
        &mut self,
        header: Header,
        message: &Message,
        origin: &Origin<'_>,
        out: &mut Output,
    ) {
        if !(1..=999_999_999).contains(&header.mmsi) {
            // No station has such a number (ITU-R M.585): there is nothing to attach the rest to.
            return out.skip(origin.record, "mmsi_out_of_range");
        }
        if let Message::BroadcastText(text) = message {
            return self.safety_text(header.mmsi, &text.text, origin, out);
        }
        let Some(mut draft) = position(header, message) else {
            return out.skip(origin.record, out_of_scope(header.message_type));
        };
        draft.at = origin.time;
        if let (Some(beacon), Message::ClassA(report)) = (Beacon::of(header.mmsi), message) {
            // Status 14 is an active beacon; one under test sends 15 (M.1371-5, Annex 8, 3.1).
            let active = report.nav_status == 14;
            draft.mode = (!active).then_some(Mode::Test);
            if let Some(report) = self.beacon(beacon, header.mmsi, active, &draft, "", origin) {
                origin.report(report, out);
            }
        }
        out.draft(origin.record, Draft::Position(draft));
    }

    /// A safety text to all (message 14).
    fn safety_text(&mut self, mmsi: u32, text: &str, origin: &Origin<'_>, out: &mut Output) {
        let text = text.trim();
        if text.is_empty() {
            return out.skip(origin.record, "ais_14_without_text");
        }
        let report = if let Some(beacon) = Beacon::of(mmsi) {
            let silent = PositionDraft::new(TrackKey::vessel(mmsi));
            self.beacon(beacon, mmsi, !text.contains("TEST"), &silent, text, origin)
        } else if is_form_of_mmsi(mmsi) {
            self.text_report(mmsi, text, origin)
        } else {
            return out.skip(origin.record, "mmsi_of_no_form");
        };
        match report {
            Some(report) => origin.report(report, out),
            None => out.skip(origin.record, "safety_text_repeated"),
        }
    }

    /// A report of a beacon, where it is new, has changed or was not reported for a while.
    fn beacon(
        &mut self,
        beacon: Beacon,
        mmsi: u32,
        active: bool,
        heard: &PositionDraft,
        text: &str,
        origin: &Origin<'_>,
    ) -> Option<ReportDraft> {
        let now = origin.time.unwrap_or(origin.at);
        let known = self.recall(format!("beacon-{mmsi}"), now, active);
        let changed = known.active != active;
        let placed = known.place.is_none() && heard.position.is_some();
        known.active = active;
        known.place = heard.position.or(known.place);
        if !(known.due(now) || changed || placed) {
            return None;
        }
        known.reported = Some(now);
        let state = if active { "active" } else { "test" };
        let lives = active.then_some(EventImpact::VeryHigh);
        Some(ReportDraft {
            source: Some(SourceKey {
                key: format!("{}-{mmsi}-{state}-{}", beacon.name(), known.first.as_secs()),
                revision: Some(now.as_secs()),
            }),
            type_code: Some(TypeCode::from(DISTRESS)),
            original_code: Some(format!("{} {state}", beacon.name())),
            place: place(known.place, mmsi),
            persons: (beacon == Beacon::Mob && active).then_some(CountRange {
                n: None,
                min: Some(1),
                max: None,
            }),
            life_at_risk: Some(active),
            title: Some(format!("{} {mmsi}", beacon.name())),
            impact_proposed: ImpactProposal {
                lives,
                ..ImpactProposal::default()
            },
            mode: (!active).then_some(Mode::Test),
            ..report(mmsi, text, now)
        })
    }

    /// A report of a text, where it was not reported a moment ago.
    fn text_report(&mut self, mmsi: u32, text: &str, origin: &Origin<'_>) -> Option<ReportDraft> {
        let now = origin.time.unwrap_or(origin.at);
        let digest = Sha256::digest(text.as_bytes());
        let short = hex(digest.get(..4).unwrap_or_default());
        let key = format!("ais-text-{mmsi}-{short}");
        let known = self.recall(key.clone(), now, true);
        if !known.due(now) {
            return None;
        }
        known.reported = Some(now);
        let distress = ["MAYDAY", "MAN OVERBOARD"]
            .iter()
            .any(|word| text.contains(word));
        Some(ReportDraft {
            source: Some(SourceKey {
                key: format!("{key}-{}", known.first.as_secs()),
                revision: Some(now.as_secs()),
            }),
            type_code: Some(TypeCode::from(if distress {
                DISTRESS
            } else {
                TypeCode::OTHER
            })),
            original_code: Some("AIS message 14".to_owned()),
            place: place(None, mmsi),
            life_at_risk: distress.then_some(true),
            title: Some(text.to_owned()),
            ..report(mmsi, text, now)
        })
    }

    fn recall(&mut self, key: String, now: Time, active: bool) -> &mut Remembered {
        if self.remembered.len() >= MAX_REMEMBERED && !self.remembered.contains_key(&key) {
            let oldest = self.remembered.iter().min_by_key(|(_, known)| known.last);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.remembered.remove(&oldest);
            }
        }
        let fresh = || Remembered {
            first: now,
            last: now,
            reported: None,
            active,
            place: None,
        };
        let known = self.remembered.entry(key).or_insert_with(fresh);
        if now > known.last.plus_secs(EPISODE_S) {
            *known = fresh();
        }
        known.last = known.last.max(now);
        known
    }
}

impl Remembered {
    fn due(&self, now: Time) -> bool {
        self.reported
            .is_none_or(|last| now >= last.plus_secs(REPORT_EVERY_S))
    }
}

/// Devices whose only purpose is distress (ITU-R M.585, Annex 2, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beacon {
    /// 970: search and rescue transmitter.
    Sart,
    /// 972: man overboard.
    Mob,
    /// 974: position-indicating beacon.
    Epirb,
}

impl Beacon {
    const fn of(mmsi: u32) -> Option<Self> {
        match mmsi / 1_000_000 {
            970 => Some(Self::Sart),
            972 => Some(Self::Mob),
            974 => Some(Self::Epirb),
            _ => None,
        }
    }

    /// The device's name in ITU-R M.1371-5, the same in every language.
    const fn name(self) -> &'static str {
        match self {
            Self::Sart => "AIS-SART",
            Self::Mob => "MOB-AIS",
            Self::Epirb => "EPIRB-AIS",
        }
    }
}

/// Whether a number has one of the forms of ITU-R M.585: ship, coast station or group, handheld, rescue
/// aircraft, free-form. Noise that passed for a message 14 mostly has not.
const fn is_form_of_mmsi(mmsi: u32) -> bool {
    match mmsi / 100_000_000 {
        0 => mmsi >= 2_000_000,
        1 => mmsi / 1_000_000 == 111,
        2..=8 => true,
        _ => matches!(mmsi / 10_000_000, 98 | 99) || matches!(mmsi / 1_000_000, 970 | 972 | 974),
    }
}

/// What all reports of a station share.
fn report(mmsi: u32, text: &str, now: Time) -> ReportDraft {
    ReportDraft {
        occurred: Some(Interval::at(now)),
        reported: Some(now),
        text: Some(text.to_owned()).filter(|text| !text.is_empty()),
        source_kind: Some(SourceKind::ShipReporting),
        identifiers: vec![Identifier {
            kind: IdentifierKind::Mmsi,
            value: format!("{mmsi:09}"),
        }],
        ..ReportDraft::default()
    }
}

fn place(at: Option<LatLon>, mmsi: u32) -> Place {
    match at {
        Some(at) => Place {
            kind: PlaceKind::Gnss,
            ..Place::point(at)
        },
        None => Place {
            described: Some(format!("MMSI {mmsi:09}")),
            ..Place::default()
        },
    }
}

/// Kinds under which messages without a draft are counted.
const fn out_of_scope(message_type: u8) -> &'static str {
    match message_type {
        6 => "ais_6_addressed_binary",
        7 => "ais_7_acknowledge",
        8 => "ais_8_broadcast_binary",
        10 => "ais_10_utc_inquiry",
        12 => "ais_12_addressed_text",
        13 => "ais_13_acknowledge",
        15 => "ais_15_interrogation",
        16 => "ais_16_assigned_mode",
        17 => "ais_17_differential",
        20 => "ais_20_data_link",
        22 => "ais_22_channels",
        23 => "ais_23_group_assignment",
        25 => "ais_25_one_slot_binary",
        26 => "ais_26_slots_binary",
        _ => "ais_other",
    }
}

/// The position, or the static data, that a message gives.
fn position(header: Header, message: &Message) -> Option<PositionDraft> {
    let mut draft = PositionDraft::new(TrackKey::vessel(header.mmsi));
    draft.source = PositionSource::Ais;
    match message {
        Message::ClassA(m) => {
            locate(&mut draft, m.at, m.position_accuracy);
            motion(&mut draft, m.speed_knots, m.course_deg, m.heading_deg);
            draft.nav_status = Some(m.nav_status).filter(|status| *status != 15);
        }
        Message::ClassB(m) => {
            locate(&mut draft, m.at, m.position_accuracy);
            motion(&mut draft, m.speed_knots, m.course_deg, m.heading_deg);
        }
        Message::ClassBExtended(m) => {
            locate(&mut draft, m.at, m.position_accuracy);
            motion(&mut draft, m.speed_knots, m.course_deg, m.heading_deg);
            draft.name = m.name.filled().map(Into::into);
            vessel(&mut draft, m.ship_type, Some(m.dimensions));
        }
        Message::SarAircraft(m) => {
            locate(&mut draft, m.at, m.position_accuracy);
            motion(&mut draft, m.speed_knots.map(f64::from), m.course_deg, None);
            draft.alt_m = m.alt_m.map(f32::from);
        }
        Message::LongRange(m) => {
            locate(&mut draft, m.at, false);
            draft.ce_m = draft.position.map(|_| COARSE_M);
            let course = m.course_deg.map(f64::from);
            motion(&mut draft, m.speed_knots.map(f64::from), course, None);
            draft.nav_status = Some(m.nav_status).filter(|status| *status != 15);
        }
        Message::BaseStation(m) => locate(&mut draft, m.at, m.position_accuracy),
        Message::AidToNavigation(m) => {
            locate(&mut draft, m.at, m.position_accuracy);
            let name = format!("{:<20}{}", m.name.as_str(), m.name_extension.as_str());
            draft.name = Some(name.trim())
                .filter(|name| !name.is_empty())
                .map(Into::into);
        }
        Message::StaticVoyage(m) => {
            draft.name = m.name.filled().map(Into::into);
            draft.call_sign = m.callsign.filled().map(Into::into);
            draft.destination = m.destination.filled().map(Into::into);
            vessel(&mut draft, m.ship_type, Some(m.dimensions));
        }
        Message::PartA(m) => draft.name = m.name.filled().map(Into::into),
        Message::PartB(m) => {
            draft.call_sign = m.callsign.filled().map(Into::into);
            vessel(&mut draft, m.ship_type, m.dimensions);
        }
        _ => return None,
    }
    Some(draft)
}

fn locate(draft: &mut PositionDraft, at: Coordinates, accurate: bool) {
    draft.position = at
        .lat_deg
        .zip(at.lon_deg)
        .and_then(|(lat, lon)| LatLon::new(lat, lon).ok());
    draft.ce_m = (accurate && draft.position.is_some()).then_some(ACCURATE_M);
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "three digits fit a 32-bit float"
)]
fn motion(
    draft: &mut PositionDraft,
    speed_knots: Option<f64>,
    course_deg: Option<f64>,
    heading_deg: Option<u16>,
) {
    draft.speed_mps = speed_knots.map(|knots| (knots * MPS_PER_KNOT) as f32);
    draft.course_deg = course_deg
        .filter(|course| *course < 360.0)
        .map(|course| course as f32);
    draft.heading_deg = heading_deg.filter(|heading| *heading < 360).map(f32::from);
}

fn vessel(draft: &mut PositionDraft, ship_type: u8, dimensions: Option<Dimensions>) {
    draft.kind_code = Some(u16::from(ship_type)).filter(|kind| (1..=99).contains(kind));
    draft.length_m = dimensions.and_then(Dimensions::length_m);
}
