//! How each route is called properly. Every route has an entry here; one that can be called in ways that differ in whose
//! ids they name has one for each.

mod auth;
mod catalogue;
mod channels;
mod intake;
mod keys;
mod people;
mod queue;

use super::entry::Entry;
use super::tables;
use std::collections::BTreeSet;

/// Every entry.
pub fn book() -> Vec<Entry> {
    let chapters = [
        auth::entries(),
        catalogue::entries(),
        channels::entries(),
        intake::entries(),
        keys::entries(),
        people::entries(),
        queue::entries(),
    ];
    chapters.into_iter().flatten().collect()
}

#[test]
fn every_route_has_an_entry_in_the_book_of_attacks() {
    let known: BTreeSet<&str> = book().iter().map(|entry| entry.route).collect();
    let routes = tables::routes();
    let missing: Vec<_> = routes.difference(&known).collect();
    assert!(
        missing.is_empty(),
        "say in attack/book how to call them: {missing:#?}"
    );
    let gone: Vec<_> = known.difference(&routes).collect();
    assert!(gone.is_empty(), "these routes are no more: {gone:#?}");
}

/// An id in the path that no hole stands for would be attacked by nobody.
#[test]
fn every_id_in_a_route_is_a_hole_in_its_entries() {
    for entry in book() {
        let (_, pattern) = entry.route.split_once(' ').unwrap();
        let path = entry.path.split('?').next().unwrap();
        let pairs = pattern.split('/').zip(path.split('/'));
        for (pattern, given) in pairs.filter(|(pattern, _)| pattern.starts_with('{')) {
            let named = ["{platform}", "{slug}"].contains(&pattern);
            assert!(
                named || given.starts_with('{'),
                "{}: {pattern} is {given}",
                entry.route
            );
        }
        assert_eq!(
            pattern.split('/').count(),
            path.split('/').count(),
            "{}",
            entry.route
        );
    }
}
