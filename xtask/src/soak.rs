//! `cargo xtask soak`: a centre at work for long and many kills under load, by the binary as it is shipped.
//!
//! The measuring is in `tests/src/{load,kill}.rs`, which the tests use as well. Here the binaries are built, and the
//! figures go into `docs/benchmarks.md`, each table between marks of its own, with the machine: a run without kills
//! leaves those of the kills as they are, and the other way round.

pub(crate) mod wall;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::bench::{machine, page};
use crate::repo::Repo;
use crate::run::{Cmd, note, step};

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
    step(&format!("Soak: {minutes} min of load, {kills} kills"));
    // Of the time before, for the load is of our own making afterwards.
    let machine = machine::describe(repo)?;
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
    for (name, section) in sections(&measured, &machine) {
        println!("{section}");
        page::place(repo, name, &section)?;
    }
    note("written into docs/benchmarks.md");
    Ok(())
}

/// What was measured, as text for its marks.
fn sections(measured: &Value, machine: &str) -> Vec<(&'static str, String)> {
    let mut sections = Vec::new();
    let load = &measured["load"];
    if load.is_object() {
        let rows = of_load(load);
        let text = section("Soak", machine, &about_load(load), &rows);
        sections.push(("soak", text + &over_time(&load["memory"])));
    }
    let mut rows = of_kills(&measured["kills"]);
    rows.extend(of_peers(&measured["peers"]));
    if !rows.is_empty() {
        let about = "Killed at random moments under load, then looked for everything that was acknowledged.";
        sections.push(("kills", section("Kills", machine, about, &rows)));
    }
    sections
}

/// A row of a table: what, its figure, what we aim at, how it was measured.
type Row = (&'static str, String, &'static str, String);

fn section(heading: &str, machine: &str, about: &str, rows: &[Row]) -> String {
    let rows: Vec<String> = rows
        .iter()
        .map(|(what, figure, aim, how)| format!("| {what} | {figure} | {aim} | {how} |\n"))
        .collect();
    format!(
        "## {heading}\n\nMeasured {machine}, by a release build; what makes the load runs on the same cores. {about}\n\n\
         | what | figure | aim | how |\n|---|---:|---:|---|\n{}",
        rows.concat()
    )
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn megabytes(bytes: &Value) -> String {
    format!("{:.1} MB", number(bytes) / 1e6)
}

/// The value at 99 %, and the others in words.
fn spread(value: &Value) -> (String, String) {
    let at = |key: &str| number(&value[key]);
    let rest = format!(
        "half within {:.1} ms, 90 % within {:.1}, 99.9 % within {:.1}, the slowest {:.1}; of {}",
        at("p50"),
        at("p90"),
        at("p999"),
        at("max"),
        value["n"]
    );
    (format!("{:.1} ms", at("p99")), rest)
}

fn about_load(load: &Value) -> String {
    format!(
        "One run of {} s: {} vessels, each heard every {} s; {} reports a second, each happening told of {} times and then \
         dismissed by an officer, its event filed half a minute later; {} screens, and one that never reads.",
        load["seconds"],
        load["vessels"],
        load["vessel_period_s"],
        load["reports_per_s"],
        load["tellings"],
        load["screens"]
    )
}

fn of_load(load: &Value) -> Vec<Row> {
    let (to_screen, screens) = spread(&load["to_screen_ms"]);
    let (to_answer, answers) = spread(&load["to_answer_ms"]);
    let none = String::new;
    vec![
        ("report to screen, 99 %", to_screen, "250 ms", screens),
        ("report to durable answer, 99 %", to_answer, "", answers),
        (
            "happenings of which a screen was not given the last word",
            load["missing"].to_string(),
            "0",
            format!(
                "{} reports acknowledged; {} earlier words replaced before a screen was told; {} events dismissed",
                load["reports"], load["replaced"], load["dismissed"]
            ),
        ),
        (
            "positions to screens",
            format!(
                "{:.0}/s",
                number(&load["positions"]) / number(&load["seconds"])
            ),
            "",
            format!(
                "{} times a screen's line was not free at a tick",
                load["skipped"]
            ),
        ),
        (
            "the screen that never reads",
            format!("cut off after {:.0} s", number(&load["stalled_cut_off_s"])),
            "",
            "no other was".to_owned(),
        ),
        (
            "growth of memory",
            format!("{:+.2} MB/min", number(&load["bytes_per_min"]) / 1e6),
            "flat",
            format!(
                "line of least squares from {} s on; {} at the start, {} then, {} at the end",
                load["warm_s"],
                megabytes(&load["rss_first"]),
                megabytes(&load["rss_warm"]),
                megabytes(&load["rss_last"])
            ),
        ),
        ("tracks on a screen", load["tracks"].to_string(), "", none()),
    ]
}

/// Memory over time.
fn over_time(samples: &Value) -> String {
    let mut text = String::from("\n| after | reports so far | memory (RSS) |\n|---:|---:|---:|\n");
    for sample in samples.as_array().into_iter().flatten() {
        let row = format!(
            "| {:.0} s | {} | {} |\n",
            number(&sample["at_s"]),
            sample["reports"],
            megabytes(&sample["rss_bytes"])
        );
        text.push_str(&row);
    }
    text
}

fn of_kills(kills: &Value) -> Vec<Row> {
    if !kills.is_object() {
        return Vec::new();
    }
    vec![
        (
            "`kill -9` of the server",
            format!("{} times", kills["rounds"]),
            "100",
            format!(
                "{} reports acknowledged, each there once afterwards; {} pushes without an answer, sent again; seed {}",
                kills["acknowledged"], kills["unanswered"], kills["seed"]
            ),
        ),
        (
            "slowest start after a kill",
            format!("{} ms", kills["slowest_start_ms"]),
            "",
            "until the address is printed".to_owned(),
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
        if !peer.is_object() {
            return (what, "not installed here".to_owned(), "", String::new());
        }
        let how = format!(
            "{} of what it acknowledged there once afterwards, nothing lost; the light says it after {} ms at most, and \
             that it is back after {} ms at most",
            peer["acknowledged"], peer["slowest_down_ms"], peer["slowest_up_ms"]
        );
        (what, format!("{} times", peer["kills"]), "", how)
    };
    // Nothing was measured where no kills were asked for.
    let measured = peers.as_object().is_some_and(|p| !p.is_empty());
    PEERS.into_iter().filter(|_| measured).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> Value {
        let spread = serde_json::json!({"p50": 4.0, "p90": 8.0, "p99": 20.0, "p999": 40.0, "max": 50.0, "n": 600});
        serde_json::json!({
            "load": {"vessels": 10, "vessel_period_s": 10, "reports_per_s": 2, "tellings": 10, "screens": 5, "seconds": 60,
                "reports": 120, "missing": 0, "replaced": 3, "dismissed": 12, "to_screen_ms": spread, "to_answer_ms": spread,
                "positions": 6_000, "skipped": 0, "tracks": 10, "stalled_cut_off_s": 11.2, "rss_first": 50_000_000,
                "rss_warm": 58_000_000, "rss_last": 60_000_000, "warm_s": 30.0, "bytes_per_min": 10_000.0,
                "memory": [{"at_s": 15.0, "rss_bytes": 55_000_000, "reports": 30}]},
            "kills": {"rounds": 3, "acknowledged": 99, "unanswered": 4, "slowest_start_ms": 80, "seed": 7},
            "peers": {"Mqtt": {"kills": 7, "acknowledged": 35, "slowest_down_ms": 60, "slowest_up_ms": 700}},
        })
    }

    #[test]
    fn the_figures_stand_in_tables_with_their_units() {
        let [(soak, load), (kills, killed)]: [_; 2] =
            sections(&measured(), "a machine").try_into().unwrap();
        assert_eq!((soak, kills), ("soak", "kills"));
        for part in [
            "| happenings of which a screen was not given the last word | 0 | 0 | 120 reports",
            "| report to screen, 99 % | 20.0 ms | 250 ms | half within 4.0 ms",
            "| positions to screens | 100/s |",
            "cut off after 11 s",
            "+0.01 MB/min",
            "| 15 s | 30 | 55.0 MB |",
        ] {
            assert!(load.contains(part), "{part} is missing in:\n{load}");
        }
        for part in [
            "| 3 times | 100 | 99 reports acknowledged",
            "| Mosquitto killed (`kill -9`) | 7 times |  | 35 of",
            "back after 700 ms",
            "| a streaming receiver killed | not installed here |",
        ] {
            assert!(killed.contains(part), "{part} is missing in:\n{killed}");
        }
    }

    #[test]
    fn what_was_not_measured_leaves_its_table_as_it_is() {
        let mut only_load = measured();
        only_load["kills"] = Value::Null;
        only_load["peers"] = serde_json::json!({});
        let names = |m: &Value| -> Vec<&str> {
            sections(m, "a machine").into_iter().map(|s| s.0).collect()
        };
        assert_eq!(names(&only_load), ["soak"]);
        let mut only_kills = measured();
        only_kills["load"] = Value::Null;
        assert_eq!(names(&only_kills), ["kills"]);
    }
}
