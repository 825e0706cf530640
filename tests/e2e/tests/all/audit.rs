//! The record through the API: sealed by its schedule, verified, exported.

use e2e::{App, Caller, Setup};
use hub::token::Role;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const VERIFIER: &str = include_str!("../../../database/tests/sql/chain.py");

/// Ticks `audit-seal` until nothing is left. Another test's transaction on this server may hold it up for a moment.
async fn sealed(app: &App, caller: &Caller) -> Value {
    let started = Instant::now();
    loop {
        app.tick("audit-seal").await;
        let report = caller.get("/audit-logs/verify").await.expect(200);
        if report["unsealed"] == 0 {
            return report;
        }
        assert!(started.elapsed() < Duration::from_secs(120), "{report:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The whole of an export.
async fn export(caller: &Caller, path: &str) -> String {
    let response = caller.begin(path).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap()
}

/// What the verifier of the database's tests says of an export; none without Python.
fn outsider(lines: &str) -> Option<String> {
    let mut python = Command::new("python3")
        .args(["-c", VERIFIER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = python.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let said = python.wait_with_output().unwrap();
    assert!(said.status.success(), "the verifier refused the export");
    Some(String::from_utf8(said.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_is_sealed_verified_and_exported() {
    let app = App::start().await;
    let owner = app
        .member("owner@audit.example", "north", Role::Owner)
        .await;
    let viewer = app
        .member("viewer@audit.example", "north", Role::Viewer)
        .await;
    let other = app
        .member("owner@south.example", "south", Role::Owner)
        .await;
    for n in 0..5 {
        let product = json!({"sku": format!("MUG-{n}"), "title": format!("Mug {n}")});
        owner.post("/products", &product).await.expect(201);
    }
    let report = sealed(&app, &owner).await;
    assert_eq!(report["intact"], true, "{report:#}");
    let head = report["sealed_up_to"].clone();
    let anchored = app.logs().iter().any(|(component, line)| {
        component == "audit-seal"
            && line.contains("\"audit.sealed\"")
            && line.contains(head["hash"].as_str().unwrap())
    });
    assert!(anchored, "the head stands in the log");

    let lines = export(&owner, "/audit-logs/export").await;
    let rows = head["seq"].as_u64().unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last, json!({"end": true, "rows": rows, "unsealed": 0}));
    match outsider(&lines) {
        Some(said) => assert_eq!(said, format!("{rows} {}\n", head["hash"].as_str().unwrap())),
        None => eprintln!("not verified from outside: no python3 here"),
    }
    assert!(lines.contains("Mug 4"));
    let south = export(&other, "/audit-logs/export").await;
    assert!(!south.contains("Mug"));
    for path in ["/audit-logs/verify", "/audit-logs/export"] {
        viewer.get(path).await.expect_error(403, "FORBIDDEN");
        let more = format!("{path}?workspace_id=eq.1");
        let error = owner.get(&more).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(error["details"]["field"], "workspace_id");
    }
    let none = export(&owner, "/audit-logs/export?from=2031-01-01T00:00:00Z").await;
    assert_eq!(none.lines().count(), 1);

    let tampered = "begin; alter table hub.audit_logs disable trigger audit_logs_are_final;
        update hub.audit_logs set changes = replace(changes::text, 'Mug 3', 'Cup 3')::jsonb where changes::text like '%Mug 3%' and resource_type = 'product';
        alter table hub.audit_logs enable trigger audit_logs_are_final; commit";
    app.admin().await.batch_execute(tampered).await.unwrap();
    let report = owner.get("/audit-logs/verify").await.expect(200);
    assert_eq!(report["intact"], false);
    assert_eq!(report["first_bad"]["problem"], "altered", "{report:#}");
    let id = report["first_bad"]["audit_id"].as_str().unwrap();
    let entry = owner.get(&format!("/audit-logs/{id}")).await.expect(200);
    assert_eq!(
        entry["changes"]["title"]["to"], "Cup 3",
        "the one that was altered"
    );
}

/// Entries of an export that is far larger than an instance's memory.
const MANY: usize = 100_000;
/// What an instance gets here, in bytes: a fifth of the export.
const MEMORY: usize = 16 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_streams_through_little_memory_and_ends_with_the_right_to_it() {
    let app = Setup::default().memory(MEMORY).start().await;
    let owner = app
        .member("owner@audit.example", "north", Role::Owner)
        .await;
    let reviewer = app
        .member("reviewer@audit.example", "north", Role::Reviewer)
        .await;
    let admin = app.admin().await;
    let many = format!(
        "insert into hub.audit_logs (workspace_id, actor, action, resource_type, changes)
         select w.id, 'user', 'update', 'product', jsonb_build_object('note', jsonb_build_object('from', md5(n::text), 'to',
             md5('a' || n) || md5('b' || n) || md5('c' || n) || md5('d' || n) || md5('e' || n) || md5('f' || n)))
         from hub.workspaces w, generate_series(1, {MANY}) n where w.slug = 'north'"
    );
    admin.batch_execute(&many).await.unwrap();
    let started = Instant::now();
    let report = sealed(&app, &owner).await;
    let rate = MANY as f64 / started.elapsed().as_secs_f64();
    eprintln!("sealed {rate:.0} entries a second");
    assert_eq!(report["intact"], true);

    let mut response = reviewer.begin("/audit-logs/export").await;
    assert_eq!(response.status(), 200);
    assert!(response.headers().get("content-length").is_none());
    let mut come = response.chunk().await.unwrap().unwrap().len();
    let demoted = "update hub.members set role = 'viewer' where role = 'reviewer'";
    admin.batch_execute(demoted).await.unwrap();
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => come += chunk.len(),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(
        broken,
        "whoever loses the right gets a broken answer, not a short one"
    );

    let mut response = owner.begin("/audit-logs/export").await;
    let (mut size, mut rows, mut tail) = (0, 0, Vec::new());
    while let Some(chunk) = response.chunk().await.unwrap() {
        size += chunk.len();
        rows += chunk.iter().filter(|byte| **byte == b'\n').count();
        tail.extend_from_slice(&chunk);
        tail.drain(..tail.len().saturating_sub(200));
    }
    let tail = String::from_utf8(tail).unwrap();
    assert!(
        tail.contains("{\"end\":true,") && rows > MANY,
        "{rows} … {tail}"
    );
    assert!(size > 4 * MEMORY, "{size} bytes");
    assert!(
        come < size / 2,
        "{come} of {size} bytes had left when the right ended"
    );
    let told = app.logs().iter().any(|(component, line)| {
        component == "audit-logs"
            && line.contains("\"audit.export\"")
            && line.contains("You may not do this here.")
    });
    assert!(told, "the log says why");
}
