//! The keys of an identity provider in an instance that shares them with nobody, with a clock that a test turns.
//! What instances share is tested on a real Postgres, in `tests/database`.

use super::super::jwk::SigningKey;
use crate::error::Kind;
use crate::identity::testing::{NOW, World, foreign_claims, jwks, key};
use crate::ports::HttpError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A token of `key`, valid for an hour and a day more.
fn token(key: &SigningKey) -> String {
    key.sign(&foreign_claims(json!({"exp": NOW + 90_000})))
        .unwrap()
}

fn comes(world: &World, keys: &[&SigningKey]) {
    world.answers(Ok((200, jwks(keys))));
}

fn last_line(world: &World) -> Value {
    world.lines.borrow().last().unwrap().clone()
}

#[test]
fn a_set_is_fetched_once_and_good_for_ten_minutes() {
    let world = World::with_provider();
    comes(&world, &[&key(1)]);
    let claims = world.verify(&token(&key(1))).unwrap();
    assert_eq!(claims.sub, "user_2x");
    assert!(!claims.own);
    assert_eq!(last_line(&world)["event"], "jwks.fetched");
    world.now.set(NOW + 599);
    world.verify(&token(&key(1))).unwrap();
    assert_eq!(world.requests.get(), 1);
    comes(&world, &[&key(2)]);
    world.now.set(NOW + 600);
    world.refusal(&token(&key(1)));
    assert_eq!(world.requests.get(), 2);
    world.verify(&token(&key(2))).unwrap();
    assert_eq!(world.requests.get(), 2);
}

#[test]
fn an_unknown_kid_has_the_set_fetched_but_only_twice_a_minute() {
    let world = World::with_provider();
    comes(&world, &[&key(1)]);
    world.verify(&token(&key(1))).unwrap();
    world.now.set(NOW + 29);
    world.refusal(&token(&key(2)));
    assert_eq!(world.requests.get(), 1, "too soon after the first");
    world.now.set(NOW + 30);
    comes(&world, &[&key(1), &key(2)]);
    world.verify(&token(&key(2))).unwrap();
    assert_eq!(world.requests.get(), 2);
    for _ in 0..50 {
        world.refusal(&token(&key(3)));
    }
    world.verify(&token(&key(1))).unwrap();
    assert_eq!(world.requests.get(), 2, "whatever is made up");
    world.now.set(NOW + 60);
    comes(&world, &[&key(1)]);
    world.refusal(&token(&key(3)));
    assert_eq!(world.requests.get(), 3);
}

#[test]
fn tokens_of_others_have_nothing_fetched() {
    let world = World::with_provider();
    for iss in [json!("https://evil.test"), json!(null)] {
        let claims = foreign_claims(json!({"iss": iss}));
        world.refusal(&key(1).sign(&claims).unwrap());
    }
    assert_eq!(world.requests.get(), 0);
}

#[test]
fn the_old_set_is_good_when_the_address_fails_for_a_day() {
    let failures = [
        Err(HttpError::Timeout),
        Err(HttpError::Connect("refused".to_owned())),
        Ok((500, String::new())),
        Ok((301, jwks(&[&key(2)]))),
        Ok((200, "<html>".to_owned())),
        Ok((200, r#"{"keys":[]}"#.to_owned())),
        Ok((
            200,
            format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(66_000)),
        )),
    ];
    let world = World::with_provider();
    comes(&world, &[&key(1)]);
    world.verify(&token(&key(1))).unwrap();
    for (index, failure) in failures.into_iter().enumerate() {
        world
            .now
            .set(NOW + 600 + 30 * i64::try_from(index).unwrap());
        world.answers(failure);
        for _ in 0..3 {
            world.verify(&token(&key(1))).unwrap();
        }
        world.refusal(&token(&key(2)));
        assert_eq!(world.requests.get(), index + 2, "one try in half a minute");
        assert_eq!(last_line(&world)["event"], "jwks.fetch_failed");
        assert!(last_line(&world)["jwks.age_ms"].as_i64().unwrap() >= 600_000);
    }
    world.now.set(NOW + 86_400);
    world.answers(Err(HttpError::Timeout));
    let error = world.verify(&token(&key(1))).unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable);
}

#[test]
fn without_any_set_it_is_not_the_callers_fault() {
    let world = World::with_provider();
    world.answers(Err(HttpError::Denied(
        "not among the allowed hosts".to_owned(),
    )));
    for _ in 0..5 {
        let error = world.verify(&token(&key(1))).unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable);
        assert!(!error.message.contains("hosts"));
    }
    assert_eq!(world.requests.get(), 1);
    assert!(
        last_line(&world)["error.source"]
            .as_str()
            .unwrap()
            .contains("allowed hosts")
    );
    world.now.set(NOW + 30);
    comes(&world, &[&key(1)]);
    world.verify(&token(&key(1))).unwrap();
}

#[test]
fn keys_that_are_no_use_are_skipped_and_symmetric_ones_never_taken() {
    let world = World::with_provider();
    let secret = [3; 32];
    let mut encryption = key(2).public_jwk();
    encryption["use"] = json!("enc");
    let mut other = key(4).public_jwk();
    other["alg"] = json!("ES384");
    // Without `alg`, as some publish them: its type has one only.
    let mut plain = key(1).public_jwk();
    plain.as_object_mut().unwrap().remove("alg");
    let set = json!({"keys": [
        {"kty": "oct", "kid": "s", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(secret)},
        {"kty": "EC", "crv": "P-521", "kid": "p", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"},
        {"kty": "AKP", "kid": "q", "pub": "AA"},
        7, null, {}, {"kty": 1},
        encryption, other, plain,
    ]});
    world.answers(Ok((200, set.to_string())));
    world.verify(&token(&key(1))).unwrap();
    assert_eq!(last_line(&world)["jwks.keys"], 1);
    assert_eq!(
        last_line(&world)["jwks.skipped"].as_array().unwrap().len(),
        10
    );
    for kid in [2, 4] {
        world.refusal(&token(&key(kid)));
    }
    let claims = foreign_claims(json!({})).to_string();
    let mac = |text: &[u8]| {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.chain_update(text).finalize().into_bytes().to_vec()
    };
    let header = r#"{"alg":"HS256","kid":"s"}"#;
    world.refusal(&crate::identity::testing::signed(header, &claims, mac));
}

#[test]
fn a_set_of_more_than_twenty_keys_is_refused() {
    let many: Vec<SigningKey> = (1..=21).map(key).collect();
    let world = World::with_provider();
    comes(&world, &many.iter().collect::<Vec<_>>());
    let error = world.verify(&token(&key(1))).unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable);
    world.now.set(NOW + 30);
    comes(&world, &many.iter().skip(1).collect::<Vec<_>>());
    world.verify(&token(&key(2))).unwrap();
}

#[test]
fn what_a_set_says_of_issuers_is_not_believed() {
    let world = World::with_provider();
    let mut posing = key(1).public_jwk();
    posing["iss"] = json!("https://hub.test/auth/v1");
    posing["aud"] = json!("authenticated");
    world.answers(Ok((200, json!({"keys": [posing]}).to_string())));
    let own = crate::identity::testing::own_claims(json!({}));
    world.refusal(&key(1).sign(&own).unwrap());
    assert!(!world.verify(&token(&key(1))).unwrap().own);
    world.refusal(&key(1).sign(&own).unwrap());
}
