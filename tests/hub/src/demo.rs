//! `cargo hub demo`: from a catalogue file to a product that a channel shows, and back, against the hub
//! that is running. Can be run again and again.

pub mod api;

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::output::line;
use crate::project::Project;
use crate::secrets::Secrets;
use crate::state::State;
use crate::token::{Role, Speaker, issue};
use api::{Member, text};

const WORKSPACE: &str = "demo";
const CATALOGUE: &[u8] = include_bytes!("demo/catalogue.csv");
/// How long a job may take; the worker comes by every second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Walks the path and prints what happened at each step.
///
/// # Errors
/// When no hub with its fake platforms is running, or a step ends otherwise than it should.
pub async fn demo(project: &Project) -> Result<()> {
    let state = State::of_running(project)?
        .context("no hub is running here: start one with `cargo hub up --sandbox`")?;
    let (_, shopify) = state
        .sandboxes
        .iter()
        .find(|(platform, _)| platform == "shopify")
        .context("the running hub has no fake platforms: start it with `cargo hub up --sandbox`")?;
    let team = Team::gather(&state, &Secrets::of(project)?).await?;
    let store = team.store(shopify).await?;
    let product = team.import().await?;
    let listing = team.listing(&product, &store).await?;
    team.publish(&listing).await?;
    let price = json!({"price": "12.90", "inventory": 20});
    let changed = team.carry_out(&listing, "update", &price).await?;
    line(&format!(
        "   the channel now shows the price {}",
        text(&changed, "price")?
    ))?;
    let gone = team.carry_out(&listing, "delete", &json!({})).await?;
    line(&format!(
        "   the listing is {} and the channel shows nothing",
        text(&gone, "status")?
    ))?;
    team.record(&listing).await
}

/// Who does what.
struct Team {
    owner: Member,
    operator: Member,
    reviewer: Member,
}

impl Team {
    async fn gather(state: &State, secrets: &Secrets) -> Result<Self> {
        let client = api::client();
        let mut members = Vec::new();
        for (name, role) in [
            ("olivia", Role::Owner),
            ("oscar", Role::Operator),
            ("rita", Role::Reviewer),
        ] {
            let speaker = Speaker {
                user: format!("{name}@demo.example"),
                workspace: WORKSPACE.to_owned(),
                role,
            };
            let token = issue(&state.database_url, &secrets.jwt_secret, &speaker).await?;
            members.push(Member::new(&client, &state.url, token));
        }
        line("1. a workspace `demo` with olivia (owner), oscar (operator) and rita (reviewer)")?;
        let [owner, operator, reviewer] =
            <[Member; 3]>::try_from(members).map_err(|_| anyhow::anyhow!("three members"))?;
        Ok(Self {
            owner,
            operator,
            reviewer,
        })
    }

    async fn store(&self, shopify: &str) -> Result<Value> {
        let config = json!({"base_url": shopify});
        let credentials = json!({"access_token": sandbox::TOKEN});
        let known = self.owner.get("/stores?name=eq.Demo%20shop").await?;
        let store = match known.pointer("/data/0/id").and_then(Value::as_str) {
            Some(id) => {
                let again =
                    json!({"config": config, "credentials": credentials, "status": "active"});
                self.owner
                    .send(Method::PATCH, &format!("/stores/{id}"), &again)
                    .await?
            }
            None => {
                let new = json!({"platform": "shopify", "name": "Demo shop", "credentials": credentials, "config": config});
                self.owner.send(Method::POST, "/stores", &new).await?
            }
        };
        line(&format!(
            "2. olivia connected the store {} on the fake Shopify at {shopify}",
            text(&store, "id")?
        ))?;
        Ok(store)
    }

    async fn import(&self) -> Result<Value> {
        let report = self
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
        let found = self.operator.get("/products?handle=eq.enamel-mug").await?;
        found
            .pointer("/data/0")
            .cloned()
            .context("the imported product is not there")
    }

    async fn listing(&self, product: &Value, store: &Value) -> Result<Value> {
        let (product_id, store_id) = (text(product, "id")?, text(store, "id")?);
        let known = self
            .operator
            .get(&format!(
                "/listings?product_id=eq.{product_id}&store_id=eq.{store_id}"
            ))
            .await?;
        let listing = match known.pointer("/data/0") {
            Some(listing) => listing.clone(),
            None => {
                let new = json!({"product_id": product_id, "store_id": store_id, "price": "14.50", "inventory": 24});
                self.operator.send(Method::POST, "/listings", &new).await?
            }
        };
        line(&format!(
            "4. {} is a {} listing in that store",
            text(product, "title")?,
            text(&listing, "status")?
        ))?;
        Ok(listing)
    }

    async fn publish(&self, listing: &Value) -> Result<()> {
        let direct = format!("/listings/{}", text(listing, "id")?);
        let (status, body) = self
            .operator
            .json(Method::PATCH, &direct, &json!({"status": "active"}))
            .await?;
        ensure!(
            status.as_u16() == 409,
            "a direct attempt answered {status}: {body:#}"
        );
        line("5. oscar tried to publish it directly: 409, it takes an approval")?;
        let shown = self.carry_out(listing, "publish", &json!({})).await?;
        line(&format!(
            "   the channel shows it as {}",
            text(&shown, "external_id")?
        ))
    }

    /// Asks, lets the requester try to approve, has it approved, waits for the job; the listing afterwards.
    async fn carry_out(&self, listing: &Value, action: &str, payload: &Value) -> Result<Value> {
        let id = text(listing, "id")?;
        let wanted = json!({"resource_type": "listing", "resource_id": id, "action": action, "payload": payload, "comments": "for the demo"});
        let asked = self
            .operator
            .send(Method::POST, "/approvals", &wanted)
            .await?;
        let path = format!("/approvals/{}", text(&asked, "id")?);
        let approve = json!({"status": "approved"});
        let (status, _) = self.operator.json(Method::PATCH, &path, &approve).await?;
        ensure!(
            status.as_u16() == 403,
            "the requester's own approval answered {status}"
        );
        let decided = self.reviewer.send(Method::PATCH, &path, &approve).await?;
        let job = decided
            .pointer("/job_ids/0")
            .and_then(Value::as_str)
            .context("the approval made no job")?;
        line(&format!(
            "6. oscar asked for `{action}`, could not approve it himself (403), rita did: job {job}"
        ))?;
        let job = self.ended(job).await?;
        ensure!(
            text(&job, "status")? == "completed",
            "the job did not complete: {job:#}"
        );
        line(&format!(
            "   the worker completed it at attempt {}",
            job.get("attempts").cloned().unwrap_or_default()
        ))?;
        self.operator.get(&format!("/listings/{id}")).await
    }

    async fn ended(&self, job: &str) -> Result<Value> {
        let polled = async {
            loop {
                let job = self.operator.get(&format!("/jobs/{job}")).await?;
                if ["completed", "failed", "cancelled"].contains(&text(&job, "status")?) {
                    return anyhow::Ok(job);
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, polled).await {
            Ok(job) => job,
            Err(_) => bail!("job {job} did not end within {} s", PATIENCE.as_secs()),
        }
    }

    async fn record(&self, listing: &Value) -> Result<()> {
        let path = format!(
            "/audit-logs?resource_id=eq.{}&order=created_at.desc&limit=5",
            text(listing, "id")?
        );
        let record = self.reviewer.get(&path).await?;
        line("7. the record of the listing, newest first:")?;
        for row in record
            .get("data")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let changes = row.get("changes").and_then(Value::as_object);
            let fields: Vec<&str> = changes
                .into_iter()
                .flatten()
                .map(|(field, _)| field.as_str())
                .collect();
            line(&format!(
                "   {} {} {}: {}",
                text(row, "created_at")?,
                text(row, "actor")?,
                text(row, "action")?,
                fields.join(", ")
            ))?;
        }
        Ok(())
    }
}
