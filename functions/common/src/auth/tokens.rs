//! The two tokens of a session, and how a client gets them.

use super::refusal::{Refusal, Result};
use super::store::Answer;
use crate::error::Error;
use crate::identity::cookie;
use crate::identity::jwk::SigningKey;
use crate::ports::{Host, Random};
use crate::reply::Reply;
use crate::request::Request;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// How long an access token is good for, in seconds.
pub(super) const ACCESS_SECONDS: i64 = 600;
/// What a refresh token begins with, so that one in the wrong place is recognised.
const PREFIX: &str = "shr_";

/// The keys of `auth_signing_keys`: the first signs, all are published.
pub(super) fn keys(host: &impl Host) -> Result<Vec<SigningKey>> {
    let text = host.settings().text("auth_signing_keys")?;
    let keys = SigningKey::set_from_jwks(text);
    Ok(keys
        .map_err(|error| Error::internal(format!("Spin variable `auth_signing_keys`: {error}")))?)
}

/// A refresh token: 256 bits. The database knows its SHA-256 only.
pub(super) struct RefreshToken(Secret<[u8; 32]>);

impl RefreshToken {
    /// A new one, by chance.
    pub(super) fn new(random: &impl Random) -> Self {
        Self(Secret::new(bytes(random)))
    }

    /// The one that `text` is; none when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        Some(Self(Secret::new(bytes.try_into().ok()?)))
    }

    /// The one after it: HMAC-SHA256 of `salt`, keyed with this one. The database has the salt and not the token, a
    /// thief of the token has not the salt; together they make the same successor again when an answer was lost.
    pub(super) fn next(&self, salt: &[u8; 32]) -> Result<Self> {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).map_err(Error::internal)?;
        let mac = mac
            .chain_update(b"stage-hub refresh token")
            .chain_update(salt);
        Ok(Self(Secret::new(mac.finalize().into_bytes().into())))
    }

    /// As the client has it.
    pub(super) fn text(&self) -> String {
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0.expose()))
    }

    /// As the database has it: SHA-256, hexadecimal.
    pub(super) fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.expose()))
    }
}

/// 32 bytes of chance.
pub(super) fn bytes(random: &impl Random) -> [u8; 32] {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    bytes
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The 32 bytes of a hexadecimal text.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    (text.len() == 64).then_some(bytes)
}

/// Where a client wants its tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// In the answer's body, as Supabase's client does.
    Body,
    /// In cookies that scripts can't read.
    Cookie,
}

impl Carrier {
    /// What `cookie=true` asks for; with cookies only for our own pages, so that nobody signs a visitor in as somebody else.
    pub(super) fn of(request: &Request, host: &impl Host) -> Result<Self> {
        match super::parameter(&request.query, "cookie") {
            None | Some("false") => Ok(Self::Body),
            Some("true") => {
                cookie::own_page(request, host)?;
                Ok(Self::Cookie)
            }
            Some(_) => Err(Refusal::invalid("cookie: takes true or false")),
        }
    }

    /// The session that `answer` tells of, with an access token made for it now.
    pub(super) fn reply(
        self,
        host: &impl Host,
        answer: &Answer,
        refresh: &RefreshToken,
    ) -> Result<Reply> {
        let now = host.now_ms().div_euclid(1000);
        let (Some(user), Some(session)) = (&answer.user, answer.session) else {
            return Err(Error::internal("the sign-in's statement answered no session").into());
        };
        // Not longer than the session itself.
        let ends_in = answer.ends_in_s.unwrap_or_default();
        let lasts = ACCESS_SECONDS.min(ends_in).max(1);
        let claims = claims(host, user, session, answer.signed_in_at, now, lasts)?;
        let keys = keys(host)?;
        let signed = keys.first().map(|key| key.sign(&claims)).transpose();
        let access = signed.map_err(Error::internal)?.unwrap_or_default();
        let mut body = json!({"token_type": "bearer", "expires_in": lasts, "expires_at": now + lasts, "user": user});
        if self == Self::Cookie {
            let reply = Reply::json(StatusCode::OK, body.to_string());
            return Ok(cookie::keep(
                reply,
                (&access, lasts),
                (&refresh.text(), ends_in),
            ));
        }
        if let Some(fields) = body.as_object_mut() {
            fields.insert("access_token".to_owned(), access.into());
            fields.insert("refresh_token".to_owned(), refresh.text().into());
        }
        Ok(Reply::json(StatusCode::OK, body.to_string()))
    }
}

fn claims(
    host: &impl Host,
    user: &Value,
    session: Uuid,
    signed_in_at: Option<i64>,
    now: i64,
    lasts: i64,
) -> Result<Value> {
    Ok(json!({
        "iss": issuer(host)?,
        "aud": "authenticated",
        "sub": user["id"],
        "email": user["email"],
        "phone": "",
        "role": "authenticated",
        "session_id": session,
        "is_anonymous": false,
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": signed_in_at.unwrap_or(now)}],
        "iat": now,
        "exp": now + lasts,
    }))
}

/// Who signs: `{public_url}/auth/v1`.
pub(super) fn issuer(host: &impl Host) -> Result<String> {
    let public = host.settings().text("public_url")?;
    Ok(format!("{}/auth/v1", public.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_reads_back_and_nothing_else_is_one() {
        let token = RefreshToken(Secret::new([7; 32]));
        let again = RefreshToken::parse(&token.text()).unwrap();
        assert_eq!(token.hash(), again.hash());
        for text in [
            "",
            "shr_",
            "abc",
            &token.text()[4..],
            &format!("{}A", token.text()),
        ] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_successor_needs_both_the_token_and_the_salt() {
        let token = RefreshToken(Secret::new([7; 32]));
        let next = token.next(&[1; 32]).unwrap();
        assert_eq!(next.hash(), token.next(&[1; 32]).unwrap().hash());
        assert_ne!(next.hash(), token.next(&[2; 32]).unwrap().hash());
        let other = RefreshToken(Secret::new([8; 32]));
        assert_ne!(next.hash(), other.next(&[1; 32]).unwrap().hash());
    }

    #[test]
    fn hexadecimal_reads_back() {
        let bytes = [0xa5; 32];
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!(unhex("a5"), None);
        assert_eq!(unhex(&"g".repeat(64)), None);
    }
}
