//! A view in an address: where the map stands and what is chosen, after the `#`, so that it never leaves the browser with a
//! request. `#at=48.12340,24.56780&zoom=8.50&event=ID` is what a colleague gets, and what a saved view is.

use core::fmt::Write as _;

use oneroof_model::{AreaId, EventId, TrackDomain};
use serde::{Deserialize, Serialize};

use crate::wall::View;

/// Most views that one desk keeps.
pub const MAX_SAVED: usize = 20;

/// Most characters of a view's name.
pub const MAX_NAME: usize = 40;

/// Where the browser keeps them.
pub const STORAGE_KEY: &str = "oneroof.views";

/// What is chosen, by names that last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// An event.
    Event(EventId),
    /// A track.
    Track(TrackDomain, String),
    /// A crossing point.
    Bcp(String),
    /// An area on the map.
    Area(AreaId),
}

/// What an address says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Where the map stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
    /// Whether the event's room is open.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub room: bool,
}

const DOMAINS: [(TrackDomain, &str); 5] = [
    (TrackDomain::Vessel, "vessel"),
    (TrackDomain::Aircraft, "aircraft"),
    (TrackDomain::Unit, "unit"),
    (TrackDomain::Vehicle, "vehicle"),
    (TrackDomain::Sensor, "sensor"),
];

/// What may stand in an address as it is.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            // Writing to a String does not fail.
            write!(out, "%{b:02X}").unwrap_or_default();
        }
        out
    })
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        if b == b'%' {
            let hex = |c: u8| char::from(c).to_digit(16);
            let (high, low) = (hex(rest.next()?)?, hex(rest.next()?)?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(b);
        }
    }
    String::from_utf8(bytes).ok()
}

impl Address {
    /// Reads what stands after the `#`. What can't be true is left out.
    pub fn read(hash: &str) -> Self {
        let mut out = Self::default();
        let (mut at, mut zoom) = (None, None);
        for part in hash.trim_start_matches('#').split('&') {
            let Some((key, value)) = part.split_once('=') else {
                continue;
            };
            match key {
                "at" => {
                    at = value.split_once(',').and_then(|(lat, lon)| {
                        Some((lat.parse::<f64>().ok()?, lon.parse::<f64>().ok()?))
                    });
                }
                "zoom" => zoom = value.parse::<f64>().ok(),
                "event" => out.chosen = value.parse().ok().map(Chosen::Event),
                "area" => out.chosen = value.parse().ok().map(Chosen::Area),
                "bcp" => out.chosen = decoded(value).map(Chosen::Bcp),
                "room" => out.room = value == "1",
                _ => {
                    if let Some((domain, _)) = DOMAINS.iter().find(|d| d.1 == key) {
                        out.chosen = decoded(value).map(|ident| Chosen::Track(*domain, ident));
                    }
                }
            }
        }
        out.view = at
            .zip(zoom)
            .map(|((lat, lon), zoom)| View { lat, lon, zoom })
            .filter(View::is_possible);
        out.room &= matches!(out.chosen, Some(Chosen::Event(_)));
        out
    }

    /// As it stands after the `#`; empty where it says nothing.
    pub fn write(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if let Some(v) = self.view {
            parts.push(format!("at={:.5},{:.5}&zoom={:.2}", v.lat, v.lon, v.zoom));
        }
        match &self.chosen {
            Some(Chosen::Event(id)) => parts.push(format!("event={id}")),
            Some(Chosen::Area(id)) => parts.push(format!("area={id}")),
            Some(Chosen::Bcp(id)) => parts.push(format!("bcp={}", encoded(id))),
            Some(Chosen::Track(domain, ident)) => {
                let name = DOMAINS.iter().find(|d| d.0 == *domain).map(|d| d.1);
                parts.extend(name.map(|n| format!("{n}={}", encoded(ident))));
            }
            None => {}
        }
        if self.room {
            parts.push("room=1".to_owned());
        }
        parts.join("&")
    }
}

/// A view with the name that an officer gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// Its name.
    pub name: String,
    /// Where the map stands.
    pub view: View,
}

/// The saved views of a desk.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Views(Vec<Saved>);

impl Views {
    /// Reads what the browser kept; what can't be true is left out.
    pub fn read(kept: Option<&str>) -> Self {
        let mut views: Self = kept
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        views
            .0
            .retain(|s| s.view.is_possible() && !s.name.trim().is_empty());
        views.0.truncate(MAX_SAVED);
        views
    }

    /// All, in the order in which they were saved.
    pub fn all(&self) -> &[Saved] {
        &self.0
    }

    /// Saves a view; one of the same name is replaced. Gives whether there was room for it and a name.
    pub fn save(&mut self, name: &str, view: View) -> bool {
        let name: String = name.trim().chars().take(MAX_NAME).collect();
        if name.is_empty() || !view.is_possible() {
            return false;
        }
        if let Some(old) = self.0.iter_mut().find(|s| s.name == name) {
            old.view = view;
            return true;
        }
        let room = self.0.len() < MAX_SAVED;
        if room {
            self.0.push(Saved { name, view });
        }
        room
    }

    /// Forgets one.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|s| s.name != name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: View = View {
        lat: 48.1234,
        lon: 24.5678,
        zoom: 8.5,
    };

    #[test]
    fn what_is_written_is_read_again() {
        let event: EventId = "00000000-0000-7000-8000-000000000001".parse().unwrap();
        for chosen in [
            None,
            Some(Chosen::Event(event)),
            Some(Chosen::Bcp("UA/PL 07".to_owned())),
            Some(Chosen::Area(
                "00000000-0000-7000-8000-000000000002".parse().unwrap(),
            )),
            Some(Chosen::Track(TrackDomain::Vessel, "272".to_owned())),
            Some(Chosen::Track(TrackDomain::Unit, "Сокіл&=1".to_owned())),
        ] {
            let address = Address {
                view: Some(VIEW),
                room: matches!(chosen, Some(Chosen::Event(_))),
                chosen,
            };
            assert_eq!(Address::read(&address.write()), address);
            assert_eq!(Address::read(&format!("#{}", address.write())), address);
        }
        assert_eq!(Address::default().write(), "");
    }

    #[test]
    fn nonsense_in_an_address_is_left_out() {
        for hash in [
            "",
            "#",
            "#at=1&zoom=3",
            "#at=99,200&zoom=4",
            "#at=NaN,1&zoom=5",
            "#at=48,24",
            "#at=48,24&zoom=99",
            "#event=no",
            "#bcp=%F",
            "#vessel=%FF",
            "#room=1",
            "#=&&=",
        ] {
            assert_eq!(Address::read(hash), Address::default(), "{hash}");
        }
    }

    #[test]
    fn views_are_kept_by_name_and_bounded() {
        let mut v = Views::default();
        assert!(v.save(" Тиса ", VIEW) && v.save("Тиса", View { zoom: 9.0, ..VIEW }));
        assert_eq!(v.all().len(), 1);
        assert!((v.all()[0].view.zoom - 9.0).abs() < 1e-9);
        assert!(!v.save("  ", VIEW) && !v.save("x", View { lat: 90.0, ..VIEW }));
        for n in 0..MAX_SAVED {
            v.save(&format!("v{n}"), VIEW);
        }
        assert_eq!(v.all().len(), MAX_SAVED);
        let json = serde_json::to_string(&v).unwrap();
        assert_eq!(Views::read(Some(&json)), v);
        assert_eq!(Views::read(Some("[{}]")), Views::default());
        v.remove("Тиса");
        assert_eq!(v.all().len(), MAX_SAVED - 1);
    }
}
