//! What only the server sets can't be sent: for every body in the book, every such field is tried.

use super::book::book;
use super::digest::changed;
use super::entry::{Body, Call, Entry, Rows};
use super::world::World;
use e2e::Answer;
use serde_json::{Value, json};

/// Fields of rows that nobody but the server sets.
fn server_fields(world: &World) -> Vec<(&'static str, Value)> {
    let user = &world.victim.users()[0];
    vec![
        ("workspace_id", json!(world.victim.id)),
        ("workspace", json!(world.victim.slug)),
        ("user_id", json!(user)),
        ("sub", json!(user)),
        ("role", json!("owner")),
        ("status", json!("active")),
        ("version", json!(99)),
        ("id", json!(world.victim.id)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("reviewed_by", json!(user)),
        ("lease_seq", json!(7)),
        ("secret", json!("known to the attacker")),
        ("hash", json!("00")),
        ("__proto__", json!({"role": "owner"})),
    ]
}

fn has(body: &Value, field: &str) -> bool {
    body.get(field).is_some()
}

impl World {
    /// Sends `call` as its sender would; what else than a refusal comes of it is a fault.
    async fn forbidden(
        &self,
        entry: &Entry,
        (call, rows): (&Call, &Rows),
        what: &str,
        faults: &mut Vec<String>,
    ) {
        let own = self.own_caller(entry, &self.attacker, rows).await;
        let before = self.both().await;
        let answer = call.by(&own).await;
        let after = self.both().await;
        let mut fault = |why: String| faults.push(format!("{} with {what}: {why}", entry.route));
        // What is signed may say what it likes: it is stored as it came, and believed only where it is known.
        let signed = entry.sign.is_some() || entry.ignores.is_some();
        if !is_refusal(&answer) && !signed {
            fault(format!("answered {}: {}", answer.status, answer.body));
        }
        for table in changed(&before[0], &after[0]) {
            fault(format!("the victim's {table} changed"));
        }
        if !signed {
            for table in changed(&before[1], &after[1]) {
                fault(format!("the caller's {table} changed"));
            }
        }
    }

    async fn both(&self) -> [super::digest::Digest; 2] {
        [
            self.ledger.digest(&self.admin, &self.victim).await,
            self.ledger.digest(&self.admin, &self.attacker).await,
        ]
    }
}

/// 400, or a 409 that names the way there is instead.
fn is_refusal(answer: &Answer) -> bool {
    [400, 409].contains(&answer.status.as_u16())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_body_sets_what_only_the_server_sets() {
    let world = World::open().await;
    let mut faults = Vec::new();
    let mut tried = 0;
    for entry in book() {
        let Body::Json(body) = &entry.body else {
            continue;
        };
        let rows = world.rows(&world.attacker, &entry.holes()).await;
        for (field, value) in server_fields(&world) {
            if has(body, field) || entry.takes.contains(&field) {
                continue;
            }
            let mut more = body.clone();
            more[field] = value;
            let call = entry.clone().json(more).call(&rows);
            world
                .forbidden(&entry, (&call, &rows), field, &mut faults)
                .await;
            tried += 1;
        }
    }
    assert!(tried > 100, "the book has bodies: {tried}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Of two fields with one name some readers take the first and some the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_body_says_a_field_twice() {
    let world = World::open().await;
    let mut faults = Vec::new();
    for entry in book() {
        let Body::Json(body) = &entry.body else {
            continue;
        };
        let rows = world.rows(&world.attacker, &entry.holes()).await;
        let (field, value) = body.as_object().unwrap().iter().next().unwrap();
        let mut call = entry.call(&rows);
        let once = call.body.take().unwrap();
        let twice = format!(
            "{{{}:{value},{}",
            json!(field),
            once.trim_start_matches('{')
        );
        call.body = Some(twice);
        if entry.sign.is_none() && entry.ignores.is_none() {
            world
                .forbidden(&entry, (&call, &rows), "a field twice", &mut faults)
                .await;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
