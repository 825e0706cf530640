//! Reads the shop's listings, state after state: Etsy lists those of one state at a time.

use super::PAGE;
use super::answer::{content, found};
use super::call::Call;
use super::model::{Listing, Page, Product};
use super::{issue_of_state, listing_number, presence, time};
use crate::wire::recall;
use common::platform::{
    ExternalProduct, ExternalVariant, Outcome, PlatformError, Presence, State, Step,
};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

const STATES: [&str; 5] = ["active", "inactive", "sold_out", "draft", "expired"];

/// Where a page begins: `active:100`.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Place {
    state: usize,
    offset: u64,
    limit: u32,
}

pub fn begin(call: Call<'_>, cursor: Option<&str>, limit: u32) -> Result<Step, PlatformError> {
    let limit = limit.clamp(1, PAGE);
    let place = match cursor {
        None => Some(Place {
            state: 0,
            offset: 0,
            limit,
        }),
        Some(cursor) => Place::read(cursor, limit),
    };
    let place =
        place.ok_or_else(|| PlatformError::rejected_field("cursor", "is not one that we gave"))?;
    place.ask(call)
}

pub fn resume(
    call: Call<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let place: Place = recall(state)?;
    let page: Page<Listing> = content(response)?;
    let next = place.after(page.results.len() as u64, page.count);
    if let (true, Some(next)) = (page.results.is_empty(), next) {
        return next.ask(call);
    }
    let products: Result<Vec<ExternalProduct>, _> =
        page.results.into_iter().map(external).collect();
    let (products, next_cursor) = (products?, next.and_then(Place::text));
    Ok(Step::done(Outcome {
        result: json!({"products": products.len(), "next_cursor": next_cursor}),
        products,
        next_cursor,
        ..Outcome::default()
    }))
}

impl Place {
    fn read(cursor: &str, limit: u32) -> Option<Self> {
        let (name, offset) = cursor.split_once(':')?;
        Some(Self {
            state: STATES.iter().position(|state| *state == name)?,
            offset: offset.parse().ok()?,
            limit,
        })
    }

    fn text(self) -> Option<String> {
        Some(format!("{}:{}", STATES.get(self.state)?, self.offset))
    }

    fn ask(self, call: Call<'_>) -> Result<Step, PlatformError> {
        let state = STATES.get(self.state).copied().unwrap_or_default();
        let (limit, offset) = (self.limit.to_string(), self.offset.to_string());
        let query = [
            ("state", state),
            ("limit", &limit),
            ("offset", &offset),
            ("includes", "Inventory"),
        ];
        Ok(call.get(&call.shop("/listings")?, &query, &self)?.step())
    }

    /// Where it goes on after `read` of `count` listings of this state.
    fn after(self, read: u64, count: u64) -> Option<Self> {
        let offset = self.offset + read;
        if read > 0 && offset < count {
            return Some(Self { offset, ..self });
        }
        let next = Self {
            state: self.state + 1,
            offset: 0,
            ..self
        };
        (next.state < STATES.len()).then_some(next)
    }
}

/// Asks how Etsy shows a listing.
pub fn begin_check(call: Call<'_>, external_id: &str) -> Result<Step, PlatformError> {
    let id = listing_number(external_id)?;
    let query = [("includes", "Inventory")];
    Ok(call.get(&format!("/listings/{id}"), &query, &())?.step())
}

/// How Etsy shows it.
pub fn resume_check(external_id: &str, response: &HttpResponse) -> Result<Step, PlatformError> {
    let Some(listing) = found::<Listing>(response)? else {
        return Ok(Step::done(Outcome {
            result: json!({"external_id": external_id, "presence": Presence::Gone}),
            external_id: Some(external_id.to_owned()),
            presence: Some(Presence::Gone),
            ..Outcome::default()
        }));
    };
    let presence = presence(&listing.state);
    Ok(Step::done(Outcome {
        result: json!({"external_id": listing.listing_id.to_string(), "state": listing.state, "presence": presence}),
        external_id: Some(listing.listing_id.to_string()),
        presence: Some(presence),
        issues: issue_of_state(&listing.state),
        products: vec![external(listing)?],
        ..Outcome::default()
    }))
}

fn external(listing: Listing) -> Result<ExternalProduct, PlatformError> {
    let id = listing.listing_id.to_string();
    let variants = match &listing.inventory {
        Some(inventory) => inventory
            .alive()
            .filter_map(|product| variant(product).transpose())
            .collect::<Result<Vec<_>, _>>()?,
        None => vec![ExternalVariant {
            external_id: id.clone(),
            price: listing.price.text()?,
            inventory_quantity: Some(listing.quantity),
            ..ExternalVariant::default()
        }],
    };
    let address = listing.url.split(['?', '#']).next().unwrap_or_default();
    Ok(ExternalProduct {
        external_id: id,
        title: listing.title,
        description: listing.description,
        vendor: String::new(),
        product_type: listing
            .taxonomy_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        handle: address.rsplit('/').next().unwrap_or_default().to_owned(),
        status: listing.state,
        tags: listing.tags,
        updated_at: Some(time::text(listing.updated_timestamp, "updated_timestamp")?),
        variants,
        more_variants: false,
    })
}

/// What is sold; combinations that exist for completeness alone are not.
fn variant(product: &Product) -> Result<Option<ExternalVariant>, PlatformError> {
    let Some(offering) = product.offering() else {
        return Ok(None);
    };
    if product.sku.is_empty() && !offering.is_enabled {
        return Ok(None);
    }
    let values = product.property_values.iter();
    Ok(Some(ExternalVariant {
        external_id: product.product_id.to_string(),
        sku: Some(product.sku.clone()).filter(|sku| !sku.is_empty()),
        price: offering.price.text()?,
        inventory_quantity: Some(offering.quantity),
        inventory_item_id: Some(offering.offering_id.to_string()),
        option_values: values.map(|value| value.values.join(", ")).collect(),
    }))
}
