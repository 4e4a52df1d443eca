//! Requests to the server that served the page; to nowhere else.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

/// Status and body of an answer.
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Body as text.
    pub(crate) body: String,
}

async fn send(request: &Request) -> Result<Answer, JsValue> {
    let window = web_sys::window().ok_or("no window")?;
    let response: Response = JsFuture::from(window.fetch_with_request(request))
        .await?
        .dyn_into()?;
    let body = JsFuture::from(response.text()?).await?;
    Ok(Answer {
        status: response.status(),
        body: body.as_string().unwrap_or_default(),
    })
}

/// Reads a text.
///
/// # Errors
/// Where the server can't be reached or answers anything but success.
pub(crate) async fn get_text(address: &str) -> Result<String, JsValue> {
    let answer = send(&Request::new_with_str(address)?).await?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        Err(JsValue::from_str(&format!("{address}: {}", answer.status)))
    }
}

/// Posts JSON and gives whatever came back.
///
/// # Errors
/// Where the server can't be reached.
pub(crate) async fn post_json(address: &str, body: &str) -> Result<Answer, JsValue> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let request = Request::new_with_str_and_init(address, &init)?;
    request.headers().set("content-type", "application/json")?;
    send(&request).await
}
