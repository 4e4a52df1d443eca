//! What an officer has in his hands at the desk: the palette, the call form, the tools on the map, the lock of the view,
//! his own last steps. Signals, cheap to copy; what they mean is computed in pure modules.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use oneroof_model::{Command, CommandId, EventId, LatLon};
use oneroof_wire::ReportRequest;
use oneroof_wire::client::Picture;

use crate::address::Views;
use crate::calls::Log;
use crate::map::follow::Follow;
use crate::map::measure::{Form, MAX_POINTS};
use crate::map::palette::Tone;
use crate::undo::{Return, Step, Steps, Thing, way_back};
use crate::view::events::EventRow;

use super::area_tools::AreaTools;
use super::layers::MapLayers;
use super::track_tools::TrackTools;
use super::zone;

/// Name under which the browser keeps the form of coordinates.
const FORM_KEY: &str = "oneroof.coordinates";

/// Name under which the browser keeps the palette.
const TONE_KEY: &str = "oneroof.tone";

/// Most commands of which the way back is kept while they wait for their receipts.
const MAX_PLANNED: usize = 50;

/// What a click on the map does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tool {
    /// It chooses what lies there.
    #[default]
    Choose,
    /// It adds a point to the measured path.
    Measure,
    /// It gives the call its place.
    Pick,
    /// It chooses the second track of a pair.
    Pair,
    /// It says for which place it is asked who was there.
    Here,
}

/// What a command that waits for its receipt is.
enum Planned {
    /// A step that can be taken back then.
    Step(Step),
    /// A step being taken back: what it changes, and the version that it had found.
    Return((Option<Thing>, Option<u64>)),
}

#[derive(Default)]
struct Inner {
    follow: RefCell<Follow>,
    steps: RefCell<Steps>,
    planned: RefCell<Vec<(CommandId, Planned)>>,
}

/// The hands. A page has one pair, and they live as long as the page.
pub(crate) struct Hands {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    /// Whether the palette is open.
    pub(crate) palette: RwSignal<bool>,
    /// Whether the call form is open.
    pub(crate) call: RwSignal<bool>,
    /// What a click on the map does.
    pub(crate) tool: RwSignal<Tool>,
    /// The measured path.
    pub(crate) path: RwSignal<Vec<LatLon>>,
    /// The centre of the range rings.
    pub(crate) rings: RwSignal<Option<LatLon>>,
    /// A place that was searched for.
    pub(crate) pin: RwSignal<Option<LatLon>>,
    /// Where the pointer is on the map.
    pub(crate) pointer: RwSignal<Option<LatLon>>,
    /// The place picked for the call.
    pub(crate) picked: RwSignal<Option<LatLon>>,
    /// How coordinates are written.
    pub(crate) form: RwSignal<Form>,
    /// Whether somebody holds the map.
    pub(crate) held: RwSignal<bool>,
    /// Calls that are no reports yet.
    pub(crate) log: RwSignal<Log>,
    /// Whether the browser keeps them.
    pub(crate) keeps: RwSignal<bool>,
    /// A refused call that is being corrected.
    pub(crate) correct: RwSignal<Option<ReportRequest>>,
    /// Whether the room of the chosen event is open.
    pub(crate) room: RwSignal<bool>,
    /// The event whose impact is asked for.
    pub(crate) impact: RwSignal<Option<EventId>>,
    /// Saved views of the map.
    pub(crate) views: RwSignal<Views>,
    /// Whether they are shown.
    pub(crate) views_open: RwSignal<bool>,
    /// Palette of this desk.
    pub(crate) tone: RwSignal<Tone>,
    /// Whether the map stands.
    pub(crate) ready: RwSignal<bool>,
    /// Something to tell once: a key of the catalogue.
    pub(crate) note: RwSignal<Option<&'static str>>,
    /// Whether the regions are listed, and what is not known of them is marked on the map.
    pub(crate) regions: RwSignal<bool>,
    /// Whether the weather is on the map.
    pub(crate) weather: RwSignal<bool>,
    /// What is done with tracks.
    pub(crate) tracks: &'static TrackTools,
    /// Areas that are drawn.
    pub(crate) areas: &'static AreaTools,
    /// What lies under and over the picture by choice.
    pub(crate) layers: &'static MapLayers,
}

impl Hands {
    /// Empty hands.
    pub(crate) fn new() -> &'static Self {
        let kept = zone::kept(FORM_KEY);
        let kept_tone = zone::kept(TONE_KEY);
        Box::leak(Box::new(Self {
            inner: StoredValue::new_local(Rc::default()),
            palette: RwSignal::new(false),
            call: RwSignal::new(false),
            tool: RwSignal::new(Tool::Choose),
            path: RwSignal::new(Vec::new()),
            rings: RwSignal::new(None),
            pin: RwSignal::new(None),
            pointer: RwSignal::new(None),
            picked: RwSignal::new(None),
            form: RwSignal::new(Form::of_name(&kept.unwrap_or_default())),
            held: RwSignal::new(false),
            log: RwSignal::new(Log::default()),
            keeps: RwSignal::new(true),
            correct: RwSignal::new(None),
            room: RwSignal::new(false),
            impact: RwSignal::new(None),
            views: RwSignal::new(Views::default()),
            views_open: RwSignal::new(false),
            tone: RwSignal::new(Tone::of_name(&kept_tone.unwrap_or_default())),
            ready: RwSignal::new(false),
            note: RwSignal::new(None),
            regions: RwSignal::new(false),
            weather: RwSignal::new(false),
            tracks: TrackTools::new(),
            areas: AreaTools::new(),
            layers: MapLayers::new(),
        }))
    }

    fn inner(&self) -> Rc<Inner> {
        self.inner.with_value(Rc::clone)
    }

    /// A gesture of a person: the map stays.
    pub(crate) fn hold(&self) {
        self.inner().follow.borrow_mut().hold();
        self.tracks.stop_following();
        if !self.held.get_untracked() {
            self.held.set(true);
        }
    }

    /// Lets the map go, or holds it. Where it follows a track it ends that, and stays.
    pub(crate) fn toggle_hold(&self) {
        if self.tracks.stop_following() {
            return;
        }
        if self.held.get_untracked() {
            self.inner().follow.borrow_mut().release();
            self.held.set(false);
        } else {
            self.hold();
        }
    }

    /// What to show for these open events, with the border; `None` where the map stays.
    pub(crate) fn fit(&self, rows: &[EventRow], border: [f64; 4]) -> Option<[f64; 4]> {
        self.inner().follow.borrow_mut().fit(rows, border)
    }

    /// The next form of coordinates.
    pub(crate) fn next_form(&self) {
        self.form.update(|f| *f = f.next());
        zone::keep(FORM_KEY, self.form.get_untracked().name());
    }

    /// The next palette.
    pub(crate) fn next_tone(&self) {
        self.tone.update(|t| *t = t.next());
        zone::keep(TONE_KEY, self.tone.get_untracked().name());
    }

    /// Begins to measure, or ends it and takes the path away.
    pub(crate) fn toggle_measure(&self) {
        let measuring = self.tool.get_untracked() == Tool::Measure;
        self.path.set(Vec::new());
        self.tool.set(if measuring {
            Tool::Choose
        } else {
            Tool::Measure
        });
    }

    /// A click on the map; gives whether a tool took it.
    pub(crate) fn clicked(&self, at: LatLon) -> bool {
        match self.tool.get_untracked() {
            Tool::Choose => {
                self.pin.set(None);
                false
            }
            // What lies there is looked at, not the place.
            Tool::Pair => false,
            Tool::Here => {
                self.tracks.here_at.set(Some(at));
                self.tool.set(Tool::Choose);
                true
            }
            Tool::Measure => {
                self.path.update(|p| {
                    if p.len() < MAX_POINTS {
                        p.push(at);
                    }
                });
                true
            }
            Tool::Pick => {
                self.picked.set(Some(at));
                self.tool.set(Tool::Choose);
                true
            }
        }
    }

    /// Puts a tool away; gives whether there was one.
    pub(crate) fn put_away(&self) -> bool {
        let tool = self.tool.get_untracked() != Tool::Choose;
        if !tool && (self.areas.put_away() || self.tracks.put_away()) {
            return true;
        }
        let rings = self.rings.get_untracked().is_some();
        let pin = self.pin.get_untracked().is_some();
        if tool {
            self.path.set(Vec::new());
            self.tool.set(Tool::Choose);
        } else if rings {
            self.rings.set(None);
        } else if pin {
            self.pin.set(None);
        }
        tool || rings || pin
    }

    /// Remembers the way back from a command that is being sent.
    pub(crate) fn plan(&self, picture: &Picture, order: &Command) {
        if let Some(back) = way_back(picture, &order.body) {
            let step = Step {
                done: order.body.clone(),
                back,
                before: order.if_version,
                version: None,
            };
            self.remember(order.id, Planned::Step(step));
        }
    }

    /// Remembers that a command takes a step back.
    pub(crate) fn plan_return(&self, id: CommandId, back: &Return) {
        self.remember(id, Planned::Return(back.found));
    }

    fn remember(&self, id: CommandId, what: Planned) {
        let inner = self.inner();
        let mut planned = inner.planned.borrow_mut();
        if planned.len() == MAX_PLANNED {
            planned.remove(0);
        }
        planned.push((id, what));
    }

    /// A command was carried out and left its event in this version: it can be taken back now.
    pub(crate) fn carried_out(&self, id: CommandId, version: Option<u64>) {
        let inner = self.inner();
        let mut planned = inner.planned.borrow_mut();
        let Some(at) = planned.iter().position(|p| p.0 == id) else {
            return;
        };
        let mut steps = inner.steps.borrow_mut();
        match planned.remove(at).1 {
            Planned::Step(step) => steps.push(Step { version, ..step }),
            Planned::Return(found) => steps.came_back(found, version),
        }
    }

    /// Whether there is a step to take back.
    pub(crate) fn can_undo(&self) -> bool {
        !self.inner().steps.borrow().is_empty()
    }

    /// Takes the last step off: the command that leads back.
    pub(crate) fn step_back(&self, picture: &Picture) -> Option<Return> {
        self.inner().steps.borrow_mut().pop(picture)
    }
}
