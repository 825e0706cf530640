//! What Printify can do and allows.

use common::platform::{
    Capability, ConfigField, Constraints, CredentialField, Descriptor, OperationKind, RateLimit,
};

/// Why nobody is sent to an address of the channel, and what to do instead.
pub const NO_CONNECT: &str = "Printify lets single shops in by a personal access token: make one under My profile, Connections (printify.com/app/account/api) and give it as `token`";

pub static DESCRIPTOR: Descriptor = Descriptor {
    slug: "printify",
    name: "Printify",
    version: "v1",
    capabilities: CAPABILITIES,
    constraints: Constraints {
        rate_limits: RATE_LIMITS,
        batch_size: super::list_products::PAGE,
        asynchronous_operations: &[],
        poll_after_s: 3600,
    },
    credentials: CREDENTIALS,
    webhook_credential: "webhook_secret",
    config: CONFIG,
    hosts: &["https://api.printify.com"],
};

const CAPABILITIES: &[(OperationKind, Capability)] = &[
    (
        OperationKind::Authenticate,
        Capability::native("shops.json; finds the shop where the account has just one"),
    ),
    (
        OperationKind::ListProducts,
        Capability::native("products.json, page by page"),
    ),
    (
        OperationKind::CreateProduct,
        Capability::native("products.json, publish.json, publishing_succeeded.json"),
    ),
    (
        OperationKind::UpdateProduct,
        Capability::native("PUT of the product, then published again"),
    ),
    (
        OperationKind::DeleteProduct,
        Capability::native("DELETE of the product, unpublished before"),
    ),
    (
        OperationKind::SyncInventory,
        Capability::workaround(
            "Printify makes to order and keeps no count: a variant with 0 is switched off, every other is switched on",
        ),
    ),
    (
        OperationKind::ProcessOrder,
        Capability::native(
            "send_to_production.json; an order of another channel is made first, from its lines and recipient",
        ),
    ),
    (
        OperationKind::PreviewProduct,
        Capability::workaround(
            "Printify has no dry run: variants, prices and print areas are compared with the blueprint's",
        ),
    ),
    (
        OperationKind::CheckProduct,
        Capability::native("the product's lock, publication and variants"),
    ),
    (OperationKind::ReadOrders, Capability::native("orders.json")),
    (
        OperationKind::Webhooks,
        Capability::native("HTTPS deliveries signed with HMAC-SHA256"),
    ),
    (OperationKind::Connect, Capability::unsupported(NO_CONNECT)),
];

/// The vendor counts in windows (600 a minute, 100 a minute for the catalogue, 200 in 30 minutes for publishing;
/// developers.printify.com) and announces nothing. A bucket that refills while it is used lets
/// `burst + per_second × window` through in one window; that sum is what equals the vendor's number.
const RATE_LIMITS: &[RateLimit] = &[
    RateLimit {
        name: "global",
        class: "*",
        unit: "request",
        per_second: 9.0,
        burst: 60,
        scope: "account",
    },
    RateLimit {
        name: "catalog",
        class: "catalog",
        unit: "request",
        per_second: 1.5,
        burst: 10,
        scope: "account",
    },
    RateLimit {
        name: "publish",
        class: "publish",
        unit: "request",
        per_second: 0.1,
        burst: 20,
        scope: "account",
    },
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        name: "token",
        secret: true,
        description: "personal access token, good for a year; scopes: shops.read, catalog.read, products, orders, uploads and webhooks read and write",
    },
    CredentialField {
        name: "webhook_secret",
        secret: true,
        description: "signs the shop's webhooks; any long random text, registered with them",
    },
];

const CONFIG: &[ConfigField] = &[
    ConfigField {
        name: "shop_id",
        required: true,
        description: "number of the shop; found by the first authentication where the account has just one",
    },
    ConfigField {
        name: "sales_channel",
        required: false,
        description: "what Printify says the shop is connected to; `custom_integration` or nothing: to us",
    },
    ConfigField {
        name: "currency",
        required: false,
        description: "ISO 4217, that of all the shop's prices; USD when absent: Printify's numbers have none",
    },
    ConfigField {
        name: "blueprint_id",
        required: false,
        description: "number of the blueprint of listings that name none (platform_data.printify.blueprint_id)",
    },
    ConfigField {
        name: "print_provider_id",
        required: false,
        description: "number of the print provider of listings that name none (platform_data.printify.print_provider_id)",
    },
    ConfigField {
        name: "print_areas",
        required: false,
        description: "[{placeholders: [{position, images: [{id, x, y, scale, angle}]}], variant_ids?}]: where artwork goes, in full; also in platform_data.printify",
    },
    ConfigField {
        name: "artwork_image_id",
        required: false,
        description: "id of an upload that fills one position, instead of print_areas; also in platform_data.printify",
    },
    ConfigField {
        name: "artwork_url",
        required: false,
        description: "address of a picture that is uploaded and fills one position, instead of print_areas; also in platform_data.printify",
    },
    ConfigField {
        name: "artwork_position",
        required: false,
        description: "that position; `front` when absent; also in platform_data.printify",
    },
    ConfigField {
        name: "option_defaults",
        required: false,
        description: "{\"color\": \"White\", …}: what a blueprint's option is where the product has no such option; also in platform_data.printify",
    },
    ConfigField {
        name: "storefront_url",
        required: false,
        description: "address of the shop's products: what Printify links a published product to, before its handle",
    },
    ConfigField {
        name: "shipping_method",
        required: false,
        description: "1 standard, 2 priority, 3 express, 4 economy, for orders that are made here; 1 when absent",
    },
];
