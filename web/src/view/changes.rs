//! The last change: what happened to the events since the picture before.

use std::collections::BTreeMap;

use oneroof_model::{EventId, EventImpact, EventState, Mode, OrgId, Time, TypeCode};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, EventView};

/// What changed with an event, the most important first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It was opened.
    New,
    /// A life is at risk now.
    Life,
    /// It was led to a state.
    State(EventState),
    /// Its impact was set.
    Impact(EventImpact),
    /// An agency joined it.
    Joined(OrgId),
    /// Something else.
    Changed,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Time,
    /// Of which event.
    pub event: EventId,
    /// Its name over the telephone.
    pub short: String,
    /// Its type.
    pub type_code: Option<TypeCode>,
    /// What changed.
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    updated_at: Time,
    state: EventState,
    life: bool,
    impact: Option<EventImpact>,
    orgs: Vec<OrgId>,
}

/// What was seen of the events.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    seen: BTreeMap<EventId, Seen>,
    last: Option<Change>,
    /// Whether a picture was seen at all: what is in the first one is not new.
    begun: bool,
}

fn what(before: Option<&Seen>, e: &EventView) -> What {
    let Some(b) = before else {
        return What::New;
    };
    if e.life_at_risk && !b.life {
        return What::Life;
    }
    if e.state != b.state {
        return What::State(e.state);
    }
    if let Some(impact) = e.impact.filter(|i| Some(*i) != b.impact) {
        return What::Impact(impact);
    }
    e.orgs
        .iter()
        .find(|o| !b.orgs.contains(o))
        .map_or(What::Changed, |o| What::Joined(o.clone()))
}

impl Watch {
    /// Looks at the picture; gives the events that are new in it, none for the first one.
    pub fn look(&mut self, picture: &Picture, mode: Mode) -> Vec<EventId> {
        let mut opened = Vec::new();
        let mut now = BTreeMap::new();
        for e in picture.entities.values() {
            let Entity::Event(e) = e else { continue };
            if e.mode != mode {
                continue;
            }
            let before = self.seen.get(&e.id);
            let newer = before.is_none_or(|b| b.updated_at != e.updated_at);
            if newer && self.last.as_ref().is_none_or(|l| l.at <= e.updated_at) {
                self.last = Some(Change {
                    at: e.updated_at,
                    event: e.id,
                    short: e.short.clone(),
                    type_code: e.type_code.clone(),
                    what: if self.begun {
                        what(before, e)
                    } else {
                        What::Changed
                    },
                });
            }
            if before.is_none() && self.begun && e.state.is_open() {
                opened.push(e.id);
            }
            let seen = Seen {
                updated_at: e.updated_at,
                state: e.state,
                life: e.life_at_risk,
                impact: e.impact,
                orgs: e.orgs.clone(),
            };
            now.insert(e.id, seen);
        }
        self.begun |= !picture.entities.is_empty();
        self.seen = now;
        opened
    }

    /// The last change.
    pub const fn last(&self) -> Option<&Change> {
        self.last.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::testing::{event, put_event};

    fn last(w: &Watch) -> What {
        w.last().map(|c| c.what.clone()).unwrap()
    }

    #[test]
    fn each_change_is_told_by_what_matters_most_in_it() {
        let (mut p, mut w) = (Picture::default(), Watch::default());
        let mut e = event(1);
        put_event(&mut p, &e);
        assert!(
            w.look(&p, Mode::Actual).is_empty(),
            "the first picture is not new"
        );
        let mut step = |e: &mut EventView, p: &mut Picture| {
            e.updated_at = e.updated_at.plus_secs(1);
            put_event(p, e);
            let opened = w.look(p, Mode::Actual);
            (opened, last(&w))
        };
        e.orgs.push("PO".into());
        assert_eq!(step(&mut e, &mut p).1, What::Joined("PO".into()));
        e.impact = Some(EventImpact::High);
        assert_eq!(step(&mut e, &mut p).1, What::Impact(EventImpact::High));
        (e.state, e.life_at_risk) = (EventState::Validated, true);
        assert_eq!(step(&mut e, &mut p).1, What::Life, "a life before a state");
        e.state = EventState::Active;
        assert_eq!(step(&mut e, &mut p).1, What::State(EventState::Active));
        let mut other = event(2);
        other.updated_at = e.updated_at;
        let (opened, what) = step(&mut other, &mut p);
        assert_eq!((opened, what), (vec![other.id], What::New));
    }

    #[test]
    fn an_exercise_is_no_change_of_the_real_picture() {
        let (mut p, mut w) = (Picture::default(), Watch::default());
        let mut e = event(1);
        e.mode = Mode::Exercise;
        put_event(&mut p, &e);
        w.look(&p, Mode::Actual);
        assert!(w.last().is_none());
    }
}
