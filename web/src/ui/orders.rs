//! Commands that wait for their receipt, or were refused: said where everybody at the desk sees it.

use leptos::prelude::*;
use oneroof_geo::area_km2;
use oneroof_model::{AreaPurpose, AreaShape, CommandBody, SettledValue};

use crate::areas::{area, purpose_key, size_text};
use crate::order::{Order, Outcome};
use crate::view::events::event;
use crate::words::Arg;

use super::area_tools;
use super::desk::Desk;
use super::list::{impact_name, state_name};

/// The notes.
#[component]
pub(crate) fn OrderNotes() -> impl IntoView {
    let desk = expect_context::<Desk>();
    view! {
        <div class="orders" aria-live="assertive">
            {move || desk.orders.get().into_iter().map(|o| note(desk, o)).collect_view()}
        </div>
    }
}

/// The word of a value that can be settled.
pub(crate) const fn value_key(value: SettledValue) -> &'static str {
    match value {
        SettledValue::Type => "event.type",
        SettledValue::Impact => "event.impact",
        SettledValue::LifeAtRisk => "event.life_at_risk",
        SettledValue::Lead => "event.lead",
    }
}

/// What a command wants, in words: what is changed, and to what.
fn wanted(desk: Desk, body: &CommandBody) -> (String, Option<String>) {
    let w = |k: &str| desk.w(k);
    match body {
        CommandBody::AcceptSuggestion { .. } => (w("question.yes"), None),
        CommandBody::RejectSuggestion { .. } => (w("question.no"), None),
        CommandBody::Merge { .. } => (w("action.merge"), None),
        CommandBody::Unmerge { .. } => (w("action.unmerge"), None),
        CommandBody::SetState { state, .. } => (
            w("event.state"),
            Some(w(&format!("event_state.{}", state_name(*state)))),
        ),
        CommandBody::SetImpact { impact, .. } => (
            w("event.impact"),
            Some(w(&format!("impact.{}", impact_name(Some(*impact))))),
        ),
        CommandBody::SetLifeAtRisk { life_at_risk, .. } => (
            w("event.life_at_risk"),
            Some(w(if *life_at_risk { "yes" } else { "no" })),
        ),
        CommandBody::SetType { type_code, .. } => {
            (w("event.type"), Some(desk.type_name(Some(type_code))))
        }
        CommandBody::SetLead { lead, .. } => (w("event.lead"), Some(desk.agency(lead))),
        CommandBody::LeaveToRule { value, .. } => {
            (w(value_key(*value)), Some(w("event.by_reports")))
        }
        CommandBody::AddNote { text, .. } => (w("action.add_note"), Some(text.clone())),
        CommandBody::Detach { .. } => (w("action.detach"), None),
        CommandBody::EraseReport { .. } => (w("action.erase"), None),
        CommandBody::LinkEvents { .. } => (w("action.link"), None),
        CommandBody::UnlinkEvents { .. } => (w("action.unlink"), None),
        CommandBody::Split { .. } => (w("action.split"), None),
        CommandBody::SetSectionLevel { .. } => (w("action.set_level"), None),
        CommandBody::SetArea { draft, .. } => (
            w("area.set"),
            Some(area_words(desk, &draft.name, draft.purpose, &draft.shape)),
        ),
        CommandBody::RemoveArea { .. } => (w("area.remove"), None),
    }
}

/// An area in a few words: what for, its name, how large.
fn area_words(desk: Desk, name: &str, purpose: AreaPurpose, shape: &AreaShape) -> String {
    let size = size_text(desk.lang.get(), area_km2(shape));
    let parts = [desk.w(purpose_key(purpose)), name.to_owned(), size];
    let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    parts.join(" · ")
}

/// The same value as it stands in the picture now.
fn present(desk: Desk, order: &Order) -> Option<String> {
    desk.version.track();
    if let Some(id) = order.area() {
        return Some(desk.with_picture(|p| match area(p, id) {
            Some(a) => area_words(desk, &a.name, a.purpose, &a.shape),
            None => desk.w("area.gone"),
        }));
    }
    let id = order.event()?;
    desk.with_picture(|p| {
        let e = event(p, id)?;
        match &order.command.body {
            CommandBody::SetState { .. } => {
                Some(desk.w(&format!("event_state.{}", state_name(e.state))))
            }
            CommandBody::SetImpact { .. } => Some(e.impact.map_or_else(
                || desk.w("unknown"),
                |i| desk.w(&format!("impact.{}", impact_name(Some(i)))),
            )),
            CommandBody::SetLifeAtRisk { .. } => {
                Some(desk.w(if e.life_at_risk { "yes" } else { "no" }))
            }
            CommandBody::SetType { .. } => Some(desk.type_name(e.type_code.as_ref())),
            CommandBody::SetLead { .. } => e.lead.as_ref().map(|o| desk.agency(o)),
            _ => None,
        }
    })
}

fn current_version(desk: Desk, order: &Order) -> Option<u64> {
    if let Some(id) = order.area() {
        return desk.with_picture(|p| area(p, id).map(|a| a.version));
    }
    let id = order.event()?;
    desk.with_picture(|p| event(p, id).map(|e| e.version))
}

/// What was drawn is not lost where it was refused.
fn redraw(desk: Desk, order: &Order) -> Option<impl IntoView + use<>> {
    let (id, body) = (order.command.id, order.command.body.clone());
    matches!(body, CommandBody::SetArea { .. }).then(|| {
        let again = move |_| {
            desk.forget(id);
            area_tools::again(desk, &body);
        };
        view! { <button on:click=again>{desk.w("area.again")}</button> }
    })
}

fn note(desk: Desk, order: Order) -> impl IntoView {
    let id = order.command.id;
    let (what, value) = wanted(desk, &order.command.body);
    let short = order
        .event()
        .map(oneroof_model::EventId::short)
        .or_else(|| order.area().map(oneroof_model::AreaId::short))
        .unwrap_or_default();
    let redraw = redraw(desk, &order);
    let conflict = if order.area().is_some() {
        "refusal.conflict_area"
    } else {
        "refusal.conflict"
    };
    let given_up = order.clone();
    let forget = move |_| desk.give_up(&given_up);
    match order.outcome.clone() {
        Outcome::Pending => view! {
            <p class="order pending">{desk.w("action.pending")}" "{what}" "{value}" "<code>{short}</code></p>
        }
        .into_any(),
        Outcome::Conflict { expected, current } => {
            let now = present(desk, &order);
            let expected = order.command.if_version.unwrap_or(expected);
            let current = current.or_else(|| current_version(desk, &order)).unwrap_or(0);
            let again = move |_| {
                let version = current_version(desk, &order);
                desk.forget(id);
                desk.send(version, order.command.body.clone());
            };
            view! {
                <div class="order conflict">
                    <p><strong>{desk.say(conflict, &[("current", Arg::from(current)), ("expected", Arg::from(expected))])}</strong></p>
                    <dl>
                        <dt>{desk.w("order.yours")}</dt><dd>{what}": "{value}</dd>
                        <dt>{desk.w("order.theirs")}</dt><dd>{now}</dd>
                    </dl>
                    <button on:click=again>{desk.w("order.again")}</button>
                    {redraw}
                    <button on:click=forget>{desk.w("order.leave")}</button>
                </div>
            }
            .into_any()
        }
        Outcome::Refused { code, detail } => {
            let text = match code.as_str() {
                "not_found" => desk.say("refusal.not_found", &[("what", Arg::from(&detail))]),
                "not_allowed" => desk.say("refusal.not_allowed", &[("why", Arg::from(&detail))]),
                "invalid" => desk.say("refusal.invalid", &[("why", Arg::from(&detail))]),
                _ => desk.say("refusal.failed", &[("code", Arg::from(&code))]),
            };
            view! {
                <div class="order refused">
                    <p><strong>{what}" "{value}</strong>" "<code>{short}</code></p>
                    <p>{text}</p>
                    {redraw}
                    <button on:click=forget>{desk.w("order.leave")}</button>
                </div>
            }
            .into_any()
        }
        Outcome::Unknown => view! {
            <div class="order refused">
                <p><strong>{what}" "{value}</strong>" "<code>{short}</code></p>
                <p>{desk.w("order.unknown")}</p>
                <button on:click=move |_| desk.retry(id)>{desk.w("order.retry")}</button>
                <button on:click=forget>{desk.w("order.leave")}</button>
            </div>
        }
        .into_any(),
    }
}
