//! Limits, breaker, cache and log, as an operation meets them.

use super::memory::{Memory, OneRequest};
use super::*;
use crate::platform::{Admission, Go};

fn read() -> Exchange {
    let request = http::Request::get("https://toy.example/types?secret=query");
    Exchange::new(request.body(Vec::new()).unwrap(), State::default())
}

fn write() -> Exchange {
    let request = http::Request::post("https://toy.example/things");
    let request = request.body(b"thing".to_vec()).unwrap();
    Exchange::new(request, State::default()).costing("write", 2)
}

fn delete() -> Operation {
    let external_id = "1".to_owned();
    Operation::new(Action::DeleteProduct { external_id }, "job")
}

fn run(memory: &Memory, exchange: impl Fn() -> Exchange + Sync) -> Result<Outcome, DriveError> {
    memory.run(&OneRequest(exchange), &delete(), &Store::default())
}

fn after(wait: Duration) -> Admission {
    Admission::Go(Go {
        wait,
        ..Go::default()
    })
}

#[test]
fn a_request_draws_from_the_limits_of_its_class_and_of_all() {
    let memory = Memory::answering(vec![reply(200, ""), reply(200, "")]);
    run(&memory, write).unwrap();
    run(&memory, read).unwrap();
    let asked = memory.asked.borrow();
    assert_eq!(
        asked[0]["limits"],
        json!([{"name": "all", "per_second": 10.0, "burst": 20, "units": 2},
               {"name": "writes", "per_second": 1.0, "burst": 2, "units": 2}])
    );
    assert_eq!(asked[1]["limits"].as_array().unwrap().len(), 1);
    assert!(!asked[1].to_string().contains("secret"));
}

#[test]
fn a_request_waits_for_its_turn() {
    let memory = Memory::answering(vec![reply(200, "")]).admitting(after(Duration::from_secs(3)));
    run(&memory, write).unwrap();
    assert_eq!(memory.now_ms(), 4000);
    assert_eq!(memory.seen.borrow()[0]["wait_ms"], 3000);
}

#[test]
fn a_wait_is_wanted_only_if_a_whole_request_fits_behind_it() {
    let memory = Memory::answering(vec![reply(200, "")]);
    run(&memory, write).unwrap();
    assert_eq!(memory.asked.borrow()[0]["most_wait_ms"], 15_000);
}

#[test]
fn a_store_that_has_to_be_left_alone_is_not_asked() {
    let later = Admission::Later {
        after: Duration::from_secs(30),
        reason: "it is given time".to_owned(),
    };
    let memory = Memory::default().admitting(later);
    let error = run(&memory, write).unwrap_err();
    assert_eq!((error.requests, memory.sent()), (0, 0));
    let PlatformError::RetryAfter { after, reason } = error.cause else {
        panic!("{error:?}");
    };
    assert_eq!(after, Some(Duration::from_secs(30)));
    assert_eq!(reason, "it is given time");
}

#[test]
fn without_a_memory_that_answers_nothing_is_sent() {
    let memory = Memory::default();
    let away = Err(crate::Error::internal("password=x"));
    memory.admissions.borrow_mut().push_back(away);
    let error = run(&memory, write).unwrap_err();
    assert!(error.cause.is_transient());
    assert!(!error.cause.to_string().contains("password"));
    assert_eq!(memory.sent(), 0);
}

#[test]
fn an_answer_is_not_lost_with_what_should_be_noted_of_it() {
    let memory = Memory::answering(vec![reply(200, "made")]);
    memory.is_forgetful.set(true);
    assert_eq!(run(&memory, write).unwrap().result, "made");
}

#[test]
fn a_write_whose_fate_is_unknown_goes_back_to_the_job() {
    for answer in [
        Err(HttpError::Timeout),
        Err(HttpError::Broken("cut".to_owned())),
        reply(502, ""),
    ] {
        let memory = Memory::answering(vec![answer]);
        assert!(run(&memory, write).unwrap_err().cause.is_transient());
        assert_eq!(memory.sent(), 1);
    }
}

#[test]
fn a_read_and_a_repeatable_write_are_tried_again_at_once() {
    let marked = || write().repeatable();
    for exchange in [read as fn() -> Exchange, marked] {
        for failure in [Err(HttpError::Timeout), reply(502, "")] {
            let memory = Memory::answering(vec![failure, reply(200, "there")]);
            assert_eq!(run(&memory, exchange).unwrap().result, "there");
            let seen = memory.seen.borrow();
            assert_eq!(
                (&seen[0]["attempt"], &seen[1]["attempt"]),
                (&json!(1), &json!(2))
            );
            assert_eq!(seen[1]["wait_ms"], 300, "200 ms, half of it and all chance");
            assert_eq!(memory.asked.borrow().len(), 2, "each try is admitted");
        }
    }
}

#[test]
fn a_channel_that_names_a_time_gets_it() {
    let memory = Memory::answering(vec![with_retry_after(503, "7")]);
    assert!(run(&memory, read).unwrap_err().cause.is_transient());
    let seen = memory.seen.borrow();
    assert_eq!(seen[0]["block_ms"], 7000);
    assert_eq!(seen[0]["is_failure"], true);
}

#[test]
fn a_retry_that_does_not_fit_the_budget_is_left_to_the_job() {
    let memory = Memory::answering(vec![Err(HttpError::Timeout)]);
    let limits = Limits {
        budget: Duration::from_millis(1200),
        ..Limits::default()
    };
    let store = Store::default();
    let ended = drive_through(&memory, &OneRequest(read), &delete(), &store, &limits)
        .now_or_never()
        .unwrap();
    assert_eq!(ended.unwrap_err().requests, 1);
}

#[test]
fn a_used_up_limit_is_that_of_the_class_and_waits_as_the_body_says() {
    let memory = Memory::answering(vec![reply(429, "slow down"), reply(429, "")]);
    run(&memory, write).unwrap_err();
    run(&memory, read).unwrap_err();
    let seen = memory.seen.borrow();
    let spent = &seen[0]["spent"];
    assert_eq!(
        (&spent["limits"][0]["name"], &spent["wait_ms"]),
        (&json!("writes"), &json!(9000))
    );
    assert_eq!(spent["limits"].as_array().unwrap().len(), 1);
    assert_eq!(seen[1]["spent"]["limits"][0]["name"], "all");
    assert_eq!(seen[1]["is_failure"], false, "a limit is no failure");
}

#[test]
fn what_the_channel_says_of_its_limits_is_told_with_the_mark_of_the_request() {
    let answer = Response::builder().header("x-left", "3.5").body(Vec::new());
    let go = Go {
        charge: json!({"writes": 41, "all": 99}),
        ..Go::default()
    };
    let memory = Memory::answering(vec![Ok(answer.unwrap())]).admitting(Admission::Go(go));
    run(&memory, write).unwrap();
    assert_eq!(
        memory.seen.borrow()[0]["told"],
        json!([{"name": "writes", "remaining": 3.5, "capacity": 5.0, "per_second": null,
            "published_per_second": 1.0, "published_burst": 2, "mark": 41}])
    );
}

#[test]
fn figures_that_cannot_be_are_left_out() {
    for (left, remaining) in [("NaN", None), ("inf", None), ("-1e300", Some(-1e9))] {
        let answer = Response::builder().header("x-left", left).body(Vec::new());
        let memory = Memory::answering(vec![Ok(answer.unwrap())]);
        run(&memory, write).unwrap();
        let seen = memory.seen.borrow();
        assert_eq!(
            seen[0]["told"][0]["remaining"].as_f64(),
            remaining,
            "{left}"
        );
    }
}

#[test]
fn reference_data_is_kept_and_nothing_else() {
    let cached = || read().cached_for(Duration::from_secs(60));
    let answer = Response::builder()
        .header("etag", "\"v1\"")
        .header("content-type", "application/json")
        .body(b"[1]".to_vec());
    let memory = Memory::answering(vec![Ok(answer.unwrap()), reply(404, "no"), reply(200, "x")]);
    run(&memory, cached).unwrap();
    run(&memory, cached).unwrap();
    run(&memory, read).unwrap();
    let (asked, seen) = (memory.asked.borrow(), memory.seen.borrow());
    let key = asked[0]["cache_key"].as_str().unwrap();
    assert_eq!(key.len(), 64);
    assert_eq!(
        seen[0]["keep"],
        json!({"key": key, "for_ms": 60_000, "status": 200, "content_type": "application/json",
            "etag": "\"v1\"", "body": "[1]"})
    );
    assert!(seen[1]["keep"].is_null() && seen[2]["keep"].is_null());
    assert!(asked[2]["cache_key"].is_null());
}

#[test]
fn a_kept_answer_needs_no_request() {
    let memory = Memory::default().admitting(Admission::Kept(reply(200, "kept").unwrap()));
    let outcome = run(&memory, read).unwrap();
    assert_eq!((outcome.result, outcome.requests), (json!("kept"), 0));
}

#[test]
fn an_old_answer_that_is_still_right_is_renewed() {
    let go = || {
        Admission::Go(Go {
            etag: Some("\"v1\"".to_owned()),
            ..Go::default()
        })
    };
    let cached = || read().cached_for(Duration::from_secs(60));
    let memory = Memory::answering(vec![reply(304, "")]).admitting(go());
    memory.kept.replace(Some(reply(200, "kept").unwrap()));
    assert_eq!(run(&memory, cached).unwrap().result, "kept");
    assert_eq!(
        memory.script.sent.borrow()[0].headers()["if-none-match"],
        "\"v1\""
    );
    assert_eq!(memory.seen.borrow()[0]["renewed"]["for_ms"], 60_000);

    let memory = Memory::answering(vec![reply(304, "")]).admitting(go());
    let error = run(&memory, cached).unwrap_err();
    assert!(
        error.cause.is_transient(),
        "the kept answer is gone: ask again"
    );
    let memory = Memory::answering(vec![reply(304, "")]);
    let error = run(&memory, cached).unwrap_err();
    assert!(
        matches!(error.cause, PlatformError::Protocol { .. }),
        "nobody asked whether it is still right"
    );
}
