//! Values for tests of adapters; made up, no real happening or person.

use std::collections::BTreeMap;

use oneroof_model::{
    Actor, AttachmentId, AttachmentRef, Confidence, EntryBody, Erasure, FeedId, Identifier,
    IdentifierKind, ImpactProposal, Interval, LatLon, Marking, Mode, OrgId, Place, Quality,
    QuarantineReason, Relation, Report, ReportId, SourceKind, Time, TypeCode,
};
use uuid::Uuid;

use crate::{Batch, NewEntry, QuarantinePut, SourceClaim};

/// 2026-11-23T02:41:07Z and so many seconds.
pub const fn at(seconds: i64) -> Time {
    Time::from_secs(1_795_401_667).plus_secs(seconds)
}

/// Id of the report number `n`.
pub const fn report_id(n: u64) -> ReportId {
    ReportId(Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 | n as u128,
    ))
}

/// An entry that records report number `n`, with a text long enough to be worth compressing.
pub fn report(n: u64) -> NewEntry {
    report_with_file(n, None)
}

/// The same with a stored file.
pub fn report_with_file(n: u64, stored: Option<AttachmentId>) -> NewEntry {
    let seconds = i64::try_from(n).unwrap_or(i64::MAX);
    let place = LatLon::new(48.0, 24.0).map_or_else(|_| Place::default(), Place::point);
    let report = Report {
        id: report_id(n),
        feed: FeedId::from("bg-sensors"),
        source: None,
        revises: None,
        relation: Relation::default(),
        org: OrgId::from("BG"),
        source_kind: SourceKind::Sensor,
        mode: Mode::Test,
        type_code: TypeCode::from("IBC-DET"),
        original_code: None,
        occurred: Interval::at(at(seconds)),
        aware: None,
        reported: None,
        received: at(seconds),
        expires: None,
        place,
        section: None,
        persons: None,
        vehicles: None,
        life_at_risk: None,
        title: Some(format!("Report {n}")),
        text: Some(format!("One person at the wire, heading west, post {n}. ").repeat(12)),
        confidence: Confidence::default(),
        impact_proposed: ImpactProposal::default(),
        identifiers: Vec::new(),
        attachments: stored
            .map(|id| AttachmentRef {
                name: "photo.jpg".to_owned(),
                media_type: None,
                uri: None,
                stored: Some(id),
                size_bytes: None,
                sha256: None,
            })
            .into_iter()
            .collect(),
        attributes: BTreeMap::new(),
        marking: Marking::default(),
        quality: Quality::default(),
    };
    NewEntry {
        at: at(seconds),
        body: EntryBody::ReportRecorded {
            report: Box::new(report),
            newest: true,
        },
        personal: false,
    }
}

/// The same entry, its payload to be encrypted.
#[must_use]
pub fn personal(mut entry: NewEntry) -> NewEntry {
    entry.personal = true;
    entry
}

/// An entry that orders the erasure of report number `n`.
pub fn erased(n: u64) -> NewEntry {
    erased_of(n, Erasure::Report)
}

/// The personal identifiers of report number `n`.
pub fn identifiers(n: u64) -> NewEntry {
    NewEntry {
        body: EntryBody::ReportIdentifiers {
            report: report_id(n),
            identifiers: vec![plate(n)],
        },
        personal: true,
        ..report(n)
    }
}

/// The plate that stands in [`identifiers`].
pub fn plate(n: u64) -> Identifier {
    Identifier {
        kind: IdentifierKind::Plate,
        value: format!("AO{n:04}BK"),
    }
}

/// An entry that orders the erasure of report number `n`, or of a part of it.
pub fn erased_of(n: u64, what: Erasure) -> NewEntry {
    NewEntry {
        at: at(1_000),
        body: EntryBody::Erased {
            report: report_id(n),
            what,
            by: Actor::Rule {
                rule: "contract/1".to_owned(),
            },
            reason: "ordered by the test".to_owned(),
        },
        personal: false,
    }
}

/// A batch of entries alone.
pub fn batch(entries: impl IntoIterator<Item = NewEntry>) -> Batch {
    Batch {
        entries: entries.into_iter().collect(),
        ..Batch::default()
    }
}

/// A claim of a source id by report number `n`.
pub fn claim(feed: &str, key: &str, revision: i64, n: u64) -> SourceClaim {
    SourceClaim {
        feed: FeedId::from(feed),
        key: key.to_owned(),
        revision,
        digest: [u8::try_from(n % 251).unwrap_or(0) + 1; 16],
        report: report_id(n),
        at: at(0),
    }
}

/// A record to be put aside.
pub fn aside(feed: &str, seconds: i64, raw: &[u8]) -> QuarantinePut {
    QuarantinePut {
        feed: FeedId::from(feed),
        at: at(seconds),
        reason: QuarantineReason::new("missing.time", "no time of occurrence"),
        offset: 7,
        raw: raw.to_vec(),
        digest: [0xee; 16],
        message: None,
    }
}
