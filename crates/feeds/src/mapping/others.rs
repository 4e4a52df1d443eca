//! A record becomes a position, the state of a unit, figures of a crossing point, a sign of life or a
//! withdrawal.

use oneroof_model::{
    BcpId, DeleteDraft, DeleteTarget, FiguresDraft, HeartbeatDraft, Mode, OrgId, PositionDraft,
    PositionSource, TrackDomain, TrackIdent, TrackKey, UnitDraft, UnitId, UnitKind, UnitStatus,
};

use super::node::Node;
use super::number::{Dimension, Number};
use super::place::Position;
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record};
use super::section::Section;
use super::source::{Source, Words};
use super::time::Moment;
use super::words::{DOMAINS, MODES, POSITION_SOURCES, UNIT_KINDS, UNIT_STATUSES};
use super::{Reference, ReferenceKind, Scope};

/// Longest identifier of a track, bytes.
const MAX_IDENT: usize = 64;

/// What moves.
#[derive(Debug, Clone, PartialEq)]
struct TrackMap {
    domain: Words<TrackDomain>,
    id: Source,
}

impl TrackMap {
    fn read(node: &Node, scope: &Scope<'_>, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let domain = section.need("domain", problems);
        let id = section.need("id", problems);
        section.finish(problems);
        let domain = Words::read(domain?, DOMAINS, scope.tables, problems);
        let id = Source::read(id?, scope.tables, problems);
        Some(Self {
            domain: domain?,
            id: id?,
        })
    }

    fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<TrackKey> {
        let domain = self.domain.get(record, notes)?;
        let Some(text) = self.id.text(record, notes) else {
            if notes.faults.is_empty() {
                notes.fault(
                    "missing_id",
                    self.id.label(),
                    "the identifier of a track, found none",
                );
            }
            return None;
        };
        let number = match domain {
            // ITU-R M.585: nine digits.
            TrackDomain::Vessel => text.parse().ok().filter(|n| (1..=999_999_999).contains(n)),
            // ICAO annex 10: 24 bits, written as six hexadecimal digits.
            TrackDomain::Aircraft => u32::from_str_radix(&text, 16)
                .ok()
                .filter(|n| text.len() == 6 && *n > 0),
            _ if text.len() <= MAX_IDENT => {
                let ident = TrackIdent::Text(text.into_boxed_str());
                return Some(TrackKey { domain, ident });
            }
            _ => None,
        };
        let Some(number) = number else {
            let expected = match domain {
                TrackDomain::Vessel => "an MMSI of at most nine digits",
                TrackDomain::Aircraft => "an ICAO address of six hexadecimal digits",
                _ => "an identifier of at most 64 bytes",
            };
            notes.fault("bad_track_id", self.id.label(), expected);
            return None;
        };
        Some(TrackKey {
            domain,
            ident: TrackIdent::Number(number),
        })
    }

    fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.domain.paths(to);
        self.id.paths(to);
    }
}

/// How a position is put together.
#[derive(Debug, Clone)]
pub(crate) struct PositionMap {
    track: Option<TrackMap>,
    at: Option<Moment>,
    position: Position,
    ce: Option<Number>,
    altitude: Option<Number>,
    speed: Option<Number>,
    course: Option<Number>,
    heading: Option<Number>,
    kind_code: Option<Number>,
    nav_status: Option<Number>,
    length: Option<Number>,
    name: Option<Source>,
    call_sign: Option<Source>,
    destination: Option<Source>,
    org: Option<Source>,
    source: Option<Words<PositionSource>>,
    mode: Option<Words<Mode>>,
}

impl PositionMap {
    pub(crate) fn read(
        section: &mut Section<'_>,
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        let track = section.need("track", problems);
        let track = track.and_then(|n| TrackMap::read(n, scope, problems));
        let position = Position::read_in(section, scope, problems);
        let mut number = |key, dimension| {
            let node = section.take(key)?;
            Number::read(node, dimension, scope.decimal, scope.tables, problems)
        };
        let ce = number("ce", Dimension::Length);
        let altitude = number("altitude", Dimension::Length);
        let speed = number("speed", Dimension::Speed);
        let course = number("course", Dimension::Degrees);
        let heading = number("heading", Dimension::Degrees);
        let kind_code = number("kind_code", Dimension::Plain);
        let nav_status = number("nav_status", Dimension::Plain);
        let length = number("length", Dimension::Length);
        Self {
            track,
            at: scope.moment(section, "at", problems),
            position,
            ce,
            altitude,
            speed,
            course,
            heading,
            kind_code,
            nav_status,
            length,
            name: scope.source(section, "name", problems),
            call_sign: scope.source(section, "call_sign", problems),
            destination: scope.source(section, "destination", problems),
            org: scope.source(section, "org", problems),
            source: scope.words(section, "source", POSITION_SOURCES, problems),
            mode: scope.words(section, "mode", MODES, problems),
        }
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<PositionDraft> {
        let track = self.track.as_ref()?.get(record, notes)?;
        let mut number = |n: &Option<Number>| n.as_ref().and_then(|n| n.get(record, notes));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "metres and degrees fit a float"
        )]
        let mut single = |n: &Option<Number>| number(n).map(|v| v as f32);
        let (ce_m, alt_m) = (single(&self.ce), single(&self.altitude));
        let (speed_mps, length) = (single(&self.speed), single(&self.length));
        let angle = |v: Option<f32>| v.map(|a| a.rem_euclid(360.0)).filter(|a| *a < 360.0);
        let (course_deg, heading_deg) = (angle(single(&self.course)), angle(single(&self.heading)));
        for (value, map) in [
            (ce_m, &self.ce),
            (speed_mps, &self.speed),
            (length, &self.length),
        ] {
            if value.is_some_and(|v| v < 0.0) {
                let label = map.as_ref().map(Number::label).unwrap_or_default();
                notes.fault("negative", label, "a number that is not negative");
            }
        }
        let mut count = |n: &Option<Number>| n.as_ref().and_then(|n| n.count(record, notes));
        let kind_code = count(&self.kind_code).and_then(|n| u16::try_from(n).ok());
        let nav_status = count(&self.nav_status).and_then(|n| u8::try_from(n).ok());
        let mut text = |s: &Option<Source>| {
            s.as_ref()
                .and_then(|s: &Source| s.text(record, notes))
                .map(String::into_boxed_str)
        };
        let (name, call_sign) = (text(&self.name), text(&self.call_sign));
        let (destination, org) = (text(&self.destination), text(&self.org));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float is cast saturating; a negative one was noted as a fault"
        )]
        let length_m = length.map(|m| m.round() as u16);
        Some(PositionDraft {
            at: self.at.as_ref().and_then(|m| m.get(record, notes)),
            position: self.position.point(record, notes),
            ce_m,
            alt_m,
            speed_mps,
            course_deg,
            heading_deg,
            name,
            call_sign,
            kind_code,
            nav_status,
            length_m,
            destination,
            org: org.map(|o| OrgId(o.into_string())),
            source: self
                .source
                .as_ref()
                .and_then(|w| w.get(record, notes))
                .unwrap_or_default(),
            mode: self.mode.as_ref().and_then(|w| w.get(record, notes)),
            ..PositionDraft::new(track)
        })
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.track.iter().for_each(|t| t.paths(to));
        self.at.iter().for_each(|m| m.paths(to));
        self.position.paths(to);
        let numbers = [
            &self.ce,
            &self.altitude,
            &self.speed,
            &self.course,
            &self.heading,
            &self.kind_code,
            &self.nav_status,
            &self.length,
        ];
        numbers.into_iter().flatten().for_each(|n| n.paths(to));
        let sources = [&self.name, &self.call_sign, &self.destination, &self.org];
        sources.into_iter().flatten().for_each(|s| s.paths(to));
        self.source.iter().for_each(|w| w.paths(to));
        self.mode.iter().for_each(|w| w.paths(to));
    }

    pub(crate) fn references(&self, to: &mut Vec<Reference>) {
        to.extend(
            self.org
                .iter()
                .flat_map(|s| Reference::of(ReferenceKind::Org, s)),
        );
    }
}

/// How the state of a unit is put together.
#[derive(Debug, Clone)]
pub(crate) struct UnitMap {
    unit: Option<Source>,
    org: Option<Source>,
    name: Option<Source>,
    kind: Option<Words<UnitKind>>,
    status: Option<Words<UnitStatus>>,
    at: Option<Moment>,
}

impl UnitMap {
    pub(crate) fn read(
        section: &mut Section<'_>,
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        let unit = section.need("unit", problems);
        Self {
            unit: unit.and_then(|n| Source::read(n, scope.tables, problems)),
            org: scope.source(section, "org", problems),
            name: scope.source(section, "name", problems),
            kind: scope.words(section, "kind", UNIT_KINDS, problems),
            status: scope.words(section, "status", UNIT_STATUSES, problems),
            at: scope.moment(section, "at", problems),
        }
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<UnitDraft> {
        let source = self.unit.as_ref()?;
        let Some(unit) = source.text(record, notes) else {
            notes.fault("missing_id", source.label(), "the id of a unit, found none");
            return None;
        };
        let mut text = |s: &Option<Source>| s.as_ref().and_then(|s| s.text(record, notes));
        let (org, name) = (text(&self.org).map(OrgId), text(&self.name));
        Some(UnitDraft {
            unit: UnitId(unit),
            org,
            name,
            kind: self.kind.as_ref().and_then(|w| w.get(record, notes)),
            status: self.status.as_ref().and_then(|w| w.get(record, notes)),
            at: self.at.as_ref().and_then(|m| m.get(record, notes)),
        })
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        [&self.unit, &self.org, &self.name]
            .into_iter()
            .flatten()
            .for_each(|s| s.paths(to));
        self.kind.iter().for_each(|w| w.paths(to));
        self.status.iter().for_each(|w| w.paths(to));
        self.at.iter().for_each(|m| m.paths(to));
    }

    pub(crate) fn references(&self, to: &mut Vec<Reference>) {
        to.extend(
            self.org
                .iter()
                .flat_map(|s| Reference::of(ReferenceKind::Org, s)),
        );
    }
}

/// How the figures of a crossing point are put together.
#[derive(Debug, Clone)]
pub(crate) struct FiguresMap {
    bcp: Option<Source>,
    at: Option<Moment>,
    cars: Option<Number>,
    trucks: Option<Number>,
    buses: Option<Number>,
    wait: Option<Number>,
    persons_per_h: Option<Number>,
    state: Option<Source>,
}

impl FiguresMap {
    pub(crate) fn read(
        section: &mut Section<'_>,
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        let bcp = section.need("bcp", problems);
        let bcp = bcp.and_then(|n| Source::read(n, scope.tables, problems));
        let mut number = |key, dimension| {
            let node = section.take(key)?;
            Number::read(node, dimension, scope.decimal, scope.tables, problems)
        };
        let cars = number("cars_waiting", Dimension::Plain);
        let trucks = number("trucks_waiting", Dimension::Plain);
        let buses = number("buses_waiting", Dimension::Plain);
        let wait = number("wait", Dimension::Minutes);
        let persons_per_h = number("persons_per_h", Dimension::Plain);
        Self {
            bcp,
            at: scope.moment(section, "at", problems),
            cars,
            trucks,
            buses,
            wait,
            persons_per_h,
            state: scope.source(section, "state", problems),
        }
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<FiguresDraft> {
        let source = self.bcp.as_ref()?;
        let Some(bcp) = source.text(record, notes) else {
            notes.fault(
                "missing_id",
                source.label(),
                "the code of a crossing point, found none",
            );
            return None;
        };
        let wait = self
            .wait
            .as_ref()
            .and_then(|n| n.get(record, notes))
            .map(f64::round);
        let mut count = |n: &Option<Number>| n.as_ref().and_then(|n| n.count(record, notes));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded to a week just before"
        )]
        let wait_min = wait
            .filter(|w| (0.0..=10_080.0).contains(w))
            .map(|w| w as u32);
        Some(FiguresDraft {
            bcp: BcpId(bcp),
            cars_waiting: count(&self.cars),
            trucks_waiting: count(&self.trucks),
            buses_waiting: count(&self.buses),
            wait_min,
            persons_per_h: count(&self.persons_per_h),
            at: self.at.as_ref().and_then(|m| m.get(record, notes)),
            state: self.state.as_ref().and_then(|s| s.text(record, notes)),
        })
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.bcp.iter().chain(&self.state).for_each(|s| s.paths(to));
        self.at.iter().for_each(|m| m.paths(to));
        let numbers = [
            &self.cars,
            &self.trucks,
            &self.buses,
            &self.wait,
            &self.persons_per_h,
        ];
        numbers.into_iter().flatten().for_each(|n| n.paths(to));
    }

    pub(crate) fn references(&self, to: &mut Vec<Reference>) {
        to.extend(
            self.bcp
                .iter()
                .flat_map(|s| Reference::of(ReferenceKind::CrossingPoint, s)),
        );
    }
}

/// How a sign of life is put together.
#[derive(Debug, Clone)]
pub(crate) struct HeartbeatMap {
    at: Option<Moment>,
}

impl HeartbeatMap {
    pub(crate) fn read(
        section: &mut Section<'_>,
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        Self {
            at: scope.moment(section, "at", problems),
        }
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> HeartbeatDraft {
        HeartbeatDraft {
            at: self.at.as_ref().and_then(|m| m.get(record, notes)),
        }
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.at.iter().for_each(|m| m.paths(to));
    }
}

/// How a withdrawal is put together.
#[derive(Debug, Clone)]
pub(crate) struct DeleteMap {
    report: Option<Source>,
    track: Option<TrackMap>,
    threat: Option<Source>,
    at: Option<Moment>,
}

impl DeleteMap {
    pub(crate) fn read(
        section: &mut Section<'_>,
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        let report = scope.source(section, "report", problems);
        let track = section
            .take("track")
            .and_then(|n| TrackMap::read(n, scope, problems));
        let threat = scope.source(section, "threat", problems);
        let named = [report.is_some(), track.is_some(), threat.is_some()];
        if named.into_iter().filter(|n| *n).count() != 1 {
            let message = "a withdrawal needs one of `report` (a source key), `track` and `threat` (the key of an alert)";
            problems.add(section.node(), "missing_key", message);
        }
        Self {
            report,
            track,
            threat,
            at: scope.moment(section, "at", problems),
        }
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<DeleteDraft> {
        let at = self.at.as_ref().and_then(|m| m.get(record, notes));
        let first = at.unwrap_or(record.received);
        let day = super::time::day_of(first, record.zone);
        let record = &Record { day, ..*record };
        let target = if let Some(source) = self.report.as_ref().or(self.threat.as_ref()) {
            let Some(key) = source.text(record, notes) else {
                notes.fault("missing_id", source.label(), "a source key, found none");
                return None;
            };
            if self.report.is_some() {
                DeleteTarget::Report { key }
            } else {
                DeleteTarget::Threat { key }
            }
        } else {
            DeleteTarget::Track {
                track: self.track.as_ref()?.get(record, notes)?,
            }
        };
        Some(DeleteDraft { target, at })
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        let keys = self.report.iter().chain(&self.threat);
        keys.for_each(|s| s.paths(to));
        self.track.iter().for_each(|t| t.paths(to));
        self.at.iter().for_each(|m| m.paths(to));
    }
}
