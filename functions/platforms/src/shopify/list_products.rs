//! Reads one page of products.

use super::PAGE;
use super::answer::{Connection, Id, data};
use super::call::Call;
use super::documents::LIST_PRODUCTS;
use common::platform::{ExternalProduct, ExternalVariant, Outcome, PlatformError, Step};
use common::ports::HttpResponse;
use serde::Deserialize;
use serde_json::json;

pub fn begin(call: Call<'_>, cursor: Option<&str>, limit: u32) -> Result<Step, PlatformError> {
    let first = limit.clamp(1, PAGE);
    call.graphql(
        LIST_PRODUCTS,
        &json!({"first": first, "after": cursor}),
        &(),
    )
}

pub fn resume(response: &HttpResponse) -> Result<Step, PlatformError> {
    let page = data::<Answer>(response)?.products;
    let next_cursor = page.page_info.next()?;
    let products: Vec<ExternalProduct> = page.nodes.into_iter().map(Product::external).collect();
    Ok(Step::done(Outcome {
        result: json!({"products": products.len(), "next_cursor": next_cursor}),
        products,
        next_cursor,
        ..Outcome::default()
    }))
}

#[derive(Deserialize)]
struct Answer {
    products: Connection<Product>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    id: String,
    title: String,
    handle: String,
    description_html: String,
    vendor: String,
    product_type: String,
    status: String,
    tags: Vec<String>,
    updated_at: String,
    variants: Connection<Variant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variant {
    id: String,
    sku: Option<String>,
    price: String,
    inventory_quantity: Option<i64>,
    selected_options: Vec<Selected>,
    inventory_item: Id,
}

#[derive(Deserialize)]
struct Selected {
    value: String,
}

impl Product {
    fn external(self) -> ExternalProduct {
        ExternalProduct {
            external_id: self.id,
            title: self.title,
            description: self.description_html,
            vendor: self.vendor,
            product_type: self.product_type,
            handle: self.handle,
            status: self.status.to_lowercase(),
            tags: self.tags,
            updated_at: Some(self.updated_at),
            more_variants: self.variants.page_info.has_next_page,
            variants: self
                .variants
                .nodes
                .into_iter()
                .map(Variant::external)
                .collect(),
        }
    }
}

impl Variant {
    fn external(self) -> ExternalVariant {
        let values = self.selected_options.into_iter();
        ExternalVariant {
            external_id: self.id,
            sku: self.sku.filter(|sku| !sku.is_empty()),
            price: self.price,
            inventory_quantity: self.inventory_quantity,
            inventory_item_id: Some(self.inventory_item.id),
            option_values: values.map(|selected| selected.value).collect(),
        }
    }
}
