//! Tests of what is read.

use oneroof_model::{Draft, EventImpact, Geometry, Mode, QualityIssue, ReportDraft, Tlp, TrackKey};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("cise");

pub(super) fn decode(yaml: &str, bytes: &[u8]) -> Output {
    let format = build("cise", Options::new(yaml)).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    decoder.push(bytes, RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

pub(super) fn codes(out: &Output) -> Vec<&'static str> {
    out.rejects.iter().map(|r| r.reason.code).collect()
}

pub(super) fn reports(out: &Output) -> Vec<&ReportDraft> {
    let drafts = out.drafts.iter();
    drafts
        .filter_map(|d| match &d.draft {
            Draft::Report(report) => Some(&**report),
            _ => None,
        })
        .collect()
}

/// A push of entities.
fn push(entities: &str) -> String {
    format!(
        "<m:Push xmlns:m=\"http://www.cise.eu/servicemodel/v1/message/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <CreationDateTime>2026-11-23T02:35:00Z</CreationDateTime><MessageID>m-1</MessageID>\
         <Priority>Low</Priority><Payload xsi:type=\"m:XmlEntityPayload\">\
         <InformationSecurityLevel>NonClassified</InformationSecurityLevel>\
         <InformationSensitivity>Green</InformationSensitivity><Purpose>SAR</Purpose>{entities}</Payload></m:Push>"
    )
}

/// The first decoded object.
fn decoded(out: &Output) -> Value {
    out.to_lines()[0]["decoded"].clone()
}

#[test]
fn an_incident_is_a_report_with_everything_that_it_says() {
    let out = decode("", include_bytes!("fixtures/push-incident.xml"));
    assert_eq!(codes(&out), Vec::<&str>::new());
    let report = reports(&out)[0];
    let source = report.source.as_ref().unwrap();
    assert_eq!(source.key, "c1d7c6ce-0003-4000-8000-000000000003");
    assert_eq!(report.type_code.as_ref().unwrap().as_str(), "UBC03");
    assert_eq!(
        report.original_code.as_deref(),
        Some("IrregularMigrationIncident/IrregularExitAttempt")
    );
    let occurred = report.occurred.unwrap();
    assert_eq!(occurred.from.to_string(), "2026-11-23T02:30:00Z");
    assert_eq!(occurred.to.to_string(), "2026-11-23T02:33:00Z");
    assert_eq!(report.impact_proposed.immigration, Some(EventImpact::High));
    assert_eq!(report.persons.unwrap().n, Some(6));
    assert!(matches!(report.place.geometry, Some(Geometry::Area { .. })));
    assert_eq!(report.place.described.as_deref(), Some("Tisa near Tiachiv"));
    let marking = report.marking.as_ref().unwrap();
    assert_eq!(marking.tlp, Tlp::Amber, "that of the entity is stricter");
    assert!(report.issues.is_empty(), "{:?}", report.issues);
    assert_eq!(decoded(&out)["faults"], json!([]));
    // The boat stands beside it, where it was seen.
    assert_eq!(out.drafts.len(), 2);
    let Draft::Position(boat) = &out.drafts[1].draft else {
        panic!("expected a position")
    };
    assert!((boat.position.unwrap().lat() - 48.011).abs() < 1e-9);
}

#[test]
fn a_vessel_is_a_track_by_mmsi_else_by_imo_else_by_uuid() {
    let uuid = "<Identifier><UUID>u-1</UUID></Identifier>";
    for (body, track) in [
        (
            format!("{uuid}<IMONumber>7710525</IMONumber><MMSI>272123400</MMSI>"),
            Some(TrackKey::vessel(272_123_400)),
        ),
        (
            format!("{uuid}<IMONumber>7710525</IMONumber>"),
            Some(TrackKey::text(
                oneroof_model::TrackDomain::Vessel,
                "imo:7710525",
            )),
        ),
        (
            format!("{uuid}<MMSI>0</MMSI>"),
            Some(TrackKey::text(oneroof_model::TrackDomain::Vessel, "u-1")),
        ),
        ("<Name>X</Name>".to_owned(), None),
    ] {
        let out = decode("", push(&format!("<Vessel>{body}</Vessel>")).as_bytes());
        let found = out.drafts.first().map(|d| match &d.draft {
            Draft::Position(p) => p.track.clone(),
            other => panic!("{other:?}"),
        });
        assert_eq!(found, track);
        let rejects = if track.is_some() {
            vec![]
        } else {
            vec!["missing_identity"]
        };
        assert_eq!(codes(&out), rejects);
    }
}

#[test]
fn speed_is_read_in_knots_and_a_heading_of_360_is_north() {
    let out = decode("", include_bytes!("fixtures/push-vessels.xml"));
    let Draft::Position(position) = &out.drafts[0].draft else {
        panic!("expected a position")
    };
    assert!((position.speed_mps.unwrap() - 6.379).abs() < 0.001);
    assert_eq!(position.heading_deg, Some(0.0));
    assert_eq!(
        (position.kind_code, position.nav_status),
        (Some(30), Some(7))
    );
    assert_eq!(position.length_m, Some(25));
    assert_eq!(position.at.unwrap().to_string(), "2026-11-23T02:34:10Z");
    assert_eq!(out.drafts.len(), 2, "the port of registry is no position");
}

#[test]
fn literal_words_are_read_with_and_without_the_blanks_of_the_schemas() {
    for blanks in ["", " ", "  "] {
        let entity = format!(
            "<CrisisIncident><CrisisIncidentType>ManMadeDisasterMaritimeAccident{blanks}</CrisisIncidentType></CrisisIncident>"
        );
        let out = decode("", push(&entity).as_bytes());
        let report = reports(&out)[0];
        assert_eq!(
            report.original_code.as_deref(),
            Some("CrisisIncident/ManMadeDisasterMaritimeAccident")
        );
        assert!(report.issues.is_empty(), "{:?}", report.issues);
    }
}

#[test]
fn what_the_schemas_refuse_is_taken_with_an_issue_or_rejected_where_the_feed_is_strict() {
    for (entity, fault) in [
        (
            "<Incident><Severity>Bad</Severity></Incident>",
            "Incident/Severity: expected a word",
        ),
        (
            "<Incident><Severity>Minor</Severity><Certainty>Likely</Certainty></Incident>",
            "Incident: Certainty is out of order",
        ),
        (
            "<Incident><Severity>Minor</Severity><Severity>Minor</Severity></Incident>",
            "Incident: expected one Severity, found 2",
        ),
        (
            "<Incident><Foo/></Incident>",
            "Incident: Foo is not an element of Incident",
        ),
        (
            "<Incident><DeathsOnBoard>two</DeathsOnBoard></Incident>",
            "Incident/DeathsOnBoard: expected a whole number",
        ),
        (
            "<Incident><InvolvedObjectRel><Object><Name>x</Name></Object></InvolvedObjectRel></Incident>",
            "Incident/InvolvedObjectRel/Object: expected xsi:type",
        ),
        (
            "<Incident><InvolvedObjectRel><Object xsi:type='v:Risk'/></InvolvedObjectRel></Incident>",
            "xsi:type Risk is no Object",
        ),
        (
            "<Incident><LocationRel><Location>here</Location></LocationRel></Incident>",
            "Incident/LocationRel/Location: expected elements, found a text",
        ),
    ] {
        let text = push(entity);
        let out = decode("", text.as_bytes());
        assert!(
            reports(&out)[0].issues.contains(&QualityIssue::FormatFault),
            "{entity}"
        );
        let faults = decoded(&out)["faults"].to_string();
        assert!(faults.contains(fault), "{faults}");
        let strict = decode("strictness: strict", text.as_bytes());
        assert_eq!(codes(&strict), ["schema"], "{entity}");
    }
    let missing = push("<Incident/>").replace("<Purpose>SAR</Purpose>", "");
    let out = decode("", missing.as_bytes());
    let faults = decoded(&out)["faults"].to_string();
    assert!(
        faults.contains("Push/Payload: expected Purpose, found none"),
        "{faults}"
    );
}

#[test]
fn what_is_simulated_is_never_taken_for_real() {
    for entity in [
        "<Incident><NatureType>Simulated</NatureType></Incident>",
        "<Action><ActionType>Exercise</ActionType></Action>",
        "<Incident><LocationRel><SourceType>Simulation</SourceType></LocationRel></Incident>",
    ] {
        let out = decode("", push(entity).as_bytes());
        assert_eq!(reports(&out)[0].mode, Some(Mode::Exercise), "{entity}");
    }
    let boat = "<Incident><NatureType>Simulated</NatureType><InvolvedObjectRel><Object xsi:type='v:Vessel'>\
                <LocationRel><Location><Geometry><Latitude>45</Latitude><Longitude>30</Longitude></Geometry>\
                </Location></LocationRel><MMSI>272123400</MMSI></Object></InvolvedObjectRel></Incident>";
    let out = decode("", push(boat).as_bytes());
    let Draft::Position(boat) = &out.drafts[1].draft else {
        panic!("expected a position")
    };
    assert_eq!(boat.mode, Some(Mode::Exercise));
    let real = decode("", push("<Incident/>").as_bytes());
    assert_eq!(reports(&real)[0].mode, None, "the message does not say");
}

#[test]
fn a_position_that_not_everyone_may_see_is_counted_and_not_shown() {
    let vessel = "<Vessel><LocationRel><Location><Geometry><Latitude>45</Latitude><Longitude>30</Longitude>\
                  </Geometry></Location></LocationRel><MMSI>272123400</MMSI></Vessel>";
    let object = vessel
        .replace("<Vessel>", "<Object xsi:type='v:Vessel'>")
        .replace("</Vessel>", "</Object>");
    let text = push(&format!(
        "{vessel}<Incident><InvolvedObjectRel>{object}</InvolvedObjectRel></Incident>"
    ));
    assert_eq!(decode("", text.as_bytes()).drafts.len(), 3);
    for (from, to) in [
        (">Green<", ">Red<"),
        (">NonClassified<", ">EUConfidential<"),
        (
            "<LocationRel>",
            "<Metadata><InformationSensitivityDegree>Red</InformationSensitivityDegree></Metadata><LocationRel>",
        ),
    ] {
        let out = decode("", text.replacen(from, to, 1).as_bytes());
        assert_eq!(out.skipped["cise_restricted_position"], 1, "{to}");
        assert_eq!(reports(&out).len(), 1, "the report carries its own marking");
    }
}

#[test]
fn a_feeds_own_table_says_what_the_format_can_not() {
    let text = push(
        "<CrisisIncident><CrisisIncidentType>MinesExplosives</CrisisIncidentType></CrisisIncident><Incident/>",
    );
    let plain = decode("", text.as_bytes());
    assert_eq!(reports(&plain)[0].type_code, None);
    let own = "types: {CrisisIncident/MinesExplosives: SEC06, Incident: BCP02}";
    let out = decode(own, text.as_bytes());
    let codes: Vec<&str> = reports(&out)
        .iter()
        .map(|r| r.type_code.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(codes, ["SEC06", "BCP02"]);
}

#[test]
fn an_entity_without_a_uuid_is_named_by_its_message() {
    let out = decode("", push("<Incident/><Incident/>").as_bytes());
    let keys: Vec<&str> = reports(&out)
        .iter()
        .map(|r| r.source.as_ref().unwrap().key.as_str())
        .collect();
    assert_eq!(keys, ["m-1#0", "m-1#1"]);
    let nameless = push("<Incident/>").replace("<MessageID>m-1</MessageID>", "");
    assert_eq!(
        codes(&decode("", nameless.as_bytes())),
        ["missing_identity"]
    );
}

#[test]
fn a_class_may_be_named_by_xsi_type_under_any_prefix() {
    for entity in [
        "<Entity xsi:type='x:CrisisIncident'/>",
        "<Event xsi:type='CrisisIncident'/>",
        "<q:CrisisIncident xmlns:q='http://www.cise.eu/datamodel/v1/entity/incident/'/>",
    ] {
        let out = decode("", push(entity).as_bytes());
        let report = reports(&out)[0];
        assert_eq!(
            report.original_code.as_deref(),
            Some("CrisisIncident"),
            "{entity}"
        );
        assert!(report.issues.is_empty(), "{entity}: {:?}", report.issues);
    }
    for entity in [
        "<Entity/>",
        "<Entity xsi:type='x:Spaceship'/>",
        "<Spaceship/>",
    ] {
        assert_eq!(
            codes(&decode("", push(entity).as_bytes())),
            ["unknown_entity"]
        );
    }
}

#[test]
fn every_version_and_prefix_of_the_namespaces_is_known_and_nothing_else() {
    let text = push("<Incident/>");
    let other = text
        .replace("servicemodel/v1/", "servicemodel/v2/")
        .replace("m:", "ns4:");
    let other = other.replace("xmlns:m=", "xmlns:ns4=");
    assert_eq!(reports(&decode("", other.as_bytes())).len(), 1);
    let foreign = text.replace("http://www.cise.eu/servicemodel/v1/message/", "urn:x");
    assert_eq!(codes(&decode("", foreign.as_bytes())), ["not_cise"]);
}

#[test]
fn hostile_documents_end_in_bounds() {
    let deep = push(&"<Incident>".repeat(60_000));
    assert_eq!(codes(&decode("", deep.as_bytes())), ["too_deep"]);
    let many = push(&"<Incident/>".repeat(10_001));
    assert_eq!(codes(&decode("", many.as_bytes())), ["too_many_entities"]);
    let attack = format!(
        "<!DOCTYPE a [<!ENTITY x 'y'>]>{}",
        push("<Incident>&x;</Incident>")
    );
    assert_eq!(codes(&decode("", attack.as_bytes())), ["doctype"]);
    let attributes: Vec<String> = (0..100).map(|n| format!("a{n}='1'")).collect();
    let attributes = attributes.join(" ");
    let wide = push(&format!("<Incident {attributes}/>"));
    assert_eq!(codes(&decode("", wide.as_bytes())), ["too_many_attributes"]);
    // A long header is not repeated with each of thousands.
    let header = format!(
        "<ContextID>{}</ContextID><CreationDateTime>",
        "x".repeat(100_000)
    );
    let long = push(&"<Incident/>".repeat(1_000)).replace("<CreationDateTime>", &header);
    let out = decode("", long.as_bytes());
    let shown: usize = out
        .to_lines()
        .iter()
        .map(|line| line["decoded"].to_string().len())
        .sum();
    assert_eq!(out.drafts.len(), 1_000);
    assert!(shown < 10_000_000, "{shown}");
    // Each of many keeps its own bytes, not the whole message.
    let nameless = push(&"<Vessel/>".repeat(200));
    let out = decode("", nameless.as_bytes());
    assert_eq!(out.rejects.len(), 200);
    assert!(out.rejects.iter().all(|r| r.raw_len < 20));
}

#[test]
fn options_tell_all_their_problems_at_once() {
    let yaml = "strictnes: strict\nzone: Mars\ntypes:\n  Incident/Fun: SEC06\n  Foo: [a]\nspeak:\n  purpose: Fun\n";
    let problems = build("cise", Options::new(yaml)).err().unwrap();
    let mut lines: Vec<u32> = problems.iter().map(|p| p.line).collect();
    lines.dedup();
    assert_eq!(lines, [1, 2, 4, 5, 7], "{problems:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever stands where a value should: a draft, a reject or a count.
    #[test]
    fn any_text_in_any_element_ends_as_draft_reject_or_count(
        which in 0_usize..8, text in "\\PC{0,20}|[-0-9.:TZ+, ]{0,30}|[A-Z]{5,10} ?[(]{0,4}[-0-9., ]{0,20}[)]{0,4}",
    ) {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        let elements = ["StartDate", "StartTime", "Latitude", "Longitude", "WKT", "UUID", "Severity", "MMSI"];
        let put = |name: &str| format!("<{name}>{escaped}</{name}>");
        let own = |name: &str, other: &str| if elements[which] == name { put(name) } else { format!("<{name}>{other}</{name}>") };
        let geometry = if which == 4 { put("WKT") } else { format!("{}{}", own("Latitude", "45"), own("Longitude", "30")) };
        let period = format!("{}{}", own("StartDate", "2026-11-23"), own("StartTime", "02:00:00Z"));
        let text = push(&format!(
            "<Incident><Identifier>{}</Identifier><OccurrencePeriod>{period}</OccurrencePeriod>\
             <LocationRel><Location><Geometry>{geometry}</Geometry></Location></LocationRel>{}</Incident>\
             <Vessel>{}</Vessel>", own("UUID", "u"), own("Severity", "Minor"), own("MMSI", "272123400")));
        let out = decode("", text.as_bytes());
        prop_assert!(out.drafts.len() + out.rejects.len() >= 1);
        for report in reports(&out) {
            prop_assert!(report.source.as_ref().is_some_and(|s| s.key.len() <= 256));
        }
    }
}
