//! Liveness and readiness.

use e2e::App;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_hub_is_live_and_ready_without_a_token() {
    let app = App::start().await;
    let nobody = app.bearer("none").without("authorization");
    assert_eq!(
        nobody.get("/health/live").await.expect(200),
        json!({"status": "ok"})
    );
    assert_eq!(
        nobody.get("/health/ready").await.expect(200)["status"],
        "ready"
    );
    let answer = nobody.post("/health/ready", &json!({})).await;
    assert_eq!(answer.header("allow"), "GET");
    answer.expect_error(405, "METHOD_NOT_ALLOWED");
}
