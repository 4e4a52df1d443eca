//! `cargo xtask web`: the browser client, from Rust to a folder that a server can hand out as it is.
//!
//! 1. cargo compiles `oneroof-web` to WebAssembly in a target folder of its own;
//! 2. wasm-bindgen, used as a library of the version in `Cargo.lock`, writes the JavaScript around it;
//! 3. for a release, `wasm-opt` of npm's binaryen makes it small;
//! 4. [`bundle`] gathers that, Leaflet, the typefaces and `web/` into the folder, with names that change
//!    with the content, compressed beforehand, and a manifest with the sizes.
//!
//! Steps 2 to 4 are skipped when what they read has not changed.

mod bundle;
mod files;
mod fonts;
mod manifest;

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Message;
use wasm_bindgen_cli_support::Bindgen;

pub(crate) use self::manifest::{File, Manifest};
use crate::repo::Repo;
use crate::run::{Cmd, Stopwatch, note, step};
use crate::setup::{self, Need};
use crate::tools::WasmToolchain;

/// The package that becomes the client.
const PACKAGE: &str = "oneroof-web";
/// The name of the JavaScript and WebAssembly files that come out of wasm-bindgen.
const OUT_NAME: &str = "oneroof_web";

/// For whom the client is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// For the one who develops: quick to build, names kept.
    Dev,
    /// For use: small.
    Release,
    /// As for use, with the style guide, into a folder of its own.
    Guide,
}

impl Mode {
    fn profile(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release | Self::Guide => "web",
        }
    }

    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Dev | Self::Release => &[],
            Self::Guide => &["--features", "styleguide"],
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
            Self::Guide => "guide",
        }
    }
}

/// Builds the client with the style guide, beside the client for use; gives the folder it is in.
pub(crate) fn build_guide(repo: &Repo) -> Result<PathBuf> {
    let mut beside = repo.clone();
    let name = repo.web_dist.file_name().unwrap_or_default();
    let mut name = name.to_owned();
    name.push("-guide");
    beside.web_dist = repo.web_dist.with_file_name(name);
    build(&beside, Mode::Guide)
}

/// Builds the client and gives the folder it is in.
pub(crate) fn build(repo: &Repo, mode: Mode) -> Result<PathBuf> {
    setup::ensure(repo, Need::Web)?;
    step(&format!("Compiling the web client ({})", mode.word()));
    if mode != Mode::Dev {
        note("a first release build takes some minutes");
    }
    let wasm = compile(repo, mode)?;
    let bound = bind(repo, mode, &wasm)?;
    let manifest = bundle::write(repo, mode, &bound)?;
    note(&format!("web client: {}", manifest.summary()));
    println!("{}", repo.web_dist.display());
    Ok(repo.web_dist.clone())
}

/// Runs cargo and gives the WebAssembly file that it made.
fn compile(repo: &Repo, mode: Mode) -> Result<PathBuf> {
    let toolchain = WasmToolchain::require()?;
    let watch = Stopwatch::start();
    let mut child = toolchain
        .cargo("build")
        .args(["--package", PACKAGE, "--profile", mode.profile()])
        .args(["--message-format", "json-render-diagnostics"])
        .args(mode.features())
        .env("CARGO_TARGET_DIR", &repo.web_target)
        .dir(&repo.root)
        .into_inner()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo can't be started")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut wasm = None;
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("cargo's messages")? {
            let files = artifact.filenames.into_iter();
            let of_package = artifact.target.name.replace('-', "_") == OUT_NAME;
            wasm = files
                .filter(|file| of_package && file.extension() == Some("wasm"))
                .map(PathBuf::from)
                .next()
                .or(wasm);
        }
    }
    if !child.wait().context("cargo went away")?.success() {
        bail!("the web client does not compile");
    }
    note(&format!("compiled in {}", watch.words()));
    wasm.with_context(|| format!("{PACKAGE} gave no .wasm file"))
}

/// Runs wasm-bindgen, and `wasm-opt` for a release; gives the folder with the result.
fn bind(repo: &Repo, mode: Mode, wasm: &Path) -> Result<PathBuf> {
    let out = repo.web_target.join(format!("bound-{}", mode.word()));
    let key_file = out.join(".key");
    let key = format!("2 {} {}", mode.word(), files::digest(&files::read(wasm)?));
    if std::fs::read_to_string(&key_file).is_ok_and(|old| old == key) {
        note("unchanged since it was bound");
        return Ok(out);
    }
    step("Binding to JavaScript");
    if out.exists() {
        std::fs::remove_dir_all(&out)
            .with_context(|| format!("{} is in the way", out.display()))?;
    }
    Bindgen::new()
        .input_path(wasm)
        .out_name(OUT_NAME)
        .web(true)?
        .typescript(false)
        .keep_debug(mode == Mode::Dev)
        .debug(mode == Mode::Dev)
        .remove_producers_section(mode != Mode::Dev)
        .generate(&out)
        .context("wasm-bindgen could not read the module")?;
    if mode != Mode::Dev {
        optimise(repo, &out.join(format!("{OUT_NAME}_bg.wasm")))?;
    }
    files::write(&key_file, key.as_bytes())?;
    Ok(out)
}

/// Makes a module small, in place.
///
/// The features are named one by one: `--all-features` makes modules that browsers refuse.
fn optimise(repo: &Repo, module: &Path) -> Result<()> {
    step("Optimising for size");
    let before = files::read(module)?.len();
    let optimised = module.with_extension("opt");
    Cmd::new("node")
        .args([repo.web().join("node_modules/binaryen/bin/wasm-opt")])
        .args(["-Oz", "--strip-debug"])
        .args([
            "--enable-bulk-memory",
            "--enable-bulk-memory-opt",
            "--enable-mutable-globals",
        ])
        .args(["--enable-nontrapping-float-to-int", "--enable-sign-ext"])
        .args(["--enable-reference-types", "--enable-multivalue"])
        .args([module.as_os_str(), "-o".as_ref(), optimised.as_os_str()])
        .run()
        .context("wasm-opt could not optimise the module")?;
    std::fs::rename(&optimised, module)
        .with_context(|| format!("{} can't be replaced", module.display()))?;
    let after = files::read(module)?.len();
    note(&format!("{} kB became {} kB", before / 1000, after / 1000));
    Ok(())
}
