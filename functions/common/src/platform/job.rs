//! From a job to an operation: reads the payload that the worker puts together from rows.

mod card;
mod payload;
#[cfg(test)]
mod tests;

use super::operation::{Action, Operation, OrderFulfilment};
use super::product::ProductStatus;
use payload::{Card, OnlyListing, Order, OrderPage, Page, Payload};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A job that can't be turned into an operation: trying again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobError {
    /// Dotted path into the payload, or `type`.
    pub field: String,
    /// What is wrong and what it should be.
    pub issue: String,
}

impl JobError {
    fn new(field: impl Into<String>, issue: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            issue: issue.into(),
        }
    }
}

impl std::fmt::Display for JobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the job's `{}` {}", self.field, self.issue)
    }
}

impl std::error::Error for JobError {}

impl Operation {
    /// The operation that a job of `job_type` asks for; `idempotency_key` is the job's.
    ///
    /// | type | operation | payload |
    /// |---|---|---|
    /// | `publish_listing` | [`Action::CreateProduct`], shown | `listing`, `product`, `payload` |
    /// | `update_listing` | [`Action::UpdateProduct`] | the same; `listing.external_id` is required |
    /// | `delete_listing` | [`Action::DeleteProduct`] | `listing.external_id` |
    /// | `sync_inventory` | [`Action::SyncInventory`] | `listing`, `product`, `payload` |
    /// | `process_order` | [`Action::ProcessOrder`] | `payload.external_order_id`, `lines?`, `tracking?`, `notify_customer?`, `recipient?` |
    /// | `list_products` | [`Action::ListProducts`] | `payload.cursor?`, `payload.limit?` |
    /// | `preview_listing` | [`Action::PreviewProduct`] | `listing`, `product`, `payload` |
    /// | `check_listing` | [`Action::CheckProduct`] | `listing.external_id` |
    /// | `read_orders` | [`Action::ListOrders`] | `payload.since?`, `payload.cursor?`, `payload.limit?` |
    /// | `authenticate` | [`Action::Authenticate`] | |
    ///
    /// `payload` is what the approval asked for: its `price`, `inventory`, `title`, `description`
    /// and `status` stand in for the listing's and the product's own. A product with one variant
    /// takes price and stock from the listing; of several, each has its own stock and its own price,
    /// or the listing's where it has none; one price or stock asked for all of them is an error. An update leaves the channel's stock alone unless
    /// `payload.inventory` is given: the channel has been selling meanwhile.
    ///
    /// # Errors
    /// When the type is unknown or the payload lacks something; names the field.
    pub fn from_job(
        job_type: &str,
        payload: &Value,
        idempotency_key: &str,
    ) -> Result<Self, JobError> {
        let action = match job_type {
            "publish_listing" => {
                let mut product = Card::read(payload)?.product()?;
                product.status.get_or_insert(ProductStatus::Active);
                Action::CreateProduct(Box::new(product))
            }
            "update_listing" => {
                let card = Card::read(payload)?;
                Action::UpdateProduct {
                    external_id: card.listing.external_id()?,
                    product: Box::new(card.product()?),
                }
            }
            "delete_listing" => {
                let only: OnlyListing = read(payload)?;
                Action::DeleteProduct {
                    external_id: only.listing.external_id()?,
                }
            }
            "sync_inventory" => Action::SyncInventory(Box::new(Card::read(payload)?.stock()?)),
            "process_order" => Action::ProcessOrder(Box::new(order(payload)?)),
            "list_products" => {
                let page: Payload<Page> = read(payload)?;
                Action::ListProducts {
                    cursor: page.payload.cursor,
                    limit: page.payload.limit.unwrap_or(u32::MAX),
                }
            }
            "preview_listing" => Action::PreviewProduct(Box::new(Card::read(payload)?.product()?)),
            "check_listing" => {
                let only: OnlyListing = read(payload)?;
                Action::CheckProduct {
                    external_id: only.listing.external_id()?,
                }
            }
            "read_orders" => {
                let page: Payload<OrderPage> = read(payload)?;
                Action::ListOrders {
                    since: page.payload.since,
                    cursor: page.payload.cursor,
                    limit: page.payload.limit.unwrap_or(u32::MAX),
                }
            }
            "authenticate" => Action::Authenticate,
            _ => return Err(JobError::new("type", "is not one that a channel can do")),
        };
        Ok(Self::new(action, idempotency_key))
    }
}

fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, JobError> {
    serde_path_to_error::deserialize(payload)
        .map_err(|error| JobError::new(error.path().to_string(), error.inner().to_string()))
}

fn order(payload: &Value) -> Result<OrderFulfilment, JobError> {
    let order = read::<Payload<Order>>(payload)?.payload;
    if let Some(line) = order.lines.iter().find(|line| line.quantity < 1) {
        return Err(JobError::new(
            "payload.lines",
            format!("has a quantity below 1 for `{}`", line.sku),
        ));
    }
    Ok(OrderFulfilment {
        external_order_id: order.external_order_id,
        lines: order.lines,
        tracking: order.tracking,
        notify_customer: order.notify_customer,
        recipient: order.recipient,
    })
}
