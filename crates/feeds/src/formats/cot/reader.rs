//! The events of a stream, for whoever keeps the stream's session.

use super::Event;
use super::config::Framing;
use super::decode::read_xml;
use super::frame::{Framer, Piece};
use super::message::TakMessage;

/// Most bytes of an event that is looked at. 64 KiB: a session's own events and a client's word of itself are far smaller.
const LIMIT: usize = 64 * 1024;

/// Gives the events of a stream, in XML or in protocol buffers, however it is cut. What is broken or larger than 64 KiB is
/// passed over, for the feed's decoder reads the same bytes and tells of it.
#[derive(Debug)]
pub struct EventReader {
    framer: Framer,
}

impl Default for EventReader {
    fn default() -> Self {
        Self {
            framer: Framer::new(Some(Framing::Auto), LIMIT),
        }
    }
}

impl EventReader {
    /// Takes bytes and gives each event that became whole.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Event)) {
        self.framer.push(bytes, |frame| {
            let read = match frame.piece {
                Piece::Xml => read_xml(&frame.bytes),
                Piece::Proto => TakMessage::read(&frame.bytes),
                Piece::Auth | Piece::Broken(..) => return,
            };
            // Told by the decoder.
            let Ok((message, _)) = read else { return };
            if let Some(event) = message.event {
                each(event);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::Time;

    use super::*;
    use crate::formats::cot::xml;

    const T: Time = Time::from_secs(1_795_401_660);

    #[test]
    fn events_of_both_forms_come_in_any_cutting_and_what_is_broken_is_passed_over() {
        let event = |uid: &str| Event::new(uid, "a-f-G", "m-g", T, T);
        let mut stream = Vec::new();
        xml::write_stream(&event("a"), &mut stream);
        stream.extend_from_slice(b"<event uid='broken'></event>");
        TakMessage::of(event("b")).write_stream(&mut stream);
        TakMessage::of(event("c")).write_stream(&mut stream);
        for step in [1, 7, stream.len()] {
            let mut reader = EventReader::default();
            let mut uids = Vec::new();
            for piece in stream.chunks(step) {
                reader.push(piece, |event| uids.push(event.uid));
            }
            assert_eq!(uids, ["a", "b", "c"], "{step}");
        }
    }
}
