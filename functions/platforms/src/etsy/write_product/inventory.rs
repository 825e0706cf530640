//! The inventory document of the listing: read, compared, written when it differs.

use super::{Job, Phase};
use crate::etsy::answer::{content, found};
use crate::etsy::call::number;
use crate::etsy::document::Document;
use crate::etsy::model::Inventory;
use crate::etsy::variations::Arrangement;
use common::platform::{PlatformError, Step};
use common::ports::HttpResponse;
use serde_json::json;

impl Job<'_> {
    /// Reads the document, right before it is written. A sold-out listing is renewed first: that sets
    /// its stock to one.
    pub(super) fn ask_inventory(self) -> Result<Step, PlatformError> {
        let listing = self.listing()?;
        if listing.state == "sold_out" && self.wants_active() && !self.work.shown {
            return self.show();
        }
        let path = format!("/listings/{}/inventory", listing.listing_id);
        let phase = self.after(Phase::Before);
        Ok(self.call.get(&path, &[], &phase)?.step())
    }

    pub(super) fn read_inventory(mut self, response: &HttpResponse) -> Result<Step, PlatformError> {
        // A listing whose inventory nobody ever edited has none.
        let before = found(response)?.unwrap_or(Inventory {
            products: Vec::new(),
            price_on_property: Vec::new(),
            quantity_on_property: Vec::new(),
            sku_on_property: Vec::new(),
            readiness_state_on_property: None,
        });
        let mut document = Arrangement {
            product: self.goal.product,
            before: &before,
            memory: &self.work.memory,
            keep_sellers_own: !self.takes_over(),
            set_stock: self.goal.product.set_stock,
        }
        .document()?;
        self.work.sold_out = document.is_sold_out();
        if self.work.sold_out || document == Document::of(&before)? {
            self.note(&before);
            return self.after_inventory();
        }
        document.make_ready(self.readiness(&before));
        let path = format!("/listings/{}/inventory", self.listing()?.listing_id);
        let body = json!(document);
        let phase = self.after(Phase::Inventory);
        Ok(self.call.put(&path, &body, &phase)?.step())
    }

    pub(super) fn wrote_inventory(
        mut self,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let written: Inventory = content(response)?;
        self.work.inventory_written = true;
        self.note(&written);
        self.after_inventory()
    }

    /// Whether the seller gave us a listing of theirs: what it showed before is replaced, once.
    fn takes_over(&self) -> bool {
        let given = self.settings.own("listing_id").and_then(number);
        let id = self.work.listing.as_ref().map(|listing| listing.listing_id);
        given.is_some() && given == id && self.work.memory.listing_id != id
    }

    /// The processing profile of the products that have none.
    fn readiness(&self, inventory: &Inventory) -> Option<u64> {
        inventory
            .readiness()
            .or(self.work.readiness)
            .or(self.work.memory.readiness_state_id)
    }

    fn note(&mut self, inventory: &Inventory) {
        self.work.memory.readiness_state_id = self.readiness(inventory);
        let variants = self.goal.product.variants.iter();
        let skus: Vec<&str> = variants.map(|variant| variant.sku.as_str()).collect();
        self.work.memory.note(inventory, &skus);
    }

    fn after_inventory(self) -> Result<Step, PlatformError> {
        if self.work.shown {
            self.finish()
        } else {
            self.show()
        }
    }
}
