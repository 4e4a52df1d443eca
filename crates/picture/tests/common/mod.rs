//! Entries for the fold: each by itself, and whole sequences that are partly plausible and partly nonsense.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;

use oneroof_model::{
    Actor, Area, AreaDraft, AreaId, AreaPurpose, AreaShape, Attachment, Confidence, Curated,
    Curation, DismissReason, EntryBody, Event, EventId, EventImpact, EventLink, EventLinkKind,
    EventState, Figures, ImpactProposal, Interval, LatLon, LinkProvenance, Marking, MergeRecord,
    Mode, Note, NoteId, Place, Quality, Relation, Replaced, Report, ReportId, RoomConfig,
    SectionId, SectionLevel, SourceKind, Suggestion, SuggestionId, SuggestionState, Time, Unit,
    UnitKind, UnitStatus,
};
use oneroof_picture::{Change, Picture};
use proptest::prelude::*;
use uuid::Uuid;

/// An entry as it comes from the journal: `None` where its payload was erased.
pub(crate) type Entry = Option<EntryBody>;

pub(crate) fn time(n: u64) -> Time {
    Time::from_secs(1_795_392_000).plus_secs(i64::try_from(n).unwrap_or(0))
}

fn uuid(kind: u128, n: u8) -> Uuid {
    Uuid::from_u128(kind << 64 | u128::from(n))
}

pub(crate) fn report_id(n: u8) -> ReportId {
    ReportId(uuid(1, n))
}

pub(crate) fn event_id(n: u8) -> EventId {
    EventId(uuid(2, n))
}

pub(crate) fn suggestion_id(n: u8) -> SuggestionId {
    SuggestionId(uuid(3, n))
}

pub(crate) fn area_id(n: u8) -> AreaId {
    AreaId(uuid(5, n))
}

pub(crate) fn officer() -> Actor {
    Actor::Person {
        name: "Officer".to_owned(),
        org: "BG".into(),
    }
}

pub(crate) fn report(n: u8) -> Report {
    Report {
        id: report_id(n),
        feed: "feed".into(),
        source: None,
        revises: None,
        relation: Relation::New,
        org: "BG".into(),
        source_kind: SourceKind::Patrol,
        mode: Mode::Actual,
        type_code: "UBC01".into(),
        original_code: None,
        occurred: Interval::at(time(u64::from(n))),
        aware: None,
        reported: None,
        received: time(u64::from(n)),
        expires: None,
        place: Place::default(),
        section: None,
        persons: None,
        vehicles: None,
        life_at_risk: None,
        title: None,
        text: Some(format!("report {n}")),
        confidence: Confidence::default(),
        impact_proposed: ImpactProposal::default(),
        identifiers: Vec::new(),
        attachments: Vec::new(),
        attributes: BTreeMap::new(),
        marking: Marking::default(),
        quality: Quality::default(),
    }
}

/// Values that differ with `n`.
pub(crate) fn curation(n: u8) -> Curation {
    fn value<T>(value: T, n: u8) -> Curated<T> {
        Curated {
            value,
            rests_on: vec![report_id(n)],
            by: officer(),
            at: time(u64::from(n)),
        }
    }
    let impacts = [
        EventImpact::Low,
        EventImpact::Medium,
        EventImpact::High,
        EventImpact::VeryHigh,
    ];
    Curation {
        type_code: value(format!("UBC{:02}", n % 13).as_str().into(), n),
        impact: value(pick(impacts.into_iter(), n).unwrap_or(EventImpact::Low), n),
        life_at_risk: value(n.is_multiple_of(2), n),
        occurred: value(Interval::at(time(u64::from(n))), n),
        place: value(Place::default(), n),
        section: value(Some(section_id(n)), n),
        lead: value("BG".into(), n),
    }
}

pub(crate) fn section_id(n: u8) -> SectionId {
    format!("UA-RO-{:02}", n % 3).into()
}

pub(crate) fn unit(n: u8, status: UnitStatus, at: Time) -> Unit {
    Unit {
        id: format!("BG-P-{:03}", n % 3).into(),
        org: "BG".into(),
        uk: format!("unit {n}"),
        en: format!("unit {n}"),
        kind: UnitKind::FootPatrol,
        capabilities: Vec::new(),
        section: None,
        status,
        status_at: Some(at),
    }
}

pub(crate) fn figures(n: u8, at: Time, cars: u8) -> Figures {
    Figures {
        bcp: format!("UAPL{:02}", n % 3).into(),
        at,
        received: at,
        org: "CU".into(),
        cars_waiting: Some(u32::from(cars)),
        trucks_waiting: None,
        buses_waiting: None,
        wait_min: None,
        persons_per_h: None,
        state: None,
    }
}

/// A circle of so many changes.
pub(crate) fn area(id: AreaId, version: u64, event: Option<EventId>) -> EntryBody {
    EntryBody::AreaSet {
        area: Box::new(Area {
            id,
            version,
            said: AreaDraft {
                name: format!("version {version}"),
                purpose: AreaPurpose::Search,
                shape: AreaShape::Circle {
                    center: LatLon::new(48.0, 24.0).unwrap_or_else(|e| unreachable!("{e}")),
                    radius_m: 500.0,
                },
                event,
                until: None,
                mode: Mode::Actual,
                marking: Marking::default(),
            },
            drawn_by: officer(),
            drawn_at: time(0),
            changed_by: (version > 1).then(officer),
            changed_at: (version > 1).then(|| time(version)),
        }),
    }
}

pub(crate) fn recorded(report: Report) -> EntryBody {
    EntryBody::ReportRecorded {
        report: Box::new(report),
        newest: true,
    }
}

pub(crate) fn opened(event: EventId, report: ReportId, n: u8) -> EntryBody {
    EntryBody::EventOpened {
        event,
        mode: Mode::Actual,
        report,
        curation: Box::new(curation(n)),
        aware_at: time(u64::from(n)),
    }
}

pub(crate) fn attached(event: EventId, report: ReportId, new_values: Option<u8>) -> EntryBody {
    EntryBody::ReportAttached {
        event,
        attachment: Attachment {
            report,
            at: time(0),
            provenance: LinkProvenance::Manual { by: officer() },
        },
        curation: new_values.map(|n| Box::new(curation(n))),
        replaces: None,
    }
}

/// A newer revision takes the place of older ones in an event.
pub(crate) fn replacing(event: EventId, report: ReportId, older: &[ReportId]) -> EntryBody {
    EntryBody::ReportAttached {
        event,
        attachment: Attachment {
            report,
            at: time(0),
            provenance: LinkProvenance::Manual { by: officer() },
        },
        curation: None,
        replaces: Some(Box::new(Replaced {
            reports: older.to_vec(),
            received: time(1),
            aware: time(0),
        })),
    }
}

pub(crate) fn merged(
    survivor: EventId,
    absorbed: &Event,
    before: &Curation,
    after: u8,
) -> EntryBody {
    EntryBody::EventsMerged {
        survivor,
        record: Box::new(MergeRecord {
            absorbed: absorbed.id,
            reports: absorbed.reports.iter().map(|a| a.report).collect(),
            by: officer(),
            at: time(1),
            suggestion: None,
            before: Box::new(before.clone()),
            after: Box::new(curation(after)),
            absorbed_state: absorbed.state,
        }),
    }
}

pub(crate) fn suggested(id: SuggestionId, a: EventId, b: EventId) -> EntryBody {
    EntryBody::SuggestionMade {
        suggestion: Box::new(Suggestion {
            id,
            a,
            b,
            score: 0.5,
            terms: Vec::new(),
            strong: false,
            rule: "link/1".to_owned(),
            at: time(0),
            state: SuggestionState::Open,
        }),
    }
}

/// What a step of a sequence is about; made into an entry by what the picture then holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) kind: u8,
    /// Chooses a thing.
    pub(crate) x: u8,
    /// Chooses another.
    pub(crate) y: u8,
    /// Takes what there is, where there is any; else whatever the numbers say.
    pub(crate) honest: bool,
}

/// Kinds of steps.
pub(crate) const STEPS: u8 = 24;

pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let kind = prop_oneof![
        6 => Just(0_u8),
        6 => Just(1_u8),
        3 => 2..8_u8,
        3 => 0..STEPS,
    ];
    let step = (kind, any::<u8>(), any::<u8>(), prop::bool::weighted(0.8));
    let step = step.prop_map(|(kind, x, y, honest)| Step { kind, x, y, honest });
    prop::collection::vec(step, 0..most)
}

/// The `n`th of those things, counted around; none where there are none.
fn pick<T>(things: impl Iterator<Item = T>, n: u8) -> Option<T> {
    let mut things: Vec<T> = things.collect();
    let at = usize::from(n).checked_rem(things.len())?;
    Some(things.swap_remove(at))
}

impl Step {
    fn event(self, picture: &Picture, n: u8) -> EventId {
        let standing = picture.events().filter(|e| e.merged_into.is_none());
        let there = pick(standing.map(|e| e.id), n).filter(|_| self.honest);
        there.unwrap_or_else(|| event_id(n % 9))
    }

    fn any_report(self, picture: &Picture) -> ReportId {
        let there = pick(picture.reports().map(|(id, _)| id), self.x);
        let there = there.filter(|_| self.honest);
        there.unwrap_or_else(|| report_id(self.x % 24))
    }

    fn free_report(self, picture: &Picture) -> ReportId {
        let free = picture.reports().filter(|(_, s)| s.event.is_none());
        let there = pick(free.map(|(id, _)| id), self.x).filter(|_| self.honest);
        there.unwrap_or_else(|| report_id(self.x % 24))
    }

    /// Two reports and their relation.
    fn report(self, picture: &Picture) -> EntryBody {
        let mut new = report(self.x % 24);
        if self.honest
            && let Some(free) = (0..24).find(|n| picture.report_state(report_id(*n)).is_none())
        {
            new = report(free);
        }
        new.relation = match self.y % 6 {
            0 => Relation::Update {
                of: vec!["k".to_owned()],
            },
            1 => Relation::Cancel { of: Vec::new() },
            _ => Relation::New,
        };
        if self.y.is_multiple_of(4) {
            new.revises = Some(self.any_report(picture));
        }
        EntryBody::ReportRecorded {
            report: Box::new(new),
            newest: !self.y.is_multiple_of(8),
        }
    }

    fn open(self, picture: &Picture) -> EntryBody {
        let free = (0..9).map(event_id).find(|e| picture.event(*e).is_none());
        let event = free.filter(|_| self.honest);
        opened(
            event.unwrap_or_else(|| event_id(self.y % 9)),
            self.free_report(picture),
            self.y,
        )
    }

    fn merge(self, picture: &Picture) -> EntryBody {
        let (survivor, absorbed) = (self.event(picture, self.x), self.event(picture, self.y));
        let before = picture.event(survivor).map(|e| e.curation.clone());
        let before = before.unwrap_or_else(|| curation(0));
        if let Some(goes) = picture.event(absorbed).filter(|_| self.honest) {
            return merged(survivor, goes, &before, self.x);
        }
        EntryBody::EventsMerged {
            survivor,
            record: Box::new(MergeRecord {
                absorbed,
                reports: vec![report_id(self.x % 24), report_id(self.y % 24)],
                by: officer(),
                at: time(1),
                suggestion: None,
                before: Box::new(before),
                after: Box::new(curation(self.y)),
                absorbed_state: EventState::New,
            }),
        }
    }

    fn unmerge(self, picture: &Picture) -> EntryBody {
        let merges = picture
            .events()
            .flat_map(|e| e.merges.iter().map(|m| (e.id, m.absorbed)));
        let there = pick(merges, self.x).filter(|_| self.honest);
        let (survivor, absorbed) =
            there.unwrap_or_else(|| (event_id(self.x % 9), event_id(self.y % 9)));
        EntryBody::EventUnmerged {
            survivor,
            absorbed,
            by: officer(),
            curation: Box::new(curation(self.y)),
        }
    }

    fn detach(self, picture: &Picture) -> EntryBody {
        let attached = picture
            .reports()
            .filter_map(|(id, s)| s.event.map(|e| (e, id)));
        let there = pick(attached, self.x).filter(|_| self.honest);
        let (event, report) =
            there.unwrap_or_else(|| (event_id(self.y % 9), report_id(self.x % 24)));
        EntryBody::ReportDetached {
            event,
            report,
            by: officer(),
            curation: Box::new(curation(self.y)),
        }
    }

    fn archive(self, picture: &Picture) -> EntryBody {
        let one = self.event(picture, self.x);
        let with_it = picture
            .events()
            .filter(|e| picture.standing(e.id).is_some_and(|s| s.id == one) && e.id != one);
        let mut events: Vec<EventId> = with_it.map(|e| e.id).collect();
        if !self.honest {
            events.truncate(1);
        }
        events.push(one);
        EntryBody::EventsArchived { events }
    }

    fn state(self, picture: &Picture) -> EntryBody {
        let states = [
            EventState::Triaged,
            EventState::Validated,
            EventState::Active,
            EventState::Resolved,
            EventState::Closed,
            EventState::Dismissed,
            EventState::Merged,
        ];
        let state = pick(states.into_iter(), self.y).unwrap_or(EventState::Triaged);
        EntryBody::EventStateSet {
            event: self.event(picture, self.x),
            state,
            reason: (state == EventState::Dismissed).then_some(DismissReason::FalseAlarm),
            by: officer(),
        }
    }

    fn settle(self, picture: &Picture) -> EntryBody {
        let there = pick(picture.suggestions().map(|s| s.id), self.x).filter(|_| self.honest);
        EntryBody::SuggestionSettled {
            suggestion: there.unwrap_or_else(|| suggestion_id(self.x % 9)),
            state: SuggestionState::Rejected,
            by: officer(),
        }
    }

    fn suggest(self, picture: &Picture) -> EntryBody {
        let mut all = (0..9).map(suggestion_id);
        let free = all.find(|id| picture.suggestion(*id).is_none());
        suggested(
            free.filter(|_| self.honest)
                .unwrap_or_else(|| suggestion_id(self.x % 9)),
            self.event(picture, self.x),
            self.event(picture, self.y),
        )
    }

    fn configure(self) -> EntryBody {
        let config = RoomConfig {
            hash: format!("{:02x}", self.x % 3),
            units: vec![unit(self.x, UnitStatus::Available, time(0))],
            ..RoomConfig::default()
        };
        EntryBody::Configured {
            config: Box::new(config),
        }
    }

    fn note(self, picture: &Picture) -> EntryBody {
        EntryBody::NoteAdded {
            event: self.event(picture, self.x),
            note: Box::new(Note {
                id: NoteId(uuid(4, self.y)),
                by: officer(),
                at: time(0),
                text: "note".to_owned(),
                attachments: Vec::new(),
            }),
        }
    }

    fn link(self, picture: &Picture) -> EntryBody {
        EntryBody::EventsLinked {
            event: self.event(picture, self.x),
            link: EventLink {
                kind: EventLinkKind::SameModus,
                other: self.event(picture, self.y),
                by: officer(),
                at: time(0),
            },
        }
    }

    /// The entry, as the picture then is.
    pub(crate) fn entry(self, picture: &Picture) -> Entry {
        let Self { x, y, .. } = self;
        Some(match self.kind {
            0 => self.report(picture),
            1 => self.open(picture),
            2 | 8 => attached(
                self.event(picture, y),
                self.free_report(picture),
                y.is_multiple_of(2).then_some(y),
            ),
            3 => self.merge(picture),
            4 => self.unmerge(picture),
            5 => self.detach(picture),
            6 => self.suggest(picture),
            7 => self.settle(picture),
            9 => self.state(picture),
            10 => EntryBody::EventCurated {
                event: self.event(picture, x),
                curation: Box::new(curation(y)),
                by: officer(),
            },
            11 => self.note(picture),
            12 => self.link(picture),
            13 => EntryBody::SectionLevelSet {
                section: section_id(x),
                level: SectionLevel::High,
                by: officer(),
            },
            14 => EntryBody::UnitReported {
                unit: Box::new(unit(x, UnitStatus::Tasked, time(u64::from(y)))),
                known: true,
            },
            15 => EntryBody::FiguresRecorded {
                figures: Box::new(figures(x, time(u64::from(y)), y)),
            },
            16 => self.archive(picture),
            17 => EntryBody::ReportWithdrawn {
                report: self.any_report(picture),
                by: None,
            },
            18 => EntryBody::Erased {
                what: oneroof_model::Erasure::Report,
                report: self.any_report(picture),
                by: officer(),
                reason: "test".to_owned(),
            },
            19 => self.configure(),
            20 => EntryBody::Unknown {
                v: 9,
                kind: "from_the_future".to_owned(),
                body: serde_json::json!({ "x": x }),
            },
            21 => self.area(picture),
            22 => EntryBody::AreaRemoved {
                area: pick(picture.areas().map(|a| a.id), y)
                    .filter(|_| self.honest)
                    .unwrap_or_else(|| area_id(x % 4)),
                by: officer(),
            },
            _ => return None,
        })
    }

    /// A new area or a change of one, where it is honest; else of whatever version the numbers say.
    fn area(self, picture: &Picture) -> EntryBody {
        let id = area_id(self.x % 4);
        let before = picture.area(id).map_or(0, |a| a.version);
        let version = if self.honest {
            before + 1
        } else {
            u64::from(self.y % 4)
        };
        let event = self.y.is_multiple_of(3);
        area(id, version, event.then(|| self.event(picture, self.y)))
    }
}

/// The steps as entries, and the picture that comes out.
pub(crate) fn run(steps: &[Step]) -> (Vec<Entry>, Picture) {
    let mut picture = Picture::default();
    let mut entries = Vec::new();
    for (step, seq) in steps.iter().zip(1..) {
        let entry = step.entry(&picture);
        entries.push(entry.clone());
        picture.apply(seq, time(seq), entry);
    }
    (entries, picture)
}

/// Applies one more entry that has to fit.
#[expect(
    clippy::needless_pass_by_value,
    reason = "an entry is made where it is applied"
)]
pub(crate) fn go_on(picture: &mut Picture, body: EntryBody) -> Vec<Change> {
    let seq = picture.position() + 1;
    let anomalies = picture.anomalies();
    let changes = picture.apply(seq, time(seq), Some(body.clone()));
    assert_eq!(picture.anomalies(), anomalies, "{body:?} does not fit");
    changes
}
