//! Areas drawn on the map: each change goes on from the one before, and an area goes with its event.

mod common;

use common::{area, area_id, event_id, go_on, officer, opened, recorded, report, report_id, time};
use oneroof_model::{EntryBody, EventState, MAX_AREAS, Mode};
use oneroof_picture::{Change, Picture};

/// Applies one more entry that must not fit.
fn refused(picture: &mut Picture, body: EntryBody) {
    let (seq, anomalies) = (picture.position() + 1, picture.anomalies());
    assert_eq!(picture.apply(seq, time(seq), Some(body)), []);
    assert_eq!(picture.anomalies(), anomalies + 1);
}

#[test]
fn an_area_is_drawn_changed_and_removed_and_an_older_version_does_not_fit() {
    let mut picture = Picture::default();
    let id = area_id(1);
    assert_eq!(go_on(&mut picture, area(id, 1, None)), [Change::Area(id)]);
    assert_eq!(go_on(&mut picture, area(id, 2, None)), [Change::Area(id)]);
    for version in [0, 1, 2, 4] {
        refused(&mut picture, area(id, version, None));
    }
    assert_eq!(picture.area(id).unwrap().said.name, "version 2");
    let removed = EntryBody::AreaRemoved {
        area: id,
        by: officer(),
    };
    assert_eq!(go_on(&mut picture, removed.clone()), [Change::Area(id)]);
    assert_eq!(picture.area_count(), 0);
    refused(&mut picture, removed);
    refused(&mut picture, area(id, 3, None));
}

#[test]
fn nobody_takes_over_an_area_or_moves_it_into_another_mode_by_a_change() {
    let mut picture = Picture::default();
    go_on(&mut picture, area(area_id(1), 1, None));
    let EntryBody::AreaSet { area: mut other } = area(area_id(1), 2, None) else {
        unreachable!("an area")
    };
    other.said.mode = Mode::Exercise;
    refused(
        &mut picture,
        EntryBody::AreaSet {
            area: other.clone(),
        },
    );
    other.said.mode = Mode::Actual;
    other.drawn_at = time(9);
    refused(&mut picture, EntryBody::AreaSet { area: other });
}

#[test]
fn an_area_of_an_event_goes_with_it_when_it_is_filed() {
    let mut picture = Picture::default();
    go_on(&mut picture, recorded(report(1)));
    go_on(&mut picture, opened(event_id(1), report_id(1), 1));
    refused(&mut picture, area(area_id(1), 1, Some(event_id(7))));
    go_on(&mut picture, area(area_id(1), 1, Some(event_id(1))));
    go_on(&mut picture, area(area_id(2), 1, None));
    assert_eq!(picture.areas_of(event_id(1)).count(), 1);
    go_on(
        &mut picture,
        EntryBody::EventStateSet {
            event: event_id(1),
            state: EventState::Closed,
            reason: None,
            by: officer(),
        },
    );
    let filed = EntryBody::EventsArchived {
        events: vec![event_id(1)],
    };
    let changes = go_on(&mut picture, filed);
    assert_eq!(
        changes,
        [Change::Archived(event_id(1)), Change::Area(area_id(1))]
    );
    let left: Vec<_> = picture.areas().map(|a| a.id).collect();
    assert_eq!(left, [area_id(2)]);
}

#[test]
fn there_are_never_more_areas_than_the_bound() {
    let mut picture = Picture::default();
    for n in 0..MAX_AREAS {
        let id = oneroof_model::AreaId(uuid::Uuid::from_u128(n as u128));
        go_on(&mut picture, area(id, 1, None));
    }
    let one_more = oneroof_model::AreaId(uuid::Uuid::from_u128(u128::MAX));
    refused(&mut picture, area(one_more, 1, None));
    assert_eq!(picture.area_count(), MAX_AREAS);
}
