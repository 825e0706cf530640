//! Instances of an HTTP component: reused, shared by concurrent requests, ended when idle or late.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut, format_err};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

use crate::compile::Compiled;
use crate::component::{Component, State};
use crate::limits::Limits;

/// Makes a component's instances.
pub(crate) struct Instances {
    pub(crate) component: Arc<Component>,
    /// Ends every instance at once.
    pub(crate) stop: CancellationToken,
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Worker>> {
        let limits = self.component.limits;
        let mut store = self.component.store()?;
        let proxy = tokio::time::timeout(limits.request_timeout, self.proxy(&mut store))
            .await
            .map_err(|_| format_err!("the component did not start in time"))??;
        Ok(Instance {
            store,
            proxy,
            view: State::http,
            expiration: Expiration::new(limits, self.stop.clone()),
            state: Worker {
                component: self.component.clone(),
                stop: self.stop.clone(),
            },
        })
    }
}

impl Instances {
    async fn proxy(&self, store: &mut Store<State>) -> wasmtime::Result<Proxy> {
        Ok(match &self.component.compiled {
            Compiled::Http3(service) => Proxy::P3(service.instantiate_async(store).await?),
            Compiled::Http2(proxy) => Proxy::P2(proxy.instantiate_async(store).await?),
            Compiled::Cron(_) => return Err(format_err!("a cron component handles no requests")),
        })
    }
}

/// Decides which requests an instance takes.
pub(crate) struct Worker {
    component: Arc<Component>,
    stop: CancellationToken,
}

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        let limits = &self.component.limits;
        if total >= limits.requests_per_instance {
            ShouldAccept::Never
        } else if concurrent >= limits.concurrent_requests {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(tokio::time::sleep(self.component.limits.request_timeout))
    }

    fn drop(&self, store: Store<State>, result: wasmtime::Result<()>) {
        drop(store);
        // An instance that is dropped with its runtime says that it panicked.
        if let Err(error) = result
            && !self.stop.is_cancelled()
        {
            self.component
                .note(&format!("an instance was ended: {error:#}"));
        }
    }
}

/// Decides when an instance ends: long idle, late, or the host stops.
pub(crate) struct Expiration {
    limits: Limits,
    alarm: Pin<Box<Sleep>>,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Expiration {
    fn new(limits: Limits, stop: CancellationToken) -> Self {
        Self {
            limits,
            alarm: Box::pin(tokio::time::sleep(limits.idle)),
            stop: Box::pin(stop.cancelled_owned()),
        }
    }

    fn allowance(&self, status: WorkerStatus) -> Duration {
        match status {
            WorkerStatus::Idle => self.limits.idle,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.limits.request_timeout,
        }
    }
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        start: std::time::Instant,
    ) -> Poll<()> {
        if self.stop.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let deadline = Instant::from_std(start) + self.allowance(status);
        // An alarm that rings too early costs one look; setting it anew for each request costs more.
        if self.alarm.deadline() > deadline {
            self.alarm.as_mut().reset(deadline);
        }
        while self.alarm.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            self.alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}
