//! Lists, details and exports, as the audience sees them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use axum::http::StatusCode;
use common::{Bench, bench, command, push_feed, report, secret};
use oneroof_model::{
    CommandBody, EventId, EventLinkKind, EventState, FeedId, Interval, LatLon, Mode, Place,
    ReportDraft, ReportId, Tlp, TypeCode,
};
use serde_json::{Value, json};

async fn events(bench: &Bench, query: &str) -> Vec<String> {
    bench.get(&format!("/api/v1/events?{query}")).await.ids()
}

fn text(ids: &[EventId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn events_are_found_by_each_filter_and_by_all_together() {
    let bench = bench().await;
    let now = bench.now();
    let sea = bench
        .event(ReportDraft {
            type_code: Some(TypeCode::from("UBC05")),
            title: Some("Rubber boat without lights".to_owned()),
            place: Place {
                described: Some("near the lighthouse".to_owned()),
                ..Place::point(LatLon::new(45.2, 30.5).unwrap())
            },
            life_at_risk: Some(true),
            ..report(1)
        })
        .await;
    let old = bench
        .report(
            "CU",
            Mode::Actual,
            ReportDraft {
                occurred: Some(Interval::at(now.plus_secs(-86_400))),
                place: Place::point(LatLon::new(51.1, 23.8).unwrap()),
                ..report(2)
            },
        )
        .await;
    let known = bench.event(report(3)).await;
    bench.report("BG", Mode::Exercise, report(4)).await;
    let triaged = CommandBody::SetState {
        event: known,
        state: EventState::Triaged,
        reason: None,
    };
    let done = bench
        .post_json("/api/v1/commands", &command(1, triaged))
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());

    let mut all = events(&bench, "").await;
    assert_eq!(
        all.first(),
        Some(&sea.to_string()),
        "life at risk comes first"
    );
    all.sort();
    assert_eq!(
        all,
        text(&[sea, old, known]),
        "an exercise is not among them"
    );
    let (from, to) = (now.plus_secs(-90_000), now.plus_secs(-80_000));
    for (query, expected) in [
        ("bbox=45,30,46,31".to_owned(), vec![sea]),
        (format!("from={from}&to={to}"), vec![old]),
        ("type_code=UBC05".to_owned(), vec![sea]),
        ("state=triaged".to_owned(), vec![known]),
        ("org=CU".to_owned(), vec![old]),
        ("feed=cu-test".to_owned(), vec![old]),
        ("life_at_risk=true".to_owned(), vec![sea]),
        ("q=LIGHTHOUSE".to_owned(), vec![sea]),
        ("q=rubber%20boat".to_owned(), vec![sea]),
        ("q=lighthouse&org=CU".to_owned(), vec![]),
        ("open=false".to_owned(), vec![]),
        (format!("q={}", sea.short()), vec![sea]),
    ] {
        assert_eq!(events(&bench, &query).await, text(&expected), "{query}");
    }
    let detail = bench.get(&format!("/api/v1/events/{old}")).await.json();
    let section = detail["event"]["section"].as_str().unwrap().to_owned();
    assert_eq!(
        events(&bench, &format!("section={section}")).await,
        text(&[old])
    );
}

#[tokio::test]
async fn pages_hold_everything_once_and_a_lost_place_is_said() {
    let bench = bench().await;
    for n in 0..7 {
        bench.event(report(n)).await;
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = bench.get(&format!("/api/v1/events?limit=3{after}")).await;
        seen.extend(page.ids());
        match page.json()["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let mut all = events(&bench, "").await;
    assert_eq!(seen, all);
    all.dedup();
    assert_eq!(all.len(), 7);
    let lost = bench.get("/api/v1/events?after=no-such-event").await;
    assert_eq!(lost.problem(), "conflict");
}

#[tokio::test]
async fn events_like_one_are_found_in_memory_and_in_the_archive_and_others_are_not() {
    let bench = bench().await;
    let put = async |n: u32, code: &str, lat: f64| {
        let at = Place::point(LatLon::new(lat, 24.0).unwrap());
        let draft = ReportDraft {
            type_code: Some(TypeCode::from(code)),
            place: at,
            ..report(n)
        };
        bench.event(draft).await
    };
    let filed = put(2, "UBC01", 48.1).await;
    let dismissed = CommandBody::SetState {
        event: filed,
        state: EventState::Dismissed,
        reason: Some(oneroof_model::DismissReason::FalseAlarm),
    };
    let done = bench
        .post_json("/api/v1/commands", &command(1, dismissed))
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    bench.clock.advance(core::time::Duration::from_hours(24));
    let before = bench.now();
    assert_eq!(bench.api.room.housekeep(before).await.unwrap(), 1);

    let of = put(1, "UBC01", 48.0).await;
    let nearer = put(3, "UBC01", 48.01).await;
    let group = put(4, "UBC05", 48.001).await;
    put(5, "CBC01", 48.0).await;
    put(6, "UBC01", 49.0).await;
    let answer = bench.get(&format!("/api/v1/events/{of}/similar")).await;
    assert_eq!(
        answer.ids(),
        text(&[nearer, filed, group]),
        "{}",
        answer.text()
    );
    let items = answer.json()["items"].clone();
    assert_eq!(
        [&items[0]["archived"], &items[1]["archived"]],
        [&json!(false), &json!(true)]
    );
    assert_eq!(items[1]["state"], "dismissed");
    let hidden = bench.report("SS", Mode::Actual, secret(1)).await;
    let unseen = bench.get(&format!("/api/v1/events/{hidden}/similar")).await;
    assert_eq!(unseen.status, StatusCode::NOT_FOUND);
}

/// Commands that name what is hidden, in each way.
fn commands_on(
    bench: &Bench,
    seen: EventId,
    hidden: EventId,
    report: ReportId,
) -> Vec<CommandBody> {
    let suggestion = {
        let p = bench.api.room.picture().read();
        p.suggestions().next().unwrap().id
    };
    vec![
        CommandBody::SetState {
            event: hidden,
            state: EventState::Triaged,
            reason: None,
        },
        CommandBody::AcceptSuggestion { suggestion },
        CommandBody::Merge {
            survivor: seen,
            absorbed: hidden,
        },
        CommandBody::LinkEvents {
            event: seen,
            other: hidden,
            kind: EventLinkKind::SamePersons,
        },
        CommandBody::Detach {
            event: seen,
            report,
        },
    ]
}

#[tokio::test]
async fn what_is_marked_red_is_in_no_list_detail_search_count_or_command() {
    let bench = bench().await;
    let seen = bench.event(report(1)).await;
    let mut near = secret(1);
    near.source = Some(oneroof_model::SourceKey {
        key: "covert-1".to_owned(),
        revision: None,
    });
    let hidden = bench.report("SS", Mode::Actual, near).await;
    let report_id = {
        let p = bench.api.room.picture().read();
        assert_eq!(p.open_suggestions_of(hidden).count(), 1, "the room sees it");
        p.event(hidden).unwrap().reports[0].report
    };
    for path in [
        "/api/v1/events",
        "/api/v1/events?q=covert",
        "/api/v1/reports",
        "/api/v1/reports?q=covert",
        "/api/v1/reports?org=SS",
        "/api/v1/suggestions",
        "/api/v1/events?format=csv",
        "/api/v1/reports?format=geojson",
    ] {
        let answer = bench.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        for trace in [
            "covert",
            &hidden.to_string(),
            &report_id.to_string(),
            "\"SS\"",
        ] {
            assert!(!answer.text().contains(trace), "{path}: {trace}");
        }
    }
    let counted: u64 = bench.get("/api/v1/sections").await.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["open_events"].as_u64().unwrap())
        .sum();
    assert!(counted <= 1, "{counted}");
    for path in [format!("events/{hidden}"), format!("reports/{report_id}")] {
        assert_eq!(
            bench.get(&format!("/api/v1/{path}")).await.problem(),
            "not_found"
        );
    }
    let commands = commands_on(&bench, seen, hidden, report_id);
    for (n, body) in commands.into_iter().enumerate() {
        let answer = bench
            .post_json("/api/v1/commands", &command(n as u128, body))
            .await;
        assert_eq!(answer.problem(), "not_found", "command {n}");
        assert!(!answer.text().contains("version"), "{}", answer.text());
    }
    let note = json!({"by": {"is": "person", "name": "Officer", "org": "BG"}, "text": "?"});
    let answer = bench
        .post_json(&format!("/api/v1/events/{hidden}/notes"), &note)
        .await;
    assert_eq!(answer.problem(), "not_found");
}

#[tokio::test]
async fn a_formula_in_a_report_is_plain_text_in_the_table() {
    let bench = bench().await;
    bench
        .event(ReportDraft {
            title: Some("=HYPERLINK(\"http://evil.example\",\"look\")".to_owned()),
            text: Some("@SUM(A1:A9),\nand a second line".to_owned()),
            ..report(1)
        })
        .await;
    let answer = bench.get("/api/v1/reports?format=csv").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment")
    );
    let csv = answer.text();
    assert!(
        csv.contains("'=HYPERLINK") && csv.contains("'@SUM"),
        "{csv}"
    );
    assert!(
        !csv.contains(",=") && !csv.contains("\"=") && !csv.contains(",@"),
        "{csv}"
    );
}

#[tokio::test]
async fn geojson_has_a_feature_for_each_event_with_longitude_first() {
    let bench = bench().await;
    let event = bench.event(report(1)).await;
    let answer = bench.get("/api/v1/events?format=geojson").await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
    let v: Value = answer.json();
    assert_eq!(v["features"][0]["id"], event.to_string());
    assert_eq!(
        v["features"][0]["geometry"]["coordinates"],
        json!([25.0, 45.0])
    );
}

#[tokio::test]
async fn what_a_secret_feed_sent_amiss_is_shown_to_nobody_else() {
    let bench = bench().await;
    let mut feed = push_feed(&bench.config);
    (feed.feed, feed.org) = (FeedId::from("secret-sensors"), "SS".into());
    feed.marking.tlp = Tlp::Red;
    bench.api.ingest.apply(feed).await.unwrap();
    for name in ["bg-sensors", "secret-sensors"] {
        let body = json!({"alarms": [{"sensor": "A", "id": 1, "kind": "covert"}]});
        let answer = bench
            .post_json(&format!("/api/v1/feeds/{name}"), &body)
            .await
            .json();
        assert_eq!(answer["quarantined"], 1, "{answer}");
    }
    let listed = bench.get("/api/v1/quarantine").await.json();
    let items = listed["items"].as_array().unwrap();
    let feeds: Vec<&str> = items.iter().map(|i| i["feed"].as_str().unwrap()).collect();
    assert_eq!(feeds, ["bg-sensors"]);
    let own = items[0]["id"].as_i64().unwrap();
    let one = bench.get(&format!("/api/v1/quarantine/{own}")).await.json();
    assert!(one["raw"].as_str().unwrap().contains("covert"));
    for id in (1..=2).filter(|id| *id != own) {
        let path = format!("/api/v1/quarantine/{id}");
        assert_eq!(bench.get(&path).await.problem(), "not_found");
        let again = bench
            .post_json(&format!("{path}/reprocess"), &json!({}))
            .await;
        assert_eq!(again.problem(), "not_found");
    }
}
