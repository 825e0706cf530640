//! Each algorithm with its own key, and each refused with another's.

use super::{NOW, World, key, own, own_claims, signed};
use crate::identity::testing::SECRET;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Primes of a key of 2048 bits that signs nothing but these tests.
const P: &str = "e5ca830bc799c048bd16707495ac84a812e27c667d0f86bcb20d63a9a4ef5f2e03b4c518dda1c9abf97d38fa5843de1a55cb0790d472105c0202b2016c39ea7ccc43f87a85f7753890986ef49245fe45520cd0112076c36eef28543e85a9800412274af83bd1e1bf7b6fc53b39ad13f46ad8065f48947ea33170f9e81c78958f";
const Q: &str = "b658786e9c58ab754de07120cf3e4a2e1b8bc7629cf5062b2d3ecc918389aaabcd857e717bb5e062a7cf16713fa34514f599fd090e1b5a7f1668b34a8b1b027f820369696f9c5762b068249a8826196117827e746e2aefcf1eade5e8c3092f7a63a5e84f9fb8e59bc1b8b5640e70c66e62f68dde63fc554433395a8769e03f09";
/// `DigestInfo` of SHA-256 (RFC 8017 section 9.2).
const PREFIX: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

fn rsa() -> RsaPrivateKey {
    let prime = |text: &str| BigUint::parse_bytes(text.as_bytes(), 16).unwrap();
    RsaPrivateKey::from_p_q(prime(P), prime(Q), BigUint::from(65_537_u32)).unwrap()
}

fn ed25519() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[5; 32])
}

fn hmac(secret: &[u8], text: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

fn rs256(text: &[u8]) -> Vec<u8> {
    let scheme = Pkcs1v15Sign {
        hash_len: Some(32),
        prefix: PREFIX.into(),
    };
    rsa().sign(scheme, &Sha256::digest(text)).unwrap()
}

fn es256(text: &[u8]) -> Vec<u8> {
    use p256::ecdsa::{Signature, SigningKey};
    let signature: Signature = SigningKey::from_slice(&[1; 32]).unwrap().sign(text);
    signature.to_bytes().to_vec()
}

/// One key of each kind, named as its algorithm.
fn keys() -> Value {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let rsa = rsa();
    let mut ec = key(1).public_jwk();
    ec["kid"] = json!("ES256");
    let ed = ed25519().verifying_key();
    json!({"keys": [
        {"kid": "HS256", "kty": "oct", "alg": "HS256", "k": encode(SECRET.as_bytes())},
        {"kid": "RS256", "kty": "RSA", "alg": "RS256", "n": encode(&rsa.n().to_bytes_be()), "e": "AQAB"},
        ec,
        {"kid": "EdDSA", "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": encode(ed.as_bytes())},
    ]})
}

fn sign(alg: &str, text: &[u8]) -> Vec<u8> {
    match alg {
        "HS256" => hmac(SECRET.as_bytes(), text),
        "RS256" => rs256(text),
        "ES256" => es256(text),
        _ => ed25519().sign(text).to_bytes().to_vec(),
    }
}

const ALGORITHMS: [&str; 4] = ["HS256", "RS256", "ES256", "EdDSA"];

fn token(header: Value, alg: &str) -> String {
    let claims = own_claims(json!({})).to_string();
    signed(&header.to_string(), &claims, |text| sign(alg, text))
}

fn world() -> World {
    World::new(&[("jwt_keys", &keys().to_string())])
}

#[test]
fn each_of_the_four_algorithms_is_verified_with_its_key() {
    let world = world();
    for alg in ALGORITHMS {
        let claims = world.verify(&token(json!({"alg": alg, "kid": alg}), alg));
        assert_eq!(claims.unwrap().exp, NOW + 60, "{alg}");
    }
    assert!(
        world
            .verify(&token(json!({"alg": "Ed25519", "kid": "EdDSA"}), "EdDSA"))
            .is_ok()
    );
    let repeated = world.memory.verifications();
    for alg in ALGORITHMS {
        world
            .verify(&token(json!({"alg": alg, "kid": alg}), alg))
            .unwrap();
    }
    let macs_only = repeated + 1;
    assert_eq!(world.memory.verifications(), macs_only);
}

#[test]
fn an_algorithm_that_is_not_its_keys_is_refused_before_anything_is_computed() {
    let world = world();
    for kid in ALGORITHMS {
        for alg in ALGORITHMS.into_iter().filter(|alg| *alg != kid) {
            for maker in ALGORITHMS {
                let forged = token(json!({"alg": alg, "kid": kid}), maker);
                let why = world.refusal(&forged);
                assert!(why.contains("not its key's"), "{alg} with {kid}: {why}");
            }
        }
    }
    assert_eq!(world.memory.verifications(), 0);
}

#[test]
fn no_signature_is_no_algorithm() {
    let world = world();
    for alg in [
        "none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS512", "PS256", "ES384", "ES256K",
        "hs256", "ES256 ",
    ] {
        for kid in ALGORITHMS {
            let header = json!({"alg": alg, "kid": kid}).to_string();
            let claims = own_claims(json!({})).to_string();
            for signature in [Vec::new(), vec![0; 64]] {
                let forged = signed(&header, &claims, |_| signature.clone());
                assert!(world.refusal(&forged).contains("`alg`"), "{alg}");
            }
        }
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":["ES256"]}"#,
        r#"{"alg":1}"#,
    ] {
        world.refusal(&signed(header, "{}", |_| vec![0; 64]));
    }
}

/// The classic: what everybody may know as the secret of a MAC.
#[test]
fn a_public_key_is_no_secret() {
    let world = world();
    let keys = keys();
    for jwk in &keys["keys"].as_array().unwrap()[1..] {
        let kid = jwk["kid"].as_str().unwrap();
        let member = if kid == "RS256" { "n" } else { "x" };
        let bytes = URL_SAFE_NO_PAD
            .decode(jwk[member].as_str().unwrap())
            .unwrap();
        let text = jwk.to_string();
        for secret in [bytes.as_slice(), text.as_bytes()] {
            for header in [json!({"alg": "HS256", "kid": kid}), json!({"alg": "HS256"})] {
                let claims = own_claims(json!({})).to_string();
                world.refusal(&signed(&header.to_string(), &claims, |it| hmac(secret, it)));
            }
        }
    }
}

#[test]
fn extensions_and_tokens_for_something_else_are_refused() {
    let world = own();
    let kid = key(1).kid().to_owned();
    let with = |name: &str, value: Value| {
        let mut header = json!({"alg": "ES256", "kid": kid});
        header[name] = value;
        token(header, "ES256")
    };
    for crit in [json!(["b64"]), json!([]), Value::Null, json!("exp")] {
        assert!(world.refusal(&with("crit", crit)).contains("crit"));
    }
    for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", "JOSE", ""] {
        assert!(
            world.refusal(&with("typ", json!(typ))).contains("typ"),
            "{typ}"
        );
    }
    for typ in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
        assert!(world.verify(&with("typ", json!(typ))).is_ok(), "{typ}");
    }
    // Keys and addresses of keys in the token itself are nobody's business.
    let mine = key(9);
    let header = json!({"alg": "ES256", "kid": mine.kid(), "jwk": mine.public_jwk(), "jku": "https://evil.test/"});
    world.refusal(&token(header, "ES256"));
}

#[test]
fn without_a_kid_the_only_key_of_the_algorithm_is_meant() {
    let world = world();
    for alg in ALGORITHMS {
        assert!(
            world.verify(&token(json!({"alg": alg}), alg)).is_ok(),
            "{alg}"
        );
    }
    let mut two = keys();
    let second = key(2).public_jwk();
    two["keys"].as_array_mut().unwrap().push(second);
    let world = World::new(&[("jwt_keys", &two.to_string())]);
    assert!(
        world
            .refusal(&token(json!({"alg": "ES256"}), "ES256"))
            .contains("more than one")
    );
    assert!(
        world
            .verify(&token(json!({"alg": "ES256", "kid": "ES256"}), "ES256"))
            .is_ok()
    );
    // The same name twice names none.
    let mut twice = keys();
    let mut second = key(2).public_jwk();
    second["kid"] = json!("ES256");
    twice["keys"].as_array_mut().unwrap().push(second);
    let world = World::new(&[("jwt_keys", &twice.to_string())]);
    world.refusal(&token(json!({"alg": "ES256", "kid": "ES256"}), "ES256"));
}
