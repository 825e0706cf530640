//! Printify, by its Public API v1. Products are printed on demand: a blueprint, a print provider that makes it,
//! artwork on its print areas. Here the hub is the shop's sales channel (a Printify store of the kind "API"), so
//! it also answers the vendor's wish to publish; a store that Printify connected to another channel itself
//! (`config.sales_channel`) is left to that connection.
//!
//! What our catalogue does not have comes from the listing's `platform_data.printify`, else from the store's
//! `config`; `GET /platforms/printify` lists the names. What is remembered of a listing lies beside it in
//! `platform_data`: `product_id`, `blueprint_id`, `print_provider_id`, `variants`, `tags`, `artwork`.

mod answer;
mod answer_publish;
mod artwork;
mod authenticate;
mod blueprint;
mod call;
mod check_product;
mod delete_product;
mod descriptor;
mod list_orders;
mod list_products;
mod matching;
mod memory;
mod money;
mod order;
mod pager;
mod preview_product;
mod process_order;
mod product;
mod publish;
mod search;
mod settings;
mod subscribe;
mod sync_inventory;
mod time;
mod webhook;
mod write_product;

use call::Call;
use common::platform::{
    Action, Allowance, Descriptor, Operation, Platform, PlatformError, State, Step, Store,
    WebhookDelivery, WebhookEvent, WebhookReceipt, WebhookRefused,
};
use common::ports::HttpResponse;
use common::secret::Secret;
use std::time::Duration;
use write_product::Goal;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Printify;

impl Platform for Printify {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn begin(&self, operation: &Operation, store: &Store) -> Result<Step, PlatformError> {
        let call = Call { store };
        match &operation.action {
            Action::Authenticate => authenticate::begin(call),
            Action::ListProducts { cursor, limit } => {
                list_products::begin(call, cursor.as_deref(), *limit)
            }
            Action::CreateProduct(product) => write_product::begin(call, Goal::create(product)),
            Action::UpdateProduct {
                external_id,
                product,
            } => write_product::begin(call, Goal::update(external_id, product)),
            Action::DeleteProduct { external_id } => delete_product::begin(call, external_id),
            Action::SyncInventory(sync) => sync_inventory::begin(call, sync),
            Action::ProcessOrder(order) => process_order::begin(call, order),
            Action::PreviewProduct(product) => preview_product::begin(call, product),
            Action::CheckProduct { external_id } => check_product::begin(call, external_id),
            Action::ListOrders { cursor, limit, .. } => {
                list_orders::begin(call, cursor.as_deref(), *limit)
            }
            Action::GetOrder { external_order_id } => {
                list_orders::begin_one(call, external_order_id)
            }
            Action::SubscribeWebhooks(wanted) => subscribe::begin(call, wanted),
            Action::AnswerPublish { external_id, .. } => answer_publish::begin(call, external_id),
            Action::ExchangeCode(_) => Err(PlatformError::rejected(descriptor::NO_CONNECT)),
        }
    }

    fn resume(
        &self,
        operation: &Operation,
        store: &Store,
        state: State,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let call = Call { store };
        match &operation.action {
            Action::Authenticate => authenticate::resume(call, response),
            Action::ListProducts { .. } => list_products::resume(response),
            Action::CreateProduct(product) => {
                write_product::resume(call, Goal::create(product), state, response)
            }
            Action::UpdateProduct {
                external_id,
                product,
            } => write_product::resume(call, Goal::update(external_id, product), state, response),
            Action::DeleteProduct { external_id } => {
                delete_product::resume(call, external_id, state, response)
            }
            Action::SyncInventory(sync) => sync_inventory::resume(call, sync, state, response),
            Action::ProcessOrder(order) => process_order::resume(call, order, state, response),
            Action::PreviewProduct(product) => preview_product::resume(call, product, response),
            Action::CheckProduct { external_id } => {
                check_product::resume(call, external_id, response)
            }
            Action::ListOrders { since, .. } => {
                list_orders::resume(call, since.as_deref(), response)
            }
            Action::GetOrder { .. } => list_orders::resume_one(call, response),
            Action::SubscribeWebhooks(wanted) => subscribe::resume(call, wanted, state, response),
            Action::AnswerPublish {
                external_id,
                listing_id,
            } => answer_publish::resume(call, external_id, listing_id.as_deref(), state, response),
            Action::ExchangeCode(_) => Err(PlatformError::rejected(descriptor::NO_CONNECT)),
        }
    }

    /// A personal access token lasts a year and only a person can make another.
    fn can_refresh(&self, _store: &Store) -> bool {
        false
    }

    fn throttle_wait(&self, _response: &HttpResponse) -> Option<Duration> {
        None
    }

    fn allowances(&self, response: &HttpResponse) -> Vec<Allowance> {
        answer::allowances(response)
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
