//! The calls of the stage: as members through `hub.run`, as a worker through the queue's functions.

use crate::stage::{Member, Stage};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio_postgres::Client;

impl Stage {
    /// What `statement` answers to `member` in workspace `slug`, through the one door for requests.
    ///
    /// # Errors
    /// When the member may not or the statement fails.
    pub async fn request(
        &self,
        member: Member,
        slug: &str,
        need: &str,
        statement: &str,
        args: &Value,
    ) -> Result<Value> {
        let user = self.user(member).await?;
        let context =
            json!({"user": user, "workspace": slug, "need": need, "request_id": "a-request"});
        let row = self
            .app
            .query_one(
                "select hub.run($1::text::jsonb, $2::text, $3::text::jsonb)",
                &[&context.to_string(), &statement, &args.to_string()],
            )
            .await?;
        let text: Option<String> = row.try_get(0)?;
        serde_json::from_str(&text.unwrap_or_else(|| "null".to_owned()))
            .context("the answer is not JSON")
    }

    /// The id of a member.
    ///
    /// # Errors
    /// When the fixtures are gone.
    pub async fn user(&self, member: Member) -> Result<String> {
        self.one(&format!(
            "select id::text from hub.users where email = '{}@one.test'",
            member.role()
        ))
        .await
    }

    /// Asks for `action` on a listing or product as the owner; answers the envelope.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn ask(
        &self,
        resource_type: &str,
        id: &str,
        action: &str,
        payload: Value,
    ) -> Result<Value> {
        let args = json!({"resource_type": resource_type, "resource_id": id, "action": action, "payload": payload});
        self.request(
            Member::Owner,
            "one",
            "request",
            "select hub.request_approval($1)",
            &args,
        )
        .await
    }

    /// Asks for `action` on a listing or product as the owner, telling the database what channels can do.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn ask_knowing(
        &self,
        resource_type: &str,
        id: &str,
        action: &str,
        payload: Value,
        channels: &Value,
    ) -> Result<Value> {
        let args = json!({"resource_type": resource_type, "resource_id": id, "action": action,
            "payload": payload, "channels": channels});
        let statement = "select hub.request_approval($1)";
        self.request(Member::Owner, "one", "request", statement, &args)
            .await
    }

    /// Approves as the reviewer; answers the envelope.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn approve(&self, approval: &str) -> Result<Value> {
        self.decide(Member::Reviewer, approval, "approved").await
    }

    /// Decides as `member`; answers the envelope.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn decide(&self, member: Member, approval: &str, status: &str) -> Result<Value> {
        let args = json!({"id": approval, "status": status});
        self.request(
            member,
            "one",
            "decide",
            "select hub.decide_approval($1)",
            &args,
        )
        .await
    }

    /// Asks for and approves `action` on the listing; answers the id of its job.
    ///
    /// # Errors
    /// When one of the two is refused.
    pub async fn approved(&self, action: &str, payload: Value) -> Result<String> {
        let asked = self.ask("listing", &self.listing, action, payload).await?;
        let approval = text(&asked, "/row/id").with_context(|| format!("asked: {asked}"))?;
        let decided = self.approve(&approval).await?;
        text(&decided, "/row/job_ids/0").with_context(|| format!("decided: {decided}"))
    }

    /// Adds a job as the superuser; answers its id.
    ///
    /// # Errors
    /// When it does not fit the schema.
    pub async fn enqueue(&self, job: Value) -> Result<String> {
        let mut job = job;
        if let Some(fields) = job.as_object_mut() {
            fields
                .entry("workspace_id")
                .or_insert_with(|| json!(self.workspace));
            fields.entry("type").or_insert_with(|| json!("noop"));
        }
        let row = self
            .admin
            .query_one(
                "select hub.enqueue($1::text::jsonb)::text",
                &[&job.to_string()],
            )
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Calls one of the queue's functions as `hub_worker`.
    ///
    /// # Errors
    /// When it fails.
    pub async fn call(&self, function: &str, args: &Value) -> Result<Value> {
        call(&self.worker, function, args).await
    }

    /// The jobs that worker number `worker` gets.
    ///
    /// # Errors
    /// When the claim fails.
    pub async fn claim(&self, worker: u32, batch: u32) -> Result<Vec<Value>> {
        let answer = self.call("claim", &claim_args(worker, batch)).await?;
        let jobs = answer.get("jobs").and_then(Value::as_array);
        Ok(jobs.cloned().unwrap_or_default())
    }

    /// Reports one claimed job.
    ///
    /// # Errors
    /// When the report fails.
    pub async fn settle(&self, job: &Value, outcome: &str, more: Value) -> Result<Value> {
        let mut result =
            json!({"id": job["id"], "lease_seq": job["lease_seq"], "outcome": outcome});
        if let (Some(result), Some(more)) = (result.as_object_mut(), more.as_object()) {
            result.extend(more.clone());
        }
        let chance = result.get("chance").cloned().unwrap_or(json!(0.5));
        let answer = self
            .call(
                "settle",
                &json!({"worker": "w", "results": [result], "chance": chance}),
            )
            .await?;
        Ok(answer.get(0).cloned().unwrap_or_default())
    }

    /// A column of a job, as text.
    ///
    /// # Errors
    /// When there is no such job or column.
    pub async fn job(&self, id: &str, column: &str) -> Result<String> {
        self.one(&format!("select ({column})::text from hub.jobs j join hub.job_data d on d.job_id = j.id where id = '{id}'")).await
    }
}

/// Arguments of a claim by worker number `worker`: two slots, leases of thirty seconds.
pub fn claim_args(worker: u32, batch: u32) -> Value {
    json!({"worker": worker_id(worker), "workers_max": 2, "batch": batch, "lease_ms": 30_000})
}

/// The name of worker number `worker`.
pub fn worker_id(worker: u32) -> String {
    format!("00000000-0000-4000-8000-{worker:012}")
}

/// Calls one of the queue's functions on any connection.
///
/// # Errors
/// When it fails.
pub async fn call(client: &Client, function: &str, args: &Value) -> Result<Value> {
    let statement = format!("select hub.{function}($1::text::jsonb)");
    let row = client.query_one(&statement, &[&args.to_string()]).await?;
    serde_json::from_str(row.try_get(0)?).context("the answer is not JSON")
}

/// The text at a pointer.
pub fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}
