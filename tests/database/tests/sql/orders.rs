//! Orders as the channels have them.

use database::{Member, Stage};
use serde_json::{Value, json};

pub fn picture(id: &str, status: &str, updated_at: &str) -> Value {
    json!({"external_id": id, "number": format!("#{id}"), "status": status, "channel_status": status.to_uppercase(),
        "currency": "EUR", "total": "25.00", "placed_at": "2026-11-23T10:00:00Z", "updated_at": updated_at,
        "lines": [{"external_id": "1", "sku": "mug-1", "external_product_id": null, "title": "A mug", "quantity": 3,
            "fulfilled_quantity": 1, "price": "8.33"}]})
}

/// Brings pictures home with a job; answers the job's state.
async fn bring(stage: &Stage, pictures: Value) -> String {
    let job = json!({"type": "read_orders", "store_id": stage.store});
    stage.enqueue(job).await.unwrap();
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    let more =
        json!({"effect": {"orders": pictures}, "result": {"orders": 1, "next_cursor": null}});
    let answer = stage.settle(&job, "completed", more).await.unwrap();
    answer["state"].as_str().unwrap().to_owned()
}

const ORDER: &str = "select concat_ws(' ', status, channel_status, version) from hub.orders";

async fn fulfil(stage: &Stage, member: Member, id: &str, payload: Value) -> anyhow::Result<Value> {
    let args = json!({"id": id, "payload": payload});
    stage
        .request(member, "one", "jobs", "select hub.fulfil_order($1)", &args)
        .await
}

#[tokio::test]
async fn a_later_picture_of_an_order_is_right_and_an_older_one_changes_nothing() {
    let stage = Stage::new().await.unwrap();
    let pictures = json!([picture("1", "open", "2026-11-23T11:00:00Z")]);
    assert_eq!(bring(&stage, pictures.clone()).await, "done");
    assert_eq!(stage.one(ORDER).await.unwrap(), "open OPEN 1");
    bring(&stage, pictures).await;
    assert_eq!(
        stage.one(ORDER).await.unwrap(),
        "open OPEN 1",
        "the same again"
    );
    bring(
        &stage,
        json!([picture("1", "fulfilled", "2026-11-23T12:00:00Z")]),
    )
    .await;
    assert_eq!(stage.one(ORDER).await.unwrap(), "fulfilled FULFILLED 2");
    bring(
        &stage,
        json!([picture("1", "open", "2026-11-23T11:00:00Z")]),
    )
    .await;
    assert_eq!(
        stage.one(ORDER).await.unwrap(),
        "fulfilled FULFILLED 2",
        "an older one"
    );
    let shown = stage
        .one("select total || ' ' || total_minor from api.orders")
        .await
        .unwrap();
    assert_eq!(shown, "25.00 2500");
    let audit = "select string_agg(action, ' ' order by created_at) from hub.audit_logs where resource_type = 'order'";
    assert_eq!(stage.one(audit).await.unwrap(), "create update");
}

#[tokio::test]
async fn one_page_may_show_an_order_twice() {
    let stage = Stage::new().await.unwrap();
    let pictures = json!([
        picture("1", "fulfilled", "2026-11-23T12:00:00Z"),
        picture("1", "open", "2026-11-23T11:00:00Z")
    ]);
    assert_eq!(bring(&stage, pictures).await, "done");
    assert_eq!(stage.one(ORDER).await.unwrap(), "fulfilled FULFILLED 1");
}

#[tokio::test]
async fn a_picture_that_does_not_fit_fails_its_job_and_says_what() {
    let stage = Stage::new().await.unwrap();
    for (field, value) in [
        ("status", "lost"),
        ("currency", "Euro"),
        ("updated_at", "soon"),
    ] {
        let mut wrong = picture("1", "open", "2026-11-23T11:00:00Z");
        wrong[field] = json!(value);
        assert_eq!(bring(&stage, json!([wrong])).await, "dead", "{field}");
    }
    let errors = "select count(*)::text from hub.job_data where error like 'The channel''s answer can''t be recorded: %'";
    assert_eq!(stage.one(errors).await.unwrap(), "3");
    assert_eq!(
        stage
            .one("select count(*)::text from hub.orders")
            .await
            .unwrap(),
        "0"
    );
}

async fn one_order(stage: &Stage, status: &str) -> String {
    bring(stage, json!([picture("1", status, "2026-11-23T11:00:00Z")])).await;
    stage.one("select id::text from hub.orders").await.unwrap()
}

#[tokio::test]
async fn fulfilling_an_order_twice_is_one_job_while_it_waits() {
    let stage = Stage::new().await.unwrap();
    let order = one_order(&stage, "open").await;
    let parcel = json!({"tracking": {"number": "T1"}, "notify_customer": true});
    let made = fulfil(&stage, Member::Operator, &order, parcel.clone())
        .await
        .unwrap();
    assert_eq!(made["outcome"], "created", "{made}");
    assert_eq!(made["row"]["payload"]["external_order_id"], "1");
    let again = fulfil(&stage, Member::Operator, &order, parcel)
        .await
        .unwrap();
    assert_eq!(
        (&again["outcome"], &again["row"]["id"]),
        (&json!("ok"), &made["row"]["id"])
    );
    let other = fulfil(
        &stage,
        Member::Operator,
        &order,
        json!({"tracking": {"number": "T2"}}),
    )
    .await
    .unwrap();
    assert_eq!(other["outcome"], "created", "another parcel is another job");
    let denied = fulfil(&stage, Member::Reviewer, &order, json!({})).await;
    assert!(denied.is_err(), "who may not make jobs may not fulfil");
}

#[tokio::test]
async fn only_what_is_left_of_an_order_can_be_sent() {
    let stage = Stage::new().await.unwrap();
    let order = one_order(&stage, "partially_fulfilled").await;
    for (lines, issue) in [
        (
            json!([{"sku": "cup", "quantity": 1}]),
            "SKU cup is not in order #1",
        ),
        (
            json!([{"sku": "mug-1", "quantity": 2}, {"sku": "mug-1", "quantity": 1}]),
            "of SKU mug-1 only 2 are left to be sent",
        ),
    ] {
        let answer = fulfil(&stage, Member::Owner, &order, json!({ "lines": lines }))
            .await
            .unwrap();
        assert_eq!(answer["outcome"], "invalid");
        assert_eq!(answer["issue"], issue);
    }
    let fits = json!({"lines": [{"sku": "mug-1", "quantity": 2}]});
    assert_eq!(
        fulfil(&stage, Member::Owner, &order, fits).await.unwrap()["outcome"],
        "created"
    );
    let nowhere = "00000000-0000-4000-8000-000000000000";
    assert_eq!(
        fulfil(&stage, Member::Owner, nowhere, json!({}))
            .await
            .unwrap()["outcome"],
        "not_found"
    );
}

#[tokio::test]
async fn an_order_that_has_ended_is_not_fulfilled() {
    let stage = Stage::new().await.unwrap();
    let order = one_order(&stage, "cancelled").await;
    let answer = fulfil(&stage, Member::Owner, &order, json!({}))
        .await
        .unwrap();
    assert_eq!(answer["outcome"], "conflict");
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("nothing left to be sent")
    );
}

#[tokio::test]
async fn the_recipient_is_shown_to_nobody_and_forgotten_when_the_order_is_on_its_way() {
    let stage = Stage::new().await.unwrap();
    let order = one_order(&stage, "open").await;
    let recipient = json!({"first_name": "Ada", "last_name": "L"});
    let made = fulfil(
        &stage,
        Member::Owner,
        &order,
        json!({ "recipient": recipient }),
    )
    .await
    .unwrap();
    assert!(!made.to_string().contains("Ada"), "{made}");
    let listed = stage
        .request(
            Member::Owner,
            "one",
            "read",
            "select jsonb_agg(to_jsonb(j))::text from api.jobs j",
            &json!({}),
        )
        .await
        .unwrap();
    assert!(!listed.to_string().contains("Ada"));
    let job = stage.claim(1, 1).await.unwrap().remove(0);
    assert_eq!(
        job["payload"]["payload"]["recipient"], recipient,
        "the worker needs it"
    );
    stage
        .settle(&job, "completed", json!({"result": {}}))
        .await
        .unwrap();
    let kept = stage
        .one("select count(*)::text from hub.job_data where payload::text like '%Ada%'")
        .await
        .unwrap();
    assert_eq!(kept, "0");
}

#[tokio::test]
async fn what_a_channel_can_not_be_told_is_refused_and_a_workaround_says_what_it_is() {
    let stage = Stage::new().await.unwrap();
    let order = one_order(&stage, "open").await;
    for (level, outcome) in [("unsupported", "conflict"), ("workaround", "created")] {
        let channels =
            json!({"shopify": {"process_order": {"level": level, "reason": "by letter"}}});
        let args = json!({"id": order, "payload": {}, "channels": channels});
        let answer = stage
            .request(
                Member::Owner,
                "one",
                "jobs",
                "select hub.fulfil_order($1)",
                &args,
            )
            .await
            .unwrap();
        assert_eq!(answer["outcome"], outcome, "{answer}");
        assert!(answer.to_string().contains("by letter"), "{answer}");
    }
}
