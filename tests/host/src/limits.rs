//! How much an instance may take.

use std::time::Duration;

/// Limits of an instance's life, memory and time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests that one instance serves before it is replaced.
    pub requests_per_instance: usize,
    /// Requests that one instance serves at the same time.
    pub concurrent_requests: usize,
    /// How long an instance without a request is kept.
    pub idle: Duration,
    /// How long a request may take until its response begins, and again until it ends.
    pub request_timeout: Duration,
    /// How long a scheduled run may take.
    pub tick_timeout: Duration,
    /// Memory of one instance, in bytes.
    pub memory: usize,
    /// Requests that are worked on at once; further ones wait.
    pub requests_in_flight: usize,
    /// Runs of one schedule that may overlap; further ones are left out.
    pub overlapping_ticks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_instance: 128,
            concurrent_requests: 16,
            idle: Duration::from_secs(1),
            request_timeout: Duration::from_secs(30),
            tick_timeout: Duration::from_secs(300),
            memory: 128 * 1024 * 1024,
            requests_in_flight: 512,
            overlapping_ticks: 32,
        }
    }
}
