//! Whatever another workspace's ids, filters and idempotency keys are put into: nothing comes out and nothing changes.

use super::book::book;
use super::digest::changed;
use super::entry::{Access, Call, Entry, Rows};
use super::rows::unique;
use super::world::{Attacker, Standing, World};
use e2e::Answer;

/// The attacker's own call, and the same with each of the victim's ids in the place of the own one, and with all.
struct Calls {
    own: Call,
    with_others: Vec<Call>,
}

fn calls(entry: &Entry, own: &Rows, theirs: &Rows) -> Calls {
    let mine = |name: &str| name == "new" || name.ends_with("_secret");
    let mut all = own.clone();
    let mut with_others = Vec::new();
    for hole in entry.holes().iter().filter(|hole| !mine(hole)) {
        let (name, row) = theirs.get_key_value(hole.as_str()).unwrap();
        let mut one = own.clone();
        one.insert(name, row.clone());
        all.insert(name, row.clone());
        with_others.push(entry.call(&one));
    }
    if with_others.len() > 1 {
        with_others.push(entry.call(&all));
    }
    let own = entry.call(own);
    with_others.retain(|call| *call != own); // what only has to be there
    Calls { own, with_others }
}

/// What of the victim's a call names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Nothing,
    Ids,
    Filters,
}

/// What is wrong with an answer; none when nothing is.
fn wrong(entry: &Entry, standing: Standing, answer: &Answer, names: Names) -> Option<&'static str> {
    let status = answer.status.as_u16();
    let refused = match (entry.access, standing) {
        (_, _) if status >= 500 => return Some("our fault"),
        (Access::Everybody, Standing::Reader) => true,
        (Access::Everybody, _) => names == Names::Nothing || (400..500).contains(&status),
        (_, Standing::Unknown) => status == 401,
        // A filter that can't be understood is refused before anybody is looked up.
        (Access::Members, Standing::Revoked) => {
            status == 401 || (names == Names::Filters && status == 400)
        }
        // What only people may ask is refused to every machine, before its key is looked up.
        (_, Standing::Revoked) => matches!(status, 401 | 403),
        (Access::Members, Standing::Stranger) => {
            status == 403 || (names == Names::Filters && status == 400)
        }
        (Access::Members, Standing::Reader) => !entry.changes() || status == 403,
        _ if names == Names::Ids && entry.harmless.is_none() => (400..500).contains(&status),
        _ => true,
    };
    (!refused).then_some("not refused")
}

/// Everything that an answer says: status, headers, body.
fn said(answer: &Answer) -> String {
    format!("{} {:?} {}", answer.status, answer.headers, answer.body)
}

impl World {
    /// Sends `call` as `attacker`; adds to `faults` what should not have happened.
    async fn attack(
        &self,
        entry: &Entry,
        attacker: &Attacker,
        (call, names): (&Call, Names),
        faults: &mut Vec<String>,
    ) {
        let signed = attacker.signer.as_ref().map(|signer| signer.signed(call));
        let answer = signed.as_ref().unwrap_or(call).by(&attacker.caller).await;
        let text = said(&answer);
        let mut fault = |what: &str| {
            let (method, path) = (&call.method, &call.path);
            faults.push(format!(
                "{} · {method} {path} by {}: {what}: {text}",
                entry.route, attacker.name
            ));
        };
        if let Some(what) = wrong(entry, attacker.standing, &answer, names) {
            fault(what);
        }
        if attacker.standing == Standing::Reader {
            return; // sees its own workspace
        }
        for mark in self.shown(&text, Some(call)) {
            fault(&format!("shows {mark}"));
        }
    }

    /// Sends all of `calls` as `attacker`. The victim's reader has no rows of its own: all that it names is its workspace's.
    async fn attacked_by(
        &self,
        entry: &Entry,
        attacker: &Attacker,
        (calls, theirs): (&Calls, &Rows),
        faults: &mut Vec<String>,
    ) {
        if attacker.standing == Standing::Reader {
            if entry.access == Access::Members {
                let call = entry.call(theirs);
                self.attack(entry, attacker, (&call, Names::Nothing), faults)
                    .await;
            }
            return;
        }
        self.attack(entry, attacker, (&calls.own, Names::Nothing), faults)
            .await;
        for call in &calls.with_others {
            self.attack(entry, attacker, (call, Names::Ids), faults)
                .await;
        }
    }

    /// All that the victim has and `work` changed is a fault.
    async fn unchanged_by(&self, what: &str, work: impl Future<Output = ()>) -> Vec<String> {
        let before = self.ledger.digest(&self.admin, &self.victim).await;
        work.await;
        let after = self.ledger.digest(&self.admin, &self.victim).await;
        changed(&before, &after)
            .iter()
            .map(|table| format!("{what}: the victim's {table} changed"))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_or_changes_what_is_another_workspaces() {
    let world = World::open().await;
    let attackers = world.attackers().await;
    let mut faults = Vec::new();
    for entry in book() {
        let theirs = world.rows(&world.victim, &entry.holes()).await;
        let own = world.rows(&world.attacker, &entry.holes()).await;
        let calls = calls(&entry, &own, &theirs);
        world.look().await;
        let mut everybody = attackers.clone();
        everybody.extend(world.account(&entry, &own));
        let mut found = Vec::new();
        let attacks = async {
            for attacker in &everybody {
                world
                    .attacked_by(&entry, attacker, (&calls, &theirs), &mut found)
                    .await;
            }
        };
        faults.extend(world.unchanged_by(entry.route, attacks).await);
        faults.extend(found);
        faults.extend(
            world
                .own_call_and_its_repetition(&entry, &theirs, &attackers)
                .await,
        );
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

impl World {
    /// The victim's own call does what the book says, still: an entry that never worked would prove nothing. Who sends
    /// the same with the same `Idempotency-Key` gets nothing of the victim's answer.
    async fn own_call_and_its_repetition(
        &self,
        entry: &Entry,
        rows: &Rows,
        attackers: &[Attacker],
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let mut call = entry.call(rows);
        call.headers
            .push(("idempotency-key", unique(&self.attacker)));
        let own = self.own_caller(entry, &self.victim, rows).await;
        let answer = call.by(&own).await;
        let text = said(&answer);
        if answer.status.as_u16() != entry.status {
            faults.push(format!("{}: the book's own call: {text}", entry.route));
        }
        let of_workspace = entry.access == Access::Members && !entry.changes() && entry.shows_rows;
        self.look().await;
        if of_workspace && self.shown(&text, None).is_empty() {
            faults.push(format!("{}: shows not even its own: {text}", entry.route));
        }
        if entry.access != Access::Members {
            return faults;
        }
        let names = match entry.holes().iter().all(|hole| hole == "new") {
            true => Names::Nothing,
            false => Names::Ids,
        };
        let mut found = Vec::new();
        let attacks = async {
            for attacker in attackers {
                self.attack(entry, attacker, (&call, names), &mut found)
                    .await;
            }
        };
        let what = format!("{} with the same key", entry.route);
        faults.extend(self.unchanged_by(&what, attacks).await);
        faults.extend(found);
        faults
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_filter_finds_what_is_another_workspaces() {
    let world = World::open().await;
    let attackers = world.attackers().await;
    let rows = world
        .rows(&world.victim, &super::rows::HOLES.map(str::to_owned))
        .await;
    world.look().await;
    let mut faults = Vec::new();
    for entry in book()
        .iter()
        .filter(|entry| !entry.changes() && entry.access == Access::Members)
    {
        let own = world.rows(&world.attacker, &entry.holes()).await;
        let own = entry.call(&own);
        for query in queries(&world.victim.id, &rows) {
            let call = own.clone().asking(&query);
            for attacker in attackers
                .iter()
                .filter(|attacker| attacker.standing != Standing::Reader)
            {
                world
                    .attack(entry, attacker, (&call, Names::Filters), &mut faults)
                    .await;
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// Filters and pages that would find the victim's rows if there were nothing else in the way.
fn queries(workspace: &str, rows: &Rows) -> Vec<String> {
    let ids: Vec<&str> = rows
        .iter()
        .filter(|(name, id)| !name.ends_with("_secret") && id.len() == 36)
        .map(|(_, id)| id.as_str())
        .collect();
    let all = ids.join(",");
    let mut queries = vec![
        format!("workspace_id=eq.{workspace}"),
        format!("workspace_id=in.({workspace})"),
        format!("or=(workspace_id.eq.{workspace},id.not.is.null)"),
        format!("not.and=(workspace_id.neq.{workspace},id.is.null)"),
        format!("id=in.({all})"),
        format!("or=(id.in.({all}))&order=id.asc"),
        "select=*&limit=200&offset=0".to_owned(),
        "workspace_id=not.is.null&limit=200".to_owned(),
        format!("workspace={workspace}"),
        format!("X-Workspace={workspace}"),
    ];
    for column in [
        "store_id",
        "product_id",
        "listing_id",
        "approval_id",
        "resource_id",
        "job_id",
        "user_id",
        "key_id",
    ] {
        queries.push(format!("{column}=in.({all})"));
    }
    queries
}
