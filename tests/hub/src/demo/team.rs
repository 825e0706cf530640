//! Who does what in the demo: the members of the workspace, and the sandbox that is told what happens outside.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Shelf;
use super::api::{Member, client, text};
use crate::output::line;
use crate::ready::{Surroundings, member};
use crate::token::Role;

/// How long anything may take; the worker comes by every second, and tries again with growing pauses.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(200);

/// The members.
pub struct Team {
    pub owner: Member,
    pub operator: Member,
    pub reviewer: Member,
}

impl Team {
    pub async fn gather(around: &Surroundings, jwt_secret: &str) -> Result<Self> {
        let team = Self {
            owner: member(around, jwt_secret, "olivia", Role::Owner).await?,
            operator: member(around, jwt_secret, "oscar", Role::Operator).await?,
            reviewer: member(around, jwt_secret, "rita", Role::Reviewer).await?,
        };
        line("1. a workspace `demo` with olivia (owner), oscar (operator) and rita (reviewer)")?;
        Ok(team)
    }

    /// Asks, lets the requester try to approve, has it approved, waits for the jobs.
    pub async fn carry_out(
        &self,
        kind: &str,
        id: &str,
        action: &str,
        payload: &Value,
    ) -> Result<()> {
        let wanted = json!({"resource_type": kind, "resource_id": id, "action": action, "payload": payload, "comments": "for the demo"});
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
        for note in asked
            .get("notes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            line(&format!(
                "   noted on the request: {} {}",
                note.get("platform")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
                note.get("reason")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            ))?;
        }
        let decided = self.decide(&path, &approve).await?;
        let jobs: Vec<&str> = decided
            .get("job_ids")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        ensure!(!jobs.is_empty(), "the approval made no job");
        line(&format!(
            "6. oscar asked for `{action}` of the {kind}, could not approve it himself (403), rita did: {} jobs",
            jobs.len()
        ))?;
        for job in jobs {
            self.completed(job).await?;
        }
        Ok(())
    }

    /// A channel that is still looking at a preview makes the reviewer wait.
    async fn decide(&self, path: &str, decision: &Value) -> Result<Value> {
        let began = Instant::now();
        loop {
            let (status, body) = self.reviewer.json(Method::PATCH, path, decision).await?;
            if status.is_success() {
                return Ok(body);
            }
            let is_early =
                status == StatusCode::CONFLICT && body.to_string().contains("still checking");
            if !is_early || began.elapsed() > PATIENCE {
                bail!("{path} answered {status}: {body:#}");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The job when it has ended well.
    pub async fn completed(&self, job: &str) -> Result<Value> {
        let ended = self
            .until(&format!("/jobs/{job}"), |job| {
                let status = job
                    .get("status")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                ["completed", "failed", "cancelled"].contains(&status)
            })
            .await?;
        ensure!(
            text(&ended, "status")? == "completed",
            "the job did not complete: {ended:#}"
        );
        Ok(ended)
    }

    /// What is at `path` as soon as it `fits`.
    pub async fn until(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        let began = Instant::now();
        loop {
            let found = self.operator.get(path).await?;
            if fits(&found) {
                return Ok(found);
            }
            if began.elapsed() > PATIENCE {
                bail!(
                    "{path} is not as expected after {} s: {found:#}",
                    PATIENCE.as_secs()
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Makes a job for the shelf's store and waits for it.
    pub async fn job(&self, shelf: &Shelf, kind: &str, payload: Value) -> Result<Value> {
        let wanted = json!({"type": kind, "store_id": shelf.store.id, "payload": payload});
        let made = self.operator.send(Method::POST, "/jobs", &wanted).await?;
        self.completed(text(&made, "id")?).await
    }

    /// How many products with the shelf's SKU the channel itself has.
    pub async fn shown(&self, shelf: &Shelf) -> Result<usize> {
        let job = self
            .job(shelf, "list_products", json!({"limit": 100}))
            .await?;
        let products = job
            .pointer("/result/products")
            .and_then(Value::as_array)
            .context("the job brought no list of products")?;
        let has = |product: &&Value| {
            let variants = product.get("variants").and_then(Value::as_array);
            variants.into_iter().flatten().any(|variant| {
                variant.get("sku").and_then(Value::as_str) == Some(shelf.sku.as_str())
            })
        };
        Ok(products.iter().filter(has).count())
    }
}

/// The rows of a list.
pub fn rows(list: &Value) -> impl Iterator<Item = &Value> {
    list.get("data")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The sandbox, as the world outside.
pub struct Fakes(Member);

impl Fakes {
    pub fn at(url: &str) -> Self {
        Self(Member::new(&client(), url, String::new()))
    }

    /// Moves the channels' clock.
    pub async fn advance(&self, seconds: u32) -> Result<()> {
        self.tell("clock", &json!({"advance_s": seconds})).await?;
        Ok(())
    }

    /// Lets a later request or notification fail.
    pub async fn inject(&self, fault: &Value) -> Result<()> {
        self.tell("faults", fault).await?;
        Ok(())
    }

    /// Forgets the faults that met nothing.
    pub async fn without_faults(&self) -> Result<()> {
        self.0
            .send(Method::DELETE, "/_sandbox/faults", &Value::Null)
            .await?;
        Ok(())
    }

    /// A customer orders one piece; the channel's id of the order.
    pub async fn order(&self, shelf: &Shelf) -> Result<String> {
        let lines = json!({"lines": [{"sku": shelf.sku, "quantity": 1}]});
        let made = self
            .tell(&format!("{}/orders", shelf.store.platform), &lines)
            .await?;
        Ok(text(&made, "id")?.to_owned())
    }

    async fn tell(&self, what: &str, body: &Value) -> Result<Value> {
        self.0
            .send(Method::POST, &format!("/_sandbox/{what}"), body)
            .await
    }
}
