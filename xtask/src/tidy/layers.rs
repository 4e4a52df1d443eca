//! The table of layers of `ARCHITECTURE.md`, enforced from what cargo says.
//!
//! A crate may use any lower layer, and within its own layer what the table lists. Development dependencies
//! are free: a test may use whatever it likes.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

/// Where a crate stands.
struct Row {
    /// Package name without `oneroof-`.
    name: &'static str,
    layer: u8,
    /// What it may use of its own layer, and what it may use in spite of the layers.
    also: &'static [&'static str],
}

const fn row(layer: u8, name: &'static str, also: &'static [&'static str]) -> Row {
    Row { name, layer, also }
}

/// Number that stands for "beside the layers".
const BESIDE: u8 = 9;

const TABLE: [Row; 25] = [
    row(0, "model", &[]),
    row(0, "geo", &["model"]),
    row(0, "raster", &[]),
    row(0, "wire", &["model"]),
    row(0, "text", &[]),
    row(1, "feeds", &[]),
    row(1, "config", &[]),
    row(1, "response", &[]),
    row(1, "risk", &[]),
    row(1, "picture", &["response"]),
    row(2, "ports", &[]),
    row(3, "store-sqlite", &[]),
    row(3, "store-postgres", &[]),
    row(3, "bus-nats", &[]),
    row(3, "transport", &[]),
    row(3, "maps", &[]),
    row(4, "room", &[]),
    row(4, "ingest", &["room"]),
    row(4, "live", &["room"]),
    row(4, "tak", &["room", "live"]),
    row(4, "api", &["room", "ingest", "live"]),
    row(5, "server", &["sim"]),
    row(BESIDE, "sim", &["transport"]),
    row(BESIDE, "web", &[]),
    row(BESIDE, "tests", &[]),
];

/// Adapters that only the composition (`server`) may name.
const NAMED_BY_SERVER_ONLY: [&str; 3] = ["store-sqlite", "store-postgres", "bus-nats"];

/// What no crate of layer 0 or 1 may have below it.
const NOT_PURE: [&str; 10] = [
    "tokio",
    "axum",
    "sqlx",
    "rusqlite",
    "reqwest",
    "hyper",
    "async-std",
    "smol",
    "async-nats",
    "notify",
];

/// One package of the workspace: its name without `oneroof-`, and what it uses.
#[derive(Debug, Default)]
pub(crate) struct Member {
    /// Without `oneroof-`.
    pub(crate) name: String,
    /// Packages of ours that it uses, without `oneroof-`.
    pub(crate) ours: BTreeSet<String>,
    /// Names of all packages below it, ours and others.
    pub(crate) all_below: BTreeSet<String>,
}

/// Takes the members and what they use (not for development) out of cargo's answer.
pub(crate) fn members(metadata: &Metadata) -> Vec<Member> {
    let names: BTreeMap<&PackageId, &str> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, package.name.as_str()))
        .collect();
    let edges = edges(metadata);
    let mut members = Vec::new();
    for id in &metadata.workspace_members {
        let mut below = BTreeSet::new();
        let mut todo = vec![id];
        while let Some(next) = todo.pop() {
            for used in edges.get(next).into_iter().flatten().copied() {
                if below.insert(used) {
                    todo.push(used);
                }
            }
        }
        let name_of = |id: &&PackageId| names.get(*id).map_or("", |name| name);
        let direct = edges.get(id).into_iter().flatten();
        members.push(Member {
            name: short(name_of(&id)).to_owned(),
            ours: direct
                .filter(|used| metadata.workspace_members.contains(used))
                .map(|used| short(name_of(used)).to_owned())
                .collect(),
            all_below: below.iter().map(|used| name_of(used).to_owned()).collect(),
        });
    }
    members
}

/// Who uses whom, without development dependencies.
fn edges(metadata: &Metadata) -> BTreeMap<&PackageId, Vec<&PackageId>> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    nodes
        .map(|node| {
            let used = node.deps.iter().filter(|dep| {
                dep.dep_kinds
                    .iter()
                    .any(|kind| kind.kind != DependencyKind::Development)
            });
            (&node.id, used.map(|dep| &dep.pkg).collect())
        })
        .collect()
}

fn short(name: &str) -> &str {
    name.strip_prefix("oneroof-").unwrap_or(name)
}

/// What is wrong, one line each.
pub(crate) fn check(members: &[Member]) -> Vec<String> {
    let mut faults = Vec::new();
    for member in members.iter().filter(|member| member.name != "xtask") {
        let Some(row) = find(&member.name) else {
            faults.push(format!(
                "layers: oneroof-{} stands in no layer; give it a row in ARCHITECTURE.md and xtask/src/tidy/layers.rs",
                member.name
            ));
            continue;
        };
        for used in &member.ours {
            if !may_use(row, used) {
                faults.push(format!(
                    "layers: oneroof-{} (layer {}) may not use oneroof-{used}",
                    member.name,
                    layer_word(row)
                ));
            }
        }
        if row.layer <= 1 {
            for impure in NOT_PURE
                .iter()
                .filter(|name| member.all_below.contains(**name))
            {
                faults.push(format!(
                    "layers: oneroof-{} (layer {}) must stay pure, but {impure} is below it",
                    member.name, row.layer
                ));
            }
        }
    }
    faults
}

fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

fn may_use(row: &Row, used: &str) -> bool {
    if row.also.contains(&used) || row.name == "tests" {
        return true;
    }
    if NAMED_BY_SERVER_ONLY.contains(&used) && row.name != "server" {
        return false;
    }
    let below = match row.name {
        "web" => 1,
        "sim" => 2,
        _ => row.layer,
    };
    find(used).is_some_and(|other| other.layer < below)
}

fn layer_word(row: &Row) -> String {
    if row.layer == BESIDE {
        "beside the layers".to_owned()
    } else {
        row.layer.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, ours: &[&str], all_below: &[&str]) -> Member {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Member {
            name: name.to_owned(),
            ours: set(ours),
            all_below: set(all_below),
        }
    }

    fn faults(name: &str, ours: &[&str], all_below: &[&str]) -> Vec<String> {
        check(&[member(name, ours, all_below)])
    }

    #[test]
    fn the_allowed_directions_pass() {
        for (name, ours) in [
            ("wire", &["model"] as &[&str]),
            ("picture", &["model", "geo", "response"]),
            ("room", &["model", "picture", "ports"]),
            ("ingest", &["feeds", "transport", "room"]),
            ("server", &["api", "store-sqlite", "sim"]),
            ("sim", &["feeds", "config", "transport"]),
            ("web", &["model", "wire", "text", "geo"]),
        ] {
            assert_eq!(faults(name, ours, &[]), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn a_crate_may_not_use_a_higher_layer_or_a_neighbour_that_is_not_listed() {
        for (name, used) in [
            ("model", "geo"),
            ("text", "model"),
            ("feeds", "config"),
            ("picture", "ports"),
            ("ports", "room"),
            ("room", "ingest"),
            ("live", "ingest"),
            ("web", "feeds"),
            ("sim", "room"),
        ] {
            assert_eq!(faults(name, &[used], &[]).len(), 1, "{name} uses {used}");
        }
    }

    #[test]
    fn only_the_server_names_the_adapters() {
        assert_eq!(faults("room", &["store-sqlite"], &[]).len(), 1);
        assert_eq!(
            faults("server", &["store-sqlite"], &[]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_pure_layers_have_no_runtime_anywhere_below() {
        let found = faults("feeds", &["model"], &["serde", "tokio"]);
        assert_eq!(found.len(), 1);
        assert!(
            found.iter().all(|fault| fault.contains("tokio")),
            "{found:?}"
        );
        assert_eq!(
            faults("ports", &["model"], &["tokio"]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_crate_without_a_row_is_a_fault() {
        assert_eq!(faults("gadget", &[], &[]).len(), 1);
    }
}
