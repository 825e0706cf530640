//! Asking for what would reach a channel.

use database::{Member, Stage};
use serde_json::json;

#[tokio::test]
async fn a_request_is_answered_with_its_row() {
    let stage = Stage::new().await.unwrap();
    let answer = stage
        .ask("listing", &stage.listing, "publish", json!({}))
        .await
        .unwrap();
    assert_eq!(
        (
            &answer["outcome"],
            &answer["version"],
            &answer["row"]["status"]
        ),
        (&json!("created"), &json!(1), &json!("pending"))
    );
    assert_eq!(answer["row"]["job_ids"], json!([]));
}

#[tokio::test]
async fn what_is_not_there_can_not_be_asked_for() {
    let stage = Stage::new().await.unwrap();
    let two = stage.workspace_of("two").await.unwrap();
    let foreign = stage.product_of(&two, "mug").await.unwrap();
    let answer = stage
        .ask("product", &foreign, "publish", json!({}))
        .await
        .unwrap();
    assert_eq!(
        answer,
        json!({"outcome": "invalid", "field": "resource_id", "issue": "there is no such product"})
    );
    let answer = stage
        .ask("listing", &foreign, "publish", json!({}))
        .await
        .unwrap();
    assert_eq!(answer["issue"], "there is no such listing");
    assert_eq!(
        stage
            .ask("store", &stage.store, "publish", json!({}))
            .await
            .unwrap()["field"],
        "action"
    );
}

#[tokio::test]
async fn an_action_has_to_fit_the_listing() {
    let stage = Stage::new().await.unwrap();
    let conflict = async |action: &str, part: &str| {
        let answer = stage
            .ask("listing", &stage.listing, action, json!({}))
            .await
            .unwrap();
        assert_eq!(answer["outcome"], "conflict", "{answer}");
        assert!(
            answer["message"].as_str().unwrap().contains(part),
            "{answer}"
        );
    };
    conflict("update", "Ask for the action \"publish\" first").await;
    conflict("delete", "Ask for the action \"publish\" first").await;
    stage
        .admin
        .batch_execute("update hub.stores set status = 'error', status_reason = 'token revoked'")
        .await
        .unwrap();
    conflict("publish", "is not connected (token revoked)").await;
    stage.admin.batch_execute("update hub.stores set status = 'active'; update hub.listings set external_id = 'gid://1', status = 'active'").await.unwrap();
    conflict("publish", "Ask for the action \"update\" instead").await;
}

#[tokio::test]
async fn the_same_is_not_asked_for_twice() {
    let stage = Stage::new().await.unwrap();
    let first = stage
        .ask("listing", &stage.listing, "publish", json!({}))
        .await
        .unwrap();
    let second = stage
        .ask("listing", &stage.listing, "publish", json!({}))
        .await
        .unwrap();
    assert_eq!(
        (&second["outcome"], &second["row"]["id"]),
        (&json!("conflict"), &first["row"]["id"])
    );
}

#[tokio::test]
async fn an_expired_request_gives_way_to_a_new_one() {
    let stage = Stage::new().await.unwrap();
    stage
        .ask("listing", &stage.listing, "publish", json!({}))
        .await
        .unwrap();
    stage
        .admin
        .batch_execute("update hub.approvals set expires_at = now() - interval '1 second'")
        .await
        .unwrap();
    assert_eq!(
        stage
            .ask("listing", &stage.listing, "publish", json!({}))
            .await
            .unwrap()["outcome"],
        "created"
    );
    assert_eq!(
        stage
            .one("select string_agg(status, ' ' order by created_at) from hub.approvals")
            .await
            .unwrap(),
        "expired pending"
    );
}

#[tokio::test]
async fn a_request_ends_within_ninety_days() {
    let stage = Stage::new().await.unwrap();
    for expires_at in ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"] {
        let args = json!({"resource_type": "listing", "resource_id": stage.listing, "action": "publish", "expires_at": expires_at});
        let answer = stage
            .request(
                Member::Owner,
                "one",
                "request",
                "select hub.request_approval($1)",
                &args,
            )
            .await
            .unwrap();
        assert_eq!(
            (&answer["outcome"], &answer["field"]),
            (&json!("invalid"), &json!("expires_at"))
        );
    }
}

#[tokio::test]
async fn a_product_without_a_listing_can_not_be_published() {
    let stage = Stage::new().await.unwrap();
    let cup = stage.product_of(&stage.workspace, "cup").await.unwrap();
    let answer = stage
        .ask("product", &cup, "publish", json!({}))
        .await
        .unwrap();
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("Make one with POST /listings first"),
        "{answer}"
    );
}
