//! A database with one workspace, and its members calling `/products`.

use crate::answer::Answer;
use crate::ports::{JWT_SECRET, TestHost};
use bytes::Bytes;
use cluster::TestDatabase;
use common::request::{Body, Request};
use common::serve::serve;
use common::token::{Claims, sign};
use http::{HeaderMap, HeaderName, Method};
use serde_json::Value;
use uuid::Uuid;

/// A database of one's own, and a workspace in it.
pub struct Shop {
    /// The superuser, past row level security.
    pub admin: tokio_postgres::Client,
    host: TestHost,
}

/// Somebody who may call, in one workspace.
pub struct Member {
    token: String,
}

impl Member {
    /// With `user` as its subject, in the workspace `slug`.
    pub fn new(user: &str, slug: &str) -> Self {
        let claims = Claims {
            sub: user.parse::<Uuid>().unwrap(),
            workspace: Some(slug.to_owned()),
            exp: 4_000_000_000,
            nbf: None,
            iat: None,
        };
        Self {
            token: sign(&claims, JWT_SECRET).unwrap(),
        }
    }
}

impl Shop {
    /// Makes one, with a workspace `main` whose prices are in euros.
    pub async fn open() -> Self {
        let database = TestDatabase::new().await.unwrap();
        let admin = database.admin().await.unwrap();
        let client = cluster::connect(&database.app_url).await.unwrap();
        let shop = Self {
            admin,
            host: TestHost::new(client),
        };
        shop.workspace("main", "EUR").await;
        shop
    }

    /// Makes a workspace.
    pub async fn workspace(&self, slug: &str, currency: &str) {
        let statement = "insert into hub.workspaces (slug, name, currency) values ($1, $1, $2)";
        self.admin
            .execute(statement, &[&slug, &currency])
            .await
            .unwrap();
    }

    /// A new member of the workspace `slug`.
    pub async fn member(&self, slug: &str, role: &str) -> Member {
        let statement = "with u as (insert into hub.users (email) values (gen_random_uuid() || '@example.org') returning id)
            insert into hub.members (user_id, workspace_id, role)
            select u.id, w.id, $2 from u, hub.workspaces w where w.slug = $1 returning user_id::text";
        let row = self.admin.query_one(statement, &[&slug, &role]).await;
        Member::new(row.unwrap().get(0), slug)
    }

    /// The one number that `statement` gives the superuser.
    pub async fn count(&self, statement: &str) -> i64 {
        self.admin.query_one(statement, &[]).await.unwrap().get(0)
    }

    /// What `request` is answered.
    pub async fn call(&self, request: Request) -> Answer {
        serve(request, &self.host, products::ROUTES, products::routes)
            .await
            .into()
    }

    /// `method path` with a JSON body; null sends none.
    pub async fn send(&self, member: &Member, method: Method, path: &str, body: &Value) -> Answer {
        let bytes = match body {
            Value::Null => Bytes::new(),
            body => Bytes::from(body.to_string()),
        };
        let headers = [("content-type", "application/json")];
        self.call(request(
            member,
            method,
            path,
            &headers,
            Box::new(Some(bytes)),
        ))
        .await
    }

    /// `GET path`.
    pub async fn get(&self, member: &Member, path: &str) -> Answer {
        self.send(member, Method::GET, path, &Value::Null).await
    }

    /// `POST /products/import` of `file`.
    pub async fn import(&self, member: &Member, file: impl Into<Bytes>) -> Answer {
        let headers = [("content-type", "text/csv")];
        let body = Box::new(Some(file.into()));
        let path = "/products/import";
        self.call(request(member, Method::POST, path, &headers, body))
            .await
    }
}

/// A request of `member`, as the runtime hands it to a component.
pub fn request(
    member: &Member,
    method: Method,
    path: &str,
    headers: &[(&'static str, &str)],
    body: Box<dyn Body>,
) -> Request {
    let mut map = HeaderMap::new();
    let bearer = format!("Bearer {}", member.token);
    map.insert(http::header::AUTHORIZATION, bearer.parse().unwrap());
    for (name, value) in headers {
        map.insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: map,
        body,
        request_id: "a-test".to_owned(),
        aside: Default::default(),
    }
}
