//! Nobody sees another workspace's data, whatever they ask for.

use crate::scenario::{Shop, id, store_on};
use common::token::{Claims, sign};
use hub::token::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workspaces_ids_are_as_if_not_there() {
    let shop = Shop::open().await;
    let approval = shop.ask("publish", json!({})).await;
    let job = shop
        .operator
        .post("/jobs", &json!({"type": "noop"}))
        .await
        .expect(201);
    let trail = shop.owner.get("/audit-logs?limit=1").await.expect(200)["data"][0].clone();
    let stranger = shop
        .app
        .member("stranger@else.example", "elsewhere", Role::Owner)
        .await;
    let paths = [
        ("stores", &shop.store),
        ("products", &shop.product),
        ("listings", &shop.listing),
        ("approvals", &approval),
        ("jobs", &job),
        ("audit-logs", &trail),
    ];
    for (collection, row) in paths {
        let path = format!("/{collection}/{}", id(row));
        stranger.get(&path).await.expect_error(404, "NOT_FOUND");
        let list = stranger
            .get(&format!("/{collection}?id=eq.{}", id(row)))
            .await
            .expect(200);
        assert_eq!(list["count"], 0, "{collection}");
        if collection != "audit-logs" {
            let change = match collection {
                "approvals" => json!({"status": "rejected"}),
                "jobs" => json!({"status": "cancelled"}),
                "listings" => json!({"inventory": 1}),
                "stores" => json!({"name": "mine"}),
                _ => json!({"title": "mine"}),
            };
            stranger
                .patch(&path, &change)
                .await
                .expect_error(404, "NOT_FOUND");
        }
        if ["stores", "products", "listings"].contains(&collection) {
            stranger.delete(&path).await.expect_error(404, "NOT_FOUND");
        }
    }
    assert_eq!(
        shop.operator
            .get(&format!("/jobs/{}", id(&job)))
            .await
            .expect(200)["status"],
        "pending"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_cannot_refer_to_another_workspace() {
    let shop = Shop::open().await;
    let stranger = shop
        .app
        .member("stranger@else.example", "elsewhere", Role::Owner)
        .await;
    let product = stranger
        .post("/products", &json!({"sku": "OWN", "title": "Own"}))
        .await
        .expect(201);
    let store = stranger
        .post("/stores", &store_on(&shop.sandbox, "Own"))
        .await
        .expect(201);
    for (product_id, store_id, field) in [
        (&product["id"], &shop.store["id"], "store_id"),
        (&shop.product["id"], &store["id"], "product_id"),
    ] {
        let listing = json!({"product_id": product_id, "store_id": store_id, "price": "1.00"});
        let error = stranger
            .post("/listings", &listing)
            .await
            .expect_error(400, "VALIDATION_ERROR");
        assert_eq!(error["details"]["field"], field);
    }
    let asked =
        json!({"resource_type": "listing", "resource_id": shop.listing["id"], "action": "publish"});
    stranger
        .post("/approvals", &asked)
        .await
        .expect_error(400, "VALIDATION_ERROR");
    let job = json!({"type": "list_products", "store_id": shop.store["id"]});
    stranger
        .post("/jobs", &job)
        .await
        .expect_error(400, "VALIDATION_ERROR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_is_401_and_no_membership_is_403_and_neither_says_more() {
    let shop = Shop::open().await;
    let stranger = shop
        .app
        .member("stranger@else.example", "elsewhere", Role::Owner)
        .await;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = |workspace: Option<&str>| Claims {
        sub: uuid_of(&shop.app, "stranger@else.example"),
        workspace: workspace.map(str::to_owned),
        exp: i64::try_from(now).unwrap() + 60,
        nbf: None,
        iat: None,
    };
    let foreign = sign(&claims(Some("shop")), shop.app.jwt_secret()).unwrap();
    let missing = sign(&claims(Some("no-such-workspace")), shop.app.jwt_secret()).unwrap();
    let expired = sign(
        &Claims {
            exp: 1,
            ..claims(None)
        },
        shop.app.jwt_secret(),
    )
    .unwrap();
    let forged = sign(&claims(None), "another secret of at least thirty-two bytes").unwrap();

    let mut refused = Vec::new();
    for token in [&foreign, &missing] {
        refused.push(
            shop.app
                .bearer(token)
                .get("/products")
                .await
                .expect_error(403, "FORBIDDEN"),
        );
    }
    assert_eq!(
        refused[0], refused[1],
        "a workspace's existence is nobody else's business"
    );
    refused.clear();
    for token in [&expired, &forged, &"garbage".to_owned(), &String::new()] {
        refused.push(
            shop.app
                .bearer(token)
                .get("/products")
                .await
                .expect_error(401, "UNAUTHORIZED"),
        );
    }
    refused.push(
        stranger
            .clone()
            .without("authorization")
            .get("/products")
            .await
            .expect_error(401, "UNAUTHORIZED"),
    );
    assert!(
        refused.iter().all(|error| *error == refused[0]),
        "{refused:#?}"
    );

    let named = sign(&claims(None), shop.app.jwt_secret()).unwrap();
    let named = shop.app.bearer(&named);
    named
        .clone()
        .with("x-workspace", "elsewhere")
        .get("/products")
        .await
        .expect(200);
    named
        .clone()
        .with("x-workspace", "shop")
        .get("/products")
        .await
        .expect_error(403, "FORBIDDEN");
    named
        .get("/products")
        .await
        .expect_error(400, "VALIDATION_ERROR");
}

fn uuid_of(app: &e2e::App, email: &str) -> uuid::Uuid {
    tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(async {
            let row = app
                .admin()
                .await
                .query_one("select id::text from hub.users where email = $1", &[&email])
                .await
                .unwrap();
            row.get::<_, String>(0).parse().unwrap()
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_never_leave() {
    let shop = Shop::open().await;
    let secret = "shpat_sandbox";
    let path = format!("/stores/{}", id(&shop.store));
    let again = json!({"credentials": {"access_token": secret, "client_secret": "whsec-hidden"}});
    shop.owner.patch(&path, &again).await.expect(200);
    for path in [
        path.as_str(),
        "/stores",
        "/audit-logs?resource_type=eq.store&limit=50",
    ] {
        let text = shop.owner.get(path).await.expect(200).to_string();
        assert!(
            !text.contains(secret) && !text.contains("whsec-hidden") && !text.contains("v2."),
            "{text}"
        );
    }
    shop.owner
        .get("/stores?select=credentials")
        .await
        .expect_error(400, "VALIDATION_ERROR");
    let stored: String = shop
        .app
        .admin()
        .await
        .query_one("select credentials from hub.stores", &[])
        .await
        .unwrap()
        .get(0);
    assert!(stored.starts_with("v2.") && !stored.contains(secret));
    for (component, line) in shop.app.logs() {
        assert!(!line.contains(secret), "{component}: {line}");
    }
}
