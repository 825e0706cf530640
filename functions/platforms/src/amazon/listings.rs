//! The requests of the Listings Items API, 2021-08-01.

use super::call::{Ask, Call};
use super::item::Item;
use super::limits;
use crate::wire::percent_encode;
use common::platform::PlatformError;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

const BASE: &str = "/listings/2021-08-01/items";

/// The most items that one search gives, and the most SKUs that one takes.
pub const PAGE: usize = 20;

/// A page of a search.
#[derive(Deserialize)]
pub struct Page {
    pub items: Vec<Item>,
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    next_token: Option<String>,
}

impl Page {
    pub fn next(&self) -> Option<&str> {
        let token = self.pagination.as_ref()?.next_token.as_deref()?;
        Some(token).filter(|token| !token.is_empty())
    }
}

fn path(call: Call<'_>, sku: &str) -> Result<String, PlatformError> {
    let seller = percent_encode(call.seller()?);
    Ok(format!("{BASE}/{seller}/{}", percent_encode(sku)))
}

/// Reads `sku` with `data`.
pub fn get(call: Call<'_>, sku: &str, data: &str) -> Result<Ask, PlatformError> {
    Ok(Ask::get(limits::GET_ITEM, path(call, sku)?)
        .query("marketplaceIds", call.market_id()?)
        .query("includedData", data))
}

/// Searches the seller's items, `size` a page.
pub fn search(call: Call<'_>, data: &str, size: usize) -> Result<Ask, PlatformError> {
    let seller = percent_encode(call.seller()?);
    Ok(Ask::get(limits::SEARCH_ITEMS, format!("{BASE}/{seller}"))
        .query("marketplaceIds", call.market_id()?)
        .query("includedData", data)
        .query("pageSize", size.to_string()))
}

/// Reads those of `skus`, at most a [`PAGE`], that there are.
pub fn search_skus(call: Call<'_>, skus: &[String], data: &str) -> Result<Ask, PlatformError> {
    Ok(search(call, data, PAGE)?
        .query("identifiersType", "SKU")
        .query("identifiers", skus.join(",")))
}

/// Reads a page of the family that `parent` groups.
pub fn search_children(
    call: Call<'_>,
    parent: &str,
    data: &str,
    token: Option<&str>,
) -> Result<Ask, PlatformError> {
    let ask = search(call, data, PAGE)?.query("variationParentSku", parent);
    Ok(match token {
        Some(token) => ask.query("pageToken", token),
        None => ask,
    })
}

/// Makes or replaces `sku`; `is_preview` only asks what would be said to it.
pub fn put(
    call: Call<'_>,
    sku: &str,
    body: &Value,
    is_preview: bool,
) -> Result<Ask, PlatformError> {
    write(call, Method::PUT, limits::PUT_ITEM, sku, body, is_preview)
}

/// Changes attributes of `sku`; `is_preview` only asks what would be said to it.
pub fn patch(
    call: Call<'_>,
    sku: &str,
    body: &Value,
    is_preview: bool,
) -> Result<Ask, PlatformError> {
    write(
        call,
        Method::PATCH,
        limits::PATCH_ITEM,
        sku,
        body,
        is_preview,
    )
}

fn write(
    call: Call<'_>,
    method: Method,
    class: &'static str,
    sku: &str,
    body: &Value,
    is_preview: bool,
) -> Result<Ask, PlatformError> {
    let ask = Ask::write(method, class, path(call, sku)?)
        .query("marketplaceIds", call.market_id()?)
        .query("includedData", "identifiers,issues")
        .json(body)
        // All of Amazon's writes to an item set what is to be, by SKU.
        .repeatable();
    Ok(match is_preview {
        true => ask.query("mode", "VALIDATION_PREVIEW"),
        false => ask,
    })
}

/// Removes `sku`.
pub fn delete(call: Call<'_>, sku: &str) -> Result<Ask, PlatformError> {
    Ok(
        Ask::write(Method::DELETE, limits::DELETE_ITEM, path(call, sku)?)
            .query("marketplaceIds", call.market_id()?)
            .repeatable(),
    )
}

/// A patch that sets the stock which the merchant sends himself and keeps its other terms (lead time, restock date).
pub fn stock_patch(quantity: i64) -> Value {
    json!({
        "op": "merge",
        "path": format!("/attributes/{}", super::attributes::STOCK),
        "value": super::attributes::stock(quantity),
    })
}
