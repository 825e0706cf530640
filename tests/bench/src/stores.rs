//! Stores whose credentials are sealed as the components open them.

use crate::seed::WORKSPACE;
use crate::stage::{KEYS, Stage};
use anyhow::Result;
use common::credentials::{KeyRing, Place, seal};
use common::ports::Random;
use common::secret::Secret;
use serde_json::Value;

/// The bench's chance: seals need no secrecy here.
struct Fixed;
impl Random for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// A new store's id.
///
/// # Errors
/// When the database refuses.
pub async fn connect(
    stage: &Stage,
    platform: &str,
    name: &str,
    config: &Value,
    credentials: &Value,
) -> Result<String> {
    let statement = "insert into hub.stores (workspace_id, platform, name, config, credentials)
        values ($1::text::uuid, $2, $3, $4::text::jsonb, 'none') returning id::text";
    let config = config.to_string();
    let row = stage
        .admin
        .query_one(statement, &[&WORKSPACE, &platform, &name, &config])
        .await?;
    let id: String = row.get(0);
    let place = Place {
        workspace: WORKSPACE,
        table: "stores",
        row: &id,
        column: "credentials",
    };
    let plain = Secret::new(credentials.to_string());
    let sealed = seal(&KeyRing::parse(KEYS)?, &Fixed, &place, &plain)?;
    let statement = "update hub.stores set credentials = $2 where id = $1::text::uuid";
    stage.admin.execute(statement, &[&id, &sealed]).await?;
    Ok(id)
}
