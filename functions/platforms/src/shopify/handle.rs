//! The last part of a product's address.

use common::platform::ProductInput;
use sha2::{Digest, Sha256};

/// The handle for a new product: from its own handle or title; `own` adds a mark of the listing,
/// always the same for the same listing.
pub fn of(product: &ProductInput, own: bool) -> String {
    let words = slug(product.handle.as_deref().unwrap_or(&product.title));
    if words.is_empty() {
        return format!("listing-{}", mark(&product.listing_id));
    }
    if own {
        format!("{words}-{}", mark(&product.listing_id))
    } else {
        words
    }
}

fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-").chars().take(200).collect()
}

fn mark(listing_id: &str) -> String {
    let hash = Sha256::digest(listing_id.as_bytes());
    hash.iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(handle: Option<&str>, title: &str) -> ProductInput {
        ProductInput {
            listing_id: "l1".to_owned(),
            handle: handle.map(str::to_owned),
            title: title.to_owned(),
            ..ProductInput::default()
        }
    }

    #[test]
    fn a_handle_has_letters_digits_and_hyphens() {
        assert_eq!(
            of(&product(None, "  Ocean Blue -- Shirt!"), false),
            "ocean-blue-shirt"
        );
        assert_eq!(of(&product(Some("my_Shirt"), "x"), false), "my-shirt");
    }

    #[test]
    fn a_listings_own_handle_is_always_the_same() {
        let product = product(None, "Shirt");
        let own = of(&product, true);
        assert_eq!(own, of(&product, true));
        assert!(own.starts_with("shirt-") && own.len() == "shirt-".len() + 8);
    }

    #[test]
    fn a_title_without_letters_still_gives_a_handle() {
        assert!(of(&product(None, "***"), false).starts_with("listing-"));
    }
}
