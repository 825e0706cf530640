//! Sealing the record: what was written since the last time is added to its workspace's chain of hashes.

use super::text;
use crate::ports::Host;
use crate::{Error, Result};
use serde::Deserialize;
use serde_json::json;

/// Entries in one statement: some tenths of a second.
const BATCH: u32 = 10_000;
/// How long a tick goes on: until the next one comes.
const BUDGET_MS: i64 = 5_000;

#[derive(Deserialize)]
struct Sealed {
    sealed: u64,
    more: bool,
    heads: Vec<Head>,
}

/// The last entry of a workspace's chain.
#[derive(Deserialize)]
struct Head {
    workspace_id: String,
    seq: u64,
    hash: String,
}

/// Seals what is due; how many entries. Each chain's new head is logged (`audit.sealed`): kept outside of the database,
/// it shows should somebody who rules the database ever write a chain anew.
///
/// # Errors
/// When the database refuses.
pub async fn seal_audit<H: Host>(host: &H) -> Result<u64> {
    let end = host.now_ms() + BUDGET_MS;
    let mut total = 0;
    loop {
        let statement = include_str!("seal_audit.sql");
        let answer = text(host, statement, &json!({ "most": BATCH })).await?;
        let done: Sealed = serde_json::from_value(answer).map_err(Error::internal)?;
        for head in done.heads {
            host.log(json!({
                "event": "audit.sealed",
                "workspace.id": head.workspace_id,
                "audit.seq": head.seq,
                "audit.hash": head.hash,
            }));
        }
        total += done.sealed;
        if !done.more || host.now_ms() >= end {
            return Ok(total);
        }
    }
}
