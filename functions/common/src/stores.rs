//! `/stores`: the workspace's shops on the channels. Credentials go in and never come out.

pub mod requests;

use crate::credentials::{KeyRing, Place, seal};
use crate::error::{Error, Result};
use crate::fields::Text;
use crate::platform::{Descriptor, Level, OperationKind, Platform};
use crate::ports::Host;
use crate::query::{Column, Kind, Resource};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::{self, parse_id};
use crate::secret::Secret;
use crate::session::{Idempotency, Need, Session, if_match};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What the list can be filtered, ordered and projected by.
pub const RESOURCE: Resource = Resource {
    view: "api.stores",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("workspace_id", Kind::Uuid),
        Column::new("user_id", Kind::Uuid),
        Column::new("platform", Kind::Text),
        Column::new("name", Kind::Text),
        Column::new("config", Kind::Json),
        Column::new("status", Kind::Text),
        Column::new("status_reason", Kind::Text),
        Column::new("last_synced_at", Kind::Time),
        Column::new("version", Kind::Int),
        Column::new("created_at", Kind::Time),
        Column::new("updated_at", Kind::Time),
        Column::new("last_webhook_at", Kind::Time),
        Column::new("webhooks", Kind::Json),
        Column::new("orders_read_until", Kind::Time),
    ],
    default_order: "created_at.desc",
};

/// Credentials are text by field name, as the platform's descriptor lists them.
type Credentials = Secret<Map<String, Value>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStore {
    platform: String,
    name: Text<200>,
    credentials: Credentials,
    #[serde(default)]
    config: Map<String, Value>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Active,
    Disconnected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    name: Option<Text<200>>,
    credentials: Option<Credentials>,
    config: Option<Map<String, Value>>,
    status: Option<Status>,
}

/// `GET /stores`: without credentials.
///
/// # Errors
/// 400 naming the column or operator that is unknown; 401, 403.
pub async fn list(request: &Request, host: &impl Host) -> Result<Reply> {
    resource::list(request, host, Need::Read, &RESOURCE).await
}

/// `GET /stores/{id}`: without credentials.
///
/// # Errors
/// 404 when there is none in this workspace; 401, 403.
pub async fn get(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    resource::get(
        request,
        host,
        Need::Read,
        include_str!("stores/get.sql"),
        id,
    )
    .await
}

/// `DELETE /stores/{id}`: of one that nothing hangs on.
///
/// # Errors
/// 404, 409 with the reason and the way, 412; 401, 403.
pub async fn delete(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let statement = include_str!("stores/delete.sql");
    resource::delete(request, host, Need::Stores, statement, id).await
}

/// `POST /stores` `{platform, name, credentials, config?}` → 201.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 with the reason, 412, 413.
pub async fn create(
    request: &mut Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let (wanted, body) = request.json::<NewStore>().await?;
    let body = Secret::new(body);
    check(
        platforms,
        &wanted.platform,
        &wanted.credentials,
        &wanted.config,
    )?;
    let id = new_id(host);
    let args = json!({
        "id": id,
        "platform": wanted.platform,
        "name": wanted.name,
        "config": wanted.config,
        "credentials": sealed(&session, host, id, &wanted.credentials).await?,
        "subscribe": notifies(platforms, &wanted.platform)?,
    });
    let idempotency = Idempotency::of(request, body.expose())?;
    let statement = include_str!("stores/create.sql");
    session
        .change(host, Need::Stores, statement, &args, idempotency)
        .await
}

/// `PATCH /stores/{id}` `{name?, credentials?, config?, status?: active|disconnected}`.
///
/// # Errors
/// 400 naming the field, 401, 403, 404, 409 with the reason, 412, 413.
pub async fn update(
    request: &mut Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
    id: &str,
) -> Result<Reply> {
    let session = Session::open(request, host).await?;
    let id = parse_id(id)?;
    let version = if_match(request)?;
    let (changes, body) = request.json::<Changes>().await?;
    let body = Secret::new(body);
    let mut args = json!({"id": id, "if_match": version});
    if let Some(fields) = args.as_object_mut() {
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        };
        set("name", changes.name.map(|name| json!(name)));
        set("status", changes.status.map(|status| json!(status)));
        if changes.credentials.is_some() || changes.config.is_some() {
            let platform = platform_of(&session, host, Need::Stores, id).await?;
            let credentials = changes.credentials.as_ref();
            let config = changes.config.as_ref();
            check_changes(platforms, &platform, credentials, config)?;
            let subscribe = notifies(platforms, &platform)? && credentials.is_some();
            set("subscribe", subscribe.then_some(json!(true)));
        }
        if let Some(credentials) = &changes.credentials {
            let sealed = sealed(&session, host, id, credentials).await?;
            set("credentials", Some(json!(sealed)));
        }
        set("config", changes.config.map(Value::Object));
    }
    let idempotency = Idempotency::of(request, body.expose())?;
    let statement = include_str!("stores/update.sql");
    session
        .change(host, Need::Stores, statement, &args, idempotency)
        .await
}

async fn platform_of(session: &Session, host: &impl Host, need: Need, id: Uuid) -> Result<String> {
    let statement = include_str!("stores/platform.sql");
    let args = json!({"id": id});
    let platform = session.read(host, need, statement, &args).await?;
    if platform.is_empty() {
        return Err(Error::not_found());
    }
    Ok(platform)
}

/// The credentials, sealed for their row. Their place includes the workspace's id, which only the database knows.
async fn sealed(
    session: &Session,
    host: &impl Host,
    id: Uuid,
    credentials: &Credentials,
) -> Result<String> {
    let ring =
        KeyRing::parse(host.settings().text("credentials_keys")?).map_err(Error::internal)?;
    let statement = include_str!("stores/workspace.sql");
    let workspace = session
        .read(host, Need::Stores, statement, &json!({}))
        .await?;
    let place = Place {
        workspace: &workspace,
        table: "stores",
        row: &id.to_string(),
        column: "credentials",
    };
    let plain = Secret::json(credentials.expose()).map_err(Error::internal)?;
    seal(&ring, host, &place, &plain).map_err(Error::internal)
}

/// A UUID version 7 (RFC 9562): the row's id is needed before the row exists, to bind the credentials to it.
pub(crate) fn new_id(host: &impl Host) -> Uuid {
    let mut random = [0; 10];
    host.fill(&mut random);
    let millis = u64::try_from(host.now_ms()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

fn descriptor(platforms: &[&dyn Platform], slug: &str) -> Result<&'static Descriptor> {
    platforms
        .iter()
        .map(|platform| platform.descriptor())
        .find(|descriptor| descriptor.slug == slug)
        .ok_or_else(|| {
            let known: Vec<&str> = platforms.iter().map(|p| p.descriptor().slug).collect();
            Error::field("platform", format!("must be one of: {}", known.join(", ")))
        })
}

/// Whether the channel can tell us what happens in the shop, so that we have to register for it.
fn notifies(platforms: &[&dyn Platform], slug: &str) -> Result<bool> {
    let webhooks = descriptor(platforms, slug)?.capability(OperationKind::Webhooks);
    Ok(webhooks.level != Level::Unsupported)
}

fn check(
    platforms: &[&dyn Platform],
    slug: &str,
    credentials: &Credentials,
    config: &Map<String, Value>,
) -> Result<()> {
    check_changes(platforms, slug, Some(credentials), Some(config))
}

fn check_changes(
    platforms: &[&dyn Platform],
    slug: &str,
    credentials: Option<&Credentials>,
    config: Option<&Map<String, Value>>,
) -> Result<()> {
    let known = descriptor(platforms, slug)?;
    if let Some(credentials) = credentials {
        check_credentials(known, credentials)?;
    }
    if let Some(url) = config.and_then(|config| config.get("base_url")) {
        let fits = url.as_str().is_some_and(|url| {
            url.parse::<http::Uri>().is_ok_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some()
            })
        });
        if !fits {
            return Err(Error::field(
                "config.base_url",
                "must be an http or https address",
            ));
        }
    }
    Ok(())
}

fn check_credentials(known: &Descriptor, credentials: &Credentials) -> Result<()> {
    let credentials = credentials.expose();
    let names: Vec<&str> = known.credentials.iter().map(|field| field.name).collect();
    if credentials.is_empty() {
        let issue = format!("must hold some of: {}", names.join(", "));
        return Err(Error::field("credentials", issue));
    }
    for (name, value) in credentials {
        if !names.contains(&name.as_str()) {
            let issue = format!(
                "is not a credential of {}; it takes: {}",
                known.name,
                names.join(", ")
            );
            return Err(Error::field(format!("credentials.{name}"), issue));
        }
        if !value
            .as_str()
            .is_some_and(|text| (1..=4096).contains(&text.len()))
        {
            return Err(Error::field(
                format!("credentials.{name}"),
                "must be text of 1 to 4096 bytes",
            ));
        }
    }
    Ok(())
}
