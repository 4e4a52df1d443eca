use oneroof_model::{EventImpact, EventState, UnitStatus};
use oneroof_wire::Entity;

use super::*;
use crate::view::testing::{event, put_event, report, unit};

fn shown(p: &Picture, asked: &Asked) -> (Vec<Row>, usize, usize) {
    let centre = Centre::default();
    let voice = Voice {
        centre: &centre,
        lang: Lang::En,
        now: Time::from_secs(2_000),
        mode: Mode::Actual,
        clock: &|t| t.to_string(),
    };
    list(p, asked, voice)
}

fn asked(table: Table) -> Asked {
    Asked {
        table,
        column: None,
        down: false,
        words: String::new(),
    }
}

fn picture() -> Picture {
    let mut p = Picture::default();
    for (n, impact, state) in [
        (1, EventImpact::Low, EventState::New),
        (2, EventImpact::VeryHigh, EventState::Closed),
        (3, EventImpact::High, EventState::Active),
    ] {
        let mut e = event(n);
        e.impact = Some(impact);
        e.state = state;
        put_event(&mut p, &e);
    }
    for n in 0..2 {
        let r = Entity::Report(Box::new(report(n, 1_000, 1_000 + i64::from(n))));
        p.entities.insert(r.key(), r);
    }
    for (id, status) in [("b", UnitStatus::Available), ("a", UnitStatus::OnScene)] {
        let u = unit(id, "BG", status);
        p.entities.insert(u.key(), u);
    }
    p
}

#[test]
fn every_list_has_as_many_cells_as_columns_and_every_column_its_words() {
    let p = picture();
    for table in TABLES {
        assert!(oneroof_text::has(table.key()));
        for (key, _) in table.columns() {
            assert!(oneroof_text::has(key), "{key}");
        }
        for row in shown(&p, &asked(table)).0 {
            assert_eq!(row.cells.len(), table.columns().len(), "{table:?}");
        }
    }
    assert_eq!(shown(&p, &asked(Table::Reports)).0.len(), 2);
    assert_eq!(shown(&p, &asked(Table::Units)).0.len(), 2);
}

#[test]
fn events_stand_by_gravity_with_what_is_over_below_and_by_a_column_when_asked() {
    let p = picture();
    let ids = |a: &Asked| -> Vec<String> {
        let rows = shown(&p, a).0;
        rows.iter()
            .map(|r| r.id.chars().last().into_iter().collect())
            .collect()
    };
    assert_eq!(ids(&asked(Table::Events)), ["3", "1", "2"]);
    let mut by_impact = asked(Table::Events);
    by_impact.column = Some(2);
    assert_eq!(ids(&by_impact), ["1", "3", "2"]);
    by_impact.down = true;
    assert_eq!(ids(&by_impact), ["2", "3", "1"]);
}

#[test]
fn words_filter_and_what_is_not_known_stands_at_the_end_in_both_directions() {
    let p = picture();
    let mut a = asked(Table::Events);
    a.words = "very HIGH".to_owned();
    let (rows, found, there) = shown(&p, &a);
    assert_eq!((rows.len(), found, there), (1, 1, 3));
    assert_eq!(
        order(&By::Unknown, &By::Number(1.0), false),
        Ordering::Greater
    );
    assert_eq!(
        order(&By::Unknown, &By::Number(1.0), true),
        Ordering::Greater
    );
}

#[test]
fn what_is_more_than_is_shown_is_counted() {
    let mut p = Picture::default();
    for n in 0..400u32 {
        let r = unit(&format!("u{n}"), "BG", UnitStatus::Available);
        p.entities.insert(r.key(), r);
    }
    let (rows, found, there) = shown(&p, &asked(Table::Units));
    assert_eq!((rows.len(), found, there), (MOST, 400, 400));
}
