//! Agreeing on a version of the TAK protocol, and asking whether the other side lives: events in XML that speak of the
//! connection and of nothing else (`protocol.txt` of TAK protocol version 1).
//!
//! A connection begins in XML. The server says which versions it has (`t-x-takp-v`); the client asks for one
//! (`t-x-takp-q`) and sends nothing more until the server has answered (`t-x-takp-r`); after a yes both go on in the new
//! version with their next message, after a no in XML.

use oneroof_model::Time;
use serde::Serialize;

use super::Element;
use super::event::{Event, Point};

/// Type of a question whether the other side lives.
pub const PING: &str = "t-x-c-t";

/// Type of the answer to it.
pub const PONG: &str = "t-x-c-t-r";

/// Seconds for which such a message holds.
const HOLDS_S: i64 = 60;

/// Most versions that are read of one offer.
const MAX_VERSIONS: usize = 32;

/// A message about the version of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Negotiation {
    /// The server has these versions (`TakProtocolSupport`).
    Support {
        /// Versions beside XML, as numbers from 1.
        versions: Vec<u32>,
    },
    /// The client asks for one (`TakRequest`).
    Request {
        /// The version.
        version: u32,
    },
    /// The server's answer (`TakResponse`).
    Response {
        /// Whether the version asked for is used from now on.
        accepted: bool,
    },
}

impl Negotiation {
    /// What an event says of the version, if it does.
    pub fn of(event: &Event) -> Option<Self> {
        let control = || event.detail("TakControl");
        let version = |e: &Element| e.filled("version")?.parse::<u32>().ok();
        match event.kind.as_str() {
            "t-x-takp-v" => {
                let offers = control()?
                    .children()
                    .filter(|e| e.name == "TakProtocolSupport");
                let versions: Vec<u32> = offers.filter_map(version).take(MAX_VERSIONS).collect();
                Some(Self::Support { versions })
            }
            "t-x-takp-q" => {
                let version = version(control()?.child("TakRequest")?)?;
                Some(Self::Request { version })
            }
            "t-x-takp-r" => {
                let status = control()?.child("TakResponse")?.filled("status")?;
                let accepted = status.eq_ignore_ascii_case("true") || status == "1";
                Some(Self::Response { accepted })
            }
            _ => None,
        }
    }

    /// The event that says it, at `now`.
    pub fn to_event(&self, uid: &str, now: Time) -> Event {
        let mut control = Element::new("TakControl");
        let kind = match self {
            Self::Support { versions } => {
                for version in versions {
                    let offer =
                        Element::new("TakProtocolSupport").with("version", version.to_string());
                    control = control.holding(offer);
                }
                "t-x-takp-v"
            }
            Self::Request { version } => {
                control = control
                    .holding(Element::new("TakRequest").with("version", version.to_string()));
                "t-x-takp-q"
            }
            Self::Response { accepted } => {
                control = control
                    .holding(Element::new("TakResponse").with("status", accepted.to_string()));
                "t-x-takp-r"
            }
        };
        let mut event = of_connection(uid, kind, now);
        event.push_detail(control);
        event
    }
}

/// A question whether the other side lives.
pub fn ping(uid: &str, now: Time) -> Event {
    of_connection(uid, PING, now)
}

/// The answer to [`ping`].
pub fn pong(uid: &str, now: Time) -> Event {
    of_connection(uid, PONG, now)
}

fn of_connection(uid: &str, kind: &str, now: Time) -> Event {
    let mut event = Event::new(uid, kind, "m-g", now, now.plus_secs(HOLDS_S));
    event.point = Point::NOWHERE;
    event
}

#[cfg(test)]
mod tests {
    use super::super::xml;
    use super::*;

    const NOW: Time = Time::from_secs(1_795_401_660);

    #[test]
    fn each_message_is_read_back_from_its_xml() {
        for said in [
            Negotiation::Support {
                versions: vec![1, 2],
            },
            Negotiation::Support {
                versions: Vec::new(),
            },
            Negotiation::Request { version: 1 },
            Negotiation::Response { accepted: true },
            Negotiation::Response { accepted: false },
        ] {
            let text = xml::write(&said.to_event("u", NOW));
            let (event, faults) = xml::read(&text).unwrap();
            assert_eq!(
                (Negotiation::of(&event), faults.len()),
                (Some(said), 0),
                "{text}"
            );
        }
    }

    #[test]
    fn what_does_not_say_its_version_says_nothing() {
        let mut event = of_connection("u", "t-x-takp-q", NOW);
        assert_eq!(Negotiation::of(&event), None);
        event.push_detail(
            Element::new("TakControl").holding(Element::new("TakRequest").with("version", "x")),
        );
        assert_eq!(Negotiation::of(&event), None);
        assert_eq!(Negotiation::of(&ping("u", NOW)), None);
        assert_eq!(pong("u", NOW).kind, "t-x-c-t-r");
    }
}
