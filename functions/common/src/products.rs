//! `/products`: the workspace's catalogue. What a channel shows of it changes by approvals only.
//!
//! `POST` and `PATCH` take a body (`product_body`); a catalogue file comes in through [`import`].

mod bounds;
pub mod import;
mod product_body;
mod read;
mod variant_body;

use crate::error::Result;
use crate::ports::Host;
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::session::{Idempotency, Need, Session, if_match};
pub(crate) use product_body::ProductBody;
pub use read::{RESOURCE, get, list};
use serde_json::json;

/// `POST /products` `{sku, title, description?, images?, variants?, tags?, status?, …}` → 201 with `Location` and `ETag`.
///
/// Without variants the product has one, with its SKU. Variants without a SKU get one derived from handle (or SKU)
/// and option values; options are derived from the variants where absent.
///
/// # Errors
/// 400 naming the field; 409 when SKU or handle is taken, or for the status `published`, which follows from the
/// listings; 401, 403, 413, 415.
pub async fn create(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (wanted, body) = request.json::<ProductBody>().await?;
    let args = wanted.into_new()?;
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("products/create.sql");
    session
        .change(host, Need::Catalogue, statement, &args, idempotency)
        .await
}

/// `PATCH /products/{id}` with any of the fields of `POST`.
///
/// `variants`, where given, are all that there is: each is found by id, SKU or option values and keeps what is not
/// said of it; those that are not found are new, and those that are not given go.
///
/// # Errors
/// As [`create`], 404, and 412 with the current row when `If-Match` names another version.
pub async fn update(request: &mut Request, host: &impl Host, id: &str) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let version = if_match(request)?;
    let (changes, body) = request.json::<ProductBody>().await?;
    let mut args = changes.into_changes()?;
    if let Some(object) = args.as_object_mut() {
        object.insert("id".to_owned(), json!(id));
        object.insert("if_match".to_owned(), json!(version));
    }
    let idempotency = Idempotency::of(request, &body)?;
    let statement = include_str!("products/update.sql");
    session
        .change(host, Need::Catalogue, statement, &args, idempotency)
        .await
}

/// `DELETE /products/{id}`, of one without listings → 204.
///
/// # Errors
/// 409 naming the way while a listing exists; 404, 412, 401, 403.
pub async fn delete(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("products/delete.sql");
    resource::delete(request, host, Need::Catalogue, statement, id).await
}
