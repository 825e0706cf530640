//! Which tokens are believed, and which are not.

mod algorithms;
mod fuzz;
mod times;
mod trust;
mod vectors;

use super::{Claims, user_of};
use crate::identity::testing::{NOW, SECRET, USER, World, jwks, key, own_claims, signed, with};
use crate::token;
use serde_json::json;
use std::sync::LazyLock;
use uuid::Uuid;

/// A world that trusts our own key 1, and the tokens that it signs.
fn own() -> World {
    static KEYS: LazyLock<String> = LazyLock::new(|| jwks(&[&key(1)]));
    World::new(&[("jwt_keys", &KEYS)])
}

#[test]
fn a_token_of_our_own_sign_in_says_who_and_in_which_session() {
    let session = Uuid::from_u128(9);
    let other = json!({"session_id": session, "email": "ada@example.com", "role": "authenticated"});
    let token = key(1).sign(&own_claims(other)).unwrap();
    let claims = own().verify(&token).unwrap();
    assert_eq!(
        claims,
        Claims {
            user: USER.parse().unwrap(),
            own: true,
            iss: Some("https://hub.test/auth/v1".to_owned()),
            sub: USER.to_owned(),
            email: Some("ada@example.com".to_owned()),
            session: Some(session),
            workspace: None,
            exp: NOW + 60,
        }
    );
}

#[test]
fn a_development_token_says_who_and_where() {
    let world = World::new(&[("jwt_secret", SECRET)]);
    let claims = token::Claims {
        sub: USER.parse().unwrap(),
        workspace: Some("acme".to_owned()),
        exp: NOW + 60,
        nbf: None,
        iat: Some(NOW),
    };
    let token = token::sign(&claims, SECRET).unwrap();
    let verified = world.verify(&token).unwrap();
    assert_eq!(verified.user, claims.sub);
    assert_eq!(verified.workspace, claims.workspace);
    assert!(verified.own && verified.iss.is_none());
    let other = World::new(&[("jwt_secret", "another secret of at least thirty-two bytes")]);
    assert!(other.refusal(&token).contains("signature"));
}

#[test]
fn every_altered_character_is_noticed() {
    let token = key(1).sign(&own_claims(json!({}))).unwrap();
    let world = own();
    assert!(world.verify(&token).is_ok());
    for index in (0..token.len())
        .step_by(3)
        .chain(token.len() - 3..token.len())
    {
        let mut altered = token.clone().into_bytes();
        altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert!(world.verify(&altered).is_err(), "{index}");
    }
    for cut in ["", ".", "..", "...", "a.b", "a.b.c.d"] {
        world.refusal(cut);
    }
    world.refusal(&token[..token.len() - 1]);
    world.refusal(&format!("{token}="));
    world.refusal(&format!("{token}."));
    let unsigned = token.rsplit_once('.').unwrap().0;
    world.refusal(&format!("{unsigned}."));
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    let key = key(1);
    let kid = key.kid();
    let sign = |_: &[u8]| vec![0; 64];
    let claims = own_claims(json!({})).to_string();
    let twice = claims.replacen('{', &format!(r#"{{"sub":"{USER}","#), 1);
    let header = format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#);
    assert!(
        own()
            .refusal(&signed(&header, &twice, sign))
            .contains("duplicate")
    );
    let header = format!(r#"{{"alg":"ES256","alg":"ES256","kid":"{kid}"}}"#);
    assert!(
        own()
            .refusal(&signed(&header, &claims, sign))
            .contains("duplicate")
    );
}

#[test]
fn what_is_huge_or_deep_is_refused_before_anything_is_computed() {
    let world = own();
    let key = key(1);
    let huge = key
        .sign(&own_claims(json!({"x": "x".repeat(7000)})))
        .unwrap();
    assert!(world.refusal(&huge).contains("8 KB"));
    let deep = format!("{}1{}", r#"{"a":"#.repeat(600), "}".repeat(600));
    world.refusal(&signed(r#"{"alg":"ES256"}"#, &deep, |_| vec![0; 64]));
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    world.refusal(&signed(&deep, "{}", |_| vec![0; 64]));
    assert_eq!(world.memory.verifications(), 0);
}

#[test]
fn claims_of_the_wrong_kind_are_refused() {
    let world = own();
    for odd in [
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": "ada"}),
        json!({"sub": 7}),
        json!({"sub": [USER]}),
        json!({"session_id": "s"}),
        json!({"session_id": 1}),
        json!({"workspace": ""}),
        json!({"workspace": "w".repeat(65)}),
        json!({"workspace": ["acme"]}),
        json!({"workspace": "a\u{0}"}),
        json!({"email": {"a": 1}}),
        json!({"email": "a\u{0}@example.com"}),
    ] {
        world.refusal(&key(1).sign(&own_claims(odd.clone())).unwrap());
    }
    for body in ["[]", "null", "7", "\"x\"", "", "{", "{}x"] {
        world.refusal(&signed(r#"{"alg":"ES256"}"#, body, |_| vec![0; 64]));
        world.refusal(&signed(body, "{}", |_| vec![0; 64]));
    }
}

#[test]
fn an_address_counts_unless_it_is_said_to_be_unverified() {
    let world = own();
    let email = |other| {
        let claims = with(own_claims(json!({"email": "ada@example.com"})), other);
        world.verify(&key(1).sign(&claims).unwrap()).unwrap().email
    };
    assert!(email(json!({})).is_some());
    assert!(email(json!({"email_verified": true})).is_some());
    assert!(email(json!({"email_verified": false})).is_none());
    assert!(email(json!({"email_verified": "false"})).is_none());
    assert!(email(json!({"user_metadata": {"email_verified": false}})).is_none());
    assert!(email(json!({"email": "nobody"})).is_none());
    assert!(email(json!({"email": ""})).is_none());
}

#[test]
fn a_token_that_was_verified_is_not_verified_again_but_its_times_are_checked() {
    let world = own();
    let token = key(1).sign(&own_claims(json!({}))).unwrap();
    for _ in 0..3 {
        world.verify(&token).unwrap();
    }
    assert_eq!(world.memory.verifications(), 1);
    let other = key(1).sign(&own_claims(json!({"n": 2}))).unwrap();
    world.verify(&other).unwrap();
    assert_eq!(world.memory.verifications(), 2);
    world.now.set(NOW + 90);
    assert!(world.refusal(&token).contains("expired"));
    assert_eq!(world.memory.verifications(), 2);
}

#[test]
fn a_token_that_did_not_verify_is_not_remembered() {
    let world = own();
    let header = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, key(1).kid());
    let forged = signed(&header, &own_claims(json!({})).to_string(), |_| vec![1; 64]);
    for _ in 0..2 {
        assert!(world.refusal(&forged).contains("signature"));
    }
    assert_eq!(world.memory.verifications(), 2);
}

#[test]
fn what_was_verified_ends_with_its_key() {
    let world = own();
    let token = key(1).sign(&own_claims(json!({}))).unwrap();
    world.verify(&token).unwrap();
    // The same instance, told of other keys: one with the old one's name, and none of it.
    let mut usurper = key(2).public_jwk();
    usurper["kid"] = json!(key(1).kid());
    for keys in [json!({"keys": [usurper]}).to_string(), jwks(&[&key(2)])] {
        let rotated = World::new(&[("jwt_keys", &keys)]);
        let verified = super::verify_with(&world.memory, &token, &rotated);
        assert!(crate::identity::testing::now(verified).is_err());
    }
}

#[test]
fn users_of_other_issuers_never_have_an_id_of_ours() {
    let somebody = user_of("https://id.test", "user_2x");
    assert_eq!(somebody, user_of("https://id.test", "user_2x"));
    assert_eq!(somebody.get_version_num(), 8, "ours are 7 or 4");
    assert_ne!(somebody, user_of("https://id.test", "user_2y"));
    assert_ne!(somebody, user_of("https://id.tes", "tuser_2x"));
    // Fixed for good: a change would cut everybody off from what is theirs.
    assert_eq!(somebody.to_string(), "4b98d4ce-045d-8e2d-b62d-c7f99e867a79");
}
