//! From signing in to a team: founding, inviting, roles, leaving.

use crate::scenario::id;
use common::token::{Claims, sign};
use e2e::{App, Caller};
use serde_json::{Value, json};

/// Somebody with an account and a token for no workspace in particular.
async fn person(app: &App, name: &str) -> (Caller, String) {
    let admin = app.admin().await;
    let statement = "insert into hub.users (email) values ($1) returning id::text";
    let email = format!("{name}@shop.example");
    let row = admin.query_one(statement, &[&email]).await.unwrap();
    let user: String = row.get(0);
    let claims = Claims {
        sub: user.parse().unwrap(),
        workspace: None,
        exp: 4_000_000_000,
        nbf: None,
        iat: None,
    };
    let token = sign(&claims, app.jwt_secret()).unwrap();
    (app.bearer(&token), user)
}

async fn founded(app: &App, name: &str, slug: &str) -> (Caller, String, Value) {
    let (caller, user) = person(app, name).await;
    let body = json!({"slug": slug, "name": slug, "currency": "EUR"});
    let made = caller.post("/workspaces", &body).await;
    assert!(made.header("location").starts_with("/workspaces/"));
    (caller.with("x-workspace", slug), user, made.expect(201))
}

async fn joined(app: &App, owner: &Caller, name: &str, role: &str) -> (Caller, String) {
    let invited = owner.post("/invitations", &json!({"role": role})).await;
    let (caller, user) = person(app, name).await;
    let token = json!({"token": invited.expect(201)["token"]});
    let workspace = caller.post("/invitations/accept", &token).await.expect(200);
    let slug = workspace["slug"].as_str().unwrap();
    (caller.with("x-workspace", slug), user)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_founds_a_workspace_and_a_team_works_in_it() {
    let app = App::start().await;
    let (ann, _, made) = founded(&app, "ann", "north").await;
    let (ben, user) = joined(&app, &ann, "ben", "viewer").await;
    let product = json!({"sku": "MUG", "title": "Mug"});
    ben.post("/products", &product)
        .await
        .expect_error(403, "FORBIDDEN");
    let member = format!("/members/{user}");
    let operator = json!({"role": "operator"});
    ann.patch(&member, &operator).await.expect(200);
    ben.post("/products", &product).await.expect(201);
    let mine = ben
        .clone()
        .without("x-workspace")
        .get("/workspaces")
        .await
        .expect(200);
    assert_eq!(
        (&mine["data"][0]["id"], &mine["data"][0]["role"]),
        (&made["id"], &json!("operator"))
    );
    ann.delete(&member).await.expect(204);
    ben.get("/products").await.expect_error(403, "FORBIDDEN");

    let trail = ann
        .get("/audit-logs?resource_type=eq.member&order=created_at.asc")
        .await
        .expect(200);
    let changes: Vec<&Value> = trail["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["action"])
        .collect();
    assert_eq!(changes, ["create", "create", "update", "delete"]);
    assert_eq!(
        trail["data"][2]["changes"]["role"],
        json!({"from": "viewer", "to": "operator"})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_leave_at_once_one_stays() {
    let app = App::start().await;
    let (ann, ann_id, _) = founded(&app, "ann", "north").await;
    for round in 0..5 {
        let (ben, ben_id) = joined(&app, &ann, &format!("ben{round}"), "owner").await;
        let (one, two) = (format!("/members/{ann_id}"), format!("/members/{ben_id}"));
        let (one, two) = tokio::join!(ann.delete(&one), ben.delete(&two));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{:#} {:#}", one.body, two.body);
        if one.status == 409 {
            continue;
        }
        // Ben stayed: he invites Ann back, so that the next round finds things as this one did.
        let invited = ben
            .post("/invitations", &json!({"role": "owner"}))
            .await
            .expect(201);
        let back = ann.clone().without("x-workspace");
        back.post("/invitations/accept", &json!({"token": invited["token"]}))
            .await
            .expect(200);
        ben.delete(&format!("/members/{ben_id}")).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_works_once_and_its_token_is_written_nowhere() {
    let app = App::start().await;
    let (ann, _, _) = founded(&app, "ann", "north").await;
    let keyed = ann.clone().with("idempotency-key", "once");
    let invited = keyed
        .post("/invitations", &json!({"role": "viewer"}))
        .await
        .expect(201);
    let again = keyed
        .post("/invitations", &json!({"role": "viewer"}))
        .await
        .expect(201);
    assert_eq!((id(&invited), again.get("token")), (id(&again), None));
    let token = json!({"token": invited["token"]});
    let people = [
        person(&app, "b").await.0,
        person(&app, "c").await.0,
        person(&app, "d").await.0,
    ];
    let answers = futures::future::join_all(
        people
            .iter()
            .map(|person| person.post("/invitations/accept", &token)),
    );
    let mut statuses: Vec<u16> = answers
        .await
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404]);
    let text = invited["token"].as_str().unwrap();
    assert!(app.logs().iter().all(|(_, line)| !line.contains(text)));
    let rows = "select concat((select string_agg(k::text, '') from hub.idempotency_keys k), (select string_agg(a::text, '') from hub.audit_logs a),
        (select string_agg(i::text, '') from hub.invitations i))";
    let rows: String = app.admin().await.query_one(rows, &[]).await.unwrap().get(0);
    assert!(!rows.contains(text));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_call_from_where_the_workspace_says() {
    let app = App::start().await;
    let (ann, _, made) = founded(&app, "ann", "north").await;
    let page = ann.clone().with("origin", "https://shop.example");
    page.get("/products").await.expect_error(403, "FORBIDDEN");
    let path = format!("/workspaces/{}", id(&made));
    let listed = json!({"origins": ["https://shop.example"]});
    let changed = ann
        .clone()
        .with("if-match", "\"1\"")
        .patch(&path, &listed)
        .await;
    assert_eq!(changed.header("etag"), "\"2\"");
    changed.expect(200);
    let answer = page.get("/products").await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://shop.example"
    );
    answer.expect(200);
    let stale = ann
        .with("if-match", "\"1\"")
        .patch(&path, &json!({"origins": []}))
        .await;
    stale.expect_error(412, "PRECONDITION_FAILED");
}
