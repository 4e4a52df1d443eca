//! `cargo xtask size`: the web client keeps to its budget.

use anyhow::{Result, bail};

use crate::repo::Repo;
use crate::run::{note, step};
use crate::web::Manifest;

/// WASM, JavaScript and CSS together may weigh so much over the wire, compressed with brotli: 1 MB. Browsers take brotli over
/// TLS and from their own machine; over plain HTTP from another one they take gzip, whose size is told beside it.
const BUDGET_BYTES: usize = 1_000_000;

/// What is loaded only on demand (`web/js/lazy`) may weigh so much together: 300 kB.
const LAZY_BUDGET_BYTES: usize = 300_000;

/// Reads the manifest of the built client and compares.
pub(crate) fn check(repo: &Repo) -> Result<()> {
    step("Size of the web client");
    judge(&Manifest::read(&repo.web_dist)?)
}

fn judge(manifest: &Manifest) -> Result<()> {
    if manifest.mode != "release" {
        bail!("the built client is a development build: run `cargo xtask web --release` first");
    }
    for file in manifest.files.iter().filter(|file| file.is_code()) {
        note(&format!(
            "{:>9} bytes ({} with gzip)  {}",
            file.least_bytes(),
            file.wire_bytes(),
            file.path
        ));
    }
    let bytes = manifest.least_code_bytes();
    note(&format!(
        "{bytes:>9} bytes of {BUDGET_BYTES} in use, {} with gzip",
        manifest.code_bytes()
    ));
    if bytes > BUDGET_BYTES {
        bail!(
            "WASM, JavaScript and CSS weigh {bytes} bytes compressed, {BUDGET_BYTES} are allowed"
        );
    }
    let lazy = manifest.files.iter().filter(|file| file.is_lazy());
    let on_demand: usize = lazy.map(crate::web::File::wire_bytes).sum();
    note(&format!(
        "{on_demand:>9} bytes of {LAZY_BUDGET_BYTES} on demand"
    ));
    if on_demand > LAZY_BUDGET_BYTES {
        bail!(
            "what is loaded on demand weighs {on_demand} bytes compressed, {LAZY_BUDGET_BYTES} are allowed"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(mode: &str, brotli_bytes: usize) -> Manifest {
        let text = format!(
            r#"{{"mode": "{mode}", "inputs": "", "files": [
                {{"logical": "a.wasm", "path": "a-1.wasm", "content_type": "", "immutable": true,
                  "sha256": "", "bytes": 9000000, "gzip_bytes": 8000000, "brotli_bytes": {brotli_bytes}}},
                {{"logical": "b.json", "path": "b.json", "content_type": "", "immutable": false,
                  "sha256": "", "bytes": 9000000, "gzip_bytes": null, "brotli_bytes": null}}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_client_over_the_budget_fails() {
        assert!(judge(&manifest("release", BUDGET_BYTES)).is_ok());
        assert!(judge(&manifest("release", BUDGET_BYTES + 1)).is_err());
    }

    #[test]
    fn what_is_loaded_on_demand_has_a_budget_of_its_own() {
        let with = |bytes: usize| {
            let mut manifest = manifest("release", BUDGET_BYTES);
            let lazy = format!(
                r#"{{"logical": "js/lazy/x.js", "path": "js/lazy/x-1.js", "content_type": "", "immutable": true,
                    "sha256": "", "bytes": 9000000, "gzip_bytes": {bytes}, "brotli_bytes": null}}"#
            );
            manifest.files.push(serde_json::from_str(&lazy).unwrap());
            judge(&manifest)
        };
        assert!(with(LAZY_BUDGET_BYTES).is_ok());
        assert!(with(LAZY_BUDGET_BYTES + 1).is_err());
    }

    #[test]
    fn a_development_build_is_not_measured() {
        assert!(judge(&manifest("dev", 1)).is_err());
    }
}
