//! An HTTP component of WASI 0.2, as older tools build them.
#![cfg(target_arch = "wasm32")]

#[allow(
    unsafe_code,
    missing_docs,
    reason = "the macro exports a function to the host"
)]
mod entry {
    use wstd::http::{Body, Client, Error, Request, Response};

    #[wstd::http_server]
    async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
        let path = request.uri().path().to_owned();
        let text = match path.rsplit('/').next() {
            Some("get") => super::fetch(Client::new(), request).await,
            _ => format!("{} {path}", request.method()),
        };
        Ok(Response::new(Body::from(text)))
    }
}

use wstd::http::{Body, Client, Request};

/// Gets the address that the body names.
async fn fetch(client: Client, request: Request<Body>) -> String {
    let mut body = request.into_body();
    let fetched = async {
        let address = body.str_contents().await?.trim().to_owned();
        let request = Request::get(address).body(Body::empty())?;
        let mut response = client.send(request).await?;
        let status = response.status();
        wstd::http::error::Result::Ok(format!(
            "{status} {}",
            response.body_mut().str_contents().await?
        ))
    };
    fetched
        .await
        .unwrap_or_else(|error: wstd::http::Error| format!("error {error:?}"))
}
