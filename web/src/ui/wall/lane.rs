//! The priority list of the wall: at most seven, a life at risk first.

use leptos::prelude::*;

use super::Wall;
use crate::ui::desk::{Desk, Selection};
use crate::ui::list::{Mark, impact_name};
use crate::ui::zone;
use crate::view::clocks::next_of;
use crate::view::events::{EventRow, event};
use crate::words::{Arg, age};

/// By how much more a row is reckoned where the list does not fit, heights of type.
const STEP: f64 = 0.4;

/// The list.
#[component]
pub(crate) fn Lane() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let place = NodeRef::<leptos::html::Ol>::new();
    let ids = Memo::new(move |_| {
        let ids = desk
            .rows
            .with(|r| r.iter().map(|r| r.id).collect::<Vec<_>>());
        (ids, desk.lang.get(), wall.size.get())
    });
    Effect::new(move |_| {
        ids.track();
        wall.taller.set(0.0);
    });
    let shown = Memo::new(move |_| {
        let n = wall.plan.get().events;
        desk.rows
            .with(|r| r.iter().take(n).cloned().collect::<Vec<_>>())
    });
    Effect::new(move |_| {
        let n = shown.with(Vec::len);
        wall.taller.track();
        // Measured once the page has laid them out, and each second again: names and typefaces may come later.
        desk.now.track();
        request_animation_frame(move || {
            let too_much = place.get_untracked().is_some_and(|ol| {
                ol.scroll_height() > ol.client_height() + 2
                    || ol.scroll_width() > ol.client_width() + 2
            });
            if too_much && n > 1 {
                wall.taller.update(|t| *t += STEP);
            }
        });
    });
    let rest = move || {
        let all = desk.rows.with(Vec::len);
        let n = all.saturating_sub(shown.with(Vec::len));
        (n > 0).then(|| desk.say("wall.more_events", &[("count", Arg::from(n))]))
    };
    view! {
        <ol class="wall-rows" node_ref=place aria-label=move || desk.w("nav.events")>
            <For each=move || shown.get() key=|r| (r.id, r.version)
                children=move |row| view! { <Row row/> }/>
        </ol>
        <Show when=move || desk.rows.with(Vec::is_empty)>
            <p class="none">{move || desk.w("events.none")}</p>
        </Show>
        {move || rest().map(|t| view! { <p class="wall-more">{t}</p> })}
    }
}

#[component]
fn Row(row: EventRow) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let lang = desk.lang;
    let EventRow {
        id,
        type_code,
        place,
        since,
        impact,
        life_at_risk,
        orgs,
        ..
    } = row;
    let lead = desk.with_picture(|p| event(p, id).and_then(|e| e.lead.clone()));
    let badges = move || {
        let l = lang.get();
        desk.centre.with(|c| {
            orgs.iter()
                .map(|o| {
                    let leads = lead.as_ref() == Some(o);
                    view! { <span class="badge" class:leads=leads>{c.badge(o, l)}</span> }
                })
                .collect_view()
        })
    };
    let mark = type_code.clone();
    let section = place.section.as_ref().map(|(id, _)| id.to_string());
    let where_line = move || {
        place
            .line(lang.get())
            .unwrap_or_else(|| desk.w("event.place_unknown"))
    };
    let next = move || {
        let now = desk.now.get();
        desk.with_picture(|p| event(p, id).and_then(|e| next_of(e, now)))
            .map(|c| {
                let at = zone::clock(c.due, desk.zone.get());
                let at = at.get(..5).unwrap_or(&at).to_owned();
                desk.say("clock.by", &[("time", Arg::from(&at))])
            })
    };
    let chosen = move || desk.selected.get() == Some(Selection::Event(id));
    view! {
        <li class=format!("wall-row {}", impact_name(impact)) class:life=life_at_risk class:chosen=chosen>
            {life_at_risk.then(|| view! { <span class="at-risk">{move || desk.w("event.life_at_risk")}</span> })}
            <span class="wall-what">
                <Mark code=mark impact=impact/>
                <span>{move || desk.type_name(type_code.as_ref())}</span>
            </span>
            <span class="wall-where"><span>{where_line}</span><span class="section">{section}</span></span>
            <span class="wall-facts">
                <strong class="age">{move || age(lang.get(), desk.now.get().secs_since(since))}</strong>
                <span class="badges">{badges}</span>
                {move || next().map(|t| view! { <span class="wall-due">{t}</span> })}
            </span>
        </li>
    }
}
