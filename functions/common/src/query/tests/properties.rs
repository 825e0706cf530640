//! What must hold for every query string, whatever is in it.

use super::{RESOURCE, parse};
use crate::query::Query;
use proptest::prelude::*;

/// Percent-encodes everything.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A value in double quotes, as PostgREST has them.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Text without NUL, and often with the characters that mean something somewhere.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[^\u{0}]{0,20}",
        r#"[a-z.,(){}"'\\%*;$ -]{0,20}"#,
        Just("'; drop table hub.jobs; --".to_owned()),
        Just("$1 ->> 'limit'".to_owned()),
    ]
}

/// Query strings that are often understood: pieces of the language in any order.
fn likely() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("name"),
        Just("size"),
        Just("open"),
        Just("tags"),
        Just("made_at"),
        Just("="),
        Just("&"),
        Just("."),
        Just(","),
        Just("("),
        Just(")"),
        Just("{"),
        Just("}"),
        Just("\""),
        Just("\\"),
        Just("not."),
        Just("eq."),
        Just("in.("),
        Just("cs.{"),
        Just("is.null"),
        Just("or=("),
        Just("and("),
        Just("order="),
        Just("select="),
        Just("limit="),
        Just("1"),
        Just("desc"),
        Just("%"),
        Just("%2C"),
        Just("%ff"),
        Just("ä"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// How many different values the statement takes out of its arguments.
fn positions(statement: &str) -> usize {
    (0..)
        .take_while(|position| statement.contains(&format!("->> {position})")))
        .count()
}

fn whole_language(value: &str) -> String {
    let (whole, inner) = (encoded(value), encoded(&quoted(value)));
    format!(
        "name=eq.{whole}&name=not.gt.{whole}&name=in.({inner},{inner})&tags=cs.{{{inner}}}&\
         or=(name.neq.{inner},not.and(name.lte.{inner},tags.ov.{{{inner}}}))"
    )
}

proptest! {
    #[test]
    fn parsing_never_panics(query in "[^\u{0}]{0,80}") {
        let _ = Query::parse(&RESOURCE, &query);
    }

    #[test]
    fn what_is_understood_binds_as_many_values_as_it_names(query in likely()) {
        if let Ok(query) = Query::parse(&RESOURCE, &query) {
            let (statement, args) = query.list_statement();
            prop_assert_eq!(positions(&statement), query.values.len());
            prop_assert_eq!(args["v"].as_array().map(Vec::len), Some(query.values.len()));
        }
    }

    #[test]
    fn a_statement_depends_on_the_shape_and_not_on_the_values(one in text(), other in text()) {
        let (one, other) = (parse(&whole_language(&one)), parse(&whole_language(&other)));
        prop_assert_eq!(one.list_statement().0, other.list_statement().0);
        prop_assert_eq!(one.one_statement(uuid::Uuid::nil()).0, other.one_statement(uuid::Uuid::nil()).0);
    }

    #[test]
    fn a_value_is_bound_as_it_was_sent(value in text()) {
        let query = parse(&format!("name=eq.{}&or=(name.eq.{})", encoded(&value), encoded(&quoted(&value))));
        prop_assert_eq!(query.values, vec![value.clone(), value]);
    }

    #[test]
    fn a_list_is_bound_as_it_was_sent(values in prop::collection::vec(text(), 1..5)) {
        let list: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        let query = parse(&format!("name=in.({})", encoded(&list.join(","))));
        prop_assert_eq!(&query.values, &[format!("{{{}}}", list.join(","))]);
    }
}
