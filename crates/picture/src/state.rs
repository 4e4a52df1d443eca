//! The state of the fold.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use oneroof_model::{
    Area, AreaId, BcpId, CellId, CrossingPointDef, Event, EventId, EventState, EventType, Figures,
    LatLon, Mode, RegionId, Report, ReportId, RoomConfig, SectionId, SectionLevel, Suggestion,
    SuggestionId, SuggestionState, Threat, ThreatKind, Time, TypeCode, Unit, UnitId, Weather,
};
use oneroof_wire::project::{KnownSince, Reports};
use serde::{Deserialize, Serialize};

use crate::suggestions::Suggestions;

/// Version of the fold. A checkpoint of another version is not read; raise it whenever [`Picture`] or what an entry
/// does changes.
pub const FOLD_VERSION: u32 = 6;

/// A report and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportState {
    /// The report; missing once erased.
    pub report: Option<Report>,
    /// The event that it is attached to.
    pub event: Option<EventId>,
    /// The newer revision that replaces it.
    pub superseded_by: Option<ReportId>,
    /// Whether its sender withdrew it.
    pub withdrawn: bool,
    /// What is kept of the older revisions whose place it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older: Option<Older>,
}

/// What is kept of older revisions that left memory: what they said stays in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Older {
    /// How many.
    pub revisions: u32,
    /// When the first was received.
    pub received: Time,
    /// The earliest moment at which the agency was aware; never after `received`.
    pub aware: Time,
}

/// Something that is new or different.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The configuration: everything.
    Config,
    /// An event.
    Event(EventId),
    /// An event that left memory.
    Archived(EventId),
    /// A report.
    Report(ReportId),
    /// A suggestion.
    Suggestion(SuggestionId),
    /// A section.
    Section(SectionId),
    /// A crossing point.
    Bcp(BcpId),
    /// A unit.
    Unit(UnitId),
    /// An area drawn on the map.
    Area(AreaId),
    /// A region: its threats.
    Region(RegionId),
    /// A cell: its weather.
    Weather(CellId),
}

/// A checkpoint that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable checkpoint: {0}")]
pub struct CheckpointError(String);

/// The picture. A clone shares everything with its original until one of them changes: it costs next to nothing, in time
/// and in memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Picture {
    /// Newest entry applied.
    pub(crate) position: u64,
    /// When it was decided.
    pub(crate) at: Time,
    /// Entries that did not fit.
    pub(crate) anomalies: u64,
    pub(crate) config: Arc<RoomConfig>,
    pub(crate) reports: OrdMap<ReportId, Arc<ReportState>>,
    pub(crate) events: OrdMap<EventId, Arc<Event>>,
    pub(crate) suggestions: Suggestions,
    pub(crate) levels: OrdMap<SectionId, SectionLevel>,
    pub(crate) units: OrdMap<UnitId, Arc<Unit>>,
    pub(crate) figures: OrdMap<BcpId, Arc<Figures>>,
    /// The newest word of each kind and mode.
    pub(crate) threats: OrdMap<RegionId, Vec<Arc<Threat>>>,
    /// The newest reading of each mode.
    pub(crate) weather: OrdMap<CellId, Vec<Arc<Weather>>>,
    /// Updates and cancels: the only reports that something may still come for.
    pub(crate) waiting: OrdSet<ReportId>,
    pub(crate) areas: OrdMap<AreaId, Arc<Area>>,
}

impl Picture {
    /// Sequence number of the newest entry applied; 0 at the start.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// When the newest entry applied was decided.
    pub const fn at(&self) -> Time {
        self.at
    }

    /// Entries that did not fit and were left out. Anything but 0 asks for an engineer.
    pub const fn anomalies(&self) -> u64 {
        self.anomalies
    }

    /// Configuration in force.
    pub fn config(&self) -> &RoomConfig {
        &self.config
    }

    /// An event type by code.
    pub fn event_type(&self, code: &TypeCode) -> Option<&EventType> {
        self.config.event_types.iter().find(|t| t.code == *code)
    }

    /// A crossing point by id.
    pub fn crossing_point(&self, id: &BcpId) -> Option<&CrossingPointDef> {
        self.config.crossing_points.iter().find(|b| b.id == *id)
    }

    /// Events in memory, in the order of their ids (which is the order of opening).
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.values().map(Arc::as_ref)
    }

    /// An event.
    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.events.get(&id).map(Arc::as_ref)
    }

    /// The event that stands for this one now: itself, or where it was merged into.
    pub fn standing(&self, id: EventId) -> Option<&Event> {
        let mut at = self.events.get(&id)?;
        // A merge never goes in a circle, yet a damaged journal must not hang us.
        for _ in 0..64 {
            match at.merged_into {
                Some(next) => at = self.events.get(&next)?,
                None => return Some(at),
            }
        }
        None
    }

    /// Reports in memory.
    pub fn reports(&self) -> impl Iterator<Item = (ReportId, &ReportState)> {
        self.reports.iter().map(|(id, s)| (*id, s.as_ref()))
    }

    /// A report and what became of it.
    pub fn report_state(&self, id: ReportId) -> Option<&ReportState> {
        self.reports.get(&id).map(Arc::as_ref)
    }

    /// Updates and cancels in memory, oldest first: what they name may still come.
    pub fn waiting(&self) -> impl DoubleEndedIterator<Item = &Report> {
        self.waiting
            .iter()
            .filter_map(|id| self.reports.get(id)?.report.as_ref())
    }

    /// Suggestions in memory.
    pub fn suggestions(&self) -> impl Iterator<Item = &Suggestion> {
        self.suggestions.all()
    }

    /// A suggestion.
    pub fn suggestion(&self, id: SuggestionId) -> Option<&Suggestion> {
        self.suggestions.get(id)
    }

    /// Suggestions that name this event, whatever became of them.
    pub fn suggestions_of(&self, event: EventId) -> impl Iterator<Item = &Suggestion> {
        self.suggestions.of(event)
    }

    /// Suggestions that wait for a person and name this event.
    pub fn open_suggestions_of(&self, event: EventId) -> impl Iterator<Item = &Suggestion> {
        self.suggestions_of(event)
            .filter(|s| s.state == SuggestionState::Open)
    }

    /// Level of a section: as set by a person, else as configured.
    pub fn level(&self, id: &SectionId) -> Option<SectionLevel> {
        self.levels.get(id).copied().or_else(|| {
            self.config
                .sections
                .iter()
                .find(|s| s.id == *id)
                .map(|s| s.level)
        })
    }

    /// Units: configured ones and those that agencies named.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values().map(Arc::as_ref)
    }

    /// A unit.
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.get(id).map(Arc::as_ref)
    }

    /// Newest figures of a crossing point.
    pub fn figures(&self, id: &BcpId) -> Option<&Figures> {
        self.figures.get(id).map(Arc::as_ref)
    }

    /// The newest words about a region: one of each kind and mode.
    pub fn threats(&self, region: &RegionId) -> impl Iterator<Item = &Threat> {
        let of = self.threats.get(region);
        of.into_iter().flatten().map(Arc::as_ref)
    }

    /// The newest word about one kind of threat in a region.
    pub fn threat(&self, region: &RegionId, kind: ThreatKind, mode: Mode) -> Option<&Threat> {
        self.threats(region).find(|t| t.is_of(kind, mode))
    }

    /// The newest words about all regions.
    pub fn all_threats(&self) -> impl Iterator<Item = &Threat> {
        self.threats.values().flatten().map(Arc::as_ref)
    }

    /// The newest readings of the weather: one of each cell and mode.
    pub fn all_weather(&self) -> impl Iterator<Item = &Weather> {
        self.weather.values().flatten().map(Arc::as_ref)
    }

    /// The newest reading of a cell.
    pub fn weather(&self, cell: &CellId, mode: Mode) -> Option<&Weather> {
        let all = self.weather.get(cell)?.iter();
        all.map(Arc::as_ref).find(|w| w.reading.mode == mode)
    }

    /// Where a cell was last said to be.
    pub fn cell_position(&self, cell: &CellId) -> Option<LatLon> {
        let all = self.weather.get(cell)?;
        all.first().map(|w| w.reading.position)
    }

    /// Cells of which something is known.
    pub fn weather_cells(&self) -> usize {
        self.weather.len()
    }

    /// Events that may leave memory: over, and unchanged since `before`. Each in a group with those that it absorbed,
    /// through however many merges: they go together.
    pub fn archivable(&self, before: Time) -> Vec<Vec<EventId>> {
        let mut absorbed: BTreeMap<EventId, Vec<EventId>> = BTreeMap::new();
        for event in self.events.values().filter(|e| e.merged_into.is_some()) {
            if let Some(standing) = self.standing(event.id) {
                absorbed.entry(standing.id).or_default().push(event.id);
            }
        }
        self.events
            .values()
            .filter(|e| {
                let over = matches!(e.state, EventState::Closed | EventState::Dismissed);
                over && e.updated_at < before
            })
            .map(|e| {
                let with_it = absorbed.remove(&e.id).unwrap_or_default();
                core::iter::once(e.id).chain(with_it).collect()
            })
            .collect()
    }

    /// The state as bytes, for a checkpoint.
    ///
    /// # Errors
    /// Never for values that came through entries; kept for honesty.
    pub fn to_checkpoint(&self) -> Result<Vec<u8>, CheckpointError> {
        serde_json::to_vec(self).map_err(|e| CheckpointError(e.to_string()))
    }

    /// The state from a checkpoint of the same [`FOLD_VERSION`].
    ///
    /// # Errors
    /// Where the bytes are damaged.
    pub fn from_checkpoint(bytes: &[u8]) -> Result<Self, CheckpointError> {
        serde_json::from_slice(bytes).map_err(|e| CheckpointError(e.to_string()))
    }
}

impl Reports for Picture {
    fn report(&self, id: ReportId) -> Option<&Report> {
        self.reports.get(&id).and_then(|s| s.report.as_ref())
    }

    fn superseded(&self, id: ReportId) -> bool {
        self.reports
            .get(&id)
            .is_some_and(|s| s.superseded_by.is_some())
    }

    fn withdrawn(&self, id: ReportId) -> bool {
        self.reports.get(&id).is_some_and(|s| s.withdrawn)
    }

    fn event_of(&self, id: ReportId) -> Option<EventId> {
        self.reports.get(&id).and_then(|s| s.event)
    }

    fn event(&self, id: EventId) -> Option<&Event> {
        self.events.get(&id).map(Arc::as_ref)
    }

    fn holds(&self, id: ReportId) -> bool {
        self.reports.contains_key(&id)
    }

    fn known_since(&self, id: ReportId) -> Option<KnownSince> {
        let older = self.reports.get(&id)?.older?;
        Some(KnownSince {
            received: older.received,
            aware: older.aware,
        })
    }
}
