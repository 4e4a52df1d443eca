//! The priority list: what matters most is the first that the eye finds.

use leptos::prelude::*;
use oneroof_model::{EventTypeGroup, TypeCode};

use crate::view::events::EventRow;
use crate::words::{Arg, age};

use super::desk::{Desk, Selection};
use super::in_sight;

/// Open events.
#[component]
pub(crate) fn PriorityList() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let count = move || desk.rows.with(Vec::len);
    view! {
        <section class="priority" aria-label=move || desk.w("nav.events")>
            <h2>{move || desk.w("nav.events")} <span class="count">{count}</span></h2>
            <Show when=move || count() == 0>
                <p class="none">{move || desk.w("events.none")}</p>
            </Show>
            <ol>
                <For each=move || desk.rows.get() key=|r| (r.id, r.version, r.reports, r.headline.clone())
                    children=move |row| view! { <Row row/> }/>
            </ol>
        </section>
    }
}

/// Marks of a group that stand for its shape on the map.
pub(crate) fn shape_name(code: Option<&TypeCode>) -> &'static str {
    match code.map_or(EventTypeGroup::Other, TypeCode::group) {
        EventTypeGroup::UnauthorisedCrossing => "ubc",
        EventTypeGroup::CrossBorderCrime => "cbc",
        EventTypeGroup::CrossingPoint => "bcp",
        EventTypeGroup::Maritime => "mar",
        EventTypeGroup::Air => "air",
        EventTypeGroup::Security => "sec",
        EventTypeGroup::Crisis => "cri",
        EventTypeGroup::System => "sys",
        EventTypeGroup::Other => "oth",
    }
}

/// The word of an impact in a class name.
pub(crate) fn impact_name(i: Option<oneroof_model::EventImpact>) -> &'static str {
    use oneroof_model::EventImpact::{High, Low, Medium, VeryHigh};
    match i {
        None => "none",
        Some(Low) => "low",
        Some(Medium) => "medium",
        Some(High) => "high",
        Some(VeryHigh) => "very_high",
    }
}

/// The word of a state.
pub(crate) fn state_name(s: oneroof_model::EventState) -> &'static str {
    use oneroof_model::EventState::{
        Active, Closed, Dismissed, Merged, New, Resolved, Triaged, Validated,
    };
    match s {
        New => "new",
        Triaged => "triaged",
        Validated => "validated",
        Active => "active",
        Resolved => "resolved",
        Closed => "closed",
        Dismissed => "dismissed",
        Merged => "merged",
    }
}

/// The mark of an event in lists: shape of its group, fill of its impact.
#[component]
pub(crate) fn Mark(
    /// What.
    code: Option<TypeCode>,
    /// Impact.
    impact: Option<oneroof_model::EventImpact>,
) -> impl IntoView {
    view! { <span class=format!("mark {} {}", shape_name(code.as_ref()), impact_name(impact)) aria-hidden="true"></span> }
}

#[component]
fn Row(row: EventRow) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let id = row.id;
    let chosen = move || desk.selected.get() == Some(Selection::Event(id));
    let asked = move || {
        desk.questions
            .with(|q| q.iter().any(|q| q.a == id || q.b == id))
    };
    let element = in_sight(chosen);
    let type_code = row.type_code.clone();
    let place = row.place.clone();
    let section = row.place.section.clone();
    let orgs = row.orgs.clone();
    let since = row.since;
    let lang = desk.lang;
    let badges = move || {
        let l = lang.get();
        desk.centre.with(|c| {
            orgs.iter()
                .map(|o| view! { <span class="badge">{c.badge(o, l)}</span> })
                .collect_view()
        })
    };
    let where_line = move || {
        place
            .line(lang.get())
            .unwrap_or_else(|| desk.w("event.place_unknown"))
    };
    let section_line = move || section.as_ref().map(|(id, _)| id.to_string());
    let reports = row.reports;
    let persons = row.persons.map(|(least, most)| {
        move || {
            if least == most {
                desk.say("report.persons", &[("count", Arg::from(most))])
            } else {
                let range = [("min", Arg::from(least)), ("max", Arg::from(most))];
                desk.say("report.persons_between", &range)
            }
        }
    });
    view! {
        <li class=format!("row {}", impact_name(row.impact)) class:life=row.life_at_risk
            class:chosen=chosen node_ref=element>
            <button on:click=move |_| desk.select(Some(Selection::Event(id)))>
                {row.life_at_risk.then(|| view! { <span class="at-risk">{move || desk.w("event.life_at_risk")}</span> })}
                <span class="what">
                    <Mark code=row.type_code.clone() impact=row.impact/>
                    <span>{move || desk.type_name(type_code.as_ref())}</span>
                </span>
                {row.headline.clone().map(|h| view! { <span class="headline">{h}</span> })}
                <span class="where">{where_line}<span class="section">{section_line}</span></span>
                <span class="facts">
                    <span class="age">{move || age(lang.get(), desk.now.get().secs_since(since))}</span>
                    {persons.map(|p| view! { <span class="persons">{p}</span> })}
                    <span class="badges">{badges}</span>
                    <span class="state">{move || desk.w(&format!("event_state.{}", state_name(row.state)))}</span>
                    <span class="reports">{move || desk.say("event.reports", &[("count", Arg::from(reports))])}</span>
                    {move || asked().then(|| view! { <span class="asked" title=desk.w("suggestion.title")>"?"</span> })}
                </span>
            </button>
        </li>
    }
}
