//! A shop to play with.

use crate::native::Native;
use common::platform::{DriveError, Limits, Operation, Outcome, Store, drive};
use platforms::shopify::{Shopify, VERSION};
use sandbox::schema::AdminSchema;
use sandbox::{Sandbox, TOKEN};
use serde_json::{Value, json};

/// A shop, a store connected to it, and the one listing of most tests.
pub struct Bench {
    pub sandbox: Sandbox,
    pub store: Store,
    pub listing: Value,
    pub limits: Limits,
    jobs: std::cell::Cell<u32>,
}

impl Bench {
    pub async fn new() -> Self {
        let sandbox = Sandbox::start(None).await.unwrap();
        let config = json!({"base_url": sandbox.shopify_url()});
        Self {
            store: Store::new(config, json!({"access_token": TOKEN})),
            sandbox,
            listing: listing(),
            limits: Limits::default(),
            jobs: std::cell::Cell::new(0),
        }
    }

    /// Does what a job of `job_type` about the listing asks for.
    pub async fn job(&self, job_type: &str) -> Result<Outcome, DriveError> {
        self.jobs.set(self.jobs.get() + 1);
        let key = format!("job-{}", self.jobs.get());
        let operation = Operation::from_job(job_type, &self.listing, &key).unwrap();
        self.run(&operation).await
    }

    /// Does `operation` and checks each request and each answer against the vendor's schema.
    pub async fn run(&self, operation: &Operation) -> Result<Outcome, DriveError> {
        let (host, ended) = self.drive(operation).await;
        for sent in host.exchanges.lock().unwrap().iter() {
            // The form of a token request is no JSON.
            if let Ok(body) = serde_json::from_slice::<Value>(sent.request.body()) {
                judge(&body, sent.response.as_ref());
            }
        }
        ended
    }

    /// Does `operation`; what was exchanged is still to be looked at.
    pub async fn drive(&self, operation: &Operation) -> (Native, Result<Outcome, DriveError>) {
        let host = Native::default();
        let ended = drive(&host, &Shopify, operation, &self.store, &self.limits).await;
        (host, ended)
    }

    /// Tells the fake to do something; gives its answer.
    pub fn control(&self, what: &str, body: Value) -> Value {
        self.sandbox.control("shopify", what, &body).unwrap()
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
        if let Some(data) = &outcome.platform_data {
            listing["platform_data"] = data.clone();
        }
    }

    pub fn shop(&self) -> Value {
        self.sandbox.dump(TOKEN)
    }

    /// The only product of the shop.
    pub fn product(&self) -> Value {
        let shop = self.shop();
        let products = shop["products"].as_array().unwrap();
        assert_eq!(products.len(), 1, "{products:?}");
        products[0].clone()
    }

    /// Pieces of `sku` in the shop, over all locations.
    pub fn stock(&self, sku: &str) -> i64 {
        let product = self.product();
        let mut variants = product["variants"].as_array().unwrap().iter();
        let variant = variants.find(|it| it["sku"] == sku).unwrap();
        let levels = variant["levels"].as_object().unwrap();
        levels.values().map(|it| it.as_i64().unwrap()).sum()
    }

    /// How often the operation called `name` was answered.
    pub fn count(&self, name: &str) -> u64 {
        self.shop()["requests"][name].as_u64().unwrap_or(0)
    }
}

/// Checks a GraphQL request and what was answered to it.
fn judge(body: &Value, response: Option<&common::ports::HttpResponse>) {
    let text = body["query"].as_str().unwrap();
    let answer: Value = response
        .and_then(|response| serde_json::from_slice(response.body()).ok())
        .unwrap_or_default();
    let Some(schema) = AdminSchema::published(VERSION).unwrap() else {
        return;
    };
    let problems = schema.check(text, &body["variables"]);
    assert_eq!(problems, [], "{body}");
    if !answer["data"].is_null() {
        let problems = schema.check_answer(text, &answer["data"]);
        assert_eq!(problems, [], "{answer}");
    }
}

fn listing() -> Value {
    json!({
        "listing": {"id": "0192-l1", "external_id": null, "price": "12.50", "currency": "USD",
            "inventory": 7, "status": "draft", "platform_data": null},
        "product": {"id": "0192-p1", "title": "Ocean Blue Shirt", "description": "<b>Soft</b>",
            "vendor": "Acme", "product_type": "Shirt", "handle": "ocean-blue-shirt",
            "tags": ["men", "blue"], "status": "draft",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "images": [{"src": "https://cdn.example/1.jpg", "alt": "front", "position": 1},
                       {"src": "https://cdn.example/2.jpg", "alt": null, "position": 2}],
            "variants": [
                {"id": "v1", "sku": "OBS-S", "price": "11.00", "compare_at_price": "15.00",
                 "barcode": "4006381333931", "inventory": 5, "weight_grams": 200,
                 "option_values": ["S"], "position": 1},
                {"id": "v2", "sku": "OBS-M", "price": null, "compare_at_price": null,
                 "barcode": null, "inventory": 3, "weight_grams": null,
                 "option_values": ["M"], "position": 2}]},
        "payload": {}
    })
}
