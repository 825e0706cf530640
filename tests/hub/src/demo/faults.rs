//! What goes wrong on every channel, and that nothing is lost or doubled by it.

use anyhow::{Result, ensure};
use serde_json::json;

use super::team::{Fakes, Team};
use super::{Shelf, orders};
use crate::output::line;

/// Each meets one request of an update: refused, broken before it was done, broken after it was done.
const OF_REQUESTS: [&str; 5] = ["429", "status", "cut", "lost_reply", "slow"];

/// Updates each listing while requests fail, takes orders while notifications fail, and counts.
pub async fn survive(team: &Team, fakes: &Fakes, shelves: &[Shelf]) -> Result<()> {
    for (at, kind) in OF_REQUESTS.iter().enumerate() {
        for shelf in shelves {
            let path = format!("/{}/", shelf.store.platform);
            let matching = if shelf.store.platform == "shopify" {
                "graphql"
            } else {
                &path
            };
            let retry_after = (*kind == "429").then_some("1");
            fakes
                .inject(&json!({"kind": kind, "match": matching, "retry_after": retry_after, "delay_ms": 1}))
                .await?;
            let wanted = json!({"price": format!("13.{at}0"), "inventory": 20 + at});
            team.carry_out("listing", &shelf.listing, "update", &wanted)
                .await?;
        }
        line(&format!("8. every channel survived `{kind}`"))?;
    }
    fakes.without_faults().await?;
    for shelf in shelves {
        let shown = team.shown(shelf).await?;
        ensure!(shown == 1, "{} has it {shown} times", shelf.store.name);
        twice(team, fakes, shelf).await?;
        lost(team, fakes, shelf).await?;
    }
    Ok(())
}

/// A notification that comes twice makes one order.
async fn twice(team: &Team, fakes: &Fakes, shelf: &Shelf) -> Result<()> {
    fakes.inject(&of_webhook(shelf, "double_webhook")).await?;
    let order = fakes.order(shelf).await?;
    orders::arrived(team, shelf, &order).await?;
    line(&format!(
        "9. {} told twice of an order, which is there once",
        shelf.store.name
    ))
}

/// An order whose notification never comes is found by asking.
async fn lost(team: &Team, fakes: &Fakes, shelf: &Shelf) -> Result<()> {
    fakes.inject(&of_webhook(shelf, "lost_webhook")).await?;
    let order = fakes.order(shelf).await?;
    let before = orders::count(team, shelf, &order).await?;
    ensure!(before == 0, "an order came without its notification");
    team.job(shelf, "read_orders", json!({})).await?;
    let row = orders::arrived(team, shelf, &order).await?;
    orders::fulfil(team, &row).await?;
    fakes.without_faults().await?;
    line(&format!(
        "   the one whose notification was lost was found by asking {}",
        shelf.store.name
    ))
}

fn of_webhook(shelf: &Shelf, kind: &str) -> serde_json::Value {
    json!({"kind": kind, "match": format!("webhook {} ", shelf.store.platform)})
}
