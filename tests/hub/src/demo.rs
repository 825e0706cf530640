//! `cargo hub demo`: one product on four channels, from a catalogue file and back, with orders and faults on
//! the way, against the hub that is running. Can be run again and again.

pub mod api;
mod faults;
mod orders;
mod team;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::output::line;
use crate::project::Project;
use crate::ready::{self, Store, Surroundings};
use crate::secrets::Secrets;
use crate::state::State;
use api::text;
use team::{Fakes, Team, rows};

const CATALOGUE: &[u8] = include_bytes!("demo/catalogue.csv");
/// The SKU that is shown everywhere.
const SKU: &str = "enamel-mug";

/// Walks the path and prints what happened at each step.
///
/// # Errors
/// When no hub with its fake platforms is running, or a step ends otherwise than it should.
pub async fn demo(project: &Project) -> Result<()> {
    let state = State::of_running(project)?
        .context("no hub is running here: start one with `cargo hub up --sandbox`")?;
    let sandbox_url = state
        .sandbox_url
        .context("the running hub has no fake platforms: start it with `cargo hub up --sandbox`")?;
    let around = Surroundings {
        url: state.url,
        database_url: state.database_url,
        sandbox_url,
    };
    walk(&around, &Secrets::of(project)?.jwt_secret).await
}

/// The same, wherever hub and sandbox are.
///
/// # Errors
/// When a step ends otherwise than it should.
pub async fn walk(around: &Surroundings, jwt_secret: &str) -> Result<()> {
    let team = Team::gather(around, jwt_secret).await?;
    let fakes = Fakes::at(&around.sandbox_url);
    fakes.without_faults().await?;
    let stores = ready::stores(&team.owner).await?;
    for store in &stores {
        line(&format!(
            "2. {} is connected as store {}",
            store.name, store.id
        ))?;
    }
    ensure!(
        stores.len() == 4,
        "there are {} ready stores instead of 4",
        stores.len()
    );
    let product = import(&team).await?;
    let mut shelves = Vec::new();
    for store in stores {
        shelves.push(Shelf::of(&team, &product, store).await?);
    }
    publish(&team, &fakes, &product, &shelves).await?;
    update(&team, &shelves).await?;
    for shelf in &shelves {
        orders::process(&team, &fakes, shelf).await?;
    }
    faults::survive(&team, &fakes, &shelves).await?;
    withdraw(&team, &product, &shelves).await?;
    record(&team, &product).await
}

/// The product's listing in one store.
pub(crate) struct Shelf {
    pub store: Store,
    pub listing: String,
    /// What orders name.
    pub sku: String,
}

impl Shelf {
    async fn of(team: &Team, product: &Value, store: Store) -> Result<Self> {
        let product_id = text(product, "id")?;
        let path = format!(
            "/listings?product_id=eq.{product_id}&store_id=eq.{}",
            store.id
        );
        let known = team.operator.get(&path).await?;
        let listing = match known.pointer("/data/0") {
            Some(listing) => listing.clone(),
            None => {
                let new = json!({"product_id": product_id, "store_id": store.id, "price": "14.50", "inventory": 24});
                team.operator.send(Method::POST, "/listings", &new).await?
            }
        };
        line(&format!(
            "4. {} is a {} listing in {}",
            text(product, "title")?,
            text(&listing, "status")?,
            store.name
        ))?;
        let variant = product.pointer("/variants/0/sku").and_then(Value::as_str);
        Ok(Self {
            sku: variant.unwrap_or(text(product, "sku")?).to_owned(),
            listing: text(&listing, "id")?.to_owned(),
            store,
        })
    }

    pub async fn now(&self, team: &Team) -> Result<Value> {
        team.operator
            .get(&format!("/listings/{}", self.listing))
            .await
    }
}

async fn import(team: &Team) -> Result<Value> {
    let report = team
        .operator
        .upload("/products/import", "text/csv", CATALOGUE.to_vec())
        .await?;
    let count = |field: &str| report.get(field).cloned().unwrap_or_default();
    line(&format!(
        "3. oscar imported a catalogue file: {} created, {} updated, {} unchanged, {} SKUs derived",
        count("created"),
        count("updated"),
        count("unchanged"),
        count("derived_skus_total"),
    ))?;
    let found = team
        .operator
        .get(&format!("/products?handle=eq.{SKU}"))
        .await?;
    let id = found
        .pointer("/data/0/id")
        .and_then(Value::as_str)
        .context("the imported product is not there")?;
    team.operator.get(&format!("/products/{id}")).await
}

async fn publish(team: &Team, fakes: &Fakes, product: &Value, shelves: &[Shelf]) -> Result<()> {
    let direct = format!("/listings/{}", shelves.first().context("no store")?.listing);
    let (status, body) = team
        .operator
        .json(Method::PATCH, &direct, &json!({"status": "active"}))
        .await?;
    ensure!(
        status.as_u16() == 409,
        "a direct attempt answered {status}: {body:#}"
    );
    line("5. oscar tried to publish it directly: 409, it takes an approval")?;
    team.carry_out("product", text(product, "id")?, "publish", &json!({}))
        .await?;
    // Amazon takes a listing in and decides later; its clock is ours to move.
    fakes.advance(300).await?;
    for shelf in shelves {
        let shown = team
            .until(&format!("/listings/{}", shelf.listing), |listing| {
                listing.get("status").and_then(Value::as_str) == Some("active")
            })
            .await?;
        line(&format!(
            "   {} shows it as {}",
            shelf.store.name,
            text(&shown, "external_id")?
        ))?;
    }
    Ok(())
}

async fn update(team: &Team, shelves: &[Shelf]) -> Result<()> {
    for shelf in shelves {
        let wanted = json!({"price": "12.90", "inventory": 20});
        team.carry_out("listing", &shelf.listing, "update", &wanted)
            .await?;
        let changed = shelf.now(team).await?;
        line(&format!(
            "   {} now shows the price {}",
            shelf.store.name,
            text(&changed, "price")?
        ))?;
    }
    Ok(())
}

async fn withdraw(team: &Team, product: &Value, shelves: &[Shelf]) -> Result<()> {
    team.carry_out("product", text(product, "id")?, "delete", &json!({}))
        .await?;
    for shelf in shelves {
        let gone = shelf.now(team).await?;
        ensure!(
            gone.get("external_id").is_none_or(Value::is_null),
            "{} still shows it: {gone:#}",
            shelf.store.name
        );
        let left = team.shown(shelf).await?;
        ensure!(left == 0, "{} still has {left} of it", shelf.store.name);
        line(&format!("   {} shows it no more", shelf.store.name))?;
    }
    Ok(())
}

async fn record(team: &Team, product: &Value) -> Result<()> {
    let path = format!(
        "/audit-logs?resource_type=in.(listing,listings,order,orders)&order=created_at.desc&limit=8&created_at=gte.{}",
        text(product, "created_at")?
    );
    let record = team.reviewer.get(&path).await?;
    line("10. the record, newest first:")?;
    for row in rows(&record) {
        let changes = row.get("changes").and_then(Value::as_object);
        let fields: Vec<&str> = changes
            .into_iter()
            .flatten()
            .map(|(field, _)| field.as_str())
            .collect();
        line(&format!(
            "   {} {} {} {}: {}",
            text(row, "created_at")?,
            text(row, "actor")?,
            text(row, "action")?,
            text(row, "resource_type")?,
            fields.join(", ")
        ))?;
    }
    Ok(())
}
