//! Areas on the map: drawn, changed on the version that was looked at, removed; what cannot be drawn is refused with its
//! reason, and nothing of it is seen.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{House, at, draft, officer, police, river};
use oneroof_model::{
    Area, AreaDraft, AreaId, AreaPurpose, AreaShape, CommandBody, CommandRefusal, EventId, LatLon,
    MAX_AREAS, Marking, Mode, Receipt,
};
use uuid::Uuid;

fn id(n: u128) -> AreaId {
    AreaId(Uuid::from_u128(n))
}

fn circle(radius_m: f64) -> AreaDraft {
    AreaDraft {
        name: "North bank".to_owned(),
        purpose: AreaPurpose::Search,
        shape: AreaShape::Circle {
            center: LatLon::new(47.95, 23.88).unwrap(),
            radius_m,
        },
        event: None,
        until: None,
        mode: Mode::Actual,
        marking: Marking::default(),
    }
}

fn set(n: u128, draft: AreaDraft) -> CommandBody {
    CommandBody::SetArea {
        area: id(n),
        draft: Box::new(draft),
    }
}

async fn told(house: &House, body: CommandBody, if_version: Option<u64>) -> Receipt {
    let command = house.command(body, if_version);
    house.room.command(command).await.unwrap()
}

fn done(version: Option<u64>) -> Receipt {
    Receipt::Done {
        repeated: false,
        event: None,
        version,
    }
}

fn refused(refusal: CommandRefusal) -> Receipt {
    Receipt::Refused { refusal }
}

fn area(house: &House, n: u128) -> Option<Area> {
    house.picture().area(id(n)).cloned()
}

async fn one_event(house: &House) -> EventId {
    house
        .report(&police(), draft("UBC01", at(0, 42, 0), river()))
        .await
        .1
}

#[tokio::test]
async fn an_area_is_drawn_changed_and_removed_and_says_who_did() {
    let house = House::open().await;
    house.at(0, 45, 0);
    assert_eq!(
        told(&house, set(1, circle(500.0)), None).await,
        done(Some(1))
    );
    let drawn = area(&house, 1).unwrap();
    assert_eq!((drawn.version, &drawn.drawn_by), (1, &officer()));
    assert_eq!((drawn.drawn_at, drawn.changed_by), (at(0, 45, 0), None));

    house.at(0, 50, 0);
    let larger = set(1, circle(900.0));
    assert_eq!(told(&house, larger, Some(1)).await, done(Some(2)));
    let changed = area(&house, 1).unwrap();
    assert_eq!(changed.drawn_at, at(0, 45, 0), "who drew it stays");
    assert_eq!(changed.changed_at, Some(at(0, 50, 0)));

    let remove = CommandBody::RemoveArea { area: id(1) };
    let older = CommandRefusal::Conflict {
        expected: 1,
        current: 2,
    };
    assert_eq!(told(&house, remove.clone(), Some(1)).await, refused(older));
    assert_eq!(told(&house, remove.clone(), Some(2)).await, done(None));
    assert_eq!(area(&house, 1), None);
    let gone = CommandRefusal::NotFound {
        what: "area".to_owned(),
    };
    assert_eq!(told(&house, remove, None).await, refused(gone.clone()));
    let late = set(1, circle(700.0));
    assert_eq!(told(&house, late, Some(2)).await, refused(gone));
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_change_names_the_version_that_it_goes_on_from() {
    let house = House::open().await;
    told(&house, set(1, circle(500.0)), None).await;
    for (named, expected) in [(None, 0), (Some(0), 0), (Some(7), 7)] {
        let conflict = CommandRefusal::Conflict {
            expected,
            current: 1,
        };
        let said = told(&house, set(1, circle(600.0)), named).await;
        assert_eq!(said, refused(conflict), "{named:?}");
    }
    assert_eq!(area(&house, 1).unwrap().said, circle(500.0));
}

#[tokio::test]
async fn what_cannot_be_drawn_is_refused_with_its_reason() {
    let house = House::open().await;
    house.at(1, 0, 0);
    let p = |lat, lon| LatLon::new(lat, lon).unwrap();
    let bow = AreaShape::Polygon {
        ring: vec![p(48.0, 24.0), p(48.1, 24.1), p(48.0, 24.1), p(48.1, 24.0)],
    };
    for (draft, reason) in [
        (
            AreaDraft {
                shape: bow,
                ..circle(500.0)
            },
            "the polygon crosses itself",
        ),
        (circle(10.0), "a radius of 50 to 200000 m, not 10"),
        (
            AreaDraft {
                name: "x".repeat(81),
                ..circle(500.0)
            },
            "the name has 81 characters, at most 80 are taken",
        ),
        (
            AreaDraft {
                until: Some(at(0, 59, 59)),
                ..circle(500.0)
            },
            "it would be over already",
        ),
    ] {
        let invalid = CommandRefusal::Invalid {
            why: reason.to_owned(),
        };
        assert_eq!(told(&house, set(1, draft), None).await, refused(invalid));
    }
    assert_eq!(house.picture().area_count(), 0);
    assert_eq!(house.picture().position(), 1, "nothing was journalled");
}

#[tokio::test]
async fn an_area_that_is_over_is_changed_without_a_new_end_and_stays_until_removed() {
    let house = House::open().await;
    house.at(1, 0, 0);
    let short = AreaDraft {
        until: Some(at(1, 30, 0)),
        ..circle(500.0)
    };
    told(&house, set(1, short.clone()), None).await;
    house.at(2, 0, 0);
    assert!(area(&house, 1).unwrap().is_over(at(2, 0, 0)));
    let renamed = AreaDraft {
        name: "South bank".to_owned(),
        ..short
    };
    assert_eq!(told(&house, set(1, renamed), Some(1)).await, done(Some(2)));
}

#[tokio::test]
async fn an_area_belongs_to_an_event_that_is_there_and_of_its_mode() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let event = one_event(&house).await;
    let of = |event, mode| AreaDraft {
        event: Some(event),
        mode,
        ..circle(500.0)
    };
    let nowhere = set(1, of(EventId(Uuid::from_u128(99)), Mode::Actual));
    assert_eq!(
        told(&house, nowhere, None).await,
        refused(CommandRefusal::NotFound {
            what: "event".to_owned()
        })
    );
    let mixed = set(1, of(event, Mode::Exercise));
    assert!(matches!(
        told(&house, mixed, None).await,
        Receipt::Refused {
            refusal: CommandRefusal::NotAllowed { .. }
        }
    ));
    let good = set(1, of(event, Mode::Actual));
    assert_eq!(told(&house, good, None).await, done(Some(1)));
    let picture = house.picture();
    assert_eq!(picture.areas_of(event).count(), 1);
    let moved = AreaDraft {
        mode: Mode::Exercise,
        ..circle(500.0)
    };
    assert!(matches!(
        told(&house, set(1, moved), Some(1)).await,
        Receipt::Refused {
            refusal: CommandRefusal::NotAllowed { .. }
        }
    ));
}

#[tokio::test]
async fn one_more_area_than_the_bound_is_refused_until_one_is_removed() {
    let house = House::open().await;
    let most = u128::try_from(MAX_AREAS).unwrap();
    for n in 0..most {
        assert_eq!(
            told(&house, set(n, circle(500.0)), None).await,
            done(Some(1))
        );
    }
    let one_more = || set(most, circle(500.0));
    let said = told(&house, one_more(), None).await;
    let Receipt::Refused {
        refusal: CommandRefusal::NotAllowed { why },
    } = said
    else {
        unreachable!("{said:?}")
    };
    assert!(why.starts_with("500 areas are there"), "{why}");
    assert_eq!(
        told(&house, set(3, circle(600.0)), Some(1)).await,
        done(Some(2)),
        "a change of one of them is none more"
    );
    told(&house, CommandBody::RemoveArea { area: id(7) }, None).await;
    assert_eq!(told(&house, one_more(), None).await, done(Some(1)));
}
