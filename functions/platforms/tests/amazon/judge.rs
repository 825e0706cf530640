//! The judge itself: Amazon's models see what does not fit them.

use crate::support::models;
use bytes::Bytes;

#[test]
fn the_judge_sees_what_does_not_fit() {
    let Some(models) = models() else { return };
    let request = |uri: &str, body: &str| {
        let body = Bytes::from(body.to_owned());
        let request = http::Request::patch(uri).body(body).unwrap();
        models.check_request(&request)
    };
    let path = "/listings/2021-08-01/items/S/A";
    let good = r#"{"productType": "MUG", "patches": [{"op": "merge", "path": "/attributes/x"}]}"#;
    let uri = format!("{path}?marketplaceIds=A1");
    assert_eq!(request(&uri, good), [""; 0]);
    assert!(!request(path, good).is_empty(), "a missing parameter");
    assert!(
        !request(&format!("{uri}&mode=TRY"), good).is_empty(),
        "an unknown value"
    );
    assert!(
        !request(&format!("{uri}&colour=blue"), good).is_empty(),
        "an unknown parameter"
    );
    let wrong = good.replace("merge", "move");
    assert!(!request(&uri, &wrong).is_empty(), "an unknown operation");
    assert!(
        !request(&uri, r#"{"productType": "MUG"}"#).is_empty(),
        "no patches"
    );
    let answer = |status: u16, body: &str| {
        let response = http::Response::builder().status(status);
        let response = response.body(Bytes::from(body.to_owned())).unwrap();
        models.check_answer("PATCH", path, &response)
    };
    let good = r#"{"sku": "A", "status": "ACCEPTED", "submissionId": "1"}"#;
    assert_eq!(answer(200, good), [""; 0]);
    assert!(!answer(200, &good.replace("ACCEPTED", "LIVE")).is_empty());
    assert!(!answer(200, r#"{"sku": "A"}"#).is_empty());
    assert!(!answer(418, good).is_empty());
}
