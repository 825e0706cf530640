//! The channels that are played, beside Shopify.

use crate::amazon::Amazon;
use crate::etsy::Etsy;
use crate::fake::Fake;
use crate::printify::Printify;
use std::collections::BTreeMap;

/// Each by its slug, which is also the prefix of its paths.
pub(crate) fn all() -> BTreeMap<&'static str, Box<dyn Fake>> {
    let mut fakes: BTreeMap<&'static str, Box<dyn Fake>> = BTreeMap::new();
    fakes.insert("amazon", Box::new(Amazon::default()));
    fakes.insert("etsy", Box::new(Etsy::default()));
    fakes.insert("printify", Box::new(Printify::default()));
    fakes
}
