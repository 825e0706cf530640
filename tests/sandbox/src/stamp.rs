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
    /// RFC 3339, in seconds.
    pub fn text(self) -> String {
        jiff::Timestamp::from_millisecond(self.epoch_ms).map_or_else(
            |_| String::new(),
            |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        )
    }
}
