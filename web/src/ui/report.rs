//! One report in the detail of an event: who says what, how sure, when it happened and when it came.

use leptos::prelude::*;
use oneroof_model::{CommandBody, CountRange, EventId, LinkProvenance, Time, Validation};
use oneroof_wire::{AttachedReport, ReportView};

use crate::view::events::grade;
use crate::words::{Arg, distance};

use super::desk::Desk;
use super::zone;

fn validation_key(v: Validation) -> &'static str {
    match v {
        Validation::Unvalidated => "validation.unvalidated",
        Validation::ByOriginator => "validation.by_originator",
        Validation::ByNcc => "validation.by_ncc",
        Validation::Refuted => "validation.refuted",
    }
}

pub(crate) fn provenance(desk: Desk, p: &LinkProvenance) -> String {
    match p {
        LinkProvenance::First => desk.w("report.attached.first"),
        LinkProvenance::Revision { .. } => desk.w("report.attached.revision"),
        LinkProvenance::Relation { .. } => desk.w("report.attached.relation"),
        LinkProvenance::Chatter { .. } => desk.w("report.attached.chatter"),
        LinkProvenance::Merge { from } => {
            desk.say("report.attached.merge", &[("id", Arg::from(&from.short()))])
        }
        LinkProvenance::Manual { by } => desk.say(
            "report.attached.manual",
            &[("name", Arg::from(&by.to_string()))],
        ),
    }
}

/// A number of persons in words; `None` where nothing is said.
pub(crate) fn persons(desk: Desk, c: CountRange) -> Option<String> {
    Some(match (c.n, c.min, c.max) {
        (Some(n), _, _) => desk.say("report.persons", &[("count", Arg::from(n))]),
        (None, Some(a), Some(b)) => desk.say(
            "report.persons_between",
            &[("min", Arg::from(a)), ("max", Arg::from(b))],
        ),
        (None, Some(a), None) => desk.say("report.persons_least", &[("min", Arg::from(a))]),
        (None, None, Some(b)) => desk.say("report.persons_most", &[("max", Arg::from(b))]),
        (None, None, None) => return None,
    })
}

fn when(desk: Desk, key: &str, t: Option<Time>) -> Option<impl IntoView + use<>> {
    let t = t?;
    let zone = desk.zone.get();
    Some(
        view! { <div><dt>{desk.w(key)}</dt><dd>{zone::clock_or_day(t, desk.now.get_untracked(), zone)}</dd></div> },
    )
}

fn issue_key(issue: oneroof_model::QualityIssue) -> String {
    let name = serde_json::to_value(issue)
        .ok()
        .and_then(|v| v.as_str().map(ToOwned::to_owned));
    format!("quality.{}", name.unwrap_or_default())
}

fn occurred(desk: Desk, r: &ReportView) -> impl IntoView + use<> {
    let zone = desk.zone.get();
    let now = desk.now.get_untracked();
    let from = zone::clock_or_day(r.occurred.from, now, zone);
    let text = if r.occurred.from == r.occurred.to {
        from
    } else {
        format!(
            "{from} \u{2013} {}",
            zone::clock_or_day(r.occurred.to, now, zone)
        )
    };
    view! { <div><dt>{desk.w("time.occurred")}</dt><dd>{text}</dd></div> }
}

fn place(desk: Desk, r: &ReportView) -> String {
    let lang = desk.lang.get();
    let line = desk.with_picture(|p| {
        crate::view::places::place_of(p, Some(&r.place), r.section.as_ref()).line(lang)
    });
    let error = r.place.anchor().map(|_| {
        let m = distance(lang, r.place.ce_or_default_m());
        format!(" ± {m}")
    });
    format!(
        "{}{}",
        line.unwrap_or_else(|| desk.w("event.place_unknown")),
        error.unwrap_or_default()
    )
}

/// A report with how it came to its event, the event with its version, and whether it can be taken out into an event of
/// its own.
pub(crate) fn report_card(
    desk: Desk,
    r: &ReportView,
    attached: &AttachedReport,
    event: (EventId, u64),
    may_go: bool,
) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let (badge, agency) = desk
        .centre
        .with(|c| (c.badge(&r.org, lang), c.agency_name(&r.org, lang)));
    let report_id = r.id;
    let detach = may_go.then(|| {
        view! {
            <button on:click=move |_| desk.send(Some(event.1), CommandBody::Detach { event: event.0, report: report_id })>
                {desk.w("action.detach")}
            </button>
        }
    });
    let people = r.persons.and_then(|c| persons(desk, c));
    let life = (r.life_at_risk == Some(true))
        .then(|| view! { <span class="at-risk">{desk.w("event.life_at_risk")}</span> });
    let issues: Vec<String> = r
        .quality
        .issues
        .iter()
        .map(|i| desk.w(&issue_key(*i)))
        .collect();
    let withdrawn = r
        .withdrawn
        .then(|| view! { <span class="warn">{desk.w("report.withdrawn")}</span> });
    view! {
        <article class="report" class:withdrawn=r.withdrawn>
            <header>
                <span class="badge" title=agency>{badge}</span>
                <strong>{desk.type_name(Some(&r.type_code))}</strong>
                <span class="grade" title=desk.w("event.confidence")>{grade(r.confidence)}</span>
            </header>
            {withdrawn}
            {r.title.clone().map(|t| view! { <p class="title">{t}</p> })}
            {r.text.clone().map(|t| view! { <p class="text">{t}</p> })}
            <p class="facts">{life}{people.map(|p| view! { <span>{p}</span> })}<span>{place(desk, r)}</span></p>
            <dl class="times">
                {occurred(desk, r)}
                {when(desk, "time.reported", r.reported)}
                {when(desk, "time.received", Some(r.received))}
            </dl>
            <p class="small">
                <span>{provenance(desk, &attached.provenance)}</span>
                <span>{desk.w(validation_key(r.confidence.validation))}</span>
                <span>{r.feed.to_string()}</span>
                {r.source_key.clone().map(|k| view! { <span>{k}</span> })}
                {issues.into_iter().map(|i| view! { <span class="issue">{i}</span> }).collect_view()}
                {detach}
            </p>
        </article>
    }
}
