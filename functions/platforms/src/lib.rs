//! The sales channels. A new one is one file here, one line in [`all`] and its fixtures.

pub mod amazon;
pub mod shopify;
mod wire;

use common::platform::Platform;

static ALL: [&dyn Platform; 2] = [&shopify::Shopify, &amazon::Amazon];

/// Every channel.
pub fn all() -> &'static [&'static dyn Platform] {
    &ALL
}

/// The channel that a store's `platform` names.
pub fn find(slug: &str) -> Option<&'static dyn Platform> {
    ALL.into_iter()
        .find(|platform| platform.descriptor().slug == slug)
}
