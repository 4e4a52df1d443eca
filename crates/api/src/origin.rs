//! Only pages of this server may change anything or open the live socket from a browser.
//!
//! A browser names the page's origin in `Origin`; a page of another site cannot leave it out. Programs (feeds, the
//! command line) send none and are let through: they can send what they like anyway, and are held by the loopback
//! address until accounts exist. `Host` must be an address of loopback or a name that the listener was told, against
//! DNS rebinding.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use oneroof_wire::ProblemCode;

use crate::problem::Fault;

/// Whether the request comes from a page of this server or from no page.
pub fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let Some(origin) = headers.get(header::ORIGIN) else {
        // A form of an old browser sends none; it does not get this far, for it sends no JSON.
        return text(header::HeaderName::from_static("sec-fetch-site"))
            .is_none_or(|s| s == "same-origin" || s == "none");
    };
    let (Ok(origin), Some(host)) = (origin.to_str(), text(header::HOST)) else {
        return false;
    };
    let bare = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    bare == Some(host)
}

/// Whether the host that the client believes to talk to is this machine.
pub fn is_local_host(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|v| v.to_str().ok()) else {
        return true;
    };
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Lets through what only reads, and what changes something from a page of ours. What is asked under a foreign name is
/// refused whatever it is: a rebound page reads as well.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    if !is_local_host(request.headers()) {
        return Fault::new(ProblemCode::ForeignOrigin, "the host is not this machine")
            .into_response();
    }
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if !reads && !is_own(request.headers()) {
        return Fault::plain(ProblemCode::ForeignOrigin).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v)))
            .collect()
    }

    #[test]
    fn a_page_of_another_site_is_refused_and_a_program_is_not() {
        assert!(is_own(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "http://127.0.0.1:8080")
        ])));
        assert!(is_own(&headers(&[("host", "127.0.0.1:8080")])));
        assert!(!is_own(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "http://evil.example")
        ])));
        assert!(!is_own(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "null")
        ])));
        assert!(!is_own(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("sec-fetch-site", "cross-site")
        ])));
    }

    #[test]
    fn a_rebound_name_is_refused() {
        assert!(is_local_host(&headers(&[("host", "localhost:1")])));
        assert!(is_local_host(&headers(&[("host", "[::1]:8080")])));
        assert!(!is_local_host(&headers(&[(
            "host",
            "rebound.example:8080"
        )])));
        assert!(!is_local_host(&headers(&[("host", "10.0.0.5:8080")])));
    }
}
