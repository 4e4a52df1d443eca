//! What an audience is given of each thing. A part that it may not see is missing, and leaves no trace.

use std::collections::BTreeMap;

use oneroof_model::{
    Act, Actor, AreaId, AreaPurpose, AreaShape, AttachmentRef, BcpId, Confidence, CountRange,
    DismissReason, EventId, EventImpact, EventLink, EventState, FeedHealth, FeedId, Figures,
    Identifier, ImpactProposal, Interval, LatLon, LinkProvenance, LinkTerm, Marking, Mode, Note,
    OrgId, Place, Quality, Relation, ReportId, SectionId, SectionLevel, SettledValue, SourceKind,
    SuggestionId, SuggestionState, Time, TypeCode, Unit,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{RegionView, WeatherView};

/// A report attached to an event, as shown in its list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttachedReport {
    /// The report.
    pub report: ReportId,
    /// When it was attached.
    pub at: Time,
    /// How.
    pub provenance: LinkProvenance,
}

/// A merge that can be taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeView {
    /// The absorbed event.
    pub absorbed: EventId,
    /// Who merged.
    pub by: Actor,
    /// When.
    pub at: Time,
}

/// A value of an event that a person settled, and no rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settled {
    /// Which.
    pub value: SettledValue,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Time,
}

/// An event as an audience sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventView {
    /// Its id.
    pub id: EventId,
    /// Six signs to say over a telephone.
    pub short: String,
    /// Counts every change; commands name it as `if_version`.
    pub version: u64,
    /// Real, exercise or test.
    pub mode: Mode,
    /// Where it stands.
    pub state: EventState,
    /// Why it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<DismissReason>,
    /// Event type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_code: Option<TypeCode>,
    /// Impact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<EventImpact>,
    /// Whether a life is at risk.
    #[serde(default)]
    pub life_at_risk: bool,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Interval>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Border section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionId>,
    /// Agency that leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<OrgId>,
    /// Agencies whose reports it rests on, in the order in which they first spoke.
    pub orgs: Vec<OrgId>,
    /// Reports, in the order in which they were attached.
    pub reports: Vec<AttachedReport>,
    /// When the first visible report was received.
    pub first_known_at: Time,
    /// Start of the 24-hour clock.
    pub aware_at: Time,
    /// Newest change.
    pub updated_at: Time,
    /// The event that absorbed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<EventId>,
    /// Merges that can be taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merges: Vec<MergeView>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Ties to other visible events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<EventLink>,
    /// Values that persons settled, of those to be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<Settled>,
    /// What was done to it, oldest first, of that which is to be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Act>,
    /// Older acts, which are in the journal alone.
    #[serde(default, skip_serializing_if = "oneroof_model::is_zero")]
    pub acts_before: u64,
}

/// A report as an audience sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportView {
    /// Its id.
    pub id: ReportId,
    /// The event that it is attached to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// The feed.
    pub feed: FeedId,
    /// The agency.
    pub org: OrgId,
    /// Kind of source.
    pub source_kind: SourceKind,
    /// Real, exercise or test.
    pub mode: Mode,
    /// What it says of earlier reports.
    #[serde(default)]
    pub relation: Relation,
    /// The revision that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revises: Option<ReportId>,
    /// Whether a newer revision replaces it.
    #[serde(default)]
    pub superseded: bool,
    /// Whether its sender withdrew it.
    #[serde(default)]
    pub withdrawn: bool,
    /// Event type.
    pub type_code: TypeCode,
    /// The sender's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_code: Option<String>,
    /// The sender's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_key: Option<String>,
    /// When it happened.
    pub occurred: Interval,
    /// When the agency became aware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aware: Option<Time>,
    /// When the agency reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Time>,
    /// When it was received.
    pub received: Time,
    /// Until when it is meant to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Where.
    pub place: Place,
    /// Border section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionId>,
    /// Persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<CountRange>,
    /// Vehicles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicles: Option<CountRange>,
    /// Whether a life is at risk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_at_risk: Option<bool>,
    /// Headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Confidence.
    pub confidence: Confidence,
    /// Impact proposed.
    #[serde(default)]
    pub impact_proposed: ImpactProposal,
    /// Identifiers; personal ones only for who may see them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRef>,
    /// Sub-type detail.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Marking.
    pub marking: Marking,
    /// Completeness and oddities.
    pub quality: Quality,
}

/// A suggestion as an audience sees it: only where it sees both events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SuggestionView {
    /// Its id.
    pub id: SuggestionId,
    /// The older event.
    pub a: EventId,
    /// The younger event.
    pub b: EventId,
    /// Score, 0 to 1.
    pub score: f64,
    /// Terms.
    pub terms: Vec<LinkTerm>,
    /// Whether it is ticked already.
    pub strong: bool,
    /// Rule and version.
    pub rule: String,
    /// When.
    pub at: Time,
    /// What became of it.
    pub state: SuggestionState,
}

/// A feed's health.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedView {
    /// Health; its freshness is computed by the reader from `last_heard` and the server's time.
    #[serde(flatten)]
    pub health: FeedHealth,
    /// Kind of transport (`tcp_client`).
    pub transport: String,
    /// Kind of format (`ais_nmea`).
    pub format: String,
}

/// A border section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SectionView {
    /// Its id.
    pub id: SectionId,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// Neighbour (ISO 3166-1 alpha-2), `SEA` or `AIR`.
    pub neighbour: String,
    /// `land`, `river`, `sea` or `air`.
    pub domain: String,
    /// Impact level.
    pub level: SectionLevel,
    /// Open events in it that the audience sees.
    pub open_events: u32,
    /// Its line, where it has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub line: Vec<LatLon>,
    /// Its polygon, where it is an area of the sea.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polygon: Vec<LatLon>,
}

/// A crossing point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BcpView {
    /// Its id.
    pub id: BcpId,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// `road`, `rail`, `river`, `air`, `sea` or `foot`.
    pub kind: String,
    /// Neighbour.
    pub neighbour: String,
    /// Where.
    pub at: LatLon,
    /// `A`, `B` or `C`.
    pub precision: String,
    /// `open`, `limited` or `closed`: newest word, else as configured.
    pub status: String,
    /// Its section.
    pub section: SectionId,
    /// Newest figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

/// An own unit; its position is a track of domain `unit` with the same identifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitView {
    /// The unit.
    #[serde(flatten)]
    pub unit: Unit,
}

/// An area drawn on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AreaView {
    /// Its id.
    pub id: AreaId,
    /// Six signs to say over a telephone.
    pub short: String,
    /// Counts its changes, from 1; what a command names as `if_version`.
    pub version: u64,
    /// Real, exercise or test.
    pub mode: Mode,
    /// Its name; empty where it has none, and on a wall.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is for.
    pub purpose: AreaPurpose,
    /// Its shape.
    pub shape: AreaShape,
    /// The event that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// When it is over: then it is off the map, and in the list until somebody removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Marking; missing on a wall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marking: Option<Marking>,
    /// Who drew it; missing on a wall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn_by: Option<Actor>,
    /// When.
    pub drawn_at: Time,
    /// Who changed it last; missing where nobody has, and on a wall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<Actor>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Time>,
}

/// Anything that has an id and is kept current on a screen (tracks apart). The tag is not `kind`: crossing points and
/// units have a `kind` of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "entity", rename_all = "snake_case")]
pub enum Entity {
    /// An event.
    Event(Box<EventView>),
    /// A report.
    Report(Box<ReportView>),
    /// A suggestion.
    Suggestion(SuggestionView),
    /// A feed.
    Feed(FeedView),
    /// A section.
    Section(SectionView),
    /// A crossing point.
    Bcp(BcpView),
    /// A unit.
    Unit(UnitView),
    /// An area drawn on the map.
    Area(Box<AreaView>),
    /// A region that can be warned.
    Region(RegionView),
    /// The weather at a cell or a station.
    Weather(Box<WeatherView>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_with_a_kind_of_its_own_comes_back_from_json() {
        let bcp = Entity::Bcp(BcpView {
            id: "UAPL01".into(),
            uk: "Ягодин".into(),
            en: "Yahodyn".into(),
            kind: "road".into(),
            neighbour: "PL".into(),
            at: LatLon::new(51.18, 23.81).unwrap(),
            precision: "A".into(),
            status: "open".into(),
            section: "UA-PL-01".into(),
            figures: None,
        });
        let unit =
            r#"{"entity":"unit","id":"BG-P-014","org":"BG","uk":"n","en":"n","kind":"boat"}"#;
        let unit: Entity = serde_json::from_str(unit).unwrap();
        for e in [bcp, unit] {
            let json = serde_json::to_string(&e).unwrap();
            assert_eq!(serde_json::from_str::<Entity>(&json).unwrap(), e, "{json}");
        }
    }
}
