mod memory;
mod pipeline;
mod redaction;
mod renewal;

use super::*;
use crate::platform::{
    Capability, Constraints, Descriptor, Exchange, ExternalProduct, OperationKind, RateLimit,
    State, Step, WebhookDelivery, WebhookEvent, WebhookRefused,
};
use crate::ports::{HttpError, HttpRequest, HttpResponse};
use futures::FutureExt;
use http::{Response, StatusCode};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// A host whose answers are written down beforehand; each request takes a second.
#[derive(Default)]
struct Script {
    answers: RefCell<VecDeque<Result<HttpResponse, HttpError>>>,
    sent: RefCell<Vec<HttpRequest>>,
    timeouts: RefCell<Vec<Duration>>,
    lines: RefCell<Vec<Value>>,
    now_ms: Cell<i64>,
}

impl HttpClient for Script {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        self.sent.borrow_mut().push(request);
        self.timeouts.borrow_mut().push(timeout);
        self.now_ms.set(self.now_ms.get() + 1000);
        self.answers.borrow_mut().pop_front().unwrap()
    }
}

impl Clock for Script {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    async fn sleep(&self, duration: Duration) {
        let ms = i64::try_from(duration.as_millis()).unwrap();
        self.now_ms.set(self.now_ms.get() + ms);
    }
}

impl Log for Script {
    fn log(&self, fields: Value) {
        self.lines.borrow_mut().push(fields);
    }
}

/// A channel that asks until it is told `done`, and takes 401 for an old token.
struct Toy;

static TOY: Descriptor = Descriptor {
    slug: "toy",
    name: "Toy",
    version: "1",
    capabilities: &[(OperationKind::DeleteProduct, Capability::native("DELETE"))],
    constraints: Constraints {
        rate_limits: &[
            RateLimit {
                name: "all",
                class: "*",
                unit: "request",
                per_second: 10.0,
                burst: 20,
                scope: "shop",
            },
            RateLimit {
                name: "writes",
                class: "write",
                unit: "request",
                per_second: 1.0,
                burst: 2,
                scope: "shop",
            },
        ],
        batch_size: 2,
        asynchronous_operations: &[],
        poll_after_s: 3600,
    },
    credentials: &[],
    webhook_credential: "",
    config: &[],
    hosts: &[],
};

fn ask(store: &Store, delay: Duration) -> Step {
    let token = store.credential("token").unwrap_or_default();
    let request = http::Request::post("https://toy.example/path?secret=query")
        .header("authorization", token)
        .body(b"body".to_vec())
        .unwrap();
    Exchange::new(request, State(json!("asked")))
        .after(delay)
        .step()
}

impl Platform for Toy {
    fn descriptor(&self) -> &'static Descriptor {
        &TOY
    }

    fn begin(&self, _: &Operation, store: &Store) -> Result<Step, PlatformError> {
        Ok(ask(store, Duration::ZERO))
    }

    fn resume(
        &self,
        operation: &Operation,
        store: &Store,
        state: State,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        assert_eq!(state, State(json!("asked")));
        if response.status() == StatusCode::UNAUTHORIZED {
            let reason = "old token".to_owned();
            return Err(PlatformError::AuthenticateAgain { reason });
        }
        let mut outcome = Outcome::default();
        match (&operation.action, response.body().as_slice()) {
            (Action::Authenticate, _) => {
                outcome.credentials = Some(Secret::new(json!({"token": "new", "renew": true})));
            }
            (Action::ListProducts { .. }, more) => {
                outcome.products = vec![ExternalProduct::default()];
                outcome.next_cursor = (more == b"more").then(|| "next".to_owned());
            }
            (_, b"wait") => return Ok(ask(store, Duration::from_secs(3))),
            (_, b"done") => {}
            (_, b"refused") => {
                let token = store.credential("token").unwrap();
                return Err(PlatformError::rejected(format!("{token} may not do this")));
            }
            (_, b"told") => {
                let token = store.credential("token").unwrap();
                outcome.result = json!({"said": [format!("hello {token}")]});
            }
            _ => return Ok(ask(store, Duration::ZERO)),
        }
        Ok(Step::done(outcome))
    }

    fn can_refresh(&self, store: &Store) -> bool {
        store.credentials.expose()["renew"] == true
    }

    fn throttle_wait(&self, response: &HttpResponse) -> Option<Duration> {
        (response.body() == b"slow down").then(|| Duration::from_secs(9))
    }

    fn verify_webhook(
        &self,
        _: &WebhookDelivery<'_>,
        _: &Secret<String>,
        _: i64,
    ) -> Result<(), WebhookRefused> {
        Err(WebhookRefused::WrongSignature)
    }

    fn decode_webhook(&self, _: &WebhookDelivery<'_>) -> Result<WebhookEvent, PlatformError> {
        Err(PlatformError::protocol("none"))
    }
}

fn reply(status: u16, body: &str) -> Result<HttpResponse, HttpError> {
    let response = Response::builder().status(status);
    Ok(response.body(body.as_bytes().to_vec()).unwrap())
}

fn with_retry_after(status: u16, value: &str) -> Result<HttpResponse, HttpError> {
    let response = Response::builder()
        .status(status)
        .header("retry-after", value);
    Ok(response.body(Vec::new()).unwrap())
}

fn run(
    answers: Vec<Result<HttpResponse, HttpError>>,
    store: &Store,
    limits: Limits,
) -> (Result<Outcome, DriveError>, Script) {
    let script = Script {
        answers: RefCell::new(answers.into()),
        ..Script::default()
    };
    let action = Action::DeleteProduct {
        external_id: "1".to_owned(),
    };
    let operation = Operation::new(action, "job");
    let ended = drive(&script, &Toy, &operation, store, &limits)
        .now_or_never()
        .unwrap();
    (ended, script)
}

fn cause(answer: Result<HttpResponse, HttpError>) -> PlatformError {
    let (ended, _) = run(vec![answer], &Store::default(), Limits::default());
    ended.unwrap_err().cause
}

fn waits(answer: Result<HttpResponse, HttpError>) -> Option<Duration> {
    match cause(answer) {
        PlatformError::RetryAfter { after, .. } => after,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_operation_goes_on_until_it_is_done() {
    let answers = vec![reply(200, "go on"), reply(200, "done")];
    let (ended, _) = run(answers, &Store::default(), Limits::default());
    assert_eq!(ended.unwrap().requests, 2);
}

#[test]
fn a_rate_limit_names_its_wait_in_a_header_or_in_the_body() {
    assert_eq!(
        waits(with_retry_after(429, "4")),
        Some(Duration::from_secs(4))
    );
    assert_eq!(waits(reply(429, "slow down")), Some(Duration::from_secs(9)));
    assert_eq!(waits(reply(429, "")), None);
    // The scripted clock stands at one second after the epoch when the answer comes.
    let date = with_retry_after(503, "Thu, 01 Jan 1970 00:00:31 GMT");
    assert_eq!(waits(date), Some(Duration::from_secs(30)));
}

#[test]
fn a_broken_server_or_connection_is_tried_again() {
    for answer in [
        reply(500, ""),
        reply(504, ""),
        reply(408, ""),
        Err(HttpError::Timeout),
        Err(HttpError::Broken("cut".to_owned())),
    ] {
        assert_eq!(waits(answer), None);
    }
}

#[test]
fn a_request_that_never_left_is_sent_again_at_once_and_twice_at_most() {
    let refused = || Err(HttpError::Connect("refused".to_owned()));
    let answers = vec![refused(), refused(), reply(200, "done")];
    let (ended, script) = run(answers, &Store::default(), Limits::default());
    assert_eq!(ended.unwrap().requests, 3);
    let lines = script.lines.borrow();
    let waits: Vec<&Value> = lines.iter().map(|line| &line["wait_ms"]).collect();
    assert_eq!(
        waits,
        [0, 200, 400],
        "it waits a little, and longer each time"
    );

    let answers = vec![refused(), refused(), refused()];
    let (ended, _) = run(answers, &Store::default(), Limits::default());
    let error = ended.unwrap_err();
    assert_eq!(error.requests, 3);
    assert!(error.cause.is_transient());
}

#[test]
fn a_redirect_is_refused_and_a_forbidden_host_is_final() {
    assert!(matches!(
        cause(reply(302, "")),
        PlatformError::Protocol { .. }
    ));
    let denied = cause(Err(HttpError::Denied("not allowed".to_owned())));
    assert!(matches!(denied, PlatformError::Rejected { .. }));
}

#[test]
fn an_old_token_is_renewed_once_and_given_back() {
    let store = Store::new(json!({}), json!({"token": "old", "renew": true}));
    let answers = vec![reply(401, ""), reply(200, "token"), reply(200, "done")];
    let (ended, script) = run(answers, &store, Limits::default());
    let outcome = ended.unwrap();
    assert_eq!(outcome.credentials.unwrap().expose()["token"], "new");
    assert_eq!(outcome.requests, 3);
    let sent = script.sent.borrow();
    assert_eq!(sent[2].headers()["authorization"], "new");

    let answers = vec![reply(401, ""), reply(200, "token"), reply(401, "")];
    let (ended, _) = run(answers, &store, Limits::default());
    let error = ended.unwrap_err();
    assert!(matches!(
        error.cause,
        PlatformError::AuthenticateAgain { .. }
    ));
    assert!(
        error.credentials.is_some(),
        "a renewed token is not lost by a later failure"
    );
}

#[test]
fn a_token_that_cannot_be_renewed_is_reported() {
    let store = Store::new(json!({}), json!({"token": "old"}));
    let (ended, script) = run(vec![reply(401, "")], &store, Limits::default());
    assert!(matches!(
        ended.unwrap_err().cause,
        PlatformError::AuthenticateAgain { .. }
    ));
    assert_eq!(script.sent.borrow().len(), 1);
}

#[test]
fn requests_are_counted_and_time_is_limited() {
    let limits = Limits {
        max_requests: 2,
        ..Limits::default()
    };
    let answers = vec![reply(200, ""), reply(200, "")];
    let (ended, _) = run(answers, &Store::default(), limits);
    let error = ended.unwrap_err();
    assert_eq!(error.requests, 2);
    assert!(matches!(error.cause, PlatformError::Protocol { .. }));

    let limits = Limits {
        budget: Duration::from_millis(2500),
        request_timeout: Duration::from_secs(2),
        ..Limits::default()
    };
    let answers = vec![reply(200, ""), reply(200, ""), reply(200, "")];
    let (ended, script) = run(answers, &Store::default(), limits);
    assert!(ended.unwrap_err().cause.is_transient());
    let timeouts: Vec<u128> = script
        .timeouts
        .borrow()
        .iter()
        .map(Duration::as_millis)
        .collect();
    assert_eq!(
        timeouts,
        [2000, 1500, 500],
        "no request outlives the budget"
    );
}

#[test]
fn a_wait_that_does_not_fit_the_budget_puts_the_job_off() {
    let answers = vec![reply(200, "wait"), reply(200, "done")];
    let (ended, script) = run(answers, &Store::default(), Limits::default());
    assert_eq!(ended.unwrap().requests, 2);
    assert_eq!(script.now_ms(), 5000);

    let limits = Limits {
        budget: Duration::from_secs(3),
        ..Limits::default()
    };
    let (ended, script) = run(vec![reply(200, "wait")], &Store::default(), limits);
    assert!(ended.unwrap_err().cause.is_transient());
    assert_eq!(script.now_ms(), 1000, "it does not wait in vain");
}

#[test]
fn the_log_has_neither_query_nor_token_nor_body() {
    let store = Store::new(json!({}), json!({"token": "tok-123"}));
    let (_, script) = run(vec![reply(200, "done")], &store, Limits::default());
    let lines = script.lines.borrow();
    assert_eq!(lines.len(), 1);
    let line = lines[0].to_string();
    assert_eq!(lines[0]["http.path"], "/path");
    assert_eq!(lines[0]["http.status"], 200);
    assert_eq!(lines[0]["duration_ms"], 1000);
    for secret in ["secret", "query", "tok-123", "body\"", "done"] {
        assert!(!line.contains(secret), "{line}");
    }
}

fn list(
    answers: Vec<Result<HttpResponse, HttpError>>,
    max_pages: u32,
) -> Result<Outcome, DriveError> {
    let script = Script {
        answers: RefCell::new(answers.into()),
        ..Script::default()
    };
    let limits = Limits {
        max_pages,
        ..Limits::default()
    };
    list_products(&script, &Toy, &Store::default(), None, &limits)
        .now_or_never()
        .unwrap()
}

#[test]
fn pages_are_read_up_to_the_cap() {
    let all = list(vec![reply(200, "more"), reply(200, "last")], 9).unwrap();
    assert_eq!((all.products.len(), all.next_cursor), (2, None));
    let capped = list(vec![reply(200, "more"), reply(200, "more")], 2).unwrap();
    assert_eq!(capped.next_cursor.as_deref(), Some("next"));
    assert_eq!(capped.result["complete"], false);
}

#[test]
fn a_rate_limit_on_a_later_page_keeps_what_was_read() {
    let some = list(vec![reply(200, "more"), reply(429, "")], 9).unwrap();
    assert_eq!(some.products.len(), 1);
    assert_eq!(some.next_cursor.as_deref(), Some("next"));
    assert!(list(vec![reply(429, "")], 9).is_err());
}
