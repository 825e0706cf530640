//! Listings as Etsy shows them.

use super::form::Form;
use super::listing::{Listing, missing};
use super::{Etsy, Refused, SHOP_ID, USER_ID};
use serde_json::{Value, json};

/// What may be attached to a listing.
const INCLUDES: [&str; 7] = [
    "Shipping",
    "Images",
    "Shop",
    "User",
    "Translations",
    "Inventory",
    "Videos",
];

impl Etsy {
    /// An amount in the shop's currency.
    pub fn money(&self, amount: i64) -> Value {
        json!({"amount": amount, "divisor": 100, "currency_code": self.currency})
    }

    /// `getListing`.
    pub fn get_listing(&self, id: u64, query: &Form) -> Result<Value, Refused> {
        let listing = self.listings.get(&id).ok_or_else(|| missing(id))?;
        Ok(self.view_with(listing, &includes(query)?))
    }

    /// `getListingsByShop`.
    pub fn list_listings(&self, query: &Form) -> Result<Value, Refused> {
        let state = query.text("state").unwrap_or("active");
        if !["active", "inactive", "sold_out", "draft", "expired"].contains(&state) {
            return Err(Refused::bad(format!("Invalid value for state: {state}")));
        }
        let (limit, offset) = page(query)?;
        let includes = includes(query)?;
        let mut all: Vec<&Listing> = self
            .listings
            .values()
            .filter(|listing| listing.state == state)
            .collect();
        all.sort_by_key(|listing| std::cmp::Reverse((listing.created, listing.id)));
        let results: Vec<Value> = all
            .iter()
            .skip(offset)
            .take(limit)
            .map(|listing| self.view_with(listing, &includes))
            .collect();
        Ok(json!({"count": all.len(), "results": results}))
    }

    /// The listing with the associations that are asked for; the others are null or empty.
    fn view_with(&self, listing: &Listing, includes: &[&str]) -> Value {
        let mut view = self.view(listing, includes);
        let products = listing.inventory.products.iter();
        let skus: Vec<&str> = products.map(|it| it.sku.as_str()).collect();
        view["skus"] = json!(skus);
        view["views"] = json!(0);
        for name in [
            "shipping_profile",
            "user",
            "shop",
            "translations",
            "inventory",
        ] {
            view[name] = view.get(name).cloned().unwrap_or_default();
        }
        for name in ["images", "videos", "production_partners"] {
            view[name] = view.get(name).cloned().unwrap_or_else(|| json!([]));
        }
        view
    }

    /// The listing itself, and of the associations pictures and inventory where `includes` names them.
    pub fn view(&self, listing: &Listing, includes: &[&str]) -> Value {
        let products = &listing.inventory.products;
        let lowest = products.iter().map(|product| product.price).min();
        let first = products.first().filter(|_| listing.state == "active");
        let readiness = first.and_then(|it| it.readiness_state_id);
        let mut view = Value::Object(listing.fields.clone());
        let own = json!({
            "listing_id": listing.id,
            "user_id": USER_ID,
            "shop_id": SHOP_ID,
            "state": listing.state,
            "creation_timestamp": listing.created,
            "created_timestamp": listing.created,
            "ending_timestamp": listing.ends,
            "original_creation_timestamp": listing.created,
            "last_modified_timestamp": listing.updated,
            "updated_timestamp": listing.updated,
            "state_timestamp": listing.updated,
            "quantity": listing.quantity(),
            "url": format!("https://www.etsy.com/listing/{}/{}", listing.id, slug(listing)),
            "num_favorers": 0,
            "non_taxable": listing.fields["is_taxable"] == false,
            "is_private": false,
            "file_data": "",
            "has_variations": products.len() > 1,
            "language": "en-US",
            "price": self.money(lowest.unwrap_or_default()),
            "readiness_state_id": readiness,
            "suggested_title": null,
        });
        for (name, value) in own.as_object().into_iter().flatten() {
            view[name] = value.clone();
        }
        if includes.contains(&"Images") {
            view["images"] = self.listing_images(listing);
        }
        if includes.contains(&"Inventory") {
            view["inventory"] = self.document(&listing.inventory, listing.state == "active");
        }
        view
    }
}

fn slug(listing: &Listing) -> String {
    let title = listing.fields["title"].as_str().unwrap_or_default();
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

fn includes(query: &Form) -> Result<Vec<&'static str>, Refused> {
    let wanted = query.list("includes").unwrap_or_default();
    wanted
        .iter()
        .map(|name| {
            let known = INCLUDES.into_iter().find(|known| known == name);
            known.ok_or_else(|| Refused::bad(format!("Invalid value for includes: {name}")))
        })
        .collect()
}

/// `limit` (25 when absent, at most 100) and `offset`.
pub fn page(query: &Form) -> Result<(usize, usize), Refused> {
    let limit = query.int("limit")?.unwrap_or(25);
    let offset = query.int("offset")?.unwrap_or(0);
    if !(1..=100).contains(&limit) || offset < 0 {
        return Err(Refused::bad("limit: must be between 1 and 100"));
    }
    let size = |number: i64| usize::try_from(number).unwrap_or_default();
    Ok((size(limit), size(offset)))
}
