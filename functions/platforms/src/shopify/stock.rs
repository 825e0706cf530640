//! Sets stock by compare-and-set: reads what the shop has, writes what differs under the condition
//! that it is still so, and reads again when it was not.

use super::answer::{Connection, UserError, accept, data};
use super::documents::{Document, READ_STOCK, SET_STOCK};
use common::platform::{Operation, PlatformError, StockLevel};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most entries that one write takes.
const BATCH: usize = 250;
/// How often a write may lose against sales before the job is put off.
const ROUNDS: u8 = 5;

/// The stock of one product on its way to what is wanted.
#[derive(Serialize, Deserialize)]
pub struct StockRun {
    product_id: String,
    location_id: String,
    /// Still to be settled, by SKU.
    wanted: BTreeMap<String, i64>,
    /// What the shop has, by SKU, as far as read in this round.
    read: BTreeMap<String, Level>,
    /// Written in the request under way.
    writing: Vec<Change>,
    changed: Vec<Change>,
    unchanged: usize,
    round: u8,
}

#[derive(Clone, Serialize, Deserialize)]
struct Level {
    item: String,
    /// `None`: not stocked at the location.
    available: Option<i64>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Change {
    sku: String,
    from: i64,
    to: i64,
}

/// What the stock needs next.
pub enum Next {
    /// This request.
    Ask {
        document: &'static Document,
        variables: Value,
        run: StockRun,
    },
    /// Nothing: here is what was done.
    Settled(Value),
}

impl StockRun {
    pub fn begin(product_id: &str, location_id: String, wanted: Vec<StockLevel>) -> Next {
        let wanted = wanted.into_iter().map(|level| (level.sku, level.quantity));
        Self {
            product_id: product_id.to_owned(),
            location_id,
            wanted: wanted.collect(),
            read: BTreeMap::new(),
            writing: Vec::new(),
            changed: Vec::new(),
            unchanged: 0,
            round: 0,
        }
        .ask_page(None)
    }

    pub fn resume(
        self,
        operation: &Operation,
        response: &HttpResponse,
    ) -> Result<Next, PlatformError> {
        if self.writing.is_empty() {
            self.take_page(operation, response)
        } else {
            self.take_receipt(operation, response)
        }
    }

    fn ask_page(self, after: Option<String>) -> Next {
        Next::Ask {
            document: &READ_STOCK,
            variables: json!({
                "id": self.product_id,
                "location": self.location_id,
                "after": after,
            }),
            run: self,
        }
    }

    fn take_page(
        mut self,
        operation: &Operation,
        response: &HttpResponse,
    ) -> Result<Next, PlatformError> {
        let product = data::<Answer>(response)?.product.ok_or_else(|| {
            PlatformError::rejected_field("external_id", "the product is no longer in the shop")
        })?;
        let next = product.variants.page_info.next()?;
        for variant in product.variants.nodes {
            let level = variant.level()?;
            self.read.extend(variant.sku.map(|sku| (sku, level)));
        }
        match next {
            Some(cursor) => Ok(self.ask_page(Some(cursor))),
            None => self.write(operation),
        }
    }

    /// Writes the next batch of what differs.
    fn write(mut self, operation: &Operation) -> Result<Next, PlatformError> {
        let mut quantities = Vec::new();
        for (sku, to) in std::mem::take(&mut self.wanted) {
            let (item, from) = self.level(&sku)?;
            if from == to {
                self.unchanged += 1;
            } else if quantities.len() < BATCH {
                quantities.push(json!({
                    "inventoryItemId": item,
                    "locationId": self.location_id,
                    "quantity": to,
                    "changeFromQuantity": from,
                }));
                self.writing.push(Change { sku, from, to });
            } else {
                self.wanted.insert(sku, to);
            }
        }
        if quantities.is_empty() {
            return Ok(self.settled());
        }
        let input = json!({"name": "available", "reason": "correction", "quantities": quantities});
        let key = operation.write_key(&format!("stock {}", self.round), &input);
        Ok(Next::Ask {
            document: &SET_STOCK,
            variables: json!({"input": input, "key": key}),
            run: self,
        })
    }

    fn level(&self, sku: &str) -> Result<(String, i64), PlatformError> {
        let field = || format!("variants.{sku}");
        let level = self.read.get(sku).ok_or_else(|| {
            PlatformError::rejected_field(
                field(),
                "the shop's product has no variant with this SKU: update the listing first",
            )
        })?;
        let available = level.available.ok_or_else(|| {
            PlatformError::rejected_field(
                field(),
                format!(
                    "is not stocked at {}: stock it there in Shopify or set config.location_id",
                    self.location_id
                ),
            )
        })?;
        Ok((level.item.clone(), available))
    }

    fn take_receipt(
        mut self,
        operation: &Operation,
        response: &HttpResponse,
    ) -> Result<Next, PlatformError> {
        let errors = data::<Receipt>(response)?
            .inventory_set_quantities
            .user_errors;
        let written = std::mem::take(&mut self.writing);
        let stale = errors.iter().any(|error| {
            error.is("CHANGE_FROM_QUANTITY_STALE")
                || error.is("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
        });
        if !stale {
            accept(&errors)?;
            self.changed.extend(written);
            return self.write(operation);
        }
        self.round += 1;
        if self.round >= ROUNDS {
            return Err(PlatformError::RetryAfter {
                after: None,
                reason: "the stock kept changing while it was set".to_owned(),
            });
        }
        let again = written.into_iter().map(|change| (change.sku, change.to));
        self.wanted.extend(again);
        self.read.clear();
        Ok(self.ask_page(None))
    }

    fn settled(self) -> Next {
        Next::Settled(json!({"changed": self.changed, "unchanged": self.unchanged}))
    }
}

#[derive(Deserialize)]
struct Answer {
    product: Option<Product>,
}

#[derive(Deserialize)]
struct Product {
    variants: Connection<Variant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variant {
    sku: Option<String>,
    inventory_item: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    inventory_level: Option<Quantities>,
}

#[derive(Deserialize)]
struct Quantities {
    quantities: Vec<Quantity>,
}

#[derive(Deserialize)]
struct Quantity {
    name: String,
    quantity: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    inventory_set_quantities: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    user_errors: Vec<UserError>,
}

impl Variant {
    fn level(&self) -> Result<Level, PlatformError> {
        let item = &self.inventory_item;
        let available = match &item.inventory_level {
            None => None,
            Some(level) => {
                let mut quantities = level.quantities.iter();
                let available = quantities.find(|it| it.name == "available");
                Some(available.map(|it| it.quantity).ok_or_else(|| {
                    PlatformError::protocol(
                        "`inventoryLevel.quantities` has no `available` that was asked for",
                    )
                })?)
            }
        };
        Ok(Level {
            item: item.id.clone(),
            available,
        })
    }
}
