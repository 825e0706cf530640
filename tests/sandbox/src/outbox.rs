//! Notifications on their way: sent when due by the sandbox's clock, tried again as the vendor does, and
//! doubled, held back or lost on demand.

mod post;

pub(crate) use post::run;

use crate::faults::{FaultKind, Faults};
use crate::stamp::Stamp;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// The headers of an attempt that is made at these Unix milliseconds. Real ones: whoever receives it has a
/// clock that no test moves.
type Sign = Box<dyn Fn(i64) -> Vec<(&'static str, String)> + Send + Sync>;

/// One notification.
pub(crate) struct Delivery {
    /// The fake that sends it.
    pub vendor: &'static str,
    /// The vendor's name of what happened, for faults and people.
    pub topic: String,
    /// What the fake knows it by, such as its subscription.
    pub tag: String,
    /// Where it goes.
    pub url: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// Seconds before each further attempt.
    pub ladder: &'static [u64],
    sign: Sign,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} to {}", self.vendor, self.topic, self.url)
    }
}

impl Delivery {
    /// `body` for `url`, with headers that `sign` makes anew for each attempt.
    pub fn new(
        vendor: &'static str,
        topic: impl Into<String>,
        url: impl Into<String>,
        body: &Value,
        sign: impl Fn(i64) -> Vec<(&'static str, String)> + Send + Sync + 'static,
    ) -> Self {
        Self {
            vendor,
            topic: topic.into(),
            tag: String::new(),
            url: url.into(),
            body: body.to_string().into_bytes(),
            ladder: &[],
            sign: Box::new(sign),
        }
    }

    /// Known to the fake as `tag`.
    #[must_use]
    pub fn tagged(mut self, tag: impl Into<String>) -> Self {
        self.tag = tag.into();
        self
    }

    /// Tried again after each of these pauses, in seconds.
    #[must_use]
    pub const fn retried(mut self, ladder: &'static [u64]) -> Self {
        self.ladder = ladder;
        self
    }

    fn name(&self) -> String {
        format!("webhook {} {}", self.vendor, self.topic)
    }
}

/// How one attempt went.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// The fake.
    pub vendor: &'static str,
    /// What happened.
    pub topic: String,
    /// Where it went.
    pub url: String,
    /// 1 for the first.
    pub attempt: usize,
    /// What was answered; nothing when nobody did in time.
    pub status: Option<u16>,
}

/// A delivery that was not taken.
pub(crate) struct Failure {
    pub vendor: &'static str,
    pub tag: String,
    pub is_last: bool,
}

#[derive(Debug)]
pub(crate) struct Waiting {
    delivery: Delivery,
    attempt: usize,
    due_seconds: f64,
    /// How often it is sent at once.
    copies: usize,
    /// It has met its fault, if there was one.
    is_released: bool,
}

/// What has still to be sent, and what was.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: Vec<Waiting>,
    held: Vec<Waiting>,
    under_way: usize,
    attempts: Vec<Attempt>,
}

impl Outbox {
    /// Sends `delivery` as soon as possible.
    pub fn post(&mut self, delivery: Delivery) {
        self.waiting.push(Waiting {
            delivery,
            attempt: 1,
            due_seconds: 0.0,
            copies: 1,
            is_released: false,
        });
    }

    /// Attempts so far.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// Whether nothing is under way or due; what waits for a later attempt does not count.
    pub fn is_quiet(&self, at: Stamp) -> bool {
        self.under_way == 0 && !self.waiting.iter().any(|it| it.due_seconds <= at.seconds)
    }

    /// Takes what is due, as the faults have it.
    pub fn take_due(&mut self, at: Stamp, faults: &mut Faults) -> Vec<Waiting> {
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|it| it.due_seconds <= at.seconds);
        self.waiting = later;
        let mut taken = Vec::new();
        for mut item in due {
            let fault = match item.is_released {
                true => None,
                false => faults.meet_webhook(&item.delivery.name()),
            };
            item.is_released = true;
            match fault.map(|fault| fault.kind) {
                Some(FaultKind::LostWebhook) => {}
                Some(FaultKind::LateWebhook) => self.held.push(item),
                Some(FaultKind::DoubleWebhook) => {
                    item.copies = 2;
                    taken.push(item);
                }
                _ => taken.push(item),
            }
        }
        self.under_way += taken.len();
        taken
    }

    /// Notes an attempt and plans the next one; those go that waited for a later one to overtake them.
    pub fn ended(&mut self, mut item: Waiting, status: Option<u16>, at: Stamp) -> Option<Failure> {
        self.under_way = self.under_way.saturating_sub(1);
        self.attempts.push(Attempt {
            vendor: item.delivery.vendor,
            topic: item.delivery.topic.clone(),
            url: item.delivery.url.clone(),
            attempt: item.attempt,
            status,
        });
        let url = item.delivery.url.clone();
        let (free, held): (Vec<_>, Vec<_>) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|it| it.delivery.url == url);
        self.waiting.extend(free);
        self.held = held;
        if status.is_some_and(|status| (200..300).contains(&status)) {
            return None;
        }
        let pause = item.delivery.ladder.get(item.attempt - 1).copied();
        let failure = Failure {
            vendor: item.delivery.vendor,
            tag: item.delivery.tag.clone(),
            is_last: pause.is_none(),
        };
        if let Some(pause) = pause {
            item.due_seconds = at.seconds + Duration::from_secs(pause).as_secs_f64();
            item.attempt += 1;
            self.waiting.push(item);
        }
        Some(failure)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::*;
    use crate::faults::Fault;

    fn at(seconds: f64) -> Stamp {
        Stamp {
            seconds,
            epoch_ms: 0,
        }
    }

    fn about(topic: &str, outbox: &mut Outbox) {
        let delivery = Delivery::new("toy", topic, "http://hub.example/", &Value::Null, |_| {
            Vec::new()
        });
        outbox.post(delivery.tagged("subscription").retried(&[60, 3600]));
    }

    fn topics(taken: &[Waiting]) -> Vec<&str> {
        taken.iter().map(|it| it.delivery.topic.as_str()).collect()
    }

    #[test]
    fn what_is_not_taken_comes_again_by_the_vendors_schedule_until_it_is_given_up() {
        let (mut outbox, mut faults) = (Outbox::default(), Faults::default());
        about("order", &mut outbox);
        let mut last = Vec::new();
        for due in [0.0, 60.0, 3660.0] {
            assert!(outbox.take_due(at(due - 1.0), &mut faults).is_empty());
            let item = outbox.take_due(at(due), &mut faults).pop().unwrap();
            let failure = outbox.ended(item, Some(503), at(due)).unwrap();
            assert_eq!(failure.tag, "subscription");
            last.push(failure.is_last);
        }
        assert_eq!(last, [false, false, true]);
        assert!(outbox.take_due(at(1e9), &mut faults).is_empty());
        assert_eq!(outbox.attempts().len(), 3);
    }

    #[test]
    fn what_is_taken_comes_once() {
        let (mut outbox, mut faults) = (Outbox::default(), Faults::default());
        about("order", &mut outbox);
        let item = outbox.take_due(at(0.0), &mut faults).pop().unwrap();
        assert!(!outbox.is_quiet(at(0.0)));
        assert!(outbox.ended(item, Some(202), at(0.0)).is_none());
        assert!(outbox.is_quiet(at(1e9)));
    }

    #[test]
    fn notifications_are_lost_doubled_and_overtaken_on_demand() {
        let (mut outbox, mut faults) = (Outbox::default(), Faults::default());
        for (kind, topic) in [
            (FaultKind::LostWebhook, "toy lost"),
            (FaultKind::DoubleWebhook, "toy twice"),
            (FaultKind::LateWebhook, "toy late"),
        ] {
            faults.add(Fault::new(kind, topic));
        }
        for topic in ["lost", "twice", "late", "next"] {
            about(topic, &mut outbox);
        }
        let mut taken = outbox.take_due(at(0.0), &mut faults);
        assert_eq!(topics(&taken), ["twice", "next"]);
        assert_eq!(taken.iter().map(|it| it.copies).collect::<Vec<_>>(), [2, 1]);
        let next = taken.pop().unwrap();
        outbox.ended(next, Some(200), at(0.0));
        assert_eq!(topics(&outbox.take_due(at(0.0), &mut faults)), ["late"]);
    }
}
