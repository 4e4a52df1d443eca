//! What a record holds and no rule that took it reads: shown to whoever writes the mapping.

use std::collections::{BTreeSet, HashSet};

use oneroof_model::Time;
use serde_json::Value;

use super::path::{STRING, is_derived, quoted};
use super::reads::{Reads, address};
use super::{Ground, Mapping};

/// Paths listed at most; the last one is then [`AND_MORE`].
pub const MAX_LISTED: usize = 200;

/// Stands in the list where there were more than [`MAX_LISTED`] paths.
pub const AND_MORE: &str = "...";

/// Depth that is looked into at most.
const MAX_DEPTH: usize = 100;

impl Mapping {
    /// Paths of the record's values that are not read by the rules that take it, nor by the conditions that
    /// were asked before; items of lists as `[]`, of a list of plain values by their index. A value that is
    /// read covers everything below it. The paths can be written into a mapping as they are (with a number
    /// or `*` in `[]`).
    pub fn unmapped(&self, ground: Ground<'_>, received: Time) -> BTreeSet<String> {
        let record = self.record(ground, received);
        let mut reads = Reads::default();
        for rule in self.rules() {
            rule.condition_paths(&mut reads);
            if rule.takes(&record) {
                rule.value_paths(&mut reads);
                if !rule.goes_on() {
                    break;
                }
            }
        }
        let mut listing = Listing {
            taken: reads.taken(&record),
            found: BTreeSet::new(),
        };
        listing.list(ground.record, "", 0);
        listing.found
    }
}

struct Listing {
    taken: HashSet<usize>,
    found: BTreeSet<String>,
}

impl Listing {
    fn list(&mut self, value: &Value, at: &str, depth: usize) {
        if self.taken.contains(&address(value)) || self.found.len() > MAX_LISTED {
            return;
        }
        match value {
            Value::Object(map) if !map.is_empty() && depth < MAX_DEPTH => {
                let whole = map.get(STRING);
                if whole.is_some_and(|text| self.taken.contains(&address(text))) {
                    return;
                }
                for (key, value) in map.iter().filter(|(key, _)| !is_derived(key)) {
                    self.list(value, &below(at, key), depth + 1);
                }
            }
            Value::Array(items) if !items.is_empty() && depth < MAX_DEPTH => {
                for (index, item) in items.iter().enumerate() {
                    let path = if item.is_object() || item.is_array() {
                        format!("{at}[]")
                    } else {
                        format!("{at}[{index}]")
                    };
                    self.list(item, &path, depth + 1);
                }
            }
            _ if self.found.len() == MAX_LISTED => {
                self.found.insert(AND_MORE.to_owned());
            }
            _ => {
                self.found.insert(at.to_owned());
            }
        }
    }
}

fn below(at: &str, key: &str) -> String {
    let key = quoted(key);
    if at.is_empty() || key.starts_with('[') {
        format!("{at}{key}")
    } else {
        format!("{at}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::read;
    use super::*;

    fn unmapped(yaml: &str, record: &Value) -> Vec<String> {
        let mapping = read(yaml).unwrap_or_else(|p| panic!("{p}"));
        let found = mapping.unmapped(Ground::alone(record), Time::EPOCH);
        found.into_iter().collect()
    }

    #[test]
    fn only_the_rule_that_takes_the_record_counts() {
        let yaml = "map:\n  - {when: {path: k, equals: A}, draft: report, type: {const: X}, text: a}\n  - {draft: report, type: {const: X}, text: b}\n";
        let record = |k: &str| json!({"k": k, "a": "1", "b": "2"});
        assert_eq!(unmapped(yaml, &record("A")), ["b"]);
        assert_eq!(unmapped(yaml, &record("B")), ["a"]);
    }

    #[test]
    fn the_second_item_of_a_list_is_named_where_only_the_first_is_read() {
        let yaml = "map: {draft: report, type: {const: X}, title: 'u[0].id', text: 'n[1]'}";
        let record = json!({"u": [{"id": "a", "x": 1}, {"id": "b"}], "n": ["p", "q", "r"]});
        assert_eq!(unmapped(yaml, &record), ["n[0]", "n[2]", "u[].id", "u[].x"]);
    }

    #[test]
    fn within_each_item_only_what_is_read_counts() {
        let yaml = "map: {draft: report, type: {const: X}, identifiers: {kind: plate, each: cars, from: plate}}";
        let record = json!({"cars": [{"plate": "A1", "colour": "red"}]});
        assert_eq!(unmapped(yaml, &record), ["cars[].colour"]);
    }

    #[test]
    fn an_altitude_that_nothing_reads_is_named_and_strange_keys_are_quoted() {
        let yaml = "map: {draft: report, type: {const: X}, place: {geojson: g}}";
        let record = json!({
            "g": {"type": "Point", "coordinates": [24.0, 48.0, 7.5]},
            "a.b": 1, "it's": 2, "c d": 3, "x']y": 4,
        });
        assert_eq!(
            unmapped(yaml, &record),
            ["[\"x']y\"]", "['a.b']", "c d", "g.coordinates[2]", "it's"]
        );
        for path in unmapped(yaml, &record) {
            let read = crate::mapping::Path::parse(&path).unwrap();
            assert!(read.first(Ground::alone(&record)).is_some(), "{path}");
        }
    }

    #[test]
    fn what_is_read_and_null_is_mapped() {
        let yaml = "map: {draft: report, type: {const: X}, text: t}";
        assert_eq!(unmapped(yaml, &json!({"t": null, "u": null})), ["u"]);
    }

    #[test]
    fn a_list_that_is_too_long_says_so() {
        let record: serde_json::Map<String, Value> =
            (0..500).map(|n| (format!("k{n}"), json!(n))).collect();
        let found = unmapped("map: {draft: heartbeat}", &Value::Object(record));
        assert_eq!(found.len(), MAX_LISTED + 1);
        assert_eq!(found[0], AND_MORE);
    }
}
