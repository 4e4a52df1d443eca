use oneroof_model::{EntryBody, ReportId};
use oneroof_ports::contract::sample;

use super::*;

/// A picture with reports 1 to `n`, each by an entry of its own.
fn picture(n: u64) -> Picture {
    let mut picture = Picture::default();
    for i in 1..=n {
        record(&mut picture, i);
    }
    picture
}

fn record(picture: &mut Picture, n: u64) {
    let entry = sample::report(n);
    picture.apply(picture.position() + 1, entry.at, Some(entry.body));
}

fn projection(picture: &Picture) -> Projection {
    let audience = Audience::room(["BG".into()]);
    Projection::new(
        picture,
        audience,
        Shows::Everything,
        Mode::Test,
        BTreeMap::new(),
    )
}

fn change(n: u64) -> [Change; 1] {
    [Change::Report(sample::report_id(n))]
}

fn titles(upsert: &[Arc<str>]) -> Vec<String> {
    upsert
        .iter()
        .map(|json| {
            let v: serde_json::Value = serde_json::from_str(json).unwrap();
            v["title"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn a_picture_that_is_ahead_of_the_commit_swallows_none_of_the_commits_after_it() {
    let mut p = projection(&Picture::default());
    // Two commits followed each other before the first was looked at.
    let ahead = picture(2);
    let first = p.apply(&ahead, 1, &change(1)).unwrap();
    assert_eq!(
        (first.mark.position, titles(&first.upsert)),
        (1, vec!["Report 1".to_owned()])
    );
    let second = p.apply(&ahead, 2, &change(2)).unwrap();
    assert_eq!(
        (second.mark.position, titles(&second.upsert)),
        (2, vec!["Report 2".to_owned()])
    );
    assert_eq!(titles(&p.since(1).unwrap().upsert), ["Report 2"]);
}

#[test]
fn a_commit_that_is_in_already_is_passed_over() {
    let ahead = picture(2);
    let mut p = projection(&ahead);
    assert!(p.apply(&ahead, 1, &change(1)).is_none());
    assert!(p.apply(&ahead, 2, &change(2)).is_none());
    assert_eq!(p.snapshot().len(), 2);
}

#[test]
fn projecting_everything_anew_gives_what_step_by_step_gives() {
    let mut now = picture(3);
    let mut steps = projection(&now);
    let mut jump = projection(&now);
    let at = sample::at(0);
    let erased = EntryBody::Erased {
        what: oneroof_model::Erasure::Report,
        report: sample::report_id(2),
        by: oneroof_model::Actor::Rule {
            rule: "test/1".to_owned(),
        },
        reason: "asked for".to_owned(),
    };
    let changes = now.apply(4, at, Some(erased));
    let delta = steps.apply(&now, 4, &changes).unwrap();
    assert_eq!(delta.remove.len(), 1);
    record(&mut now, 4);
    steps.apply(&now, 5, &change(4)).unwrap();

    let late = jump.everything(&now);
    assert_eq!((late.upsert.len(), late.remove.len()), (1, 1));
    assert_eq!(jump.mark(), steps.mark());
    assert_eq!(jump.snapshot(), steps.snapshot());
    assert_eq!(jump.mark().state, projection(&now).mark().state);
}

#[test]
fn the_digest_of_the_state_is_that_of_what_is_seen_whatever_the_way_there() {
    let a = projection(&picture(3)).mark().state;
    let mut step = projection(&picture(2));
    assert_ne!(step.mark().state, a);
    step.apply(&picture(3), 3, &change(3)).unwrap();
    assert_eq!(step.mark().state, a);
}

#[test]
fn what_is_too_long_ago_or_in_the_future_is_not_resumed() {
    let now = picture(5);
    let mut p = projection(&now);
    assert!(p.since(4).is_none(), "before this process began");
    assert!(p.since(6).is_none(), "never was");
    assert!(p.since(5).unwrap().is_empty());
    // More removals than are remembered: the older half is forgotten, and who needs it gets a snapshot.
    for n in 0..=MAX_REMOVED {
        p.mark.position = 6 + n as u64;
        p.forget(Remove {
            key: key(
                EntityKind::Report,
                &ReportId(uuid::Uuid::from_u128(n as u128)),
            ),
            reason: RemoveReason::Gone,
        });
    }
    assert!(p.since(6).is_none());
    let newest = p.mark.position;
    assert_eq!(p.since(newest - 1).unwrap().remove.len(), 1);
    assert!(p.removed.len() <= MAX_REMOVED / 2 + 1);
    assert_eq!(p.since(p.floor).unwrap().remove.len(), p.removed.len());
}
