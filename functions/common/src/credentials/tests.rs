//! What must open, and that nothing else does.

use super::{CredentialsError, KeyRing, Place, direct, encrypt, open, record, rewrap, seal};
use super::{URL_SAFE_NO_PAD, associated_data};
use crate::ports::Random;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, prop_assume, proptest};
use std::cell::Cell;

/// Different bytes each time, the same in each run.
#[derive(Default)]
struct Counting(Cell<u8>);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.0.get();
            self.0.set(self.0.get().wrapping_add(1));
        }
    }
}

const PLACE: Place<'static> = Place {
    workspace: "w",
    table: "stores",
    row: "r",
    column: "credentials",
};

const ELSEWHERE: [Place<'static>; 5] = [
    Place {
        workspace: "x",
        ..PLACE
    },
    Place {
        table: "x",
        ..PLACE
    },
    Place { row: "x", ..PLACE },
    Place {
        column: "x",
        ..PLACE
    },
    // the same letters, cut elsewhere
    Place {
        workspace: "ws",
        table: "tores",
        ..PLACE
    },
];

fn ring(ids: &[(&str, u8)]) -> KeyRing {
    let text: Vec<String> = ids
        .iter()
        .map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32])))
        .collect();
    KeyRing::parse(&text.join(",")).unwrap()
}

fn sealed(ring: &KeyRing, plain: &str) -> String {
    seal(ring, &Counting::default(), &PLACE, &secret(plain)).unwrap()
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// As the first form was made.
fn sealed_directly(ring: &KeyRing, plain: &str) -> String {
    let (id, key) = ring.first().unwrap();
    let nonce = [9; 24];
    let text = encrypt(
        key,
        nonce,
        plain.as_bytes(),
        &associated_data(PLACE.parts()),
    )
    .unwrap();
    format!(
        "{}.{id}.{}.{}",
        direct::VERSION,
        URL_SAFE_NO_PAD.encode(nonce),
        URL_SAFE_NO_PAD.encode(text)
    )
}

fn refusal(ring: &KeyRing, place: &Place<'_>, text: &str) -> CredentialsError {
    open(ring, place, text).unwrap_err()
}

#[test]
fn what_is_sealed_opens_at_its_place_and_nowhere_else() {
    let ring = ring(&[("a", 1)]);
    for text in [sealed(&ring, "token"), sealed_directly(&ring, "token")] {
        assert!(!text.contains("token"));
        assert_eq!(open(&ring, &PLACE, &text).unwrap().expose(), "token");
        for place in ELSEWHERE {
            assert_eq!(
                refusal(&ring, &place, &text),
                CredentialsError::NotAuthentic
            );
            let moved = rewrap(&ring, &Counting::default(), &place, &text);
            assert_eq!(moved.unwrap_err(), CredentialsError::NotAuthentic);
        }
    }
}

#[test]
fn a_known_text_of_the_first_form_still_opens() {
    // Made with another implementation (PyCryptodome): key of 32 bytes 1, nonce of the bytes 0 to 23.
    let text = "v1.a.AAECAwQFBgcICQoLDA0ODxAREhMUFRYX.DL-w4PP5u1gPMMSAumrgp5fWCWw9";
    assert_eq!(
        open(&ring(&[("a", 1)]), &PLACE, text).unwrap().expose(),
        "token"
    );
}

#[test]
fn two_values_share_neither_data_key_nor_text() {
    let ring = ring(&[("a", 1)]);
    let random = Counting::default();
    let [one, two] = [0, 1].map(|_| seal(&ring, &random, &PLACE, &secret("token")).unwrap());
    for (part, other) in one.split('.').zip(two.split('.')).skip(2) {
        assert_ne!(part, other);
    }
}

#[test]
fn a_new_first_key_seals_and_the_old_one_still_opens() {
    let old = ring(&[("a", 1)]);
    let rotated = ring(&[("b", 2), ("a", 1)]);
    for text in [sealed(&old, "t"), sealed_directly(&old, "t")] {
        assert_eq!(open(&rotated, &PLACE, &text).unwrap().expose(), "t");
        assert!(sealed(&rotated, "t").starts_with("v2.b."));
        let without = ring(&[("b", 2)]);
        assert_eq!(
            refusal(&without, &PLACE, &text),
            CredentialsError::UnknownKey
        );
    }
}

#[test]
fn a_rewrapped_value_opens_without_the_old_key_and_its_record_is_untouched() {
    let text = sealed(&ring(&[("a", 1)]), "token");
    let random = Counting::default();
    let moved = rewrap(&ring(&[("b", 2), ("a", 1)]), &random, &PLACE, &text).unwrap();
    assert!(moved.starts_with("v2.b."));
    assert_eq!(record(&moved), record(&text));
    assert!(text.ends_with(record(&text)) && record(&text).split('.').count() == 2);
    let new = ring(&[("b", 2)]);
    assert_eq!(open(&new, &PLACE, &moved).unwrap().expose(), "token");
    assert_eq!(
        refusal(&ring(&[("a", 1)]), &PLACE, &moved),
        CredentialsError::UnknownKey
    );
}

#[test]
fn a_value_of_the_first_form_is_sealed_anew() {
    let text = sealed_directly(&ring(&[("a", 1)]), "token");
    assert_eq!(record(&text), text);
    let ring = ring(&[("b", 2), ("a", 1)]);
    let moved = rewrap(&ring, &Counting::default(), &PLACE, &text).unwrap();
    assert!(moved.starts_with("v2.b."));
    assert_eq!(open(&ring, &PLACE, &moved).unwrap().expose(), "token");
}

#[test]
fn a_wrapped_key_of_another_record_of_the_same_place_does_not_fit() {
    let ring = ring(&[("a", 1)]);
    let random = Counting::default();
    let [one, two] =
        ["one", "two"].map(|plain| seal(&ring, &random, &PLACE, &secret(plain)).unwrap());
    let wrapped = |text: &str| text.split('.').nth(2).unwrap().to_owned();
    let swapped = one.replace(&wrapped(&one), &wrapped(&two));
    assert_ne!(swapped, one);
    assert_eq!(
        refusal(&ring, &PLACE, &swapped),
        CredentialsError::NotAuthentic
    );
    // Found by the wrapped key alone, before the record is decrypted.
    let moved = rewrap(&ring, &random, &PLACE, &swapped);
    assert_eq!(moved.unwrap_err(), CredentialsError::NotAuthentic);
}

#[test]
fn a_key_of_the_same_id_with_other_bytes_opens_nothing() {
    let text = sealed(&ring(&[("a", 1)]), "token");
    assert_eq!(
        refusal(&ring(&[("a", 2)]), &PLACE, &text),
        CredentialsError::NotAuthentic
    );
}

#[test]
fn a_ring_is_parsed_or_refused_as_a_whole() {
    let key = STANDARD.encode([1; 32]);
    let parsed = KeyRing::parse(&format!("2026-11:{key}, old:{key}")).unwrap();
    assert_eq!(parsed.ids().collect::<Vec<_>>(), ["2026-11", "old"]);
    let short = STANDARD.encode([1; 31]);
    for text in [
        String::new(),
        key.clone(),
        format!(":{key}"),
        format!("a.b:{key}"),
        format!("a:{short}"),
        format!("a:{key},"),
        format!("a:{key},a:{key}"),
        format!("{}:{key}", "a".repeat(65)),
    ] {
        assert_eq!(
            KeyRing::parse(&text).err(),
            Some(CredentialsError::Ring),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn every_text_opens_as_it_was_sealed(plain in ".{0,300}") {
        let ring = ring(&[("a", 1)]);
        let text = sealed(&ring, &plain);
        let opened = open(&ring, &PLACE, &text).unwrap();
        prop_assert_eq!(opened.expose(), &plain);
        let rotated = super::tests::ring(&[("b", 2), ("a", 1)]);
        let moved = rewrap(&rotated, &Counting::default(), &PLACE, &text).unwrap();
        let opened = open(&rotated, &PLACE, &moved).unwrap();
        prop_assert_eq!(opened.expose(), &plain);
    }

    #[test]
    fn one_flipped_bit_anywhere_and_nothing_opens(at in any::<prop::sample::Index>(), bit in 0..8_u8, is_first: bool) {
        // `c` is `a` with one bit flipped; that it may be the same key is no help where the id is bound, too.
        let ring = ring(&[("a", 1), ("c", if is_first { 3 } else { 1 })]);
        let text = if is_first { sealed_directly(&ring, "token") } else { sealed(&ring, "token") };
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let altered = String::from_utf8(bytes);
        prop_assume!(altered.is_ok()); // else it is no text at all
        let altered = altered.unwrap();
        prop_assert!(open(&ring, &PLACE, &altered).is_err());
        prop_assert!(rewrap(&ring, &Counting::default(), &PLACE, &altered).is_err());
    }

    #[test]
    fn no_place_opens_what_was_sealed_for_another(
        one in prop::array::uniform4("[a-c:;0-9]{0,3}"), two in prop::array::uniform4("[a-c:;0-9]{0,3}")
    ) {
        prop_assume!(one != two);
        let place = |[workspace, table, row, column]: &[String; 4]| {
            associated_data(Place { workspace, table, row, column }.parts())
        };
        prop_assert!(place(&one) != place(&two));
    }

    #[test]
    fn whatever_is_in_the_column_is_opened_or_refused(text in "(v[12]\\.)?[a-zA-Z0-9._:-]{0,200}") {
        prop_assert!(open(&ring(&[("a", 1)]), &PLACE, &text).is_err());
        prop_assert!(text.ends_with(record(&text)));
    }
}
