//! Requests a second and requests in a sliding day.

use crate::stamp::Stamp;
use http::HeaderMap;
use std::collections::VecDeque;

const DAY: f64 = 86_400.0;

/// How often may be asked, and when it was.
#[derive(Debug)]
pub struct Limits {
    pub per_second: usize,
    pub per_day: usize,
    asked: VecDeque<f64>,
}

impl Default for Limits {
    /// What the documentation shows.
    fn default() -> Self {
        Self {
            per_second: 150,
            per_day: 100_000,
            asked: VecDeque::new(),
        }
    }
}

impl Limits {
    /// Takes one request; `Err` is the seconds to wait.
    pub fn take(&mut self, at: Stamp) -> Result<(), u64> {
        while self
            .asked
            .front()
            .is_some_and(|then| *then <= at.seconds - DAY)
        {
            self.asked.pop_front();
        }
        if self.asked.len() >= self.per_day {
            let oldest = self.asked.front().copied().unwrap_or(at.seconds);
            return Err((oldest + DAY - at.seconds).ceil().max(1.0) as u64);
        }
        if self.in_this_second(at) >= self.per_second {
            return Err(1);
        }
        self.asked.push_back(at.seconds);
        Ok(())
    }

    fn in_this_second(&self, at: Stamp) -> usize {
        let recent = self.asked.iter().rev();
        recent.take_while(|then| **then > at.seconds - 1.0).count()
    }

    /// What every answer tells of them.
    pub fn tell(&self, headers: &mut HeaderMap, at: Stamp) {
        let second = self.per_second.saturating_sub(self.in_this_second(at));
        let day = self.per_day.saturating_sub(self.asked.len());
        headers.insert("x-limit-per-second", self.per_second.into());
        headers.insert("x-remaining-this-second", second.into());
        headers.insert("x-limit-per-day", self.per_day.into());
        headers.insert("x-remaining-today", day.into());
    }
}
