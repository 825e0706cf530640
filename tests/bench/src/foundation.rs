//! What the edge costs: the same list with it and without, in turns.

use crate::CONNECTIONS;
use crate::load::{Load, Until};
use crate::stage::Stage;
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

/// How often each has its turn: what else the machine does falls on both.
const TURNS: u32 = 3;

/// Requests per second of `GET /jobs?limit=20`.
pub struct Cost {
    /// One token, membership and row level security.
    foundation: f64,
    /// With full identity, limits and origins.
    edge: f64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:<20} GET /jobs?limit=20: {:.0} req/s without the edge, {:.0} req/s with it, ratio {:.2}",
            "edge",
            self.foundation,
            self.edge,
            self.edge / self.foundation,
        )
    }
}

/// `hub.run` as it was before `hub.serve`, under another name.
fn before() -> Result<String> {
    let migration = include_str!("../../../migrations/V0004__row_level_security_and_run.sql");
    let start = migration.find("create function hub.run(");
    let body = start.and_then(|start| migration.get(start..));
    let end = body.and_then(|body| body.find("\n$$;\n").map(|end| (body, end + 5)));
    let function = end.and_then(|(body, end)| body.get(..end));
    let function = function.context("V0004 has no function hub.run")?;
    Ok(format!(
        "create schema foundation; grant usage on schema foundation to hub_app; {}",
        function.replace("hub.run(", "foundation.run(")
    ))
}

/// Measures both, `seconds` in each turn.
///
/// # Errors
/// When the component `foundation` is not built, or an answer is not the expected one.
pub async fn run(stage: &Stage, root: &Path, seconds: u64) -> Result<Cost> {
    stage.admin.batch_execute(&before()?).await?;
    let host = stage
        .host_of(&root.join("tests/foundation/spin.toml"))
        .await?;
    let request = [stage.list_request()];
    let measured = async |address, time| {
        let connections = CONNECTIONS;
        let load = Load {
            address,
            connections,
        };
        let taken = load.run(&request, Until::Over(time), None).await?;
        anyhow::Ok(taken.per_second())
    };
    let mut cost = Cost {
        foundation: 0.0,
        edge: 0.0,
    };
    for address in [host.addr(), stage.address()] {
        measured(address, Duration::from_secs(1)).await?; // instances, connections, plans
    }
    for _ in 0..TURNS {
        let time = Duration::from_secs(seconds);
        cost.foundation += measured(host.addr(), time).await? / f64::from(TURNS);
        cost.edge += measured(stage.address(), time).await? / f64::from(TURNS);
    }
    host.shutdown().await;
    Ok(cost)
}
