//! The handles that a file had already, within bounds.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

const MAX_HANDLES: usize = 100_000;

/// Remembers handles by their hashes, eight bytes each.
#[derive(Default)]
pub struct SeenHandles(HashSet<u64>);

impl SeenHandles {
    /// Remembers `handle`; in a file of very many handles the later ones are not.
    pub fn insert(&mut self, handle: &str) {
        if self.0.len() < MAX_HANDLES {
            self.0.insert(hash(handle));
        }
    }

    /// Whether the file may have had `handle`: certain while not all places are taken. Afterwards it is for the
    /// database to say whether there is such a product.
    pub fn may_have(&self, handle: &str) -> bool {
        self.0.len() == MAX_HANDLES || self.0.contains(&hash(handle))
    }
}

fn hash(handle: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    handle.hash(&mut hasher);
    hasher.finish()
}
