//! What Etsy is and can do.

use super::limits::RATE_LIMITS;
use super::{PAGE, VERSION};
use common::platform::{
    Capability, ConfigField, Constraints, CredentialField, Descriptor, OperationKind,
};

pub static DESCRIPTOR: Descriptor = Descriptor {
    slug: "etsy",
    name: "Etsy",
    version: VERSION,
    capabilities: CAPABILITIES,
    constraints: Constraints {
        rate_limits: RATE_LIMITS,
        batch_size: PAGE,
        asynchronous_operations: &[],
        poll_after_s: 900,
    },
    credentials: CREDENTIALS,
    webhook_credential: "webhook_secret",
    config: CONFIG,
    hosts: &["https://api.etsy.com", "https://openapi.etsy.com"],
};

const CAPABILITIES: &[(OperationKind, Capability)] = &[
    (
        OperationKind::Authenticate,
        Capability::native("refresh tokens that change with every use; users/me"),
    ),
    (
        OperationKind::ListProducts,
        Capability::native("getListingsByShop, one state after the other"),
    ),
    (
        OperationKind::CreateProduct,
        Capability::native(
            "createDraftListing, uploadListingImage, updateListingInventory, then updateListing shows it; Etsy charges a listing fee",
        ),
    ),
    (
        OperationKind::UpdateProduct,
        Capability::native(
            "updateListing for texts, updateListingInventory for SKUs, prices and stock",
        ),
    ),
    (
        OperationKind::DeleteProduct,
        Capability::native(
            "deleteListing; a listing whose state forbids it is taken from sale first",
        ),
    ),
    (
        OperationKind::SyncInventory,
        Capability::workaround(
            "the whole inventory document is read, compared and written: Etsy has no compare-and-set, so a sale in between can be overwritten. At most 999 pieces of a variant are shown. A listing without stock is taken from sale, and one that sold out is renewed for a listing fee when stock is back",
        ),
    ),
    (
        OperationKind::ProcessOrder,
        Capability::native(
            "createReceiptShipment, for whole orders only; Etsy e-mails the buyer each time",
        ),
    ),
    (
        OperationKind::PreviewProduct,
        Capability::workaround(
            "Etsy has no dry run: its known rules are applied, and currency, profiles and category looked up in the shop",
        ),
    ),
    (
        OperationKind::CheckProduct,
        Capability::native("getListing"),
    ),
    (
        OperationKind::ReadOrders,
        Capability::native("getShopReceipts by the time of the last change"),
    ),
    (
        OperationKind::Webhooks,
        Capability::workaround(
            "Etsy sends order events only, to commercial apps, at an address that is entered by hand in its webhook portal; everything else is asked for",
        ),
    ),
    (
        OperationKind::Connect,
        Capability::native("OAuth 2 with PKCE"),
    ),
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        name: "keystring",
        secret: false,
        description: "of the app, on Etsy's page Your Apps",
    },
    CredentialField {
        name: "shared_secret",
        secret: true,
        description: "of the same app; Etsy wants it in every request",
    },
    CredentialField {
        name: "refresh_token",
        secret: true,
        description: "good for 90 days, replaced with every renewal; comes with connecting the store",
    },
    CredentialField {
        name: "webhook_secret",
        secret: true,
        description: "signing secret of the endpoint in Etsy's webhook portal, with or without whsec_",
    },
    CredentialField {
        name: "access_token",
        secret: true,
        description: "good for an hour; renewed with refresh_token",
    },
    CredentialField {
        name: "previous_refresh_token",
        secret: true,
        description: "the one before refresh_token: tried when a renewal's answer was lost",
    },
];

const fn field(name: &'static str, required: bool, description: &'static str) -> ConfigField {
    ConfigField {
        name,
        required,
        description,
    }
}

const CONFIG: &[ConfigField] = &[
    field(
        "shop_id",
        true,
        "number of the shop; found when the store is connected",
    ),
    field(
        "api_key_form",
        false,
        "of the x-api-key header: keystring_and_secret (default) or keystring",
    ),
    field(
        "taxonomy_id",
        false,
        "category of listings that name none in platform_data.etsy; of Etsy's seller taxonomy",
    ),
    field(
        "who_made",
        false,
        "of listings that name none: i_did, someone_else, collective",
    ),
    field(
        "when_made",
        false,
        "of listings that name none: made_to_order, 2020_2026, …",
    ),
    field(
        "is_supply",
        false,
        "of listings that do not say: whether they are supplies; false",
    ),
    field(
        "type",
        false,
        "of listings that name none: physical (default), download, both",
    ),
    field(
        "shipping_profile_id",
        false,
        "of physical listings that name none; needed when the shop has several",
    ),
    field(
        "readiness_state_id",
        false,
        "processing profile of physical listings that name none; needed when the shop has several",
    ),
    field(
        "return_policy_id",
        false,
        "of physical listings that name none; Etsy wants one outside the EU",
    ),
    field(
        "image_hosts",
        false,
        "hosts that products' pictures are fetched from, as cdn.example or *.example; the deployment has to allow them too",
    ),
    field(
        "default_image_ids",
        false,
        "pictures of the shop for products whose own can't be fetched",
    ),
    field(
        "carriers",
        false,
        "Etsy's names of carriers by ours, for those that it calls otherwise",
    ),
    field(
        "renew_sold_out",
        false,
        "whether a sold-out listing is renewed, for a fee, when stock is back; true",
    ),
    field(
        "shop_section_id",
        false,
        "of listings that name none; likewise every optional field of createDraftListing",
    ),
];
