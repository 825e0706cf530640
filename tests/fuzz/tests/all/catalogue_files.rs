//! Catalogue files with something broken in them.

use fuzz::{CSV, Target, fault};
use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// What is done to a file at a place.
#[derive(Clone, Debug)]
enum Damage {
    Byte(u8),
    Insert(&'static str),
    Cut(usize),
    Twice(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<u8>().prop_map(Damage::Byte),
        prop::sample::select(vec![
            ",",
            "\"",
            "\"\"",
            "\r\n",
            "\n",
            "\r",
            "\0",
            "\u{feff}",
            "=cmd|' /C calc'!A0",
            "9999999999999999999",
            "-1",
            "1e9",
            "mug",
            "Title",
            "ä",
        ])
        .prop_map(Damage::Insert),
        (1usize..60).prop_map(Damage::Cut),
        (1usize..60).prop_map(Damage::Twice),
    ]
}

fn damaged(changes: &[(prop::sample::Index, Damage)]) -> Vec<u8> {
    let mut file = CSV.as_bytes().to_vec();
    for (index, damage) in changes {
        let at = index.index(file.len().max(1)).min(file.len());
        let until = |length: usize| (at + length).min(file.len());
        match damage {
            Damage::Byte(byte) => file.splice(at..until(1), [*byte]).for_each(drop),
            Damage::Insert(text) => file.splice(at..at, text.bytes()).for_each(drop),
            Damage::Cut(length) => file.drain(at..until(*length)).for_each(drop),
            Damage::Twice(length) => {
                let piece = file[at..until(*length)].to_vec();
                file.splice(at..at, piece).for_each(drop);
            }
        }
    }
    file
}

#[test]
fn no_file_is_answered_with_a_fault_of_ours() {
    let target = Target::open();
    let csv = [("content-type", "text/csv".to_owned())];
    let whole = target.call(Method::POST, "/products/import", &csv, CSV.into());
    assert!(
        String::from_utf8_lossy(&whole.body).contains(r#""created":2"#),
        "{whole:?}"
    );
    let changes = prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..12);
    let any_file = prop_oneof![
        8 => changes.prop_map(|changes| damaged(&changes)),
        1 => prop::collection::vec(any::<u8>(), 0..400),
        1 => prop::collection::vec(prop::sample::select(b"Handle,Title\"\r\n a1".to_vec()), 0..400),
    ];
    let mut runner = TestRunner::new(Config::with_source_file(file!()));
    let outcome = runner.run(&any_file, |file| {
        let reply = target.call(Method::POST, "/products/import", &csv, file);
        prop_assert_eq!(fault(&reply), None);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
