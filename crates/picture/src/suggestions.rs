//! Suggestions, found by their id and by the events that they name.
//!
//! A checkpoint holds them by id; the way back from events is made anew when it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::OrdMap;
use oneroof_model::{EventId, Suggestion, SuggestionId, SuggestionState};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// All suggestions in memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Suggestions {
    by_id: OrdMap<SuggestionId, Arc<Suggestion>>,
    /// Each suggestion stands under both of its events.
    by_event: OrdMap<EventId, Arc<BTreeSet<SuggestionId>>>,
}

impl Suggestions {
    pub(crate) fn get(&self, id: SuggestionId) -> Option<&Suggestion> {
        self.by_id.get(&id).map(Arc::as_ref)
    }

    /// In the order of their ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Suggestion> {
        self.by_id.values().map(Arc::as_ref)
    }

    /// Those that name an event.
    pub(crate) fn of(&self, event: EventId) -> impl Iterator<Item = &Suggestion> {
        let ids = self.by_event.get(&event).map(Arc::as_ref);
        ids.into_iter().flatten().filter_map(|id| self.get(*id))
    }

    pub(crate) fn insert(&mut self, suggestion: Suggestion) {
        for event in [suggestion.a, suggestion.b] {
            let ids = self.by_event.entry(event).or_default();
            Arc::make_mut(ids).insert(suggestion.id);
        }
        self.by_id.insert(suggestion.id, Arc::new(suggestion));
    }

    /// Notes what became of one; `None` where there is no such one.
    pub(crate) fn settle(&mut self, id: SuggestionId, state: SuggestionState) -> Option<()> {
        Arc::make_mut(self.by_id.get_mut(&id)?).state = state;
        Some(())
    }

    /// Takes out those that name one of these events.
    pub(crate) fn remove_of(&mut self, events: &BTreeSet<EventId>) {
        for event in events {
            let ids = self.by_event.remove(event);
            for id in ids.iter().flat_map(|ids| ids.iter()) {
                let Some(gone) = self.by_id.remove(id) else {
                    continue;
                };
                for other in [gone.a, gone.b] {
                    if let Some(ids) = self.by_event.get_mut(&other) {
                        let ids = Arc::make_mut(ids);
                        ids.remove(id);
                        if ids.is_empty() {
                            self.by_event.remove(&other);
                        }
                    }
                }
            }
        }
    }
}

impl Serialize for Suggestions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_id.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Suggestions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let by_id = BTreeMap::<SuggestionId, Suggestion>::deserialize(deserializer)?;
        let mut all = Self::default();
        for suggestion in by_id.into_values() {
            all.insert(suggestion);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::Time;
    use uuid::Uuid;

    use super::*;

    fn event(n: u128) -> EventId {
        EventId(Uuid::from_u128(n))
    }

    fn suggestion(n: u128, a: u128, b: u128) -> Suggestion {
        Suggestion {
            id: SuggestionId(Uuid::from_u128(n)),
            a: event(a),
            b: event(b),
            score: 0.6,
            terms: vec![],
            strong: false,
            rule: "link/1".to_owned(),
            at: Time::from_secs(0),
            state: SuggestionState::Open,
        }
    }

    fn numbers<'a>(all: impl Iterator<Item = &'a Suggestion>) -> Vec<u128> {
        all.map(|s| s.id.0.as_u128()).collect()
    }

    #[test]
    fn they_are_found_by_both_events_until_one_of_these_goes() {
        let mut all = Suggestions::default();
        for s in [
            suggestion(1, 10, 11),
            suggestion(2, 10, 12),
            suggestion(3, 11, 12),
        ] {
            all.insert(s);
        }
        assert_eq!(numbers(all.of(event(10))), [1, 2]);
        assert_eq!(numbers(all.of(event(12))), [2, 3]);
        all.remove_of(&BTreeSet::from([event(10)]));
        assert_eq!(numbers(all.all()), [3]);
        assert_eq!(numbers(all.of(event(10))), [] as [u128; 0]);
        assert_eq!(numbers(all.of(event(11))), [3]);
    }

    #[test]
    fn what_is_read_back_is_found_by_its_events_as_before() {
        let mut all = Suggestions::default();
        all.insert(suggestion(1, 10, 11));
        let json = serde_json::to_string(&all).unwrap();
        let read: Suggestions = serde_json::from_str(&json).unwrap();
        assert_eq!(read, all);
        assert_eq!(numbers(read.of(event(11))), [1]);
    }
}
