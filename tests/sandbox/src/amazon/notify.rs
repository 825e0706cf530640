//! Notifications: who subscribed to what, and how they come to us. Those about listings by an EventBridge rule,
//! orders through a queue and a pipe, both to an API destination with a key.

use super::asked::Asked;
use super::orders::Order;
use super::reply::{Reply, not_found, ok, refusal};
use super::{APPLICATION_ID, MARKETPLACE_ID, QUEUE_DESTINATION, SELLER_ID, WEBHOOK_KEY};
use super::{BUS_DESTINATION, seller::Seller};
use crate::outbox::{Delivery, Outbox};
use crate::stamp::Stamp;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Topics, and where each can go.
const TOPICS: [(&str, &str); 4] = [
    ("ORDER_CHANGE", QUEUE_DESTINATION),
    ("LISTINGS_ITEM_STATUS_CHANGE", BUS_DESTINATION),
    ("LISTINGS_ITEM_ISSUES_CHANGE", BUS_DESTINATION),
    ("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", BUS_DESTINATION),
];

/// EventBridge tries for a day, with growing pauses: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html>.
static LADDER: [u64; 32] = [
    1, 2, 4, 8, 16, 32, 60, 120, 300, 600, 1200, 1800, 3600, 3600, 3600, 3600, 3600, 3600, 3600,
    3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600,
];

/// Something that subscribers are told.
#[derive(Debug)]
pub enum Happened {
    Status {
        sku: String,
        asin: String,
        statuses: Vec<&'static str>,
    },
    Issues {
        sku: String,
        asin: String,
        issues: Vec<Value>,
    },
    Stock {
        sku: String,
        quantity: i64,
    },
    Order {
        id: String,
    },
}

impl Happened {
    const fn topic(&self) -> &'static str {
        match self {
            Self::Status { .. } => "LISTINGS_ITEM_STATUS_CHANGE",
            Self::Issues { .. } => "LISTINGS_ITEM_ISSUES_CHANGE",
            Self::Stock { .. } => "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
            Self::Order { .. } => "ORDER_CHANGE",
        }
    }

    fn payload(&self, orders: &[Order], at: Stamp) -> Value {
        match self {
            Self::Status {
                sku,
                asin,
                statuses,
            } => json!({
                "SellerId": SELLER_ID,
                "MarketplaceId": MARKETPLACE_ID,
                "Asin": asin,
                "Sku": sku,
                "CreatedDate": at.text(),
                "Status": statuses,
            }),
            Self::Issues { sku, asin, issues } => json!({
                "SellerId": SELLER_ID,
                "MarketplaceId": MARKETPLACE_ID,
                "Asin": asin,
                "Sku": sku,
                "Severities": severities(issues),
            }),
            Self::Stock { sku, quantity } => json!({
                "SellerId": SELLER_ID,
                "FulfillmentChannelCode": "DEFAULT",
                "Sku": sku,
                "Quantity": quantity,
            }),
            Self::Order { id } => order_change(orders.iter().find(|order| order.id == *id), at),
        }
    }
}

fn severities(issues: &[Value]) -> Vec<&'static str> {
    let has = |grade: &str| issues.iter().any(|issue| issue["severity"] == grade);
    let grades = ["ERROR", "WARNING"];
    let found: Vec<&str> = grades.into_iter().filter(|grade| has(grade)).collect();
    match found.is_empty() {
        true => vec!["NONE"],
        false => found,
    }
}

fn order_change(order: Option<&Order>, at: Stamp) -> Value {
    let Some(order) = order else {
        return Value::Null;
    };
    let shipped: i64 = order.lines.iter().map(|line| line.shipped).sum();
    let ordered: i64 = order.lines.iter().map(|line| line.quantity).sum();
    let status = match order.status.as_str() {
        "SHIPPED" => "Shipped",
        "PARTIALLY_SHIPPED" => "PartiallyShipped",
        "UNSHIPPED" => "Unshipped",
        "CANCELLED" => "Canceled",
        _ => "Pending",
    };
    let items: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            json!({
                "OrderItemId": line.id,
                "SellerSKU": line.sku,
                "SupplySourceId": "sandbox-supply-source",
                "Quantity": line.quantity,
                "QuantityShipped": line.shipped,
            })
        })
        .collect();
    json!({"OrderChangeNotification": {
        "NotificationLevel": "OrderLevel",
        "SellerId": SELLER_ID,
        "AmazonOrderId": order.id,
        "OrderChangeType": "OrderStatusChange",
        "OrderChangeTrigger": {"TimeOfOrderChange": at.text(), "ChangeReason": "Order Status Change"},
        "Summary": {
            "MarketplaceId": MARKETPLACE_ID,
            "OrderStatus": status,
            "PurchaseDate": order.created_at,
            "DestinationPostalCode": "98101",
            "FulfillmentType": if order.fulfilled_by == "AMAZON" { "AFN" } else { "MFN" },
            "OrderType": "StandardOrder",
            "NumberOfItemsShipped": shipped,
            "NumberOfItemsUnshipped": ordered - shipped,
            "OrderItems": items,
        },
    }})
}

/// Subscriptions, and where the AWS account sends what comes.
#[derive(Debug, Default, Serialize)]
pub struct Notifications {
    /// Destination by topic.
    subscriptions: BTreeMap<String, String>,
    /// Of the API destination.
    address: Option<String>,
    told: u64,
}

impl Notifications {
    /// What a person does in AWS, and by default the subscriptions too.
    pub fn set_up(&mut self, body: &Value) -> Result<Value, String> {
        let address = body["address"].as_str().ok_or("`address` is missing")?;
        self.address = Some(address.to_owned());
        if body["subscribe"] != false {
            for (topic, destination) in TOPICS {
                self.subscriptions
                    .insert(topic.to_owned(), destination.to_owned());
            }
        }
        Ok(json!({"address": address, "topics": self.subscriptions.len()}))
    }

    /// Amazon drops every subscription.
    pub fn drop_all(&mut self) {
        self.subscriptions.clear();
    }

    /// `GET /notifications/v1/subscriptions/{topic}`.
    pub fn get(&self, topic: &str) -> Reply {
        match self.subscriptions.get(topic) {
            Some(destination) => ok(json!({"payload": subscription(topic, destination)})),
            None => not_found("Subscription not found"),
        }
    }

    /// `POST /notifications/v1/subscriptions/{topic}`.
    pub fn create(&mut self, asked: &Asked<'_>, topic: &str) -> Reply {
        let body = asked.json();
        let destination = body["destinationId"].as_str().unwrap_or_default();
        if !TOPICS.contains(&(topic, destination)) || body["payloadVersion"] != "1.0" {
            let message = "The notification type can not go to this destination.";
            return refusal(400, "InvalidInput", message, "");
        }
        if self.subscriptions.contains_key(topic) {
            return refusal(409, "Conflict", "Subscription already exists", "");
        }
        self.subscriptions
            .insert(topic.to_owned(), destination.to_owned());
        Ok((
            StatusCode::OK,
            json!({"payload": subscription(topic, destination)}),
        ))
    }

    /// Tells the subscribers of what happened.
    pub fn tell(&mut self, state: &mut Seller, at: Stamp, outbox: &mut Outbox) {
        for news in std::mem::take(&mut state.news) {
            let topic = news.topic();
            let (Some(address), true) = (&self.address, self.subscriptions.contains_key(topic))
            else {
                continue;
            };
            self.told += 1;
            let notification = json!({
                "NotificationVersion": "1.0",
                "NotificationType": topic,
                "PayloadVersion": "1.0",
                "EventTime": at.text(),
                "Payload": news.payload(&state.orders, at),
                "NotificationMetadata": {
                    "ApplicationId": APPLICATION_ID,
                    "SubscriptionId": id(topic, 0),
                    "PublishTime": at.text(),
                    "NotificationId": id("notification", self.told),
                },
            });
            let body = match news {
                Happened::Order { .. } => json!([notification]),
                _ => event(topic, self.told, &notification, at),
            };
            let key = |_| vec![("x-api-key", WEBHOOK_KEY.to_owned())];
            outbox.post(Delivery::new("amazon", topic, address, &body, key).retried(&LADDER));
        }
    }
}

fn subscription(topic: &str, destination: &str) -> Value {
    json!({
        "subscriptionId": id(topic, 0),
        "payloadVersion": "1.0",
        "destinationId": destination,
    })
}

/// In the form of a UUID, the same for the same arguments.
fn id(kind: &str, number: u64) -> String {
    let kind = kind.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

/// EventBridge's envelope.
fn event(topic: &str, number: u64, notification: &Value, at: Stamp) -> Value {
    json!({
        "version": "0",
        "id": id("event", number),
        "detail-type": topic,
        "source": "aws.partner/sellingpartnerapi.amazon.com/sandbox",
        "account": "123456789012",
        "time": at.text(),
        "region": "us-east-1",
        "resources": [],
        "detail": notification,
    })
}
