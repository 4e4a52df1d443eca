//! What is told by telephone and taken down at a desk.

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
use common::{Bench, bench};
use oneroof_ports::TimeSource as _;
use serde_json::{Value, json};

const REPORTS: &str = "/api/v1/reports";

fn call(bench: &Bench, n: u8) -> Value {
    json!({
        "id": format!("00000000-0000-7000-8000-0000000000{n:02x}"),
        "by": { "is": "person", "name": "Олена Тестова", "org": "NCC" },
        "org": "PO",
        "type_code": "UBC01",
        "called_at": bench.clock.now(),
        "place": { "section": "UA-RO-01" },
        "persons": { "n": 4 },
        "life_at_risk": true,
        "title": "Four at the bank",
    })
}

#[tokio::test]
async fn a_call_becomes_a_report_of_the_agency_that_called_and_opens_an_event() {
    let bench = bench().await;
    let answer = bench.post_json(REPORTS, &call(&bench, 1)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let told = answer.json();
    assert_eq!(told["repeated"], false);
    let report = bench
        .get(&format!("{REPORTS}/{}", told["report"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(
        (&report["feed"], &report["org"]),
        (&json!("desk"), &json!("PO"))
    );
    assert_eq!(report["source_kind"], "national_authority");
    assert_eq!(report["section"], "UA-RO-01");
    assert_eq!(
        report["attributes"]["taken_down_by"]["name"],
        "Олена Тестова"
    );
    assert_eq!(report["attributes"]["taken_down_by"]["org"], "NCC");
    assert_eq!(report["marking"]["tlp"], "AMBER");
    let event = bench
        .get(&format!(
            "/api/v1/events/{}",
            told["event"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        event.json()["event"]["life_at_risk"],
        true,
        "{}",
        event.text()
    );
}

#[tokio::test]
async fn a_call_that_is_sent_again_is_one_report_and_another_under_its_id_is_refused() {
    let bench = bench().await;
    let first = bench.post_json(REPORTS, &call(&bench, 1)).await.json();
    let again = bench.post_json(REPORTS, &call(&bench, 1)).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(
        (&again.json()["report"], &again.json()["repeated"]),
        (&first["report"], &json!(true))
    );
    let mut other = call(&bench, 1);
    other["persons"] = json!({ "n": 9 });
    let refused = bench.post_json(REPORTS, &other).await;
    assert_eq!(refused.problem(), "idempotency_mismatch");
    assert_eq!(bench.get(REPORTS).await.ids().len(), 1);
}

#[tokio::test]
async fn what_the_centre_itself_says_is_of_a_coordination_centre() {
    let bench = bench().await;
    let mut own = call(&bench, 1);
    own["org"] = json!("NCC");
    let told = bench.post_json(REPORTS, &own).await.json();
    let report = bench
        .get(&format!("{REPORTS}/{}", told["report"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(report["source_kind"], "coordination_centre");
}

#[tokio::test]
async fn a_call_that_waited_for_the_line_keeps_the_time_at_which_it_was_told() {
    let bench = bench().await;
    let early = call(&bench, 1);
    bench.clock.advance(core::time::Duration::from_hours(1));
    let told = bench.post_json(REPORTS, &early).await.json();
    let report = bench
        .get(&format!("{REPORTS}/{}", told["report"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(report["reported"], early["called_at"]);
    assert_eq!(report["occurred"]["from"], early["called_at"]);
    assert_ne!(report["received"], early["called_at"]);
}

/// What is changed in a good request, and the field and code of the fault that it gives.
const FAULTS: &str = r#"
org             "XX"                                    org            unknown
type_code       "ABC99"                                 type_code      unknown
by              {"is":"rule","rule":"x/1"}              by             no_person
by              {"is":"person","name":" ","org":"NCC"}  by             bad_name
by              {"is":"person","name":"A","org":"QQ"}   by             unknown
place           {}                                      place          missing
place           {"described":"  "}                      place          missing
place           {"bcp":"UAXX99"}                        place.bcp      unknown
place           {"section":"UA-XX-01"}                  place.section  unknown
persons         {"min":5,"max":2}                       persons        bad_count
persons         {}                                      persons        bad_count
called_at       "2099-01-01T00:00:00Z"                  called_at      future
"#;

#[tokio::test]
async fn each_fault_is_told_at_its_field_and_nothing_is_taken() {
    let bench = bench().await;
    for line in FAULTS.lines().filter(|l| !l.is_empty()) {
        let (name, rest) = line.split_once(' ').unwrap();
        let (rest, code) = rest.trim().rsplit_once(' ').unwrap();
        let (value, field) = rest.trim().rsplit_once(' ').unwrap();
        let mut request = call(&bench, 1);
        request[name] = serde_json::from_str(value.trim()).unwrap();
        let answer = bench.post_json(REPORTS, &request).await;
        assert_eq!(answer.problem(), "invalid", "{line}");
        let told = answer.json();
        assert_eq!(
            told["fields"][0]["field"],
            field,
            "{line}: {}",
            answer.text()
        );
        assert_eq!(told["fields"][0]["code"], code, "{line}");
    }
    let mut both = call(&bench, 1);
    both["org"] = json!("XX");
    both["type_code"] = json!("ABC99");
    both["title"] = json!("x".repeat(9_000));
    let fields = bench.post_json(REPORTS, &both).await.json()["fields"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(fields, 3, "all faults at once");
    assert_eq!(bench.get(REPORTS).await.ids().len(), 0);
}
