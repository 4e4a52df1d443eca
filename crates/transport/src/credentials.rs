//! What we show to a peer that speaks HTTP: tokens and headers, out of their secrets.

use std::collections::BTreeMap;

use oneroof_config::process_env;
use oneroof_config::types::{HeaderText, Secret};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

/// Puts the headers of a configuration together. Values of secrets are marked as such, so that nobody prints them.
///
/// # Errors
/// Where a secret is not there, or something holds signs that HTTP does not allow.
pub(crate) fn headers(
    token: Option<&Secret>,
    others: &BTreeMap<String, HeaderText>,
) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        let token = token.fetch(&process_env)?;
        let text = format!("Bearer {}", token.expose());
        headers.insert(AUTHORIZATION, secret(&text, "token")?);
    }
    for (name, text) in others {
        let known = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_invalid| format!("{name:?} is no name of a header"))?;
        headers.insert(known, secret(text.fetch(&process_env)?.expose(), name)?);
    }
    Ok(headers)
}

fn secret(text: &str, what: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_invalid| format!("the {what} holds signs that HTTP does not allow"))?;
    value.set_sensitive(true);
    Ok(value)
}
