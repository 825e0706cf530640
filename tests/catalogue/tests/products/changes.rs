//! Making, changing and reading.

use super::*;

#[tokio::test]
async fn a_new_product_is_answered_as_it_is_read_afterwards() {
    let (shop, owner) = shop().await;
    let body = json!({"sku": "CUP", "title": "Cup", "tags": ["kitchen"], "images": [{"src": "https://a.example/cup.jpg"}]});
    let answer = post(&shop, &owner, body).await;
    let path = answer.header("location").unwrap().to_owned();
    let tag = answer.header("etag").unwrap().to_owned();
    let made = answer.expect(201);
    let read = shop.get(&owner, &path).await;
    assert_eq!(read.header("etag"), Some(tag.as_str()));
    assert_eq!(read.expect(200), made);
    assert_eq!(made["variants"].as_array().unwrap().len(), 1);
    assert_eq!(made["variants"][0]["sku"], "CUP");
    assert_eq!(made["variants"][0]["currency"], "EUR");
    assert_eq!(made["status"], "draft");
    assert_eq!(made["version"], 1);
}

#[tokio::test]
async fn variants_get_skus_and_the_product_gets_options() {
    let (shop, owner) = shop().await;
    let (row, _) = shirt(&shop, &owner).await;
    assert_eq!(
        row["options"],
        json!([{"name": "Size", "values": ["S", "M"]}])
    );
    let skus: Vec<_> = row["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["sku"].clone())
        .collect();
    assert_eq!(skus, ["SHIRT-S", "SHIRT-M"]);
    assert_eq!(row["variants"][1]["price"], "21.00");
    assert_eq!(row["variants"][1]["compare_at_price"], "25.00");
    let logged = "select count(*) from hub.inventory_logs where quantity_after = 5";
    assert_eq!(shop.count(logged).await, 1);
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_answers_as_it_is_read_afterwards() {
    let (shop, owner) = shop().await;
    let (before, path) = shirt(&shop, &owner).await;
    let answer = patch(
        &shop,
        &owner,
        &path,
        json!({"title": "Better shirt", "vendor": "Us", "status": "staged"}),
    )
    .await;
    let tag = answer.header("etag").unwrap().to_owned();
    let after = answer.expect(200);
    assert_eq!(
        shop.get(&owner, &path).await.header("etag"),
        Some(tag.as_str())
    );
    assert_eq!(shop.get(&owner, &path).await.expect(200), after);
    assert_eq!(after["variants"], before["variants"]);
    assert_eq!(
        (&after["title"], &after["vendor"], &after["status"]),
        (&json!("Better shirt"), &json!("Us"), &json!("staged"))
    );
}

#[tokio::test]
async fn a_patch_that_changes_nothing_leaves_the_version_and_the_record() {
    let (shop, owner) = shop().await;
    let (before, path) = shirt(&shop, &owner).await;
    let audits = shop.count("select count(*) from hub.audit_logs").await;
    let same = json!({"title": "Shirt", "variants": before["variants"].as_array().unwrap().iter().map(|v| {
        json!({"sku": v["sku"], "option_values": v["option_values"], "price": v["price"], "inventory": v["inventory"]})
    }).collect::<Vec<_>>()});
    for changes in [json!({}), same] {
        assert_eq!(
            patch(&shop, &owner, &path, changes).await.expect(200),
            before
        );
    }
    assert_eq!(
        shop.count("select count(*) from hub.audit_logs").await,
        audits
    );
}

#[tokio::test]
async fn variants_are_the_whole_set_and_those_unchanged_are_not_touched() {
    let (shop, owner) = shop().await;
    let (before, path) = shirt(&shop, &owner).await;
    let small = &before["variants"][0];
    let changes =
        json!({"variants": [{"id": small["id"]}, {"option_values": ["L"], "price": "23"}]});
    let after = patch(&shop, &owner, &path, changes).await.expect(200);
    assert_eq!(&after["variants"][0], small);
    assert_eq!(after["variants"][1]["sku"], "SHIRT-L");
    assert_eq!(after["variants"].as_array().unwrap().len(), 2);
    assert_eq!(
        after["options"],
        json!([{"name": "Size", "values": ["S", "L"]}])
    );
    let updates = "select count(*) from hub.audit_logs where resource_type = 'product_variant' and action = 'update'";
    assert_eq!(shop.count(updates).await, 0);
}

#[tokio::test]
async fn two_variants_may_swap_their_skus() {
    let (shop, owner) = shop().await;
    let (before, path) = shirt(&shop, &owner).await;
    let ids = [&before["variants"][0]["id"], &before["variants"][1]["id"]];
    let swap =
        json!({"variants": [{"id": ids[0], "sku": "SHIRT-M"}, {"id": ids[1], "sku": "SHIRT-S"}]});
    let after = patch(&shop, &owner, &path, swap).await.expect(200);
    assert_eq!(
        (&after["variants"][0]["id"], &after["variants"][0]["sku"]),
        (ids[0], &json!("SHIRT-M"))
    );
    assert_eq!(
        (&after["variants"][1]["id"], &after["variants"][1]["sku"]),
        (ids[1], &json!("SHIRT-S"))
    );
}

#[tokio::test]
async fn null_empties_what_may_be_empty() {
    let (shop, owner) = shop().await;
    let (before, path) = shirt(&shop, &owner).await;
    let changes = json!({"handle": null, "variants": [
        {"id": before["variants"][0]["id"], "price": null}, {"id": before["variants"][1]["id"], "barcode": null}]});
    let after = patch(&shop, &owner, &path, changes).await.expect(200);
    assert_eq!(after["handle"], Value::Null);
    assert_eq!(after["variants"][0]["price"], Value::Null);
    assert_eq!(after["variants"][1]["barcode"], Value::Null);
    assert_eq!(after["variants"][1]["price"], "21.00");
}

#[tokio::test]
async fn the_variant_of_a_product_without_options_follows_its_sku() {
    let (shop, owner) = shop().await;
    let made = post(&shop, &owner, json!({"sku": "CUP", "title": "Cup"}))
        .await
        .expect(201);
    let path = format!("/products/{}", made["id"].as_str().unwrap());
    let after = patch(&shop, &owner, &path, json!({"sku": "MUG"}))
        .await
        .expect(200);
    assert_eq!(after["variants"][0]["sku"], "MUG");
    assert_eq!(after["variants"][0]["id"], made["variants"][0]["id"]);
}

#[tokio::test]
async fn foreign_variants_are_unknown() {
    let (shop, owner) = shop().await;
    let (shirt_row, _) = shirt(&shop, &owner).await;
    let cup = post(&shop, &owner, json!({"sku": "CUP", "title": "Cup"}))
        .await
        .expect(201);
    let path = format!("/products/{}", cup["id"].as_str().unwrap());
    let changes = json!({"variants": [{"id": shirt_row["variants"][0]["id"]}]});
    assert_eq!(
        patch(&shop, &owner, &path, changes).await.field(400),
        "variants.id"
    );
}

#[tokio::test]
async fn lists_are_filtered_ordered_and_projected() {
    let (shop, owner) = shop().await;
    let (_, path) = shirt(&shop, &owner).await;
    post(
        &shop,
        &owner,
        json!({"sku": "CUP", "title": "Cup", "tags": ["kitchen"]}),
    )
    .await
    .expect(201);
    let page = shop
        .get(&owner, "/products?title=ilike.*cup*&select=sku,title")
        .await
        .expect(200);
    assert_eq!(
        page,
        json!({"data": [{"sku": "CUP", "title": "Cup"}], "count": 1, "page": 1, "pageSize": 20})
    );
    let page = shop
        .get(&owner, "/products?order=sku.desc&select=sku")
        .await
        .expect(200);
    assert_eq!(page["data"], json!([{"sku": "SHIRT"}, {"sku": "CUP"}]));
    let page = shop
        .get(&owner, "/products?tags=cs.{kitchen}&select=sku")
        .await
        .expect(200);
    assert_eq!(page["data"], json!([{"sku": "CUP"}]));
    let one = shop
        .get(&owner, &format!("{path}?select=sku,version"))
        .await
        .expect(200);
    assert_eq!(one, json!({"sku": "SHIRT", "version": 1}));
    assert_eq!(
        shop.get(&owner, "/products?secret=eq.1").await.field(400),
        "secret"
    );
}

#[tokio::test]
async fn a_repeated_key_makes_one_product() {
    let (shop, owner) = shop().await;
    let send = |body: &'static str| {
        let headers = [
            ("idempotency-key", "k"),
            ("content-type", "application/json"),
        ];
        let body: Option<bytes::Bytes> = Some(body.into());
        shop.call(request(
            &owner,
            Method::POST,
            "/products",
            &headers,
            Box::new(body),
        ))
    };
    let first = send(r#"{"sku":"A","title":"T"}"#).await.expect(201);
    assert_eq!(send(r#"{"sku":"A","title":"T"}"#).await.expect(201), first);
    assert_eq!(
        send(r#"{"sku":"B","title":"T"}"#).await.field(409),
        "Idempotency-Key"
    );
    assert_eq!(shop.count("select count(*) from hub.products").await, 1);
}
