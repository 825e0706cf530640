//! The change that writes the texts and shows or hides the listing, and what is told of it all.

use super::{Job, Phase};
use crate::etsy::answer::content;
use crate::etsy::content as forms;
use crate::etsy::model::Listing;
use crate::etsy::presence;
use common::platform::{Outcome, PlatformError, Presence, ProductStatus, Step};
use common::ports::HttpResponse;
use http::Method;
use serde_json::json;

impl Job<'_> {
    /// Whether it is to be for sale afterwards, as asked or because its stock is back.
    pub(super) fn wants_active(&self) -> bool {
        match self.goal.product.status {
            Some(status) => status == ProductStatus::Active,
            None => self.work.memory.paused,
        }
    }

    /// Changes the texts, and the state where it is another than it should be.
    pub(super) fn show(mut self) -> Result<Step, PlatformError> {
        let state = self.state_to_write()?;
        self.work.memory.paused = match state {
            Some("inactive") => self.work.sold_out,
            Some(_) => false,
            None => self.work.memory.paused,
        };
        let ids = match self.work.created {
            // The draft has them.
            true => Vec::new(),
            false => self.image_ids(),
        };
        let product = self.goal.product;
        let mut fields = forms::changed(product, self.settings, self.profiles(), &ids);
        fields.extend(state.map(|state| ("state".to_owned(), state.to_owned())));
        let rest = format!("/listings/{}", self.listing()?.listing_id);
        let path = self.call.shop(&rest)?;
        let phase = self.after(Phase::Show);
        Ok(self
            .call
            .form(Method::PATCH, &path, &fields, &phase)?
            .step())
    }

    /// Etsy takes `active` and `inactive` only: what is a draft stays one until it is shown.
    fn state_to_write(&self) -> Result<Option<&'static str>, PlatformError> {
        let now = self.listing()?.state.as_str();
        if self.work.sold_out {
            return Ok((now == "active").then_some("inactive"));
        }
        Ok(match self.goal.product.status {
            Some(ProductStatus::Active) => (now != "active").then_some("active"),
            Some(ProductStatus::Draft | ProductStatus::Archived) => {
                matches!(now, "active" | "sold_out").then_some("inactive")
            }
            None => (self.work.memory.paused && now == "inactive").then_some("active"),
        })
    }

    pub(super) fn showed(mut self, response: &HttpResponse) -> Result<Step, PlatformError> {
        let renewed = self.listing()?.state == "sold_out" && self.wants_active();
        let listing: Listing = content(response)?;
        let first = renewed && !self.work.shown;
        self.work.shown = true;
        self.work.listing = Some(listing);
        if first {
            self.ask_inventory()
        } else {
            self.finish()
        }
    }

    pub(super) fn finish(mut self) -> Result<Step, PlatformError> {
        let listing = self.listing()?.clone();
        let memory = &mut self.work.memory;
        memory.listing_id = Some(listing.listing_id);
        memory.url = Some(listing.url.clone());
        memory.images = std::mem::take(&mut self.work.pictures);
        let presence = match memory.paused {
            true => Presence::OutOfStock,
            false => presence(&listing.state),
        };
        let result = json!({
            "external_id": listing.listing_id.to_string(),
            "url": listing.url,
            "state": listing.state,
            "created": self.work.created,
            "variants": memory.products.len(),
            "pictures": memory.images.len(),
            "inventory_written": self.work.inventory_written,
        });
        Ok(Step::done(Outcome {
            result,
            external_id: Some(listing.listing_id.to_string()),
            platform_data: serde_json::to_value(&*memory).ok(),
            presence: (presence != Presence::Live).then_some(presence),
            ..Outcome::default()
        }))
    }
}
