//! The short name of a workspace.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// 1 to 63 of `a-z`, `0-9` and `-`, not starting with `-`; not what an id looks like, since `X-Workspace` takes either.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Slug(String);

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=63).contains(&text.len()) || !text.bytes().all(allowed) || text.starts_with('-') {
            return Err(D::Error::custom(
                "must be 1 to 63 of a-z, 0-9 and -, not starting with -",
            ));
        }
        if text.parse::<Uuid>().is_ok() {
            return Err(D::Error::custom("must not look like an id"));
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::Slug;

    #[test]
    fn a_slug_is_short_lower_case_and_no_id() {
        let longest = "a".repeat(63);
        for good in ["a", "7", "north-2", "a-", longest.as_str()] {
            let slug = serde_json::from_value::<Slug>(good.into());
            assert_eq!(slug.unwrap().0, good);
        }
        let longer = "a".repeat(64);
        for bad in [
            "",
            "-a",
            "A",
            "a b",
            "ä",
            "a_b",
            "a\n",
            longer.as_str(),
            "0190a0b0-0000-7000-8000-000000000001",
            "0190a0b0000070008000000000000001",
        ] {
            let slug = serde_json::from_value::<Slug>(bad.into());
            assert!(slug.is_err(), "{bad:?}");
        }
    }
}
