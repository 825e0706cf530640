//! JSON: anything, and what was good before something in it was changed.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Names of fields that mean something somewhere.
const NAMES: [&str; 34] = [
    "id",
    "sku",
    "title",
    "description",
    "price",
    "inventory",
    "status",
    "version",
    "tags",
    "images",
    "src",
    "variants",
    "options",
    "values",
    "seo",
    "name",
    "platform",
    "credentials",
    "config",
    "base_url",
    "type",
    "payload",
    "store_id",
    "listing_id",
    "product_id",
    "resource_id",
    "priority",
    "scheduled_at",
    "lines",
    "quantity",
    "tracking",
    "data",
    "updated_at",
    "workspace_id",
];

/// Text: of every kind, with what means something to somebody.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "\\PC{0,12}",
        2 => any::<String>(),
        1 => prop::sample::select(vec![
            "", "\0", "\u{feff}", "\u{202e}", "';--", "null", "NaN", "-0", "1e999", "../..", "%00", "{}", "\\u0000", "true",
            "2026-02-30T25:61:61Z", "9999-12-31T23:59:60Z", "0000-00-00", "-1", "99999999999999999999", "1.999", "USD",
            "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "javascript:1", "http://[::1",
            "gid://shopify/Product/1", "a@b", "\r\nX-Evil: 1", "\u{1F468}\u{200D}\u{1F469}",
        ]).prop_map(str::to_owned),
        1 => (0usize..70_000).prop_map(|length| "x".repeat(length)),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(|number| json!(number)),
        any::<u64>().prop_map(|number| json!(number)),
        (-3i64..300).prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from),
    ]
}

/// Any JSON, with names that are known more often than not.
pub fn anything() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 40, 6, |inner| {
        let name = prop_oneof![4 => prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned), 1 => text()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// How many places `value` has.
fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(places).sum(),
        Value::Object(fields) => fields.values().map(places).sum(),
        _ => 0,
    }
}

/// Puts `new` at the place of that number, or takes it away.
fn put(value: &mut Value, place: &mut usize, new: Option<&Value>) {
    if *place == 0 {
        *value = new.cloned().unwrap_or(Value::Null);
        *place = usize::MAX;
        return;
    }
    *place -= 1;
    match value {
        Value::Array(items) => {
            for item in items {
                put(item, place, new);
            }
        }
        Value::Object(fields) => {
            let gone = (new.is_none() && *place == 0).then(|| fields.keys().next().cloned());
            match gone.flatten() {
                Some(name) => {
                    fields.remove(&name);
                    *place = usize::MAX;
                }
                None => {
                    for field in fields.values_mut() {
                        put(field, place, new);
                    }
                }
            }
        }
        _ => {}
    }
}

/// `seed` with up to three of its places changed.
pub fn mutated(seed: Value) -> impl Strategy<Value = Value> {
    let change = (
        any::<prop::sample::Index>(),
        prop::option::weighted(0.85, anything()),
    );
    prop::collection::vec(change, 0..4).prop_map(move |changes| {
        let mut value = seed.clone();
        for (index, new) in changes {
            let mut place = index.index(places(&value));
            put(&mut value, &mut place, new.as_ref());
        }
        value
    })
}
