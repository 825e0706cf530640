//! The inventory document as it is written.
//!
//! Etsy replaces the whole document, knows no compare-and-set, and reads another form than it writes:
//! no ids of products and offerings, no `scale_name`, prices as decimal numbers. So every write begins
//! with what is there, changes only what it is about, and is left out when nothing differs.

use super::model::{Inventory, Offering, Product, PropertyValue};
use super::money::Price;
use common::platform::{PlatformError, StockLevel};
use serde::Serialize;
use std::collections::BTreeSet;

/// Etsy takes no more pieces of one offering.
pub const MOST_PIECES: i64 = 999;

/// What `updateListingInventory` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    pub products: Vec<Row>,
    pub price_on_property: Vec<u64>,
    pub quantity_on_property: Vec<u64>,
    pub sku_on_property: Vec<u64>,
    pub readiness_state_on_property: Vec<u64>,
}

/// A product in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub sku: String,
    pub property_values: Vec<Value>,
    pub offerings: Vec<Offer>,
}

/// A value of a property in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Value {
    pub property_id: u64,
    pub value_ids: Vec<u64>,
    pub scale_id: Option<u64>,
    pub property_name: String,
    pub values: Vec<String>,
}

/// Price and stock in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    pub price: Price,
    pub quantity: i64,
    pub is_enabled: bool,
    pub readiness_state_id: Option<u64>,
}

/// One variant's stock that was changed.
#[derive(Debug, Serialize)]
pub struct Change {
    pub sku: String,
    pub from: i64,
    pub to: i64,
}

impl Document {
    /// What is there, in the form in which it is written.
    pub fn of(inventory: &Inventory) -> Result<Self, PlatformError> {
        let products: Result<Vec<Row>, _> = inventory.alive().map(Row::of).collect();
        Ok(Self {
            products: products?,
            price_on_property: inventory.price_on_property.clone(),
            quantity_on_property: inventory.quantity_on_property.clone(),
            sku_on_property: inventory.sku_on_property.clone(),
            readiness_state_on_property: inventory
                .readiness_state_on_property
                .clone()
                .unwrap_or_default(),
        })
    }

    /// Sets the stock of the variants that `levels` name; the others keep theirs.
    ///
    /// # Errors
    /// When a SKU is not there or a quantity is negative; names it.
    pub fn set_stock(&mut self, levels: &[StockLevel]) -> Result<Vec<Change>, PlatformError> {
        let mut changes = Vec::new();
        for level in levels {
            let to = pieces(&level.sku, level.quantity)?;
            let mut known = false;
            for row in self.products.iter_mut().filter(|row| row.sku == level.sku) {
                known = true;
                for offer in row.offerings.iter_mut().filter(|it| it.quantity != to) {
                    changes.push(Change {
                        sku: level.sku.clone(),
                        from: offer.quantity,
                        to,
                    });
                    offer.quantity = to;
                }
            }
            if !known {
                return Err(PlatformError::rejected_field(
                    format!("variants.{}", level.sku),
                    "the listing has no product with this SKU: update the listing first",
                ));
            }
        }
        self.extend_on_property();
        Ok(changes)
    }

    /// Whether nothing is left to sell. Etsy refuses such a document.
    pub fn is_sold_out(&self) -> bool {
        let mut offers = self.products.iter().flat_map(|row| &row.offerings);
        !offers.any(|offer| offer.is_enabled && offer.quantity > 0)
    }

    /// Names in `price_`, `quantity_` and `sku_on_property` what the values differ by, in the order of the products' own
    /// properties; what is named already stays.
    pub fn extend_on_property(&mut self) {
        let order = self.properties();
        let price = self.explained_by(&order, |row| {
            row.offerings.iter().map(|it| it.price.clone()).collect()
        });
        let quantity = self.explained_by(&order, |row| {
            row.offerings.iter().map(|it| it.quantity).collect()
        });
        let sku = self.explained_by(&order, |row| vec![row.sku.clone()]);
        merge(&mut self.price_on_property, &price, &order);
        merge(&mut self.quantity_on_property, &quantity, &order);
        merge(&mut self.sku_on_property, &sku, &order);
    }

    /// Makes it ready to be written: offers without a processing profile get `readiness_state_id`, for Etsy does
    /// not always tell what it insists on.
    pub fn make_ready(&mut self, readiness_state_id: Option<u64>) {
        for offer in self.products.iter_mut().flat_map(|row| &mut row.offerings) {
            offer.readiness_state_id = offer.readiness_state_id.or(readiness_state_id);
        }
        let order = self.properties();
        let readiness = self.explained_by(&order, |row| {
            let offers = row.offerings.iter();
            offers.map(|it| it.readiness_state_id).collect()
        });
        merge(&mut self.readiness_state_on_property, &readiness, &order);
    }

    /// The properties of the products, in the order in which they first come.
    fn properties(&self) -> Vec<u64> {
        let mut order = Vec::new();
        for value in self.products.iter().flat_map(|row| &row.property_values) {
            if !order.contains(&value.property_id) {
                order.push(value.property_id);
            }
        }
        order
    }

    /// The fewest properties such that products with the same values of them have the same `key`.
    fn explained_by<K: PartialEq>(&self, order: &[u64], key: impl Fn(&Row) -> Vec<K>) -> Vec<u64> {
        let mut candidates: Vec<Vec<u64>> = vec![Vec::new()];
        candidates.extend(order.iter().map(|id| vec![*id]));
        for candidate in candidates {
            let mut seen: Vec<(Vec<&[String]>, Vec<K>)> = Vec::new();
            let fits = self.products.iter().all(|row| {
                let (group, value) = (row.group(&candidate), key(row));
                match seen.iter().find(|(known, _)| *known == group) {
                    Some((_, known)) => *known == value,
                    None => {
                        seen.push((group, value));
                        true
                    }
                }
            });
            if fits {
                return candidate;
            }
        }
        order.to_vec()
    }
}

/// `quantity` as far as Etsy can show it.
pub fn pieces(sku: &str, quantity: i64) -> Result<i64, PlatformError> {
    if quantity < 0 {
        let field = format!("variants.{sku}");
        return Err(PlatformError::rejected_field(
            field,
            "the stock is below zero",
        ));
    }
    Ok(quantity.min(MOST_PIECES))
}

fn merge(named: &mut Vec<u64>, needed: &[u64], order: &[u64]) {
    let all: BTreeSet<u64> = named.iter().chain(needed).copied().collect();
    *named = order
        .iter()
        .copied()
        .filter(|id| all.contains(id))
        .collect();
}

impl Row {
    fn of(product: &Product) -> Result<Self, PlatformError> {
        let offerings = product.offerings.iter().filter(|it| !it.is_deleted);
        let offerings: Result<Vec<Offer>, _> = offerings.map(Offer::of).collect();
        Ok(Self {
            sku: product.sku.clone(),
            property_values: product.property_values.iter().map(Value::of).collect(),
            offerings: offerings?,
        })
    }

    fn group(&self, properties: &[u64]) -> Vec<&[String]> {
        let value = |id: &u64| {
            let found = self.property_values.iter().find(|it| it.property_id == *id);
            found.map_or(&[][..], |it| it.values.as_slice())
        };
        properties.iter().map(value).collect()
    }
}

impl Offer {
    pub fn of(offering: &Offering) -> Result<Self, PlatformError> {
        Ok(Self {
            price: Price::of(&offering.price)?,
            quantity: offering.quantity,
            is_enabled: offering.is_enabled,
            readiness_state_id: offering.readiness_state_id,
        })
    }
}

impl Value {
    pub fn of(value: &PropertyValue) -> Self {
        Self {
            property_id: value.property_id,
            value_ids: value.value_ids.clone(),
            scale_id: value.scale_id,
            property_name: value.property_name.clone().unwrap_or_default(),
            values: value.values.clone(),
        }
    }
}
