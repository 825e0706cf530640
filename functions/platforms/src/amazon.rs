//! Amazon, by the Selling Partner API.
//!
//! A listing's `external_id` is a SKU: that of its only variant, or of the parent that groups several. Names,
//! addresses and mail of buyers are restricted data; no operation asks for them.

mod answer;
mod attributes;
mod call;
mod carrier;
mod check_product;
mod choices;
mod delete_product;
mod descriptor;
mod family;
mod feed;
mod issue;
mod item;
mod known;
mod limits;
mod list_products;
mod listings;
mod market;
mod order;
mod plan;
mod preview;
mod process_order;
mod read_orders;
mod submit;
mod subscribe;
mod sync_inventory;
mod text;
mod token;
mod webhook;
mod write_product;

use crate::wire::recall;
use call::Call;
use common::platform::{
    Action, Authorisation, Descriptor, Operation, Platform, PlatformError, State, Step, Store,
    WebhookDelivery, WebhookEvent, WebhookReceipt, WebhookRefused,
};
use common::ports::HttpResponse;
use common::secret::Secret;
use std::time::Duration;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Amazon;

impl Platform for Amazon {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn begin(&self, operation: &Operation, store: &Store) -> Result<Step, PlatformError> {
        let call = Call { operation, store };
        match &operation.action {
            Action::Authenticate => token::renew(call),
            Action::ExchangeCode(grant) => token::exchange(call, grant),
            Action::ListProducts { cursor, limit } => {
                list_products::begin(call, cursor.as_deref(), *limit)
            }
            Action::CreateProduct(product) => write_product::begin(call, product, None),
            Action::UpdateProduct {
                external_id,
                product,
            } => write_product::begin(call, product, Some(external_id)),
            Action::DeleteProduct { external_id } => delete_product::begin(call, external_id),
            Action::SyncInventory(sync) => sync_inventory::begin(call, sync),
            Action::ProcessOrder(order) => process_order::begin(call, order),
            Action::PreviewProduct(product) => preview::begin(call, product),
            Action::CheckProduct { external_id } => check_product::begin(call, external_id),
            Action::ListOrders {
                since,
                cursor,
                limit,
            } => read_orders::list(call, since.as_deref(), cursor.as_deref(), *limit),
            Action::GetOrder { external_order_id } => read_orders::get(call, external_order_id),
            Action::SubscribeWebhooks(wanted) => subscribe::begin(call, wanted),
            Action::AnswerPublish { .. } => Err(no_answer()),
        }
    }

    fn resume(
        &self,
        operation: &Operation,
        store: &Store,
        state: State,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let call = Call { operation, store };
        match &operation.action {
            Action::Authenticate => token::renewed(call, response),
            Action::ExchangeCode(grant) => token::exchanged(call, grant, response),
            Action::ListProducts { .. } => list_products::resume(call, state, response),
            Action::CreateProduct(product) => {
                write_product::resume(call, product, None, state, response)
            }
            Action::UpdateProduct {
                external_id,
                product,
            } => write_product::resume(call, product, Some(external_id), state, response),
            Action::DeleteProduct { external_id } => {
                delete_product::resume(call, external_id, state, response)
            }
            Action::SyncInventory(sync) => sync_inventory::resume(call, sync, state, response),
            Action::ProcessOrder(order) => process_order::resume(call, order, state, response),
            Action::PreviewProduct(product) => preview::resume(call, product, state, response),
            Action::CheckProduct { .. } => check_product::resume(call, state, response),
            Action::ListOrders { .. } => {
                let since: String = recall(state)?;
                read_orders::listed(call, &since, response)
            }
            Action::GetOrder { .. } => read_orders::got(call, response),
            Action::SubscribeWebhooks(wanted) => subscribe::resume(call, wanted, state, response),
            Action::AnswerPublish { .. } => Err(no_answer()),
        }
    }

    fn can_refresh(&self, store: &Store) -> bool {
        token::can_refresh(store)
    }

    fn throttle_wait(&self, response: &HttpResponse) -> Option<Duration> {
        answer::throttle_wait(response)
    }

    fn authorisation_url(
        &self,
        store: &Store,
        authorisation: &Authorisation<'_>,
    ) -> Result<String, PlatformError> {
        token::authorisation_url(store, authorisation)
    }

    fn verify_webhook(
        &self,
        delivery: &WebhookDelivery<'_>,
        secret: &Secret<String>,
        _now_ms: i64,
    ) -> Result<(), WebhookRefused> {
        webhook::verify(delivery, secret)
    }

    fn webhook_receipt(&self, delivery: &WebhookDelivery<'_>) -> WebhookReceipt {
        webhook::receipt(delivery)
    }

    fn decode_webhook(
        &self,
        delivery: &WebhookDelivery<'_>,
    ) -> Result<WebhookEvent, PlatformError> {
        webhook::decode(delivery)
    }
}

fn no_answer() -> PlatformError {
    PlatformError::rejected("Amazon never waits for an answer to a publication")
}
