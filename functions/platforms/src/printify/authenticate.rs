//! Checks the token, and finds the shop where the account has just one.

use super::answer;
use super::call::{Call, shop_id};
use common::platform::{Outcome, PlatformError, Step};
use common::ports::HttpResponse;
use serde::Deserialize;
use serde_json::json;

/// How many shops an explanation names.
const NAMED: usize = 10;

#[derive(Deserialize)]
struct Shop {
    id: u64,
    title: String,
    sales_channel: String,
}

pub fn begin(call: Call<'_>) -> Result<Step, PlatformError> {
    Ok(call.get("/v1/shops.json", &())?.step())
}

pub fn resume(call: Call<'_>, response: &HttpResponse) -> Result<Step, PlatformError> {
    let shops: Vec<Shop> = answer::read(response)?;
    let shop = match (shop_id(call.store)?, shops.as_slice()) {
        (Some(id), shops) => shops.iter().find(|shop| shop.id == id),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let shop = shop.ok_or_else(|| {
        let named: Vec<String> = shops
            .iter()
            .take(NAMED)
            .map(|shop| format!("{} ({})", shop.id, shop.title))
            .collect();
        let reason = match named.as_slice() {
            [] => "the account has no shop: add a store of the kind API in Printify".to_owned(),
            named => format!("set it to one of the account's shops: {}", named.join(", ")),
        };
        PlatformError::rejected_field("config.shop_id", reason)
    })?;
    Ok(Step::done(Outcome {
        result: json!({"shop": shop.title, "shop_id": shop.id, "sales_channel": shop.sales_channel}),
        config: Some(json!({"shop_id": shop.id, "sales_channel": shop.sales_channel})),
        ..Outcome::default()
    }))
}
