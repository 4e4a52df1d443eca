//! Which open events could be the same happening as a new one, without looking at all of them.
//!
//! A grid of quarter degrees. An event stands in each cell that its shape, widened by the reach of the place term,
//! touches; one that touches many stands in a list that is always looked at. The index is a cache of the picture.

use std::collections::{BTreeMap, BTreeSet};

use oneroof_geo::BoundingBox;
use oneroof_model::{EventId, Geometry, Identifier};

use crate::score::Features;

const CELL_DEG: f64 = 0.25;

/// Most cells of one event; beyond it the event is looked at always.
const MAX_CELLS: usize = 64;

type Cell = (i32, i32);

#[derive(Debug, Default)]
pub(crate) struct LinkIndex {
    cells: BTreeMap<Cell, BTreeSet<EventId>>,
    wide: BTreeSet<EventId>,
    by_identifier: BTreeMap<Identifier, BTreeSet<EventId>>,
    of: BTreeMap<EventId, (Vec<Cell>, BTreeSet<Identifier>)>,
}

fn cells(geometry: &Geometry, reach_m: f64) -> Option<Vec<Cell>> {
    let bbox = BoundingBox::of(geometry)?.expanded_m(reach_m);
    let at = |deg: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "degrees over a quarter: at most 1440"
        )]
        {
            (deg / CELL_DEG).floor() as i32
        }
    };
    let (south, north) = (at(bbox.south), at(bbox.north));
    let (west, east) = (at(bbox.west), at(bbox.east));
    if west > east {
        return None;
    }
    let count = usize::try_from((north - south + 1) * (east - west + 1)).unwrap_or(usize::MAX);
    (count <= MAX_CELLS).then(|| {
        (south..=north)
            .flat_map(|y| (west..=east).map(move |x| (y, x)))
            .collect()
    })
}

impl LinkIndex {
    /// Puts an event in, or anew. An event without a place is found by its identifiers only.
    pub(crate) fn put(&mut self, id: EventId, features: &Features, base_m: f64) {
        self.remove(id);
        let reach = 3.0 * (features.ce_m + base_m);
        let mut standing = Vec::new();
        if let Some(g) = &features.geometry {
            match cells(g, reach) {
                Some(list) => {
                    for c in &list {
                        self.cells.entry(*c).or_default().insert(id);
                    }
                    standing = list;
                }
                None => {
                    self.wide.insert(id);
                }
            }
        }
        for i in &features.identifiers {
            self.by_identifier.entry(i.clone()).or_default().insert(id);
        }
        self.of.insert(id, (standing, features.identifiers.clone()));
    }

    /// Takes an event out.
    pub(crate) fn remove(&mut self, id: EventId) {
        self.wide.remove(&id);
        let Some((standing, identifiers)) = self.of.remove(&id) else {
            return;
        };
        for c in standing {
            if let Some(set) = self.cells.get_mut(&c) {
                set.remove(&id);
                if set.is_empty() {
                    self.cells.remove(&c);
                }
            }
        }
        for i in identifiers {
            if let Some(set) = self.by_identifier.get_mut(&i) {
                set.remove(&id);
                if set.is_empty() {
                    self.by_identifier.remove(&i);
                }
            }
        }
    }

    /// Events that may be near.
    pub(crate) fn candidates(&self, features: &Features, base_m: f64) -> BTreeSet<EventId> {
        let mut out: BTreeSet<EventId> = features
            .identifiers
            .iter()
            .filter_map(|i| self.by_identifier.get(i))
            .flatten()
            .copied()
            .collect();
        let Some(g) = &features.geometry else {
            return out;
        };
        out.extend(self.wide.iter().copied());
        match cells(g, 3.0 * (features.ce_m + base_m)) {
            Some(list) => {
                out.extend(
                    list.iter()
                        .filter_map(|c| self.cells.get(c))
                        .flatten()
                        .copied(),
                );
            }
            None => out.extend(self.of.keys().copied()),
        }
        out
    }
}
