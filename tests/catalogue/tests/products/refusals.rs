//! What is refused, and what it says.

use super::*;

#[tokio::test]
async fn a_taken_sku_or_handle_is_a_conflict_that_names_the_field() {
    let (shop, owner) = shop().await;
    shirt(&shop, &owner).await;
    let again = json!({"sku": "SHIRT", "title": "T"});
    assert_eq!(post(&shop, &owner, again).await.field(409), "sku");
    let handle = json!({"sku": "OTHER", "title": "T", "handle": "shirt"});
    assert_eq!(post(&shop, &owner, handle).await.field(409), "handle");
    let variant = json!({"sku": "OTHER", "title": "T", "variants": [{"sku": "SHIRT-S"}]});
    assert_eq!(
        post(&shop, &owner, variant).await.field(409),
        "variants.sku"
    );
    assert_eq!(shop.count("select count(*) from hub.products").await, 1);
}

#[tokio::test]
async fn what_only_the_database_can_judge_is_a_400_that_names_the_field() {
    let (shop, owner) = shop().await;
    let cents = json!({"sku": "A", "title": "T", "variants": [{"price": "1.5"}, {"option_values": ["S"], "price": "1.505"}]});
    assert_eq!(
        post(&shop, &owner, cents).await.field(400),
        "variants.option_values"
    );
    let cents = json!({"sku": "A", "title": "T", "variants": [{"price": "1.505"}]});
    assert_eq!(
        post(&shop, &owner, cents).await.field(400),
        "variants[0].price"
    );
    let yen = json!({"sku": "A", "title": "T", "variants": [{"price": "1.5", "currency": "JPY"}]});
    assert_eq!(
        post(&shop, &owner, yen).await.field(400),
        "variants[0].price"
    );
    let options = json!({"sku": "A", "title": "T", "options": [{"name": "Size", "values": ["S"]}]});
    assert_eq!(
        post(&shop, &owner, options).await.field(400),
        "variants.option_values"
    );
    assert_eq!(shop.count("select count(*) from hub.products").await, 0);
}

#[tokio::test]
async fn another_version_is_refused_with_the_current_row() {
    let (shop, owner) = shop().await;
    let (row, path) = shirt(&shop, &owner).await;
    let send = |method: Method, tag: &'static str| {
        let headers = [("if-match", tag), ("content-type", "application/json")];
        let body: Option<bytes::Bytes> = Some(r#"{"title":"New"}"#.into());
        shop.call(request(&owner, method, &path, &headers, Box::new(body)))
    };
    let stale = send(Method::PATCH, "\"7\"").await.expect(412);
    assert_eq!(stale["error"]["details"]["current"], row);
    send(Method::DELETE, "\"7\"").await.expect(412);
    send(Method::PATCH, "\"1\"").await.expect(200);
    send(Method::PATCH, "\"1\"").await.expect(412);
    send(Method::DELETE, "\"2\"").await.expect(204);
}

#[tokio::test]
async fn only_its_listings_publish_a_product() {
    let (shop, owner) = shop().await;
    let new = json!({"sku": "A", "title": "T", "status": "published"});
    let refusal = post(&shop, &owner, new).await.expect(409);
    assert!(
        refusal["error"]["message"]
            .as_str()
            .unwrap()
            .contains("POST /approvals")
    );
    let (_, path) = shirt(&shop, &owner).await;
    patch(&shop, &owner, &path, json!({"status": "published"}))
        .await
        .expect(409);
    shop.admin
        .execute("update hub.products set status = 'published'", &[])
        .await
        .unwrap();
    patch(
        &shop,
        &owner,
        &path,
        json!({"title": "Changed", "status": "published"}),
    )
    .await
    .expect(200);
    patch(&shop, &owner, &path, json!({"status": "draft"}))
        .await
        .expect(409);
}

#[tokio::test]
async fn a_product_with_listings_stays_and_the_way_is_named() {
    let (shop, owner) = shop().await;
    let (_, path) = shirt(&shop, &owner).await;
    let listed = "with s as (insert into hub.stores (workspace_id, platform, name, credentials)
            select id, 'shopify', 'Shop', '-' from hub.workspaces returning id, workspace_id)
        insert into hub.listings (workspace_id, product_id, store_id, price_minor, currency)
        select p.workspace_id, p.id, s.id, 1, 'EUR' from hub.products p, s";
    shop.admin.execute(listed, &[]).await.unwrap();
    let message = |body: Value| body["error"]["message"].as_str().unwrap().to_owned();
    let delete = || shop.send(&owner, Method::DELETE, &path, &Value::Null);
    assert!(message(delete().await.expect(409)).contains("DELETE /listings/"));
    shop.admin
        .execute("update hub.listings set external_id = 'x'", &[])
        .await
        .unwrap();
    assert!(message(delete().await.expect(409)).contains("POST /approvals"));
    shop.admin
        .execute("delete from hub.listings", &[])
        .await
        .unwrap();
    delete().await.expect(204);
    delete().await.expect(404);
    assert_eq!(
        shop.count("select count(*) from hub.product_variants")
            .await,
        0
    );
    let recorded =
        "select count(*) from hub.audit_logs where action = 'delete' and user_id is not null";
    assert_eq!(shop.count(recorded).await, 3);
}

#[tokio::test]
async fn roles_and_workspaces_are_kept_apart() {
    let (shop, owner) = shop().await;
    let (row, path) = shirt(&shop, &owner).await;
    let viewer = shop.member("main", "viewer").await;
    shop.get(&viewer, &path).await.expect(200);
    post(&shop, &viewer, json!({"sku": "A", "title": "T"}))
        .await
        .expect(403);
    patch(&shop, &viewer, &path, json!({"title": "T"}))
        .await
        .expect(403);
    shop.send(&viewer, Method::DELETE, &path, &Value::Null)
        .await
        .expect(403);
    shop.workspace("other", "JPY").await;
    let stranger = shop.member("other", "owner").await;
    shop.get(&stranger, &path).await.expect(404);
    patch(&shop, &stranger, &path, json!({"title": "T"}))
        .await
        .expect(404);
    shop.send(&stranger, Method::DELETE, &path, &Value::Null)
        .await
        .expect(404);
    assert_eq!(
        shop.get(&stranger, "/products").await.expect(200)["count"],
        0
    );
    let own =
        json!({"sku": "SHIRT", "title": "T", "handle": "shirt", "variants": [{"price": "5"}]});
    assert_eq!(
        post(&shop, &stranger, own).await.expect(201)["variants"][0]["price"],
        "5"
    );
    assert_eq!(shop.get(&owner, &path).await.expect(200), row);
}

#[tokio::test]
async fn bad_bodies_are_refused_by_field() {
    let (shop, owner) = shop().await;
    for (body, field) in [
        (json!({"sku": "A", "title": "T", "version": 9}), "version"),
        (
            json!({"sku": "A", "title": "T", "workspace_id": "x"}),
            "workspace_id",
        ),
        (json!({"sku": "A".repeat(101), "title": "T"}), "sku"),
        (
            json!({"sku": "A", "title": "T", "status": "sold"}),
            "status",
        ),
        (json!({"sku": "A", "title": "T\u{0}"}), "title"),
        (
            json!({"sku": "A", "title": "T", "images": [{"src": "javascript:alert(1)"}]}),
            "images[0].src",
        ),
        (
            json!({"sku": "A", "title": "T", "variants": [{"price": "-1"}]}),
            "variants[0].price",
        ),
        (
            json!({"sku": "A", "title": "T", "variants": [{"inventory": 1.5}]}),
            "variants[0].inventory",
        ),
        (
            json!({"sku": "A", "title": "T", "variants": [{"weight": 1}]}),
            "variants[0].weight",
        ),
        (json!({"sku": "A", "title": "T", "tags": "a,b"}), "tags"),
        (json!({"title": "T"}), "sku"),
        (json!([1]), "body"),
    ] {
        let shown = body.to_string();
        assert_eq!(post(&shop, &owner, body).await.field(400), field, "{shown}");
    }
}

#[tokio::test]
async fn other_addresses_and_methods_are_refused() {
    let (shop, owner) = shop().await;
    shop.get(&owner, "/products/not-an-id").await.expect(404);
    shop.get(&owner, "/products/import/more").await.expect(404);
    for (method, path, allow) in [
        (Method::PUT, "/products", "GET, POST"),
        (Method::GET, "/products/import", "POST"),
        (Method::POST, "/products/5", "GET, PATCH, DELETE"),
    ] {
        let answer = shop.send(&owner, method, path, &Value::Null).await;
        assert_eq!(answer.header("allow"), Some(allow), "{path}");
        answer.expect(405);
    }
}
