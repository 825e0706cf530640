//! What fills the holes of the book: fresh rows of a workspace, the victim's with the canary in their texts.

use super::entry::Rows;
use super::world::{CANARY, Tenant, World};
use crate::connect::{agree, ways_in};
use crate::scenario::store_on;
use hub::token::Role;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every name of a hole. A new kind of row is one more, and a way to make it in [`World::fill`].
pub const HOLES: [&str; 17] = [
    "store",
    "product",
    "listing",
    "approval",
    "job",
    "order",
    "request",
    "webhook_event",
    "webhook_key",
    "audit_log",
    "oauth_store",
    "oauth_secret",
    "workspace",
    "member",
    "invitation",
    "api_key",
    "session",
];

static MADE: AtomicUsize = AtomicUsize::new(0);

impl World {
    /// Fresh rows of `tenant` for `holes`.
    pub async fn rows(&self, tenant: &Tenant, holes: &[String]) -> Rows {
        let mut rows = Rows::new();
        for hole in holes {
            self.fill(tenant, hole, &mut rows).await;
        }
        rows
    }

    /// Makes the row that `hole` stands for, and those it needs, unless they are there.
    pub async fn fill(&self, tenant: &Tenant, hole: &str, rows: &mut Rows) {
        match hole {
            "new" => drop(rows.insert("new", unique(tenant))),
            "store" => self.store(tenant, rows).await,
            "product" => self.product(tenant, rows).await,
            "listing" => self.listing(tenant, rows).await,
            "approval" => self.approval(tenant, rows).await,
            "job" => self.job(tenant, rows).await,
            "order" => self.order(tenant, rows).await,
            "request" => self.request(tenant, rows).await,
            "webhook_event" => self.webhook_event(tenant, rows).await,
            "webhook_key" => self.webhook_key(tenant, rows).await,
            "audit_log" => self.audit_log(tenant, rows).await,
            "oauth_store" => self.oauth_store(tenant, rows).await,
            "oauth_secret" => self.oauth(tenant, rows).await,
            "workspace" => drop(rows.insert("workspace", tenant.id.clone())),
            "member" => self.newcomer(tenant, rows).await,
            "invitation" | "invitation_secret" => self.invitation(tenant, rows).await,
            "api_key" | "api_key_secret" => self.api_key(tenant, rows).await,
            "account_email" | "account_secret" | "session" | "password_secret"
            | "refresh_secret" => {
                self.open_account(tenant, rows).await;
            }
            other => panic!("the hole {{{other}}} is filled by nothing: add it to attack/rows.rs"),
        }
    }

    /// A row that the API makes; answers it.
    async fn made(&self, tenant: &Tenant, role: Role, path: &str, body: &Value) -> Value {
        let member = self.member(tenant, role).await;
        member.post(path, body).await.expect(201)
    }

    async fn store(&self, tenant: &Tenant, rows: &mut Rows) {
        if rows.contains_key("store") {
            return;
        }
        let secret = unique(tenant);
        let mut body = store_on(&self.sandbox, &unique(tenant));
        body["credentials"]["client_secret"] = json!(secret);
        let store = self.made(tenant, Role::Owner, "/stores", &body).await;
        rows.insert("store", id(&store));
        rows.insert("store_secret", secret);
    }

    async fn product(&self, tenant: &Tenant, rows: &mut Rows) {
        if rows.contains_key("product") {
            return;
        }
        let text = unique(tenant);
        let body = json!({"sku": text, "title": text, "description": text, "handle": text, "vendor": text, "product_type": text,
            "tags": [text], "images": [{"src": format!("https://example.com/{text}.png"), "alt": text}],
            "seo": {"title": text, "description": text}});
        let product = self.made(tenant, Role::Owner, "/products", &body).await;
        rows.insert("product", id(&product));
    }

    async fn listing(&self, tenant: &Tenant, rows: &mut Rows) {
        if rows.contains_key("listing") {
            return;
        }
        // Of its own: a product or store with a listing can't be deleted.
        let mut own = Rows::new();
        self.store(tenant, &mut own).await;
        self.product(tenant, &mut own).await;
        let body = json!({"product_id": own["product"], "store_id": own["store"], "price": "12.50", "inventory": 7});
        let listing = self.made(tenant, Role::Owner, "/listings", &body).await;
        rows.insert("listing", id(&listing));
    }

    async fn approval(&self, tenant: &Tenant, rows: &mut Rows) {
        let mut own = Rows::new();
        self.listing(tenant, &mut own).await;
        let body = json!({"resource_type": "listing", "resource_id": own["listing"], "action": "publish", "comments": unique(tenant)});
        let approval = self.made(tenant, Role::Owner, "/approvals", &body).await;
        rows.insert("approval", id(&approval));
    }

    async fn job(&self, tenant: &Tenant, rows: &mut Rows) {
        let text = unique(tenant);
        let body = json!({"type": "noop", "payload": {"note": text}, "unique_key": text});
        let job = self.made(tenant, Role::Owner, "/jobs", &body).await;
        rows.insert("job", id(&job));
    }

    async fn webhook_key(&self, tenant: &Tenant, rows: &mut Rows) {
        let body = json!({"name": unique(tenant)});
        let key = self.made(tenant, Role::Owner, "/webhook-keys", &body).await;
        rows.insert("webhook_key", id(&key));
        rows.insert(
            "webhook_key_secret",
            key["secret"].as_str().unwrap().to_owned(),
        );
    }

    async fn api_key(&self, tenant: &Tenant, rows: &mut Rows) {
        let scopes = [
            "read",
            "audit",
            "catalogue",
            "stores",
            "request",
            "decide",
            "jobs",
        ];
        let body = json!({"name": unique(tenant), "kind": "bearer", "scopes": scopes});
        let key = self.made(tenant, Role::Owner, "/api-keys", &body).await;
        rows.insert("api_key", id(&key));
        rows.insert("api_key_secret", key["secret"].as_str().unwrap().to_owned());
    }

    /// An account of our own sign-in, signed in.
    async fn open_account(&self, tenant: &Tenant, rows: &mut Rows) {
        if rows.contains_key("account_email") {
            return;
        }
        let name = unique(tenant);
        let (email, password) = (format!("{name}@example.com"), format!("a horse and {name}"));
        let nobody = self.app.bearer("none").without("authorization");
        let body = json!({"email": email, "password": password});
        let made = nobody.post("/auth/v1/signup", &body).await.expect(200);
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let session = "select id::text from hub.sessions where user_id = $1::text::uuid";
        let user = made["user"]["id"].as_str().unwrap();
        tenant.knows(user);
        let session = self.admin.query_one(session, &[&user]).await.unwrap();
        rows.insert("account_email", email);
        rows.insert("password_secret", password);
        rows.insert("account_secret", text("access_token"));
        rows.insert("refresh_secret", text("refresh_token"));
        rows.insert("session", session.get(0));
    }

    async fn invitation(&self, tenant: &Tenant, rows: &mut Rows) {
        let body = json!({"role": "viewer", "email": format!("{}@example.com", unique(tenant))});
        let made = self.made(tenant, Role::Owner, "/invitations", &body).await;
        rows.insert("invitation", id(&made));
        rows.insert(
            "invitation_secret",
            made["token"].as_str().unwrap().to_owned(),
        );
    }

    /// A member who may only read.
    async fn newcomer(&self, tenant: &Tenant, rows: &mut Rows) {
        let statement = "insert into hub.members (user_id, workspace_id, role)
            values ($1::text::uuid, $2::text::uuid, 'viewer') returning user_id::text";
        let user = self.person(tenant).await;
        let row = self
            .admin
            .query_one(statement, &[&user, &tenant.id])
            .await
            .unwrap();
        rows.insert("member", row.get(0));
    }

    /// Somebody who belongs to no workspace; answers their id.
    pub async fn person(&self, tenant: &Tenant) -> String {
        let statement =
            "insert into hub.users (email) values ($1 || '@example.com') returning id::text";
        let row = self.admin.query_one(statement, &[&unique(tenant)]).await;
        row.unwrap().get(0)
    }

    async fn order(&self, tenant: &Tenant, rows: &mut Rows) {
        self.store(tenant, rows).await;
        let statement = "insert into hub.orders (workspace_id, store_id, external_id, number, status, channel_status, currency,
                total_minor, lines, placed_at, channel_updated_at)
            values ($1::text::uuid, $2::text::uuid, $3, $3, 'open', $3, 'USD', 1250, jsonb_build_array(jsonb_build_object(
                'external_id', $3::text, 'sku', $3::text, 'external_product_id', $3::text, 'title', $3::text, 'quantity', 2,
                'fulfilled_quantity', 0, 'price', '6.25')), now(), now())
            returning id::text";
        rows.insert("order", self.inserted(tenant, rows, statement).await);
    }

    async fn request(&self, tenant: &Tenant, rows: &mut Rows) {
        self.store(tenant, rows).await;
        let statement = "insert into hub.channel_requests (workspace_id, store_id, operation, method, host, path, error)
            values ($1::text::uuid, $2::text::uuid, $3, 'GET', $3, $3, $3) returning id::text";
        rows.insert("request", self.inserted(tenant, rows, statement).await);
        let statement = "insert into hub.store_limits (workspace_id, store_id, name)
            values ($1::text::uuid, $2::text::uuid, $3) returning name";
        self.inserted(tenant, rows, statement).await;
    }

    async fn webhook_event(&self, tenant: &Tenant, rows: &mut Rows) {
        self.store(tenant, rows).await;
        let statement = "insert into hub.webhook_events (workspace_id, store_id, platform, event_id, topic, headers, body,
                body_sha256, status, error, detail, processed_at)
            values ($1::text::uuid, $2::text::uuid, 'shopify', $3, $3, jsonb_build_object('x-note', $3::text), convert_to($3, 'UTF8'),
                sha256(convert_to($3, 'UTF8')), 'processed', $3, $3, now())
            returning id::text";
        rows.insert(
            "webhook_event",
            self.inserted(tenant, rows, statement).await,
        );
    }

    /// What no request makes: the statement gets the workspace, its store and a text.
    async fn inserted(&self, tenant: &Tenant, rows: &Rows, statement: &str) -> String {
        let text = unique(tenant);
        let row = self
            .admin
            .query_one(statement, &[&tenant.id, &rows["store"], &text])
            .await;
        row.unwrap_or_else(|error| panic!("{error:?}\n{statement}"))
            .get(0)
    }

    async fn audit_log(&self, tenant: &Tenant, rows: &mut Rows) {
        let owner = self.member(tenant, Role::Owner).await;
        let newest = owner.get("/audit-logs?limit=1&select=id").await.expect(200);
        rows.insert("audit_log", id(&newest["data"][0]));
    }

    /// A store that its owner can let us into.
    async fn oauth_store(&self, tenant: &Tenant, rows: &mut Rows) {
        let (_, mut body) = ways_in(&self.sandbox).remove(0);
        body["name"] = json!(unique(tenant));
        let store = self.made(tenant, Role::Owner, "/stores", &body).await;
        rows.insert("oauth_store", id(&store));
    }

    /// What a channel sends a shop's owner back with: state and code.
    async fn oauth(&self, tenant: &Tenant, rows: &mut Rows) {
        self.oauth_store(tenant, rows).await;
        let owner = self.member(tenant, Role::Owner).await;
        let path = format!("/stores/{}/connect", rows["oauth_store"]);
        let asked = owner.post(&path, &json!({})).await.expect(200);
        let query = agree(asked["authorisation_url"].as_str().unwrap()).await;
        rows.insert("oauth_secret", query);
    }
}

/// A text that was not there before; the victim's has the canary.
pub fn unique(tenant: &Tenant) -> String {
    let n = MADE.fetch_add(1, Ordering::Relaxed);
    match tenant.slug {
        "victim" => format!("{CANARY}-{n}"),
        slug => format!("{slug}-{n}"),
    }
}

fn id(row: &Value) -> String {
    crate::scenario::id(row).to_owned()
}
