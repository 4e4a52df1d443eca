//! Commands that go through a running server: quarantine and backup.

use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;

use crate::say;

async fn ask(request: reqwest::RequestBuilder) -> Result<Value> {
    let response = request.send().await.context("the server does not answer")?;
    let status = response.status();
    let text = response.text().await?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if !status.is_success() {
        let detail = body
            .get("detail")
            .and_then(Value::as_str)
            .or_else(|| body.get("title").and_then(Value::as_str));
        return Err(anyhow!("{status}: {}", detail.unwrap_or("no detail")));
    }
    Ok(body)
}

fn url(server: &str, path: &str) -> String {
    format!("{}/api/v1/{path}", server.trim_end_matches('/'))
}

async fn all(server: &str, feed: Option<&str>) -> Result<Vec<Value>> {
    let client = reqwest::Client::new();
    let mut items = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut path = "quarantine?limit=500".to_owned();
        if let Some(feed) = feed {
            path = format!("{path}&feed={feed}");
        }
        if let Some(after) = &after {
            path = format!("{path}&after={after}");
        }
        let mut page = ask(client.get(url(server, &path))).await?;
        if let Some(more) = page.get_mut("items").and_then(Value::as_array_mut) {
            items.append(more);
        }
        after = page.get("next").and_then(Value::as_str).map(str::to_owned);
        if after.is_none() {
            return Ok(items);
        }
    }
}

/// `quarantine list`.
pub(crate) async fn list(server: &str, feed: Option<&str>) -> Result<ExitCode> {
    for item in all(server, feed).await? {
        say(&item.to_string());
    }
    Ok(ExitCode::SUCCESS)
}

/// `quarantine show`.
pub(crate) async fn show(server: &str, id: i64) -> Result<ExitCode> {
    let item = ask(reqwest::Client::new().get(url(server, &format!("quarantine/{id}")))).await?;
    say(&serde_json::to_string_pretty(&item)?);
    Ok(ExitCode::SUCCESS)
}

/// `quarantine reprocess`.
pub(crate) async fn reprocess(
    server: &str,
    id: Option<i64>,
    feed: Option<&str>,
) -> Result<ExitCode> {
    let client = reqwest::Client::new();
    let ids: Vec<i64> = match id {
        Some(id) => vec![id],
        None => all(server, feed)
            .await?
            .iter()
            .filter(|i| i.get("released_at").is_none_or(Value::is_null))
            .filter_map(|i| i.get("id").and_then(Value::as_i64))
            .collect(),
    };
    let mut taken = 0;
    for id in &ids {
        let request = client.post(url(server, &format!("quarantine/{id}/reprocess")));
        // One that still can't be taken does not keep the others waiting.
        let line = match ask(request).await {
            Ok(outcome) => {
                taken += usize::from(outcome.get("outcome").is_none_or(|o| o != "quarantined"));
                serde_json::json!({ "id": id, "outcome": outcome })
            }
            Err(error) => serde_json::json!({ "id": id, "error": format!("{error:#}") }),
        };
        say(&line.to_string());
    }
    say(&format!("{taken} of {} taken", ids.len()));
    let in_vain = taken == 0 && !ids.is_empty();
    Ok(if in_vain {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// `backup`.
pub(crate) async fn backup(server: &str) -> Result<ExitCode> {
    let done = ask(reqwest::Client::new().post(url(server, "backup"))).await?;
    say(&format!(
        "{} ({} bytes)",
        done.get("file").and_then(Value::as_str).unwrap_or_default(),
        done.get("size_bytes")
            .and_then(Value::as_u64)
            .unwrap_or_default()
    ));
    Ok(ExitCode::SUCCESS)
}
