//! Deciding, and who and what may not.

use database::{Member, Stage};
use serde_json::{Value, json};

pub async fn asked(stage: &Stage, resource_type: &str, id: &str, action: &str) -> String {
    let answer = stage
        .ask(resource_type, id, action, json!({}))
        .await
        .unwrap();
    assert_eq!(answer["outcome"], "created", "{answer}");
    answer["row"]["id"].as_str().unwrap().to_owned()
}

pub fn refused(answer: &Value, outcome: &str, part: &str) {
    assert_eq!(answer["outcome"], outcome, "{answer}");
    assert!(
        answer["message"]
            .as_str()
            .unwrap_or_default()
            .contains(part),
        "{answer}"
    );
}

#[tokio::test]
async fn an_approval_makes_its_job_in_the_same_statement() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    let answer = stage.approve(&id).await.unwrap();
    assert_eq!(
        (
            &answer["outcome"],
            &answer["version"],
            &answer["row"]["status"]
        ),
        (&json!("ok"), &json!(2), &json!("approved"))
    );
    let job = answer["row"]["job_ids"][0].as_str().unwrap();
    assert_eq!(
        stage
            .job(job, "type || ' ' || state || ' ' || unique_key")
            .await
            .unwrap(),
        format!("publish_listing ready listing:{}", stage.listing)
    );
    let history = "select string_agg(to_status, ' ' order by created_at) from hub.approval_history";
    assert_eq!(stage.one(history).await.unwrap(), "pending approved");
}

#[tokio::test]
async fn a_rejection_makes_no_job() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    let args = json!({"id": id, "status": "rejected", "comments": "too dear"});
    let answer = stage
        .request(
            Member::Reviewer,
            "one",
            "decide",
            "select hub.decide_approval($1)",
            &args,
        )
        .await
        .unwrap();
    assert_eq!(
        (&answer["row"]["status"], &answer["row"]["review_comments"]),
        (&json!("rejected"), &json!("too dear"))
    );
    assert_eq!(
        stage
            .one("select count(*)::text from hub.jobs")
            .await
            .unwrap(),
        "0"
    );
    assert_eq!(
        stage.one("select status from hub.listings").await.unwrap(),
        "draft"
    );
}

#[tokio::test]
async fn the_requester_can_not_decide() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    for status in ["approved", "rejected"] {
        refused(
            &stage.decide(Member::Owner, &id, status).await.unwrap(),
            "forbidden",
            "Who asks can't decide",
        );
    }
}

#[tokio::test]
async fn a_role_without_the_right_can_not_decide() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    let error = stage
        .decide(Member::Operator, &id, "approved")
        .await
        .unwrap_err();
    let code = error
        .downcast_ref::<tokio_postgres::Error>()
        .and_then(|error| error.code().cloned());
    assert_eq!(code.unwrap().code(), "HB403");
}

#[tokio::test]
async fn a_decision_stands() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    stage.approve(&id).await.unwrap();
    let again = stage
        .decide(Member::Reviewer, &id, "rejected")
        .await
        .unwrap();
    refused(
        &again,
        "conflict",
        &format!(
            "was approved by user {}",
            stage.user(Member::Reviewer).await.unwrap()
        ),
    );
    assert_eq!(again["row"]["status"], "approved");
    assert_eq!(
        stage
            .one("select count(*)::text from hub.jobs")
            .await
            .unwrap(),
        "1"
    );
}

#[tokio::test]
async fn an_expired_request_can_not_be_decided() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    stage
        .admin
        .batch_execute("update hub.approvals set expires_at = now() - interval '1 second'")
        .await
        .unwrap();
    refused(&stage.approve(&id).await.unwrap(), "conflict", "expired at");
    refused(
        &stage
            .decide(Member::Reviewer, &id, "rejected")
            .await
            .unwrap(),
        "conflict",
        "expired at",
    );
}

#[tokio::test]
async fn another_version_than_the_one_looked_at_is_stale() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    let args = json!({"id": id, "status": "approved", "if_match": 7});
    let answer = stage
        .request(
            Member::Reviewer,
            "one",
            "decide",
            "select hub.decide_approval($1)",
            &args,
        )
        .await
        .unwrap();
    assert_eq!(
        (&answer["outcome"], &answer["version"], &answer["row"]["id"]),
        (&json!("stale"), &json!(1), &json!(id))
    );
}

#[tokio::test]
async fn an_unknown_request_is_not_found() {
    let stage = Stage::new().await.unwrap();
    assert_eq!(
        stage.approve(&stage.listing).await.unwrap(),
        json!({"outcome": "not_found"})
    );
}

#[tokio::test]
async fn a_product_is_published_in_every_store_that_does_not_show_it() {
    let stage = Stage::new().await.unwrap();
    let second = stage.store_of(&stage.workspace, "second").await.unwrap();
    let third = stage.store_of(&stage.workspace, "third").await.unwrap();
    stage
        .listing_of(&stage.workspace, &stage.product, &second)
        .await
        .unwrap();
    let shown = stage
        .listing_of(&stage.workspace, &stage.product, &third)
        .await
        .unwrap();
    stage
        .admin
        .batch_execute(&format!(
            "update hub.listings set external_id = 'x', status = 'active' where id = '{shown}'"
        ))
        .await
        .unwrap();
    let publish = asked(&stage, "product", &stage.product, "publish").await;
    let delete = asked(&stage, "product", &stage.product, "delete").await;
    assert_eq!(
        stage.approve(&publish).await.unwrap()["row"]["job_ids"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let answer = stage.approve(&delete).await.unwrap();
    assert_eq!(
        answer["row"]["job_ids"].as_array().unwrap().len(),
        1,
        "{answer}"
    );
    assert_eq!(
        stage
            .one(&format!(
                "select type from hub.jobs where listing_id = '{shown}'"
            ))
            .await
            .unwrap(),
        "delete_listing"
    );
}

#[tokio::test]
async fn no_job_reaches_the_catalogue_of_a_channel_without_an_approval() {
    let stage = Stage::new().await.unwrap();
    for kind in ["publish_listing", "update_listing", "delete_listing"] {
        let error = stage
            .enqueue(json!({"type": kind, "listing_id": stage.listing, "store_id": stage.store}))
            .await
            .unwrap_err();
        assert!(format!("{error:?}").contains("jobs_approved"), "{error:?}");
    }
}

#[tokio::test]
async fn two_reviewers_at_once_make_one_decision() {
    let stage = Stage::new().await.unwrap();
    let id = asked(&stage, "listing", &stage.listing, "publish").await;
    let (first, second) = tokio::join!(async { stage.approve(&id).await.unwrap() }, async {
        let other = cluster::connect(&stage.database.app_url).await.unwrap();
        let context = json!({"user": stage.user(Member::Reviewer).await.unwrap(), "workspace": "one", "need": "decide"});
        let args = json!({"id": id, "status": "approved"});
        let statement =
            "select hub.run($1::text::jsonb, 'select hub.decide_approval($1)', $2::text::jsonb)";
        let row = other
            .query_one(statement, &[&context.to_string(), &args.to_string()])
            .await
            .unwrap();
        serde_json::from_str::<Value>(row.get(0)).unwrap()
    });
    let mut outcomes = [
        first["outcome"].as_str().unwrap(),
        second["outcome"].as_str().unwrap(),
    ];
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["conflict", "ok"]);
    assert_eq!(
        stage
            .one("select count(*)::text from hub.jobs")
            .await
            .unwrap(),
        "1"
    );
}
