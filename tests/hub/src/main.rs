//! The developer command: `cargo hub <verb>`.

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use hub::project::Project;
use hub::signals::Signals;
use hub::token::Speaker;

/// Runs and inspects Stage Hub on this machine.
#[derive(Parser)]
#[command(name = "cargo hub", bin_name = "cargo hub")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build every component that spin.toml names.
    Build,
    /// Bring the database to the newest schema.
    Migrate(Postgres),
    /// Print a token for the development database, making user, workspace and membership where missing.
    Token {
        #[command(flatten)]
        speaker: Speaker,
        #[command(flatten)]
        postgres: Postgres,
    },
}

#[derive(Args)]
struct Postgres {
    /// An administrator's URL of the database, `postgres://user:password@host:5432/database`; else SPIN_VARIABLE_DATABASE_URL,
    /// else a private server in .hub/.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let verb = Cli::parse().verb;
    let mut signals = Signals::watch()?;
    tokio::select! {
        result = run(verb) => result,
        // Dropping the verb stops what it started.
        () = signals.any() => Ok(()),
    }
}

async fn run(verb: Verb) -> Result<()> {
    match verb {
        Verb::Build => hub::components::build(&Project::here()?).await,
        Verb::Migrate(Postgres { database_url }) => hub::migrate::migrate(database_url).await,
        Verb::Token { speaker, postgres } => {
            hub::token::token(postgres.database_url, &speaker).await
        }
    }
}
