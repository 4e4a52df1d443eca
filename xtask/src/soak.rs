//! `cargo xtask soak`: a centre at work for long and many kills under load, by the binary as it is shipped.
//!
//! The measuring is in `tests/src/{load,kill}.rs`, which the tests use as well. Here the binaries are built, and the
//! figures go into `docs/benchmarks.md` between two marks, with the machine.

pub(crate) mod wall;

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::bench::machine;
use crate::repo::Repo;
use crate::run::{Cmd, note, step};

/// Where the figures stand.
const PAGE: &str = "docs/benchmarks.md";

const BEGIN: &str = "<!-- soak:begin -->";
const END: &str = "<!-- soak:end -->";

/// Builds, measures, and writes the figures down.
pub(crate) fn run(repo: &Repo, minutes: u32, kills: u32) -> Result<()> {
    step("Soak: building for release");
    Cmd::cargo()
        .args(["build", "--release", "--package", "oneroof-server"])
        .args([
            "--package",
            "oneroof-tests",
            "--bin",
            "oneroof",
            "--bin",
            "oneroof-soak",
        ])
        .dir(&repo.root)
        .run()?;
    step(&format!(
        "Soak: {minutes} min of load and half as long of known reports, {kills} kills"
    ));
    let release = repo.target.join("release");
    let mut command = Cmd::new(release.join("oneroof-soak"))
        .args([(minutes * 60).to_string(), kills.to_string()])
        .env("ONEROOF_BIN", release.join("oneroof"))
        .into_inner();
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("the measurement can't be started")?;
    if !output.status.success() {
        bail!("the measurement failed: something was lost or was not as it must be; see above");
    }
    let measured: Value =
        serde_json::from_slice(&output.stdout).context("the measurement's answer")?;
    let section = section(&measured, &machine::describe(repo)?);
    println!("{section}");
    let path = repo.root.join(PAGE);
    let page =
        std::fs::read_to_string(&path).unwrap_or_else(|_missing| "# Benchmarks\n".to_owned());
    std::fs::write(&path, laid(&page, &section))
        .with_context(|| format!("{PAGE} can't be written"))?;
    note(&format!("written into {PAGE}"));
    Ok(())
}

/// The page with the section between its marks; at the end where there are none yet.
fn laid(page: &str, section: &str) -> String {
    let block = format!("{BEGIN}\n{section}{END}\n");
    let between = page
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    match between {
        Some((before, after)) => format!("{before}{block}{}", after.trim_start_matches('\n')),
        None => format!("{}\n\n{block}", page.trim_end()),
    }
}

/// A row of the table.
type Row = (&'static str, String);

fn section(measured: &Value, machine: &str) -> String {
    let mut text = format!(
        "## Soak\n\nMeasured {machine}, by a release build; the vessels, agencies and screens that make the load run on the \
         same cores.\n\n| what | figure |\n|---|---|\n"
    );
    for (what, figure) in of_load(&measured["load"])
        .into_iter()
        .chain(of_kills(&measured["kills"]))
        .chain(of_peers(&measured["peers"]))
    {
        // Writing to a String does not fail.
        writeln!(text, "| {what} | {figure} |").unwrap_or_default();
    }
    text
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn megabytes(bytes: &Value) -> String {
    format!("{:.1} MB", number(bytes) / 1e6)
}

fn spread(value: &Value) -> String {
    let at = |key: &str| number(&value[key]);
    format!(
        "p50 {:.1}, p90 {:.1}, p99 {:.1}, p99.9 {:.1}, most {:.1} ms",
        at("p50"),
        at("p90"),
        at("p99"),
        at("p999"),
        at("max")
    )
}

fn of_load(load: &Value) -> Vec<Row> {
    if !load.is_object() {
        return Vec::new();
    }
    let seconds = number(&load["seconds"]) + number(&load["known_seconds"]);
    vec![
        (
            "load",
            format!(
                "{} vessels, each every {} s; {} new reports/s for {} s, each happening told of {} times, then known \
                 reports for {} s; {} screens, and one \
                 that never reads",
                load["vessels"],
                load["vessel_period_s"],
                load["reports_per_s"],
                load["seconds"],
                load["tellings"],
                load["known_seconds"],
                load["screens"]
            ),
        ),
        (
            "reports acknowledged; lost to any screen",
            format!("{}; {}", load["reports"], load["missing"]),
        ),
        (
            "push to its answer (durable)",
            spread(&load["to_answer_ms"]),
        ),
        (
            "push to a screen, over all screens",
            spread(&load["to_screen_ms"]),
        ),
        (
            "positions to screens",
            format!("{:.0}/s", number(&load["positions"]) / seconds),
        ),
        (
            "ticks at which a screen was behind",
            load["skipped"].to_string(),
        ),
        (
            "the screen that never reads",
            "cut off; no other was".to_owned(),
        ),
        (
            "memory at the beginning; at the end",
            format!(
                "{}; {}",
                megabytes(&load["rss_first"]),
                megabytes(&load["rss_last"])
            ),
        ),
        (
            "memory for each new report, all of which stay with their events",
            format!("{:.1} kB", number(&load["bytes_per_report"]) / 1e3),
        ),
        (
            "memory while known reports come again",
            format!(
                "{:+.2} MB a minute",
                number(&load["known_bytes_per_min"]) / 1e6
            ),
        ),
    ]
}

fn of_kills(kills: &Value) -> Vec<Row> {
    if !kills.is_object() {
        return Vec::new();
    }
    vec![
        (
            "`kill -9` under load",
            format!(
                "{} times: {} reports acknowledged, each there once afterwards; {} pushes without an answer, sent again",
                kills["rounds"], kills["acknowledged"], kills["unanswered"]
            ),
        ),
        (
            "slowest start after a kill",
            format!("{} ms", kills["slowest_start_ms"]),
        ),
    ]
}

/// Peers by their names in the measurement, with what is written of them.
const PEERS: [(&str, &str); 4] = [
    ("Mqtt", "Mosquitto killed (`kill -9`)"),
    ("Nats", "nats-server with JetStream killed (`kill -9`)"),
    ("Sql", "PostgreSQL killed (an immediate end)"),
    ("Tcp", "a streaming receiver killed"),
];

fn of_peers(peers: &Value) -> Vec<Row> {
    if !peers.is_object() {
        return Vec::new();
    }
    let row = |(name, what): (&str, &'static str)| {
        let peer = &peers[name];
        let figure = if peer.is_object() {
            format!(
                "{} times: {} of what it acknowledged there once afterwards, nothing lost; the light says it after {} ms at \
                 most, and that it is back after {} ms at most",
                peer["kills"], peer["acknowledged"], peer["slowest_down_ms"], peer["slowest_up_ms"]
            )
        } else {
            "not installed here".to_owned()
        };
        (what, figure)
    };
    // Nothing was measured where no kills were asked for.
    let measured = peers.as_object().is_some_and(|p| !p.is_empty());
    PEERS.into_iter().filter(|_| measured).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_put_between_its_marks_and_the_rest_of_the_page_stays() {
        let page = "# Benchmarks\n\nOther figures.\n";
        let first = laid(page, "one\n");
        assert_eq!(first, format!("{page}\n{BEGIN}\none\n{END}\n"));
        let more = format!("{first}\n## After\n");
        let again = laid(&more, "two\n");
        assert_eq!(again, format!("{page}\n{BEGIN}\ntwo\n{END}\n## After\n"));
    }

    #[test]
    fn the_figures_stand_in_a_table_with_their_units() {
        let spread =
            serde_json::json!({"p50": 4.0, "p90": 8.0, "p99": 20.0, "p999": 40.0, "max": 50.0});
        let measured = serde_json::json!({
            "load": {"vessels": 10, "vessel_period_s": 10, "reports_per_s": 2, "tellings": 10, "screens": 5, "seconds": 60,
                "known_seconds": 30, "reports": 120, "missing": 0, "to_screen_ms": spread, "to_answer_ms": spread,
                "positions": 9_000, "skipped": 0, "rss_first": 50_000_000, "rss_last": 60_000_000,
                "bytes_per_report": 4_000.0, "known_bytes_per_min": 10_000.0},
            "kills": {"rounds": 3, "acknowledged": 99, "unanswered": 4, "slowest_start_ms": 80},
            "peers": {"Mqtt": {"kills": 7, "acknowledged": 35, "slowest_down_ms": 60, "slowest_up_ms": 700}},
        });
        let text = section(&measured, "a machine");
        for part in [
            "| reports acknowledged; lost to any screen | 120; 0 |",
            "p99 20.0",
            "| positions to screens | 100/s |",
            "4.0 kB",
            "3 times: 99 reports acknowledged",
            "| Mosquitto killed (`kill -9`) | 7 times: 35 of",
            "back after 700 ms",
            "| a streaming receiver killed | not installed here |",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }
}
