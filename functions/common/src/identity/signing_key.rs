//! Keys for signed requests. They are stored nowhere: whoever has a master key of the ring `signing_keys` derives
//! them, so that a signature is verified before the database is asked.
//!
//! A signer is given the `keyid` `shs_<master>_<id>.<generation>` and the secret `shss_<64 hexadecimal digits>`, whose text
//! is the HMAC key. Postgres knows the secret's SHA-256: a master that was replaced, but is still in the ring for older
//! keys, derives nothing that is good for newer ones.

use super::api_key::parse_simple;
use crate::error::{Error, Result};
use crate::ports::Host;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;
use uuid::Uuid;

/// What every `keyid` begins with.
pub const PREFIX: &str = "shs_";
const SECRET_PREFIX: &str = "shss_";
/// Says what is derived: the master may serve nothing else by accident.
const PURPOSE: &[u8] = b"stage-hub signing key";
const MAX_MASTER_CHARACTERS: usize = 32;

/// The masters of variable `signing_keys`: `<id>:<base64 of 32 bytes>[,…]`; the first one is for new keys.
pub struct Masters(Vec<(String, Secret<[u8; 32]>)>);

impl Masters {
    /// Parses the variable.
    ///
    /// # Errors
    /// 500 when it is missing, or is no such list; the log says which.
    pub fn of(host: &impl Host) -> Result<Self> {
        Self::parse(host.settings().text("signing_keys")?)
            .ok_or_else(|| Error::internal("Spin variable `signing_keys` takes `<id>:<base64 of 32 bytes>`, several separated by commas; ids are letters, digits and `-`"))
    }

    fn parse(text: &str) -> Option<Self> {
        let masters: Option<Vec<_>> = text.split(',').map(master).collect();
        masters.map(Self)
    }

    /// The id of the master for new keys.
    ///
    /// # Errors
    /// Never in practice: a ring that was parsed has one.
    pub fn newest(&self) -> Result<&str> {
        let first = self.0.first().map(|(id, _)| id.as_str());
        first.ok_or_else(|| Error::internal("`signing_keys` is empty"))
    }

    /// The secret of `key`; none when its master is not in the ring.
    pub fn secret(&self, key: &KeyId) -> Option<Secret<String>> {
        let (_, master) = self.0.iter().find(|(id, _)| *id == key.master)?;
        let derived = Hmac::<Sha256>::new_from_slice(master.expose())
            .ok()?
            .chain_update(PURPOSE)
            .chain_update(key.id.as_bytes())
            .chain_update(key.generation.to_be_bytes())
            .finalize()
            .into_bytes();
        let mut text = String::with_capacity(SECRET_PREFIX.len() + 64);
        text.push_str(SECRET_PREFIX);
        for byte in derived {
            // Writing to a string can't fail.
            let _ = write!(text, "{byte:02x}");
        }
        Some(Secret::new(text))
    }
}

fn master(entry: &str) -> Option<(String, Secret<[u8; 32]>)> {
    let (id, key) = entry.trim().split_once(':')?;
    let key: [u8; 32] = STANDARD.decode(key).ok()?.try_into().ok()?;
    is_master_id(id).then(|| (id.to_owned(), Secret::new(key)))
}

fn is_master_id(text: &str) -> bool {
    (1..=MAX_MASTER_CHARACTERS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The parameter `keyid`: which key, of which generation, under which master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyId {
    /// Id of the master in the ring.
    pub master: String,
    /// Id of the key.
    pub id: Uuid,
    /// 1 for the first secret of the key, one more with each rotation.
    pub generation: u32,
}

impl KeyId {
    /// Reads a `keyid`; none when it is none of ours, or not written as we write it.
    pub fn parse(text: &str) -> Option<Self> {
        let (master, key) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let (id, generation) = key.split_once('.')?;
        let key = Self {
            master: is_master_id(master).then(|| master.to_owned())?,
            id: parse_simple(id)?,
            generation: generation.parse().ok().filter(|number| *number > 0)?,
        };
        (key.to_string() == text).then_some(key)
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            master,
            id,
            generation,
        } = self;
        write!(f, "{PREFIX}{master}_{}.{generation}", id.simple())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(ids: &[(&str, u8)]) -> Masters {
        let entries: Vec<String> = ids
            .iter()
            .map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32])))
            .collect();
        Masters::parse(&entries.join(",")).unwrap()
    }

    fn key(master: &str, id: u128, generation: u32) -> KeyId {
        KeyId {
            master: master.to_owned(),
            id: Uuid::from_u128(id),
            generation,
        }
    }

    #[test]
    fn each_master_key_and_generation_has_a_secret_of_its_own_that_stays_the_same() {
        let masters = ring(&[("b", 2), ("a", 1)]);
        let secret = |key: &KeyId| masters.secret(key).unwrap().expose().clone();
        let keys = [
            key("a", 1, 1),
            key("a", 1, 2),
            key("a", 2, 1),
            key("b", 1, 1),
        ];
        let mut secrets: Vec<String> = keys.iter().map(secret).collect();
        assert_eq!(secrets.first(), Some(&secret(&keys[0])));
        secrets.sort();
        secrets.dedup();
        assert_eq!(secrets.len(), 4);
        assert!(secrets.iter().all(|text| text.len() == 5 + 64));
    }

    #[test]
    fn a_new_first_master_leaves_older_keys_good_until_theirs_is_removed() {
        let before = ring(&[("a", 1)]).secret(&key("a", 1, 1)).unwrap();
        let rotated = ring(&[("b", 2), ("a", 1)]);
        assert_eq!(rotated.newest().unwrap(), "b");
        assert_eq!(
            rotated.secret(&key("a", 1, 1)).unwrap().expose(),
            before.expose()
        );
        assert!(ring(&[("b", 2)]).secret(&key("a", 1, 1)).is_none());
    }

    #[test]
    fn a_ring_with_a_short_key_or_a_strange_id_is_none() {
        for text in [
            "",
            "a",
            "a:AAAA",
            "a_b:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            assert!(Masters::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_keyid_is_read_only_as_it_is_written() {
        let id = key("dev-1", 7, 12);
        let text = id.to_string();
        assert_eq!(text, "shs_dev-1_00000000000000000000000000000007.12");
        assert_eq!(KeyId::parse(&text), Some(id));
        for other in [
            "shs_dev-1_00000000000000000000000000000007.012",
            "shs_dev-1_00000000000000000000000000000007.+12",
            "shs_dev-1_00000000000000000000000000000007.0",
            "shs_dev-1_00000000-0000-0000-0000-000000000007.12",
            "shs_dev-1_0000000000000000000000000000000A.12",
            "shs__00000000000000000000000000000007.12",
            "shs_dev-1_00000000000000000000000000000007.99999999999",
            "dev-1_00000000000000000000000000000007.12",
        ] {
            assert_eq!(KeyId::parse(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_as_a_keyid_is_read_or_not(text in "(shs_)?[a-z0-9_.-]{0,80}") {
            prop_assert!(KeyId::parse(&text).is_none_or(|key| key.to_string() == text));
        }
    }
}
