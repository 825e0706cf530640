//! What most tests begin with: a team, a store on the fake Shopify, a product and its draft listing.

use e2e::{App, Caller};
use hub::token::Role;
use sandbox::Sandbox;
use serde_json::{Value, json};

/// A team of one workspace and a shop with one draft listing.
pub struct Shop {
    pub app: App,
    pub sandbox: Sandbox,
    pub owner: Caller,
    pub operator: Caller,
    pub reviewer: Caller,
    pub store: Value,
    pub product: Value,
    pub listing: Value,
}

pub fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_in(App::start().await).await
    }

    pub async fn open_in(app: App) -> Self {
        let sandbox = Sandbox::start(None).await.unwrap();
        let owner = app.member("owner@shop.example", "shop", Role::Owner).await;
        let operator = app
            .member("operator@shop.example", "shop", Role::Operator)
            .await;
        let reviewer = app
            .member("reviewer@shop.example", "shop", Role::Reviewer)
            .await;
        let store = owner
            .post("/stores", &store_on(&sandbox, "Main shop"))
            .await
            .expect(201);
        // What the store registers by itself is not what these tests are about.
        app.admin()
            .await
            .execute(
                "delete from hub.jobs where type = 'subscribe_webhooks'",
                &[],
            )
            .await
            .unwrap();
        let product = json!({"sku": "MUG-1", "title": "A mug", "description": "<p>Holds tea.</p>", "tags": ["kitchen"]});
        let product = operator.post("/products", &product).await.expect(201);
        let listing = json!({"product_id": product["id"], "store_id": store["id"], "price": "12.50", "inventory": 7});
        let listing = operator.post("/listings", &listing).await.expect(201);
        Self {
            app,
            sandbox,
            owner,
            operator,
            reviewer,
            store,
            product,
            listing,
        }
    }

    /// Asks for `action` on the listing and has it approved; the approval as decided.
    pub async fn approved(&self, action: &str, payload: Value) -> Value {
        let asked = self.ask(action, payload).await;
        self.reviewer
            .patch(
                &format!("/approvals/{}", id(&asked)),
                &json!({"status": "approved"}),
            )
            .await
            .expect(200)
    }

    /// Asks for `action` on the listing.
    pub async fn ask(&self, action: &str, payload: Value) -> Value {
        let wanted = json!({"resource_type": "listing", "resource_id": self.listing["id"], "action": action, "payload": payload});
        self.operator.post("/approvals", &wanted).await.expect(201)
    }

    /// The listing as it is now.
    pub async fn listing_now(&self) -> Value {
        self.operator
            .get(&format!("/listings/{}", id(&self.listing)))
            .await
            .expect(200)
    }

    /// The only job of an approval, as it is now, with its log.
    pub async fn job_of(&self, approval: &Value) -> Value {
        let job = approval["job_ids"][0]
            .as_str()
            .expect("the approval made a job");
        self.operator.get(&format!("/jobs/{job}")).await.expect(200)
    }
}

/// The body that connects a store to the fake Shopify.
pub fn store_on(sandbox: &Sandbox, name: &str) -> Value {
    json!({
        "platform": "shopify",
        "name": name,
        "credentials": {"access_token": "shpat_sandbox"},
        "config": {"base_url": sandbox.shopify_url()},
    })
}
