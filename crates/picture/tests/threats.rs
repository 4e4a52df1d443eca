//! Words about regions in the fold: the newest wins in whatever order they come, and a repetition says when it was heard.

mod common;

use common::{go_on, said_again, threat, time};
use oneroof_model::{EntryBody, Mode, RegionId, Threat, ThreatKind, ThreatState};
use oneroof_picture::{Change, Picture};

fn word(threat: Threat) -> EntryBody {
    EntryBody::ThreatRecorded {
        threat: Box::new(threat),
    }
}

fn region() -> RegionId {
    "UA-00".into()
}

fn state(picture: &Picture, mode: Mode) -> Option<ThreatState> {
    let known = picture.threat(&region(), ThreatKind::AirRaid, mode);
    known.map(|t| t.state)
}

#[test]
fn a_late_word_never_replaces_a_newer_one_and_changes_nothing() {
    let mut picture = Picture::default();
    let changed = go_on(&mut picture, word(threat(0, true, time(100))));
    assert_eq!(changed, [Change::Region(region())]);
    assert_eq!(go_on(&mut picture, word(threat(0, false, time(90)))), []);
    assert_eq!(state(&picture, Mode::Actual), Some(ThreatState::Alert));
    go_on(&mut picture, word(threat(0, false, time(110))));
    assert_eq!(state(&picture, Mode::Actual), Some(ThreatState::Clear));
}

#[test]
fn an_exercise_stands_beside_the_real_thing() {
    let mut picture = Picture::default();
    go_on(&mut picture, word(threat(0, true, time(100))));
    let exercise = Threat {
        mode: Mode::Exercise,
        ..threat(0, false, time(200))
    };
    go_on(&mut picture, word(exercise));
    assert_eq!(state(&picture, Mode::Actual), Some(ThreatState::Alert));
    assert_eq!(state(&picture, Mode::Exercise), Some(ThreatState::Clear));
    assert_eq!(picture.threats(&region()).count(), 2);
}

#[test]
fn a_repetition_is_heard_at_its_entry_and_what_is_not_known_cannot_be_repeated() {
    let mut picture = Picture::default();
    let again = |n, at| EntryBody::ThreatsHeard {
        feed: "alarms".into(),
        of: vec![said_again(n, at)],
    };
    assert_eq!(go_on(&mut picture, again(0, time(1))), []);
    go_on(&mut picture, word(threat(0, true, time(0))));
    go_on(&mut picture, again(0, time(500)));
    let known = picture.threat(&region(), ThreatKind::AirRaid, Mode::Actual);
    let known = known.unwrap();
    // Entries are made a second apart: the repetition was the third.
    assert_eq!((known.since, known.heard), (time(0), time(3)));
    assert_eq!(known.at, time(500));
    // A word that is older than what was repeated is late.
    assert_eq!(go_on(&mut picture, word(threat(0, false, time(400)))), []);
}

#[test]
fn words_about_regions_come_back_from_a_checkpoint() {
    let mut picture = Picture::default();
    go_on(&mut picture, word(threat(0, true, time(100))));
    go_on(&mut picture, word(threat(1, false, time(100))));
    let bytes = picture.to_checkpoint().unwrap();
    assert_eq!(Picture::from_checkpoint(&bytes).unwrap(), picture);
}
