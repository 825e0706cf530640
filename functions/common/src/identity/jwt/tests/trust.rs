//! Whom the variables say to trust, and for what.

use super::{NOW, SECRET, USER, World, jwks, key, own, own_claims, user_of, with};
use crate::error::Kind;
use crate::identity::testing::{JWKS, foreign_claims};
use serde_json::{Value, json};

/// A key of another issuer among our own.
fn world() -> World {
    let mut foreign = key(2).public_jwk();
    foreign["iss"] = json!("https://id.test");
    foreign["aud"] = json!("shop");
    let keys = json!({"keys": [key(1).public_jwk(), foreign]}).to_string();
    World::new(&[("jwt_keys", &keys), ("jwt_secret", SECRET)])
}

#[test]
fn each_issuer_signs_with_its_own_key_only() {
    let world = world();
    let own = own_claims(json!({}));
    let foreign = foreign_claims(json!({}));
    assert!(world.verify(&key(1).sign(&own).unwrap()).is_ok());
    assert!(world.verify(&key(2).sign(&foreign).unwrap()).is_ok());
    world.refusal(&key(1).sign(&foreign).unwrap());
    world.refusal(&key(2).sign(&own).unwrap());
    for iss in [
        json!(null),
        json!("https://hub.test"),
        json!("https://id.test/"),
        json!(""),
    ] {
        world.refusal(
            &key(1)
                .sign(&with(own.clone(), json!({"iss": iss})))
                .unwrap(),
        );
    }
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    let world = world();
    let refused = |n: u8, claims: Value| world.refusal(&key(n).sign(&claims).unwrap());
    for aud in [
        json!(null),
        json!("shop"),
        json!([]),
        json!(["a", "b"]),
        json!("Authenticated"),
    ] {
        let why = refused(1, own_claims(json!({"aud": aud})));
        assert!(why.contains("audience"), "{aud}: {why}");
    }
    refused(1, own_claims(json!({"aud": [7]})));
    refused(2, foreign_claims(json!({"aud": "authenticated"})));
    let list = json!({"aud": ["x", "authenticated"]});
    assert!(
        own()
            .verify(&key(1).sign(&own_claims(list)).unwrap())
            .is_ok()
    );
}

#[test]
fn a_development_token_with_an_issuer_or_audience_is_somebody_elses() {
    let world = world();
    let sign = |claims: Value| {
        super::signed(r#"{"alg":"HS256"}"#, &claims.to_string(), |text| {
            use hmac::{Hmac, KeyInit as _, Mac as _};
            let mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
            mac.chain_update(text).finalize().into_bytes().to_vec()
        })
    };
    let claims = json!({"sub": USER, "exp": NOW + 60});
    assert!(world.verify(&sign(claims.clone())).is_ok());
    world.refusal(&sign(with(claims.clone(), json!({"aud": "authenticated"}))));
    world.refusal(&sign(with(
        claims,
        json!({"iss": "https://hub.test/auth/v1"}),
    )));
}

#[test]
fn a_person_of_another_issuer_is_nobody_of_ours_whatever_the_token_says() {
    let world = world();
    let posing = foreign_claims(json!({"sub": USER, "session_id": "not even a UUID"}));
    let claims = world.verify(&key(2).sign(&posing).unwrap()).unwrap();
    assert_ne!(claims.user.to_string(), USER);
    assert_eq!(claims.user, user_of("https://id.test", USER));
    assert_eq!((claims.own, claims.session), (false, None));
    assert_eq!(claims.sub, USER);
    for sub in [
        json!(""),
        json!("s".repeat(256)),
        json!("a\u{0}b"),
        json!(null),
    ] {
        world.refusal(&key(2).sign(&foreign_claims(json!({"sub": sub}))).unwrap());
    }
}

#[test]
fn variables_that_cannot_be_used_are_our_fault_and_named() {
    let without_alg = {
        let mut jwk = key(1).public_jwk();
        jwk.as_object_mut().unwrap().remove("alg");
        json!({"keys": [jwk]}).to_string()
    };
    let private = format!(r#"{{"keys":[{}]}}"#, key(1).private_jwk().expose());
    let provider = ("jwks_url", JWKS);
    for (settings, named) in [
        (vec![], "jwt_secret"),
        (vec![("jwt_secret", "short")], "jwt_secret"),
        (vec![("jwt_keys", "{}")], "jwt_keys"),
        (vec![("jwt_keys", without_alg.as_str())], "jwt_keys"),
        (vec![("jwt_keys", private.as_str())], "private"),
        (vec![provider], "jwt_issuer"),
        (
            vec![provider, ("jwt_issuer", "https://hub.test/auth/v1")],
            "jwt_issuer",
        ),
        (
            vec![("jwks_url", "http://id.test/jwks"), ("jwt_issuer", "i")],
            "jwks_url",
        ),
        (vec![("jwks_url", "jwks"), ("jwt_issuer", "i")], "jwks_url"),
    ] {
        let world = World::new(&settings);
        let token = key(1).sign(&own_claims(json!({}))).unwrap();
        let error = world.verify(&token).unwrap_err();
        assert_eq!(error.kind, Kind::Internal, "{settings:?}");
        let source = error.source.unwrap();
        assert!(source.contains(named), "{source}");
        let secret: Value = serde_json::from_str(key(1).private_jwk().expose()).unwrap();
        assert!(!source.contains(secret["d"].as_str().unwrap()));
    }
}

#[test]
fn one_instance_told_of_other_keys_goes_by_the_new_ones() {
    let first = own();
    let token = key(1).sign(&own_claims(json!({}))).unwrap();
    first.verify(&token).unwrap();
    let second = World::new(&[("jwt_keys", &jwks(&[&key(3)]))]);
    let now = crate::identity::testing::now;
    assert!(now(super::super::verify_with(&first.memory, &token, &second)).is_err());
    assert!(first.verify(&token).is_ok());
}
