//! Who renews a token, and where it goes.

use super::memory::Memory;
use super::*;
use crate::platform::Turn;

fn old() -> Store {
    Store::new(json!({}), json!({"token": "old", "renew": true}))
}

fn delete() -> Operation {
    let external_id = "1".to_owned();
    Operation::new(Action::DeleteProduct { external_id }, "job")
}

fn tokens(memory: &Memory) -> Vec<String> {
    let sent = memory.script.sent.borrow();
    let token = |request: &HttpRequest| {
        let value = &request.headers()["authorization"];
        value.to_str().unwrap().to_owned()
    };
    sent.iter().map(token).collect()
}

fn credentials(token: &str) -> Secret<Value> {
    Secret::new(json!({"token": token, "renew": true}))
}

#[test]
fn a_token_that_is_stored_already_does_not_come_back() {
    let memory = Memory::answering(vec![reply(401, ""), reply(200, ""), reply(200, "done")]);
    memory.stores.set(true);
    let outcome = memory.run(&Toy, &delete(), &old()).unwrap();
    assert_eq!(
        outcome.credentials, None,
        "a later store of it could overwrite a newer one"
    );
    assert_eq!(
        memory.finished.borrow()[0].as_ref().unwrap()["token"],
        "new"
    );
    assert_eq!(tokens(&memory), ["old", "old", "new"]);
}

#[test]
fn a_token_that_somebody_else_renewed_is_used() {
    let memory = Memory::answering(vec![reply(401, ""), reply(200, "done")]);
    memory
        .turns
        .borrow_mut()
        .push_back(Turn::Newer(credentials("theirs")));
    memory.run(&Toy, &delete(), &old()).unwrap();
    assert_eq!(tokens(&memory), ["old", "theirs"]);
    assert!(memory.finished.borrow().is_empty());
}

#[test]
fn a_renewal_begins_from_the_credentials_that_are_stored() {
    let memory = Memory::answering(vec![reply(401, ""), reply(200, ""), reply(200, "done")]);
    let turn = Turn::Ours(Some(credentials("stored")));
    memory.turns.borrow_mut().push_back(turn);
    memory.run(&Toy, &delete(), &old()).unwrap();
    assert_eq!(tokens(&memory), ["old", "stored", "new"]);
}

#[test]
fn while_somebody_else_renews_one_waits_and_looks_again() {
    let memory = Memory::answering(vec![reply(401, ""), reply(200, "done")]);
    memory.turns.borrow_mut().extend([
        Turn::Wait(Duration::from_secs(20)),
        Turn::Wait(Duration::from_millis(300)),
        Turn::Newer(credentials("theirs")),
    ]);
    memory.run(&Toy, &delete(), &old()).unwrap();
    assert_eq!(tokens(&memory), ["old", "theirs"]);
    assert_eq!(memory.now_ms(), 2000 + 500 + 300);
}

#[test]
fn a_renewal_that_takes_others_too_long_puts_the_job_off() {
    let memory = Memory::answering(vec![reply(401, "")]);
    for _ in 0..60 {
        let wait = Turn::Wait(Duration::from_secs(20));
        memory.turns.borrow_mut().push_back(wait);
    }
    let error = memory.run(&Toy, &delete(), &old()).unwrap_err();
    assert!(error.cause.is_transient());
    assert_eq!(memory.sent(), 1);
}

#[test]
fn a_renewal_that_fails_gives_its_turn_back() {
    for answer in [reply(401, ""), Err(HttpError::Timeout)] {
        let memory = Memory::answering(vec![reply(401, ""), answer]);
        memory.run(&Toy, &delete(), &old()).unwrap_err();
        assert_eq!(memory.finished.borrow()[..], [None]);
    }
}

#[test]
fn an_authentication_takes_its_turn_too() {
    let authenticate = Operation::new(Action::Authenticate, "job");
    let memory = Memory::answering(vec![reply(200, "")]);
    memory.stores.set(true);
    let outcome = memory.run(&Toy, &authenticate, &old()).unwrap();
    assert_eq!((outcome.credentials, outcome.requests), (None, 1));
    assert_eq!(memory.finished.borrow().len(), 1);

    let memory = Memory::default();
    memory
        .turns
        .borrow_mut()
        .push_back(Turn::Newer(credentials("theirs")));
    memory.run(&Toy, &authenticate, &old()).unwrap();
    assert_eq!(memory.sent(), 0, "somebody else's renewal will do");
}

#[test]
fn a_check_of_a_lasting_token_needs_no_turn() {
    let store = Store::new(json!({}), json!({"token": "lasting"}));
    let memory = Memory::answering(vec![reply(200, "")]);
    let authenticate = Operation::new(Action::Authenticate, "job");
    memory.run(&Toy, &authenticate, &store).unwrap();
    assert!(memory.finished.borrow().is_empty());
}
