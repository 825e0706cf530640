//! `cargo hub token`: a token for a developer to try the API with.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use cluster::connect;
use common::token::{Claims, sign};
use tokio_postgres::Client;

use crate::database::given_url;
use crate::output;
use crate::project::Project;
use crate::secrets::Secrets;
use crate::state::State;

/// How long a developer's token is valid, in seconds: a day.
const LIFETIME: i64 = 24 * 60 * 60;

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
    let now = i64::try_from(now)?;
    let claims = Claims {
        sub: user.parse()?,
        workspace: Some(workspace),
        exp: now + LIFETIME,
        nbf: None,
        iat: Some(now),
    };
    Ok(sign(&claims, jwt_secret)?)
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

    use super::{email, slug};

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
