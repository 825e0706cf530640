//! Bodies as they arrive.

use bytes::Bytes;
use common::error::{Error, Kind, Result};
use common::request::{Body, Chunk};
use http_body_util::BodyExt as _;
use spin_sdk::http::IncomingMessage;
use spin_sdk::wasip3::http::types::ErrorCode;
use spin_sdk::wasip3::http_compat::IncomingBody;

/// The body of the request that is being served.
pub(crate) struct Incoming<T>(pub(crate) IncomingBody<T>);

impl<T: IncomingMessage + Unpin> Body for Incoming<T> {
    fn chunk(&mut self) -> Chunk<'_> {
        Box::pin(async move { next(&mut self.0).await.map_err(broken_off) })
    }
}

/// The next piece of data that is not empty; none at the end. Trailers are passed over.
pub(crate) async fn next<T: IncomingMessage + Unpin>(
    body: &mut IncomingBody<T>,
) -> Result<Option<Bytes>, ErrorCode> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

fn broken_off(error: ErrorCode) -> Error {
    Error {
        source: Some(error.to_string()),
        ..Error::new(
            Kind::Validation,
            "The body broke off before its end; send the request again.",
        )
    }
}
