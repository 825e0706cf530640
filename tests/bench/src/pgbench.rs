//! The reference: Postgres's own load generator with the statements that the functions send.

use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use tokio::process::Command;

/// How to reach the database, and over how many connections.
pub struct Pgbench<'a> {
    pub program: PathBuf,
    pub url: &'a str,
    pub connections: usize,
}

impl Pgbench<'_> {
    /// Statements per second of `script` over `seconds`, by the extended protocol.
    pub async fn run(&self, script: &str, seconds: u64) -> Result<f64> {
        let file = std::env::temp_dir().join(format!("stage-hub-bench-{}.sql", std::process::id()));
        tokio::fs::write(&file, script).await?;
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol", "extended", "--jobs", "2"])
            .args(["--client", &self.connections.to_string()])
            .args(["--time", &seconds.to_string()])
            .arg("--file")
            .arg(&file)
            .arg(self.url)
            .output()
            .await;
        tokio::fs::remove_file(&file).await?;
        let output = output.context("pgbench can't be run")?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success(),
            "pgbench: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        said.lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
            .context("pgbench did not say how many it did")
    }
}
