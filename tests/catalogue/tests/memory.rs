//! 50 MB of CSV do not need 50 MB of memory, whatever is in it. Every allocation of the process is counted; the
//! database is left out, because it runs elsewhere: its port answers as `hub.import_products` would.
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests; counting allocations takes an allocator"
)]

use bytes::Bytes;
use catalogue::{Member, request, settings};
use common::ports::{
    Clock, Db, DbError, Host, HttpClient, HttpError, HttpRequest, HttpResponse, Log, Param, Random,
    Repeat,
};
use common::request::{Body, Chunk};
use common::settings::Settings;
use http::Method;
use serde_json::{Value, json};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Takes every product; its own memory counts as well, so that the bound below is a generous one.
struct Taker(Settings);

impl Db for Taker {
    async fn text(
        &self,
        _: &'static str,
        params: Vec<Param>,
        _: Repeat,
    ) -> Result<String, DbError> {
        let [Param::Json(_), Param::Text(statement), Param::Json(args)] = params.as_slice() else {
            return Err(DbError::Shape("not as hub.serve takes them".to_owned()));
        };
        if statement.contains("hub.exponent") {
            return Ok("{}\n{\"currency\":\"EUR\",\"decimals\":2}".to_owned());
        }
        let products = args.matches(r#""handle":"#).count();
        let result = json!({"outcome": "created", "errors": [], "skus": []});
        Ok(format!(
            "{{}}\n{}",
            json!({ "results": vec![result; products] })
        ))
    }
}

impl HttpClient for Taker {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied(request.uri().to_string()))
    }
}

impl Clock for Taker {
    fn now_ms(&self) -> i64 {
        1_800_000_000_000
    }
    async fn sleep(&self, _: Duration) {}
}

impl Random for Taker {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

impl Log for Taker {
    fn log(&self, _: Value) {}
}

impl Host for Taker {
    fn settings(&self) -> &Settings {
        &self.0
    }
}

const MB: usize = 1000 * 1000;
const PIECE_BYTES: usize = 64 * 1024;

/// A file that is made while it is read.
struct Made<F> {
    row: F,
    next: u64,
    buffer: Vec<u8>,
    sent: usize,
    size: usize,
}

impl<F: FnMut(u64) -> String> Body for Made<F> {
    fn chunk(&mut self) -> Chunk<'_> {
        while self.buffer.len() < PIECE_BYTES {
            let row = (self.row)(self.next);
            self.buffer.extend_from_slice(row.as_bytes());
            self.next += 1;
        }
        let piece: Vec<u8> = self.buffer.drain(..PIECE_BYTES).collect();
        self.sent += piece.len();
        let piece = (self.sent <= self.size).then(|| Bytes::from(piece));
        Box::pin(async move { Ok(piece) })
    }
}

/// The most memory that importing `size` bytes of rows took at once, in bytes, and the report.
async fn import(size: usize, row: impl FnMut(u64) -> String + 'static) -> (usize, Value) {
    let header =
        "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n";
    let made = Made {
        row,
        next: 0,
        buffer: header.as_bytes().to_vec(),
        sent: 0,
        size,
    };
    let member = Member::new("00000000-0000-7000-8000-000000000001", "main");
    let headers = [("content-type", "text/csv")];
    let call = request(
        &member,
        Method::POST,
        "/products/import",
        &headers,
        Box::new(made),
    );
    let host = Taker(settings());
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let reply = products::routes(call, &host).await.unwrap();
    let report = serde_json::from_slice(&reply.body).unwrap();
    (PEAK.load(Relaxed) - before, report)
}

/// The most that any file may take at once, in bytes.
const MOST: usize = 16 * 1024 * 1024;

/// Names the case when it takes more than [`MOST`].
fn bounded(case: &str, (peak, report): (usize, Value)) -> Value {
    eprintln!("{case}: {:.1} MiB", peak as f64 / 1_048_576.0);
    assert!(peak < MOST, "{case}: {peak} bytes at once");
    report
}

// One test, because all tests of a process would be counted together.
#[tokio::test]
async fn fifty_megabytes_pass_through_a_few() {
    usual_products().await;
    many_of_a_kind().await;
    a_product_without_end().await;
    rows_without_end().await;
}

async fn usual_products() {
    let text = "cotton ".repeat(40);
    let rows = import(50 * MB, move |n| match n % 4 {
        0 => format!(
            "shirt-{0},Shirt {0},<p>{text}</p>,Size,S,S-{0},{0}.50,https://a.example/{0}.jpg\n",
            n / 4
        ),
        m => format!("shirt-{},,,,{m},S-{n},{n},\n", n / 4),
    });
    let report = bounded("usual products", rows.await);
    assert!(report["created"].as_u64().unwrap() > 50_000, "{report}");
    assert_eq!(
        (&report["failed"], &report["errors_total"]),
        (&json!(0), &json!(0))
    );
}

async fn many_of_a_kind() {
    let small = import(10 * MB, |n| format!("{n},T,,,,,,\n"));
    let report = bounded("very many small products", small.await);
    assert!(report["created"].as_u64().unwrap() > 500_000, "{report}");
    let wrong = import(10 * MB, |n| format!("{n},,,,,,-1,\n"));
    let report = bounded("nothing but errors", wrong.await);
    assert_eq!(report["errors"].as_array().unwrap().len(), 1000);
    assert!(report["errors_total"].as_u64().unwrap() > 500_000);
}

async fn a_product_without_end() {
    let title = |n: u64| if n == 0 { "T" } else { "" };
    let name = "赤".repeat(240);
    let variants = import(10 * MB, move |n| {
        format!("one,{},,Size,{name} {n},,1,\n", title(n))
    });
    assert_eq!(
        bounded("variants without end", variants.await)["created"],
        1
    );
    let path = "x".repeat(1900);
    let images = import(10 * MB, move |n| {
        format!(
            "one,{},,Size,{n},,1,https://a.example/{n}{path}\n",
            title(n)
        )
    });
    assert_eq!(bounded("images without end", images.await)["created"], 1);
    let body = "d".repeat(65_000);
    let heavy = import(20 * MB, move |n| {
        format!("h-{},{},{body},Size,{n},,1,\n", n / 30, title(n % 30))
    });
    let report = bounded("the heaviest rows", heavy.await);
    assert!(report["created"].as_u64().unwrap() >= 10, "{report}");
}

async fn rows_without_end() {
    let open = import(50 * MB, |n| match n {
        0 => "a,\"open\n".to_owned(),
        n => format!("{n},T,,,,,,\n"),
    });
    let report = bounded("a quote left open", open.await);
    assert_eq!(report["errors"][0]["line"], 2);
    let commas = import(50 * MB, |_| ",".repeat(1000));
    assert_eq!(
        bounded("one row of commas", commas.await)["errors_total"],
        1
    );
}
