//! The decoded fields of a message as a JSON object, for people who look into a feed.

use oneroof_model::Time;
use serde::Serialize;

use super::decode::Origin;
use super::message::{Header, Message};
use super::sentence::Sentence;
use crate::json_text;

/// What the sentence says beside its message.
#[derive(Serialize)]
struct Envelope<'a> {
    talker: &'a str,
    own_ship: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<char>,
    sentences: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    station: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heard_at: Option<Time>,
    message_type: u8,
    repeat: u8,
    mmsi: u32,
}

/// Appends envelope, header and fields as one object.
pub(super) fn append(
    to: &mut Vec<u8>,
    sentence: &Sentence<'_>,
    origin: &Origin<'_>,
    header: Header,
    message: &Message,
) {
    let Header {
        message_type,
        repeat,
        mmsi,
    } = header;
    let envelope = Envelope {
        talker: core::str::from_utf8(&sentence.talker).unwrap_or("?"),
        own_ship: sentence.own_ship,
        channel: (sentence.channel != 0).then(|| char::from(sentence.channel)),
        sentences: origin.sentences,
        station: origin
            .station
            .and_then(|name| core::str::from_utf8(name).ok()),
        heard_at: origin.time,
        message_type,
        repeat,
        mmsi,
    };
    json_text::append(to, &envelope);
    let joint = to.len();
    json_text::append(to, message);
    // Both are objects, joined by taking out `}{`.
    if let Some([end, begin]) = to.get_mut(joint.saturating_sub(1)..=joint) {
        *end = b',';
        *begin = b' ';
    }
}
