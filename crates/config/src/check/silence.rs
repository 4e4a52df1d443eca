//! `silence` in `freshness.yaml` against the crossing points, and its values against sense.

use std::collections::BTreeSet;

use super::{place, refers};
use crate::load::{Config, Trees};
use crate::read::Cx;
use crate::yaml::Node;

/// Most weeks that are remembered of an hour of the week.
const MAX_WEEKS: u32 = 12;

/// What it says of other files.
pub(super) fn references(trees: &Trees, cx: &mut Cx) {
    let rows = trees.table("crossing-points.yaml").get("crossing_points");
    let known: BTreeSet<String> = rows
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|row| row.get("id")?.text().map(str::to_owned))
        .collect();
    let named = trees
        .table("freshness.yaml")
        .path(&["silence", "figures", "crossing_points"]);
    for point in named.map_or(&[][..], Node::items) {
        refers(
            Some(point),
            &known,
            "crossing point",
            "crossing-points.yaml",
            cx,
        );
    }
}

/// What can be read and makes no sense.
pub(super) fn values(config: &Config, trees: &Trees, cx: &mut Cx) {
    let tree = trees.table("freshness.yaml");
    let mut wrong = |path: &[&str], message: String, help: &str| {
        let path: Vec<&str> = core::iter::once("silence")
            .chain(path.iter().copied())
            .collect();
        let at = place(tree, &path);
        cx.at(at, "wrong-value", message, Some(help.to_owned()));
    };
    let silence = &config.freshness.silence;
    if !(1..=60).contains(&silence.every.as_secs_u32()) {
        let message = format!("{} between two looks", silence.every);
        wrong(&["every"], message, "write 1s to 60s");
    }
    let feeds = &silence.feeds;
    if feeds.quieter_than.0 <= 0.0 {
        let message = "nothing is quieter than nothing".to_owned();
        wrong(
            &["feeds", "quieter_than"],
            message,
            "write a share above 0, such as 0.5, or `enabled: false`",
        );
    }
    if feeds.chance.0 <= 0.0 || feeds.chance.0 > 0.1 {
        let message = format!("a chance of {}", feeds.chance.0);
        wrong(
            &["feeds", "chance"],
            message,
            "write a share above 0 and at most 0.1, such as 0.0001",
        );
    }
    if !(1..=MAX_WEEKS).contains(&feeds.weeks) {
        let message = format!("{} weeks", feeds.weeks);
        wrong(&["feeds", "weeks"], message, "write 1 to 12");
    }
    if feeds.least_weeks == 0 || feeds.least_weeks > feeds.weeks {
        let message = format!(
            "{} weeks are needed and {} are remembered",
            feeds.least_weeks, feeds.weeks
        );
        wrong(
            &["feeds", "least_weeks"],
            message,
            "write 1 to what `weeks` says",
        );
    }
    for (part, after) in [
        ("units", silence.units.after),
        ("figures", silence.figures.after),
    ] {
        if after.is_some_and(|p| p.as_secs_u32() == 0) {
            let message = "has to be at least 1s".to_owned();
            wrong(&[part, "after"], message, "write a period such as 20min");
        }
    }
}
