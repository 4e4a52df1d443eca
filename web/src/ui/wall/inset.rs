//! What is new outside of the view: shown in a corner, on a small map of its own. The large map stays where it is.

use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;

use super::Wall;
use crate::ui::desk::Desk;
use crate::ui::list::Mark;
use crate::ui::map::Stage;
use crate::view::events::EventRow;
use crate::words::age;

/// Zoom of the small map: some fifty kilometres.
const ZOOM: f64 = 9.0;

/// For how long an event is proposed, seconds since it became known to the wall.
const PROPOSED_S: f64 = 120.0;

/// The corner.
#[component]
pub(crate) fn Inset() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let stage = StoredValue::new_local(None::<Rc<Stage>>);
    let since = StoredValue::new(0.0);
    let row = Memo::new(move |_| {
        let id = wall.proposed.get()?;
        desk.rows.with(|r| r.iter().find(|r| r.id == id).cloned())
    });
    Effect::new(move |_| {
        wall.proposed.track();
        since.set_value(super::map_clock());
    });
    Effect::new(move |_| {
        desk.now.track();
        let old = super::map_clock() - since.get_value() > PROPOSED_S * 1_000.0;
        if old && wall.proposed.get_untracked().is_some() {
            wall.proposed.set(None);
        }
    });
    let element = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let (Some(r), Some(div)) = (row.get(), element.get()) else {
            return;
        };
        if stage.with_value(Option::is_none) {
            // Without the small map the words remain.
            stage.set_value(Stage::new(&div, desk).ok());
        }
        let Some(at) = r.at else { return };
        if let Some(s) = stage.get_value() {
            // Shown only now: the map learns its size once the page has it.
            request_animation_frame(move || {
                s.resized();
                s.go(at, ZOOM);
                s.everything();
            });
        }
    });
    Effect::new(move |_| {
        desk.now.track();
        desk.version.track();
        if row.get_untracked().is_some()
            && let Some(s) = stage.get_value()
        {
            s.picture_changed();
            s.positions_changed();
        }
    });
    view! {
        <aside class="wall-inset" class:open=move || row.get().is_some() aria-live="polite">
            {move || row.get().map(|r| words(desk, r))}
            <div class="inset-map" node_ref=element></div>
        </aside>
    }
}

fn words(desk: Desk, row: EventRow) -> impl IntoView {
    let lang = desk.lang.get();
    let place = row
        .place
        .line(lang)
        .unwrap_or_else(|| desk.w("event.place_unknown"));
    let kind = row.type_code.clone();
    view! {
        <p class="inset-head">
            <strong>{desk.w("wall.new_elsewhere")}</strong>
            <span>{move || age(lang, desk.now.get().secs_since(row.since))}</span>
        </p>
        <p class="inset-what">
            <Mark code=row.type_code impact=row.impact/>
            <span>{desk.type_name(kind.as_ref())}</span>
        </p>
        <p class="inset-where">{place}</p>
    }
}
