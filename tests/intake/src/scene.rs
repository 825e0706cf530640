//! A workspace with an owner, and senders who post to it.

use crate::host::SceneHost;
use crate::sign::Signed;
use bytes::Bytes;
use catalogue::{Answer, Member};
use cluster::TestDatabase;
use common::request::Request;
use common::serve::serve;
use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};

/// A database of one's own, and the components on it.
pub struct Scene {
    /// The superuser, past row level security.
    pub admin: tokio_postgres::Client,
    /// What `webhooks` and `api-webhook` run on: the worker's role.
    pub intake: SceneHost,
    /// What the members' components run on.
    pub api: SceneHost,
    /// May everything.
    pub owner: Member,
}

impl Scene {
    /// Makes one, with the workspace `main`.
    pub async fn open() -> Self {
        let database = TestDatabase::new().await.unwrap();
        let admin = database.admin().await.unwrap();
        admin
            .batch_execute("insert into hub.workspaces (slug, name) values ('main', 'Main')")
            .await
            .unwrap();
        let owner = member(&admin, "owner").await;
        Self {
            intake: SceneHost::new(cluster::connect(&database.worker_url).await.unwrap()),
            api: SceneHost::new(cluster::connect(&database.app_url).await.unwrap()),
            admin,
            owner,
        }
    }

    /// Another member with `role`.
    pub async fn member(&self, role: &str) -> Member {
        member(&self.admin, role).await
    }

    /// A Shopify store whose notifications are signed with `secret`; answers its id.
    pub async fn store(&self, name: &str, secret: &str) -> String {
        let body = json!({"platform": "shopify", "name": name,
            "credentials": {"access_token": "shpat_x", "client_secret": secret}});
        let made = self.send(&self.owner, Method::POST, "/stores", &body).await;
        made.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// Gives the store another secret.
    pub async fn rotate(&self, store: &str, secret: &str) {
        let body = json!({"credentials": {"access_token": "shpat_x", "client_secret": secret}});
        let path = format!("/stores/{store}");
        let changed = self.send(&self.owner, Method::PATCH, &path, &body).await;
        changed.expect(200);
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
        let bytes = match body {
            Value::Null => Bytes::new(),
            body => Bytes::from(body.to_string()),
        };
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(more);
        let request = catalogue::request(member, method, path, &headers, Box::new(Some(bytes)));
        let host = &self.api;
        match path.split(['/', '?']).nth(1) {
            Some("stores") => serve(request, host, stores::ROUTES, stores::routes).await,
            Some("webhook-keys") => {
                serve(request, host, webhook_keys::ROUTES, webhook_keys::routes).await
            }
            Some("webhook-events") => {
                serve(
                    request,
                    host,
                    webhook_events::ROUTES,
                    webhook_events::routes,
                )
                .await
            }
            other => panic!("no component for {other:?}"),
        }
        .into()
    }

    /// What the sender of `signed` is answered at `path`.
    pub async fn post(&self, path: &str, signed: &Signed) -> Answer {
        let request = bare(Method::POST, path, &signed.headers, signed.body.clone());
        self.call(request).await
    }

    /// What `request` is answered by the component of its path.
    pub async fn call(&self, request: Request) -> Answer {
        let host = &self.intake;
        match request.path.starts_with("/api/") {
            true => serve(request, host, api_webhook::ROUTES, api_webhook::routes).await,
            false => serve(request, host, webhooks::ROUTES, webhooks::routes).await,
        }
        .into()
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

async fn member(admin: &tokio_postgres::Client, role: &str) -> Member {
    let statement = "with u as (insert into hub.users (email) values (gen_random_uuid() || '@example.org') returning id)
        insert into hub.members (user_id, workspace_id, role)
        select u.id, w.id, $1 from u, hub.workspaces w where w.slug = 'main' returning user_id::text";
    let row = admin.query_one(statement, &[&role]).await.unwrap();
    Member::new(row.get(0), "main")
}

/// A request without a token, as the runtime hands it to a component.
pub fn bare(method: Method, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Request {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, value.parse().unwrap());
    }
    Request {
        method,
        path: path.to_owned(),
        query: String::new(),
        headers: map,
        body: Box::new(Some(Bytes::from(body))),
        request_id: "a-test".to_owned(),
        aside: Default::default(),
    }
}
