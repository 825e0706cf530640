//! What Amazon is, can do and allows.

use super::limits;
use common::platform::{
    Capability, ConfigField, Constraints, CredentialField, Descriptor, OperationKind,
};

/// The version of the Listings Items API; orders are read by 2026-01-01, shipments confirmed by v0, feeds are
/// of 2021-06-30.
pub const VERSION: &str = "2021-08-01";

const fn credential(
    name: &'static str,
    secret: bool,
    description: &'static str,
) -> CredentialField {
    CredentialField {
        name,
        secret,
        description,
    }
}

const fn setting(name: &'static str, required: bool, description: &'static str) -> ConfigField {
    ConfigField {
        name,
        required,
        description,
    }
}

pub static DESCRIPTOR: Descriptor = Descriptor {
    slug: "amazon",
    name: "Amazon",
    version: VERSION,
    capabilities: &CAPABILITIES,
    constraints: Constraints {
        rate_limits: &limits::ALL,
        batch_size: 20,
        asynchronous_operations: &[
            OperationKind::CreateProduct,
            OperationKind::UpdateProduct,
            OperationKind::DeleteProduct,
            OperationKind::SyncInventory,
        ],
        // A search of orders is allowed every three minutes; this leaves most of them to people.
        poll_after_s: 1800,
    },
    credentials: &[
        credential("client_id", false, "of the application (Login with Amazon)"),
        credential("client_secret", true, "of the same application"),
        credential(
            "refresh_token",
            true,
            "the seller's consent; connecting the store gets it",
        ),
        credential(
            "access_token",
            true,
            "an hour's token; made from the others",
        ),
        credential(
            "webhook_key",
            true,
            "the API key that EventBridge sends as x-api-key",
        ),
    ],
    webhook_credential: "webhook_key",
    config: &CONFIG,
    hosts: &[
        "https://api.amazon.com",
        "https://sellingpartnerapi-na.amazon.com",
        "https://sellingpartnerapi-eu.amazon.com",
        "https://sellingpartnerapi-fe.amazon.com",
        "https://*.amazonaws.com",
    ],
};

static CONFIG: [ConfigField; 10] = [
    setting(
        "seller_id",
        true,
        "the seller's id (merchant token); connecting the store sets it",
    ),
    setting(
        "marketplace_id",
        true,
        "the Amazon store, such as ATVPDKIKX0DER (US)",
    ),
    setting(
        "region",
        false,
        "na, eu or fe; follows from a known marketplace_id",
    ),
    setting(
        "application_id",
        false,
        "amzn1.sp.solution.…: needed to connect the store",
    ),
    setting(
        "application_stage",
        false,
        "`draft` while the application is not published",
    ),
    setting(
        "product_type",
        false,
        "for listings without platform_data.product_type, such as SHIRT",
    ),
    setting(
        "attributes",
        false,
        "Amazon attributes that every item of the store has; a listing's own are in platform_data: attributes, variant_attributes by SKU, option_attributes, variation_theme, parent_sku, asin",
    ),
    setting(
        "language_tag",
        false,
        "of the texts, such as de_DE; follows from a known marketplace_id",
    ),
    setting(
        "destination_id",
        false,
        "the EventBridge destination of listings' notifications",
    ),
    setting(
        "sqs_destination_id",
        false,
        "the SQS destination of orders' notifications",
    ),
];

static CAPABILITIES: [(OperationKind, Capability); 12] = [
    (
        OperationKind::Authenticate,
        Capability::native("Login with Amazon: refresh tokens"),
    ),
    (
        OperationKind::ListProducts,
        Capability::native("searchListingsItems; a family is shown as one product"),
    ),
    (
        OperationKind::CreateProduct,
        Capability::native(
            "putListingsItem for each SKU and the parent of several; above 20 a JSON_LISTINGS_FEED. Accepted is not live: the listing stays submitted until Amazon decides",
        ),
    ),
    (
        OperationKind::UpdateProduct,
        Capability::native("patchListingsItem, attribute by attribute"),
    ),
    (
        OperationKind::DeleteProduct,
        Capability::native("deleteListingsItem, a family's children first"),
    ),
    (
        OperationKind::SyncInventory,
        Capability::native(
            "patchListingsItem of merchant-fulfilled items, above 20 a feed; stock in Amazon's own warehouses (FBA) is Amazon's to count and refused",
        ),
    ),
    (
        OperationKind::ProcessOrder,
        Capability::native(
            "confirmShipment with carrier and tracking number; orders that Amazon sends are refused",
        ),
    ),
    (
        OperationKind::PreviewProduct,
        Capability::native("putListingsItem with mode=VALIDATION_PREVIEW"),
    ),
    (
        OperationKind::CheckProduct,
        Capability::native("getListingsItem: status and issues"),
    ),
    (
        OperationKind::ReadOrders,
        Capability::native(
            "searchOrders (one call in three minutes) and getOrder, without buyer and recipient, which are restricted data",
        ),
    ),
    (
        OperationKind::Webhooks,
        Capability::workaround(
            "Amazon posts nothing over HTTP: EventBridge (an API destination, or a pipe from a queue) brings its notifications with the store's webhook_key",
        ),
    ),
    (
        OperationKind::Connect,
        Capability::native("the consent page of Seller Central"),
    ),
];
