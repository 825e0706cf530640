//! The pipeline as workers go through it: on a real queue, to a channel that is played.

#[path = "pipeline/rotating.rs"]
mod rotating;
#[path = "pipeline/shop.rs"]
mod shop;

use crate::tick::world::World;
use common::credentials::{KeyRing, Place, open};
use common::platform::Platform;
use common::ports::Host as _;
use common::worker::tick;
use database::{Member, Stage};
use rotating::Rotating;
use serde_json::{Value, json};
use shop::{Shop, Visitor};
use std::time::Duration;

const CHANNELS: &[&dyn Platform] = &[&Rotating];

/// A stage whose store is on the rotating channel, with tokens of generation 0.
async fn stage() -> (Stage, World) {
    let stage = Stage::new().await.unwrap();
    let world = World::new(&stage).await;
    let sealed = world.sealed(&stage, r#"{"access": "access-0", "refresh": "refresh-0"}"#);
    let set = format!("update hub.stores set platform = 'rotating', credentials = '{sealed}'");
    stage.admin.batch_execute(&set).await.unwrap();
    (stage, world)
}

async fn list(stage: &Stage, what: &str) -> String {
    let job =
        json!({"type": "list_products", "store_id": stage.store, "payload": {"cursor": what}});
    stage.enqueue(job).await.unwrap()
}

/// The refresh token that is stored.
async fn refresh_token(stage: &Stage, world: &World) -> Value {
    let sealed = stage.one("select credentials from hub.stores").await;
    let ring = KeyRing::parse(world.settings().text("credentials_keys").unwrap()).unwrap();
    let place = Place {
        workspace: &stage.workspace,
        table: "stores",
        row: &stage.store,
        column: "credentials",
    };
    let plain = open(&ring, &place, &sealed.unwrap()).unwrap();
    let credentials: Value = serde_json::from_str(plain.expose()).unwrap();
    credentials["refresh"].clone()
}

async fn ended(stage: &Stage) -> String {
    let states = "select string_agg(distinct state, ' ' order by state) from hub.jobs";
    stage.one(states).await.unwrap()
}

#[tokio::test]
async fn two_workers_never_use_one_refresh_token_twice() {
    let (stage, one) = stage().await;
    let more = "update hub.lanes set max_running = 8";
    let other_lane = json!({"type": "authenticate", "store_id": stage.store, "queue": "auth"});
    let shop = Shop::expired();
    for _ in 0..8 {
        list(&stage, "products").await;
    }
    stage.admin.batch_execute(more).await.unwrap();
    stage.enqueue(other_lane).await.unwrap();
    let four = [("worker_batch", "4")];
    let one = {
        drop(one);
        World::with(&stage, &four).await
    };
    let two = World::with(&stage, &four).await;
    let [first, second] = [&one, &two].map(|world| Visitor { world, shop: &shop });
    let ticks = tokio::join!(tick(&first, CHANNELS), tick(&second, CHANNELS));
    assert_eq!(ticks.0.unwrap() + ticks.1.unwrap(), 9);
    assert_eq!(ended(&stage).await, "done");
    assert_eq!(refresh_token(&stage, &one).await, "refresh-1");
    assert_eq!(shop.count("/token"), 1, "one renewed for all");
    let lifetime = "select token_lifetime_s::text from hub.stores";
    assert_eq!(stage.one(lifetime).await.unwrap(), "3600");
}

#[tokio::test]
async fn a_worker_that_dies_after_a_renewal_has_stored_it() {
    let (stage, world) = stage().await;
    let shop = Shop::expired();
    shop.products_delay.set(Duration::from_secs(60));
    list(&stage, "products").await;
    let visitor = Visitor {
        world: &world,
        shop: &shop,
    };
    let died = tokio::time::timeout(Duration::from_secs(2), tick(&visitor, CHANNELS)).await;
    assert!(died.is_err(), "it hangs in the request after the renewal");
    assert_eq!(refresh_token(&stage, &world).await, "refresh-1");
    shop.products_delay.set(Duration::ZERO);
    list(&stage, "products").await;
    tick(&visitor, CHANNELS).await.unwrap();
    assert_eq!(shop.count("/token"), 1, "the next worker goes on with it");
}

#[tokio::test]
async fn a_renewal_without_an_answer_is_tried_again_by_the_next_attempt() {
    let (stage, world) = stage().await;
    let shop = Shop::expired();
    shop.lose_token_answer();
    let job = list(&stage, "products").await;
    let visitor = Visitor {
        world: &world,
        shop: &shop,
    };
    tick(&visitor, CHANNELS).await.unwrap();
    assert_eq!(stage.job(&job, "state").await.unwrap(), "scheduled");
    assert_eq!(refresh_token(&stage, &world).await, "refresh-0");
    let now = "update hub.jobs set run_at = now()";
    stage.admin.batch_execute(now).await.unwrap();
    tick(&visitor, CHANNELS).await.unwrap();
    assert_eq!(stage.job(&job, "state").await.unwrap(), "done");
    assert_eq!(refresh_token(&stage, &world).await, "refresh-1");
}

#[tokio::test]
async fn a_job_whose_turn_comes_later_waits_without_using_up_an_attempt() {
    let (stage, world) = stage().await;
    let shop = Shop::expired();
    for _ in 0..3 {
        list(&stage, "rare").await;
    }
    let visitor = Visitor {
        world: &world,
        shop: &shop,
    };
    // Each of the first two draws once before the renewal and once after it, or finds nothing left.
    tick(&visitor, CHANNELS).await.unwrap();
    assert_eq!(shop.count("/rare"), 2, "the burst, and not one more");
    let waiting = "select count(*)::text from hub.jobs where state = 'scheduled' and attempts = 0
        and run_at > now() + interval '50 seconds'";
    assert_ne!(stage.one(waiting).await.unwrap(), "0");
}

#[tokio::test]
async fn a_channel_that_fails_is_left_alone_and_its_jobs_keep_their_attempts() {
    let (stage, world) = stage().await;
    let shop = Shop::expired();
    shop.fail(100);
    let mut jobs = Vec::new();
    for _ in 0..6 {
        jobs.push(list(&stage, "products").await);
    }
    let visitor = Visitor {
        world: &world,
        shop: &shop,
    };
    tick(&visitor, CHANNELS).await.unwrap();
    assert!(shop.count("/products") < 12, "{}", shop.count("/products"));
    let open = "select (open_until > now())::text from hub.store_traffic";
    assert_eq!(stage.one(open).await.unwrap(), "true");
    let untouched = "select count(*)::text from hub.jobs where attempts = 0 and state in ('ready', 'scheduled')";
    assert_ne!(stage.one(untouched).await.unwrap(), "0");
    assert_eq!(
        tick(&visitor, CHANNELS).await.unwrap(),
        0,
        "nothing is given out"
    );

    shop.fail(0);
    let later = "update hub.store_traffic set open_until = now(); update hub.lanes set blocked_until = now();
        update hub.jobs set run_at = now()";
    stage.admin.batch_execute(later).await.unwrap();
    for _ in 0..20 {
        tick(&visitor, CHANNELS).await.unwrap();
        if ended(&stage).await == "done" {
            break;
        }
        let now = "update hub.jobs set run_at = now() where state = 'scheduled'";
        stage.admin.batch_execute(now).await.unwrap();
    }
    assert_eq!(ended(&stage).await, "done");
    assert_eq!(
        stage
            .one("select coalesce(open_until::text, 'closed') from hub.store_traffic")
            .await
            .unwrap(),
        "closed"
    );
}

#[tokio::test]
async fn reference_data_is_asked_for_once_for_all_jobs() {
    let (stage, world) = stage().await;
    let shop = Shop::expired();
    let visitor = Visitor {
        world: &world,
        shop: &shop,
    };
    list(&stage, "products").await;
    tick(&visitor, CHANNELS).await.unwrap();
    for _ in 0..3 {
        list(&stage, "taxonomy").await;
        tick(&visitor, CHANNELS).await.unwrap();
    }
    assert_eq!(ended(&stage).await, "done");
    assert_eq!(shop.count("/taxonomy"), 1);
    let cached = "select string_agg(cached::text, ' ' order by created_at) from hub.channel_requests where path = '/taxonomy'";
    assert_eq!(stage.one(cached).await.unwrap(), "false true true");
}

#[tokio::test]
async fn the_log_names_the_job_and_no_secret() {
    let (stage, world) = stage().await;
    let shop = Shop::expired();
    let job = list(&stage, "products").await;
    let visitor = Visitor {
        world: &world,
        shop: &shop,
    };
    tick(&visitor, CHANNELS).await.unwrap();
    let statement = "select json_agg(r order by created_at)::text from api.channel_requests r";
    let none = json!({});
    let rows = stage.request(Member::Operator, "one", "read", statement, &none);
    let rows = rows.await.unwrap();
    let told = rows.as_array().unwrap().iter().map(|row| {
        assert_eq!(row["job_id"], json!(job));
        format!(
            "{} {} {}",
            row["operation"].as_str().unwrap(),
            row["path"].as_str().unwrap(),
            row["status"]
        )
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "list_products /products 401",
            "authenticate /token 200",
            "list_products /products 200"
        ]
    );
    for secret in ["access-", "refresh-", "secret-query", "goods"] {
        assert!(!rows.to_string().contains(secret), "{secret}");
    }
}
