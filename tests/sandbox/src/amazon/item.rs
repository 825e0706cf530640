//! The seller's items: what was submitted, what the catalogue made of it, how they are shown.

use super::{MARKETPLACE_ID, rules};
use crate::stamp::Stamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// An item of the seller.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    pub sku: String,
    pub asin: String,
    pub product_type: String,
    /// What is shown.
    pub attributes: Map<String, Value>,
    /// What was accepted and is not shown yet, in order: when it will be, and the attributes that it leaves.
    pub accepted: Vec<(f64, Map<String, Value>)>,
    pub issues: Vec<Value>,
    /// The catalogue has looked at it once.
    pub is_settled: bool,
    pub created_at: String,
    /// When a search knows it.
    pub searchable_s: f64,
    pub updated_at: String,
}

impl Item {
    pub fn new(sku: &str, number: u64, product_type: &str, at: Stamp) -> Self {
        Self {
            sku: sku.to_owned(),
            asin: format!("B0SB{number:06}"),
            product_type: product_type.to_owned(),
            attributes: Map::new(),
            accepted: Vec::new(),
            issues: Vec::new(),
            is_settled: false,
            created_at: at.text(),
            searchable_s: at.seconds,
            updated_at: at.text(),
        }
    }

    /// The attributes once all that was accepted is done.
    pub fn future(&self) -> &Map<String, Value> {
        let last = self.accepted.last();
        last.map_or(&self.attributes, |(_, attributes)| attributes)
    }

    pub fn parent_sku(&self) -> Option<&str> {
        let named = self.future().get("child_parent_sku_relationship")?;
        named[0]["parent_sku"].as_str()
    }

    pub fn is_parent(&self) -> bool {
        rules::is_parent(self.future())
    }

    /// Stock by Amazon's code of who sends it.
    pub fn stock(&self) -> Vec<(String, Option<i64>)> {
        let rows = self.attributes.get("fulfillment_availability");
        let rows = rows.and_then(Value::as_array).into_iter().flatten();
        rows.filter_map(|row| {
            let code = row["fulfillment_channel_code"].as_str()?;
            Some((code.to_owned(), row["quantity"].as_i64()))
        })
        .collect()
    }

    pub fn set_stock(&mut self, quantity: i64) {
        let rows = json!([{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}]);
        for attributes in self
            .accepted
            .iter_mut()
            .map(|(_, attributes)| attributes)
            .chain([&mut self.attributes])
        {
            attributes.insert("fulfillment_availability".to_owned(), rows.clone());
        }
    }

    /// Whether customers can find it, and whether they can buy it.
    pub fn status(&self) -> Vec<&'static str> {
        if !self.is_settled || rules::has_error(&self.issues) {
            return Vec::new();
        }
        let has_stock = self
            .stock()
            .iter()
            .any(|(code, quantity)| code != "DEFAULT" || quantity.is_some_and(|it| it > 0));
        let has_offer = self.attributes.contains_key("purchasable_offer");
        match has_stock && has_offer && !rules::is_parent(&self.attributes) {
            true => vec!["BUYABLE", "DISCOVERABLE"],
            false => vec!["DISCOVERABLE"],
        }
    }

    /// The price that customers see, as decimal text.
    pub fn price(&self) -> Option<String> {
        let offer = self.attributes.get("purchasable_offer")?;
        let price = &offer[0]["our_price"][0]["schedule"][0]["value_with_tax"];
        price.as_f64().map(|price| format!("{price:.2}"))
    }

    fn title(&self) -> Option<&str> {
        self.attributes.get("item_name")?[0]["value"].as_str()
    }

    /// The parts of it that were asked for; `children` are those that name it as their parent.
    pub fn view(&self, included: &[&str], children: &[String]) -> Value {
        let mut view = Map::new();
        view.insert("sku".to_owned(), json!(self.sku));
        let asked = match included.is_empty() {
            true => &["summaries"][..],
            false => included,
        };
        for part in asked {
            if let Some(value) = self.part(part, children) {
                view.insert((*part).to_owned(), value);
            }
        }
        Value::Object(view)
    }

    fn part(&self, part: &str, children: &[String]) -> Option<Value> {
        Some(match part {
            "summaries" if self.is_settled => json!([self.summary()]),
            "summaries" => json!([]),
            "attributes" => json!(self.attributes),
            "issues" => json!(self.issues),
            "offers" => match self.price() {
                Some(amount) if self.is_settled => json!([{
                    "marketplaceId": MARKETPLACE_ID,
                    "offerType": "B2C",
                    "price": {"currencyCode": "USD", "amount": amount},
                    "audience": {"value": "ALL", "displayName": "Sell on Amazon"},
                }]),
                _ => json!([]),
            },
            "fulfillmentAvailability" => {
                let rows = self.stock().into_iter();
                rows.map(|(code, quantity)| match quantity {
                    Some(quantity) => {
                        json!({"fulfillmentChannelCode": code, "quantity": quantity})
                    }
                    None => json!({ "fulfillmentChannelCode": code }),
                })
                .collect()
            }
            "relationships" => self.relationships(children),
            "productTypes" => {
                json!([{"marketplaceId": MARKETPLACE_ID, "productType": self.product_type}])
            }
            _ => return None,
        })
    }

    fn summary(&self) -> Value {
        let mut summary = json!({
            "marketplaceId": MARKETPLACE_ID,
            "asin": self.asin,
            "productType": self.product_type,
            "status": self.status(),
            "createdDate": self.created_at,
            "lastUpdatedDate": self.updated_at,
        });
        if let Some(title) = self.title() {
            summary["itemName"] = json!(title);
        }
        if !self.is_parent() {
            summary["conditionType"] = json!("new_new");
        }
        summary
    }

    fn relationships(&self, children: &[String]) -> Value {
        let theme = &self
            .future()
            .get("variation_theme")
            .map(|it| &it[0]["name"]);
        let mut relation = match (self.parent_sku(), children.is_empty()) {
            (Some(parent), _) => json!({"type": "VARIATION", "parentSkus": [parent]}),
            (None, false) => json!({"type": "VARIATION", "childSkus": children}),
            (None, true) => return json!([]),
        };
        if let Some(Value::String(theme)) = theme {
            let attributes: Vec<String> = theme.split('/').map(str::to_lowercase).collect();
            relation["variationTheme"] = json!({"theme": theme, "attributes": attributes});
        }
        json!([{"marketplaceId": MARKETPLACE_ID, "relationships": [relation]}])
    }
}
