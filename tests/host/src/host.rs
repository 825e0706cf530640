//! A running application.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::compile::{self, Compiled, Readied};
use crate::component::{Component, Surroundings};
use crate::cron::{self, Schedule};
use crate::http::{HttpRoutes, serve};
use crate::limits::Limits;
use crate::log::LogSink;
use crate::manifest::Application;
use crate::variables::{Resolver, Variables};

/// How long [`Host::shutdown`] waits for requests that have begun.
const GRACE: Duration = Duration::from_secs(5);

/// Is told each time a component is ready: its id, and how it came to be so.
pub type Progress = Arc<dyn Fn(&str, Readied) + Send + Sync>;

/// What to run, and how.
#[derive(Clone)]
pub struct HostConfig {
    /// The application's `spin.toml`.
    pub manifest: PathBuf,
    /// Values of the application's variables.
    pub variables: Variables,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// A directory for compiled code that only this user may write to.
    pub cache: PathBuf,
    /// Whether schedules run; without, [`Host::tick`] alone fires ticks.
    pub cron: bool,
    /// What instances may take.
    pub limits: Limits,
    /// Where components' output goes.
    pub log: LogSink,
    /// Is told what is being made ready.
    pub progress: Progress,
}

impl HostConfig {
    /// The application of a manifest, on a free port of 127.0.0.1, schedules on, compiled code
    /// in `target/components` beside the manifest, output on stderr.
    pub fn new(manifest: impl Into<PathBuf>) -> Self {
        let manifest = manifest.into();
        let root = manifest.parent().unwrap_or(Path::new(""));
        Self {
            cache: root.join("target/components"),
            manifest,
            variables: Variables::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            cron: true,
            limits: Limits::default(),
            log: LogSink::stderr(),
            progress: Arc::new(|_, _| {}),
        }
    }
}

/// An application that runs until it is shut down or dropped.
pub struct Host {
    addr: SocketAddr,
    components: BTreeMap<String, Arc<Component>>,
    server: JoinSet<()>,
    schedules: JoinSet<()>,
    /// Ends accepting and schedules; what has begun goes on.
    stop: CancellationToken,
    /// Ends every instance.
    kill: CancellationToken,
}

impl Host {
    /// Makes an application ready and starts it. Requests are answered when this returns.
    ///
    /// # Errors
    /// Names what in the manifest is wrong, the variable without a value, the component that
    /// cannot run, or the address that is taken.
    pub async fn start(config: HostConfig) -> Result<Self> {
        let application = Application::read(&config.manifest)?;
        let resolver = Resolver::new(&application.variables, &config.variables)?;
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}: is it taken?", config.listen))?;
        let addr = listener.local_addr()?;
        let mut compiled = compile_all(&application, &config).await?;
        let around = Surroundings {
            root: &application.root,
            resolver: &resolver,
            limits: config.limits,
            log: &config.log,
            own: Some(addr),
        };
        let mut components = BTreeMap::new();
        for (id, table) in &application.components {
            let compiled = compiled
                .remove(id)
                .context("a component was not compiled")?;
            let component = Component::new(id, table, compiled, &around)?;
            components.insert(id.clone(), Arc::new(component));
        }
        Self::run(&application, &config, components, listener)
    }

    fn run(
        application: &Application,
        config: &HostConfig,
        components: BTreeMap<String, Arc<Component>>,
        listener: TcpListener,
    ) -> Result<Self> {
        let (stop, kill) = (CancellationToken::new(), CancellationToken::new());
        let find = |id: &String| {
            components
                .get(id)
                .cloned()
                .context("a component is missing")
        };
        let mut routes = Vec::new();
        for trigger in &application.http {
            routes.push((trigger.route.clone(), find(&trigger.component)?));
        }
        let routes = HttpRoutes::new(routes, config.limits.requests_in_flight, &kill)?;
        let mut schedules = JoinSet::new();
        for trigger in &application.cron {
            let schedule = Schedule::new(&trigger.expression, find(&trigger.component)?)?;
            if config.cron {
                schedules.spawn(schedule.run(stop.clone()));
            }
        }
        let addr = listener.local_addr()?;
        let mut server = JoinSet::new();
        server.spawn(serve(listener, Arc::new(routes), stop.clone()));
        Ok(Self {
            addr,
            components,
            server,
            schedules,
            stop,
            kill,
        })
    }

    /// Where the application listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The application's address as a URL without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Runs a cron component once, now, in an instance of its own, beside its schedule.
    ///
    /// To drop the future before it is ready is to kill the instance at once, in the middle of
    /// whatever it does; a statement that it sent to Postgres still runs there.
    ///
    /// # Errors
    /// Outside: there is no such cron component, or its instance trapped, took too long or could
    /// not start. Inside: what the component itself reported.
    pub async fn tick(&self, component: &str) -> Result<Result<(), String>> {
        let component = self
            .components
            .get(component)
            .with_context(|| format!("the application has no component {component:?}"))?;
        cron::tick(component).await
    }

    /// Stops accepting, ends scheduled runs, and waits some seconds for requests that have begun.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        self.schedules.shutdown().await;
        let ended = async { while self.server.join_next().await.is_some() {} };
        // Those that take longer are cut off with the rest when `self` is dropped.
        let _ = tokio::time::timeout(GRACE, ended).await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop.cancel();
        self.kill.cancel();
    }
}

/// Makes all components ready, side by side.
async fn compile_all(
    application: &Application,
    config: &HostConfig,
) -> Result<BTreeMap<String, Compiled>> {
    let mut work = JoinSet::new();
    for id in application.components.keys() {
        let (id, source) = (id.clone(), application.source(id)?);
        let cache = config.cache.clone();
        work.spawn(async move { (id, compile::ready(source, cache).await) });
    }
    let mut compiled = BTreeMap::new();
    while let Some(done) = work.join_next().await {
        let (id, result) = done?;
        let (component, how) = result.with_context(|| format!("component {id}"))?;
        (config.progress)(&id, how);
        compiled.insert(id, component);
    }
    Ok(compiled)
}
