//! A shop of the account.

use super::event::Webhook;
use super::order::Order;
use super::product::Product;
use super::refusal::{Refusal, invalid, not_found};
use crate::stamp::Stamp;
use http::StatusCode;
use serde_json::{Value, json};

/// The channel of a store of the kind "API".
pub const OURS: &str = "custom_integration";
/// That of a store that has none.
pub const NONE: &str = "disconnected";

/// How long a channel of the vendor's own takes to publish, as it was measured.
const PUBLISHING_S: f64 = 8.0;

/// A shop with what it has, the newest last.
#[derive(Debug)]
pub struct Shop {
    pub id: u64,
    pub title: String,
    pub sales_channel: String,
    pub products: Vec<Product>,
    pub orders: Vec<Order>,
    pub webhooks: Vec<Webhook>,
    /// Events so far.
    pub events: u64,
    /// Whether the account still reaches it.
    pub is_connected: bool,
}

impl Shop {
    pub fn new(id: u64, title: &str, sales_channel: &str) -> Self {
        Self {
            id,
            title: title.to_owned(),
            sales_channel: sales_channel.to_owned(),
            products: Vec::new(),
            orders: Vec::new(),
            webhooks: Vec::new(),
            events: 0,
            is_connected: true,
        }
    }

    pub fn view(&self) -> Value {
        json!({"id": self.id, "title": self.title, "sales_channel": self.sales_channel})
    }

    pub fn dump(&self) -> Value {
        json!({
            "id": self.id, "title": self.title, "sales_channel": self.sales_channel,
            "connected": self.is_connected, "products": self.products, "webhooks": self.webhooks,
            "orders": self.orders.iter().map(Order::dump).collect::<Vec<Value>>(),
        })
    }

    /// Whether the hub is its sales channel.
    pub fn is_custom(&self) -> bool {
        self.sales_channel == OURS
    }

    pub fn product(&mut self, id: &str) -> Result<&mut Product, Refusal> {
        well_formed(id, "product")?;
        let found = self.products.iter_mut().find(|it| it.id == id);
        found.ok_or_else(not_found)
    }

    pub fn order(&mut self, id: &str) -> Result<&mut Order, Refusal> {
        well_formed(id, "order")?;
        self.orders
            .iter_mut()
            .find(|it| it.id == id)
            .ok_or_else(not_found)
    }

    /// The product and the variant that are sold as `sku`.
    pub fn sold_as(&self, sku: &str) -> Option<(&Product, &super::product::Variant)> {
        self.products.iter().rev().find_map(|product| {
            let variant = product.variants.iter().find(|it| it.sku == sku)?;
            Some((product, variant))
        })
    }

    /// A channel of the vendor's own ends the publications that it began.
    pub fn settle(&mut self, at: Stamp) {
        let channel = self.sales_channel.clone();
        for product in &mut self.products {
            let is_due = product
                .locked_at
                .is_some_and(|since| at.seconds - since >= PUBLISHING_S);
            if is_due && channel != OURS {
                product.end_publication(&channel, at);
            }
        }
    }

    /// A webhook whose last attempt failed gets nothing for an hour.
    pub fn undelivered(&mut self, tag: &str, is_last: bool, now: f64) {
        if let Some(webhook) = self.webhooks.iter_mut().find(|it| it.id == tag)
            && is_last
        {
            webhook.blocked_until = now + 3600.0;
        }
    }
}

/// An id is 24 hexadecimal digits.
fn well_formed(id: &str, what: &str) -> Result<(), Refusal> {
    if id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(Refusal {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        body: json!({"error": format!("Invalid {what} ID format.")}),
    })
}

/// What is said of a product that another shop has.
pub fn elsewhere(id: &str, shop: u64) -> Refusal {
    invalid(
        8104,
        format!("Product \"{id}\" does not belongs to shop #{shop}"),
    )
}
