//! An order as the API shows it: the parts that were asked for.

use super::{Line, Order};
use crate::amazon::MARKETPLACE_ID;
use serde_json::{Map, Value, json};

impl Order {
    fn total(&self) -> String {
        // Prices have two decimals here.
        let cents = self.lines.iter().map(|line| {
            let price: i64 = line.price.replace('.', "").parse().unwrap_or(0);
            price * line.quantity
        });
        let cents: i64 = cents.sum();
        format!("{}.{:02}", cents / 100, cents % 100)
    }

    pub fn view(&self, included: &[&str]) -> Value {
        let has = |part: &str| included.contains(&part);
        let is_priced = !self.status.starts_with("PENDING");
        let mut order = json!({
            "orderId": self.id,
            "createdTime": self.created_at,
            "lastUpdatedTime": self.updated_at,
            "programs": [],
            "salesChannel": {"channelName": "AMAZON", "marketplaceId": MARKETPLACE_ID, "marketplaceName": "Amazon.com"},
            "orderItems": self.lines.iter().map(|line| line.view(has("FULFILLMENT"), is_priced)).collect::<Vec<_>>(),
        });
        if has("PROCEEDS") && is_priced {
            let total = json!({"amount": self.total(), "currencyCode": "USD"});
            order["proceeds"] = json!({ "grandTotal": total });
        }
        if has("FULFILLMENT") {
            order["fulfillment"] = json!({
                "fulfillmentStatus": self.status,
                "fulfilledBy": self.fulfilled_by,
                "fulfillmentServiceLevel": "STANDARD",
            });
        }
        if has("PACKAGES") {
            order["packages"] = json!(self.packages);
        }
        if has("BUYER") {
            order["buyer"] =
                json!({"buyerName": "Sandy Box", "buyerEmail": "sandy@marketplace.amazon.example"});
        }
        if has("RECIPIENT") {
            let address = json!({"name": "Sandy Box", "addressLine1": "1 Sand Street", "city": "Seattle", "postalCode": "98101", "countryCode": "US"});
            order["recipient"] = json!({ "deliveryAddress": address });
        }
        order
    }
}

impl Line {
    fn view(&self, with_fulfilment: bool, is_priced: bool) -> Value {
        let mut product = Map::new();
        product.insert("title".to_owned(), json!(self.title));
        product.insert("sellerSku".to_owned(), json!(self.sku));
        if is_priced {
            let price = json!({"amount": self.price, "currencyCode": "USD"});
            product.insert("price".to_owned(), json!({ "unitPrice": price }));
        }
        let mut line = json!({
            "orderItemId": self.id,
            "quantityOrdered": self.quantity,
            "product": product,
        });
        if with_fulfilment {
            line["fulfillment"] = json!({
                "quantityFulfilled": self.shipped,
                "quantityUnfulfilled": self.quantity - self.shipped,
            });
        }
        line
    }
}
