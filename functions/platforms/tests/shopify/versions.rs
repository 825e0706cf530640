//! Every version of the Admin API that a store may pin.

use crate::node;
use crate::support::Bench;
use common::platform::PlatformError;
use platforms::shopify::{DOCUMENTS, VERSION, VERSIONS};
use sandbox::schema::AdminSchema;
use serde_json::json;

/// The file with the schema of `version`, where it can be had.
fn schema(version: &str) -> Option<std::path::PathBuf> {
    let folder = node::unpacked("@shopify/dev-mcp@1.16.0", "package/dist/data")?;
    Some(folder.join(format!("admin_{version}.json.gz")))
}

#[test]
fn every_document_is_valid_in_every_version_and_uses_nothing_removed_or_deprecated() {
    for version in VERSIONS {
        let Some(file) = schema(version) else {
            return;
        };
        let schema = AdminSchema::read(&file).unwrap();
        for document in DOCUMENTS {
            let problems = schema.check_document(document.text_in(version));
            assert_eq!(problems, [], "{} in {version}", document.name);
        }
    }
}

#[test]
fn a_field_that_a_version_lacks_is_found() {
    for (version, name) in [("2026-01", "Prepare"), ("2025-10", "SetStock")] {
        let Some(file) = schema(version) else {
            return;
        };
        let schema = AdminSchema::read(&file).unwrap();
        let document = DOCUMENTS.iter().find(|it| it.name == name).unwrap();
        let problems = schema.check_document(document.text);
        assert_ne!(problems, [], "{name} in {version}");
    }
}

#[tokio::test]
async fn a_store_pins_its_version() {
    for version in VERSIONS {
        let mut bench = Bench::new().await;
        bench.store.config["api_version"] = json!(version);
        bench.publish().await;
    }
    let mut bench = Bench::new().await;
    bench.store.config["api_version"] = json!("2025-10");
    let error = bench.job("publish_listing").await.unwrap_err();
    let PlatformError::Rejected { field, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(field.as_deref(), Some("config.api_version"));
    assert!(reason.contains(VERSION), "{reason}");
}
