//! The decoded fields of a message as a JSON object, for people who look into a feed.

use oneroof_model::Time;
use serde::Serialize;

use super::decode::Origin;
use super::message::{Header, Message};
use super::sentence::Sentence;

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

/// Envelope, header and fields as one object.
pub(super) fn json(
    sentence: &Sentence<'_>,
    origin: &Origin<'_>,
    header: Header,
    message: &Message,
) -> String {
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
    let mut text = Vec::with_capacity(640);
    // Writing to memory does not fail; both are objects, joined by taking out `}{`.
    if serde_json::to_writer(&mut text, &envelope).is_err() {
        return String::new();
    }
    let joint = text.len();
    if serde_json::to_writer(&mut text, message).is_err() {
        return String::new();
    }
    if let Some([end, begin]) = text.get_mut(joint - 1..=joint) {
        *end = b',';
        *begin = b' ';
    }
    String::from_utf8(text).unwrap_or_default()
}
