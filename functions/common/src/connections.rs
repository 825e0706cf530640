//! Being let into a shop by its owner: OAuth 2.0 with PKCE (RFC 6749, RFC 7636), for channels that have it.
//!
//! `POST /stores/{id}/connect` gives an address of the channel ([`connect`]). The owner agrees there and is sent back to
//! `GET /oauth/callback` ([`callback()`]), which is public: what it believes is the state, 256 random bits that
//! work once, for ten minutes, and name store, workspace and member. The state is stored as its hash and
//! the verifier sealed, so that what is in the database lets nobody in.

mod callback;
mod page;
#[cfg(test)]
mod tests;

pub use callback::callback;

use crate::channels;
use crate::credentials::{KeyRing, Place, open, seal};
use crate::error::{Error, Result};
use crate::platform::{Authorisation, Level, OperationKind, Platform, PlatformError, Store};
use crate::ports::{Host, Random};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::parse_id;
use crate::secret::Secret;
use crate::session::{Need, Session};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A store's row, as far as connecting needs it.
#[derive(Deserialize)]
struct StoreRow {
    id: Uuid,
    platform: String,
    name: String,
    config: Value,
    /// Sealed.
    credentials: String,
}

/// A store's row and whose it is.
#[derive(Deserialize)]
struct OwnedStore {
    workspace_id: String,
    #[serde(flatten)]
    store: StoreRow,
}

/// What is sent with the shop's owner, and kept until they come back.
struct Invitation {
    id: Uuid,
    state: String,
    verifier: Secret<String>,
    redirect_uri: String,
}

impl Invitation {
    fn new(host: &impl Host) -> Result<Self> {
        Ok(Self {
            id: uuid::Builder::from_random_bytes(random(host)).into_uuid(),
            state: token(host),
            verifier: Secret::new(token(host)),
            redirect_uri: redirect_uri(host)?,
        })
    }

    /// The channel's address for `shop`.
    fn address(&self, platform: &dyn Platform, shop: &Store) -> Result<String> {
        let authorisation = Authorisation {
            state: &self.state,
            code_challenge: &URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose())),
            redirect_uri: &self.redirect_uri,
        };
        let address = platform.authorisation_url(shop, &authorisation);
        address.map_err(|error| refused(platform, &error))
    }

    /// As it is kept: the state as its hash, the verifier sealed.
    fn row(&self, host: &impl Host, ring: &KeyRing, owned: &OwnedStore) -> Result<Value> {
        let id = self.id.to_string();
        let place = verifier_place(&owned.workspace_id, &id);
        let verifier = seal(ring, host, &place, &self.verifier).map_err(Error::internal)?;
        Ok(json!({
            "id": id,
            "store_id": owned.store.id,
            "state_hash": hash(&self.state),
            "verifier": verifier,
            "redirect_uri": self.redirect_uri,
        }))
    }
}

/// `POST /stores/{id}/connect` → `{authorisation_url, expires_at}`: where the shop's owner lets us in. Each request
/// gives an address of its own, with an `Idempotency-Key` too: the state in it is kept by nobody.
///
/// # Errors
/// 404; 409 when the channel has no such address or the store lacks what it needs, with what to do instead; 401, 403.
pub async fn connect(
    request: &Request,
    host: &impl Host,
    platforms: &[&dyn Platform],
    id: &str,
) -> Result<Reply> {
    #[derive(Deserialize)]
    struct Made {
        expires_at: String,
    }
    let session = Session::open(request, host).await?;
    let args = json!({"id": parse_id(id)?});
    let statement = include_str!("connections/store.sql");
    let found = session.read(host, Need::Stores, statement, &args).await?;
    if found.is_empty() {
        return Err(Error::not_found());
    }
    let owned: OwnedStore = serde_json::from_str(&found).map_err(Error::internal)?;
    let platform = plugin(platforms, &owned.store.platform)?;
    let ring = ring(host)?;
    let shop = opened(&ring, &owned.workspace_id, &owned.store)?;
    let invitation = Invitation::new(host)?;
    let address = invitation.address(platform, &shop)?;
    let args = invitation.row(host, &ring, &owned)?;
    let statement = include_str!("connections/create.sql");
    let reply = session.change(host, Need::Stores, statement, &args, None);
    let made: Made = serde_json::from_slice(&reply.await?.body).map_err(Error::internal)?;
    let answer = json!({"authorisation_url": address, "expires_at": made.expires_at});
    Ok(Reply::json(StatusCode::OK, answer.to_string()))
}

/// The store's plugin, when its channel has a way in.
fn plugin<'p>(platforms: &[&'p dyn Platform], slug: &str) -> Result<&'p dyn Platform> {
    let platform = channels::find(platforms, slug)
        .ok_or_else(|| Error::conflict(format!("There is no plugin for the platform {slug}.")))?;
    let known = platform.descriptor();
    let capability = known.capability(OperationKind::Connect);
    match capability.level {
        Level::Unsupported => Err(Error::conflict(format!(
            "{} has no address where a shop's owner could let us in: {}. \
             Set the store's credentials with PATCH /stores/{{id}} instead.",
            known.name, capability.reason
        ))),
        Level::Native | Level::Workaround => Ok(platform),
    }
}

/// A plugin's no, as the caller is told.
fn refused(platform: &dyn Platform, error: &PlatformError) -> Error {
    let name = platform.descriptor().name;
    match error {
        PlatformError::Rejected {
            reason,
            field: Some(field),
        } => Error::conflict(format!("{name}: {field}: {reason}"))
            .with_details(json!({"field": field, "issue": reason})),
        PlatformError::Rejected {
            reason,
            field: None,
        } => Error::conflict(format!("{name}: {reason}")),
        PlatformError::RetryAfter { reason, .. } => {
            Error::conflict(format!("{name} can't be asked just now: {reason}"))
        }
        PlatformError::AuthenticateAgain { reason } => Error::conflict(format!(
            "{name} does not accept this: {reason}. Check the app's credentials of the store."
        )),
        PlatformError::Protocol { .. } => Error {
            source: Some(error.to_string()),
            ..Error::conflict(format!("{name} answered something that we can't read."))
        },
    }
}

fn ring(host: &impl Host) -> Result<KeyRing> {
    KeyRing::parse(host.settings().text("credentials_keys")?).map_err(Error::internal)
}

/// Where channels send the owner back to: registered with them, so it must not vary.
fn redirect_uri(host: &impl Host) -> Result<String> {
    let base = host.settings().text("public_url")?;
    Ok(format!("{}/oauth/callback", base.trim_end_matches('/')))
}

fn credentials_place<'a>(workspace: &'a str, store: &'a str) -> Place<'a> {
    Place {
        workspace,
        table: "stores",
        row: store,
        column: "credentials",
    }
}

fn verifier_place<'a>(workspace: &'a str, connection: &'a str) -> Place<'a> {
    Place {
        workspace,
        table: "connections",
        row: connection,
        column: "verifier",
    }
}

/// The store with its credentials opened.
fn opened(ring: &KeyRing, workspace: &str, row: &StoreRow) -> Result<Store> {
    let id = row.id.to_string();
    let place = credentials_place(workspace, &id);
    let unreadable = || {
        Error::conflict(format!(
            "The store's credentials can't be read. Set them again with PATCH /stores/{id}."
        ))
    };
    let text = open(ring, &place, &row.credentials).map_err(|error| Error {
        source: Some(error.to_string()),
        ..unreadable()
    })?;
    // The parser's own message could quote the secret.
    let credentials = serde_json::from_str(text.expose()).map_err(|_| unreadable())?;
    Ok(Store::new(row.config.clone(), credentials))
}

fn random<const N: usize>(host: &impl Random) -> [u8; N] {
    let mut bytes = [0; N];
    host.fill(&mut bytes);
    bytes
}

/// 256 random bits as 43 characters of base64url: fit for a state and for a verifier (RFC 7636, 4.1).
fn token(host: &impl Random) -> String {
    URL_SAFE_NO_PAD.encode(Secret::new(random::<32>(host)).expose())
}

/// SHA-256, hexadecimal.
fn hash(state: &str) -> String {
    let digest = Sha256::digest(state);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
