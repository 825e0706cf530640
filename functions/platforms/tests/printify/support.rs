//! A shop to play with.

use crate::native::{Exchanged, Native};
use common::platform::{
    Action, DriveError, Limits, Operation, Outcome, PlatformError, Store, drive,
};
use platforms::printify::Printify;
use sandbox::Sandbox;
use sandbox::printify::spec;
use serde_json::{Value, json};

/// A shop, a store connected to it, and the one listing of most tests.
pub struct Bench {
    pub sandbox: Sandbox,
    pub store: Store,
    pub listing: Value,
    pub limits: Limits,
    pub host: Native,
    jobs: std::cell::Cell<u32>,
}

impl Bench {
    pub async fn new() -> Self {
        let sandbox = Sandbox::start(None).await.unwrap();
        let ready = sandbox.ready_stores();
        let ready = ready
            .into_iter()
            .find(|it| it.platform == "printify")
            .unwrap();
        Self {
            store: Store::new(ready.config, ready.credentials),
            sandbox,
            listing: listing(),
            limits: Limits::default(),
            host: Native::default(),
            jobs: std::cell::Cell::new(0),
        }
    }

    /// With a setting of the store changed; `null` removes it.
    pub fn configure(&mut self, name: &str, value: Value) {
        let mut config = self.store.config.clone();
        config[name] = value;
        self.store = Store::new(config, self.store.credentials.expose().clone());
    }

    /// With another shop of the account, which Printify connected to `sales_channel`.
    pub fn connect(&mut self, sales_channel: &str) -> u64 {
        let shop = json!({"title": "Other", "sales_channel": sales_channel});
        let id = self.tell("shops", shop)["id"].as_u64().unwrap();
        self.configure("shop_id", json!(id));
        self.configure("sales_channel", json!(sales_channel));
        id
    }

    pub fn tell(&self, what: &str, body: Value) -> Value {
        self.sandbox.control("printify", what, &body).unwrap()
    }

    /// Does what a job of `job_type` about the listing asks for.
    pub async fn job(&self, job_type: &str) -> Result<Outcome, DriveError> {
        self.jobs.set(self.jobs.get() + 1);
        let key = format!("job-{}", self.jobs.get());
        let operation = Operation::from_job(job_type, &self.listing, &key).unwrap();
        self.run(&operation).await
    }

    pub async fn act(&self, action: Action) -> Result<Outcome, DriveError> {
        self.run(&Operation::new(action, "act")).await
    }

    /// Does `operation` and checks each request and answer against the vendor's reference.
    pub async fn run(&self, operation: &Operation) -> Result<Outcome, DriveError> {
        let before = self.host.exchanges.lock().unwrap().len();
        let ended = drive(&self.host, &Printify, operation, &self.store, &self.limits).await;
        for exchanged in &self.host.exchanges.lock().unwrap()[before..] {
            let method = exchanged.request.method().as_str();
            let target = exchanged.request.uri().path_and_query().unwrap().as_str();
            let target = target.strip_prefix("/printify").unwrap();
            let none: [String; 0] = [];
            let found = spec::check_request(method, target, exchanged.request.body());
            assert_eq!(found, none, "{method} {target}");
            let Some(response) = &exchanged.response else {
                continue;
            };
            // What a fault answers is not the vendor's.
            let status = response.status().as_u16();
            if status != 429 && status < 500 {
                let found = spec::check_answer(method, target, status, response.body());
                assert_eq!(found, none, "{method} {target}");
            }
        }
        ended
    }

    /// Publishes the listing and writes down what the worker would.
    pub async fn publish(&mut self) -> Outcome {
        let outcome = self.job("publish_listing").await.unwrap();
        self.remember(&outcome);
        outcome
    }

    /// Merges key by key, as the database does.
    pub fn remember(&mut self, outcome: &Outcome) {
        let listing = &mut self.listing["listing"];
        listing["external_id"] = json!(outcome.external_id);
        for (name, value) in outcome
            .platform_data
            .iter()
            .flat_map(|it| it.as_object().unwrap())
        {
            listing["platform_data"][name] = value.clone();
        }
    }

    /// What the store's shop has.
    pub fn shop(&self) -> Value {
        let state = self.sandbox.state("printify");
        let shops = state["shops"].as_array().unwrap();
        let shop = shops
            .iter()
            .find(|it| it["id"] == self.store.config["shop_id"]);
        shop.unwrap().clone()
    }

    pub fn products(&self) -> Vec<Value> {
        self.shop()["products"].as_array().unwrap().clone()
    }

    /// The only product of the shop.
    pub fn product(&self) -> Value {
        let products = self.products();
        assert_eq!(products.len(), 1, "{products:?}");
        products[0].clone()
    }

    /// The variants that the product offers.
    pub fn offered(&self) -> Vec<Value> {
        let product = self.product();
        let variants = product["variants"].as_array().unwrap().iter();
        variants
            .filter(|it| it["is_enabled"] == true)
            .cloned()
            .collect()
    }

    pub fn skus(&self) -> Vec<String> {
        let offered = self.offered();
        offered
            .iter()
            .map(|it| it["sku"].as_str().unwrap().to_owned())
            .collect()
    }

    /// How many requests were sent whose method and path contain `what`.
    pub fn count(&self, what: &str) -> usize {
        let exchanges = self.host.exchanges.lock().unwrap();
        exchanges
            .iter()
            .filter(|it| name(it).contains(what))
            .count()
    }

    /// The body of the last request whose method and path contain `what`.
    pub fn sent(&self, what: &str) -> Value {
        let exchanges = self.host.exchanges.lock().unwrap();
        let last = exchanges
            .iter()
            .rev()
            .find(|it| name(it).contains(what))
            .unwrap();
        serde_json::from_slice(last.request.body()).unwrap()
    }
}

/// Method and path.
fn name(exchanged: &Exchanged) -> String {
    let request = &exchanged.request;
    format!(
        "{} {}",
        request.method(),
        request.uri().path_and_query().unwrap()
    )
}

/// Field and reason of a refusal.
pub fn refused(ended: Result<Outcome, DriveError>) -> (String, String) {
    match ended.unwrap_err().cause {
        PlatformError::Rejected { reason, field } => (field.unwrap_or_default(), reason),
        other => panic!("{other:?}"),
    }
}

fn listing() -> Value {
    json!({
        "listing": {"id": "0192-l1", "external_id": null, "price": "24.90", "currency": "USD", "inventory": 7,
            "status": "draft", "platform_data": {"printify": {}}},
        "product": {"id": "0192-p1", "title": "Linen Shirt", "description": "<b>Soft</b>", "vendor": "Acme",
            "product_type": "Shirt", "handle": "linen-shirt", "tags": ["men", "blue"], "status": "draft",
            "options": [{"name": "Size", "values": ["S", "M"]}, {"name": "Colour", "values": ["White", "Navy"]}],
            "images": [{"src": "https://cdn.example/1.jpg", "alt": "front", "position": 1}],
            "variants": [
                {"id": "v1", "sku": "LS-S", "price": "21.00", "inventory": 5, "option_values": ["S", "White"],
                 "position": 1},
                {"id": "v2", "sku": "LS-M", "price": null, "inventory": 3, "option_values": ["M", "Navy"],
                 "position": 2}]},
        "payload": {}
    })
}
