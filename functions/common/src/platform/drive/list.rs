//! Reads a channel's whole catalogue.

use super::{DriveError, Limits, drive};
use crate::platform::{Action, ExternalProduct, Operation, Outcome, Platform, Store};
use crate::ports::{Clock, HttpClient, Log};
use serde_json::json;

/// Reads the channel's products page by page, at most `limits.max_pages` of them; the outcome's
/// `next_cursor` says where to go on when that was not all.
///
/// A channel that says "not now" on a later page ends the reading there.
///
/// # Errors
/// As [`drive`]; what was read before is lost.
pub async fn list_products<H: HttpClient + Clock + Log>(
    host: &H,
    platform: &dyn Platform,
    store: &Store,
    cursor: Option<String>,
    limits: &Limits,
) -> Result<Outcome, DriveError> {
    let limit = platform.descriptor().constraints.batch_size;
    let mut store = store.clone();
    let mut products: Vec<ExternalProduct> = Vec::new();
    let mut total = Outcome {
        next_cursor: cursor,
        ..Outcome::default()
    };
    for _ in 0..limits.max_pages.max(1) {
        let cursor = total.next_cursor.take();
        let action = Action::ListProducts {
            cursor: cursor.clone(),
            limit,
        };
        let operation = Operation::new(action, "list");
        let page = match drive(host, platform, &operation, &store, limits).await {
            Ok(page) => page,
            Err(error) if error.cause.is_transient() && !products.is_empty() => {
                total.credentials = error.credentials.or(total.credentials);
                total.requests += error.requests;
                total.next_cursor = cursor;
                break;
            }
            Err(error) => {
                return Err(DriveError {
                    credentials: error.credentials.or(total.credentials),
                    requests: error.requests + total.requests,
                    ..error
                });
            }
        };
        if let Some(credentials) = page.credentials {
            store.credentials = credentials.clone();
            total.credentials = Some(credentials);
        }
        products.extend(page.products);
        total.requests += page.requests;
        total.next_cursor = page.next_cursor;
        if total.next_cursor.is_none() {
            break;
        }
    }
    total.result = json!({"products": products.len(), "complete": total.next_cursor.is_none()});
    total.products = products;
    Ok(total)
}
