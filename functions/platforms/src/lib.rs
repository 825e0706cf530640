//! The sales channels. A new one is one file here, one line in `ALL` and its fixtures.

pub mod amazon;
pub mod etsy;
pub mod printify;
pub mod shopify;
mod wire;

use common::platform::Platform;

static ALL: [&dyn Platform; 4] = [
    &shopify::Shopify,
    &etsy::Etsy,
    &printify::Printify,
    &amazon::Amazon,
];

/// Every channel.
pub fn all() -> &'static [&'static dyn Platform] {
    &ALL
}

/// The channel that a store's `platform` names.
pub fn find(slug: &str) -> Option<&'static dyn Platform> {
    ALL.into_iter()
        .find(|platform| platform.descriptor().slug == slug)
}
