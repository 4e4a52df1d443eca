//! Journal entries: `{v, kind, body}`.
//!
//! The journal outlives every version of this code. So an entry is read in two steps: its JSON is brought up to
//! [`CURRENT_VERSION`] by upcasters, then given a type. A kind that this code does not know is kept as it is
//! ([`EntryBody::Unknown`]). Golden files of every version (`tests/golden/`) are tests: a renamed field of the model
//! breaks them, and is then answered by an upcaster and a higher version, never by editing the file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Actor, Area, AreaId, Attachment, BcpId, Curation, DismissReason, EventId, EventLink,
    EventLinkKind, EventState, EventType, FeedId, Figures, FreshnessRule, Identifier, LatLon,
    MergeRecord, Mode, Note, OrgId, RegionDef, Report, ReportId, SectionId, SectionLevel,
    Suggestion, SuggestionId, SuggestionState, Threat, ThreatHeard, Time, Unit, WeatherBatch,
};

/// Version of the bodies that this code writes.
pub const CURRENT_VERSION: u16 = 1;

/// How a report came to be attached to an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum LinkProvenance {
    /// It opened the event.
    First,
    /// A newer revision of a report that was attached already.
    Revision {
        /// The older one.
        of: ReportId,
    },
    /// The sender said that it updates or cancels a report that was attached already.
    Relation {
        /// The report named.
        to: ReportId,
    },
    /// By the chatter rule: same sensor feed, near in place and time.
    Chatter {
        /// Rule and version.
        rule: String,
    },
    /// Came with a merged event.
    Merge {
        /// The absorbed event.
        from: EventId,
    },
    /// By a person.
    Manual {
        /// Who.
        by: Actor,
    },
}

/// A border section as configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SectionDef {
    /// Its id.
    pub id: SectionId,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// Neighbouring state (ISO 3166-1 alpha-2), `SEA` or `AIR`.
    pub neighbour: String,
    /// `land`, `river`, `sea` or `air`.
    pub domain: String,
    /// Level that it starts with.
    pub level: SectionLevel,
    /// Unit responsible, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<String>,
}

/// A crossing point as configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossingPointDef {
    /// Its id.
    pub id: BcpId,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// Neighbouring state, `SEA` or `AIR`.
    pub neighbour: String,
    /// The crossing point on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<String>,
    /// `road`, `rail`, `river`, `air`, `sea` or `foot`.
    pub kind: String,
    /// Where.
    pub at: LatLon,
    /// Precision of the position: `A` public data, `B` 1 to 3 km, `C` up to 10 km.
    pub precision: String,
    /// `open`, `limited` or `closed`, as configured.
    pub status: String,
    /// Its section.
    pub section: SectionId,
}

/// The part of the configuration that the picture rests on; journalled at the start and at each change.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RoomConfig {
    /// SHA-256 of the whole configuration, 64 hexadecimal digits.
    pub hash: String,
    /// Codes of the agencies.
    pub orgs: Vec<OrgId>,
    /// Event types.
    pub event_types: Vec<EventType>,
    /// Sections.
    pub sections: Vec<SectionDef>,
    /// Crossing points.
    pub crossing_points: Vec<CrossingPointDef>,
    /// Units.
    pub units: Vec<Unit>,
    /// Regions that can be warned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionDef>,
    /// How weather ages; as built in where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weather: Option<FreshnessRule>,
}

/// What of a report is erased.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Erasure {
    /// All of it.
    #[default]
    Report,
    /// Its personal identifiers: plates, documents, telephones. The rest stays.
    Identifiers,
}

impl Erasure {
    /// Whether an entry of this kind that carries something of the report goes with it.
    pub fn takes(self, kind: &str) -> bool {
        self == Self::Report || kind == IDENTIFIERS_KIND
    }
}

/// Kind of [`EntryBody::ReportIdentifiers`].
pub const IDENTIFIERS_KIND: &str = "report_identifiers";

/// Older revisions of a report that leave memory as a newer one takes their place in the event. What each of them said
/// stays in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replaced {
    /// The revisions: attached to the same event, superseded, and released to the same audience as the one that stays.
    pub reports: Vec<ReportId>,
    /// When the first of all revisions was received.
    pub received: Time,
    /// The earliest moment at which the agency was aware, as any of the revisions says; never after `received`.
    pub aware: Time,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum EntryBody {
    /// Configuration in force from here on.
    Configured {
        /// The configuration.
        config: Box<RoomConfig>,
    },
    /// A report was taken.
    ReportRecorded {
        /// The report.
        report: Box<Report>,
        /// False where an older revision came late.
        newest: bool,
    },
    /// The personal identifiers in a report, apart from it: they are erased sooner, and shown to fewer.
    ReportIdentifiers {
        /// The report.
        report: ReportId,
        /// Plates, documents, telephones ([`crate::IdentifierKind::is_personal`]).
        identifiers: Vec<Identifier>,
    },
    /// A report was withdrawn by its sender.
    ReportWithdrawn {
        /// The report.
        report: ReportId,
        /// The report that said so, where one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<ReportId>,
    },
    /// The payload of a report was erased, or a part of it.
    Erased {
        /// The report.
        report: ReportId,
        /// What of it.
        #[serde(default)]
        what: Erasure,
        /// Who ordered it.
        by: Actor,
        /// Why, in words.
        reason: String,
    },
    /// An event was opened by its first report.
    EventOpened {
        /// Its id.
        event: EventId,
        /// Real, exercise or test.
        mode: Mode,
        /// The report.
        report: ReportId,
        /// Its values.
        curation: Box<Curation>,
        /// Start of the 24-hour clock.
        aware_at: Time,
    },
    /// A report was attached to an event.
    ReportAttached {
        /// The event.
        event: EventId,
        /// The report and how.
        attachment: Attachment,
        /// New values, where they changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        curation: Option<Box<Curation>>,
        /// Older revisions whose place it takes, where there are some.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<Box<Replaced>>,
    },
    /// A report was detached from an event.
    ReportDetached {
        /// The event.
        event: EventId,
        /// The report.
        report: ReportId,
        /// Who.
        by: Actor,
        /// The event's values from now on.
        curation: Box<Curation>,
    },
    /// The room suggests that two events are one happening.
    SuggestionMade {
        /// The suggestion.
        suggestion: Box<Suggestion>,
    },
    /// A suggestion was settled.
    SuggestionSettled {
        /// Which.
        suggestion: SuggestionId,
        /// How.
        state: SuggestionState,
        /// By whom.
        by: Actor,
    },
    /// One event was merged into another.
    EventsMerged {
        /// The event that stays.
        survivor: EventId,
        /// The merge.
        record: Box<MergeRecord>,
    },
    /// A merge was taken back.
    EventUnmerged {
        /// The event that stays.
        survivor: EventId,
        /// The one given back.
        absorbed: EventId,
        /// Who.
        by: Actor,
        /// The survivor's values from now on.
        curation: Box<Curation>,
    },
    /// An event was led to another state.
    EventStateSet {
        /// The event.
        event: EventId,
        /// Its state.
        state: EventState,
        /// Why it was dismissed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<DismissReason>,
        /// Who.
        by: Actor,
    },
    /// Values of an event were set.
    EventCurated {
        /// The event.
        event: EventId,
        /// All its values.
        curation: Box<Curation>,
        /// Who.
        by: Actor,
    },
    /// A note was written.
    NoteAdded {
        /// The event.
        event: EventId,
        /// The note.
        note: Box<Note>,
    },
    /// Two events were tied.
    EventsLinked {
        /// One.
        event: EventId,
        /// The tie.
        link: EventLink,
    },
    /// A tie was taken away.
    EventsUnlinked {
        /// The event that had it.
        event: EventId,
        /// The other.
        other: EventId,
        /// How they were tied.
        kind: EventLinkKind,
        /// Who.
        by: Actor,
    },
    /// The level of a section was set.
    SectionLevelSet {
        /// The section.
        section: SectionId,
        /// Its level.
        level: SectionLevel,
        /// Who.
        by: Actor,
    },
    /// An agency said what a unit does.
    UnitReported {
        /// The unit.
        unit: Box<Unit>,
        /// Whether the unit is in the configuration.
        known: bool,
    },
    /// Figures of a crossing point came.
    FiguresRecorded {
        /// The figures.
        figures: Box<Figures>,
    },
    /// An agency said in which state a region is.
    ThreatRecorded {
        /// The word.
        threat: Box<Threat>,
    },
    /// A feed said again what was known: each of these words was heard when the entry was made.
    ThreatsHeard {
        /// The feed.
        feed: FeedId,
        /// The words.
        of: Vec<ThreatHeard>,
    },
    /// Readings of the weather came, together.
    WeatherRecorded {
        /// The readings with their feed.
        weather: Box<WeatherBatch>,
    },
    /// Closed events left memory for the store.
    EventsArchived {
        /// Their ids.
        events: Vec<EventId>,
    },
    /// An area was drawn, or changed: as it stands from now on.
    AreaSet {
        /// The area.
        area: Box<Area>,
    },
    /// An area was taken off the map.
    AreaRemoved {
        /// Which.
        area: AreaId,
        /// Who.
        by: Actor,
    },
    /// Something that this version of the code does not know; kept.
    #[serde(skip)]
    Unknown {
        /// Its version.
        v: u16,
        /// Its kind.
        kind: String,
        /// Its body.
        body: Value,
    },
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Version of the body.
    pub v: u16,
    /// What kind.
    pub kind: String,
    /// The body.
    pub body: Value,
}

/// An entry that is damaged: its kind is known and its body does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("journal entry of kind {kind} version {v}: {detail}")]
pub struct EntryError {
    /// The kind.
    pub kind: String,
    /// The version.
    pub v: u16,
    /// What does not fit.
    pub detail: String,
}

impl EntryBody {
    /// The stored form.
    ///
    /// # Errors
    /// Where a value has no JSON form (a map with keys that are no texts); none of our types has such.
    pub fn to_entry(&self) -> Result<Entry, EntryError> {
        if let Self::Unknown { v, kind, body } = self {
            return Ok(Entry {
                v: *v,
                kind: kind.clone(),
                body: body.clone(),
            });
        }
        let fail = |detail: String| EntryError {
            kind: "?".to_owned(),
            v: CURRENT_VERSION,
            detail,
        };
        let value = serde_json::to_value(self).map_err(|e| fail(e.to_string()))?;
        let Value::Object(mut map) = value else {
            return Err(fail("not an object".to_owned()));
        };
        let (Some(Value::String(kind)), Some(body)) = (map.remove("kind"), map.remove("body"))
        else {
            return Err(fail("no kind or body".to_owned()));
        };
        Ok(Entry {
            v: CURRENT_VERSION,
            kind,
            body,
        })
    }

    /// From the stored form, through the upcasters.
    ///
    /// # Errors
    /// Where a known kind has a body that does not fit.
    pub fn from_entry(entry: Entry) -> Result<Self, EntryError> {
        let Entry { v, kind, body } = upcast(entry);
        if v > CURRENT_VERSION || !KINDS.contains(&kind.as_str()) {
            return Ok(Self::Unknown { v, kind, body });
        }
        let mut map = serde_json::Map::new();
        map.insert("kind".to_owned(), Value::String(kind.clone()));
        map.insert("body".to_owned(), body);
        serde_json::from_value(Value::Object(map)).map_err(|e| EntryError {
            kind,
            v,
            detail: e.to_string(),
        })
    }

    /// Reports whose payload this entry carries: what an erasure of the report must take with it.
    pub fn carries(&self) -> Option<ReportId> {
        match self {
            Self::ReportRecorded { report, .. } => Some(report.id),
            Self::ReportIdentifiers { report, .. } => Some(*report),
            _ => None,
        }
    }
}

/// Kinds that this code knows.
const KINDS: [&str; 26] = [
    "configured",
    "report_recorded",
    IDENTIFIERS_KIND,
    "report_withdrawn",
    "erased",
    "event_opened",
    "report_attached",
    "report_detached",
    "suggestion_made",
    "suggestion_settled",
    "events_merged",
    "event_unmerged",
    "event_state_set",
    "event_curated",
    "note_added",
    "events_linked",
    "events_unlinked",
    "section_level_set",
    "unit_reported",
    "figures_recorded",
    "threat_recorded",
    "threats_heard",
    "weather_recorded",
    "events_archived",
    "area_set",
    "area_removed",
];

/// Brings an older entry up to [`CURRENT_VERSION`], one version at a time. There is only version 1 so far.
const fn upcast(entry: Entry) -> Entry {
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_kind_is_kept_as_it_is() {
        let e = Entry {
            v: 1,
            kind: "from_the_future".into(),
            body: serde_json::json!({"a": 1}),
        };
        let body = EntryBody::from_entry(e.clone()).unwrap();
        assert!(matches!(body, EntryBody::Unknown { .. }));
        assert_eq!(body.to_entry().unwrap(), e);
    }

    #[test]
    fn a_higher_version_of_a_known_kind_is_kept_and_not_misread() {
        let e = Entry {
            v: 99,
            kind: "erased".into(),
            body: serde_json::json!({"x": 1}),
        };
        assert!(matches!(
            EntryBody::from_entry(e).unwrap(),
            EntryBody::Unknown { v: 99, .. }
        ));
    }

    #[test]
    fn a_damaged_body_names_its_kind() {
        let e = Entry {
            v: 1,
            kind: "erased".into(),
            body: serde_json::json!({}),
        };
        assert_eq!(EntryBody::from_entry(e).unwrap_err().kind, "erased");
    }

    #[test]
    fn every_kind_that_is_written_is_known_on_reading() {
        // The derived schema names each variant as serde writes it, also one that nobody put into the list.
        let schema = schemars::schema_for!(EntryBody).to_value();
        let written: std::collections::BTreeSet<&str> = schema["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|variant| variant["properties"]["kind"]["const"].as_str().unwrap())
            .collect();
        assert_eq!(written, KINDS.into());
    }
}
