//! A workspace with an owner, its keys, and what is answered to whom.

use crate::sign::Signing;
use bytes::Bytes;
use catalogue::{Answer, Member};
use cluster::TestDatabase;
use common::request::Request;
use common::serve::serve;
use http::{HeaderMap, HeaderName, Method};
use intake::SceneHost;
use serde_json::{Value, json};
use std::time::SystemTime;

/// A database of one's own, and components on it.
pub struct Shop {
    database: TestDatabase,
    /// The superuser, past row level security.
    pub admin: tokio_postgres::Client,
    /// What the components run on.
    pub host: SceneHost,
    /// May everything in the workspace `main`.
    pub owner: Member,
}

/// A key as its owner has it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// What was shown once.
    pub secret: String,
    /// For signatures.
    pub keyid: String,
}

impl Shop {
    /// Makes one, with the workspaces `main` and `other`.
    pub async fn open() -> Self {
        let database = TestDatabase::new().await.unwrap();
        let admin = database.admin().await.unwrap();
        let workspaces =
            "insert into hub.workspaces (slug, name) values ('main', 'Main'), ('other', 'Other')";
        admin.batch_execute(workspaces).await.unwrap();
        let host = SceneHost::new(cluster::connect(&database.app_url).await.unwrap());
        let owner = member(&admin, "main", "owner").await;
        Self {
            database,
            admin,
            host,
            owner,
        }
    }

    /// The components once more, on a connection of their own: as after a restart, or on another machine.
    pub async fn another_host(&self) -> SceneHost {
        SceneHost::new(cluster::connect(&self.database.app_url).await.unwrap())
    }

    /// A connection as `hub_app`, without anything between.
    pub async fn app(&self) -> tokio_postgres::Client {
        cluster::connect(&self.database.app_url).await.unwrap()
    }

    /// A connection as `hub_worker`.
    pub async fn worker(&self) -> tokio_postgres::Client {
        cluster::connect(&self.database.worker_url).await.unwrap()
    }

    /// Another connection as the superuser.
    pub async fn second_admin(&self) -> tokio_postgres::Client {
        self.database.admin().await.unwrap()
    }

    /// Another member of the workspace `slug`.
    pub async fn member(&self, slug: &str, role: &str) -> Member {
        member(&self.admin, slug, role).await
    }

    /// A key of the owner's with `scopes`.
    pub async fn key(&self, kind: &str, scopes: &[&str]) -> Key {
        self.key_of(&self.owner, kind, scopes).await
    }

    /// A key of `maker`'s.
    pub async fn key_of(&self, maker: &Member, kind: &str, scopes: &[&str]) -> Key {
        let body = json!({"name": "A machine", "kind": kind, "scopes": scopes});
        let made = self.send(maker, Method::POST, "/api-keys", &body).await;
        Key::of(&made.expect(201))
    }

    /// What a member is answered.
    pub async fn send(&self, member: &Member, method: Method, path: &str, body: &Value) -> Answer {
        self.send_with(member, method, path, body, &[]).await
    }

    /// The same with more headers.
    pub async fn send_with(
        &self,
        member: &Member,
        method: Method,
        path: &str,
        body: &Value,
        more: &[(&'static str, &str)],
    ) -> Answer {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(more);
        let body = Box::new(Some(bytes_of(body)));
        self.call(catalogue::request(member, method, path, &headers, body))
            .await
    }

    /// What the holder of a bearer key is answered.
    pub async fn bearer(&self, secret: &str, method: Method, path: &str, body: &Value) -> Answer {
        let authorization = format!("Bearer {secret}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        self.call(request(method, path, &headers, bytes_of(body)))
            .await
    }

    /// What the signer of a request is answered.
    pub async fn signed(&self, key: &Key, method: Method, path: &str, body: &Value) -> Answer {
        let draft = Signing::new(key).draft(method, path, bytes_of(body));
        self.call(draft.signed()).await
    }

    /// What `request` is answered by the component of its path.
    pub async fn call(&self, request: Request) -> Answer {
        call(&self.host, request).await
    }

    /// What it is answered by a component that runs on `host`.
    pub async fn call_on(&self, host: &SceneHost, request: Request) -> Answer {
        call(host, request).await
    }

    /// The id of a listing in the workspace `main` that can be published.
    pub async fn listing(&self) -> String {
        let statement = "with w as (select id from hub.workspaces where slug = 'main'),
            s as (insert into hub.stores (workspace_id, platform, name, credentials)
                  select id, 'shopify', 'A store', 'sealed' from w returning id),
            p as (insert into hub.products (workspace_id, sku, title) select id, 'MUG', 'A mug' from w returning id),
            v as (insert into hub.product_variants (workspace_id, product_id, sku, price_minor, currency, inventory)
                  select w.id, p.id, 'MUG-1', 1200, 'USD', 5 from w, p)
            insert into hub.listings (workspace_id, product_id, store_id, price_minor, currency, inventory)
            select w.id, p.id, s.id, 1250, 'USD', 5 from w, p, s returning id::text";
        self.one(statement).await
    }

    /// The one text that `statement` gives the superuser; empty for null.
    pub async fn one(&self, statement: &str) -> String {
        let row = self.admin.query_one(statement, &[]).await.unwrap();
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    /// How many rows `from` has.
    pub async fn count(&self, from: &str) -> i64 {
        let statement = format!("select count(*) from {from}");
        self.admin.query_one(&statement, &[]).await.unwrap().get(0)
    }
}

impl Key {
    /// From the answer that shows it.
    pub fn of(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("id"),
            secret: text("secret"),
            keyid: text("keyid"),
        }
    }
}

/// Unix seconds now.
pub fn now_s() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// A request as the runtime hands it to a component.
pub(crate) fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Request {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, value.parse().unwrap());
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: map,
        body: Box::new(Some(body)),
        request_id: "a-test".to_owned(),
        aside: Default::default(),
    }
}

async fn call(host: &SceneHost, request: Request) -> Answer {
    match request.path.split('/').nth(1) {
        Some("api-keys") => serve(request, host, api_keys::ROUTES, api_keys::routes).await,
        Some("approvals") => serve(request, host, approvals::ROUTES, approvals::routes).await,
        Some("jobs") => serve(request, host, jobs::ROUTES, jobs::routes).await,
        Some("products") => serve(request, host, products::ROUTES, products::routes).await,
        other => panic!("no component for {other:?}"),
    }
    .into()
}

fn bytes_of(body: &Value) -> Bytes {
    match body {
        Value::Null => Bytes::new(),
        body => Bytes::from(body.to_string()),
    }
}

async fn member(admin: &tokio_postgres::Client, slug: &str, role: &str) -> Member {
    let statement = "with u as (insert into hub.users (email) values (gen_random_uuid() || '@example.org') returning id)
        insert into hub.members (user_id, workspace_id, role)
        select u.id, w.id, $2 from u, hub.workspaces w where w.slug = $1 returning user_id::text";
    let row = admin.query_one(statement, &[&slug, &role]).await.unwrap();
    Member::new(row.get(0), slug)
}
