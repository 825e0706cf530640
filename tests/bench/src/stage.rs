//! What the loads run against: a throw-away Postgres with rows, and the host with the built components.

use crate::seed::{self, USER, WORKSPACE};
use anyhow::{Context, Result};
use cluster::{AppUrls, Cluster, RolePasswords};
use common::query::Query;
use common::token::{Claims, sign};
use host::{Host, HostConfig, LogSink, Variables};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_postgres::Client;

/// The ring that the hub's components get.
pub const KEYS: &str = "bench:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const SECRET: &str = "only the bench knows this secret of its own";
/// Drafts per measured second: more than can be asked about in it.
const DRAFTS_PER_SECOND: usize = 6_000;
/// Loads that take drafts one after the other: warm-up, full, half.
pub const SERVED: usize = 3;

pub struct Stage {
    pub host: Host,
    pub urls: AppUrls,
    variables: Variables,
    /// The process whose children Postgres's processes are.
    pub postmaster: u32,
    pub admin: Client,
    token: String,
    drafts: usize,
    pub cluster: Cluster,
}

impl Stage {
    pub async fn set(root: &Path, seconds: u64) -> Result<Self> {
        let cluster = tokio::task::spawn_blocking(Cluster::throwaway).await??;
        cluster.create_database("bench", None).await?;
        let (url, passwords) = (cluster.url_of("bench"), RolePasswords::random()?);
        cluster::migrate(&url, &passwords, |_| {}).await?;
        let urls = AppUrls::of(&url, &passwords)?;
        let admin = cluster::connect(&url).await?;
        // One share for pgbench besides.
        let drafts = (SERVED + 1) * DRAFTS_PER_SECOND * usize::try_from(seconds)?;
        seed::fill(&admin, drafts).await?;
        // The load is one user's from one address: nothing is to be refused.
        let patience =
            "update hub.rate_limits set quantity = 1000000, period = interval '1 second'";
        admin.batch_execute(patience).await?;
        let variables = variables(&urls, cluster.port());
        let host = start(&root.join("spin.toml"), &variables).await?;
        let postmaster = postmaster(&admin).await?;
        Ok(Self {
            host,
            urls,
            variables,
            postmaster,
            admin,
            token: token()?,
            drafts,
            cluster,
        })
    }

    /// `pgbench` beside the server's programs or, as links to these may be all there is, beside what they link to.
    pub fn pgbench(&self) -> Result<PathBuf> {
        let beside = self.cluster.program("pgbench");
        let server = self.cluster.program("initdb").canonicalize()?;
        [beside, server.with_file_name("pgbench")]
            .into_iter()
            .find(|program| program.exists())
            .context("the reference is missing: install Postgres's client programs (Debian: postgresql-contrib or postgresql)")
    }

    /// Another application beside the hub, on the same database.
    pub async fn host_of(&self, manifest: &Path) -> Result<Host> {
        start(manifest, &self.variables).await
    }

    pub fn address(&self) -> SocketAddr {
        self.host.addr()
    }

    fn request(&self, line: &str, body: &str) -> Vec<u8> {
        format!(
            "{line} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address(),
            self.token,
            body.len(),
        )
        .into_bytes()
    }

    pub fn list_request(&self) -> Vec<u8> {
        self.request("GET /jobs?limit=20", "")
    }

    /// As many as there are drafts, less pgbench's share.
    pub fn approval_requests(&self) -> Result<Vec<Vec<u8>>> {
        let share = self.drafts / (SERVED + 1);
        let ask = |turn: usize| {
            let body = json!({"resource_type": "listing", "resource_id": seed::listing(share + turn), "action": "publish"});
            self.request("POST /approvals", &body.to_string())
        };
        Ok((1..=self.drafts - share).map(ask).collect())
    }

    /// What `GET /jobs?limit=20` sends, for pgbench.
    pub fn list_script(&self) -> String {
        let resource = &common::jobs::http::RESOURCE;
        let (statement, args) = match Query::parse(resource, "limit=20") {
            Ok(query) => query.list_statement(),
            Err(_) => return String::new(),
        };
        run("read", &statement, &quoted(&spaced(&args.to_string())))
    }

    /// What `POST /approvals` sends, for pgbench; the draft's number comes from a sequence.
    pub fn approval_script(&self) -> String {
        let id = "'00000000-0000-7000-a000-' || lpad(to_hex(nextval('hub.bench_turn')), 12, '0')";
        let args = format!(
            "jsonb_build_object('resource_type', 'listing', 'resource_id', {id}, 'action', 'publish', 'payload', '{{}}'::jsonb)"
        );
        run("request", "select hub.request_approval($1)", &args)
    }

    /// Queues `count` jobs that do nothing.
    pub async fn queue(&self, count: i64) -> Result<()> {
        let statement = "select count(hub.enqueue(jsonb_build_object('type', 'noop', 'workspace_id', $1::text))) from generate_series(1, $2)";
        self.admin
            .query_one(statement, &[&WORKSPACE, &i32::try_from(count)?])
            .await?;
        Ok(())
    }

    /// Jobs that are not done yet.
    pub async fn waiting(&self) -> Result<i64> {
        let statement =
            "select count(*) from hub.jobs where state in ('scheduled', 'ready', 'running')";
        Ok(self.admin.query_one(statement, &[]).await?.get(0))
    }
}

fn variables(urls: &AppUrls, port: u16) -> Variables {
    let mut variables = Variables::new();
    for (name, value) in [
        ("database_url", urls.app.as_str()),
        ("worker_database_url", &urls.worker),
        ("auth_database_url", &urls.auth),
        ("database_host", &format!("127.0.0.1:{port}")),
        ("jwt_secret", SECRET),
        ("credentials_keys", KEYS),
        ("signing_keys", KEYS),
        ("auth_signing_keys", r#"{"keys":[]}"#),
        ("worker_batch", "100"),
        ("sandbox_host", "http://127.0.0.1:*"),
    ] {
        variables.set(name, value);
    }
    variables
}

async fn start(manifest: &Path, variables: &Variables) -> Result<Host> {
    let config = HostConfig {
        variables: variables.clone(),
        cron: false,
        log: LogSink::new(|_, _| {}),
        ..HostConfig::new(manifest)
    };
    Host::start(config).await
}

/// The first line of `postmaster.pid` in the data directory.
async fn postmaster(admin: &Client) -> Result<u32> {
    let statement = "select split_part(pg_read_file('postmaster.pid'), chr(10), 1)";
    let pid: String = admin.query_one(statement, &[]).await?.get(0);
    Ok(pid.parse()?)
}

fn token() -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = Claims {
        sub: USER.parse()?,
        workspace: Some(WORKSPACE.to_owned()),
        exp: i64::try_from(now)? + 86_400,
        nbf: None,
        iat: None,
    };
    sign(&claims, SECRET).context("could not sign a token")
}

pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// JSON with a space after each colon: pgbench takes `:name` for a variable of its own.
pub fn spaced(json: &str) -> String {
    json.replace("\":", "\": ")
}

/// The call of `hub.serve` with a request's context, on one line.
fn run(need: &str, statement: &str, args: &str) -> String {
    let class = if need == "read" { "read" } else { "write" };
    let context = json!({"via": "token", "user": USER, "workspace": WORKSPACE, "class": class, "request_id": "01a2061b-2cfc-7099-914e-a6d16a98d4cb",
        "ip": "127.0.0.1", "user_agent": "pgbench", "need": need});
    let statement = statement.replace('\n', " ");
    format!(
        "select hub.serve({}, {}, {args});\n",
        quoted(&spaced(&context.to_string())),
        quoted(&statement)
    )
}
