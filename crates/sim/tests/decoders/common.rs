//! The shipped configuration, the shipped scenarios, and the feeds' real decoders.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use oneroof_config::{Config, load_with};
use oneroof_feeds::{Options, Output, build};
use oneroof_model::{Draft, PositionDraft, ReportDraft, Time, validate_draft};
use oneroof_sim::{Moment, Scenario, Step, load};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn config() -> &'static Config {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    CONFIG.get_or_init(|| {
        let (base, demo) = (root().join("config"), root().join("demo/config"));
        load_with(&[&base, &demo], &|_| None).unwrap_or_else(|problems| {
            panic!(
                "{}",
                problems.iter().map(ToString::to_string).collect::<String>()
            )
        })
    })
}

pub(crate) fn read(folder: &str) -> Vec<Scenario> {
    load(&root().join(folder), None).unwrap_or_else(|p| {
        let told: Vec<String> = p.iter().map(ToString::to_string).collect();
        panic!("{}", told.join("\n"))
    })
}

/// The scenarios and the agencies' everyday messages.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut all = read("demo/scenarios");
    all.extend(read("demo/agencies"));
    all
}

pub(crate) fn scenario(name: &str) -> Scenario {
    scenarios().into_iter().find(|s| s.name == name).unwrap()
}

pub(crate) fn noon() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

pub(crate) fn time(at: Timestamp) -> Time {
    Time::from_millis(at.as_millisecond())
}

/// Decodes a message as the feed's pipeline does.
pub(crate) fn decode(feed: &str, body: &str, at: Timestamp) -> Output {
    let feed = config()
        .feeds
        .get(&feed.into())
        .unwrap_or_else(|| panic!("no feed {feed}"));
    let options = Options {
        yaml: &feed.format.yaml,
        first_line: feed.format.first_line,
    };
    let format = build(&feed.format.kind, options).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::default();
    decoder.push(body.as_bytes(), time(at), &mut out);
    decoder.finish(time(at), &mut out);
    out
}

/// What of an output would be put aside, in words.
pub(crate) fn put_aside(out: &Output, at: Timestamp) -> Vec<String> {
    let rejects = out.rejects.iter().map(|r| r.reason.to_string());
    let invalid = out
        .drafts
        .iter()
        .filter_map(|d| validate_draft(&d.draft, time(at), None).err());
    rejects
        .chain(invalid.map(|q| format!("{}: {}", q.code, q.detail)))
        .collect()
}

/// Every message of a scenario with its moment, as played in one run.
pub(crate) fn messages(scenario: &Scenario) -> Vec<(&Step, String, Timestamp)> {
    let mut now = noon();
    let mut played = Vec::new();
    for step in &scenario.steps {
        now = now
            .checked_add(SignedDuration::try_from(step.after).unwrap())
            .unwrap();
        let moment = Moment {
            start: noon(),
            now,
            run: 2_820_407,
            count: step.count,
        };
        played.push((step, step.body.render(moment), now));
    }
    played
}

pub(crate) fn reports(out: &Output) -> Vec<ReportDraft> {
    let report = |d: &oneroof_feeds::Drafted| match &d.draft {
        Draft::Report(r) => Some((**r).clone()),
        _ => None,
    };
    out.drafts.iter().filter_map(report).collect()
}

pub(crate) fn positions(out: &Output) -> Vec<PositionDraft> {
    let position = |d: &oneroof_feeds::Drafted| match &d.draft {
        Draft::Position(p) => Some(p.clone()),
        _ => None,
    };
    out.drafts.iter().filter_map(position).collect()
}
