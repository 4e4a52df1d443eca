//! Whatever agencies send and people ask, in whatever order: every entry that the room writes fits the picture, the
//! journal alone gives it, and it holds together.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;

use common::{House, assert_same, at, draft, emergency, place, police, related, sensors};
use oneroof_model::{
    CommandBody, DismissReason, EventId, EventImpact, EventState, PlaceKind, Relation, ReportDraft,
    SourceKey,
};
use oneroof_picture::Picture;
use proptest::prelude::*;

/// One thing that somebody does; the numbers choose what and to what.
#[derive(Debug, Clone, Copy)]
struct Act {
    kind: u8,
    x: u8,
    y: u8,
    z: u8,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let kind = prop_oneof![4 => Just(0_u8), 3 => 1..11_u8];
    let act = (kind, any::<u8>(), any::<u8>(), any::<u8>());
    let act = act.prop_map(|(kind, x, y, z)| Act { kind, x, y, z });
    prop::collection::vec(act, 0..60)
}

/// A report with few keys, few places and few moments, so that it meets others.
fn said(Act { x, y, z, .. }: Act) -> ReportDraft {
    let codes = ["SYS01", "UBC01", "MAR05", "CRI05", "nonsense"];
    let code = codes.get(usize::from(x % 5)).copied().unwrap_or("SYS01");
    let lon = 23.3 + f64::from(y % 3) * 0.002;
    let seconds = i64::from(z % 4) * 40;
    let place = place(47.98, lon, PlaceKind::Sensor);
    let mut d = draft(code, at(0, 40, seconds), place);
    if x % 3 > 0 {
        d.source = Some(SourceKey {
            key: format!("k{}", y % 5),
            revision: (z % 3 > 0).then_some(i64::from(x % 4)),
        });
    }
    let of = vec![format!("k{}", z % 5), format!("k{}", x % 5)];
    d = match y % 7 {
        0 => related(d, Relation::Update { of }),
        1 => related(d, Relation::Cancel { of }),
        _ => d,
    };
    d.life_at_risk = (z % 5 == 0).then_some(true);
    d.text = Some(format!("text {}", z % 6));
    d
}

fn one_of<T>(things: impl Iterator<Item = T>, n: u8) -> Option<T> {
    let mut things: Vec<T> = things.collect();
    let at = usize::from(n).checked_rem(things.len())?;
    Some(things.swap_remove(at))
}

fn asked(Act { kind, x, y, z }: Act, picture: &Picture) -> Option<CommandBody> {
    let event = |n| one_of(picture.events().map(|e| e.id), n);
    let open = |n| one_of(picture.suggestions().map(|s| s.id), n);
    Some(match kind {
        1 => CommandBody::AcceptSuggestion {
            suggestion: open(x)?,
        },
        2 => CommandBody::RejectSuggestion {
            suggestion: open(x)?,
        },
        3 => CommandBody::Merge {
            survivor: event(x)?,
            absorbed: event(y)?,
        },
        4 | 5 => {
            let merges = picture
                .events()
                .flat_map(|e| e.merges.iter().map(|m| (e.id, m.absorbed)));
            let (survivor, absorbed) = one_of(merges, x)?;
            CommandBody::Unmerge { survivor, absorbed }
        }
        6 => {
            let attached = picture
                .events()
                .flat_map(|e| e.reports.iter().map(|a| (e.id, a.report)));
            let (event, report) = one_of(attached, x)?;
            CommandBody::Detach { event, report }
        }
        7 => {
            let states = [
                EventState::Triaged,
                EventState::Active,
                EventState::Resolved,
                EventState::Closed,
                EventState::Dismissed,
            ];
            let state = one_of(states.into_iter(), z)?;
            let reason = (state == EventState::Dismissed).then_some(DismissReason::FalseAlarm);
            CommandBody::SetState {
                event: event(x)?,
                state,
                reason,
            }
        }
        _ => CommandBody::SetImpact {
            event: event(x)?,
            impact: EventImpact::High,
        },
    })
}

async fn carry_out(house: &House, act: Act) {
    house.clock.advance(core::time::Duration::from_secs(20));
    let feeds = [sensors(), police(), emergency()];
    let feed = one_of(feeds.into_iter(), act.z).unwrap();
    match act.kind {
        0 => drop(house.submit(&feed, [said(act)]).await.unwrap()),
        8 => house.withdraw(&feed, &format!("k{}", act.x % 5)).await,
        9 => {
            let before = oneroof_ports::TimeSource::now(&*house.clock);
            house.room.housekeep(before).await.unwrap();
        }
        _ => {
            if act.kind == 10 {
                house.store.fill_disk_for_one_append();
                assert!(house.submit(&feed, [unheard(act)]).await.is_err());
            }
            if let Some(body) = asked(act, &house.picture()) {
                house.ask(body).await;
            }
        }
    }
}

/// A report that is no duplicate of anything.
fn unheard(act: Act) -> ReportDraft {
    let mut d = said(act);
    d.source = None;
    d.text = Some("not heard before".to_owned());
    d
}

/// What must hold of a picture that the room made.
fn check(picture: &Picture) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        picture.anomalies(),
        0,
        "the room wrote an entry that does not fit"
    );
    let mut of: BTreeMap<_, EventId> = BTreeMap::new();
    for event in picture.events().filter(|e| e.merged_into.is_none()) {
        prop_assert!(!event.reports.is_empty(), "an event of nothing");
        for a in &event.reports {
            prop_assert_eq!(of.insert(a.report, event.id), None, "in two events");
        }
    }
    for (id, state) in picture.reports() {
        prop_assert_eq!(of.get(&id).copied(), state.event);
        let cancel = |r: &oneroof_model::Report| matches!(r.relation, Relation::Cancel { .. });
        let waits = state.report.as_ref().is_some_and(cancel);
        prop_assert!(state.event.is_some() || waits, "{} is seen by nobody", id);
    }
    for s in picture.suggestions() {
        if s.state == oneroof_model::SuggestionState::Open {
            for e in [s.a, s.b] {
                let state = picture.event(e).map(|e| e.state);
                prop_assert!(state.is_some_and(EventState::is_open), "{:?} waits", state);
            }
        }
    }
    Ok(())
}

async fn through(acts: Vec<Act>) -> Result<(), TestCaseError> {
    let house = House::open().await;
    house.at(0, 45, 0);
    for act in acts {
        carry_out(&house, act).await;
        check(&house.picture())?;
    }
    assert_same(&house.picture(), &house.replayed().await);
    assert_same(&house.picture(), &house.again().await.picture());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_room_writes_nothing_that_does_not_fit_and_the_journal_alone_gives_its_picture(acts in acts()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(through(acts))?;
    }
}
