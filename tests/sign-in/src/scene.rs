//! A database, the sign-in on it, and people who call.

use crate::host::SignInHost;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use catalogue::Answer;
use cluster::TestDatabase;
use common::identity::jwk::SigningKey;
use common::request::Request;
use common::router::Routes;
use common::serve::serve;
use common::settings::Settings;
use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};

/// Where the app says that it is.
pub const PUBLIC_URL: &str = "https://hub.example";

/// A database of one's own, and the components on it.
pub struct Scene {
    /// The superuser, past row level security.
    pub admin: tokio_postgres::Client,
    /// The database.
    pub database: TestDatabase,
    /// What `auth` runs on: the sign-in's role.
    pub auth: SignInHost,
    /// What a component runs on that the tokens are for.
    pub api: SignInHost,
    settings: Vec<(&'static str, String)>,
}

/// A request in the making.
pub struct Asked {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

impl Asked {
    /// `method path`.
    pub fn new(method: Method, path: &str) -> Self {
        let address = "203.0.113.7:4711".to_owned();
        Self {
            method,
            path: path.to_owned(),
            headers: vec![
                ("spin-client-addr", address),
                ("user-agent", "a test".to_owned()),
            ],
            body: Value::Null,
        }
    }

    /// `POST path` with a body.
    pub fn post(path: &str, body: Value) -> Self {
        Self {
            body,
            ..Self::new(Method::POST, path)
        }
    }

    /// `GET path`.
    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// With `value` in a header, instead of what it had.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    /// With another method.
    pub fn set_method(&mut self, method: Method) {
        self.method = method;
    }

    /// From another address.
    #[must_use]
    pub fn from(self, address: &str) -> Self {
        self.with("spin-client-addr", &format!("{address}:4711"))
    }

    /// With an access token.
    #[must_use]
    pub fn bearer(self, session: &Value) -> Self {
        let token = session["access_token"].as_str().unwrap();
        self.with("authorization", &format!("Bearer {token}"))
    }

    fn request(self) -> Request {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        let bytes = match &self.body {
            Value::Null => Bytes::new(),
            Value::String(text) => Bytes::from(text.clone()),
            body => Bytes::from(body.to_string()),
        };
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        Request {
            method: self.method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Box::new(Some(bytes)),
            request_id: "a-test".to_owned(),
            aside: Default::default(),
        }
    }
}

impl Scene {
    /// Makes one, with the workspace `main`.
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// The same with other settings.
    pub async fn with(others: &[(&'static str, &str)]) -> Self {
        let database = TestDatabase::new().await.unwrap();
        let admin = database.admin().await.unwrap();
        let statement = "insert into hub.workspaces (slug, name) values ('main', 'Main')";
        admin.batch_execute(statement).await.unwrap();
        let mut settings = settings();
        for (name, value) in others {
            settings.retain(|(known, _)| known != name);
            settings.push((name, (*value).to_owned()));
        }
        let auth = cluster::connect(&database.auth_url).await.unwrap();
        let api = cluster::connect(&database.app_url).await.unwrap();
        Self {
            admin,
            auth: SignInHost::new(auth, Settings::new(settings.clone())),
            api: SignInHost::new(api, Settings::new(settings.clone())),
            database,
            settings,
        }
    }

    /// Another instance of the sign-in: a connection of its own.
    pub async fn another(&self) -> SignInHost {
        let client = cluster::connect(&self.database.auth_url).await.unwrap();
        SignInHost::new(client, Settings::new(self.settings.clone()))
    }

    /// What the sign-in answers.
    pub async fn ask(&self, asked: Asked) -> Answer {
        ask_at(&self.auth, asked).await
    }

    /// What the sign-in answers at another instance.
    pub async fn ask_at(&self, host: &SignInHost, asked: Asked) -> Answer {
        ask_at(host, asked).await
    }

    /// What the component `stores` answers.
    pub async fn ask_stores(&self, asked: Asked) -> Answer {
        let known: Routes = stores::ROUTES;
        serve(asked.request(), &self.api, known, stores::routes)
            .await
            .into()
    }

    /// A session of a new account.
    pub async fn sign_up(&self, email: &str, password: &str) -> Value {
        let body = json!({"email": email, "password": password});
        self.ask(Asked::post("/auth/v1/signup", body))
            .await
            .expect(200)
    }

    /// What signing in with a password is answered.
    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.ask(Asked::post("/auth/v1/token?grant_type=password", body))
            .await
    }

    /// What exchanging a session's refresh token is answered.
    pub async fn refresh(&self, session: &Value) -> Answer {
        self.ask(refresh(session)).await
    }

    /// Makes the person of `session` a member of `main`.
    pub async fn join(&self, session: &Value, role: &str) {
        let user = session["user"]["id"].as_str().unwrap();
        let statement = "insert into hub.members (user_id, workspace_id, role)
            select $1::text::uuid, id, $2 from hub.workspaces where slug = 'main'";
        self.admin
            .execute(statement, &[&user, &role])
            .await
            .unwrap();
    }

    /// Runs a statement as the superuser: time passes, data changes.
    pub async fn meanwhile(&self, statement: &str) {
        self.admin.batch_execute(statement).await.unwrap();
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

/// The exchange of a session's refresh token.
fn refresh(session: &Value) -> Asked {
    let body = json!({"refresh_token": session["refresh_token"]});
    Asked::post("/auth/v1/token?grant_type=refresh_token", body)
}

async fn ask_at(host: &SignInHost, asked: Asked) -> Answer {
    serve(asked.request(), host, auth::ROUTES, auth::routes)
        .await
        .into()
}

fn settings() -> Vec<(&'static str, String)> {
    let jwt_secret = catalogue::settings().text("jwt_secret").unwrap().to_owned();
    let key = SigningKey::generate(&Chance);
    let private = format!(r#"{{"keys":[{}]}}"#, key.private_jwk().expose());
    let public = json!({"keys": [key.public_jwk()]}).to_string();
    vec![
        ("jwt_secret", jwt_secret),
        ("auth_signing_keys", private),
        ("jwt_keys", public),
        ("public_url", PUBLIC_URL.to_owned()),
        ("app_origins", "https://app.example".to_owned()),
    ]
}

struct Chance;

impl common::ports::Random for Chance {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&cluster::random_bytes(buffer.len()).unwrap());
    }
}

/// The cookies that an answer sets: name and value, and whether they have all attributes that protect them.
pub fn cookies(answer: &Answer) -> Vec<(String, String)> {
    let mut cookies = Vec::new();
    for text in answer.headers("set-cookie") {
        let (pair, attributes) = text.split_once("; ").unwrap();
        for wanted in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(attributes.split("; ").any(|it| it == wanted), "{text}");
        }
        assert!(!attributes.contains("Domain"), "{text}");
        let (name, value) = pair.split_once('=').unwrap();
        assert!(name.starts_with("__Host-"), "{text}");
        cookies.push((name.to_owned(), value.to_owned()));
    }
    cookies
}

/// Header and claims of a session's access token, unverified.
pub fn claims(session: &Value) -> (Value, Value) {
    let token = session["access_token"].as_str().unwrap();
    let part = |index: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap());
        serde_json::from_slice(&bytes.unwrap()).unwrap()
    };
    (part(0), part(1))
}
