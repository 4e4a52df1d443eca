use oneroof_model::Time;
use oneroof_wire::columns::Row;

use super::*;

fn entity(json: &str) -> Entity {
    serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}: {json}"))
}

fn picture() -> Picture {
    let mut p = Picture::default();
    for json in [
        r#"{"entity":"bcp","id":"UAPL07","uk":"Шегині","en":"Shehyni","kind":"road","neighbour":"PL","at":{"lat":49.8,"lon":22.94},"precision":"A","status":"open","section":"UA-PL-05"}"#,
        r#"{"entity":"bcp","id":"UAHU01","uk":"Чоп","en":"Chop","kind":"road","neighbour":"HU","at":{"lat":48.4,"lon":22.2},"precision":"A","status":"open","section":"UA-HU-01"}"#,
        r#"{"entity":"section","id":"UA-RO-01","uk":"Тиса","en":"Tysa","neighbour":"RO","domain":"river","level":"medium","open_events":0,"line":[{"lat":48,"lon":23},{"lat":47.9,"lon":23.5},{"lat":47.9,"lon":24}]}"#,
        r#"{"entity":"unit","id":"BG-P-014","org":"BG","uk":"Наряд 14","en":"Patrol 14","kind":"vehicle_patrol"}"#,
        r#"{"entity":"event","id":"00000000-0000-7000-8000-000000000001","short":"K7TM2Q","version":3,"mode":"actual","state":"new","type_code":"UBC01","place":{"bcp":"UAPL07"},"section":"UA-PL-05","orgs":["BG"],"reports":[],"first_known_at":"2026-11-23T00:00:00Z","aware_at":"2026-11-23T00:00:00Z","updated_at":"2026-11-23T00:00:00Z"}"#,
        r#"{"entity":"event","id":"00000000-0000-7000-8000-000000000002","short":"AAAAA2","version":1,"mode":"exercise","state":"new","type_code":"UBC01","place":{"bcp":"UAPL07"},"orgs":["BG"],"reports":[],"first_known_at":"2026-11-23T00:00:00Z","aware_at":"2026-11-23T00:00:00Z","updated_at":"2026-11-23T00:00:00Z"}"#,
    ] {
        let e = entity(json);
        p.entities.insert(e.key(), e);
    }
    for (h, domain, ident, name, call) in [
        (1, "vessel", "272000111", "МРІЯ", "URAB"),
        (2, "vessel", "272000112", "ODESA STAR", "URAC"),
        (3, "aircraft", "508035", "", "UKN21"),
    ] {
        put(&mut p, h, domain, ident, name, call);
    }
    p
}

fn put(p: &mut Picture, h: u32, domain: &str, ident: &str, name: &str, call: &str) {
    let info = format!(
        r#"{{"h":{h},"domain":"{domain}","ident":"{ident}","name":"{name}","call_sign":"{call}","feed":"f","stale_s":1,"lost_s":2}}"#
    );
    let row = Row {
        handle: h,
        at: LatLon::new(45.0, 30.0).unwrap(),
        time: Time::EPOCH,
        speed_mps: None,
        course_deg: None,
        heading_deg: None,
        alt_m: None,
    };
    p.tracks.insert(
        h,
        ClientTrack {
            info: Some(serde_json::from_str(&info).unwrap()),
            row: Some(row),
        },
    );
}

fn centre() -> Centre {
    serde_json::from_str(
        r#"{"agencies":[{"code":"BG","uk":"Прикордонна служба","en":"Border Guard","badge":"BG"}],
        "event_types":[{"code":"UBC01","uk":"Спроба перетинання кордону","en":"Attempted crossing","sub_layer":"UBC","default_impact":"medium","lead":"BG"}]}"#,
    )
    .unwrap()
}

fn find_in(p: &Picture, typed: &str) -> Vec<Hit> {
    let centre = centre();
    let places = [PlaceName {
        name: both("Львів", "Lviv"),
        country: "UA".into(),
        at: LatLon::new(49.84, 24.03).unwrap(),
    }];
    let mut s = Search::new(typed);
    s.fixed(&Sources {
        picture: p,
        mode: Mode::Actual,
        centre: &centre,
        places: &places,
        acts: acts::ALL,
    });
    while s.tracks(p, Mode::Actual, 2) {}
    s.hits().to_vec()
}

fn first(typed: &str) -> Option<Target> {
    find_in(&picture(), typed)
        .into_iter()
        .next()
        .map(|h| h.target)
}

#[test]
fn each_thing_is_found_by_what_an_officer_would_type() {
    let bcp = Some(Target::Bcp("UAPL07".into()));
    for typed in ["шегині", "SHEHYNI", "шеги", "uapl07"] {
        assert_eq!(first(typed), bcp, "{typed}");
    }
    assert_eq!(first("272000111"), Some(Target::Track(1)));
    assert_eq!(
        first("mriya"),
        Some(Target::Track(1)),
        "in the other alphabet"
    );
    assert_eq!(first("urac"), Some(Target::Track(2)));
    assert_eq!(first("508035"), Some(Target::Track(3)));
    assert_eq!(first("UA-RO-01"), Some(Target::Section("UA-RO-01".into())));
    assert_eq!(first("наряд 14"), Some(Target::Unit("BG-P-014".into())));
    assert_eq!(first("patrol 14"), Some(Target::Unit("BG-P-014".into())));
    assert_eq!(first("lviv"), Some(Target::Place));
    let id: EventId = "00000000-0000-7000-8000-000000000001".parse().unwrap();
    for typed in [
        "k7tm2q",
        "UBC01",
        "attempted crossing shehyni",
        "спроба шегині",
    ] {
        assert_eq!(first(typed), Some(Target::Event(id)), "{typed}");
    }
    assert_eq!(first("undo"), Some(Target::Act(Act::Undo)));
    assert_eq!(first("скасувати крок"), Some(Target::Act(Act::Undo)));
    assert_eq!(first("zzqq"), None);
}

#[test]
fn positions_are_found_in_every_form_and_two_plain_numbers_are_none() {
    for typed in [
        "48.1234, 24.5678",
        "N 47 56 53.9 E 23 53 21.5",
        "35U LQ 13 97",
    ] {
        let hits = find_in(&picture(), typed);
        assert_eq!(
            hits.first().map(|h| h.kind),
            Some(HitKind::Position),
            "{typed}"
        );
        assert!(hits[0].at.is_some());
    }
    assert!(
        find_in(&picture(), "4 0310")
            .iter()
            .all(|h| h.kind != HitKind::Position)
    );
}

#[test]
fn places_are_searched_around_the_border_and_not_in_the_whole_world() {
    let [s, w, n, e] = around_border(&picture()).unwrap();
    let holds = |lat: f64, lon: f64| s < lat && lat < n && w < lon && lon < e;
    assert!(holds(49.84, 24.03) && !holds(31.2, 121.5));
    assert_eq!(around_border(&Picture::default()), None);
}

#[test]
fn an_exercise_is_not_there_for_the_real_thing() {
    let hits = find_in(&picture(), "AAAAA2");
    assert!(hits.iter().all(|h| h.kind != HitKind::Event), "{hits:?}");
}

#[test]
fn a_whole_word_comes_before_a_beginning_and_that_before_a_piece() {
    let mut p = Picture::default();
    for (h, name) in [
        (1, "NEW ODESA"),
        (2, "ODESA"),
        (3, "ODESANA"),
        (4, "XODESAX"),
    ] {
        put(&mut p, h, "vessel", &h.to_string(), name, "");
    }
    let order: Vec<Target> = find_in(&p, "odesa").into_iter().map(|h| h.target).collect();
    assert_eq!(order, [2, 3, 1, 4].map(Target::Track));
}

#[test]
fn a_unit_that_no_list_names_is_found_by_its_track_and_a_listed_one_once() {
    let mut p = Picture::default();
    put(&mut p, 1, "unit", "CG-78", "Boat 78", "");
    put(&mut p, 2, "unit", "CG-79", "Boat 79", "");
    let listed = crate::view::testing::unit("CG-79", "BG", oneroof_model::UnitStatus::Available);
    p.entities.insert(listed.key(), listed);
    let found = |typed: &str| {
        let hits = find_in(&p, typed);
        hits.into_iter()
            .map(|h| (h.kind, h.target))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("boat 78"), [(HitKind::Unit, Target::Track(1))]);
    assert_eq!(found("cg 79").len(), 1);
}

#[test]
fn without_a_word_the_acts_are_shown_in_their_order() {
    let hits = find_in(&picture(), "  ");
    assert_eq!(hits.len(), acts::ALL.len());
    assert_eq!(hits[0].target, Target::Act(Act::Call));
}

#[test]
fn fifty_thousand_tracks_are_searched_in_slices_and_the_order_does_not_depend_on_them() {
    let mut p = Picture::default();
    for h in 0..50_000 {
        put(
            &mut p,
            h,
            "vessel",
            &format!("{}", 200_000_000 + h),
            "SHIP OF THE LINE",
            "",
        );
    }
    let run = |slice: usize| {
        let mut s = Search::new("ship line");
        let mut slices = 1;
        while s.tracks(&p, Mode::Actual, slice) {
            slices += 1;
        }
        (s.hits().to_vec(), slices)
    };
    let (whole, _) = run(100_000);
    let (sliced, count) = run(SLICE);
    assert_eq!(whole, sliced);
    assert_eq!(whole.len(), MAX_HITS);
    assert_eq!(count, 50_000 / SLICE + 1);
    assert_eq!(
        whole[0].target,
        Target::Track(0),
        "equals are in the order of their ids"
    );
}
