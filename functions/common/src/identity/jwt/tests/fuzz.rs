//! Whatever comes, it is a token or a 401.

use super::{key, own, own_claims, signed};
use crate::error::Kind;
use proptest::prelude::*;
use serde_json::json;

fn refused_or_valid(token: &str) -> bool {
    own()
        .verify(token)
        .map_or_else(|error| error.kind == Kind::Unauthorized, |_| true)
}

/// JSON of any shape, with names that mean something among the others.
fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        ".{0,12}".prop_map(|it| json!(it)),
        Just(json!("ES256")),
        Just(json!("https://hub.test/auth/v1")),
    ];
    let names = prop::sample::select(vec![
        "alg",
        "kid",
        "typ",
        "crit",
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "email",
        "session_id",
        "workspace",
        "x",
    ]);
    leaf.prop_recursive(3, 24, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|it| json!(it)),
            prop::collection::vec((names.clone(), inner), 0..8).prop_map(|it| it
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_text_is_refused(text in ".*") {
        prop_assert!(own().verify(&text).is_err());
    }

    #[test]
    fn any_parts_are_refused(
        header in prop::collection::vec(any::<u8>(), 0..80),
        claims in prop::collection::vec(any::<u8>(), 0..80),
        signature in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let header = String::from_utf8_lossy(&header);
        let token = signed(&header, &String::from_utf8_lossy(&claims), |_| signature.clone());
        prop_assert_eq!(own().verify(&token).unwrap_err().kind, Kind::Unauthorized);
    }

    #[test]
    fn any_json_is_refused_unless_it_was_signed(header in values(), claims in values()) {
        let token = signed(&header.to_string(), &claims.to_string(), |_| vec![7; 64]);
        prop_assert_eq!(own().verify(&token).unwrap_err().kind, Kind::Unauthorized);
    }

}

// Fewer, because each case signs and verifies.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_claims_that_were_signed_are_taken_or_refused(claims in values()) {
        let token = key(1).sign(&claims).unwrap();
        prop_assert!(refused_or_valid(&token));
        let mut mixed = own_claims(json!({}));
        if let Some(more) = claims.as_object() {
            for (name, value) in more {
                mixed[name] = value.clone();
            }
        }
        prop_assert!(refused_or_valid(&key(1).sign(&mixed).unwrap()));
    }

    #[test]
    fn a_token_with_a_piece_replaced_is_refused(at in 0_usize..300, piece in "[A-Za-z0-9_.-]{1,4}") {
        let token = key(1).sign(&own_claims(json!({}))).unwrap();
        let at = at % (token.len() - piece.len());
        let mut altered = token.clone();
        altered.replace_range(at..at + piece.len(), &piece);
        prop_assume!(altered != token);
        prop_assert!(own().verify(&altered).is_err());
    }
}
