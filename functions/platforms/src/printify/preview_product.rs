//! What Printify would say to a product: it has no dry run, so the product is compared with the blueprint.

use super::artwork::Artwork;
use super::call::Call;
use super::memory::Memory;
use super::settings::Settings;
use super::write_product::check;
use super::{blueprint, matching};
use common::platform::{Issue, Outcome, PlatformError, ProductInput, Severity, Step};
use common::ports::HttpResponse;
use serde_json::json;

pub fn begin(call: Call<'_>, product: &ProductInput) -> Result<Step, PlatformError> {
    let settings = Settings::new(&product.platform_data, call.store);
    match settings.blueprint() {
        Ok(blueprint) => Ok(blueprint::ask(call, blueprint, &())?.step()),
        Err(error) => {
            let mut found = known(call, product)?;
            found.push(error);
            finish(found)
        }
    }
}

pub fn resume(
    call: Call<'_>,
    product: &ProductInput,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let mut found = known(call, product)?;
    let choices = match blueprint::read(response) {
        Ok(choices) => choices,
        Err(error @ PlatformError::Rejected { .. }) => {
            found.push(error);
            return finish(found);
        }
        Err(error) => return Err(error),
    };
    let settings = Settings::new(&product.platform_data, call.store);
    let memory = Memory::read(&product.platform_data)?;
    let mut chosen = Vec::new();
    for variant in matching::each(product, settings, &memory, &choices) {
        match variant {
            Ok(id) => chosen.push(id),
            Err(error) => found.push(error),
        }
    }
    if let Ok(artwork) = Artwork::read(settings) {
        found.extend(artwork.check(&chosen, &choices).err());
    }
    finish(found)
}

/// What is wrong whatever the blueprint is.
fn known(call: Call<'_>, product: &ProductInput) -> Result<Vec<PlatformError>, PlatformError> {
    let settings = Settings::new(&product.platform_data, call.store);
    let memory = Memory::read(&product.platform_data)?;
    let made_with = [
        ("blueprint_id", memory.blueprint_id),
        ("print_provider_id", memory.print_provider_id),
    ];
    let mut found: Vec<PlatformError> = check(call.store, product).err().into_iter().collect();
    found.extend(check_blueprint(settings, made_with).err());
    found.extend(Artwork::read(settings).err());
    Ok(found)
}

fn check_blueprint(
    settings: Settings<'_>,
    made_with: [(&str, Option<i64>); 2],
) -> Result<(), PlatformError> {
    for (name, has) in made_with {
        if let Some(has) = has {
            super::write_product::unchanged(settings, name, has)?;
        }
    }
    Ok(())
}

fn finish(found: Vec<PlatformError>) -> Result<Step, PlatformError> {
    let mut issues = Vec::new();
    for error in found {
        match error {
            PlatformError::Rejected { reason, field } => issues.push(Issue {
                severity: Severity::Error,
                code: "invalid".to_owned(),
                message: reason,
                field,
            }),
            other => return Err(other),
        }
    }
    Ok(Step::done(Outcome {
        result: json!({"issues": issues.len()}),
        issues,
        ..Outcome::default()
    }))
}
