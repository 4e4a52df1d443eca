//! Areas on the map reach who may see them, and walls without a word that somebody wrote.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use common::{Wanted, at, bench, bench_with, count, red, report};
use oneroof_live::Shows;
use oneroof_model::{
    AreaDraft, AreaId, AreaPurpose, AreaShape, CommandBody, EventId, Marking, Mode, Receipt,
    ReportDraft,
};
use oneroof_wire::client::Picture;
use oneroof_wire::{AreaView, Entity, EntityKind, Filter};

fn set(n: u128, name: &str, event: Option<EventId>, marking: Marking) -> CommandBody {
    CommandBody::SetArea {
        area: AreaId(uuid::Uuid::from_u128(n)),
        draft: Box::new(AreaDraft {
            name: name.to_owned(),
            purpose: AreaPurpose::Danger,
            shape: AreaShape::Circle {
                center: at(48.0, 24.0),
                radius_m: 800.0,
            },
            event,
            until: None,
            mode: Mode::Actual,
            marking,
        }),
    }
}

fn areas(picture: &Picture) -> Vec<&AreaView> {
    let all = picture.entities.values();
    all.filter_map(|e| match e {
        Entity::Area(a) => Some(&**a),
        _ => None,
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn an_area_is_on_every_desk_as_soon_as_it_is_drawn_and_gone_when_it_is_removed() {
    let bench = bench().await;
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    let drawn = set(1, "North bank", None, Marking::default());
    assert!(matches!(
        bench.command(1, drawn).await,
        Receipt::Done { .. }
    ));
    screen
        .until_picture(|p| count(p, EntityKind::Area) == 1)
        .await;
    let shown = areas(&screen.picture)[0].clone();
    assert_eq!(
        (shown.name.as_str(), shown.version, shown.purpose),
        ("North bank", 1, AreaPurpose::Danger)
    );
    assert!(shown.drawn_by.is_some() && shown.marking.is_some());
    // Who comes later has it from the snapshot.
    let mut late = bench.screen(None, Filter::default()).await;
    late.begun().await;
    assert_eq!(areas(&late.picture), [&shown]);
    let remove = CommandBody::RemoveArea { area: shown.id };
    bench.command(2, remove).await;
    screen
        .until_picture(|p| count(p, EntityKind::Area) == 0)
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_area_is_not_told_where_its_marking_or_its_event_is_not_released() {
    let bench = bench().await;
    let hidden = bench
        .event(ReportDraft {
            marking: Some(red()),
            ..report(0)
        })
        .await;
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    bench
        .command(1, set(1, "covert post", Some(hidden), Marking::default()))
        .await;
    bench.command(2, set(2, "covert too", None, red())).await;
    bench
        .command(3, set(3, "for all", None, Marking::default()))
        .await;
    screen
        .until_picture(|p| count(p, EntityKind::Area) > 0)
        .await;
    screen.settled().await;
    let names: Vec<&str> = areas(&screen.picture)
        .iter()
        .map(|a| a.name.as_str())
        .collect();
    assert_eq!(names, ["for all"]);
    assert_eq!(bench.room.picture().read().area_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_wall_shows_where_and_what_for_and_no_name() {
    let wall = bench_with(Wanted {
        shows: Shows::Wall,
        ..Wanted::default()
    })
    .await;
    let mut screen = wall.wall("north").await;
    screen.begun().await;
    let drawn = set(1, "House of Petrenko", None, Marking::default());
    wall.command(1, drawn).await;
    screen
        .until_picture(|p| count(p, EntityKind::Area) == 1)
        .await;
    let shown = areas(&screen.picture)[0];
    assert_eq!(
        (shown.name.as_str(), shown.purpose),
        ("", AreaPurpose::Danger)
    );
    assert_eq!((&shown.drawn_by, &shown.marking), (&None, &None));
    assert!(matches!(shown.shape, AreaShape::Circle { .. }));
}
