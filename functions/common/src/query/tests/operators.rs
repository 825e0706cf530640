//! Operators, and how they combine.

use super::{assert_filter, assert_refused, refused};

#[test]
fn eq_neq_gt_gte_lt_and_lte_compare_with_one_value() {
    for (operator, sql) in [
        ("eq", "="),
        ("neq", "<>"),
        ("gt", ">"),
        ("gte", ">="),
        ("lt", "<"),
        ("lte", "<="),
    ] {
        let expected = format!("size {sql} ($1 -> 'v' ->> 0)::bigint");
        assert_filter(&format!("size={operator}.-7"), &expected, &["-7"]);
        let expected = format!("name {sql} ($1 -> 'v' ->> 0)::text");
        assert_filter(&format!("name={operator}.a.b"), &expected, &["a.b"]);
    }
}

#[test]
fn like_and_ilike_take_stars_and_percent_signs_and_escapes() {
    assert_filter(
        "name=like.*shirt*",
        "name like ($1 -> 'v' ->> 0)::text",
        &["%shirt%"],
    );
    assert_filter(
        "name=ilike.a%25_b",
        "name ilike ($1 -> 'v' ->> 0)::text",
        &["a%_b"],
    );
    assert_filter(
        r"name=like.\*\_\\",
        "name like ($1 -> 'v' ->> 0)::text",
        &[r"*\_\\"],
    );
    assert_refused(r"name=like.a\", "name", "ends with");
}

#[test]
fn in_binds_its_list_as_one_array_and_reads_quotes_as_postgrest_does() {
    let sql = "name = any (($1 -> 'v' ->> 0)::text[])";
    assert_filter("name=in.(a,b)", sql, &[r#"{"a","b"}"#]);
    assert_filter(
        r#"name=in.("a,b","c\"d","e\\f",null)"#,
        sql,
        &[r#"{"a,b","c\"d","e\\f","null"}"#],
    );
    assert_filter(r#"name=in.(a"b,"c)"#, sql, &[r#"{"a\"b","\"c"}"#]);
    assert_filter("name=in.(,)", sql, &[r#"{"",""}"#]);
    assert_filter("name=in.()", sql, &["{}"]);
    assert_filter(
        "size=in.(1,02)",
        "size = any (($1 -> 'v' ->> 0)::bigint[])",
        &[r#"{"1","2"}"#],
    );
    assert_refused("name=in.a", "name", "a list of values");
    assert_refused("name=in.(a", "name", "closing )");
    assert_refused("name=in.(a)b", "name", "closing bracket");
    assert_refused("size=in.(1,x)", "size", "a whole number");
}

#[test]
fn is_takes_constants_only() {
    assert_filter("name=is.null", "name is null", &[]);
    assert_filter("price=is.not_null", "price is not null", &[]);
    assert_filter("config=is.null", "config is null", &[]);
    assert_filter("open=is.false", "open is false", &[]);
    assert_filter("open=is.unknown", "open is unknown", &[]);
    assert_refused("name=is.true", "name", "null, not_null");
    assert_refused(
        "open=is.maybe",
        "open",
        "null, not_null, true, false, unknown",
    );
}

#[test]
fn not_negates_any_operator_and_any_group() {
    assert_filter(
        "name=not.ilike.*x*",
        "not (name ilike ($1 -> 'v' ->> 0)::text)",
        &["%x%"],
    );
    assert_filter("name=not.is.null", "not (name is null)", &[]);
    assert_filter(
        "not.or=(open.is.true,size.lt.3)",
        "not ((open is true or size < ($1 -> 'v' ->> 0)::bigint))",
        &["3"],
    );
    assert_filter(
        "not.and=(open.not.is.true)",
        "not ((not (open is true)))",
        &[],
    );
    assert_filter(
        "or=(not.and(open.is.true),open.is.null)",
        "(not ((open is true)) or open is null)",
        &[],
    );
}

#[test]
fn groups_nest_and_repeated_parameters_must_all_hold() {
    assert_filter(
        "size=gte.1&size=lt.9&or=(name.eq.a,and(size.gt.2,name.is.null))&or=(open.is.true,open.is.null)",
        "size >= ($1 -> 'v' ->> 0)::bigint and size < ($1 -> 'v' ->> 1)::bigint and \
         (name = ($1 -> 'v' ->> 2)::text or (size > ($1 -> 'v' ->> 3)::bigint and name is null)) and \
         (open is true or open is null)",
        &["1", "9", "a", "2"],
    );
}

#[test]
fn a_column_whose_name_begins_like_a_group_is_a_column() {
    assert_filter(
        "or=(orbit.eq.1,orbit.eq.2)",
        "(orbit = ($1 -> 'v' ->> 0)::bigint or orbit = ($1 -> 'v' ->> 1)::bigint)",
        &["1", "2"],
    );
}

#[test]
fn malformed_groups_are_refused() {
    for query in [
        "or=",
        "or=()",
        "or=(",
        "or=(name.eq.a",
        "or=(name.eq.a))",
        "or=(name.eq.a)x",
        "or=name.eq.a",
        "or=(name)",
        "or=(and())",
        "and=(,)",
        "or=(name.in.(a)b)",
    ] {
        refused(query);
    }
    assert_refused("or=(colour.eq.red)", "colour", "is no column here");
    assert_refused("or=(name.near.a)", "name", "near");
    assert_refused("or=(name)", "and, or", "in brackets");
}

#[test]
fn arrays_are_compared_with_cs_cd_and_ov() {
    for (operator, sql) in [("cs", "@>"), ("cd", "<@"), ("ov", "&&")] {
        let expected = format!("tags {sql} ($1 -> 'v' ->> 0)::text[]");
        assert_filter(
            &format!("tags={operator}.{{a,\"b c\"}}"),
            &expected,
            &[r#"{"a","b c"}"#],
        );
    }
    assert_refused("tags=eq.a", "tags", "cs, cd, ov, is");
    assert_refused("tags=cs.a", "tags", "{a,");
}
