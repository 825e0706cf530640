//! A host without a memory: no limits, no cache, and the token is the caller's to store.

use super::{Admission, Ask, Go, Observation, Renewal, Stored, Traffic, Turn};
use crate::Result;
use crate::platform::PlatformError;
use crate::ports::{Clock, HttpClient, HttpError, HttpRequest, HttpResponse, Log};
use crate::secret::Secret;
use serde_json::Value;
use std::time::Duration;

/// Sends through the host as it is.
#[derive(Clone, Copy, Debug)]
pub struct Alone<'a, H>(pub &'a H);

impl<H: HttpClient> HttpClient for Alone<'_, H> {
    async fn send(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
        self.0.send(request, timeout).await
    }
}

impl<H: Clock> Clock for Alone<'_, H> {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

impl<H: Log> Log for Alone<'_, H> {
    fn log(&self, fields: Value) {
        self.0.log(fields);
    }
}

impl<H> Traffic for Alone<'_, H> {
    async fn admit(&self, _: &Ask<'_>) -> Result<Admission> {
        Ok(Admission::Go(Go::default()))
    }

    async fn clear(&self) -> Result<(), PlatformError> {
        Ok(())
    }

    async fn observe(&self, _: &Observation<'_>) -> Result<Option<HttpResponse>> {
        Ok(None)
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

impl<H> Renewal for Alone<'_, H> {
    async fn begin(&self) -> Result<Turn, PlatformError> {
        Ok(Turn::Ours(None))
    }

    async fn finish(&self, _: Option<(&Secret<Value>, Option<Duration>)>) -> Stored {
        Stored::No
    }
}
