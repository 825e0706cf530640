//! Failures on demand.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Answers [`Fault::status`] and does nothing.
    Status,
    /// Answers 429 with `Retry-After` and does nothing.
    #[serde(rename = "429")]
    TooManyRequests,
    /// Answers Shopify's `THROTTLED` (HTTP 200) and does nothing.
    Throttled,
    /// Never answers, does nothing.
    Timeout,
    /// Does it, and sends the answer a byte at a time.
    Slow,
    /// Does it, and breaks the connection in the middle of the answer.
    Cut,
    /// Does it, and breaks the connection before the answer.
    LostReply,
    /// A customer buys [`Fault::quantity`] of [`Fault::sku`] just before the request is done.
    Sale,
    /// Every granted token expires before the request is looked at.
    ExpireTokens,
    /// The request is answered after [`Fault::delay_ms`] milliseconds.
    Late,
    /// The notification is never sent. Met by the name `webhook {channel} {topic}`.
    LostWebhook,
    /// The notification is sent twice.
    DoubleWebhook,
    /// The notification is overtaken by the next one.
    LateWebhook,
}

impl FaultKind {
    /// Whether it waits for a notification rather than for a request.
    const fn is_of_webhooks(self) -> bool {
        matches!(
            self,
            Self::LostWebhook | Self::DoubleWebhook | Self::LateWebhook
        )
    }
}

/// A failure that waits for its request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many requests it meets.
    #[serde(default = "once")]
    pub times: u32,
    /// Only requests whose name contains this; all when empty. The name is method and path, for Shopify with
    /// the GraphQL operation behind them.
    #[serde(default, rename = "match")]
    pub matching: String,
    /// The status of [`FaultKind::Status`].
    #[serde(default = "unavailable")]
    pub status: u16,
    /// What `Retry-After` says; nothing when absent.
    #[serde(default)]
    pub retry_after: Option<String>,
    /// Milliseconds between two bytes of a slow answer.
    #[serde(default = "slowly")]
    pub delay_ms: u64,
    /// What is bought.
    #[serde(default)]
    pub sku: String,
    /// How many are bought.
    #[serde(default)]
    pub quantity: i64,
}

const fn once() -> u32 {
    1
}

const fn unavailable() -> u16 {
    503
}

const fn slowly() -> u64 {
    200
}

impl Fault {
    /// A fault of `kind` for the next request whose operation name or path contains `matching`.
    pub fn new(kind: FaultKind, matching: &str) -> Self {
        Self {
            kind,
            times: once(),
            matching: matching.to_owned(),
            status: unavailable(),
            retry_after: None,
            delay_ms: slowly(),
            sku: String::new(),
            quantity: 0,
        }
    }

    /// For how many requests it waits.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// What `Retry-After` says.
    #[must_use]
    pub fn retry_after(self, text: &str) -> Self {
        Self {
            retry_after: Some(text.to_owned()),
            ..self
        }
    }

    /// The pause between two bytes.
    pub const fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

/// The faults that wait, in the order in which they were asked for.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn waiting(&self) -> &[Fault] {
        &self.0
    }

    /// Takes the fault that meets a request called `name`.
    pub fn meet(&mut self, name: &str) -> Option<Fault> {
        self.take(name, false)
    }

    /// Takes the fault that meets a notification called `name`.
    pub fn meet_webhook(&mut self, name: &str) -> Option<Fault> {
        self.take(name, true)
    }

    fn take(&mut self, name: &str, webhooks: bool) -> Option<Fault> {
        let fits = |it: &Fault| it.kind.is_of_webhooks() == webhooks && name.contains(&it.matching);
        let at = self.0.iter().position(fits)?;
        let fault = self.0[at].clone();
        match self.0[at].times {
            0 | 1 => {
                self.0.remove(at);
            }
            times => self.0[at].times = times - 1,
        }
        Some(fault)
    }
}
