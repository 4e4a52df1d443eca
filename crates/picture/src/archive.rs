//! Events that are over leave memory.

use std::collections::BTreeSet;

use oneroof_model::EventId;

use crate::apply::{Applied, Misfit};
use crate::state::{Change, Picture};

impl Picture {
    /// Events leave memory with what was merged into them; an event and what it was merged into go together.
    pub(crate) fn archived(&mut self, ids: &[EventId]) -> Applied {
        let going: BTreeSet<EventId> = ids.iter().copied().collect();
        let together = |id: &EventId| {
            let event = self.events.get(id)?;
            let absorbed = event.merges.iter().map(|m| m.absorbed);
            absorbed
                .chain(event.merged_into)
                .all(|e| going.contains(&e))
                .then_some(())
        };
        if going.len() != ids.len() || !going.iter().all(|id| together(id).is_some()) {
            return Err(Misfit);
        }
        for event in going.iter().filter_map(|id| self.events.remove(id)) {
            for a in &event.reports {
                // A report that was detached after a merge stands in an event of its own, and stays.
                let of = self.reports.get(&a.report).and_then(|s| s.event);
                if of.is_none_or(|e| going.contains(&e)) {
                    self.reports.remove(&a.report);
                    self.waiting.remove(&a.report);
                }
            }
        }
        self.suggestions.remove_of(&going);
        let archived = ids.iter().copied().map(Change::Archived);
        Ok(archived.chain(self.areas_gone_with(&going)).collect())
    }
}
