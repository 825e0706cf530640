//! An order as Printify has it: what it makes and sends. Who gets it is not read.

use super::money::decimal;
use super::search::Dated;
use super::time::{self, Moment};
use common::platform::{ExternalOrder, ExternalOrderLine, OrderStatus, PlatformError};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub struct Order {
    pub id: String,
    pub line_items: Vec<Line>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    total_price: i64,
    #[serde(default)]
    total_shipping: i64,
    #[serde(default)]
    total_tax: i64,
    pub status: String,
    #[serde(default)]
    shipments: Option<Vec<Shipment>>,
    created_at: String,
    #[serde(default)]
    sent_to_production_at: Option<String>,
    #[serde(default)]
    fulfilled_at: Option<String>,
}

#[derive(Deserialize)]
pub struct Line {
    #[serde(default)]
    product_id: Option<String>,
    #[serde(default)]
    variant_id: Option<i64>,
    pub quantity: i64,
    #[serde(default)]
    cost: i64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    metadata: LineMetadata,
    #[serde(default)]
    sent_to_production_at: Option<String>,
    #[serde(default)]
    fulfilled_at: Option<String>,
}

#[derive(Default, Deserialize)]
pub struct LineMetadata {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    price: Option<i64>,
    #[serde(default)]
    sku: Option<String>,
}

/// Ids of the sales channel: numbers or texts.
#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    shop_order_id: Value,
    #[serde(default)]
    shop_order_label: Value,
}

#[derive(Deserialize)]
struct Shipment {
    #[serde(default)]
    delivered_at: Option<String>,
}

impl Dated for Order {
    fn created_at(&self) -> Option<&str> {
        Some(&self.created_at)
    }
}

impl Line {
    pub fn sku(&self) -> Option<&str> {
        self.metadata.sku.as_deref().filter(|sku| !sku.is_empty())
    }

    /// The vendor gives lines no id: product, variant and place stand in for one.
    fn external(self, index: usize) -> ExternalOrderLine {
        let product = self.product_id.unwrap_or_default();
        let variant = self.variant_id.unwrap_or_default();
        ExternalOrderLine {
            external_id: format!("{product}/{variant}/{index}"),
            sku: self.metadata.sku.filter(|sku| !sku.is_empty()),
            external_product_id: Some(product).filter(|id| !id.is_empty()),
            title: self.metadata.title.unwrap_or_default(),
            quantity: self.quantity,
            fulfilled_quantity: match self.status.as_str() {
                "fulfilled" => self.quantity,
                _ => 0,
            },
            price: decimal(self.metadata.price.unwrap_or(self.cost)),
        }
    }
}

/// Where an order stands that the vendor calls `status`. It has more words than its reference lists.
pub fn status(word: &str) -> OrderStatus {
    match word {
        "fulfilled" => OrderStatus::Fulfilled,
        "partially-fulfilled" => OrderStatus::PartiallyFulfilled,
        "canceled" | "cancelled" => OrderStatus::Cancelled,
        "pending" | "payment-not-received" | "cost-calculation" => OrderStatus::Pending,
        _ => OrderStatus::Open,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Order {
    /// What the sales channel calls it: the `external_id` of an order that was made by the API.
    pub fn of_channel(&self) -> Option<String> {
        text(&self.metadata.shop_order_id)
    }

    pub fn created(&self) -> Result<Moment, PlatformError> {
        time::required(&self.created_at, "created_at")
    }

    /// The latest of the times that it names: the vendor has none for a change.
    pub fn changed(&self) -> Result<Moment, PlatformError> {
        let of_lines = self
            .line_items
            .iter()
            .flat_map(|line| [&line.sent_to_production_at, &line.fulfilled_at]);
        let shipments = self.shipments.iter().flatten();
        let named = [&self.sent_to_production_at, &self.fulfilled_at]
            .into_iter()
            .chain(of_lines)
            .chain(shipments.map(|shipment| &shipment.delivered_at));
        let moments = named.filter_map(|text| time::moment(text.as_deref()?));
        let created = self.created()?;
        Ok(moments.chain([created.clone()]).max().unwrap_or(created))
    }

    /// As everybody else reads it.
    pub fn external(self, currency: &str) -> Result<ExternalOrder, PlatformError> {
        let total = self.total_price + self.total_shipping + self.total_tax;
        let label = text(&self.metadata.shop_order_label).or_else(|| self.of_channel());
        Ok(ExternalOrder {
            number: label.unwrap_or_else(|| self.id.clone()),
            status: status(&self.status),
            currency: currency.to_owned(),
            total: decimal(total),
            placed_at: self.created()?.text,
            updated_at: self.changed()?.text,
            lines: self
                .line_items
                .into_iter()
                .enumerate()
                .map(|(index, line)| line.external(index))
                .collect(),
            channel_status: self.status,
            external_id: self.id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_order_of_the_reference_is_read() {
        let order: Order = serde_json::from_value(json!({
            "id": "5a96f649b2439217d070f507", "address_to": {"first_name": "John"},
            "line_items": [{"product_id": "5b05842f3921c9547531758d", "quantity": 2, "variant_id": 17887,
                "print_provider_id": 5, "cost": 1050, "shipping_cost": 400, "status": "fulfilled",
                "metadata": {"title": "Necklace", "price": 2200, "variant_label": "Golden", "sku": "168699843"},
                "sent_to_production_at": "2017-04-18 13:24:28+00:00", "fulfilled_at": "2017-04-19 13:24:28+00:00"}],
            "metadata": {"order_type": "external", "shop_order_id": 1370762297, "shop_order_label": "1370762297",
                "shop_fulfilled_at": "1970-01-01 00:00:00+00:00"},
            "total_price": 4400, "total_shipping": 400, "total_tax": 7, "status": "fulfilled",
            "shipments": [{"carrier": "usps", "number": "94", "url": "http://example.com/94",
                "delivered_at": "2017-04-20 13:24:28+00:00"}],
            "created_at": "2017-04-18 13:24:28+00:00", "fulfilled_at": null
        }))
        .unwrap();
        let order = order.external("EUR").unwrap();
        assert_eq!(
            (order.total.as_str(), order.currency.as_str()),
            ("48.07", "EUR")
        );
        assert_eq!(order.number, "1370762297");
        assert_eq!(order.status, OrderStatus::Fulfilled);
        assert_eq!(order.placed_at, "2017-04-18T13:24:28Z");
        assert_eq!(order.updated_at, "2017-04-20T13:24:28Z");
        let line = &order.lines[0];
        assert_eq!((line.quantity, line.fulfilled_quantity), (2, 2));
        assert_eq!(
            (line.price.as_str(), line.sku.as_deref()),
            ("22.00", Some("168699843"))
        );
    }
}
