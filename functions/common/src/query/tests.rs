use super::*;
use uuid::Uuid;

mod properties;

const RESOURCE: Resource = Resource {
    view: "api.things",
    columns: &[
        Column::new("id", Kind::Uuid),
        Column::new("name", Kind::Text),
        Column::new("size", Kind::Int),
        Column::new("open", Kind::Bool),
        Column::new("price", Kind::Money),
        Column::new("config", Kind::Json),
        Column::new("tags", Kind::TextArray),
        Column::new("made_at", Kind::Time),
        Column::new("orbit", Kind::Int),
    ],
    default_order: "made_at.desc",
};

fn parse(query: &str) -> Query {
    Query::parse(&RESOURCE, query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// What stands after `where` in the counting half of the statement, and the values.
fn filter(query: &str) -> (String, Vec<String>) {
    let query = parse(query);
    let (statement, _) = query.list_statement();
    let (counting, _) = statement.split_once(") || ',\"page\":'").unwrap();
    let (_, tests) = counting.split_once(" where ").unwrap_or_default();
    (tests.to_owned(), query.values)
}

fn assert_filter(query: &str, sql: &str, values: &[&str]) {
    let (found, bound) = filter(query);
    assert_eq!(found, sql, "{query}");
    assert_eq!(bound, values, "{query}");
}

/// The field and the issue of the 400 that `query` gets.
fn refused(query: &str) -> (String, String) {
    let error = Query::parse(&RESOURCE, query).expect_err(query);
    assert_eq!(error.kind, crate::error::Kind::Validation, "{query}");
    let text = |name: &str| error.details[name].as_str().unwrap().to_owned();
    (text("field"), text("issue"))
}

fn assert_refused(query: &str, field: &str, issue: &str) {
    let (found, text) = refused(query);
    assert_eq!(found, field, "{query}: {text}");
    assert!(text.contains(issue), "{query}: {text}");
}

#[test]
fn a_list_is_one_statement_with_bound_page_and_exact_count() {
    let (statement, args) =
        parse("select=id,name&open=is.true&limit=10&offset=30").list_statement();
    assert_eq!(
        statement,
        "select '{\"data\":' || coalesce(json_agg(r)::text, '[]') || ',\"count\":' || \
         (select count(*) from api.things where open is true) || ',\"page\":' || ($1 ->> 'page') || \
         ',\"pageSize\":' || ($1 ->> 'limit') || '}' from (select id, name from api.things where open is true \
         order by made_at desc, id desc limit ($1 ->> 'limit')::int offset ($1 ->> 'offset')::int) r"
    );
    assert_eq!(
        args,
        serde_json::json!({"v": [], "limit": 10, "offset": 30, "page": 4})
    );
}

#[test]
fn one_row_is_found_by_its_id_among_those_that_the_filter_lets_through() {
    let (statement, args) = parse("select=name&size=gt.1").one_statement(Uuid::nil());
    assert_eq!(
        statement,
        "select row_to_json(r)::text from (select name from api.things where id = ($1 ->> 'id')::uuid \
         and size > ($1 -> 'v' ->> 0)::bigint) r"
    );
    assert_eq!(args, serde_json::json!({"v": ["1"], "id": Uuid::nil()}));
}

#[test]
fn without_parameters_a_page_of_twenty_has_all_columns_in_their_order() {
    let query = parse("");
    let names: Vec<&str> = query.select.iter().map(|column| column.name).collect();
    assert_eq!(
        names,
        RESOURCE
            .columns
            .iter()
            .map(|column| column.name)
            .collect::<Vec<_>>()
    );
    assert_eq!((query.limit, query.offset), (20, 0));
    assert_eq!(filter("").0, "");
}

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
        ("made_at=gt.yesterday", "made_at", "a time such as"),
        ("made_at=gt.2026-02-30", "made_at", "a time such as"),
        (
            "made_at=gt.-000001-01-01T00:00:00Z",
            "made_at",
            "a time such as",
        ),
        ("name=eq.%00", "name", "NUL"),
    ] {
        assert_refused(query, field, issue);
    }
}

#[test]
fn times_are_rfc_3339_or_dates_and_bound_in_utc() {
    let sql = "made_at < ($1 -> 'v' ->> 0)::timestamptz";
    assert_filter("made_at=lt.2026-01-31", sql, &["2026-01-31T00:00:00Z"]);
    assert_filter(
        "made_at=lt.2026-01-31T12:00:00.5-01:00",
        sql,
        &["2026-01-31T13:00:00.5Z"],
    );
    // An offset whose plus sign was not percent-encoded.
    assert_filter(
        "made_at=lt.2026-01-31T12:00:00+02:00",
        sql,
        &["2026-01-31T10:00:00Z"],
    );
    assert_filter(
        "made_at=lt.2026-01-31T12:00:00%2B02:00",
        sql,
        &["2026-01-31T10:00:00Z"],
    );
    assert_filter(
        "made_at=lt.2026-01-31%2012:00:00Z",
        sql,
        &["2026-01-31T12:00:00Z"],
    );
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
fn an_order_has_directions_and_places_for_null_and_ends_with_the_id() {
    for (order, sql) in [
        ("name", "name, id"),
        ("name.asc", "name, id"),
        ("name.desc.nullslast", "name desc nulls last, id desc"),
        (
            "name.nullsfirst,size.desc",
            "name nulls first, size desc, id desc",
        ),
        ("size, id.desc", "size, id desc"),
    ] {
        let (statement, _) = parse(&format!("order={order}")).list_statement();
        assert!(
            statement.contains(&format!(" order by {sql} limit ")),
            "{statement}"
        );
    }
    assert_refused("order=", "", "is no column here");
    assert_refused("order=colour", "colour", "is no column here");
    assert_refused("order=name.up", "order", "not \"name.up\"");
    assert_refused("order=name.nullslast.desc", "order", "[.asc|.desc]");
    assert_refused("order=config", "config", "has no order");
}

#[test]
fn select_keeps_the_order_asked_for() {
    let (statement, _) = parse("select=size, id").list_statement();
    assert!(statement.contains("(select size, id from"), "{statement}");
    assert_eq!(parse("select=*").select.len(), RESOURCE.columns.len());
    assert_refused("select=", "select", "column names");
    assert_refused("select=id,id", "select", "names id twice");
    assert_refused("select=id,password", "password", "there are: id, name");
}

#[test]
fn pages_are_bounded() {
    assert_eq!(parse("limit=200&offset=1000000").limit, 200);
    for limit in ["0", "201", "-1", "x", "", "1.0", "99999999999"] {
        assert_refused(&format!("limit={limit}"), "limit", "from 1 to 200");
    }
    assert_refused("offset=1000001", "offset", "from 0 to 1000000");
    assert_refused("limit=1&limit=2", "limit", "twice");
    assert_refused("order=id&order=name", "order", "twice");
}

#[test]
fn an_unknown_column_or_operator_is_named_with_what_there_is() {
    assert_refused("colour=eq.red", "colour", "there are: id, name, size, open");
    assert_refused("name=near.x", "name", "\"near\"; there are: eq, neq, gt");
    assert_refused("name=x", "name", "operator.value");
    assert_refused(
        "size=like.1",
        "size",
        "there are: eq, neq, gt, gte, lt, lte, in, is",
    );
    assert_refused("config=eq.1", "config", "there are: is,");
    assert_refused("name;drop=eq.1", "name;drop", "is no column here");
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
