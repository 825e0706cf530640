//! A seller to play with.

use crate::native::Native;
use bytes::Bytes;
use common::platform::{Action, DriveError, Limits, Operation, Outcome, Store, drive};
use common::secret::Secret;
use platforms::amazon::Amazon;
use sandbox::amazon::spec::Specs;
use sandbox::schema::specs;
use sandbox::{Fault, FaultKind, Sandbox};
use serde_json::{Value, json};
use std::sync::{Arc, Once};
use std::time::Duration;

/// When every job of these tests was asked for.
pub const ASKED_AT: &str = "2026-11-23T05:00:00Z";

/// A fake seller, a store connected to it, and the one listing of most tests.
pub struct Bench {
    pub sandbox: Sandbox,
    pub store: Store,
    pub listing: Value,
    pub limits: Limits,
    /// What the last operation exchanged: method, path, body.
    pub sent: Vec<(String, String, Value)>,
    jobs: u32,
}

/// Amazon's models, or a word that they are not there.
#[allow(
    clippy::print_stderr,
    reason = "a test that skips has to say so where people look"
)]
pub fn models() -> Option<Arc<Specs>> {
    static SAID: Once = Once::new();
    let models = Specs::published().unwrap();
    if models.is_none() {
        SAID.call_once(|| {
            eprintln!(
                "skipped: {} is absent, so nothing is checked against Amazon's models",
                specs().display()
            );
        });
    }
    models
}

impl Bench {
    /// With a token that works and quotas that no test uses up by accident.
    pub async fn new() -> Self {
        let mut bench = Self::fresh().await;
        bench.tell("quota", json!({"lift": true}));
        bench.act(Action::Authenticate).await.unwrap();
        bench
    }

    /// As somebody who has just put in the credentials.
    pub async fn fresh() -> Self {
        let sandbox = Sandbox::start(None).await.unwrap();
        let stores = sandbox.ready_stores();
        let ready = stores.iter().find(|it| it.platform == "amazon").unwrap();
        Self {
            store: Store::new(ready.config.clone(), ready.credentials.clone()),
            sandbox,
            listing: listing(),
            limits: Limits::default(),
            sent: Vec::new(),
            jobs: 0,
        }
    }

    /// Does what a job of `job_type` about the listing asks for.
    pub async fn job(&mut self, job_type: &str) -> Result<Outcome, DriveError> {
        self.jobs += 1;
        let key = format!("job-{}", self.jobs);
        self.attempt(job_type, &key).await
    }

    /// The same, as an attempt of the job `key`.
    pub async fn attempt(&mut self, job_type: &str, key: &str) -> Result<Outcome, DriveError> {
        let operation = Operation::from_job(job_type, &self.listing, key).unwrap();
        self.run(operation).await
    }

    pub async fn act(&mut self, action: Action) -> Result<Outcome, DriveError> {
        self.jobs += 1;
        let key = format!("job-{}", self.jobs);
        self.run(Operation::new(action, key)).await
    }

    /// Does `operation`, judges what was exchanged, and keeps new credentials as the worker would.
    pub async fn run(&mut self, operation: Operation) -> Result<Outcome, DriveError> {
        let host = Native::default();
        let operation = operation.asked_at(Some(ASKED_AT.to_owned()));
        let ended = drive(&host, &Amazon, &operation, &self.store, &self.limits).await;
        self.judge(&host);
        let fresh = match &ended {
            Ok(outcome) => outcome.credentials.as_ref(),
            Err(error) => error.credentials.as_ref(),
        };
        if let Some(fresh) = fresh.map(|it| it.expose().clone()) {
            self.store.credentials = Secret::new(fresh);
        }
        ended
    }

    fn judge(&mut self, host: &Native) {
        self.sent.clear();
        let models = models();
        for exchanged in host.exchanges.lock().unwrap().iter() {
            let request = inside(&exchanged.request);
            let (method, path) = (request.method().as_str(), request.uri().path());
            let body = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
            self.sent.push((method.to_owned(), path.to_owned(), body));
            let Some(models) = &models else { continue };
            assert_eq!(models.check_request(&request), [""; 0], "{request:?}");
            let Some(response) = &exchanged.response else {
                continue;
            };
            // What a fault answers instead of Amazon has no such header.
            if response.headers().contains_key("x-amzn-requestid") {
                let response = response.clone().map(Bytes::from);
                let problems = models.check_answer(method, path, &response);
                assert_eq!(problems, [""; 0], "{response:?}");
            }
        }
    }

    /// Publishes the listing and writes down what the worker would.
    pub async fn publish(&mut self) -> Outcome {
        let outcome = self.job("publish_listing").await.unwrap();
        self.remember(&outcome);
        outcome
    }

    pub fn remember(&mut self, outcome: &Outcome) {
        let listing = &mut self.listing["listing"];
        listing["external_id"] = json!(outcome.external_id);
        let memory = outcome.platform_data.as_ref().unwrap().as_object().unwrap();
        for (name, value) in memory {
            listing["platform_data"][name] = value.clone();
        }
    }

    /// Publishes, and lets Amazon decide.
    pub async fn publish_and_settle(&mut self) -> Outcome {
        let outcome = self.publish().await;
        self.settle();
        outcome
    }

    /// Lets Amazon decide on what it accepted.
    pub fn settle(&self) {
        self.sandbox.advance(Duration::from_secs(5));
    }

    pub fn tell(&self, what: &str, body: Value) -> Value {
        self.sandbox.control("amazon", what, &body).unwrap()
    }

    pub fn inject(&self, kind: FaultKind, matching: &str) {
        self.sandbox.inject(Fault::new(kind, matching));
    }

    pub fn seller(&self) -> Value {
        self.sandbox.state("amazon")["seller"].clone()
    }

    pub fn item(&self, sku: &str) -> Value {
        self.seller()["items"][sku].clone()
    }

    /// An attribute's first value.
    pub fn attribute(&self, sku: &str, name: &str) -> Value {
        self.item(sku)["attributes"][name][0].clone()
    }

    pub fn quantity(&self, sku: &str) -> Value {
        self.attribute(sku, "fulfillment_availability")["quantity"].clone()
    }

    pub fn skus(&self) -> Vec<String> {
        let items = self.seller()["items"].as_object().unwrap().clone();
        items.keys().cloned().collect()
    }

    /// How often the operation was served.
    pub fn served(&self, operation: &str) -> u64 {
        let quotas = &self.sandbox.state("amazon")["quotas"];
        quotas[operation]["served"].as_u64().unwrap()
    }
}

/// The request without the sandbox's prefix.
fn inside(request: &http::Request<Vec<u8>>) -> http::Request<Bytes> {
    let whole = request.uri().path_and_query().unwrap().as_str();
    let mut inside = request.clone().map(Bytes::from);
    *inside.uri_mut() = whole.strip_prefix("/amazon").unwrap().parse().unwrap();
    inside
}

/// A product with one variant.
fn listing() -> Value {
    json!({
        "listing": {"id": "0192-l1", "external_id": null, "price": "12.50", "currency": "USD",
            "inventory": 7, "status": "draft", "platform_data": {"product_type": "MUG"}},
        "product": {"id": "0192-p1", "title": "Enamel Mug", "description": "<p>Soft &amp; warm</p>",
            "vendor": "Acme", "product_type": "Mugs", "handle": "enamel-mug",
            "tags": [], "status": "draft", "options": [],
            "images": [{"src": "https://cdn.example/1.jpg", "alt": null, "position": 1},
                       {"src": "https://cdn.example/2.jpg", "alt": null, "position": 2}],
            "variants": [{"id": "v1", "sku": "MUG-1", "price": null, "compare_at_price": null,
                "barcode": "4006381333931", "inventory": null, "weight_grams": 310,
                "option_values": [], "position": 1}]},
        "payload": {}
    })
}

/// Turns the listing into one of a family: `sizes` variants.
pub fn family(listing: &mut Value, sizes: &[&str]) {
    listing["product"]["options"] = json!([{"name": "Size", "values": sizes}]);
    let variants = sizes.iter().enumerate().map(|(at, size)| {
        json!({"id": format!("v{at}"), "sku": format!("SHIRT-{size}"), "price": "20.00",
            "compare_at_price": null, "barcode": null, "inventory": 3, "weight_grams": null,
            "option_values": [size], "position": at})
    });
    listing["product"]["variants"] = variants.collect();
    listing["product"]["handle"] = json!("linen-shirt");
    listing["listing"]["platform_data"] = json!({"product_type": "SHIRT"});
}
