//! Who may ask, who may decide, and when a decision is refused.

use crate::scenario::{Shop, id};
use hub::token::Role;
use serde_json::json;

fn verdict(status: &str) -> serde_json::Value {
    json!({"status": status})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_cannot_decide_whatever_their_role() {
    let shop = Shop::open().await;
    let asked =
        json!({"resource_type": "listing", "resource_id": shop.listing["id"], "action": "publish"});
    let asked = shop.owner.post("/approvals", &asked).await.expect(201);
    let path = format!("/approvals/{}", id(&asked));
    shop.owner
        .patch(&path, &verdict("approved"))
        .await
        .expect_error(403, "FORBIDDEN");
    assert_eq!(shop.owner.get(&path).await.expect(200)["status"], "pending");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_role_with_the_right_decides() {
    let shop = Shop::open().await;
    let asked = shop.ask("publish", json!({})).await;
    let path = format!("/approvals/{}", id(&asked));
    for role in [Role::Operator, Role::Viewer] {
        let member = shop.app.member("other@shop.example", "shop", role).await;
        member
            .patch(&path, &verdict("approved"))
            .await
            .expect_error(403, "FORBIDDEN");
    }
    let admin = shop
        .app
        .member("admin@shop.example", "shop", Role::Admin)
        .await;
    admin.patch(&path, &verdict("approved")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_can_look_but_not_ask() {
    let shop = Shop::open().await;
    let viewer = shop
        .app
        .member("viewer@shop.example", "shop", Role::Viewer)
        .await;
    viewer.get("/listings").await.expect(200);
    let wanted =
        json!({"resource_type": "listing", "resource_id": shop.listing["id"], "action": "publish"});
    viewer
        .post("/approvals", &wanted)
        .await
        .expect_error(403, "FORBIDDEN");
    viewer
        .get("/audit-logs")
        .await
        .expect_error(403, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_stands() {
    let shop = Shop::open().await;
    let asked = shop.ask("publish", json!({})).await;
    let path = format!("/approvals/{}", id(&asked));
    let rejected = json!({"status": "rejected", "comments": "not yet"});
    let decided = shop.reviewer.patch(&path, &rejected).await.expect(200);
    assert_eq!(
        (&decided["status"], &decided["job_ids"]),
        (&json!("rejected"), &json!([]))
    );
    let error = shop
        .reviewer
        .patch(&path, &verdict("approved"))
        .await
        .expect_error(409, "CONFLICT");
    assert_eq!(error["details"]["current"]["status"], "rejected");
    let history = shop.reviewer.get(&path).await.expect(200)["history"].clone();
    let steps: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["to_status"].clone())
        .collect();
    assert_eq!(steps, [json!("pending"), json!("rejected")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_resource_changed_is_refused_and_says_so() {
    let shop = Shop::open().await;
    let asked = shop.ask("publish", json!({})).await;
    let listing = format!("/listings/{}", id(&shop.listing));
    shop.operator
        .patch(&listing, &json!({"price": "13.00"}))
        .await
        .expect(200);
    let path = format!("/approvals/{}", id(&asked));
    let error = shop
        .reviewer
        .patch(&path, &verdict("approved"))
        .await
        .expect_error(409, "CONFLICT");
    assert!(
        error["message"].as_str().unwrap().contains("changed"),
        "{error}"
    );
    shop.reviewer
        .patch(&path, &verdict("rejected"))
        .await
        .expect(200);

    let asked = shop.ask("publish", json!({})).await;
    let product = format!("/products/{}", id(&shop.product));
    shop.operator
        .patch(&product, &json!({"title": "Another mug"}))
        .await
        .expect(200);
    let path = format!("/approvals/{}", id(&asked));
    let error = shop
        .reviewer
        .patch(&path, &verdict("approved"))
        .await
        .expect_error(409, "CONFLICT");
    assert!(
        error["message"].as_str().unwrap().contains("changed"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_request_is_marked_by_the_schedule_and_cannot_be_decided() {
    let shop = Shop::open().await;
    let asked = shop.ask("publish", json!({})).await;
    let admin = shop.app.admin().await;
    admin
        .batch_execute("update hub.approvals set expires_at = now() - interval '1 second'")
        .await
        .unwrap();
    let path = format!("/approvals/{}", id(&asked));
    let error = shop
        .reviewer
        .patch(&path, &verdict("approved"))
        .await
        .expect_error(409, "CONFLICT");
    assert!(
        error["message"].as_str().unwrap().contains("expired"),
        "{error}"
    );
    shop.app.tick("approval-expiry").await;
    assert_eq!(
        shop.reviewer.get(&path).await.expect(200)["status"],
        "expired"
    );
    shop.reviewer
        .patch(&path, &verdict("approved"))
        .await
        .expect_error(409, "CONFLICT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_question_is_asked_once() {
    let shop = Shop::open().await;
    let asked = shop.ask("publish", json!({})).await;
    let again =
        json!({"resource_type": "listing", "resource_id": shop.listing["id"], "action": "publish"});
    let error = shop
        .operator
        .post("/approvals", &again)
        .await
        .expect_error(409, "CONFLICT");
    assert!(
        error["message"].as_str().unwrap().contains(id(&asked)),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_reviewers_at_once_make_one_decision_and_one_job() {
    let shop = Shop::open().await;
    let asked = shop.ask("publish", json!({})).await;
    let path = format!("/approvals/{}", id(&asked));
    let second = shop
        .app
        .member("second@shop.example", "shop", Role::Reviewer)
        .await;
    let approved = verdict("approved");
    let (one, two) = tokio::join!(
        shop.reviewer.patch(&path, &approved),
        second.patch(&path, &approved)
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(shop.operator.get("/jobs").await.expect(200)["count"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_is_published_to_every_store_that_lists_it() {
    let shop = Shop::open().await;
    let asked =
        json!({"resource_type": "product", "resource_id": shop.product["id"], "action": "publish"});
    let asked = shop.operator.post("/approvals", &asked).await.expect(201);
    let decided = shop
        .reviewer
        .patch(&format!("/approvals/{}", id(&asked)), &verdict("approved"))
        .await
        .expect(200);
    assert_eq!(decided["job_ids"].as_array().unwrap().len(), 1);
    shop.app.tick("job-worker").await;
    assert_eq!(shop.listing_now().await["status"], "active");
}
