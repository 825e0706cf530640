//! An order as the shop has it: what is still to be sent, from where, and what was sent before.

use super::answer::{Connection, Id, Nodes, PageInfo, data};
use super::process_order::{Shipment, Wanted};
use common::platform::PlatformError;
use common::ports::HttpResponse;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How many shipments `read_shipments.graphql` asks for.
const SHIPMENTS: usize = 20;

#[derive(Deserialize)]
struct Answer<T> {
    order: Option<T>,
}

impl<T> Answer<T> {
    fn found(self) -> Result<T, PlatformError> {
        self.order.ok_or_else(|| {
            PlatformError::rejected_field("external_order_id", "the shop has no such order")
        })
    }
}

/// The answer to `read_order.graphql`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    name: String,
    cancelled_at: Option<String>,
    fulfillment_orders: Connection<FulfilmentOrder>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FulfilmentOrder {
    id: String,
    status: String,
    assigned_location: Assigned,
    supported_actions: Vec<Action>,
    line_items: Connection<Line>,
}

#[derive(Deserialize)]
struct Assigned {
    location: Option<Id>,
}

#[derive(Deserialize)]
struct Action {
    action: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    id: String,
    sku: Option<String>,
    remaining_quantity: i64,
}

impl Order {
    pub fn read(response: &HttpResponse) -> Result<Self, PlatformError> {
        data::<Answer<Self>>(response)?.found()
    }

    /// What has to be reported so that `wanted` is sent: one shipment a location.
    pub fn shipments(self, wanted: Wanted) -> Result<Vec<Shipment>, PlatformError> {
        if wanted.as_ref().is_some_and(BTreeMap::is_empty) {
            return Ok(Vec::new());
        }
        if self.cancelled_at.is_some() {
            return Err(PlatformError::rejected_field(
                "external_order_id",
                format!("order {} was cancelled", self.name),
            ));
        }
        let all = &self.fulfillment_orders;
        let more = all
            .nodes
            .iter()
            .any(|it| it.line_items.page_info.has_next_page);
        if more || all.page_info.has_next_page {
            return Err(PlatformError::rejected(format!(
                "order {} has more parts than can be sent at once: fulfil it in Shopify",
                self.name
            )));
        }
        self.allot(wanted)
    }

    fn allot(self, mut wanted: Wanted) -> Result<Vec<Shipment>, PlatformError> {
        let mut by_location: BTreeMap<Option<String>, Shipment> = BTreeMap::new();
        let mut held = None;
        for part in self.fulfillment_orders.nodes {
            let lines = part.take(&mut wanted);
            if lines.is_empty() {
                continue;
            }
            if !part.can_be_sent() {
                held = Some(part.status);
                continue;
            }
            let location = part.assigned_location.location.map(|location| location.id);
            let parts = Vec::new();
            let shipment = by_location.entry(location).or_insert(Shipment { parts });
            shipment.parts.push((part.id, lines));
        }
        if let Some(status) = held {
            return Err(PlatformError::rejected_field(
                "external_order_id",
                format!(
                    "a part of order {} is {status} and can't be sent now",
                    self.name
                ),
            ));
        }
        if let Some((sku, left)) = wanted.into_iter().flatten().find(|(_, left)| *left > 0) {
            return Err(PlatformError::rejected_field(
                format!("lines.{sku}"),
                format!("order {} has {left} fewer of it left to send", self.name),
            ));
        }
        Ok(by_location.into_values().collect())
    }
}

impl FulfilmentOrder {
    fn can_be_sent(&self) -> bool {
        self.supported_actions
            .iter()
            .any(|it| it.action == "CREATE_FULFILLMENT")
    }

    /// The lines of this part that `wanted` asks for, taken off it.
    fn take(&self, wanted: &mut Wanted) -> Vec<(String, i64)> {
        let mut lines = Vec::new();
        if matches!(self.status.as_str(), "CLOSED" | "CANCELLED") {
            return lines;
        }
        for line in &self.line_items.nodes {
            let quantity = match wanted {
                None => line.remaining_quantity,
                Some(wanted) => {
                    let left = line.sku.as_ref().and_then(|sku| wanted.get_mut(sku));
                    left.map_or(0, |left| {
                        let taken = line.remaining_quantity.min(*left);
                        *left -= taken;
                        taken
                    })
                }
            };
            if quantity > 0 {
                lines.push((line.id.clone(), quantity));
            }
        }
        lines
    }
}

#[derive(Deserialize)]
struct Shipments {
    fulfillments: Vec<Sent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    status: String,
    tracking_info: Vec<Tracking>,
    fulfillment_line_items: SentLines,
}

#[derive(Deserialize)]
struct Tracking {
    number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentLines {
    #[serde(flatten)]
    rows: Nodes<SentLine>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentLine {
    quantity: Option<i64>,
    line_item: Ordered,
}

#[derive(Deserialize)]
struct Ordered {
    sku: Option<String>,
}

/// What the shop has as sent under `number`, by SKU.
pub fn shipped_under(
    number: &str,
    response: &HttpResponse,
) -> Result<BTreeMap<String, i64>, PlatformError> {
    let shipments = data::<Answer<Shipments>>(response)?.found()?.fulfillments;
    let full = shipments.len() >= SHIPMENTS;
    let mut sent = BTreeMap::new();
    for shipment in shipments.iter().filter(|it| it.counts_for(number)) {
        if shipment.fulfillment_line_items.page_info.has_next_page {
            return Err(too_many());
        }
        for line in &shipment.fulfillment_line_items.rows.nodes {
            if let (Some(sku), Some(quantity)) = (&line.line_item.sku, line.quantity) {
                *sent.entry(sku.clone()).or_insert(0) += quantity;
            }
        }
    }
    if full { Err(too_many()) } else { Ok(sent) }
}

fn too_many() -> PlatformError {
    PlatformError::rejected(
        "the order has too many shipments to tell whether this one was reported: fulfil it in \
         Shopify",
    )
}

impl Sent {
    fn counts_for(&self, number: &str) -> bool {
        !matches!(self.status.as_str(), "CANCELLED" | "ERROR" | "FAILURE")
            && self
                .tracking_info
                .iter()
                .any(|tracking| tracking.number.as_deref() == Some(number))
    }
}
