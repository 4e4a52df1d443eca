//! The line to the server: one WebSocket, judged by its own silence, opened again with growing pauses.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use oneroof_wire::client::{Changed, StreamFault};
use oneroof_wire::{
    ByeReason, ClientMessage, EntityKind, Filter, Remove, SUBPROTOCOL, ServerMessage,
};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use crate::link::{Line, backoff_ms, line};
use crate::view::tracks;

use super::desk::{Desk, Selection};
use super::{map_clock, zone};

/// Milliseconds between two looks at the line.
const LOOK_MS: u64 = 250;
/// A socket that says nothing for so long is closed and opened again.
const GIVE_UP_MS: f64 = 6_000.0;
/// A wall says so often that it paints, milliseconds.
const ALIVE_MS: f64 = 5_000.0;
/// Nobody touched the screen for so long: a quiet moment to load a newer version.
const QUIET_MS: f64 = 20_000.0;

/// What changed since the last flush.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Dirty {
    /// Any entity.
    entities: bool,
    /// An entity that is drawn on the map: anything but feeds and units.
    drawn: bool,
    /// Tracks.
    tracks: Tracks,
}

/// What changed of the tracks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Tracks {
    /// Nothing.
    #[default]
    Same,
    /// Positions.
    Moved,
    /// Identities, or which there are.
    Others,
}

/// The closures of a socket live as long as it does.
struct Session {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

/// Whose line it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Screen {
    /// A desk's.
    Desk,
    /// That of a wall, by its name.
    Wall(String),
}

/// The line.
pub(crate) struct Net {
    desk: Desk,
    screen: Screen,
    /// When a wall last said that it paints.
    said_at: Cell<f64>,
    session: RefCell<Option<Session>>,
    open: Cell<bool>,
    attempt: Cell<u32>,
    next_try: Cell<Option<f64>>,
    last_word: Cell<Option<f64>>,
    opened_at: Cell<f64>,
    version: RefCell<Option<String>>,
    /// A flush is asked for with the next animation frame.
    flush_asked: Cell<bool>,
    dirty: Cell<Dirty>,
    painted: Cell<u64>,
    /// How often the line was opened, for tests.
    pub(crate) opened: Cell<u32>,
}

impl Net {
    /// Opens the line and keeps watch over it.
    pub(crate) fn start(desk: Desk, screen: Screen) -> Rc<Self> {
        let net = Rc::new(Self {
            desk,
            screen,
            said_at: Cell::new(0.0),
            session: RefCell::new(None),
            open: Cell::new(false),
            attempt: Cell::new(0),
            next_try: Cell::new(Some(0.0)),
            last_word: Cell::new(None),
            opened_at: Cell::new(0.0),
            version: RefCell::new(None),
            flush_asked: Cell::new(false),
            dirty: Cell::default(),
            painted: Cell::new(0),
            opened: Cell::new(0),
        });
        let me = Rc::clone(&net);
        // The page's own timer: it lives as long as the page.
        set_interval(move || me.look(), Duration::from_millis(LOOK_MS));
        net.look();
        net
    }

    /// Newest delta that is on the screen.
    pub(crate) fn painted(&self) -> u64 {
        self.painted.get()
    }

    /// A look at the line and the clock, four times a second.
    fn look(self: &Rc<Self>) {
        let now = map_clock();
        let said = line(self.last_word.get(), self.open.get(), now);
        if self.desk.line.get_untracked() != said {
            self.desk.line.set(said);
        }
        let silent = now
            - self
                .last_word
                .get()
                .unwrap_or(0.0)
                .max(self.opened_at.get());
        if self.session.borrow().is_some() && silent > GIVE_UP_MS {
            self.close();
        }
        if self.session.borrow().is_none() && self.next_try.get().is_some_and(|t| now >= t) {
            self.connect();
        }
        if let Some(time) = self.desk.server_now() {
            let before = self.desk.now.get_untracked();
            if before.as_secs() != time.as_secs() {
                self.desk.now.set(time);
                if let Some(stage) = self.desk.stage() {
                    // What is drawn ages also when nothing comes.
                    if said != Line::Live || time.as_secs() % 5 == 0 {
                        stage.time_went_on();
                    }
                }
            }
        }
        if matches!(self.screen, Screen::Wall(_)) && now - self.said_at.get() > ALIVE_MS {
            self.said_at.set(now);
            let me = Rc::clone(self);
            // Said from an animation frame: a page that paints no more says nothing.
            request_animation_frame(move || {
                if me.open.get() {
                    me.say(&ClientMessage::Painted {
                        seq: me.painted.get(),
                    });
                }
            });
        }
        self.reload_when_quiet(now);
    }

    fn reload_when_quiet(&self, now: f64) {
        let desk = &self.desk;
        if desk.reload.get_untracked()
            && now - desk.held().touched.get() > QUIET_MS
            && desk.orders.with_untracked(Vec::is_empty)
            && !desk.asking.get_untracked()
            && let Some(window) = web_sys::window()
        {
            desk.reload.set(false);
            // A page may always load itself again.
            window.location().reload().ok();
        }
    }

    fn connect(self: &Rc<Self>) {
        self.next_try.set(None);
        self.opened_at.set(map_clock());
        if self.open_socket().is_err() {
            self.again();
        }
    }

    fn open_socket(self: &Rc<Self>) -> Result<(), JsValue> {
        let location = web_sys::window().ok_or("no window")?.location();
        let scheme = if location.protocol()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let path = match self.screen {
            Screen::Desk => "/live",
            Screen::Wall(_) => "/live/wall",
        };
        let address = format!("{scheme}://{}{path}", location.host()?);
        let socket = WebSocket::new_with_str(&address, SUBPROTOCOL)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let me = Rc::clone(self);
        let on_open = Closure::<dyn FnMut()>::new(move || me.opened());
        let me = Rc::clone(self);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |e| me.heard(&e));
        let me = Rc::clone(self);
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |_| me.closed());
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        *self.session.borrow_mut() = Some(Session {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        });
        Ok(())
    }

    fn say(&self, message: &ClientMessage) {
        if let (Some(s), Ok(json)) = (
            self.session.borrow().as_ref(),
            serde_json::to_string(message),
        ) {
            // A socket that can't send will be closed, and opened again.
            s.socket.send_with_str(&json).ok();
        }
    }

    fn opened(&self) {
        self.open.set(true);
        self.opened.set(self.opened.get() + 1);
        let cursor = self.desk.with_picture(|p| p.cursor.clone());
        self.say(&ClientMessage::Start {
            cursor,
            filter: Filter::default(),
            wall: match &self.screen {
                Screen::Desk => None,
                Screen::Wall(name) => Some(name.clone()),
            },
        });
    }

    fn heard(self: &Rc<Self>, event: &MessageEvent) {
        let now = map_clock();
        self.last_word.set(Some(now));
        let data = event.data();
        let held = self.desk.held();
        let taken = if let Some(text) = data.as_string() {
            let result = held.picture.borrow_mut().text(&text);
            result.map(|(message, changed)| {
                self.message(&message, now);
                changed
            })
        } else {
            let bytes = js_sys::Uint8Array::new(&data).to_vec();
            held.picture.borrow_mut().binary(&bytes)
        };
        match taken {
            Ok(changed) => {
                if let Some(t) = held.picture.borrow().server_now {
                    let mut clock = held.clock.get();
                    clock.hear(t, now);
                    held.clock.set(clock);
                }
                self.changed(&changed);
            }
            Err(fault) => self.fault(&fault),
        }
    }

    fn fault(self: &Rc<Self>, fault: &StreamFault) {
        leptos::logging::warn!("live stream: {fault}");
        self.desk.held().picture.borrow_mut().cursor = None;
        self.close();
    }

    fn message(&self, message: &ServerMessage, now: f64) {
        let desk = &self.desk;
        match message {
            ServerMessage::Hello {
                version,
                now: time,
                mode,
                banner,
                ..
            } => {
                self.attempt.set(0);
                let mut clock = desk.held().clock.get();
                clock.hear(*time, now);
                desk.held().clock.set(clock);
                desk.now.set(*time);
                desk.mode.set(*mode);
                desk.banner.set(banner.clone());
                // Handles of tracks belong to a session.
                if matches!(desk.selected.get_untracked(), Some(Selection::Track(_))) {
                    desk.select(None);
                }
                let mut first = self.version.borrow_mut();
                match first.as_ref() {
                    None => *first = Some(version.clone()),
                    Some(v) if v != version => desk.reload.set(true),
                    Some(_) => desk.reload.set(false),
                }
            }
            ServerMessage::Beat {
                skipped,
                clock_suspect,
                ..
            } => {
                if *skipped > 0 || desk.skipped.get_untracked() > 0 {
                    desk.skipped.set(u64::from(*skipped));
                }
                if desk.clock_suspect.get_untracked() != *clock_suspect {
                    desk.clock_suspect.set(*clock_suspect);
                }
            }
            ServerMessage::Bye { reason, detail } => {
                leptos::logging::log!("server ends the line: {reason:?} {detail}");
                if *reason == ByeReason::Protocol {
                    desk.held().picture.borrow_mut().cursor = None;
                }
            }
            ServerMessage::Show { show } => desk.held().shown.set(Some(show.clone())),
            ServerMessage::Snapshot { .. }
            | ServerMessage::Delta { .. }
            | ServerMessage::Tracks { .. } => {}
        }
    }

    /// Remembers what changed; the panels and the map follow with the next animation frame, once.
    fn changed(self: &Rc<Self>, changed: &Changed) {
        let mut d = self.dirty.get();
        let mut kinds = changed
            .upserted
            .iter()
            .chain(changed.removed.iter().map(|r| &r.key))
            .peekable();
        d.entities |= changed.snapshot || kinds.peek().is_some();
        d.drawn |= changed.snapshot
            || kinds.any(|k| !matches!(k.kind, EntityKind::Feed | EntityKind::Unit));
        let left = |r: &Remove| r.key.kind == EntityKind::Track;
        let others = changed.snapshot || changed.identities || changed.removed.iter().any(left);
        d.tracks = d.tracks.max(match (others, changed.positions) {
            (true, _) => Tracks::Others,
            (false, 0) => Tracks::Same,
            (false, _) => Tracks::Moved,
        });
        self.dirty.set(d);
        if d == Dirty::default() || self.flush_asked.replace(true) {
            return;
        }
        let me = Rc::clone(self);
        request_animation_frame(move || me.flush());
    }

    fn flush(&self) {
        self.flush_asked.set(false);
        let Dirty {
            entities,
            drawn,
            tracks: changed,
        } = self.dirty.take();
        let positions = changed >= Tracks::Moved;
        let desk = &self.desk;
        if entities {
            desk.version.update(|v| *v += 1);
        }
        if let Some(stage) = desk.stage() {
            if drawn {
                stage.picture_changed();
            }
            if positions {
                stage.positions_changed();
            }
        }
        // Asked of every track, so not with every position.
        if changed == Tracks::Others {
            let recorded = desk.with_picture(|p| {
                p.tracks
                    .values()
                    .any(|t| t.info.as_ref().is_some_and(|i| i.recorded))
            });
            if recorded != desk.recorded.get_untracked() {
                desk.recorded.set(recorded);
            }
        }
        if positions
            && let Some(Selection::Track(h)) = desk.selected.get_untracked()
            && desk.with_picture(|p| tracks::card(p, h).is_none())
        {
            desk.select(None);
        }
        let seq = desk.with_picture(|p| p.seq);
        if entities && seq != self.painted.get() {
            self.painted.set(seq);
            self.say(&ClientMessage::Painted { seq });
        }
    }

    fn closed(&self) {
        self.open.set(false);
        self.session.borrow_mut().take();
        self.again();
    }

    fn close(&self) {
        self.open.set(false);
        if let Some(s) = self.session.borrow_mut().take() {
            s.socket.set_onopen(None);
            s.socket.set_onmessage(None);
            s.socket.set_onclose(None);
            // It is being given up.
            s.socket.close().ok();
        }
        self.again();
    }

    fn again(&self) {
        let attempt = self.attempt.get();
        self.attempt.set(attempt.saturating_add(1));
        self.next_try
            .set(Some(map_clock() + backoff_ms(attempt, zone::random())));
    }
}

/// How many entities of a kind the picture has.
pub(crate) fn count(desk: &Desk, kind: EntityKind) -> usize {
    desk.with_picture(|p| p.entities.keys().filter(|k| k.kind == kind).count())
}
