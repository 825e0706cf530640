//! The HTTP/1.1 server in front of the components.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::handler::{ExpirationError, ProxyHandler, TrapOrPanicError};

use super::headers::{self, RouteHeaders};
use super::instances::Instances;
use super::respond::{self, Body};
use crate::component::Component;
use crate::routes::Router;

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long accepting pauses when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Routes with the components behind them.
pub(crate) struct HttpRoutes {
    router: Router<Target>,
    /// Bounds the work in progress.
    places: Semaphore,
}

struct Target {
    component: Arc<Component>,
    handler: ProxyHandler<Instances>,
    headers: RouteHeaders,
}

impl HttpRoutes {
    /// # Errors
    /// Names a route that is none.
    pub(crate) fn new(
        routes: impl IntoIterator<Item = (String, Arc<Component>)>,
        in_flight: usize,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        // Routes to the same component share its instances.
        let mut handlers: Vec<(Arc<Component>, ProxyHandler<Instances>)> = Vec::new();
        let mut targets = Vec::new();
        for (route, component) in routes {
            let known = handlers
                .iter()
                .find(|(other, _)| Arc::ptr_eq(other, &component));
            let handler = match known {
                Some((_, handler)) => handler.clone(),
                None => {
                    let instances = Instances {
                        component: component.clone(),
                        stop: stop.clone(),
                    };
                    let handler = ProxyHandler::new(instances);
                    handlers.push((component.clone(), handler.clone()));
                    handler
                }
            };
            let headers = RouteHeaders::new(&route)?;
            targets.push((
                route,
                Target {
                    component,
                    handler,
                    headers,
                },
            ));
        }
        Ok(Self {
            router: Router::new(targets)?,
            places: Semaphore::new(in_flight),
        })
    }
}

/// Serves until `stop`, then lets what has begun end.
pub(crate) async fn serve(listener: TcpListener, routes: Arc<HttpRoutes>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        match accepted {
            Ok((stream, client)) => {
                connections.spawn(serve_connection(
                    stream,
                    client,
                    routes.clone(),
                    stop.clone(),
                ));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve_connection(
    stream: TcpStream,
    client: SocketAddr,
    routes: Arc<HttpRoutes>,
    stop: CancellationToken,
) {
    // Without it a response in two writes waits for the client's delayed acknowledgement. Where
    // it cannot be set the connection is slow, not broken.
    let _ = stream.set_nodelay(true);
    let client =
        HeaderValue::from_str(&client.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""));
    let service = service_fn(|request| {
        let (routes, client) = (routes.clone(), client.clone());
        async move { Ok::<_, Infallible>(routes.answer(request, &client).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let stopped = tokio::select! {
        // A connection that fails concerns its client, who knows.
        _ = connection.as_mut() => false,
        () = stop.cancelled() => true,
    };
    if stopped {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

impl HttpRoutes {
    async fn answer(&self, mut request: Request<Incoming>, client: &HeaderValue) -> Response<Body> {
        let Some(uri) = headers::full_uri(request.uri(), request.headers()) else {
            return respond::status(StatusCode::BAD_REQUEST);
        };
        let Some(found) = self.router.find(uri.path()) else {
            return respond::status(StatusCode::NOT_FOUND);
        };
        let target = found.target;
        headers::set(request.headers_mut(), &target.headers, &found, &uri, client);
        *request.uri_mut() = uri.clone();
        let Ok(_place) = self.places.acquire().await else {
            return respond::status(StatusCode::SERVICE_UNAVAILABLE);
        };
        target.answer(request).await
    }
}

impl Target {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let began = Instant::now();
        let request = request.map(|body| body.map_err(Error::Hyper).boxed_unsync());
        let answered = match self.handler.handle((), request).await {
            Ok(response) => respond::whole_if_short(response)
                .await
                .map_err(wasmtime::Error::from),
            Err(error) => Err(error),
        };
        answered.unwrap_or_else(|error| respond::status(self.status_of(&error, began)))
    }

    /// Notes why a request failed, unless the instance's end tells it already.
    fn status_of(&self, error: &wasmtime::Error, began: Instant) -> StatusCode {
        let late = began.elapsed() >= self.component.limits.request_timeout;
        if error.is::<ExpirationError>() || late {
            self.component.note("a request took too long and was ended");
            return StatusCode::GATEWAY_TIMEOUT;
        }
        if !error.is::<TrapOrPanicError>() {
            self.component.note(&format!("a request failed: {error:#}"));
        }
        StatusCode::INTERNAL_SERVER_ERROR
    }
}
