//! `regions.yaml`, and what the formats of feeds say of it: mappings that make threats, and the alerts of CAP.

use std::collections::BTreeSet;

use super::{place, refers};
use crate::load::{Config, REGIONS, Trees};
use crate::read::Cx;
use crate::yaml::Node;

/// Most regions of one state.
const MAX_REGIONS: usize = 500;

/// Whether a text is a code by ISO 3166-2: the state's two letters, and one to three letters or digits.
fn is_code(text: &str) -> bool {
    let Some((state, part)) = text.split_once('-') else {
        return false;
    };
    state.len() == 2
        && state.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=3).contains(&part.len())
        && part
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// What can be read and makes no sense.
pub(super) fn values(config: &Config, trees: &Trees, cx: &mut Cx) {
    let list = trees.table(REGIONS).get("regions");
    let nodes = list.map_or(&[][..], Node::items);
    for (row, node) in config.regions.iter().zip(nodes) {
        if !is_code(row.id.as_str()) {
            let message = format!("`{}` is no code of a region", row.id);
            let help = "write it by ISO 3166-2, as in UA-46".to_owned();
            cx.at(place(node, &["id"]), "wrong-value", message, Some(help));
        }
    }
    if config.regions.len() > MAX_REGIONS
        && let Some(list) = list
    {
        let message = format!("more than {MAX_REGIONS} regions");
        let help = "leave out what no feed tells of".to_owned();
        cx.at(list.spot, "too-many", message, Some(help));
    }
}

/// The regions that a feed's format names: constants and tables of its mapping's threats, and the names of CAP.
pub(super) fn references(feed: &Node, known: &BTreeSet<String>, cx: &mut Cx) {
    let Some(format) = feed.get("format") else {
        return;
    };
    let mut check = |node: &Node| refers(Some(node), known, "region", REGIONS, cx);
    let of_cap = format.path(&["threats", "regions"]);
    let of_cap = of_cap.map_or(&[][..], Node::entries);
    for (_, region) in of_cap {
        check(region);
    }
    let Some(map) = format.get("map") else { return };
    let rules = match map.items() {
        [] => core::slice::from_ref(map),
        rules => rules,
    };
    let threats = rules
        .iter()
        .filter(|r| r.get("draft").and_then(Node::text) == Some("threat"));
    for region in threats.filter_map(|rule| rule.get("region")) {
        if let Some(fixed) = region.get("const") {
            check(fixed);
        }
        let table = region.get("table");
        let named = table
            .and_then(Node::text)
            .and_then(|name| format.path(&["tables", name]));
        let rows = named.or(table).map_or(&[][..], Node::entries);
        for (_, value) in rows {
            check(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_that_of_iso_3166_2() {
        assert!(is_code("UA-46") && is_code("PL-MZ") && is_code("FR-IDF"));
        for wrong in [
            "", "UA", "UA-", "ua-46", "UA46", "UA-4666", "UKR-46", "UA-46 ",
        ] {
            assert!(!is_code(wrong), "{wrong}");
        }
    }
}
