//! An order of each channel: noticed, processed, told to the channel.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use super::Shelf;
use super::api::text;
use super::team::{Fakes, Team, rows};
use crate::output::line;

/// A customer orders, the channel tells us, we send it.
pub async fn process(team: &Team, fakes: &Fakes, shelf: &Shelf) -> Result<()> {
    let external = fakes.order(shelf).await?;
    let order = arrived(team, shelf, &external).await?;
    fulfil(team, &order).await?;
    line(&format!(
        "7. {} told of order {}, which was processed",
        shelf.store.name,
        text(&order, "number")?
    ))
}

/// Our row of the channel's order, as soon as it is there.
pub async fn arrived(team: &Team, shelf: &Shelf, external: &str) -> Result<Value> {
    let path = path(shelf, external);
    let found = team
        .until(&path, |list| rows(list).next().is_some())
        .await?;
    let mut found = rows(&found);
    let order = found.next().cloned().unwrap_or_default();
    ensure!(found.next().is_none(), "order {external} is there twice");
    Ok(order)
}

/// How many rows we have of the channel's order.
pub async fn count(team: &Team, shelf: &Shelf, external: &str) -> Result<usize> {
    Ok(rows(&team.operator.get(&path(shelf, external)).await?).count())
}

/// Sends it and waits until the channel knows.
pub async fn fulfil(team: &Team, order: &Value) -> Result<()> {
    let path = format!("/orders/{}/fulfil", text(order, "id")?);
    let parcel = json!({"tracking": {"company": "UPS", "number": "1Z999AA10123456784"}});
    let made = team.operator.send(Method::POST, &path, &parcel).await?;
    let job = made
        .get("job_id")
        .or(made.get("id"))
        .and_then(Value::as_str);
    team.completed(job.unwrap_or_default()).await?;
    Ok(())
}

fn path(shelf: &Shelf, external: &str) -> String {
    let id: String = external
        .bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() || byte == b'-' {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect();
    format!("/orders?store_id=eq.{}&external_id=eq.{id}", shelf.store.id)
}
