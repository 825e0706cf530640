//! `cargo hub up`: everything that it takes to run the app here, from the compiler's target to the schedules.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use ::sandbox::Sandbox;
use anyhow::{Context, Result, ensure};
use host::{Host, HostConfig, Readied, Variables};

use crate::database::{Database, given_url};
use crate::progress::{say, step};
use crate::project::Project;
use crate::ready::{self, Store, Surroundings};
use crate::secrets::Secrets;
use crate::signals::Signals;
use crate::state::{Announced, State};
use crate::{components, output, sandbox, variables};

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to serve.
    pub listen: SocketAddr,
    /// Whether to start the fake platforms.
    pub sandbox: bool,
    /// The administrator's URL of the database, instead of a private server.
    pub database_url: Option<String>,
}

/// Serves until asked to stop, then stops all that it started.
///
/// # Errors
/// When something that it needs is missing or does not start; the message says what to do.
pub async fn up(project: &Project, options: &Options, signals: &mut Signals) -> Result<()> {
    let running = tokio::select! {
        running = Running::start(project, options) => running?,
        // What has been started by then stops as it is dropped.
        () = signals.any() => return Ok(()),
    };
    sandbox::print(&running.sandboxes())?;
    for store in &running.stores {
        output::line(&format!(
            "store {} {} in the workspace {}",
            store.platform,
            store.id,
            ready::WORKSPACE
        ))?;
    }
    output::line(&format!("ready {}", running.host.url()))?;
    signals.any().await;
    say("stopping");
    tokio::select! {
        result = running.stop() => result,
        () = signals.any() => Ok(()),
    }
}

/// All that `up` starts.
struct Running {
    host: Host,
    sandbox: Option<Sandbox>,
    /// Ready to be used, one on each fake.
    stores: Vec<Store>,
    database: Database,
    announced: Announced,
}

impl Running {
    async fn start(project: &Project, options: &Options) -> Result<Self> {
        let given = given_url(options.database_url.clone());
        check_alone(project, given.is_some())?;
        let listen = free_address(options.listen)?;
        let secrets = Secrets::of(project)?;
        let (database, ()) = tokio::try_join!(
            Database::open(project, given, &secrets),
            components::build(project)
        )?;
        let sandbox = match options.sandbox {
            true => Some(sandbox::start_somewhere().await?),
            false => None,
        };
        let config = configure(project, listen, &database, &secrets)?;
        let host = step("making the components ready", Host::start(config)).await?;
        let sandbox_url = sandbox
            .as_ref()
            .map(|it| format!("http://{}", it.address()));
        let state = State {
            pid: std::process::id(),
            url: host.url(),
            database_url: database.admin_url.clone(),
            sandbox_url: sandbox_url.clone(),
        };
        let stores = match (&sandbox, sandbox_url) {
            (Some(sandbox), Some(sandbox_url)) => {
                let around = Surroundings {
                    url: host.url(),
                    database_url: database.admin_url.clone(),
                    sandbox_url,
                };
                let ready = sandbox.ready_stores();
                let connecting = ready::connect(&around, &secrets.jwt_secret, &ready);
                step("connecting the stores of the sandbox", connecting).await?
            }
            _ => Vec::new(),
        };
        Ok(Self {
            announced: state.announce(project)?,
            host,
            sandbox,
            stores,
            database,
        })
    }

    fn sandboxes(&self) -> Vec<(String, String)> {
        self.sandbox
            .as_ref()
            .map(sandbox::addresses)
            .unwrap_or_default()
    }

    /// In the order in which nothing misses what it still needs.
    async fn stop(self) -> Result<()> {
        drop(self.announced);
        self.host.shutdown().await;
        drop(self.sandbox);
        self.database.close().await
    }
}

/// The private server serves one hub; two hubs on one given database are fine.
fn check_alone(project: &Project, elsewhere: bool) -> Result<()> {
    if let Some(State { pid, url, .. }) = State::of_running(project)? {
        ensure!(
            elsewhere,
            "a hub of this checkout already runs at {url} (process {pid}): stop it first, or give this one a --database-url"
        );
    }
    Ok(())
}

/// The address with its port: found out before minutes of building, and because the app has to know where
/// channels reach it.
fn free_address(address: SocketAddr) -> Result<SocketAddr> {
    let listener = TcpListener::bind(address).with_context(|| {
        format!("can't listen on {address}: stop what does, or choose another with --listen")
    })?;
    Ok(listener.local_addr()?)
}

fn configure(
    project: &Project,
    listen: SocketAddr,
    database: &Database,
    secrets: &Secrets,
) -> Result<HostConfig> {
    let mut others = variables::from_environment();
    // Fake platforms may run beside this hub or be started later: `cargo hub sandbox`.
    others
        .entry("sandbox_host".to_owned())
        .or_insert_with(|| "http://127.0.0.1:*".to_owned());
    others
        .entry("public_url".to_owned())
        .or_insert_with(|| format!("http://{listen}"));
    let mut values = Variables::new();
    for (name, value) in variables::for_app(&database.urls, secrets, others)? {
        values.set(name, value);
    }
    Ok(HostConfig {
        variables: values,
        listen,
        progress: Arc::new(|component, how| {
            if let Readied::Compiled(took) = how {
                say(&format!(
                    "compiled {component} in {:.1} s",
                    took.as_secs_f64()
                ));
            }
        }),
        ..HostConfig::new(project.manifest())
    })
}
