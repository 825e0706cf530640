//! What the descriptor says is true.

use crate::connect::{connected, let_in, unconnected};
use crate::support::Bench;
use common::platform::{
    Action, CodeGrant, Level, Operation, OperationKind, Outcome, Platform, PlatformError,
    Subscriptions,
};
use common::secret::Secret;
use platforms::shopify::Shopify;
use serde_json::json;

/// Does what stands for `kind` in a shop with one listing.
async fn tried(kind: OperationKind) -> Result<Outcome, PlatformError> {
    let mut bench = match kind {
        OperationKind::Connect => unconnected().await,
        OperationKind::Authenticate => connected().await,
        _ => Bench::new().await,
    };
    if !matches!(kind, OperationKind::Connect | OperationKind::CreateProduct) {
        bench.publish().await;
    }
    let job = |name: &str| Operation::from_job(name, &bench.listing, "try").unwrap();
    let operation = match kind {
        OperationKind::Authenticate => job("authenticate"),
        OperationKind::ListProducts => job("list_products"),
        OperationKind::CreateProduct => job("publish_listing"),
        OperationKind::UpdateProduct => job("update_listing"),
        OperationKind::DeleteProduct => job("delete_listing"),
        OperationKind::SyncInventory => job("sync_inventory"),
        OperationKind::PreviewProduct => job("preview_listing"),
        OperationKind::CheckProduct => job("check_listing"),
        OperationKind::ReadOrders => job("read_orders"),
        OperationKind::ProcessOrder => {
            let id = bench.shop()["orders"][0]["id"].clone();
            let order = json!({"payload": {"external_order_id": id}});
            Operation::from_job("process_order", &order, "try").unwrap()
        }
        OperationKind::Webhooks => {
            let address = "https://hub.example/webhooks/shopify/1".to_owned();
            let wanted = Box::new(Subscriptions { address });
            Operation::new(Action::SubscribeWebhooks(wanted), "try")
        }
        OperationKind::Connect => {
            let grant = CodeGrant {
                query: let_in(&bench).await,
                verifier: Secret::new(String::new()),
                redirect_uri: String::new(),
            };
            Operation::new(Action::ExchangeCode(Box::new(grant)), "try")
        }
    };
    bench.run(&operation).await.map_err(|error| error.cause)
}

#[tokio::test]
async fn what_is_said_to_be_native_works_and_what_is_not_is_refused_with_the_reason() {
    for kind in OperationKind::ALL {
        let said = Shopify.descriptor().capability(kind);
        match (said.level, tried(kind).await) {
            (Level::Native | Level::Workaround, Ok(_)) => {}
            (Level::Unsupported, Err(error)) => {
                assert_eq!(error, PlatformError::rejected(said.reason));
            }
            (level, ended) => panic!("{} is {level:?}: {ended:?}", kind.name()),
        }
    }
}

#[test]
fn every_credential_says_whether_it_is_secret() {
    let fields = Shopify.descriptor().credentials;
    for field in fields {
        let is_open = matches!(field.name, "client_id" | "grant");
        assert_eq!(field.secret, !is_open, "{}", field.name);
    }
    let signer = Shopify.descriptor().webhook_credential;
    assert!(fields.iter().any(|field| field.name == signer));
}
