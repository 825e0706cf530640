use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;
use http::{HeaderName, HeaderValue, Method};
use proptest::prelude::*;

/// A body in pieces.
struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    fn chunk(&mut self) -> Chunk<'_> {
        let next = self.0.pop_front();
        Box::pin(async move { Ok(next) })
    }
}

fn request(headers: &[(&'static str, &str)], pieces: &[&[u8]]) -> Request {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        map.append(HeaderName::from_static(name), value);
    }
    Request {
        method: Method::POST,
        path: "/products/import".to_owned(),
        query: String::new(),
        headers: map,
        body: Box::new(Pieces(
            pieces
                .iter()
                .map(|piece| Bytes::copy_from_slice(piece))
                .collect(),
        )),
        request_id: "a-test".to_owned(),
        aside: Default::default(),
    }
}

/// What a reader is given before the end or an error.
fn read(request: &mut Request) -> (Vec<u8>, Result<()>) {
    let mut given = Vec::new();
    loop {
        match request.body.chunk().now_or_never().unwrap() {
            Ok(Some(piece)) => given.extend_from_slice(&piece),
            Ok(None) => return (given, Ok(())),
            Err(error) => return (given, Err(error)),
        }
    }
}

fn sha256(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

fn sha512(body: &[u8]) -> String {
    format!("sha-512=:{}:", STANDARD.encode(Sha512::digest(body)))
}

#[test]
fn a_body_that_fits_is_given_as_it_is_and_one_that_does_not_ends_in_an_error_that_names_the_header()
{
    let body = b"{\"hello\": \"world\"}\n";
    // RFC 9530, appendix B.1.
    let published = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    assert_eq!(sha256(body), published);
    for header in [
        published.to_owned(),
        sha512(body),
        format!("{}, {}", sha512(body), published),
        format!("md5=:AAAA:, {published}"),
    ] {
        let mut fitting = request(&[(HEADER, &header)], &[&body[..5], &body[5..]]);
        guard(&mut fitting).unwrap();
        let (given, end) = read(&mut fitting);
        assert!(end.is_ok() && given == body, "{header}");
        assert!(read(&mut fitting).1.is_ok(), "the end stays the end");

        let mut altered = request(&[(HEADER, &header)], &[&body[..5], b"x"]);
        guard(&mut altered).unwrap();
        let error = read(&mut altered).1.unwrap_err();
        assert_eq!(error.kind, Kind::Validation);
        assert_eq!(error.details["field"], "Content-Digest");
    }
}

#[test]
fn of_two_digests_both_must_fit() {
    let header = format!("{}, {}", sha256(b"one"), sha512(b"two"));
    for body in [b"one", b"two"] {
        let mut request = request(&[(HEADER, &header)], &[body]);
        guard(&mut request).unwrap();
        assert!(read(&mut request).1.is_err());
    }
}

#[test]
fn a_header_that_is_no_digest_of_ours_is_refused_at_once() {
    for header in [
        "",
        "sha-256",
        "sha-256=:AAAA:",
        "sha-256=\"RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=\"",
        "md5=:AAAA:",
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
        "SHA-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
    ] {
        let error = guard(&mut request(&[(HEADER, header)], &[b"x"])).unwrap_err();
        assert_eq!(error.details["field"], "Content-Digest", "{header}");
    }
}

#[test]
fn of_a_signed_body_nothing_is_given_before_all_of_it_is_checked() {
    let digest = sha256(b"onetwo");
    let signed = [("signature-input", "s=()"), (HEADER, digest.as_str())];
    let mut fitting = request(&signed, &[b"one", b"two"]);
    guard(&mut fitting).unwrap();
    assert_eq!(read(&mut fitting).0, b"onetwo");

    let mut altered = request(&signed, &[b"one", b"TWO"]);
    guard(&mut altered).unwrap();
    let (given, end) = read(&mut altered);
    assert!(end.is_err() && given.is_empty());

    let mut unsigned = request(&signed[1..], &[b"one", b"TWO"]);
    guard(&mut unsigned).unwrap();
    assert_eq!(read(&mut unsigned).0, b"oneTWO", "the difference");
}

#[test]
fn a_signed_body_has_a_digest_and_a_bound() {
    let mut without = request(&[("signature-input", "s=()")], &[b"x"]);
    guard(&mut without).unwrap();
    let (given, end) = read(&mut without);
    assert!(given.is_empty());
    assert_eq!(end.unwrap_err().kind, Kind::Unauthorized);

    let mut empty = request(&[("signature-input", "s=()")], &[]);
    guard(&mut empty).unwrap();
    assert!(read(&mut empty).1.is_ok());

    let digest = sha256(b"");
    let signed = [("signature-input", "s=()"), (HEADER, digest.as_str())];
    let piece = vec![0; MAX_SIGNED_BYTES / 2];
    let mut large = request(&signed, &[&piece, &piece, b"x"]);
    guard(&mut large).unwrap();
    assert_eq!(read(&mut large).1.unwrap_err().kind, Kind::PayloadTooLarge);
}

#[test]
fn without_either_header_a_body_is_left_alone() {
    let mut plain = request(&[], &[b"one", b"two"]);
    guard(&mut plain).unwrap();
    assert_eq!(read(&mut plain).0, b"onetwo");
}

proptest! {
    #[test]
    fn whatever_the_header_says_it_is_read_or_refused(
        text in prop_oneof!["\\PC{0,80}", "(sha-(256|512)|md5|[a-z]{1,4})=:[A-Za-z0-9+/=]{0,90}:(, ?sha-256=[:\"?@0-9]{0,9})?"],
    ) {
        if let Ok(value) = HeaderValue::from_str(&text) {
            let mut request = request(&[], &[b"x"]);
            request.headers.insert(HEADER, value);
            if let Err(error) = guard(&mut request) {
                prop_assert_eq!(error.kind, Kind::Validation);
            }
        }
    }
}
