//! What can be known to be wrong with a product before Etsy is asked.

use super::money::Price;
use super::pictures::{self, Source};
use super::plain_text;
use super::settings::{OWN, Settings};
use common::platform::{Issue, PlatformError, ProductInput, Severity, Store};

/// Characters of a title.
const TITLE: usize = 140;
/// Keywords of a listing, and characters of one.
const TAGS: usize = 13;
const TAG: usize = 20;
/// Values of a property.
const VALUES: usize = 70;
/// Characters that a title may have once.
const ONCE: [char; 4] = ['%', ':', '&', '+'];

/// What is wrong with `product`; of one that is there already, less has to be known.
pub fn check(product: &ProductInput, store: &Store, is_new: bool) -> Vec<Issue> {
    let settings = Settings::of(product, store);
    let mut issues = Vec::new();
    title(product, &mut issues);
    tags(product, settings, &mut issues);
    variants(product, is_new, &mut issues);
    if is_new {
        required(product, settings, &mut issues);
        match pictures::source(product, store) {
            Source::Nothing { field, reason } => issues.push(error(field, reason)),
            Source::Ids { is_default: true, .. } => issues.push(Issue {
                severity: Severity::Warning,
                ..error("images", "config.default_image_ids are shown: the product's own pictures can't be fetched from where they are, see config.image_hosts")
            }),
            _ => {}
        }
    }
    for name in ["shipping_profile_id", "readiness_state_id", "taxonomy_id"] {
        if settings.get(name).is_some() && settings.id(name).is_none() {
            issues.push(error(format!("{OWN}.{name}"), "has to be a number above 0"));
        }
    }
    issues
}

/// The first of the errors.
pub fn refuse(issues: Vec<Issue>) -> Result<(), PlatformError> {
    let mut errors = issues.into_iter();
    match errors.find(|issue| issue.severity == Severity::Error) {
        None => Ok(()),
        Some(issue) => Err(PlatformError::Rejected {
            reason: issue.message,
            field: issue.field,
        }),
    }
}

/// An error of `field`.
pub fn error(field: impl Into<String>, message: impl Into<String>) -> Issue {
    Issue {
        severity: Severity::Error,
        code: "invalid".to_owned(),
        message: message.into(),
        field: Some(field.into()),
    }
}

fn title(product: &ProductInput, issues: &mut Vec<Issue>) {
    let title = product.title.trim();
    if title.is_empty() {
        issues.push(error("title", "is empty"));
    }
    if title.chars().count() > TITLE {
        issues.push(error(
            "title",
            format!("is longer than the {TITLE} characters that Etsy takes"),
        ));
    }
    if let Some(bad) = title
        .chars()
        .find(|c| c.is_control() || ['$', '^', '`'].contains(c))
    {
        issues.push(error("title", format!("has {bad:?}, which Etsy refuses")));
    }
    for once in ONCE {
        if title.matches(once).count() > 1 {
            issues.push(error(
                "title",
                format!("has {once:?} more than the once that Etsy allows"),
            ));
        }
    }
}

fn tags(product: &ProductInput, settings: Settings<'_>, issues: &mut Vec<Issue>) {
    let tags = settings.tags(product);
    let long = tags.iter().find(|tag| tag.chars().count() > TAG);
    if tags.len() > TAGS || long.is_some() {
        let what = long.map_or(format!("are {}", tags.len()), |tag| format!("have `{tag}`"));
        issues.push(error(
            "tags",
            format!(
                "{what}: Etsy takes {TAGS} of at most {TAG} characters. Shorten them, or give the listing tags of its own as {OWN}.tags"
            ),
        ));
    }
}

fn variants(product: &ProductInput, is_new: bool, issues: &mut Vec<Issue>) {
    if product.options.len() > 2 {
        issues.push(error(
            "options",
            "are more than two: Etsy's variants differ by at most two properties",
        ));
    }
    let wanted = product.options.len();
    for (at, option) in product.options.iter().enumerate() {
        let mut values: Vec<&String> = product
            .variants
            .iter()
            .filter_map(|it| it.option_values.get(at))
            .collect();
        values.sort();
        values.dedup();
        if values.len() > VALUES {
            issues.push(error(
                format!("options.{}", option.name),
                format!("has more than the {VALUES} values that Etsy takes"),
            ));
        }
        let mut texts = values.into_iter().chain([&option.name]);
        if let Some(text) = texts.find(|text| text.contains(['(', ')'])) {
            issues.push(error(
                format!("options.{}", option.name),
                format!("has parentheses in `{text}`, which Etsy refuses"),
            ));
        }
    }
    if wanted == 0 && product.variants.len() > 1 {
        issues.push(error(
            "options",
            "are missing: variants need an option that tells them apart",
        ));
    }
    for variant in &product.variants {
        let field = |name: &str| format!("variants.{}.{name}", variant.sku);
        if variant.option_values.len() != wanted {
            issues.push(error(
                field("option_values"),
                format!("has to have {wanted} of them, one for each option"),
            ));
        }
        if Price::parse(&variant.price).is_none() {
            issues.push(error(
                field("price"),
                "has to be above 0 with at most two decimals",
            ));
        }
        if variant.inventory_quantity < 0 {
            issues.push(error(field("inventory"), "is below 0"));
        }
    }
    if is_new && product.variants.iter().all(|it| it.inventory_quantity <= 0) {
        issues.push(error(
            "inventory",
            "is 0: Etsy takes no listing without a piece to sell",
        ));
    }
}

fn required(product: &ProductInput, settings: Settings<'_>, issues: &mut Vec<Issue>) {
    if plain_text::from_html(&product.description).is_empty() {
        issues.push(error(
            "description",
            "is empty: Etsy takes no listing without one",
        ));
    }
    for (name, what) in [
        (
            "taxonomy_id",
            "the number of its category in Etsy's seller taxonomy",
        ),
        ("who_made", "i_did, someone_else or collective"),
        ("when_made", "made_to_order or a time such as 2020_2026"),
    ] {
        if settings.text(name).is_none() {
            issues.push(error(
                format!("{OWN}.{name}"),
                format!("is missing: set it to {what}, for this listing or as config.{name}"),
            ));
        }
    }
}
