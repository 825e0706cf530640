//! `/webhook-events`: what came, shown and replayed.

use http::Method;
use intake::{Scene, Signed};
use serde_json::{Value, json};

const SECRET: &str = "the-shop's-client-secret";

/// A scene with one event that was processed; answers its id too.
async fn scene_with_event() -> (Scene, String) {
    let scene = Scene::open().await;
    let store = scene.store("Main", SECRET).await;
    let delivery = Signed::shopify(SECRET, "d1", "{\"customer\":\"Ada\"}");
    let stored = scene
        .post(&format!("/webhooks/shopify/{store}"), &delivery)
        .await
        .expect(200);
    let id = stored["id"].as_str().unwrap().to_owned();
    let done =
        "update hub.jobs set state = 'done', completed_at = now() where type = 'process_webhook'";
    scene.admin.batch_execute(done).await.unwrap();
    (scene, id)
}

async fn get(scene: &Scene, path: &str) -> Value {
    scene
        .send(&scene.owner, Method::GET, path, &Value::Null)
        .await
        .expect(200)
}

#[tokio::test]
async fn the_list_is_filtered_and_shows_no_bodies() {
    let (scene, id) = scene_with_event().await;
    let list = get(&scene, "/webhook-events?platform=eq.shopify&topic=like.orders*&status=eq.processed&received_at=gt.2020-01-01").await;
    assert_eq!(
        (&list["count"], &list["data"][0]["id"]),
        (&json!(1), &json!(id))
    );
    assert_eq!(list["data"][0]["body_bytes"], 18);
    assert!(!list.to_string().contains("Ada"));
    assert_eq!(
        get(&scene, "/webhook-events?status=eq.failed").await["count"],
        0
    );
    let unknown = scene
        .send(
            &scene.owner,
            Method::GET,
            "/webhook-events?body=eq.x",
            &Value::Null,
        )
        .await;
    assert_eq!(unknown.field(400), "body");
}

#[tokio::test]
async fn one_event_shows_what_came_to_those_who_mind_jobs() {
    let (scene, id) = scene_with_event().await;
    let path = format!("/webhook-events/{id}");
    let one = get(&scene, &path).await;
    assert_eq!(
        (&one["body"], &one["body_base64"]),
        (&json!("{\"customer\":\"Ada\"}"), &Value::Null)
    );
    assert_eq!(one["headers"]["x-shopify-topic"], "orders/create");
    assert_eq!(one["headers"]["x-shopify-hmac-sha256"], "[redacted]");
    let viewer = scene.member("viewer").await;
    scene
        .send(&viewer, Method::GET, &path, &Value::Null)
        .await
        .expect(403);
    scene
        .send(&viewer, Method::GET, "/webhook-events", &Value::Null)
        .await
        .expect(200);
    scene
        .send(
            &viewer,
            Method::POST,
            &format!("{path}/replay"),
            &Value::Null,
        )
        .await
        .expect(403);
}

#[tokio::test]
async fn a_replay_is_accepted_once_and_then_waited_for() {
    let (scene, id) = scene_with_event().await;
    let path = format!("/webhook-events/{id}/replay");
    let accepted = scene
        .send(&scene.owner, Method::POST, &path, &Value::Null)
        .await
        .expect(202);
    assert_eq!(
        (&accepted["status"], &accepted["replays"]),
        (&json!("received"), &json!(1))
    );
    let waits = scene
        .send(&scene.owner, Method::POST, &path, &Value::Null)
        .await
        .expect(409);
    assert_eq!(waits["error"]["details"]["current"]["id"], json!(id));
    assert_eq!(
        scene
            .count("hub.jobs where type = 'process_webhook' and state = 'ready'")
            .await,
        1
    );
    let missing = "/webhook-events/00000000-0000-7000-8000-000000000001/replay";
    scene
        .send(&scene.owner, Method::POST, missing, &Value::Null)
        .await
        .expect(404);
}

#[tokio::test]
async fn a_span_is_replayed_and_says_how_much_it_was() {
    let (scene, _) = scene_with_event().await;
    let replay = async |body: Value| {
        scene
            .send(&scene.owner, Method::POST, "/webhook-events/replay", &body)
            .await
    };
    let (from, to) = ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    let failed = replay(json!({"from": from, "to": to, "status": "failed"}))
        .await
        .expect(202);
    assert_eq!(
        failed,
        json!({"replayed": 0, "more": false, "next_from": null})
    );
    let done = replay(json!({"from": from, "to": to, "topic": "orders/create"}))
        .await
        .expect(202);
    assert_eq!(done["replayed"], 1);
    for (body, field) in [
        (json!({"from": from}), "body"),
        (json!({"from": "soon", "to": to}), "from"),
        (json!({"from": to, "to": from}), "to"),
        (
            json!({"from": from, "to": to, "status": "received"}),
            "status",
        ),
        (json!({"from": from, "to": to, "most": 1_000_000}), "most"),
    ] {
        let answer = replay(body.clone()).await;
        assert_eq!(answer.field(400), field, "{body}");
    }
}
