//! Who may not see something finds no trace of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::time::Duration;

use common::{Bench, Told, Wanted, at, bench, bench_with, count, feed, red, report};
use oneroof_live::{Frame, Shows};
use oneroof_model::{CommandBody, EventId, Mode, Place, RecordOutcome, ReportDraft};
use oneroof_wire::{ClientMessage, Entity, EntityKind, Filter, ServerMessage, Show};

fn secret(n: u32) -> ReportDraft {
    ReportDraft {
        marking: Some(red()),
        title: Some("a covert observation".to_owned()),
        place: Place::point(at(48.0 + f64::from(n) / 1_000.0, 24.0)),
        ..report(n)
    }
}

async fn submit(bench: &Bench, org: &str, draft: ReportDraft) -> EventId {
    match bench
        .submit(feed(org, Mode::Actual), vec![draft])
        .await
        .as_slice()
    {
        [
            RecordOutcome::Accepted {
                event: Some(event), ..
            },
        ] => *event,
        other => panic!("{other:?}"),
    }
}

/// Everything that a new screen is sent until two beats have passed, as text.
async fn transcript(bench: &Bench) -> String {
    let mut screen = bench.screen(None, Filter::default()).await;
    let (mut text, mut beats) = (String::new(), 0);
    while beats < 2 {
        if let Frame::Text(json) = screen.frame().await.unwrap() {
            beats += u32::from(json.starts_with(r#"{"t":"beat""#));
            text.push_str(&json);
            text.push('\n');
        }
    }
    text
}

/// The same without what is drawn anew each time: cursors and the clock.
fn plain(transcript: &str) -> Vec<serde_json::Value> {
    transcript
        .lines()
        .map(|line| {
            let mut v: serde_json::Value = serde_json::from_str(line).unwrap();
            for name in ["cursor", "now"] {
                v.as_object_mut().unwrap().remove(name);
            }
            v
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_report_marked_red_leaves_no_trace() {
    let bench = bench().await;
    let seen = submit(&bench, "BG", report(0)).await;
    let before = transcript(&bench).await;
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    screen.settled().await;
    let had = screen.picture.clone();

    // Near the other, so that the room suggests that the two are one.
    let hidden = submit(&bench, "SS", secret(0)).await;
    assert_eq!(
        bench
            .room
            .picture()
            .read()
            .open_suggestions_of(hidden)
            .count(),
        1
    );
    bench.clock.advance(Duration::from_secs(1));
    for _ in 0..3 {
        match screen.next().await.unwrap() {
            Told::Message(ServerMessage::Beat { seq, .. }, _) => assert_eq!(seq, 0),
            Told::Message(other, _) => panic!("a trace: {other:?}"),
            _ => {}
        }
    }
    assert_eq!(screen.picture.entities, had.entities);
    let after = transcript(&bench).await;
    assert_eq!(
        plain(&after),
        plain(&before),
        "not in counts, not in numbers"
    );
    for trace in ["covert", &hidden.to_string()] {
        assert!(!after.contains(trace), "{trace}");
    }

    // A command on it is journalled and changes nothing here either.
    let body = CommandBody::LinkEvents {
        event: seen,
        other: hidden,
        kind: oneroof_model::EventLinkKind::SamePersons,
    };
    bench.command(1, body).await;
    assert!(!transcript(&bench).await.contains(&hidden.to_string()));
}

#[tokio::test(start_paused = true)]
async fn of_an_event_that_rests_on_red_as_well_the_visible_part_is_shown() {
    let bench = bench().await;
    let survivor = submit(&bench, "BG", report(0)).await;
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    let hidden = submit(&bench, "SS", secret(0)).await;
    let body = CommandBody::Merge {
        survivor,
        absorbed: hidden,
    };
    bench.command(1, body).await;
    screen.settled().await;
    let text = transcript(&bench).await;
    for trace in ["covert", &hidden.to_string(), "\"SS\"]"] {
        assert!(!text.contains(trace), "{trace}");
    }
    let event = screen
        .picture
        .entities
        .values()
        .find_map(|e| match e {
            Entity::Event(v) => Some(v.clone()),
            _ => None,
        })
        .unwrap();
    assert_eq!((event.reports.len(), event.merges.len()), (1, 0));
    assert_eq!(event.orgs, ["BG".into()]);
    assert_eq!(event.updated_at, event.first_known_at);
    assert_eq!(count(&screen.picture, EntityKind::Suggestion), 0);
}

#[tokio::test(start_paused = true)]
async fn a_suggestion_is_shown_where_all_that_it_was_made_of_is() {
    let bench = bench().await;
    submit(&bench, "BG", report(0)).await;
    let mut twin = report(0);
    twin.title = Some("the same, by another".to_owned());
    submit(&bench, "PO", twin).await;
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    assert_eq!(count(&screen.picture, EntityKind::Suggestion), 1);
    let sections = screen
        .picture
        .entities
        .values()
        .filter_map(|e| match e {
            Entity::Section(s) => Some(s.open_events),
            _ => None,
        })
        .sum::<u32>();
    assert_eq!(sections, 2);
}

#[tokio::test(start_paused = true)]
async fn an_exercise_and_the_real_thing_never_meet_on_a_screen() {
    let bench = bench().await;
    bench
        .submit(feed("BG", Mode::Exercise), vec![report(1)])
        .await;
    bench.submit(feed("BG", Mode::Test), vec![report(2)]).await;
    bench
        .submit(feed("BG", Mode::Actual), vec![report(3)])
        .await;
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    assert_eq!(screen.titles(), ["report 3"]);
    assert_eq!(count(&screen.picture, EntityKind::Event), 1);
    bench
        .submit(feed("BG", Mode::Exercise), vec![report(4)])
        .await;
    screen.settled().await;
    assert_eq!(screen.picture.seq, 0);

    let bench = bench.restarted(Wanted {
        mode: Mode::Exercise,
        nonce: 2,
        ..Wanted::default()
    });
    let bench = bench.await;
    let had = screen.drop_line();
    let mut screen = bench.screen(had.cursor.clone(), Filter::default()).await;
    screen.picture = had;
    assert!(
        !screen.begun().await,
        "what is on the screen is of another mode"
    );
    assert_eq!(screen.titles(), ["report 1", "report 4"]);
}

#[tokio::test(start_paused = true)]
async fn an_audience_that_sees_nothing_gets_nothing() {
    let bench = bench_with(Wanted {
        audience: Some(oneroof_model::Audience::nobody()),
        ..Wanted::default()
    })
    .await;
    submit(&bench, "BG", report(0)).await;
    bench.positions(vec![common::vessel(1, 46.0, 31.0)]);
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    screen.settled().await;
    assert_eq!(count(&screen.picture, EntityKind::Event), 0);
    assert_eq!(count(&screen.picture, EntityKind::Report), 0);
    assert!(screen.vessels().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_wall_gets_what_happens_and_no_word_that_somebody_wrote() {
    let wall = bench_with(Wanted {
        shows: Shows::Wall,
        ..Wanted::default()
    })
    .await;
    let draft = ReportDraft {
        title: Some("Ivan Petrenko seen".to_owned()),
        text: Some("passport FA123456".to_owned()),
        place: Place {
            described: Some("Lisova 7".to_owned()),
            ..Place::point(at(48.0, 24.0))
        },
        ..report(0)
    };
    let event = submit(&wall, "BG", draft).await;
    let note = CommandBody::AddNote {
        event,
        text: "call his brother".to_owned(),
        attachments: vec![],
    };
    wall.command(9, note).await;
    let told = transcript(&wall).await;
    assert!(
        told.contains(&event.to_string()),
        "the event itself is told"
    );
    for word in [
        "Petrenko",
        "FA123456",
        "Lisova",
        "brother",
        "\"entity\":\"report\"",
    ] {
        assert!(!told.contains(word), "{word} is on the wall's line: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_hub_knows_whether_a_wall_has_painted_what_it_was_sent() {
    let bench = bench_with(Wanted {
        shows: Shows::Wall,
        ..Wanted::default()
    })
    .await;
    let mut screen = bench.wall("north").await;
    screen.begun().await;
    submit(&bench, "BG", report(0)).await;
    screen.settled().await;
    let sent = screen.picture.seq;
    bench.clock.advance(Duration::from_secs(7));
    let state = bench.hub.walls().remove(0);
    assert_eq!((state.name.as_str(), state.pages), ("north", 1));
    assert_eq!((state.sent, state.painted), (sent, 0));
    assert!(state.behind_s >= 7.0, "{state:?}");
    screen.say(&ClientMessage::Painted { seq: sent }).await;
    screen.settled().await;
    let state = bench.hub.walls().remove(0);
    assert_eq!((state.painted, state.behind_s), (sent, 0.0));
    let show = Show {
        at: at(48.0, 24.0),
        zoom: 9.0,
        event: None,
    };
    assert!(bench.hub.show("north", show.clone()) && !bench.hub.show("south", show));
    let mut heard = false;
    for _ in 0..50 {
        if let Some(Frame::Text(json)) = screen.frame().await
            && json.starts_with(r#"{"t":"show""#)
        {
            heard = true;
            break;
        }
    }
    assert!(heard, "the wall is asked");
    drop(screen);
    tokio::time::sleep(Duration::from_secs(40)).await;
    let state = bench.hub.walls().remove(0);
    assert!(state.pages == 0 && state.left_at.is_some(), "{state:?}");
}
