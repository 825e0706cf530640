//! Finds the listing: by its number, or by what an earlier attempt left behind.

use super::{Job, Phase};
use crate::etsy::answer::{content, found};
use crate::etsy::call::number;
use crate::etsy::content::mark;
use crate::etsy::model::{Listing, Page};
use crate::etsy::{PAGE, time};
use common::platform::{PlatformError, Step};
use common::ports::HttpResponse;
use std::collections::BTreeSet;

/// The states in which an earlier attempt can have left it: the draft, and shown when the last reply
/// was lost.
const STATES: [&str; 2] = ["draft", "active"];
/// So many of each are looked through; Etsy gives the newest first.
const NEWEST: u64 = 200;
/// What the clocks may differ by, in seconds.
const SKEW: i64 = 300;

enum Found {
    Ours,
    Strangers,
    Other,
}

impl Job<'_> {
    /// Looks for the listing.
    pub(super) fn find(self) -> Result<Step, PlatformError> {
        let product = self.goal.product;
        let own = self.settings.own("listing_id");
        let known = self
            .goal
            .must_be
            .map(str::to_owned)
            .or_else(|| product.external_id.clone())
            .or_else(|| own.and_then(number).map(|id| id.to_string()))
            .or_else(|| self.work.memory.listing_id.map(|id| id.to_string()));
        match known {
            Some(id) => self.ask_known(&id),
            None => self.search(0, 0),
        }
    }

    fn ask_known(self, id: &str) -> Result<Step, PlatformError> {
        let id = crate::etsy::listing_number(id)?;
        let query = [("includes", "Images,Inventory")];
        let phase = self.after(Phase::Known);
        let path = format!("/listings/{id}");
        Ok(self.call.get(&path, &query, &phase)?.step())
    }

    pub(super) fn known(mut self, response: &HttpResponse) -> Result<Step, PlatformError> {
        match (found::<Listing>(response)?, self.goal.must_be) {
            (Some(listing), _) => {
                self.work.listing = Some(listing);
                self.next_picture(0)
            }
            (None, Some(_)) => Err(PlatformError::rejected_field(
                "external_id",
                "Etsy has this listing no more: publish it again",
            )),
            (None, None) => self.search(0, 0),
        }
    }

    fn search(self, state: usize, offset: u64) -> Result<Step, PlatformError> {
        let Some(name) = STATES.get(state) else {
            return self.draft();
        };
        let (limit, start) = (PAGE.to_string(), offset.to_string());
        let query = [
            ("state", *name),
            ("limit", &limit),
            ("offset", &start),
            ("includes", "Images,Inventory"),
        ];
        let phase = self.after(Phase::Search { state, offset });
        let path = self.call.shop("/listings")?;
        Ok(self.call.get(&path, &query, &phase)?.step())
    }

    pub(super) fn searched(
        mut self,
        state: usize,
        offset: u64,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let page: Page<Listing> = content(response)?;
        let read = page.results.len() as u64;
        for listing in page.results {
            match self.whose(&listing) {
                Found::Other => {}
                Found::Ours => {
                    self.work.listing = Some(listing);
                    return self.next_picture(0);
                }
                Found::Strangers => return Err(strangers(&listing)),
            }
        }
        let next = offset + read;
        if read > 0 && next < page.count.min(NEWEST) {
            self.search(state, next)
        } else {
            self.search(state + 1, 0)
        }
    }

    fn whose(&self, listing: &Listing) -> Found {
        let product = self.goal.product;
        if listing.description.contains(&mark(&product.listing_id)) {
            return Found::Ours;
        }
        let wanted: BTreeSet<&str> = product.variants.iter().map(|it| it.sku.as_str()).collect();
        let there: BTreeSet<&str> = listing
            .inventory
            .iter()
            .flat_map(|inventory| inventory.alive())
            .map(|product| product.sku.as_str())
            .filter(|sku| !sku.is_empty())
            .collect();
        if wanted != there {
            return Found::Other;
        }
        let asked = self.call.operation.asked_at.as_deref();
        match asked.and_then(time::seconds) {
            Some(asked) if listing.created_timestamp >= asked - SKEW => Found::Ours,
            _ => Found::Strangers,
        }
    }
}

fn strangers(listing: &Listing) -> PlatformError {
    PlatformError::rejected_field(
        "variants",
        format!(
            "have the SKUs of the shop's listing {id}: set platform_data.etsy.listing_id to {id} to take it over, or delete it there",
            id = listing.listing_id
        ),
    )
}
