//! Files against each other, and values against sense.
//!
//! What one file says of another is checked on the trees, so that it is told even where some other entry of the
//! file cannot be read. Values are checked when everything could be read.

mod regions;
mod silence;
mod tak;
mod transport;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use oneroof_model::TypeCode;

use crate::load::{Config, Env, Trees};
use crate::problem::{Spot, did_you_mean};
use crate::read::Cx;
use crate::scalar::{Period, Share};
use crate::types::{Feed, GroupCode, MAX_MAPS};
use crate::yaml::Node;

pub(crate) use transport::ports;

/// Ids that may be referred to.
#[derive(Debug, Default)]
pub(crate) struct Known {
    orgs: BTreeSet<String>,
    types: BTreeSet<String>,
    sections: BTreeSet<String>,
    regions: BTreeSet<String>,
}

impl Known {
    fn of_trees(trees: &Trees) -> Self {
        let ids = |table: &str, list: &str, key: &str| -> BTreeSet<String> {
            let items = trees.table(table).get(list).map_or(&[][..], Node::items);
            items
                .iter()
                .filter_map(|n| n.get(key)?.text())
                .map(str::to_owned)
                .collect()
        };
        Self {
            orgs: ids("agencies.yaml", "agencies", "code"),
            types: ids("event-types.yaml", "types", "code"),
            sections: ids("sections.yaml", "sections", "id"),
            regions: ids(crate::load::REGIONS, "regions", "id"),
        }
    }

    /// Ids of a configuration in force.
    pub(crate) fn of_config(config: &Config) -> Self {
        Self {
            orgs: config.agencies.iter().map(|a| a.code.0.clone()).collect(),
            types: config
                .event_types
                .iter()
                .map(|t| t.code.0.clone())
                .collect(),
            sections: config.sections.iter().map(|s| s.id.0.clone()).collect(),
            regions: config.regions.iter().map(|r| r.id.0.clone()).collect(),
        }
    }
}

/// Notes a reference that leads nowhere. An empty table was noted already, so it is not held against references.
fn refers(node: Option<&Node>, known: &BTreeSet<String>, what: &str, table: &str, cx: &mut Cx) {
    let Some((node, text)) = node.and_then(|n| Some((n, n.text()?))) else {
        return;
    };
    if node.is_null() || known.is_empty() || known.contains(text) {
        return;
    }
    let help = match did_you_mean(text, known.iter().map(String::as_str)) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("add it to {table}, or use one that is there"),
    };
    let message = format!("{what} `{text}` is not in {table}");
    cx.at(node.spot, "unknown-reference", message, Some(help));
}

/// Everything that files say of each other.
pub(crate) fn all(trees: &Trees, cx: &mut Cx) {
    let known = Known::of_trees(trees);
    for (table, list, key) in [
        ("agencies.yaml", "agencies", "code"),
        ("event-types.yaml", "types", "code"),
        ("sections.yaml", "sections", "id"),
        ("crossing-points.yaml", "crossing_points", "id"),
        ("units.yaml", "units", "id"),
        (crate::load::REGIONS, "regions", "id"),
        ("centre.yaml", "maps", "id"),
    ] {
        unique(trees.table(table).get(list), key, cx);
    }
    let items = |table: &str, list: &str| trees.table(table).get(list).map_or(&[][..], Node::items);
    let types = items("event-types.yaml", "types");
    for row in types
        .iter()
        .chain(trees.table("event-types.yaml").get("other"))
    {
        refers(row.get("lead"), &known.orgs, "agency", "agencies.yaml", cx);
        for org in row.get("support").map_or(&[][..], Node::items) {
            refers(Some(org), &known.orgs, "agency", "agencies.yaml", cx);
        }
    }
    for row in items("crossing-points.yaml", "crossing_points") {
        refers(
            row.get("section"),
            &known.sections,
            "section",
            "sections.yaml",
            cx,
        );
    }
    for row in items("units.yaml", "units") {
        refers(row.get("org"), &known.orgs, "agency", "agencies.yaml", cx);
        refers(
            row.get("section"),
            &known.sections,
            "section",
            "sections.yaml",
            cx,
        );
    }
    let centre = trees.table("centre.yaml");
    refers(
        centre.path(&["centre", "org"]),
        &known.orgs,
        "agency",
        "agencies.yaml",
        cx,
    );
    for code in centre
        .path(&["linking", "types", "apart"])
        .map_or(&[][..], Node::items)
    {
        refers(
            Some(code),
            &known.types,
            "event type",
            "event-types.yaml",
            cx,
        );
    }
    silence::references(trees, cx);
    tak::references(trees, &known, cx);
    for (stem, node) in &trees.feeds {
        feed(stem, node, &known, cx);
    }
}

/// What a feed's file says of others, and its name.
pub(crate) fn feed(stem: &str, node: &Node, known: &Known, cx: &mut Cx) {
    refers(node.get("org"), &known.orgs, "agency", "agencies.yaml", cx);
    for org in node
        .path(&["marking", "releasable_to"])
        .map_or(&[][..], Node::items)
    {
        refers(Some(org), &known.orgs, "agency", "agencies.yaml", cx);
    }
    regions::references(node, &known.regions, cx);
    if stem == crate::DESK_FEED {
        let spot = node.get("feed").map_or(node.spot, |n| n.spot);
        let message = format!("the name `{stem}` is that of what is taken down at the desks");
        cx.at(
            spot,
            "reserved-name",
            message,
            Some("give the feed another name".to_owned()),
        );
    }
    if let Some((name, text)) = node.get("feed").and_then(|n| Some((n, n.text()?)))
        && text != stem
    {
        let message = format!("the feed `{text}` stands in a file that is called `{stem}.yaml`");
        let help = format!("write `feed: {stem}`, or rename the file");
        cx.at(name.spot, "file-name", message, Some(help));
    }
}

fn unique(list: Option<&Node>, key: &str, cx: &mut Cx) {
    let mut seen: BTreeMap<&str, Spot> = BTreeMap::new();
    for item in list.map_or(&[][..], Node::items) {
        let Some((node, text)) = item.get(key).and_then(|n| Some((n, n.text()?))) else {
            continue;
        };
        if let Some(first) = seen.get(text) {
            let message = format!("`{text}` stands twice");
            let help = format!(
                "the first is in line {}; each {key} is given once",
                first.line
            );
            cx.at(node.spot, "duplicate", message, Some(help));
        } else {
            seen.insert(text, node.spot);
        }
    }
}

/// Values that can be read and make no sense.
pub(crate) fn values(config: &Config, trees: &Trees, env: Env<'_>, cx: &mut Cx) {
    centre_values(config, trees.table("centre.yaml"), cx);
    linking_values(config, trees.table("centre.yaml"), cx);
    let fresh = trees.table("freshness.yaml");
    let classes = fresh.get("freshness").map_or(&[][..], Node::entries);
    for (name, node) in classes {
        let period = |key: &str| {
            let text = node.get(key).and_then(Node::text)?;
            Period::parse(text)
        };
        let order = [("expected", "stale_after"), ("stale_after", "lost_after")];
        for (less, more) in order {
            if period(less).zip(period(more)).is_some_and(|(a, b)| a >= b) {
                let message = format!("{}: `{less}` has to be shorter than `{more}`", name.name);
                cx.at(place(node, &[less]), "order", message, None);
            }
        }
    }
    if config.other_type.code.0 != TypeCode::OTHER {
        let at = place(trees.table("event-types.yaml"), &["other", "code"]);
        let message = format!("the type of unknown codes has the code {}", TypeCode::OTHER);
        cx.at(at, "wrong-value", message, None);
    }
    let points = trees.table("crossing-points.yaml").get("crossing_points");
    for (row, node) in config
        .crossing_points
        .iter()
        .zip(points.map_or(&[][..], Node::items))
    {
        if !config.centre.centre.bounds.holds(row.at) {
            let message = format!("the crossing point {} lies outside of the country", row.id);
            let help = "are latitude and longitude exchanged? compare `bounds` in centre.yaml";
            cx.at(
                place(node, &["at"]),
                "outside",
                message,
                Some(help.to_owned()),
            );
        }
    }
    let ids: BTreeSet<&str> = config.sections.iter().map(|s| s.id.as_str()).collect();
    for id in config
        .geometry
        .keys()
        .filter(|id| !ids.contains(id.as_str()))
    {
        let message = format!("the section {id} is not in sections.yaml");
        let file = crate::geometry::FILE;
        cx.push(crate::Problem::of_file(file, "unknown-reference", message));
    }
    regions::values(config, trees, cx);
    silence::values(config, trees, cx);
    tak::values(config, trees, cx);
    let mut before: Vec<&Feed> = Vec::new();
    for (feed, node) in config
        .feeds
        .values()
        .filter_map(|f| Some((f, trees.feeds.get(f.feed.as_str())?)))
    {
        feed_values(feed, config, node, env, cx);
        ports(before.iter().copied(), feed, node, cx);
        before.push(feed);
    }
}

/// The place at the end of a path of keys, or the nearest part of it that is there.
fn place(node: &Node, path: &[&str]) -> Spot {
    let mut at = node;
    for key in path {
        match at.get(key) {
            Some(next) => at = next,
            None => break,
        }
    }
    at.spot
}

fn centre_values(config: &Config, tree: &Node, cx: &mut Cx) {
    let centre = &config.centre;
    let box_ = &centre.centre.bounds;
    if box_.south >= box_.north || box_.west >= box_.east || box_.to_model().is_none() {
        let message =
            "south has to lie below north, west left of east, within the world".to_owned();
        cx.at(place(tree, &["centre", "bounds"]), "order", message, None);
    }
    zone(
        &centre.centre.time_zone,
        place(tree, &["centre", "time_zone"]),
        cx,
    );
    let country = &centre.centre.country;
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        let message = format!("`{country}` is no ISO 3166-1 alpha-2 code");
        cx.at(
            place(tree, &["centre", "country"]),
            "wrong-value",
            message,
            None,
        );
    }
    if centre.centre.languages.is_empty() {
        let at = place(tree, &["centre", "languages"]);
        cx.at(at, "wrong-value", "at least one language".to_owned(), None);
    }
    if !centre.server.listen.0.ip().is_loopback() {
        let message = format!(
            "{} is not an address of this machine alone",
            centre.server.listen
        );
        let help = "until there are accounts, screens and API are served on loopback only: \
                    127.0.0.1 or [::1]; let others in through a tunnel that checks who they are";
        cx.at(
            place(tree, &["server", "listen"]),
            "not-loopback",
            message,
            Some(help.to_owned()),
        );
    }
    if centre.disk.stop_below > centre.disk.warn_below {
        let message = "the warning has to come before the stop".to_owned();
        cx.at(place(tree, &["disk", "stop_below"]), "order", message, None);
    }
    if centre.maps.len() > MAX_MAPS {
        let message = format!("more than {MAX_MAPS} maps");
        cx.at(place(tree, &["maps"]), "too-many", message, None);
    }
    let steps = &centre.history.thinning;
    if steps
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.after >= b.after))
    {
        let message = "steps of thinning go from young to old".to_owned();
        cx.at(
            place(tree, &["history", "thinning"]),
            "order",
            message,
            None,
        );
    }
}

fn linking_values(config: &Config, tree: &Node, cx: &mut Cx) {
    let linking = &config.centre.linking;
    if linking.suggest > linking.strong {
        let message = "`suggest` cannot be above `strong`".to_owned();
        cx.at(place(tree, &["linking", "suggest"]), "order", message, None);
    }
    let w = &linking.weights;
    let sum = w.place.0 + w.time.0 + w.r#type.0 + w.count.0 + w.identifier.0;
    if (sum - 1.0).abs() > 1e-6 {
        let message = format!("the weights add up to {sum:.3}, not to 1");
        cx.at(
            place(tree, &["linking", "weights"]),
            "wrong-value",
            message,
            None,
        );
    }
    for (what, seconds) in [
        ("time_scale", linking.time_scale.as_secs_u32()),
        ("window", linking.window.as_secs_u32()),
    ] {
        if seconds == 0 {
            let message = format!("`{what}` has to be at least 1s");
            cx.at(
                place(tree, &["linking", what]),
                "wrong-value",
                message,
                None,
            );
        }
    }
    let groups = &linking.types.groups;
    let cell = |a: GroupCode, b: GroupCode| groups.get(&a).and_then(|r| r.get(&b)).copied();
    for (a, row) in groups {
        for (b, value) in row.iter().filter(|(b, _)| *b > a) {
            if cell(*b, *a).is_some_and(|other: Share| other != *value) {
                let message = format!(
                    "the pair {} and {} stands twice with different values",
                    a.as_str(),
                    b.as_str()
                );
                let help = "each pair stands once; the order does not matter".to_owned();
                let at = place(tree, &["linking", "types", "groups"]);
                cx.at(at, "duplicate", message, Some(help));
            }
        }
    }
}

fn zone(name: &str, at: Spot, cx: &mut Cx) {
    if TimeZone::get(name).is_ok() {
        return;
    }
    // The old spelling is still an alias in the database; nobody should be led to it.
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|n| n.to_string())
        .filter(|n| n != "Europe/Kiev")
        .collect();
    let help = did_you_mean(name, names.iter().map(String::as_str)).map_or_else(
        || "an IANA name such as Europe/Kyiv".to_owned(),
        |n| format!("did you mean `{n}`?"),
    );
    cx.at(
        at,
        "wrong-value",
        format!("`{name}` is no time zone"),
        Some(help),
    );
}

/// Values of one feed.
pub(crate) fn feed_values(feed: &Feed, config: &Config, node: &Node, env: Env<'_>, cx: &mut Cx) {
    if let Some(name) = &feed.zone {
        zone(name, place(node, &["zone"]), cx);
    }
    let rule = config.feed_rule(feed);
    if rule.expected_s >= rule.stale_s || rule.stale_s >= rule.lost_s {
        let message = format!(
            "expected {} s, stale after {} s, lost after {} s: each has to be longer than the one before",
            rule.expected_s, rule.stale_s, rule.lost_s
        );
        let help = "what is not stated here comes from `feed` in freshness.yaml".to_owned();
        cx.at(place(node, &["stale_after"]), "order", message, Some(help));
    }
    if feed.quota.records_per_s == 0 || feed.quota.bytes_per_s.bytes() == 0 {
        let message = "a quota of nothing lets nothing in".to_owned();
        cx.at(
            place(node, &["quota"]),
            "wrong-value",
            message,
            Some("use `paused: true`".to_owned()),
        );
    }
    transport::values(&feed.transport, node, env, cx);
    tak::format(feed, node, cx);
}
