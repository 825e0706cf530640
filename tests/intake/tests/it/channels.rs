//! `POST /webhooks/{platform}/{store_id}` by those who may.

use http::Method;
use intake::{Scene, Signed};
use serde_json::json;

const SECRET: &str = "the-shop's-client-secret";

fn path(store: &str) -> String {
    format!("/webhooks/shopify/{store}")
}

#[tokio::test]
async fn a_signed_delivery_is_stored_as_it_came_and_its_repetition_is_not() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let body = "{ \"id\": 1,\n \"name\":\"Ä\" }";
    let delivery = Signed::shopify(SECRET, "d1", body);
    let first = scene.post(&path(&store), &delivery).await.expect(200);
    assert_eq!(first["status"], "stored");
    let again = scene.post(&path(&store), &delivery).await.expect(200);
    assert_eq!(again, json!({"status": "duplicate", "id": first["id"]}));
    assert_eq!(scene.count("hub.webhook_events").await, 1);
    assert_eq!(
        scene.count("hub.jobs where type = 'process_webhook'").await,
        1
    );
    let kept = "select convert_from(body, 'UTF8') || '|' || event_id || '|' || topic from hub.webhook_events";
    assert_eq!(scene.one(kept).await, format!("{body}|d1|orders/create"));
}

#[tokio::test]
async fn proofs_and_secrets_are_neither_stored_nor_logged() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let delivery = Signed::shopify(SECRET, "d1", "{\"customer\":\"Ada\"}").with("x-copied", SECRET);
    scene.post(&path(&store), &delivery).await.expect(200);
    let headers = scene
        .one("select headers::text from hub.webhook_events")
        .await;
    assert!(headers.contains("shop.myshopify.com"), "{headers}");
    let signature = &delivery
        .headers
        .iter()
        .find(|(name, _)| name.contains("hmac"))
        .unwrap()
        .1;
    for text in [headers, scene.intake.log_text()] {
        for hidden in [SECRET, signature, "Ada"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_stored_all_the_same() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    for (n, body) in [b"{".to_vec(), vec![0xff, 0, 0xfe], Vec::new()]
        .into_iter()
        .enumerate()
    {
        let delivery = Signed::shopify(SECRET, &format!("d{n}"), body.clone());
        scene.post(&path(&store), &delivery).await.expect(200);
        let statement =
            format!("select encode(body, 'hex') from hub.webhook_events where event_id = 'd{n}'");
        let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(scene.one(&statement).await, hex);
    }
}

#[tokio::test]
async fn an_id_with_another_body_is_a_conflict_and_an_alarm() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    scene
        .post(&path(&store), &Signed::shopify(SECRET, "d1", "{\"n\":1}"))
        .await
        .expect(200);
    let other = Signed::shopify(SECRET, "d1", "{\"n\":2}");
    let error = scene.post(&path(&store), &other).await.expect(409);
    assert_eq!(error["error"]["code"], "CONFLICT");
    let alarm = scene
        .intake
        .logged
        .borrow()
        .iter()
        .find(|line| line["alarm"] == true)
        .cloned();
    let alarm = alarm.expect("an alarm");
    assert_eq!(
        (&alarm["event"], &alarm["webhook.conflicts"]),
        (&json!("webhook.conflict"), &json!(1))
    );
    assert_eq!(
        scene
            .one("select convert_from(body, 'UTF8') from hub.webhook_events")
            .await,
        "{\"n\":1}"
    );
}

#[tokio::test]
async fn a_database_that_is_away_is_503_and_nothing_is_lost_when_it_comes_again() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let delivery = Signed::shopify(SECRET, "d1", "{}");
    scene.intake.away.set(true);
    let answer = scene.post(&path(&store), &delivery).await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.expect(503);
    scene.intake.away.set(false);
    scene
        .post(&path(&store), &Signed::shopify(SECRET, "d0", "{}"))
        .await
        .expect(200);
    scene.intake.away.set(true); // the secret is remembered now: the storing itself fails
    scene.post(&path(&store), &delivery).await.expect(503);
    scene.intake.away.set(false);
    assert_eq!(
        scene.post(&path(&store), &delivery).await.expect(200)["status"],
        "stored"
    );
}

#[tokio::test]
async fn the_previous_secret_is_good_for_a_day_and_the_new_one_at_once() {
    let scene = Scene::open().await;
    let store = scene.store("Main", "the-first-secret").await;
    let send = async |secret: &str, id: &str| {
        let delivery = Signed::shopify(secret, id, "{}");
        scene.post(&path(&store), &delivery).await.status.as_u16()
    };
    assert_eq!(send("the-first-secret", "d1").await, 200);
    scene.rotate(&store, "the-second-secret").await;
    assert_eq!(
        send("the-second-secret", "d2").await,
        200,
        "though the first is remembered"
    );
    assert_eq!(send("the-first-secret", "d3").await, 200);
    assert_eq!(send("the-third-secret", "d4").await, 401);
    let over = "update hub.stores set previous_until = now() - interval '1 second'";
    scene.admin.batch_execute(over).await.unwrap();
    scene.intake.ahead_ms.set(31_000);
    assert_eq!(send("the-first-secret", "d5").await, 401);
    assert_eq!(send("the-second-secret", "d6").await, 200);
    let sealed = scene
        .one("select credentials || previous_credentials from hub.stores")
        .await;
    assert!(!sealed.contains("secret"), "{sealed}");
    let audit = "select coalesce(string_agg(changes::text, ' '), '') from hub.audit_logs where resource_type = 'store' and changes::text like '%v1.test.%'";
    assert_eq!(scene.one(audit).await, "", "not even sealed");
}

#[tokio::test]
async fn secrets_are_looked_up_once_in_half_a_minute() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let mut statements = Vec::new();
    for (n, ahead_ms) in [0, 29_000, 31_000].into_iter().enumerate() {
        scene.intake.ahead_ms.set(ahead_ms);
        let delivery = Signed::shopify(SECRET, &format!("d{n}"), "{}");
        scene.post(&path(&store), &delivery).await.expect(200);
        statements.push(scene.intake.take_statements());
    }
    assert_eq!(statements, [2, 1, 2]);
}

#[tokio::test]
async fn a_disconnected_store_still_receives() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let body = json!({"status": "disconnected"});
    let path_of_store = format!("/stores/{store}");
    scene
        .send(&scene.owner, Method::PATCH, &path_of_store, &body)
        .await
        .expect(200);
    scene
        .post(&path(&store), &Signed::shopify(SECRET, "d1", "{}"))
        .await
        .expect(200);
    assert_eq!(
        scene
            .count("hub.webhook_events where status = 'received'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_burst_with_repetitions_stores_each_event_once() {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let path = path(&store);
    let deliveries: Vec<Signed> = (0..60)
        .map(|n| Signed::shopify(SECRET, &format!("d{}", n % 40), "{}"))
        .collect();
    for delivery in &deliveries {
        scene.post(&path, delivery).await.expect(200);
    }
    assert_eq!(scene.count("hub.webhook_events").await, 40);
    assert_eq!(
        scene
            .one("select sum(duplicates)::text from hub.webhook_events")
            .await,
        "20"
    );
    assert_eq!(
        scene.count("hub.jobs where type = 'process_webhook'").await,
        40
    );
}
