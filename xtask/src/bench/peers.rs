//! `oneroof decode ais_nmea` beside other programs: the same file, in turn, in the same run.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Figure;
use crate::repo::Repo;
use crate::run::Stopwatch;
use crate::skips::Skips;
use crate::tools;

/// How often each runs; the median counts.
const RUNS: usize = 15;

/// What pyais is given to do: every message to JSON, as the others.
const PYAIS: &str = "\
import sys
from pyais import FileReaderStream
for message in FileReaderStream(sys.argv[1]):
    try:
        print(message.decode().to_json())
    except Exception:
        pass
";

/// A program that decodes the capture to JSON on its standard output.
struct Program {
    name: &'static str,
    argv: Vec<String>,
    /// Whether the capture comes on its standard input.
    from_input: bool,
    runs: usize,
}

/// Measures all that are here.
pub(crate) fn compare(repo: &Repo, capture: &Path, skips: &mut Skips) -> Result<Vec<Figure>> {
    let file = capture.display().to_string();
    let ours = Program {
        name: "oneroof decode ais_nmea",
        argv: [
            repo.release_binary().display().to_string(),
            "decode".into(),
            "ais_nmea".into(),
            file.clone(),
        ]
        .into(),
        from_input: false,
        runs: RUNS,
    };
    let mut others = Vec::new();
    match tools::which("gpsdecode") {
        Some(path) => others.push(Program {
            name: "gpsdecode -j",
            argv: [path.display().to_string(), "-j".to_owned()].into(),
            from_input: true,
            runs: RUNS,
        }),
        None => skips.add(
            "comparison with gpsdecode",
            "it is not installed (cargo xtask setup --all)",
        ),
    }
    let python = std::env::var("ONEROOF_PYAIS").unwrap_or_else(|_| "python3".to_owned());
    if has_pyais(&python) {
        others.push(Program {
            name: "pyais",
            argv: [python, "-c".to_owned(), PYAIS.to_owned(), file].into(),
            from_input: false,
            runs: 3,
        });
    } else {
        skips.add(
            "comparison with pyais",
            "no Python with it (ONEROOF_PYAIS names one)",
        );
    }
    let mut figures = Vec::new();
    let lines = std::fs::read(capture)?
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .count();
    // Where the text goes matters as much as how it is made: nowhere, then a file.
    let sink = repo.target.join("bench/decoded.json");
    for (to, words) in [(None, "to /dev/null"), (Some(sink.as_path()), "to a file")] {
        let others: Vec<_> = others
            .iter()
            .filter(|other| to.is_none() || other.runs == RUNS)
            .collect();
        let took = in_turn(&ours, &others, capture, to)?;
        let [own, rest @ ..] = took.as_slice() else {
            continue;
        };
        figures.push(figure(
            format!("`{}` {words}", ours.name),
            ms(*own),
            "ms",
            String::new(),
            format!("{lines} lines on two threads, so a busy second core shows; median of {RUNS} runs, from start to end of the process"),
        ));
        for (other, time) in others.iter().zip(rest) {
            let aim = if other.runs == RUNS { "5" } else { "" };
            figures.push(figure(
                format!("times as fast as `{}` {words}", other.name),
                time.as_secs_f64() / own.as_secs_f64(),
                "x",
                aim.to_owned(),
                format!(
                    "it takes {:.0} ms, median of {} runs in turn with ours",
                    ms(*time),
                    other.runs
                ),
            ));
        }
    }
    Ok(figures)
}

fn figure(what: String, value: f64, unit: &str, aim: String, note: String) -> Figure {
    Figure {
        what,
        value,
        unit: unit.to_owned(),
        aim,
        note,
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The medians, ours first; the programs run in turn, so that a busy moment meets all of them.
fn in_turn(
    ours: &Program,
    others: &[&Program],
    capture: &Path,
    to: Option<&Path>,
) -> Result<Vec<Duration>> {
    let all: Vec<&Program> = std::iter::once(ours)
        .chain(others.iter().copied())
        .collect();
    let mut took: Vec<Vec<Duration>> = all.iter().map(|_| Vec::new()).collect();
    for round in 0..RUNS {
        for (program, times) in all.iter().zip(&mut took) {
            if round < program.runs {
                times.push(once(program, capture, to)?);
            }
        }
    }
    Ok(took
        .into_iter()
        .map(|mut times| {
            times.sort();
            times.get(times.len() / 2).copied().unwrap_or_default()
        })
        .collect())
}

fn once(program: &Program, capture: &Path, to: Option<&Path>) -> Result<Duration> {
    let [name, args @ ..] = program.argv.as_slice() else {
        bail!("a program without a name");
    };
    let input = if program.from_input {
        Stdio::from(File::open(capture)?)
    } else {
        Stdio::null()
    };
    let output = match to {
        Some(path) => Stdio::from(File::create(path)?),
        None => Stdio::null(),
    };
    let mut command = Command::new(name);
    command
        .args(args)
        .stdin(input)
        .stdout(output)
        .stderr(Stdio::null());
    let watch = Stopwatch::start();
    let status = command
        .status()
        .with_context(|| format!("{name} does not start"))?;
    let took = watch.elapsed();
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(took)
}

fn has_pyais(python: &str) -> bool {
    Command::new(python)
        .args(["-c", "import pyais"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
