use super::*;
use crate::identity::signing_key::KeyId;
use crate::settings::Settings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;
use uuid::Uuid;

#[path = "tests/attacks.rs"]
mod attacks;
#[path = "tests/world.rs"]
mod world;

use world::{NOW_S, Signer, World, request};

#[test]
fn the_example_of_the_standard_has_its_base_and_its_signature() {
    // RFC 9421, appendices B.2 and B.2.5: the example covers less than we ask for, so that its parts are held up singly.
    let mut example = request(Method::POST, "/foo", "param=Value&Pet=dog");
    for (name, value) in [
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
    ] {
        example
            .headers
            .insert(name, HeaderValue::from_static(value));
    }
    let input = Input {
        components: ["date", "@authority", "content-type"].map(str::to_owned).into(),
        params: "(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"".to_owned(),
        created: 1_618_884_473,
        expires: 1_618_884_473,
        nonce: String::new(),
        key: KeyId { master: "m".to_owned(), id: Uuid::nil(), generation: 1 },
        signature: STANDARD.decode("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=").unwrap(),
    };
    let base = base::build(&example, &input).unwrap();
    assert_eq!(
        base,
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\
         \"@authority\": example.com\n\
         \"content-type\": application/json\n\
         \"@signature-params\": (\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\""
    );
    let secret =
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    Hmac::<Sha256>::new_from_slice(&STANDARD.decode(secret).unwrap())
        .unwrap()
        .chain_update(base)
        .verify_slice(&input.signature)
        .unwrap();
}

#[test]
fn a_signed_request_says_which_key_and_which_nonce() {
    let world = World::new();
    let caller = verify(&Signer::new().signed(), &world).unwrap();
    let key = caller.key.unwrap();
    assert_eq!((caller.via, caller.user), (Via::Signature, None));
    assert_eq!((key.id, key.generation), (Uuid::from_u128(7), Some(1)));
    assert_eq!(key.nonce.as_deref(), Some("nonce-of-16-chars"));
    assert_eq!(key.nonce_until, Some(NOW_S + 60 + 30));
    assert_eq!(key.hash, Some(api_key::hash(&world.secret())));
}

#[test]
fn the_authority_is_compared_without_case_and_without_the_port_that_goes_without_saying() {
    let world = World::new();
    for host in ["Hub.Example", "hub.example:443", "HUB.example:80"] {
        let mut request = Signer::new().signed();
        request
            .headers
            .insert("host", HeaderValue::from_static(host));
        assert!(verify(&request, &world).is_ok(), "{host}");
    }
}

#[test]
fn more_headers_may_be_covered_and_hold_their_values() {
    let world = World::new();
    let signed = || {
        let mut signer = Signer::new();
        signer.header("x-workspace", "main");
        signer.header("x-list", " a ");
        signer.header("x-list", "b");
        signer.cover(&["x-workspace", "x-list"]);
        signer.signed()
    };
    assert!(verify(&signed(), &world).is_ok());
    for (name, value) in [("x-workspace", "other"), ("x-list", "a, c")] {
        let mut altered = signed();
        altered
            .headers
            .insert(name, HeaderValue::from_static(value));
        assert!(verify(&altered, &world).is_err(), "{name}");
    }
    let mut gone = signed();
    gone.headers.remove("x-list");
    assert!(verify(&gone, &world).is_err());
}

#[test]
fn clocks_may_differ_by_half_a_minute() {
    let signed = Signer::new().signed();
    let at = |seconds: i64| verify(&signed, &World::at(NOW_S + seconds));
    assert!(at(-30).is_ok());
    assert!(at(-31).is_err(), "made in the future");
    assert!(at(60 + 30).is_ok());
    assert!(at(60 + 31).is_err(), "expired");
}

#[test]
fn a_replaced_master_still_verifies_and_a_removed_one_does_not() {
    let signed = Signer::new().signed();
    assert!(verify(&signed, &World::with_masters(&[("new", 9), ("dev-1", 1)])).is_ok());
    assert!(verify(&signed, &World::with_masters(&[("new", 9)])).is_err());
    assert!(verify(&signed, &World::with_masters(&[("dev-1", 9)])).is_err());
}

#[test]
fn a_component_without_masters_takes_no_signed_requests_and_bad_masters_are_our_fault() {
    let mut world = World::new();
    world.settings = Settings::default();
    let error = verify(&Signer::new().signed(), &world).unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert!(error.source.unwrap().contains("signing_keys"));
    world.settings = Settings::new([("signing_keys", "dev-1:short".to_owned())]);
    let error = verify(&Signer::new().signed(), &world).unwrap_err();
    assert_eq!(error.kind, Kind::Internal);
}
