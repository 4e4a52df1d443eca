//! The options with which alerts are spoken: `speak` of a feed's `format:` part.

use jiff::tz::TimeZone;

use crate::mapping::{Node, Problems, Section};

/// How alerts are spoken.
#[derive(Debug, Clone)]
pub struct Speak {
    /// The sender (CAP 1.2, 3.2.1): no blanks, commas, `<` or `&`.
    pub sender: String,
    /// Its name in words, in Ukrainian and in English (3.2.2, senderName).
    pub sender_name: Option<(String, String)>,
    /// The rule of distribution (3.2.1, restriction); without one, alerts are for the public.
    pub restriction: Option<String>,
    /// The zone in which times are written, always with a numeric offset (3.3.2).
    pub zone: TimeZone,
}

impl Speak {
    /// Reads the `speak` map.
    pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let sender = section.need("sender", problems).and_then(|n| {
            let text = n.as_text().filter(|t| is_a_name(t));
            if text.is_none() {
                let what = "expected a sender without blanks, commas, `<` and `&`, as in ncc@border.example";
                problems.add(n, "bad_sender", what);
            }
            text.map(str::to_owned)
        });
        let sender_name = section
            .take("sender_name")
            .and_then(|n| both_languages(n, problems));
        let scopes = [("public", false), ("restricted", true)];
        let restricted = section.word("scope", &scopes, problems).unwrap_or(true);
        let restriction = section.take("restriction").and_then(Node::as_text);
        let restriction = restricted.then(|| {
            let default = "For the agencies that it was sent to";
            restriction.unwrap_or(default).to_owned()
        });
        let zone = match section.take("zone") {
            None => TimeZone::UTC,
            Some(n) => {
                let zone = TimeZone::get(n.as_text().unwrap_or_default()).ok();
                if zone.is_none() {
                    let what = "expected a time zone of the IANA database, as in Europe/Kyiv";
                    problems.add(n, "unknown_zone", what);
                }
                zone.unwrap_or(TimeZone::UTC)
            }
        };
        section.finish(problems);
        Some(Self {
            sender: sender?,
            sender_name,
            restriction,
            zone,
        })
    }
}

/// A text in Ukrainian and English: one text for both, or a map of `uk` and `en`.
fn both_languages(node: &Node, problems: &mut Problems) -> Option<(String, String)> {
    if let Some(text) = node.as_text() {
        return Some((text.to_owned(), text.to_owned()));
    }
    let mut section = Section::open(node, problems)?;
    let mut text = |key| {
        let found = section.need(key, problems)?.as_text();
        found.map(str::to_owned)
    };
    let (uk, en) = (text("uk"), text("en"));
    section.finish(problems);
    Some((uk?, en?))
}

/// Whether a text may stand as an identifier or a sender: the standard forbids blanks, commas and two signs of XML.
fn is_a_name(text: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '<' | '&');
    !text.is_empty() && text.len() <= 128 && !text.contains(forbidden)
}
