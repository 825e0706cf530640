//! What a channel says beforehand of a product, and what that means for the decision.

use crate::decisions::refused;
use database::{Member, Stage, text};
use serde_json::{Value, json};

/// The store's channel gives previews.
fn channels() -> Value {
    json!({"shopify": {"create_product": {"level": "native"}, "update_product": {"level": "native"},
        "delete_product": {"level": "native"}, "preview_product": {"level": "native"}}})
}

/// A request to publish the stage's listing; answers its id and its preview's job.
async fn asked(stage: &Stage) -> (String, String) {
    let answer = stage
        .ask_knowing("listing", &stage.listing, "publish", json!({}), &channels())
        .await
        .unwrap();
    assert_eq!(answer["row"]["preview"]["status"], "pending", "{answer}");
    assert_eq!(
        answer["row"]["job_ids"],
        json!([]),
        "a preview is no job of the decision"
    );
    let approval = text(&answer, "/row/id").unwrap();
    let job = format!("select id::text from hub.jobs where approval_id = '{approval}'");
    (approval, stage.one(&job).await.unwrap())
}

async fn record(stage: &Stage, approval: &str, listing: &str, result: Value) {
    let statement = "select hub.record_preview($1::text::uuid, $2::text::uuid, $3::text::jsonb)";
    stage
        .worker
        .execute(statement, &[&approval, &listing, &result.to_string()])
        .await
        .unwrap();
}

async fn preview(stage: &Stage, approval: &str) -> Value {
    let row = format!("select preview::text from hub.approvals where id = '{approval}'");
    serde_json::from_str(&stage.one(&row).await.unwrap()).unwrap()
}

fn issue(severity: &str, message: &str) -> Value {
    json!({"severity": severity, "code": "c", "message": message, "field": "title"})
}

#[tokio::test]
async fn a_channel_that_can_is_asked_beforehand() {
    let stage = Stage::new().await.unwrap();
    let (approval, job) = asked(&stage).await;
    assert_eq!(
        stage.job(&job, "type || ' ' || unique_key").await.unwrap(),
        format!("preview_listing preview:{approval}:{}", stage.listing)
    );
    let claimed = stage.claim(1, 5).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        claimed[0]["payload"]["product"]["sku"], "mug",
        "{claimed:?}"
    );
    assert_eq!(claimed[0]["obstacle"], Value::Null);
}

#[tokio::test]
async fn an_update_is_previewed_with_what_is_asked_for_and_a_deletion_not_at_all() {
    let stage = Stage::new().await.unwrap();
    let show = "update hub.listings set external_id = 'gid://1', status = 'active'";
    stage.admin.batch_execute(show).await.unwrap();
    let ask = async |action: &str, payload: Value| {
        stage
            .ask_knowing("listing", &stage.listing, action, payload, &channels())
            .await
            .unwrap()
    };
    let answer = ask("delete", json!({})).await;
    assert_eq!(answer["row"]["preview"], Value::Null, "{answer}");
    ask("update", json!({"price": "9.00"})).await;
    let claimed = stage.claim(1, 5).await.unwrap();
    assert_eq!(claimed[0]["type"], "preview_listing");
    assert_eq!(claimed[0]["payload"]["payload"]["price"], "9.00");
}

#[tokio::test]
async fn nobody_approves_while_the_channel_is_checking() {
    let stage = Stage::new().await.unwrap();
    let (approval, _) = asked(&stage).await;
    let answer = stage.approve(&approval).await.unwrap();
    refused(&answer, "conflict", "still checking");
    let answer = stage.decide(Member::Reviewer, &approval, "rejected").await;
    assert_eq!(answer.unwrap()["outcome"], "ok", "saying no is possible");
}

#[tokio::test]
async fn what_the_channel_would_refuse_is_not_approved_and_the_issue_is_named() {
    let stage = Stage::new().await.unwrap();
    let (approval, _) = asked(&stage).await;
    let issues = json!([
        issue("warning", "few pictures"),
        issue("error", "is too long")
    ]);
    record(&stage, &approval, &stage.listing, json!({"issues": issues})).await;
    let seen = preview(&stage, &approval).await;
    assert_eq!(seen["status"], "refused");
    assert_eq!(seen["issues"][1]["listing_id"], json!(stage.listing));
    let answer = stage.approve(&approval).await.unwrap();
    refused(&answer, "conflict", "title: is too long");
    assert!(!answer["message"].as_str().unwrap().contains("pictures"));
}

#[tokio::test]
async fn what_passed_is_approved_with_its_warnings_to_be_seen() {
    let stage = Stage::new().await.unwrap();
    let (approval, _) = asked(&stage).await;
    let issues = json!([issue("warning", "few pictures")]);
    record(&stage, &approval, &stage.listing, json!({"issues": issues})).await;
    let answer = stage.approve(&approval).await.unwrap();
    assert_eq!(answer["outcome"], "ok", "{answer}");
    assert_eq!(answer["row"]["preview"]["status"], "passed");
    assert_eq!(
        answer["row"]["preview"]["issues"][0]["message"],
        "few pictures"
    );
    assert_eq!(answer["row"]["job_ids"].as_array().unwrap().len(), 1);
    assert_eq!(answer["row"]["notes"], json!([]));
}

#[tokio::test]
async fn an_answer_that_is_not_to_be_had_does_not_hold_up_the_decision_but_is_noted() {
    let stage = Stage::new().await.unwrap();
    let (approval, job) = asked(&stage).await;
    let claimed = stage.claim(1, 1).await.unwrap().remove(0);
    let error = json!({"error": "the channel is down"});
    stage.settle(&claimed, "failed", error).await.unwrap();
    assert_eq!(stage.job(&job, "state").await.unwrap(), "dead");
    let seen = preview(&stage, &approval).await;
    assert_eq!(seen["status"], "unavailable");
    assert_eq!(seen["listings"][0]["error"], "the channel is down");
    let answer = stage.approve(&approval).await.unwrap();
    assert_eq!(answer["outcome"], "ok", "{answer}");
    let note = &answer["row"]["notes"][0];
    assert_eq!(
        (&note["operation"], &note["reason"]),
        (&json!("preview_product"), &json!("the channel is down"))
    );
}

#[tokio::test]
async fn a_refusal_that_ends_the_check_is_the_channels_verdict() {
    let stage = Stage::new().await.unwrap();
    let (approval, _) = asked(&stage).await;
    let claimed = stage.claim(1, 1).await.unwrap().remove(0);
    let refusal = json!({"error": "refused", "result": {"issues": [issue("error", "is missing")]}});
    stage.settle(&claimed, "failed", refusal).await.unwrap();
    assert_eq!(preview(&stage, &approval).await["status"], "refused");
    let answer = stage.approve(&approval).await.unwrap();
    refused(&answer, "conflict", "title: is missing");
}

#[tokio::test]
async fn a_cancelled_check_is_no_answer_and_one_tried_again_is_open() {
    let stage = Stage::new().await.unwrap();
    let (approval, job) = asked(&stage).await;
    for (action, status) in [("cancel", "unavailable"), ("retry", "pending")] {
        let args = json!({"id": job, "action": action});
        let statement = "select hub.change_job($1)";
        let answer = stage
            .request(Member::Owner, "one", "jobs", statement, &args)
            .await
            .unwrap();
        assert_eq!(answer["outcome"], "ok", "{answer}");
        assert_eq!(preview(&stage, &approval).await["status"], status);
    }
}

#[tokio::test]
async fn a_verdict_stands_and_a_closed_request_is_left_alone() {
    let stage = Stage::new().await.unwrap();
    let (approval, _) = asked(&stage).await;
    let no = json!({"issues": [issue("error", "no")]});
    record(&stage, &approval, &stage.listing, no).await;
    record(&stage, &approval, &stage.listing, json!({"error": "late"})).await;
    assert_eq!(preview(&stage, &approval).await["status"], "refused");
    stage
        .decide(Member::Reviewer, &approval, "rejected")
        .await
        .unwrap();
    record(&stage, &approval, &stage.listing, json!({"issues": []})).await;
    assert_eq!(preview(&stage, &approval).await["status"], "refused");
}

#[tokio::test]
async fn of_several_listings_one_refusal_refuses() {
    let stage = Stage::new().await.unwrap();
    let other = stage.store_of(&stage.workspace, "other").await.unwrap();
    let second = stage
        .listing_of(&stage.workspace, &stage.product, &other)
        .await
        .unwrap();
    let answer = stage
        .ask_knowing("product", &stage.product, "publish", json!({}), &channels())
        .await
        .unwrap();
    let approval = text(&answer, "/row/id").unwrap();
    record(&stage, &approval, &stage.listing, json!({"issues": []})).await;
    assert_eq!(preview(&stage, &approval).await["status"], "pending");
    let no = json!({"issues": [issue("error", "no")]});
    record(&stage, &approval, &second, no).await;
    assert_eq!(preview(&stage, &approval).await["status"], "refused");
}

#[tokio::test]
async fn a_channel_without_previews_is_not_waited_for() {
    let stage = Stage::new().await.unwrap();
    let mut channels = channels();
    channels["shopify"]["preview_product"] =
        json!({"level": "workaround", "reason": "checked by us"});
    let answer = stage
        .ask_knowing("listing", &stage.listing, "publish", json!({}), &channels)
        .await
        .unwrap();
    assert_eq!(answer["row"]["preview"], Value::Null, "{answer}");
    let approval = text(&answer, "/row/id").unwrap();
    assert_eq!(stage.approve(&approval).await.unwrap()["outcome"], "ok");
}
