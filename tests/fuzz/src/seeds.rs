//! Inputs that are good: what is changed a little gets further than what is made up.

use serde_json::{Value, json};

/// An id that no row has.
const NONE: &str = "0190a0b0-0000-7000-8000-000000000001";

/// Bodies that a route takes; none for one that takes none.
pub fn bodies(route: &str) -> Vec<Value> {
    match route {
        "POST /products" => vec![product(), json!({"sku": "A", "title": "A"})],
        "PATCH /products/{id}" => vec![product()],
        "POST /listings" => vec![
            json!({"product_id": NONE, "store_id": NONE, "price": "12.50", "inventory": 7, "currency": "USD"}),
        ],
        "PATCH /listings/{id}" => vec![json!({"price": "12.50", "inventory": 7})],
        "POST /stores" => vec![
            json!({"platform": "shopify", "name": "A", "credentials": {"access_token": "a", "client_secret": "b"},
                "config": {"base_url": "https://example.myshopify.com"}}),
            json!({"platform": "etsy", "name": "A", "credentials": {"refresh_token": "a"}, "config": {"shop_id": "1"}}),
        ],
        "PATCH /stores/{id}" => vec![json!({"name": "B", "status": "disconnected", "config": {}})],
        "POST /approvals" => vec![
            json!({"resource_type": "listing", "resource_id": NONE, "action": "update",
                "payload": {"price": "1.00", "inventory": 3}, "comments": "c"}),
        ],
        "PATCH /approvals/{id}" => vec![json!({"status": "approved", "comments": "c"})],
        "POST /jobs" => vec![
            json!({"type": "noop", "payload": {"a": [1]}, "priority": 3, "scheduled_at": "2126-01-01T00:00:00Z",
                "max_attempts": 3, "unique_key": "k"}),
            json!({"type": "list_products", "store_id": NONE}),
        ],
        "PATCH /jobs/{id}" => vec![json!({"status": "cancelled", "priority": 1})],
        "POST /orders/{id}/fulfil" => vec![
            json!({"lines": [{"sku": "A", "quantity": 1}], "tracking": {"company": "a", "number": "b", "url": "https://c"},
                "notify_customer": true, "recipient": {"first_name": "a", "last_name": "b", "country": "DE", "address1": "c",
                "city": "d", "zip": "e"}}),
        ],
        "POST /api-keys" => vec![
            json!({"name": "A", "kind": "bearer", "scopes": ["read", "jobs"], "expires_at": "2126-01-01T00:00:00Z"}),
            json!({"name": "A", "kind": "signing", "scopes": ["read"]}),
        ],
        "PATCH /api-keys/{id}" => vec![json!({"name": "A", "scopes": ["read"]})],
        "POST /api-keys/{id}/rotate" => vec![json!({"overlap_hours": 1})],
        "POST /invitations" => {
            vec![json!({"role": "viewer", "email": "a@example.com", "expires_in_hours": 24})]
        }
        "PATCH /members/{id}" => vec![json!({"role": "viewer"})],
        "PATCH /workspaces/{id}" => {
            vec![json!({"name": "A", "origins": ["https://shop.example"]})]
        }
        "POST /webhook-keys" => vec![json!({"name": "A", "expires_at": "2126-01-01T00:00:00Z"})],
        "POST /webhook-events/replay" => vec![
            json!({"from": "2026-01-01T00:00:00Z", "to": "2126-01-01T00:00:00Z", "store_id": NONE, "status": "failed", "topic": "a"}),
        ],
        "POST /api/webhook" => vec![
            json!({"id": "e-1", "type": "inventory.updated",
                "data": {"sku": "A", "quantity": 7, "updated_at": "2026-11-23T10:00:00Z"}}),
            json!({"id": "e-2", "type": "product.updated", "data": product()}),
            json!({"id": "e-3", "type": "product.deleted", "data": {"sku": "A"}}),
        ],
        _ => Vec::new(),
    }
}

fn product() -> Value {
    json!({"sku": "A", "title": "A", "description": "<p>a</p>", "handle": "a", "vendor": "v", "product_type": "t", "tags": ["x"],
        "status": "draft", "images": [{"src": "https://example.com/a.png", "alt": "a", "position": 1}],
        "seo": {"title": "s", "description": "d"}, "options": [{"name": "Size", "values": ["S", "L"]}],
        "variants": [{"sku": "A-1", "price": "12.50", "inventory": 7, "options": {"Size": "S"}}]})
}

/// A catalogue file.
pub const CSV: &str = "Handle,Title,Body (HTML),Vendor,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,\
Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Image Src,Image Position,Status\r\n\
mug,\"A \"\"mug\"\"\",\"<p>two\nlines</p>\",V,\"a, b\",TRUE,Size,S,Colour,Red,M-1,200,3,5.00,https://example.com/a.png,1,active\r\n\
mug,,,,,,,L,,Blue,M-2,210,4,6.50,https://example.com/b.png,2,\r\n\
cup,Cup,,,,false,Title,Default Title,,,C-1,,,1.00,,,draft\r\n";

/// Bodies as the channels post them, by the slug of the channel.
pub fn notifications(slug: &str) -> Vec<Value> {
    match slug {
        "shopify" => vec![
            json!({"id": 788032119674292922u64, "admin_graphql_api_id": "gid://shopify/Product/1", "title": "A",
                "updated_at": "2026-11-23T10:00:00Z", "variants": [{"id": 1}]}),
            json!({"inventory_item_id": 271878346596884015u64, "location_id": 24826418, "available": null, "updated_at": "x"}),
            json!({"shop_id": 954889, "shop_domain": "a.myshopify.com", "orders_to_redact": [1]}),
        ],
        "etsy" => vec![
            json!({"event_type": "order.paid", "shop_id": "1", "resource_url": "https://api.etsy.com/v3/application/shops/1/receipts/2"}),
        ],
        "printify" => vec![
            json!({"id": "653b6be8-2ff7-4ab5-a7a6-6889a8b3bbf5", "type": "product:publish:started",
                "created_at": "2026-11-23 10:00:00+00:00",
                "resource": {"id": "5cb87a8cd490a2ccb256cec4", "type": "product",
                    "data": {"shop_id": 815256, "publish_details": {"title": true}, "action": "create"}}}),
            json!({"id": "1", "type": "order:updated", "resource": {"id": "2", "type": "order", "data": {"shop_id": 1, "status": "fulfilled"}}}),
        ],
        "amazon" => vec![
            json!({"NotificationVersion": "1.0", "NotificationType": "LISTINGS_ITEM_STATUS_CHANGE", "PayloadVersion": "1.0",
                "EventTime": "2026-11-23T10:00:00Z",
                "Payload": {"SellerId": "A", "MarketplaceId": "B", "Asin": "C", "Sku": "D", "Status": ["BUYABLE"]},
                "NotificationMetadata": {"NotificationId": "n", "SubscriptionId": "s", "ApplicationId": "a"}}),
            json!({"notificationType": "ORDER_CHANGE", "eventTime": "2026-11-23T10:00:00Z",
                "payload": {"OrderChangeNotification": {"AmazonOrderId": "1", "SellerId": "A"}},
                "notificationMetadata": {"notificationId": "n"}}),
        ],
        other => panic!("say in fuzz/src/seeds.rs what {other} posts"),
    }
}
