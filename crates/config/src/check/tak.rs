//! `tak.yaml` against the feeds, the agencies and the units.

use std::collections::BTreeSet;

use super::{Known, place, refers};
use crate::load::{Config, Trees};
use crate::read::Cx;
use crate::types::{ClientAuth, Feed, TakOutput, Transport};
use crate::yaml::Node;

/// The only format that reads both what clients say before and after they have agreed on the version.
const FORMAT: &str = "cot_proto";

fn outputs(trees: &Trees) -> &[Node] {
    let list = trees.table(crate::load::TAK).get("outputs");
    list.map_or(&[][..], Node::items)
}

/// What it says of other files.
pub(super) fn references(trees: &Trees, known: &Known, cx: &mut Cx) {
    let feeds: BTreeSet<String> = trees.feeds.keys().cloned().collect();
    let rows = trees.table("units.yaml").get("units");
    let units: BTreeSet<String> = rows
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|row| row.get("id")?.text().map(str::to_owned))
        .collect();
    for output in outputs(trees) {
        refers(output.get("feed"), &feeds, "feed", "feeds", cx);
        for org in output.get("orgs").map_or(&[][..], Node::items) {
            refers(Some(org), &known.orgs, "agency", "agencies.yaml", cx);
        }
        let clients = output.get("clients").map_or(&[][..], Node::items);
        for client in clients {
            refers(client.get("unit"), &units, "unit", "units.yaml", cx);
        }
        super::unique(output.get("clients"), "common_name", cx);
    }
    let list = trees.table(crate::load::TAK).get("outputs");
    super::unique(list, "feed", cx);
}

/// What can be read and makes no sense.
pub(super) fn values(config: &Config, trees: &Trees, cx: &mut Cx) {
    let Some(tak) = &config.tak else { return };
    for (output, node) in tak.outputs.iter().zip(outputs(trees)) {
        if output.every.0.is_zero() {
            let at = place(node, &["every"]);
            cx.at(at, "wrong-value", "has to be above 0".to_owned(), None);
        }
        if output.queue.bytes() == 0 {
            let at = place(node, &["queue"]);
            cx.at(at, "wrong-value", "has to be above 0".to_owned(), None);
        }
        if let Some(feed) = config.feeds.get(&output.feed) {
            of_feed(output, feed, config, node, cx);
        }
    }
}

fn of_feed(output: &TakOutput, feed: &Feed, config: &Config, node: &Node, cx: &mut Cx) {
    let Transport::TakListen(listen) = &feed.transport else {
        let message = format!(
            "the transport of `{}` is {}, nobody can be told anything over it",
            feed.feed,
            feed.transport.kind()
        );
        let help = "write `transport: {kind: tak_listen, ...}` in the feed's file".to_owned();
        return cx.at(place(node, &["feed"]), "wrong-value", message, Some(help));
    };
    if !output.orgs.contains(&feed.org) {
        let message = format!(
            "the clients are those of {}, which is not among `orgs`",
            feed.org
        );
        let help = format!(
            "add {}: what is given out has to be what it may see",
            feed.org
        );
        cx.at(place(node, &["orgs"]), "wrong-value", message, Some(help));
    }
    let asked = listen
        .tls
        .as_ref()
        .is_some_and(|tls| tls.client_auth == ClientAuth::Required);
    if !output.clients.is_empty() && !asked {
        let message = format!("the listener of `{}` asks for no certificates", feed.feed);
        let help = "write `tls: {..., client_auth: required}` in the feed's file".to_owned();
        cx.at(
            place(node, &["clients"]),
            "wrong-value",
            message,
            Some(help),
        );
    }
    let nodes = node.get("clients").map_or(&[][..], Node::items);
    for (client, node) in output.clients.iter().zip(nodes) {
        let unit = config
            .units
            .iter()
            .find(|u| Some(&u.id) == client.unit.as_ref());
        if let Some(unit) = unit.filter(|unit| unit.org != feed.org) {
            let message = format!(
                "the unit {} is of {}, the feed of {}",
                unit.id, unit.org, feed.org
            );
            cx.at(place(node, &["unit"]), "wrong-value", message, None);
        }
    }
}

/// A feed's listener for TAK clients needs the format that reads them.
pub(super) fn format(feed: &Feed, node: &Node, cx: &mut Cx) {
    if matches!(feed.transport, Transport::TakListen(_)) && feed.format.kind != FORMAT {
        let message = format!("what comes over tak_listen is read by {FORMAT}");
        let help = format!("write `kind: {FORMAT}`; it reads XML as well");
        cx.at(
            place(node, &["format", "kind"]),
            "wrong-value",
            message,
            Some(help),
        );
    }
}
