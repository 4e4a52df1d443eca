//! The first scenario: one happening by three agencies.

use std::collections::BTreeMap;

use oneroof_geo::{SectionShape, nearest_on_line};
use oneroof_model::{CountRange, Relation, ReportDraft};
use oneroof_sim::{Expect, Scenario};

use crate::common::{config, decode, messages, reports, scenario};

fn tisa() -> Scenario {
    scenario("01-tisa-night-crossing")
}

#[test]
fn the_first_scenario_is_whole_within_forty_five_seconds() {
    let whole: core::time::Duration = tisa().steps.iter().map(|s| s.after).sum();
    assert!(whole.as_secs() <= 45, "{whole:?}");
}

#[test]
fn the_first_scenario_says_one_happening_on_the_tisa_by_three_agencies() {
    let scenario = tisa();
    let mut said: BTreeMap<String, Vec<ReportDraft>> = BTreeMap::new();
    let mut duplicate = Vec::new();
    for (step, body, at) in messages(&scenario) {
        if step.expect == Expect::Duplicate {
            duplicate.extend(reports(&decode(&step.feed, &body, at)));
        } else if step.expect != Expect::Quarantine {
            let more = reports(&decode(&step.feed, &body, at));
            said.entry(step.feed.clone()).or_default().extend(more);
        }
    }
    let (sensors, police, calls) = (
        &said["bg-sensors"],
        &said["police-cad"],
        &said["emergency-112"],
    );
    assert_eq!((sensors.len(), police.len(), calls.len()), (4, 2, 1));
    let code = |r: &ReportDraft| r.type_code.as_ref().unwrap().to_string();
    assert_eq!(
        sensors.iter().map(code).collect::<Vec<_>>(),
        ["SYS01", "SYS01", "SYS01", "SYS02"]
    );
    assert_eq!(
        (code(&police[0]), code(&calls[0])),
        ("UBC01".to_owned(), "UBC05".to_owned())
    );
    assert_eq!(duplicate, *calls, "sent twice, with the same content");
    assert_eq!(calls[0].life_at_risk, Some(true));
    let of = police[0].source.as_ref().unwrap().key.clone();
    assert_eq!(police[1].relation, Relation::Update { of: vec![of] });

    let at = |r: &ReportDraft| r.place.anchor().unwrap();
    let seconds = |r: &ReportDraft| r.occurred.unwrap().from;
    let first = &sensors[0];
    for chatter in &sensors[1..3] {
        assert!(at(first).distance_m(at(chatter)) <= 250.0);
        assert!(seconds(chatter).secs_since(seconds(first)) <= 60.0);
    }
    let camera = &sensors[3];
    assert!((at(first).distance_m(at(camera)) - 150.0).abs() < 5.0);
    assert!((seconds(camera).secs_since(seconds(first)) - 40.0).abs() < 0.5);
    assert_eq!(
        camera.persons.as_ref().and_then(CountRange::bounds),
        Some((6, 6))
    );
    assert!((at(first).distance_m(at(&police[0])) - 300.0).abs() < 20.0);
    let Some(SectionShape::Line(line)) = config().geometry.get(&"UA-RO-01".into()) else {
        panic!("UA-RO-01 has no line; `cargo xtask basemap` makes it");
    };
    for r in [first, camera, &police[0], &calls[0]] {
        let away = nearest_on_line(line, at(r)).unwrap().distance_m;
        assert!(away < 600.0, "{away} m from the border line");
    }
}
