//! Project Wycheproof's vectors against the cipher as credentials are sealed with it.

use super::{NONCE, decrypt, encrypt};
use chacha20poly1305::Key;
use wycheproof::TestResult;
use wycheproof::aead::{TestName, TestSet};

#[test]
fn xchacha20_poly1305() {
    let mut count = 0;
    for group in TestSet::load(TestName::XChaCha20Poly1305)
        .unwrap()
        .test_groups
    {
        for test in group.tests {
            // Bits, and the only sizes that the types take.
            let Ok(nonce) = <[u8; NONCE]>::try_from(test.nonce.as_slice()) else {
                assert_ne!(group.nonce_size, 192);
                continue;
            };
            let key = Key::from(<[u8; 32]>::try_from(test.key.as_slice()).unwrap());
            let sealed = [test.ct.as_slice(), test.tag.as_slice()].concat();
            let opened = decrypt(&key, nonce, &sealed, &test.aad).ok();
            if test.result == TestResult::Valid {
                let opened = opened.unwrap();
                assert_eq!(opened.expose(), &*test.pt, "{}", test.tc_id);
                let again = encrypt(&key, nonce, &test.pt, &test.aad).unwrap();
                assert_eq!(again, sealed, "{}", test.tc_id);
            } else {
                assert!(opened.is_none(), "{}", test.tc_id);
            }
            count += 1;
        }
    }
    assert!(count >= 200, "{count}");
}
