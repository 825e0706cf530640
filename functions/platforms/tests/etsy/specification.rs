//! Whether the judge of requests and answers judges.

use crate::support::PREFIX;
use sandbox::etsy::spec::EtsySpec;
use sandbox::schema::specs;
use serde_json::json;
use std::sync::Arc;

/// Etsy's description, or why there is none.
#[allow(
    clippy::print_stderr,
    reason = "a test that skips has to say so where people look"
)]
fn spec() -> Option<Arc<EtsySpec>> {
    let spec = EtsySpec::published().unwrap();
    if spec.is_none() {
        eprintln!(
            "skipped: {} is absent, so there is no description of Etsy's to check against",
            specs().display()
        );
    }
    spec
}

fn request(method: &str, path: &str, kind: &str, body: &str) -> http::Request<Vec<u8>> {
    http::Request::builder()
        .method(method)
        .uri(format!("http://127.0.0.1{PREFIX}/v3/application{path}"))
        .header("x-api-key", "k:s")
        .header("authorization", "Bearer t")
        .header("content-type", kind)
        .body(body.as_bytes().to_vec())
        .unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";
const DRAFT: &str = "title=T&description=D&price=1.5&quantity=1&who_made=i_did&when_made=made_to_order&taxonomy_id=1";

#[test]
fn a_wrong_request_does_not_pass() {
    let Some(spec) = spec() else { return };
    let draft = |body: &str| {
        let request = request("POST", "/shops/1/listings", FORM, body);
        spec.check_request(&request, PREFIX).unwrap()
    };
    assert_eq!(draft(DRAFT), [""; 0]);
    assert_eq!(
        draft(&format!("{DRAFT}&image_ids=1%2C2&tags=a%2Cb")),
        [""; 0]
    );
    for wrong in [
        DRAFT.replace("&taxonomy_id=1", ""),
        DRAFT.replace("taxonomy_id=1", "taxonomy_id=one"),
        DRAFT.replace("who_made=i_did", "who_made=me"),
        format!("{DRAFT}&colour=red"),
        format!("{DRAFT}&image_ids=1%2Cx"),
    ] {
        assert_ne!(draft(&wrong), [""; 0], "{wrong}");
    }
    let json = request("POST", "/shops/1/listings", "application/json", "{}");
    assert_ne!(spec.check_request(&json, PREFIX).unwrap(), [""; 0]);
    let query = request("GET", "/shops/1/listings?limit=101&state=sold", "", "");
    assert_eq!(spec.check_request(&query, PREFIX).unwrap().len(), 2);
    let unknown = request("GET", "/shops/1/products", "", "");
    assert_ne!(spec.check_request(&unknown, PREFIX).unwrap(), [""; 0]);
    let mut nobody = request("GET", "/shops/1/receipts", "", "");
    nobody.headers_mut().remove("authorization");
    assert_ne!(spec.check_request(&nobody, PREFIX).unwrap(), [""; 0]);
}

#[test]
fn an_inventory_document_in_the_form_of_the_answer_does_not_pass() {
    let Some(spec) = spec() else { return };
    let put = |offering: serde_json::Value| {
        let body =
            json!({"products": [{"sku": "A", "property_values": [], "offerings": [offering]}]});
        let request = request(
            "PUT",
            "/listings/1/inventory",
            "application/json",
            &body.to_string(),
        );
        spec.check_request(&request, PREFIX).unwrap()
    };
    let good = json!({"price": 1.5, "quantity": 1, "is_enabled": true, "readiness_state_id": 3});
    assert_eq!(put(good.clone()), [""; 0]);
    for (name, value) in [
        (
            "price",
            json!({"amount": 150, "divisor": 100, "currency_code": "USD"}),
        ),
        ("offering_id", json!(1)),
        ("quantity", json!("1")),
    ] {
        let mut wrong = good.clone();
        wrong[name] = value;
        assert_ne!(put(wrong), [""; 0], "{name}");
    }
    let mut without = good;
    without
        .as_object_mut()
        .unwrap()
        .remove("readiness_state_id");
    assert_ne!(put(without), [""; 0]);
}

#[test]
fn a_wrong_answer_does_not_pass() {
    let Some(spec) = spec() else { return };
    let asked = request("GET", "/users/me", "", "");
    let answer = |status: u16, body: &str| {
        let answer = http::Response::builder().status(status);
        let answer = answer.body(body.as_bytes().to_vec()).unwrap();
        spec.check_answer(&asked, PREFIX, &answer).unwrap()
    };
    assert_eq!(answer(200, r#"{"user_id":1,"shop_id":2}"#), [""; 0]);
    assert_ne!(
        answer(200, r#"{"user_id":1}"#),
        [""; 0],
        "a field is missing"
    );
    assert_ne!(
        answer(200, r#"{"user_id":1,"shop_id":2,"x":3}"#),
        [""; 0],
        "one too many"
    );
    assert_ne!(answer(200, r#"{"user_id":"1","shop_id":2}"#), [""; 0]);
    assert_ne!(answer(418, "{}"), [""; 0], "no such status");
    assert_eq!(answer(404, r#"{"error":"no"}"#), [""; 0]);
    assert_ne!(answer(404, r#"{"errors":"no"}"#), [""; 0]);
}
