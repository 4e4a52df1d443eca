//! Words about regions: the newest wins in whatever order they come, a repetition is one line in the journal, an exercise
//! is never the real thing, and a cancelled alert is over.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::sync::Arc;

use common::{House, assert_same, at, feed};
use oneroof_model::{
    DeleteDraft, DeleteTarget, Draft, EntryBody, Mode, RecordOutcome, SourceKind, Threat,
    ThreatDraft, ThreatKind, ThreatState, Time,
};
use oneroof_ports::Journal as _;
use oneroof_room::FeedContext;

fn alarms() -> Arc<FeedContext> {
    feed("air-alarm", "ES", SourceKind::NationalAuthority)
}

fn word(region: &str, state: ThreatState, said: Time) -> ThreatDraft {
    ThreatDraft {
        region: region.into(),
        kind: ThreatKind::AirRaid,
        state,
        since: None,
        at: Some(said),
        until: None,
        holds: false,
        key: None,
        mode: None,
    }
}

fn alert(region: &str, said: Time) -> ThreatDraft {
    word(region, ThreatState::Alert, said)
}

fn clear(region: &str, said: Time) -> ThreatDraft {
    word(region, ThreatState::Clear, said)
}

async fn say(
    house: &House,
    feed: &Arc<FeedContext>,
    words: impl IntoIterator<Item = ThreatDraft>,
) -> Vec<RecordOutcome> {
    let drafts = words.into_iter().map(Draft::Threat);
    let answer = house.room.submit(house.submission(feed, drafts)).await;
    answer.unwrap().outcomes
}

fn known(house: &House, region: &str, mode: Mode) -> Option<Threat> {
    let picture = house.picture();
    let known = picture.threat(&region.into(), ThreatKind::AirRaid, mode);
    known.cloned()
}

fn state(house: &House, region: &str) -> Option<ThreatState> {
    known(house, region, Mode::Actual).map(|t| t.state)
}

#[tokio::test]
async fn the_newest_word_wins_in_whatever_order_they_come() {
    let house = House::open().await;
    house.at(1, 0, 0);
    say(&house, &alarms(), [alert("UA-46", at(0, 59, 0))]).await;
    let late = say(&house, &alarms(), [clear("UA-46", at(0, 30, 0))]).await;
    assert_eq!(late, [RecordOutcome::Duplicate { report: None }]);
    assert_eq!(state(&house, "UA-46"), Some(ThreatState::Alert));
    say(&house, &alarms(), [clear("UA-46", at(0, 59, 30))]).await;
    assert_eq!(state(&house, "UA-46"), Some(ThreatState::Clear));
    // Of a region nothing was said: nothing is known, which is not "clear".
    assert_eq!(state(&house, "UA-21"), None);
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_list_that_is_repeated_is_one_line_and_the_beginning_of_an_alert_stays() {
    let house = House::open().await;
    house.at(1, 0, 0);
    let list = |said| [alert("UA-46", said), clear("UA-21", said)];
    say(&house, &alarms(), list(at(1, 0, 0))).await;
    assert_eq!(
        house.picture().position(),
        3,
        "the configuration, two words"
    );
    house.at(1, 0, 10);
    say(&house, &alarms(), list(at(1, 0, 10))).await;
    assert_eq!(house.picture().position(), 3, "within half a minute");
    house.at(1, 1, 0);
    let repeated = list(at(1, 1, 0)).into_iter().chain(list(at(1, 1, 0)));
    say(&house, &alarms(), repeated).await;
    let entries = house.store.read(3, 10).await.unwrap();
    let heard: Vec<usize> = entries
        .iter()
        .filter_map(|e| match &e.body {
            Some(EntryBody::ThreatsHeard { of, .. }) => Some(of.len()),
            _ => None,
        })
        .collect();
    assert_eq!((entries.len(), heard), (1, vec![2]));
    let known = known(&house, "UA-46", Mode::Actual).unwrap();
    assert_eq!(
        (known.since, known.at, known.heard),
        (at(1, 0, 0), at(1, 1, 0), at(1, 1, 0))
    );
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn an_exercise_never_mixes_with_the_real_thing() {
    let house = House::open().await;
    house.at(1, 0, 0);
    say(&house, &alarms(), [alert("UA-46", at(1, 0, 0))]).await;
    let exercise = ThreatDraft {
        mode: Some(Mode::Exercise),
        ..clear("UA-46", at(1, 0, 0))
    };
    say(&house, &alarms(), [exercise]).await;
    assert_eq!(state(&house, "UA-46"), Some(ThreatState::Alert));
    let of_the_exercise = known(&house, "UA-46", Mode::Exercise).unwrap();
    assert_eq!(of_the_exercise.state, ThreatState::Clear);
}

#[tokio::test]
async fn a_cancelled_alert_is_over_and_that_of_another_feed_is_not() {
    let house = House::open().await;
    house.at(1, 0, 0);
    let named = |region: &str| ThreatDraft {
        key: Some("a,1".to_owned()),
        holds: true,
        ..alert(region, at(0, 59, 0))
    };
    say(&house, &alarms(), [named("UA-46"), named("UA-21")]).await;
    let other = feed("other-alarm", "ES", SourceKind::NationalAuthority);
    say(&house, &other, [named("UA-51")]).await;
    let cancel = Draft::Delete(DeleteDraft {
        target: DeleteTarget::Threat {
            key: "a,1".to_owned(),
        },
        at: Some(at(1, 0, 0)),
    });
    let submission = house.submission(&alarms(), [cancel]);
    house.room.submit(submission).await.unwrap();
    for over in ["UA-46", "UA-21"] {
        assert_eq!(state(&house, over), Some(ThreatState::Clear), "{over}");
    }
    assert_eq!(state(&house, "UA-51"), Some(ThreatState::Alert));
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_region_that_nobody_configured_is_put_aside() {
    let house = House::open().await;
    let answer = say(&house, &alarms(), [alert("PL-06", at(0, 0, 0))]).await;
    let aside = |o: &RecordOutcome| matches!(o, RecordOutcome::Quarantined { reason, .. } if reason.code == "bad.region");
    assert!(answer.iter().all(aside), "{answer:?}");
    assert_eq!(house.picture().all_threats().count(), 0);
}

#[tokio::test]
async fn two_services_that_agree_do_not_relieve_each_other_until_one_is_silent() {
    let house = House::open().await;
    let other = feed("other-alarm", "ES", SourceKind::NationalAuthority);
    house.at(1, 0, 0);
    say(&house, &alarms(), [alert("UA-46", at(1, 0, 0))]).await;
    house.at(1, 1, 0);
    say(&house, &other, [alert("UA-46", at(1, 1, 0))]).await;
    let by = |house: &House| known(house, "UA-46", Mode::Actual).unwrap().feed;
    assert_eq!(by(&house), "air-alarm".into());
    house.at(1, 5, 0);
    say(&house, &other, [alert("UA-46", at(1, 5, 0))]).await;
    assert_eq!(by(&house), "other-alarm".into());
    let since = known(&house, "UA-46", Mode::Actual).unwrap().since;
    assert_eq!(since, at(1, 0, 0), "it is the same alert");
}

#[tokio::test]
async fn words_about_regions_are_there_after_a_restart() {
    let house = House::open().await;
    house.at(1, 0, 0);
    say(&house, &alarms(), [alert("UA-46", at(1, 0, 0))]).await;
    let before = house.picture();
    let house = house.again().await;
    assert_eq!(state(&house, "UA-46"), Some(ThreatState::Alert));
    assert_same(&house.picture(), &before);
}
