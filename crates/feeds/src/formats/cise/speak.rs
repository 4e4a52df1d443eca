//! The options with which events are spoken: `speak` of a feed's `format:` part.

use crate::mapping::{Node, Problems, Section};

use super::schema::schema;

/// How events are spoken.
#[derive(Debug, Clone)]
pub struct Speak {
    /// The service that sends (service model, `ServiceID`).
    pub sender: String,
    /// The service that is sent to, where one is named.
    pub recipient: Option<String>,
    /// The legal name of the organisation that makes the identifiers.
    pub organisation: Option<String>,
    /// A word of `SeaBasinType`.
    pub sea_basin: Option<String>,
    /// A word of `InformationSecurityLevelType`.
    pub security_level: String,
    /// A word of `InformationSensitivityType`.
    pub sensitivity: String,
    /// A word of `PurposeType`.
    pub purpose: String,
    /// For how many days a payload may be kept, where that is limited.
    pub retention_days: Option<u32>,
    /// Whether the receiver is asked for an acknowledgement.
    pub requires_ack: bool,
    /// Whether exercises and tests are said too, as simulated: the data model has no other word for them.
    pub exercises: bool,
}

impl Speak {
    /// Reads the `speak` map.
    pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let sender = section.need("sender", problems).and_then(|n| {
            let text = n.as_text().filter(|t| !t.trim().is_empty());
            if text.is_none() {
                let what = "expected the id of a service, as in ua.ncc.incident.push.provider";
                problems.add(n, "bad_sender", what);
            }
            text.map(str::to_owned)
        });
        let text = |n: Option<&Node>| n.and_then(Node::as_text).map(str::to_owned);
        let recipient = text(section.take("recipient"));
        let organisation = text(section.take("organisation"));
        let mut word = |key: &'static str, kind: &'static str, default: Option<&str>| {
            let words: Vec<(&'static str, &'static str)> =
                schema().words(kind).iter().map(|w| (*w, *w)).collect();
            let found = section.word(key, &words, problems);
            found.or(default).map(str::to_owned)
        };
        let sea_basin = word("sea_basin", "SeaBasinType", None);
        let level = word(
            "security_level",
            "InformationSecurityLevelType",
            Some("NonClassified"),
        );
        let sensitivity = word("sensitivity", "InformationSensitivityType", Some("Amber"));
        let purpose = word("purpose", "PurposeType", Some("BorderMonitoring"));
        let days = section.whole("retention_days", 1..=36_500, problems);
        let requires_ack = section.flag("requires_ack", problems).unwrap_or(false);
        let exercises = section.flag("exercises", problems).unwrap_or(false);
        section.finish(problems);
        Some(Self {
            sender: sender?,
            recipient,
            organisation,
            sea_basin,
            security_level: level?,
            sensitivity: sensitivity?,
            purpose: purpose?,
            retention_days: days.and_then(|n| u32::try_from(n).ok()),
            requires_ack,
            exercises,
        })
    }
}
