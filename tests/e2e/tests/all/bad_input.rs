//! Every kind of bad input is a 4xx in the contract's form, changes nothing, and says what to do.

use crate::scenario::{Shop, id};
use reqwest::Method;
use serde_json::{Value, json};

struct Case {
    what: &'static str,
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
    status: u16,
    code: &'static str,
    /// Text that the error must contain.
    says: &'static str,
}

fn case(
    what: &'static str,
    request: (&str, &str),
    body: Option<&[u8]>,
    answer: (u16, &'static str, &'static str),
) -> Case {
    Case {
        what,
        method: Method::from_bytes(request.0.as_bytes()).unwrap(),
        path: request.1.to_owned(),
        body: body.map(<[u8]>::to_vec),
        status: answer.0,
        code: answer.1,
        says: answer.2,
    }
}

const INVALID: &str = "VALIDATION_ERROR";

fn bodies() -> Vec<Case> {
    let post = |path| ("POST", path);
    let long = json!({"sku": "L", "title": "x".repeat(256)}).to_string();
    let oversized =
        json!({"sku": "L", "title": "x", "description": "x".repeat(1_100_000)}).to_string();
    let deep = "[".repeat(10_000);
    vec![
        case("malformed JSON", post("/products"), Some(b"{\"sku\": "), (400, INVALID, "JSON")),
        case("an empty body", post("/products"), Some(b""), (400, INVALID, "JSON")),
        case("an unknown field", post("/products"), Some(br#"{"sku":"A","title":"A","colour":"red"}"#), (400, INVALID, "colour")),
        case("a field that is not the caller's", post("/products"), Some(br#"{"sku":"A","title":"A","workspace_id":"x"}"#), (400, INVALID, "workspace_id")),
        case("a missing field", post("/products"), Some(br#"{"sku":"A"}"#), (400, INVALID, "title")),
        case("a wrong type", post("/products"), Some(br#"{"sku":1,"title":"A"}"#), (400, INVALID, "sku")),
        case("an array instead of an object", post("/products"), Some(b"[]"), (400, INVALID, "")),
        case("over-long text", post("/products"), Some(long.as_bytes()), (400, INVALID, "title")),
        case("an oversized body", post("/products"), Some(oversized.as_bytes()), (413, "PAYLOAD_TOO_LARGE", "bytes")),
        case("invalid UTF-8", post("/products"), Some(b"{\"sku\":\"\xff\",\"title\":\"A\"}"), (400, INVALID, "")),
        case("the character NUL", post("/products"), Some(br#"{"sku":"A","title":"a\u0000b"}"#), (400, INVALID, "")),
        case("JSON nested without end", post("/products"), Some(deep.as_bytes()), (400, INVALID, "")),
        case("a lone surrogate", post("/products"), Some(br#"{"sku":"A","title":"\ud800"}"#), (400, INVALID, "")),
        case("a status that follows from listings", post("/products"), Some(br#"{"sku":"A","title":"A","status":"published"}"#), (409, "CONFLICT", "/approvals")),
        case("an unknown status", post("/products"), Some(br#"{"sku":"A","title":"A","status":"gone"}"#), (400, INVALID, "status")),
        case("an image that is no address", post("/products"), Some(br#"{"sku":"A","title":"A","images":[{"src":"javascript:1"}]}"#), (400, INVALID, "src")),
        case("a negative price", post("/products"), Some(br#"{"sku":"A","title":"A","variants":[{"price":"-1"}]}"#), (400, INVALID, "price")),
        case("a price with too many decimals", post("/products"), Some(br#"{"sku":"A","title":"A","variants":[{"price":"1.999"}]}"#), (400, INVALID, "price")),
        case("an unknown platform", post("/stores"), Some(br#"{"platform":"nowhere","name":"A","credentials":{"a":"b"}}"#), (400, INVALID, "shopify")),
        case("an unknown credential", post("/stores"), Some(br#"{"platform":"shopify","name":"A","credentials":{"pin":"1"}}"#), (400, INVALID, "pin")),
        case("an address that is none", post("/stores"), Some(br#"{"platform":"shopify","name":"A","credentials":{"access_token":"x"},"config":{"base_url":"file:///etc/passwd"}}"#), (400, INVALID, "base_url")),
        case("a job type that is none", post("/jobs"), Some(br#"{"type":"rm -rf"}"#), (400, INVALID, "noop")),
        case("a job that takes an approval", post("/jobs"), Some(br#"{"type":"publish_listing"}"#), (409, "CONFLICT", "/approvals")),
        case("a job without its store", post("/jobs"), Some(br#"{"type":"list_products"}"#), (400, INVALID, "store_id")),
        case("a priority out of range", post("/jobs"), Some(br#"{"type":"noop","priority":1000}"#), (400, INVALID, "priority")),
        case("a time that is none", post("/jobs"), Some(br#"{"type":"noop","scheduled_at":"soon"}"#), (400, INVALID, "scheduled_at")),
        case("an approval of nothing", post("/approvals"), Some(br#"{"resource_type":"listing","resource_id":"00000000-0000-7000-8000-000000000000","action":"publish"}"#), (400, INVALID, "resource_id")),
        case("an id that is none", post("/approvals"), Some(br#"{"resource_type":"listing","resource_id":"1","action":"publish"}"#), (400, INVALID, "resource_id")),
        case("an action that is none", post("/approvals"), Some(br#"{"resource_type":"listing","resource_id":"00000000-0000-7000-8000-000000000000","action":"burn"}"#), (400, INVALID, "action")),
        case("a listing of nothing", post("/listings"), Some(br#"{"product_id":"00000000-0000-7000-8000-000000000000","store_id":"00000000-0000-7000-8000-000000000000","price":"1"}"#), (400, INVALID, "")),
        case("a CSV without the needed columns", post("/products/import"), Some(b"a,b\n1,2\n"), (400, INVALID, "Handle")),
        case("an empty CSV", post("/products/import"), Some(b""), (400, INVALID, "")),
    ]
}

fn addresses() -> Vec<Case> {
    let get = |path| ("GET", path);
    vec![
        case(
            "an unknown route",
            get("/nowhere/at/all"),
            None,
            (404, "NOT_FOUND", ""),
        ),
        case(
            "an unknown id",
            get("/products/00000000-0000-7000-8000-000000000000"),
            None,
            (404, "NOT_FOUND", ""),
        ),
        case(
            "an id that is no id",
            get("/products/1%20or%201=1"),
            None,
            (404, "NOT_FOUND", ""),
        ),
        case(
            "an address below a row",
            get("/jobs/1/2"),
            None,
            (404, "NOT_FOUND", ""),
        ),
        case(
            "a method that the collection lacks",
            ("PUT", "/products"),
            Some(b"{}"),
            (405, "METHOD_NOT_ALLOWED", "GET"),
        ),
        case(
            "a method that the row lacks",
            ("POST", "/jobs/1"),
            Some(b"{}"),
            (405, "METHOD_NOT_ALLOWED", "PATCH"),
        ),
        case(
            "a change of the record",
            ("DELETE", "/audit-logs/1"),
            None,
            (405, "METHOD_NOT_ALLOWED", "GET"),
        ),
        case(
            "an unknown column",
            get("/jobs?colour=eq.red"),
            None,
            (400, INVALID, "colour"),
        ),
        case(
            "an unknown operator",
            get("/jobs?status=equals.x"),
            None,
            (400, INVALID, "equals"),
        ),
        case(
            "a filter without operator",
            get("/jobs?status=pending"),
            None,
            (400, INVALID, "status"),
        ),
        case(
            "an unknown column in order",
            get("/jobs?order=colour.desc"),
            None,
            (400, INVALID, "colour"),
        ),
        case(
            "an unknown column in select",
            get("/jobs?select=id,secret"),
            None,
            (400, INVALID, "secret"),
        ),
        case(
            "a number that is none",
            get("/jobs?attempts=gt.many"),
            None,
            (400, INVALID, "attempts"),
        ),
        case(
            "a number out of range",
            get("/jobs?attempts=gt.99999999999999999999"),
            None,
            (400, INVALID, "attempts"),
        ),
        case(
            "a time that is none",
            get("/jobs?created_at=gt.yesterday"),
            None,
            (400, INVALID, "created_at"),
        ),
        case(
            "a year that Postgres lacks",
            get("/jobs?created_at=gt.999999-01-01T00:00:00Z"),
            None,
            (400, INVALID, ""),
        ),
        case(
            "an id filter that is none",
            get("/jobs?id=eq.1"),
            None,
            (400, INVALID, "id"),
        ),
        case(
            "a limit out of range",
            get("/jobs?limit=100000"),
            None,
            (400, INVALID, "limit"),
        ),
        case(
            "a negative offset",
            get("/jobs?offset=-1"),
            None,
            (400, INVALID, "offset"),
        ),
        case(
            "an open parenthesis",
            get("/jobs?or=(status.eq.pending"),
            None,
            (400, INVALID, ""),
        ),
        case(
            "invalid UTF-8 in a value",
            get("/products?title=eq.%FF"),
            None,
            (400, INVALID, ""),
        ),
        case(
            "NUL in a value",
            get("/products?title=eq.%00"),
            None,
            (400, INVALID, ""),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_refused_in_the_contracts_form_and_changes_nothing() {
    let shop = Shop::open().await;
    let before = counts(&shop).await;
    let json = shop.owner.clone().with("content-type", "application/json");
    let csv = shop.owner.clone().with("content-type", "text/csv");
    for case in bodies().into_iter().chain(addresses()) {
        let caller = if case.path.ends_with("import") {
            &csv
        } else {
            &json
        };
        let body = case.body.map(reqwest::Body::from);
        let answer = caller.send(case.method, &case.path, body).await;
        assert_eq!(
            answer.status.as_u16(),
            case.status,
            "{}: {:#}",
            case.what,
            answer.body
        );
        if case.status == 405 {
            assert!(answer.header("allow").contains(case.says), "{}", case.what);
        }
        let text = answer.body.to_string();
        let error = answer.expect_error(case.status, case.code);
        assert!(
            case.status == 405 || text.contains(case.says),
            "{}: {error:#}",
            case.what
        );
        for leak in ["hub.", "select ", "SQLSTATE", "panicked", ".rs:"] {
            assert!(!text.contains(leak), "{} shows {leak:?}: {text}", case.what);
        }
    }
    assert_eq!(counts(&shop).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_another_type_is_415() {
    let shop = Shop::open().await;
    let caller = shop.owner.clone().with("content-type", "text/plain");
    let answer = caller
        .send(Method::POST, "/products", Some("{}".into()))
        .await;
    answer.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_in_a_value_is_a_value() {
    let shop = Shop::open().await;
    let title = "'); drop table hub.products; --";
    let product = json!({"sku": "SQL'--", "title": title, "tags": ["a'b", "c\"d,{e}"]});
    let product = shop.owner.post("/products", &product).await.expect(201);
    assert_eq!(product["title"], title);
    for query in [
        "title=eq.%27%29%3B%20drop%20table%20hub.products%3B%20--",
        "sku=in.(%22SQL%27--%22,%22x%22)",
        "title=like.%27%29*",
    ] {
        let page = shop
            .owner
            .get(&format!("/products?{query}"))
            .await
            .expect(200);
        assert_eq!(
            (&page["count"], &page["data"][0]["id"]),
            (&json!(1), &product["id"]),
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_csv_with_quotes_and_newlines_is_read_and_its_bad_rows_are_named() {
    let shop = Shop::open().await;
    let csv = "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\r\n\
        quoted,\"A \"\"quoted\"\" title, with comma\",\"<p>two\nlines</p>\",Title,Default Title,Q-1,3,5.00\r\n\
        broken,Broken,,Title,Default Title,B-1,many,5.00\r\n\
        ,No handle,,Title,Default Title,N-1,1,5.00\r\n\
        cheap,Cheap,,Title,Default Title,,1,free\r\n\
        last,Last,,Size,Small,,1,5.00\r\n\
        last,,,Size,Large,,2,6.00\r\n";
    let caller = shop.owner.clone().with("content-type", "text/csv");
    let report = caller
        .send(Method::POST, "/products/import", Some(csv.into()))
        .await
        .expect(200);
    assert_eq!(report["created"], 2, "{report:#}");
    let lines: Vec<&Value> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["line"])
        .collect();
    assert_eq!(lines, [&json!(4), &json!(5), &json!(6)], "{report:#}");
    assert_eq!(report["derived_skus_total"], 2, "{report:#}");
    let found = shop
        .owner
        .get("/products?handle=eq.quoted")
        .await
        .expect(200);
    assert_eq!(found["data"][0]["title"], "A \"quoted\" title, with comma");
    assert_eq!(found["data"][0]["description"], "<p>two\nlines</p>");
    let again = caller
        .send(Method::POST, "/products/import", Some(csv.into()))
        .await
        .expect(200);
    assert_eq!(
        (&again["created"], &again["updated"], &again["unchanged"]),
        (&json!(0), &json!(0), &json!(2)),
        "{again:#}"
    );
}

/// How many rows each collection has, and the product as it is.
async fn counts(shop: &Shop) -> Vec<Value> {
    let mut all = Vec::new();
    for collection in ["stores", "products", "listings", "approvals", "jobs"] {
        all.push(shop.owner.get(&format!("/{collection}")).await.expect(200)["count"].clone());
    }
    all.push(
        shop.owner
            .get(&format!("/products/{}", id(&shop.product)))
            .await
            .expect(200),
    );
    all
}
