//! From Spin's request to the domain's, and back.

use crate::body::Incoming;
use crate::host::SpinHost;
use crate::outgoing::Outgoing;
use common::error::Result;
use common::reply::Reply;
use common::request::Request;
use common::router::Routes;
use common::serve::{REQUEST_ID, request_id};
use http::HeaderValue;
use http::header::HOST;
use std::future::Future;

/// What a component's entry returns to Spin.
pub type Response = spin_sdk::http::Response<Outgoing>;

/// Answers one request with `routes`, which dispatches by the table `known`. Always gives an answer: errors are rendered, never returned.
pub async fn serve<F>(
    request: spin_sdk::http::Request,
    known: Routes,
    routes: impl FnOnce(Request, &'static SpinHost) -> F,
) -> Response
where
    F: Future<Output = Result<Reply>> + 'static,
{
    let host = SpinHost::of_this_instance().await;
    let (mut head, body) = request.into_parts();
    name_the_host(&mut head);
    let given = head.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let request_id = request_id(given, host);
    let request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: Box::new(Incoming(body)),
        request_id,
        aside: Default::default(),
    };
    response(common::serve::serve(request, host, known, routes).await)
}

/// The address that was asked for is what `Host` says, whatever the client wrote there: hosts of components may keep
/// the header to themselves, and an absolute address wins over it (RFC 9112, 3.2.2).
fn name_the_host(head: &mut http::request::Parts) {
    let asked = head.uri.authority().map(|authority| authority.as_str());
    if let Some(Ok(host)) = asked.map(HeaderValue::from_str) {
        head.headers.insert(HOST, host);
    }
}

fn response(reply: Reply) -> Response {
    let mut response = Response::new(Outgoing::new(reply.body, reply.rest));
    *response.status_mut() = reply.status;
    response.headers_mut().extend(reply.headers);
    response
}
