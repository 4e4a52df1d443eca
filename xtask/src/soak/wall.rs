//! `cargo xtask soak --wall`: a wall and a desk under the demonstration's traffic of a day, made short, and whether
//! they grow. `tests/web/bench/soak.mjs` drives and judges, and says what its bounds are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::bench::{machine, page};
use crate::repo::Repo;
use crate::run::{Cmd, note, step};
use crate::setup::{self, Need};
use crate::tools;
use crate::web::{self, Mode};

/// What the soak prints.
#[derive(Debug, Deserialize)]
struct Soaked {
    /// How long it took, minutes.
    minutes: f64,
    /// How many hours of scenarios were in it.
    hours: f64,
    speed: f64,
    samples: u32,
    restarts: u32,
    cuts: u32,
    /// Scenarios that were begun.
    runs: u32,
    /// By the name of the screen.
    screens: BTreeMap<String, Screen>,
    faults: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Screen {
    /// By what was counted.
    figures: BTreeMap<String, Counted>,
    end: End,
}

/// A count at even intervals.
#[derive(Debug, Deserialize)]
struct Counted {
    first: f64,
    last: f64,
    most: f64,
    /// What a new screen has with the same picture.
    fresh: f64,
    /// The rise of a line through all counts after the first third, until the end.
    rise: f64,
    /// What is allowed.
    bounds: Bounds,
}

#[derive(Debug, Deserialize)]
struct Bounds {
    /// Of the rise; `None` where it is not judged.
    rise: Option<f64>,
    /// Of the last count above that of a new screen.
    above: f64,
}

/// How it stood with a screen at the end.
#[derive(Debug, Deserialize)]
struct End {
    events: u32,
    reports: u32,
    tracks: u32,
    /// How often its line was opened.
    opened: u32,
    heard: Heard,
}

/// Messages of a screen's line.
#[derive(Debug, Deserialize)]
struct Heard {
    text: u64,
    binary: u64,
}

/// Builds, soaks, and writes the table. What grew too much is an error, and the page stays as it was.
pub(crate) fn run(repo: &Repo, minutes: u32) -> Result<()> {
    if minutes == 0 {
        bail!("a soak takes at least one minute: --minutes 1");
    }
    setup::ensure(repo, Need::Tests)?;
    let dist = web::build(repo, Mode::Release)?;
    let Some(chromium) = tools::chromium() else {
        bail!("Chromium is not installed: cargo xtask setup");
    };
    step("Soak of the screens: building for release");
    Cmd::cargo()
        .args(["build", "--release", "--package", "oneroof-server"])
        .dir(&repo.root)
        .run()?;
    let machine = machine::describe(repo)?;
    step(&format!("Soak of the screens: a day in {minutes} min"));
    let output = Cmd::new("node")
        .args(["bench/soak.mjs", "--minutes", &minutes.to_string()])
        .env("ONEROOF_BIN", repo.release_binary())
        .env("ONEROOF_WEB_DIST", dist)
        .env("ONEROOF_CHROMIUM", chromium)
        .dir(repo.browser_tests())
        .into_inner()
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("node can't be started")?;
    if !output.status.success() {
        bail!("the soak broke off; see above");
    }
    let soaked: Soaked = serde_json::from_slice(&output.stdout).context("the soak's answer")?;
    let section = section(&soaked, &machine);
    println!("{section}");
    if !soaked.faults.is_empty() {
        bail!("a screen grows:\n  {}", soaked.faults.join("\n  "));
    }
    page::place(repo, "soak-wall", &section)?;
    note("docs/benchmarks.md is written");
    Ok(())
}

/// What is counted, in the order of the table: name in the answer, name in the table, unit.
const COUNTED: [(&str, &str, &str); 4] = [
    ("heapMb", "JavaScript heap", " MB"),
    ("wasmMb", "memory of WebAssembly", " MB"),
    ("domNodes", "DOM nodes", ""),
    ("listeners", "listeners", ""),
];

fn section(soaked: &Soaked, machine: &str) -> String {
    let Soaked {
        minutes,
        hours,
        speed,
        samples,
        restarts,
        cuts,
        runs,
        ..
    } = soaked;
    let mut text = format!(
        "## A wall and a desk for a day\n\nMeasured {machine}. The demonstration's scenarios, {hours:.1} hours of them in \
         {minutes} min ({speed:.0} times as fast, {runs} begun); positions at the speed of life. An event is opened and closed at the \
         desk about once a second; the lines were cut {cuts} times, and the server was killed and came back over its data {restarts} \
         times. Counted {samples} times, after garbage was collected; *rise* is that of a straight line through the counts after the \
         first third, until the end, *new* what a new screen has with the same picture at the end.\n\n\
         | screen | what | first | most | last | new | last above new, allowed | rise, allowed |\n|---|---|---:|---:|---:|---:|---:|---:|\n"
    );
    for (name, screen) in &soaked.screens {
        for (key, what, unit) in COUNTED {
            let Some(c) = screen.figures.get(key) else {
                continue;
            };
            let digits = if unit.is_empty() { 0 } else { 2 };
            // Writing to a String does not fail.
            let allowed = c.bounds.rise.map_or_else(
                || "not judged".to_owned(),
                |most| format!("{most:.0}{unit}"),
            );
            writeln!(
                text,
                "| {name} | {what} | {:.digits$}{unit} | {:.digits$}{unit} | {:.digits$}{unit} | {:.digits$}{unit} | \
                 {:+.digits$}, {:.0}{unit} | {:+.digits$}, {allowed} |",
                c.first,
                c.most,
                c.last,
                c.fresh,
                c.last - c.fresh,
                c.bounds.above,
                c.rise,
            )
            .unwrap_or_default();
        }
    }
    text.push('\n');
    for (name, screen) in &soaked.screens {
        let End {
            events,
            reports,
            tracks,
            opened,
            heard,
        } = &screen.end;
        writeln!(
            text,
            "At the end the {name} had {events} events, {reports} reports and {tracks} tracks; its line was opened {opened} times, \
             and brought {} messages of entities and {} of positions.",
            heard.text, heard.binary
        )
        .unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_of_each_screen_what_grew_and_what_is_allowed() {
        let counted = |rise: f64| {
            serde_json::json!({"first": 4.0, "last": 4.4, "most": 5.0, "fresh": 4.1, "rise": rise,
            "above": 0.3, "bounds": {"rise": 2, "above": 2}})
        };
        let mut wasm = counted(9.0);
        wasm["bounds"]["rise"] = serde_json::Value::Null;
        let figures = serde_json::json!({"heapMb": counted(0.25), "wasmMb": wasm, "domNodes": counted(-12.0),
            "listeners": counted(3.0)});
        let end = serde_json::json!({"events": 9, "reports": 40, "tracks": 300, "opened": 5, "heard": {"text": 700, "binary": 900},
            "heapMb": 4.4});
        let screen = serde_json::json!({"figures": figures, "end": end});
        let soaked: Soaked = serde_json::from_value(serde_json::json!({
            "minutes": 10, "hours": 24.0, "speed": 144.0, "samples": 24, "restarts": 4, "cuts": 4, "runs": 90,
            "screens": {"wall": screen, "desk": screen}, "faults": [], "told": {},
        }))
        .unwrap();
        let text = section(&soaked, "today");
        for part in [
            "24.0 hours of them in 10 min (144 times as fast, 90 begun)",
            "| wall | JavaScript heap | 4.00 MB | 5.00 MB | 4.40 MB | 4.10 MB | +0.30, 2 MB | +0.25, 2 MB |",
            "| wall | memory of WebAssembly | 4.00 MB | 5.00 MB | 4.40 MB | 4.10 MB | +0.30, 2 MB | +9.00, not judged |",
            "| desk | DOM nodes | 4 | 5 | 4 | 4 | +0, 2 | -12, 2 |",
            "At the end the desk had 9 events, 40 reports and 300 tracks; its line was opened 5 times, and brought 700 messages",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }
}
