//! A listing's inventory document: replaced as a whole, read in another form than it is written in.

use super::inventory_rules as rules;
use super::listing::missing;
use super::{Etsy, Refused, epoch};
use crate::stamp::Stamp;
use serde_json::{Value, json};

/// The document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub products: Vec<Product>,
    pub price_on: Vec<u64>,
    pub quantity_on: Vec<u64>,
    pub sku_on: Vec<u64>,
    pub readiness_on: Vec<u64>,
}

/// A product with its only offering.
#[derive(Clone, Debug)]
pub struct Product {
    pub product_id: u64,
    pub offering_id: u64,
    pub sku: String,
    /// Hundredths.
    pub price: i64,
    pub quantity: i64,
    pub is_enabled: bool,
    pub readiness_state_id: Option<i64>,
    pub values: Vec<PropertyValue>,
}

/// What tells it from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyValue {
    pub property_id: u64,
    pub name: String,
    pub scale_id: Option<u64>,
    pub value_ids: Vec<u64>,
    pub values: Vec<String>,
}

impl Product {
    /// Its combination of values.
    pub fn combination(&self) -> Vec<(u64, Vec<String>)> {
        let values = self.values.iter();
        values
            .map(|it| (it.property_id, it.values.clone()))
            .collect()
    }
}

impl Etsy {
    /// `getListingInventory`.
    pub fn get_inventory(&self, id: u64) -> Result<Value, Refused> {
        let listing = self.listings.get(&id).ok_or_else(|| missing(id))?;
        Ok(self.document(&listing.inventory, listing.state == "active"))
    }

    /// `updateListingInventory`: what is not in `body` is gone.
    pub fn put_inventory(&mut self, id: u64, body: &Value, at: Stamp) -> Result<Value, Refused> {
        let listing = self.listings.get(&id).ok_or_else(|| missing(id))?;
        let before = listing.inventory.clone();
        let is_physical = listing.is_physical();
        let listing_is_active = listing.state == "active";
        let mut document = rules::read(body, is_physical)?;
        rules::check(&document)?;
        for product in &mut document.products {
            if let Some(id) = product.readiness_state_id {
                self.check_readiness(id)?;
            }
            self.number_values(product);
            let mut known = before.products.iter();
            let known = known.find(|it| {
                it.combination() == product.combination()
                    && [product.sku.as_str(), ""].contains(&it.sku.as_str())
            });
            (product.product_id, product.offering_id) = match known {
                Some(it) => (it.product_id, it.offering_id),
                None => (self.number(), self.number()),
            };
        }
        let shown = self.document(&document, listing_is_active);
        let listing = self.listings.get_mut(&id).ok_or_else(|| missing(id))?;
        listing.inventory = document;
        listing.updated = epoch(at);
        Ok(shown)
    }

    /// Numbers the values of sellers' own properties, the same text always the same.
    pub fn number_values(&mut self, product: &mut Product) {
        for value in product
            .values
            .iter_mut()
            .filter(|it| it.value_ids.is_empty())
        {
            for text in &value.values {
                let key = (value.property_id, text.clone());
                let id = match self.value_ids.get(&key) {
                    Some(id) => *id,
                    None => {
                        let id = self.number();
                        self.value_ids.insert(key, id);
                        id
                    }
                };
                value.value_ids.push(id);
            }
        }
    }

    /// The document as it is read; of a listing that is not for sale Etsy tells no processing profile.
    pub fn document(&self, document: &Document, is_active: bool) -> Value {
        let products: Vec<Value> = document
            .products
            .iter()
            .map(|product| {
                let values: Vec<Value> = product
                    .values
                    .iter()
                    .map(|it| {
                        json!({"property_id": it.property_id, "property_name": it.name,
                            "scale_id": it.scale_id, "scale_name": null,
                            "value_ids": it.value_ids, "values": it.values})
                    })
                    .collect();
                let offering = json!({"offering_id": product.offering_id,
                    "quantity": product.quantity, "is_enabled": product.is_enabled,
                    "is_deleted": false, "price": self.money(product.price),
                    "readiness_state_id": product.readiness_state_id.filter(|_| is_active)});
                json!({"product_id": product.product_id, "sku": product.sku,
                    "is_deleted": false, "offerings": [offering], "property_values": values})
            })
            .collect();
        json!({
            "products": products,
            "price_on_property": document.price_on,
            "quantity_on_property": document.quantity_on,
            "sku_on_property": document.sku_on,
            "readiness_state_on_property": document.readiness_on,
        })
    }
}
