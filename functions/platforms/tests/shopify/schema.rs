use platforms::shopify::{DOCUMENTS, VERSION};
use sandbox::schema::{AdminSchema, specs};
use serde_json::json;
use std::sync::Arc;

/// The vendor's schema, or why there is none.
#[allow(
    clippy::print_stderr,
    reason = "a test that skips has to say so where people look"
)]
fn schema() -> Option<Arc<AdminSchema>> {
    let schema = AdminSchema::published(VERSION).unwrap();
    if schema.is_none() {
        eprintln!(
            "skipped: {} is absent, so there is no vendor schema to check against",
            specs().display()
        );
    }
    schema
}

#[test]
fn every_document_that_can_be_sent_is_valid_and_uses_nothing_deprecated() {
    let Some(schema) = schema() else { return };
    for document in DOCUMENTS {
        let problems = schema.check_document(document.text);
        assert_eq!(problems, [], "{}", document.name);
        let head = document.text.lines().next().unwrap();
        assert!(head.contains(&format!(" {}", document.name)), "{head}");
    }
}

#[test]
fn every_graphql_file_is_one_of_the_documents() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/shopify");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "graphql") {
            let text = std::fs::read_to_string(&path).unwrap();
            let listed = DOCUMENTS
                .iter()
                .any(|it| it.text == text || it.text_2026_01 == Some(text.as_str()));
            assert!(listed, "{} is not in DOCUMENTS", path.display());
        }
    }
}

#[test]
fn an_unknown_a_removed_and_a_deprecated_field_do_not_pass() {
    let Some(schema) = schema() else { return };
    let unknown = schema.check_document("query A { shop { id colour } }");
    assert!(unknown[0].message.contains("colour"), "{unknown:?}");

    let removed = r#"mutation B { inventorySetQuantities(input: {name: "available",
        reason: "correction", quantities: [{inventoryItemId: "1", locationId: "1", quantity: 1,
        compareQuantity: 1}]}) @idempotent(key: "k") { userErrors { message } } }"#;
    let removed = schema.check_document(removed);
    assert!(
        removed[0].message.contains("compareQuantity"),
        "{removed:?}"
    );

    let deprecated = "query C { publications(first: 1) { nodes { name } } }";
    let deprecated = schema.check_document(deprecated);
    assert!(deprecated[0].deprecation, "{deprecated:?}");
    assert!(
        deprecated[0].message.contains("Publication.name"),
        "{deprecated:?}"
    );
}

#[test]
fn variables_are_checked_too() {
    let Some(schema) = schema() else { return };
    let document = DOCUMENTS.iter().find(|it| it.name == "SetStock").unwrap();
    let check = |row: serde_json::Value| {
        let input = json!({"name": "available", "reason": "correction", "quantities": [row]});
        schema.check(document.text, &json!({"input": input, "key": "k"}))
    };
    let row = json!({"inventoryItemId": "1", "locationId": "1", "quantity": 1,
        "changeFromQuantity": 0});
    assert_eq!(check(row.clone()), []);
    let mut removed = row.clone();
    removed["compareQuantity"] = json!(1);
    assert_ne!(check(removed), []);
    let mut mistyped = row;
    mistyped["quantity"] = json!("one");
    assert_ne!(check(mistyped), []);
}
