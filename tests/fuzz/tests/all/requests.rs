//! Requests of a member with every right: paths, query strings, headers and bodies.

use fuzz::{Target, anything, bodies, fault, mutated, routes, text};
use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// A request to a route.
#[derive(Clone, Debug)]
struct Asked {
    method: Method,
    address: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("0190a0b0-0000-7000-8000-000000000001".to_owned()),
        1 => any::<u128>().prop_map(|id| format!("{id:032x}")),
        1 => prop::sample::select(vec!["shopify", "etsy", "callback", "replay", "import", "%00", "%2e%2e", "-1", "{id}"]).prop_map(str::to_owned),
        1 => "[!-.0-~]{1,40}",
    ]
}

fn query() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "id=", "status=", "created_at=", "name=", "type=", "price=", "tags=", "attempts=", "order=", "select=", "limit=", "offset=",
            "or=(", "and=(", "not.or=(", "state=", "code=", "error=", "&", ".", ",", "(", ")", "{", "}", "eq.", "neq.", "in.(", "cs.{",
            "is.null", "not.", "like.", "ilike.", "gt.", "desc", "asc", "nullsfirst", "1", "-1", "9999999999999999999999", "%20", "%27", "%00",
            "%c3%a4", "%ff", "%", "*", "id", "status", "2026-01-01", "infinity", "NaN", "true", "\"",
        ]).prop_map(str::to_owned),
        1 => "[!-~]{0,12}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop::sample::select(vec![
        "content-type",
        "content-length",
        "idempotency-key",
        "if-match",
        "x-workspace",
        "x-request-id",
        "accept",
        "origin",
        "cookie",
        "signature",
        "signature-input",
        "content-digest",
        "user-agent",
        "spin-client-addr",
        "x-webhook-signature",
        "access-control-request-method",
        "access-control-request-headers",
    ]);
    let value = prop_oneof![
        2 => text(),
        2 => prop::sample::select(vec![
            "application/json", "text/csv", "\"1\"", "*", "W/\"1\"", "main", "0", "18446744073709551616", "https://example.com", "null", "GET",
            "sig1=:AAAA:", "sig1=(\"@method\");created=1;keyid=\"k\"", "sha-256=:AAAA:", "[::1]:80", "a=b; c=d",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec((name, value), 0..4)
}

/// Bytes that are a body of the route, one that was changed, any JSON, or anything.
fn body(route: &str) -> BoxedStrategy<Vec<u8>> {
    let any_json = anything().prop_map(|value| value.to_string().into_bytes());
    let any_bytes = prop::collection::vec(any::<u8>(), 0..200);
    let seeds = bodies(route);
    if seeds.is_empty() {
        return prop_oneof![3 => Just(Vec::new()), 1 => any_json, 1 => any_bytes].boxed();
    }
    let changed = prop::sample::select(seeds).prop_flat_map(mutated);
    let changed = changed.prop_map(|value| value.to_string().into_bytes());
    let cut = (changed.clone(), any::<prop::sample::Index>()).prop_map(|(mut bytes, at)| {
        bytes.truncate(at.index(bytes.len() + 1));
        bytes
    });
    prop_oneof![6 => changed, 1 => cut, 2 => any_json, 1 => any_bytes].boxed()
}

fn asked() -> impl Strategy<Value = Asked> {
    let route = prop::sample::select(routes());
    route.prop_flat_map(|route| {
        let (method, path) = route.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let ids = prop::collection::vec(id(), path.matches('{').count());
        (Just(path), ids, query(), headers(), body(route)).prop_map(
            move |(path, ids, query, headers, body)| {
                let mut ids = ids.into_iter();
                let segments: Vec<String> = path
                    .split('/')
                    .map(|segment| match segment.starts_with('{') {
                        true => ids.next().unwrap(),
                        false => segment.to_owned(),
                    })
                    .collect();
                let mut address = segments.join("/");
                if !query.is_empty() {
                    address = format!("{address}?{query}");
                }
                Asked {
                    method: method.clone(),
                    address,
                    headers,
                    body,
                }
            },
        )
    })
}

#[test]
fn no_request_is_answered_with_a_fault_of_ours() {
    let target = Target::open();
    let mut runner = TestRunner::new(Config::with_source_file(file!()));
    let outcome = runner.run(&asked(), |asked| {
        let reply = target.call(asked.method, &asked.address, &asked.headers, asked.body);
        prop_assert_eq!(fault(&reply), None);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// The seeds are understood, or the test above would show nothing: what refuses them is only that rows are missing.
#[test]
fn what_is_changed_was_good_before() {
    let target = Target::open();
    for route in routes() {
        let (method, path) = route.split_once(' ').unwrap();
        let id = "0190a0b0-0000-7000-8000-000000000001";
        let path = path.replace("{id}", id);
        for body in bodies(route)
            .into_iter()
            .filter(|_| route != "POST /api/webhook")
        {
            let json = [("content-type", "application/json".to_owned())];
            let reply = target.call(
                method.parse().unwrap(),
                &path,
                &json,
                body.to_string().into_bytes(),
            );
            let text = String::from_utf8_lossy(&reply.body);
            let missing = reply.status == 404
                || text.contains("_id")
                || text.contains("variants")
                || text.contains("credentials");
            assert!(
                reply.status.is_success() || missing,
                "{route} {body}: {} {text}",
                reply.status
            );
        }
    }
}
