//! Areas at the desk: the one that is being drawn, the list, what keys and clicks do to them. Signals; what they mean is
//! computed in `crate::areas`.

use leptos::prelude::*;
use oneroof_geo::AreaFault;
use oneroof_model::{AreaId, CommandBody, EventId, LatLon};
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::areas::sketch::{Kind, Sketch};
use crate::areas::{area, fault_key, fault_numbers, on_map};
use crate::words::Arg;

use super::desk::{Desk, Selection};
use super::hands::Tool;
use super::zone;

/// The tools. A page has one set, and they live as long as the page.
pub(crate) struct AreaTools {
    /// The area that is being drawn or changed.
    pub(crate) sketch: RwSignal<Option<Sketch>>,
    /// Whether the list is open.
    pub(crate) panel: RwSignal<bool>,
    /// What is wrong with the sketch, since somebody tried to save it.
    pub(crate) fault: RwSignal<Option<AreaFault>>,
    /// Counts the sketches: each has a form of its own.
    pub(crate) begun: RwSignal<u32>,
    /// Counts how often the drawing on the map was ended: the form takes the focus then.
    pub(crate) ended: RwSignal<u32>,
}

impl AreaTools {
    /// Tools with nothing in hand.
    pub(crate) fn new() -> &'static Self {
        Box::leak(Box::new(Self {
            sketch: RwSignal::new(None),
            panel: RwSignal::new(false),
            fault: RwSignal::new(None),
            begun: RwSignal::new(0),
            ended: RwSignal::new(0),
        }))
    }

    /// Whether something is being drawn or changed.
    pub(crate) fn drawing(&self) -> bool {
        self.sketch.with_untracked(Option::is_some)
    }

    /// Puts away what lies on top; gives whether there was anything.
    pub(crate) fn put_away(&self) -> bool {
        if self.drawing() {
            self.give_up();
            return true;
        }
        let open = self.panel.get_untracked();
        if open {
            self.panel.set(false);
        }
        open
    }

    /// Draws no more.
    pub(crate) fn give_up(&self) {
        self.sketch.set(None);
        self.fault.set(None);
    }

    /// Changes the sketch, where there is one. What was wrong with it may be right now.
    pub(crate) fn change<T>(&self, f: impl FnOnce(&mut Sketch) -> T) -> Option<T> {
        if !self.drawing() {
            return None;
        }
        self.fault.set(None);
        self.sketch.try_update(|s| s.as_mut().map(f)).flatten()
    }

    /// Ends the drawing on the map where there is enough of it; else it is said what is missing.
    pub(crate) fn finish(&self, desk: Desk) -> bool {
        if self.change(Sketch::finish) == Some(true) {
            self.ended.update(|n| *n = n.wrapping_add(1));
            return true;
        }
        let mode = desk.mode.get_untracked();
        let fault = self
            .sketch
            .with_untracked(|s| s.as_ref().and_then(|s| s.draft(mode).err()));
        self.fault.set(fault);
        false
    }
}

/// Watches from now on: what is drawn anew on the map, also when an area is over.
pub(crate) fn start(desk: Desk) {
    watch(desk);
    let tools = desk.hands.areas;
    Effect::new(move |_| {
        tools.sketch.track();
        if let Some(stage) = desk.stage() {
            stage.let_double_clicks_zoom(!tools.drawing());
            stage.tools_changed();
        }
    });
    Effect::new(move |_| {
        desk.hands.pointer.track();
        let open = tools
            .sketch
            .with_untracked(|s| s.as_ref().is_some_and(|s| s.open));
        if open && let Some(stage) = desk.stage() {
            stage.tools_changed();
        }
    });
}

/// An area that is over leaves the map, though nothing came from the server.
pub(crate) fn watch(desk: Desk) {
    let shown = Memo::new(move |_| {
        desk.version.track();
        let (mode, now) = (desk.mode.get(), desk.now.get());
        desk.with_picture(|p| on_map(p, mode, now).map(|a| a.id).collect::<Vec<AreaId>>())
    });
    Effect::new(move |_| {
        shown.track();
        if let Some(stage) = desk.stage() {
            stage.picture_changed();
        }
    });
}

/// Begins a new area. It belongs to the event that was named, else to none.
pub(crate) fn draw(desk: Desk, kind: Kind, event: Option<EventId>) {
    begin(desk, Sketch::new(kind, event));
}

/// Begins to change an area.
pub(crate) fn change(desk: Desk, id: AreaId) {
    if let Some(sketch) = desk.with_picture(|p| area(p, id).map(Sketch::of)) {
        begin(desk, sketch);
    }
}

/// Takes up again what a command said that was refused. An area that is gone meanwhile is drawn anew.
pub(crate) fn again(desk: Desk, body: &CommandBody) {
    if let CommandBody::SetArea { area: id, draft } = body {
        let changes = desk.with_picture(|p| area(p, *id).map(|a| (a.id, a.version)));
        begin(desk, Sketch::of_draft(draft, changes));
    }
}

fn begin(desk: Desk, sketch: Sketch) {
    let (hands, tools) = (desk.hands, desk.hands.areas);
    hands.tool.set(Tool::Choose);
    hands.path.set(Vec::new());
    hands.room.set(false);
    hands.call.set(false);
    tools.panel.set(false);
    tools.fault.set(None);
    tools.begun.update(|n| *n = n.wrapping_add(1));
    tools.sketch.set(Some(sketch));
}

/// A click on the map; gives whether it was taken by the drawing. While there is one, a click chooses nothing else.
pub(crate) fn clicked(desk: Desk, at: LatLon, near_m: f64) -> bool {
    let tools = desk.hands.areas;
    if !tools.drawing() || desk.hands.tool.get_untracked() != Tool::Choose {
        return false;
    }
    if tools.change(|s| s.click(at, near_m)) == Some(true) {
        tools.ended.update(|n| *n = n.wrapping_add(1));
    }
    true
}

/// A key while an area is drawn and nobody types: Enter ends, Backspace takes the last position back. Gives whether it was
/// taken.
pub(crate) fn key(desk: Desk, e: &KeyboardEvent) -> bool {
    let tools = desk.hands.areas;
    if !tools.drawing() || desk.hands.tool.get_untracked() != Tool::Choose || on_button(e) {
        return false;
    }
    match e.key().as_str() {
        "Enter" => {
            let open = tools
                .sketch
                .with_untracked(|s| s.as_ref().is_some_and(|s| s.open));
            if open {
                tools.finish(desk);
            } else {
                // To the form, where Enter saves.
                tools.ended.update(|n| *n = n.wrapping_add(1));
            }
        }
        "Backspace" => {
            tools.change(Sketch::back);
        }
        _ => return false,
    }
    true
}

fn on_button(e: &KeyboardEvent) -> bool {
    e.target()
        .and_then(|t| t.dyn_into::<HtmlElement>().ok())
        .is_some_and(|t| matches!(t.tag_name().as_str(), "BUTTON" | "A"))
}

/// Sends what is drawn; what is wrong with it is said instead. Asks first who sits here, and keeps the drawing meanwhile.
pub(crate) fn save(desk: Desk) {
    let tools = desk.hands.areas;
    let mode = desk.mode.get_untracked();
    let Some(sketch) = tools.sketch.get_untracked() else {
        return;
    };
    let draft = match sketch.draft(mode) {
        Ok(draft) => draft,
        Err(fault) => {
            tools.fault.set(Some(fault));
            return;
        }
    };
    if desk.officer.get_untracked().is_none() {
        desk.asking.set(true);
        return;
    }
    let fresh = || zone::new_uuid(desk.server_now()).map(AreaId);
    let version = sketch.changes.map(|c| c.1);
    let Some(id) = sketch.changes.map(|c| c.0).or_else(fresh) else {
        return;
    };
    tools.give_up();
    desk.select(Some(Selection::Area(id)));
    let draft = Box::new(draft);
    desk.send(version, CommandBody::SetArea { area: id, draft });
}

/// What is wrong, in words.
pub(crate) fn fault_text(desk: Desk, fault: &AreaFault) -> String {
    let numbers = fault_numbers(fault);
    let args: Vec<(&str, Arg<'_>)> = numbers
        .iter()
        .map(|(name, n)| (*name, Arg::from(*n)))
        .collect();
    desk.say(fault_key(fault), &args)
}
