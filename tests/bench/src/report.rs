//! What was measured, as a table.

use crate::burst::Burst;
use crate::cpu::Used;
use crate::foundation::Cost;
use crate::load::Taken;
use crate::slow::Slow;
use std::fmt::Write as _;
use std::time::Duration;

/// One request, one reference.
pub struct Figures {
    pub name: &'static str,
    /// As fast as it goes.
    pub full: Taken,
    /// At half that rate.
    pub half: Taken,
    /// pgbench's statements per second.
    pub reference: f64,
    /// Processor time of the load at full rate.
    pub used: Option<Used>,
}

/// Everything of a run.
#[derive(Default)]
pub struct Report {
    rows: Vec<Figures>,
    pub cost: Option<Cost>,
    pub burst: Option<Burst>,
    pub slow: Option<Slow>,
    pub jobs_per_second: Option<f64>,
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

impl Report {
    pub fn add(&mut self, figures: Figures) {
        self.rows.push(figures);
    }

    pub fn text(&self) -> String {
        let mut text = format!(
            "{:<20} {:>9} {:>8} {:>8} {:>12} {:>6} {:>14} {:>14}\n",
            "16 connections",
            "req/s",
            "p50 ms",
            "p99 ms",
            "pgbench tps",
            "ratio",
            "half: p50 ms",
            "half: p99 ms"
        );
        for row in &self.rows {
            // Writing to a String can't fail.
            let _ = writeln!(
                text,
                "{:<20} {:>9.0} {:>8} {:>8} {:>12.0} {:>6.2} {:>14} {:>14}",
                row.name,
                row.full.per_second(),
                ms(row.full.quantile(0.5)),
                ms(row.full.quantile(0.99)),
                row.reference,
                row.full.per_second() / row.reference,
                ms(row.half.quantile(0.5)),
                ms(row.half.quantile(0.99)),
            );
        }
        for row in &self.rows {
            if let (Some(used), Some(load)) = (row.used, row.full.cpu) {
                let each = |seconds: f64| seconds * 1000.0 / row.full.count() as f64;
                let _ = writeln!(
                    text,
                    "{:<20} processor time of each: {:.2} ms Postgres, {:.2} ms host and component, {:.2} ms load",
                    row.name,
                    each(used.postgres),
                    each(used.own - load),
                    each(load),
                );
            }
        }
        if let Some(cost) = &self.cost {
            let _ = writeln!(text, "{cost}");
        }
        if let Some(burst) = &self.burst {
            let _ = writeln!(text, "{burst}");
        }
        if let Some(slow) = &self.slow {
            let _ = writeln!(text, "{slow}");
        }
        if let Some(jobs) = self.jobs_per_second {
            let _ = writeln!(text, "{:<20} {jobs:>9.0} jobs/s", "no-op jobs");
        }
        text
    }
}
