//! `/workspaces`.

use crate::text;
use http::Method;
use serde_json::{Value, json};
use team::Team;

#[tokio::test]
async fn a_newcomer_founds_a_workspace_and_works_in_it() {
    let team = Team::open().await;
    let ann = team.person("ann").await;
    let none = team.get(&ann, "/workspaces").await.expect(200);
    assert_eq!(
        none,
        json!({"data": [], "count": 0, "page": 1, "pageSize": 20})
    );
    let body = json!({"slug": "north", "name": "North", "currency": "EUR"});
    let made = team.send(&ann, Method::POST, "/workspaces", &body).await;
    let address = made.header("location").unwrap().to_owned();
    let made = made.expect(201);
    assert_eq!(address, format!("/workspaces/{}", text(&made, "id")));
    assert_eq!(
        (&made["role"], &made["currency"]),
        (&json!("owner"), &json!("EUR"))
    );

    let mine = team.get(&ann, "/workspaces").await.expect(200);
    assert_eq!((&mine["count"], &mine["data"][0]), (&json!(1), &made));
    let product = json!({"sku": "MUG", "title": "A mug"});
    for workspace in ["north", text(&made, "id")] {
        team.get(&ann.at(workspace), "/products").await.expect(200);
    }
    let made = team
        .send(&ann.at("north"), Method::POST, "/products", &product)
        .await;
    let made = made.expect(201);
    assert_eq!(made["variants"][0]["currency"], "EUR", "the workspace's");
}

#[tokio::test]
async fn what_is_asked_twice_with_one_key_is_done_once_and_answered_alike() {
    let team = Team::open().await;
    let (ann, ben) = (team.person("ann").await, team.guest("ben"));
    let once = [("idempotency-key", "once")];
    let found = async |person, slug: &str| {
        let body = json!({"slug": slug, "name": "North"});
        team.send_with(person, Method::POST, "/workspaces", &body, &once)
            .await
    };
    let first = found(&ann, "north").await.expect(201);
    assert_eq!(found(&ann, "north").await.expect(201), first);
    assert_eq!(found(&ann, "other").await.field(409), "Idempotency-Key");
    found(&ben, "south").await.expect(201); // the key is each person's own
    let mine = team.get(&ann, "/workspaces").await.expect(200);
    assert_eq!(mine["count"], 1);

    let role = json!({"role": "viewer"});
    let invited = team.invite(&ann.at("north"), &role).await;
    let body = json!({"token": invited["token"]});
    let twice = [("idempotency-key", "twice")];
    let accept = async || {
        let path = "/invitations/accept";
        team.send_with(&ben, Method::POST, path, &body, &twice)
            .await
    };
    let joined = accept().await.expect(200);
    assert_eq!(accept().await.expect(200), joined);
}

#[tokio::test]
async fn what_looks_is_counted_as_looking_and_what_changes_as_changing() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    for path in ["/workspaces", "/members", "/invitations"] {
        let answer = team.get(&ann, path).await;
        let policy = answer.header("ratelimit-policy").unwrap();
        assert!(policy.contains("\"read-user\""), "{path}: {policy}");
    }
    let body = json!({"role": "viewer"});
    let answer = team.send(&ann, Method::POST, "/invitations", &body).await;
    let policy = answer.header("ratelimit-policy").unwrap();
    assert!(policy.contains("\"write-user\""), "{policy}");
}

#[tokio::test]
async fn a_slug_is_given_once_and_well_formed() {
    let team = Team::open().await;
    team.founder("ann", "north").await;
    let ben = team.person("ben").await;
    for (body, status, field) in [
        (json!({"slug": "north", "name": "x"}), 409, "slug"),
        (json!({"slug": "North", "name": "x"}), 400, "slug"),
        (
            json!({"slug": "0190a0b0-0000-7000-8000-000000000001", "name": "x"}),
            400,
            "slug",
        ),
        (json!({"slug": "south", "name": ""}), 400, "name"),
        (
            json!({"slug": "south", "name": "x", "currency": "eur"}),
            400,
            "currency",
        ),
        (json!({"slug": "south"}), 400, "body"),
    ] {
        let answer = team.send(&ben, Method::POST, "/workspaces", &body).await;
        assert_eq!(answer.field(status), field, "{body}");
    }
    let mine = team.get(&ben, "/workspaces").await.expect(200);
    assert_eq!(mine["count"], 0);
}

#[tokio::test]
async fn one_sees_ones_own_workspaces_and_ones_role_there() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    team.founder("eve", "south").await;
    let ben = team.member(&ann, "ben", "reviewer").await;
    let mine = team
        .get(&ben, "/workspaces?select=slug,role")
        .await
        .expect(200);
    assert_eq!(mine["data"], json!([{"slug": "north", "role": "reviewer"}]));
    let none = team
        .get(&ben, "/workspaces?slug=eq.south")
        .await
        .expect(200);
    assert_eq!(none["count"], 0);
    let unknown = team.get(&ben, "/workspaces?owner=eq.x").await;
    assert_eq!(unknown.field(400), "owner");
}

#[tokio::test]
async fn name_and_origins_change_for_who_has_seen_the_current_version() {
    let team = Team::open().await;
    let (ann, made) = team.founder("ann", "north").await;
    let path = format!("/workspaces/{}", text(&made, "id"));
    let origins = json!(["https://shop.example", "http://localhost:5173"]);
    let body = json!({"name": "Norden", "origins": origins});
    let first = [("if-match", "\"1\"")];
    let changed = team
        .send_with(&ann, Method::PATCH, &path, &body, &first)
        .await;
    let tag = changed.header("etag").unwrap().to_owned();
    let changed = changed.expect(200);
    assert_eq!(
        changed["origins"],
        json!(["http://localhost:5173", "https://shop.example"])
    );
    assert_eq!(
        (&changed["name"], tag.as_str()),
        (&json!("Norden"), "\"2\"")
    );
    let late = team
        .send_with(&ann, Method::PATCH, &path, &json!({"name": "Late"}), &first)
        .await;
    assert_eq!(late.expect(412)["error"]["details"]["current"], changed);

    let fewer = json!({"origins": ["https://shop.example"]});
    let changed = team.patch(&ann, &path, &fewer).await.expect(200);
    assert_eq!(
        (&changed["origins"], &changed["version"]),
        (&fewer["origins"], &json!(3))
    );
    let same = team.patch(&ann, &path, &fewer).await.expect(200);
    assert_eq!(same["version"], 3, "nothing changed");
    assert_eq!(team.get(&ann, &path).await.expect(200), same);
    let none = team
        .patch(&ann, &path, &json!({"origins": []}))
        .await
        .expect(200);
    assert_eq!(
        (&none["origins"], &none["name"]),
        (&json!([]), &json!("Norden"))
    );
}

#[tokio::test]
async fn an_origin_is_exact_and_safe() {
    let team = Team::open().await;
    let (ann, made) = team.founder("ann", "north").await;
    let path = format!("/workspaces/{}", text(&made, "id"));
    for bad in [
        "*",
        "https://*.shop.example",
        "http://shop.example",
        "https://shop.example/",
        "null",
    ] {
        let body = json!({"origins": ["https://good.example", bad]});
        let answer = team.patch(&ann, &path, &body).await;
        assert_eq!(answer.field(400), "origins[1]", "{bad}");
    }
    let many: Vec<String> = (0..21).map(|n| format!("https://s{n}.example")).collect();
    let answer = team.patch(&ann, &path, &json!({"origins": many})).await;
    assert_eq!(answer.field(400), "origins");
    assert_eq!(
        team.get(&ann, &path).await.expect(200)["origins"],
        json!([])
    );
}

#[tokio::test]
async fn the_path_names_the_workspace_that_one_works_in() {
    let team = Team::open().await;
    let (ann, north) = team.founder("ann", "north").await;
    let south = json!({"slug": "south", "name": "South"});
    let south = team
        .send(&ann, Method::POST, "/workspaces", &south)
        .await
        .expect(201);
    let (eve, _) = team.founder("eve", "elsewhere").await;
    let path = format!("/workspaces/{}", text(&north, "id"));
    let body = json!({"name": "Changed"});
    for (person, status) in [
        (ann.at("south"), 404),
        (ann.at(text(&south, "id")), 404),
        (ann.limited_to("south").at("south"), 404),
        (eve.clone(), 404),
        (eve.at("north"), 403),
        (eve.at(text(&north, "id")), 403),
    ] {
        team.get(&person, &path).await.expect(status);
        team.patch(&person, &path, &body).await.expect(status);
    }
    let mut unnamed = eve.clone();
    unnamed.workspace = None;
    team.patch(&unnamed, &path, &body).await.expect(403);
    let mut ann = ann;
    ann.workspace = None;
    assert_eq!(team.get(&ann, &path).await.expect(200)["name"], "north");
    team.patch(&ann, &path, &body).await.expect(200);
    team.get(&ann, "/workspaces/none").await.expect(404);
}

#[tokio::test]
async fn only_owners_and_admins_change_a_workspace_and_nobody_deletes_it() {
    let team = Team::open().await;
    let (ann, made) = team.founder("ann", "north").await;
    let path = format!("/workspaces/{}", text(&made, "id"));
    for (role, status) in [
        ("admin", 200),
        ("reviewer", 403),
        ("operator", 403),
        ("viewer", 403),
    ] {
        let member = team.member(&ann, role, role).await;
        let body = json!({"name": role});
        team.patch(&member, &path, &body).await.expect(status);
        team.get(&member, &path).await.expect(200);
    }
    let answer = team.delete(&ann, &path).await;
    assert_eq!(answer.header("allow"), Some("GET, PATCH"));
    answer.expect(405);
}

#[tokio::test]
async fn a_token_that_is_limited_to_a_workspace_reaches_no_other() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let (bea, _) = team.founder("bea", "south").await;
    let invited = team.invite(&bea, &json!({"role": "viewer"})).await;
    let limited = ann.limited_to("north");
    team.get(&limited, "/workspaces").await.expect(403);
    let body = json!({"slug": "new", "name": "New"});
    team.send(&limited, Method::POST, "/workspaces", &body)
        .await
        .expect(403);
    team.accept(&limited, &invited).await.expect(403);
    assert_eq!(
        team.one("select count(*)::text from hub.members").await,
        "2"
    );
    let nobody = Value::Null;
    for (method, path) in [
        (Method::GET, "/workspaces"),
        (Method::POST, "/invitations/accept"),
    ] {
        let body = bytes::Bytes::from(nobody.to_string());
        team.call(method, path, http::HeaderMap::new(), body)
            .await
            .expect(401);
    }
}
