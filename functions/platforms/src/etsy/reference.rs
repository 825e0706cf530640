//! The shop's own settings that a listing refers to: currency, shipping profiles, processing profiles.

use super::answer::{content, found};
use super::call::{Call, REFERENCE};
use super::model::Page;
use super::settings::OWN;
use common::platform::{PlatformError, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};

/// Asks for the shop.
pub fn ask_shop(call: Call<'_>, phase: &impl Serialize) -> Result<Step, PlatformError> {
    let exchange = call.get(&call.shop("")?, &[], phase)?;
    Ok(exchange.cached_for(REFERENCE).step())
}

/// Asks for the shipping profile called `id`, or for all.
pub fn ask_shipping(
    call: Call<'_>,
    id: Option<u64>,
    phase: &impl Serialize,
) -> Result<Step, PlatformError> {
    let rest = match id {
        Some(id) => format!("/shipping-profiles/{id}"),
        None => "/shipping-profiles".to_owned(),
    };
    let exchange = call.get(&call.shop(&rest)?, &[], phase)?;
    Ok(exchange.cached_for(REFERENCE).step())
}

/// Asks for the processing profiles.
pub fn ask_readiness(call: Call<'_>, phase: &impl Serialize) -> Result<Step, PlatformError> {
    let path = call.shop("/readiness-state-definitions")?;
    let exchange = call.get(&path, &[("limit", "100")], phase)?;
    Ok(exchange.cached_for(REFERENCE).step())
}

#[derive(Deserialize)]
struct Shop {
    currency_code: String,
}

/// Whether the shop sells in `currency`.
pub fn check_currency(
    response: &HttpResponse,
    currency: Option<&str>,
) -> Result<(), PlatformError> {
    let shop: Option<Shop> = found(response)?;
    let shop = shop
        .ok_or_else(|| PlatformError::rejected_field("config.shop_id", "Etsy has no such shop"))?;
    match currency {
        Some(wanted) if wanted != shop.currency_code => Err(PlatformError::rejected_field(
            "currency",
            format!(
                "is {wanted}, but the shop sells in {}: give the listing a price in that",
                shop.currency_code
            ),
        )),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
struct ShippingProfile {
    shipping_profile_id: u64,
    is_deleted: bool,
    shipping_profile_destinations: Vec<serde::de::IgnoredAny>,
}

impl ShippingProfile {
    /// Etsy shows a listing only when its profile is complete.
    fn checked(self) -> Result<u64, PlatformError> {
        let id = self.shipping_profile_id;
        let wrong = |reason: &str| {
            let field = format!("{OWN}.shipping_profile_id");
            Err(PlatformError::rejected_field(field, reason))
        };
        if self.is_deleted {
            return wrong("names a shipping profile that was deleted");
        }
        if self.shipping_profile_destinations.is_empty() {
            return wrong("names a shipping profile without destinations: complete it on Etsy");
        }
        Ok(id)
    }
}

/// The shipping profile that was asked for by its number.
pub fn shipping(response: &HttpResponse) -> Result<u64, PlatformError> {
    let profile: Option<ShippingProfile> = found(response)?;
    let profile = profile.ok_or_else(|| {
        let field = format!("{OWN}.shipping_profile_id");
        PlatformError::rejected_field(field, "names a shipping profile that the shop has not")
    })?;
    profile.checked()
}

/// The shop's only shipping profile.
pub fn only_shipping(response: &HttpResponse) -> Result<u64, PlatformError> {
    let page: Page<ShippingProfile> = content(response)?;
    let alive: Vec<_> = page
        .results
        .into_iter()
        .filter(|it| !it.is_deleted)
        .collect();
    let count = alive.len();
    only(alive)
        .ok_or_else(|| choose("shipping_profile_id", "shipping profile", count))?
        .checked()
}

#[derive(Deserialize)]
struct ReadinessState {
    readiness_state_id: u64,
}

/// The shop's only processing profile.
pub fn only_readiness(response: &HttpResponse) -> Result<u64, PlatformError> {
    let page: Page<ReadinessState> = content(response)?;
    let count = page.results.len();
    only(page.results)
        .map(|it| it.readiness_state_id)
        .ok_or_else(|| choose("readiness_state_id", "processing profile", count))
}

fn only<T>(rows: Vec<T>) -> Option<T> {
    let mut rows = rows.into_iter();
    rows.next().filter(|_| rows.next().is_none())
}

fn choose(name: &str, what: &str, count: usize) -> PlatformError {
    let how = match count {
        0 => format!("the shop has no {what}: make one on Etsy"),
        _ => format!("the shop has {count} of them: set it, for this listing or as config.{name}"),
    };
    PlatformError::rejected_field(format!("{OWN}.{name}"), format!("is missing, and {how}"))
}
