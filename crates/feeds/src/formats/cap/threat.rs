//! Alerts that say in which state a region is: which of them do, and of which regions.

use std::collections::{BTreeMap, BTreeSet};

use oneroof_model::{
    DeleteDraft, DeleteTarget, Draft, Mode, RegionId, ThreatDraft, ThreatKind, ThreatState, Time,
};

use super::alert::{Alert, Info};
use super::decode::time;
use crate::mapping::{Kind, Node, Problems, Section};

/// Words for kinds of threats in the options.
const KINDS: &[(&str, ThreatKind)] = &[
    ("air_raid", ThreatKind::AirRaid),
    ("artillery", ThreatKind::Artillery),
    ("chemical", ThreatKind::Chemical),
    ("street_fighting", ThreatKind::StreetFighting),
    ("unknown", ThreatKind::Unknown),
];

/// Most regions that one alert may name.
const MAX_REGIONS: usize = 500;

/// Which alerts are threats, and how they name regions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Threats {
    /// `eventCode`: value name, then value, to a kind.
    event_codes: BTreeMap<String, BTreeMap<String, ThreatKind>>,
    /// `event` in lower case to a kind.
    events: BTreeMap<String, ThreatKind>,
    /// Value name of the geocode that holds a region.
    geocode: Option<String>,
    /// Names and codes of the sender, in lower case, to regions.
    regions: BTreeMap<String, RegionId>,
    /// Whether such an alert is a report too.
    pub(super) report: bool,
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

fn entries<'n>(node: &'n Node, problems: &mut Problems) -> Vec<(&'n str, &'n Node)> {
    if let Kind::Map(entries) = &node.kind {
        return entries.iter().map(|(k, v)| (k.name.as_str(), v)).collect();
    }
    let message = format!("expected a map, found {}", node.what());
    problems.add(node, "wrong_type", message);
    Vec::new()
}

fn kinds(
    node: &Node,
    problems: &mut Problems,
    key: impl Fn(&str) -> String,
) -> BTreeMap<String, ThreatKind> {
    entries(node, problems)
        .into_iter()
        .filter_map(|(name, value)| {
            let kind = crate::mapping::word_of(value, KINDS, problems)?;
            Some((key(name), kind))
        })
        .collect()
}

impl Threats {
    /// Reads the options' part `threats`.
    pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let mut threats = Self {
            report: section.flag("report", problems).unwrap_or(true),
            ..Self::default()
        };
        if let Some(n) = section.take("event_codes") {
            for (name, inner) in entries(n, problems) {
                let table = kinds(inner, problems, str::to_owned);
                threats.event_codes.insert(name.to_owned(), table);
            }
        }
        if let Some(n) = section.take("events") {
            threats.events = kinds(n, problems, folded);
        }
        let geocode = section.take("region_geocode").and_then(Node::as_text);
        threats.geocode = geocode.map(str::to_owned);
        if let Some(n) = section.take("regions") {
            for (name, value) in entries(n, problems) {
                match value.as_text() {
                    Some(id) => {
                        threats.regions.insert(folded(name), RegionId::from(id));
                    }
                    None => {
                        problems.add(value, "wrong_type", "expected a region's code as in UA-46");
                    }
                }
            }
        }
        if threats.events.is_empty() && threats.event_codes.is_empty() {
            let message = "nothing here says which alerts are threats";
            problems.add_with_help(
                node,
                "missing_key",
                message,
                "add `events` or `event_codes` with kinds of threats",
            );
        }
        if threats.geocode.is_none() && threats.regions.is_empty() {
            let message = "nothing here says which regions an alert names";
            problems.add_with_help(
                node,
                "missing_key",
                message,
                "add `region_geocode`, or `regions` with the names of areas",
            );
        }
        section.finish(problems);
        Some(threats)
    }

    fn kind(&self, alert: &Alert) -> Option<ThreatKind> {
        let coded = alert.info.iter().flat_map(|i| &i.event_code);
        let by_code = coded
            .into_iter()
            .find_map(|c| self.event_codes.get(&c.value_name)?.get(&c.value).copied());
        let said = alert.info.iter().filter_map(|i| i.event.as_deref());
        by_code.or_else(|| {
            said.into_iter()
                .find_map(|e| self.events.get(&folded(e)).copied())
        })
    }

    /// The regions that an alert's areas name, in whatever language.
    fn regions(&self, alert: &Alert) -> BTreeSet<RegionId> {
        let mut found = BTreeSet::new();
        for area in alert.info.iter().flat_map(|i| &i.area) {
            let codes = area.geocode.iter();
            for code in codes.filter(|g| Some(&g.value_name) == self.geocode.as_ref()) {
                let known = self.regions.get(&folded(&code.value)).cloned();
                found.insert(known.unwrap_or_else(|| RegionId::from(code.value.trim())));
            }
            for name in area.area_desc.iter().flat_map(|d| d.split([',', ';'])) {
                found.extend(self.regions.get(&folded(name)).cloned());
            }
        }
        found.into_iter().take(MAX_REGIONS).collect()
    }
}

/// What an alert is named and when it was sent.
pub(super) struct Named<'a> {
    /// Its key.
    pub(super) key: &'a str,
    /// Keys of the alerts that it changes.
    pub(super) of: &'a [String],
    /// `msgType`.
    pub(super) message: &'a str,
    /// When it was sent.
    pub(super) sent: Time,
    /// Whether it is real.
    pub(super) mode: Mode,
}

/// Whether an alert says that something is over.
fn is_over(alert: &Alert) -> bool {
    let over = |i: &Info| {
        i.response_type.iter().any(|r| r == "AllClear") || i.urgency.as_deref() == Some("Past")
    };
    !alert.info.is_empty() && alert.info.iter().all(over)
}

/// The states of regions that an alert tells of; nothing where it is no threat, or names no region that is known. An
/// update or a cancel ends first what it names.
pub(super) fn of(alert: &Alert, named: &Named<'_>, options: &Threats) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    if matches!(named.message, "Update" | "Cancel") {
        drafts.extend(named.of.iter().map(|key| {
            Draft::Delete(DeleteDraft {
                target: DeleteTarget::Threat { key: key.clone() },
                at: Some(named.sent),
            })
        }));
    }
    let Some(kind) = options.kind(alert) else {
        return drafts;
    };
    let state = if named.message == "Cancel" || is_over(alert) {
        ThreatState::Clear
    } else {
        ThreatState::Alert
    };
    let moments = |of: fn(&Info) -> Option<&String>| {
        let texts = alert.info.iter().filter_map(of);
        texts.filter_map(|t| time(t)).collect::<Vec<Time>>()
    };
    let begun = moments(|i| i.onset.as_ref().or(i.effective.as_ref()));
    let since = begun.into_iter().min().unwrap_or(named.sent);
    let until = moments(|i| i.expires.as_ref()).into_iter().max();
    drafts.extend(options.regions(alert).into_iter().map(|region| {
        Draft::Threat(ThreatDraft {
            region,
            kind,
            state,
            since: Some(since.min(named.sent)),
            at: Some(named.sent),
            until: until.filter(|_| state == ThreatState::Alert),
            holds: true,
            key: Some(named.key.to_owned()),
            mode: Some(named.mode),
        })
    }));
    drafts
}

#[cfg(test)]
mod tests {
    use super::super::tests::decode;
    use super::*;
    use crate::registry::{Options, build};

    const OPTIONS: &str = "threats:\n  report: false\n  events: {Air raid: air_raid}\n  \
        event_codes: {UA-ALERT: {CHEM: chemical}}\n  region_geocode: ISO3166-2\n  \
        regions: {Львівська область: UA-46}\n";

    fn alert(message: &str, more: &str, area: &str) -> String {
        format!(
            "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>A-2</identifier>\
             <sender>s@es.example</sender><sent>2026-11-23T04:38:00+02:00</sent><status>Actual</status>\
             <msgType>{message}</msgType><scope>Public</scope>{more}\
             <info><category>Security</category><event>Air raid</event><urgency>Immediate</urgency>\
             <severity>Extreme</severity><certainty>Observed</certainty>\
             <expires>2026-11-23T06:38:00+02:00</expires>{area}</info></alert>"
        )
    }

    fn drafts(text: &str) -> Vec<Draft> {
        let out = decode(OPTIONS, text.as_bytes());
        assert!(out.rejects.is_empty(), "{:?}", out.rejects);
        out.drafts.into_iter().map(|d| d.draft).collect()
    }

    fn threats(text: &str) -> Vec<ThreatDraft> {
        let of = |d| match d {
            Draft::Threat(t) => Some(t),
            _ => None,
        };
        drafts(text).into_iter().filter_map(of).collect()
    }

    const AREA: &str = "<area><areaDesc>Львівська область; Atlantis</areaDesc>\
        <geocode><valueName>ISO3166-2</valueName><value>UA-21</value></geocode></area>";

    #[test]
    fn an_alert_is_the_state_of_the_regions_that_its_areas_name() {
        let found = threats(&alert("Alert", "", AREA));
        let regions: Vec<&str> = found.iter().map(|t| t.region.as_str()).collect();
        assert_eq!(regions, ["UA-21", "UA-46"]);
        for t in &found {
            assert_eq!((t.kind, t.state), (ThreatKind::AirRaid, ThreatState::Alert));
            assert_eq!(t.key.as_deref(), Some("s@es.example,A-2"));
            assert!(t.holds, "alerts tell of changes only");
            let until = t.until.map(|t| t.to_string());
            assert_eq!(until.as_deref(), Some("2026-11-23T04:38:00Z"));
            assert_eq!(t.mode, Some(Mode::Actual));
        }
        assert_eq!(drafts(&alert("Alert", "", AREA)).len(), 2, "and no report");
    }

    #[test]
    fn a_cancel_ends_what_it_names_and_the_regions_that_it_repeats() {
        let reference = "<references>s@es.example,A-1,2026-11-23T04:00:00+02:00</references>";
        let all = drafts(&alert("Cancel", reference, AREA));
        let key = "s@es.example,A-1".to_owned();
        let ends = DeleteTarget::Threat { key };
        assert!(
            matches!(all.first(), Some(Draft::Delete(d)) if d.target == ends),
            "{all:?}"
        );
        let found = threats(&alert("Cancel", reference, AREA));
        assert_eq!(found.len(), 2);
        assert!(
            found
                .iter()
                .all(|t| t.state == ThreatState::Clear && t.until.is_none())
        );
    }

    #[test]
    fn an_all_clear_is_clear_and_another_event_is_no_threat() {
        let over = alert("Alert", "", AREA).replace(
            "<urgency>Immediate",
            "<responseType>AllClear</responseType><urgency>Immediate",
        );
        assert!(threats(&over).iter().all(|t| t.state == ThreatState::Clear));
        let fire = alert("Alert", "", AREA).replace("Air raid", "Fire");
        let all = drafts(&fire);
        assert!(matches!(all.as_slice(), [Draft::Report(_)]), "{all:?}");
    }

    #[test]
    fn an_alert_that_names_no_region_stays_a_report() {
        let all = drafts(&alert(
            "Alert",
            "",
            "<area><areaDesc>Atlantis</areaDesc></area>",
        ));
        assert!(matches!(all.as_slice(), [Draft::Report(_)]), "{all:?}");
    }

    #[test]
    fn options_that_can_find_no_threat_are_told() {
        let told = build("cap", Options::new("threats: {events: {x: bomb}}\n"));
        let told = format!("{:?}", told.err());
        assert!(
            told.contains("expected one of: air_raid") && told.contains("region_geocode"),
            "{told}"
        );
    }
}
