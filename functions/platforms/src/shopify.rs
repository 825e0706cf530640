//! Shopify, by the GraphQL Admin API.

mod answer;
mod authenticate;
mod call;
mod delete_product;
mod documents;
mod handle;
mod input;
mod list_products;
mod memory;
mod order;
mod process_order;
mod shop;
mod stock;
mod sync_inventory;
mod webhook;
mod write_product;

pub use documents::{ALL as DOCUMENTS, Document};

use call::Call;
use common::platform::{
    Action, Capability, Constraints, CredentialField, Descriptor, Operation, OperationKind,
    Platform, PlatformError, RateLimit, State, Step, Store, WebhookDelivery, WebhookEvent,
    WebhookReceipt, WebhookRefused,
};
use common::ports::HttpResponse;
use common::secret::Secret;
use std::time::Duration;
use write_product::Goal;

/// The version of the Admin API that every document was checked against.
pub const VERSION: &str = "2026-10";

/// Products a page: more would cost over the 1,000 points that one query may.
const PAGE: u32 = 20;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Shopify;

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "shopify",
    name: "Shopify",
    version: VERSION,
    capabilities: &[
        (
            OperationKind::Authenticate,
            Capability::native(
                "shop query; client-credentials grant for apps of the own organisation",
            ),
        ),
        (OperationKind::ListProducts, Capability::native("products")),
        (
            OperationKind::CreateProduct,
            Capability::native("productSet, publishablePublish"),
        ),
        (
            OperationKind::UpdateProduct,
            Capability::native("productSet"),
        ),
        (
            OperationKind::DeleteProduct,
            Capability::native("productDelete"),
        ),
        (
            OperationKind::SyncInventory,
            Capability::native("inventorySetQuantities with compare-and-set"),
        ),
        (
            OperationKind::ProcessOrder,
            Capability::native("fulfillmentCreate on fulfilment orders"),
        ),
        (
            OperationKind::Webhooks,
            Capability::native("HTTPS deliveries signed with HMAC-SHA256"),
        ),
    ],
    constraints: Constraints {
        rate_limits: &[RateLimit {
            name: "cost",
            class: "graphql",
            unit: "cost_point",
            per_second: 100.0,
            burst: 1000,
            scope: "app and shop",
        }],
        batch_size: PAGE,
        asynchronous_operations: &[],
        poll_after_s: 3600,
    },
    credentials: &[
        CredentialField {
            name: "access_token",
            secret: true,
            description: "Admin API access token; not needed with client_id and client_secret",
        },
        CredentialField {
            name: "client_id",
            secret: false,
            description: "of an app of the shop's own organisation",
        },
        CredentialField {
            name: "client_secret",
            secret: true,
            description: "of the same app; also signs its webhooks",
        },
    ],
    webhook_credential: "client_secret",
    config: &[],
};

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
            _ => Err(PlatformError::rejected("the plugin does not do this")),
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
            _ => Err(PlatformError::rejected("the plugin does not do this")),
        }
    }

    fn can_refresh(&self, store: &Store) -> bool {
        authenticate::can_refresh(store)
    }

    fn throttle_wait(&self, response: &HttpResponse) -> Option<Duration> {
        answer::throttle_wait(response)
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

const fn create(product: &common::platform::ProductInput) -> Goal<'_> {
    Goal {
        product,
        must_be: None,
    }
}

const fn update<'a>(external_id: &'a str, product: &'a common::platform::ProductInput) -> Goal<'a> {
    Goal {
        product,
        must_be: Some(external_id),
    }
}
