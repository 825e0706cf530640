//! What a query string becomes.

use super::*;
use uuid::Uuid;

mod operators;
mod properties;
mod values;

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
fn rows_are_counted_without_the_joins_unless_a_filter_needs_one() {
    const JOINED: Resource = Resource {
        view: "api.notes",
        columns: &[
            Column::new("id", Kind::Uuid),
            Column::joined("author", Kind::Text),
        ],
        default_order: "id",
    };
    let counted = |query: &str| {
        let (statement, _) = Query::parse(&JOINED, query).unwrap().list_statement();
        let (_, rest) = statement.split_once("(select count(*) from ").unwrap();
        assert!(
            rest.contains(" from (select id, author from api.notes "),
            "{statement}"
        );
        rest.split([' ', ')']).next().unwrap().to_owned()
    };
    assert_eq!(counted("order=author"), "api.notes_rows");
    assert_eq!(counted("id=not.is.null"), "api.notes_rows");
    assert_eq!(counted("author=eq.a"), "api.notes");
    assert_eq!(counted("or=(id.is.null,and(author.eq.a))"), "api.notes");
}
