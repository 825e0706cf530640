//! The sandbox as others meet it: over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that goes wrong may say so by panicking"
)]

use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use sandbox::{Fault, FaultKind, Sandbox, TOKEN};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;

async fn ask(
    sandbox: &Sandbox,
    method: Method,
    path: &str,
    token: &str,
    body: &Value,
) -> Result<(StatusCode, Value), hyper::Error> {
    let stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "sandbox")
        .header("x-shopify-access-token", token)
        .body(Full::<bytes::Bytes>::from(body.to_string()))
        .unwrap();
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&body).unwrap()))
}

async fn graphql(sandbox: &Sandbox, token: &str, query: &str, variables: Value) -> Value {
    let body = json!({"query": query, "variables": variables});
    let path = "/admin/api/2026-10/graphql.json";
    let answer = ask(sandbox, Method::POST, path, token, &body).await;
    answer.unwrap().1
}

async fn control(
    sandbox: &Sandbox,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let path = format!("/_sandbox/{path}");
    ask(sandbox, method, &path, "", &body).await.unwrap()
}

const SHOP: &str = "query Shop { shop { name } }";
const MAKE: &str = "mutation Make($input: ProductSetInput!) { productSet(input: $input) {
    product { id variants(first: 1) { nodes { inventoryItem { id } } } }
    userErrors { code field message } } }";
const SET: &str = "mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
    inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code } } }";

#[tokio::test]
async fn each_token_has_its_own_shop_and_an_unknown_one_none() {
    let sandbox = Sandbox::start(None).await.unwrap();
    let input = json!({"input": {"title": "One"}});
    let made = graphql(&sandbox, TOKEN, MAKE, input).await;
    assert_eq!(made["data"]["productSet"]["userErrors"], json!([]));
    let all = "query All { products(first: 5) { nodes { title } } }";
    let mine = graphql(&sandbox, TOKEN, all, json!({})).await;
    assert_eq!(mine["data"]["products"]["nodes"], json!([{"title": "One"}]));
    let theirs = graphql(&sandbox, "shpat_sandbox_2", all, json!({})).await;
    assert_eq!(theirs["data"]["products"]["nodes"], json!([]));
    let path = "/admin/api/2026-10/graphql.json";
    let body = json!({ "query": SHOP });
    let (status, body) = ask(&sandbox, Method::POST, path, "wrong", &body)
        .await
        .unwrap();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body["errors"].as_str().unwrap().contains("Invalid API key"));
}

#[tokio::test]
async fn a_selection_gives_what_it_names_and_nothing_else() {
    let sandbox = Sandbox::start(None).await.unwrap();
    let query = "query Q($no: Boolean!) { shop { title: name ...More id @include(if: $no) } }
        fragment More on Shop { currencyCode __typename }";
    let answer = graphql(&sandbox, TOKEN, query, json!({"no": false})).await;
    let expected = json!({"title": "sandbox", "currencyCode": "USD", "__typename": "Shop"});
    assert_eq!(answer["data"]["shop"], expected);
    assert_eq!(answer["extensions"]["cost"]["actualQueryCost"], 1);
}

#[tokio::test]
async fn an_unknown_field_is_an_error_and_no_data() {
    let sandbox = Sandbox::start(None).await.unwrap();
    let answer = graphql(&sandbox, TOKEN, "query Q { shop { colour } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "undefinedField");
    assert!(answer["data"].is_null());
}

#[tokio::test]
async fn an_unknown_input_field_is_refused_where_the_schema_is_there() {
    let sandbox = Sandbox::start(None).await.unwrap();
    if !sandbox.checks_schema() {
        return;
    }
    let input = json!({"input": {"title": "One", "colour": "red"}});
    let answer = graphql(&sandbox, TOKEN, MAKE, input).await;
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("colour"),
        "{answer}"
    );
    assert_eq!(sandbox.dump(TOKEN)["products"], json!([]));
}

#[tokio::test]
async fn a_stock_write_is_remembered_under_its_key() {
    let sandbox = Sandbox::start(None).await.unwrap();
    let location = sandbox.dump(TOKEN)["locations"][1]["id"].clone();
    let stock = json!([{"locationId": location, "name": "available", "quantity": 5}]);
    let input = json!({"input": {"title": "One",
        "productOptions": [{"name": "Title", "values": [{"name": "Default Title"}]}],
        "variants": [{"optionValues": [{"optionName": "Title", "name": "Default Title"}],
            "inventoryQuantities": stock}]}});
    let made = graphql(&sandbox, TOKEN, MAKE, input).await;
    let item =
        &made["data"]["productSet"]["product"]["variants"]["nodes"][0]["inventoryItem"]["id"];
    let set = async |from: i64, to: i64, key: &str| {
        let row = json!({"inventoryItemId": item, "locationId": location, "quantity": to,
            "changeFromQuantity": from});
        let input = json!({"name": "available", "reason": "correction", "quantities": [row]});
        let answer = graphql(&sandbox, TOKEN, SET, json!({"input": input, "key": key})).await;
        answer["data"]["inventorySetQuantities"]["userErrors"][0]["code"].clone()
    };
    assert_eq!(set(4, 9, "a").await, "CHANGE_FROM_QUANTITY_STALE");
    assert_eq!(set(5, 9, "b").await, Value::Null);
    assert_eq!(
        set(5, 9, "b").await,
        Value::Null,
        "the same again is the same answer"
    );
    assert_eq!(set(9, 8, "b").await, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
    let without = SET
        .replace("@idempotent(key: $key)", "")
        .replace(", $key: String!", "");
    let input = json!({"name": "available", "reason": "correction", "quantities": []});
    let answer = graphql(&sandbox, TOKEN, &without, json!({ "input": input })).await;
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("@idempotent")
    );
}

#[tokio::test]
async fn the_bucket_leaks_and_refills() {
    let sandbox = Sandbox::start(None).await.unwrap();
    sandbox.set_bucket(TOKEN, 15.0, 0.001);
    let publish =
        "mutation P { publishablePublish(id: \"x\", input: []) { userErrors { message } } }";
    let first = graphql(&sandbox, TOKEN, publish, json!({})).await;
    let cost = &first["extensions"]["cost"];
    assert_eq!(cost["throttleStatus"]["currentlyAvailable"], 3.0, "{first}");
    let second = graphql(&sandbox, TOKEN, publish, json!({})).await;
    assert_eq!(second["errors"][0]["extensions"]["code"], "THROTTLED");
    assert!(second["data"].is_null() && second["extensions"]["cost"]["actualQueryCost"].is_null());
    sandbox.advance(Duration::from_secs(20_000));
    let third = graphql(&sandbox, TOKEN, publish, json!({})).await;
    assert!(third["errors"].is_null(), "{third}");
}

#[tokio::test]
async fn a_query_that_costs_too_much_is_refused() {
    let sandbox = Sandbox::start(None).await.unwrap();
    let query =
        "query Q { products(first: 250) { nodes { variants(first: 10) { nodes { id } } } } }";
    let answer = graphql(&sandbox, TOKEN, query, json!({})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "MAX_COST_EXCEEDED"
    );
}

#[tokio::test]
async fn faults_are_controlled_over_http() {
    let sandbox = Sandbox::start(None).await.unwrap();
    let fault = json!({"kind": "429", "times": 2, "match": "Shop", "retry_after": "3"});
    let (status, body) = control(&sandbox, Method::POST, "faults", fault).await;
    assert_eq!((status, &body["waiting"]), (StatusCode::OK, &json!(1)));
    let path = "/admin/api/2026-10/graphql.json";
    let other = json!({"query": "query Other { shop { name } }"});
    let (status, _) = ask(&sandbox, Method::POST, path, TOKEN, &other)
        .await
        .unwrap();
    assert_eq!(status, StatusCode::OK, "it waits for its request");
    for expected in [429, 429, 200] {
        let body = json!({ "query": SHOP });
        let (status, _) = ask(&sandbox, Method::POST, path, TOKEN, &body)
            .await
            .unwrap();
        assert_eq!(status, expected);
    }
    let (status, body) = control(&sandbox, Method::POST, "faults", json!({"kind": "fire"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body["error"].as_str().unwrap().contains("fire"));
    control(&sandbox, Method::POST, "faults", json!({"kind": "timeout"})).await;
    control(&sandbox, Method::DELETE, "faults", json!(null)).await;
    assert_eq!(sandbox.waiting_faults(), 0);
}

#[tokio::test]
async fn a_lost_reply_breaks_the_connection_after_the_change() {
    let sandbox = Sandbox::start(None).await.unwrap();
    sandbox.inject(Fault::new(FaultKind::LostReply, "Make"));
    let body = json!({"query": MAKE, "variables": {"input": {"title": "One"}}});
    let path = "/admin/api/2026-10/graphql.json";
    assert!(
        ask(&sandbox, Method::POST, path, TOKEN, &body)
            .await
            .is_err()
    );
    let (_, shop) = control(&sandbox, Method::GET, "shopify", json!(null)).await;
    assert_eq!(shop["products"][0]["title"], "One");
    assert_eq!(shop["requests"]["Make"], 1);
}

#[tokio::test]
async fn orders_and_sales_come_over_http_too() {
    let sandbox = Sandbox::start(None).await.unwrap();
    let order = json!({"lines": [{"sku": "A", "quantity": 2}]});
    let (status, body) = control(&sandbox, Method::POST, "shopify/orders", order).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        body["id"]
            .as_str()
            .unwrap()
            .starts_with("gid://shopify/Order/")
    );
    let (status, _) = control(&sandbox, Method::GET, "nothing", json!(null)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_dropped_sandbox_frees_its_address() {
    let sandbox = Sandbox::start(None).await.unwrap();
    let address = sandbox.address();
    let taken = Sandbox::start(Some(address)).await.unwrap_err();
    assert!(
        taken.to_string().contains("give another address"),
        "{taken}"
    );
    drop(sandbox);
    tokio::task::yield_now().await;
    Sandbox::start(Some(address)).await.unwrap();
}
