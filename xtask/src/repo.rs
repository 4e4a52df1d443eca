//! Where things are: the repository, the target folders, the folder of the built web client.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The folders that the commands work in.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    /// The root of the workspace.
    pub(crate) root: PathBuf,
    /// Where native builds go: `CARGO_TARGET_DIR`, else `target`.
    pub(crate) target: PathBuf,
    /// Where WebAssembly builds go: `ONEROOF_WEB_TARGET_DIR`, else `<target>/web`.
    ///
    /// Apart from the native builds, so that the two never throw away each other's work.
    pub(crate) web_target: PathBuf,
    /// The folder with the built web client: `ONEROOF_WEB_DIST`, else `<target>/web-dist`.
    pub(crate) web_dist: PathBuf,
}

impl Repo {
    /// Finds the workspace from the environment that cargo gives, or from the current folder upwards.
    pub(crate) fn find() -> Result<Self> {
        let root = find_root()?;
        let target =
            folder_from_env("CARGO_TARGET_DIR", &root).unwrap_or_else(|| root.join("target"));
        let web_target =
            folder_from_env("ONEROOF_WEB_TARGET_DIR", &root).unwrap_or_else(|| target.join("web"));
        let web_dist =
            folder_from_env("ONEROOF_WEB_DIST", &root).unwrap_or_else(|| target.join("web-dist"));
        Ok(Self {
            root,
            target,
            web_target,
            web_dist,
        })
    }

    /// The folder of the web client's sources.
    pub(crate) fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// The folder of the browser tests.
    pub(crate) fn browser_tests(&self) -> PathBuf {
        self.root.join("tests/web")
    }

    /// Every format by name. What several formats share is a folder too, without options of its own.
    pub(crate) fn formats(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.root.join("crates/feeds/src/formats"))? {
            let entry = entry?;
            if entry.path().join("example.yaml").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Where the development build of the binary `oneroof` lies.
    pub(crate) fn binary(&self) -> PathBuf {
        self.target.join("debug/oneroof")
    }

    /// Where the release build of the binary `oneroof` lies.
    pub(crate) fn release_binary(&self) -> PathBuf {
        self.target.join("release/oneroof")
    }

    /// A path as a person wants to read it: relative to the root where it lies below it.
    pub(crate) fn show(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

fn find_root() -> Result<PathBuf> {
    let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => std::env::current_dir().context("the current folder can't be read")?,
    };
    start
        .ancestors()
        .find(|dir| {
            std::fs::read_to_string(dir.join("Cargo.toml"))
                .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
        })
        .map(Path::to_path_buf)
        .with_context(|| format!("no Cargo workspace in or above {}", start.display()))
}

fn folder_from_env(name: &str, root: &Path) -> Option<PathBuf> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(root.join(PathBuf::from(value)))
}
