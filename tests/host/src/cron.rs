//! The cron trigger: components that run by the clock, each run in an instance of its own.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use chrono::Utc;
use croner::Cron;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::bindings::cron::fermyon::spin_cron::cron_types::{Error, Metadata};
use crate::compile::Compiled;
use crate::component::Component;

/// A component and when it runs.
pub(crate) struct Schedule {
    pub(crate) component: Arc<Component>,
    times: Cron,
}

impl Schedule {
    /// Reads an expression of six fields, seconds first; times are UTC.
    ///
    /// # Errors
    /// Says what in the expression is wrong.
    pub(crate) fn new(expression: &str, component: Arc<Component>) -> Result<Self> {
        let times = parser()
            .parse(expression)
            .with_context(|| format!("cron_expression {expression:?} of {}", component.id))?;
        Ok(Self { component, times })
    }

    /// Fires ticks until `stop`. They overlap where one takes longer than the time to the next.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut ticks = JoinSet::new();
        loop {
            let now = Utc::now();
            let Ok(next) = self.times.find_next_occurrence(&now, false) else {
                return self.component.note("the schedule has no further time");
            };
            let wait = (next - now).to_std().unwrap_or_default();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
            while ticks.try_join_next().is_some() {}
            if ticks.len() < self.component.limits.overlapping_ticks {
                ticks.spawn(tick_and_note(self.component.clone()));
            } else {
                self.component
                    .note("too many ticks overlap: this one is left out");
            }
        }
    }
}

fn parser() -> croner::parser::CronParser {
    croner::parser::CronParser::builder()
        .seconds(croner::parser::Seconds::Required)
        .build()
}

async fn tick_and_note(component: Arc<Component>) {
    match tick(&component).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => component.note(&format!("a tick failed: {error}")),
        Err(error) => component.note(&format!("a tick was ended: {error:#}")),
    }
}

/// Runs a component once. To drop the future is to end the instance, wherever it is.
///
/// # Errors
/// Outside: the instance trapped, took too long, or could not start. Inside: what the component
/// itself reported.
pub(crate) async fn tick(component: &Component) -> Result<Result<(), String>> {
    let Compiled::Cron(cron) = &component.compiled else {
        bail!(
            "{} exports no handle-cron-event: it cannot run by a schedule",
            component.id
        );
    };
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let run = async {
        let mut store = component.store()?;
        let instance = cron.instantiate_async(&mut store).await?;
        instance
            .call_handle_cron_event(&mut store, Metadata { timestamp })
            .await
    };
    let limit = component.limits.tick_timeout;
    let outcome = tokio::time::timeout(limit, run)
        .await
        .map_err(|_| anyhow::anyhow!("the tick took longer than {limit:?}"))??;
    Ok(outcome.map_err(|Error::Other(text)| text))
}
