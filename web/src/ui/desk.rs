//! What the panels share: the picture, the clock, what is selected, who sits here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use oneroof_model::{AreaId, CommandBody, CommandId, EventId, LatLon, Mode, OrgId, Time, TypeCode};
use oneroof_wire::client::Picture;
use oneroof_wire::{Show, WallState};
use wasm_bindgen_futures::spawn_local;

use crate::areas;
use crate::centre::Centre;
use crate::link::{Line, ServerClock};
use crate::officer::{Officer, STORAGE_KEY};
use crate::order::{Order, Outcome, outcome};
use crate::undo::{Return, Told, told};
use crate::view::events::EventRow;
use crate::view::suggestions::Question;
use crate::view::{events, suggestions};
use crate::words::{Arg, Lang, t};

use super::hands::Hands;
use super::map::{Hit, Stage, bcp};
use super::{http, track_tools, zone};

/// What is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// An event.
    Event(EventId),
    /// A track by its handle.
    Track(u32),
    /// A crossing point by its id.
    Bcp(String),
    /// An area on the map.
    Area(AreaId),
}

/// Which clock the screen shows times in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Zone {
    /// Europe/Kyiv.
    #[default]
    Kyiv,
    /// Universal time.
    Utc,
}

/// What is not a signal: it is read when something is drawn or asked.
pub(crate) struct Held {
    /// The picture.
    pub(crate) picture: RefCell<Picture>,
    /// The server's clock.
    pub(crate) clock: Cell<ServerClock>,
    /// The map, once it stands.
    pub(crate) stage: RefCell<Option<Rc<Stage>>>,
    /// When somebody last touched the screen, milliseconds.
    pub(crate) touched: Cell<f64>,
    /// Commands that wait until it is known who gives them.
    pub(crate) unsigned: RefCell<Vec<(Option<u64>, CommandBody)>>,
    /// What is sent once a command with this body was carried out.
    pub(crate) after: RefCell<Vec<(CommandBody, CommandBody)>>,
    /// What a desk asked this wall to show.
    pub(crate) shown: RwSignal<Option<Show>>,
    /// The walls as the server knows them.
    pub(crate) walls: RwSignal<Vec<WallState>>,
}

/// The desk: signals and the picture. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    held: StoredValue<Rc<Held>, LocalStorage>,
    /// Language.
    pub(crate) lang: RwSignal<Lang>,
    /// Zone of the times.
    pub(crate) zone: RwSignal<Zone>,
    /// The server's time, moving once a second.
    pub(crate) now: RwSignal<Time>,
    /// Counts changes of entities.
    pub(crate) version: RwSignal<u64>,
    /// The line to the server.
    pub(crate) line: RwSignal<Line>,
    /// What this screen shows: actual, exercise or test.
    pub(crate) mode: RwSignal<Mode>,
    /// `demo` or `recorded`.
    pub(crate) banner: RwSignal<Option<String>>,
    /// What is selected.
    pub(crate) selected: RwSignal<Option<Selection>>,
    /// Commands without a good end yet.
    pub(crate) orders: RwSignal<Vec<Order>>,
    /// Who sits here.
    pub(crate) officer: RwSignal<Option<Officer>>,
    /// Whether the form for it is open.
    pub(crate) asking: RwSignal<bool>,
    /// Whether the keys are explained.
    pub(crate) help: RwSignal<bool>,
    /// The centre's tables.
    pub(crate) centre: RwSignal<Centre>,
    /// Positions skipped since the page came, and in the last beats.
    pub(crate) skipped: RwSignal<u64>,
    /// Whether the pointer is over something that can be selected.
    pub(crate) hover: RwSignal<bool>,
    /// Whether recorded tracks are there, to jump to.
    pub(crate) recorded: RwSignal<bool>,
    /// Whether the server mistrusts its own clock.
    pub(crate) clock_suspect: RwSignal<bool>,
    /// Whether a newer version of the server waits for a reload.
    pub(crate) reload: RwSignal<bool>,
    /// Open events, the most important first.
    pub(crate) rows: Memo<Vec<EventRow>>,
    /// Open questions.
    pub(crate) questions: Memo<Vec<Question>>,
    /// Palette, call form, tools, lock, own steps.
    pub(crate) hands: &'static Hands,
}

impl Desk {
    /// An empty desk, with what the browser kept from last time.
    pub(crate) fn new() -> Self {
        let held = StoredValue::new_local(Rc::new(Held {
            picture: RefCell::default(),
            clock: Cell::default(),
            stage: RefCell::default(),
            touched: Cell::new(0.0),
            unsigned: RefCell::default(),
            after: RefCell::default(),
            shown: RwSignal::new(None),
            walls: RwSignal::new(Vec::new()),
        }));
        let officer = zone::kept(STORAGE_KEY).and_then(|json| serde_json::from_str(&json).ok());
        let version = RwSignal::new(0u64);
        let mode = RwSignal::new(Mode::Actual);
        let rows = Memo::new(move |_| {
            version.track();
            held.with_value(|h| events::open_events(&h.picture.borrow(), mode.get()))
        });
        let questions = Memo::new(move |_| {
            version.track();
            held.with_value(|h| suggestions::questions(&h.picture.borrow(), mode.get()))
        });
        Self {
            held,
            lang: RwSignal::new(Lang::of_tag(
                &zone::kept("oneroof.lang").unwrap_or_default(),
            )),
            zone: RwSignal::new(Zone::Kyiv),
            now: RwSignal::new(Time::EPOCH),
            version,
            line: RwSignal::new(Line::Connecting),
            mode,
            banner: RwSignal::new(None),
            selected: RwSignal::new(None),
            orders: RwSignal::new(Vec::new()),
            officer: RwSignal::new(officer),
            asking: RwSignal::new(false),
            help: RwSignal::new(false),
            centre: RwSignal::new(Centre::default()),
            skipped: RwSignal::new(0),
            hover: RwSignal::new(false),
            recorded: RwSignal::new(false),
            clock_suspect: RwSignal::new(false),
            reload: RwSignal::new(false),
            rows,
            questions,
            hands: Hands::new(),
        }
    }

    /// What is not a signal.
    pub(crate) fn held(&self) -> Rc<Held> {
        self.held.with_value(Rc::clone)
    }

    /// Reads the picture. Call `version.track()` before where the answer has to stay current.
    pub(crate) fn with_picture<T>(&self, f: impl FnOnce(&Picture) -> T) -> T {
        f(&self.held().picture.borrow())
    }

    /// The map, once it stands.
    pub(crate) fn stage(&self) -> Option<Rc<Stage>> {
        self.held().stage.borrow().clone()
    }

    /// The server's time now; `None` before its first word.
    pub(crate) fn server_now(&self) -> Option<Time> {
        self.held().clock.get().now(super::map_clock())
    }

    /// A text of the catalogue in the screen's language; follows the language.
    pub(crate) fn say(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        t(self.lang.get(), key, args)
    }

    /// A short text of the catalogue.
    pub(crate) fn w(&self, key: &str) -> String {
        self.say(key, &[])
    }

    /// The badge of an agency, without following the language.
    pub(crate) fn badge(&self, org: &OrgId) -> String {
        self.centre
            .with_untracked(|c| c.badge(org, self.lang.get_untracked()))
    }

    /// The name of an agency; follows the language.
    pub(crate) fn agency(&self, org: &OrgId) -> String {
        let lang = self.lang.get();
        self.centre.with(|c| c.agency_name(org, lang))
    }

    /// All agencies with their badges.
    pub(crate) fn badges(&self) -> Vec<(OrgId, String)> {
        let lang = self.lang.get_untracked();
        self.centre.with_untracked(|c| {
            c.agencies
                .iter()
                .map(|a| (a.code.clone(), c.badge(&a.code, lang)))
                .collect()
        })
    }

    /// The name of an event type; follows the language.
    pub(crate) fn type_name(&self, code: Option<&TypeCode>) -> String {
        let lang = self.lang.get();
        code.map_or_else(
            || t(lang, "unknown", &[]),
            |c| self.centre.with(|centre| centre.type_name(c, lang)),
        )
    }

    /// Something on the map was clicked, or nothing.
    pub(crate) fn clicked(&self, hit: Option<Hit>) {
        match hit {
            Some(Hit::Event(id)) => self.select(Some(Selection::Event(id))),
            Some(Hit::Track(h)) => self.select(Some(Selection::Track(h))),
            Some(Hit::Bcp(id)) => self.select(Some(Selection::Bcp(id))),
            Some(Hit::Area(id)) => self.select(Some(Selection::Area(id))),
            Some(Hit::Region) => self.hands.regions.set(true),
            None => {}
        }
    }

    /// Selects something.
    pub(crate) fn select(&self, what: Option<Selection>) {
        if track_tools::took_second(*self, what.as_ref()) {
            return;
        }
        if !matches!(what, Some(Selection::Event(_))) {
            self.hands.room.set(false);
        }
        self.selected.set(what);
        if let Some(stage) = self.stage() {
            stage.set_trail(Vec::new());
        }
    }

    /// Shows on the map what is selected.
    pub(crate) fn show_selected(&self) {
        if let (Some(stage), Some(bounds)) = (self.stage(), self.extent_selected()) {
            stage.fit(bounds);
            return;
        }
        if let (Some(stage), Some(at)) = (self.stage(), self.place_selected()) {
            stage.show(at);
        }
    }

    /// The rectangle (south, west, north, east) of the area that is selected.
    fn extent_selected(&self) -> Option<[f64; 4]> {
        let Some(Selection::Area(id)) = self.selected.get_untracked() else {
            return None;
        };
        let b = self.with_picture(|p| areas::extent(&areas::area(p, id)?.shape))?;
        // Some way around it, and more in the east, where its panel lies over the map.
        let (height, width) = (b.north - b.south, b.width_deg());
        let east = (b.west + width * 1.6).min(180.0);
        Some([
            b.south - height * 0.1,
            b.west - width * 0.1,
            b.north + height * 0.15,
            east,
        ])
    }

    /// Where that is which is selected.
    pub(crate) fn place_selected(&self) -> Option<LatLon> {
        match self.selected.get_untracked() {
            Some(Selection::Event(id)) => self
                .rows
                .with_untracked(|rows| rows.iter().find(|r| r.id == id).and_then(|r| r.at)),
            Some(Selection::Track(h)) => {
                self.with_picture(|p| crate::view::tracks::card(p, h).and_then(|c| c.at))
            }
            Some(Selection::Bcp(id)) => self.with_picture(|p| bcp(p, &id).map(|b| b.at)),
            Some(Selection::Area(id)) => {
                self.with_picture(|p| areas::extent(&areas::area(p, id)?.shape)?.center())
            }
            None => None,
        }
    }

    /// Walks through the priority list.
    pub(crate) fn step(&self, by: isize) {
        let selected = match self.selected.get_untracked() {
            Some(Selection::Event(id)) => Some(id),
            _ => None,
        };
        let next = self
            .rows
            .with_untracked(|rows| events::neighbour(rows, selected, by));
        if let Some(id) = next {
            self.select(Some(Selection::Event(id)));
        }
    }

    /// Answers the question that the card asks.
    pub(crate) fn answer(&self, yes: bool) {
        let Some(q) = self.questions.with_untracked(|q| q.first().cloned()) else {
            return;
        };
        let waits = self.orders.with_untracked(|o| {
            o.iter()
                .any(|o| o.suggestion() == Some(q.id) && o.outcome == Outcome::Pending)
        });
        if waits {
            return;
        }
        let suggestion = q.id;
        self.send(
            None,
            if yes {
                CommandBody::AcceptSuggestion { suggestion }
            } else {
                CommandBody::RejectSuggestion { suggestion }
            },
        );
    }

    /// Sends a command, or asks first who sits here and sends it then.
    pub(crate) fn send(&self, if_version: Option<u64>, body: CommandBody) {
        self.give(if_version, body, None);
    }

    /// Sends a command, and another one once it was carried out, however often it had to be tried: sent at once, the second
    /// could be there first and make the version wrong that the first one names.
    pub(crate) fn send_then(&self, if_version: Option<u64>, body: CommandBody, then: CommandBody) {
        let held = self.held();
        held.after.borrow_mut().push((body.clone(), then));
        self.send(if_version, body);
    }

    /// What waited for a command with this body.
    fn next_after(&self, body: &CommandBody) -> Option<CommandBody> {
        let held = self.held();
        let mut after = held.after.borrow_mut();
        let at = after.iter().position(|(first, _)| first == body)?;
        Some(after.remove(at).1)
    }

    /// Sends the command that takes a step back; it is no step that could be taken back again.
    pub(crate) fn send_back(&self, back: &Return) {
        self.give(back.if_version, back.body.clone(), Some(back));
    }

    fn give(&self, if_version: Option<u64>, body: CommandBody, back: Option<&Return>) {
        let Some(officer) = self.officer.get_untracked() else {
            self.held().unsigned.borrow_mut().push((if_version, body));
            self.asking.set(true);
            return;
        };
        let Some(id) = zone::new_uuid(self.server_now()) else {
            return;
        };
        let order = Order::new(CommandId(id), officer.actor(), if_version, body);
        match back {
            Some(back) => self.hands.plan_return(order.command.id, back),
            None => self.with_picture(|p| self.hands.plan(p, &order.command)),
        }
        // An older failure of the same kind is answered by the new try.
        self.orders.update(|all| {
            all.retain(|o| o.outcome == Outcome::Pending || o.command.body != order.command.body);
            all.push(order.clone());
        });
        self.deliver(&order);
    }

    /// Somebody has said who sits here, or would not (`None`): what waited for that is sent, or dropped.
    pub(crate) fn signed(&self, officer: Option<Officer>) {
        self.asking.set(false);
        let waited = core::mem::take(&mut *self.held().unsigned.borrow_mut());
        if officer.is_none() {
            self.held().after.borrow_mut().clear();
        }
        if let Some(officer) = officer {
            self.officer.set(Some(officer));
            for (if_version, body) in waited {
                self.send(if_version, body);
            }
        }
    }

    /// Sends the same command once more (the server carries it out once).
    pub(crate) fn retry(&self, id: CommandId) {
        let again = self.orders.try_update(|all| {
            let o = all.iter_mut().find(|o| o.command.id == id)?;
            o.outcome = Outcome::Pending;
            Some(o.clone())
        });
        if let Some(Some(order)) = again {
            self.deliver(&order);
        }
    }

    /// Takes a command off the list.
    pub(crate) fn forget(&self, id: CommandId) {
        self.orders.update(|all| all.retain(|o| o.command.id != id));
    }

    /// Gives a command up: what waited for it is not sent.
    pub(crate) fn give_up(&self, order: &Order) {
        self.next_after(&order.command.body);
        self.forget(order.command.id);
    }

    fn deliver(&self, order: &Order) {
        let desk = *self;
        let id = order.command.id;
        let Ok(body) = serde_json::to_string(&order.command) else {
            return;
        };
        let done = order.command.body.clone();
        spawn_local(async move {
            let end = match http::post_json("/api/v1/commands", &body).await {
                Ok(answer) => {
                    if let Told::Done(version) = told(&answer.body) {
                        desk.hands.carried_out(id, version);
                    }
                    outcome(&answer.body)
                }
                Err(_) => Some(Outcome::Unknown),
            };
            match end {
                None => {
                    desk.forget(id);
                    if let Some(next) = desk.next_after(&done) {
                        desk.send(None, next);
                    }
                }
                Some(outcome) => desk.orders.update(|all| {
                    if let Some(o) = all.iter_mut().find(|o| o.command.id == id) {
                        o.outcome = outcome;
                    }
                }),
            }
        });
    }
}
