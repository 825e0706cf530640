//! The application under test.

use crate::caller::Caller;
use cluster::{AppUrls, TestDatabase};
use host::{Host, HostConfig, Limits, LogSink, Variables};
use hub::project::Project;
use hub::ready::Surroundings;
use hub::secrets::Secrets;
use hub::token::{Role, Speaker, issue};
use sandbox::Sandbox;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

static BUILT: OnceCell<()> = OnceCell::const_new();

/// The workspace's root.
pub fn root() -> PathBuf {
    Project::here().unwrap().root().to_path_buf()
}

/// What a test wants to be different.
#[derive(Default)]
pub struct Setup {
    variables: Vec<(String, String)>,
    database: Option<(String, AppUrls)>,
    cron: bool,
    memory: Option<usize>,
}

impl Setup {
    /// How much memory an instance may have, in bytes.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Another value for a Spin variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A database of the test's own making: its URL as administrator and those of the components' roles.
    #[must_use]
    pub fn database(mut self, admin: &str, urls: AppUrls) -> Self {
        self.database = Some((admin.to_owned(), urls));
        self
    }

    /// Lets schedules run.
    #[must_use]
    pub fn with_schedules(mut self) -> Self {
        self.cron = true;
        self
    }

    /// Starts it.
    pub async fn start(self) -> App {
        App::with(self).await
    }
}

/// A running hub.
pub struct App {
    /// The local host; `tick` fires a scheduled component.
    pub host: Host,
    /// The administrator's URL of the database, to look past row level security.
    pub admin_url: String,
    jwt_secret: String,
    logs: Arc<Mutex<Vec<(String, String)>>>,
    client: reqwest::Client,
}

impl App {
    /// A hub on a fresh database.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    async fn with(setup: Setup) -> Self {
        BUILT
            .get_or_init(|| async {
                hub::components::build(&Project::here().unwrap())
                    .await
                    .unwrap();
            })
            .await;
        let (admin, urls) = match setup.database {
            Some(urls) => urls,
            None => {
                let fresh = TestDatabase::new().await.unwrap();
                let urls = AppUrls {
                    app: fresh.app_url,
                    worker: fresh.worker_url,
                    auth: fresh.auth_url,
                };
                (fresh.admin_url, urls)
            }
        };
        let secrets = Secrets::random().unwrap();
        let mut variables = Variables::new();
        let known = hub::variables::for_app(&urls, &secrets, Default::default()).unwrap();
        for (name, value) in known {
            variables.set(name, value);
        }
        variables.set("sandbox_host", "http://127.0.0.1:*");
        // The app has to know where channels reach it before it listens there.
        let listen = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap();
        variables.set("public_url", format!("http://{listen}"));
        for (name, value) in setup.variables {
            variables.set(name, value);
        }
        let logs = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&logs);
        let mut limits = Limits::default();
        limits.memory = setup.memory.unwrap_or(limits.memory);
        let config = HostConfig {
            variables,
            limits,
            cron: setup.cron,
            listen,
            log: LogSink::new(move |component: &str, line: &str| {
                sink.lock()
                    .unwrap()
                    .push((component.to_owned(), line.to_owned()));
            }),
            ..HostConfig::new(root().join("spin.toml"))
        };
        Self {
            host: Host::start(config).await.unwrap(),
            admin_url: admin,
            jwt_secret: secrets.jwt_secret,
            logs,
            client: hub::demo::api::client(),
        }
    }

    /// A caller who is a member of `workspace`; both are made where missing.
    pub async fn member(&self, user: &str, workspace: &str, role: Role) -> Caller {
        let speaker = Speaker {
            user: user.to_owned(),
            workspace: workspace.to_owned(),
            role,
        };
        let token = issue(&self.admin_url, &self.jwt_secret, &speaker)
            .await
            .unwrap();
        self.bearer(&token)
    }

    /// A caller with `token`, whatever that is.
    pub fn bearer(&self, token: &str) -> Caller {
        Caller::new(self.client.clone(), self.host.url(), token)
    }

    /// This hub beside `sandbox`, as the demo sees them.
    pub fn beside(&self, sandbox: &Sandbox) -> Surroundings {
        Surroundings {
            url: self.host.url(),
            database_url: self.admin_url.clone(),
            sandbox_url: format!("http://{}", sandbox.address()),
        }
    }

    /// The secret that tokens are signed with.
    pub fn jwt_secret(&self) -> &str {
        &self.jwt_secret
    }

    /// One tick of a scheduled component; fails the test when the component reports an error.
    pub async fn tick(&self, component: &str) {
        self.host.tick(component).await.unwrap().unwrap();
    }

    /// A connection as the administrator.
    pub async fn admin(&self) -> tokio_postgres::Client {
        cluster::connect(&self.admin_url).await.unwrap()
    }

    /// What components have written so far: (component, line).
    pub fn logs(&self) -> Vec<(String, String)> {
        self.logs.lock().unwrap().clone()
    }
}
