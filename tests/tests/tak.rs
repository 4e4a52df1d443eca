//! The TAK endpoint, through the built binary and real sockets: what clients say arrives, what they may see comes, and
//! nothing else.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use oneroof_feeds::formats::cot::{Element, Event};
use oneroof_model::FeedLight;
use oneroof_tests::{
    JSON_REPORTS, Server, Site, Tak, Wants, free_port, missing_binary, now, report, self_report,
};
use serde_json::json;

const HERE: (f64, f64) = (48.1, 22.9);

/// A site with a listener for clients, and what `tak.yaml` says of it.
async fn start(site: &Site, tak: &str) -> (Server, u16) {
    let port = free_port();
    let transport = format!("transport: {{kind: tak_listen, listen: \"127.0.0.1:{port}\"}}");
    site.feed("tak-bg", &transport, "format: {kind: cot_proto}\n");
    std::fs::write(site.overlay().join("tak.yaml"), tak).unwrap();
    let server = site.start().await;
    let http = server.http();
    http.feed_until("tak-bg", "listens", |v| v.health.light == FeedLight::Up)
        .await;
    (server, port)
}

const UNITS: &str = "outputs:\n  - {feed: tak-bg, orgs: [BG], every: 200ms}\n";

/// The uid of the only event that the room has.
async fn only_event(server: &Server) -> (String, serde_json::Value) {
    let mut screen = server.screen().await;
    screen.until("an event", |s| s.events().count() == 1).await;
    let id = screen.events().next().unwrap().id.to_string();
    (format!("oneroof.event.{id}"), json!(id))
}

/// A 911 of the phone.
fn emergency() -> Event {
    let stale = now().plus_secs(120);
    let mut event = Event::new("ANDROID-7-9-1-1", "b-a-o-tbl", "h-e", now(), stale);
    (event.point.lat, event.point.lon) = HERE;
    let word = Element::new("emergency").with("type", "911 Alert");
    event.push_detail(word.saying("Patrol 7"));
    event
}

/// An officer dismisses an event.
async fn dismiss(server: &Server, event: &serde_json::Value) {
    let command = json!({
        "id": "01930000-0000-7000-8000-000000000001", "by": {"is": "person", "name": "Officer", "org": "NCC"},
        "do": "set_state", "event": event, "state": "dismissed", "reason": "false_alarm",
    });
    let http = server.http();
    let answer = http.post("/api/v1/commands", command.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_sees_the_picture_and_others_see_the_client() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let (server, port) = start(&site, UNITS).await;
    server.http().report(&json!([report("r-1")])).await;
    let (uid, id) = only_event(&server).await;

    // One of each form: the snapshot has the event.
    let mut phone = Tak::connect(port, Wants::Xml).await;
    let mut desk = Tak::connect(port, Wants::Proto).await;
    for client in [&mut phone, &mut desk] {
        client
            .until("the event", |s| s.newest(&uid).is_some())
            .await;
        let event = client.newest(&uid).unwrap();
        let remarks = event.detail("remarks").unwrap();
        assert!(remarks.text().unwrap().contains("UBC01"), "{remarks:?}");
        assert!(event.stale > Some(event.time) && event.point.position().is_some());
    }

    // The phone's position is a unit on the screens and with the others, and not with itself.
    let mut screen = server.screen().await;
    phone
        .say(self_report("ANDROID-7", "Patrol 7", HERE, now()))
        .await;
    screen
        .until("the unit", |s| s.idents().contains("Patrol 7"))
        .await;
    let of_unit = "oneroof.unit.Patrol 7";
    desk.until("the unit", |s| s.newest(of_unit).is_some())
        .await;
    let unit = desk.newest(of_unit).unwrap();
    assert_eq!(unit.callsign(), Some("Patrol 7"));
    assert!((unit.point.lat - HERE.0).abs() < 1e-5 && (unit.point.lon - HERE.1).abs() < 1e-5);
    desk.say(self_report("WINTAK-1", "Desk 1", (48.2, 22.8), now()))
        .await;
    phone
        .until("the desk", |s| s.newest("oneroof.unit.Desk 1").is_some())
        .await;

    // An emergency is a report of a life at risk, and comes to the others as an event.
    phone.say(emergency()).await;
    screen
        .until("a life at risk", |s| s.events().any(|e| e.life_at_risk))
        .await;
    let at_risk = screen.events().find(|e| e.life_at_risk).unwrap().id;
    let at_risk = format!("oneroof.event.{at_risk}");
    desk.until("the emergency", |s| s.newest(&at_risk).is_some())
        .await;
    let remarks = desk.newest(&at_risk).unwrap().detail("remarks").unwrap();
    assert!(
        remarks.text().unwrap().contains("LIFE AT RISK"),
        "{remarks:?}"
    );

    // What is dismissed is withdrawn.
    dismiss(&server, &id).await;
    for client in [&mut phone, &mut desk] {
        client.until("the withdrawal", |s| s.withdrawn(&uid)).await;
    }
    phone.ping().await;
    assert!(
        phone.newest(of_unit).is_none(),
        "its own position came back"
    );
    assert!(desk.newest("oneroof.unit.Desk 1").is_none());

    assert!(
        !phone.binary && desk.binary,
        "each in the form that it wants"
    );
    let view = server.http().feed("tak-bg").await.unwrap();
    assert_eq!(view.health.quarantined, 0);
    assert_eq!(
        server.metric("tak_clients{feed=\"tak-bg\"}").await,
        Some(2.0)
    );
    assert!(server.metric("tak_said_total{feed=\"tak-bg\"}").await > Some(3.0));
    server.stop().await;
    phone.until("the end", |s| s.ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_clients_may_not_see_never_leaves() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    for (name, marking) in [("red", "{tlp: RED}"), ("dsk", "{classification: dsk}")] {
        let transport = format!("marking: {marking}\ntransport: {{kind: http_push}}");
        let text = Site::feed_text(name, &transport, JSON_REPORTS).replace("org: BG", "org: PO");
        std::fs::write(site.feed_file(name), text).unwrap();
    }
    let (server, port) = start(&site, UNITS).await;
    let mut client = Tak::connect(port, Wants::Xml).await;
    let http = server.http();
    http.push("red", json!([report("r-red")]).to_string()).await;
    http.push("dsk", json!([report("r-dsk")]).to_string()).await;
    http.report(&json!([report("r-free")])).await;
    client
        .until("the event that is free", |s| !s.told.is_empty())
        .await;
    client.ping().await;
    // Who connects later is given no more.
    let mut later = Tak::connect(port, Wants::Proto).await;
    later
        .until("the event that is free", |s| !s.told.is_empty())
        .await;
    later.ping().await;
    for client in [client, later] {
        assert_eq!(client.told.len(), 1, "{:#?}", client.told);
    }
    server.stop().await;
}

/// A feed of an agency's crews: their state, and their position where it comes along.
const CREWS: &str = "format:
  kind: json
  time: [rfc3339]
  map:
    - {rule: state, go_on: true, draft: unit, unit: id, org: {const: BG}, kind: {const: vehicle_patrol}, at: t, status: {path: state,
       table: {tasked: tasked, en_route: en_route, on_scene: on_scene, returning: returning}}}
    - {rule: place, when: {path: lat, exists: true}, draft: position, track: {domain: unit, id: id}, at: t, lat: lat, lon: lon}
    - {rule: state only, draft: skip}
";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_unit_does_reaches_the_clients_as_soon_as_it_changes() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    site.feed("crews", "transport: {kind: http_push}", CREWS);
    let (server, port) = start(&site, UNITS).await;
    let http = server.http();
    let mut phone = Tak::connect(port, Wants::Xml).await;
    let mut desk = Tak::connect(port, Wants::Proto).await;
    let at = json!({"id": "BG-7", "state": "tasked", "t": now().to_string(), "lat": HERE.0, "lon": HERE.1});
    http.push("crews", at.to_string()).await;
    // Then it goes on without having moved.
    for (state, words) in [
        ("tasked", "tasked"),
        ("en_route", "en route"),
        ("on_scene", "on scene"),
        ("returning", "returning"),
    ] {
        if state != "tasked" {
            let changed = json!({"id": "BG-7", "state": state, "t": now().to_string()});
            http.push("crews", changed.to_string()).await;
        }
        let remarks = format!("agency BG; status {words}");
        for client in [&mut phone, &mut desk] {
            client
                .until(&remarks, |s| {
                    let newest = s.newest("oneroof.unit.BG-7");
                    let said = newest.and_then(|e| e.detail("remarks")?.text());
                    said.is_some_and(|said| said == remarks)
                })
                .await;
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_output_clients_are_heard_and_told_nothing() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let (server, port) = start(&site, "outputs: []\n").await;
    server.http().report(&json!([report("r-1")])).await;
    only_event(&server).await;
    let mut screen = server.screen().await;
    let mut client = Tak::connect(port, Wants::Proto).await;
    client
        .say(self_report("ANDROID-7", "Patrol 7", HERE, now()))
        .await;
    screen
        .until("the unit", |s| s.idents().contains("Patrol 7"))
        .await;
    client.ping().await;
    assert_eq!(client.told, []);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_put_aside_and_the_client_goes_on() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let (server, port) = start(&site, UNITS).await;
    let mut client = Tak::connect(port, Wants::Xml).await;
    client
        .say_raw(b"<event version='2.0' uid='x'></event>\xff\x00\xbf\x01garbage")
        .await;
    client
        .say(self_report("ANDROID-7", "Patrol 7", HERE, now()))
        .await;
    let http = server.http();
    http.feed_until("tak-bg", "has put it aside", |v| v.health.quarantined > 0)
        .await;
    let mut screen = server.screen().await;
    screen
        .until("the unit", |s| s.idents().contains("Patrol 7"))
        .await;
    client.ping().await;
    server.stop().await;
}
