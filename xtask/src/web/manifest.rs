//! `manifest.json` of the built web client: every file with its sizes.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// The name of the manifest in the built folder.
pub(crate) const FILE_NAME: &str = "manifest.json";

/// Where in `web/` that lies which a browser loads only on demand.
pub(crate) const LAZY: &str = "js/lazy/";

/// What is in the built folder.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// `dev` or `release`.
    pub(crate) mode: String,
    /// Digest of everything that the folder was made from.
    pub(crate) inputs: String,
    /// The files, sorted by path.
    pub(crate) files: Vec<File>,
}

/// One file of the built folder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct File {
    /// What the sources call it, such as `js/track_layer.js`.
    pub(crate) logical: String,
    /// Where it is in the folder, such as `js/track_layer-0123456789.js`.
    pub(crate) path: String,
    /// Its media type.
    pub(crate) content_type: String,
    /// Whether its name changes with its content, so that a browser may keep it for ever.
    pub(crate) immutable: bool,
    /// SHA-256 of the content in hex.
    pub(crate) sha256: String,
    /// Size as it is.
    pub(crate) bytes: usize,
    /// Size of the `.gz` beside it, where there is one.
    pub(crate) gzip_bytes: Option<usize>,
    /// Size of the `.br` beside it, where there is one.
    pub(crate) brotli_bytes: Option<usize>,
}

impl File {
    /// Bytes over the wire to a browser that takes gzip.
    pub(crate) fn wire_bytes(&self) -> usize {
        self.gzip_bytes.unwrap_or(self.bytes)
    }

    /// Bytes on the wire to a browser that takes brotli: over TLS, or on the server's own machine.
    pub(crate) fn least_bytes(&self) -> usize {
        self.brotli_bytes.unwrap_or_else(|| self.wire_bytes())
    }

    /// Whether it counts against the size budget: what must arrive before the first picture.
    pub(crate) fn is_code(&self) -> bool {
        !self.is_lazy()
            && [".wasm", ".js", ".css"]
                .iter()
                .any(|ending| self.path.ends_with(ending))
    }

    /// Whether it is loaded only when somebody asks for it.
    pub(crate) fn is_lazy(&self) -> bool {
        self.logical.starts_with(LAZY)
    }
}

impl Manifest {
    /// Reads the manifest of a built folder.
    pub(crate) fn read(dist: &Path) -> Result<Self> {
        let path = dist.join(FILE_NAME);
        let text = std::fs::read(&path)
            .with_context(|| format!("{} can't be read: run `cargo xtask web`", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Compressed bytes of WASM, JavaScript and CSS together.
    pub(crate) fn code_bytes(&self) -> usize {
        self.files
            .iter()
            .filter(|file| file.is_code())
            .map(File::wire_bytes)
            .sum()
    }

    /// The same to a browser that takes brotli.
    pub(crate) fn least_code_bytes(&self) -> usize {
        self.files
            .iter()
            .filter(|file| file.is_code())
            .map(File::least_bytes)
            .sum()
    }

    /// One line for a person.
    pub(crate) fn summary(&self) -> String {
        let total: usize = self.files.iter().map(File::wire_bytes).sum();
        format!(
            "{} files, {} kB compressed, of them {} kB WASM, JavaScript and CSS ({})",
            self.files.len(),
            total / 1000,
            self.code_bytes() / 1000,
            self.mode
        )
    }
}
