//! Events and risks to reports.

use std::collections::BTreeMap;

use oneroof_model::{
    Classification, Confidence, CountRange, Draft, EventImpact, Identifier, IdentifierKind,
    ImpactProposal, InformationGrade, Interval, Mode, QualityIssue, ReportDraft, SourceGrade,
    SourceKey, Time, Tlp, TypeCode, Validation,
};
use serde_json::{Value, json};

use super::config::CiseOptions;
use super::marking::marking;
use super::place::place_of;
use super::schema::schema;
use super::time::period;
use super::types::{event_type, kind_of};
use super::value::{all, at, text};
use super::vehicle::{number_of, positions, sent, vehicle_class};
use crate::contract::RejectReason;

/// Longest text, bytes (domain digest 7.4); a longer one is cut and the draft says so.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// Longest source key, bytes.
const MAX_KEY_BYTES: usize = 256;

/// Texts of one attribute at most.
const MAX_LIST: usize = 20;

/// An entity of a message, and what is needed beside it.
pub(super) struct Entity<'v> {
    /// Its class.
    pub(super) class: &'static str,
    /// Its elements.
    pub(super) value: &'v Value,
    /// The message's elements.
    pub(super) message: &'v Value,
    /// Its number in the payload, from 0.
    pub(super) number: usize,
    /// Whether anything breaks the schema.
    pub(super) faulty: bool,
    /// Whether the message is signed.
    pub(super) signed: bool,
}

/// What an entity is to us.
pub(super) enum Taken {
    /// Drafts.
    Drafts(Vec<Draft>),
    /// Known and out of scope.
    Skipped(&'static str),
}

/// Makes of an entity what it is.
///
/// # Errors
/// Where it can not be named, so that it would be another one each time it is sent.
pub(super) fn take(entity: &Entity<'_>, options: &CiseOptions) -> Result<Taken, RejectReason> {
    let is = |base: &str| schema().is_a(entity.class, base);
    let restricted = is_restricted(entity, options);
    let made = sent(entity.message, options).map(|(at, _)| at);
    if is("Vehicle") {
        let drafts = positions(entity.value, entity.class, made, options);
        if drafts.is_empty() {
            let why = "expected an MMSI, an IMO number or a UUID, found none";
            return Err(RejectReason::new("missing_identity", why));
        }
        if restricted {
            return Ok(Taken::Skipped("cise_restricted_position"));
        }
        return Ok(Taken::Drafts(drafts));
    }
    if is("Incident") || is("Anomaly") || is("Action") || entity.class == "Risk" {
        let mut drafts = vec![Draft::Report(Box::new(report(entity, options)?))];
        for relation in all(entity.value, "InvolvedObjectRel") {
            let object = relation
                .get("Object")
                .filter(|o| o.get("LocationRel").is_some());
            if let Some(object) = object
                && let Some(class) = vehicle_class(object)
            {
                drafts.extend(positions(object, class, made, options));
            }
        }
        if simulated(entity.value) {
            drafts.iter_mut().for_each(in_exercise);
        }
        return Ok(Taken::Drafts(drafts));
    }
    Ok(Taken::Skipped(match entity.class {
        "Movement" => "cise_movement",
        "OperationalAsset" => "cise_operational_asset",
        "MeteoOceanographicCondition" => "cise_weather",
        _ if is("Location") => "cise_location",
        _ if is("Document") => "cise_document",
        _ if is("Agent") => "cise_agent",
        _ if is("CargoUnit") => "cise_cargo",
        _ => "cise_other",
    }))
}

/// Whether not everyone in the room may see it. A position carries no marking, so such a one can't be taken.
fn is_restricted(entity: &Entity<'_>, options: &CiseOptions) -> bool {
    let payload = entity.message.get("Payload").unwrap_or(&Value::Null);
    let marking = marking(payload, entity.value, false, &options.zone);
    marking.classification > Classification::Dsk || marking.tlp > Tlp::Amber
}

fn report(entity: &Entity<'_>, options: &CiseOptions) -> Result<ReportDraft, RejectReason> {
    let value = entity.value;
    let mut issues = Vec::new();
    let kind = kind_of(entity.class).and_then(|element| text(value, &[element]));
    let code = kind.map_or_else(
        || entity.class.to_owned(),
        |kind| format!("{}/{kind}", entity.class),
    );
    let occurred = value
        .get("OccurrencePeriod")
        .and_then(|p| period(p, &options.zone))
        .or_else(|| at(value, &["LocationRel", "DateTime"]).and_then(|p| period(p, &options.zone)));
    let made = sent(entity.message, options);
    if occurred.is_some_and(|(_, assumed)| assumed) || made.is_some_and(|(_, assumed)| assumed) {
        issues.push(QualityIssue::TzAssumed);
    }
    let (place, unread) = place_of(value);
    let (words, cut) = words(value);
    if entity.faulty || unread || cut {
        issues.push(QualityIssue::FormatFault);
    }
    if entity.signed {
        issues.push(QualityIssue::SignatureUnchecked);
    }
    issues.sort();
    let payload = entity.message.get("Payload").unwrap_or(&Value::Null);
    let people = all(value, "InvolvedAgentRel").iter();
    let is_person = people
        .filter_map(|r| text(r, &["Agent", "xsi_type"]))
        .any(|class| class == "Person");
    Ok(ReportDraft {
        source: Some(source(entity, made.map(|(at, _)| at))?),
        type_code: type_of(entity.class, kind, &code, options),
        original_code: Some(code),
        occurred: occurred.map(|(interval, _)| interval),
        reported: made.map(|(at, _)| at),
        expires: expires(value, options),
        place,
        persons: persons(value),
        vehicles: vehicles(value),
        title: text(value, &["Metadata", "Designation"]).map(|t| cut_text(t, 500).0),
        text: words,
        confidence: confidence(value),
        impact_proposed: impact(entity.class, value),
        identifiers: identifiers(value),
        attributes: attributes(entity),
        marking: Some(marking(payload, value, is_person, &options.zone)),
        mode: simulated(value).then_some(Mode::Exercise),
        issues,
        ..ReportDraft::default()
    })
}

/// The key: the UUID of the entity, whoever sends it; else the message and the number in it. The message's time is the
/// revision.
fn source(entity: &Entity<'_>, made: Option<Time>) -> Result<SourceKey, RejectReason> {
    let own = text(entity.value, &["Identifier", "UUID"]).map(str::to_owned);
    let message = text(entity.message, &["MessageID"]);
    let key = own.or_else(|| message.map(|id| format!("{id}#{}", entity.number)));
    let key = key.filter(|k| k.len() <= MAX_KEY_BYTES).ok_or_else(|| {
        let why = "expected a UUID of the entity or an id of the message of at most 240 bytes";
        RejectReason::new("missing_identity", why)
    })?;
    Ok(SourceKey {
        key,
        revision: made.map(Time::as_millis),
    })
}

/// The type by the feed's table, by class and type and then by class; else by the table of the format.
fn type_of(class: &str, kind: Option<&str>, code: &str, options: &CiseOptions) -> Option<TypeCode> {
    let own = options.types.get(code).or_else(|| options.types.get(class));
    own.cloned().or_else(|| event_type(class, kind))
}

/// What moves in something that is not real is not real either.
const fn in_exercise(draft: &mut Draft) {
    if let Draft::Position(position) = draft {
        position.mode = Some(Mode::Exercise);
    }
}

/// Whether it is said not to be real: a simulated nature or source, or an action that is an exercise.
fn simulated(value: &Value) -> bool {
    let says = |path: &[&str], word: &str| text(value, path) == Some(word);
    says(&["NatureType"], "Simulated")
        || says(&["ActionType"], "Exercise")
        || all(value, "LocationRel")
            .iter()
            .any(|r| text(r, &["SourceType"]) == Some("Simulation"))
}

fn expires(value: &Value, options: &CiseOptions) -> Option<Time> {
    let validity = at(value, &["Metadata", "ValidityPeriod"])?;
    text(validity, &["EndDate"])?;
    period(validity, &options.zone).map(|(interval, _): (Interval, bool)| interval.to)
}

/// Severity and urgency as levels, as CAP has them (the words are CAP's); those of a risk by its severity.
fn impact(class: &str, value: &Value) -> ImpactProposal {
    let later = matches!(text(value, &["ResponseUrgency"]), Some("Future" | "Past"));
    let level = match (text(value, &["Severity"]), text(value, &["RiskSeverity"])) {
        (Some("Extreme"), _) if later => Some(EventImpact::High),
        (Some("Extreme"), _) | (_, Some("Catastrophic")) => Some(EventImpact::VeryHigh),
        (Some("Severe"), _) if later => Some(EventImpact::Medium),
        (Some("Severe"), _) | (_, Some("Critical")) => Some(EventImpact::High),
        (Some("Moderate"), _) if later => Some(EventImpact::Low),
        (Some("Moderate"), _) | (_, Some("Marginal")) => Some(EventImpact::Medium),
        (Some("Minor"), _) | (_, Some("Negligible")) => Some(EventImpact::Low),
        _ => None,
    };
    let mut impact = ImpactProposal::default();
    let risk = text(value, &["RiskType"]);
    match class {
        "IrregularMigrationIncident" => impact.immigration = level,
        "LawInfringementIncident" => impact.crime = level,
        "Risk" if risk == Some("IllegalImmigration") => impact.immigration = level,
        "Risk" if risk.is_some_and(|r| r.contains("Trafficking") || r.starts_with("Smuggling")) => {
            impact.crime = level;
        }
        _ => impact.lives = level,
    }
    impact
}

/// Certainty as credibility; the reliability level of the metadata as a pair (domain digest 6.1).
fn confidence(value: &Value) -> Option<Confidence> {
    use InformationGrade::{Four, One, Three, Two};
    let level = text(value, &["Metadata", "InformationReliabilityLevel"]);
    let pair = match level {
        Some("VeryHighConfidence") => Some((SourceGrade::A, One)),
        Some("HighConfidence") => Some((SourceGrade::A, Two)),
        Some("Confident") => Some((SourceGrade::B, Two)),
        Some("LowConfidence") => Some((SourceGrade::B, Three)),
        Some("VeryLowConfidence") => Some((SourceGrade::C, Four)),
        _ => None,
    };
    let certainty = match text(value, &["Certainty"]) {
        Some("Observed") => Some(One),
        Some("Likely") => Some(Two),
        Some("Possible") => Some(Three),
        Some("Unlikely") => Some(Four),
        _ => None,
    };
    let (reliability, credibility) = match (pair, certainty) {
        (None, None) => return None,
        (Some((reliability, _)), Some(credibility)) => (reliability, credibility),
        (Some(pair), None) => pair,
        (None, Some(credibility)) => (SourceGrade::X, credibility),
    };
    Some(Confidence {
        reliability,
        credibility,
        validation: Validation::Unvalidated,
    })
}

/// The vehicles involved, with their classes.
fn involved(value: &Value) -> impl Iterator<Item = (&Value, &'static str)> {
    all(value, "InvolvedObjectRel")
        .iter()
        .filter_map(|relation| {
            let object = relation.get("Object")?;
            Some((object, vehicle_class(object)?))
        })
}

/// Persons on board, where one vehicle is involved and says how many.
fn persons(value: &Value) -> Option<CountRange> {
    let mut vehicles = involved(value);
    let (vehicle, _) = vehicles.next()?;
    let aboard = number_of(vehicle, "TotalPersonsOnBoard")?;
    vehicles.next().is_none().then_some(())?;
    u32::try_from(aboard).ok().map(CountRange::exactly)
}

/// At least as many vehicles as are named.
fn vehicles(value: &Value) -> Option<CountRange> {
    let named = u32::try_from(involved(value).count()).ok()?;
    (named > 0).then_some(CountRange {
        n: None,
        min: Some(named),
        max: None,
    })
}

fn identifiers(value: &Value) -> Vec<Identifier> {
    let mut found = Vec::new();
    for (vehicle, _) in involved(value).take(MAX_LIST) {
        let numbers = [
            ("MMSI", IdentifierKind::Mmsi),
            ("IMONumber", IdentifierKind::Imo),
        ];
        for (key, kind) in numbers {
            if let Some(number) = number_of(vehicle, key) {
                let value = if kind == IdentifierKind::Mmsi {
                    format!("{number:09}")
                } else {
                    number.to_string()
                };
                found.push(Identifier { kind, value });
            }
        }
        if let Some(sign) = text(vehicle, &["CallSign"]) {
            let bare: String = sign.split_whitespace().collect();
            found.push(Identifier {
                kind: IdentifierKind::CallSign,
                value: bare.to_uppercase(),
            });
        }
    }
    found
}

/// Everything that is said in words: of the metadata, and the instructions.
fn words(value: &Value) -> (Option<String>, bool) {
    let mut parts: Vec<&str> = Vec::new();
    for metadata in all(value, "Metadata") {
        for key in ["Abstract", "Description", "Comments"] {
            parts.extend(text(metadata, &[key]));
        }
    }
    parts.extend(all(value, "Instructions").iter().filter_map(Value::as_str));
    if parts.is_empty() {
        return (None, false);
    }
    let (text, cut) = cut_text(&parts.join("\n\n"), MAX_TEXT_BYTES);
    (Some(text), cut)
}

/// A text of at most `limit` bytes, and whether it was cut.
fn cut_text(text: &str, limit: usize) -> (String, bool) {
    let fits = |(at, c): (usize, char)| (at + c.len_utf8() <= limit).then_some(c);
    let cut: String = text.char_indices().map_while(fits).collect();
    let shorter = cut.len() < text.len();
    (cut, shorter)
}

/// What has no field of its own.
fn attributes(entity: &Entity<'_>) -> BTreeMap<String, Value> {
    let value = entity.value;
    let message = entity.message;
    let word = |path: &[&str]| json!(text(value, path).map(|t| cut_text(t, 200).0));
    let list = |key: &str| list(all(value, key).iter().filter_map(Value::as_str));
    let related = |relation: &'static str, path: &'static [&'static str]| {
        let items = all(value, relation).iter();
        self::list(items.filter_map(move |item| text(item, path)))
    };
    let header = |path: &[&str]| json!(text(message, path).map(|t| cut_text(t, 200).0));
    let mut found: BTreeMap<String, Value> = [
        ("certainty", word(&["Certainty"])),
        ("severity", word(&["Severity"])),
        ("urgency", word(&["ResponseUrgency"])),
        ("response", list("ResponseType")),
        ("nature", word(&["NatureType"])),
        ("action_status", word(&["ActionStatus"])),
        ("action_priority", word(&["Priority"])),
        ("risk_level", word(&["RiskLevel"])),
        ("risk_probability", word(&["RiskProbability"])),
        ("risk_severity", word(&["RiskSeverity"])),
        ("pollution_type", word(&["PollutionType"])),
        ("deaths_on_board", json!(at(value, &["DeathsOnBoard"]))),
        ("ill_persons", json!(at(value, &["NumberOfIIllPersons"]))),
        ("diseases_on_board", json!(at(value, &["DiseasesOnBoard"]))),
        (
            "zones",
            related("LocationRel", &["Location", "LocationZone"]),
        ),
        (
            "place_accuracy",
            related("LocationRel", &["Location", "LocationQualitativeAccuracy"]),
        ),
        (
            "object_names",
            related("InvolvedObjectRel", &["Object", "Name"]),
        ),
        (
            "object_roles",
            related("InvolvedObjectRel", &["ObjectRole"]),
        ),
        ("agent_roles", related("InvolvedAgentRel", &["AgentRole"])),
        ("correlated_with", correlated(value)),
        ("context", header(&["ContextID"])),
        ("correlation", header(&["CorrelationID"])),
        ("message", header(&["MessageID"])),
        ("priority", header(&["Priority"])),
        ("sender", header(&["Sender", "ServiceID"])),
        ("purpose", header(&["Payload", "Purpose"])),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    found.retain(|_, value| !value.is_null());
    found
}

/// UUIDs of entities that are said to be the same.
fn correlated(value: &Value) -> Value {
    let identifier = at(value, &["Identifier"]).unwrap_or(&Value::Null);
    let others = all(identifier, "correlatedWithRel").iter();
    list(others.filter_map(|r| text(r, &["UniqueIdentifier", "UUID"])))
}

fn list<'v>(texts: impl Iterator<Item = &'v str>) -> Value {
    let texts: Vec<String> = texts.take(MAX_LIST).map(|t| cut_text(t, 200).0).collect();
    if texts.is_empty() {
        return Value::Null;
    }
    json!(texts)
}
