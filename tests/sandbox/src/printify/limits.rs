//! Requests in fixed windows: 600 a minute, of these 100 to the catalogue, and 200 publications in half an hour.

use serde_json::Value;

/// The account's windows.
#[derive(Debug)]
pub struct Limits {
    global: Window,
    catalog: Window,
    publish: Window,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            global: Window::new(600, 60.0),
            catalog: Window::new(100, 60.0),
            publish: Window::new(200, 1800.0),
        }
    }
}

#[derive(Debug)]
struct Window {
    limit: Option<u32>,
    seconds: f64,
    began: f64,
    used: u32,
}

impl Window {
    const fn new(limit: u32, seconds: f64) -> Self {
        Self {
            limit: Some(limit),
            seconds,
            began: 0.0,
            used: 0,
        }
    }

    /// Counts a request; whether it is within the limit.
    fn take(&mut self, now: f64) -> bool {
        if now - self.began >= self.seconds {
            self.began = now;
            self.used = 0;
        }
        self.used = self.used.saturating_add(1);
        self.limit.is_none_or(|limit| self.used <= limit)
    }
}

/// What the headers of an answer say: the limit and what is left of it.
pub struct Taken {
    pub is_within: bool,
    pub limit: Option<u32>,
    pub remaining: u32,
}

impl Limits {
    /// Counts a request to `path`.
    pub fn take(&mut self, path: &str, now: f64) -> Taken {
        let mut is_within = self.global.take(now);
        let mut shown = &self.global;
        if path.contains("/catalog/") {
            is_within &= self.catalog.take(now);
            shown = &self.catalog;
        } else if path.ends_with("/publish.json") {
            is_within &= self.publish.take(now);
            shown = &self.publish;
        }
        Taken {
            is_within,
            limit: shown.limit,
            remaining: shown.limit.unwrap_or_default().saturating_sub(shown.used),
        }
    }

    /// Other limits, with new windows.
    pub fn set(&mut self, limits: &Value) {
        let windows = [
            ("global", &mut self.global),
            ("catalog", &mut self.catalog),
            ("publish", &mut self.publish),
        ];
        for (name, window) in windows {
            if let Some(limit) = limits.get(name) {
                window.limit = limit.as_u64().and_then(|limit| u32::try_from(limit).ok());
                window.used = 0;
            }
        }
    }
}
