//! Replacing a key-encryption key on a real database.

#[path = "rotation/concurrent.rs"]
mod concurrent;
#[path = "rotation/direct.rs"]
mod direct;
#[path = "rotation/vault.rs"]
mod vault;

use common::worker::rotate_keys;
use database::{Stage, call};
use serde_json::{Value, json};
use std::cell::Cell;
use vault::{Hasty, NEW, OLD, Spot, everything, stores, tick, worker};

fn both() -> String {
    format!("{NEW},{OLD}")
}

#[tokio::test]
async fn after_a_rotation_the_old_key_can_go_and_everything_opens() {
    let stage = Stage::new().await.unwrap();
    let world = worker(&stage, &both()).await;
    let spots = everything(&stage, &world, OLD).await;
    let directly = stores(&stage, &world, OLD, 1).await.remove(0);
    directly
        .set(&stage, &direct::sealed(&directly, &world))
        .await;
    let done = rotate_keys(&world).await.unwrap();
    assert_eq!(
        (&done["rewrapped"], &done["left"], &done["lost"]),
        (&json!(7), &json!({}), &json!({}))
    );
    assert_eq!(world.line("key-rotation")["done"], done);
    for spot in spots.iter().chain([&directly]) {
        assert!(spot.text(&stage).await.starts_with("v2.new."), "{spot:?}");
        assert_eq!(spot.opened(&stage, NEW).await, spot.plain());
    }
    let before = world.statements();
    assert_eq!(rotate_keys(&world).await.unwrap()["rewrapped"], 0);
    assert_eq!(
        world.statements() - before,
        1,
        "nothing to do costs one look"
    );
}

#[tokio::test]
async fn wrapping_anew_is_no_change_of_the_row() {
    let stage = Stage::new().await.unwrap();
    let world = worker(&stage, &both()).await;
    everything(&stage, &world, OLD).await;
    let directly = stores(&stage, &world, OLD, 1).await.remove(0);
    directly
        .set(&stage, &direct::sealed(&directly, &world))
        .await;
    let rows = "select jsonb_agg(r order by r ->> 'id')::text from (
        select to_jsonb(s) - '{credentials,previous_credentials}'::text[] as r from hub.stores s
        union all select to_jsonb(k) - '{secret,previous_secret}'::text[] from hub.webhook_keys k
        union all select to_jsonb(c) - 'verifier' from hub.connections c) rows";
    let records = "select count(*)::text from hub.audit_logs";
    let before = (
        stage.one(rows).await.unwrap(),
        stage.one(records).await.unwrap(),
    );
    assert_eq!(rotate_keys(&world).await.unwrap()["rewrapped"], 7);
    assert_eq!(stage.one(rows).await.unwrap(), before.0);
    assert_eq!(stage.one(records).await.unwrap(), before.1);
    // A real change by the same hand is recorded as ever.
    directly
        .set(&stage, &directly.sealed(&world, NEW, "another"))
        .await;
    assert_ne!(stage.one(rows).await.unwrap(), before.0);
    assert_ne!(stage.one(records).await.unwrap(), before.1);
}

#[tokio::test]
async fn a_rotation_stops_when_its_time_is_over_and_the_next_tick_goes_on() {
    let stage = Stage::new().await.unwrap();
    let world = worker(&stage, &both()).await;
    let spots = stores(&stage, &world, OLD, 450).await;
    let hasty = Hasty {
        world,
        step_ms: 15_000, // one batch, then the 20 seconds are over
        now_ms: Cell::new(0),
    };
    for (rewrapped, left) in [
        (200, json!({"v2.old": 250})),
        (200, json!({"v2.old": 50})),
        (50, json!({})),
    ] {
        let done = rotate_keys(&hasty).await.unwrap();
        assert_eq!(
            (&done["rewrapped"], &done["left"]),
            (&json!(rewrapped), &left)
        );
    }
    for spot in &spots {
        assert_eq!(spot.opened(&stage, NEW).await, spot.plain());
    }
}

#[tokio::test]
async fn a_value_whose_key_is_missing_is_counted_and_left() {
    let stage = Stage::new().await.unwrap();
    let world = worker(&stage, NEW).await;
    let lost = stores(&stage, &world, OLD, 2).await;
    Spot::store(&stage.workspace, &stage.store)
        .set(&stage, "plain")
        .await;
    let before = lost[0].text(&stage).await;
    let done = rotate_keys(&world).await.unwrap();
    assert_eq!(done["rewrapped"], 0);
    assert_eq!(done["lost"], json!({"v2.old": 2, "unsealed": 1}));
    assert_eq!(world.line("key-rotation")["done"]["lost"], done["lost"]);
    assert_eq!(lost[0].text(&stage).await, before);
    // With the key back in the ring they are wrapped anew after all.
    let done = tick(&stage, &both()).await;
    assert_eq!(
        (&done["rewrapped"], &done["lost"]),
        (&json!(2), &json!({"unsealed": 1}))
    );
    assert_eq!(lost[0].opened(&stage, NEW).await, lost[0].plain());
}

#[tokio::test]
async fn altered_and_moved_values_are_named_and_hold_nobody_up() {
    let stage = Stage::new().await.unwrap();
    let world = worker(&stage, &both()).await;
    let spots = stores(&stage, &world, OLD, 3).await;
    let moved = spots[0].text(&stage).await;
    spots[1].set(&stage, &moved).await;
    let done = rotate_keys(&world).await.unwrap();
    assert_eq!(
        (&done["rewrapped"], &done["unreadable"]),
        (&json!(2), &json!(1))
    );
    let name = format!("stores.credentials {}", spots[1].row);
    assert_eq!(done["unreadable_at"], json!([name]));
    assert_eq!(spots[1].text(&stage).await, moved);
}

#[tokio::test]
async fn only_the_seal_of_a_value_can_be_replaced() {
    let stage = Stage::new().await.unwrap();
    let world = worker(&stage, &both()).await;
    let spot = stores(&stage, &world, OLD, 1).await.remove(0);
    let sealed = spot.text(&stage).await;
    let forged = spot.sealed(&world, NEW, "another record");
    let value = |table: &str, column: &str, rewrapped: &str| {
        json!({"values": [{"workspace": spot.workspace, "table": table, "column": column,
            "row": spot.row, "sealed": sealed, "rewrapped": rewrapped}]})
    };
    let none = json!({"rewrapped": 0, "left_alone": 1});
    for (table, column, rewrapped) in [
        ("stores", "credentials", forged.as_str()),
        ("stores", "credentials", "plain"),
        ("stores", "name", &sealed),
    ] {
        let args = value(table, column, rewrapped);
        assert_eq!(stage.call("store_rewrapped", &args).await.unwrap(), none);
    }
    assert_eq!(spot.text(&stage).await, sealed);
    let args = value("stores", "credentials", &sealed);
    let refused = call(&stage.app, "store_rewrapped", &args)
        .await
        .unwrap_err();
    assert!(
        format!("{refused:?}").contains("permission denied"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn every_column_that_may_hold_a_secret_is_rotated() {
    let stage = Stage::new().await.unwrap();
    let unlisted = "select string_agg(c.table_name || '.' || c.column_name, ' ') from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = 'hub' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'bytea', 'jsonb')
          and c.column_name ~ 'credential|secret|verifier|password|private' and c.column_name !~ 'hash'
          and not exists (select from hub.sealed_columns() s where s.of_table = c.table_name and s.of_column = c.column_name)";
    assert_eq!(stage.one(unlisted).await.unwrap(), "");
}

/// What `hub.begin_refresh` answers `holder`, who has seen the credentials `used`.
async fn begin(stage: &Stage, holder: &str, used: &str) -> Value {
    let args = json!({"workspace": stage.workspace, "store": stage.store, "holder": holder,
        "used": used, "lease_ms": 30_000});
    stage.call("begin_refresh", &args).await.unwrap()
}

#[tokio::test]
async fn a_token_that_is_being_renewed_is_stored_over_the_new_seal() {
    for is_first_form in [false, true] {
        let stage = Stage::new().await.unwrap();
        let world = worker(&stage, &both()).await;
        let spot = Spot::store(&stage.workspace, &stage.store);
        let text = match is_first_form {
            true => direct::sealed(&spot, &world),
            false => spot.sealed(&world, OLD, "token"),
        };
        spot.set(&stage, &text).await;
        let print = "select hub.fingerprint(credentials) from hub.stores";
        let used = stage.one(print).await.unwrap();
        assert!(begin(&stage, "a", &used).await["granted"].is_string());
        assert_eq!(rotate_keys(&world).await.unwrap()["rewrapped"], 1);
        assert_eq!(stage.one(print).await.unwrap() == used, !is_first_form);
        let fresh = spot.sealed(&world, OLD, "fresh");
        let args = json!({"workspace": stage.workspace, "store": stage.store, "holder": "a",
            "credentials": fresh, "token_lifetime_s": 3600});
        let finished = stage.call("finish_refresh", &args).await.unwrap();
        assert_eq!(finished["stored"], true, "first form: {is_first_form}");
        tick(&stage, &both()).await;
        assert_eq!(spot.opened(&stage, NEW).await, "fresh");
    }
}
