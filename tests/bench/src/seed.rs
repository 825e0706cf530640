//! The rows that the loads work on.

use anyhow::Result;
use tokio_postgres::Client;

pub const USER: &str = "00000000-0000-7000-8000-000000000001";
pub const WORKSPACE: &str = "00000000-0000-7000-8000-000000000002";

/// The id of draft listing `turn`, from 1.
pub fn listing(turn: usize) -> String {
    format!("00000000-0000-7000-a000-{turn:012x}")
}

/// Fills a migrated database: a team, jobs to list, and `drafts` listings that can be asked about once each.
pub async fn fill(admin: &Client, drafts: usize) -> Result<()> {
    admin.batch_execute(include_str!("seed.sql")).await?;
    let of = "from generate_series(1, $1) n";
    let id =
        |kind: char| format!("('00000000-0000-7000-{kind}000-' || lpad(to_hex(n), 12, '0'))::uuid");
    let (product, listing, store) = (id('9'), id('a'), "00000000-0000-7000-8000-000000000003");
    let drafts = i32::try_from(drafts)?;
    for statement in [
        format!("insert into hub.products (id, workspace_id, sku, title) select {product}, '{WORKSPACE}', 'SKU-' || n, 'Product ' || n {of}"),
        format!("insert into hub.listings (id, workspace_id, product_id, store_id, price_minor, currency)
                 select {listing}, '{WORKSPACE}', {product}, '{store}', 1250, 'EUR' {of}"),
    ] {
        admin.execute(&statement, &[&drafts]).await?;
    }
    admin
        .batch_execute("reset session_replication_role")
        .await?;
    admin.batch_execute("vacuum analyze").await?;
    Ok(())
}
