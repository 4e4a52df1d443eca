//! Two people at one event: a command is carried out once, on what its sender looked at, or refused and nothing is
//! changed.

mod common;

use common::{House, assert_same, at, draft, emergency, nobody, officer, police, river, with_text};
use oneroof_model::{
    Actor, Command, CommandBody, CommandRefusal, Did, DismissReason, EventId, EventImpact,
    EventLinkKind, EventState, MAX_ACTS, MAX_TEXT_BYTES, Receipt, ReportId, SectionLevel,
    SettledValue,
};

async fn one_event(house: &House) -> EventId {
    house.at(0, 45, 0);
    house
        .report(&police(), draft("UBC01", at(0, 42, 0), river()))
        .await
        .1
}

fn impact(event: EventId, impact: EventImpact) -> CommandBody {
    CommandBody::SetImpact { event, impact }
}

fn state(event: EventId, state: EventState) -> CommandBody {
    CommandBody::SetState {
        event,
        state,
        reason: None,
    }
}

#[tokio::test]
async fn a_command_on_an_older_version_is_refused_with_the_current_one() {
    let house = House::open().await;
    let event = one_event(&house).await;
    let looked_at = house.event(event).version;
    let first = house.command(impact(event, EventImpact::High), Some(looked_at));
    let done = house.room.command(first).await.unwrap();
    let current = looked_at + 1;
    assert_eq!(
        done,
        Receipt::Done {
            repeated: false,
            event: Some(event),
            version: Some(current)
        }
    );
    let before = house.picture();
    for body in [
        impact(event, EventImpact::Low),
        state(event, EventState::Validated),
        CommandBody::SetLifeAtRisk {
            event,
            life_at_risk: true,
        },
        CommandBody::SetType {
            event,
            type_code: "UBC05".into(),
        },
        CommandBody::SetLead {
            event,
            lead: "PO".into(),
        },
    ] {
        let second = house.command(body, Some(looked_at));
        let conflict = CommandRefusal::Conflict {
            expected: looked_at,
            current,
        };
        assert_eq!(
            house.room.command(second).await.unwrap(),
            Receipt::Refused { refusal: conflict }
        );
    }
    assert_eq!(house.picture(), before);
    assert_eq!(house.event(event).curation.impact.value, EventImpact::High);
    // On what is there now it goes.
    let third = house.command(impact(event, EventImpact::Low), Some(current));
    assert!(matches!(
        house.room.command(third).await,
        Ok(Receipt::Done { .. })
    ));
}

#[tokio::test]
async fn of_two_commands_sent_at_once_on_one_version_one_is_done() {
    let house = House::open().await;
    let event = one_event(&house).await;
    let version = house.event(event).version;
    let high = house.command(impact(event, EventImpact::High), Some(version));
    let low = house.command(impact(event, EventImpact::Low), Some(version));
    let (first, second) = tokio::join!(house.room.command(high), house.room.command(low));
    assert!(matches!(first, Ok(Receipt::Done { .. })), "{first:?}");
    assert_eq!(
        second,
        Ok(Receipt::Refused {
            refusal: CommandRefusal::Conflict {
                expected: version,
                current: version + 1
            }
        })
    );
    assert_eq!(house.event(event).curation.impact.value, EventImpact::High);
}

#[tokio::test]
async fn a_command_sent_twice_is_carried_out_once() {
    let house = House::open().await;
    let event = one_event(&house).await;
    let note = CommandBody::AddNote {
        event,
        text: "The boat is on its way.".to_owned(),
        attachments: Vec::new(),
    };
    let command = house.command(note.clone(), None);
    let (first, second) = tokio::join!(
        house.room.command(command.clone()),
        house.room.command(command.clone())
    );
    let done = |repeated| Receipt::Done {
        repeated,
        event: Some(event),
        version: Some(2),
    };
    assert_eq!(
        (first, second),
        (Ok(done(false)), Ok(done(true))),
        "in one batch"
    );
    house.done(note.clone()).await;
    assert_eq!(
        house.room.command(command.clone()).await,
        Ok(done(true)),
        "later"
    );
    let house = house.again().await;
    assert_eq!(
        house.room.command(command).await,
        Ok(done(true)),
        "after a restart"
    );
    assert_eq!(house.event(event).notes.len(), 2);
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let house = House::open().await;
    let event = one_event(&house).await;
    let close = house.command(state(event, EventState::Closed), None);
    let refused = house.room.command(close.clone()).await.unwrap();
    assert!(matches!(
        refused,
        Receipt::Refused {
            refusal: CommandRefusal::NotAllowed { .. }
        }
    ));
    for s in [EventState::Active, EventState::Resolved] {
        house.done(state(event, s)).await;
    }
    let done = house.room.command(close).await.unwrap();
    assert!(
        matches!(
            done,
            Receipt::Done {
                repeated: false,
                ..
            }
        ),
        "{done:?}"
    );
    assert_eq!(house.event(event).state, EventState::Closed);
}

/// An event, one that absorbed another, and that one with its report.
struct Three {
    event: EventId,
    other: EventId,
    absorbed: EventId,
    report: ReportId,
}

async fn three(house: &House) -> Three {
    let event = one_event(house).await;
    let cry = draft("MAR05", at(0, 43, 0), river());
    let (_, other) = house.report(&emergency(), cry.clone()).await;
    let (report, absorbed) = house.report(&emergency(), with_text(cry, "2")).await;
    let survivor = other;
    house.done(CommandBody::Merge { survivor, absorbed }).await;
    Three {
        event,
        other,
        absorbed,
        report,
    }
}

/// Values, states and notes that cannot be.
fn impossible_values(
    Three {
        event, absorbed, ..
    }: &Three,
) -> Vec<CommandBody> {
    let (event, absorbed, none) = (*event, *absorbed, EventId(nobody()));
    let write = |event, text: String| CommandBody::AddNote {
        event,
        text,
        attachments: Vec::new(),
    };
    let lead = |state, reason| CommandBody::SetState {
        event,
        state,
        reason,
    };
    vec![
        impact(none, EventImpact::Low),
        impact(absorbed, EventImpact::Low),
        state(absorbed, EventState::Triaged),
        lead(EventState::Merged, None),
        lead(EventState::New, None),
        lead(EventState::Dismissed, None),
        lead(EventState::Triaged, Some(DismissReason::FalseAlarm)),
        CommandBody::SetType {
            event,
            type_code: "ZZZ99".into(),
        },
        write(event, "  ".to_owned()),
        write(event, "x".repeat(MAX_TEXT_BYTES + 1)),
        write(none, "text".to_owned()),
        CommandBody::SetSectionLevel {
            section: "UA-XX-99".into(),
            level: SectionLevel::High,
        },
    ]
}

/// Merges and ties that cannot be.
fn impossible_ties(three: &Three) -> Vec<CommandBody> {
    let (event, absorbed, none) = (three.event, three.absorbed, EventId(nobody()));
    let merge = |survivor, absorbed| CommandBody::Merge { survivor, absorbed };
    let detach = |event| CommandBody::Detach {
        event,
        report: three.report,
    };
    let tie = |other| CommandBody::LinkEvents {
        event,
        other,
        kind: EventLinkKind::Causes,
    };
    vec![
        merge(event, event),
        merge(event, absorbed),
        merge(absorbed, event),
        merge(event, none),
        CommandBody::Unmerge {
            survivor: event,
            absorbed,
        },
        detach(event),
        detach(three.other),
        detach(absorbed),
        tie(event),
        tie(none),
    ]
}

#[tokio::test]
async fn a_command_that_cannot_be_carried_out_changes_nothing() {
    let house = House::open().await;
    let three = three(&house).await;
    let before = house.picture();
    let bodies = [impossible_values(&three), impossible_ties(&three)].concat();
    for body in bodies {
        let receipt = house.ask(body.clone()).await;
        assert!(matches!(receipt, Receipt::Refused { .. }), "{body:?}");
    }
    assert_same(&house.picture(), &before);
    assert_same(&house.replayed().await, &before);
}

#[tokio::test]
async fn nobody_commands_without_a_name() {
    let house = House::open().await;
    let event = one_event(&house).await;
    for (name, done) in [(" ", false), (&*"x".repeat(121), false), ("x", true)] {
        let by = Actor::Person {
            name: name.to_owned(),
            org: "NCC".into(),
        };
        let command = Command {
            by,
            ..house.command(impact(event, EventImpact::Low), None)
        };
        let receipt = house.room.command(command).await.unwrap();
        assert_eq!(matches!(receipt, Receipt::Done { .. }), done, "{receipt:?}");
    }
}

#[tokio::test]
async fn what_a_person_settled_stays_when_agencies_say_more_except_that_danger_is_raised_again() {
    let house = House::open().await;
    let event = one_event(&house).await;
    house.done(impact(event, EventImpact::Low)).await;
    let lead = |code: &str| CommandBody::SetLead {
        event,
        lead: code.into(),
    };
    house.done(lead("CU")).await;
    let nobody_knows = house.command(lead("XX"), None);
    assert_eq!(
        house.room.command(nobody_knows).await.unwrap(),
        Receipt::Refused {
            refusal: CommandRefusal::NotFound {
                what: "agency".to_owned()
            }
        }
    );
    house
        .done(CommandBody::SetLifeAtRisk {
            event,
            life_at_risk: false,
        })
        .await;
    house.at(0, 46, 0);
    let (_, other) = house
        .report(&emergency(), draft("MAR05", at(0, 43, 0), river()))
        .await;
    house
        .done(CommandBody::Merge {
            survivor: event,
            absorbed: other,
        })
        .await;
    assert_eq!(house.event(event).curation.impact.by, officer());
    assert_eq!(house.event(event).curation.impact.value, EventImpact::Low);
    assert!(!house.event(event).curation.life_at_risk.value);
    assert_eq!(house.event(event).curation.lead.value, "CU".into());

    house.at(0, 47, 0);
    let mut cry = draft("MAR05", at(0, 46, 0), river());
    cry.life_at_risk = Some(true);
    let (report, third) = house.report(&emergency(), cry).await;
    house
        .done(CommandBody::Merge {
            survivor: event,
            absorbed: third,
        })
        .await;
    let life = house.event(event).curation.life_at_risk;
    assert!(life.value, "said after the person decided");
    assert_eq!(life.rests_on, [report]);
}

#[tokio::test]
async fn what_people_do_is_in_the_picture_with_their_names() {
    let house = House::open().await;
    let event = one_event(&house).await;
    let (_, other) = house
        .report(&emergency(), draft("MAR05", at(0, 43, 0), river()))
        .await;
    let kind = EventLinkKind::Responds;
    house
        .done(CommandBody::LinkEvents { event, other, kind })
        .await;
    house
        .done(CommandBody::SetType {
            event,
            type_code: "UBC05".into(),
        })
        .await;
    let section: oneroof_model::SectionId = "UA-RO-01".into();
    let level = SectionLevel::Critical;
    house
        .done(CommandBody::SetSectionLevel {
            section: section.clone(),
            level,
        })
        .await;
    let picture = house.picture();
    assert_eq!(picture.level(&section), Some(SectionLevel::Critical));
    let now = picture.event(event).unwrap();
    assert_eq!((now.links[0].other, &now.links[0].by), (other, &officer()));
    assert_eq!(now.curation.type_code.value.as_str(), "UBC05");
    assert_eq!(now.curation.type_code.by, officer());
    assert!(now.curation.type_code.rests_on.is_empty());
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn the_log_of_an_event_tells_who_did_what_and_keeps_what_was_taken_back() {
    let house = House::open().await;
    let event = one_event(&house).await;
    let (_, other) = house
        .report(&emergency(), draft("MAR05", at(0, 43, 0), river()))
        .await;
    let kind = EventLinkKind::Responds;
    let tie = CommandBody::LinkEvents { event, other, kind };
    let untie = CommandBody::UnlinkEvents { event, other, kind };
    assert!(matches!(
        house.ask(untie.clone()).await,
        Receipt::Refused { .. }
    ));
    house.done(tie.clone()).await;
    assert!(
        matches!(house.ask(tie).await, Receipt::Refused { .. }),
        "once is enough"
    );
    house.done(untie).await;
    house.done(impact(event, EventImpact::Low)).await;
    house.done(impact(event, EventImpact::High)).await;
    let (survivor, absorbed) = (event, other);
    house.done(CommandBody::Merge { survivor, absorbed }).await;
    house
        .done(CommandBody::Unmerge { survivor, absorbed })
        .await;
    house
        .done(CommandBody::SetState {
            event,
            state: EventState::Dismissed,
            reason: Some(DismissReason::FalseAlarm),
        })
        .await;
    let now = house.event(event);
    let log: Vec<Did> = now.acts.iter().map(|a| a.did.clone()).collect();
    assert_eq!(
        log,
        [
            Did::Linked { other, kind },
            Did::Unlinked { other, kind },
            Did::SetImpact {
                to: EventImpact::Low
            },
            Did::SetImpact {
                to: EventImpact::High
            },
            Did::Merged { absorbed },
            Did::Unmerged { absorbed },
            Did::Led {
                to: EventState::Dismissed,
                reason: Some(DismissReason::FalseAlarm),
            },
        ]
    );
    assert!(now.acts.iter().all(|a| a.by == officer()));
    assert_eq!(now.links, []);
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_value_that_was_left_to_the_rule_is_what_the_reports_say_again() {
    let house = House::open().await;
    let event = one_event(&house).await;
    let before = house.event(event).curation;
    let leave = |value| CommandBody::LeaveToRule { event, value };
    for value in [SettledValue::Impact, SettledValue::Lead] {
        let none = house.ask(leave(value)).await;
        assert!(matches!(none, Receipt::Refused { .. }), "nobody settled it");
    }
    house.done(impact(event, EventImpact::Low)).await;
    house
        .done(CommandBody::SetLead {
            event,
            lead: "CU".into(),
        })
        .await;
    house.done(leave(SettledValue::Impact)).await;
    let now = house.event(event).curation;
    assert_eq!(
        (now.impact.value, &now.impact.by, &now.impact.rests_on),
        (
            before.impact.value,
            &before.impact.by,
            &before.impact.rests_on
        )
    );
    assert_eq!(now.lead.value, "CU".into(), "the other stays");
    let last = house.event(event).acts.pop().unwrap().did;
    let value = SettledValue::Impact;
    assert_eq!(last, Did::LeftToRule { value });
    house.done(state(event, EventState::Triaged)).await;
    house.done(state(event, EventState::New)).await;
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn of_a_very_long_log_the_oldest_leave_and_are_counted() {
    let house = House::open().await;
    let event = one_event(&house).await;
    for n in 0..=MAX_ACTS {
        let to = if n % 2 == 0 {
            EventImpact::Low
        } else {
            EventImpact::High
        };
        house.done(impact(event, to)).await;
    }
    let now = house.event(event);
    assert_eq!((now.acts.len(), now.acts_before), (MAX_ACTS, 1));
    let first = now.acts[0].did.clone();
    assert_eq!(
        first,
        Did::SetImpact {
            to: EventImpact::High
        }
    );
}

#[tokio::test]
async fn an_event_that_is_over_waits_for_nobody() {
    let house = House::open().await;
    let event = one_event(&house).await;
    house
        .report(&emergency(), draft("MAR05", at(0, 43, 0), river()))
        .await;
    assert_eq!(house.suggestions().len(), 1);
    house
        .done(CommandBody::SetState {
            event,
            state: EventState::Dismissed,
            reason: Some(DismissReason::DidNotHappen),
        })
        .await;
    assert!(house.suggestions().is_empty());
    assert_eq!(
        house.event(event).dismissed,
        Some(DismissReason::DidNotHappen)
    );
    // Opened again it is an event like any other.
    house.done(state(event, EventState::Triaged)).await;
    assert_eq!(house.event(event).dismissed, None);
}
