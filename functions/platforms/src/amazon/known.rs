//! What Amazon has under a listing's SKUs already, read twenty at a time.

use super::answer::content;
use super::call::{Ask, Call};
use super::item::Item;
use super::listings::{PAGE, Page, search_skus};
use common::platform::{PlatformError, Presence};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The parts of an item that tell it.
pub const DATA: &str = "summaries,fulfillmentAvailability,productTypes";

/// The most SKUs that one operation reads: with these reads its writes still fit the requests it may send.
pub const MOST: usize = 160;

/// What is known of one item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    pub product_type: Option<String>,
    /// Amazon's code for its own warehouses, where they send it.
    pub amazon_fulfilled: Option<String>,
    pub quantity: Option<i64>,
    /// Customers can buy it.
    pub is_live: bool,
}

impl Known {
    /// What `item` says of itself in the store `market`.
    pub fn of(item: &Item, market: &str) -> Self {
        Self {
            product_type: item.product_type(market).map(str::to_owned),
            amazon_fulfilled: item.amazon_fulfilled().map(str::to_owned),
            quantity: item.quantity(),
            is_live: item.presence(market) == Presence::Live,
        }
    }
}

/// The reading of many SKUs.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reading {
    /// Those that were not asked for yet.
    left: Vec<String>,
    pub known: BTreeMap<String, Known>,
}

impl Reading {
    /// Begins with the first of `skus`.
    pub fn begin(call: Call<'_>, skus: Vec<String>) -> Result<(Ask, Self), PlatformError> {
        if skus.len() > MOST {
            return Err(PlatformError::rejected_field(
                "product.variants",
                format!("are more than {MOST}: make several products of them"),
            ));
        }
        Self {
            left: skus,
            known: BTreeMap::new(),
        }
        .ask(call)
    }

    fn ask(mut self, call: Call<'_>) -> Result<(Ask, Self), PlatformError> {
        let later = self.left.split_off(self.left.len().min(PAGE));
        let ask = search_skus(call, &self.left, DATA)?;
        self.left = later;
        Ok((ask, self))
    }

    /// Takes what was read in; gives the next request, or nothing when all was read.
    pub fn resume(
        mut self,
        call: Call<'_>,
        response: &HttpResponse,
    ) -> Result<(Option<Ask>, Self), PlatformError> {
        let page: Page = content(response)?;
        let market = call.market_id()?;
        for item in page.items {
            self.known
                .insert(item.sku.clone(), Known::of(&item, market));
        }
        if self.left.is_empty() {
            return Ok((None, self));
        }
        let (ask, reading) = self.ask(call)?;
        Ok((Some(ask), reading))
    }
}
