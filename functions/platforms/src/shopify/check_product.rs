//! How the shop shows a product now. A notification of stock names the stock item: its product is looked
//! up first.

use super::answer::{Connection, Id, Nodes, data};
use super::call::Call;
use super::documents::{CHECK_PRODUCT, FIND_BY_ITEM};
use crate::wire::recall;
use common::platform::{
    ExternalProduct, ExternalVariant, Issue, Outcome, PlatformError, Presence, Severity, State,
    Step,
};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    /// Looking for the product of a stock item.
    Find,
    /// Reading the product, with the variants of the pages so far.
    Read { id: String, variants: Vec<Variant> },
}

pub fn begin(call: Call<'_>, id: &str) -> Result<Step, PlatformError> {
    if id.starts_with("gid://shopify/InventoryItem/") {
        return call.graphql(FIND_BY_ITEM, &json!({"id": id}), &Phase::Find);
    }
    let id = match id.starts_with("gid://") {
        true => id.to_owned(),
        false => format!("gid://shopify/Product/{id}"),
    };
    read(call, id, Vec::new(), None)
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Find => match owner(response)? {
            Some(id) => read(call, id, Vec::new(), None),
            None => Ok(gone(None)),
        },
        Phase::Read { id, mut variants } => {
            let Some(mut product) = data::<Answer>(response)?.product else {
                return Ok(gone(Some(id)));
            };
            let next = product.variants.page_info.next()?;
            variants.append(&mut product.variants.nodes);
            match next {
                Some(cursor) => read(call, id, variants, Some(&cursor)),
                None => Ok(found(product, variants)),
            }
        }
    }
}

fn read(
    call: Call<'_>,
    id: String,
    variants: Vec<Variant>,
    after: Option<&str>,
) -> Result<Step, PlatformError> {
    let variables = json!({"id": id, "after": after});
    call.graphql(CHECK_PRODUCT, &variables, &Phase::Read { id, variants })
}

fn gone(id: Option<String>) -> Step {
    Step::done(Outcome {
        result: json!({"external_id": id, "presence": Presence::Gone}),
        external_id: id,
        presence: Some(Presence::Gone),
        ..Outcome::default()
    })
}

fn found(product: Product, variants: Vec<Variant>) -> Step {
    let (presence, issues) = product.presence(&variants);
    Step::done(Outcome {
        result: json!({"external_id": product.id, "presence": presence}),
        external_id: Some(product.id.clone()),
        presence: Some(presence),
        issues,
        products: vec![product.external(variants)],
        ..Outcome::default()
    })
}

/// The product of the stock item that was asked for. One of several (shared by bundles) is no answer to
/// which of them changed, so the first is taken: its stock is the same item's.
fn owner(response: &HttpResponse) -> Result<Option<String>, PlatformError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Found {
        inventory_item: Option<Item>,
    }
    #[derive(Deserialize)]
    struct Item {
        variants: Option<Nodes<Owned>>,
    }
    #[derive(Deserialize)]
    struct Owned {
        product: Id,
    }
    let item = data::<Found>(response)?.inventory_item;
    let variants = item.and_then(|item| item.variants);
    let first = variants.and_then(|variants| variants.nodes.into_iter().next());
    Ok(first.map(|variant| variant.product.id))
}

#[derive(Deserialize)]
struct Answer {
    product: Option<Product>,
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
    tracks_inventory: bool,
    resource_publications_count: Option<Count>,
    variants: Connection<Variant>,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variant {
    id: String,
    sku: Option<String>,
    price: String,
    inventory_quantity: Option<i64>,
    available_for_sale: bool,
    selected_options: Vec<Selected>,
    inventory_item: Item,
}

#[derive(Serialize, Deserialize)]
struct Selected {
    value: String,
}

#[derive(Serialize, Deserialize)]
struct Item {
    id: String,
}

impl Product {
    fn presence(&self, variants: &[Variant]) -> (Presence, Vec<Issue>) {
        let is_shown = self
            .resource_publications_count
            .as_ref()
            .is_none_or(|publications| publications.count > 0);
        match self.status.as_str() {
            "DRAFT" | "ARCHIVED" => (Presence::Inactive, Vec::new()),
            _ if !is_shown => (Presence::Inactive, vec![unpublished()]),
            _ if self.tracks_inventory && !variants.iter().any(|it| it.available_for_sale) => {
                (Presence::OutOfStock, Vec::new())
            }
            _ => (Presence::Live, Vec::new()),
        }
    }

    fn external(self, variants: Vec<Variant>) -> ExternalProduct {
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
            variants: variants.into_iter().map(Variant::external).collect(),
            more_variants: false,
        }
    }
}

fn unpublished() -> Issue {
    Issue {
        severity: Severity::Error,
        code: "not_published".to_owned(),
        message: "the product is in no sales channel: publish the listing again".to_owned(),
        field: None,
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
