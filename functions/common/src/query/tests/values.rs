//! What is read as a value, and how much of it.

use super::{assert_filter, assert_refused, parse};

#[test]
fn values_in_groups_end_at_commas_and_brackets_unless_they_are_quoted() {
    assert_filter(
        r#"or=(name.eq."a,b)",name.eq.c d,name.in.(e,"f,g"),tags.cs.{h,"i}"})"#,
        "(name = ($1 -> 'v' ->> 0)::text or name = ($1 -> 'v' ->> 1)::text or \
         name = any (($1 -> 'v' ->> 2)::text[]) or tags @> ($1 -> 'v' ->> 3)::text[])",
        &["a,b)", "c d", r#"{"e","f,g"}"#, r#"{"h","i}"}"#],
    );
    // As a parameter of its own a value ends with the parameter, and quotes are part of it.
    assert_filter(
        r#"name=eq."a",b)"#,
        "name = ($1 -> 'v' ->> 0)::text",
        &[r#""a",b)"#],
    );
}

#[test]
fn values_are_read_as_what_their_column_holds() {
    let id = "0190a0b0-0000-7000-8000-00000000000A";
    assert_filter(
        &format!("id=eq.{id}"),
        "id = ($1 -> 'v' ->> 0)::uuid",
        &[&id.to_lowercase()],
    );
    assert_filter(
        "open=eq.true",
        "open = ($1 -> 'v' ->> 0)::boolean",
        &["true"],
    );
    for (query, field, issue) in [
        ("id=eq.7", "id", "a UUID"),
        ("size=eq.1.5", "size", "a whole number"),
        ("size=eq.9223372036854775808", "size", "a whole number"),
        ("open=eq.yes", "open", "true or false"),
        ("price=eq.1e3", "price", "an amount"),
        ("price=eq.", "price", "an amount"),
        ("name=eq.%00", "name", "NUL"),
    ] {
        assert_refused(query, field, issue);
    }
}

#[test]
fn times_are_rfc_3339_or_dates_for_their_midnight_utc() {
    let sql = "made_at < ($1 -> 'v' ->> 0)::timestamptz";
    for (text, bound) in [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("9999-12-31", "9999-12-31T00:00:00Z"),
        ("2026-01-31T12:00:00.5-01:30", "2026-01-31T12:00:00.5-01:30"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00"),
        ("2026-01-31%2012:00:00Z", "2026-01-31T12:00:00+00"),
        ("2026-01-31T12:00:00%2B02:00", "2026-01-31T12:00:00+02"),
        // An offset whose plus sign was not percent-encoded.
        ("2026-01-31T12:00:00+02:00", "2026-01-31T12:00:00+02"),
    ] {
        assert_filter(&format!("made_at=lt.{text}"), sql, &[bound]);
    }
    for text in [
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00Z[Europe/Vienna]",
        "2026-02-30",
        "0000-01-01",
        "-000001-01-01T00:00:00Z",
        "yesterday",
        "",
    ] {
        assert_refused(&format!("made_at=lt.{text}"), "made_at", "a time such as");
    }
}

#[test]
fn amounts_are_compared_and_ordered_as_numbers() {
    assert_filter(
        "price=gte.12.50",
        "price::numeric >= ($1 -> 'v' ->> 0)::numeric",
        &["12.50"],
    );
    let (statement, _) = parse("order=price").list_statement();
    assert!(
        statement.contains("order by price::numeric, id limit"),
        "{statement}"
    );
}

#[test]
fn conditions_depth_lists_and_values_are_bounded() {
    let fifty = vec!["size=eq.1"; 50].join("&");
    assert_eq!(parse(&fifty).values.len(), 50);
    assert_refused(&format!("{fifty}&size=eq.1"), "query", "50 conditions");
    let nested = |depth: usize| {
        format!(
            "or={}size.eq.1{}",
            "(and".repeat(depth - 1) + "(",
            ")".repeat(depth)
        )
    };
    assert_eq!(parse(&nested(5)).values.len(), 1);
    assert_refused(&nested(6), "and, or", "5 deep");
    let list = |length: usize| format!("size=in.({})", vec!["1"; length].join(","));
    assert_eq!(parse(&list(200)).values.len(), 1);
    assert_refused(&list(201), "size", "200 values");
    assert_eq!(
        parse(&format!("name=eq.{}", "ä".repeat(1000))).values.len(),
        1
    );
    assert_refused(
        &format!("name=eq.{}", "x".repeat(1001)),
        "name",
        "1000 characters",
    );
}
