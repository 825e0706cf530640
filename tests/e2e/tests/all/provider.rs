//! Tokens of an identity provider, whose keys are fetched from its address by the real components.

use cluster::{AppUrls, TestDatabase};
use common::identity::jwk::SigningKey;
use common::ports::Random;
use e2e::{App, Caller, Setup};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const ISSUER: &str = "https://id.example";

struct Always(u8);

impl Random for Always {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0);
    }
}

/// The provider's `n`th key.
fn key(n: u8) -> SigningKey {
    SigningKey::generate(&Always(n))
}

/// What the provider gives a person whom it calls `user_2abc`.
fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "authenticated", "sub": "user_2abc", "exp": 4_000_000_000_u32, "email": "ada@else.test"})
}

/// The provider's address.
#[derive(Clone)]
struct Provider {
    url: String,
    /// The set of keys; none: it answers 503.
    keys: Arc<Mutex<Option<String>>>,
    asked: Arc<AtomicUsize>,
}

impl Provider {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            keys: Arc::default(),
            asked: Arc::default(),
        };
        let answering = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answering.answer(stream).await;
            }
        });
        provider
    }

    async fn answer(&self, mut stream: TcpStream) {
        let mut request = vec![0; 8192];
        let read = stream.read(&mut request).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        assert!(request.starts_with(b"GET /.well-known/jwks.json "));
        self.asked.fetch_add(1, Ordering::Relaxed);
        let keys = self.keys.lock().unwrap().clone();
        let status = keys.as_ref().map_or("503 Away", |_| "200 OK");
        let body = keys.unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    }

    fn publishes(&self, keys: &[u8]) {
        let keys: Vec<Value> = keys.iter().map(|n| key(*n).public_jwk()).collect();
        *self.keys.lock().unwrap() = Some(json!({ "keys": keys }).to_string());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// A hub that believes it.
    async fn hub(&self, database: &TestDatabase) -> App {
        let urls = AppUrls {
            app: database.app_url.clone(),
            worker: database.worker_url.clone(),
            auth: database.auth_url.clone(),
        };
        let setup = Setup::default().database(&database.admin_url, urls);
        let address = format!("{}/.well-known/jwks.json", self.url);
        setup
            .variable("jwks_url", &address)
            .variable("jwks_host", &self.url)
            .variable("jwt_issuer", ISSUER)
            .variable("jwt_audience", "authenticated")
            .start()
            .await
    }
}

/// The person in their workspace, with a token of the `n`th key.
fn ada(app: &App, n: u8) -> Caller {
    let token = key(n).sign(&claims()).unwrap();
    app.bearer(&token).with("x-workspace", "north")
}

async fn reads_everything(caller: &Caller) {
    for path in ["/jobs", "/products", "/stores", "/members", "/audit-logs"] {
        caller.get(path).await.expect(200);
    }
}

/// Makes the last fetch as old as this.
async fn ago(app: &App, interval: &str) {
    let moved = format!(
        "update hub.jwks set fetched_at = clock_timestamp() - interval '{interval}', attempted_at = clock_timestamp() - interval '{interval}'"
    );
    app.admin().await.batch_execute(&moved).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_a_provider_are_fetched_once_for_all_and_kept_when_its_address_fails() {
    let database = TestDatabase::new().await.unwrap();
    let provider = Provider::start().await;
    provider.publishes(&[1]);
    let app = provider.hub(&database).await;
    let person = ada(&app, 1).without("x-workspace");
    let north = json!({"slug": "north", "name": "North"});
    person.post("/workspaces", &north).await.expect(201);
    reads_everything(&ada(&app, 1)).await;
    assert_eq!(provider.asked(), 1, "of six components one asked");

    for (name, value) in [
        ("aud", "another"),
        ("iss", "https://evil.example"),
        ("sub", ""),
    ] {
        let mut claims = claims();
        claims[name] = value.into();
        let odd = app.bearer(&key(1).sign(&claims).unwrap());
        odd.with("x-workspace", "north")
            .get("/jobs")
            .await
            .expect_error(401, "UNAUTHORIZED");
    }

    // A new key is asked for when the last fetch is half a minute old; what nobody knows is not good after it either. (An
    // instance that was told to wait so long does, so others ask here.)
    provider.publishes(&[1, 2]);
    ada(&app, 2).get("/jobs").await.expect(401);
    ago(&app, "31 s").await;
    ada(&app, 2).get("/listings").await.expect(200);
    ada(&app, 3).get("/orders").await.expect(401);
    assert_eq!(provider.asked(), 2);

    // The address fails, and the hub begins anew with an old set.
    *provider.keys.lock().unwrap() = None;
    ago(&app, "11 min").await;
    drop(app);
    let app = provider.hub(&database).await;
    reads_everything(&ada(&app, 1)).await;
    reads_everything(&ada(&app, 2)).await;
    assert_eq!(provider.asked(), 3, "once, in vain");
    let failed = |(_, line): &(String, String)| line.contains("jwks.fetch_failed");
    assert_eq!(app.logs().iter().filter(|line| failed(line)).count(), 1);
}
