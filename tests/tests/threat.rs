//! Threats by region through the built binary: from a service's list to a screen, over staleness and a kill; what is not
//! known is never clear.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use core::time::Duration;

use oneroof_model::{Mode, ThreatKind, ThreatState, Time};
use oneroof_tests::{Live, Server, Site, missing_binary, now};
use oneroof_wire::{Entity, EntityKey, EntityKind, FeedView, RegionView};
use serde_json::{Value, json};

const PUSH: &str =
    "transport: {kind: http_push}\nexpected_period: 1s\nstale_after: 3s\nlost_after: 6s";

/// A service that repeats its whole list, and one that tells of changes only.
const LIST: &str = "format:\n  kind: json\n  records: states\n  time: [rfc3339]\n  tables:\n    \
    names: {Lviv: UA-46, Odesa: UA-51}\n  map:\n    - rule: beat\n      when: {path: beat, exists: true}\n      \
    draft: heartbeat\n    - rule: state\n      draft: threat\n      region: {path: name, table: names, required: true}\n      \
    state: {path: on, table: {\"true\": alert, \"false\": clear}, required: true}\n      since: since\n      at: $.at\n      \
    mode: {path: mode, default: actual}\n";

fn changes() -> String {
    LIST.replace(
        "      since: since\n",
        "      since: since\n      holds: true\n",
    )
}

fn region<'l>(screen: &'l Live, id: &str) -> Option<&'l RegionView> {
    let key = EntityKey {
        kind: EntityKind::Region,
        id: id.to_owned(),
    };
    match screen.picture.entities.get(&key) {
        Some(Entity::Region(r)) => Some(r),
        _ => None,
    }
}

fn feed<'l>(screen: &'l Live, id: &str) -> Option<&'l FeedView> {
    let key = EntityKey {
        kind: EntityKind::Feed,
        id: id.to_owned(),
    };
    match screen.picture.entities.get(&key) {
        Some(Entity::Feed(f)) => Some(f),
        _ => None,
    }
}

/// What a screen may say of an air raid in a region now.
fn known(screen: &Live, id: &str) -> Option<ThreatState> {
    let threat = region(screen, id)?.threat(ThreatKind::AirRaid)?;
    threat.known(feed(screen, threat.feed.as_str()), now())
}

async fn say(server: &Server, feed: &str, states: Value) {
    let count = states.as_array().map_or(0, Vec::len);
    let body = json!({"at": now(), "states": states});
    let answer = server.http().push(feed, body.to_string()).await;
    assert_eq!(usize::try_from(answer.accepted).unwrap(), count);
}

fn site() -> Site {
    let site = Site::new();
    site.feed("list", PUSH, LIST);
    site.feed("changes", PUSH, &changes());
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_on_the_screen_until_its_feed_is_late_and_a_kill_makes_nothing_known() {
    if missing_binary() {
        return;
    }
    let site = site();
    let server = site.start().await;
    let mut screen = server.screen().await;
    screen
        .until("all regions are there", |s| region(s, "UA-77").is_some())
        .await;
    assert_eq!(known(&screen, "UA-46"), None, "nobody spoke: not known");
    let since: Time = now().plus_secs(-600);
    let states =
        json!([{"name": "Lviv", "on": true, "since": since}, {"name": "Odesa", "on": false}]);
    say(&server, "list", states).await;
    screen
        .until("the alert is on", |s| {
            known(s, "UA-46") == Some(ThreatState::Alert)
        })
        .await;
    assert_eq!(known(&screen, "UA-51"), Some(ThreatState::Clear));
    let threat = region(&screen, "UA-46").unwrap().threats[0].clone();
    assert_eq!((threat.since, threat.feed.as_str()), (since, "list"));
    // The feed falls silent: what it said last stays to be read, and nothing of it is known.
    screen.listen_for(Duration::from_millis(3_500)).await;
    assert_eq!(known(&screen, "UA-46"), None);
    assert_eq!(known(&screen, "UA-51"), None, "late is not clear");
    let told = region(&screen, "UA-46").unwrap();
    assert_eq!(told.threats[0].state, ThreatState::Alert);
    drop(screen);
    server.kill();

    // Again, on the same folder: the word is there, and known only once the feed speaks.
    let server = site.start().await;
    let mut screen = server.screen().await;
    screen
        .until("the word is there", |s| {
            region(s, "UA-46").is_some_and(|r| !r.threats.is_empty())
        })
        .await;
    assert_eq!(known(&screen, "UA-46"), None);
    let listed = server.http().list("regions").await;
    assert_eq!(listed.len(), 27);
    let lviv = listed.iter().find(|r| r["id"] == "UA-46").unwrap();
    assert_eq!(lviv["threats"][0]["state"], "alert");
    say(&server, "list", json!([{"name": "Lviv", "on": false}])).await;
    screen
        .until("it is over", |s| {
            known(s, "UA-46") == Some(ThreatState::Clear)
        })
        .await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_changes_is_relied_on_while_its_feed_lives_and_an_exercise_is_on_no_screen() {
    if missing_binary() {
        return;
    }
    let site = site();
    let server = site.start().await;
    let mut screen = server.screen().await;
    say(&server, "changes", json!([{"name": "Lviv", "on": true}])).await;
    let exercise = json!([{"name": "Odesa", "on": true, "mode": Mode::Exercise}]);
    say(&server, "changes", exercise).await;
    screen
        .until("the alert is on", |s| {
            known(s, "UA-46") == Some(ThreatState::Alert)
        })
        .await;
    // A sign of life every second: the word is old, and holds.
    for _ in 0..5 {
        say(&server, "changes", json!([{"beat": true}])).await;
        screen.listen_for(Duration::from_secs(1)).await;
    }
    assert_eq!(known(&screen, "UA-46"), Some(ThreatState::Alert));
    let odesa = region(&screen, "UA-51").unwrap();
    assert!(odesa.threats.is_empty(), "{odesa:?}");
    // A late word changes nothing.
    let late = json!({"at": now().plus_secs(-3_600), "states": [{"name": "Lviv", "on": false}]});
    let answer = server.http().push("changes", late.to_string()).await;
    assert_eq!((answer.accepted, answer.duplicates), (0, 1));
    assert_eq!(known(&screen, "UA-46"), Some(ThreatState::Alert));
    server.stop().await;
}
