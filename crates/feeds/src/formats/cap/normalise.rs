//! An alert to a report draft: which language, which type, how grave, where, and what of earlier ones.

use std::collections::BTreeMap;

use oneroof_model::{
    AttachmentRef, Confidence, Draft, EventImpact, Handling, ImpactProposal, InformationGrade,
    Interval, Marking, Mode, QualityIssue, Relation, ReportDraft, SourceKey, Time, Tlp, TypeCode,
    Validation,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::alert::{Alert, Info};
use super::config::{CapOptions, Strictness};
use super::decode::time;
use super::index::{self, IndexEntry};
use super::place::place_of;
use super::threat;
use crate::contract::{Output, RejectReason};

/// Longest source key, bytes; a longer one is replaced by its digest.
const MAX_KEY_BYTES: usize = 256;

/// Longest text, bytes (domain digest 7.4); a longer one is cut and the draft says so.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// Makes of one alert what it is: a draft, a count, or a reason.
pub(super) fn take(
    record: u64,
    alert: &Alert,
    envelope: Mode,
    _at: Time,
    options: &CapOptions,
    out: &mut Output,
) -> Result<(), RejectReason> {
    let head = Head::read(alert)?;
    if options.strictness == Strictness::Strict
        && let Some(fault) = alert.faults.first()
    {
        return Err(RejectReason::new(
            "schema",
            format!("{fault} (the feed is strict)"),
        ));
    }
    out.fields(record, || alert);
    match head.message {
        "Ack" => out.skip(record, "cap_ack"),
        "Error" => out.skip(record, "cap_error"),
        _ => {
            let mode = head.mode.max(envelope);
            let threats = threats(alert, &head, mode, options);
            let said = threats.iter().any(|d| matches!(d, Draft::Threat(_)));
            for draft in threats {
                out.draft(record, draft);
            }
            // An alert that names no region that is known is a report whatever the options say: nothing is dropped.
            if said && options.threats.as_ref().is_some_and(|t| !t.report) {
                return Ok(());
            }
            let mut draft = report(alert, &head, options);
            draft.mode = Some(mode);
            out.draft(record, Draft::Report(Box::new(draft)));
        }
    }
    Ok(())
}

/// The states of regions that an alert tells of.
fn threats(alert: &Alert, head: &Head<'_>, mode: Mode, options: &CapOptions) -> Vec<Draft> {
    let Some(wanted) = &options.threats else {
        return Vec::new();
    };
    let references = alert.references.iter();
    let of: Vec<String> = references.map(|r| key(&r.sender, &r.identifier)).collect();
    let named = threat::Named {
        key: &key(head.sender, head.identifier),
        of: &of,
        message: head.message,
        sent: head.sent,
        mode,
    };
    threat::of(alert, &named, wanted)
}

/// Makes a report of an entry of an index, where its excerpt of an alert suffices; false where it does not.
pub(super) fn summary(
    record: u64,
    entry: &IndexEntry,
    options: &CapOptions,
    out: &mut Output,
) -> bool {
    let Some(alert) = index::alert_of(entry) else {
        return false;
    };
    let Ok(head) = Head::read(&alert) else {
        return false;
    };
    out.fields(record, || entry);
    let mut draft = report(&alert, &head, options);
    draft.mode = Some(head.mode);
    out.draft(record, Draft::Report(Box::new(draft)));
    true
}

/// What an alert can not be without.
struct Head<'a> {
    sender: &'a str,
    identifier: &'a str,
    sent: Time,
    mode: Mode,
    message: &'a str,
}

impl<'a> Head<'a> {
    fn read(alert: &'a Alert) -> Result<Self, RejectReason> {
        let need = |name: &str, value: &'a Option<String>| {
            let missing = || {
                RejectReason::new(
                    "missing_field",
                    format!("alert/{name}: expected, found none"),
                )
            };
            value.as_deref().ok_or_else(missing)
        };
        let identifier = need("identifier", &alert.identifier)?;
        let sender = need("sender", &alert.sender)?;
        let sent = time(need("sent", &alert.sent)?).ok_or_else(|| {
            let detail = "alert/sent: expected a time with offset as 2026-11-23T02:41:00+02:00";
            RejectReason::new("not_a_time", detail)
        })?;
        // Whether something is real is never guessed.
        let mode = match need("status", &alert.status)? {
            "Actual" => Mode::Actual,
            "Exercise" => Mode::Exercise,
            "System" | "Test" | "Draft" => Mode::Test,
            _ => {
                let detail = "alert/status: expected Actual, Exercise, System, Test or Draft";
                return Err(RejectReason::new("unknown_word", detail));
            }
        };
        let message = need("msgType", &alert.msg_type)?;
        if !matches!(message, "Alert" | "Update" | "Cancel" | "Ack" | "Error") {
            let detail = "alert/msgType: expected Alert, Update, Cancel, Ack or Error";
            return Err(RejectReason::new("unknown_word", detail));
        }
        Ok(Self {
            sender,
            identifier,
            sent,
            mode,
            message,
        })
    }
}

/// The source key: sender and identifier, which is unique per sender (3.2.1). `sent` is the revision.
fn key(sender: &str, identifier: &str) -> String {
    let key = format!("{sender},{identifier}");
    if key.len() <= MAX_KEY_BYTES {
        return key;
    }
    let mut digest = String::with_capacity(64);
    for byte in Sha256::digest(key.as_bytes()) {
        digest.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        digest.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    format!("sha256:{digest}")
}

fn report(alert: &Alert, head: &Head<'_>, options: &CapOptions) -> ReportDraft {
    let mut issues = Vec::new();
    let of: Vec<String> = alert
        .references
        .iter()
        .map(|r| key(&r.sender, &r.identifier))
        .collect();
    let mut faulty = !alert.faults.is_empty();
    let relation = match head.message {
        "Update" | "Cancel" if of.is_empty() => {
            // 3.2.1, msgType: both must name what they change.
            faulty = true;
            Relation::New
        }
        "Update" => Relation::Update { of },
        "Cancel" => Relation::Cancel { of },
        _ => Relation::New,
    };
    let infos = choose(alert, options);
    let primary = infos.first().copied();
    let (type_code, original_code, by_table) = type_of(&infos, options);
    if !by_table && primary.is_some() {
        issues.push(QualityIssue::UnknownCode);
    }
    let (place, place_faulty) = place_of(&infos, options);
    if place.geometry.is_none() && (place.bcp.is_some() || place.section.is_some()) {
        issues.push(QualityIssue::PlaceCoarse);
    }
    let (text, cut) = text_of(primary);
    if faulty || place_faulty || cut {
        issues.push(QualityIssue::FormatFault);
    }
    if alert.signed {
        issues.push(QualityIssue::SignatureUnchecked);
    }
    let onset = primary
        .and_then(|i| i.onset.as_deref().or(i.effective.as_deref()))
        .and_then(time);
    issues.sort();
    ReportDraft {
        source: Some(SourceKey {
            key: key(head.sender, head.identifier),
            revision: Some(head.sent.as_millis()),
        }),
        relation,
        type_code: (primary.is_some() || head.message == "Alert").then_some(type_code),
        original_code,
        // What is announced for later has not happened: its earliest moment is the announcement.
        occurred: Some(match onset {
            Some(onset) if onset > head.sent => Interval::between(head.sent, onset),
            Some(onset) => Interval::at(onset),
            None => Interval::at(head.sent),
        }),
        reported: Some(head.sent),
        expires: infos
            .iter()
            .filter_map(|i| i.expires.as_deref().and_then(time))
            .max(),
        place,
        life_at_risk: life_at_risk(&infos, options),
        title: primary
            .and_then(|i| i.headline.clone().or_else(|| i.event.clone()))
            .map(|t| cut_text(t, 500).0),
        text,
        confidence: primary.and_then(|i| confidence(i, options)),
        impact_proposed: impact(&infos),
        attachments: infos.iter().flat_map(|i| attachments(i)).take(50).collect(),
        attributes: attributes(alert, &infos),
        marking: marking(alert),
        issues,
        ..ReportDraft::default()
    }
}

/// The information blocks of the language liked most; several where stages are told apart.
fn choose<'a>(alert: &'a Alert, options: &CapOptions) -> Vec<&'a Info> {
    let language = |i: &'a Info| i.language.as_deref().unwrap_or("en-US");
    let chosen = options
        .languages
        .iter()
        .find_map(|wanted| alert.info.iter().find(|i| speaks(language(i), wanted)))
        .or_else(|| alert.info.first());
    let Some(chosen) = chosen.map(language) else {
        return Vec::new();
    };
    alert
        .info
        .iter()
        .filter(|i| language(i).eq_ignore_ascii_case(chosen))
        .collect()
}

/// Whether a language code begins with a wanted one (`uk-UA` is `uk`).
fn speaks(code: &str, wanted: &str) -> bool {
    let primary = code.split('-').next().unwrap_or(code);
    code.eq_ignore_ascii_case(wanted) || primary.eq_ignore_ascii_case(wanted)
}

/// The type, the sender's own code, and whether a table of the feed knew it.
fn type_of(infos: &[&Info], options: &CapOptions) -> (TypeCode, Option<String>, bool) {
    for code in infos.iter().flat_map(|i| &i.event_code) {
        let table = options.event_codes.get(&code.value_name);
        if let Some(found) = table.and_then(|t| t.get(&code.value)) {
            return (
                found.clone(),
                Some(format!("{}={}", code.value_name, code.value)),
                true,
            );
        }
    }
    let events = || infos.iter().filter_map(|i| i.event.as_deref());
    for event in events() {
        if let Some(found) = options.events.get(&event.trim().to_lowercase()) {
            return (found.clone(), Some(event.to_owned()), true);
        }
    }
    let own = events().next().map(|e| cut_text(e.to_owned(), 200).0);
    for category in infos.iter().flat_map(|i| &i.category) {
        if let Some(found) = options.categories.get(category) {
            return (found.clone(), own.or_else(|| Some(category.clone())), false);
        }
    }
    (TypeCode::from(TypeCode::OTHER), own, false)
}

/// Severity sets the level, urgency lowers it: what is past or far off is one step less. With
/// Immediate/Extreme, Immediate/Severe, Expected/Moderate and Future/Minor this gives back the four levels from
/// which domain digest 3.2 makes them.
fn level(info: &Info) -> Option<EventImpact> {
    let level = match info.severity.as_deref()? {
        "Extreme" => EventImpact::VeryHigh,
        "Severe" => EventImpact::High,
        "Moderate" => EventImpact::Medium,
        "Minor" => EventImpact::Low,
        _ => return None,
    };
    let later = matches!(info.urgency.as_deref(), Some("Future" | "Past"));
    Some(match level {
        EventImpact::VeryHigh if later => EventImpact::High,
        EventImpact::High if later => EventImpact::Medium,
        EventImpact::Medium if later => EventImpact::Low,
        same => same,
    })
}

/// `Security` asks after crime, everything else that CAP knows after lives.
fn impact(infos: &[&Info]) -> ImpactProposal {
    let security =
        |i: &&&Info| !i.category.is_empty() && i.category.iter().all(|c| c == "Security");
    let of = |wanted: bool| {
        infos
            .iter()
            .filter(|i| security(i) == wanted)
            .filter_map(|i| level(i))
            .max()
    };
    ImpactProposal {
        immigration: None,
        crime: of(true),
        lives: of(false),
    }
}

fn life_at_risk(infos: &[&Info], options: &CapOptions) -> Option<bool> {
    let risk = infos.iter().any(|i| {
        let category = i.category.iter().any(|c| options.life_at_risk.contains(c));
        let over = i.response_type.iter().any(|r| r == "AllClear")
            || i.certainty.as_deref() == Some("Unlikely");
        let extreme =
            i.severity.as_deref() == Some("Extreme") && i.urgency.as_deref() == Some("Immediate");
        (category || extreme) && !over
    });
    risk.then_some(true)
}

/// Certainty (3.2.2) as credibility of the information; nothing where it is unknown.
fn confidence(info: &Info, options: &CapOptions) -> Option<Confidence> {
    let credibility = match info.certainty.as_deref()? {
        "Observed" => InformationGrade::One,
        "Likely" | "Very Likely" => InformationGrade::Two,
        "Possible" => InformationGrade::Three,
        "Unlikely" => InformationGrade::Four,
        _ => return None,
    };
    let validation = Validation::Unvalidated;
    Some(Confidence {
        reliability: options.reliability,
        credibility,
        validation,
    })
}

fn text_of(info: Option<&Info>) -> (Option<String>, bool) {
    let Some(info) = info else {
        return (None, false);
    };
    let parts: Vec<&str> = [&info.description, &info.instruction]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    if parts.is_empty() {
        return (None, false);
    }
    let (text, cut) = cut_text(parts.join("\n\n"), MAX_TEXT_BYTES);
    (Some(text), cut)
}

/// A text of at most `limit` bytes, and whether it was cut.
fn cut_text(mut text: String, limit: usize) -> (String, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    (text, true)
}

fn attachments(info: &Info) -> Vec<AttachmentRef> {
    info.resource
        .iter()
        .map(|r| AttachmentRef {
            name: r
                .resource_desc
                .clone()
                .or_else(|| r.uri.clone())
                .map_or_else(|| "resource".to_owned(), |t| cut_text(t, 200).0),
            media_type: r.mime_type.clone(),
            uri: r.uri.clone(),
            stored: None,
            size_bytes: r.size_bytes,
            // CAP's digest is SHA-1 (3.2.3), which is no proof today.
            sha256: None,
        })
        .collect()
}

/// Public alerts take the feed's marking; others say that there is a restriction.
fn marking(alert: &Alert) -> Option<Marking> {
    if alert.scope.as_deref() == Some("Public") {
        return None;
    }
    let caveats = alert.restriction.clone().map(|t| cut_text(t, 500).0);
    let caveats = caveats.or_else(|| {
        Some(format!(
            "CAP scope {}",
            alert.scope.as_deref().unwrap_or("not stated")
        ))
    });
    let handling = [Handling::H3].into();
    Some(Marking {
        tlp: Tlp::Amber,
        handling,
        caveats,
        ..Marking::default()
    })
}

/// What has no field of its own. Texts are short words of the standard or cut.
fn attributes(alert: &Alert, infos: &[&Info]) -> BTreeMap<String, Value> {
    let mut all = infos
        .first()
        .map_or_else(BTreeMap::new, |i| info_attributes(alert, i));
    all.insert("incidents".to_owned(), list(&alert.incidents, 20));
    all.insert("scope".to_owned(), json!(alert.scope));
    all.insert("note".to_owned(), short(alert.note.as_ref(), 500));
    all.insert("format_faults".to_owned(), list(&alert.faults, 10));
    all.retain(|_, value| !value.is_null());
    all
}

fn info_attributes(alert: &Alert, info: &Info) -> BTreeMap<String, Value> {
    let moment = |text: &Option<String>| json!(text.as_deref().and_then(time));
    let area = info.area.first();
    // The same in another language, for a screen that is switched.
    let language = |i: &Info| i.language.clone().unwrap_or_else(|| "en-US".to_owned());
    let other = alert.info.iter().find(|i| language(i) != language(info));
    [
        ("urgency", json!(info.urgency)),
        ("severity", json!(info.severity)),
        ("certainty", json!(info.certainty)),
        ("category", list(&info.category, 20)),
        ("response", list(&info.response_type, 20)),
        ("onset", moment(&info.onset)),
        ("effective", moment(&info.effective)),
        ("sender_name", short(info.sender_name.as_ref(), 200)),
        ("language", json!(info.language)),
        ("parameters", pairs(&info.parameter)),
        ("event_codes", pairs(&info.event_code)),
        ("altitude_ft", json!(area.and_then(|a| a.altitude_ft))),
        ("ceiling_ft", json!(area.and_then(|a| a.ceiling_ft))),
        ("other_language", json!(other.map(language))),
        (
            "other_title",
            short(other.and_then(|o| o.headline.as_ref()), 500),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn short(text: Option<&String>, limit: usize) -> Value {
    text.map_or(Value::Null, |t| Value::String(cut_text(t.clone(), limit).0))
}

fn list(items: &[String], limit: usize) -> Value {
    if items.is_empty() {
        return Value::Null;
    }
    items
        .iter()
        .take(limit)
        .map(|i| Value::String(cut_text(i.clone(), 200).0))
        .collect()
}

fn pairs(items: &[super::alert::Named]) -> Value {
    if items.is_empty() {
        return Value::Null;
    }
    let text = |t: &String| cut_text(t.clone(), 500).0;
    items
        .iter()
        .take(50)
        .map(|n| (text(&n.value_name), Value::String(text(&n.value))))
        .collect()
}
