//! What one rights class sees: every entity as JSON, and at which journal position it last changed.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use oneroof_geo::SectionShape;
use oneroof_model::{Audience, EventId, Mode, SectionId};
use oneroof_picture::{Change, Picture};
use oneroof_wire::{
    BcpView, Entity, EntityKey, EntityKind, RegionView, Remove, RemoveReason, SectionView,
    UnitView, WEATHER_RULE, WeatherView, project, wall,
};

use crate::hub::Shows;

/// Removals remembered for those who resume; who is further behind gets a snapshot.
const MAX_REMOVED: usize = 20_000;

/// A place in the stream: how far somebody has seen, and what he has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mark {
    /// Journal position.
    pub position: u64,
    /// Digest of the entities that the class sees there: equal digests are equal pictures, whichever process made them.
    pub state: u64,
    /// Digest of the names of the feeds.
    pub feeds: u64,
}

/// One entity, ready to be sent.
#[derive(Debug, Clone)]
struct Ready {
    json: Arc<str>,
    /// Journal position at which it last changed.
    changed: u64,
    /// Its part of [`Mark::state`].
    digest: u64,
}

/// Changes of one commit for one class.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClassDelta {
    /// Where the class stands after it; its feeds are not known here.
    pub mark: Mark,
    /// JSON of new and changed entities.
    pub upsert: Vec<Arc<str>>,
    /// What left.
    pub remove: Vec<Remove>,
}

impl ClassDelta {
    /// Whether there is nothing to say.
    pub(crate) const fn is_empty(&self) -> bool {
        self.upsert.is_empty() && self.remove.is_empty()
    }

    /// About as many bytes as it has in JSON.
    pub(crate) fn bytes(&self) -> usize {
        let text: usize = self.upsert.iter().map(|json| json.len() + 1).sum();
        text + self.remove.len() * REMOVE_BYTES
    }
}

/// About the size of a removal in JSON.
const REMOVE_BYTES: usize = 80;

/// The projection of one class.
pub(crate) struct Projection {
    audience: Audience,
    shows: Shows,
    mode: Mode,
    shapes: BTreeMap<SectionId, SectionShape>,
    ready: BTreeMap<EntityKey, Ready>,
    removed: Vec<(u64, Remove)>,
    /// A cursor before this cannot be resumed.
    floor: u64,
    /// Where this process began.
    start: Mark,
    mark: Mark,
    /// Section of each visible open event, for the sections' counts.
    placed: BTreeMap<EventId, SectionId>,
    /// How many of these each section has.
    open_in: BTreeMap<SectionId, u32>,
    /// Events by the event that they are tied to.
    tied: BTreeMap<EventId, BTreeSet<EventId>>,
}

/// What an entity adds to the digest of the state. Without keys, so that the next process gives the same; whoever could
/// choose entities to collide would only damage his own picture, and cursors are sealed.
fn digest(key: &EntityKey, json: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, json).hash(&mut hasher);
    hasher.finish()
}

fn key(kind: EntityKind, id: &impl ToString) -> EntityKey {
    EntityKey {
        kind,
        id: id.to_string(),
    }
}

impl Projection {
    pub(crate) fn new(
        picture: &Picture,
        audience: Audience,
        shows: Shows,
        mode: Mode,
        shapes: BTreeMap<SectionId, SectionShape>,
    ) -> Self {
        let mut p = Self {
            audience,
            shows,
            mode,
            shapes,
            ready: BTreeMap::new(),
            removed: Vec::new(),
            floor: picture.position(),
            start: Mark::default(),
            mark: Mark::default(),
            placed: BTreeMap::new(),
            open_in: BTreeMap::new(),
            tied: BTreeMap::new(),
        };
        p.everything(picture);
        p.start = p.mark;
        p
    }

    pub(crate) const fn mark(&self) -> Mark {
        self.mark
    }

    /// Projects everything anew; gives what differs.
    pub(crate) fn everything(&mut self, picture: &Picture) -> ClassDelta {
        let mut changes: Vec<Change> = vec![Change::Config];
        changes.extend(picture.events().map(|e| Change::Event(e.id)));
        changes.extend(picture.reports().map(|(id, _)| Change::Report(id)));
        changes.extend(picture.suggestions().map(|s| Change::Suggestion(s.id)));
        changes.extend(picture.areas().map(|a| Change::Area(a.id)));
        // What is in the cache and no longer in the picture has to go.
        for k in self.ready.keys() {
            match k.kind {
                EntityKind::Event => changes.extend(k.id.parse().map(|id| {
                    if picture.event(id).is_some() {
                        Change::Event(id)
                    } else {
                        Change::Archived(id)
                    }
                })),
                EntityKind::Report => changes.extend(k.id.parse().map(Change::Report)),
                EntityKind::Suggestion => changes.extend(k.id.parse().map(Change::Suggestion)),
                EntityKind::Area => changes.extend(k.id.parse().map(Change::Area)),
                _ => {}
            }
        }
        self.project(picture, picture.position(), &changes)
    }

    /// Projects what one commit changed; gives the JSON to send. `None` where it is in the projection already.
    ///
    /// The picture may be ahead of the commit. Then some entities come earlier than their own commit, and never later;
    /// the position is the commit's, for a client that has seen it has not seen the commits after it.
    pub(crate) fn apply(
        &mut self,
        picture: &Picture,
        position: u64,
        changes: &[Change],
    ) -> Option<ClassDelta> {
        (position > self.mark.position).then(|| self.project(picture, position, changes))
    }

    fn project(&mut self, picture: &Picture, position: u64, changes: &[Change]) -> ClassDelta {
        self.mark.position = position;
        let mut todo: BTreeSet<EntityKey> = BTreeSet::new();
        let mut archived: BTreeSet<EntityKey> = BTreeSet::new();
        for change in changes {
            self.spread(picture, change, &mut todo, &mut archived);
        }
        if !archived.is_empty() {
            // Reports and suggestions of an archived event went with it.
            todo.extend(self.orphans(picture));
        }
        let mut delta = ClassDelta::default();
        // Sections last: their counts follow from the events.
        let (mut sections, rest): (BTreeSet<_>, BTreeSet<_>) = todo
            .into_iter()
            .partition(|k| k.kind == EntityKind::Section);
        for k in rest {
            let entity = self.view(picture, &k);
            if k.kind == EntityKind::Event
                && let Ok(id) = k.id.parse()
            {
                sections.extend(self.place(id, entity.as_ref()));
                for link in picture.event(id).iter().flat_map(|e| &e.links) {
                    self.tied.entry(link.other).or_default().insert(id);
                }
                // Who is tied to an event that came or left has to be shown anew.
                if self.ready.contains_key(&k) != entity.is_some() {
                    self.show_tied(picture, id, &mut delta);
                }
            }
            let reason = if archived.contains(&k) {
                RemoveReason::Archived
            } else {
                RemoveReason::Gone
            };
            self.put(k, entity, reason, &mut delta);
        }
        for k in sections {
            let entity = self.view(picture, &k);
            self.put(k, entity, RemoveReason::Gone, &mut delta);
        }
        delta.mark = self.mark;
        delta
    }

    fn spread(
        &self,
        picture: &Picture,
        change: &Change,
        todo: &mut BTreeSet<EntityKey>,
        archived: &mut BTreeSet<EntityKey>,
    ) {
        match change {
            Change::Config => {
                let c = picture.config();
                todo.extend(c.sections.iter().map(|s| key(EntityKind::Section, &s.id)));
                todo.extend(
                    c.crossing_points
                        .iter()
                        .map(|b| key(EntityKind::Bcp, &b.id)),
                );
                todo.extend(picture.units().map(|u| key(EntityKind::Unit, &u.id)));
                todo.extend(c.regions.iter().map(|r| key(EntityKind::Region, &r.id)));
                let weather = picture.all_weather().map(|w| &w.reading.cell);
                todo.extend(weather.map(|cell| key(EntityKind::Weather, cell)));
                let gone = |k: &&EntityKey| {
                    matches!(
                        k.kind,
                        EntityKind::Section
                            | EntityKind::Bcp
                            | EntityKind::Unit
                            | EntityKind::Region
                            | EntityKind::Weather
                    )
                };
                todo.extend(self.ready.keys().filter(gone).cloned());
            }
            Change::Event(id) => {
                todo.insert(key(EntityKind::Event, id));
                // Settled ones as well: an event that is not to be seen any more takes them along.
                todo.extend(
                    picture
                        .suggestions_of(*id)
                        .map(|s| key(EntityKind::Suggestion, &s.id)),
                );
                todo.extend(picture.areas_of(*id).map(|a| key(EntityKind::Area, &a.id)));
            }
            Change::Archived(id) => {
                let k = key(EntityKind::Event, id);
                archived.insert(k.clone());
                todo.insert(k);
            }
            Change::Report(id) => {
                todo.insert(key(EntityKind::Report, id));
            }
            Change::Suggestion(id) => {
                todo.insert(key(EntityKind::Suggestion, id));
            }
            Change::Section(id) => {
                todo.insert(key(EntityKind::Section, id));
            }
            Change::Bcp(id) => {
                todo.insert(key(EntityKind::Bcp, id));
            }
            Change::Unit(id) => {
                todo.insert(key(EntityKind::Unit, id));
            }
            Change::Area(id) => {
                todo.insert(key(EntityKind::Area, id));
            }
            Change::Region(id) => {
                todo.insert(key(EntityKind::Region, id));
            }
            Change::Weather(id) => {
                todo.insert(key(EntityKind::Weather, id));
            }
        }
    }

    /// Cached reports and suggestions that the picture no longer holds.
    fn orphans(&self, picture: &Picture) -> Vec<EntityKey> {
        self.ready
            .keys()
            .filter(|k| match k.kind {
                EntityKind::Report => {
                    k.id.parse()
                        .map_or(true, |id| picture.report_state(id).is_none())
                }
                EntityKind::Suggestion => {
                    k.id.parse()
                        .map_or(true, |id| picture.suggestion(id).is_none())
                }
                _ => false,
            })
            .cloned()
            .collect()
    }

    /// Notes where an event stands; gives the sections whose count changed.
    fn place(&mut self, id: EventId, entity: Option<&Entity>) -> Vec<EntityKey> {
        let now = match entity {
            Some(Entity::Event(v)) if v.state.is_open() => v.section.clone(),
            _ => None,
        };
        let before = match &now {
            Some(section) => self.placed.insert(id, section.clone()),
            None => self.placed.remove(&id),
        };
        if before == now {
            return Vec::new();
        }
        if let Some(count) = before.as_ref().and_then(|s| self.open_in.get_mut(s)) {
            *count -= 1;
        }
        if let Some(section) = &now {
            *self.open_in.entry(section.clone()).or_default() += 1;
        }
        before
            .into_iter()
            .chain(now)
            .map(|s| key(EntityKind::Section, &s))
            .collect()
    }

    /// Projects the events that are tied to this one.
    fn show_tied(&mut self, picture: &Picture, id: EventId, delta: &mut ClassDelta) {
        let Some(tied) = self.tied.get(&id) else {
            return;
        };
        let tied: Vec<EntityKey> = tied
            .iter()
            .map(|e| key(EntityKind::Event, e))
            .filter(|k| self.ready.contains_key(k))
            .collect();
        if picture.event(id).is_none() {
            self.tied.remove(&id);
        }
        for k in tied {
            let entity = self.view(picture, &k);
            self.put(k, entity, RemoveReason::Gone, delta);
        }
    }

    fn put(
        &mut self,
        k: EntityKey,
        entity: Option<Entity>,
        reason: RemoveReason,
        delta: &mut ClassDelta,
    ) {
        let Some(entity) = entity else {
            if let Some(old) = self.ready.remove(&k) {
                self.mark.state ^= old.digest;
                let remove = Remove { key: k, reason };
                self.forget(remove.clone());
                delta.remove.push(remove);
            }
            return;
        };
        let json: Arc<str> = match serde_json::to_string(&entity) {
            Ok(json) => json.into(),
            Err(error) => {
                tracing::error!(%error, kind = ?k.kind, "an entity has no JSON form");
                return;
            }
        };
        if self.ready.get(&k).is_some_and(|r| r.json == json) {
            return;
        }
        let digest = digest(&k, &json);
        let ready = Ready {
            json: Arc::clone(&json),
            changed: self.mark.position,
            digest,
        };
        let old = self.ready.insert(k, ready).map_or(0, |old| old.digest);
        self.mark.state ^= digest ^ old;
        delta.upsert.push(json);
    }

    fn forget(&mut self, remove: Remove) {
        self.removed.push((self.mark.position, remove));
        if self.removed.len() > MAX_REMOVED {
            let half = self.removed.len() / 2;
            if let Some((position, _)) = self.removed.get(half.saturating_sub(1)) {
                self.floor = self.floor.max(*position);
            }
            self.removed.drain(..half);
        }
    }

    fn view(&self, picture: &Picture, k: &EntityKey) -> Option<Entity> {
        if self.shows == Shows::Wall && !wall::shows(k.kind) {
            return None;
        }
        self.shows.of(self.whole(picture, k)?)
    }

    fn whole(&self, picture: &Picture, k: &EntityKey) -> Option<Entity> {
        let (config, audience) = (picture.config(), &self.audience);
        match k.kind {
            EntityKind::Event => {
                let e = picture
                    .event(k.id.parse().ok()?)
                    .filter(|e| e.mode == self.mode)?;
                Some(Entity::Event(Box::new(project::event(
                    e, picture, audience,
                )?)))
            }
            EntityKind::Report => {
                let state = picture.report_state(k.id.parse().ok()?)?;
                let r = state.report.as_ref().filter(|r| r.mode == self.mode)?;
                Some(Entity::Report(Box::new(project::report(
                    r, picture, audience,
                )?)))
            }
            EntityKind::Suggestion => {
                let s = picture.suggestion(k.id.parse().ok()?)?;
                let sees = |id| {
                    picture.event(id).is_some_and(|e| {
                        e.mode == self.mode && project::sees_whole_event(e, picture, audience)
                    })
                };
                project::suggestion(s, sees(s.a) && sees(s.b)).map(Entity::Suggestion)
            }
            EntityKind::Section => {
                let s = config.sections.iter().find(|s| s.id.as_str() == k.id)?;
                let (line, polygon) = match self.shapes.get(&s.id) {
                    Some(SectionShape::Line(points)) => (points.clone(), Vec::new()),
                    Some(SectionShape::Polygon(ring)) => (Vec::new(), ring.clone()),
                    None => (Vec::new(), Vec::new()),
                };
                Some(Entity::Section(SectionView {
                    id: s.id.clone(),
                    uk: s.uk.clone(),
                    en: s.en.clone(),
                    neighbour: s.neighbour.clone(),
                    domain: s.domain.clone(),
                    level: picture.level(&s.id).unwrap_or(s.level),
                    open_events: self.open_in.get(&s.id).copied().unwrap_or(0),
                    line,
                    polygon,
                }))
            }
            EntityKind::Bcp => {
                let b = config
                    .crossing_points
                    .iter()
                    .find(|b| b.id.as_str() == k.id)?;
                let figures = picture.figures(&b.id).cloned();
                let said = figures.as_ref().and_then(|f| f.state.clone());
                Some(Entity::Bcp(BcpView {
                    id: b.id.clone(),
                    uk: b.uk.clone(),
                    en: b.en.clone(),
                    kind: b.kind.clone(),
                    neighbour: b.neighbour.clone(),
                    at: b.at,
                    precision: b.precision.clone(),
                    status: said.unwrap_or_else(|| b.status.clone()),
                    section: b.section.clone(),
                    figures,
                }))
            }
            EntityKind::Unit => {
                let unit = picture.unit(&k.id.clone().into())?.clone();
                Some(Entity::Unit(UnitView { unit }))
            }
            EntityKind::Area => {
                let area = picture.area(k.id.parse().ok()?)?;
                let view = project::area(area, picture, audience)?;
                (view.mode == self.mode).then(|| Entity::Area(Box::new(view)))
            }
            EntityKind::Region => self.region(picture, &k.id).map(Entity::Region),
            EntityKind::Weather => self.weather(picture, &k.id),
            EntityKind::Feed | EntityKind::Track => None,
        }
    }

    fn weather(&self, picture: &Picture, id: &str) -> Option<Entity> {
        let rule = picture.config().weather.unwrap_or(WEATHER_RULE);
        let weather = picture.weather(&id.into(), self.mode)?;
        let view = WeatherView::of(weather, rule, self.mode, &self.audience)?;
        Some(Entity::Weather(Box::new(view)))
    }

    fn region(&self, picture: &Picture, id: &str) -> Option<RegionView> {
        let mut regions = picture.config().regions.iter();
        let region = regions.find(|r| r.id.as_str() == id)?;
        let words = picture.threats(&region.id);
        Some(RegionView::of(region, words, self.mode, &self.audience))
    }

    /// JSON of everything, for a snapshot.
    pub(crate) fn snapshot(&self) -> Vec<Arc<str>> {
        self.ready.values().map(|r| Arc::clone(&r.json)).collect()
    }

    /// What changed after a place in this process's stream; `None` where that is too long ago.
    pub(crate) fn since(&self, position: u64) -> Option<ClassDelta> {
        if position < self.floor || position > self.mark.position {
            return None;
        }
        let changed = self.ready.values().filter(|r| r.changed > position);
        // What left twice is told once, with the newest reason.
        let gone: BTreeMap<&EntityKey, RemoveReason> = self
            .removed
            .iter()
            .filter(|(at, r)| *at > position && !self.ready.contains_key(&r.key))
            .map(|(_, r)| (&r.key, r.reason))
            .collect();
        Some(ClassDelta {
            mark: self.mark,
            upsert: changed.map(|r| Arc::clone(&r.json)).collect(),
            remove: gone
                .into_iter()
                .map(|(key, reason)| Remove {
                    key: key.clone(),
                    reason,
                })
                .collect(),
        })
    }

    /// The place in this process's stream for one of another process. It counts only if what was seen there is what
    /// this process began with: journal, configuration and code may have changed in between.
    pub(crate) fn same_as_start(&self, seen: Mark) -> Option<Mark> {
        (seen.state == self.start.state).then_some(self.start)
    }
}

#[cfg(test)]
mod tests;
