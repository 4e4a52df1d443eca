//! Views for the tests of what is spoken.

use oneroof_model::Time;
use oneroof_wire::{Entity, EventView, ReportView};
use serde_json::{Value, json};

use crate::encode::{Encoder, Saying};
use crate::registry::{Options, build};

/// The moment at which things are said: 2026-11-23T02:41:00Z.
pub(crate) const NOW: Time = crate::contract_tests::RECEIVED;

/// The id of [`event`].
pub(crate) const EVENT: &str = "01930000-0000-7000-8000-000000000001";

/// The id of [`report`].
pub(crate) const REPORT: &str = "01930000-0000-7000-8000-0000000000a1";

/// An event with some of its fields replaced.
pub(crate) fn event(replace: &Value) -> Entity {
    let mut view = json!({
        "id": EVENT, "short": "ABC123", "version": 3, "mode": "actual", "state": "validated",
        "type_code": "UBC05", "impact": "high", "life_at_risk": true,
        "occurred": { "from": "2026-11-23T02:30:00Z", "to": "2026-11-23T02:35:00Z" },
        "place": {
            "geometry": { "shape": "point", "at": { "lat": 48.01, "lon": 23.58 } },
            "kind": "sighting", "section": "UA-RO-01", "described": "Tisa near Tiachiv <left bank>",
        },
        "section": "UA-RO-01", "lead": "BG", "orgs": ["BG", "ES"], "reports": [],
        "first_known_at": "2026-11-23T02:31:00Z", "aware_at": "2026-11-23T02:32:00Z",
        "updated_at": "2026-11-23T02:40:00Z",
    });
    put(&mut view, replace);
    Entity::Event(Box::new(serde_json::from_value::<EventView>(view).unwrap()))
}

/// A report with some of its fields replaced.
pub(crate) fn report(replace: &Value) -> Entity {
    let mut view = json!({
        "id": REPORT, "event": EVENT, "feed": "bg", "org": "BG", "source_kind": "patrol", "mode": "actual",
        "type_code": "MAR05", "occurred": { "from": "2026-11-23T02:30:00Z", "to": "2026-11-23T02:30:00Z" },
        "received": "2026-11-23T02:31:00Z", "place": { "described": "Tisa" }, "title": "Man in the water",
        "text": "A man & a boat.",
        "confidence": { "reliability": "A", "credibility": "1", "validation": "unvalidated" },
        "impact_proposed": { "lives": "very_high" },
        "marking": {}, "quality": { "completeness": 0.5 },
    });
    put(&mut view, replace);
    Entity::Report(Box::new(
        serde_json::from_value::<ReportView>(view).unwrap(),
    ))
}

fn put(view: &mut Value, replace: &Value) {
    for (key, value) in replace.as_object().unwrap() {
        view[key] = value.clone();
    }
}

/// An encoder of a kind by its options.
pub(crate) fn encoder(kind: &str, yaml: &str) -> Box<dyn Encoder> {
    let format = build(kind, Options::new(yaml)).unwrap_or_else(|p| panic!("{p:?}"));
    format.encoder().expect("it speaks")
}

/// What is said of a thing; nothing where the format has no word for it.
pub(crate) fn say(encoder: &mut dyn Encoder, view: &Entity, now: Time) -> Option<String> {
    said(encoder, Saying::Entity { view, at: None }, now)
}

/// What is said.
pub(crate) fn said(encoder: &mut dyn Encoder, saying: Saying<'_>, now: Time) -> Option<String> {
    let mut out = Vec::new();
    let spoken = encoder.say(saying, now, &mut out);
    assert_eq!(
        spoken,
        !out.is_empty(),
        "nothing is appended where nothing is said"
    );
    spoken.then(|| String::from_utf8(out).unwrap())
}
