//! A shop to play with.

use crate::native::{Exchanged, Native};
use common::platform::{
    Action, DriveError, Limits, Operation, Outcome, PlatformError, Store, drive,
};
use platforms::etsy::Etsy;
use sandbox::Sandbox;
use sandbox::etsy::spec::EtsySpec;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};

/// The prefix of the sandbox's paths.
pub const PREFIX: &str = "/etsy";

/// A shop, a store connected to it, and the one listing of most tests.
pub struct Bench {
    pub sandbox: Sandbox,
    pub store: Store,
    pub listing: Value,
    pub limits: Limits,
    /// When jobs are asked for.
    pub asked_at: String,
    /// Method and path of each request of the last operation.
    pub sent: RefCell<Vec<String>>,
    jobs: Cell<u32>,
}

impl Bench {
    pub async fn new() -> Self {
        let sandbox = Sandbox::start(None).await.unwrap();
        let ready = sandbox.ready_stores();
        let ready = ready.iter().find(|it| it.platform == "etsy").unwrap();
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let now = jiff::Timestamp::from_second(now.as_secs() as i64).unwrap();
        Self {
            store: Store::new(ready.config.clone(), ready.credentials.clone()),
            sandbox,
            listing: listing(),
            limits: Limits::default(),
            asked_at: now.to_string(),
            sent: RefCell::default(),
            jobs: Cell::new(0),
        }
    }

    /// Does what a job of `job_type` about the listing asks for.
    pub async fn job(&self, job_type: &str) -> Result<Outcome, DriveError> {
        self.jobs.set(self.jobs.get() + 1);
        let key = format!("job-{}", self.jobs.get());
        let operation = Operation::from_job(job_type, &self.listing, &key).unwrap();
        self.run(&operation).await
    }

    /// Does `action`.
    pub async fn act(&self, action: Action) -> Result<Outcome, DriveError> {
        self.run(&Operation::new(action, "job")).await
    }

    /// Does `operation` and lets Etsy's description judge every request and every answer.
    pub async fn run(&self, operation: &Operation) -> Result<Outcome, DriveError> {
        let host = Native::default();
        let operation = operation.clone().asked_at(Some(self.asked_at.clone()));
        let ended = drive(&host, &Etsy, &operation, &self.store, &self.limits).await;
        let exchanges = host.exchanges.lock().unwrap();
        *self.sent.borrow_mut() = exchanges.iter().map(name).collect();
        judge(&exchanges);
        ended
    }

    /// Publishes the listing and writes down what the worker would.
    pub async fn publish(&mut self) -> Outcome {
        let outcome = self.job("publish_listing").await.unwrap();
        self.remember(&outcome);
        outcome
    }

    /// Writes down what the worker would.
    pub fn remember(&mut self, outcome: &Outcome) {
        let listing = &mut self.listing["listing"];
        if outcome.external_id.is_some() {
            listing["external_id"] = json!(outcome.external_id);
        }
        let news = outcome.platform_data.iter().flat_map(|it| it.as_object());
        for (name, value) in news.flatten() {
            listing["platform_data"][name] = value.clone();
        }
        if let Some(credentials) = &outcome.credentials {
            self.store.credentials = credentials.clone();
        }
    }

    pub fn control(&self, what: &str, body: Value) -> Value {
        self.sandbox.control("etsy", what, &body).unwrap()
    }

    pub fn shop(&self) -> Value {
        self.sandbox.state("etsy")
    }

    /// The only listing of the shop.
    pub fn only(&self) -> Value {
        let shop = self.shop();
        let listings = shop["listings"].as_array().unwrap();
        assert_eq!(listings.len(), 1, "{listings:?}");
        listings[0].clone()
    }

    /// The product of `sku` in the only listing.
    pub fn product(&self, sku: &str) -> Value {
        let listing = self.only();
        let products = listing["inventory"]["products"].as_array().unwrap();
        let product = products.iter().find(|it| it["sku"] == sku);
        product
            .unwrap_or_else(|| panic!("{sku} in {products:?}"))
            .clone()
    }

    /// Pieces of `sku`.
    pub fn stock(&self, sku: &str) -> i64 {
        self.product(sku)["offerings"][0]["quantity"]
            .as_i64()
            .unwrap()
    }

    /// How often Etsy was asked for `name`: `PUT listings/{}/inventory`.
    pub fn count(&self, name: &str) -> u64 {
        self.shop()["requests"][name].as_u64().unwrap_or(0)
    }

    /// The listing is not connected to anything any more, as a job's second attempt sees it.
    pub fn forget(&mut self) {
        self.listing["listing"]["external_id"] = Value::Null;
        self.listing["listing"]["platform_data"] = json!({});
    }
}

fn name(exchanged: &Exchanged) -> String {
    let request = &exchanged.request;
    format!("{} {}", request.method(), request.uri().path())
}

/// Fails when Etsy's description has anything against what was sent or answered.
fn judge(exchanges: &[Exchanged]) {
    let Some(spec) = EtsySpec::published().unwrap() else {
        return;
    };
    for Exchanged { request, response } in exchanges {
        let problems = spec.check_request(request, PREFIX).unwrap();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        assert_eq!(problems, [""; 0], "{} {body}", request.uri());
        // Faults answer what no vendor does.
        let Some(answer) = response.as_ref().filter(|it| it.status() != 429) else {
            continue;
        };
        if answer.status().is_server_error() {
            continue;
        }
        let problems = spec.check_answer(request, PREFIX, answer).unwrap();
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        assert_eq!(problems, [""; 0], "{} {body}", request.uri());
    }
}

/// Field and reason of a refusal.
pub fn rejected(error: DriveError) -> (String, String) {
    match error.cause {
        PlatformError::Rejected { reason, field } => (field.unwrap_or_default(), reason),
        other => panic!("{other:?}"),
    }
}

fn listing() -> Value {
    json!({
        "listing": {"id": "0192-l1", "external_id": null, "price": "12.50", "currency": "USD",
            "inventory": 7, "status": "draft", "platform_data": {}},
        "product": {"id": "0192-p1", "title": "Ocean Blue Shirt",
            "description": "<p><b>Soft</b> &amp; warm</p><ul><li>Cotton</li></ul>",
            "vendor": "Acme", "product_type": "Shirt", "handle": "ocean-blue-shirt",
            "tags": ["men", "blue"], "status": "draft",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "images": [{"src": "https://cdn.example/1.jpg", "alt": "front", "position": 1}],
            "variants": [
                {"id": "v1", "sku": "OBS-S", "price": "11.00", "compare_at_price": "15.00",
                 "barcode": "4006381333931", "inventory": 5, "weight_grams": 200,
                 "option_values": ["S"], "position": 1},
                {"id": "v2", "sku": "OBS-M", "price": null, "compare_at_price": null,
                 "barcode": null, "inventory": 3, "weight_grams": 200,
                 "option_values": ["M"], "position": 2}]},
        "payload": {}
    })
}
