//! The signatures that this instance has verified.

use std::collections::{BTreeMap, VecDeque};

/// SHA-256 of something.
type Digest = [u8; 32];

/// So many tokens are remembered; the oldest goes first.
const MOST: usize = 256;

/// Which token was verified with which key. Only the signature is remembered: times, audience and whether the
/// key is still trusted are checked each time.
#[derive(Default)]
pub(super) struct Verified {
    keys: BTreeMap<Digest, Digest>,
    order: VecDeque<Digest>,
}

impl Verified {
    /// Whether `token` was verified with `key`.
    pub(super) fn has(&self, token: &Digest, key: &Digest) -> bool {
        self.keys.get(token) == Some(key)
    }

    /// Remembers it.
    pub(super) fn remember(&mut self, token: Digest, key: Digest) {
        if self.keys.insert(token, key).is_some() {
            return;
        }
        self.order.push_back(token);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Verified};

    fn digest(number: usize) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_be_bytes());
        digest
    }

    #[test]
    fn no_more_than_so_many_are_remembered_and_the_oldest_goes_first() {
        let mut verified = Verified::default();
        for number in 0..=MOST {
            verified.remember(digest(number), digest(7));
            verified.remember(digest(number), digest(8));
        }
        assert_eq!((verified.keys.len(), verified.order.len()), (MOST, MOST));
        assert!(!verified.has(&digest(0), &digest(8)));
        assert!(verified.has(&digest(1), &digest(8)));
        assert!(!verified.has(&digest(1), &digest(7)), "bound to its key");
    }
}
