//! One end of a stream connection (`protocol.txt` of TAK protocol version 1, "streaming connections").
//!
//! ```text
//! server                                    client
//!   t-x-takp-v: I have version 1    ─────►
//!                                   ◄─────  t-x-takp-q: let us use 1, and nothing more until the answer
//!   t-x-takp-r: yes                 ─────►
//!   protocol buffers from here on   ◄────►  protocol buffers from here on
//! ```
//! All of it is in XML. After a no, or where the client never asks, both stay with XML for good.

use oneroof_feeds::formats::cot::{
    Event, Form, Negotiation, PING, PONG, TakMessage, ping, pong, xml,
};
use oneroof_model::Time;

/// The version of the TAK protocol that is spoken beside XML.
pub const VERSION: u32 = 1;

/// Seconds that a client waits for the answer to its request; then the connection is of no use, for nobody knows in
/// which version the other side goes on.
pub const ANSWER_WITHIN_S: i64 = 60;

/// Seconds without a word from the other side after which it is asked whether it lives, and asked again.
pub const PING_AFTER_S: i64 = 15;

/// Seconds without a word from the other side after which it is taken for lost.
pub const LOST_AFTER_S: i64 = 60;

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It was connected to, and offers versions.
    Server,
    /// It has connected, and asks for one.
    Client,
}

/// Where both stand about the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// XML; a client may still ask.
    Open,
    /// A client has asked and says nothing until it is answered.
    Asked { since: Time },
    /// Protocol buffers.
    Agreed,
    /// XML for good.
    Refused,
}

/// What a received event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// Of the connection: it has been dealt with, and is no news for the picture.
    OfSession,
    /// Of the world.
    OfWorld,
}

/// Why a connection is of no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// A client's request was not answered.
    #[error("no answer to the request for version {VERSION} within {ANSWER_WITHIN_S} s")]
    NoAnswer,
    /// The other side says nothing any more.
    #[error("not a word for {LOST_AFTER_S} s")]
    Silent,
}

/// One end of one connection. Nothing in it grows.
#[derive(Debug)]
pub struct Session {
    role: Role,
    /// The uid under which it speaks of itself.
    uid: String,
    stage: Stage,
    heard: Time,
    /// When it last asked whether the other side lives.
    asked_life: Time,
    /// Whether silence is an end.
    ends_silent: bool,
}

impl Session {
    /// A connection that was made at `now`, and what to say first: a server offers its version.
    pub fn open(role: Role, uid: &str, now: Time, out: &mut Vec<u8>) -> Self {
        let session = Self {
            role,
            uid: uid.to_owned(),
            stage: Stage::Open,
            heard: now,
            asked_life: now,
            ends_silent: true,
        };
        if role == Role::Server {
            let versions = vec![VERSION];
            session.write(&Negotiation::Support { versions }.to_event(uid, now), out);
        }
        session
    }

    /// Asks for signs of life, and leaves it to others what silence means: a listener that is held back by its reader knows
    /// better whose silence it is.
    #[must_use]
    pub const fn patient(mut self) -> Self {
        self.ends_silent = false;
        self
    }

    /// In which form the picture is sent now; `None` while nothing may be sent.
    pub const fn form(&self) -> Option<Form> {
        match self.stage {
            Stage::Open | Stage::Refused => Some(Form::Xml),
            Stage::Asked { .. } => None,
            Stage::Agreed => Some(Form::Proto),
        }
    }

    /// Bytes came, of whatever kind: the other side lives.
    pub fn heard(&mut self, now: Time) {
        self.heard = self.heard.max(now);
    }

    /// Deals with an event that was received, and appends what is to be answered. What was sent before the answer is in
    /// the old form, what is sent after it in the new one: hand `out` to the socket before anything that is written later.
    pub fn received(&mut self, event: &Event, now: Time, out: &mut Vec<u8>) -> Received {
        self.heard(now);
        match Negotiation::of(event) {
            Some(Negotiation::Support { versions }) => self.offered(&versions, now, out),
            Some(Negotiation::Request { version }) => self.requested(version, now, out),
            Some(Negotiation::Response { accepted }) => self.answered(accepted),
            None if event.kind == PING => {
                if self.form().is_some() {
                    self.write(&pong(&self.uid, now), out);
                }
            }
            None if event.kind == PONG || event.is_a("t-x-takp") => {}
            None => return Received::OfWorld,
        }
        Received::OfSession
    }

    /// Time passes: asks for a sign of life where the other side has been silent.
    ///
    /// # Errors
    /// Where the connection is of no use any more.
    pub fn tick(&mut self, now: Time, out: &mut Vec<u8>) -> Result<(), Ended> {
        let silent = |since: Time, seconds: i64| now >= since.plus_secs(seconds);
        if let Stage::Asked { since } = self.stage
            && silent(since, ANSWER_WITHIN_S)
        {
            return Err(Ended::NoAnswer);
        }
        if self.ends_silent && silent(self.heard, LOST_AFTER_S) {
            return Err(Ended::Silent);
        }
        if self.form().is_some() && silent(self.heard.max(self.asked_life), PING_AFTER_S) {
            self.asked_life = now;
            self.write(&ping(&self.uid, now), out);
        }
        Ok(())
    }

    /// A server's offer: a client asks for our version once.
    fn offered(&mut self, versions: &[u32], now: Time, out: &mut Vec<u8>) {
        if self.role == Role::Client && self.stage == Stage::Open && versions.contains(&VERSION) {
            let request = Negotiation::Request { version: VERSION };
            self.write(&request.to_event(&self.uid, now), out);
            self.stage = Stage::Asked { since: now };
        }
    }

    /// A client's request: the answer goes out in the form of before, all that follows in the new one.
    fn requested(&mut self, version: u32, now: Time, out: &mut Vec<u8>) {
        if self.role != Role::Server {
            return;
        }
        let accepted = version == VERSION;
        let answer = Negotiation::Response { accepted };
        self.write(&answer.to_event(&self.uid, now), out);
        if accepted {
            self.stage = Stage::Agreed;
        }
    }

    /// A server's answer; one that was not asked for changes nothing.
    const fn answered(&mut self, accepted: bool) {
        if let Stage::Asked { .. } = self.stage {
            self.stage = if accepted {
                Stage::Agreed
            } else {
                Stage::Refused
            };
        }
    }

    /// Appends an event in the form of the moment.
    fn write(&self, event: &Event, out: &mut Vec<u8>) {
        match self.stage {
            Stage::Agreed => TakMessage::of(event.clone()).write_stream(out),
            Stage::Open | Stage::Asked { .. } | Stage::Refused => xml::write_stream(event, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use oneroof_feeds::{Options, Output, build};

    use super::*;

    const T: Time = Time::from_secs(1_795_401_660);

    /// The one event in XML that bytes hold.
    fn event(bytes: &[u8]) -> Event {
        let (event, faults) = xml::read(core::str::from_utf8(bytes).unwrap()).unwrap();
        assert_eq!(faults, [""; 0]);
        event
    }

    /// Gives an end bytes of the other, and what it answers.
    fn give(session: &mut Session, bytes: &[u8], now: Time) -> Vec<u8> {
        let mut out = Vec::new();
        assert_eq!(
            session.received(&event(bytes), now, &mut out),
            Received::OfSession
        );
        out
    }

    fn opened(role: Role) -> (Session, Vec<u8>) {
        let mut out = Vec::new();
        let session = Session::open(role, "oneroof", T, &mut out);
        (session, out)
    }

    #[test]
    fn two_ends_agree_and_change_after_the_answer() {
        let (mut server, offer) = opened(Role::Server);
        let (mut client, nothing) = opened(Role::Client);
        assert!(nothing.is_empty(), "a client waits for the offer");
        assert_eq!(
            (server.form(), client.form()),
            (Some(Form::Xml), Some(Form::Xml))
        );
        let request = give(&mut client, &offer, T);
        assert_eq!(client.form(), None, "nothing until the answer");
        let answer = give(&mut server, &request, T);
        assert_eq!(server.form(), Some(Form::Proto));
        assert!(give(&mut client, &answer, T).is_empty());
        assert_eq!(client.form(), Some(Form::Proto));
        // Both streams are read by our own decoder from the first byte on, whatever they change to.
        let mut stream = [offer, answer].concat();
        server.tick(T.plus_secs(PING_AFTER_S), &mut stream).unwrap();
        let mut decoder = build("cot_proto", Options::new("")).unwrap().decoder();
        let mut out = Output::default();
        decoder.push(&stream, T, &mut out);
        decoder.finish(T, &mut out);
        assert_eq!(
            (
                out.skipped["tak_negotiation"],
                out.drafts.len(),
                out.rejects.len()
            ),
            (2, 1, 0)
        );
    }

    #[test]
    fn a_version_that_nobody_has_is_refused_and_xml_goes_on() {
        let (mut server, _) = opened(Role::Server);
        let mut request = Vec::new();
        xml::write_stream(
            &Negotiation::Request { version: 2 }.to_event("c", T),
            &mut request,
        );
        let answer = give(&mut server, &request, T);
        assert_eq!(
            Negotiation::of(&event(&answer)),
            Some(Negotiation::Response { accepted: false })
        );
        assert_eq!(server.form(), Some(Form::Xml));
        let (mut client, _) = opened(Role::Client);
        let mut offer = Vec::new();
        xml::write_stream(
            &Negotiation::Support {
                versions: vec![2, 3],
            }
            .to_event("s", T),
            &mut offer,
        );
        assert!(
            give(&mut client, &offer, T).is_empty(),
            "no version of ours"
        );
        let (_, ours) = opened(Role::Server);
        give(&mut client, &ours, T);
        give(&mut client, &answer, T);
        assert_eq!(client.form(), Some(Form::Xml));
        assert!(give(&mut client, &ours, T).is_empty(), "asked once");
    }

    #[test]
    fn an_answer_that_was_not_asked_for_changes_nothing() {
        let (mut client, _) = opened(Role::Client);
        let (mut server, offer) = opened(Role::Server);
        let mut answer = Vec::new();
        xml::write_stream(
            &Negotiation::Response { accepted: true }.to_event("s", T),
            &mut answer,
        );
        give(&mut client, &answer, T);
        give(&mut server, &answer, T);
        assert_eq!(
            (client.form(), server.form()),
            (Some(Form::Xml), Some(Form::Xml))
        );
        let mut request = Vec::new();
        xml::write_stream(
            &Negotiation::Request { version: 1 }.to_event("c", T),
            &mut request,
        );
        assert!(
            give(&mut client, &request, T).is_empty(),
            "a client is asked for nothing"
        );
        assert!(
            give(&mut server, &offer, T).is_empty(),
            "a server asks for nothing"
        );
    }

    #[test]
    fn a_ping_is_answered_in_the_form_of_the_moment_and_not_while_silent() {
        let (mut client, _) = opened(Role::Client);
        let mut asked = Vec::new();
        xml::write_stream(&ping("s", T), &mut asked);
        assert_eq!(event(&give(&mut client, &asked, T)).kind, PONG);
        let (mut server, offer) = opened(Role::Server);
        let request = give(&mut client, &offer, T);
        assert!(
            give(&mut client, &asked, T).is_empty(),
            "nothing until the answer"
        );
        give(&mut server, &request, T);
        assert_eq!(
            give(&mut server, &asked, T).first(),
            Some(&0xbf),
            "a protocol buffer"
        );
    }

    #[test]
    fn a_silent_side_is_asked_and_then_lost() {
        let (mut server, _) = opened(Role::Server);
        let mut out = Vec::new();
        let asked = |server: &mut Session, at: i64| {
            let mut out = Vec::new();
            server
                .tick(T.plus_secs(at), &mut out)
                .map(|()| !out.is_empty())
        };
        assert_eq!(asked(&mut server, PING_AFTER_S - 1), Ok(false));
        assert_eq!(asked(&mut server, PING_AFTER_S), Ok(true));
        assert_eq!(
            asked(&mut server, PING_AFTER_S + 1),
            Ok(false),
            "not with every tick"
        );
        assert_eq!(asked(&mut server, 2 * PING_AFTER_S), Ok(true));
        server.heard(T.plus_secs(40));
        assert_eq!(asked(&mut server, 40 + LOST_AFTER_S - 1), Ok(true));
        assert_eq!(asked(&mut server, 40 + LOST_AFTER_S), Err(Ended::Silent));
        // A clock that goes back asks nothing.
        assert_eq!(server.tick(T, &mut out), Ok(()));
        assert!(out.is_empty());
    }

    #[test]
    fn a_patient_end_asks_and_waits() {
        let mut server = opened(Role::Server).0.patient();
        let mut out = Vec::new();
        assert_eq!(server.tick(T.plus_secs(2 * LOST_AFTER_S), &mut out), Ok(()));
        assert_eq!(event(&out).kind, PING);
    }

    #[test]
    fn a_request_without_an_answer_ends_the_connection() {
        let (mut client, _) = opened(Role::Client);
        let (_, offer) = opened(Role::Server);
        give(&mut client, &offer, T);
        for at in [10, 30, 50] {
            client.heard(T.plus_secs(at));
        }
        let mut out = Vec::new();
        assert_eq!(
            client.tick(T.plus_secs(ANSWER_WITHIN_S - 1), &mut out),
            Ok(())
        );
        assert_eq!(
            client.tick(T.plus_secs(ANSWER_WITHIN_S), &mut out),
            Err(Ended::NoAnswer)
        );
        assert!(out.is_empty(), "and nothing was said meanwhile");
    }

    #[test]
    fn what_is_of_the_world_is_left_to_the_decoder() {
        let (mut server, _) = opened(Role::Server);
        let mut out = Vec::new();
        for (kind, expected) in [
            ("a-f-G", Received::OfWorld),
            ("b-a-o-tbl", Received::OfWorld),
            ("t-x-d-d", Received::OfWorld),
            ("t-x-takp-z", Received::OfSession),
            ("t-x-c-t-r", Received::OfSession),
        ] {
            let event = Event::new("u", kind, "m-g", T, T);
            assert_eq!(server.received(&event, T, &mut out), expected, "{kind}");
        }
        assert!(out.is_empty());
    }
}
