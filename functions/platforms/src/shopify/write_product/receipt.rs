//! The answers to the writes.

use crate::shopify::answer::{Id, UserError, accept, data};
use common::platform::PlatformError;
use common::ports::HttpResponse;
use serde::Deserialize;

/// The product that was written; `None` when another one has its handle.
pub fn written(response: &HttpResponse) -> Result<Option<String>, PlatformError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        product_set: Payload,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        product: Option<Id>,
        user_errors: Vec<UserError>,
    }
    let payload = data::<Answer>(response)?.product_set;
    if payload
        .user_errors
        .iter()
        .any(|it| it.is("HANDLE_NOT_UNIQUE"))
    {
        return Ok(None);
    }
    accept(&payload.user_errors)?;
    payload
        .product
        .map(|product| Some(product.id))
        .ok_or_else(|| PlatformError::protocol("`data.productSet.product` is null without errors"))
}

/// Whether it is shown now.
pub fn published(response: &HttpResponse) -> Result<(), PlatformError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        publishable_publish: Payload,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        user_errors: Vec<UserError>,
    }
    accept(&data::<Answer>(response)?.publishable_publish.user_errors)
}
