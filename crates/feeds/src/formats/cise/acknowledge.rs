//! Acknowledgements as data: what to answer to a message that asks for it. Sending is the transport's work.

use oneroof_model::Time;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::message::{self, Message};
use super::value::text;
use crate::contract::RejectReason;
use crate::xml::{Documents, Piece, Writer, read};

/// Most bytes of a message that is acknowledged.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// Attributes of the root of a message.
pub(super) const MESSAGE_NS: &str = "xmlns:ns4=\"http://www.cise.eu/servicemodel/v1/message/\"";

/// What became of a message (service model, `AcknowledgementType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckCode {
    /// It was taken.
    Success,
    /// It could not be read, or breaks the schema.
    BadRequest,
    /// It holds an entity of a class that is not taken.
    EntityTypeNotAccepted,
    /// It is of a kind that is not taken.
    ObjectTypeNotAccepted,
    /// What it asks for is not understood.
    InvalidRequestObject,
    /// Its sender is not who it says.
    AuthenticationError,
    /// Its sender may not send it.
    Unauthorized,
    /// Its time is too far off.
    TimestampError,
    /// Its security can't be kept to.
    SecurityError,
    /// It could not be taken for reasons of our own.
    ServerError,
    /// The service that it is for is not one of ours.
    ServiceTypeNotSupported,
    /// A gateway between the two has failed.
    InternalGatewayFault,
    /// The manager of services has failed.
    ServiceManagerError,
    /// The network has failed.
    NetworkError,
    /// Nobody is where it should go.
    EndPointNotFound,
}

impl AckCode {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Success,
        Self::BadRequest,
        Self::EntityTypeNotAccepted,
        Self::ObjectTypeNotAccepted,
        Self::InvalidRequestObject,
        Self::AuthenticationError,
        Self::Unauthorized,
        Self::TimestampError,
        Self::SecurityError,
        Self::ServerError,
        Self::ServiceTypeNotSupported,
        Self::InternalGatewayFault,
        Self::ServiceManagerError,
        Self::NetworkError,
        Self::EndPointNotFound,
    ];

    /// As in the schema.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::BadRequest => "BadRequest",
            Self::EntityTypeNotAccepted => "EntityTypeNotAccepted",
            Self::ObjectTypeNotAccepted => "ObjectTypeNotAccepted",
            Self::InvalidRequestObject => "InvalidRequestObject",
            Self::AuthenticationError => "AuthenticationError",
            Self::Unauthorized => "Unauthorized",
            Self::TimestampError => "TimestampError",
            Self::SecurityError => "SecurityError",
            Self::ServerError => "ServerError",
            Self::ServiceTypeNotSupported => "ServiceTypeNotSupported",
            Self::InternalGatewayFault => "InternalGatewayFault",
            Self::ServiceManagerError => "ServiceManagerError",
            Self::NetworkError => "NetworkError",
            Self::EndPointNotFound => "EndPointNotFound",
        }
    }
}

/// What to answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// What became of the message.
    pub code: AckCode,
    /// More in words, for whoever repairs the sender.
    pub detail: Option<&'a str>,
}

/// The `Acknowledgement` of a received message, as one XML document; nothing where it does not ask for one
/// (`RequiresAck`), or is itself an acknowledgement.
///
/// `received` is the message as it came, alone or in its envelope; `now` is when the answer is made. The answer goes from
/// the service that the message was for to the one that sent it, under the message's `CorrelationID`, or its `MessageID`
/// where it has none, as the reference simulator answers. Its own `MessageID` is a UUID of version 8 (RFC 9562, 5.8) made of
/// the received one and `now`, so that the same answer made twice has the same id. An acknowledgement says what became of a
/// message, so it is made after the room has answered, not when the bytes were decoded.
///
/// # Errors
/// Where `received` is no message of CISE, or has no `MessageID` that could be answered.
pub fn acknowledgement(
    received: &[u8],
    answer: Answer<'_>,
    now: Time,
) -> Result<Option<Vec<u8>>, RejectReason> {
    let fault = |why: &str| RejectReason::new("not_cise", why);
    let mut made = Err(fault("expected a message of CISE"));
    let mut documents = Documents::new(MAX_MESSAGE);
    let mut each = |piece: Piece<'_>| {
        let mut out = crate::contract::Output::default();
        let Some((root, _)) = read(piece, &mut 0, &mut out) else {
            return;
        };
        let mut found = Vec::new();
        message::messages(&root, 0, &mut found);
        if let Some((element, kind)) = found.first() {
            made = answer_to(&message::read(element, kind), answer, now);
        }
    };
    documents.push(received, &mut each);
    documents.finish(&mut each);
    made
}

fn answer_to(
    message: &Message<'_>,
    answer: Answer<'_>,
    now: Time,
) -> Result<Option<Vec<u8>>, RejectReason> {
    let fields = &message.fields;
    let wanted = fields.get("RequiresAck").and_then(Value::as_bool) == Some(true);
    if !wanted || message.kind == "Acknowledgement" {
        return Ok(None);
    }
    let id = text(fields, &["MessageID"]).ok_or_else(|| {
        RejectReason::new(
            "missing_field",
            "expected a MessageID to answer, found none",
        )
    })?;
    let correlation = text(fields, &["CorrelationID"]).unwrap_or(id);
    let own = message_id(&["acknowledgement", id, &now.to_string()]);
    let mut to = Writer::new();
    to.begin("ns4:Acknowledgement", MESSAGE_NS);
    to.leaf("CorrelationID", correlation);
    to.leaf("CreationDateTime", &now.to_string());
    to.leaf("MessageID", &own);
    to.leaf("Priority", text(fields, &["Priority"]).unwrap_or("Low"));
    to.leaf("RequiresAck", "false");
    for (element, from) in [("Sender", "Recipient"), ("Recipient", "Sender")] {
        if let Some(service) = text(fields, &[from, "ServiceID"]) {
            to.begin(element, "");
            to.leaf("ServiceID", service);
            to.leaf("ServiceOperation", "Acknowledgement");
            to.end();
        }
    }
    to.leaf("AckCode", answer.code.word());
    to.leaf_if("AckDetail", answer.detail);
    Ok(Some(to.finish().into_bytes()))
}

/// A UUID of version 8 (RFC 9562, 5.8) out of the SHA-256 of texts, each ended by a line end.
pub(super) fn message_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = crate::contract::hex(&bytes);
    let mut id = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}
