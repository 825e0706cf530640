//! Where a shop answers.

use crate::wire;
use common::platform::{PlatformError, Store};

/// The versions of the Admin API that every document is checked against, oldest first; a store pins one of
/// them by `config.api_version`. Shopify supports each for a year at least.
pub const VERSIONS: [&str; 4] = ["2026-01", "2026-04", "2026-07", "2026-10"];

/// The version that is spoken when a store pins none.
pub const VERSION: &str = "2026-10";

/// The version that the store pins, else the newest.
pub fn version(store: &Store) -> &str {
    store.setting("api_version").unwrap_or(VERSION)
}

/// The address of the shop's GraphQL API.
pub fn graphql(store: &Store) -> Result<String, PlatformError> {
    let version = version(store);
    if !VERSIONS.contains(&version) {
        return Err(PlatformError::rejected_field(
            "config.api_version",
            format!("has to be one of {}", VERSIONS.join(", ")),
        ));
    }
    Ok(format!("{}/admin/api/{version}/graphql.json", base(store)?))
}

/// The shop's own address, or the one that stands in for it.
pub fn base(store: &Store) -> Result<String, PlatformError> {
    if store.base_url.is_some() {
        return wire::base(store, "");
    }
    match domain(store)? {
        Some(domain) => Ok(format!("https://{domain}")),
        None => Err(PlatformError::rejected_field(
            "config.shop_domain",
            "is missing: set it to your-shop.myshopify.com",
        )),
    }
}

/// The shop's name at the vendor, where the store says it.
pub fn domain(store: &Store) -> Result<Option<&str>, PlatformError> {
    match store.setting("shop_domain") {
        Some(domain) if !is_shop_domain(domain) => Err(PlatformError::rejected_field(
            "config.shop_domain",
            "has to look like your-shop.myshopify.com",
        )),
        domain => Ok(domain),
    }
}

/// Only the vendor's own names: a token must never be sent to another host by a mistyped setting.
pub fn is_shop_domain(domain: &str) -> bool {
    domain.strip_suffix(".myshopify.com").is_some_and(|name| {
        !name.is_empty()
            && !name.starts_with('-')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_vendors_domains_are_shops() {
        assert!(is_shop_domain("a-shop-2.myshopify.com"));
        for wrong in [
            ".myshopify.com",
            "shop.example.com",
            "evil.com/.myshopify.com",
            "a.b.myshopify.com",
            "user@x.myshopify.com",
            "Shop.myshopify.com",
            "x.myshopify.com.evil.com",
        ] {
            assert!(!is_shop_domain(wrong), "{wrong}");
        }
    }
}
