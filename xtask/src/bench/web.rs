//! The map under load, ours and that of others, in one run of one browser: `tests/web/bench/run.mjs` measures,
//! this builds what it needs and writes the tables.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::{Figure, machine, page};
use crate::repo::Repo;
use crate::run::{Cmd, note, step};
use crate::setup::{self, Need};
use crate::tools;
use crate::web::{self, Mode};

/// Whether the libraries of others are measured as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Peers {
    Yes,
    No,
}

/// What `bench web` measures.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Of `web`: numbers of tracks, all of which move every second.
    #[arg(long, value_delimiter = ',', default_value = "20000,50000", value_parser = clap::value_parser!(u32).range(1..=200_000))]
    tracks: Vec<u32>,
    /// Of `web`: seconds for each count of frames.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Of `web`: measure the libraries of others beside us.
    #[arg(long, value_enum, default_value_t = Peers::Yes)]
    peers: Peers,
}

/// What the measurement prints.
#[derive(Debug, Deserialize)]
struct Measured {
    size: Size,
    seconds: f64,
    first: First,
    loads: Vec<Load>,
}

/// Size of the page, CSS pixels.
#[derive(Debug, Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

/// First pictures of new browsers, milliseconds.
#[derive(Debug, Deserialize)]
struct First {
    tracks: u32,
    n: u32,
    p50: f64,
    worst: f64,
}

/// Everything for one number of tracks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Load {
    tracks: u32,
    place: Place,
    drawers: Vec<Drawer>,
    left_out: u64,
}

/// The map that all have in common, CSS pixels.
#[derive(Debug, Deserialize)]
struct Place {
    zoom: f64,
    width: f64,
    height: f64,
}

/// One that draws the tracks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Drawer {
    draws: String,
    software_gpu: bool,
    drawn: u32,
    idle: Rate,
    panning: Rate,
    memory: Memory,
    interaction: Option<Interaction>,
}

/// Frames of a time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    fps: f64,
    live_fps: f64,
    paints: f64,
    longest_ms: f64,
    still_ms: f64,
}

/// Memory after garbage was collected, and tasks longer than 50 ms.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
    heap_mb: f64,
    wasm_mb: f64,
    long_tasks: LongTasks,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LongTasks {
    n: u32,
    longest_ms: f64,
    total_ms: f64,
}

/// From an input event to the frame that first shows what came of it.
#[derive(Debug, Deserialize)]
struct Interaction {
    pan: Latency,
    pick: Latency,
    open: Latency,
}

/// Milliseconds; both are missing where nothing was shown.
#[derive(Debug, Deserialize)]
struct Latency {
    n: u32,
    p50: Option<f64>,
    worst: Option<f64>,
    missed: u32,
}

/// Builds, measures, and writes the section.
pub(super) fn run(repo: &Repo, options: &Options) -> Result<()> {
    setup::ensure(repo, Need::Tests)?;
    let dist = web::build(repo, Mode::Release)?;
    let Some(chromium) = tools::chromium() else {
        bail!("Chromium is not installed: cargo xtask setup");
    };
    let machine = machine::describe(repo)?;
    step("Measuring: The map");
    let tracks: Vec<String> = options.tracks.iter().map(u32::to_string).collect();
    let mut command = Cmd::new("node")
        .args(["bench/run.mjs", "--tracks", &tracks.join(",")])
        .args(["--seconds", &options.seconds.to_string()])
        .args([
            "--peers",
            if options.peers == Peers::Yes {
                "yes"
            } else {
                "no"
            },
        ])
        .env("ONEROOF_BIN", repo.release_binary())
        .env("ONEROOF_WEB_DIST", dist)
        .env("ONEROOF_CHROMIUM", chromium)
        .dir(repo.browser_tests())
        .into_inner();
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("node can't be started")?;
    if !output.status.success() {
        bail!("the map could not be measured; see above");
    }
    let measured: Measured =
        serde_json::from_slice(&output.stdout).context("the measurement's answer")?;
    let section = section(&measured, &machine);
    println!("{section}");
    page::place(repo, "web", &section)?;
    note("docs/benchmarks.md is written");
    Ok(())
}

/// How it is measured, for whoever reads the figures.
const HOW: &str = "\
Tracks are AIVDM sentences over TCP through the server, each vessel once a second, spread over the second; every one of them moves \
about a pixel and a half a second, and all are in view. Frames are taken from the browser's trace, not from animation callbacks: one \
counts where the display compositor drew it and it carries what the page's scripts did. It is *live* where, besides, the tracks in it \
were painted from positions that came less than 1.5 s before; a map that moves with tracks that stand still is drawn and not live. \
Idle, one pixel of the page changes with each frame, so that there is one to draw; while panning the pointer drags the map without \
end and nothing else asks for frames. The display's clock gives 60 frames a second at most. The others draw the same positions, \
handed to their page as plain numbers once a second, on a map of the same size and place, with no basemap and nothing around it. \
MapLibre GL needs WebGL, which here is made of software: ours is measured in that browser too, and the ratio is to that. With a real \
GPU it is another picture. *Times* is how many times as many live frames ours has.\n";

fn section(measured: &Measured, machine: &str) -> String {
    let Size { width, height } = measured.size;
    let mut text = format!(
        "## The map\n\nMeasured {machine}; headless Chromium without a GPU at {width} x {height}, {} s for each count of \
         frames.\n\n{HOW}\n| what | figure | aim | how |\n|---|---:|---:|---|\n",
        measured.seconds
    );
    for figure in figures(measured) {
        let Figure {
            what, aim, note, ..
        } = &figure;
        // Writing to a String does not fail.
        writeln!(
            text,
            "| {what} | {} | {aim} | {note} |",
            page::value(&figure)
        )
        .unwrap_or_default();
    }
    for load in &measured.loads {
        compare(&mut text, load);
    }
    text
}

fn figure(what: String, value: f64, unit: &str, aim: &str, note: String) -> Figure {
    Figure {
        what,
        value,
        unit: unit.to_owned(),
        aim: aim.to_owned(),
        note,
    }
}

fn figures(measured: &Measured) -> Vec<Figure> {
    let First {
        tracks,
        n,
        p50,
        worst,
    } = measured.first;
    let mut all = vec![figure(
        format!("first picture of a cold browser, {} tracks", count(tracks)),
        p50 / 1e3,
        "s",
        "2",
        format!(
            "from the navigation of a new browser with an empty profile to the first frame with all tracks painted; middle \
             of {n}, worst {:.1} s",
            worst / 1e3
        ),
    )];
    for load in &measured.loads {
        let Some(ours) = load.drawers.first() else {
            continue;
        };
        let tracks = count(load.tracks);
        let aim = aim(load.tracks);
        for (when, rate) in [
            ("while nobody touches it", &ours.idle),
            ("while panning", &ours.panning),
        ] {
            all.push(figure(
                format!("live frames {when}, {tracks} tracks"),
                rate.live_fps,
                "frames/s",
                aim,
                format!(
                    "{:.1} drawn; longest pause {:.0} ms; new positions painted {:.1} times a second, tracks still for \
                     {:.1} s at most",
                    rate.fps,
                    rate.longest_ms,
                    rate.paints,
                    rate.still_ms / 1e3
                ),
            ));
        }
        if let Some(Interaction { pan, pick, open }) = &ours.interaction {
            for (what, latency) in [
                ("panning", pan),
                ("picking a track", pick),
                ("opening an event", open),
            ] {
                all.extend(interaction(what, &tracks, latency));
            }
        }
    }
    all
}

/// Frames a second that are aimed at.
fn aim(tracks: u32) -> &'static str {
    if tracks <= 20_000 { "50" } else { "30" }
}

fn count(number: u32) -> String {
    page::grouped(&number.to_string())
}

/// The middle and the worst of a kind of input.
fn interaction(what: &str, tracks: &str, latency: &Latency) -> Vec<Figure> {
    let note = format!(
        "{} inputs, {} without effect within 3 s",
        latency.n, latency.missed
    );
    let of = |which: &str, ms: Option<f64>| {
        ms.map(|ms| {
            let what = format!("{what} to its frame, {which}, {tracks} tracks");
            figure(what, ms, "ms", "100", note.clone())
        })
    };
    [of("middle", latency.p50), of("worst", latency.worst)]
        .into_iter()
        .flatten()
        .collect()
}

/// Names of those that draw, as they stand in the table.
fn name(draws: &str) -> &str {
    match draws {
        "oneroof" => "OneRoof",
        "leaflet" => "Leaflet 1.9, circle markers on its canvas",
        "maplibre-circle" => "MapLibre GL 6, GeoJSON, circles",
        "maplibre-symbol" => "MapLibre GL 6, GeoJSON, symbols",
        other => other,
    }
}

/// The table of one number of tracks: everyone, with the ratio to ours in the same browser.
fn compare(text: &mut String, load: &Load) {
    let Place {
        zoom,
        width,
        height,
    } = load.place;
    let mut table = format!(
        "\n{} tracks on a map of {width:.0} x {height:.0} at zoom {zoom}{}:\n\n\
         | drawn by | GPU | idle: live (drawn)/s | times | panning: live (drawn)/s | times | longest pause, still | long tasks | JS, WASM |\n\
         |---|---|---:|---:|---:|---:|---:|---:|---:|\n",
        count(load.tracks),
        if load.left_out == 0 {
            String::new()
        } else {
            format!(
                ", where the server did not read {} tenths of a second",
                load.left_out
            )
        }
    );
    for drawer in &load.drawers {
        let Drawer {
            idle,
            panning,
            memory,
            ..
        } = drawer;
        let ours = load
            .drawers
            .iter()
            .find(|d| d.draws == "oneroof" && d.software_gpu == drawer.software_gpu);
        let times = |of: fn(&Drawer) -> f64| match ours {
            Some(ours) if drawer.draws != "oneroof" => ratio(of(ours), of(drawer)),
            _ => String::new(),
        };
        // Writing to a String does not fail.
        writeln!(
            table,
            "| {}, {} in view | {} | {:.1} ({:.1}) | {} | {:.1} ({:.1}) | {} | {:.0} ms, {:.1} s | {}: longest {:.0}, all {:.0} ms | {:.1}, {:.1} MB |",
            name(&drawer.draws),
            count(drawer.drawn),
            if drawer.software_gpu { "software" } else { "none" },
            idle.live_fps,
            idle.fps,
            times(|d| d.idle.live_fps),
            panning.live_fps,
            panning.fps,
            times(|d| d.panning.live_fps),
            panning.longest_ms,
            panning.still_ms / 1e3,
            memory.long_tasks.n,
            memory.long_tasks.longest_ms,
            memory.long_tasks.total_ms,
            memory.heap_mb,
            memory.wasm_mb,
        )
        .unwrap_or_default();
    }
    text.push_str(&table);
}

/// How many times as much ours is; a dash where the other has nothing to divide by.
fn ratio(ours: f64, theirs: f64) -> String {
    if theirs > 0.0 {
        format!("{:.1}", ours / theirs)
    } else {
        "-".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawer(draws: &str, software: bool, live: f64) -> serde_json::Value {
        let rate = serde_json::json!({"fps": live + 1.0, "liveFps": live, "paints": 1.0, "longestMs": 60.0, "stillMs": 1_000.0});
        serde_json::json!({
            "draws": draws, "softwareGpu": software, "drawn": 2_000, "idle": rate, "panning": rate,
            "memory": {"heapMb": 5.0, "wasmMb": 3.0, "longTasks": {"n": 2, "longestMs": 90.0, "totalMs": 150.0}},
        })
    }

    fn measured() -> Measured {
        let mut ours = drawer("oneroof", false, 55.0);
        let latency = serde_json::json!({"n": 24, "p50": 30.0, "worst": 80.0, "missed": 0});
        let nothing = serde_json::json!({"n": 0, "missed": 24});
        ours["interaction"] = serde_json::json!({"pan": latency, "pick": latency, "open": nothing});
        let drawers = [
            ours,
            drawer("oneroof", true, 12.0),
            drawer("leaflet", false, 11.0),
            drawer("maplibre-circle", true, 3.0),
            drawer("maplibre-symbol", true, 0.0),
        ];
        serde_json::from_value(serde_json::json!({
            "size": {"width": 1920, "height": 1080}, "seconds": 8.0,
            "first": {"tracks": 10_000, "n": 3, "p50": 1_500.0, "worst": 1_700.0},
            "loads": [{"tracks": 20_000, "place": {"zoom": 8.0, "width": 1_453.0, "height": 933.0, "lat": 45.0, "lon": 31.0},
                "drawers": drawers, "leftOut": 0}],
        }))
        .unwrap()
    }

    #[test]
    fn each_peer_is_compared_with_ours_in_the_same_browser() {
        let text = section(&measured(), "today");
        for part in [
            "| Leaflet 1.9, circle markers on its canvas, 2,000 in view | none | 11.0 (12.0) | 5.0 | 11.0 (12.0) | 5.0 |",
            "circles, 2,000 in view | software | 3.0 (4.0) | 4.0 |",
            "symbols, 2,000 in view | software | 0.0 (1.0) | - |",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }

    #[test]
    fn our_figures_stand_beside_their_aims_and_what_showed_nothing_has_none() {
        let all = figures(&measured());
        let of = |what: &str| all.iter().find(|f| f.what.starts_with(what));
        assert_eq!(
            of("first picture").map(page::value).as_deref(),
            Some("1.5 s")
        );
        let panning = of("live frames while panning, 20,000").unwrap();
        assert_eq!(
            (page::value(panning).as_str(), panning.aim.as_str()),
            ("55.0 frames/s", "50")
        );
        assert_eq!(
            of("panning to its frame, worst")
                .map(page::value)
                .as_deref(),
            Some("80.0 ms")
        );
        assert!(of("opening an event").is_none(), "no latency was measured");
        assert_eq!(aim(50_000), "30");
    }
}
