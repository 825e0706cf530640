//! Listings: drafts, changes, the states between which they move, deletion.

use super::form::Form;
use super::inventory::{Document, Product};
use super::listing_rules as rules;
use super::{Etsy, Refused, epoch};
use crate::stamp::Stamp;
use serde_json::{Map, Value, json};

/// Four months.
const LIFE: i64 = 10_520_000;

/// A listing.
#[derive(Debug)]
pub struct Listing {
    pub id: u64,
    /// `active`, `inactive`, `sold_out`, `draft`, `expired`.
    pub state: String,
    /// Etsy withholds it.
    pub suspended: bool,
    pub created: i64,
    pub updated: i64,
    pub ends: i64,
    /// What forms write, as it is shown.
    pub fields: Map<String, Value>,
    pub inventory: Document,
    /// In the order of their ranks.
    pub images: Vec<u64>,
}

impl Listing {
    /// A fresh draft.
    pub fn new(id: u64, now: i64) -> Self {
        Self {
            id,
            state: "draft".to_owned(),
            suspended: false,
            created: now,
            updated: now,
            ends: now + LIFE,
            fields: Map::new(),
            inventory: Document::default(),
            images: Vec::new(),
        }
    }

    /// Pieces for sale.
    pub fn quantity(&self) -> i64 {
        let products = self.inventory.products.iter();
        let enabled = products.filter(|product| product.is_enabled);
        enabled.map(|product| product.quantity).sum()
    }

    /// Sent by post.
    pub fn is_physical(&self) -> bool {
        self.fields["listing_type"] == "physical"
    }

    fn set_state(&mut self, state: &str, now: i64) {
        self.state = state.to_owned();
        self.updated = now;
    }
}

impl Etsy {
    /// `createDraftListing`.
    pub fn create_draft(&mut self, form: &Form, at: Stamp) -> Result<Value, Refused> {
        for name in rules::REQUIRED {
            if form.text(name).is_none() {
                return Err(Refused::bad(format!("Missing input parameter: [{name}]")));
            }
        }
        let now = epoch(at);
        let mut fields = rules::defaults();
        rules::write(&mut fields, form)?;
        rules::check(&fields, self)?;
        let quantity = form.int("quantity")?.unwrap_or_default();
        if !(1..=999).contains(&quantity) {
            let reason = "There was a problem with /quantity : must be between 1 and 999";
            return Err(Refused::bad(reason));
        }
        let price = rules::price(form.float("price")?.unwrap_or_default())?;
        let images = self.known_images(form)?;
        let readiness = form.int("readiness_state_id")?;
        let is_physical = fields["listing_type"] == "physical";
        if is_physical && fields["shipping_profile_id"].is_null() {
            let reason = "A shipping_profile_id is required for physical listings";
            return Err(Refused::bad(reason));
        }
        if is_physical && readiness.is_none() {
            let reason = "A readiness_state_id is required for physical listings";
            return Err(Refused::bad(reason));
        }
        if let Some(id) = readiness {
            self.check_readiness(id)?;
        }
        let (id, product_id, offering_id) = (self.number(), self.number(), self.number());
        let mut listing = Listing::new(id, now);
        listing.fields = fields;
        listing.images = images.unwrap_or_default();
        listing.inventory.products = vec![Product {
            product_id,
            offering_id,
            price,
            quantity,
            is_enabled: true,
            readiness_state_id: readiness,
            sku: String::new(),
            values: Vec::new(),
        }];
        let shown = self.view(&listing, &[]);
        self.listings.insert(id, listing);
        Ok(shown)
    }

    /// `updateListing`.
    pub fn update_listing(&mut self, id: u64, form: &Form, at: Stamp) -> Result<Value, Refused> {
        let now = epoch(at);
        let listing = self.listings.get(&id).ok_or_else(|| missing(id))?;
        let mut fields = listing.fields.clone();
        rules::write(&mut fields, form)?;
        rules::check(&fields, self)?;
        let images = self.known_images(form)?;
        let state = form.text("state").map(str::to_owned);
        if state.as_deref() == Some("active") {
            let pictured = images.as_ref().unwrap_or(&listing.images);
            self.check_showable(&fields, pictured)?;
        }
        let listing = self.listings.get_mut(&id).ok_or_else(|| missing(id))?;
        if let Some(state) = state {
            move_to(listing, &state, now)?;
        }
        listing.fields = fields;
        listing.images = images.unwrap_or_else(|| listing.images.clone());
        listing.updated = now;
        let listing = self.listings.get(&id).ok_or_else(|| missing(id))?;
        Ok(self.view(listing, &[]))
    }

    /// What Etsy wants before it shows a listing.
    fn check_showable(&self, fields: &Map<String, Value>, images: &[u64]) -> Result<(), Refused> {
        if images.is_empty() {
            let reason = "The listing must have at least one image in image_ids to be active";
            return Err(Refused::bad(reason));
        }
        if fields["listing_type"] != "physical" {
            return Ok(());
        }
        let profile = fields["shipping_profile_id"].as_u64().unwrap_or_default();
        if !self.is_complete_profile(profile) {
            let reason = "The shipping profile named by shipping_profile_id is not complete";
            return Err(Refused::bad(reason));
        }
        if !self.is_in_the_eu() && fields["return_policy_id"].is_null() {
            let reason = "A return_policy_id is required for active physical listings";
            return Err(Refused::bad(reason));
        }
        Ok(())
    }

    fn known_images(&self, form: &Form) -> Result<Option<Vec<u64>>, Refused> {
        let Some(texts) = form.list("image_ids") else {
            return Ok(None);
        };
        let unknown = || Refused::bad("There was a problem with image_ids: no such image");
        let ids: Result<Vec<u64>, Refused> = texts
            .iter()
            .map(|text| text.parse().map_err(|_| unknown()))
            .collect();
        let ids = ids?;
        if ids.len() > 20 || ids.iter().any(|id| !self.library.has(*id)) {
            return Err(unknown());
        }
        Ok(Some(ids))
    }

    /// `deleteListing`.
    pub fn delete_listing(&mut self, id: u64) -> Result<Value, Refused> {
        let listing = self.listings.get(&id).ok_or_else(|| missing(id))?;
        if listing.state == "active" && listing.suspended {
            let reason = "The listing is not in a state in which it can be deleted";
            return Err(Refused::new(409, reason));
        }
        self.listings.remove(&id);
        Ok(Value::Null)
    }

    /// A customer bought, or stock fell otherwise: `quantity` of `sku` less, in whichever listing.
    pub fn take(&mut self, sku: &str, quantity: i64, now: i64) -> Option<(u64, u64)> {
        let listing = self.listings.values_mut().find(|listing| {
            let mut products = listing.inventory.products.iter();
            products.any(|product| product.sku == sku)
        })?;
        let mut products = listing.inventory.products.iter_mut();
        let product = products.find(|product| product.sku == sku)?;
        product.quantity = (product.quantity - quantity).max(0);
        let product_id = product.product_id;
        if listing.quantity() == 0 && listing.state == "active" {
            listing.set_state("sold_out", now);
        }
        Some((listing.id, product_id))
    }

    /// Its four months are over.
    pub fn expire(&mut self, id: u64, now: i64) -> Result<Value, String> {
        let listing = self.listings.get_mut(&id);
        let listing = listing.ok_or_else(|| format!("there is no listing {id}"))?;
        listing.set_state("expired", now);
        Ok(json!({"state": listing.state}))
    }

    /// Etsy withholds it.
    pub fn suspend(&mut self, id: u64) -> Result<Value, String> {
        let listing = self.listings.get_mut(&id);
        let listing = listing.ok_or_else(|| format!("there is no listing {id}"))?;
        listing.suspended = true;
        Ok(json!({"suspended": true}))
    }
}

/// Only `active` and `inactive` can be asked for. What sold out comes back with one piece.
fn move_to(listing: &mut Listing, state: &str, now: i64) -> Result<(), Refused> {
    match (listing.state.as_str(), state) {
        ("active", "active") | ("inactive", "inactive") => {}
        ("draft" | "expired", "inactive") => {
            let reason = format!(
                "A listing in state {} can't be made inactive",
                listing.state
            );
            return Err(Refused::new(409, reason));
        }
        ("sold_out", "active") => {
            if let Some(first) = listing.inventory.products.first_mut() {
                first.quantity = 1;
            }
            listing.ends = now + LIFE;
            listing.set_state("active", now);
        }
        ("sold_out", "inactive") => {
            let reason = "There was a problem with /quantity : cannot be empty";
            return Err(Refused::bad(reason));
        }
        ("expired", "active") => {
            listing.ends = now + LIFE;
            listing.set_state("active", now);
        }
        (_, "active" | "inactive") => listing.set_state(state, now),
        _ => return Err(Refused::bad("state: must be active or inactive")),
    }
    Ok(())
}

/// 404.
pub fn missing(id: u64) -> Refused {
    Refused::new(
        404,
        format!("Could not find a Listing with listing_id = {id}"),
    )
}
