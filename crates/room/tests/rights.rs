//! What may not be seen leaves no trace in what is given.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::sync::Arc;

use common::{House, at, config, draft, emergency, feed, police, river, with_key, with_text};
use oneroof_model::{
    Audience, CommandBody, EventId, EventState, Interval, Marking, Receipt, ReportDraft, ReportId,
    SourceKind, Tlp,
};
use oneroof_picture::Picture;
use oneroof_room::FeedContext;
use oneroof_wire::project;

fn room() -> Audience {
    Audience::room(config().orgs())
}

/// Everything that an audience is given of a picture, as JSON.
fn given(picture: &Picture, audience: &Audience) -> String {
    let event = |id| project::event(picture.event(id)?, picture, audience);
    let events: Vec<_> = picture.events().filter_map(|e| event(e.id)).collect();
    let reports: Vec<_> = picture
        .reports()
        .filter_map(|(_, s)| project::report(s.report.as_ref()?, picture, audience))
        .collect();
    let whole = |id| {
        let event = picture.event(id);
        event.is_some_and(|e| project::sees_whole_event(e, picture, audience))
    };
    let suggestions: Vec<_> = picture
        .suggestions()
        .filter_map(|s| project::suggestion(s, whole(s.a) && whole(s.b)))
        .collect();
    serde_json::to_string(&(events, reports, suggestions)).unwrap()
}

fn service() -> Arc<FeedContext> {
    let marking = Marking {
        tlp: Tlp::Red,
        ..Marking::default()
    };
    Arc::new(FeedContext {
        marking,
        ..(*feed("ss-notes", "SS", SourceKind::NationalAuthority)).clone()
    })
}

/// A report of the security service: its own time, type and words, and the highest impact.
fn secret() -> ReportDraft {
    let mut d = with_text(
        draft("SEC03", at(0, 31, 17), river()),
        "reconnaissance group",
    );
    d.occurred = Some(Interval::between(at(0, 31, 17), at(0, 39, 59)));
    d.life_at_risk = Some(true);
    with_key(d, "ss-4711", Some(1))
}

fn told_nothing(house: &House, report: ReportId, own: Option<EventId>) {
    let given = given(&house.picture(), &room());
    let mut traces = vec![
        report.to_string(),
        "reconnaissance".to_owned(),
        "ss-4711".to_owned(),
        "SEC03".to_owned(),
        "\"SS\"".to_owned(),
        "00:31:17".to_owned(),
        "ss-notes".to_owned(),
    ];
    traces.extend(own.map(|e| e.to_string()));
    for trace in traces {
        assert!(!given.contains(&trace), "{trace} in {given}");
    }
    // The service itself is given its own.
    let service = Audience {
        orgs: ["SS".into()].into(),
        ..room()
    };
    let own = crate::given(&house.picture(), &service);
    assert!(own.contains("reconnaissance"));
}

#[tokio::test]
async fn a_report_marked_red_leaves_no_trace_in_what_the_room_is_given() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let seen = with_text(draft("UBC01", at(0, 42, 0), river()), "six persons");
    let (open, event) = house.report(&police(), seen).await;
    let before = given(&house.picture(), &room());
    assert!(before.contains("six persons"));

    // By itself it opens an event that is not there for the room, nor is a suggestion that names it.
    let (red, own) = house.report(&service(), secret()).await;
    assert!(!house.suggestions().is_empty());
    told_nothing(&house, red, Some(own));
    assert_eq!(given(&house.picture(), &room()), before);

    // Merged into what the room sees, it adds no report, no agency, no value and no merge.
    house
        .done(CommandBody::Merge {
            survivor: event,
            absorbed: own,
        })
        .await;
    assert!(house.event(event).curation.life_at_risk.value);
    // Not even that something happened to it: the version is the one that the room looked at, and a command may name it.
    let seen = |house: &House| project::version(&house.event(event), &house.picture(), &room());
    assert_eq!((seen(&house), house.event(event).version), (1, 2));
    let triage = CommandBody::SetState {
        event,
        state: EventState::Triaged,
        reason: None,
    };
    let order = house.command(triage, Some(1));
    let audience = Arc::new(room());
    let receipt = house.room.command_of(audience, order).await.unwrap();
    assert!(
        matches!(
            receipt,
            Receipt::Done {
                version: Some(2),
                ..
            }
        ),
        "{receipt:?}"
    );
    assert_eq!((seen(&house), house.event(event).version), (2, 3));
    told_nothing(&house, red, Some(own));
    let picture = house.picture();
    let view = project::event(picture.event(event).unwrap(), &picture, &room()).unwrap();
    let reports: Vec<ReportId> = view.reports.iter().map(|a| a.report).collect();
    assert_eq!(reports, [open]);
    assert_eq!(view.orgs, ["PO".into()]);
    assert!(!view.life_at_risk && view.merges.is_empty());
    assert_eq!(view.type_code, None, "what it rests on is not seen");
    assert_eq!(
        view.occurred,
        Some(Interval::at(at(0, 42, 0))),
        "of what is seen"
    );
    assert_eq!(view.first_known_at, view.aware_at);

    // Nor does anything that is tied to it name it.
    let followed = with_text(draft("UBC01", at(0, 43, 0), river()), "seven persons");
    let update = common::related(
        followed,
        oneroof_model::Relation::Update {
            of: vec!["ss-4711".to_owned()],
        },
    );
    let open_feed = FeedContext {
        marking: Marking::default(),
        org: "BG".into(),
        ..(*service()).clone()
    };
    let update = ReportDraft {
        org: Some("BG".into()),
        ..update
    };
    let (tied, _) = house.report(&Arc::new(open_feed), update).await;
    let given = given(&house.picture(), &room());
    assert!(given.contains(&tied.to_string()));
    assert!(!given.contains(&red.to_string()), "{given}");
}

#[tokio::test]
async fn an_event_of_visible_reports_is_given_whole() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (a, event) = house
        .report(&police(), draft("UBC01", at(0, 42, 0), river()))
        .await;
    let mut cry = draft("MAR05", at(0, 43, 0), river());
    cry.aware = Some(at(0, 41, 0));
    let (b, absorbed) = house.report(&emergency(), cry).await;
    house
        .done(CommandBody::Merge {
            survivor: event,
            absorbed,
        })
        .await;
    let picture = house.picture();
    let of = |id| project::event(picture.event(id).unwrap(), &picture, &room()).unwrap();
    let view = of(event);
    let reports: Vec<ReportId> = view.reports.iter().map(|r| r.report).collect();
    assert_eq!(reports, [a, b]);
    assert_eq!(view.type_code, Some("MAR05".into()));
    assert_eq!(
        view.occurred,
        Some(Interval::between(at(0, 42, 0), at(0, 43, 0)))
    );
    assert_eq!(view.merges.len(), 1);
    assert_eq!(of(absorbed).merged_into, Some(event));
    // And nothing of it to nobody.
    let all = given(&picture, &Audience::nobody());
    assert_eq!(all, "[[],[],[]]");
}

#[tokio::test]
async fn the_clock_of_a_merged_event_runs_from_the_first_awareness_of_any_report() {
    let house = House::open().await;
    house.at(0, 46, 0);
    let (_, older) = house
        .report(&police(), draft("UBC01", at(0, 40, 0), river()))
        .await;
    let aware = ReportDraft {
        aware: Some(at(0, 41, 0)),
        ..draft("UBC02", at(0, 40, 30), river())
    };
    let (_, younger) = house.report(&emergency(), aware).await;
    let clock = |id| {
        let picture = house.picture();
        project::event(picture.event(id).unwrap(), &picture, &room())
            .unwrap()
            .aware_at
    };
    assert_eq!((clock(older), clock(younger)), (at(0, 46, 0), at(0, 41, 0)));
    let merge = CommandBody::Merge {
        survivor: older,
        absorbed: younger,
    };
    house.done(merge).await;
    assert_eq!(clock(older), at(0, 41, 0));
}
