//! What one rights class sees: every entity as JSON, and at which journal position it last changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use oneroof_geo::SectionShape;
use oneroof_model::{Audience, EventId, Mode, SectionId};
use oneroof_picture::{Change, Picture};
use oneroof_wire::{
    BcpView, Entity, EntityKey, EntityKind, Remove, RemoveReason, SectionView, UnitView, project,
};

/// Removals remembered for those who resume; who is further behind gets a snapshot.
const MAX_REMOVED: usize = 20_000;

/// One entity, ready to be sent.
#[derive(Debug, Clone)]
struct Ready {
    json: Arc<str>,
    /// Journal position at which it last changed.
    changed: u64,
}

/// Changes of one commit for one class.
#[derive(Debug, Clone)]
pub(crate) struct ClassDelta {
    /// Journal position after it.
    pub position: u64,
    /// JSON of new and changed entities.
    pub upsert: Vec<Arc<str>>,
    /// What left.
    pub remove: Vec<Remove>,
}

/// The projection of one class.
pub(crate) struct Projection {
    audience: Audience,
    mode: Mode,
    shapes: BTreeMap<SectionId, SectionShape>,
    ready: BTreeMap<EntityKey, Ready>,
    removed: Vec<(u64, Remove)>,
    /// A cursor before this cannot be resumed.
    floor: u64,
    position: u64,
    /// Section and openness of each visible event, for the sections' counts.
    placed: BTreeMap<EventId, SectionId>,
}

fn key(kind: EntityKind, id: impl ToString) -> EntityKey {
    EntityKey {
        kind,
        id: id.to_string(),
    }
}

impl Projection {
    pub(crate) fn new(
        picture: &Picture,
        audience: Audience,
        mode: Mode,
        shapes: BTreeMap<SectionId, SectionShape>,
    ) -> Self {
        let mut p = Self {
            audience,
            mode,
            shapes,
            ready: BTreeMap::new(),
            removed: Vec::new(),
            floor: picture.position(),
            position: picture.position(),
            placed: BTreeMap::new(),
        };
        p.everything(picture);
        p
    }

    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// Projects everything anew; gives what differs.
    pub(crate) fn everything(&mut self, picture: &Picture) -> ClassDelta {
        let mut changes: Vec<Change> = vec![Change::Config];
        changes.extend(picture.events().map(|e| Change::Event(e.id)));
        changes.extend(picture.reports().map(|(id, _)| Change::Report(id)));
        changes.extend(picture.suggestions().map(|s| Change::Suggestion(s.id)));
        // What is in the cache and no longer in the picture has to go.
        for k in self.ready.keys() {
            match k.kind {
                EntityKind::Event => changes.extend(k.id.parse().map(Change::Archived)),
                EntityKind::Report => changes.extend(k.id.parse().map(Change::Report)),
                EntityKind::Suggestion => changes.extend(k.id.parse().map(Change::Suggestion)),
                _ => {}
            }
        }
        self.apply(picture, &changes)
    }

    /// Projects what changed; gives the JSON to send.
    pub(crate) fn apply(&mut self, picture: &Picture, changes: &[Change]) -> ClassDelta {
        self.position = picture.position();
        let mut todo: BTreeSet<EntityKey> = BTreeSet::new();
        let mut archived: BTreeSet<EntityKey> = BTreeSet::new();
        for change in changes {
            self.spread(picture, change, &mut todo, &mut archived);
        }
        let mut delta = ClassDelta {
            position: self.position,
            upsert: Vec::new(),
            remove: Vec::new(),
        };
        // Sections last: their counts follow from the events.
        let (sections, rest): (Vec<_>, Vec<_>) = todo
            .into_iter()
            .partition(|k| k.kind == EntityKind::Section);
        let mut dirty: BTreeSet<EntityKey> = sections.into_iter().collect();
        for k in rest {
            if k.kind == EntityKind::Event {
                dirty.extend(self.place(picture, &k));
            }
            let reason = if archived.contains(&k) {
                RemoveReason::Archived
            } else {
                RemoveReason::Gone
            };
            self.one(picture, k, reason, &mut delta);
        }
        for k in dirty {
            self.one(picture, k, RemoveReason::Gone, &mut delta);
        }
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
                let gone = |k: &&EntityKey| {
                    matches!(
                        k.kind,
                        EntityKind::Section | EntityKind::Bcp | EntityKind::Unit
                    )
                };
                todo.extend(self.ready.keys().filter(gone).cloned());
            }
            Change::Event(id) => {
                todo.insert(key(EntityKind::Event, id));
                let about = |s: &&oneroof_model::Suggestion| s.a == *id || s.b == *id;
                todo.extend(
                    picture
                        .open_suggestions_of(*id)
                        .filter(about)
                        .map(|s| key(EntityKind::Suggestion, s.id)),
                );
            }
            Change::Archived(id) => {
                let k = key(EntityKind::Event, id);
                archived.insert(k.clone());
                todo.insert(k);
                // Its reports and suggestions went with it.
                todo.extend(self.orphans(picture));
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
    fn place(&mut self, picture: &Picture, k: &EntityKey) -> Vec<EntityKey> {
        let Ok(id) = k.id.parse::<EventId>() else {
            return Vec::new();
        };
        let now = picture
            .event(id)
            .filter(|e| e.mode == self.mode && e.state.is_open())
            .and_then(|e| project::event(e, picture, &self.audience))
            .and_then(|v| v.section);
        let before = match &now {
            Some(section) => self.placed.insert(id, section.clone()),
            None => self.placed.remove(&id),
        };
        if before == now {
            return Vec::new();
        }
        before
            .into_iter()
            .chain(now)
            .map(|s| key(EntityKind::Section, s))
            .collect()
    }

    fn one(
        &mut self,
        picture: &Picture,
        k: EntityKey,
        reason: RemoveReason,
        delta: &mut ClassDelta,
    ) {
        let Some(entity) = self.view(picture, &k) else {
            if self.ready.remove(&k).is_some() {
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
        self.ready.insert(
            k,
            Ready {
                json: Arc::clone(&json),
                changed: self.position,
            },
        );
        delta.upsert.push(json);
    }

    fn forget(&mut self, remove: Remove) {
        self.removed.push((self.position, remove));
        if self.removed.len() > MAX_REMOVED {
            let half = self.removed.len() / 2;
            if let Some((position, _)) = self.removed.get(half.saturating_sub(1)) {
                self.floor = self.floor.max(*position);
            }
            self.removed.drain(..half);
        }
    }

    fn view(&self, picture: &Picture, k: &EntityKey) -> Option<Entity> {
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
                    picture
                        .event(id)
                        .filter(|e| e.mode == self.mode)
                        .and_then(|e| project::event(e, picture, audience))
                        .is_some()
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
                let open = self.placed.values().filter(|p| **p == s.id).count();
                Some(Entity::Section(SectionView {
                    id: s.id.clone(),
                    uk: s.uk.clone(),
                    en: s.en.clone(),
                    neighbour: s.neighbour.clone(),
                    domain: s.domain.clone(),
                    level: picture.level(&s.id).unwrap_or(s.level),
                    open_events: u32::try_from(open).unwrap_or(u32::MAX),
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
            EntityKind::Feed | EntityKind::Track => None,
        }
    }

    /// JSON of everything, for a snapshot.
    pub(crate) fn snapshot(&self) -> Vec<Arc<str>> {
        self.ready.values().map(|r| Arc::clone(&r.json)).collect()
    }

    /// What changed after a position; `None` where that is too long ago.
    pub(crate) fn since(&self, position: u64) -> Option<ClassDelta> {
        if position < self.floor || position > self.position {
            return None;
        }
        let changed = self.ready.values().filter(|r| r.changed > position);
        let gone = self
            .removed
            .iter()
            .filter(|(at, r)| *at > position && !self.ready.contains_key(&r.key));
        Some(ClassDelta {
            position: self.position,
            upsert: changed.map(|r| Arc::clone(&r.json)).collect(),
            remove: gone.map(|(_, r)| r.clone()).collect(),
        })
    }
}
