//! The forms of a listing.

use super::document::MOST_PIECES;
use super::money::Price;
use super::plain_text;
use super::settings::Settings;
use common::platform::ProductInput;

/// A form's fields.
pub type Fields = Vec<(String, String)>;

/// What Etsy calls as the settings do, taken by draft and change.
const BOTH: [&str; 17] = [
    "return_policy_id",
    "shop_section_id",
    "materials",
    "should_auto_renew",
    "is_taxable",
    "is_personalizable",
    "personalization_is_required",
    "personalization_char_count_max",
    "personalization_instructions",
    "production_partner_ids",
    "item_weight",
    "item_weight_unit",
    "item_length",
    "item_width",
    "item_height",
    "item_dimensions_unit",
    "type",
];
/// The same, taken by a draft alone.
const DRAFT: [&str; 4] = [
    "styles",
    "is_customizable",
    "processing_min",
    "processing_max",
];

/// What the shop's own profiles are.
#[derive(Clone, Copy, Default)]
pub struct Profiles {
    pub shipping: Option<u64>,
    pub readiness: Option<u64>,
}

/// The line by which a draft is known to be ours until it is shown.
pub fn mark(listing_id: &str) -> String {
    format!("[{listing_id}]")
}

/// The form of a new draft. Its description ends with our mark: Etsy has no field for one, and nobody but
/// the seller sees a draft.
pub fn draft(
    product: &ProductInput,
    settings: Settings<'_>,
    profiles: Profiles,
    image_ids: &[u64],
) -> Fields {
    let description = plain_text::from_html(&product.description);
    let marked = format!("{description}\n\n{}", mark(&product.listing_id));
    let pieces: i64 = product
        .variants
        .iter()
        .map(|it| it.inventory_quantity)
        .sum();
    let mut fields = Fields::new();
    add(
        &mut fields,
        "quantity",
        Some(pieces.clamp(1, MOST_PIECES).to_string()),
    );
    add(&mut fields, "price", lowest_price(product));
    common(&mut fields, product, settings, &marked);
    add(
        &mut fields,
        "shipping_profile_id",
        profiles.shipping.map(|id| id.to_string()),
    );
    add(
        &mut fields,
        "readiness_state_id",
        profiles.readiness.map(|id| id.to_string()),
    );
    add_images(&mut fields, image_ids);
    for name in BOTH.iter().chain(&DRAFT) {
        add(&mut fields, name, settings.text(name));
    }
    weigh(&mut fields, product);
    fields
}

/// The form of a change.
pub fn changed(
    product: &ProductInput,
    settings: Settings<'_>,
    profiles: Profiles,
    image_ids: &[u64],
) -> Fields {
    let description = plain_text::from_html(&product.description);
    let mut fields = Fields::new();
    common(&mut fields, product, settings, &description);
    add(
        &mut fields,
        "shipping_profile_id",
        profiles.shipping.map(|id| id.to_string()),
    );
    add_images(&mut fields, image_ids);
    for name in BOTH {
        add(&mut fields, name, settings.text(name));
    }
    weigh(&mut fields, product);
    fields
}

fn common(fields: &mut Fields, product: &ProductInput, settings: Settings<'_>, description: &str) {
    add(fields, "title", Some(product.title.trim().to_owned()));
    add(fields, "description", Some(description.to_owned()));
    add(fields, "tags", Some(settings.tags(product).join(",")));
    add(fields, "taxonomy_id", settings.text("taxonomy_id"));
    // Etsy wants all three or none of them.
    let made = settings.text("who_made").zip(settings.text("when_made"));
    if let Some((who, when)) = made {
        let is_supply = settings.text("is_supply");
        add(fields, "who_made", Some(who));
        add(fields, "when_made", Some(when));
        add(fields, "is_supply", is_supply.or(Some("false".to_owned())));
    }
}

fn lowest_price(product: &ProductInput) -> Option<String> {
    let prices = product.variants.iter();
    let prices = prices.filter_map(|variant| Price::parse(&variant.price));
    Some(prices.reduce(Price::min)?.text().to_owned())
}

fn add_images(fields: &mut Fields, ids: &[u64]) {
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    add(fields, "image_ids", Some(ids.join(",")));
}

/// The weight, where all variants have the same and no setting says another. Zero is not sent: Etsy
/// answers it with a server error.
fn weigh(fields: &mut Fields, product: &ProductInput) {
    let first = product.variants.first().and_then(|it| it.weight_grams);
    let same = product.variants.iter().all(|it| it.weight_grams == first);
    let given = fields
        .iter()
        .any(|(name, _)| name.starts_with("item_weight"));
    if let Some(grams) = first.filter(|grams| same && !given && *grams > 0) {
        add(fields, "item_weight", Some(grams.to_string()));
        add(fields, "item_weight_unit", Some("g".to_owned()));
    }
}

/// What is empty is left out: an empty field means what it does not mean elsewhere.
fn add(fields: &mut Fields, name: &str, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        fields.push((name.to_owned(), value));
    }
}
