//! The Feeds API, 2021-06-30: documents at addresses of their own, feeds that take their time, packed reports.

use super::asked::Asked;
use super::listings::{Message, judge};
use super::reply::{self, Reply, invalid, not_found, ok};
use super::seller::Seller;
use super::{MARKETPLACE_ID, SELLER_ID, rules};
use crate::stamp::Stamp;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::Write;

/// How long the address of a document is good for, in seconds.
const ADDRESS_S: f64 = 300.0;

#[derive(Debug, Serialize)]
pub struct Document {
    content_type: String,
    until: f64,
    #[serde(skip)]
    body: Option<Bytes>,
    is_packed: bool,
}

#[derive(Debug, Serialize)]
pub struct Feed {
    input: String,
    made_at: String,
    done_at_s: f64,
    result: Option<String>,
    is_fatal: bool,
}

/// `POST /feeds/2021-06-30/documents`.
pub fn create_document(state: &mut Seller, asked: &Asked<'_>, at: Stamp) -> Reply {
    let Some(content_type) = asked.json()["contentType"].as_str().map(str::to_owned) else {
        return invalid("contentType is required.");
    };
    let id = format!("amzn1.tortuga.4.na.{:08}", state.number());
    let document = Document {
        content_type,
        until: at.seconds + ADDRESS_S,
        body: None,
        is_packed: false,
    };
    state.documents.insert(id.clone(), document);
    let url = address(asked, &id);
    Ok((
        StatusCode::CREATED,
        json!({"feedDocumentId": id, "url": url}),
    ))
}

/// Addresses are on the host that was asked: there is no other server.
fn address(asked: &Asked<'_>, id: &str) -> String {
    let host = asked.header("host").unwrap_or("127.0.0.1");
    format!("http://{host}/amazon/_documents/{id}?X-Amz-Signature=sandbox")
}

/// `PUT` and `GET` of a document's own address: no API, no token.
pub fn transfer(state: &mut Seller, asked: &Asked<'_>, id: &str, at: Stamp) -> Response<Bytes> {
    let refused = |reason: &str| {
        let text = format!("<Error><Code>AccessDenied</Code><Message>{reason}</Message></Error>");
        reply::bytes(StatusCode::FORBIDDEN, text)
    };
    let is_signed = asked.query("X-Amz-Signature") == Some("sandbox");
    let Some(document) = state.documents.get_mut(id).filter(|_| is_signed) else {
        return refused("Access Denied");
    };
    if document.until < at.seconds {
        return refused("Request has expired");
    }
    if asked.header("x-amz-access-token").is_some() {
        return refused("The seller's token does not belong here");
    }
    if asked.request.method() == http::Method::PUT {
        if asked.header("content-type") != Some(&document.content_type) {
            return refused("The content type is not the one that was announced");
        }
        document.body = Some(asked.request.body().clone());
        return reply::bytes(StatusCode::OK, Bytes::new());
    }
    match &document.body {
        Some(body) => reply::bytes(StatusCode::OK, body.clone()),
        None => refused("Access Denied"),
    }
}

/// `POST /feeds/2021-06-30/feeds`.
pub fn create(state: &mut Seller, asked: &Asked<'_>, at: Stamp) -> Reply {
    let body = asked.json();
    let input = body["inputFeedDocumentId"].as_str().unwrap_or_default();
    let is_known = state
        .documents
        .get(input)
        .is_some_and(|document| document.body.is_some());
    if !is_known || body["feedType"] != "JSON_LISTINGS_FEED" {
        return invalid("The feed type or the document is not one that there is.");
    }
    if body["marketplaceIds"] != json!([MARKETPLACE_ID]) {
        return invalid("The marketplaceIds are not ones that the seller sells in.");
    }
    let id = format!("{}", 50_000_000 + state.number());
    let feed = Feed {
        input: input.to_owned(),
        made_at: at.text(),
        done_at_s: at.seconds + state.acceptance_s,
        result: None,
        is_fatal: false,
    };
    state.feeds.insert(id.clone(), feed);
    Ok((StatusCode::ACCEPTED, json!({ "feedId": id })))
}

/// `GET /feeds/2021-06-30/feeds/{id}`.
pub fn get(state: &Seller, id: &str, at: Stamp) -> Reply {
    let Some(feed) = state.feeds.get(id) else {
        return not_found("The feed was not found.");
    };
    let status = match (&feed.result, feed.is_fatal) {
        (_, true) => "FATAL",
        (Some(_), false) => "DONE",
        (None, false) if feed.done_at_s - at.seconds > state.acceptance_s / 2.0 => "IN_QUEUE",
        (None, false) => "IN_PROGRESS",
    };
    let mut body = json!({
        "feedId": id,
        "feedType": "JSON_LISTINGS_FEED",
        "marketplaceIds": [MARKETPLACE_ID],
        "createdTime": feed.made_at,
        "processingStatus": status,
    });
    if let Some(result) = &feed.result {
        body["resultFeedDocumentId"] = json!(result);
    }
    ok(body)
}

/// `GET /feeds/2021-06-30/documents/{id}`.
pub fn get_document(state: &mut Seller, asked: &Asked<'_>, id: &str, at: Stamp) -> Reply {
    let Some(document) = state.documents.get_mut(id) else {
        return not_found("The document was not found.");
    };
    document.until = at.seconds + ADDRESS_S;
    let mut body = json!({"feedDocumentId": id, "url": address(asked, id)});
    if document.is_packed {
        body["compressionAlgorithm"] = json!("GZIP");
    }
    ok(body)
}

/// Does what feeds ask for whose time has come.
pub fn process(state: &mut Seller, at: Stamp) {
    let is_due =
        |feed: &Feed| feed.result.is_none() && !feed.is_fatal && feed.done_at_s <= at.seconds;
    let due: Vec<(String, f64)> = state
        .feeds
        .iter()
        .filter(|(_, feed)| is_due(feed))
        .map(|(id, feed)| (id.clone(), feed.done_at_s))
        .collect();
    for (id, seconds) in due {
        // Nobody may have looked for a while.
        let at = Stamp { seconds, ..at };
        let input = state.feeds.get(&id).map(|feed| feed.input.clone());
        let body = input
            .and_then(|input| state.documents.get(&input))
            .and_then(|document| document.body.clone())
            .and_then(|body| serde_json::from_slice::<Value>(&body).ok());
        let report = body.and_then(|body| report(state, &id, &body, at));
        let result = report.map(|report| keep(state, &report));
        if let Some(feed) = state.feeds.get_mut(&id) {
            feed.is_fatal = result.is_none();
            feed.result = result;
        }
    }
}

fn keep(state: &mut Seller, report: &Value) -> String {
    let id = format!("amzn1.tortuga.4.na.{:08}", state.number());
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory can't fail.
    let _ = packer.write_all(report.to_string().as_bytes());
    let document = Document {
        content_type: "application/json".to_owned(),
        until: 0.0,
        body: Some(packer.finish().unwrap_or_default().into()),
        is_packed: true,
    };
    state.documents.insert(id.clone(), document);
    id
}

/// Does the messages of a feed; `None` where it is not one.
fn report(state: &mut Seller, feed: &str, body: &Value, at: Stamp) -> Option<Value> {
    let header = &body["header"];
    if header["sellerId"] != SELLER_ID || header["version"] != "2.0" {
        return None;
    }
    let (mut issues, mut accepted, mut invalid) = (Vec::new(), 0, 0);
    for message in body["messages"].as_array()? {
        let sku = message["sku"].as_str().unwrap_or_default();
        let found = one(state, sku, message, at);
        let found: Vec<Value> = found.iter().map(|issue| told(issue, message)).collect();
        match rules::has_error(&found) {
            true => invalid += 1,
            false => accepted += 1,
        }
        issues.extend(found);
    }
    let errors = issues.iter().filter(|it| it["severity"] == "ERROR").count();
    Some(json!({
        "header": {"sellerId": SELLER_ID, "version": "2.0", "feedId": feed},
        "summary": {
            "errors": errors,
            "warnings": issues.len() - errors,
            "messagesProcessed": accepted + invalid,
            "messagesAccepted": accepted,
            "messagesInvalid": invalid,
        },
        "issues": issues,
    }))
}

fn one(state: &mut Seller, sku: &str, message: &Value, at: Stamp) -> Vec<Value> {
    let kind = match message["operationType"].as_str() {
        Some("UPDATE") => Message::Update,
        Some("PATCH") => Message::Patch,
        Some("DELETE") => Message::Delete,
        _ => return vec![error("The operation type is not one that there is.")],
    };
    match judge(state, kind, sku, message) {
        Err(reason) => vec![error(&reason)],
        Ok(verdict) => {
            if !rules::has_error(&verdict.issues) {
                state.accept(sku, verdict.change, at);
            }
            verdict.issues
        }
    }
}

fn error(message: &str) -> Value {
    json!({"code": "4000000", "severity": "ERROR", "message": message})
}

/// An issue as a report has it: of a message, with one attribute.
fn told(issue: &Value, message: &Value) -> Value {
    let mut told = Map::new();
    for name in ["code", "severity", "message"] {
        told.insert(name.to_owned(), issue[name].clone());
    }
    told.insert("messageId".to_owned(), message["messageId"].clone());
    told.insert("sku".to_owned(), message["sku"].clone());
    if let Some(attribute) = issue["attributeNames"][0].as_str() {
        told.insert("attributeName".to_owned(), json!(attribute));
    }
    Value::Object(told)
}
