//! Events that are no things that move: happenings, markers, drawings, messages, as reports.

use std::collections::BTreeMap;

use oneroof_model::{
    AttachmentRef, Classification, Handling, Interval, MAX_TEXT_BYTES, Marking, Mode, QualityIssue,
    Relation, ReportDraft, SourceKey,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::config::CotOptions;
use super::event::Event;
use super::place::place_of;
use super::xml::finite;

/// Longest headline and longest attribute, characters.
const MAX_TITLE: usize = 300;

/// Links to files of one report beyond which the rest is left out.
const MAX_LINKS: usize = 20;

/// Longest source key, bytes (`model::validate`).
const MAX_KEY: usize = 256;

/// The report of an event; `faults` are what in it was odd, and get what is found here.
pub(super) fn report_of(
    event: &Event,
    options: &CotOptions,
    faults: &mut Vec<String>,
) -> ReportDraft {
    let start = event.start.unwrap_or(event.time);
    let mut place = place_of(event, faults);
    let cancels = cancels(event);
    // A call for help is not put aside for want of a place.
    if place.geometry.is_none() && is_emergency(event) {
        let by = event.callsign().unwrap_or(&event.uid);
        place.described = Some(short(&format!("position not known, sent by {by}")));
    }
    let (text, cut) = text_of(event);
    if cut {
        faults.push(format!("remarks: cut at {MAX_TEXT_BYTES} bytes"));
    }
    let mut issues = Vec::new();
    if faults.iter().any(|f| f.ends_with("has no zone")) {
        issues.push(QualityIssue::TzAssumed);
    }
    if !faults.is_empty() {
        issues.push(QualityIssue::FormatFault);
    }
    let key = key_of(&event.uid);
    ReportDraft {
        // A withdrawal has the uid of what it withdraws, and may not be taken for its revision.
        source: Some(SourceKey {
            key: if cancels {
                key_of(&format!("{},cancel", event.uid))
            } else {
                key.clone()
            },
            revision: Some(event.time.as_millis()),
        }),
        relation: if cancels {
            Relation::Cancel { of: vec![key] }
        } else {
            Relation::New
        },
        type_code: options.type_of(&event.kind).cloned(),
        original_code: Some(short(&event.kind)),
        // What begins after it was said is announced: it has not happened.
        occurred: Some(if start > event.time {
            Interval {
                from: event.time,
                to: start,
            }
        } else {
            Interval::at(start)
        }),
        reported: Some(event.time),
        expires: event.stale.filter(|stale| *stale > start),
        place,
        life_at_risk: (is_emergency(event) && !cancels).then_some(true),
        title: title_of(event),
        text,
        attachments: files_of(event),
        attributes: attributes_of(event),
        marking: marking_of(event),
        mode: mode_of(event),
        issues,
        ..ReportDraft::default()
    }
}

/// A key for a uid: itself, or its SHA-256 where it is too long.
pub(super) fn key_of(uid: &str) -> String {
    if uid.len() <= MAX_KEY {
        return uid.to_owned();
    }
    format!("sha256:{}", crate::contract::hex(&Sha256::digest(uid)))
}

/// Whether it withdraws an alert of the same uid.
fn cancels(event: &Event) -> bool {
    let said = event.detail("emergency").and_then(|e| e.filled("cancel"));
    event.is_a("b-a-o-can")
        || (event.is_a("b-a-o") && said.is_some_and(|c| c.eq_ignore_ascii_case("true")))
}

/// A call for help by a person (TAK's 911 alerts) or for the evacuation of one.
fn is_emergency(event: &Event) -> bool {
    event.is_a("b-a-o") || event.is_a("b-r-f-h-c")
}

/// Real, exercise or test: by `opex`, and a simulated position is a test.
pub(super) fn mode_of(event: &Event) -> Option<Mode> {
    let word = event.opex.as_deref().and_then(|o| o.split('-').next());
    match word {
        Some("e" | "s") => Some(Mode::Exercise),
        _ if event
            .how
            .as_deref()
            .is_some_and(|how| how == "m-s" || how.starts_with("m-s-")) =>
        {
            Some(Mode::Test)
        }
        Some("o") => Some(Mode::Actual),
        _ => None,
    }
}

fn title_of(event: &Event) -> Option<String> {
    let own = |element: &str, attribute: &str| event.detail(element)?.filled(attribute);
    let title = if event.is_a("b-t-f") {
        own("__chat", "senderCallsign").or_else(|| event.callsign())
    } else {
        event.callsign().or_else(|| own("emergency", "type"))
    };
    title.map(|t| short(&t.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// Remarks, and whether they had to be cut.
fn text_of(event: &Event) -> (Option<String>, bool) {
    let Some(mut text) = event.detail("remarks").and_then(super::Element::text) else {
        return (None, false);
    };
    if text.len() <= MAX_TEXT_BYTES {
        return (Some(text), false);
    }
    let mut end = MAX_TEXT_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    (Some(text), true)
}

fn short(text: &str) -> String {
    text.chars().take(MAX_TITLE).collect()
}

fn attributes_of(event: &Event) -> BTreeMap<String, Value> {
    const TEXTS: &[(&str, &str, &str)] = &[
        ("__chat", "chatroom", "chatroom"),
        ("emergency", "type", "emergency_type"),
        ("creator", "callsign", "creator_callsign"),
        ("__group", "name", "group_name"),
        ("__group", "role", "group_role"),
        ("usericon", "iconsetpath", "usericon"),
    ];
    const NUMBERS: &[(&str, &str)] = &[("range", "range_m"), ("bearing", "bearing_deg")];
    let mut all = BTreeMap::new();
    let mut set = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
    if let Some(how) = &event.how {
        set("how", short(how).into());
    }
    for (element, attribute, name) in TEXTS {
        if let Some(text) = event.detail(element).and_then(|e| e.filled(attribute)) {
            set(name, short(text).into());
        }
    }
    for (element, name) in NUMBERS {
        let number = event
            .detail(element)
            .and_then(|e| e.filled("value"))
            .and_then(finite);
        if let Some(number) = number {
            set(name, number.into());
        }
    }
    // The one who made it (`p-p`: producer to product).
    let parent = event
        .details()
        .find(|e| e.name == "link" && e.attribute("relation") == Some("p-p"));
    if let Some(parent) = parent {
        for (attribute, name) in [
            ("uid", "parent_uid"),
            ("parent_callsign", "parent_callsign"),
        ] {
            if let Some(text) = parent.filled(attribute) {
                set(name, short(text).into());
            }
        }
    }
    all
}

/// Files by reference. Addresses with a password in them are left in the decoded fields only.
fn files_of(event: &Event) -> Vec<AttachmentRef> {
    let links = event.details().filter(|e| e.name == "link");
    links
        .filter_map(|link| {
            let uri = link.filled("url").filter(|uri| !uri.contains('@'))?;
            Some(AttachmentRef {
                name: short(link.filled("remarks").unwrap_or(uri)),
                media_type: link.filled("mime").map(short),
                uri: Some(uri.to_owned()),
                stored: None,
                size_bytes: None,
                sha256: None,
            })
        })
        .take(MAX_LINKS)
        .collect()
}

/// Who may see it, where the sender says so. What is not a word that is known restricts in words.
fn marking_of(event: &Event) -> Option<Marking> {
    let access = event.access.as_deref().unwrap_or_default();
    let classification = match access.to_ascii_lowercase().as_str() {
        "" | "undefined" | "unclassified" | "public" => Some(Classification::Unclassified),
        "restricted" => Some(Classification::EuRestricted),
        "confidential" => Some(Classification::EuConfidential),
        "secret" => Some(Classification::Secret),
        "top secret" => Some(Classification::TopSecret),
        _ => None,
    };
    let words: Vec<String> = [
        (
            "access",
            event.access.as_ref().filter(|_| classification.is_none()),
        ),
        ("caveat", event.caveat.as_ref()),
        ("releasable to", event.releasable_to.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, text)| text.map(|text| format!("{name}: {text}")))
    .collect();
    let classification = classification.unwrap_or_default();
    if words.is_empty() && classification == Classification::Unclassified {
        return None;
    }
    Some(Marking {
        classification,
        handling: if words.is_empty() {
            [].into()
        } else {
            [Handling::H3].into()
        },
        caveats: (!words.is_empty()).then(|| short(&words.join("; "))),
        ..Marking::default()
    })
}
