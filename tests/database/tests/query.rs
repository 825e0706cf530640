//! The query language on the API's views: what `common::query` composes, run through `hub.run`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use common::query::{Column, Kind, Query, Resource};
use common::{
    approvals, audit_logs, invitations, jobs::http as jobs, listings, members, products, stores,
    workspaces,
};
use database::{Member, Stage};
use serde_json::{Value, json};

static RESOURCES: [&Resource; 10] = [
    &approvals::RESOURCE,
    &audit_logs::RESOURCE,
    &invitations::RESOURCE,
    &jobs::RESOURCE,
    &listings::RESOURCE,
    &members::RESOURCE,
    &products::RESOURCE,
    &stores::RESOURCE,
    &stores::requests::RESOURCE,
    &workspaces::RESOURCE,
];

/// The page that the owner gets.
async fn page(stage: &Stage, resource: &'static Resource, query: &str) -> Value {
    let parsed = Query::parse(resource, query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let (statement, args) = parsed.list_statement();
    let answer = stage.request(Member::Owner, "one", "audit", &statement, &args);
    let page = answer.await.unwrap_or_else(|error| {
        panic!("{} {query}: {error:?}\n{statement}", resource.view);
    });
    assert!(
        page["data"].is_array() && page["count"].is_u64(),
        "{query}: {page}"
    );
    page
}

/// The values of `column` in the rows that `query` finds.
async fn found(
    stage: &Stage,
    resource: &'static Resource,
    column: &str,
    query: &str,
) -> Vec<Value> {
    let page = page(stage, resource, query).await;
    let rows = page["data"].as_array().unwrap();
    rows.iter().map(|row| row[column].clone()).collect()
}

/// One query for each operator that a column of the kind takes.
fn filters(column: &Column) -> Vec<String> {
    let (operators, value): (&[&str], &str) = match column.kind {
        Kind::Text => (
            &["eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike"],
            "x",
        ),
        Kind::Uuid => (
            &["eq", "neq", "gt", "gte", "lt", "lte"],
            "0190a0b0-0000-7000-8000-000000000001",
        ),
        Kind::Int => (
            &["eq", "neq", "gt", "gte", "lt", "lte"],
            "-9223372036854775808",
        ),
        Kind::Bool => (&["eq", "neq"], "true"),
        Kind::Time => (
            &["eq", "neq", "gt", "gte", "lt", "lte"],
            "9999-12-31T23:59:59.999999999-01:30",
        ),
        Kind::Money => (&["eq", "neq", "gt", "gte", "lt", "lte"], "-12.345"),
        Kind::Json => (&[], ""),
        Kind::TextArray => (&["cs", "cd", "ov"], "{x,\"y z\"}"),
    };
    let name = column.name;
    let mut all: Vec<String> = operators
        .iter()
        .map(|operator| format!("{name}=not.{operator}.{value}"))
        .collect();
    if !matches!(column.kind, Kind::Json | Kind::TextArray) {
        all.push(format!("{name}=in.({value},\"{value}\")"));
        all.push(format!("order={name}.desc.nullslast"));
    }
    all.push(format!("{name}=is.null"));
    all.push(format!("select={name}"));
    all
}

#[tokio::test]
async fn every_column_takes_the_operators_of_its_kind() {
    let stage = Stage::new().await.unwrap();
    for resource in RESOURCES {
        page(&stage, resource, "").await;
        for column in resource.columns {
            for query in filters(column) {
                page(&stage, resource, &query).await;
            }
        }
    }
}

#[tokio::test]
async fn pages_are_disjoint_and_the_count_is_of_all_of_them() {
    let stage = Stage::new().await.unwrap();
    for _ in 0..25 {
        stage.enqueue(json!({})).await.unwrap();
    }
    let mut seen = Vec::new();
    for (offset, number, rows) in [(0, 1, 10), (10, 2, 10), (20, 3, 5), (30, 4, 0)] {
        let query = format!("status=eq.pending&order=type&limit=10&offset={offset}&select=id");
        let page = page(&stage, &jobs::RESOURCE, &query).await;
        assert_eq!(
            (&page["count"], &page["page"], &page["pageSize"]),
            (&json!(25), &json!(number), &json!(10))
        );
        assert_eq!(page["data"].as_array().unwrap().len(), rows, "{query}");
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string),
        );
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
}

#[tokio::test]
async fn amounts_are_compared_as_numbers_of_their_currency() {
    let stage = Stage::new().await.unwrap();
    let listing = json!(stage.listing); // 12.50 USD
    for (query, holds) in [
        ("price=eq.12.5", true),
        ("price=gt.12.499", true),
        ("price=gte.12.501", false),
        ("price=lt.9", false),
        ("price=in.(1,12.500)", true),
    ] {
        let found = found(&stage, &listings::RESOURCE, "id", query).await;
        assert_eq!(found.contains(&listing), holds, "{query}: {found:?}");
    }
}

#[tokio::test]
async fn text_is_found_whatever_it_consists_of() {
    let stage = Stage::new().await.unwrap();
    for (sku, encoded, quoted) in [
        ("a,b", "a%2Cb", "%22a%2Cb%22"),
        ("c\"d\\e", "c%22d%5Ce", "%22c%5C%22d%5C%5Ce%22"),
        ("null", "null", "null"),
        ("(x)", "%28x%29", "%22%28x%29%22"),
        ("50% ä", "50%25+%C3%A4", "50%25+%C3%A4"),
        ("$1", "$1", "$1"),
    ] {
        stage.product_of(&stage.workspace, sku).await.unwrap();
        for query in [
            format!("sku=eq.{encoded}"),
            format!("sku=in.({quoted})"),
            format!("or=(sku.eq.{quoted},sku.is.null)"),
        ] {
            let found = found(&stage, &products::RESOURCE, "sku", &query).await;
            assert_eq!(found, [json!(sku)], "{query}");
        }
    }
    let found = found(
        &stage,
        &products::RESOURCE,
        "sku",
        "sku=like.50\\%25*&select=sku",
    )
    .await;
    assert_eq!(found, [json!("50% ä")]);
}

#[tokio::test]
async fn one_row_is_answered_only_if_the_filter_holds_for_it() {
    let stage = Stage::new().await.unwrap();
    let id = stage.listing.parse().unwrap();
    for (query, expected) in [
        (
            "select=id,price",
            json!({"id": stage.listing, "price": "12.50"}),
        ),
        ("select=id&price=gt.100", Value::Null),
    ] {
        let (statement, args) = Query::parse(&listings::RESOURCE, query)
            .unwrap()
            .one_statement(id);
        let answer = stage
            .request(Member::Owner, "one", "read", &statement, &args)
            .await;
        assert_eq!(answer.unwrap(), expected, "{query}");
    }
}
