//! Putting the ring's first key around everything that another one still seals, while the app runs.
//!
//! What is left is what is not under the first key, so that a rotation stops and resumes by itself: a tick takes the next
//! values, wraps their data keys anew and stores each where it is still the one that was read. Somebody else's change wins,
//! and is looked at again by the next tick. When nothing is left under a key, it can be taken out of `credentials_keys`.

use super::text;
use crate::credentials::{CredentialsError, KeyRing, Place, rewrap};
use crate::ports::Host;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// No batch is begun later than this in a tick.
const BUDGET: Duration = Duration::from_secs(20);
/// How many values are read and stored at once.
const BATCH: usize = 200;
/// How many values that don't open are named in the log.
const NAMED: usize = 10;

/// How many values there are, by form and key: `v2.<key id>`.
type Counts = BTreeMap<String, u64>;

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Sealed {
    n: u64,
    workspace: String,
    table: String,
    column: String,
    sealed_for: String,
    row: String,
    sealed: String,
    #[serde(skip_deserializing)]
    rewrapped: String,
}

impl Sealed {
    fn place(&self) -> Place<'_> {
        Place {
            workspace: &self.workspace,
            table: &self.table,
            row: &self.row,
            column: &self.sealed_for,
        }
    }

    fn name(&self) -> String {
        format!("{}.{} {}", self.table, self.column, self.row)
    }
}

/// What one tick did.
#[derive(Default)]
struct Done {
    rewrapped: u64,
    left_alone: u64,
    /// Where values are that were altered or moved.
    unreadable: Vec<String>,
}

/// Wraps what is not under the first key of `credentials_keys` anew, for 20 seconds at most. Answers, and logs when there
/// was something to do, what was done and what is left; a value whose key is missing stays as it is and is counted.
///
/// # Errors
/// When the ring can't be read or the database refuses.
pub async fn rotate_keys<H: Host>(host: &H) -> Result<Value> {
    let ring = host.settings().text("credentials_keys")?;
    let ring = KeyRing::parse(ring).map_err(Error::internal)?;
    let ends_at_ms = host
        .now_ms()
        .saturating_add(i64::try_from(BUDGET.as_millis()).unwrap_or(0));
    let current = current_seal(&ring);
    let old = old_seals(&ring);
    let mut counts = count(host, current.as_deref()).await?;
    let mut done = Done::default();
    if old.iter().any(|seal| counts.contains_key(seal)) {
        done = rotate(host, &ring, &old, ends_at_ms).await?;
        counts = count(host, current.as_deref()).await?;
    }
    let report = report(&ring, &old, &done, counts);
    let has_news = report
        .as_object()
        .is_some_and(|fields| fields.values().any(is_news));
    if has_news {
        host.log(json!({"event": "key-rotation", "done": report}));
    }
    Ok(report)
}

/// Whether a figure or a list of the report says anything.
fn is_news(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64() != Some(0),
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// What the ring makes.
fn current_seal(ring: &KeyRing) -> Option<String> {
    ring.ids().next().map(|id| format!("v2.{id}"))
}

/// What the ring opens and no longer makes.
fn old_seals(ring: &KeyRing) -> BTreeSet<String> {
    let current = current_seal(ring);
    let seals = ring
        .ids()
        .flat_map(|id| ["v1", "v2"].map(|form| format!("{form}.{id}")));
    seals
        .filter(|seal| Some(seal) != current.as_ref())
        .collect()
}

/// What there is beside `current`, which is most of it and of no interest.
async fn count<H: Host>(host: &H, current: Option<&str>) -> Result<Counts> {
    let args = json!({ "except": current });
    let counted = text(host, include_str!("rotation/count.sql"), &args).await?;
    serde_json::from_value(counted).map_err(Error::internal)
}

async fn rotate<H: Host>(
    host: &H,
    ring: &KeyRing,
    old: &BTreeSet<String>,
    ends_at_ms: i64,
) -> Result<Done> {
    let mut done = Done::default();
    let mut after = Value::Null;
    while host.now_ms() < ends_at_ms {
        let args = json!({"seals": old, "most": BATCH, "after": after});
        let listed = text(host, include_str!("rotation/values.sql"), &args).await?;
        let values: Vec<Sealed> = serde_json::from_value(listed).map_err(Error::internal)?;
        let Some(last) = values.last() else {
            break;
        };
        after = json!({"n": last.n, "row": last.row});
        let is_last = values.len() < BATCH;
        store(
            host,
            wrapped_anew(host, ring, values, &mut done)?,
            &mut done,
        )
        .await?;
        if is_last {
            break;
        }
    }
    Ok(done)
}

fn wrapped_anew<H: Host>(
    host: &H,
    ring: &KeyRing,
    values: Vec<Sealed>,
    done: &mut Done,
) -> Result<Vec<Sealed>> {
    let mut wrapped = Vec::with_capacity(values.len());
    for mut value in values {
        match rewrap(ring, host, &value.place(), &value.sealed) {
            Ok(text) => {
                value.rewrapped = text;
                wrapped.push(value);
            }
            Err(CredentialsError::Ring) => return Err(Error::internal(CredentialsError::Ring)),
            Err(_) => done.unreadable.push(value.name()),
        }
    }
    Ok(wrapped)
}

async fn store<H: Host>(host: &H, values: Vec<Sealed>, done: &mut Done) -> Result<()> {
    #[derive(Deserialize)]
    struct Stored {
        rewrapped: u64,
        left_alone: u64,
    }
    if values.is_empty() {
        return Ok(());
    }
    let stored = text(
        host,
        include_str!("rotation/store.sql"),
        &json!({"values": values}),
    )
    .await?;
    let stored: Stored = serde_json::from_value(stored).map_err(Error::internal)?;
    done.rewrapped += stored.rewrapped;
    done.left_alone += stored.left_alone;
    Ok(())
}

fn report(ring: &KeyRing, old: &BTreeSet<String>, done: &Done, counts: Counts) -> Value {
    let known = |seal: &str| {
        let id = seal.split_once('.').map(|(_, id)| id);
        ring.ids().any(|known| Some(known) == id)
    };
    let mut left = Map::new();
    let mut lost = Map::new();
    for (seal, number) in counts {
        if old.contains(&seal) {
            left.insert(seal, number.into());
        } else if !known(&seal) {
            let name = if seal.is_empty() {
                "unsealed".to_owned()
            } else {
                seal
            };
            lost.insert(name, number.into());
        }
    }
    json!({
        "rewrapped": done.rewrapped,
        "left_alone": done.left_alone,
        "unreadable": done.unreadable.len(),
        "unreadable_at": done.unreadable.iter().take(NAMED).collect::<Vec<_>>(),
        "left": left,
        "lost": lost,
    })
}
