//! The event's room: all that is known of one event, in one line of time, with what it rests on, what it may belong to and
//! what was like it. The map goes on beside it as an extract.

mod belongs;
mod line;

use std::collections::BTreeSet;

use leptos::prelude::*;
use oneroof_model::{CommandBody, EventId, LatLon, LinkProvenance, ReportId};
use oneroof_wire::{EventView, ReportView, SuggestionView};
use serde::Deserialize;

use crate::view::events::event;
use crate::view::places::{anchor, bounds};
use crate::words::{Arg, age};

use super::desk::{Desk, Selection};
use super::list::{Mark, state_name};
use super::report::report_card;
use super::{http, print_page, views};

/// Degrees around what is shown on the extract of the map.
const AROUND_DEG: f64 = 0.12;

/// An event with all that belongs to it, as `GET /api/v1/events/{id}` gives it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Detail {
    event: EventView,
    reports: Vec<ReportView>,
    suggestions: Vec<SuggestionView>,
    archived: bool,
}

/// What the room shows.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    id: EventId,
    /// As the server gave it last.
    detail: RwSignal<Option<Detail>>,
    /// Whether the server could not be asked.
    failed: RwSignal<bool>,
    /// Reports that were picked to leave the event together.
    picked: RwSignal<BTreeSet<ReportId>>,
}

impl Shown {
    /// The event: of the live picture, else as it was fetched.
    fn event(self, desk: Desk) -> Option<EventView> {
        desk.version.track();
        desk.with_picture(|p| event(p, self.id).cloned())
            .or_else(|| self.detail.with(|d| d.as_ref().map(|d| d.event.clone())))
    }

    /// The reports as fetched; until then those of the live picture.
    fn reports(self, desk: Desk, e: &EventView) -> Vec<ReportView> {
        let fetched = self
            .detail
            .with(|d| d.as_ref().map(|d| d.reports.clone()).unwrap_or_default());
        desk.with_picture(|p| {
            e.reports
                .iter()
                .filter_map(|a| {
                    crate::view::events::report(p, a.report)
                        .cloned()
                        .or_else(|| fetched.iter().find(|r| r.id == a.report).cloned())
                })
                .collect()
        })
    }
}

/// The event whose room is open.
pub(crate) fn open_now(desk: Desk) -> Option<EventId> {
    match desk.selected.get() {
        Some(Selection::Event(id)) if desk.hands.room.get() => Some(id),
        _ => None,
    }
}

/// The room of the chosen event, where it is open.
#[component]
pub(crate) fn Room() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let id = Memo::new(move |_| open_now(desk));
    extract(desk, id);
    move || id.get().map(|id| view! { <Open id/> })
}

/// The map shows where the event is while the room is open, and stands afterwards where it stood before.
fn extract(desk: Desk, id: Memo<Option<EventId>>) {
    let before: StoredValue<Option<(LatLon, f64)>> = StoredValue::new(None);
    Effect::new(move |was: Option<Option<EventId>>| {
        let now = id.get();
        let Some(stage) = desk.stage() else {
            return now;
        };
        if was.flatten().is_none() && now.is_some() {
            before.set_value(stage.view());
        }
        let back = before.get_value();
        // The element has its new size after this turn.
        request_animation_frame(move || {
            stage.resized();
            match now {
                Some(id) => {
                    if let Some(bounds) = around(desk, id) {
                        stage.follow(bounds);
                    }
                }
                None => {
                    if let Some((at, zoom)) = back {
                        stage.go_by_itself(at, zoom);
                        before.set_value(None);
                    }
                }
            }
        });
        now
    });
}

/// The rectangle around an event and its reports.
fn around(desk: Desk, id: EventId) -> Option<[f64; 4]> {
    desk.with_picture(|p| {
        let e = event(p, id)?;
        let own = anchor(p, e.place.as_ref(), e.section.as_ref());
        let reports = e.reports.iter().filter_map(|a| {
            crate::view::events::report(p, a.report).and_then(|r| r.place.anchor())
        });
        bounds(own.into_iter().chain(reports)).map(|[s, w, n, e]| {
            [
                s - AROUND_DEG,
                w - AROUND_DEG,
                n + AROUND_DEG,
                e + AROUND_DEG,
            ]
        })
    })
}

/// Fetches the event, again whenever its version changes.
fn fetch(desk: Desk, shown: Shown) {
    let version = Memo::new(move |_| {
        desk.version.track();
        desk.with_picture(|p| event(p, shown.id).map(|e| (e.version, e.reports.len())))
    });
    Effect::new(move |_| {
        version.track();
        leptos::task::spawn_local(async move {
            let read = http::get_text(&format!("/api/v1/events/{}", shown.id)).await;
            let read = read.ok().and_then(|j| serde_json::from_str(&j).ok());
            // The room may be closed by now: then nobody listens.
            let failed = read.is_none();
            if shown.failed.try_set(failed).is_none() && !failed {
                shown.detail.try_set(read);
            }
        });
    });
}

#[component]
fn Open(id: EventId) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let shown = Shown {
        id,
        detail: RwSignal::new(None),
        failed: RwSignal::new(false),
        picked: RwSignal::new(BTreeSet::new()),
    };
    fetch(desk, shown);
    let now = Memo::new(move |_| shown.event(desk));
    let head = move || now.get().map(|e| head(desk, &e));
    let archived = move || {
        shown
            .detail
            .with(|d| d.as_ref().is_some_and(|d| d.archived))
            .then(|| view! { <p class="warn">{desk.w("room.archived")}</p> })
    };
    let failed = move || {
        shown
            .failed
            .get()
            .then(|| view! { <p class="warn" role="status">{desk.w("room.failed")}</p> })
    };
    let line = move || now.get().map(|e| line::timeline(desk, shown, &e));
    let reports = move || now.get().map(|e| reports(desk, shown, &e));
    let belongs = move || now.get().map(|e| belongs::all(desk, shown, &e));
    view! {
        <section class="room" aria-labelledby="room-title">
            {head} {archived} {failed}
            <div class="room-body">
                <div class="room-line">{line}</div>
                <div class="room-reports">{reports}</div>
                <div class="room-belongs">{belongs} <belongs::Tie id/> <belongs::Alike shown/></div>
            </div>
        </section>
    }
}

fn head(desk: Desk, e: &EventView) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let since = e.occurred.map_or(e.first_known_at, |o| o.from);
    let badges = desk.centre.with(|c| {
        e.orgs.iter().map(|o| view! { <span class="badge" title=c.agency_name(o, lang)>{c.badge(o, lang)}</span> }).collect_view()
    });
    let address = format!("/api/v1/events/{}", e.id);
    let file = format!("oneroof-{}.json", e.short);
    view! {
        <header class="room-head">
            <span class="kind">{desk.say("event.title", &[("id", Arg::from(&e.short))])}</span>
            <h2 id="room-title">
                <Mark code=e.type_code.clone() impact=e.impact/>
                {desk.type_name(e.type_code.as_ref())}
                {e.life_at_risk.then(|| view! { <span class="at-risk">{desk.w("event.life_at_risk")}</span> })}
            </h2>
            <span class="age">{move || age(desk.lang.get(), desk.now.get().secs_since(since))}</span>
            <strong>{desk.w(&format!("event_state.{}", state_name(e.state)))}</strong>
            <span class="badges">{badges}</span>
            <span class="room-acts">
                <button on:click=move |_| views::copy_link(desk)>{desk.w("views.copy")}</button>
                <a class="button" href=address download=file>{desk.w("action.export")}" JSON"</a>
                <button on:click=|_| print_page()>{desk.w("action.print")}</button>
                <button on:click=move |_| desk.hands.room.set(false)>{desk.w("room.close")} <kbd>"E"</kbd></button>
            </span>
        </header>
    }
}

/// The reports that it rests on; each that did not come by a merge can be taken out into an event of its own.
fn reports(desk: Desk, shown: Shown, e: &EventView) -> impl IntoView + use<> {
    let own =
        |a: &&oneroof_wire::AttachedReport| !matches!(a.provenance, LinkProvenance::Merge { .. });
    let several = e.reports.iter().filter(own).count() > 1;
    let mut all = shown.reports(desk, e);
    all.retain(|r| !r.superseded);
    all.sort_by_key(|r| (r.occurred.from.min(r.received), r.received));
    let cards = all
        .iter()
        .filter_map(|r| {
            let attached = e.reports.iter().find(|a| a.report == r.id)?;
            let may = several && own(&attached);
            let pick = may.then(|| pick(desk, shown, r.id));
            let card = report_card(desk, r, attached, (e.id, e.version), may);
            Some(view! { {card} {pick} })
        })
        .collect_view();
    let going = several.then(|| leaving(desk, shown, e, all.len()));
    view! {
        <section class="reports">
            <h3>{desk.w("nav.reports")} <span class="count">{e.reports.len()}</span></h3>
            {going}
            {cards}
        </section>
    }
}

/// Picks a report to leave the event with others.
fn pick(desk: Desk, shown: Shown, report: ReportId) -> impl IntoView {
    let is_picked = move || shown.picked.with(|p| p.contains(&report));
    let toggle = move |_| {
        shown.picked.update(|p| {
            if !p.remove(&report) {
                p.insert(report);
            }
        });
    };
    view! {
        <label class="pick">
            <input type="checkbox" prop:checked=is_picked on:change=toggle/>
            {desk.w("room.pick")}
        </label>
    }
}

/// What is picked, and the step: they open an event of their own together. At least one stays.
fn leaving(desk: Desk, shown: Shown, e: &EventView, all: usize) -> impl IntoView + use<> {
    let (event, version) = (e.id, e.version);
    let there: BTreeSet<ReportId> = e.reports.iter().map(|a| a.report).collect();
    // What has left meanwhile is not picked any more.
    let picked = move || -> Vec<ReportId> {
        shown
            .picked
            .with(|p| p.intersection(&there).copied().collect())
    };
    move || {
        let reports = picked();
        let count = reports.len();
        (count > 0).then(|| {
            let too_many = count >= all;
            let go = move |_: leptos::ev::MouseEvent| {
                let reports = reports.clone();
                desk.send(Some(version), CommandBody::Split { event, reports });
                shown.picked.set(BTreeSet::new());
            };
            view! {
                <p class="leaving" role="status">
                    {desk.say("room.picked", &[("count", Arg::from(count)), ("all", Arg::from(all))])}" "
                    <button disabled=too_many on:click=go>{desk.w("action.split")}</button>
                </p>
            }
        })
    }
}
