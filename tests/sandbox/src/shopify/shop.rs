//! What a shop has.

use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub use super::order::{Order, Sent};
use super::resource;
use super::webhook::{Event, Subscription};
use crate::stamp::Stamp;

/// A leaky bucket of cost points.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Bucket {
    /// Points that it holds when full.
    pub maximum: f64,
    /// Points restored every second.
    pub restore_rate: f64,
    /// Points in it at `seconds`.
    pub available: f64,
    /// When `available` was right.
    pub seconds: f64,
}

impl Bucket {
    /// A full one.
    pub fn new(maximum: f64, restore_rate: f64) -> Self {
        Self {
            maximum,
            restore_rate,
            available: maximum,
            seconds: 0.0,
        }
    }

    pub fn refill(&mut self, now: Stamp) {
        let passed = (now.seconds - self.seconds).max(0.0);
        self.available = (self.available + passed * self.restore_rate).min(self.maximum);
        self.seconds = now.seconds;
    }

    pub fn status(&self) -> Value {
        json!({
            "maximumAvailable": self.maximum,
            "currentlyAvailable": self.available.floor(),
            "restoreRate": self.restore_rate,
        })
    }
}

/// A shop.
#[derive(Debug, Serialize)]
pub struct Shop {
    pub name: String,
    pub domain: String,
    pub currency: String,
    pub products: Vec<Product>,
    pub locations: Vec<Location>,
    pub publications: Vec<Publication>,
    pub orders: Vec<Order>,
    pub collections: Vec<String>,
    pub subscriptions: Vec<Subscription>,
    /// What the subscribers are still to be told.
    #[serde(skip)]
    pub events: Vec<Event>,
    /// Unix milliseconds.
    #[serde(skip)]
    pub born: i64,
    /// Answered GraphQL requests, by operation name.
    pub requests: BTreeMap<String, u32>,
    pub bucket: Bucket,
    /// What was done under each key.
    pub idempotency: BTreeMap<String, Value>,
    #[serde(skip)]
    next: u64,
}

#[derive(Debug, Serialize)]
pub struct Location {
    pub id: String,
    pub name: &'static str,
    pub fulfills_online_orders: bool,
}

#[derive(Debug, Serialize)]
pub struct Publication {
    pub id: String,
    pub app: &'static str,
    pub channel: &'static str,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Product {
    pub id: String,
    pub handle: String,
    pub title: String,
    pub description_html: String,
    pub vendor: String,
    pub product_type: String,
    pub status: String,
    pub tags: Vec<String>,
    pub options: Vec<ProductOption>,
    pub variants: Vec<Variant>,
    pub media: Vec<Media>,
    pub metafields: Vec<Metafield>,
    /// Ids.
    pub collections: Vec<String>,
    pub published_to: BTreeSet<String>,
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct ProductOption {
    pub id: String,
    pub name: String,
    /// Id and name.
    pub values: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Variant {
    pub id: String,
    pub sku: Option<String>,
    pub price: String,
    pub compare_at_price: Option<String>,
    pub barcode: Option<String>,
    /// Option name and value.
    pub options: Vec<(String, String)>,
    pub inventory_item_id: String,
    pub tracked: bool,
    pub weight_grams: Option<f64>,
    /// Available pieces by location.
    pub levels: BTreeMap<String, i64>,
    pub metafields: Vec<Metafield>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Media {
    pub id: String,
    pub url: String,
    pub alt: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Metafield {
    pub namespace: String,
    pub key: String,
    pub value: String,
}

impl Shop {
    /// A shop with two locations, two channels and one open order.
    pub fn new(name: &str, at: Stamp) -> Self {
        let mut shop = Self {
            name: name.to_owned(),
            domain: format!("{}.myshopify.com", name.replace('_', "-")),
            currency: "USD".to_owned(),
            products: Vec::new(),
            locations: Vec::new(),
            publications: Vec::new(),
            orders: Vec::new(),
            collections: Vec::new(),
            subscriptions: Vec::new(),
            events: Vec::new(),
            born: at.epoch_ms,
            requests: BTreeMap::new(),
            bucket: Bucket::new(2000.0, 100.0),
            idempotency: BTreeMap::new(),
            next: 1000,
        };
        for (name, fulfills_online_orders) in [("Showroom", false), ("Warehouse", true)] {
            let id = shop.id("Location");
            shop.locations.push(Location {
                id,
                name,
                fulfills_online_orders,
            });
        }
        for (app, channel) in [("pos", "Point of Sale"), ("online_store", "Online Store")] {
            let id = shop.id("Publication");
            shop.publications.push(Publication { id, app, channel });
        }
        shop.add_order(&[("SANDBOX-1", 2), ("SANDBOX-2", 1)], at);
        shop
    }

    /// A new id of `kind`.
    pub fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("gid://shopify/{kind}/{}", self.next)
    }

    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    pub fn has_location(&self, id: &str) -> bool {
        self.locations.iter().any(|location| location.id == id)
    }

    pub fn variant_of_item(&mut self, item: &str) -> Option<&mut Variant> {
        self.products
            .iter_mut()
            .flat_map(|product| &mut product.variants)
            .find(|variant| variant.inventory_item_id == item)
    }

    /// A customer buys `quantity` of `sku`, from whichever location has it.
    pub fn sell(&mut self, sku: &str, quantity: i64, at: Stamp) {
        let variant = self
            .products
            .iter_mut()
            .flat_map(|product| &mut product.variants)
            .find(|variant| variant.sku.as_deref() == Some(sku));
        let Some(variant) = variant else { return };
        let item = variant.inventory_item_id.clone();
        if let Some((location, available)) = variant.levels.iter_mut().next() {
            *available -= quantity;
            let body = resource::level(&item, location, *available, at);
            self.tell("inventory_levels/update", body);
        }
    }

    /// Tells the subscribers of a product as it is now.
    pub fn tell_of_product(&mut self, topic: &'static str, id: &str) {
        if let Some(body) = self.product(id).map(resource::product) {
            self.tell(topic, body);
        }
    }
}
