//! What a listing's fields may be.

use super::form::Form;
use super::reference;
use super::{Etsy, Refused};
use serde_json::{Map, Value, json};

/// What a draft can't do without.
pub const REQUIRED: [&str; 7] = [
    "quantity",
    "title",
    "description",
    "price",
    "who_made",
    "when_made",
    "taxonomy_id",
];

const TEXTS: [&str; 7] = [
    "title",
    "description",
    "who_made",
    "when_made",
    "item_weight_unit",
    "item_dimensions_unit",
    "personalization_instructions",
];
const NUMBERS: [&str; 8] = [
    "taxonomy_id",
    "shipping_profile_id",
    "return_policy_id",
    "shop_section_id",
    "processing_min",
    "processing_max",
    "personalization_char_count_max",
    "featured_rank",
];
const FLOATS: [&str; 4] = ["item_weight", "item_length", "item_width", "item_height"];
const TRUTHS: [&str; 6] = [
    "is_supply",
    "should_auto_renew",
    "is_taxable",
    "is_customizable",
    "is_personalizable",
    "personalization_is_required",
];
const LISTS: [(&str, &str); 3] = [
    ("tags", "tags"),
    ("materials", "materials"),
    ("styles", "style"),
];

/// The fields of a draft that says nothing of them.
pub fn defaults() -> Map<String, Value> {
    let fields = json!({
        "title": "", "description": "", "who_made": null, "when_made": null, "is_supply": null,
        "taxonomy_id": null, "shipping_profile_id": null, "return_policy_id": null,
        "shop_section_id": null, "processing_min": null, "processing_max": null,
        "featured_rank": -1, "should_auto_renew": false, "is_taxable": true,
        "is_customizable": true, "is_personalizable": false,
        "personalization_is_required": false, "personalization_char_count_max": null,
        "personalization_instructions": null, "item_weight": null, "item_weight_unit": null,
        "item_length": null, "item_width": null, "item_height": null,
        "item_dimensions_unit": null, "tags": [], "materials": [], "style": [],
        "listing_type": "physical",
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Writes what `form` has into `fields`.
pub fn write(fields: &mut Map<String, Value>, form: &Form) -> Result<(), Refused> {
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    for name in TEXTS {
        form.text(name).map(|text| set(name, json!(text)));
    }
    for name in NUMBERS {
        form.int(name)?.map(|number| set(name, json!(number)));
    }
    for name in FLOATS {
        let Some(number) = form.float(name)? else {
            continue;
        };
        if number == 0.0 {
            return Err(Refused::new(500, "Server Error"));
        }
        set(name, json!(number));
    }
    for name in TRUTHS {
        form.truth(name)?.map(|truth| set(name, json!(truth)));
    }
    for (name, shown) in LISTS {
        form.list(name).map(|list| set(shown, json!(list)));
    }
    form.text("type")
        .map(|kind| set("listing_type", json!(kind)));
    Ok(())
}

/// Whether Etsy takes them.
pub fn check(fields: &Map<String, Value>, shop: &Etsy) -> Result<(), Refused> {
    title(fields["title"].as_str().unwrap_or_default())?;
    let tags = fields["tags"].as_array().cloned().unwrap_or_default();
    let long = tags.iter().filter_map(Value::as_str);
    if tags.len() > 13 || long.clone().any(|tag| tag.chars().count() > 20) {
        return Err(Refused::bad("tags: at most 13 of at most 20 characters"));
    }
    let odd = |c: char| !c.is_alphanumeric() && !c.is_whitespace() && !"-'™©®".contains(c);
    if let Some(tag) = long.clone().find(|tag| tag.contains(odd)) {
        return Err(Refused::bad(format!(
            "tags: '{tag}' has characters that are not allowed"
        )));
    }
    let who = fields["who_made"].as_str().unwrap_or_default();
    if !["i_did", "someone_else", "collective"].contains(&who) {
        return Err(Refused::bad(format!("Invalid value for who_made: {who}")));
    }
    let when = fields["when_made"].as_str().unwrap_or_default();
    if !is_time(when) {
        return Err(Refused::bad(format!("Invalid value for when_made: {when}")));
    }
    let category = fields["taxonomy_id"].as_u64().unwrap_or_default();
    if reference::category(category).is_none() {
        return Err(Refused::bad(format!("Invalid taxonomy_id: {category}")));
    }
    if let Some(profile) = fields["shipping_profile_id"].as_u64()
        && !shop.has_profile(profile)
    {
        let reason = format!("Invalid shipping_profile_id: {profile}");
        return Err(Refused::bad(reason));
    }
    Ok(())
}

fn title(title: &str) -> Result<(), Refused> {
    if title.trim().is_empty() {
        return Err(Refused::bad(
            "There was a problem with /title : cannot be empty",
        ));
    }
    if title.chars().count() > 140 {
        let reason = "There was a problem with /title : cannot be longer than 140 characters";
        return Err(Refused::bad(reason));
    }
    let often = ["%", ":", "&", "+"];
    if let Some(sign) = often.iter().find(|sign| title.matches(*sign).count() > 1) {
        let reason = format!("There was a problem with /title : {sign} may come once");
        return Err(Refused::bad(reason));
    }
    if title.contains(['$', '^', '`']) {
        let reason = "There was a problem with /title : has characters that are not allowed";
        return Err(Refused::bad(reason));
    }
    Ok(())
}

/// `made_to_order`, a decade, or a span of years, which the vendor moves on every year.
fn is_time(when: &str) -> bool {
    let years = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let span = when
        .split_once('_')
        .is_some_and(|(from, to)| years(from) && years(to));
    let decade = when.strip_suffix('s').is_some_and(years);
    span || decade || ["made_to_order", "before_2006", "before_1700"].contains(&when)
}

/// A price in hundredths.
pub fn price(price: f64) -> Result<i64, Refused> {
    let amount = (price * 100.0).round();
    if !(20.0..=5_000_000.0).contains(&amount) {
        let reason = "There was a problem with /price : must be between 0.20 and 50000.00";
        return Err(Refused::bad(reason));
    }
    Ok(amount as i64)
}
