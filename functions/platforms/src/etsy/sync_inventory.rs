//! Sets the stock of a listing's variants: reads the inventory document, changes the quantities, writes it
//! when it differs.
//!
//! Etsy takes no document in which everything is sold out. A listing that is to have nothing is taken from
//! sale, and shown again when stock is back. One that sold out on Etsy has to be renewed before it takes stock,
//! which costs a listing fee: `config.renew_sold_out` set to false refuses that.

use super::answer::{content, found};
use super::call::Call;
use super::document::{Change, Document};
use super::memory::Memory;
use super::model::{Inventory, Listing};
use super::settings::Settings;
use super::{listing_number, presence};
use crate::wire::recall;
use common::platform::{InventorySync, Outcome, PlatformError, Presence, State, Step};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
enum Phase {
    Read { renewed: bool },
    Renew,
    Write { state: String, told: Value },
    Show { told: Value },
    Pause { told: Value },
}

pub fn begin(call: Call<'_>, sync: &InventorySync) -> Result<Step, PlatformError> {
    Memory::read(&sync.platform_data)?;
    read(call, sync, false)
}

pub fn resume(
    call: Call<'_>,
    sync: &InventorySync,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Read { renewed } => compare(call, sync, renewed, response),
        Phase::Renew => {
            content::<Listing>(response)?;
            read(call, sync, true)
        }
        Phase::Write { state, told } => {
            content::<Inventory>(response)?;
            let paused = Memory::read(&sync.platform_data)?.paused;
            if paused && state == "inactive" {
                return set_state(call, sync, "active", &Phase::Show { told });
            }
            Ok(done(sync, told, presence(&state), paused))
        }
        Phase::Show { told } => {
            let listing: Listing = content(response)?;
            Ok(done(sync, told, presence(&listing.state), false))
        }
        Phase::Pause { told } => {
            content::<Listing>(response)?;
            Ok(done(sync, told, Presence::OutOfStock, true))
        }
    }
}

fn read(call: Call<'_>, sync: &InventorySync, renewed: bool) -> Result<Step, PlatformError> {
    let id = listing_number(&sync.external_id)?;
    let query = [("includes", "Inventory")];
    let phase = Phase::Read { renewed };
    Ok(call.get(&format!("/listings/{id}"), &query, &phase)?.step())
}

fn compare(
    call: Call<'_>,
    sync: &InventorySync,
    renewed: bool,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let listing: Listing = found(response)?.ok_or_else(|| {
        PlatformError::rejected_field("external_id", "Etsy has this listing no more")
    })?;
    let inventory = listing
        .inventory
        .ok_or_else(|| PlatformError::protocol("`inventory` is missing though it was asked for"))?;
    let mut document = Document::of(&inventory)?;
    let changes = document.set_stock(&sync.levels)?;
    let told = told(sync, &changes);
    let state = listing.state;
    let memory = Memory::read(&sync.platform_data)?;
    let paused = memory.paused;
    if document.is_sold_out() {
        if state == "active" {
            return set_state(call, sync, "inactive", &Phase::Pause { told });
        }
        let nothing = json!({"changed": [], "unchanged": sync.levels.len(), "state": state});
        let presence = if paused {
            Presence::OutOfStock
        } else {
            presence(&state)
        };
        return Ok(done(sync, nothing, presence, paused));
    }
    if state == "sold_out" && !renewed {
        may_renew(call)?;
        return set_state(call, sync, "active", &Phase::Renew);
    }
    if !changes.is_empty() {
        let settings = Settings::new(&sync.platform_data, call.store);
        let known = inventory.readiness().or(memory.readiness_state_id);
        document.make_ready(known.or_else(|| settings.id("readiness_state_id")));
        let path = format!("/listings/{}/inventory", listing.listing_id);
        let body = json!(document);
        return Ok(call
            .put(&path, &body, &Phase::Write { state, told })?
            .step());
    }
    if paused && state == "inactive" {
        return set_state(call, sync, "active", &Phase::Show { told });
    }
    Ok(done(sync, told, presence(&state), paused))
}

fn may_renew(call: Call<'_>) -> Result<(), PlatformError> {
    let refused = match call.store.config.get("renew_sold_out") {
        Some(Value::Bool(allowed)) => !allowed,
        Some(Value::String(text)) => text == "false",
        _ => false,
    };
    if refused {
        return Err(PlatformError::rejected_field(
            "config.renew_sold_out",
            "is false, and the listing is sold out: Etsy takes stock only when it is renewed, for a listing fee",
        ));
    }
    Ok(())
}

fn set_state(
    call: Call<'_>,
    sync: &InventorySync,
    state: &str,
    phase: &Phase,
) -> Result<Step, PlatformError> {
    let id = listing_number(&sync.external_id)?;
    let path = call.shop(&format!("/listings/{id}"))?;
    let fields = [("state".to_owned(), state.to_owned())];
    Ok(call.form(Method::PATCH, &path, &fields, phase)?.step())
}

fn told(sync: &InventorySync, changes: &[Change]) -> Value {
    let skus: std::collections::BTreeSet<&str> =
        changes.iter().map(|change| change.sku.as_str()).collect();
    json!({"changed": changes, "unchanged": sync.levels.len() - skus.len().min(sync.levels.len())})
}

fn done(sync: &InventorySync, told: Value, presence: Presence, paused: bool) -> Step {
    let was = Memory::read(&sync.platform_data).is_ok_and(|memory| memory.paused);
    Step::done(Outcome {
        result: told,
        external_id: Some(sync.external_id.clone()),
        platform_data: (was != paused).then(|| json!({"paused": paused})),
        presence: (presence != Presence::Live || was != paused).then_some(presence),
        ..Outcome::default()
    })
}
