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
