//! `productSet`, `productDelete` and `publishablePublish`.

use super::product_input::{self, Refused};
use super::product_media;
use super::product_view::product;
use super::resource::number;
use super::shop::{Product, Shop};
use super::{UserError, refused, user_errors};
use crate::graphql::{Arguments, Object, leaf, nullable, object};
use crate::stamp::Stamp;
use serde_json::{Value, json};

const PAYLOAD: &str = "ProductSetPayload";
const EMPTY: [&str; 2] = ["product", "productSetOperation"];

/// Makes the product or replaces what the input names; a list that is named is replaced whole.
pub fn set(shop: &mut Shop, arguments: &Arguments, now: Stamp) -> Object {
    let arguments = Value::Object(arguments.clone());
    let target = match target(shop, &arguments["identifier"], &arguments["input"]) {
        Ok(target) => target,
        Err(error) => return refused(PAYLOAD, &EMPTY, vec![error]),
    };
    let before = target.and_then(|id| shop.product(&id).cloned());
    match build(shop, before, &arguments["input"], now) {
        Err(errors) => refused(PAYLOAD, &EMPTY, errors),
        Ok(made) => {
            let view = product(shop, &made);
            keep(shop, made);
            object(
                PAYLOAD,
                [
                    ("product", nullable(Some(view))),
                    ("productSetOperation", nullable(None)),
                    ("userErrors", user_errors(Vec::new())),
                ],
            )
        }
    }
}

/// Puts `made` in its place and tells of it.
pub fn keep(shop: &mut Shop, made: Product) {
    let id = made.id.clone();
    let topic = match shop.products.iter_mut().find(|it| it.id == id) {
        Some(slot) => {
            *slot = made;
            "products/update"
        }
        None => {
            shop.products.push(made);
            "products/create"
        }
    };
    shop.tell_of_product(topic, &id);
}

/// The product that the identifier names; `None` makes a new one.
fn target(shop: &Shop, identifier: &Value, input: &Value) -> Result<Option<String>, UserError> {
    if !identifier.is_null() && !input["id"].is_null() {
        let message = "The id field is not allowed if identifier is provided.";
        return Err(UserError::new("ID_NOT_ALLOWED", "input.id", message));
    }
    if let Some(id) = identifier["id"].as_str().or(input["id"].as_str()) {
        return match shop.product(id) {
            Some(_) => Ok(Some(id.to_owned())),
            None => {
                let message = "Product does not exist";
                Err(UserError::new(
                    "PRODUCT_DOES_NOT_EXIST",
                    "identifier.id",
                    message,
                ))
            }
        };
    }
    if let Some(handle) = identifier["handle"].as_str() {
        if input["handle"].as_str() != Some(handle) {
            let message = "The identifier value does not match the handle in the input.";
            return Err(UserError::new("INPUT_MISMATCH", "input.handle", message));
        }
        let found = shop.products.iter().find(|it| it.handle == handle);
        return Ok(found.map(|it| it.id.clone()));
    }
    Ok(None)
}

fn build(shop: &mut Shop, before: Option<Product>, input: &Value, now: Stamp) -> Refused<Product> {
    let is_new = before.is_none();
    let mut made = before.unwrap_or_else(|| Product {
        id: shop.id("Product"),
        vendor: shop.name.clone(),
        status: "ACTIVE".to_owned(),
        ..Product::default()
    });
    product_input::texts(shop, &mut made, input)?;
    product_input::options_and_variants(shop, &mut made, input, is_new)?;
    product_media::files(shop, &mut made, input)?;
    product_media::metafields(&mut made.metafields, input, "input")?;
    product_media::collections(shop, &mut made, input)?;
    made.updated_at = now.text();
    Ok(made)
}

pub fn delete(shop: &mut Shop, arguments: &Arguments) -> Object {
    let name = "ProductDeletePayload";
    let input = arguments.get("input").unwrap_or(&Value::Null);
    let id = input["id"].as_str().unwrap_or_default().to_owned();
    if shop.product(&id).is_none() {
        let error = UserError::plain("id", "Product does not exist");
        return refused(name, &["deletedProductId"], vec![error]);
    }
    shop.products.retain(|product| product.id != id);
    shop.tell("products/delete", json!({"id": number(&id)}));
    object(
        name,
        [
            ("deletedProductId", leaf(id)),
            ("userErrors", user_errors(Vec::new())),
        ],
    )
}

/// Shows the product in publications, or (with `shown` false) no longer.
pub fn publish(shop: &mut Shop, arguments: &Arguments, shown: bool) -> Object {
    let name = if shown {
        "PublishablePublishPayload"
    } else {
        "PublishableUnpublishPayload"
    };
    let id = arguments
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let wanted: Vec<String> = arguments
        .get("input")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|row| row["publicationId"].as_str().map(str::to_owned))
        .collect();
    let known = |wanted: &String| shop.publications.iter().any(|it| &it.id == wanted);
    let mut errors = Vec::new();
    if !wanted.iter().all(known) {
        let message = "Publication does not exist or is not publishable";
        errors.push(UserError::plain("input.0.publicationId", message));
    }
    let product = shop.products.iter_mut().find(|product| product.id == id);
    match product {
        None => errors.push(UserError::plain("id", "Resource does not exist")),
        Some(_) if !errors.is_empty() => {}
        Some(product) if shown => product.published_to.extend(wanted),
        Some(product) => product.published_to.retain(|it| !wanted.contains(it)),
    }
    object(name, [("userErrors", user_errors(errors))])
}
