//! The set that an instance holds.

use super::answer::Answer;
use super::set;
use super::{
    FLOOR_MS, FRESH_MS, Key, Memory, Provider, STALE_MS, Token, only_key_for, unavailable,
};
use crate::error::Result;
use std::sync::Arc;

/// A provider's keys as an instance holds them.
#[derive(Clone)]
pub struct Held {
    url: String,
    keys: Arc<Vec<Arc<Key>>>,
    /// Which version of the shared row they are; 0: none of them.
    pub(super) version: i64,
    /// When they were fetched; none: never.
    fetched_at_ms: Option<i64>,
    /// When asking for others can be of use again.
    ask_at_ms: i64,
}

impl Held {
    /// What `memory` has of `provider`, else an empty set that wants to be filled.
    pub(super) fn of(memory: &Memory, provider: &Provider) -> Self {
        let trust = &provider.trust;
        let fits = |held: &Self| {
            held.url == provider.url && held.keys.iter().all(|key| key.trust == *trust)
        };
        memory.held().filter(fits).unwrap_or_else(|| Self {
            url: provider.url.clone(),
            keys: Arc::default(),
            version: 0,
            fetched_at_ms: None,
            ask_at_ms: i64::MIN,
        })
    }

    /// Whether `token` can be judged with it without asking anybody.
    pub(super) fn suffices(&self, token: &Token<'_>, now_ms: i64) -> bool {
        let fresh = self.age_ms(now_ms).is_some_and(|age| age < FRESH_MS);
        now_ms < self.ask_at_ms || (fresh && only_key_for(&self.keys, token).is_some())
    }

    /// The key for `token`.
    ///
    /// # Errors
    /// 503 when there is no set that may be used.
    pub(super) fn key_for(&self, token: &Token<'_>, now_ms: i64) -> Result<Option<Arc<Key>>> {
        if self.age_ms(now_ms).is_none_or(|age| age >= STALE_MS) {
            return Err(unavailable());
        }
        Ok(only_key_for(&self.keys, token))
    }

    /// How old the set is; none when there is none.
    pub(super) fn age_ms(&self, now_ms: i64) -> Option<i64> {
        self.fetched_at_ms.map(|fetched| now_ms - fetched)
    }

    /// Takes over what the shared row says; whether it brought another set.
    pub(super) fn learn(&mut self, answer: &Answer, provider: &Provider, now_ms: i64) -> bool {
        let wait_ms = if answer.pending { 0 } else { answer.wait_ms };
        self.ask_at_ms = now_ms.saturating_add(wait_ms.clamp(0, FLOOR_MS));
        let (Some(age_ms), true) = (answer.age_ms, answer.version != 0) else {
            return false;
        };
        match answer
            .keys
            .as_deref()
            .map(|keys| set::parse(keys, provider))
        {
            Some(Ok(set)) => self.keys = Arc::new(set.keys),
            None if self.version == answer.version => {}
            // Nobody keeps what can't be read: another release may have had other rules.
            _ => return false,
        }
        let news = self.version != answer.version;
        self.version = answer.version;
        self.fetched_at_ms = Some(now_ms - age_ms);
        news
    }

    /// Takes over a set that was just fetched.
    pub(super) fn replace(&mut self, keys: Vec<Arc<Key>>, version: i64, now_ms: i64) {
        self.keys = Arc::new(keys);
        self.version = version;
        self.fetched_at_ms = Some(now_ms);
    }
}
