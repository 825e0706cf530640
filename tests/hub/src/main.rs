//! The developer command: `cargo hub <verb>`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use hub::project::Project;
use hub::sandbox::USUAL_ADDRESS;
use hub::signals::Signals;
use hub::token::Speaker;
use hub::up::Options;

/// Runs and inspects Stage Hub on this machine.
#[derive(Parser)]
#[command(name = "cargo hub", bin_name = "cargo hub")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Where the private server's data and this checkout's secrets are kept, instead of .hub/ in the repository.
    #[arg(long, global = true, value_name = "FOLDER")]
    home: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Verb {
    /// Build, start Postgres, migrate and serve the app with its schedules, until Ctrl-C.
    Up(Up),
    /// Build every component that spin.toml names.
    Build,
    /// Bring the database to the newest schema.
    Migrate(Postgres),
    /// Print how many values each key of `credentials_keys` still seals.
    Keys(Postgres),
    /// Print a token for the development database, making user, workspace and membership where missing.
    Token {
        #[command(flatten)]
        speaker: Speaker,
        #[command(flatten)]
        postgres: Postgres,
    },
    /// Print a new key of the own sign-in as the variables of a deployment.
    AuthKey,
    /// Run the fake platforms alone, until Ctrl-C.
    Sandbox {
        /// Where to serve; port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS", default_value_t = USUAL_ADDRESS)]
        listen: SocketAddr,
    },
    /// Walk from a catalogue file to a shown product and back, against the hub that runs with `up --sandbox`.
    Demo,
    /// Measure the app beside pgbench with the same statements.
    Bench {
        /// How long each load runs.
        #[arg(long, value_name = "SECONDS", default_value_t = 10)]
        seconds: u64,
    },
}

#[derive(Args)]
struct Up {
    /// Where to serve; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Start the fake platforms as well.
    #[arg(long)]
    sandbox: bool,
    #[command(flatten)]
    postgres: Postgres,
}

impl From<Up> for Options {
    fn from(up: Up) -> Self {
        Self {
            listen: up.listen,
            sandbox: up.sandbox,
            database_url: up.postgres.database_url,
        }
    }
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
    let Cli { verb, home } = Cli::parse();
    let project = Project::here()?.keeping_in(home)?;
    let mut signals = Signals::watch()?;
    match verb {
        Verb::Up(options) => hub::up::up(&project, &options.into(), &mut signals).await,
        Verb::Build => until(&mut signals, hub::components::build(&project)).await,
        Verb::Migrate(postgres) => {
            until(
                &mut signals,
                hub::migrate::migrate(&project, postgres.database_url),
            )
            .await
        }
        Verb::Keys(postgres) => {
            until(
                &mut signals,
                hub::keys::keys(&project, postgres.database_url),
            )
            .await
        }
        Verb::Token { speaker, postgres } => {
            until(
                &mut signals,
                hub::token::token(&project, postgres.database_url, &speaker),
            )
            .await
        }
        Verb::AuthKey => hub::signing_keys::print(),
        Verb::Sandbox { listen } => until(&mut signals, hub::sandbox::serve(listen)).await,
        Verb::Demo => until(&mut signals, hub::demo::demo(&project)).await,
        Verb::Bench { seconds } => until(&mut signals, hub::bench::bench(&project, seconds)).await,
    }
}

/// Does `work` until it is done or a signal asks to stop; dropping it stops what it started.
async fn until(signals: &mut Signals, work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::select! {
        result = work => result,
        () = signals.any() => Ok(()),
    }
}
