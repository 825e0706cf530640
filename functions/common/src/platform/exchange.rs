//! A plugin's next step, and what its request costs.

use super::Outcome;
use crate::ports::HttpRequest;
use serde_json::Value;
use std::time::Duration;

/// What a plugin wants to happen next.
#[derive(Debug)]
pub enum Step {
    /// Send this and come back with the answer.
    Send(Box<Exchange>),
    /// The operation is complete.
    Done(Box<Outcome>),
}

/// One request, what the plugin wants to remember about it, and how the pipeline is to treat it.
#[derive(Debug)]
pub struct Exchange {
    /// The request, complete with address, headers and body.
    pub request: HttpRequest,
    /// Given back to the plugin with the answer.
    pub state: State,
    /// How long to wait before sending (polling an asynchronous operation); usually zero.
    pub delay: Duration,
    /// It draws from the [`super::RateLimit`]s of this class and of the class `*`; empty: of `*` only.
    pub class: &'static str,
    /// How many units it draws from each of them.
    pub units: u32,
    /// Whether sending it twice does what sending it once does: the pipeline may then repeat it at once.
    pub is_repeatable: bool,
    /// Reference data: an answer is good for this long, for every operation on the store.
    pub cache_for: Option<Duration>,
}

/// A plugin's memory between two steps; opaque to everybody else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State(pub Value);

/// What a channel said of one of its limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    /// The limit's name in the [`super::Descriptor`].
    pub limit: &'static str,
    /// Units that are left now.
    pub remaining: f64,
    /// Units when it is full, where the channel says so.
    pub capacity: Option<f64>,
    /// Units restored every second, where the channel says so.
    pub per_second: Option<f64>,
}

impl Exchange {
    /// `request` at the price of one unit; repeatable when its method is safe (RFC 9110, 9.2.1).
    pub fn new(request: HttpRequest, state: State) -> Self {
        Self {
            is_repeatable: request.method().is_safe(),
            request,
            state,
            delay: Duration::ZERO,
            class: "",
            units: 1,
            cache_for: None,
        }
    }

    /// Sends it after `delay`.
    #[must_use]
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Draws `units` from the limits of `class` too.
    #[must_use]
    pub const fn costing(mut self, class: &'static str, units: u32) -> Self {
        self.class = class;
        self.units = units;
        self
    }

    /// May be repeated at once whatever its method is.
    #[must_use]
    pub const fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    /// An answer is good for `time`.
    #[must_use]
    pub const fn cached_for(mut self, time: Duration) -> Self {
        self.cache_for = Some(time);
        self
    }

    /// As the next step.
    pub fn step(self) -> Step {
        Step::Send(Box::new(self))
    }
}

impl Step {
    /// Sends `request` at once.
    pub fn send(request: HttpRequest, state: State) -> Self {
        Exchange::new(request, state).step()
    }

    /// Ends the operation.
    pub fn done(outcome: Outcome) -> Self {
        Self::Done(Box::new(outcome))
    }
}
