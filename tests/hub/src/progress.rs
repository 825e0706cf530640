//! Telling what takes long, on standard error.

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, interval_at};

/// Steps shorter than this are not worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(2);

/// Runs `work`. If it takes over two seconds, says that it is going on, again every ten seconds, and what it took.
///
/// # Errors
/// Those of `work`.
pub async fn step<T>(name: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let started = Instant::now();
    let mut reminder = interval_at(started + WORTH_A_LINE, Duration::from_secs(10));
    let mut work = std::pin::pin!(work);
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            _ = reminder.tick() => say(&format!("{name} … ({} s)", started.elapsed().as_secs())),
        }
    };
    let elapsed = started.elapsed();
    if result.is_ok() && elapsed >= WORTH_A_LINE {
        say(&format!("{name}: done in {:.1} s", elapsed.as_secs_f64()));
    }
    result
}

/// One line about what is going on.
pub fn say(line: &str) {
    eprintln!("hub: {line}");
}
