//! What listings refer to: the shop, its shipping and processing profiles, the categories.

use super::form::Form;
use super::listing_view::page;
use super::{Etsy, Refused, SHOP_ID, TAXONOMY_ID, USER_ID};
use serde_json::{Value, json};

/// The complete shipping profile.
pub const SHIPPING_PROFILE: u64 = 61_000_001;
/// A processing profile.
const READINESS_STATE: u64 = 71_000_001;
/// A category that asks for a property.
const DEMANDING_CATEGORY: u64 = 562;
const BEGAN: i64 = 1_600_000_000;
const EU: [&str; 6] = ["AT", "DE", "ES", "FR", "IE", "IT"];

/// What the shop says nothing of.
const UNSAID: [&str; 16] = [
    "title",
    "announcement",
    "vacation_message",
    "sale_message",
    "digital_sale_message",
    "policy_welcome",
    "policy_payment",
    "policy_shipping",
    "policy_refunds",
    "policy_additional",
    "policy_seller_info",
    "policy_privacy",
    "vacation_autoreply",
    "image_url_760x100",
    "icon_url_fullxfull",
    "review_count",
];
/// What it is not.
const NO: [&str; 7] = [
    "is_vacation",
    "accepts_custom_requests",
    "policy_has_private_receipt_info",
    "has_unstructured_policies",
    "include_dispute_form_link",
    "is_calculated_eligible",
    "is_opted_in_to_buyer_promise",
];
/// What it is.
const YES: [&str; 4] = [
    "is_using_structured_policies",
    "has_onboarded_structured_policies",
    "is_direct_checkout_onboarded",
    "is_etsy_payments_onboarded",
];

/// The required properties of a category; `None` when there is no such category.
pub fn category(id: u64) -> Option<&'static [&'static str]> {
    match id {
        TAXONOMY_ID | 1 | 482 => Some(&[]),
        DEMANDING_CATEGORY => Some(&["Craft type"]),
        _ => None,
    }
}

impl Etsy {
    /// Whether shops there need no return policy.
    pub fn is_in_the_eu(&self) -> bool {
        EU.contains(&self.country.as_str())
    }

    /// Whether the shop has the shipping profile.
    pub fn has_profile(&self, id: u64) -> bool {
        self.profiles.contains_key(&id)
    }

    /// Whether a listing that names it can be shown.
    pub fn is_complete_profile(&self, id: u64) -> bool {
        self.profiles.get(&id).copied().unwrap_or(false)
    }

    /// Whether the shop has the processing profile.
    pub fn check_readiness(&self, id: i64) -> Result<(), Refused> {
        if u64::try_from(id) == Ok(READINESS_STATE) {
            return Ok(());
        }
        Err(Refused::bad(format!("Invalid readiness_state_id: {id}")))
    }

    /// `getShop`.
    pub fn shop(&self) -> Value {
        let active = self
            .listings
            .values()
            .filter(|it| it.state == "active")
            .count();
        let mut shop = json!({
            "shop_id": SHOP_ID, "user_id": USER_ID, "shop_name": "SandboxShop",
            "create_date": BEGAN, "created_timestamp": BEGAN, "update_date": BEGAN,
            "updated_timestamp": BEGAN, "currency_code": self.currency,
            "listing_active_count": active, "digital_listing_count": 0,
            "login_name": "sandbox", "policy_update_date": 0, "num_favorers": 0,
            "url": "https://www.etsy.com/shop/SandboxShop", "languages": ["en-US"],
            "is_shop_us_based": self.country == "US", "transaction_sold_count": 0,
            "shipping_from_country_iso": self.country,
            "shop_location_country_iso": self.country,
        });
        shop["review_average"] = Value::Null;
        for name in UNSAID {
            shop[name] = Value::Null;
        }
        for name in NO {
            shop[name] = json!(false);
        }
        for name in YES {
            shop[name] = json!(true);
        }
        shop
    }

    /// `getShopShippingProfiles`.
    pub fn list_profiles(&self) -> Value {
        let profiles: Vec<Value> = self.profiles.keys().map(|id| self.profile(*id)).collect();
        json!({"count": profiles.len(), "results": profiles})
    }

    /// `getShopShippingProfile`.
    pub fn get_profile(&self, id: u64) -> Result<Value, Refused> {
        if !self.has_profile(id) {
            return Err(Refused::new(404, "Could not find a shipping profile"));
        }
        Ok(self.profile(id))
    }

    fn profile(&self, id: u64) -> Value {
        let destination = json!({
            "shipping_profile_destination_id": id + 1, "shipping_profile_id": id,
            "origin_country_iso": self.country, "destination_country_iso": "",
            "destination_region": "none", "primary_cost": self.money(500),
            "secondary_cost": self.money(100), "shipping_carrier_id": null,
            "mail_class": null, "min_delivery_days": 3, "max_delivery_days": 10,
        });
        let destinations = match self.is_complete_profile(id) {
            true => json!([destination]),
            false => json!([]),
        };
        json!({
            "shipping_profile_id": id, "title": "Parcel", "user_id": USER_ID,
            "origin_country_iso": self.country, "is_deleted": false,
            "shipping_profile_destinations": destinations, "shipping_profile_upgrades": [],
            "origin_postal_code": null, "profile_type": "manual",
            "domestic_handling_fee": 0.0, "international_handling_fee": 0.0,
        })
    }

    /// `getShopReadinessStateDefinitions`.
    pub fn list_readiness(&self, query: &Form) -> Result<Value, Refused> {
        page(query)?;
        let only = json!({
            "shop_id": SHOP_ID, "readiness_state_id": READINESS_STATE,
            "readiness_state": "ready_to_ship", "min_processing_days": 1,
            "max_processing_days": 3, "processing_days_display_label": "1 - 3 days",
        });
        Ok(json!({"count": 1, "results": [only]}))
    }

    /// `getPropertiesByTaxonomyId`.
    pub fn category_properties(&self, id: u64) -> Result<Value, Refused> {
        let missing = || Refused::new(404, "Could not find a taxonomy node");
        let names = category(id).ok_or_else(missing)?.iter().enumerate();
        let properties: Vec<Value> = names
            .map(|(at, name)| {
                json!({"property_id": 900 + at, "name": name, "display_name": name,
                    "scales": [], "is_required": true, "supports_attributes": true,
                    "supports_variations": false, "is_multivalued": false,
                    "max_values_allowed": null, "possible_values": [], "selected_values": []})
            })
            .collect();
        Ok(json!({"count": properties.len(), "results": properties}))
    }
}
