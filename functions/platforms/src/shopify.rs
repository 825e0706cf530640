//! Shopify, by the GraphQL Admin API.

mod address;
mod answer;
mod authenticate;
mod call;
mod check_product;
mod connect;
mod delete_product;
mod descriptor;
mod documents;
mod handle;
mod input;
mod list_products;
mod memory;
mod order;
mod process_order;
mod read_orders;
mod shop;
mod stock;
mod subscribe;
mod sync_inventory;
mod tokens;
mod webhook;
mod write_product;

pub use address::{VERSION, VERSIONS};
pub use documents::{ALL as DOCUMENTS, Document};

use call::Call;
use common::platform::{
    Action, Allowance, Authorisation, Descriptor, Operation, OperationKind, Platform,
    PlatformError, ProductInput, State, Step, Store, WebhookDelivery, WebhookEvent, WebhookReceipt,
    WebhookRefused,
};
use common::ports::HttpResponse;
use common::secret::Secret;
use descriptor::DESCRIPTOR;
use std::time::Duration;
use write_product::Goal;

/// Products a page: more would cost over the 1,000 points that one query may.
const PAGE: u32 = 20;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Shopify;

impl Platform for Shopify {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn begin(&self, operation: &Operation, store: &Store) -> Result<Step, PlatformError> {
        let call = Call { operation, store };
        match &operation.action {
            Action::Authenticate => authenticate::begin(call),
            Action::ListProducts { cursor, limit } => {
                list_products::begin(call, cursor.as_deref(), *limit)
            }
            Action::CreateProduct(product) => write_product::begin(call, create(product)),
            Action::UpdateProduct {
                external_id,
                product,
            } => write_product::begin(call, update(external_id, product)),
            Action::DeleteProduct { external_id } => delete_product::begin(call, external_id),
            Action::SyncInventory(sync) => sync_inventory::begin(call, sync),
            Action::ProcessOrder(order) => process_order::begin(call, order),
            Action::CheckProduct { external_id } => check_product::begin(call, external_id),
            Action::ListOrders {
                since,
                cursor,
                limit,
            } => read_orders::list(call, since.as_deref(), cursor.as_deref(), *limit),
            Action::GetOrder { external_order_id } => read_orders::get(call, external_order_id),
            Action::ExchangeCode(grant) => connect::begin(call, grant),
            Action::SubscribeWebhooks(wanted) => subscribe::begin(call, wanted),
            Action::PreviewProduct(_) => Err(unsupported(OperationKind::PreviewProduct)),
            Action::AnswerPublish { .. } => Err(nothing_to_answer()),
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
            Action::Authenticate => authenticate::resume(call, state, response),
            Action::ListProducts { .. } => list_products::resume(response),
            Action::CreateProduct(product) => {
                write_product::resume(call, create(product), state, response)
            }
            Action::UpdateProduct {
                external_id,
                product,
            } => write_product::resume(call, update(external_id, product), state, response),
            Action::DeleteProduct { external_id } => {
                delete_product::resume(call, external_id, state, response)
            }
            Action::SyncInventory(sync) => sync_inventory::resume(call, sync, state, response),
            Action::ProcessOrder(order) => process_order::resume(call, order, state, response),
            Action::CheckProduct { .. } => check_product::resume(call, state, response),
            Action::ListOrders { .. } | Action::GetOrder { .. } => {
                read_orders::resume(call, state, response)
            }
            Action::ExchangeCode(grant) => connect::resume(call, grant, response),
            Action::SubscribeWebhooks(wanted) => subscribe::resume(call, wanted, state, response),
            Action::PreviewProduct(_) => Err(unsupported(OperationKind::PreviewProduct)),
            Action::AnswerPublish { .. } => Err(nothing_to_answer()),
        }
    }

    fn can_refresh(&self, store: &Store) -> bool {
        authenticate::can_refresh(store)
    }

    fn throttle_wait(&self, response: &HttpResponse) -> Option<Duration> {
        answer::throttle_wait(response)
    }

    fn allowances(&self, response: &HttpResponse) -> Vec<Allowance> {
        answer::allowances(response)
    }

    fn authorisation_url(
        &self,
        store: &Store,
        authorisation: &Authorisation<'_>,
    ) -> Result<String, PlatformError> {
        connect::authorisation_url(store, authorisation)
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

fn unsupported(kind: OperationKind) -> PlatformError {
    PlatformError::rejected(DESCRIPTOR.capability(kind).reason)
}

fn nothing_to_answer() -> PlatformError {
    PlatformError::rejected("Shopify never asks for a product to be published")
}

const fn create(product: &ProductInput) -> Goal<'_> {
    Goal {
        product,
        must_be: None,
    }
}

const fn update<'a>(external_id: &'a str, product: &'a ProductInput) -> Goal<'a> {
    Goal {
        product,
        must_be: Some(external_id),
    }
}
