//! A pipeline whose memory answers what was written down beforehand and remembers what it was told.

use super::*;
use crate::platform::{
    Admission, Ask, Go, Observation, Renewal, Stored, Traffic, Turn, WebhookDelivery,
};

#[derive(Default)]
pub struct Memory {
    pub script: Script,
    pub admissions: RefCell<VecDeque<crate::Result<Admission>>>,
    pub kept: RefCell<Option<HttpResponse>>,
    pub asked: RefCell<Vec<Value>>,
    pub seen: RefCell<Vec<Value>>,
    pub is_forgetful: Cell<bool>,
    pub turns: RefCell<VecDeque<Turn>>,
    pub finished: RefCell<Vec<Option<Value>>>,
    pub stores: Cell<bool>,
}

impl Memory {
    pub fn answering(answers: Vec<Result<HttpResponse, HttpError>>) -> Self {
        let script = Script {
            answers: RefCell::new(answers.into()),
            ..Script::default()
        };
        Self {
            script,
            ..Self::default()
        }
    }

    pub fn admitting(self, admission: Admission) -> Self {
        self.admissions.borrow_mut().push_back(Ok(admission));
        self
    }

    /// Drives `platform` to the end.
    pub fn run(
        &self,
        platform: &dyn Platform,
        operation: &Operation,
        store: &Store,
    ) -> Result<Outcome, DriveError> {
        drive_through(self, platform, operation, store, &Limits::default())
            .now_or_never()
            .unwrap()
    }

    pub fn sent(&self) -> usize {
        self.script.sent.borrow().len()
    }
}

impl HttpClient for Memory {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        self.script.send(request, timeout).await
    }
}

impl Clock for Memory {
    fn now_ms(&self) -> i64 {
        self.script.now_ms()
    }

    async fn sleep(&self, duration: Duration) {
        self.script.sleep(duration).await;
    }
}

impl Log for Memory {
    fn log(&self, fields: Value) {
        self.script.log(fields);
    }
}

impl Traffic for Memory {
    async fn admit(&self, ask: &Ask<'_>) -> crate::Result<Admission> {
        let asked = serde_json::to_value(ask).unwrap();
        self.asked.borrow_mut().push(asked);
        let next = self.admissions.borrow_mut().pop_front();
        next.unwrap_or_else(|| Ok(Admission::Go(Go::default())))
    }

    async fn clear(&self) -> Result<(), PlatformError> {
        Ok(())
    }

    async fn observe(&self, seen: &Observation<'_>) -> crate::Result<Option<HttpResponse>> {
        if self.is_forgetful.get() {
            return Err(crate::Error::internal("the database is away"));
        }
        let told = serde_json::to_value(seen).unwrap();
        self.seen.borrow_mut().push(told);
        Ok(seen.renewed.and_then(|_| self.kept.borrow_mut().take()))
    }

    fn chance(&self) -> f64 {
        1.0
    }
}

impl Renewal for Memory {
    async fn begin(&self) -> Result<Turn, PlatformError> {
        let next = self.turns.borrow_mut().pop_front();
        Ok(next.unwrap_or(Turn::Ours(None)))
    }

    async fn finish(&self, fresh: Option<(&Secret<Value>, Option<Duration>)>) -> Stored {
        let plain = fresh.map(|(plain, _)| plain.expose().clone());
        self.finished.borrow_mut().push(plain);
        if self.stores.get() {
            Stored::Yes
        } else {
            Stored::No
        }
    }
}

/// A channel that sends one request and is done, whatever the answer.
pub struct OneRequest<F>(pub F);

impl<F: Fn() -> Exchange + Sync> Platform for OneRequest<F> {
    fn descriptor(&self) -> &'static Descriptor {
        Toy.descriptor()
    }

    fn begin(&self, _: &Operation, _: &Store) -> Result<Step, PlatformError> {
        Ok((self.0)().step())
    }

    fn resume(
        &self,
        _: &Operation,
        _: &Store,
        _: State,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let body = String::from_utf8_lossy(response.body()).into_owned();
        Ok(Step::done(Outcome {
            result: json!(body),
            ..Outcome::default()
        }))
    }

    fn can_refresh(&self, _: &Store) -> bool {
        false
    }

    fn throttle_wait(&self, response: &HttpResponse) -> Option<Duration> {
        Toy.throttle_wait(response)
    }

    fn allowances(&self, response: &HttpResponse) -> Vec<crate::platform::Allowance> {
        let left = response.headers().get("x-left");
        let left = left.map(|value| value.to_str().unwrap().parse().unwrap());
        left.map(|remaining| crate::platform::Allowance {
            limit: "writes",
            remaining,
            capacity: Some(5.0),
            per_second: None,
        })
        .into_iter()
        .collect()
    }

    fn verify_webhook(
        &self,
        delivery: &WebhookDelivery<'_>,
        secret: &Secret<String>,
        now_ms: i64,
    ) -> Result<(), WebhookRefused> {
        Toy.verify_webhook(delivery, secret, now_ms)
    }

    fn decode_webhook(
        &self,
        delivery: &WebhookDelivery<'_>,
    ) -> Result<WebhookEvent, PlatformError> {
        Toy.decode_webhook(delivery)
    }
}
