use super::*;
use crate::request::parse_json;

fn body(json: &str) -> Result<ProductBody> {
    parse_json(json.as_bytes())
}

fn refused_field(result: Result<Value>) -> String {
    result.unwrap_err().details["field"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn what_is_absent_stays_absent_and_null_empties() {
    let args =
        body(r#"{"title":"T","handle":null,"variants":[{"price":null,"option_values":["S"]}]}"#)
            .unwrap()
            .into_changes()
            .unwrap();
    assert_eq!(args["fields"], json!({"title": "T", "handle": null}));
    assert_eq!(
        args["variants"],
        json!([{"price": null, "option_values": ["S"]}])
    );
}

#[test]
fn prices_are_taken_as_they_read() {
    let args = body(r#"{"sku":"A","title":"T","variants":[{"price":19.99},{"option_values":["S"],"price":"0.10"}]}"#)
        .unwrap()
        .into_new()
        .unwrap();
    assert_eq!(args["variants"][0]["price"], "19.99");
    assert_eq!(args["variants"][1]["price"], "0.10");
}

#[test]
fn what_the_server_sets_can_not_be_given() {
    for field in [
        "id",
        "workspace_id",
        "user_id",
        "version",
        "created_at",
        "content_version",
    ] {
        let json = format!(r#"{{"sku":"A","title":"T","{field}":"1"}}"#);
        assert!(body(&json).is_err(), "{field}");
    }
}

#[test]
fn null_is_refused_where_a_field_can_not_be_empty() {
    for field in [
        "sku",
        "title",
        "description",
        "tags",
        "images",
        "variants",
        "status",
        "seo",
    ] {
        assert!(body(&format!(r#"{{"{field}":null}}"#)).is_err(), "{field}");
    }
}

#[test]
fn a_new_product_needs_sku_and_title() {
    assert_eq!(
        refused_field(body(r#"{"title":"T"}"#).unwrap().into_new()),
        "sku"
    );
    assert_eq!(
        refused_field(body(r#"{"sku":"A"}"#).unwrap().into_new()),
        "title"
    );
}

#[test]
fn two_variants_alike_are_refused_by_name() {
    let sku =
        r#"{"variants":[{"sku":"A","option_values":["S"]},{"sku":"A","option_values":["M"]}]}"#;
    assert_eq!(
        refused_field(body(sku).unwrap().into_changes()),
        "variants[1].sku"
    );
    let values = r#"{"variants":[{"option_values":["S"]},{"option_values":["S"]}]}"#;
    assert_eq!(
        refused_field(body(values).unwrap().into_changes()),
        "variants[1].option_values"
    );
}

#[test]
fn lists_have_an_end() {
    let many = |n: usize, one: &str| vec![one; n].join(",");
    let tags = format!(r#"{{"tags":[{}]}}"#, many(251, "\"a\""));
    assert_eq!(refused_field(body(&tags).unwrap().into_changes()), "tags");
    let images = format!(r#"{{"images":[{}]}}"#, many(251, r#"{"src":"http://a/b"}"#));
    assert_eq!(
        refused_field(body(&images).unwrap().into_changes()),
        "images"
    );
    let options = format!(r#"{{"options":[{}]}}"#, many(4, r#"{"name":"x"}"#));
    assert_eq!(
        refused_field(body(&options).unwrap().into_changes()),
        "options"
    );
    let values = r#"{"variants":[{"option_values":["a","b","c","d"]}]}"#;
    assert_eq!(
        refused_field(body(values).unwrap().into_changes()),
        "variants[0].option_values"
    );
}

#[test]
fn images_are_ordered_by_position() {
    let args = body(r#"{"images":[{"src":"http://a/1"},{"src":"http://a/0","position":1},{"src":"http://a/3"}]}"#)
        .unwrap()
        .into_changes()
        .unwrap();
    let order: Vec<_> = args["fields"]["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["src"].clone())
        .collect();
    assert_eq!(order, ["http://a/1", "http://a/0", "http://a/3"]);
}
