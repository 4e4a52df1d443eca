//! The line of time.

use leptos::prelude::*;
use oneroof_model::Time;
use oneroof_wire::{EventView, SettledValue};

use crate::view::timeline::{Moment, What, moments};
use crate::words::{Arg, age};

use super::Shown;
use crate::ui::desk::Desk;
use crate::ui::list::impact_name;
use crate::ui::report::provenance;
use crate::ui::zone;

/// The line: what was, a mark for now, what is due.
pub(super) fn timeline(desk: Desk, shown: Shown, e: &EventView) -> impl IntoView + use<> {
    let reports = shown.reports(desk, e);
    let event = e.clone();
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
                        {past.into_iter().map(|m| row(desk, &event, m, now)).collect_view()}
                        <li class="now"><span class="at">{zone::clock_or_day(now, now, desk.zone.get())}</span><span>{desk.w("room.now")}</span></li>
                        {due.into_iter().map(|m| row(desk, &event, m, now)).collect_view()}
                    }
                }}
            </ol>
        </section>
    }
}

fn row(desk: Desk, e: &EventView, m: &Moment, now: Time) -> impl IntoView + use<> {
    let at = zone::clock_or_day(m.at, now, desk.zone.get());
    let (class, who, body, more) = told(desk, e, m, now);
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
    e: &EventView,
    m: &Moment,
    now: Time,
) -> (&'static str, Option<String>, String, Option<String>) {
    let lang = desk.lang.get();
    match &m.what {
        What::Report { .. } => reported(desk, &m.what, now),
        What::Merged { absorbed, by } => (
            "merged",
            None,
            desk.say("event.merged_from", &[("id", Arg::from(&absorbed.short()))]),
            Some(by.to_string()),
        ),
        What::Note { by, text, files } => {
            let files = (*files > 0)
                .then(|| desk.say("report.attachments", &[("count", Arg::from(*files))]));
            let more: Vec<String> = core::iter::once(by.to_string()).chain(files).collect();
            ("note", None, text.clone(), Some(more.join(" · ")))
        }
        What::Linked { other, kind, by } => (
            "linked",
            None,
            format!(
                "{} {}",
                desk.w(&format!("event_link.{}", super::belongs::kind_name(*kind))),
                other.short()
            ),
            Some(by.to_string()),
        ),
        What::Settled { value, by } => (
            "settled",
            None,
            settled(desk, e, *value),
            Some(by.to_string()),
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

/// A settled value as it is now.
fn settled(desk: Desk, e: &EventView, value: SettledValue) -> String {
    let (key, now) = match value {
        SettledValue::Type => ("event.type", desk.type_name(e.type_code.as_ref())),
        SettledValue::Impact => (
            "event.impact",
            desk.w(&format!("impact.{}", impact_name(e.impact))),
        ),
        SettledValue::LifeAtRisk => (
            "event.life_at_risk",
            desk.w(if e.life_at_risk { "yes" } else { "no" }),
        ),
        SettledValue::Lead => (
            "event.lead",
            e.lead
                .as_ref()
                .map_or_else(|| desk.w("unknown"), |o| desk.agency(o)),
        ),
    };
    format!("{}: {now}", desk.w(key))
}
