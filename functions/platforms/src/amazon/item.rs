//! An item as Amazon has it.

use super::issue::ItemIssue;
use common::platform::{ExternalProduct, ExternalVariant, Presence};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The parts of an item that are asked for where it is to be understood in full.
pub const ALL_DATA: &str =
    "summaries,attributes,issues,offers,fulfillmentAvailability,relationships,productTypes";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub sku: String,
    #[serde(default)]
    summaries: Vec<Summary>,
    #[serde(default)]
    attributes: Map<String, Value>,
    #[serde(default)]
    pub issues: Vec<ItemIssue>,
    #[serde(default)]
    offers: Vec<Offer>,
    #[serde(default)]
    fulfillment_availability: Vec<Availability>,
    #[serde(default)]
    relationships: Vec<MarketRelationships>,
    #[serde(default)]
    product_types: Vec<MarketProductType>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    marketplace_id: String,
    asin: Option<String>,
    product_type: String,
    status: Vec<String>,
    item_name: Option<String>,
    last_updated_date: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offer {
    marketplace_id: String,
    offer_type: String,
    price: Money,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Money {
    amount: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Availability {
    fulfillment_channel_code: String,
    quantity: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MarketRelationships {
    marketplace_id: String,
    relationships: Vec<Relationship>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    child_skus: Vec<String>,
    #[serde(default)]
    parent_skus: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MarketProductType {
    marketplace_id: String,
    product_type: String,
}

impl Item {
    fn summary(&self, market: &str) -> Option<&Summary> {
        self.summaries
            .iter()
            .find(|summary| summary.marketplace_id == market)
    }

    fn variations(&self, market: &str) -> impl Iterator<Item = &Relationship> {
        self.relationships
            .iter()
            .filter(move |it| it.marketplace_id == market)
            .flat_map(|it| &it.relationships)
            .filter(|it| it.kind == "VARIATION")
    }

    /// The SKU of the family that it belongs to.
    pub fn parent(&self, market: &str) -> Option<&str> {
        let mut parents = self.variations(market).flat_map(|it| &it.parent_skus);
        parents.next().map(String::as_str)
    }

    /// The SKUs of the family that it groups.
    pub fn children(&self, market: &str) -> Vec<String> {
        let children = self.variations(market).flat_map(|it| &it.child_skus);
        children.cloned().collect()
    }

    /// What Amazon takes it for; `None` until it has decided.
    pub fn product_type(&self, market: &str) -> Option<&str> {
        let own = self
            .product_types
            .iter()
            .find(|it| it.marketplace_id == market);
        own.map(|it| it.product_type.as_str()).or_else(|| {
            self.summary(market)
                .map(|summary| summary.product_type.as_str())
        })
    }

    /// Amazon's code for the warehouses that send it, where they are Amazon's own.
    pub fn amazon_fulfilled(&self) -> Option<&str> {
        let codes = self.fulfillment_availability.iter();
        codes
            .map(|it| it.fulfillment_channel_code.as_str())
            .find(|code| *code != "DEFAULT")
    }

    /// Pieces that the merchant offers.
    pub fn quantity(&self) -> Option<i64> {
        let rows = self.fulfillment_availability.iter();
        rows.filter(|it| it.fulfillment_channel_code == "DEFAULT")
            .find_map(|it| it.quantity)
    }

    /// How customers see it. Nothing against it and not to be bought means that Amazon is not done with it.
    pub fn presence(&self, market: &str) -> Presence {
        let has = |status: &str| {
            self.summary(market)
                .is_some_and(|summary| summary.status.iter().any(|it| it == status))
        };
        if has("BUYABLE") {
            return Presence::Live;
        }
        if self.issues.iter().any(ItemIssue::is_error) {
            return Presence::Refused;
        }
        if has("DISCOVERABLE") && self.quantity() == Some(0) {
            return Presence::OutOfStock;
        }
        Presence::Pending
    }

    /// As an import shows it, with the variants that it has or is.
    pub fn external(&self, market: &str, variants: Vec<ExternalVariant>) -> ExternalProduct {
        let summary = self.summary(market);
        let status = summary.map(|summary| summary.status.as_slice());
        let has = |wanted: &str| status.is_some_and(|it| it.iter().any(|status| status == wanted));
        ExternalProduct {
            external_id: self.sku.clone(),
            title: summary
                .and_then(|summary| summary.item_name.clone())
                .or_else(|| self.attribute("item_name"))
                .unwrap_or_default(),
            description: self.attribute("product_description").unwrap_or_default(),
            vendor: self.attribute("brand").unwrap_or_default(),
            product_type: self.product_type(market).unwrap_or_default().to_owned(),
            // Amazon's own name of the page, where it has one.
            handle: summary
                .and_then(|summary| summary.asin.clone())
                .unwrap_or_default(),
            status: match () {
                () if has("BUYABLE") => "buyable",
                () if has("DISCOVERABLE") => "discoverable",
                () => "inactive",
            }
            .to_owned(),
            tags: Vec::new(),
            updated_at: summary.map(|summary| summary.last_updated_date.clone()),
            variants,
            more_variants: false,
        }
    }

    /// As a variant of itself or of its family.
    pub fn variant(&self, market: &str) -> ExternalVariant {
        let offers = self.offers.iter();
        let price = offers
            .filter(|offer| offer.marketplace_id == market && offer.offer_type == "B2C")
            .map(|offer| offer.price.amount.clone())
            .next();
        ExternalVariant {
            external_id: self.sku.clone(),
            sku: Some(self.sku.clone()),
            price: price.unwrap_or_default(),
            inventory_quantity: self.quantity(),
            inventory_item_id: None,
            option_values: Vec::new(),
        }
    }

    fn attribute(&self, name: &str) -> Option<String> {
        let values = self.attributes.get(name)?.as_array()?;
        Some(values.first()?.get("value")?.as_str()?.to_owned())
    }
}
