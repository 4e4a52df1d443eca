//! `cargo xtask fuzz [FORMAT] [--secs N]`: hostile input made up by libFuzzer, on the toolchain that is here.
//!
//! The target lies in `crates/feeds/fuzz`, outside the workspace. It is built with the coverage pass that
//! rustc carries and with the address sanitizer where the toolchain brings its runtime, both switched on by
//! `RUSTC_BOOTSTRAP`, so neither a nightly toolchain nor `cargo-fuzz` is needed; only a C++ compiler, for
//! libFuzzer itself. The format's fixtures are the beginning of its corpus, and the words of its dictionary
//! (`crates/feeds/fuzz/words`) help the mutations. The corpus is kept in the target folder, cut down after each run to
//! what adds coverage, and grows from run to run. Without a format every one has its turn, and the figures go to
//! `docs/benchmarks.md`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::bench::{machine, page};
use crate::repo::Repo;
use crate::run::{Cmd, note, step};

/// The coverage that libFuzzer steers by.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing -Clink-dead-code -Ccodegen-units=1";

/// The address sanitizer, where the toolchain has its runtime.
const SANITIZER: &str = "-Zsanitizer=address";

/// Most bytes of one made-up input.
const MAX_INPUT: u32 = 16 * 1024;

/// Memory beyond which the target counts as broken, MiB; the sanitizer's shadow counts too.
const MAX_MEMORY_MIB: u32 = 1_024;

/// Seconds after which one input counts as endless.
const MAX_SECONDS: u32 = 10;

/// What stands before a fixture in the corpus: the size of pieces, and options with the way of delivery.
const PREFIX: usize = 2;

/// A built target.
struct Target {
    program: PathBuf,
    /// Where corpora, findings and logs of the formats lie.
    folder: PathBuf,
    sanitized: bool,
}

/// What one format's run did, as libFuzzer counts it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Run {
    inputs: u64,
    per_second: u64,
    /// Edges of the target that were taken.
    edges: u64,
    /// Inputs of the corpus, after it was cut down.
    kept: usize,
    kept_bytes: u64,
    peak_mb: u64,
}

/// Builds the target and runs it for `secs` seconds with one format, or with each of them.
pub(crate) fn run(repo: &Repo, format: Option<&str>, secs: u32) -> Result<()> {
    let formats = match format {
        Some(format) => vec![format.to_owned()],
        None => repo.formats()?,
    };
    for format in &formats {
        let folder = folder_of(repo, format);
        if !folder.is_dir() {
            bail!(
                "no format is called `{format}`: {} is missing",
                repo.show(&folder)
            );
        }
    }
    let machine = machine::describe(repo)?;
    let target = build(repo)?;
    let mut rows = Vec::new();
    let mut broken = Vec::new();
    for name in &formats {
        match one(repo, &target, name, secs)? {
            Some(run) => rows.push((name.clone(), run)),
            None => broken.push(name.as_str()),
        }
    }
    if !broken.is_empty() {
        bail!(
            "{} broke; the inputs that did it are in {}",
            broken.join(", "),
            target.folder.join("findings").display()
        );
    }
    note("nothing broke");
    if format.is_none() {
        page::place(repo, "fuzz", &section(&machine, secs, &target, &rows))?;
        note("docs/benchmarks.md is written");
    }
    Ok(())
}

fn folder_of(repo: &Repo, format: &str) -> PathBuf {
    repo.root.join("crates/feeds/src/formats").join(format)
}

fn build(repo: &Repo) -> Result<Target> {
    let folder = repo.target.join("fuzz");
    let triple = host()?;
    let sanitized = has_sanitizer(&triple)?;
    step("Building the fuzz target");
    if !sanitized {
        note("without the address sanitizer: this toolchain does not bring its runtime");
    }
    let flags = if sanitized {
        format!("{COVERAGE} {SANITIZER}")
    } else {
        COVERAGE.to_owned()
    };
    Cmd::cargo()
        .args(["build", "--release", "--target", &triple])
        .dir(repo.root.join("crates/feeds/fuzz"))
        .env("CARGO_TARGET_DIR", &folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags)
        .run()?;
    Ok(Target {
        program: folder.join(&triple).join("release/feeds"),
        folder,
        sanitized,
    })
}

/// `None` where the format broke.
fn one(repo: &Repo, target: &Target, format: &str, secs: u32) -> Result<Option<Run>> {
    let own = |what: &str| -> Result<PathBuf> {
        let path = target.folder.join(what).join(format);
        fs::create_dir_all(&path).with_context(|| format!("{} can't be made", path.display()))?;
        Ok(path)
    };
    let (corpus, findings) = (own("corpus")?, own("findings")?);
    let fixtures = folder_of(repo, format).join("fixtures");
    seed(&fixtures, &corpus)?;

    step(&format!("Making up input for {format} for {secs} s"));
    let log = own("logs")?.join("log.txt");
    let mut args = vec![
        format!("-max_total_time={secs}"),
        format!("-max_len={MAX_INPUT}"),
        format!("-rss_limit_mb={MAX_MEMORY_MIB}"),
        format!("-timeout={MAX_SECONDS}"),
        "-print_final_stats=1".to_owned(),
        format!("-artifact_prefix={}/", findings.display()),
    ];
    args.extend(dictionary(repo, target, format)?);
    let fuzzed = |args: &[String], folders: &[&Path]| {
        let mut command = Cmd::new(&target.program)
            .args(args)
            .args(folders)
            .env("ONEROOF_FUZZ_FORMAT", format)
            .env("ONEROOF_FUZZ_FIXTURES", &fixtures)
            .into_inner();
        command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(fs::File::create(&log)?);
        command
            .status()
            .context("the fuzz target can't be started")
            .map(|status| status.success())
    };
    let ended = fuzzed(&args, &[&corpus])?;
    let mut run = read_log(&fs::read_to_string(&log).unwrap_or_default());
    if !ended {
        note(&format!(
            "{format} broke: {} and {}",
            findings.display(),
            log.display()
        ));
        return Ok(None);
    }

    // What adds nothing to the rest's coverage is left out.
    let smaller = target.folder.join("smaller").join(format);
    drop(fs::remove_dir_all(&smaller));
    fs::create_dir_all(&smaller)?;
    let merge = [
        "-merge=1".to_owned(),
        format!("-max_len={MAX_INPUT}"),
        format!("-rss_limit_mb={MAX_MEMORY_MIB}"),
    ];
    if fuzzed(&merge, &[&smaller, &corpus])? {
        fs::remove_dir_all(&corpus)?;
        fs::rename(&smaller, &corpus)?;
    }
    for entry in fs::read_dir(&corpus)? {
        run.kept += 1;
        run.kept_bytes += entry?.metadata()?.len();
    }
    note(&format!(
        "{} inputs, {} a second; {} edges; {} inputs kept ({} kB); {} MB at most",
        run.inputs,
        run.per_second,
        run.edges,
        run.kept,
        run.kept_bytes / 1_000,
        run.peak_mb
    ));
    Ok(Some(run))
}

/// The options that name the words of a format: those of its own, and those of what it is written in.
fn dictionary(repo: &Repo, target: &Target, format: &str) -> Result<Option<String>> {
    let words = repo.root.join("crates/feeds/fuzz/words");
    let mut names = vec![base(format), format];
    names.dedup();
    let mut text = String::new();
    for name in names {
        let path = words.join(name).with_extension("dict");
        if path.is_file() {
            text.push_str(&fs::read_to_string(path)?);
        }
    }
    if text.is_empty() {
        return Ok(None);
    }
    let file = target.folder.join("words");
    fs::create_dir_all(&file)?;
    let file = file.join(format).with_extension("dict");
    fs::write(&file, text)?;
    Ok(Some(format!("-dict={}", file.display())))
}

/// What a format is written in, where others are too.
fn base(format: &str) -> &str {
    match format {
        "cap" | "cise" | "cot_xml" | "xml" => "xml",
        "adsb_json" | "geojson" | "json" | "owntracks" | "osmand" => "json",
        "ais_nmea" | "nmea_gnss" => "nmea",
        other => other,
    }
}

/// Copies the fixtures into the corpus, each behind what says how it is given: whole, under its own options.
fn seed(fixtures: &Path, corpus: &Path) -> Result<()> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(fixtures).with_context(|| format!("{}", fixtures.display()))? {
        paths.push(entry?.path());
    }
    paths.sort();
    let is_options = |path: &&PathBuf| path.extension().is_some_and(|ext| ext == "yaml");
    let options: Vec<_> = paths.iter().filter(is_options).collect();
    for path in paths.iter().filter(|path| !is_options(path)) {
        let own = path.with_extension("yaml");
        // The example's options are the first.
        let which = options
            .iter()
            .position(|other| **other == own)
            .map_or(0, |at| at + 1);
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut bytes = Vec::with_capacity(PREFIX);
        bytes.push(u8::MAX);
        bytes.push(u8::try_from(which).context("too many options")?);
        bytes.extend(fs::read(path)?);
        fs::write(corpus.join(name), bytes)?;
    }
    Ok(())
}

/// What libFuzzer prints: progress with `cov: N`, at the end `stat::NAME: N`.
fn read_log(log: &str) -> Run {
    let number = |text: &str| -> u64 { text.trim().parse().unwrap_or(0) };
    let mut run = Run::default();
    for line in log.lines() {
        if let Some((name, value)) = line.strip_prefix("stat::").and_then(|l| l.split_once(':')) {
            match name {
                "number_of_executed_units" => run.inputs = number(value),
                "average_exec_per_sec" => run.per_second = number(value),
                "peak_rss_mb" => run.peak_mb = number(value),
                _ => {}
            }
        } else if let Some((_, rest)) = line.split_once("cov: ") {
            run.edges = run.edges.max(number(rest.split(' ').next().unwrap_or("")));
        }
    }
    run
}

/// The part of `docs/benchmarks.md`.
fn section(machine: &str, secs: u32, target: &Target, rows: &[(String, Run)]) -> String {
    let how = if target.sanitized {
        "with the address sanitizer"
    } else {
        "without the address sanitizer"
    };
    let rows: Vec<String> = rows
        .iter()
        .map(|(name, run)| {
            format!(
                "| `{name}` | {} | {} | {} | {} ({} kB) | {} |\n",
                page::grouped(&run.inputs.to_string()),
                page::grouped(&run.per_second.to_string()),
                page::grouped(&run.edges.to_string()),
                run.kept,
                run.kept_bytes / 1_000,
                run.peak_mb
            )
        })
        .collect();
    format!(
        "## Hostile input\n\n`cargo xtask fuzz --secs {secs}`, {how}: inputs made up from the fixtures and from what earlier runs \
         kept; none broke anything.\n{machine}.\n\n\
         | format | inputs | inputs/s | edges taken | inputs kept | memory at most, MB |\n|---|---:|---:|---:|---:|---:|\n{}",
        rows.concat()
    )
}

/// The triple of this machine: with it named, build scripts are not instrumented.
fn host() -> Result<String> {
    let version = Cmd::new("rustc").args(["-vV"]).read()?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("`rustc -vV` names no host")?.to_owned())
}

/// Whether the toolchain brings the runtime of the address sanitizer.
fn has_sanitizer(triple: &str) -> Result<bool> {
    let root = Cmd::new("rustc").args(["--print", "sysroot"]).read()?;
    let folder = Path::new(root.trim())
        .join("lib/rustlib")
        .join(triple)
        .join("lib");
    Ok(fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().ends_with("asan.a"))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_fixtures_to_begin_with() {
        let repo = Repo::find().unwrap();
        let formats = repo.formats().unwrap();
        for format in &formats {
            let corpus = tempfile::tempdir().unwrap();
            let fixtures = folder_of(&repo, format).join("fixtures");
            seed(&fixtures, corpus.path()).unwrap();
            let seeds: Vec<_> = fs::read_dir(corpus.path()).unwrap().collect();
            assert!(!seeds.is_empty(), "{format}");
        }
        let registry = repo.root.join("crates/feeds/src/registry.rs");
        let registry = fs::read_to_string(registry).unwrap();
        assert_eq!(formats.len(), registry.matches("::KIND,").count());
    }

    #[test]
    fn a_fixture_is_given_under_its_own_options_and_the_rest_under_the_examples() {
        let (fixtures, corpus) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for name in ["a.json", "b.json", "b.yaml", "c.json", "c.yaml"] {
            fs::write(fixtures.path().join(name), name).unwrap();
        }
        seed(fixtures.path(), corpus.path()).unwrap();
        for (name, which) in [("a.json", 0), ("b.json", 1), ("c.json", 2)] {
            let seed = fs::read(corpus.path().join(name)).unwrap();
            let expected = [&[255, which], name.as_bytes()].concat();
            assert_eq!(seed, expected);
        }
        assert!(!corpus.path().join("b.yaml").exists());
    }

    #[test]
    fn the_log_of_a_run_gives_its_figures() {
        let log = "#2\tINITED cov: 120 ft: 200 corp: 1/1b exec/s: 0 rss: 40Mb\n\
            #9\tNEW    cov: 950 ft: 1200 corp: 7/90b\nstat::number_of_executed_units: 1234\n\
            stat::average_exec_per_sec:     56\nstat::peak_rss_mb:              78\n";
        let expected = Run {
            inputs: 1_234,
            per_second: 56,
            edges: 950,
            peak_mb: 78,
            ..Run::default()
        };
        assert_eq!(read_log(log), expected);
    }

    #[test]
    fn the_words_of_formats_are_as_libfuzzer_reads_them() {
        let repo = Repo::find().unwrap();
        let mut seen = 0;
        for entry in fs::read_dir(repo.root.join("crates/feeds/fuzz/words")).unwrap() {
            let path = entry.unwrap().path();
            for line in fs::read_to_string(&path).unwrap().lines() {
                let word = line
                    .strip_prefix('"')
                    .and_then(|line| line.strip_suffix('"'));
                assert!(
                    line.is_empty() || line.starts_with('#') || word.is_some_and(|w| !w.is_empty()),
                    "{}: {line}",
                    path.display()
                );
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen}");
    }
}
