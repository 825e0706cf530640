//! The export of the record, and what somebody without the hub makes of it.

use crate::chain::{seal, sealed_stage, tamper, verify};
use database::{Member, Stage};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// All pages of an export, without the lines about them, and how many there were.
async fn export(stage: &Stage, args: Value) -> (String, u64) {
    let (mut lines, mut rows, mut place) = (String::new(), 0, json!({}));
    loop {
        let mut wanted = args.clone();
        let fields = wanted.as_object_mut().unwrap();
        fields.insert("most".to_owned(), json!(9));
        fields.extend(place.as_object().unwrap().clone());
        let page = page(stage, &wanted).await;
        let (head, more) = page.split_once('\n').unwrap();
        let head: Value = serde_json::from_str(head).unwrap();
        lines.push_str(more);
        rows += head["rows"].as_u64().unwrap();
        place = json!({"after": head["after"], "last": head["last"]});
        if head["more"] == false {
            return (
                format!("{lines}{}\n", json!({"end": true, "rows": rows})),
                rows,
            );
        }
    }
}

async fn page(stage: &Stage, args: &Value) -> String {
    let user = stage.user(Member::Owner).await.unwrap();
    let context = json!({"user": user, "workspace": "one", "need": "audit", "request_id": "r"});
    let run = "select hub.run($1::text::jsonb, 'select hub.export_audit($1)', $2::text::jsonb)";
    let (context, args) = (context.to_string(), args.to_string());
    let row = stage.app.query_one(run, &[&context, &args]).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn an_outsider_computes_the_chain_from_the_export() {
    let stage = sealed_stage().await;
    let odd = "update hub.products set title = E'Gr\\u00f6\\u00dfe \"38\" \\\\ \\U0001F3FA {\"entry\":1}'";
    stage.admin.batch_execute(odd).await.unwrap();
    seal(&stage).await;
    let (lines, rows) = export(&stage, json!({})).await;
    let head = verify(&stage, json!({})).await["sealed_up_to"].clone();
    assert_eq!(head["seq"], rows);
    let Some(told) = outsider(&lines) else {
        eprintln!("skipped: no python3 here");
        return;
    };
    assert_eq!(
        told,
        Ok(format!("{rows} {}\n", head["hash"].as_str().unwrap()))
    );
    let altered = lines.replacen("Title 7", "Title 8", 1);
    assert!(
        outsider(&altered)
            .unwrap()
            .unwrap_err()
            .contains("was altered")
    );
    let shortened: String = lines
        .lines()
        .filter(|line| !line.contains("\"seq\":9,"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(
        outsider(&shortened)
            .unwrap()
            .unwrap_err()
            .contains("does not follow")
    );
}

/// What `chain.py` says of an export: its output, or its complaint. None without Python.
fn outsider(lines: &str) -> Option<Result<String, String>> {
    let mut python = Command::new("python3")
        .args(["-c", include_str!("chain.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    python
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let ended = python.wait_with_output().unwrap();
    Some(match ended.status.success() {
        true => Ok(String::from_utf8(ended.stdout).unwrap()),
        false => Err(String::from_utf8(ended.stderr).unwrap()),
    })
}

#[tokio::test]
async fn an_export_of_some_days_has_the_entries_of_these() {
    let stage = sealed_stage().await;
    let (all, _) = export(&stage, json!({})).await;
    let times: Vec<Value> = all
        .lines()
        .filter_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line.get("entry").map(|entry| entry["created_at"].clone())
        })
        .collect();
    let (some, rows) = export(&stage, json!({"from": times[5], "to": times[15]})).await;
    assert_eq!(rows, 10);
    assert!(all.contains(some.lines().next().unwrap()));
    let (_, none) = export(&stage, json!({"from": "2031-01-01T00:00:00Z"})).await;
    assert_eq!(none, 0);
    let late = format!(
        "update hub.audit_seals set sealed_at = sealed_at + seq * interval '1 day' where workspace_id = '{}'",
        stage.workspace
    );
    tamper(&stage, &late).await;
    let from = stage
        .one("select (now() + interval '10 days')::text")
        .await
        .unwrap();
    let before = format!(
        "select hub.sealed_before('{from}')::text from hub.act_for('{}', null, 'x', null)",
        stage.workspace
    );
    let skipped: i64 = stage.one(&before).await.unwrap().parse().unwrap();
    assert!((9..=11).contains(&skipped), "{skipped}");
}

#[tokio::test]
async fn a_page_ends_before_large_entries_fill_the_instance() {
    let stage = sealed_stage().await;
    let large = "do $$ begin for n in 1..40 loop
        update hub.products set description = (select string_agg(md5(random()::text), '') from generate_series(1, 500)); end loop; end $$";
    stage.admin.batch_execute(large).await.unwrap();
    seal(&stage).await;
    let first = page(&stage, &json!({"most": 1000})).await;
    let head: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!(head["more"], true, "{head}");
    assert!(first.len() < 1_000_000, "{} bytes", first.len());
}
