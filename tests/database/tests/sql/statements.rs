//! Every statement of the functions, as the database reads it.

use database::Stage;
use std::path::{Path, PathBuf};
use tokio_postgres::types::Type;

fn statements(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            statements(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "sql") {
            found.push(path);
        }
    }
}

#[tokio::test]
async fn every_statement_fits_the_schema_and_says_why() {
    let stage = Stage::new().await.unwrap();
    let mut found = Vec::new();
    statements(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions"),
        &mut found,
    );
    assert!(found.len() >= 6, "{found:?}");
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display();
        assert!(
            text.starts_with("-- "),
            "{name} does not open with a line that says why"
        );
        let by_worker = path.components().any(|part| part.as_os_str() == "worker");
        let client = if by_worker { &stage.worker } else { &stage.app };
        let takes_json = text.contains("$1");
        let types: &[Type] = if takes_json { &[Type::JSONB] } else { &[] };
        let prepared = client.prepare_typed(&text, types).await;
        let prepared = prepared.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(prepared.columns().len(), 1, "{name} answers one value");
    }
}
