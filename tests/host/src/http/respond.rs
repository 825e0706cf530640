//! Responses on their way to the client.

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Either, Full};
use wasmtime_wasi_http::WasiBody;

/// A whole body, or one that is streamed.
pub(crate) type Body = Either<Full<Bytes>, WasiBody>;

/// Bodies up to this many bytes are sent in one piece with their head.
const WHOLE: usize = 64 * 1024;

/// A response that consists of its status.
pub(crate) fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = status;
    response
}

/// Sends a short body whole: one write instead of two or three, and a guest that fails while it
/// writes is a plain 500 rather than a broken response.
///
/// # Errors
/// When a short body breaks off.
pub(crate) async fn whole_if_short(
    response: Response<WasiBody>,
) -> Result<Response<Body>, wasmtime_wasi_http::Error> {
    let Some(length) = declared_length(&response).filter(|length| *length <= WHOLE) else {
        return Ok(response.map(Either::Right));
    };
    let (head, mut body) = response.into_parts();
    let mut first: Option<Bytes> = None;
    let mut joined = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // Trailers have no place in a response with a length.
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        match first.take() {
            None if joined.is_empty() => first = Some(data),
            None => joined.extend_from_slice(&data),
            Some(earlier) => {
                joined.reserve(length);
                joined.extend_from_slice(&earlier);
                joined.extend_from_slice(&data);
            }
        }
        if body.is_end_stream() {
            break;
        }
    }
    let whole = first.unwrap_or_else(|| joined.freeze());
    Ok(Response::from_parts(head, Either::Left(Full::new(whole))))
}

fn declared_length(response: &Response<WasiBody>) -> Option<usize> {
    response
        .headers()
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
