//! The screen's files, from a folder or from the binary.

use std::path::{Component, Path, PathBuf};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use oneroof_ports::chain::hex;
use sha2::{Digest as _, Sha256};

use crate::problem::Fault;
use crate::state::Api;

/// A file of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its bytes, compressed with gzip where `gzip`.
    pub bytes: Vec<u8>,
    /// Whether they are compressed.
    pub gzip: bool,
}

/// Where the screen's files are.
pub trait Assets: Send + Sync {
    /// A file by its path without leading slash; compressed where `gzip` is welcome and there is such a copy.
    fn get(&self, path: &str, gzip: bool) -> Option<Asset>;
}

/// Files in a folder, with compressed copies beside them (`name.gz`).
#[derive(Debug, Clone)]
pub struct FolderAssets(pub PathBuf);

impl Assets for FolderAssets {
    fn get(&self, path: &str, gzip: bool) -> Option<Asset> {
        let relative = Path::new(path);
        // Only plain names: nothing outside of the folder.
        if !relative
            .components()
            .all(|c| matches!(c, Component::Normal(_)))
        {
            return None;
        }
        let file = self.0.join(relative);
        if gzip {
            let mut name = file.clone().into_os_string();
            name.push(".gz");
            if let Ok(bytes) = std::fs::read(PathBuf::from(name)) {
                return Some(Asset { bytes, gzip: true });
            }
        }
        std::fs::read(file)
            .ok()
            .map(|bytes| Asset { bytes, gzip: false })
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "geojson" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ico" => "image/x-icon",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Names with a hash of the content in them (`app-3f9a21bc44d0.wasm`) never change.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '.']).any(|part| {
        part.len() >= 8
            && part.bytes().all(|b| b.is_ascii_hexdigit())
            && part.bytes().any(|b| b.is_ascii_digit())
    })
}

/// A weak tag (RFC 9110, 8.8.3) of a file's bytes: it may leave compressed as well.
pub(crate) fn tag(bytes: &[u8]) -> Option<HeaderValue> {
    let mut digest = hex(&Sha256::digest(bytes));
    digest.truncate(24);
    HeaderValue::from_str(&format!("W/\"{digest}\"")).ok()
}

/// Whether the browser has this one already.
pub(crate) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|v| v.trim() == "*" || v.trim().as_bytes() == tag.as_bytes())
}

pub(crate) async fn serve(
    State(api): State<Api>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Fault::plain(oneroof_wire::ProblemCode::MethodNotAllowed).into_response();
    }
    let path = match uri.path().trim_start_matches('/') {
        // One page: the address says whether it is a desk, its lists or a wall.
        "" | "wall" | "lists" => "index.html".to_owned(),
        // Only a client that was built with it has one (`cargo xtask web --styleguide`).
        "styleguide" => "styleguide.html".to_owned(),
        p => p.to_owned(),
    };
    let gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("gzip"));
    let (assets, wanted) = (std::sync::Arc::clone(&api.assets), path.clone());
    let hashed = is_hashed(&path);
    let found = tokio::task::spawn_blocking(move || {
        let asset = assets.get(&wanted, gzip)?;
        // What never changes is never asked for again.
        let tag = if hashed { None } else { tag(&asset.bytes) };
        Some((asset, tag))
    });
    let Ok(Some((asset, tag))) = found.await else {
        return Fault::missing().into_response();
    };
    let known = tag.as_ref().is_some_and(|t| is_known(&headers, t));
    let cache = if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let always = [
        (header::CACHE_CONTROL, cache),
        (header::VARY, "accept-encoding"),
    ];
    let mut response = if known {
        (StatusCode::NOT_MODIFIED, always).into_response()
    } else {
        let kind = [(header::CONTENT_TYPE, media_type(&path))];
        (StatusCode::OK, always, kind, asset.bytes).into_response()
    };
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    if asset.gzip && !known {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_of_the_folder_is_served() {
        let assets = FolderAssets(std::env::temp_dir());
        for path in ["../etc/passwd", "/etc/passwd", "a/../../etc/passwd", "./x"] {
            assert_eq!(assets.get(path, false), None, "{path}");
        }
    }

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        assert!(is_hashed("assets/app-3f9a21bc44d0.wasm"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("basemap/places.json"));
    }
}
