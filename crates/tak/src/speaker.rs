//! The frames of the hub, said in Cursor on Target to one client.

use std::collections::{BTreeSet, HashMap};

use oneroof_feeds::encode::{Encoder as _, Saying};
use oneroof_feeds::formats::cot::{CotEncoder, Form};
use oneroof_model::{EventState, Time, TrackDomain};
use oneroof_wire::columns::{self, FrameError, Row};
use oneroof_wire::{Entity, EntityKey, EntityKind, ServerMessage, TrackInfo};

use crate::own::Own;

/// A track of the client's picture.
#[derive(Debug, Default)]
struct Told {
    info: Option<TrackInfo>,
    row: Option<Row>,
    /// Whether the client has it.
    said: bool,
}

/// Says what the hub gives. It remembers what the client has, so that nothing is withdrawn that was never said, and what is
/// gone always is; the picture bounds it.
#[derive(Debug)]
pub(crate) struct Speaker {
    encoder: CotEncoder,
    /// Events that the client has.
    events: BTreeSet<EntityKey>,
    /// Events of the snapshot that is coming in.
    fresh: BTreeSet<EntityKey>,
    /// By the hub's handle.
    tracks: HashMap<u32, Told>,
    /// What was said since it was last asked.
    said: u64,
}

/// Where things are said: of whom not, when, and the buffer.
pub(crate) struct To<'a> {
    /// Who the client is.
    pub(crate) own: &'a Own,
    /// Now.
    pub(crate) now: Time,
    /// What goes to the client.
    pub(crate) out: &'a mut Vec<u8>,
}

impl Speaker {
    /// To a client that has nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            encoder: CotEncoder::new(Form::Xml),
            events: BTreeSet::new(),
            fresh: BTreeSet::new(),
            tracks: HashMap::new(),
            said: 0,
        }
    }

    /// The form that both sides have agreed on.
    pub(crate) const fn go_over(&mut self, form: Form) {
        self.encoder.go_over(form);
    }

    /// How many things were said since this was last asked.
    pub(crate) const fn take_said(&mut self) -> u64 {
        core::mem::replace(&mut self.said, 0)
    }

    /// Takes a text message.
    pub(crate) fn message(&mut self, message: &ServerMessage, to: &mut To<'_>) {
        match message {
            // The hub's handles begin anew; what the client has of before is said again, or goes stale with it.
            ServerMessage::Hello { .. } => {
                self.tracks.clear();
                self.fresh.clear();
            }
            ServerMessage::Snapshot { entities, last, .. } => {
                for entity in entities {
                    if matches!(entity, Entity::Event(_)) {
                        self.fresh.insert(entity.key());
                    }
                    self.entity(entity, to);
                }
                if *last {
                    let fresh = core::mem::take(&mut self.fresh);
                    let gone: Vec<EntityKey> = self.events.difference(&fresh).cloned().collect();
                    for key in &gone {
                        self.gone(key, to);
                    }
                }
            }
            ServerMessage::Delta { upsert, remove, .. } => {
                for entity in upsert {
                    self.entity(entity, to);
                }
                for remove in remove {
                    self.gone(&remove.key, to);
                }
            }
            ServerMessage::Tracks { tracks } => {
                for info in tracks {
                    let told = self.tracks.entry(info.h).or_default();
                    told.info = Some(info.clone());
                    // New ones are said with their position, which follows.
                    if told.said {
                        self.track(info.h, to);
                    }
                }
            }
            ServerMessage::Beat { .. } | ServerMessage::Show { .. } | ServerMessage::Bye { .. } => {
            }
        }
    }

    /// Takes a frame of positions.
    ///
    /// # Errors
    /// Where it is none.
    pub(crate) fn positions(&mut self, frame: &[u8], to: &mut To<'_>) -> Result<(), FrameError> {
        let frame = columns::decode(frame)?;
        for row in &frame.rows {
            self.tracks.entry(row.handle).or_default().row = Some(*row);
            self.track(row.handle, to);
        }
        for (handle, _) in &frame.removed {
            if self.tracks.remove(handle).is_some_and(|told| told.said) {
                self.track_gone(*handle, to);
            }
        }
        Ok(())
    }

    /// More is known of who the client is: its own unit is taken back where it was said.
    pub(crate) fn withdraw_own(&mut self, to: &mut To<'_>) {
        let own = |told: &Told| told.said && told.info.as_ref().is_some_and(|i| to.own.is(i));
        let mut handles = Vec::new();
        for (handle, told) in self.tracks.iter_mut().filter(|(_, told)| own(told)) {
            told.said = false;
            handles.push(*handle);
        }
        for handle in handles {
            self.track_gone(handle, to);
        }
    }

    fn entity(&mut self, entity: &Entity, to: &mut To<'_>) {
        match entity {
            Entity::Event(event) => {
                let key = entity.key();
                let over = matches!(
                    event.state,
                    EventState::Closed | EventState::Dismissed | EventState::Merged
                );
                if over {
                    // The encoder withdraws it under its own type.
                    if self.events.remove(&key) {
                        self.say(
                            Saying::Entity {
                                view: entity,
                                at: None,
                            },
                            to,
                        );
                    }
                } else if self.say(
                    Saying::Entity {
                        view: entity,
                        at: None,
                    },
                    to,
                ) {
                    self.events.insert(key);
                } else {
                    // It had a place and has none now.
                    self.gone(&key, to);
                }
            }
            Entity::Unit(unit) => {
                // The encoder learns its name and kind; it stands where its track is.
                self.encoder.say(
                    Saying::Entity {
                        view: entity,
                        at: None,
                    },
                    to.now,
                    to.out,
                );
                let of_unit = |told: &&Told| {
                    let info = told.info.as_ref();
                    let id = unit.unit.id.as_str();
                    told.said
                        && info.is_some_and(|i| i.domain == TrackDomain::Unit && i.ident == id)
                };
                let told = self.tracks.values().find(of_unit);
                if let Some(h) = told.and_then(|t| t.info.as_ref()).map(|i| i.h) {
                    self.track(h, to);
                }
            }
            // Said by what they became, or no matter of a map in the field.
            Entity::Report(_)
            | Entity::Suggestion(_)
            | Entity::Feed(_)
            | Entity::Section(_)
            | Entity::Bcp(_)
            | Entity::Area(_)
            | Entity::Region(_)
            | Entity::Weather(_) => {}
        }
    }

    fn gone(&mut self, key: &EntityKey, to: &mut To<'_>) {
        if self.events.remove(key) {
            self.say(Saying::Gone(key), to);
        }
    }

    fn track(&mut self, handle: u32, to: &mut To<'_>) {
        let Some(told) = self.tracks.get_mut(&handle) else {
            return;
        };
        let (Some(info), Some(row)) = (&told.info, &told.row) else {
            return;
        };
        if to.own.is(info) {
            return;
        }
        let saying = Saying::Track { info, row };
        if self.encoder.say(saying, to.now, to.out) {
            told.said = true;
            self.said += 1;
        }
    }

    fn track_gone(&mut self, handle: u32, to: &mut To<'_>) {
        let key = EntityKey {
            kind: EntityKind::Track,
            id: handle.to_string(),
        };
        self.say(Saying::Gone(&key), to);
    }

    fn say(&mut self, saying: Saying<'_>, to: &mut To<'_>) -> bool {
        let said = self.encoder.say(saying, to.now, to.out);
        self.said += u64::from(said);
        said
    }
}
