//! What holds for every collection: lists, versions, idempotency, headers.

use crate::scenario::{Shop, id};
use e2e::App;
use hub::token::Role;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_has_data_count_page_and_page_size() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    for n in 0..5 {
        owner
            .post("/jobs", &json!({"type": "noop", "priority": n}))
            .await
            .expect(201);
    }
    let page = owner
        .get("/jobs?order=priority.desc&limit=2&offset=2&select=priority,status")
        .await
        .expect(200);
    assert_eq!(
        page,
        json!({
            "data": [{"priority": 2, "status": "pending"}, {"priority": 1, "status": "pending"}],
            "count": 5, "page": 2, "pageSize": 2,
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_query_language_filters_as_postgrest_does() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    for (sku, title, status) in [
        ("A-1", "Red mug", "draft"),
        ("A-2", "Blue mug", "staged"),
        ("B-1", "Red, large (bowl)", "draft"),
    ] {
        owner
            .post(
                "/products",
                &json!({"sku": sku, "title": title, "status": status}),
            )
            .await
            .expect(201);
    }
    for (query, wanted) in [
        ("sku=eq.A-1", vec!["A-1"]),
        ("sku=neq.A-1", vec!["A-2", "B-1"]),
        ("sku=gt.A-1&sku=lt.B-1", vec!["A-2"]),
        ("sku=gte.A-2&sku=lte.B-1", vec!["A-2", "B-1"]),
        ("title=like.Red*", vec!["A-1", "B-1"]),
        ("title=ilike.*MUG", vec!["A-1", "A-2"]),
        ("title=not.ilike.*mug", vec!["B-1"]),
        ("sku=in.(A-1,B-1)", vec!["A-1", "B-1"]),
        ("title=in.(%22Red,%20large%20(bowl)%22)", vec!["B-1"]),
        ("handle=is.null", vec!["A-1", "A-2", "B-1"]),
        ("handle=not.is.null", vec![]),
        (
            "or=(sku.eq.A-1,and(status.eq.draft,title.like.*bowl*))",
            vec!["A-1", "B-1"],
        ),
        ("not.or=(sku.eq.A-1,sku.eq.A-2)", vec!["B-1"]),
        (
            "and=(status.eq.draft,title.ilike.red*)&sku=like.B*",
            vec!["B-1"],
        ),
    ] {
        let page = owner
            .get(&format!("/products?{query}&order=sku.asc&select=sku"))
            .await
            .expect(200);
        let found: Vec<&str> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["sku"].as_str().unwrap())
            .collect();
        assert_eq!(found, wanted, "{query}");
        assert_eq!(page["count"], wanted.len(), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outdated_version_is_412_with_the_current_row() {
    let shop = Shop::open().await;
    let path = format!("/products/{}", id(&shop.product));
    let read = shop.operator.get(&path).await;
    let tag = read.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", read.body["version"]));
    let first = shop
        .operator
        .clone()
        .with("if-match", &tag)
        .patch(&path, &json!({"title": "First"}))
        .await;
    let newer = first.header("etag").to_owned();
    first.expect(200);
    assert_ne!(newer, tag);
    assert_eq!(shop.operator.get(&path).await.header("etag"), newer);
    let late = shop
        .operator
        .clone()
        .with("if-match", &tag)
        .patch(&path, &json!({"title": "Late"}))
        .await;
    let error = late.expect_error(412, "PRECONDITION_FAILED");
    assert_eq!(error["details"]["current"]["title"], "First");
    let delete = shop
        .operator
        .clone()
        .with("if-match", &tag)
        .delete(&format!("/listings/{}", id(&shop.listing)))
        .await;
    assert!([204, 412].contains(&delete.status.as_u16()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_with_a_key_gets_the_first_answer_and_changes_nothing() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let keyed = owner.clone().with("idempotency-key", "order-1");
    let wanted = json!({"sku": "ONCE", "title": "Once"});
    let (one, two) = tokio::join!(
        keyed.post("/products", &wanted),
        keyed.post("/products", &wanted)
    );
    let (one, two) = (one.expect(201), two.expect(201));
    assert_eq!(one, two);
    assert_eq!(keyed.post("/products", &wanted).await.expect(201), one);
    assert_eq!(owner.get("/products").await.expect(200)["count"], 1);
    let other = json!({"sku": "OTHER", "title": "Other"});
    let error = keyed
        .post("/products", &other)
        .await
        .expect_error(409, "CONFLICT");
    assert_eq!(error["details"]["field"], "Idempotency-Key");
    assert_eq!(owner.get("/products").await.expect(200)["count"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_says_how_long_it_is_and_which_request_it_answers() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    for (path, wanted) in [("/jobs", 200), ("/jobs?x=eq.1", 400), ("/jobs/none", 404)] {
        let answer = owner.clone().with("x-request-id", "mine-1").get(path).await;
        assert_eq!(answer.header("x-request-id"), "mine-1");
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(answer.header("content-length").parse::<u64>().unwrap() > 0);
        assert_eq!(answer.header("transfer-encoding"), "");
        answer.expect(wanted);
    }
    let answer = owner.get("/jobs").await;
    assert_eq!(answer.header("x-request-id").len(), 36);
    let head = owner.send(Method::HEAD, "/jobs", None).await;
    assert_eq!((head.status.as_u16(), &head.body), (200, &json!("")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_created_says_where_it_is() {
    let app = App::start().await;
    let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
    let answer = owner
        .post("/products", &json!({"sku": "A", "title": "A"}))
        .await;
    let location = answer.header("location").to_owned();
    let created = answer.expect(201);
    assert_eq!(location, format!("/products/{}", id(&created)));
    assert_eq!(owner.get(&location).await.expect(200), created);
}
