//! The HTTP side: the running sandbox, its connections, and who answers a request.

use crate::asked::Asked;
use crate::control;
use crate::fake::Fake;
use crate::fakes;
use crate::faults::{Fault, Faults};
use crate::inner::{Inner, World};
use crate::outbox::{self, Attempt, Outbox};
use crate::schema::AdminSchema;
use crate::shopify::{Shopify, VERSION};
use crate::stamp::Stamp;
use crate::waylay::waylaid;
use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A body that a fault may break.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The running fakes. Dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    inner: Arc<Inner>,
    tasks: [JoinHandle<()>; 2],
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
        let checks_schema = schema.is_some();
        let world = World {
            shopify: Shopify::new(schema, Stamp::now()),
            fakes: fakes::all(),
            faults: Faults::default(),
            outbox: Outbox::default(),
            ahead: Duration::ZERO,
        };
        let inner = Arc::new(Inner {
            world: Mutex::new(world),
            checks_schema,
            began: Instant::now(),
        });
        let tasks = [
            tokio::spawn(serve(listener, inner.clone())),
            tokio::spawn(outbox::run(inner.clone())),
        ];
        Ok(Self {
            address,
            inner,
            tasks,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The `base_url` of a store that uses the fake of `slug`.
    pub fn url(&self, slug: &str) -> String {
        format!("http://{}/{slug}", self.address)
    }

    /// The `base_url` of a store that uses the fake Shopify.
    pub fn shopify_url(&self) -> String {
        self.url("shopify")
    }

    /// One store of each channel that works as it is.
    pub fn ready_stores(&self) -> Vec<ReadyStore> {
        let world = self.inner.world();
        let ready = |platform, fake: &dyn Fake| {
            let (config, credentials) = fake.ready_store(&self.url(platform));
            ReadyStore {
                platform,
                config,
                credentials,
            }
        };
        let shopify = ready("shopify", &world.shopify);
        let others = world
            .fakes
            .iter()
            .map(|(slug, fake)| ready(slug, fake.as_ref()));
        std::iter::once(shopify).chain(others).collect()
    }

    /// What the fake of `slug` has; not for Shopify, which has a shop for each token ([`Self::dump`]).
    pub fn state(&self, slug: &str) -> Value {
        self.inner.tick();
        let world = self.inner.world();
        world
            .fakes
            .get(slug)
            .map_or(Value::Null, |fake| fake.dump())
    }

    /// Tells the fake of `slug` to do something, as `POST /_sandbox/{slug}/{what}` does.
    ///
    /// # Errors
    /// The reason when it can't.
    pub fn control(&self, slug: &str, what: &str, body: &Value) -> Result<Value, String> {
        self.inner.control(slug, what, body)
    }

    /// Every attempt to deliver a notification so far.
    pub fn deliveries(&self) -> Vec<Attempt> {
        self.inner.world().outbox.attempts().to_vec()
    }

    /// Waits until every notification that is due has been sent; later attempts are not waited for.
    pub async fn delivered(&self) {
        loop {
            self.inner.tick();
            let at = self.inner.now();
            if self.inner.world().outbox.is_quiet(at) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether requests are checked against the vendor's schema.
    pub fn checks_schema(&self) -> bool {
        self.inner.checks_schema
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
        let at = self.inner.now();
        json!(self.inner.world().shopify.shop(token, at))
    }

    /// Adds an open order to the shop of `token`; gives its id.
    pub fn add_order(&self, token: &str, lines: &[(&str, i64)]) -> String {
        let at = self.inner.now();
        let mut world = self.inner.world();
        let World {
            shopify, outbox, ..
        } = &mut *world;
        let id = shopify.shop(token, at).add_order(lines, at);
        shopify.post_events(token, at, outbox);
        id
    }

    /// Replaces the cost bucket of the shop of `token` by a full one.
    pub fn set_bucket(&self, token: &str, maximum: f64, restore_rate: f64) {
        self.tell_bucket(
            &json!({"token": token, "maximum": maximum, "restore_rate": restore_rate}),
        );
    }

    /// Empties the cost bucket of the shop of `token`.
    pub fn drain_bucket(&self, token: &str) {
        self.tell_bucket(&json!({"token": token, "available": 0.0}));
    }

    fn tell_bucket(&self, level: &Value) {
        // A bucket of numbers is never refused.
        let _ = self.inner.control("shopify", "bucket", level);
    }

    /// Moves the sandbox's clock forward.
    pub fn advance(&self, by: Duration) {
        self.inner.world().ahead += by;
    }
}

/// A store that works as it is.
#[derive(Clone, Debug)]
pub struct ReadyStore {
    /// The channel.
    pub platform: &'static str,
    /// For `config`.
    pub config: Value,
    /// For `credentials`.
    pub credentials: Value,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
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
    let asked = Asked::read(&inner, request);
    let fault = inner.world().faults.meet(&asked.name());
    match &fault {
        Some(fault) => waylaid(&inner, asked, fault).await,
        None => Ok(inner.respond(&asked)),
    }
}

/// A complete body.
pub(crate) fn whole(text: String) -> Body {
    Full::from(text)
        .map_err(|never| match never {})
        .boxed_unsync()
}
