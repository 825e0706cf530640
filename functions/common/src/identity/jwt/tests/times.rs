//! Times, with a clock that stands still.

use super::{NOW, World, key, own, own_claims};
use serde_json::{Value, json};

fn at(world: &World, now: i64, claims: Value) -> Result<(), String> {
    world.now.set(now);
    match world.verify(&key(1).sign(&own_claims(claims)).unwrap()) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.source.unwrap()),
    }
}

#[test]
fn a_token_ends_half_a_minute_after_its_end() {
    let world = own();
    assert!(at(&world, NOW + 89, json!({})).is_ok());
    assert!(
        at(&world, NOW + 90, json!({}))
            .unwrap_err()
            .contains("expired")
    );
}

#[test]
fn a_token_begins_half_a_minute_before_its_beginning() {
    let world = own();
    assert!(at(&world, NOW, json!({"nbf": NOW + 30})).is_ok());
    let early = at(&world, NOW, json!({"nbf": NOW + 31}));
    assert!(early.unwrap_err().contains("not valid yet"));
}

#[test]
fn a_token_made_in_the_future_or_after_its_end_is_refused() {
    let world = own();
    assert!(at(&world, NOW, json!({"iat": NOW + 30})).is_ok());
    for iat in [NOW + 31, NOW + 61] {
        let odd = at(&world, NOW, json!({"iat": iat}));
        assert!(odd.unwrap_err().contains("made"), "{iat}");
    }
}

#[test]
fn a_token_without_an_end_or_with_an_odd_one_is_refused() {
    let world = own();
    for exp in [
        json!(null),
        json!("1763892060"),
        json!([NOW + 60]),
        json!(1e300),
        json!(u64::MAX),
        json!(-1),
        json!(true),
    ] {
        assert!(at(&world, NOW, json!({"exp": exp})).is_err(), "{exp}");
    }
    assert!(at(&world, NOW, json!({"nbf": "0"})).is_err());
    assert!(at(&world, NOW, json!({"iat": "0"})).is_err());
    // A fraction is no reason (RFC 7519 section 2).
    let fraction = NOW as f64 + 0.5;
    assert!(at(&world, NOW + 29, json!({"exp": fraction, "iat": null})).is_ok());
    assert!(at(&world, NOW + 30, json!({"exp": fraction, "iat": null})).is_err());
}
