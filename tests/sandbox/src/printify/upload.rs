//! The account's pictures. The same picture has the same id whatever it is called.

use super::page::Asked;
use super::refusal::{Answer, invalid, not_found, required};
use super::{Printify, time};
use crate::stamp::Stamp;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A picture.
#[derive(Clone, Debug, Serialize)]
pub struct Upload {
    pub id: String,
    pub file_name: String,
    pub height: i64,
    pub width: i64,
    size: i64,
    pub mime_type: &'static str,
    preview_url: String,
    upload_time: String,
    #[serde(skip)]
    archived: bool,
}

/// Answers `/v1/uploads…`.
pub fn answer(
    account: &mut Printify,
    method: &str,
    path: &[&str],
    query: &[(String, String)],
    body: &Value,
    at: Stamp,
) -> Answer {
    match (method, path) {
        ("GET", ["uploads.json"]) => {
            let kept = account.uploads.iter().rev().filter(|it| !it.archived);
            let rows: Vec<Value> = kept.map(|it| json!(it)).collect();
            Ok(Asked::read(query, 100).of(&rows))
        }
        ("POST", ["uploads", "images.json"]) => upload(account, body, at),
        ("GET", ["uploads", id]) => {
            let id = id.trim_end_matches(".json");
            let found = account.uploads.iter().find(|it| it.id == id);
            found.map(|it| json!(it)).ok_or_else(not_found)
        }
        ("POST", ["uploads", id, "archive.json"]) => {
            let found = account.uploads.iter_mut().find(|it| it.id == *id);
            found.ok_or_else(not_found)?.archived = true;
            Ok(json!({}))
        }
        _ => Err(not_found()),
    }
}

fn upload(account: &mut Printify, body: &Value, at: Stamp) -> Answer {
    let name = body["file_name"]
        .as_str()
        .ok_or_else(|| required("file_name"))?;
    let picture = match (body["url"].as_str(), body["contents"].as_str()) {
        (Some(url), _) => {
            let host = url.split('/').nth(2).unwrap_or_default();
            if host.is_empty() || host.ends_with(".invalid") {
                let reason = format!("cURL error 6: Could not resolve host: {host}");
                return Err(invalid(10_300, reason));
            }
            url
        }
        (None, Some(contents)) => contents,
        (None, None) => return Err(required("url")),
    };
    let mime_type = match name.rsplit('.').next().map(str::to_lowercase).as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        _ => {
            let reason = "Failed to upload image. Cause: {\"code\":\"error.file.wrong.format\"}";
            return Err(invalid(8201, reason));
        }
    };
    let digest = Sha256::digest(picture.as_bytes());
    let id: String = digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if let Some(known) = account.uploads.iter_mut().find(|it| it.id == id) {
        known.archived = false;
        return Ok(json!(known));
    }
    let new = Upload {
        preview_url: format!("https://pfy-prod-image-storage.s3.us-east-2.amazonaws.com/{id}"),
        id,
        file_name: name.to_owned(),
        height: 5400,
        width: 4500,
        size: 1_021_000,
        mime_type,
        upload_time: time(at).trim_end_matches("+00:00").to_owned(),
        archived: false,
    };
    account.uploads.push(new.clone());
    Ok(json!(new))
}
