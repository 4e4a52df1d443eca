//! Areas drawn on the map.

use std::collections::BTreeSet;
use std::sync::Arc;

use oneroof_model::{Area, AreaId, EventId, MAX_AREAS};

use crate::apply::{Applied, Misfit};
use crate::state::{Change, Picture};

impl Picture {
    /// Areas in memory, those that are over included, in the order of their ids.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.areas.values().map(Arc::as_ref)
    }

    /// How many areas there are.
    pub fn area_count(&self) -> usize {
        self.areas.len()
    }

    /// An area.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        self.areas.get(&id).map(Arc::as_ref)
    }

    /// Areas that belong to an event.
    pub fn areas_of(&self, event: EventId) -> impl Iterator<Item = &Area> {
        self.areas().filter(move |a| a.said.event == Some(event))
    }

    /// A new area begins with version 1, a changed one goes on by one; its mode and who drew it stay. The event that it
    /// belongs to is there, and of the same mode.
    pub(crate) fn area_set(&mut self, area: Area) -> Applied {
        let id = area.id;
        let follows = match self.areas.get(&id) {
            None => area.version == 1 && self.areas.len() < MAX_AREAS,
            Some(before) => {
                area.version == before.version + 1
                    && area.said.mode == before.said.mode
                    && area.drawn_by == before.drawn_by
                    && area.drawn_at == before.drawn_at
            }
        };
        let belongs = area.said.event.is_none_or(|event| {
            let event = self.events.get(&event);
            event.is_some_and(|e| e.mode == area.said.mode)
        });
        if !follows || !belongs {
            return Err(Misfit);
        }
        self.areas.insert(id, Arc::new(area));
        Ok(vec![Change::Area(id)])
    }

    pub(crate) fn area_removed(&mut self, id: AreaId) -> Applied {
        self.areas.remove(&id).ok_or(Misfit)?;
        Ok(vec![Change::Area(id)])
    }

    /// The areas of events that leave memory go with them.
    pub(crate) fn areas_gone_with(&mut self, events: &BTreeSet<EventId>) -> Vec<Change> {
        let of = |area: &Area| area.said.event.is_some_and(|e| events.contains(&e));
        let gone: Vec<AreaId> = self.areas().filter(|a| of(a)).map(|a| a.id).collect();
        for id in &gone {
            self.areas.remove(id);
        }
        gone.into_iter().map(Change::Area).collect()
    }
}
