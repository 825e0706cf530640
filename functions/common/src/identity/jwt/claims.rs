//! What a token says, once it may be believed.

use super::parse::{Members, Token};
use super::{SKEW_SECONDS, Trust};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Names users of other issuers (see [`user_of`]); a random UUID, fixed for good.
const FOREIGN_USERS: Uuid = Uuid::from_u128(0xb1f3_6c0e_2f0d_4a5c_9e1b_7d48_53a6_e290);
/// What OpenID Connect allows for `sub`, in bytes (Core section 2).
const MAX_SUBJECT_BYTES: usize = 255;
const MAX_WORKSPACE_BYTES: usize = 64;
/// The longest address (RFC 5321 section 4.5.3.1.3), in bytes.
const MAX_EMAIL_BYTES: usize = 254;

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The user: `sub` of our own issuers, a UUID made from issuer and `sub` for those of others.
    pub user: Uuid,
    /// Whether one of our own issuers signed it: the own sign-in, or `jwt_secret`.
    pub own: bool,
    /// `iss`: who signed it; none for a development token.
    pub iss: Option<String>,
    /// `sub` as it stands.
    pub sub: String,
    /// The user's address, unless the token says that it was not verified.
    pub email: Option<String>,
    /// The session of our own sign-in that the token belongs to.
    pub session: Option<Uuid>,
    /// Id or slug of the workspace that the token is limited to.
    pub workspace: Option<String>,
    /// End of validity, Unix seconds.
    pub exp: i64,
}

impl Claims {
    /// What `token` says, with its times and audience checked for a key of `trust`.
    pub(super) fn of(token: &Token<'_>, trust: &Trust, now_s: i64) -> Result<Self, &'static str> {
        let payload = &token.payload;
        let exp = check_times(payload, now_s)?;
        check_audience(payload, trust.aud.as_deref())?;
        let sub = payload
            .text("sub")?
            .filter(|sub| (1..=MAX_SUBJECT_BYTES).contains(&sub.len()))
            .ok_or("it has no `sub`")?;
        Ok(Self {
            user: user(trust, sub)?,
            own: trust.own,
            iss: token.issuer.clone(),
            sub: sub.to_owned(),
            email: email(payload)?,
            session: session(payload, trust)?,
            workspace: workspace(payload)?,
            exp,
        })
    }
}

fn check_times(payload: &Members, now_s: i64) -> Result<i64, &'static str> {
    let exp = payload.seconds("exp")?.ok_or("it has no `exp`")?;
    if exp <= now_s - SKEW_SECONDS {
        return Err("it has expired");
    }
    let (nbf, iat) = (payload.seconds("nbf")?, payload.seconds("iat")?);
    if nbf.is_some_and(|from| from > now_s + SKEW_SECONDS) {
        return Err("it is not valid yet");
    }
    if iat.is_some_and(|made| made > now_s + SKEW_SECONDS || made > exp) {
        return Err("it was made in the future or after its end");
    }
    Ok(exp)
}

/// An audience that is named must be ours, and one that is ours must be named (RFC 7519 section 4.1.3).
fn check_audience(payload: &Members, ours: Option<&str>) -> Result<(), &'static str> {
    let named = payload.texts("aud")?;
    match ours {
        Some(ours) if named.contains(&ours) => Ok(()),
        None if named.is_empty() => Ok(()),
        _ => Err("it is for another audience"),
    }
}

fn user(trust: &Trust, sub: &str) -> Result<Uuid, &'static str> {
    match &trust.iss {
        Some(issuer) if !trust.own => Ok(user_of(issuer, sub)),
        _ => Uuid::try_parse(sub).map_err(|_| "its `sub` is no UUID"),
    }
}

/// The user that `issuer`, another than ours, calls `subject`: a name-based UUID with SHA-256 (RFC 9562 appendix
/// B.2, version 8). Our own users' ids have another version, so none of them can be named this way.
pub fn user_of(issuer: &str, subject: &str) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(FOREIGN_USERS);
    hash.update((issuer.len() as u64).to_be_bytes());
    hash.update(issuer);
    hash.update(subject);
    let mut id = [0; 16];
    for (place, byte) in id.iter_mut().zip(hash.finalize()) {
        *place = byte;
    }
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

fn email(payload: &Members) -> Result<Option<String>, &'static str> {
    let no = |value: &Value| *value == Value::Bool(false) || value.as_str() == Some("false");
    let unverified = payload.get("email_verified").is_some_and(no)
        // Where Supabase Auth says it.
        || payload
            .get("user_metadata")
            .and_then(|user| user.get("email_verified"))
            .is_some_and(no);
    let email = payload
        .text("email")?
        .filter(|email| !unverified && email.len() <= MAX_EMAIL_BYTES && email.contains('@'));
    Ok(email.map(str::to_owned))
}

fn session(payload: &Members, trust: &Trust) -> Result<Option<Uuid>, &'static str> {
    match payload.text("session_id")? {
        Some(id) if trust.own => Uuid::try_parse(id)
            .map(Some)
            .map_err(|_| "its `session_id` is no UUID"),
        _ => Ok(None),
    }
}

/// A token that is limited to a workspace must not become unlimited because its claim is odd.
fn workspace(payload: &Members) -> Result<Option<String>, &'static str> {
    match payload.text("workspace")? {
        Some(named) if (1..=MAX_WORKSPACE_BYTES).contains(&named.len()) => {
            Ok(Some(named.to_owned()))
        }
        Some(_) => Err("its `workspace` is none"),
        None => Ok(None),
    }
}
