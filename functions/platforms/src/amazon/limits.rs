//! Amazon counts every operation of its API by itself. The rates are the defaults of the published models; a
//! seller's own may be higher.

use common::platform::RateLimit;

pub const SEARCH_ITEMS: &str = "searchListingsItems";
pub const GET_ITEM: &str = "getListingsItem";
pub const PUT_ITEM: &str = "putListingsItem";
pub const PATCH_ITEM: &str = "patchListingsItem";
pub const DELETE_ITEM: &str = "deleteListingsItem";
pub const SEARCH_ORDERS: &str = "searchOrders";
pub const GET_ORDER: &str = "getOrder";
pub const CONFIRM_SHIPMENT: &str = "confirmShipment";
pub const CREATE_DOCUMENT: &str = "createFeedDocument";
pub const CREATE_FEED: &str = "createFeed";
pub const GET_FEED: &str = "getFeed";
pub const GET_DOCUMENT: &str = "getFeedDocument";
pub const GET_SUBSCRIPTION: &str = "getSubscription";
pub const CREATE_SUBSCRIPTION: &str = "createSubscription";
pub const SEARCH_TYPES: &str = "searchDefinitionsProductTypes";

/// Nobody's limit: the token endpoint and the addresses of feed documents, which Amazon publishes none for.
pub const NONE: &str = "";

/// A limit on one operation.
const fn limit(operation: &'static str, per_second: f64, burst: u32) -> RateLimit {
    RateLimit {
        name: operation,
        class: operation,
        unit: "request",
        per_second,
        burst,
        scope: "application and selling partner",
    }
}

pub static ALL: [RateLimit; 15] = [
    limit(SEARCH_ITEMS, 5.0, 5),
    limit(GET_ITEM, 5.0, 10),
    limit(PUT_ITEM, 5.0, 10),
    limit(PATCH_ITEM, 5.0, 5),
    limit(DELETE_ITEM, 5.0, 5),
    limit(SEARCH_ORDERS, 0.0056, 20),
    limit(GET_ORDER, 0.5, 30),
    limit(CONFIRM_SHIPMENT, 2.0, 10),
    limit(CREATE_DOCUMENT, 0.5, 15),
    limit(CREATE_FEED, 0.0083, 15),
    limit(GET_FEED, 2.0, 15),
    limit(GET_DOCUMENT, 0.0222, 10),
    limit(GET_SUBSCRIPTION, 1.0, 5),
    limit(CREATE_SUBSCRIPTION, 1.0, 5),
    limit(SEARCH_TYPES, 5.0, 10),
];
