//! Processor time, read from Linux's `/proc`; elsewhere there is none to tell.

use std::fs;

/// Clock ticks in a second of `/proc`'s times: fixed for user space (`proc(5)`, `sysconf(_SC_CLK_TCK)`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds that have been used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// By all of Postgres.
    pub postgres: f64,
    /// By this process: the host with its components, and the load.
    pub own: f64,
}

impl Used {
    /// As of now; none where there is no `/proc`.
    pub fn now(postmaster: u32) -> Option<Self> {
        Some(Self {
            postgres: postgres(postmaster)?,
            own: seconds(&fs::read_to_string("/proc/self/stat").ok()?)?,
        })
    }

    pub fn since(self, earlier: Self) -> Self {
        Self {
            postgres: self.postgres - earlier.postgres,
            own: self.own - earlier.own,
        }
    }
}

/// Seconds used by the calling thread.
pub fn of_this_thread() -> Option<f64> {
    seconds(&fs::read_to_string("/proc/thread-self/stat").ok()?)
}

fn postgres(postmaster: u32) -> Option<f64> {
    let stats = fs::read_dir("/proc").ok()?.filter_map(|entry| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        (parent(&stat)? == postmaster).then(|| seconds(&stat))?
    });
    Some(stats.sum())
}

/// The fields behind the program's name, which may itself contain spaces and parentheses.
fn fields(stat: &str) -> Option<Vec<&str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace().collect())
}

fn parent(stat: &str) -> Option<u32> {
    fields(stat)?.get(1)?.parse().ok()
}

/// User and system time: fields 14 and 15 of `proc(5)`.
fn seconds(stat: &str) -> Option<f64> {
    let fields = fields(stat)?;
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::{parent, seconds};

    #[test]
    fn a_name_with_spaces_and_parentheses_moves_no_field() {
        let stat = "42 (a (b) c) S 7 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 100 0 0";
        assert_eq!(parent(stat), Some(7));
        assert_eq!(seconds(stat), Some(2.0));
    }
}
