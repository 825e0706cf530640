//! Project Wycheproof's vectors against the keys as they verify tokens.

use crate::identity::jwk::{Jwk, VerifyingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use wycheproof::TestResult;

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn key(jwk: Value) -> VerifyingKey {
    let jwk: Jwk = serde_json::from_value(jwk).unwrap();
    jwk.verifying_key().unwrap()
}

/// Checks one vector; `acceptable` ones may go either way.
fn check(key: &VerifyingKey, msg: &[u8], sig: &[u8], wanted: TestResult, of: (&str, usize)) {
    let verified = key.verifies(msg, sig);
    match wanted {
        TestResult::Valid => assert!(verified, "{of:?} is valid"),
        TestResult::Invalid => assert!(!verified, "{of:?} is invalid"),
        TestResult::Acceptable => {}
    }
}

#[test]
fn ecdsa_on_p256_with_sha256() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        let point = &group.key.key;
        assert_eq!((point.len(), point[0]), (65, 4));
        let (x, y) = point[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)});
        let key = key(jwk);
        for test in group.tests {
            check(
                &key,
                &test.msg,
                &test.sig,
                test.result,
                ("ES256", test.tc_id),
            );
            count += 1;
        }
    }
    assert!(count >= 200, "{count}");
}

#[test]
fn ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        let key = key(json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(&group.key.pk)}));
        for test in group.tests {
            check(
                &key,
                &test.msg,
                &test.sig,
                test.result,
                ("EdDSA", test.tc_id),
            );
            count += 1;
        }
    }
    assert!(count >= 100, "{count}");
}

#[test]
fn rsa_pkcs1_with_sha256() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let mut count = 0;
    for name in [
        TestName::Rsa2048Sha256,
        TestName::Rsa3072Sha256,
        TestName::Rsa4096Sha256,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let (n, e) = (base64url(&group.key.n), base64url(&group.key.e));
            let jwk: Jwk = serde_json::from_value(json!({"kty": "RSA", "n": n, "e": e})).unwrap();
            // Small exponents are refused with the key.
            let Ok(key) = jwk.verifying_key() else {
                assert_eq!(e, "Aw");
                continue;
            };
            for test in group.tests {
                check(
                    &key,
                    &test.msg,
                    &test.sig,
                    test.result,
                    ("RS256", test.tc_id),
                );
                count += 1;
            }
        }
    }
    assert!(count >= 600, "{count}");
}

#[test]
fn hmac_with_sha256() {
    use wycheproof::mac::{TestName, TestSet};
    let mut count = 0;
    for group in TestSet::load(TestName::HmacSha256).unwrap().test_groups {
        for test in group.tests {
            let Ok(key) = VerifyingKey::from_secret(test.key.to_vec()) else {
                assert!(test.key.len() < 32);
                continue;
            };
            let verified = key.verifies(&test.msg, &test.tag);
            // A tag that was cut is a valid one to the vectors; to a token it is none.
            let whole = group.tag_size == 256;
            assert_eq!(
                verified,
                whole && test.result == TestResult::Valid,
                "{}",
                test.tc_id
            );
            count += 1;
        }
    }
    assert!(count >= 100, "{count}");
}
