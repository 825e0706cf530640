//! The routes, without Spin.

use bytes::Bytes;
use common::reply::Reply;
use common::request::Request;
use common::router::{Routes, methods};
use common::serve::serve;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use intake::{Scene, SceneHost};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The tables of the components, by the name of the component.
const COMPONENTS: &[(&str, Routes)] = &[
    ("api-keys", api_keys::ROUTES),
    ("api-webhook", api_webhook::ROUTES),
    ("approvals", approvals::ROUTES),
    ("audit-logs", audit_logs::ROUTES),
    ("channels", channels::ROUTES),
    ("invitations", invitations::ROUTES),
    ("jobs", jobs::ROUTES),
    ("listings", listings::ROUTES),
    ("members", members::ROUTES),
    ("oauth-callback", oauth_callback::ROUTES),
    ("orders", orders::ROUTES),
    ("products", products::ROUTES),
    ("stores", stores::ROUTES),
    ("webhook-events", webhook_events::ROUTES),
    ("webhook-keys", webhook_keys::ROUTES),
    ("webhooks", webhooks::ROUTES),
    ("workspaces", workspaces::ROUTES),
];

/// Every route.
pub fn routes() -> Vec<&'static str> {
    let tables = COMPONENTS.iter().flat_map(|(_, table)| table.iter());
    tables.copied().collect()
}

/// A database with a workspace, and every component on it.
pub struct Target {
    /// The workspace and those who post to it. Lent for good: an export goes on after its answer.
    pub scene: &'static Scene,
    runtime: Runtime,
}

impl Target {
    /// Makes one in which nobody asks too often.
    pub fn open() -> Self {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        let scene = runtime.block_on(async {
            let scene = Scene::open().await;
            let patience =
                "update hub.rate_limits set quantity = 1000000, period = interval '1 second'";
            scene.admin.batch_execute(patience).await.unwrap();
            &*Box::leak(Box::new(scene))
        });
        Self { scene, runtime }
    }

    /// Runs `work` to its end.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// What the owner is answered. A header that is no header is left out, as the server before us would.
    pub fn call(
        &self,
        method: Method,
        address: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Reply {
        let body = Box::new(Some(Bytes::from(body)));
        let mut request = catalogue::request(&self.scene.owner, method, address, &[], body);
        add(&mut request.headers, headers);
        let reply = self.block_on(self.answer(request));
        for host in [&self.scene.api, &self.scene.intake] {
            host.logged.borrow_mut().clear();
            host.statements.borrow_mut().clear();
        }
        reply
    }

    async fn answer(&self, request: Request) -> Reply {
        let at_path = |(_, table): &&(&str, Routes)| !methods(table, &request.path).is_empty();
        let component = COMPONENTS.iter().find(at_path).map(|(name, _)| *name);
        let (api, intake): (&'static SceneHost, &'static SceneHost) =
            (&self.scene.api, &self.scene.intake);
        match component {
            Some("api-webhook") => {
                serve(request, intake, api_webhook::ROUTES, api_webhook::routes).await
            }
            Some("api-keys") => serve(request, api, api_keys::ROUTES, api_keys::routes).await,
            Some("invitations") => {
                serve(request, api, invitations::ROUTES, invitations::routes).await
            }
            Some("members") => serve(request, api, members::ROUTES, members::routes).await,
            Some("workspaces") => serve(request, api, workspaces::ROUTES, workspaces::routes).await,
            Some("approvals") => serve(request, api, approvals::ROUTES, approvals::routes).await,
            Some("audit-logs") => serve(request, api, audit_logs::ROUTES, audit_logs::routes).await,
            Some("channels") => serve(request, api, channels::ROUTES, channels::routes).await,
            Some("jobs") => serve(request, api, jobs::ROUTES, jobs::routes).await,
            Some("listings") => serve(request, api, listings::ROUTES, listings::routes).await,
            Some("oauth-callback") => {
                serve(
                    request,
                    intake,
                    oauth_callback::ROUTES,
                    oauth_callback::routes,
                )
                .await
            }
            Some("orders") => serve(request, api, orders::ROUTES, orders::routes).await,
            Some("products") => serve(request, api, products::ROUTES, products::routes).await,
            Some("webhook-events") => {
                serve(request, api, webhook_events::ROUTES, webhook_events::routes).await
            }
            Some("webhook-keys") => {
                serve(request, api, webhook_keys::ROUTES, webhook_keys::routes).await
            }
            Some("webhooks") => serve(request, intake, webhooks::ROUTES, webhooks::routes).await,
            _ => serve(request, api, stores::ROUTES, stores::routes).await,
        }
    }
}

fn add(to: &mut HeaderMap, headers: &[(&str, String)]) {
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            to.append(name, value);
        }
    }
}

/// What is wrong with an answer to whatever was sent; none when nothing is.
pub fn fault(reply: &Reply) -> Option<String> {
    let text = String::from_utf8_lossy(&reply.body);
    let status = reply.status.as_u16();
    if status >= 500 {
        return Some(format!("{status}: {text}"));
    }
    if text.len() > 64 * 1024 {
        return Some(format!("{status}: {} bytes", text.len()));
    }
    for leak in [
        "hub.",
        "SQLSTATE",
        "panicked",
        ".rs:",
        "pg_",
        "syntax error",
    ] {
        if status >= 400 && text.contains(leak) {
            return Some(format!("shows {leak}: {text}"));
        }
    }
    let json = (
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    if !reply.headers.contains(&json) {
        return (status >= 400).then(|| format!("{status}: not of the contract's form: {text}"));
    }
    let body: Result<Value, _> = serde_json::from_slice(&reply.body);
    let proper = body.is_ok_and(|body| status < 400 || body["error"]["code"].is_string());
    (!proper).then(|| format!("{status}: not of the contract's form: {text}"))
}
