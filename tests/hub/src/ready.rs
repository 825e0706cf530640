//! The workspace `demo` with a store on each fake channel, ready to be used.

use anyhow::{Context, Result};
use reqwest::Method;
use sandbox::ReadyStore;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::demo::api::{Member, client, text};
use crate::token::{Role, Speaker, issue};

/// The workspace that the ready stores belong to.
pub const WORKSPACE: &str = "demo";

/// A hub with fake channels beside it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Surroundings {
    /// Where the hub serves.
    pub url: String,
    /// Its database, as the administrator.
    pub database_url: String,
    /// Where the sandbox serves.
    pub sandbox_url: String,
}

/// A connected store.
#[derive(Clone, Debug)]
pub struct Store {
    /// The channel.
    pub platform: String,
    /// Ours.
    pub id: String,
    /// For people.
    pub name: String,
}

/// A member of the workspace `demo`, made where missing.
///
/// # Errors
/// When the database refuses.
pub async fn member(
    around: &Surroundings,
    jwt_secret: &str,
    name: &str,
    role: Role,
) -> Result<Member> {
    let speaker = Speaker {
        user: format!("{name}@demo.example"),
        workspace: WORKSPACE.to_owned(),
        role,
    };
    let token = issue(&around.database_url, jwt_secret, &speaker).await?;
    Ok(Member::new(&client(), &around.url, token))
}

/// Connects `stores` in the workspace `demo`, or connects them again where they are known, and tells those
/// fakes where notifications go that can't be told so through the vendor's API.
///
/// # Errors
/// When the hub or the sandbox refuses.
pub async fn connect(
    around: &Surroundings,
    jwt_secret: &str,
    stores: &[ReadyStore],
) -> Result<Vec<Store>> {
    let owner = member(around, jwt_secret, "olivia", Role::Owner).await?;
    let fakes = Member::new(&client(), &around.sandbox_url, String::new());
    let mut connected = Vec::new();
    for ready in stores {
        let store = connect_one(&owner, ready).await?;
        if ready.platform != "shopify" {
            let address = format!("{}/webhooks/{}/{}", around.url, store.platform, store.id);
            let path = format!("/_sandbox/{}/webhooks", ready.platform);
            fakes
                .send(Method::POST, &path, &json!({"address": address}))
                .await?;
        }
        connected.push(store);
    }
    Ok(connected)
}

async fn connect_one(owner: &Member, ready: &ReadyStore) -> Result<Store> {
    let name = format!("Demo {}", ready.platform);
    let path = format!(
        "/stores?platform=eq.{}&name=eq.Demo%20{}",
        ready.platform, ready.platform
    );
    let known = owner.get(&path).await?;
    let row = match known.pointer("/data/0/id").and_then(Value::as_str) {
        Some(id) => {
            let again = json!({"config": ready.config, "credentials": ready.credentials, "status": "active"});
            owner
                .send(Method::PATCH, &format!("/stores/{id}"), &again)
                .await?
        }
        None => {
            let new = json!({"platform": ready.platform, "name": name, "credentials": ready.credentials, "config": ready.config});
            owner.send(Method::POST, "/stores", &new).await?
        }
    };
    Ok(Store {
        platform: ready.platform.to_owned(),
        id: text(&row, "id")?.to_owned(),
        name,
    })
}

/// The ready stores of a running hub.
///
/// # Errors
/// When there are none.
pub async fn stores(owner: &Member) -> Result<Vec<Store>> {
    let found = owner
        .get("/stores?name=like.Demo%20*&order=created_at.asc")
        .await?;
    let rows = found
        .get("data")
        .and_then(Value::as_array)
        .context("no list of stores")?;
    rows.iter()
        .map(|row| {
            Ok(Store {
                platform: text(row, "platform")?.to_owned(),
                id: text(row, "id")?.to_owned(),
                name: text(row, "name")?.to_owned(),
            })
        })
        .collect()
}
