//! The chain of hashes over the record: what is sealed can't be altered, removed or added to unnoticed.

use database::{Member, Stage, call};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Seals all there is. Another test's transaction on this server may hold the sealer up for a moment.
pub async fn seal(stage: &Stage) -> u64 {
    let started = Instant::now();
    let mut sealed = 0;
    loop {
        let done = stage.call("seal_audit", &json!({"most": 10_000})).await;
        sealed += done.unwrap()["sealed"].as_u64().unwrap();
        let waiting = "select ((select count(*) from hub.audit_logs) - (select count(*) from hub.audit_seals))::text";
        if stage.one(waiting).await.unwrap() == "0" {
            return sealed;
        }
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "not all sealed"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub async fn verify(stage: &Stage, args: Value) -> Value {
    let mut wanted = json!({"limit": 20_000});
    let fields = wanted.as_object_mut().unwrap();
    fields.extend(args.as_object().unwrap().clone());
    verify_with(stage, "one", &wanted).await
}

async fn verify_in(stage: &Stage, workspace: &str) -> Value {
    verify_with(stage, workspace, &json!({"limit": 20_000})).await
}

async fn verify_with(stage: &Stage, workspace: &str, args: &Value) -> Value {
    let statement = "select hub.verify_audit($1)";
    let report = stage.request(Member::Reviewer, workspace, "audit", statement, args);
    report.await.unwrap()
}

/// What `verify` finds: `intact`, or `<problem> <seq>`.
async fn found(stage: &Stage) -> String {
    let report = verify(stage, json!({})).await;
    match report["intact"].as_bool().unwrap() {
        true => "intact".to_owned(),
        false => format!(
            "{} {}",
            report["first_bad"]["problem"].as_str().unwrap(),
            report["first_bad"]["seq"]
        ),
    }
}

/// As somebody who rules the database: the triggers that forbid it are switched off for the moment.
pub async fn tamper(stage: &Stage, statement: &str) {
    let all = format!(
        "begin; alter table hub.audit_logs disable trigger audit_logs_are_final;
         alter table hub.audit_seals disable trigger audit_seals_are_final;
         {statement};
         alter table hub.audit_logs enable trigger audit_logs_are_final;
         alter table hub.audit_seals enable trigger audit_seals_are_final; commit"
    );
    stage.admin.batch_execute(&all).await.unwrap();
}

/// A shop with twenty more entries, all sealed.
pub async fn sealed_stage() -> Stage {
    let stage = Stage::new().await.unwrap();
    for n in 0..20 {
        let change = format!("update hub.products set title = 'Title {n}'");
        stage.admin.batch_execute(&change).await.unwrap();
    }
    seal(&stage).await;
    assert_eq!(found(&stage).await, "intact");
    stage
}

/// The entry that seal `seq` of the shop seals.
fn entry(seq: u32) -> String {
    format!(
        "(select s.audit_id from hub.audit_seals s join hub.workspaces w on w.id = s.workspace_id where w.slug = 'one' and s.seq = {seq})"
    )
}

const OF_ONE: &str = "workspace_id = (select id from hub.workspaces where slug = 'one')";

fn seal_of(seq: u32) -> String {
    format!("{OF_ONE} and seq = {seq}")
}

#[tokio::test]
async fn what_is_written_is_sealed_in_the_order_of_its_transactions() {
    let stage = sealed_stage().await;
    let report = verify(&stage, json!({})).await;
    let rows = stage
        .one("select count(*)::text from hub.audit_logs")
        .await
        .unwrap();
    assert_eq!(report["checked"].to_string(), rows);
    assert_eq!(report["sealed_up_to"]["seq"], report["checked"]);
    assert_eq!(
        (&report["unsealed"], &report["next_from"]),
        (&json!(0), &Value::Null)
    );
    stage
        .admin
        .batch_execute("update hub.products set title = 'Not yet sealed'")
        .await
        .unwrap();
    let report = verify(&stage, json!({})).await;
    assert_eq!(
        (&report["intact"], &report["unsealed"]),
        (&json!(true), &json!(1))
    );
}

#[tokio::test]
async fn an_open_transaction_holds_the_sealer_up_and_nothing_comes_before_what_is_sealed() {
    let stage = sealed_stage().await;
    let slow = stage.database.admin().await.unwrap();
    let begun = "begin; update hub.workspaces set name = 'Written first, committed last'";
    slow.batch_execute(begun).await.unwrap();
    stage
        .admin
        .batch_execute("update hub.products set title = 'Later'")
        .await
        .unwrap();
    let done = stage
        .call("seal_audit", &json!({"most": 100}))
        .await
        .unwrap();
    assert_eq!(done["sealed"], 0, "{done}");
    slow.batch_execute("commit").await.unwrap();
    assert_eq!(seal(&stage).await, 2);
    assert_eq!(found(&stage).await, "intact");
    let last_two = format!(
        "select string_agg(resource_type, ' ' order by s.seq) from hub.audit_seals s join hub.audit_logs a on a.id = s.audit_id
         where s.workspace_id = '{0}' and s.seq > (select max(seq) - 2 from hub.audit_seals where workspace_id = '{0}')",
        stage.workspace
    );
    assert_eq!(stage.one(&last_two).await.unwrap(), "workspace product");
}

#[tokio::test]
async fn altering_any_column_of_an_entry_is_found() {
    let stage = sealed_stage().await;
    let columns =
        "select json_object_agg(attname, format_type(atttypid, atttypmod))::text from pg_attribute
        where attrelid = 'hub.audit_logs'::regclass and attnum > 0 and not attisdropped";
    let columns: Value = serde_json::from_str(&stage.one(columns).await.unwrap()).unwrap();
    for (column, kind) in columns.as_object().unwrap() {
        let value = match (column.as_str(), kind.as_str().unwrap()) {
            ("action", _) => "'delete'",
            (_, "uuid") => "gen_random_uuid()",
            (_, "text") => "'somebody'",
            (_, "jsonb") => "'{\"title\": {\"from\": \"A\", \"to\": \"B\"}}'",
            (_, "inet") => "'198.51.100.9/31'",
            (_, "xid8") => "'1'",
            (_, "timestamp with time zone") => "created_at + interval '1 microsecond'",
            (_, other) => panic!("a value for {column} {other}"),
        };
        let undo = format!(
            "create table public.kept as select * from hub.audit_logs where id = {}",
            entry(7)
        );
        stage.admin.batch_execute(&undo).await.unwrap();
        let altered = format!(
            "update hub.audit_logs set {column} = {value} where id = {}",
            entry(7)
        );
        tamper(&stage, &altered).await;
        let found = found(&stage).await;
        let wanted = match column.as_str() {
            "id" | "workspace_id" => "missing 7",
            _ => "altered 7",
        };
        assert_eq!(found, wanted, "{column}");
        let restored = "delete from hub.audit_logs where id = (select audit_id from hub.audit_seals s join public.kept k on k.id = s.audit_id)
                or not exists (select from hub.audit_seals s where s.audit_id = audit_logs.id);
             insert into hub.audit_logs select * from public.kept; drop table public.kept";
        tamper(&stage, restored).await;
        assert_eq!(self::found(&stage).await, "intact", "{column} restored");
    }
}

#[tokio::test]
async fn removing_an_entry_its_seal_or_both_is_found() {
    for (statement, wanted) in [
        (
            format!("delete from hub.audit_logs where id = {}", entry(9)),
            "missing 9",
        ),
        (
            format!("delete from hub.audit_seals where {}", seal_of(9)),
            "missing 9",
        ),
        (
            format!(
                "delete from hub.audit_logs where id = {}; delete from hub.audit_seals where {}",
                entry(9),
                seal_of(9)
            ),
            "missing 9",
        ),
        (
            format!(
                "delete from hub.audit_logs where id = {}; delete from hub.audit_seals where {};
                 update hub.audit_seals set seq = seq + 1000000 where {OF_ONE} and seq > 9;
                 update hub.audit_seals set seq = seq - 1000001 where {OF_ONE} and seq > 9",
                entry(9),
                seal_of(9)
            ),
            "altered 9",
        ),
    ] {
        let stage = sealed_stage().await;
        tamper(&stage, &statement).await;
        assert_eq!(found(&stage).await, wanted, "{statement}");
    }
}

#[tokio::test]
async fn an_entry_slipped_in_before_the_head_is_found() {
    let stage = sealed_stage().await;
    let backdated = format!(
        "insert into hub.audit_logs (workspace_id, actor, action, resource_type, txid, created_at)
         select workspace_id, 'user', 'update', 'product', txid, created_at from hub.audit_logs where id = {}",
        entry(12)
    );
    stage.admin.batch_execute(&backdated).await.unwrap();
    let report = verify(&stage, json!({})).await;
    assert_eq!(report["first_bad"]["problem"], "inserted", "{report:#}");
    assert!([12, 13].contains(&report["first_bad"]["seq"].as_i64().unwrap()));
    let smuggled = stage.one("select id::text from hub.audit_logs a where not exists (select from hub.audit_seals s where s.audit_id = a.id)");
    assert_eq!(report["first_bad"]["audit_id"], smuggled.await.unwrap());
}

#[tokio::test]
async fn two_entries_or_two_seals_that_change_places_are_found() {
    let stage = sealed_stage().await;
    let texts = format!(
        "update hub.audit_logs a set changes = b.changes from hub.audit_logs b
         where (a.id = {0} and b.id = {1}) or (a.id = {1} and b.id = {0})",
        entry(10),
        entry(11)
    );
    tamper(&stage, &texts).await;
    assert_eq!(found(&stage).await, "altered 10");
    let stage = sealed_stage().await;
    let places = format!(
        "update hub.audit_seals a set audit_id = b.audit_id, txid = b.txid from hub.audit_seals b
         where (a.seq = 10 and b.seq = 11 or a.seq = 11 and b.seq = 10) and a.workspace_id = b.workspace_id and a.workspace_id = '{}'",
        stage.workspace
    );
    tamper(&stage, &places).await;
    assert_eq!(found(&stage).await, "altered 10");
}

#[tokio::test]
async fn a_head_that_somebody_noted_shows_a_chain_cut_or_written_anew() {
    let stage = sealed_stage().await;
    let head = verify(&stage, json!({})).await["sealed_up_to"].clone();
    let noted = json!({"seq": head["seq"], "hash": head["hash"]});
    assert_eq!(verify(&stage, noted.clone()).await["intact"], true);
    let seq = head["seq"].as_i64().unwrap();
    let cut = format!(
        "delete from hub.audit_logs where id in (select audit_id from hub.audit_seals where workspace_id = '{0}' and seq > {1});
         delete from hub.audit_seals where workspace_id = '{0}' and seq > {1}",
        stage.workspace,
        seq - 3
    );
    tamper(&stage, &cut).await;
    assert_eq!(
        found(&stage).await,
        "intact",
        "by itself a shorter chain is a chain"
    );
    let report = verify(&stage, noted.clone()).await;
    assert_eq!(
        report["first_bad"],
        json!({"seq": seq, "audit_id": null, "problem": "missing"})
    );
    for n in 0..3 {
        let change = format!("update hub.products set title = 'Another past {n}'");
        stage.admin.batch_execute(&change).await.unwrap();
    }
    seal(&stage).await;
    let report = verify(&stage, noted).await;
    assert_eq!(
        (&report["first_bad"]["seq"], &report["first_bad"]["problem"]),
        (&json!(seq), &json!("altered"))
    );
}

#[tokio::test]
async fn a_long_chain_is_verified_in_stretches() {
    let stage = sealed_stage().await;
    let mut next = json!(1);
    let mut checked = 0;
    let mut calls = 0;
    while !next.is_null() {
        let report = verify(&stage, json!({"from_seq": next, "limit": 7})).await;
        assert_eq!(report["intact"], true, "{report:#}");
        checked += report["checked"].as_i64().unwrap();
        next = report["next_from"].clone();
        calls += 1;
    }
    let head = verify(&stage, json!({})).await["sealed_up_to"]["seq"].as_i64();
    assert_eq!((Some(checked), calls > 3), (head, true));
    tamper(
        &stage,
        &format!(
            "update hub.audit_logs set actor = 'x' where id = {}",
            entry(8)
        ),
    )
    .await;
    let first = verify(&stage, json!({"limit": 7})).await;
    assert_eq!(first["intact"], true, "not in this stretch");
    let second = verify(&stage, json!({"from_seq": 8, "limit": 7})).await;
    assert_eq!(second["first_bad"]["seq"], 8);
}

#[tokio::test]
async fn of_two_sealers_at_once_one_works() {
    let stage = sealed_stage().await;
    let change = "do $$ begin for n in 1..300 loop update hub.products set title = 'T' || n; end loop; end $$";
    stage.admin.batch_execute(change).await.unwrap();
    let mut sealers = Vec::new();
    for _ in 0..8 {
        sealers.push(cluster::connect(&stage.database.worker_url).await.unwrap());
    }
    let args = json!({"most": 50});
    for _ in 0..8 {
        let at_once = sealers
            .iter()
            .map(|sealer| call(sealer, "seal_audit", &args));
        let at_once: Vec<_> = at_once.collect();
        for done in futures::future::join_all(at_once).await {
            done.unwrap();
        }
    }
    seal(&stage).await;
    assert_eq!(found(&stage).await, "intact");
}

#[tokio::test]
async fn each_workspace_has_a_chain_of_its_own() {
    let stage = sealed_stage().await;
    let two = stage.workspace_of("two").await.unwrap();
    stage.product_of(&two, "bowl").await.unwrap();
    seal(&stage).await;
    let other = verify_in(&stage, "two").await;
    assert_eq!(other["intact"], true);
    assert!(other["checked"].as_i64() > Some(2) && other["checked"].as_i64() < Some(10));
    let altered = format!(
        "update hub.audit_logs set actor = 'x' where id = {}",
        entry(5)
    );
    tamper(&stage, &altered).await;
    assert_eq!(verify_in(&stage, "two").await["intact"], true);
    assert_eq!(found(&stage).await, "altered 5");
}
