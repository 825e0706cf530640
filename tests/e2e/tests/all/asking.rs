//! What channels can is published, and what they can't is refused when it is asked for.

use crate::scenario::{Shop, id};
use e2e::{App, Caller};
use hub::token::Role;
use sandbox::Sandbox;
use serde_json::{Value, json};

/// A store of each channel on its fake, with the truth about its platform.
async fn stores(owner: &Caller, sandbox: &Sandbox) -> Vec<(Value, Value)> {
    let mut all = Vec::new();
    for ready in sandbox.ready_stores() {
        let body = json!({"platform": ready.platform, "name": ready.platform,
            "credentials": ready.credentials, "config": ready.config});
        let store = owner.post("/stores", &body).await.expect(201);
        let known = format!("/platforms/{}", ready.platform);
        all.push((store, owner.get(&known).await.expect(200)));
    }
    all
}

async fn listing(owner: &Caller, product: &Value, store: &Value) -> Value {
    let body = json!({"product_id": product["id"], "store_id": store["id"], "price": "12.50", "inventory": 3});
    owner.post("/listings", &body).await.expect(201)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_channel_says_what_it_can_and_how() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let all = owner.get("/platforms").await.expect(200);
    let rows = all["data"].as_array().unwrap();
    assert_eq!(all["count"], rows.len());
    assert_eq!(
        (&all["page"], &all["pageSize"]),
        (&json!(1), &json!(rows.len()))
    );
    for row in rows {
        let slug = row["slug"].as_str().unwrap();
        assert!(!row["version"].as_str().unwrap().is_empty(), "{slug}");
        let capabilities = row["capabilities"].as_object().unwrap();
        for (operation, capability) in capabilities {
            let level = capability["level"].as_str().unwrap();
            let reason = capability["reason"].as_str().unwrap();
            assert!(["native", "workaround", "unsupported"].contains(&level));
            assert!(!reason.is_empty(), "{slug}: {operation} gives no reason");
        }
        assert!(row["constraints"]["rate_limits"].is_array());
        for field in row["credentials"].as_array().unwrap() {
            assert!(field["secret"].is_boolean(), "{slug}: {field}");
        }
        let one = owner.get(&format!("/platforms/{slug}")).await.expect(200);
        assert_eq!(&one, row);
    }
    owner.get("/platforms/nowhere").await.expect(404);
    owner.get("/platforms/shopify/x").await.expect(404);
    owner.get("/platforms?slug=eq.x").await.expect(400);
    owner.post("/platforms", &json!({})).await.expect(405);
    let nobody = owner.without("authorization");
    nobody.get("/platforms").await.expect(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_taken_as_the_truth_table_has_it() {
    let app = App::start().await;
    let sandbox = Sandbox::start(None).await.unwrap();
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let product = json!({"sku": "MUG-1", "title": "A mug"});
    let product = owner.post("/products", &product).await.expect(201);
    for (store, known) in stores(&owner, &sandbox).await {
        let listing = listing(&owner, &product, &store).await;
        for kind in [
            "list_products",
            "process_order",
            "read_orders",
            "sync_inventory",
        ] {
            let mut job = json!({"type": kind, "store_id": store["id"], "payload": {"external_order_id": "1"}});
            if kind == "sync_inventory" {
                job["listing_id"] = listing["id"].clone();
            }
            let capability = &known["capabilities"][kind];
            let answer = owner.post("/jobs", &job).await;
            let wanted = match capability["level"].as_str() {
                Some("native") => json!(null),
                Some("workaround") => capability["reason"].clone(),
                _ => {
                    let error = answer.expect_error(409, "CONFLICT");
                    let reason = capability["reason"].as_str().unwrap();
                    let message = error["message"].as_str().unwrap();
                    assert!(message.contains(reason), "{kind}: {error}");
                    continue;
                }
            };
            let made = answer.expect(201);
            assert_eq!(made["note"], wanted, "{}: {kind}", known["slug"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_shows_the_workarounds_and_what_the_channel_says_beforehand() {
    let app = App::start().await;
    let sandbox = Sandbox::start(None).await.unwrap();
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let reviewer = app
        .member("reviewer@shop.example", "shop", Role::Reviewer)
        .await;
    let product = json!({"sku": "MUG-1", "title": "A mug"});
    let product = owner.post("/products", &product).await.expect(201);
    for (store, known) in stores(&owner, &sandbox).await {
        let listing = listing(&owner, &product, &store).await;
        let wanted =
            json!({"resource_type": "listing", "resource_id": listing["id"], "action": "publish"});
        let asked = owner.post("/approvals", &wanted).await.expect(201);
        let capabilities = &known["capabilities"];
        let notes = asked["notes"].as_array().unwrap();
        let is_workaround = capabilities["create_product"]["level"] == "workaround";
        assert_eq!(notes.len(), usize::from(is_workaround), "{asked:#}");
        let path = format!("/approvals/{}", id(&asked));
        if capabilities["preview_product"]["level"] != "native" {
            assert_eq!(asked["preview"], json!(null), "{asked:#}");
            continue;
        }
        assert_eq!(asked["preview"]["status"], "pending", "{asked:#}");
        let approve = json!({"status": "approved"});
        let error = reviewer.patch(&path, &approve).await;
        let error = error.expect_error(409, "CONFLICT");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("still checking"), "{error}");
        app.tick("job-worker").await;
        let seen = owner.get(&path).await.expect(200)["preview"].clone();
        assert_ne!(seen["status"], "pending", "{seen:#}");
        assert_ne!(seen["status"], "unavailable", "{seen:#}");
        let wanted = if seen["status"] == "refused" {
            409
        } else {
            200
        };
        reviewer.patch(&path, &approve).await.expect(wanted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_stock_for_several_variants_is_refused_when_it_is_asked_for() {
    let shop = Shop::open().await;
    let sizes = json!({"sku": "TEE-1", "title": "A shirt", "options": [{"name": "Size", "values": ["S", "M"]}],
        "variants": [{"sku": "TEE-S", "option_values": ["S"], "price": "10.00"},
            {"sku": "TEE-M", "option_values": ["M"], "price": "11.00"}]});
    let sizes = shop.operator.post("/products", &sizes).await.expect(201);
    let listing = listing(&shop.operator, &sizes, &shop.store).await;
    let admin = shop.app.admin().await;
    let show = format!(
        "update hub.listings set external_id = 'gid://1', status = 'active' where id = '{}'",
        id(&listing)
    );
    admin.batch_execute(&show).await.unwrap();
    for (payload, field) in [
        (json!({"inventory": 3}), "payload.inventory"),
        (json!({"price": "9.00"}), "payload.price"),
    ] {
        let wanted = json!({"resource_type": "listing", "resource_id": listing["id"], "action": "update", "payload": payload});
        let error = shop.operator.post("/approvals", &wanted).await;
        let error = error.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(error["details"]["field"], field, "{error}");
    }
}
