//! The sandbox's clock.

/// The time at which a request is answered.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Seconds since the sandbox began, moved forward by tests.
    pub seconds: f64,
    /// Milliseconds since the Unix epoch, moved forward with it.
    pub epoch_ms: i64,
}

impl Stamp {
    /// The time at which a sandbox begins.
    pub fn now() -> Self {
        let epoch = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap_or_default();
        Self {
            seconds: 0.0,
            epoch_ms: i64::try_from(epoch.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// RFC 3339, in seconds.
    pub fn text(self) -> String {
        jiff::Timestamp::from_millisecond(self.epoch_ms).map_or_else(
            |_| String::new(),
            |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        )
    }
}
