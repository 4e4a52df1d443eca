//! The line of time.

use leptos::prelude::*;
use oneroof_model::{Did, EventId, EventLinkKind, Time};
use oneroof_wire::EventView;

use crate::view::timeline::{Moment, What, moments};
use crate::words::{Arg, age};

use super::Shown;
use crate::ui::desk::Desk;
use crate::ui::detail::reason_key;
use crate::ui::list::{impact_name, state_name};
use crate::ui::orders::value_key;
use crate::ui::report::provenance;
use crate::ui::zone;

/// The line: what was, a mark for now, what is due.
pub(super) fn timeline(desk: Desk, shown: Shown, e: &EventView) -> impl IntoView + use<> {
    let reports = shown.reports(desk, e);
    let all = moments(e, &reports);
    // Once a minute is enough: what is due moves over the mark then.
    let minute = Memo::new(move |_| desk.now.get().as_secs() / 60);
    view! {
        <section class="timeline">
            <h3>{desk.w("room.timeline")}</h3>
            <ol>
                {move || {
                    minute.track();
                    let now = desk.now.get_untracked();
                    let (past, due): (Vec<&Moment>, Vec<&Moment>) = all.iter().partition(|m| m.at <= now);
                    view! {
                        {past.into_iter().map(|m| row(desk, m, now)).collect_view()}
                        <li class="now"><span class="at">{zone::clock_or_day(now, now, desk.zone.get())}</span><span>{desk.w("room.now")}</span></li>
                        {due.into_iter().map(|m| row(desk, m, now)).collect_view()}
                    }
                }}
            </ol>
        </section>
    }
}

fn row(desk: Desk, m: &Moment, now: Time) -> impl IntoView + use<> {
    let at = zone::clock_or_day(m.at, now, desk.zone.get());
    let (class, who, body, more) = told(desk, m, now);
    view! {
        <li class=class>
            <span class="at">{at}</span>
            <span class="told">
                {who.map(|w| view! { <span class="badge">{w}</span> })}
                <span class="body">{body}</span>
                {more.map(|m| view! { <span class="more">{m}</span> })}
            </span>
        </li>
    }
}

/// Class, badge, words, smaller words of a moment.
fn told(
    desk: Desk,
    m: &Moment,
    now: Time,
) -> (&'static str, Option<String>, String, Option<String>) {
    let lang = desk.lang.get();
    match &m.what {
        What::Report { .. } => reported(desk, &m.what, now),
        What::Note { by, text, files } => {
            let files = (*files > 0)
                .then(|| desk.say("report.attachments", &[("count", Arg::from(*files))]));
            let more: Vec<String> = core::iter::once(by.to_string()).chain(files).collect();
            ("note", None, text.clone(), Some(more.join(" · ")))
        }
        What::Done(act) => {
            let (class, words) = done(desk, &act.did);
            (class, None, words, Some(act.by.to_string()))
        }
        What::Before(count) => (
            "before",
            None,
            desk.say("room.acts_before", &[("count", Arg::from(*count))]),
            None,
        ),
        What::Due(duty) => {
            let late = m.at <= now;
            let words = desk.w(duty.key());
            let more = if late {
                // Whether it was done is not known here: it is said as a question of the clock alone.
                desk.say(
                    "room.due_over",
                    &[("age_s", Arg::from(now.secs_since(m.at)))],
                )
            } else {
                format!("{} {}", desk.w("room.due"), age(lang, m.at.secs_since(now)))
            };
            (
                if late { "due late" } else { "due" },
                None,
                words,
                Some(more),
            )
        }
    }
}

/// What a report says on the line.
fn reported(
    desk: Desk,
    what: &What,
    now: Time,
) -> (&'static str, Option<String>, String, Option<String>) {
    let What::Report {
        org,
        type_code,
        words,
        until,
        known_after_s,
        withdrawn,
        how,
        ..
    } = what
    else {
        return ("report", None, String::new(), None);
    };
    let body = words
        .clone()
        .unwrap_or_else(|| desk.type_name(Some(type_code)));
    let until = until.map(|t| {
        let clock = zone::clock_or_day(t, now, desk.zone.get());
        desk.say("room.until", &[("time", Arg::from(&clock))])
    });
    let known = match *known_after_s {
        s if s < 0.0 => desk.say("room.known_before", &[("age_s", Arg::from(-s))]),
        s => desk.say("room.known_after", &[("age_s", Arg::from(s))]),
    };
    let gone = withdrawn.then(|| desk.w("report.withdrawn"));
    let more: Vec<String> = [until, Some(known), Some(provenance(desk, how)), gone]
        .into_iter()
        .flatten()
        .collect();
    let badge = desk.badge(org);
    ("report", Some(badge), body, Some(more.join(" · ")))
}

/// Class and words of an act.
fn done(desk: Desk, did: &Did) -> (&'static str, String) {
    let value = |key: &str, to: String| ("settled", format!("{}: {to}", desk.w(key)));
    let id = |key: &str, id: EventId| desk.say(key, &[("id", Arg::from(&id.short()))]);
    let tie = |kind: EventLinkKind, other: EventId| {
        let how = desk.w(&format!("event_link.{}", super::belongs::kind_name(kind)));
        format!("{how} {}", other.short())
    };
    match did {
        Did::Led { to, reason } => {
            let state = desk.w(&format!("event_state.{}", state_name(*to)));
            let why = reason.map(|r| format!(" ({})", desk.w(reason_key(r))));
            (
                "led",
                format!(
                    "{}: {state}{}",
                    desk.w("event.state"),
                    why.unwrap_or_default()
                ),
            )
        }
        Did::SetType { to } => value("event.type", desk.type_name(Some(to))),
        Did::SetImpact { to } => value(
            "event.impact",
            desk.w(&format!("impact.{}", impact_name(Some(*to)))),
        ),
        Did::SetLifeAtRisk { to } => {
            value("event.life_at_risk", desk.w(if *to { "yes" } else { "no" }))
        }
        Did::SetLead { to } => value("event.lead", desk.agency(to)),
        Did::LeftToRule { value: which } => value(value_key(*which), desk.w("event.by_reports")),
        Did::Detached { .. } => ("detached", desk.w("room.detached")),
        Did::Merged { absorbed } => ("merged", id("event.merged_from", *absorbed)),
        Did::Unmerged { absorbed } => ("unmerged", id("room.unmerged", *absorbed)),
        Did::Linked { other, kind } => ("linked", tie(*kind, *other)),
        Did::Unlinked { other, kind } => (
            "unlinked",
            format!("{}: {}", desk.w("room.unlinked"), tie(*kind, *other)),
        ),
    }
}
