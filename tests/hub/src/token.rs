//! `cargo hub token`: a token for a developer to try the API with.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, ValueEnum};
use cluster::connect;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tokio_postgres::Client;

use crate::database::given_url;
use crate::output;
use crate::project::Project;
use crate::secrets::Secrets;
use crate::state::State;

/// How long a developer's token is valid, in seconds: a day.
const LIFETIME: u64 = 24 * 60 * 60;

/// Who the token speaks for.
#[derive(Args, Clone, Debug)]
pub struct Speaker {
    /// Email address of the user; made where missing.
    #[arg(long, value_parser = email)]
    pub user: String,
    /// Short name of the workspace (a-z, 0-9 and -); made where missing.
    #[arg(long, value_parser = slug)]
    pub workspace: String,
    /// The user's role there; set if it was another.
    #[arg(long)]
    pub role: Role,
}

/// What a member may do, most to least.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[allow(missing_docs, reason = "the names are the product's own")]
pub enum Role {
    Owner,
    Admin,
    Reviewer,
    Operator,
    Viewer,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Reviewer => "reviewer",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }
}

/// Prints a token for `speaker` in the given or the running hub's database, and nothing else.
///
/// # Errors
/// When no database is running or it is not migrated.
pub async fn token(project: &Project, option: Option<String>, speaker: &Speaker) -> Result<()> {
    let secrets = Secrets::of(project)?;
    let running = State::of_running(project)?.map(|state| state.database_url);
    let url = running_or_given(option, running)?;
    let token = issue(&url, &secrets.jwt_secret, speaker).await?;
    output::line(&token)
}

pub(crate) fn running_or_given(option: Option<String>, running: Option<String>) -> Result<String> {
    // The running hub knows best, unless another database is asked for by name.
    option.or(running).or_else(|| given_url(None)).context(
        "no development database is running: start one with `cargo hub up`, or give --database-url",
    )
}

/// Makes what is missing of `speaker` in the database of `admin_url` and signs a token for it with `jwt_secret`.
///
/// # Errors
/// When the database can't be reached or is not migrated.
pub async fn issue(admin_url: &str, jwt_secret: &str, speaker: &Speaker) -> Result<String> {
    let mut client = connect(admin_url).await?;
    let (user, workspace) = make_member(&mut client, speaker)
        .await
        .context("could not make the member: is the database migrated (`cargo hub migrate`)?")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    sign(
        jwt_secret,
        &json!({"sub": user, "workspace": workspace, "iat": now, "exp": now + LIFETIME}),
    )
}

async fn make_member(client: &mut Client, speaker: &Speaker) -> Result<(String, String)> {
    let change = client.transaction().await?;
    let exempt = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user";
    let exempt: bool = change.query_one(exempt, &[]).await?.try_get(0)?;
    // Row level security is forced, so even the tables' owner has to step aside to make the first member, and the record of it.
    if !exempt {
        change.batch_execute(&forcing("no force")).await?;
    }
    let role = speaker.role.name();
    let row = change
        .query_one(
            include_str!("token/member.sql"),
            &[&speaker.user, &speaker.workspace, &role],
        )
        .await?;
    if !exempt {
        change.batch_execute(&forcing("force")).await?;
    }
    change.commit().await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

fn forcing(how: &str) -> String {
    ["users", "workspaces", "members", "audit_logs"]
        .map(|table| format!("alter table hub.{table} {how} row level security;"))
        .concat()
}

/// A JSON Web Token with `claims`, signed with HMAC-SHA-256.
///
/// # Errors
/// Never with HMAC, which takes keys of any length.
pub fn sign(secret: &str, claims: &serde_json::Value) -> Result<String> {
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let body = URL_SAFE_NO_PAD.encode(claims.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(format!("{head}.{body}").as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    Ok(format!("{head}.{body}.{signature}"))
}

fn email(text: &str) -> Result<String> {
    let known = text.split_once('@');
    ensure!(
        known.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) && text.len() <= 254,
        "should look like ada@example.com"
    );
    Ok(text.to_lowercase())
}

fn slug(text: &str) -> Result<String> {
    let allowed = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    ensure!(
        text.chars().all(allowed) && !text.starts_with('-') && (1..=63).contains(&text.len()),
        "should be up to 63 characters of a-z, 0-9 and -, not starting with -"
    );
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::{email, sign, slug};
    use serde_json::json;

    #[test]
    fn a_signature_is_the_standards() {
        // RFC 7515 signs other text; this one was made with another implementation (OpenSSL).
        let token = sign("secret", &json!({"sub": "1"})).unwrap();
        assert_eq!(
            token,
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.8qZF8vbN3UpcanXFc-mPXJkOPN01-bRch8XX3rToP1U"
        );
    }

    #[test]
    fn bad_names_say_how_they_should_look() {
        assert!(slug("-a").is_err() && slug("Shop").is_err() && slug("").is_err());
        assert!(
            email("nobody")
                .unwrap_err()
                .to_string()
                .contains("ada@example.com")
        );
        assert_eq!(slug("north-2").unwrap(), "north-2");
    }
}
