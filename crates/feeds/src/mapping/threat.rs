//! A record becomes the state of a region: an air-raid alert, or that it is over.

use oneroof_model::{Mode, ThreatDraft, ThreatKind, ThreatState};

use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record};
use super::section::Section;
use super::source::{Source, Words};
use super::time::Moment;
use super::words::{MODES, THREAT_KINDS, THREAT_STATES};
use super::{Reference, ReferenceKind, Scope};

/// Longest name of a sender's message, bytes; a longer one is a fault.
const MAX_KEY: usize = 256;

/// How the state of a region is put together.
#[derive(Debug, Clone)]
pub(crate) struct ThreatMap {
    region: Option<Source>,
    kind: Option<Words<ThreatKind>>,
    state: Option<Words<ThreatState>>,
    since: Option<Moment>,
    at: Option<Moment>,
    until: Option<Moment>,
    holds: bool,
    key: Option<Source>,
    mode: Option<Words<Mode>>,
}

impl ThreatMap {
    pub(crate) fn read(
        section: &mut Section<'_>,
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        let region = section.need("region", problems);
        let region = region.and_then(|n| Source::read(n, scope.tables, problems));
        let state = section.need("state", problems);
        let state = state.and_then(|n| scope.words_of(n, THREAT_STATES, problems));
        Self {
            region,
            kind: scope.words(section, "kind", THREAT_KINDS, problems),
            state,
            since: scope.moment(section, "since", problems),
            at: scope.moment(section, "at", problems),
            until: scope.moment(section, "until", problems),
            holds: section.flag("holds", problems).unwrap_or(false),
            key: scope.source(section, "key", problems),
            mode: scope.words(section, "mode", MODES, problems),
        }
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<ThreatDraft> {
        let source = self.region.as_ref()?;
        let Some(region) = source.text(record, notes) else {
            let expected = "a region's code, or a name that the table has; found none";
            notes.fault("missing_id", source.label(), expected);
            return None;
        };
        let Some(state) = self.state.as_ref()?.get(record, notes) else {
            if notes.faults.is_empty() {
                let expected = "whether there is an alert or not, found neither";
                notes.fault("missing_state", source.label(), expected);
            }
            return None;
        };
        let key = self.key.as_ref().and_then(|s| s.text(record, notes));
        if key.as_ref().is_some_and(|k| k.len() > MAX_KEY) {
            let label = self.key.as_ref().map(Source::label).unwrap_or_default();
            notes.fault("too_long", label, "a key of at most 256 bytes");
            return None;
        }
        let mut moment = |m: &Option<Moment>| m.as_ref().and_then(|m| m.get(record, notes));
        let (since, at, until) = (moment(&self.since), moment(&self.at), moment(&self.until));
        // A kind that is named and not known is a threat all the same.
        let kind = match &self.kind {
            None => ThreatKind::AirRaid,
            Some(words) => words.get(record, notes).unwrap_or(ThreatKind::Unknown),
        };
        Some(ThreatDraft {
            region: region.into(),
            kind,
            state,
            since,
            at,
            until,
            holds: self.holds,
            key,
            mode: self.mode.as_ref().and_then(|w| w.get(record, notes)),
        })
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        let texts = self.region.iter().chain(&self.key);
        texts.for_each(|s| s.paths(to));
        self.kind.iter().for_each(|w| w.paths(to));
        self.state.iter().for_each(|w| w.paths(to));
        let moments = [&self.since, &self.at, &self.until];
        moments.into_iter().flatten().for_each(|m| m.paths(to));
        self.mode.iter().for_each(|w| w.paths(to));
    }

    pub(crate) fn references(&self, to: &mut Vec<Reference>) {
        let regions = self.region.iter();
        to.extend(regions.flat_map(|s| Reference::of(ReferenceKind::Region, s)));
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::{DeleteTarget, Draft};
    use serde_json::{Value, json};

    use super::super::tests::read;
    use super::super::{Applied, Ground};
    use super::*;

    /// A list of regions as the public services of Ukraine have it: names, and since when something is on.
    const LIST: &str = r#"
time: [rfc3339]
tables:
  regions: {Львівська область: UA-46, м. Київ: UA-30}
  kinds: {AIR: air_raid, ARTILLERY: artillery, CHEMICAL: chemical, URBAN_FIGHTS: street_fighting}
map:
  draft: threat
  region: {path: regionName, table: regions}
  kind: {path: type, table: kinds}
  state: {path: alert, table: {"true": alert, "false": clear}}
  since: changed
  at: $.at
"#;

    fn apply(yaml: &str, record: &Value) -> Applied {
        let root = json!({"at": "2026-11-23T02:40:00Z", "states": [record]});
        let ground = Ground {
            root: &root,
            ..Ground::alone(record)
        };
        let received = "2026-11-23T02:41:00Z".parse().unwrap();
        read(yaml)
            .unwrap_or_else(|p| panic!("{p}"))
            .apply(ground, received)
    }

    fn threat(yaml: &str, record: &Value) -> ThreatDraft {
        match apply(yaml, record).drafts.pop() {
            Some(Draft::Threat(threat)) => threat,
            other => panic!("expected a threat, found {other:?}"),
        }
    }

    #[test]
    fn a_region_comes_by_the_senders_name_and_its_state_by_a_table() {
        let record = json!({"regionName": "Львівська область", "type": "AIR", "alert": true,
            "changed": "2026-11-23T02:12:00Z"});
        let t = threat(LIST, &record);
        assert_eq!((t.region.as_str(), t.kind), ("UA-46", ThreatKind::AirRaid));
        assert_eq!(t.state, ThreatState::Alert);
        let text = |t: Option<oneroof_model::Time>| t.map(|t| t.to_string()).unwrap_or_default();
        assert_eq!(text(t.since), "2026-11-23T02:12:00Z");
        assert_eq!(text(t.at), "2026-11-23T02:40:00Z");
        assert!(!t.holds && t.key.is_none() && t.mode.is_none());
        let clear = json!({"regionName": "м. Київ", "type": "CHEMICAL", "alert": false});
        let t = threat(LIST, &clear);
        assert_eq!(
            (t.kind, t.state),
            (ThreatKind::Chemical, ThreatState::Clear)
        );
    }

    #[test]
    fn a_region_that_no_table_knows_and_a_state_that_is_missing_are_rejects() {
        let unknown = json!({"regionName": "Atlantis", "type": "AIR", "alert": true});
        assert!(apply(LIST, &unknown).reject.is_some());
        let silent = json!({"regionName": "м. Київ", "type": "AIR"});
        assert_eq!(apply(LIST, &silent).reject.unwrap().0, "missing_state");
    }

    #[test]
    fn who_tells_of_changes_only_says_so_and_its_alert_can_be_taken_back_by_its_key() {
        let yaml = r"
map:
  - when: {path: over, exists: true}
    draft: delete
    threat: over
  - draft: threat
    region: oblast
    state: alert
    key: no
    holds: true
";
        let t = threat(yaml, &json!({"oblast": "UA-21", "no": "17"}));
        assert!(t.holds && t.kind == ThreatKind::AirRaid);
        assert_eq!(t.key.as_deref(), Some("17"));
        let over = apply(yaml, &json!({"over": "17"})).drafts.pop();
        let Some(Draft::Delete(over)) = over else {
            panic!("{over:?}");
        };
        assert_eq!(over.target, DeleteTarget::Threat { key: "17".into() });
    }

    #[test]
    fn what_is_missing_in_a_mapping_is_told_with_its_place() {
        let problems = read("map:\n  - draft: threat\n    state: alarm\n").unwrap_err();
        assert!(
            problems.contains("the key `region` is missing"),
            "{problems}"
        );
        assert!(
            problems.contains("expected one of: alert, clear"),
            "{problems}"
        );
    }
}
