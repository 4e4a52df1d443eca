//! What an event may belong to: the reasons of suggestions, ties, files, earlier events like it.

use leptos::html;
use leptos::prelude::*;
use oneroof_model::{AttachmentRef, CommandBody, EventId, EventLinkKind, SuggestionState};
use oneroof_wire::{EventView, SimilarEvent, SimilarEvents, SuggestionView};

use super::Shown;
use crate::ui::area_card::of_event_section;
use crate::ui::desk::{Desk, Selection};
use crate::ui::list::state_name;
use crate::ui::question::Term;
use crate::ui::{http, zone};
use crate::view::events::EventRow;
use crate::words::{Arg, distance};

/// Kinds of ties in the order in which they are offered.
const KINDS: [EventLinkKind; 6] = [
    EventLinkKind::SamePersons,
    EventLinkKind::SameModus,
    EventLinkKind::Causes,
    EventLinkKind::Responds,
    EventLinkKind::Prevents,
    EventLinkKind::Encompasses,
];

/// The word of a kind.
pub(super) const fn kind_name(kind: EventLinkKind) -> &'static str {
    match kind {
        EventLinkKind::Causes => "causes",
        EventLinkKind::Responds => "responds",
        EventLinkKind::Prevents => "prevents",
        EventLinkKind::Encompasses => "encompasses",
        EventLinkKind::SamePersons => "same_persons",
        EventLinkKind::SameModus => "same_modus",
    }
}

/// Reasons, ties, files.
pub(super) fn all(desk: Desk, shown: Shown, e: &EventView) -> impl IntoView + use<> {
    (
        reasons(desk, shown, e.id),
        ties(desk, e),
        of_event_section(desk, e.id),
        files(desk, shown, e),
    )
}

/// Why the room thought, or thinks, that this event and another are one.
fn reasons(desk: Desk, shown: Shown, id: EventId) -> impl IntoView + use<> {
    let mut all: Vec<SuggestionView> = shown.detail.with(|d| {
        d.as_ref()
            .map(|d| d.suggestions.clone())
            .unwrap_or_default()
    });
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    if all.is_empty() {
        return None;
    }
    let items = all
        .into_iter()
        .map(|s| {
            let open = s.state == SuggestionState::Open;
            let other = if s.a == id { s.b } else { s.a };
            let what = match s.state {
                SuggestionState::Open => "suggestion.open",
                SuggestionState::Accepted => "suggestion.accepted",
                SuggestionState::Rejected => "suggestion.rejected",
                SuggestionState::Obsolete => "suggestion.obsolete",
            };
            let suggestion = s.id;
            let answers = open.then(|| {
                view! {
                    <p class="answers">
                        <button class="yes" on:click=move |_| desk.send(None, CommandBody::AcceptSuggestion { suggestion })>{desk.w("question.yes")}</button>
                        <button on:click=move |_| desk.send(None, CommandBody::RejectSuggestion { suggestion })>{desk.w("question.no")}</button>
                    </p>
                }
            });
            view! {
                <details class="reason" open=open>
                    <summary>
                        <code>{other.short()}</code>" "
                        <span>{desk.w(what)}</span>" "
                        <span class="score">{desk.say("suggestion.score", &[("score", Arg::from(s.score))])}</span>
                    </summary>
                    <ul class="terms">{s.terms.into_iter().map(|t| view! { <Term term_of=t/> }).collect_view()}</ul>
                    <p class="quiet">{s.rule}</p>
                    {answers}
                </details>
            }
        })
        .collect_view();
    Some(view! { <section><h3>{desk.w("room.reasons")}</h3>{items}</section> })
}

/// Ties that stand.
fn ties(desk: Desk, e: &EventView) -> impl IntoView + use<> {
    if e.links.is_empty() {
        return None;
    }
    let items = e
        .links
        .iter()
        .map(|l| {
            let (event, other, kind) = (e.id, l.other, l.kind);
            let version = Some(e.version);
            let untie = move |_| desk.send(version, CommandBody::UnlinkEvents { event, other, kind });
            view! {
                <li>
                    {desk.w(&format!("event_link.{}", kind_name(l.kind)))}" "
                    <button on:click=move |_| desk.select(Some(Selection::Event(other)))>{other.short()}</button>
                    <span class="quiet">" "{l.by.to_string()}" "</span>
                    <button class="untie" on:click=untie>{desk.w("action.unlink")}</button>
                </li>
            }
        })
        .collect_view();
    Some(
        view! { <section><h3>{desk.w("event.links")}</h3><ul class="plain">{items}</ul></section> },
    )
}

/// Files that reports and notes refer to.
fn files(desk: Desk, shown: Shown, e: &EventView) -> impl IntoView + use<> {
    let reports = shown.reports(desk, e);
    let all: Vec<&AttachmentRef> = reports
        .iter()
        .flat_map(|r| &r.attachments)
        .chain(e.notes.iter().flat_map(|n| &n.attachments))
        .collect();
    if all.is_empty() {
        return None;
    }
    let event = e.id;
    let items = all
        .into_iter()
        .map(|f| {
            let size = f.size_bytes.map(|b| format!(" · {} kB", b.div_ceil(1000)));
            let what = match (&f.stored, &f.uri) {
                (Some(id), _) => {
                    let address = format!("/api/v1/attachments/{id}?event={event}");
                    view! { <a href=address download=f.name.clone()>{f.name.clone()}</a> }
                        .into_any()
                }
                // What lies elsewhere is named, never fetched: no request leaves the control room.
                (None, Some(uri)) => {
                    view! { <span>{f.name.clone()}</span>" "<code>{uri.clone()}</code> }.into_any()
                }
                (None, None) => view! { <span>{f.name.clone()}</span> }.into_any(),
            };
            view! { <li>{what}<span class="quiet">{size}</span></li> }
        })
        .collect_view();
    Some(view! { <section><h3>{desk.w("room.files")}</h3><ul class="plain">{items}</ul></section> })
}

fn option_name(desk: Desk, row: &EventRow) -> String {
    let place = row.place.line(desk.lang.get()).unwrap_or_default();
    let name = desk.type_name(row.type_code.as_ref());
    format!("{} · {name} · {place}", row.short)
}

/// Ties the event to another one, or takes another one into it.
#[component]
pub(super) fn Tie(id: EventId) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let other = NodeRef::<html::Select>::new();
    let kind = NodeRef::<html::Select>::new();
    let picked = move || -> Option<EventId> { other.get()?.value().parse().ok() };
    let version = move || {
        desk.rows
            .with_untracked(|rows| rows.iter().find(|r| r.id == id).map(|r| r.version))
    };
    let tie = move |_| {
        let named = kind.get().map(|k| k.value()).unwrap_or_default();
        let kind = KINDS.into_iter().find(|k| kind_name(*k) == named);
        if let (Some(other), Some(kind)) = (picked(), kind) {
            let event = id;
            desk.send(version(), CommandBody::LinkEvents { event, other, kind });
        }
    };
    let merge = move |_| {
        if let Some(absorbed) = picked() {
            let survivor = id;
            desk.send(version(), CommandBody::Merge { survivor, absorbed });
        }
    };
    let others = Memo::new(move |_| {
        desk.rows.with(|rows| {
            rows.iter()
                .filter(|r| r.id != id)
                .map(|r| (r.id, option_name(desk, r)))
                .collect::<Vec<_>>()
        })
    });
    move || {
        let list = others.get();
        (!list.is_empty()).then(|| {
            view! {
                <section class="tie">
                    <h3>{desk.w("room.tie")}</h3>
                    <select node_ref=other aria-label=desk.w("room.other")>
                        {list.into_iter().map(|(id, name)| view! { <option value=id.to_string()>{name}</option> }).collect_view()}
                    </select>
                    <select node_ref=kind aria-label=desk.w("room.how")>
                        {KINDS.map(|k| view! { <option value=kind_name(k)>{desk.w(&format!("event_link.{}", kind_name(k)))}</option> })}
                    </select>
                    <p class="answers">
                        <button on:click=tie>{desk.w("action.link")}</button>
                        <button on:click=merge>{desk.w("room.take_in")}</button>
                    </p>
                </section>
            }
        })
    }
}

/// Earlier events like it, those of the archive with them.
#[component]
pub(super) fn Alike(shown: Shown) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let found: RwSignal<Option<SimilarEvents>> = RwSignal::new(None);
    let about = Memo::new(move |_| shown.event(desk).map(|e| (e.type_code, e.section, e.place)));
    Effect::new(move |_| {
        about.track();
        let address = format!("/api/v1/events/{}/similar", shown.id);
        leptos::task::spawn_local(async move {
            let Ok(json) = http::get_text(&address).await else {
                return;
            };
            if let Ok(answer) = serde_json::from_str(&json) {
                // Where the room was closed meanwhile nobody listens.
                found.try_set(Some(answer));
            }
        });
    });
    let list = move || {
        let answer = found.get()?;
        let zone = desk.zone.get();
        let how = desk.say(
            "room.alike.how",
            &[("distance_m", Arg::from(answer.near_m))],
        );
        let since = answer.since.map(|t| {
            let day = zone::clock_or_day(t, desk.now.get_untracked(), zone);
            desk.say("room.alike.since", &[("time", Arg::from(&day))])
        });
        let none = answer
            .items
            .is_empty()
            .then(|| view! { <p class="none">{desk.w("room.alike.none")}</p> });
        let items = answer
            .items
            .into_iter()
            .map(|s| alike(desk, s))
            .collect_view();
        Some(
            view! { {none} <ul class="plain alike">{items}</ul> <p class="quiet small">{how}" "{since}</p> },
        )
    };
    view! { <section><h3>{move || desk.w("room.alike")}</h3>{list}</section> }
}

fn alike(desk: Desk, s: SimilarEvent) -> impl IntoView {
    let lang = desk.lang.get();
    let id = s.id;
    let far = s.distance_m.map(|m| distance(lang, m));
    let when = zone::clock_or_day(s.at, desk.now.get_untracked(), desk.zone.get());
    let state = desk.w(&format!("event_state.{}", state_name(s.state)));
    let filed = s.archived.then(|| desk.w("room.alike.archived"));
    let words: Vec<String> = [Some(when), far, Some(state), filed]
        .into_iter()
        .flatten()
        .collect();
    view! {
        <li>
            <button on:click=move |_| desk.select(Some(Selection::Event(id)))>{s.short}</button>
            <span>{desk.type_name(s.type_code.as_ref())}<span class="quiet">" "{words.join(" · ")}</span></span>
        </li>
    }
}
