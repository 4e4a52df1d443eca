//! Tests of what is said of the picture: each thing is said, read back by our own decoder, and compared.

use oneroof_model::{
    Actor, DeleteTarget, Draft, EventImpact, EventState, Geometry, Interval, LatLon, Mode, Note,
    OrgId, Place, PlaceKind, SectionId, TrackDomain, TrackIdent, TrackKey, TypeCode, Unit, UnitId,
    UnitKind, UnitStatus,
};
use oneroof_wire::columns::Row;
use oneroof_wire::{Entity, EntityKey, EntityKind, EventView, TrackInfo, UnitView};

use super::tests::{decode_in, drafts};
use super::{CotEncoder, Event, Form, proto, uid_of, xml};
use crate::contract_tests::RECEIVED;
use crate::encode::{Encoder as _, Saying};

fn event_view() -> EventView {
    EventView {
        id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        short: "K3F9QZ".to_owned(),
        version: 3,
        mode: Mode::Actual,
        state: EventState::Active,
        dismissed: None,
        type_code: Some(TypeCode::from("SEC01")),
        impact: Some(EventImpact::VeryHigh),
        life_at_risk: true,
        occurred: Some(Interval::at(RECEIVED.plus_secs(-90))),
        place: Some(Place {
            ce_m: Some(40.0),
            kind: PlaceKind::Sighting,
            ..Place::point(LatLon::new(47.95, 23.9).unwrap())
        }),
        section: Some(SectionId::from("UA-RO-01")),
        lead: Some(OrgId::from("BG")),
        orgs: vec![OrgId::from("BG"), OrgId::from("ES")],
        reports: Vec::new(),
        first_known_at: RECEIVED.plus_secs(-60),
        aware_at: RECEIVED.plus_secs(-60),
        updated_at: RECEIVED,
        merged_into: None,
        merges: Vec::new(),
        notes: vec![Note {
            id: "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap(),
            by: Actor::Rule {
                rule: "r".to_owned(),
            },
            at: RECEIVED,
            text: "an inner note".to_owned(),
            attachments: Vec::new(),
        }],
        links: Vec::new(),
        settled: Vec::new(),
        acts: Vec::new(),
        acts_before: 0,
    }
}

/// What an encoder says of a thing, in one form, read again.
fn said(form: Form, sayings: &[Saying<'_>]) -> Vec<(Event, Vec<u8>)> {
    let mut encoder = CotEncoder::new(form);
    sayings
        .iter()
        .filter_map(|saying| {
            let mut bytes = Vec::new();
            let any = encoder.say(*saying, RECEIVED, &mut bytes);
            assert_eq!(any, !bytes.is_empty());
            any.then(|| (read_back(form, &bytes), bytes))
        })
        .collect()
}

fn read_back(form: Form, bytes: &[u8]) -> Event {
    match form {
        Form::Xml => {
            let text = core::str::from_utf8(bytes).unwrap();
            let (event, faults) = xml::read(text).unwrap();
            assert_eq!(faults, [""; 0]);
            event
        }
        Form::Proto => {
            assert_eq!(bytes[0], 0xbf);
            let (len, head) = proto::varint(&bytes[1..]).unwrap();
            assert_eq!(bytes.len() as u64, 1 + head as u64 + len);
            super::TakMessage::read(&bytes[1 + head..])
                .unwrap()
                .0
                .event
                .unwrap()
        }
    }
}

#[test]
fn an_event_is_said_with_what_its_view_holds_and_no_more() {
    let view = Entity::Event(Box::new(event_view()));
    for form in [Form::Xml, Form::Proto] {
        let all = said(
            form,
            &[Saying::Entity {
                view: &view,
                at: None,
            }],
        );
        let [(event, bytes)] = all.as_slice() else {
            panic!("said once")
        };
        assert_eq!(
            event.uid,
            "oneroof.event.01890a5d-ac96-774b-bcce-b302099a8057"
        );
        assert_eq!(
            (event.kind.as_str(), event.how.as_deref()),
            ("b-l-l-l-s", Some("h-e"))
        );
        assert_eq!(event.start, Some(RECEIVED.plus_secs(-90)));
        assert_eq!(event.stale, Some(RECEIVED.plus_secs(24 * 3600)));
        assert_eq!(
            (event.point.ce_m(), event.point.hae_m(), event.point.le_m()),
            (Some(40.0), None, None)
        );
        assert_eq!(event.callsign(), Some("K3F9QZ SEC01"));
        let remarks = event.detail("remarks").unwrap().text().unwrap();
        assert_eq!(
            remarks,
            "LIFE AT RISK; type SEC01; state active; impact very high; section UA-RO-01; lead BG; agencies BG ES"
        );
        assert!(!String::from_utf8_lossy(bytes).contains("inner note"));
        let kind = if form == Form::Xml {
            "cot_xml"
        } else {
            "cot_proto"
        };
        let out = decode_in(kind, "", bytes, usize::MAX);
        let [Draft::Report(report)] = drafts(&out)[..] else {
            panic!("{out:?}")
        };
        assert_eq!(report.type_code, Some(TypeCode::from("SEC01")));
        assert_eq!(
            report.place.geometry,
            Some(Geometry::Point {
                at: LatLon::new(47.95, 23.9).unwrap()
            })
        );
    }
}

#[test]
fn what_the_view_leaves_out_is_not_said() {
    let hidden = EventView {
        type_code: None,
        impact: None,
        life_at_risk: false,
        occurred: None,
        place: None,
        section: None,
        lead: None,
        orgs: Vec::new(),
        ..event_view()
    };
    let view = Entity::Event(Box::new(hidden));
    assert!(
        said(
            Form::Xml,
            &[Saying::Entity {
                view: &view,
                at: None
            }]
        )
        .is_empty(),
        "no place"
    );
    let at = LatLon::new(48.0, 24.0).ok();
    let (event, _) = &said(Form::Xml, &[Saying::Entity { view: &view, at }])[0];
    assert_eq!(
        (event.kind.as_str(), event.callsign()),
        ("a-u-X-i", Some("K3F9QZ"))
    );
    assert_eq!(
        event.detail("remarks").unwrap().text().unwrap(),
        "state active"
    );
    assert_eq!(event.point.ce_m(), None);
}

#[test]
fn an_exercise_says_so_where_everybody_sees_it_and_what_is_over_is_withdrawn() {
    let exercise = Entity::Event(Box::new(EventView {
        mode: Mode::Exercise,
        ..event_view()
    }));
    let (event, _) = &said(
        Form::Proto,
        &[Saying::Entity {
            view: &exercise,
            at: None,
        }],
    )[0];
    assert_eq!(
        (event.callsign(), event.opex.as_deref()),
        (Some("EXERCISE K3F9QZ SEC01"), Some("e"))
    );
    for state in [
        EventState::Closed,
        EventState::Dismissed,
        EventState::Merged,
    ] {
        let view = Entity::Event(Box::new(EventView {
            state,
            ..event_view()
        }));
        let (event, bytes) = &said(
            Form::Xml,
            &[Saying::Entity {
                view: &view,
                at: None,
            }],
        )[0];
        assert_eq!(event.kind, "t-x-d-d");
        let link = event.detail("link").unwrap();
        assert_eq!(link.attribute("uid"), uid_of(&view.key()).as_deref());
        assert!(event.detail("__forcedelete").is_some());
        let out = decode_in("cot_xml", "", bytes, usize::MAX);
        let [Draft::Delete(d)] = drafts(&out)[..] else {
            panic!("{out:?}")
        };
        assert_eq!(
            d.target,
            DeleteTarget::Report {
                key: uid_of(&view.key()).unwrap()
            }
        );
    }
}

#[test]
fn shapes_are_said_and_read_back() {
    let p = |lat, lon| LatLon::new(lat, lon).unwrap();
    let corners = vec![p(47.0, 23.0), p(47.0, 24.0), p(48.0, 24.0)];
    for geometry in [
        Geometry::Line {
            points: corners.clone(),
        },
        Geometry::Area {
            rings: vec![corners],
        },
        Geometry::Circle {
            center: p(47.0, 23.0),
            radius_m: 850.5,
        },
    ] {
        let place = Place {
            geometry: Some(geometry.clone()),
            ..Place::default()
        };
        let view = Entity::Event(Box::new(EventView {
            place: Some(place),
            ..event_view()
        }));
        let (_, bytes) = &said(
            Form::Proto,
            &[Saying::Entity {
                view: &view,
                at: None,
            }],
        )[0];
        let out = decode_in("cot_proto", "", bytes, usize::MAX);
        let [Draft::Report(report)] = drafts(&out)[..] else {
            panic!("{out:?}")
        };
        assert_eq!(report.place.geometry, Some(geometry));
    }
}

fn track(domain: TrackDomain, ident: &str) -> TrackInfo {
    TrackInfo {
        h: 7,
        domain,
        ident: ident.to_owned(),
        name: Some("CHORNOMOR".to_owned()),
        call_sign: None,
        kind_code: Some(70),
        length_m: None,
        destination: None,
        org: None,
        mode: Mode::Actual,
        feed: "ais".to_owned(),
        stale_s: 300,
        lost_s: 900,
        split: false,
        recorded: false,
    }
}

fn row(alt_m: Option<f32>) -> Row {
    Row {
        handle: 7,
        at: LatLon::new(46.45, 30.81).unwrap(),
        time: RECEIVED.plus_secs(-20),
        speed_mps: Some(5.25),
        course_deg: None,
        heading_deg: None,
        alt_m,
    }
}

#[test]
fn a_track_comes_back_as_itself_and_goes_by_its_handle() {
    let info = track(TrackDomain::Vessel, "272000001");
    let gone = |id: &str| EntityKey {
        kind: EntityKind::Track,
        id: id.to_owned(),
    };
    let (known, unknown) = (gone("7"), gone("8"));
    let sayings = [
        Saying::Track {
            info: &info,
            row: &row(None),
        },
        Saying::Gone(&known),
        Saying::Gone(&unknown),
    ];
    let all = said(Form::Xml, &sayings);
    assert_eq!(all.len(), 2, "what was never said is not withdrawn");
    let stream: Vec<u8> = all.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let out = decode_in("cot_xml", "", &stream, usize::MAX);
    let [Draft::Position(p), Draft::Delete(d)] = drafts(&out)[..] else {
        panic!("{out:?}")
    };
    assert_eq!(p.track, TrackKey::vessel(272_000_001));
    assert_eq!(
        (p.at, p.speed_mps, p.course_deg, p.alt_m),
        (Some(RECEIVED.plus_secs(-20)), Some(5.25), None, None)
    );
    assert_eq!(
        d.target,
        DeleteTarget::Track {
            track: p.track.clone()
        }
    );
    assert_eq!(all[0].0.stale, Some(RECEIVED.plus_secs(280)));
    assert_eq!(all[0].0.kind, "a-n-S-X-M");
    let recorded = TrackInfo {
        recorded: true,
        ..info
    };
    let (event, _) = &said(
        Form::Xml,
        &[Saying::Track {
            info: &recorded,
            row: &row(None),
        }],
    )[0];
    assert_eq!(
        (event.callsign(), event.opex.as_deref()),
        (Some("RECORDED CHORNOMOR"), Some("s"))
    );
    let aircraft = track(TrackDomain::Aircraft, "5275939");
    let (event, bytes) = &said(
        Form::Proto,
        &[Saying::Track {
            info: &aircraft,
            row: &row(Some(3_000.0)),
        }],
    )[0];
    assert_eq!(event.point.hae_m(), Some(3_000.0));
    let out = decode_in("cot_proto", "", bytes, usize::MAX);
    let [Draft::Position(p)] = drafts(&out)[..] else {
        panic!("{out:?}")
    };
    assert_eq!(p.track.ident, TrackIdent::Number(0x50_8123));
}

#[test]
fn a_unit_and_its_track_are_one_thing() {
    let unit = Unit {
        id: UnitId::from("BG-P-014"),
        org: OrgId::from("BG"),
        uk: "Наряд 14".to_owned(),
        en: "Patrol 14".to_owned(),
        kind: UnitKind::Boat,
        capabilities: Vec::new(),
        section: None,
        status: UnitStatus::EnRoute,
        status_at: None,
    };
    let view = Entity::Unit(UnitView { unit });
    let info = TrackInfo {
        name: None,
        kind_code: None,
        ..track(TrackDomain::Unit, "BG-P-014")
    };
    let at = LatLon::new(46.0, 30.0).ok();
    let key = view.key();
    let sayings = [
        Saying::Entity {
            view: &view,
            at: None,
        },
        Saying::Entity { view: &view, at },
        Saying::Track {
            info: &info,
            row: &row(None),
        },
        Saying::Gone(&key),
    ];
    let all = said(Form::Proto, &sayings);
    assert_eq!(all.len(), 3, "without a place nothing is said");
    let [(unit, _), (track, _), (gone, _)] = all.as_slice() else {
        panic!("three")
    };
    assert_eq!(unit.uid, "oneroof.unit.BG-P-014");
    assert_eq!(
        (&track.uid, &track.kind, track.callsign()),
        (&unit.uid, &unit.kind, unit.callsign())
    );
    assert_eq!(unit.kind, "a-f-S-X-L");
    for said in [unit, track] {
        assert_eq!(
            said.detail("remarks").unwrap().text().unwrap(),
            "agency BG; status en route"
        );
    }
    assert_eq!(
        gone.detail("link").unwrap().attribute("uid"),
        Some("oneroof.unit.BG-P-014")
    );
}
