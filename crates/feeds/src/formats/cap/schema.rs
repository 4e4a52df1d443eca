//! What the OASIS schemas of CAP 1.0, 1.1 and 1.2 say of elements: order, how often, which words.

use crate::xml::{Element, Ns};

/// An element within another: name, least and greatest number.
pub(super) type Child = (&'static str, usize, usize);

const MANY: usize = usize::MAX;

/// What may stand in an `alert` of CAP 1.2, in this order, with a signature at the end; and the `password` of 1.0. What other
/// versions have otherwise is in [`row`] and [`words`].
const ALERT: &[Child] = &[
    ("identifier", 1, 1),
    ("sender", 1, 1),
    ("sent", 1, 1),
    ("status", 1, 1),
    ("msgType", 1, 1),
    ("password", 0, 1),
    ("source", 0, 1),
    ("scope", 1, 1),
    ("restriction", 0, 1),
    ("addresses", 0, 1),
    ("code", 0, MANY),
    ("note", 0, 1),
    ("references", 0, 1),
    ("incidents", 0, 1),
    ("info", 0, MANY),
];

const INFO: &[Child] = &[
    ("language", 0, 1),
    ("category", 1, MANY),
    ("event", 1, 1),
    ("responseType", 0, MANY),
    ("urgency", 1, 1),
    ("severity", 1, 1),
    ("certainty", 1, 1),
    ("audience", 0, 1),
    ("eventCode", 0, MANY),
    ("effective", 0, 1),
    ("onset", 0, 1),
    ("expires", 0, 1),
    ("senderName", 0, 1),
    ("headline", 0, 1),
    ("description", 0, 1),
    ("instruction", 0, 1),
    ("web", 0, 1),
    ("contact", 0, 1),
    ("parameter", 0, MANY),
    ("resource", 0, MANY),
    ("area", 0, MANY),
];

const RESOURCE: &[Child] = &[
    ("resourceDesc", 1, 1),
    ("mimeType", 1, 1),
    ("size", 0, 1),
    ("uri", 0, 1),
    ("derefUri", 0, 1),
    ("digest", 0, 1),
];

const AREA: &[Child] = &[
    ("areaDesc", 1, 1),
    ("polygon", 0, MANY),
    ("circle", 0, MANY),
    ("geocode", 0, MANY),
    ("altitude", 0, 1),
    ("ceiling", 0, 1),
];

const NAMED: &[Child] = &[("valueName", 1, 1), ("value", 1, 1)];

const STATUSES: &[&str] = &["Actual", "Exercise", "System", "Test", "Draft"];
const MESSAGES: &[&str] = &["Alert", "Update", "Cancel", "Ack", "Error"];
const SCOPES: &[&str] = &["Public", "Restricted", "Private"];
const CATEGORIES: &[&str] = &[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
];
const RESPONSES: &[&str] = &[
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
];
const URGENCIES: &[&str] = &["Immediate", "Expected", "Future", "Past", "Unknown"];
const SEVERITIES: &[&str] = &["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
const CERTAINTIES: &[&str] = &["Observed", "Likely", "Possible", "Unlikely", "Unknown"];

/// CAP 1.1 had no `Avoid` and no `AllClear`.
const RESPONSES_11: &[&str] = &[
    "Shelter", "Evacuate", "Prepare", "Execute", "Monitor", "Assess", "None",
];

/// CAP 1.0 had no `Draft` and no `CBRNE`.
const STATUSES_10: &[&str] = &["Actual", "Exercise", "System", "Test"];
const CATEGORIES_10: &[&str] = &[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "Other",
];

/// CAP 1.0 had `Very Likely` for what is `Observed` since.
const CERTAINTIES_10: &[&str] = &["Very Likely", "Likely", "Possible", "Unlikely", "Unknown"];

/// What may stand where, for a test that compares it with the schema itself.
#[cfg(test)]
pub(super) const STRUCTURE: &[(&str, &[Child])] = &[
    ("alert", ALERT),
    ("info", INFO),
    ("resource", RESOURCE),
    ("area", AREA),
];

/// Faults listed of one alert at most.
const MAX_FAULTS: usize = 20;

/// Everything in an alert that its schema does not allow, in words.
pub(super) fn faults(alert: &Element) -> Vec<String> {
    let mut found = Vec::new();
    order(alert, ALERT, "alert", &mut found);
    for child in &alert.children {
        check(child, alert.ns, "alert", &mut found);
    }
    found.truncate(MAX_FAULTS);
    found
}

fn check(element: &Element, ns: Ns, path: &str, found: &mut Vec<String>) {
    if element.ns == Ns::Signature {
        if ns != Ns::Cap12 {
            found.push(format!(
                "{path}/Signature: not in the schema of this version"
            ));
        }
        return;
    }
    let path = format!("{path}/{}", element.name);
    let inner = match element.name.as_str() {
        "info" => INFO,
        "resource" => RESOURCE,
        "area" => AREA,
        // CAP 1.0 has `eventCode`, `parameter` and `geocode` as `name=value` texts.
        "eventCode" | "parameter" | "geocode" if ns != Ns::Cap10 => NAMED,
        _ => &[],
    };
    if !inner.is_empty() {
        order(element, inner, &path, found);
        for child in &element.children {
            check(child, ns, &path, found);
        }
        return;
    }
    value(element, ns, &path, found);
}

/// The words of a version.
pub(super) fn words(name: &str, ns: Ns) -> Option<&'static [&'static str]> {
    Some(match (name, ns) {
        ("status", Ns::Cap10) => STATUSES_10,
        ("status", _) => STATUSES,
        ("msgType", _) => MESSAGES,
        ("scope", _) => SCOPES,
        ("category", Ns::Cap10) => CATEGORIES_10,
        ("category", _) => CATEGORIES,
        ("responseType", Ns::Cap11) => RESPONSES_11,
        ("responseType", _) => RESPONSES,
        ("urgency", _) => URGENCIES,
        ("severity", _) => SEVERITIES,
        ("certainty", Ns::Cap10) => CERTAINTIES_10,
        ("certainty", _) => CERTAINTIES,
        _ => return None,
    })
}

/// An element as a version has it: nothing where it has none.
pub(super) const fn row(row: Child, ns: Ns) -> Option<Child> {
    let (name, least, most) = row;
    match (name.as_bytes(), ns) {
        (b"password", Ns::Cap12 | Ns::Cap11) | (b"responseType" | b"derefUri", Ns::Cap10) => None,
        (b"scope" | b"category", Ns::Cap10) | (b"mimeType", Ns::Cap10 | Ns::Cap11) => {
            Some((name, 0, most))
        }
        _ => Some((name, least, most)),
    }
}

/// The words and times that the schema allows. Schema words are compared without trimming
/// (`xs:string` keeps white space).
fn value(element: &Element, ns: Ns, path: &str, found: &mut Vec<String>) {
    let words = match element.name.as_str() {
        "sent" | "effective" | "onset" | "expires" => {
            if !is_schema_time(element.text.trim(), ns) {
                found.push(format!(
                    "{path}: expected a time as 2026-11-23T02:41:00+02:00"
                ));
            }
            return;
        }
        "size" if element.text.trim().parse::<i128>().is_err() => {
            found.push(format!("{path}: expected a whole number"));
            return;
        }
        "altitude" | "ceiling" if element.text.trim().parse::<f64>().is_err() => {
            found.push(format!("{path}: expected a number"));
            return;
        }
        name => match words(name, ns) {
            Some(words) => words,
            None => return,
        },
    };
    if !words.contains(&element.text.as_str()) {
        found.push(format!("{path}: expected one of {}", words.join(", ")));
    }
}

/// `dateTime` with a numeric offset and without fractions (3.3.2): the pattern of the schemas 1.1 and 1.2.
/// That of 1.0 is `xs:dateTime` alone.
fn is_schema_time(text: &str, ns: Ns) -> bool {
    let shape = b"0000-00-00T00:00:00+00:00";
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape).all(|(b, s)| match s {
            b'0' => b.is_ascii_digit(),
            b'+' => matches!(b, b'+' | b'-'),
            s => b == *s,
        });
    let readable = super::decode::time(text).is_some();
    readable && (fits || ns == Ns::Cap10)
}

/// Order and number of an element's children.
fn order(element: &Element, allowed: &[Child], path: &str, found: &mut Vec<String>) {
    let allowed: Vec<Child> = allowed
        .iter()
        .filter_map(|child| row(*child, element.ns))
        .collect();
    let mut last = 0;
    let mut counts = vec![0_usize; allowed.len()];
    for child in &element.children {
        if child.ns == Ns::Signature && path == "alert" {
            continue;
        }
        let at = if child.ns == element.ns {
            allowed.iter().position(|(name, _, _)| *name == child.name)
        } else {
            None
        };
        let Some(at) = at else {
            found.push(format!(
                "{path}/{}: not an element of the schema",
                short(&child.name)
            ));
            continue;
        };
        if at < last {
            found.push(format!("{path}/{}: out of order", child.name));
        }
        last = last.max(at);
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    for ((name, least, most), count) in allowed.into_iter().zip(counts) {
        if count < least {
            found.push(format!("{path}/{name}: expected, found none"));
        } else if count > most {
            found.push(format!(
                "{path}/{name}: expected at most {most}, found {count}"
            ));
        }
    }
}

/// A foreign name, cut to what a person can read.
fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
