//! Messages of the service model: the header, the payload's security, the entities.

use serde_json::{Map, Value, json};

use super::schema::schema;
use super::value::{Faults, class_of, object, text};
use crate::xml::{Element, MANY_RECORDS, Ns};

/// Entities of one message beyond which it is refused.
pub(super) const MAX_ENTITIES: usize = 10_000;

/// Depth at which a message is looked for in an envelope around it.
const MAX_ENVELOPE: usize = 6;

/// The kinds of message.
pub(super) const KINDS: &[&str] = &[
    "Push",
    "PullRequest",
    "PullResponse",
    "Feedback",
    "Acknowledgement",
];

/// A message without its entities.
#[derive(Debug)]
pub(super) struct Message<'e> {
    /// One of [`KINDS`].
    pub(super) kind: &'static str,
    /// Its elements, the payload without the entities.
    pub(super) fields: Value,
    /// The entities in the payload.
    pub(super) entities: Vec<&'e Element>,
    /// Whether an XML signature stands in it; never checked.
    pub(super) signed: bool,
    /// What breaks the schema outside of the entities.
    pub(super) faults: Vec<String>,
}

/// Every message in a document: the root itself, or within an envelope (SOAP) around it.
pub(super) fn messages<'e>(
    root: &'e Element,
    depth: usize,
    found: &mut Vec<(&'e Element, &'static str)>,
) {
    if let Some(kind) = kind_of(root) {
        found.push((root, kind));
    } else if depth < MAX_ENVELOPE {
        for child in &root.children {
            messages(child, depth + 1, found);
        }
    }
}

/// The kind of a message: by its name in the namespace of the service model, or by `xsi:type` (an access point's `send`
/// has it so).
fn kind_of(element: &Element) -> Option<&'static str> {
    let known = |name: &str| KINDS.iter().copied().find(|k| *k == name);
    if element.ns == Ns::CiseService
        && let Some(kind) = known(&element.name)
    {
        return Some(kind);
    }
    let stated = element.attribute_of(Ns::Schema, "type")?;
    let stated = stated.rsplit(':').next().unwrap_or(stated);
    known(stated).filter(|_| element.name == "message")
}

/// Reads a message; its entities are left for later.
pub(super) fn read<'e>(element: &'e Element, kind: &'static str) -> Message<'e> {
    let mut faults = Faults::default();
    let is_apart = |child: &Element| child.name == "Payload" || child.ns == Ns::Signature;
    let payloads = element.children.iter().filter(|c| c.name == "Payload");
    let payload = payloads.clone().next();
    if payloads.count() > 1 {
        faults.add(kind, "expected one Payload");
    }
    let mut fields = object(element, kind, kind, &mut faults, is_apart);
    fields.remove("xsi_type");
    let mut entities = Vec::new();
    if let Some(payload) = payload {
        let path = format!("{kind}/Payload");
        let class = class_of(payload, "CoreEntityPayload", &path, &mut faults);
        let known = schema().class(class).map(|(_, class)| class);
        let is_entity = |child: &Element| {
            known.is_none_or(|class| !class.rows.iter().any(|row| row.name == child.name))
        };
        let mut read = object(payload, class, &path, &mut faults, is_entity);
        if read.contains_key("Entities") {
            // Ciphertext says nothing here but how much there is.
            let length = read.get("Entities").and_then(Value::as_str).map(str::len);
            read.insert("Entities".to_owned(), json!({ "encrypted_chars": length }));
        }
        fields.insert("Payload".to_owned(), Value::Object(read));
        entities.extend(payload.children.iter().filter(|c| is_entity(c)));
    }
    Message {
        kind,
        fields: Value::Object(fields),
        entities,
        signed: element.children.iter().any(|c| c.ns == Ns::Signature),
        faults: faults.list,
    }
}

/// An entity of a payload: its class, its elements, what breaks the schema in it. Nothing where the schema has no such
/// class. Its class is its name, or a subclass that `xsi:type` names; `Entity` is the base of all.
pub(super) fn entity(element: &Element) -> Option<(&'static str, Value, Vec<String>)> {
    let mut faults = Faults::default();
    let stated = element.attribute_of(Ns::Schema, "type");
    let name = match stated {
        Some(stated) if element.name == "Entity" => stated.rsplit(':').next().unwrap_or(stated),
        _ => &element.name,
    };
    let (declared, _) = schema().class(name)?;
    let class = class_of(element, declared, declared, &mut faults);
    let fields = object(element, class, class, &mut faults, |_| false);
    Some((class, Value::Object(fields), faults.list))
}

/// All that was read of one record, as it is shown. The message's elements stand with each of its first entities; with the
/// others only its `MessageID`, so that a long header is not repeated thousands of times.
pub(super) fn fields(
    message: &Message<'_>,
    entity: Option<(&str, usize, &Value)>,
    faults: &[String],
) -> Value {
    let mut shown = Map::new();
    shown.insert("message".to_owned(), json!(message.kind));
    let whole = entity.is_none_or(|(_, number, _)| number < MANY_RECORDS);
    if let Value::Object(fields) = &message.fields
        && whole
    {
        shown.extend(fields.iter().map(|(k, v)| (k.clone(), v.clone())));
    } else if let Some(id) = text(&message.fields, &["MessageID"]) {
        let id: String = id.chars().take(256).collect();
        shown.insert("MessageID".to_owned(), json!(id));
    }
    shown.insert("signed".to_owned(), json!(message.signed));
    if let Some((class, number, value)) = entity {
        shown.insert("entity".to_owned(), json!(class));
        shown.insert("entity_number".to_owned(), json!(number));
        shown.insert(class.to_owned(), value.clone());
    }
    shown.insert("faults".to_owned(), json!(faults));
    Value::Object(shown)
}

/// All that was read of a message with its entities, as it is shown where they are not taken one by one.
pub(super) fn fields_of_all(message: &Message<'_>) -> Value {
    let mut faults = message.faults.clone();
    let entities: Vec<Value> = message
        .entities
        .iter()
        .map(|element| match entity(element) {
            Some((class, value, own)) => {
                faults.extend(own);
                json!({ class: value })
            }
            None => json!({ "unknown": element.name }),
        })
        .collect();
    let mut shown = fields(message, None, &faults);
    if let Value::Object(shown) = &mut shown {
        shown.insert("entities".to_owned(), json!(entities));
    }
    shown
}
