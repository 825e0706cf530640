//! Jobs: what is done in the background, by the kinds that exist.
//!
//! ```text
//!              cancel                  cancel
//!   scheduled ───────▶ cancelled ◀─────────── ready
//!    ▲  │ its time           ▲                 │ ▲
//!    │  └─────────────────────────────────────▶│ │ lease expired, put back
//!    │ retry                 │ cancel asked    ▼ │
//!    └──────────────────── running ──▶ done (completed)
//!                             └──────▶ dead (failed, or no attempt left) ──▶ ready, when asked to try again
//! ```
//! `lease_seq` rises with each claim and never falls: a worker reports with the number that it was given, and
//! a report with an older one changes nothing. The transitions are the functions `hub.claim`, `hub.settle`,
//! `hub.renew`, `hub.maintain` and `hub.change_job` of the migrations; [`crate::worker`] calls them.

pub mod http;

/// Does nothing, for `payload.duration_ms` milliseconds: to see whether the queue moves, and how fast.
pub const NOOP: &str = "noop";
/// Makes a listing's product on its channel and shows it. Needs an approval.
pub const PUBLISH_LISTING: &str = "publish_listing";
/// Changes what the channel shows. Needs an approval.
pub const UPDATE_LISTING: &str = "update_listing";
/// Removes the product from the channel. Needs an approval.
pub const DELETE_LISTING: &str = "delete_listing";
/// Sets the stock that the channel sells from.
pub const SYNC_INVENTORY: &str = "sync_inventory";
/// Tells the channel that an order was sent.
pub const PROCESS_ORDER: &str = "process_order";
/// Reads a page of the channel's products.
pub const LIST_PRODUCTS: &str = "list_products";
/// Checks a store's credentials; success makes a store in error active again.
pub const AUTHENTICATE: &str = "authenticate";
/// Asks what the channel would say to a listing's product, without making it. Comes with a request for approval.
pub const PREVIEW_LISTING: &str = "preview_listing";
/// Looks how the channel shows a listing.
pub const CHECK_LISTING: &str = "check_listing";
/// Reads a page of the channel's orders.
pub const READ_ORDERS: &str = "read_orders";
/// Acts on a stored notification.
pub const PROCESS_WEBHOOK: &str = "process_webhook";
/// Registers for the channel's notifications what is not registered.
pub const SUBSCRIBE_WEBHOOKS: &str = "subscribe_webhooks";

/// Kinds that only an approval makes; the database refuses them without one.
pub const APPROVED: [&str; 3] = [PUBLISH_LISTING, UPDATE_LISTING, DELETE_LISTING];

/// Kinds that a member may ask for directly.
pub const DIRECT: [&str; 8] = [
    NOOP,
    SYNC_INVENTORY,
    PROCESS_ORDER,
    LIST_PRODUCTS,
    AUTHENTICATE,
    CHECK_LISTING,
    READ_ORDERS,
    SUBSCRIBE_WEBHOOKS,
];
