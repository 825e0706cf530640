//! Keys and signatures: the standards' own examples, and keys that are refused.

use super::{Algorithm, Jwk, SigningKey};
use crate::ports::Random;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

struct Counting;
impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for (index, byte) in buffer.iter_mut().enumerate() {
            *byte = index as u8 + 1;
        }
    }
}

fn public(key: &Value) -> Jwk {
    serde_json::from_value(key.clone()).unwrap()
}

fn refusal(key: &Value) -> &'static str {
    public(key).verifying_key().unwrap_err().0
}

/// RFC 7515, appendix A.3.1.
const RFC_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
const RFC_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn parts(token: &str) -> (&str, Vec<u8>) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    (signed, URL_SAFE_NO_PAD.decode(signature).unwrap())
}

#[test]
fn the_standards_example_verifies_and_nothing_else_does() {
    let key = SigningKey::from_jwk(RFC_KEY).unwrap();
    let key = public(&key.public_jwk()).verifying_key().unwrap();
    assert_eq!(key.algorithm(), Algorithm::Es256);
    let (signed, signature) = parts(RFC_TOKEN);
    assert!(key.verifies(signed.as_bytes(), &signature));
    assert!(!key.verifies(&signed.as_bytes()[1..], &signature));
    assert!(!key.verifies(signed.as_bytes(), &signature[1..]));
    assert!(!key.verifies(signed.as_bytes(), &[0; 64]));
}

#[test]
fn what_our_key_signs_its_public_half_verifies() {
    let key = SigningKey::generate(&Counting);
    let token = key.sign(&json!({"sub": "1"})).unwrap();
    let (signed, signature) = parts(&token);
    let header = URL_SAFE_NO_PAD
        .decode(signed.split_once('.').unwrap().0)
        .unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(
        header,
        json!({"alg": "ES256", "typ": "JWT", "kid": key.kid()})
    );
    let verifying = public(&key.public_jwk()).verifying_key().unwrap();
    assert!(verifying.verifies(signed.as_bytes(), &signature));
}

#[test]
fn a_private_key_comes_back_from_its_text_and_its_public_half_tells_nothing_of_it() {
    let key = SigningKey::generate(&Counting);
    let text = key.private_jwk();
    let again = SigningKey::from_jwk(text.expose()).unwrap();
    assert_eq!(again.public_jwk(), key.public_jwk());
    assert_eq!(again.kid(), key.kid());
    let secret: Value = serde_json::from_str(text.expose()).unwrap();
    let secret = secret["d"].as_str().unwrap();
    assert!(!key.public_jwk().to_string().contains(secret));
    assert!(!format!("{key:?}").contains(secret));
}

#[test]
fn a_key_without_a_name_has_its_thumbprint() {
    // Computed with another implementation: printf '{"crv":…,"y":…}' | openssl dgst -sha256 -binary | basenc --base64url
    let key = SigningKey::from_jwk(RFC_KEY).unwrap();
    assert_eq!(key.kid(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

#[test]
fn a_signing_key_of_another_kind_or_with_anothers_public_half_is_refused() {
    let with = |name: &str, value: Value| {
        let mut key: Value = serde_json::from_str(RFC_KEY).unwrap();
        key[name] = value;
        SigningKey::from_jwk(&key.to_string())
    };
    assert!(with("kid", json!("k")).is_ok());
    for (name, value) in [
        ("kty", json!("RSA")),
        ("crv", json!("P-384")),
        ("alg", json!("RS256")),
        ("kid", json!("")),
        ("d", json!("")),
        ("d", json!(URL_SAFE_NO_PAD.encode([0; 32]))),
        ("d", json!(URL_SAFE_NO_PAD.encode([0xff; 32]))),
        ("d", Value::Null),
        ("x", json!(URL_SAFE_NO_PAD.encode([1; 32]))),
        ("y", json!(URL_SAFE_NO_PAD.encode([1; 32]))),
    ] {
        assert!(with(name, value.clone()).is_err(), "{name} {value}");
    }
    let twice = format!(r#"{{"keys":[{RFC_KEY},{RFC_KEY}]}}"#);
    assert!(SigningKey::set_from_jwks(&twice).is_err());
    assert!(SigningKey::set_from_jwks(r#"{"keys":[]}"#).is_err());
    let one = format!(r#"{{"keys":[{RFC_KEY}]}}"#);
    assert_eq!(SigningKey::set_from_jwks(&one).unwrap().len(), 1);
}

#[test]
fn a_key_is_pinned_to_the_algorithm_of_its_type() {
    let key = SigningKey::generate(&Counting).public_jwk();
    for alg in ["HS256", "RS256", "EdDSA", "ES384", "none", ""] {
        let mut other = key.clone();
        other["alg"] = json!(alg);
        assert!(refusal(&other).contains("`alg`"), "{alg}");
    }
    let mut none = key;
    none.as_object_mut().unwrap().remove("alg");
    assert_eq!(
        public(&none).verifying_key().unwrap().algorithm(),
        Algorithm::Es256
    );
}

#[test]
fn keys_that_are_private_weak_or_for_something_else_are_refused() {
    let ec = SigningKey::generate(&Counting).public_jwk();
    let with = |name: &str, value: Value| {
        let mut key = ec.clone();
        key[name] = value;
        refusal(&key)
    };
    assert!(with("use", json!("enc")).contains("`use`"));
    assert!(with("key_ops", json!(["deriveKey"])).contains("`key_ops`"));
    assert!(with("d", json!("AQAB")).contains("private"));
    assert!(with("crv", json!("P-521")).contains("curve"));
    assert!(with("x", json!(URL_SAFE_NO_PAD.encode([7; 32]))).contains("point"));
    assert!(with("x", json!(URL_SAFE_NO_PAD.encode([0; 31]))).contains("32 bytes"));
    assert!(with("y", json!("not base64url!")).contains("base64url"));
    assert!(with("kid", json!("k".repeat(257))).contains("`kid`"));

    let modulus = |bits: usize| {
        let mut bytes = vec![0xff; bits / 8];
        bytes[0] = 0x80;
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let rsa = |bits, e: &str| json!({"kty": "RSA", "n": modulus(bits), "e": e});
    assert!(public(&rsa(2048, "AQAB")).verifying_key().is_ok());
    assert!(refusal(&rsa(1024, "AQAB")).contains("2048"));
    assert!(refusal(&rsa(2048, "Aw")).contains("65537"), "e = 3");
    assert!(refusal(&rsa(8192, "AQAB")).contains("bounds"));
    // Leading zeros don't make a key longer.
    let padded = [vec![0; 200], vec![0xff; 128]].concat();
    let padded = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(padded), "e": "AQAB"});
    assert!(refusal(&padded).contains("2048"));

    let oct = |bytes: usize| json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(vec![1; bytes])});
    assert!(public(&oct(32)).verifying_key().is_ok());
    assert!(refusal(&oct(31)).contains("32 bytes"));

    // The neutral point, of order one: every signature of a kind would fit it.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(neutral)});
    assert!(refusal(&okp).contains("small order"));
}
