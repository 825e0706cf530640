//! An HTTP component that does what no function should: the local host's tests watch what comes
//! of it. The path says what to do, the body with what.
#![cfg(target_arch = "wasm32")]

mod postgres;

use std::hint::black_box;

use bytes::Bytes;
use futures::SinkExt as _;
use spin_sdk::http::body::IncomingBodyExt as _;
use spin_sdk::http::{BoxBody, FullBody, Request, Response, box_body};
use spin_sdk::wasip3::clocks::monotonic_clock;

#[allow(
    unsafe_code,
    missing_docs,
    reason = "the macro exports a function to Spin"
)]
mod entry {
    #[spin_sdk::http_service]
    async fn handle(request: super::Request) -> super::Outcome {
        super::misbehave(request).await
    }
}

type Outcome = Result<Response<BoxBody>, String>;

async fn misbehave(request: Request) -> Outcome {
    let (head, body) = request.into_parts();
    let body = body.bytes().await.map_err(|error| format!("{error:?}"))?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let misdeed = head.uri.path().rsplit('/').next().unwrap_or_default();
    match misdeed {
        "trap" => trap(),
        "trap-after" => trap_after(&body).await,
        "loop" => endless(),
        "allocate" => allocate(),
        "fail" => Err(body),
        "sleep" => sleep(&body).await,
        "stream" => stream(&body),
        "print" => print(&body),
        "get" => get(&body).await,
        "file" => {
            plain(std::fs::read_to_string(&body).unwrap_or_else(|error| format!("error {error}")))
        }
        "socket" => socket(&body),
        "variable" => plain(format!("{:?}", spin_sdk::variables::get(&body).await)),
        "environment" => plain(format!("{:?}", std::env::vars().collect::<Vec<_>>())),
        "round-trips" => plain(postgres::round_trips(&body).await),
        "query" => plain(postgres::query(&body).await),
        "query-now" => plain(postgres::query_now(&body)),
        "execute" => plain(postgres::execute(&body).await),
        "text" => plain(postgres::held(&body, postgres::first_text).await),
        "held" => plain(postgres::held(&body, postgres::all_rows).await),
        _ => plain(format!(
            "{} {}\n{:#?}\n{body}",
            head.method, head.uri, head.headers
        )),
    }
}

fn plain(text: String) -> Outcome {
    let response = Response::builder().header("content-length", text.len());
    response
        .body(box_body(FullBody::new(Bytes::from(text))))
        .map_err(|error| error.to_string())
}

#[allow(clippy::panic, reason = "this is the misdeed")]
fn trap() -> Outcome {
    panic!("trapped as asked");
}

async fn trap_after(milliseconds: &str) -> Outcome {
    wait(milliseconds).await;
    trap()
}

async fn wait(milliseconds: &str) {
    let milliseconds: u64 = milliseconds.trim().parse().unwrap_or_default();
    monotonic_clock::wait_for(milliseconds * 1_000_000).await;
}

async fn sleep(milliseconds: &str) -> Outcome {
    wait(milliseconds).await;
    plain("slept".to_owned())
}

fn endless() -> Outcome {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn allocate() -> Outcome {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1_u8; 1024 * 1024]));
    }
}

fn stream(bytes: &str) -> Outcome {
    const PIECE: usize = 64 * 1024;
    let bytes: usize = bytes
        .trim()
        .parse()
        .map_err(|_| "the body is no number".to_owned())?;
    let (mut sender, body) = spin_sdk::http::body::stream::<Bytes>();
    spin_sdk::wasip3::spawn(async move {
        let mut left = bytes;
        while left > 0 {
            let piece = left.min(PIECE);
            if sender.send(Bytes::from(vec![b'x'; piece])).await.is_err() {
                return;
            }
            left -= piece;
        }
    });
    Ok(Response::new(box_body(body)))
}

#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the host turns output into log lines"
)]
fn print(text: &str) -> Outcome {
    println!("out {text}");
    eprintln!("err {text}");
    plain(String::new())
}

async fn get(url: &str) -> Outcome {
    plain(match spin_sdk::http::get(url).await {
        Ok(response) => {
            let status = response.status();
            let body = response.into_body().bytes().await.unwrap_or_default();
            format!("{status} {}", String::from_utf8_lossy(&body))
        }
        Err(error) => format!("error {error:?}"),
    })
}

fn socket(address: &str) -> Outcome {
    plain(match std::net::TcpStream::connect(address) {
        Ok(_) => "connected".to_owned(),
        Err(error) => format!("error {error}"),
    })
}
