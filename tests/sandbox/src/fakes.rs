//! The channels that are played, beside Shopify.

use crate::fake::Fake;
use std::collections::BTreeMap;

/// Each by its slug, which is also the prefix of its paths.
pub(crate) fn all() -> BTreeMap<&'static str, Box<dyn Fake>> {
    BTreeMap::new()
}
