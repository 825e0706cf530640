//! Etsy, by its Open API v3.
//!
//! What a listing needs beyond our catalogue is read from its `platform_data.etsy`, else from the store's
//! `config`: [`settings`] has the list.

mod answer;
mod authenticate;
mod call;
mod carriers;
mod checks;
mod connect;
mod content;
mod delete_product;
mod descriptor;
mod document;
mod limits;
mod list_products;
mod memory;
mod model;
mod money;
mod pictures;
mod plain_text;
mod preview;
mod process_order;
mod read_orders;
mod receipt;
mod reference;
pub mod settings;
mod sync_inventory;
mod time;
mod variations;
mod webhook;
mod write_product;

use call::Call;
use common::platform::{
    Action, Allowance, Authorisation, Descriptor, Issue, Operation, Outcome, Platform,
    PlatformError, Presence, ProductInput, Severity, State, Step, Store, Subscriptions,
    WebhookDelivery, WebhookEvent, WebhookReceipt, WebhookRefused,
};
use common::ports::HttpResponse;
use common::secret::Secret;
use serde_json::json;
use std::time::Duration;
use write_product::Goal;

/// The version of the Open API.
pub const VERSION: &str = "v3";

/// The most listings or receipts of a page.
const PAGE: u32 = 100;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Etsy;

impl Platform for Etsy {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn begin(&self, operation: &Operation, store: &Store) -> Result<Step, PlatformError> {
        let call = Call { operation, store };
        match &operation.action {
            Action::Authenticate => authenticate::begin(call),
            Action::ExchangeCode(grant) => connect::begin(call, grant),
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
            Action::PreviewProduct(_) => preview::begin(call),
            Action::CheckProduct { external_id } => list_products::begin_check(call, external_id),
            Action::ListOrders {
                since,
                cursor,
                limit,
            } => read_orders::begin(call, since.as_deref(), cursor.as_deref(), *limit),
            Action::GetOrder { external_order_id } => {
                read_orders::begin_one(call, external_order_id)
            }
            Action::SubscribeWebhooks(subscriptions) => Ok(subscribe(subscriptions)),
            Action::AnswerPublish { .. } => Err(PlatformError::rejected(
                "Etsy never asks for a product to be published",
            )),
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
            Action::ExchangeCode(_) => connect::resume(call, state, response),
            Action::ListProducts { .. } => list_products::resume(call, state, response),
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
            Action::PreviewProduct(product) => preview::resume(call, product, state, response),
            Action::CheckProduct { external_id } => {
                list_products::resume_check(external_id, response)
            }
            Action::ListOrders { .. } => read_orders::resume(state, response),
            Action::GetOrder { .. } => read_orders::resume_one(response),
            Action::SubscribeWebhooks(_) | Action::AnswerPublish { .. } => Err(
                PlatformError::protocol("an answer came to what was never asked"),
            ),
        }
    }

    fn can_refresh(&self, store: &Store) -> bool {
        authenticate::can_refresh(store)
    }

    fn throttle_wait(&self, response: &HttpResponse) -> Option<Duration> {
        limits::throttle_wait(response)
    }

    fn allowances(&self, response: &HttpResponse) -> Vec<Allowance> {
        limits::allowances(response)
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
        now_ms: i64,
    ) -> Result<(), WebhookRefused> {
        webhook::verify(delivery, secret, now_ms)
    }

    fn webhook_receipt(&self, delivery: &WebhookDelivery<'_>) -> WebhookReceipt {
        webhook::receipt(delivery)
    }

    fn decode_webhook(
        &self,
        delivery: &WebhookDelivery<'_>,
    ) -> Result<WebhookEvent, PlatformError> {
        webhook::decode_event(delivery)
    }
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

/// Etsy's API knows no subscriptions: a person enters the address in its portal.
fn subscribe(subscriptions: &Subscriptions) -> Step {
    let manual = format!(
        "On Etsy, open Your Apps, choose the app's webhook portal, add the endpoint {} for the order events, and put its signing secret into the store's credentials as webhook_secret",
        subscriptions.address
    );
    Step::done(Outcome {
        result: json!({"registered": [], "present": [], "manual": manual}),
        ..Outcome::default()
    })
}

/// The number of a listing.
fn listing_number(external_id: &str) -> Result<u64, PlatformError> {
    call::number(&json!(external_id)).ok_or_else(|| {
        PlatformError::rejected_field("external_id", "is not the number of a listing")
    })
}

/// How a listing in `state` is shown.
fn presence(state: &str) -> Presence {
    match state {
        "active" => Presence::Live,
        "sold_out" => Presence::OutOfStock,
        _ => Presence::Inactive,
    }
}

/// Why a listing in `state` is not shown.
fn issue_of_state(state: &str) -> Vec<Issue> {
    let message = match state {
        "expired" => {
            "the listing's four months are over: publish it again, which costs a listing fee"
        }
        "draft" => "the listing is a draft: publish it",
        _ => return Vec::new(),
    };
    vec![Issue {
        severity: Severity::Info,
        code: state.to_owned(),
        message: message.to_owned(),
        field: None,
    }]
}
