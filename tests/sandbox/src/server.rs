//! The HTTP side: connections, routes, tokens, and the faults that waylay a request.

use crate::control;
use crate::faults::{Fault, Faults};
use crate::graphql::{GraphqlError, Request as GraphqlRequest};
use crate::schema::AdminSchema;
use crate::shopify::{Bucket, Shop, Stamp, TOKEN, Tokens, execute};
use crate::waylay::waylaid;
use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// The version of the Admin API that is played.
const VERSION: &str = "2026-10";

/// A body that a fault may break.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The running fakes. Dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    world: Mutex<World>,
    schema: Option<Arc<AdminSchema>>,
    began: Instant,
}

/// Everything that requests change.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// By the token that opens them.
    pub shops: BTreeMap<String, Shop>,
    pub tokens: Tokens,
    pub faults: Faults,
    /// How far tests moved the clock.
    pub ahead: Duration,
}

impl World {
    pub fn shop(&mut self, token: &str) -> &mut Shop {
        let new = || Shop::new(token.trim_start_matches("shpat_"));
        self.shops.entry(token.to_owned()).or_insert_with(new)
    }
}

impl Inner {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox {
    /// Serves on `address`, or on any free port of 127.0.0.1.
    ///
    /// # Errors
    /// When the address is taken, or the vendor's schema is there but unreadable.
    pub async fn start(address: Option<SocketAddr>) -> Result<Self> {
        let address = address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let schema = tokio::task::spawn_blocking(|| AdminSchema::published(VERSION)).await??;
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("listening on {address}: give another address or stop what uses it")
        })?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            world: Mutex::default(),
            schema,
            began: Instant::now(),
        });
        inner.world().shop(TOKEN);
        let task = tokio::spawn(serve(listener, inner.clone()));
        Ok(Self {
            address,
            inner,
            task,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The `base_url` of a store that uses the fake Shopify.
    pub fn shopify_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether requests are checked against the vendor's schema.
    pub fn checks_schema(&self) -> bool {
        self.inner.schema.is_some()
    }

    /// Lets a later request fail.
    pub fn inject(&self, fault: Fault) {
        self.inner.world().faults.add(fault);
    }

    /// Faults that have met no request yet.
    pub fn waiting_faults(&self) -> usize {
        self.inner.world().faults.waiting().len()
    }

    /// What the shop of `token` has: products, orders, stock, requests by operation.
    pub fn dump(&self, token: &str) -> Value {
        json!(self.inner.world().shop(token))
    }

    /// Adds an open order to the shop of `token`; gives its id.
    pub fn add_order(&self, token: &str, lines: &[(&str, i64)]) -> String {
        self.inner.world().shop(token).add_order(lines)
    }

    /// Replaces the cost bucket of the shop of `token` by a full one.
    pub fn set_bucket(&self, token: &str, maximum: f64, restore_rate: f64) {
        let now = self.inner.now().seconds;
        let mut world = self.inner.world();
        world.shop(token).bucket = Bucket {
            seconds: now,
            ..Bucket::new(maximum, restore_rate)
        };
    }

    /// Empties the cost bucket of the shop of `token`.
    pub fn drain_bucket(&self, token: &str) {
        let now = self.inner.now();
        let mut world = self.inner.world();
        let bucket = &mut world.shop(token).bucket;
        bucket.refill(now);
        bucket.available = 0.0;
    }

    /// Moves the sandbox's clock forward.
    pub fn advance(&self, by: Duration) {
        self.inner.world().ahead += by;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    // Dropped with this task: open connections end with the sandbox.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        // Latency only: an answer goes out all the same when it can't be set.
        let _ = stream.set_nodelay(true);
        let inner = inner.clone();
        connections.spawn(async move {
            let service = hyper::service::service_fn(|request| answer(inner.clone(), request));
            // An error here is a connection that the client or a fault broke.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let request = Request::from_parts(parts, body);
    if request.uri().path().starts_with("/_sandbox/") {
        return Ok(control::answer(&inner, &request));
    }
    let graphql = GraphqlRequest::parse(request.body());
    let path = request.uri().path().to_owned();
    let name = match &graphql {
        Ok(graphql) => format!("{path} {}", graphql.name()),
        Err(_) => path,
    };
    let fault = inner.world().faults.meet(&name);
    match &fault {
        Some(fault) => waylaid(&inner, &request, graphql, fault).await,
        None => Ok(inner.respond(&request, graphql)),
    }
}

impl Inner {
    fn now(&self) -> Stamp {
        let ahead = self.world().ahead;
        let epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default() + ahead;
        Stamp {
            seconds: (self.began.elapsed() + ahead).as_secs_f64(),
            epoch_ms: i64::try_from(epoch.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// The shop that the request's token opens.
    pub fn token(&self, request: &Request<Bytes>) -> Option<String> {
        let token = request.headers().get("x-shopify-access-token")?;
        self.world().tokens.shop(token.to_str().ok()?)
    }

    /// Does what the request asks for.
    pub fn respond(
        &self,
        request: &Request<Bytes>,
        graphql: Result<GraphqlRequest, GraphqlError>,
    ) -> Response<Body> {
        let path = request.uri().path();
        if request.method() != Method::POST {
            return control::json(StatusCode::NOT_FOUND, &json!({"errors": "Not Found"}));
        }
        if path == "/admin/oauth/access_token" {
            return match self.world().tokens.grant(request.body()) {
                Ok(grant) => control::json(StatusCode::OK, &grant),
                Err(error) => control::json(StatusCode::BAD_REQUEST, &error),
            };
        }
        if path != format!("/admin/api/{VERSION}/graphql.json") {
            return control::json(StatusCode::NOT_FOUND, &json!({"errors": "Not Found"}));
        }
        let Some(token) = self.token(request) else {
            let reason =
                "[API] Invalid API key or access token (unrecognized login or wrong password)";
            return control::json(StatusCode::UNAUTHORIZED, &json!({ "errors": reason }));
        };
        let now = self.now();
        let body = match graphql {
            Ok(graphql) => {
                let mut world = self.world();
                execute(world.shop(&token), &graphql, self.schema.as_deref(), now)
            }
            Err(error) => json!({"errors": [error.body()]}),
        };
        control::json(StatusCode::OK, &body)
    }
}

/// A complete body.
pub(crate) fn whole(text: String) -> Body {
    Full::from(text)
        .map_err(|never| match never {})
        .boxed_unsync()
}
