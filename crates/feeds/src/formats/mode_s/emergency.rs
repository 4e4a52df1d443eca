//! Emergencies of aircraft as reports: once when one begins, once when it ends. Shared by all formats that carry
//! aircraft.
//!
//! An aircraft says so by its Mode A code (7500, 7600, 7700; ICAO Doc 4444, 8.5 and Doc 8168) and by an emergency
//! state (RTCA DO-260B, table 2-78). Both are sent over and over; the taxonomy has no type of its own for them, so the
//! report carries the code as it was sent.

use std::collections::BTreeMap;

use oneroof_model::{
    Identifier, IdentifierKind, Interval, LatLon, Place, PlaceKind, Relation, ReportDraft,
    SourceKey, SourceKind, Time,
};

use super::codes::{Address, Squawk};

/// Most aircraft in an emergency that are remembered; the one that began first makes room.
const MAX_REMEMBERED: usize = 1_024;

/// Seconds of silence after which an aircraft that says so again is in another emergency: 6 hours.
const EPISODE_S: i64 = 6 * 3_600;

/// Kinds of emergency, the graver the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Emergency {
    /// A flight with somebody ill or hurt on board, or for somebody who is.
    Medical,
    /// Little fuel.
    Fuel,
    /// No radio contact; 7600.
    Radio,
    /// Any emergency; 7700.
    General,
    /// It has come down.
    Downed,
    /// Unlawful interference; 7500.
    Unlawful,
}

impl Emergency {
    /// By Mode A code.
    fn of_squawk(squawk: Squawk) -> Option<Self> {
        match squawk.as_str() {
            "7500" => Some(Self::Unlawful),
            "7600" => Some(Self::Radio),
            "7700" => Some(Self::General),
            _ => None,
        }
    }

    /// By emergency state, 0 to 7.
    const fn of_state(state: u8) -> Option<Self> {
        match state {
            1 => Some(Self::General),
            2 => Some(Self::Medical),
            3 => Some(Self::Fuel),
            4 => Some(Self::Radio),
            5 => Some(Self::Unlawful),
            6 => Some(Self::Downed),
            _ => None,
        }
    }

    /// The name of its state.
    const fn name(self) -> &'static str {
        match self {
            Self::Medical => "lifeguard",
            Self::Fuel => "minfuel",
            Self::Radio => "nordo",
            Self::General => "general",
            Self::Downed => "downed",
            Self::Unlawful => "unlawful",
        }
    }

    /// Whether a life is in danger by its meaning; nothing where it does not say.
    const fn life_at_risk(self) -> Option<bool> {
        match self {
            Self::General | Self::Downed | Self::Unlawful => Some(true),
            Self::Medical | Self::Fuel | Self::Radio => None,
        }
    }
}

/// What a message says of an emergency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::formats) struct Signs {
    /// By its Mode A code.
    pub squawk: Option<Squawk>,
    /// By its emergency state, 0 (none) to 7.
    pub state: Option<u8>,
}

/// The aircraft that a message is of.
#[derive(Debug, Clone, Copy)]
pub(in crate::formats) struct Sender<'a> {
    /// Its address.
    pub address: Address,
    /// Its call sign, where known.
    pub callsign: Option<&'a str>,
    /// Where it is, where known.
    pub place: Option<LatLon>,
    /// When it was heard.
    pub at: Time,
}

#[derive(Debug, Default)]
struct Remembered {
    squawk: Option<Emergency>,
    /// The Mode A code while it is one of emergency.
    code: Option<Squawk>,
    state: Option<Emergency>,
    reported: Option<(Emergency, String)>,
    since: Time,
    heard: Time,
}

/// Aircraft in an emergency.
#[derive(Debug, Default)]
pub(in crate::formats) struct Emergencies {
    active: BTreeMap<Address, Remembered>,
}

impl Emergencies {
    /// Takes what a message says; gives a report where an emergency begins, changes its kind, or ends.
    pub(in crate::formats) fn take(
        &mut self,
        signs: Signs,
        sender: &Sender<'_>,
    ) -> Option<ReportDraft> {
        let by_squawk = signs.squawk.map(Emergency::of_squawk);
        let by_state = signs.state.map(Emergency::of_state);
        let begins = by_squawk.flatten().is_some() || by_state.flatten().is_some();
        if !begins && !self.active.contains_key(&sender.address) {
            return None;
        }
        self.make_room(sender.address);
        let own = self
            .active
            .entry(sender.address)
            .or_insert_with(|| Remembered {
                since: sender.at,
                heard: sender.at,
                ..Remembered::default()
            });
        if sender.at > own.heard.plus_secs(EPISODE_S) {
            *own = Remembered {
                since: sender.at,
                ..Remembered::default()
            };
        }
        own.heard = own.heard.max(sender.at);
        if let Some(kind) = by_squawk {
            own.squawk = kind;
            own.code = signs.squawk.filter(|_| kind.is_some());
        }
        if let Some(kind) = by_state {
            own.state = kind;
        }
        let now = own.squawk.max(own.state);
        let before = own.reported.as_ref().map(|(kind, _)| *kind);
        if now == before {
            if now.is_none() {
                self.active.remove(&sender.address);
            }
            return None;
        }
        let Some(kind) = now else {
            let ended = self.active.remove(&sender.address)?.reported;
            return ended.map(|(kind, key)| ended_report(kind, key, sender));
        };
        own.since = sender.at;
        let key = format!("{}-{}-{}", sender.address, kind.name(), own.since.as_secs());
        let report = begun_report(kind, own, &key, sender);
        own.reported = Some((kind, key));
        Some(report)
    }

    fn make_room(&mut self, address: Address) {
        if self.active.len() < MAX_REMEMBERED || self.active.contains_key(&address) {
            return;
        }
        let first = self.active.iter().min_by_key(|(_, own)| own.since);
        if let Some(first) = first.map(|(address, _)| *address) {
            self.active.remove(&first);
        }
    }
}

fn begun_report(kind: Emergency, own: &Remembered, key: &str, sender: &Sender<'_>) -> ReportDraft {
    let code = match own.code {
        Some(squawk) if own.squawk == Some(kind) => format!("squawk {}", squawk.as_str()),
        _ => format!("emergency {}", kind.name()),
    };
    ReportDraft {
        source: Some(SourceKey {
            key: key.to_owned(),
            revision: None,
        }),
        title: Some(format!("{}: {code}", name(sender))),
        original_code: Some(code),
        life_at_risk: kind.life_at_risk(),
        ..report(sender)
    }
}

/// The emergency is over: the aircraft says so, or no longer says that there is one.
fn ended_report(kind: Emergency, key: String, sender: &Sender<'_>) -> ReportDraft {
    ReportDraft {
        source: Some(SourceKey {
            key: format!("{key}-ended"),
            revision: None,
        }),
        relation: Relation::Update { of: vec![key] },
        title: Some(format!("{}: {} ended", name(sender), kind.name())),
        original_code: Some("emergency none".to_owned()),
        ..report(sender)
    }
}

/// What both share.
fn report(sender: &Sender<'_>) -> ReportDraft {
    let number = sender.address.number();
    let icao = sender.address.is_icao().then(|| Identifier {
        kind: IdentifierKind::Icao24,
        value: format!("{number:06X}"),
    });
    let callsign = sender.callsign.map(|value| Identifier {
        kind: IdentifierKind::CallSign,
        value: value.to_owned(),
    });
    ReportDraft {
        occurred: Some(Interval::at(sender.at)),
        reported: Some(sender.at),
        place: match sender.place {
            Some(at) => Place {
                kind: PlaceKind::Gnss,
                ..Place::point(at)
            },
            None => Place {
                described: Some(name(sender)),
                ..Place::default()
            },
        },
        source_kind: Some(SourceKind::Sensor),
        identifiers: icao.into_iter().chain(callsign).collect(),
        ..ReportDraft::default()
    }
}

/// Call sign and address, as far as they are known.
fn name(sender: &Sender<'_>) -> String {
    match sender.callsign {
        Some(callsign) => format!("{callsign} ({})", sender.address),
        None => format!("{}", sender.address),
    }
}
