//! A product: it has every variant of its blueprint, and offers the enabled ones.

use super::catalog::Blueprint;
use super::time;
use crate::stamp::Stamp;
use serde::Serialize;
use serde_json::{Value, json};

/// A product, as the vendor shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Product {
    pub id: String,
    pub title: String,
    pub description: String,
    pub tags: Vec<String>,
    options: Value,
    pub variants: Vec<Variant>,
    images: Value,
    created_at: String,
    pub updated_at: String,
    pub visible: bool,
    is_locked: bool,
    is_deleted: bool,
    is_printify_express_eligible: bool,
    is_printify_express_enabled: bool,
    is_economy_shipping_eligible: bool,
    is_economy_shipping_enabled: bool,
    pub blueprint_id: i64,
    user_id: u64,
    shop_id: u64,
    pub print_provider_id: i64,
    pub print_areas: Value,
    print_details: Value,
    sales_channel_properties: Value,
    /// Absent until a channel shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<Value>,
    /// Seconds at which it was locked.
    #[serde(skip)]
    pub locked_at: Option<f64>,
}

/// A combination of option values.
#[derive(Clone, Debug, Serialize)]
pub struct Variant {
    pub id: i64,
    pub sku: String,
    pub cost: i64,
    pub price: i64,
    pub title: String,
    grams: i64,
    pub is_enabled: bool,
    is_default: bool,
    pub is_available: bool,
    is_printify_express_eligible: bool,
    options: Vec<i64>,
}

/// What is said of a variant.
pub struct Offer {
    pub id: i64,
    pub price: i64,
    pub is_enabled: Option<bool>,
    pub sku: Option<String>,
}

impl Product {
    /// A product of `blueprint` that offers nothing yet. A variant's price is its cost until it is said.
    pub fn new(id: String, shop_id: u64, blueprint: &Blueprint, provider: i64, at: Stamp) -> Self {
        let variants = blueprint.variants().into_iter().map(|it| Variant {
            id: it.id,
            sku: String::new(),
            cost: it.cost,
            price: it.cost,
            title: it.title,
            grams: blueprint.grams,
            is_enabled: false,
            is_default: false,
            is_available: true,
            is_printify_express_eligible: false,
            options: it.options,
        });
        let mut product = Self {
            title: String::new(),
            description: String::new(),
            tags: blueprint.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            options: options(blueprint),
            variants: variants.collect(),
            images: json!([]),
            created_at: time(at),
            updated_at: time(at),
            visible: true,
            is_locked: false,
            is_deleted: false,
            is_printify_express_eligible: false,
            is_printify_express_enabled: false,
            is_economy_shipping_eligible: true,
            is_economy_shipping_enabled: false,
            blueprint_id: blueprint.id,
            user_id: 1337,
            shop_id,
            print_provider_id: provider,
            print_areas: json!([]),
            print_details: json!([]),
            sales_channel_properties: json!([]),
            external: None,
            locked_at: None,
            id,
        };
        product.number_skus();
        product
    }

    /// A SKU that nobody gave is made up.
    fn number_skus(&mut self) {
        let last = u64::from_str_radix(&self.id[16..], 16).unwrap_or_default();
        for (index, variant) in (0u64..).zip(&mut self.variants) {
            variant.sku = (800_000_000 + last * 1000 + index).to_string();
        }
    }

    pub const fn is_locked(&self) -> bool {
        self.is_locked
    }

    pub fn lock(&mut self, at: Stamp) {
        self.is_locked = true;
        self.locked_at = Some(at.seconds);
    }

    pub fn unlock(&mut self) {
        self.is_locked = false;
        self.locked_at = None;
    }

    /// A channel of the vendor's own has published it.
    pub fn end_publication(&mut self, channel: &str, at: Stamp) {
        let number = 4_572_000_000 + u64::from_str_radix(&self.id[16..], 16).unwrap_or_default();
        self.external = Some(json!({
            "id": number.to_string(),
            "handle": format!("https://www.{channel}.com/listing/{number}"),
            "shipping_template_id": "314944410819",
            "type": 4,
        }));
        self.updated_at = time(at);
        self.unlock();
    }

    /// What is not said of a variant stays.
    pub fn offer(&mut self, offers: Vec<Offer>) {
        for offer in offers {
            let Some(variant) = self.variants.iter_mut().find(|it| it.id == offer.id) else {
                continue;
            };
            variant.price = offer.price;
            variant.is_enabled = offer.is_enabled.unwrap_or(variant.is_enabled);
            if let Some(sku) = offer.sku {
                variant.sku = sku;
            }
        }
        let default = self
            .variants
            .iter()
            .find(|it| it.is_enabled)
            .map(|it| it.id);
        for variant in &mut self.variants {
            variant.is_default = Some(variant.id) == default;
        }
        self.images = self.mock_ups();
    }

    fn mock_ups(&self) -> Value {
        let offered = self.variants.iter().filter(|it| it.is_enabled);
        offered
            .map(|it| {
                let src = format!("https://images.printify.com/mockup/{}/{}/front.jpg", self.id, it.id);
                json!({"src": src, "variant_ids": [it.id], "position": "front", "is_default": it.is_default,
                    "is_selected_for_publishing": true})
            })
            .collect()
    }
}

fn options(blueprint: &Blueprint) -> Value {
    let groups = blueprint.options.iter().map(|group| {
        let values = (group.first_id..).zip(group.values);
        let values: Vec<Value> = values
            .map(|(id, title)| json!({"id": id, "title": title}))
            .collect();
        json!({"name": group.name, "type": group.kind, "values": values})
    });
    groups.collect()
}
