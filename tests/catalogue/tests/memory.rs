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
            return Err(DbError::Shape("not as hub.run takes them".to_owned()));
        };
        if statement.contains("hub.exponent") {
            return Ok(r#"{"currency":"EUR","decimals":2}"#.to_owned());
        }
        let products = args.matches(r#""handle":"#).count();
        let result = json!({"outcome": "created", "errors": [], "skus": []});
        Ok(json!({ "results": vec![result; products] }).to_string())
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

const FILE_BYTES: usize = 50 * 1000 * 1000;
const PIECE_BYTES: usize = 64 * 1024;

/// A file of [`FILE_BYTES`] that is made while it is read.
struct Made<F> {
    row: F,
    next: u64,
    buffer: Vec<u8>,
    sent: usize,
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
        let piece = (self.sent <= FILE_BYTES).then(|| Bytes::from(piece));
        Box::pin(async move { Ok(piece) })
    }
}

/// The most memory that importing `rows` took at once, in bytes, and the report.
async fn import(row: impl FnMut(u64) -> String + 'static) -> (usize, Value) {
    let header =
        "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n";
    let made = Made {
        row,
        next: 0,
        buffer: header.as_bytes().to_vec(),
        sent: 0,
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

/// Names the case when it takes more than `most` bytes.
fn within(case: &str, (peak, report): (usize, Value), most: usize) -> Value {
    eprintln!("{case}: {:.1} MiB", peak as f64 / 1_048_576.0);
    assert!(peak < most, "{case}: {peak} bytes at once");
    report
}

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn fifty_megabytes_pass_through_a_few() {
    let usual = import(|n| match n % 4 {
        0 => format!(
            "shirt-{0},Shirt {0},<p>{1}</p>,Size,S,S-{0},{0}.50,https://a.example/{0}.jpg\n",
            n / 4,
            "cotton ".repeat(40)
        ),
        m => format!("shirt-{},,,,{m},S-{n},{n},\n", n / 4),
    });
    let report = within("usual products", usual.await, 8 * MIB);
    assert!(report["created"].as_u64().unwrap() > 50_000, "{report}");
    assert_eq!(report["failed"], 0);
    assert_eq!(report["errors_total"], 0);

    let small = import(|n| format!("{n},T,,,,,,\n"));
    let report = within("very many small products", small.await, 16 * MIB);
    assert!(report["created"].as_u64().unwrap() > 2_000_000, "{report}");

    let wrong = import(|n| format!("{n},,,,,,-1,\n"));
    let report = within("nothing but errors", wrong.await, 8 * MIB);
    assert_eq!(report["errors"].as_array().unwrap().len(), 1000);
    assert!(report["errors_total"].as_u64().unwrap() > 2_000_000);

    let endless = import(|n| {
        format!(
            "one,{},,Size,value {n},,1,https://a.example/{}.jpg\n",
            if n == 0 { "T" } else { "" },
            "x".repeat(1900)
        )
    });
    let report = within("one product without end", endless.await, 24 * MIB);
    assert_eq!(report["created"], 1);

    let open = import(|n| {
        if n == 0 {
            "a,\"open\n".to_owned()
        } else {
            format!("{n},T,,,,,,\n")
        }
    });
    let report = within("a quote left open", open.await, 8 * MIB);
    assert_eq!(report["errors"][0]["line"], 2);

    let commas = import(|_| ",".repeat(1000));
    within("one row of commas", commas.await, 8 * MIB);

    let heavy = import(|n| {
        format!(
            "h-{},{},{},Size,{n},,1,\n",
            n / 31,
            if n % 31 == 0 { "T" } else { "" },
            "d".repeat(65_000)
        )
    });
    let report = within("the heaviest rows", heavy.await, 24 * MIB);
    assert!(report["created"].as_u64().unwrap() > 20, "{report}");
}
