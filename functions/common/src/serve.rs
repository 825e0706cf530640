//! The border of every HTTP component: request id in, one log line and a rendered error out.

use crate::cors::{self, Origin, SECURITY_HEADERS};
use crate::error::Result;
use crate::identity::digest;
use crate::limits;
use crate::ports::Host;
use crate::reply::Reply;
use crate::request::{Aside, MAX_PATH_BYTES, Request};
use crate::router::{self, Routes};
use http::{HeaderName, HeaderValue, header};
use serde_json::json;
use std::future::Future;
use std::rc::Rc;

/// The header that carries the request id both ways.
pub const REQUEST_ID: &str = "x-request-id";

/// The caller's request id when it is 1 to 128 characters of `[A-Za-z0-9._-]`, else a random one.
pub fn request_id(given: Option<&str>, host: &impl Host) -> String {
    let fits = |id: &&str| {
        (1..=128).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    given.filter(fits).map_or_else(
        || {
            let mut bytes = [0; 16];
            host.fill(&mut bytes);
            uuid::Builder::from_random_bytes(bytes)
                .into_uuid()
                .to_string()
        },
        str::to_owned,
    )
}

/// Runs `routes`, which dispatches by the table `known`, on `request` and turns whatever happens into an answer.
///
/// A `HEAD` is answered as its `GET`: the HTTP server sends the headers and leaves the body out.
pub async fn serve<'h, H: Host, F>(
    mut request: Request,
    host: &'h H,
    known: Routes,
    routes: impl FnOnce(Request, &'h H) -> F,
) -> Reply
where
    F: Future<Output = Result<Reply>> + 'h,
{
    let started = host.now_ms();
    let request_id = request.request_id.clone();
    let method = request.method.to_string();
    let path: String = request.path.chars().take(MAX_PATH_BYTES).collect();
    // What is no origin is refused by the session; here it only gets no permission.
    let origin = Origin::of(&request, host.settings()).unwrap_or(Origin::None);
    let aside = Rc::clone(&request.aside);
    request.serve_head_as_get();
    let route = router::find(known, &request).ok().map(|found| found.route);
    let fits = request.bounded().and_then(|()| digest::guard(&mut request));
    let answered = match fits {
        Ok(()) if cors::is_preflight(&request) => {
            let methods = router::methods(known, &request.path);
            cors::preflight(&request, host.settings(), &methods)
        }
        Ok(()) => routes(request, host).await,
        Err(error) => Err(error),
    };
    let (reply, source) = match answered {
        Ok(reply) => (reply, None),
        Err(error) => (Reply::from(&error), error.source),
    };
    let mut line = json!({
        "event": "http.request",
        "http.method": method,
        "http.path": path,
        "http.route": route,
        "http.status": reply.status.as_u16(),
        "request.id": request_id,
        "duration_ms": host.now_ms() - started,
    });
    if let (Some(fields), Some(source)) = (line.as_object_mut(), source) {
        fields.insert("error.source".to_owned(), source.into());
    }
    host.log(line);
    let aside = aside.borrow();
    let mut reply = finish(permit(reply, &origin, &aside), &request_id, &aside);
    if method == http::Method::HEAD.as_str() {
        reply.rest = None; // nobody would read it
    }
    reply
}

/// A foreign page reads what its workspace lets it read, and errors, which tell nothing of a workspace that lets it not.
fn permit(reply: Reply, origin: &Origin, aside: &Aside) -> Reply {
    let readable = aside.origin_listed || !reply.status.is_success();
    match origin {
        Origin::Foreign(_) if !readable => reply.with_header(header::VARY, "Origin"),
        origin => cors::allow(reply, origin),
    }
}

fn finish(mut reply: Reply, request_id: &str, aside: &Aside) -> Reply {
    for (name, value) in SECURITY_HEADERS {
        // A route that knows better has said so.
        if !reply.headers.iter().any(|(known, _)| *known == name) {
            reply.headers.push((name, HeaderValue::from_static(value)));
        }
    }
    reply.headers.extend(limits::headers(&aside.limits));
    // A complete body always says how long it is: a chunked one costs a delayed ACK (40 ms).
    if reply.status != http::StatusCode::NO_CONTENT && reply.rest.is_none() {
        reply
            .headers
            .push((header::CONTENT_LENGTH, HeaderValue::from(reply.body.len())));
    }
    reply.with_header(HeaderName::from_static(REQUEST_ID), request_id)
}
