//! What an invitation is accepted with.

use crate::ports::Random;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Recognisable, so that scanners find one that lies around.
const PREFIX: &str = "shi_";
const BYTES: usize = 32;

/// `shi_` and 256 random bits in base64url: nobody guesses one, so a plain hash keeps it.
pub(super) struct Token(Secret<String>);

impl Token {
    /// A new one.
    pub(super) fn random(random: &impl Random) -> Self {
        let mut bytes = [0; BYTES];
        random.fill(&mut bytes);
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Self(Secret::new(text))
    }

    /// What somebody shows; none when it can't be a token.
    pub(super) fn parse(text: String) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        (bytes.len() == BYTES).then(|| Self(Secret::new(text)))
    }

    /// The text, to be shown once.
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }

    /// SHA-256 of the text, hexadecimal: what the database knows.
    pub(super) fn hash(&self) -> String {
        Sha256::digest(self.0.expose())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;
    impl Random for Sevens {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    #[test]
    fn a_token_is_recognised_and_known_by_its_hash() {
        let token = Token::random(&Sevens);
        assert_eq!(token.expose().len(), 47);
        let shown = Token::parse(token.expose().to_owned()).unwrap();
        assert_eq!(shown.hash(), token.hash());
        assert_eq!(token.hash().len(), 64);
    }

    #[test]
    fn what_can_not_be_a_token_is_none() {
        let good = Token::random(&Sevens).expose().to_owned();
        for bad in [
            "",
            "shi_",
            &good[1..],
            &good[..46],
            &format!("{good}A"),
            &good.replace("shi_", "shk_"),
            &format!("{good}="),
            &format!(" {good}"),
        ] {
            assert!(Token::parse(bad.to_owned()).is_none(), "{bad:?}");
        }
    }
}
