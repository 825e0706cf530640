//! What Shopify is, can do and allows.

use super::PAGE;
use super::address::VERSION;
use super::answer::BUCKET;
use super::call::CLASS;
use common::platform::{
    Capability, ConfigField, Constraints, CredentialField, Descriptor, OperationKind, RateLimit,
};

pub static DESCRIPTOR: Descriptor = Descriptor {
    slug: "shopify",
    name: "Shopify",
    version: VERSION,
    capabilities: &CAPABILITIES,
    constraints: Constraints {
        // The bucket of the smallest plan; every answer names the shop's own.
        rate_limits: &[RateLimit {
            name: BUCKET,
            class: CLASS,
            unit: "cost_point",
            per_second: 100.0,
            burst: 1000,
            scope: "app and shop",
        }],
        batch_size: PAGE,
        asynchronous_operations: &[],
        poll_after_s: 3600,
    },
    credentials: &CREDENTIALS,
    webhook_credential: "client_secret",
    config: &CONFIG,
    hosts: &["https://*.myshopify.com"],
};

const CAPABILITIES: [(OperationKind, Capability); 12] = [
    (
        OperationKind::Authenticate,
        Capability::native(
            "shop query; refresh tokens; client-credentials grant for apps of the own organisation",
        ),
    ),
    (OperationKind::ListProducts, Capability::native("products")),
    (
        OperationKind::CreateProduct,
        Capability::native("productSet, publishablePublish"),
    ),
    (
        OperationKind::UpdateProduct,
        Capability::native("productSet; what the merchant added in Shopify is repeated"),
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
        OperationKind::PreviewProduct,
        Capability::unsupported("Shopify has no dry run: it judges a product when it is written"),
    ),
    (
        OperationKind::CheckProduct,
        Capability::native("product, also by inventoryItem"),
    ),
    (
        OperationKind::ReadOrders,
        Capability::native("orders; those of the last 60 days unless the app may read all orders"),
    ),
    (
        OperationKind::Webhooks,
        Capability::native("HTTPS deliveries signed with HMAC-SHA256; webhookSubscriptionCreate"),
    ),
    (
        OperationKind::Connect,
        Capability::native("authorization code grant, for expiring offline tokens"),
    ),
];

const CREDENTIALS: [CredentialField; 6] = [
    CredentialField {
        name: "access_token",
        secret: true,
        description: "Admin API access token; not needed with client_id and client_secret",
    },
    CredentialField {
        name: "client_id",
        secret: false,
        description: "of an app of the shop's own organisation, or of the app that the shop's owner lets in",
    },
    CredentialField {
        name: "client_secret",
        secret: true,
        description: "of the same app; also signs its webhooks",
    },
    CredentialField {
        name: "refresh_token",
        secret: true,
        description: "of an expiring access token; kept by the hub, replaced at every renewal",
    },
    CredentialField {
        name: "previous_refresh_token",
        secret: true,
        description: "kept by the hub until its replacement has been used",
    },
    CredentialField {
        name: "grant",
        secret: false,
        description: "how the hub got the access token: client_credentials or authorization_code",
    },
];

const CONFIG: [ConfigField; 5] = [
    ConfigField {
        name: "shop_domain",
        required: true,
        description: "your-shop.myshopify.com",
    },
    ConfigField {
        name: "api_version",
        required: false,
        description: "one of 2026-01, 2026-04, 2026-07, 2026-10; the newest without it",
    },
    ConfigField {
        name: "location_id",
        required: false,
        description: "where the stock lies; else the first location that serves online orders",
    },
    ConfigField {
        name: "publication_ids",
        required: false,
        description: "the sales channels that show products, a list; else the Online Store",
    },
    ConfigField {
        name: "scopes",
        required: false,
        description: "what to ask the shop's owner for, comma-separated; else what the plugin needs",
    },
];
