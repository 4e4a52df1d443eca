//! Clocks of the centre that run for open events.

use oneroof_model::{EventId, EventImpact, EventTypeGroup, Mode, Time};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, EventView};

/// What has to be done by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Incident information goes on to the Agency within 4 h of its arrival (Handbook).
    Forward,
    /// The first event report is due 24 h after awareness (Regulation 2021/581, Art. 9).
    Report,
}

impl Duty {
    /// Its key in the catalogue.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Forward => "clock.forward",
            Self::Report => "clock.report",
        }
    }
}

/// A clock that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Until when.
    pub due: Time,
    /// What.
    pub duty: Duty,
    /// For which event.
    pub event: EventId,
    /// Its name over the telephone.
    pub short: String,
}

const FORWARD_S: i64 = 4 * 3_600;
const REPORT_S: i64 = 24 * 3_600;

/// The clocks of an event: those of which the impact is high or very high, or where a life is at risk. What our own
/// system has is nobody's report.
pub fn of_event(e: &EventView) -> Vec<Clock> {
    let grave = e.life_at_risk || e.impact >= Some(EventImpact::High);
    let ours = e
        .type_code
        .as_ref()
        .is_some_and(|c| c.group() == EventTypeGroup::System);
    if !grave || ours || !e.state.is_open() {
        return Vec::new();
    }
    let clock = |duty, due| Clock {
        due,
        duty,
        event: e.id,
        short: e.short.clone(),
    };
    vec![
        clock(Duty::Forward, e.first_known_at.plus_secs(FORWARD_S)),
        clock(Duty::Report, e.aware_at.plus_secs(REPORT_S)),
    ]
}

/// The clocks that still run, the nearest first. Whether a duty was done is not known here yet: what is over is counted,
/// not shown.
pub fn running(picture: &Picture, mode: Mode, now: Time) -> (Vec<Clock>, usize) {
    let all = picture.entities.values().filter_map(|e| match e {
        Entity::Event(e) if e.mode == mode => Some(of_event(e)),
        _ => None,
    });
    let (mut run, over): (Vec<Clock>, Vec<Clock>) = all.flatten().partition(|c| c.due > now);
    run.sort_by_key(|c| (c.due, c.duty, c.event));
    (run, over.len())
}

/// The next clock of an event.
pub fn next_of(e: &EventView, now: Time) -> Option<Clock> {
    of_event(e)
        .into_iter()
        .filter(|c| c.due > now)
        .min_by_key(|c| c.due)
}

#[cfg(test)]
mod tests {
    use oneroof_model::EventState;

    use super::*;
    use crate::view::testing::event;

    fn at(s: i64) -> Time {
        Time::from_secs(s)
    }

    #[test]
    fn a_grave_event_has_both_clocks_and_a_small_one_none() {
        let mut e = event(1);
        e.impact = Some(EventImpact::High);
        (e.first_known_at, e.aware_at) = (at(1_000), at(400));
        let due: Vec<i64> = of_event(&e).iter().map(|c| c.due.as_secs()).collect();
        assert_eq!(due, [1_000 + 14_400, 400 + 86_400]);
        e.impact = Some(EventImpact::Medium);
        assert!(of_event(&e).is_empty());
        e.life_at_risk = true;
        assert_eq!(of_event(&e).len(), 2);
        e.state = EventState::Closed;
        assert!(of_event(&e).is_empty());
    }

    #[test]
    fn what_our_own_system_has_is_nobody_s_report() {
        let mut e = event(1);
        e.impact = Some(EventImpact::VeryHigh);
        e.type_code = Some("SYS04".into());
        assert!(of_event(&e).is_empty());
    }

    #[test]
    fn the_nearest_is_first_and_what_is_over_is_counted() {
        let mut p = Picture::default();
        for (n, known) in [(1, 0), (2, 5_000), (3, 9_000)] {
            let mut e = event(n);
            e.life_at_risk = true;
            (e.first_known_at, e.aware_at) = (at(known), at(known));
            let e = Entity::Event(Box::new(e));
            p.entities.insert(e.key(), e);
        }
        let (run, over) = running(&p, Mode::Actual, at(15_000));
        assert_eq!(over, 1, "the first one's four hours");
        assert_eq!(run.len(), 5);
        assert_eq!(
            (run[0].due.as_secs(), run[0].duty),
            (5_000 + 14_400, Duty::Forward)
        );
        assert!(running(&p, Mode::Exercise, at(0)).0.is_empty());
    }
}
