//! Acts carried out: by a key, or from the palette.

use leptos::prelude::*;
use oneroof_model::{CommandBody, EventId};
use web_sys::KeyboardEvent;

use crate::acts::{self, Act};
use crate::view::events::{event, next_states};
use crate::view::tracks::recorded_bounds;

use super::app::border;
use super::desk::{Desk, Selection, Zone};
use super::{area_tools, layers, track_tools, views};

/// The chosen event with its version.
fn chosen(desk: Desk) -> Option<(EventId, u64)> {
    let Some(Selection::Event(id)) = desk.selected.get_untracked() else {
        return None;
    };
    desk.with_picture(|p| event(p, id).map(|e| (id, e.version)))
}

/// Whether an act can be done now.
fn possible(desk: Desk, act: Act) -> bool {
    let on_event = || chosen(desk).is_some();
    match act {
        Act::Undo => desk.hands.can_undo(),
        Act::Confirm | Act::Reject => desk.questions.with_untracked(|q| !q.is_empty()),
        Act::State(to) => chosen(desk).is_some_and(|(id, _)| {
            desk.with_picture(|p| event(p, id).is_some_and(|e| next_states(e.state).contains(&to)))
        }),
        Act::Life(value) => chosen(desk).is_some_and(|(id, _)| {
            desk.with_picture(|p| event(p, id).is_some_and(|e| e.life_at_risk != value))
        }),
        Act::Impact(_) | Act::Questions | Act::Room => on_event(),
        Act::TakeLead => chosen(desk).is_some_and(|(id, _)| {
            let own = desk.officer.get_untracked().map(|o| o.org);
            desk.with_picture(|p| event(p, id).is_some_and(|e| own.is_none() || e.lead != own))
        }),
        Act::ShowChosen => desk.selected.get_untracked().is_some(),
        Act::Recorded => desk.recorded.get_untracked(),
        Act::Speak(lang) => desk.lang.get_untracked() != lang,
        Act::KyivTime => desk.zone.get_untracked() != Zone::Kyiv,
        Act::Utc => desk.zone.get_untracked() != Zone::Utc,
        Act::Next | Act::Previous => desk.rows.with_untracked(|r| !r.is_empty()),
        Act::Pair | Act::FollowTrack | Act::AllTracks => track_tools::possible(desk, act),
        Act::Layers | Act::Net | Act::NextMap | Act::Symbols => layers::possible(desk, act),
        Act::Call
        | Act::Filter
        | Act::Vectors
        | Act::Here
        | Act::Coverage
        | Act::Areas
        | Act::Draw(_)
        | Act::Regions
        | Act::Weather
        | Act::Lock
        | Act::Lists
        | Act::Views
        | Act::CopyLink
        | Act::Border
        | Act::Measure
        | Act::Rings
        | Act::Coordinates
        | Act::Tone
        | Act::Officer
        | Act::Help => true,
    }
}

/// The acts that can be done now, in the order of the palette.
pub(crate) fn now(desk: Desk) -> Vec<Act> {
    acts::ALL
        .iter()
        .copied()
        .filter(|a| possible(desk, *a))
        .collect()
}

/// Does it. Where it is not possible now, nothing is done; of an undo that is said.
pub(crate) fn perform(desk: Desk, act: Act) {
    match act {
        Act::Call => open_call(desk),
        Act::Undo => undo(desk),
        Act::Next => desk.step(1),
        Act::Previous => desk.step(-1),
        Act::Confirm => desk.answer(true),
        Act::Reject => desk.answer(false),
        Act::ShowChosen => desk.show_selected(),
        Act::Lock => desk.hands.toggle_hold(),
        Act::Border => border(desk),
        Act::Recorded => {
            if let (Some(stage), Some(b)) = (desk.stage(), desk.with_picture(recorded_bounds)) {
                stage.fit(b);
            }
        }
        Act::Measure => desk.hands.toggle_measure(),
        Act::Rings => rings(desk),
        Act::Regions => desk.hands.regions.update(|open| *open = !*open),
        Act::Weather => desk.hands.weather.update(|on| *on = !*on),
        Act::Coordinates => desk.hands.next_form(),
        Act::Pair
        | Act::FollowTrack
        | Act::Filter
        | Act::AllTracks
        | Act::Vectors
        | Act::Here
        | Act::Coverage => {
            track_tools::perform(desk, act);
        }
        Act::Areas => desk.hands.areas.panel.update(|open| *open = !*open),
        Act::Draw(kind) => area_tools::draw(desk, kind, chosen(desk).map(|c| c.0)),
        Act::Layers | Act::Net | Act::NextMap | Act::Symbols => layers::perform(desk, act),
        Act::State(state) => on_chosen(desk, |event| CommandBody::SetState {
            event,
            state,
            reason: None,
        }),
        Act::Impact(impact) => on_chosen(desk, |event| CommandBody::SetImpact { event, impact }),
        Act::Life(life_at_risk) => on_chosen(desk, |event| CommandBody::SetLifeAtRisk {
            event,
            life_at_risk,
        }),
        Act::Room => desk.hands.room.update(|r| *r = !*r),
        Act::Questions => desk.hands.impact.set(chosen(desk).map(|c| c.0)),
        Act::TakeLead => match desk.officer.get_untracked() {
            Some(o) => on_chosen(desk, |event| CommandBody::SetLead { event, lead: o.org }),
            None => desk.asking.set(true),
        },
        Act::Lists => open_lists(),
        Act::Views => desk.hands.views_open.update(|o| *o = !*o),
        Act::CopyLink => views::copy_link(desk),
        Act::Tone => desk.hands.next_tone(),
        Act::Speak(lang) => desk.lang.set(lang),
        Act::KyivTime => desk.zone.set(Zone::Kyiv),
        Act::Utc => desk.zone.set(Zone::Utc),
        Act::Officer => desk.asking.set(true),
        Act::Help => desk.help.update(|h| *h = !*h),
    }
}

fn on_chosen(desk: Desk, body: impl FnOnce(EventId) -> CommandBody) {
    if let Some((id, version)) = chosen(desk) {
        desk.send(Some(version), body(id));
    }
}

/// Opens the form; asks first who sits here, where that is not known.
pub(crate) fn open_call(desk: Desk) {
    desk.hands.palette.set(false);
    desk.hands.call.set(true);
    if desk.officer.get_untracked().is_none() {
        desk.asking.set(true);
    }
}

/// The lists in a window of their own; asked for again, the same window comes to the front.
pub(crate) fn open_lists() {
    if let Some(window) = web_sys::window() {
        // Where the browser opens no window it says so itself.
        window
            .open_with_url_and_target("/lists", "oneroof-lists")
            .ok();
    }
}

fn undo(desk: Desk) {
    match desk.with_picture(|p| desk.hands.step_back(p)) {
        Some(back) => desk.send_back(&back),
        None => desk.hands.note.set(Some("act.undo.none")),
    }
}

/// Rings at what is chosen, else under the pointer; a second time they are taken away.
fn rings(desk: Desk) {
    let hands = desk.hands;
    let at = if hands.rings.get_untracked().is_some() {
        None
    } else {
        desk.place_selected()
            .or_else(|| hands.pointer.get_untracked())
            .or_else(|| desk.stage()?.middle())
    };
    hands.rings.set(at);
}

/// What keys do before the screen's own: the palette from everywhere, Escape for what lies on top, the acts' letters. Gives
/// whether the key was taken.
pub(crate) fn key(desk: Desk, e: &KeyboardEvent, typing: bool) -> bool {
    let hands = desk.hands;
    let taken = || {
        e.prevent_default();
        true
    };
    if (e.ctrl_key() || e.meta_key()) && !e.alt_key() && e.code() == "KeyK" {
        hands.palette.update(|open| *open = !*open);
        return taken();
    }
    let asked = desk.asking.get_untracked() || desk.help.get_untracked();
    if e.key() == "Escape" {
        if asked {
            return false;
        }
        if hands.palette.get_untracked() {
            hands.palette.set(false);
            return taken();
        }
        for open in [hands.views_open, hands.layers.open] {
            if open.get_untracked() {
                open.set(false);
                return taken();
            }
        }
        if hands.put_away() {
            return taken();
        }
        if hands.regions.get_untracked() {
            hands.regions.set(false);
            return taken();
        }
        if hands.call.get_untracked() {
            hands.call.set(false);
            return taken();
        }
        if hands.room.get_untracked() {
            hands.room.set(false);
            return taken();
        }
        return false;
    }
    // Nothing under an open dialog hears a letter.
    if hands.palette.get_untracked() || hands.impact.get_untracked().is_some() {
        return true;
    }
    if typing || asked || e.ctrl_key() || e.alt_key() || e.meta_key() {
        return false;
    }
    if area_tools::key(desk, e) {
        return taken();
    }
    let search = e.key() == "/" || (e.code() == "Slash" && !e.shift_key() && e.key() != "?");
    if search {
        hands.palette.set(true);
        return taken();
    }
    // The keys of the list and of the question are the screen's own. An undo that is not possible is said.
    let here = |a: &Act| {
        !matches!(
            a,
            Act::Next | Act::Previous | Act::Confirm | Act::Reject | Act::ShowChosen | Act::Border
        ) && (possible(desk, *a) || *a == Act::Undo)
    };
    let code = e.code();
    let Some(act) = Act::of_code(&code).find(here) else {
        return false;
    };
    perform(desk, act);
    taken()
}
