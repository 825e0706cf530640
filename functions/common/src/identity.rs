//! Who calls: a person with a token, a machine with a key. What is verified here needs no database; whether a session,
//! a key or a membership still stands is decided by the statement that serves the request (`hub.serve`).

pub mod api_key;
pub mod cookie;
pub mod digest;
pub mod jwk;
pub mod jwks;
pub mod jwt;
pub mod signature;
pub mod signing_key;
#[cfg(test)]
mod testing;

use crate::error::{Error, Kind, Result};
use crate::ports::Host;
use crate::request::Request;
use serde_json::{Value, json};
use uuid::Uuid;

/// How a caller proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A bearer token of an issuer that we trust.
    Token,
    /// The same in a cookie, sent by a browser.
    Cookie,
    /// An API key.
    Key,
    /// An HTTP message signature (RFC 9421).
    Signature,
}

impl Via {
    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Cookie => "cookie",
            Self::Key => "key",
            Self::Signature => "signature",
        }
    }
}

/// Which API key was used, and what Postgres has to hold against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key.
    pub id: Uuid,
    /// SHA-256 of the key's secret, hexadecimal.
    pub hash: Option<String>,
    /// Which of a signing key's secrets made the signature.
    pub generation: Option<u32>,
    /// The signature's nonce.
    pub nonce: Option<String>,
    /// When the signature expires, Unix seconds; the nonce is remembered until then.
    pub nonce_until: Option<i64>,
}

impl KeyUse {
    fn context(&self) -> Value {
        json!({
            "id": self.id,
            "hash": self.hash,
            "generation": self.generation,
            "nonce": self.nonce,
            "nonce_until": self.nonce_until,
        })
    }
}

/// A person of another identity provider, by what that one calls them: the columns of `hub.users`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAs {
    /// Its `iss`.
    pub issuer: String,
    /// Its `sub`.
    pub subject: String,
}

/// A caller whose proof holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The kind of proof.
    pub via: Via,
    /// The user; none for a key, whose maker Postgres knows.
    pub user: Option<Uuid>,
    /// Id or slug of the workspace that the token is limited to.
    pub workspace: Option<String>,
    /// The person's address, where the issuer says so.
    pub email: Option<String>,
    /// What another identity provider calls the person; none for our own people and for keys.
    pub known_as: Option<KnownAs>,
    /// The session of our own sign-in.
    pub session: Option<Uuid>,
    /// The key.
    pub key: Option<KeyUse>,
}

impl Caller {
    /// What `hub.serve` is told of the caller.
    pub(crate) fn context(&self) -> Value {
        let mut context = json!({"via": self.via.name()});
        if let Some(fields) = context.as_object_mut() {
            if let Some(user) = self.user {
                fields.insert("user".to_owned(), json!(user));
            }
            if let Some(session) = self.session {
                fields.insert("session".to_owned(), json!(session));
            }
            if let Some(key) = &self.key {
                fields.insert("key".to_owned(), key.context());
            }
        }
        context
    }
}

/// The caller of `request`.
///
/// # Errors
/// 401 without a proof, with one that does not hold, or with two; 403 for what a page of another site sent.
pub async fn authenticate(request: &Request, host: &impl Host) -> Result<Caller> {
    let signed = request.headers.contains_key(signature::INPUT_HEADER);
    match (
        signed,
        bearer(request)?,
        cookie::access_token(request, host)?,
    ) {
        (true, None, None) => signature::verify(request, host),
        (false, Some(token), None) if token.starts_with(api_key::PREFIX) => api_key::caller(token),
        (false, Some(token), None) => Ok(person(Via::Token, jwt::verify(token, host).await?)),
        (false, None, Some(token)) => Ok(person(Via::Cookie, jwt::verify(&token, host).await?)),
        // None, or two: which one counts must not be a question.
        _ => Err(unauthorized()),
    }
}

/// The person that a token speaks for, who showed it `via` a header or a cookie.
fn person(via: Via, claims: jwt::Claims) -> Caller {
    let known_as = claims.iss.filter(|_| !claims.own).map(|issuer| KnownAs {
        issuer,
        subject: claims.sub,
    });
    Caller {
        via,
        user: Some(claims.user),
        workspace: claims.workspace,
        email: claims.email,
        known_as,
        session: claims.session,
        key: None,
    }
}

/// The 401 that says no more than that.
pub fn unauthorized() -> Error {
    Error::new(Kind::Unauthorized, "A valid bearer token is needed.")
}

/// The error for what `hub.serve` refused, by its code.
pub(crate) fn refusal(sqlstate: &str) -> Error {
    match sqlstate {
        "HB401" => unauthorized(),
        "HB409" => Error::new(
            Kind::Unauthorized,
            "This signature was used before; sign each request anew, with a nonce of its own.",
        ),
        "HBORI" => Error::new(
            Kind::Forbidden,
            "This workspace does not let pages of this origin call; an owner can add it to the workspace's origins.",
        ),
        _ => Error::new(Kind::Forbidden, "You may not do this here."),
    }
}

/// The bearer token of `Authorization`, where there is one.
///
/// # Errors
/// 401 for two such headers, or another scheme.
fn bearer(request: &Request) -> Result<Option<&str>> {
    let mut given = request.headers.get_all("authorization").iter();
    let (first, second) = (given.next(), given.next());
    match (first, second) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Some(token.trim()))
            .ok_or_else(unauthorized),
        (Some(_), Some(_)) => Err(unauthorized()),
    }
}
