//! Sealed values of every kind, and the ports of a rotation over them.

use crate::tick::world::World;
use common::credentials::{KeyRing, Place, open, seal};
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::secret::Secret;
use common::settings::Settings;
use common::worker::rotate_keys;
use database::Stage;
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;

pub const OLD: &str = "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const NEW: &str = "new:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// Where something is sealed, and for which column.
#[derive(Clone, Debug)]
pub struct Spot {
    pub table: &'static str,
    pub column: &'static str,
    pub sealed_for: &'static str,
    pub workspace: String,
    pub row: String,
}

impl Spot {
    pub fn store(workspace: &str, row: &str) -> Self {
        Self {
            table: "stores",
            column: "credentials",
            sealed_for: "credentials",
            workspace: workspace.to_owned(),
            row: row.to_owned(),
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            workspace: &self.workspace,
            table: self.table,
            row: &self.row,
            column: self.sealed_for,
        }
    }

    /// What it holds is this spot's own.
    pub fn plain(&self) -> String {
        format!("{} of {}", self.column, self.row)
    }

    /// Sealed with the first key of `ring`.
    pub fn sealed(&self, world: &World, ring: &str, plain: &str) -> String {
        let ring = KeyRing::parse(ring).unwrap();
        seal(&ring, world, &self.place(), &Secret::new(plain.to_owned())).unwrap()
    }

    pub async fn set(&self, stage: &Stage, text: &str) {
        let (table, column, row) = (self.table, self.column, &self.row);
        let set = format!("update hub.{table} set {column} = '{text}' where id = '{row}'");
        stage.admin.batch_execute(&set).await.unwrap();
    }

    pub async fn text(&self, stage: &Stage) -> String {
        let (table, column, row) = (self.table, self.column, &self.row);
        let text = format!("select {column} from hub.{table} where id = '{row}'");
        stage.one(&text).await.unwrap()
    }

    /// What is stored, opened with `ring` alone.
    pub async fn opened(&self, stage: &Stage, ring: &str) -> String {
        let ring = KeyRing::parse(ring).unwrap();
        let text = self.text(stage).await;
        let plain = open(&ring, &self.place(), &text);
        plain
            .unwrap_or_else(|error| panic!("{self:?}: {error}"))
            .expose()
            .clone()
    }
}

/// The spots of a second workspace's store, of the stage's store and of a key and a connection beside it, sealed with
/// the first key of `ring`.
pub async fn everything(stage: &Stage, world: &World, ring: &str) -> Vec<Spot> {
    let (one, store) = (&stage.workspace, &stage.store);
    let two = stage.workspace_of("two").await.unwrap();
    let elsewhere = stage.store_of(&two, "theirs").await.unwrap();
    let key = format!(
        "insert into hub.webhook_keys (workspace_id, name, secret, previous_secret, previous_until)
         values ('{one}', 'k', 's', 's', now() + interval '1 day') returning id::text"
    );
    let key = stage.one(&key).await.unwrap();
    let connection = format!(
        "insert into hub.connections (workspace_id, store_id, user_id, state_hash, verifier, redirect_uri)
         select '{one}', '{store}', id, repeat('a', 64), 'v', 'https://hub.test' from hub.users limit 1 returning id::text"
    );
    let connection = stage.one(&connection).await.unwrap();
    let until = format!(
        "update hub.stores set previous_credentials = 's', previous_until = now() + interval '1 day' where id = '{store}'"
    );
    stage.admin.batch_execute(&until).await.unwrap();
    let spot = |table, column, sealed_for, row: &str| Spot {
        table,
        column,
        sealed_for,
        workspace: one.clone(),
        row: row.to_owned(),
    };
    let spots = vec![
        Spot::store(&two, &elsewhere),
        Spot::store(one, store),
        spot("stores", "previous_credentials", "credentials", store),
        spot("webhook_keys", "secret", "secret", &key),
        spot("webhook_keys", "previous_secret", "secret", &key),
        spot("connections", "verifier", "verifier", &connection),
    ];
    for spot in &spots {
        spot.set(stage, &spot.sealed(world, ring, &spot.plain()))
            .await;
    }
    spots
}

/// `many` stores of the stage's workspace, sealed with the first key of `ring`.
pub async fn stores(stage: &Stage, world: &World, ring: &str, many: usize) -> Vec<Spot> {
    let mut spots = Vec::new();
    for n in 0..many {
        let store = stage
            .store_of(&stage.workspace, &format!("s{n}"))
            .await
            .unwrap();
        let spot = Spot::store(&stage.workspace, &store);
        spot.set(stage, &spot.sealed(world, ring, &spot.plain()))
            .await;
        spots.push(spot);
    }
    spots
}

/// A worker whose ring is `ring`.
pub async fn worker(stage: &Stage, ring: &str) -> World {
    World::with(stage, &[("credentials_keys", ring)]).await
}

/// One tick with `ring`.
pub async fn tick(stage: &Stage, ring: &str) -> Value {
    rotate_keys(&worker(stage, ring).await).await.unwrap()
}

/// A world whose clock is moved on by `step_ms` whenever it is looked at.
pub struct Hasty {
    pub world: World,
    pub step_ms: i64,
    pub now_ms: Cell<i64>,
}

impl Db for Hasty {
    async fn text(
        &self,
        statement: &'static str,
        params: Vec<Param>,
        repeat: Repeat,
    ) -> Result<String, DbError> {
        self.world.text(statement, params, repeat).await
    }
}

impl HttpClient for Hasty {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied(request.uri().to_string()))
    }
}

impl Clock for Hasty {
    fn now_ms(&self) -> i64 {
        self.now_ms.set(self.now_ms.get() + self.step_ms);
        self.now_ms.get()
    }

    async fn sleep(&self, _: Duration) {}
}

impl Random for Hasty {
    fn fill(&self, buffer: &mut [u8]) {
        self.world.fill(buffer);
    }
}

impl Log for Hasty {
    fn log(&self, fields: Value) {
        self.world.log(fields);
    }
}

impl Host for Hasty {
    fn settings(&self) -> &Settings {
        self.world.settings()
    }
}
