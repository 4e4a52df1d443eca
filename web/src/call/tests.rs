use oneroof_wire::Entity;
use proptest::prelude::*;

use super::*;

fn picture() -> Picture {
    let mut p = Picture::default();
    for json in [
        r#"{"entity":"bcp","id":"UAPL07","uk":"Шегині","en":"Shehyni","kind":"road","neighbour":"PL","at":{"lat":49.8,"lon":22.94},"precision":"A","status":"open","section":"UA-PL-05"}"#,
        r#"{"entity":"bcp","id":"UAPL04","uk":"Рава-Руська","en":"Rava-Ruska","kind":"road","neighbour":"PL","at":{"lat":50.3,"lon":23.6},"precision":"A","status":"open","section":"UA-PL-03"}"#,
        r#"{"entity":"section","id":"UA-RO-01","uk":"Тиса","en":"Tysa","neighbour":"RO","domain":"river","level":"medium","open_events":0,"line":[{"lat":48,"lon":23},{"lat":48,"lon":24}]}"#,
    ] {
        let e: Entity = serde_json::from_str(json).unwrap();
        p.entities.insert(e.key(), e);
    }
    p
}

fn centre() -> Centre {
    serde_json::from_str(
        r#"{"agencies":[
        {"code":"BG","uk":"Державна прикордонна служба України","en":"State Border Guard Service","badge":{"uk":"ДПСУ","en":"BG"}},
        {"code":"PO","uk":"Національна поліція України","en":"National Police","badge":{"uk":"НПУ","en":"PO"}},
        {"code":"NG","uk":"Національна гвардія України","en":"National Guard","badge":"NG"}],
        "event_types":[
        {"code":"UBC01","uk":"Спроба незаконного перетинання кордону","en":"Attempted irregular crossing","sub_layer":"UBC","default_impact":"medium","lead":"BG"},
        {"code":"CBC03","uk":"Контрабанда тютюну","en":"Tobacco smuggling","sub_layer":"CBC","default_impact":"medium","lead":"BG"}]}"#,
    )
    .unwrap()
}

fn two_hours(_: Time) -> i64 {
    7_200
}

fn with_known<T>(f: impl FnOnce(&Known<'_>) -> T) -> T {
    let (picture, centre) = (picture(), centre());
    f(&Known {
        picture: &picture,
        centre: &centre,
        now: "2026-11-23T01:25:00Z".parse().unwrap(),
        offset: &two_hours,
    })
}

fn call(line: &str) -> Call {
    with_known(|k| Call::of_parts(&read_line(line, k)))
}

#[test]
fn the_line_of_the_issue_is_understood_whole() {
    let c = call("UBC01 UA-RO-01 4 persons 0310 police seen by the river");
    assert_eq!(c.type_code, Some("UBC01".into()));
    assert!(
        matches!(&c.place, Some(CallPlace::Section { id, km: None, .. }) if id.as_str() == "UA-RO-01")
    );
    assert_eq!(c.persons, Some(CountRange::exactly(4)));
    assert_eq!(c.when, Some("2026-11-23T01:10:00Z".parse().unwrap()));
    assert_eq!(c.org, Some("PO".into()));
    assert_eq!(c.text, "seen by the river");
    assert!(!c.life && c.missing().is_empty());
}

#[test]
fn the_order_of_the_pieces_and_their_language_do_not_matter() {
    let c = call("поліції: 3-5 осіб біля Рава-Руська, загроза життю -15хв ubc01");
    assert_eq!(c.org, Some("PO".into()));
    assert_eq!(
        c.persons,
        Some(CountRange {
            n: None,
            min: Some(3),
            max: Some(5)
        })
    );
    assert!(matches!(&c.place, Some(CallPlace::Bcp { id, .. }) if id.as_str() == "UAPL04"));
    assert!(c.life);
    assert_eq!(c.when, Some("2026-11-23T01:10:00Z".parse().unwrap()));
    assert_eq!(c.type_code, Some("UBC01".into()));
    assert_eq!(c.text, "біля");
}

#[test]
fn a_kilometre_lies_on_the_line_of_its_section_and_not_beyond_it() {
    for line in [
        "UA-RO-01 km 12,5",
        "ua-ro-01 12.5 км",
        "UA-RO-01 km12.5",
        "Тиса 12.5км",
    ] {
        let Some(CallPlace::Section {
            km: Some((km, at)), ..
        }) = call(line).place
        else {
            panic!("{line}")
        };
        assert!(
            (km - 12.5).abs() < 1e-9 && (at.lat() - 48.0).abs() < 1e-6,
            "{line}"
        );
        let from = LatLon::new(48.0, 23.0).unwrap();
        assert!((from.distance_m(at) - 12_500.0).abs() < 20.0, "{line}");
    }
    let c = call("UA-RO-01 km 500");
    assert_eq!(
        (c.place, c.text.as_str()),
        (None, "UA-RO-01 km 500"),
        "it stays as text"
    );
    assert!(
        matches!(read_place("UA-RO-01 km 500", &picture()), Err(NoPlace::Beyond(l)) if (74.0..75.0).contains(&l))
    );
}

#[test]
fn positions_are_taken_in_every_form_and_counts_and_dates_are_none() {
    for line in [
        "48.1234,24.5678",
        "at 48.1234 24.5678 now",
        "35ULQ1397",
        "35U LQ 131 975",
        "N 47 56 53.9 E 23 53 21.5",
    ] {
        assert!(
            matches!(call(line).place, Some(CallPlace::At { .. })),
            "{line}"
        );
    }
    let Some(CallPlace::At { ce_m, .. }) = call("35ULQ1397").place else {
        panic!()
    };
    assert_eq!(ce_m, Some(710.0), "a square of a kilometre");
    for line in [
        "4 persons 0310",
        "23112026 0310",
        "22.11 0310",
        "1,5 l",
        "plate AO1234BK",
    ] {
        assert_eq!(call(line).place, None, "{line}");
    }
}

#[test]
fn a_preposition_is_no_agency_and_an_ambiguous_word_neither() {
    for line in ["рух по дорозі", "national", "border"] {
        assert_eq!(call(line).org, None, "{line}");
        assert_eq!(call(line).text, line);
    }
    for (line, org) in [
        ("PO", "PO"),
        ("НПУ", "PO"),
        ("bg", "BG"),
        ("прикордонна", "BG"),
        ("гвардія", "NG"),
    ] {
        assert_eq!(call(line).org, Some(org.into()), "{line}");
    }
}

#[test]
fn what_is_missing_is_named_and_nothing_is_sent_without_it() {
    let c = call("only words");
    assert_eq!(
        c.missing(),
        [Missing::Type, Missing::Place, Missing::Agency]
    );
    let by = || Actor::Person {
        name: "A".into(),
        org: "BG".into(),
    };
    let id = || CommandId("00000000-0000-7000-8000-000000000001".parse().unwrap());
    assert_eq!(c.request(id(), by(), Time::EPOCH), None);
    let r = call("UBC01 UAPL07 PO !! boat")
        .request(id(), by(), Time::from_secs(5))
        .unwrap();
    assert_eq!((r.title.as_deref(), r.text), (Some("boat"), None));
    assert_eq!(
        (r.life_at_risk, r.occurred, r.place.bcp),
        (Some(true), None, Some("UAPL07".into()))
    );
}

#[test]
fn a_long_text_has_a_short_headline_and_is_kept_whole() {
    let text = "word ".repeat(60);
    let (title, whole) = headline(text.trim());
    assert!(title.unwrap().chars().count() <= MAX_TITLE + 1);
    assert_eq!(whole.as_deref(), Some(text.trim()));
}

#[test]
fn types_and_places_are_suggested_in_both_languages() {
    let centre = centre();
    let codes = |q: &str| {
        suggest_types(q, &centre)
            .iter()
            .map(|t| t.code.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes("тютюн"), ["CBC03"]);
    assert_eq!(codes("irregular cross"), ["UBC01"]);
    assert_eq!(codes("cbc"), ["CBC03"]);
    assert!(codes("").is_empty());
    assert_eq!(suggest_places("rava", &picture()).len(), 1);
    assert_eq!(suggest_places("ua", &picture()).len(), 3);
}

#[test]
fn counts_of_persons_are_read_with_their_bounds() {
    let range = |min, max| Some(CountRange { n: None, min, max });
    assert_eq!(read_persons("~4"), Some(CountRange::exactly(4)));
    assert_eq!(read_persons(">10"), range(Some(10), None));
    assert_eq!(read_persons("10+"), range(Some(10), None));
    assert_eq!(read_persons("<5"), range(None, Some(5)));
    assert_eq!(read_persons("5-3"), None);
    assert_eq!(read_persons("many"), None);
    assert_eq!(read_persons("999999"), None);
}

proptest! {
    #[test]
    fn no_line_loses_a_word(line in ".{0,200}") {
        with_known(|k| {
            let said: Vec<String> = read_line(&line, k).into_iter().map(|p| p.said).collect();
            let words = |t: &str| t.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&said.join(" ")), words(&line));
        });
    }
}
