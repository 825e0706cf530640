//! A database, and the components that people found, join and leave workspaces with.

use crate::person::Person;
use bytes::Bytes;
use catalogue::{Answer, TestHost};
use cluster::TestDatabase;
use common::identity::jwk::SigningKey;
use common::identity::jwt::user_of;
use common::request::Request;
use common::serve::serve;
use common::settings::Settings;
use http::{HeaderMap, HeaderName, Method, header};
use serde_json::{Value, json};

/// A database of one's own, and the components on it.
pub struct Team {
    /// The superuser, past row level security.
    pub admin: tokio_postgres::Client,
    host: TestHost,
    provider: SigningKey,
}

/// Another identity provider, whose tokens are taken.
const PROVIDER: &str = "https://id.example";

/// What the components are told when `provider` signs for [`PROVIDER`].
fn settings(provider: &SigningKey) -> Settings {
    let mut key = provider.public_jwk();
    if let Some(fields) = key.as_object_mut() {
        fields.insert("iss".to_owned(), PROVIDER.into());
        fields.insert("aud".to_owned(), "hub".into());
    }
    Settings::new([
        (
            "jwt_secret",
            catalogue::settings().text("jwt_secret").unwrap().to_owned(),
        ),
        ("jwt_keys", json!({"keys": [key]}).to_string()),
        ("public_url", "https://hub.example".to_owned()),
    ])
}

impl Team {
    /// Makes one; nobody is there yet.
    pub async fn open() -> Self {
        let database = TestDatabase::new().await.unwrap();
        let random = TestHost::new(database.admin().await.unwrap());
        let provider = SigningKey::generate(&random);
        let client = cluster::connect(&database.app_url).await.unwrap();
        Self {
            admin: database.admin().await.unwrap(),
            host: TestHost::with(client, settings(&provider)),
            provider,
        }
    }

    /// Somebody whom the other identity provider calls `subject`; unknown here until they need to be known.
    pub fn guest(&self, subject: &str) -> Person {
        let claims = json!({"iss": PROVIDER, "aud": "hub", "sub": subject, "exp": 4_000_000_000_u32,
            "email": format!("{subject}@Else.test")});
        Person {
            id: user_of(PROVIDER, subject).to_string(),
            token: self.provider.sign(&claims).unwrap(),
            workspace: None,
        }
    }

    /// A new account, member of nothing.
    pub async fn person(&self, name: &str) -> Person {
        let statement = "insert into hub.users (email) values ($1) returning id::text";
        let email = format!("{name}@team.test");
        let row = self.admin.query_one(statement, &[&email]).await.unwrap();
        Person::new(row.get(0))
    }

    /// The owner of a new workspace, working there, and the workspace.
    pub async fn founder(&self, name: &str, slug: &str) -> (Person, Value) {
        let person = self.person(name).await;
        let body = json!({"slug": slug, "name": slug});
        let made = self.send(&person, Method::POST, "/workspaces", &body).await;
        (person.at(slug), made.expect(201))
    }

    /// Somebody new in the workspace of `owner`, working there, invited as `role`.
    pub async fn member(&self, owner: &Person, name: &str, role: &str) -> Person {
        let invited = self.invite(owner, &json!({"role": role})).await;
        let person = self.person(name).await;
        self.accept(&person, &invited).await.expect(200);
        Person {
            workspace: owner.workspace.clone(),
            ..person
        }
    }

    /// A new invitation as it is shown once.
    pub async fn invite(&self, by: &Person, body: &Value) -> Value {
        let made = self.send(by, Method::POST, "/invitations", body).await;
        made.expect(201)
    }

    /// What `person` is answered who accepts `invited`.
    pub async fn accept(&self, person: &Person, invited: &Value) -> Answer {
        let body = json!({"token": invited.get("token").unwrap()});
        let path = "/invitations/accept";
        self.send(person, Method::POST, path, &body).await
    }

    /// `GET path`.
    pub async fn get(&self, person: &Person, path: &str) -> Answer {
        self.send(person, Method::GET, path, &Value::Null).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, person: &Person, path: &str) -> Answer {
        self.send(person, Method::DELETE, path, &Value::Null).await
    }

    /// `PATCH path`.
    pub async fn patch(&self, person: &Person, path: &str, body: &Value) -> Answer {
        self.send(person, Method::PATCH, path, body).await
    }

    /// What `person` is answered.
    pub async fn send(&self, person: &Person, method: Method, path: &str, body: &Value) -> Answer {
        self.send_with(person, method, path, body, &[]).await
    }

    /// The same with more headers.
    pub async fn send_with(
        &self,
        person: &Person,
        method: Method,
        path: &str,
        body: &Value,
        more: &[(&'static str, &str)],
    ) -> Answer {
        let bytes = match body {
            Value::Null => Bytes::new(),
            body => Bytes::from(body.to_string()),
        };
        let mut headers = HeaderMap::new();
        let bearer = format!("Bearer {}", person.token);
        headers.insert(header::AUTHORIZATION, bearer.parse().unwrap());
        let json = ("content-type", "application/json");
        let workspace = person.workspace.iter();
        let workspace = workspace.map(|named| ("x-workspace", named.as_str()));
        for (name, value) in more.iter().copied().chain([json]).chain(workspace) {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        self.call(method, path, headers, bytes).await
    }

    /// What anybody is answered who sends `headers` and `body`.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Box::new(Some(body)),
            request_id: "a-test".to_owned(),
            aside: Default::default(),
        };
        let host = &self.host;
        match path.split('/').nth(1) {
            Some("workspaces") => {
                serve(request, host, workspaces::ROUTES, workspaces::routes).await
            }
            Some("members") => serve(request, host, members::ROUTES, members::routes).await,
            Some("invitations") => {
                serve(request, host, invitations::ROUTES, invitations::routes).await
            }
            Some("api-keys") => serve(request, host, api_keys::ROUTES, api_keys::routes).await,
            Some("products") => serve(request, host, products::ROUTES, products::routes).await,
            other => panic!("no component for {other:?}"),
        }
        .into()
    }

    /// The one text that `statement` gives the superuser; empty for null.
    pub async fn one(&self, statement: &str) -> String {
        let row = self.admin.query_one(statement, &[]).await.unwrap();
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }
}
