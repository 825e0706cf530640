//! What Etsy would say to a product. It has no dry run: the product is checked against what is known of Etsy's
//! rules, and what it refers to is looked up in the shop.

use super::answer::found;
use super::call::{Call, REFERENCE};
use super::checks;
use super::reference;
use super::settings::{OWN, Settings};
use crate::wire::recall;
use common::platform::{Issue, Outcome, PlatformError, ProductInput, Severity, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Phase {
    Shop,
    Shipping { only: bool },
    Readiness,
    Category,
}

/// The answer under way, and what was found in those before: reason and field.
type Memory = (Phase, Vec<(String, Option<String>)>);

pub fn begin(call: Call<'_>) -> Result<Step, PlatformError> {
    let memory: Memory = (Phase::Shop, Vec::new());
    reference::ask_shop(call, &memory)
}

pub fn resume(
    call: Call<'_>,
    product: &ProductInput,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let (phase, mut noted): Memory = recall(state)?;
    let judged = match phase {
        Phase::Shop => reference::check_currency(response, product.currency.as_deref()),
        Phase::Shipping { only: true } => reference::only_shipping(response).map(drop),
        Phase::Shipping { only: false } => reference::shipping(response).map(drop),
        Phase::Readiness => reference::only_readiness(response).map(drop),
        Phase::Category => required_properties(response),
    };
    match judged {
        Ok(()) => {}
        Err(PlatformError::Rejected { reason, field }) => noted.push((reason, field)),
        Err(other) => return Err(other),
    }
    next(call, product, phase, noted)
}

/// Asks what has not been asked yet, in the order of the phases.
fn next(
    call: Call<'_>,
    product: &ProductInput,
    after: Phase,
    noted: Vec<(String, Option<String>)>,
) -> Result<Step, PlatformError> {
    let settings = Settings::of(product, call.store);
    let physical = settings.is_physical();
    if matches!(after, Phase::Shop) && physical {
        let id = settings.id("shipping_profile_id");
        let memory: Memory = (Phase::Shipping { only: id.is_none() }, noted);
        return reference::ask_shipping(call, id, &memory);
    }
    let unasked = matches!(after, Phase::Shop | Phase::Shipping { .. });
    if unasked && physical && settings.id("readiness_state_id").is_none() {
        let memory: Memory = (Phase::Readiness, noted);
        return reference::ask_readiness(call, &memory);
    }
    match settings.id("taxonomy_id") {
        Some(id) if !matches!(after, Phase::Category) => {
            let path = format!("/seller-taxonomy/nodes/{id}/properties");
            let memory: Memory = (Phase::Category, noted);
            let exchange = call.get(&path, &[], &memory)?;
            Ok(exchange.cached_for(REFERENCE * 6).step())
        }
        _ => Ok(done(call, product, noted)),
    }
}

#[derive(Deserialize)]
struct Properties {
    results: Vec<Property>,
}

#[derive(Deserialize)]
struct Property {
    display_name: String,
    is_required: bool,
}

/// Whether the category exists, and asks for nothing that a listing made here lacks.
fn required_properties(response: &HttpResponse) -> Result<(), PlatformError> {
    let field = format!("{OWN}.taxonomy_id");
    let properties: Properties = found(response)?.ok_or_else(|| {
        PlatformError::rejected_field(&field, "names a category that Etsy has not")
    })?;
    let required = properties.results.iter().filter(|it| it.is_required);
    let names: Vec<&str> = required.map(|it| it.display_name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(PlatformError::rejected_field(
        field,
        format!(
            "names a category that asks for {}: fill them in on Etsy, or choose another",
            names.join(", ")
        ),
    ))
}

fn done(call: Call<'_>, product: &ProductInput, noted: Vec<(String, Option<String>)>) -> Step {
    let mut issues = checks::check(product, call.store, product.external_id.is_none());
    issues.extend(noted.into_iter().map(|(message, field)| Issue {
        severity: Severity::Error,
        code: "refused".to_owned(),
        message,
        field,
    }));
    let renamed = product
        .variants
        .iter()
        .any(|it| it.compare_at_price.is_some());
    if renamed {
        issues.push(Issue {
            severity: Severity::Info,
            code: "not_shown".to_owned(),
            message: "is not shown: Etsy has sales of its own instead of a price before".to_owned(),
            field: Some("variants.compare_at_price".to_owned()),
        });
    }
    let errors = issues
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .count();
    Step::done(Outcome {
        result: json!({"errors": errors, "issues": issues.len()}),
        issues,
        ..Outcome::default()
    })
}
