//! Which writes make Amazon's items what a product is to be.
//!
//! An item that is there is patched, attribute by attribute: replacing it would take away what the merchant
//! added himself. What we sent earlier and the product has no longer is removed.

use super::attributes::{Maker, OFFER, STOCK};
use super::call::Call;
use super::choices::{Choices, no_product_type};
use super::family::{self, Item, Role};
use super::known::Known;
use super::submit::Write;
use common::platform::{PlatformError, ProductInput, ProductStatus};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a listing is to become.
#[derive(Clone, Copy)]
pub struct Goal<'a> {
    pub call: Call<'a>,
    pub product: &'a ProductInput,
    pub choices: &'a Choices,
    /// The SKU that the listing goes by.
    pub head: &'a str,
}

/// The writes, and what is to be remembered once they are accepted.
pub struct Plan {
    pub writes: Vec<Write>,
    pub memory: Value,
}

impl<'a> Goal<'a> {
    /// Checks what can be checked without asking Amazon.
    pub fn new(
        call: Call<'a>,
        product: &'a ProductInput,
        choices: &'a Choices,
        known_id: Option<&'a str>,
    ) -> Result<Self, PlatformError> {
        if matches!(
            product.status,
            Some(ProductStatus::Draft | ProductStatus::Archived)
        ) {
            return Err(PlatformError::rejected_field(
                "status",
                "Amazon shows what it accepts: withdraw the listing instead of hiding it",
            ));
        }
        let head = family::head(product, choices, known_id)?;
        let goal = Self {
            call,
            product,
            choices,
            head,
        };
        goal.items()?;
        Maker::new(call, product, choices)?;
        Ok(goal)
    }

    fn items(&self) -> Result<Vec<Item<'a>>, PlatformError> {
        family::items(self.product, self.head)
    }

    /// Every SKU that the listing has or had.
    pub fn skus(&self) -> Result<Vec<String>, PlatformError> {
        let mut skus: Vec<String> = self.items()?.iter().map(|it| it.sku.to_owned()).collect();
        for remembered in self.choices.items.keys() {
            if !skus.contains(remembered) {
                skus.push(remembered.clone());
            }
        }
        Ok(skus)
    }

    /// The writes that turn `known` into the product.
    pub fn plan(&self, known: &BTreeMap<String, Known>) -> Result<Plan, PlatformError> {
        let maker = Maker::new(self.call, self.product, self.choices)?;
        let items = self.items()?;
        let mut writes = Vec::with_capacity(items.len());
        let mut memory = Map::new();
        for item in &items {
            let attributes = maker.of(*item)?;
            let names: Vec<&String> = attributes.keys().collect();
            memory.insert(item.sku.to_owned(), json!(names));
            writes.push(match known.get(item.sku) {
                Some(known) => self.patch(*item, known, &attributes)?,
                None => {
                    let product_type = self.product_type(None)?;
                    let body = json!({
                        "productType": product_type,
                        "requirements": maker.requirements(*item),
                        "attributes": attributes,
                    });
                    let sku = item.sku.to_owned();
                    Write::Put { sku, body }
                }
            });
        }
        let removed = self.choices.items.keys().filter(|sku| {
            !items.iter().any(|item| item.sku == **sku) && known.contains_key(sku.as_str())
        });
        writes.extend(removed.map(|sku| Write::Delete { sku: sku.clone() }));
        let mut remembered = Map::new();
        remembered.insert("items".to_owned(), Value::Object(memory));
        if items.iter().any(|item| matches!(item.role, Role::Parent)) {
            remembered.insert("parent_sku".to_owned(), json!(self.head));
        }
        Ok(Plan {
            writes,
            memory: Value::Object(remembered),
        })
    }

    fn product_type(&self, known: Option<&'a str>) -> Result<&'a str, PlatformError> {
        self.choices
            .product_type(self.call.store)
            .or(known)
            .ok_or_else(|| no_product_type(&[]))
    }

    fn patch(
        &self,
        item: Item<'_>,
        known: &Known,
        attributes: &Map<String, Value>,
    ) -> Result<Write, PlatformError> {
        let sets_stock = self.product.set_stock && item.role.variant().is_some();
        if let (true, Some(code)) = (sets_stock, &known.amazon_fulfilled) {
            return Err(amazon_counts(item.sku, code));
        }
        let mut patches: Vec<Value> = attributes
            .iter()
            .filter(|(name, _)| *name != STOCK || sets_stock)
            .map(|(name, value)| {
                // A merge keeps what the merchant agreed besides: business prices, lead times.
                let op = match name.as_str() {
                    OFFER | STOCK => "merge",
                    _ => "replace",
                };
                json!({"op": op, "path": format!("/attributes/{name}"), "value": value})
            })
            .collect();
        let market = self.call.market_id()?;
        let sent = self.choices.items.get(item.sku).into_iter().flatten();
        let gone = sent.filter(|name| {
            !attributes.contains_key(*name) && ![OFFER, STOCK].contains(&name.as_str())
        });
        patches.extend(gone.map(|name| {
            json!({
                "op": "delete",
                "path": format!("/attributes/{name}"),
                "value": [{"marketplace_id": market}],
            })
        }));
        let chosen = self.choices.product_type(self.call.store);
        let product_type = chosen
            .or(known.product_type.as_deref())
            .ok_or_else(|| no_product_type(&[]))?;
        Ok(Write::Patch {
            sku: item.sku.to_owned(),
            body: json!({"productType": product_type, "patches": patches}),
        })
    }
}

/// The error of setting a stock that Amazon itself counts.
pub fn amazon_counts(sku: &str, code: &str) -> PlatformError {
    PlatformError::rejected_field(
        "inventory",
        format!(
            "`{sku}` lies in Amazon's own warehouses ({code}): Amazon counts it, and setting a stock would turn it into merchant fulfilment"
        ),
    )
}
