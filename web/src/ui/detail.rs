//! The detail of an event: what the centre believes and can set, the reports that it rests on, merges, notes.

use leptos::html;
use leptos::prelude::*;
use oneroof_model::{
    CommandBody, DismissReason, EventId, EventImpact, EventState, LinkProvenance, OrgId,
};
use oneroof_wire::EventView;

use crate::acts::Act;
use crate::view::clocks::next_of;
use crate::view::events::{event, next_states, reports_of};
use crate::view::places::place_of;
use crate::words::{Arg, age};

use super::desk::{Desk, Selection};
use super::list::{Mark, impact_name, shape_name, state_name};
use super::report::report_card;
use super::thing::CardHead;
use super::zone;

/// The detail.
#[component]
pub(crate) fn EventDetail(id: EventId) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let shown = Memo::new(move |_| {
        desk.version.track();
        desk.with_picture(|p| event(p, id).cloned())
    });
    // Where the event went into another one the detail follows it.
    Effect::new(move |_| {
        if let Some(into) = shown.with(|e| e.as_ref().and_then(|e| e.merged_into)) {
            desk.select(Some(Selection::Event(into)));
        }
    });
    let kind = Signal::derive(move || desk.say("event.title", &[("id", Arg::from(&id.short()))]));
    let name = Signal::derive(move || {
        shown.with(|e| desk.type_name(e.as_ref().and_then(|e| e.type_code.as_ref())))
    });
    view! {
        <article class="card">
            <CardHead kind name/>
            <p class="buttons">
                <button class="yes" aria-pressed=move || desk.hands.room.get().to_string() on:click=move |_| desk.hands.room.update(|r| *r = !*r)>
                    {move || desk.w(if desk.hands.room.get() { "room.close" } else { "room.open" })} <kbd>"E"</kbd>
                </button>
            </p>
            {move || match shown.get() {
                Some(e) => (settled(desk, &e), reports(desk, &e), merges(desk, &e)).into_any(),
                None => view! { <p class="none">{desk.w("nothing")}</p> }.into_any(),
            }}
            <Notes id shown/>
        </article>
    }
}

const IMPACTS: [EventImpact; 4] = [
    EventImpact::Low,
    EventImpact::Medium,
    EventImpact::High,
    EventImpact::VeryHigh,
];

fn step_key(to: EventState, from: EventState) -> &'static str {
    match (to, from) {
        (EventState::Triaged, EventState::Closed | EventState::Dismissed)
        | (EventState::Active, EventState::Resolved) => "action.reopen",
        (EventState::Triaged, _) => "action.triage",
        (EventState::Validated, _) => "action.validate",
        (EventState::Active, _) => "action.activate",
        (EventState::Resolved, _) => "action.resolve",
        (EventState::Closed, _) => "action.close",
        (EventState::Dismissed, _) => "action.dismiss",
        (EventState::New | EventState::Merged, _) => "event.state",
    }
}

/// What the centre settled, with what can be set from here.
fn settled(desk: Desk, e: &EventView) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let (id, version) = (e.id, e.version);
    let place = desk.with_picture(|p| place_of(p, e.place.as_ref(), e.section.as_ref()));
    let section = place.section.as_ref().map_or_else(
        || desk.w("event.no_section"),
        |(id, n)| format!("{} · {id}", n.get(lang)),
    );
    let at = place.at.map(crate::view::places::degrees_text);
    let since = e.occurred.map_or(e.first_known_at, |o| o.from);
    let badges = desk.centre.with(|c| {
        e.orgs.iter().map(|o| view! { <span class="badge" title=c.agency_name(o, lang)>{c.badge(o, lang)}</span> }).collect_view()
    });
    let life = e.life_at_risk;
    let impacts = IMPACTS.map(|i| {
        let chosen = e.impact == Some(i);
        view! {
            <button class=format!("impact {}", impact_name(Some(i))) class:chosen=chosen aria-pressed=chosen.to_string()
                on:click=move |_| desk.send(Some(version), CommandBody::SetImpact { event: id, impact: i })>
                {desk.w(&format!("impact.{}", impact_name(Some(i))))}
            </button>
        }
    });
    let pending = desk.orders.with(|o| {
        o.iter()
            .any(|o| o.event() == Some(id) && o.outcome == crate::order::Outcome::Pending)
    });
    view! {
        <section class="settled" class:pending=pending>
            <p class=format!("headline {} {}", shape_name(e.type_code.as_ref()), impact_name(e.impact))>
                <Mark code=e.type_code.clone() impact=e.impact/>
                {life.then(|| view! { <span class="at-risk">{desk.w("event.life_at_risk")}</span> })}
                <span class="age">{move || age(desk.lang.get(), desk.now.get().secs_since(since))}</span>
                <span>{zone::clock_or_day(since, desk.now.get_untracked(), desk.zone.get())}</span>
                <span class="badges">{badges}</span>
            </p>
            <dl class="facts-list">
                <dt>{desk.w("event.place")}</dt>
                <dd>{place.line(lang).unwrap_or_else(|| desk.w("event.place_unknown"))}<br/><span class="quiet">{at}</span></dd>
                <dt>{desk.w("event.section")}</dt><dd>{section}</dd>
                {super::weather::line(desk, place.at)}
                <dt>{desk.w("event.lead")}</dt><dd class="buttons">{lead(desk, e)}</dd>
                {clock(desk, e)}
                <dt>{desk.w("event.impact")}</dt>
                <dd class="buttons">{impacts}<button on:click=move |_| desk.hands.impact.set(Some(id))>{desk.w("impact.ask")} <kbd>"I"</kbd></button></dd>
                <dt>{desk.w("event.life_at_risk")}</dt>
                <dd class="buttons">
                    {[true, false].map(|v| view! {
                        <button class:chosen=(life == v) class:life=v aria-pressed=(life == v).to_string()
                            on:click=move |_| desk.send(Some(version), CommandBody::SetLifeAtRisk { event: id, life_at_risk: v })>
                            {desk.w(if v { "yes" } else { "no" })}
                        </button>
                    })}
                </dd>
                <dt>{desk.w("event.state")}</dt>
                <dd class="buttons"><strong>{desk.w(&format!("event_state.{}", state_name(e.state)))}</strong>{steps(desk, e)}</dd>
            </dl>
        </section>
    }
}

/// The agency that leads, to be changed; and one's own with one key.
fn lead(desk: Desk, e: &EventView) -> impl IntoView + use<> {
    let (event, version) = (e.id, e.version);
    let lang = desk.lang.get();
    let now = e.lead.clone();
    let set = move |code: String| {
        let lead = OrgId::from(code.as_str());
        desk.send(Some(version), CommandBody::SetLead { event, lead });
    };
    let options = desk.centre.with(|c| {
        c.agencies
            .iter()
            .map(|a| {
                let selected = Some(&a.code) == now.as_ref();
                view! { <option value=a.code.to_string() selected=selected>{c.agency_name(&a.code, lang)}</option> }
            })
            .collect_view()
    });
    let unknown = now.is_none();
    let own = desk.officer.get().map(|o| o.org);
    let take = own.filter(|o| Some(o) != now.as_ref()).map(|o| {
        view! { <button on:click=move |_| set(o.to_string())>{desk.w("event.take_lead")} <kbd>"T"</kbd></button> }
    });
    view! {
        <select aria-label=desk.w("event.lead") on:change=move |ev| set(event_target_value(&ev))>
            {unknown.then(|| view! { <option value="" selected disabled>{desk.w("unknown")}</option> })}
            {options}
        </select>
        {take}
    }
}

/// The next clock that runs for it.
fn clock(desk: Desk, e: &EventView) -> impl IntoView + use<> {
    let next = next_of(e, desk.now.get_untracked())?;
    let left = move || {
        let left = next.due.secs_since(desk.now.get());
        let lang = desk.lang.get();
        format!("{} · {}", desk.w(next.duty.key()), age(lang, left.max(0.0)))
    };
    Some(view! { <dt>{desk.w("event.next_clock")}</dt><dd>{left}</dd> })
}

const REASONS: [(DismissReason, &str); 4] = [
    (DismissReason::FalseAlarm, "dismiss.false_alarm"),
    (DismissReason::DidNotHappen, "dismiss.did_not_happen"),
    (DismissReason::ImpactTooLow, "dismiss.impact_too_low"),
    (DismissReason::Withdrawn, "dismiss.withdrawn"),
];

/// The words of a reason.
pub(crate) fn reason_key(reason: DismissReason) -> &'static str {
    let known = REASONS.iter().find(|(r, _)| *r == reason);
    known.map_or("unknown", |(_, key)| key)
}

/// The steps that are allowed from here; dismissing asks for its reason.
fn steps(desk: Desk, e: &EventView) -> impl IntoView + use<> {
    let (event, version, from) = (e.id, e.version, e.state);
    let asking = RwSignal::new(false);
    let go = move |state, reason| {
        desk.send(
            Some(version),
            CommandBody::SetState {
                event,
                state,
                reason,
            },
        );
    };
    let buttons = next_states(from)
        .into_iter()
        .map(|to| {
            let press = move |_| {
                if to == EventState::Dismissed {
                    asking.update(|a| *a = !*a);
                } else {
                    go(to, None);
                }
            };
            let key = Act::State(to).key();
            view! { <button on:click=press>{desk.w(step_key(to, from))}{(!key.is_empty()).then(|| view! { " "<kbd>{key}</kbd> })}</button> }
        })
        .collect_view();
    view! {
        {buttons}
        <Show when=move || asking.get()>
            <div class="reasons">
                {REASONS.map(|(reason, key)| view! {
                    <button on:click=move |_| go(EventState::Dismissed, Some(reason))>{desk.w(key)}</button>
                })}
            </div>
        </Show>
    }
}

/// The reports that it rests on.
fn reports(desk: Desk, e: &EventView) -> impl IntoView + use<> {
    let cards = desk.with_picture(|p| {
        reports_of(p, e)
            .into_iter()
            .filter_map(|r| {
                let attached = e.reports.iter().find(|a| a.report == r.id)?;
                let by_rule = matches!(attached.provenance, LinkProvenance::Chatter { .. });
                Some(report_card(desk, r, attached, (e.id, e.version), by_rule))
            })
            .collect_view()
    });
    view! {
        <section class="reports">
            <h3>{desk.w("nav.reports")} <span class="count">{e.reports.len()}</span></h3>
            {cards}
        </section>
    }
}

/// Merges that can be taken back.
fn merges(desk: Desk, e: &EventView) -> impl IntoView + use<> {
    let (survivor, version) = (e.id, e.version);
    let lang = desk.lang.get();
    e.merges
        .iter()
        .map(|m| {
            let absorbed = m.absorbed;
            let took = desk.say("event.merged_from", &[("id", Arg::from(&absorbed.short()))]);
            let ago = age(lang, desk.now.get_untracked().secs_since(m.at));
            view! {
                <p class="merge">
                    <span>{took}" · "{m.by.to_string()}" · "{ago}</span>
                    <button on:click=move |_| desk.send(Some(version), CommandBody::Unmerge { survivor, absorbed })>
                        {desk.w("action.unmerge")}
                    </button>
                </p>
            }
        })
        .collect_view()
}

/// Notes of officers, and a new one.
#[component]
fn Notes(id: EventId, shown: Memo<Option<EventView>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let input = NodeRef::<html::Textarea>::new();
    let add = move |ev: web_sys::SubmitEvent| {
        ev.prevent_default();
        let Some(field) = input.get() else { return };
        let text = field.value().trim().to_owned();
        if !text.is_empty() {
            desk.send(
                None,
                CommandBody::AddNote {
                    event: id,
                    text,
                    attachments: Vec::new(),
                },
            );
            // Sent now, or as soon as it is known who writes.
            field.set_value("");
        }
    };
    let notes = move || {
        let e = shown.get()?;
        let zone = desk.zone.get();
        let now = desk.now.get_untracked();
        Some(
            e.notes
                .iter()
                .map(|n| view! {
                    <li><p>{n.text.clone()}</p><span class="quiet">{n.by.to_string()}" · "{zone::clock_or_day(n.at, now, zone)}</span></li>
                })
                .collect_view(),
        )
    };
    view! {
        <section class="notes">
            <h3>{move || desk.w("nav.notes")}</h3>
            <ul>{notes}</ul>
            <form on:submit=add>
                <textarea node_ref=input rows="2" maxlength="4000" aria-label=move || desk.w("note.placeholder")
                    placeholder=move || desk.w("note.placeholder")></textarea>
                <button type="submit">{move || desk.w("action.add_note")}</button>
            </form>
        </section>
    }
}
