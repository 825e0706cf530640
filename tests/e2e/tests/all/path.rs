//! From a catalogue file to a product that a channel shows, and back, with every step on record.

use crate::scenario::{Shop, id, store_on};
use e2e::{App, root};
use hub::token::Role;
use reqwest::Method;
use sandbox::Sandbox;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_product_reaches_the_store_after_another_person_approved() {
    let file = root().join("../shared/data/apparel.csv");
    let Ok(csv) = std::fs::read(&file) else {
        eprintln!("skipped: there is no catalogue file at {}", file.display());
        return;
    };
    let app = App::start().await;
    let sandbox = Sandbox::start(None).await.unwrap();
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let operator = app
        .member("operator@shop.example", "shop", Role::Operator)
        .await;
    let store = owner
        .post("/stores", &store_on(&sandbox, "Main shop"))
        .await
        .expect(201);

    let import = operator.clone().with("content-type", "text/csv");
    let report = import
        .send(Method::POST, "/products/import", Some(csv.clone().into()))
        .await
        .expect(200);
    assert!(report["created"].as_u64().unwrap() > 10, "{report:#}");
    assert_eq!(report["errors_total"], 0, "{report:#}");
    let again = import
        .send(Method::POST, "/products/import", Some(csv.into()))
        .await
        .expect(200);
    assert_eq!(
        (&again["created"], &again["updated"]),
        (&json!(0), &json!(0)),
        "{again:#}"
    );

    let found = operator
        .get("/products?handle=eq.classic-varsity-top")
        .await
        .expect(200);
    let product = &found["data"][0];
    assert!(product["variants"].as_array().unwrap().len() > 1);
    let listing = json!({"product_id": product["id"], "store_id": store["id"], "price": "60.00", "inventory": 5});
    let listing = operator.post("/listings", &listing).await.expect(201);
    let asked = json!({"resource_type": "listing", "resource_id": listing["id"], "action": "publish", "payload": {}, "comments": "for spring"});
    let asked = operator.post("/approvals", &asked).await.expect(201);

    app.tick("job-worker").await;
    assert!(
        sandbox_products(&sandbox).is_empty(),
        "nothing may reach the channel before approval"
    );

    let reviewer = app
        .member("reviewer@shop.example", "shop", Role::Reviewer)
        .await;
    let decision = json!({"status": "approved", "comments": "go"});
    let decided = reviewer
        .patch(&format!("/approvals/{}", id(&asked)), &decision)
        .await
        .expect(200);
    app.tick("job-worker").await;

    let job = operator
        .get(&format!(
            "/jobs/{}",
            decided["job_ids"][0].as_str().unwrap()
        ))
        .await
        .expect(200);
    assert_eq!(job["status"], "completed", "{job:#}");
    let shown = operator
        .get(&format!("/listings/{}", id(&listing)))
        .await
        .expect(200);
    assert_eq!(shown["status"], "active");
    assert!(shown["external_id"].as_str().unwrap().contains("Product"));
    let products = sandbox_products(&sandbox);
    assert_eq!(products.len(), 1);
    assert_eq!(products[0]["title"], "Classic Varsity Top");
    let product = operator
        .get(&format!("/products/{}", id(product)))
        .await
        .expect(200);
    assert_eq!(product["status"], "published");

    for (kind, row) in [
        ("product", &product),
        ("listing", &listing),
        ("approval", &asked),
        ("store", &store),
    ] {
        let trail = format!(
            "/audit-logs?resource_type=eq.{kind}&resource_id=eq.{}",
            id(row)
        );
        let trail = reviewer.get(&trail).await.expect(200);
        assert!(
            trail["count"].as_u64().unwrap() > 0,
            "no record of the {kind}"
        );
    }
    let by_worker = reviewer
        .get("/audit-logs?actor=eq.job-worker&resource_type=eq.listing")
        .await
        .expect(200);
    assert_eq!(by_worker["data"][0]["request_id"], job["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shown_listing_is_changed_and_withdrawn_by_approval() {
    let shop = Shop::open().await;
    shop.approved("publish", json!({})).await;
    shop.app.tick("job-worker").await;
    let shown = shop.listing_now().await;
    assert_eq!(shown["status"], "active");

    let changed = shop
        .approved("update", json!({"price": "9.95", "inventory": 3}))
        .await;
    shop.app.tick("job-worker").await;
    assert_eq!(shop.job_of(&changed).await["status"], "completed");
    let now = shop.listing_now().await;
    assert_eq!(
        (&now["price"], &now["inventory"]),
        (&json!("9.95"), &json!(3))
    );
    let variant = &sandbox_products(&shop.sandbox)[0]["variants"][0];
    assert_eq!(variant["price"], "9.95");

    let withdrawn = shop.approved("delete", json!({})).await;
    shop.app.tick("job-worker").await;
    assert_eq!(shop.job_of(&withdrawn).await["status"], "completed");
    let now = shop.listing_now().await;
    assert_eq!(
        (&now["status"], &now["external_id"]),
        (&json!("inactive"), &json!(null))
    );
    assert!(sandbox_products(&shop.sandbox).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_channel_shows_cannot_be_changed_directly() {
    let shop = Shop::open().await;
    shop.approved("publish", json!({})).await;
    shop.app.tick("job-worker").await;
    let path = format!("/listings/{}", id(&shop.listing));
    for answer in [
        shop.operator.patch(&path, &json!({"price": "1.00"})).await,
        shop.operator
            .patch(&path, &json!({"status": "inactive"}))
            .await,
        shop.operator.delete(&path).await,
        shop.operator
            .delete(&format!("/products/{}", id(&shop.product)))
            .await,
        shop.operator
            .post("/jobs", &json!({"type": "publish_listing"}))
            .await,
    ] {
        let error = answer.expect_error(409, "CONFLICT");
        assert!(
            error["message"].as_str().unwrap().contains("/approvals"),
            "{error}"
        );
    }
    assert_eq!(shop.listing_now().await["price"], "12.50");
}

/// The products that the fake shop shows.
fn sandbox_products(sandbox: &Sandbox) -> Vec<serde_json::Value> {
    sandbox.dump(sandbox::TOKEN)["products"]
        .as_array()
        .cloned()
        .unwrap()
}
