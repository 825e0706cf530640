//! Rotations beside each other and beside those who change what is being rotated.

use super::both;
use super::vault::{NEW, OLD, Spot, stores, tick, worker};
use cluster::connect;
use common::credentials::{KeyRing, Place, rewrap};
use common::worker::rotate_keys;
use database::Stage;
use serde_json::{Value, json};

/// The stage's only value under the old key, and what it would be replaced by.
async fn wrapped_anew(stage: &Stage, spot: &Spot) -> Value {
    let args = json!({"seals": ["v2.old"], "most": 10});
    let mut values = stage.call("values_sealed", &args).await.unwrap();
    assert_eq!(values.as_array().unwrap().len(), 1, "{values}");
    let place = Place {
        workspace: &spot.workspace,
        table: "stores",
        row: &spot.row,
        column: "credentials",
    };
    let sealed = values[0]["sealed"].as_str().unwrap();
    let ring = KeyRing::parse(&both()).unwrap();
    let world = worker(stage, &both()).await;
    values[0]["rewrapped"] = rewrap(&ring, &world, &place, sealed).unwrap().into();
    json!({ "values": values })
}

#[tokio::test]
async fn a_change_while_a_value_is_wrapped_anew_wins() {
    let stage = Stage::new().await.unwrap();
    let world = worker(&stage, OLD).await;
    let spot = stores(&stage, &world, OLD, 1).await.remove(0);
    let args = wrapped_anew(&stage, &spot).await;
    spot.set(&stage, &spot.sealed(&world, OLD, "theirs")).await;
    let late = stage.call("store_rewrapped", &args).await.unwrap();
    assert_eq!(late, json!({"rewrapped": 0, "left_alone": 1}));
    assert_eq!(spot.opened(&stage, OLD).await, "theirs");
    assert_eq!(tick(&stage, &both()).await["rewrapped"], 1);
    assert_eq!(spot.opened(&stage, NEW).await, "theirs");
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_not_waited_for() {
    let stage = Stage::new().await.unwrap();
    let world = worker(&stage, OLD).await;
    let spot = stores(&stage, &world, OLD, 1).await.remove(0);
    let holder = connect(&stage.database.admin_url).await.unwrap();
    let hold = format!(
        "begin; update hub.stores set name = 'held' where id = '{}'",
        spot.row
    );
    holder.batch_execute(&hold).await.unwrap();
    let done = tick(&stage, &both()).await;
    assert_eq!(
        (&done["rewrapped"], &done["left_alone"]),
        (&json!(0), &json!(1))
    );
    holder.batch_execute("commit").await.unwrap();
    assert_eq!(tick(&stage, &both()).await["rewrapped"], 1);
}

#[tokio::test]
async fn two_rotations_at_once_do_each_value_once() {
    let stage = Stage::new().await.unwrap();
    let (one, two) = (worker(&stage, &both()).await, worker(&stage, &both()).await);
    let spots = stores(&stage, &one, OLD, 250).await;
    let (first, second) = tokio::join!(rotate_keys(&one), rotate_keys(&two));
    let count = |done: &Value| done["rewrapped"].as_u64().unwrap();
    let (first, second) = (first.unwrap(), second.unwrap());
    let mut done = count(&first) + count(&second);
    done += count(&tick(&stage, &both()).await); // what both found held by the other
    assert_eq!(done, 250, "{first} {second}");
    for spot in &spots {
        assert_eq!(spot.opened(&stage, NEW).await, spot.plain());
    }
}

#[tokio::test]
async fn rotating_beside_workers_that_still_seal_with_the_old_key_loses_nothing() {
    let stage = Stage::new().await.unwrap();
    let old = worker(&stage, OLD).await;
    let spots = stores(&stage, &old, OLD, 20).await;
    let rotator = worker(&stage, &both()).await;
    let writer = connect(&stage.database.admin_url).await.unwrap();
    let writes = async {
        for round in 0..15 {
            for spot in &spots {
                let text = spot.sealed(&old, OLD, &format!("{round} {}", spot.row));
                let set = format!(
                    "update hub.stores set credentials = '{text}' where id = '{}'",
                    spot.row
                );
                writer.batch_execute(&set).await.unwrap();
            }
        }
    };
    let rotations = async {
        let mut done = 0;
        for _ in 0..15 {
            done += rotate_keys(&rotator).await.unwrap()["rewrapped"]
                .as_u64()
                .unwrap();
        }
        done
    };
    let ((), done) = tokio::join!(writes, rotations);
    assert!(done > 0);
    tick(&stage, &both()).await;
    for spot in &spots {
        assert_eq!(spot.opened(&stage, NEW).await, format!("14 {}", spot.row));
    }
}
