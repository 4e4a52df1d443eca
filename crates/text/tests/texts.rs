//! Texts as a screen asks for them.

use oneroof_text::{Lang, Value, has, keys, t, t_first, t_with};

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn a_lost_server_is_told_with_its_seconds() {
    let text = |lang, s: u32| t(lang, "banner.lost", &[("seconds", s.into())]);
    assert!(text(Lang::Uk, 1).contains("1 секунду тому"));
    assert!(text(Lang::Uk, 3).contains("3 секунди тому"));
    assert!(text(Lang::Uk, 11).contains("11 секунд тому"));
    assert!(text(Lang::En, 1).contains("1 second ago"));
    assert!(text(Lang::En, 11).contains("11 seconds ago"));
}

#[test]
fn reasons_of_a_link_are_read_from_any_kind_of_parameters() {
    let arg = |name: &str| (name == "distance_m").then_some(Value::Number(420.0));
    assert_eq!(
        plain(&t_with(Lang::Uk, "link.place.near", arg)),
        "420 м між місцями"
    );
    assert_eq!(
        plain(&t_with(Lang::En, "link.place.near", arg)),
        "420 m apart"
    );
}

#[test]
fn what_is_missing_is_seen_and_does_no_harm() {
    assert_eq!(t(Lang::Uk, "no.such.key", &[]), "no.such.key");
    assert_eq!(t(Lang::En, "event.title", &[]), "Event {id}");
    let args = [("code", "checksum".into())];
    let text = t_first(
        Lang::En,
        &["quarantine.checksum", "quarantine.decode"],
        &args,
    );
    assert_eq!(text, "Cannot be decoded: checksum");
}

#[test]
fn every_text_can_be_filled_with_any_number_or_word() {
    for key in keys() {
        for lang in Lang::ALL {
            for n in [-1.0, 0.0, 1.0, 2.5, 1e300, f64::NAN] {
                let text = t_with(lang, key, |_| Some(Value::Number(n)));
                assert!(!text.contains(['{', '}']), "{lang} {key}: {text}");
            }
            assert!(
                !t_with(lang, key, |_| Some(Value::Text("{x}"))).is_empty(),
                "{key}"
            );
        }
    }
}

#[test]
fn the_words_of_the_model_are_all_there() {
    for (group, words) in [
        ("impact", &["low", "medium", "high", "very_high"][..]),
        ("section_level", &["low", "medium", "high", "critical"]),
        (
            "event_state",
            &[
                "new",
                "triaged",
                "validated",
                "active",
                "resolved",
                "closed",
                "dismissed",
                "merged",
            ],
        ),
        ("freshness", &["fresh", "stale", "lost"]),
        ("light", &["starting", "up", "down", "paused"]),
        ("mode", &["actual", "exercise", "test"]),
        (
            "link.term",
            &["place", "time", "type", "count", "identifier"],
        ),
        (
            "suggestion_state",
            &["open", "accepted", "rejected", "obsolete"],
        ),
        (
            "track_domain",
            &["vessel", "aircraft", "unit", "vehicle", "sensor"],
        ),
    ] {
        for word in words {
            assert!(has(&format!("{group}.{word}")), "{group}.{word}");
        }
    }
}
