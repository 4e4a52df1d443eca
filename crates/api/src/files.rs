//! The screen's files, from a folder or from the binary.

use std::path::{Component, Path, PathBuf};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use oneroof_ports::chain::hex;
use sha2::{Digest as _, Sha256};

use crate::problem::Fault;
use crate::state::Api;

/// How a file is compressed (RFC 9110, 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Brotli (RFC 7932): a quarter smaller. Browsers take it over TLS and from their own machine.
    Brotli,
    /// gzip (RFC 1952).
    Gzip,
}

impl Coding {
    /// All, the smallest result first.
    const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in HTTP, and the ending of a file that is so compressed.
    const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Brotli => ("br", ".br"),
            Self::Gzip => ("gzip", ".gz"),
        }
    }

    /// Those that a header `Accept-Encoding` welcomes (RFC 9110, 12.5.3); weights but 0 are not looked at.
    fn welcome(header: &str) -> Vec<Self> {
        let named = |name: &str| {
            header.split(',').any(|item| {
                let mut parts = item.split(';').map(str::trim);
                let is_it = parts.next().is_some_and(|n| n.eq_ignore_ascii_case(name));
                let weight = parts.find_map(|p| p.strip_prefix("q="));
                is_it && weight.is_none_or(|q| q.parse().is_ok_and(|q: f32| q > 0.0))
            })
        };
        let mut all = Self::ALL.to_vec();
        all.retain(|c| named(c.name().0));
        all
    }
}

/// A file of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How they are compressed, where they are.
    pub coding: Option<Coding>,
}

/// Where the screen's files are.
pub trait Assets: Send + Sync {
    /// A file by its path without leading slash; in the first of these codings that there is a copy in.
    fn get(&self, path: &str, welcome: &[Coding]) -> Option<Asset>;
}

/// Files in a folder, with compressed copies beside them (`name.br`, `name.gz`).
#[derive(Debug, Clone)]
pub struct FolderAssets(pub PathBuf);

impl Assets for FolderAssets {
    fn get(&self, path: &str, welcome: &[Coding]) -> Option<Asset> {
        let relative = Path::new(path);
        // Only plain names: nothing outside of the folder.
        if !relative
            .components()
            .all(|c| matches!(c, Component::Normal(_)))
        {
            return None;
        }
        let file = self.0.join(relative);
        let compressed = welcome.iter().find_map(|coding| {
            let mut name = file.clone().into_os_string();
            name.push(coding.name().1);
            let bytes = std::fs::read(PathBuf::from(name)).ok()?;
            let coding = Some(*coding);
            Some(Asset { bytes, coding })
        });
        compressed.or_else(|| {
            let bytes = std::fs::read(file).ok()?;
            Some(Asset {
                bytes,
                coding: None,
            })
        })
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
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
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
    let welcome = welcome(&headers);
    let (assets, wanted) = (std::sync::Arc::clone(&api.assets), path.clone());
    let hashed = is_hashed(&path);
    let found = tokio::task::spawn_blocking(move || {
        let asset = assets.get(&wanted, &welcome)?;
        // What never changes is never asked for again.
        let tag = if hashed { None } else { tag(&asset.bytes) };
        Some((asset, tag))
    });
    let Ok(Some((asset, tag))) = found.await else {
        return Fault::missing().into_response();
    };
    let cache = if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let sent = Sent {
        bytes: asset.bytes,
        media_type: media_type(&path),
        coding: asset.coding,
        tag,
        cache,
    };
    sent.to(&headers)
}

/// The codings that a request welcomes.
pub(crate) fn welcome(headers: &HeaderMap) -> Vec<Coding> {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .map(Coding::welcome)
        .unwrap_or_default()
}

/// A file on its way to who asked for it.
pub(crate) struct Sent {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
    pub(crate) coding: Option<Coding>,
    pub(crate) tag: Option<HeaderValue>,
    /// `Cache-Control`.
    pub(crate) cache: &'static str,
}

impl Sent {
    /// The answer; without the bytes where the asker has them already.
    pub(crate) fn to(self, headers: &HeaderMap) -> Response {
        let known = self.tag.as_ref().is_some_and(|t| is_known(headers, t));
        let always = [
            (header::CACHE_CONTROL, self.cache),
            (header::VARY, "accept-encoding"),
        ];
        let mut response = if known {
            (StatusCode::NOT_MODIFIED, always).into_response()
        } else {
            let kind = [(header::CONTENT_TYPE, self.media_type)];
            (StatusCode::OK, always, kind, self.bytes).into_response()
        };
        if let Some(tag) = self.tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        if let Some(coding) = self.coding.filter(|_| !known) {
            let (name, _) = coding.name();
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_of_the_folder_is_served() {
        let assets = FolderAssets(std::env::temp_dir());
        for path in ["../etc/passwd", "/etc/passwd", "a/../../etc/passwd", "./x"] {
            assert_eq!(assets.get(path, &[]), None, "{path}");
        }
    }

    #[test]
    fn what_a_browser_welcomes_is_given_and_nothing_else() {
        use Coding::{Brotli, Gzip};
        for (header, welcome) in [
            ("gzip, deflate, br, zstd", &[Brotli, Gzip][..]),
            ("gzip, deflate", &[Gzip]),
            ("br;q=0, GZIP;q=0.5", &[Gzip]),
            ("brotli, x-gzip", &[]),
            ("", &[]),
        ] {
            assert_eq!(Coding::welcome(header), welcome, "{header}");
        }
        let folder = std::env::temp_dir().join(format!("oneroof-assets-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.js"), "plain").unwrap();
        std::fs::write(folder.join("a.js.gz"), "gz").unwrap();
        let assets = FolderAssets(folder.clone());
        let got = |welcome: &[Coding]| assets.get("a.js", welcome).unwrap().coding;
        assert_eq!([got(&[Brotli, Gzip]), got(&[Brotli])], [Some(Gzip), None]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        assert!(is_hashed("assets/app-3f9a21bc44d0.wasm"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("basemap/places.json"));
    }
}
