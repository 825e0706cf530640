//! From filter to SQL, whatever is asked: the statement is made of our own pieces, the caller's values are bound, the same
//! shape gives the same statement, and Postgres can prepare it.
//!
//! How many queries are tried is the variable PROPTEST_CASES (256 if it is not set).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use cluster::TestDatabase;
use common::query::{Column, Kind, Query, Resource};
use common::{
    approvals, audit_logs, jobs::http as jobs, listings, orders, products, stores, webhook_events,
    webhook_keys,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

static RESOURCES: [&Resource; 10] = [
    &approvals::RESOURCE,
    &audit_logs::RESOURCE,
    &jobs::RESOURCE,
    &listings::RESOURCE,
    &orders::RESOURCE,
    &products::RESOURCE,
    &stores::RESOURCE,
    &stores::requests::RESOURCE,
    &webhook_events::RESOURCE,
    &webhook_keys::RESOURCE,
];

/// A filter without its values. Columns and operators are chosen by number, modulo how many there are.
#[derive(Clone, Debug)]
enum Part {
    Test(usize, usize, bool),
    Group(&'static str, Vec<Part>),
}

/// A query without its values.
#[derive(Clone, Debug)]
struct Shape {
    resource: &'static Resource,
    parts: Vec<Part>,
    order: Vec<(usize, &'static str)>,
    select: BTreeSet<usize>,
}

fn part() -> impl Strategy<Value = Part> {
    let test = (any::<usize>(), any::<usize>(), any::<bool>())
        .prop_map(|(column, operator, negated)| Part::Test(column, operator, negated));
    test.prop_recursive(3, 12, 4, |inner| {
        let joint = prop::sample::select(vec!["and", "or", "not.and", "not.or"]);
        (joint, prop::collection::vec(inner, 1..4))
            .prop_map(|(joint, members)| Part::Group(joint, members))
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let suffix = prop::sample::select(vec!["", ".asc", ".desc", ".desc.nullslast", ".nullsfirst"]);
    (
        prop::sample::select(RESOURCES.to_vec()),
        prop::collection::vec(part(), 0..6),
        prop::collection::vec((any::<usize>(), suffix), 0..4),
        prop::collection::btree_set(0..40usize, 0..6),
    )
        .prop_map(|(resource, parts, order, select)| Shape {
            resource,
            parts,
            order,
            select,
        })
}

/// Values that can be told from everything else: every one has the mark of its source and a number.
struct Source {
    mark: u32,
    drawn: u32,
    values: Vec<String>,
}

impl Source {
    const fn new(mark: u32) -> Self {
        Self {
            mark,
            drawn: 0,
            values: Vec::new(),
        }
    }

    fn draw(&mut self, kind: Kind) -> String {
        self.drawn += 1;
        let (mark, n) = (self.mark, self.drawn);
        let value = match kind {
            Kind::Text | Kind::TextArray => {
                let tail = [
                    "'; drop table hub.jobs; --",
                    "$1 ->> 'limit'",
                    "\") or true --",
                    "*%_\\\\",
                    "null",
                    "(,).",
                ];
                format!("q{mark}z{n}{}", tail[n as usize % tail.len()])
            }
            Kind::Uuid => format!("{mark:08x}-0000-7000-8000-{n:012x}"),
            Kind::Int => format!("{mark}{n:03}"),
            Kind::Bool => return if n % 2 == 0 { "true" } else { "false" }.to_owned(),
            Kind::Time => format!(
                "20{:02}-01-02T03:04:05.{:06}7Z",
                mark % 100,
                mark / 10 % 900_000 + n
            ),
            Kind::Money => format!("{mark}.{:02}", n % 100),
            Kind::Json => String::new(),
        };
        // What is bound of a text is escaped, as a pattern or in an array: the mark at its beginning stays.
        let recognised = value
            .split(['\'', '$', '"', '*', '(', 'n', 'Z'])
            .next()
            .unwrap_or_default();
        self.values.push(recognised.to_owned());
        value
    }

    /// Several, in double quotes.
    fn list(&mut self, kind: Kind) -> String {
        // How many there are is no part of the shape.
        let many = 1 + (self.mark + self.drawn) % 3;
        let quoted: Vec<String> = (0..many).map(|_| quoted(&self.draw(kind))).collect();
        quoted.join(",")
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The operators of a column's kind, as the documentation of the query language lists them.
const fn operators(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Text => &[
            "eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "in", "is",
        ],
        Kind::Uuid | Kind::Int | Kind::Time | Kind::Money => {
            &["eq", "neq", "gt", "gte", "lt", "lte", "in", "is"]
        }
        Kind::Bool => &["eq", "neq", "in", "is"],
        Kind::TextArray => &["cs", "cd", "ov", "is"],
        Kind::Json => &["is"],
    }
}

impl Shape {
    fn column(&self, number: usize) -> &'static Column {
        &self.resource.columns[number % self.resource.columns.len()]
    }

    /// `[not.]operator.value`; a value in a group is quoted.
    fn test(
        &self,
        column: usize,
        operator: usize,
        negated: bool,
        source: &mut Source,
        inside: bool,
    ) -> String {
        let kind = self.column(column).kind;
        let known = operators(kind);
        let operator = known[operator % known.len()];
        let value = match operator {
            "is" => "null".to_owned(),
            "in" => format!("({})", source.list(kind)),
            "cs" | "cd" | "ov" => format!("{{{}}}", source.list(kind)),
            _ if inside => quoted(&source.draw(kind)),
            _ => source.draw(kind),
        };
        let not = if negated { "not." } else { "" };
        format!("{not}{operator}.{value}")
    }

    fn member(&self, part: &Part, source: &mut Source) -> String {
        match part {
            Part::Test(column, operator, negated) => {
                let name = self.column(*column).name;
                format!(
                    "{name}.{}",
                    self.test(*column, *operator, *negated, source, true)
                )
            }
            Part::Group(joint, members) => format!("{joint}({})", self.members(members, source)),
        }
    }

    fn members(&self, members: &[Part], source: &mut Source) -> String {
        let members: Vec<String> = members
            .iter()
            .map(|part| self.member(part, source))
            .collect();
        members.join(",")
    }

    /// The query string with values of `source`.
    fn with(&self, source: &mut Source) -> String {
        let mut parameters = Vec::new();
        for part in &self.parts {
            parameters.push(match part {
                Part::Test(column, operator, negated) => {
                    let text = self.test(*column, *operator, *negated, source, false);
                    format!("{}={}", self.column(*column).name, encoded(&text))
                }
                Part::Group(joint, members) => {
                    format!(
                        "{joint}={}",
                        encoded(&format!("({})", self.members(members, source)))
                    )
                }
            });
        }
        let sortable = |column: &Column| !matches!(column.kind, Kind::Json | Kind::TextArray);
        let order: Vec<String> = self
            .order
            .iter()
            .filter(|(column, _)| sortable(self.column(*column)))
            .map(|(column, suffix)| format!("{}{suffix}", self.column(*column).name))
            .collect();
        if !order.is_empty() {
            parameters.push(format!("order={}", order.join(",")));
        }
        let select: BTreeSet<&str> = self
            .select
            .iter()
            .map(|column| self.column(*column).name)
            .collect();
        if !select.is_empty() {
            let select: Vec<&str> = select.into_iter().collect();
            parameters.push(format!("select={}", select.join(",")));
        }
        parameters.push(format!(
            "limit={}&offset={}",
            1 + source.mark % 200,
            source.mark % 999
        ));
        parameters.join("&")
    }

    fn parsed(&self, source: &mut Source) -> Query {
        let query = self.with(source);
        Query::parse(self.resource, &query)
            .unwrap_or_else(|error| panic!("{query}: {error} {}", error.details))
    }
}

/// The words of SQL that a statement may have besides the view and its columns.
const WORDS: &str = "select data coalesce json_agg row_to_json r text count from where page pageSize limit offset order by asc \
    desc nulls first last and or not is null true false unknown any like ilike v id int uuid bigint numeric boolean timestamptz";

/// The words of `statement` that are neither ours nor the resource's; numbers are positions of values.
fn foreign_words(resource: &Resource, statement: &str) -> Vec<String> {
    let mut known: BTreeSet<&str> = WORDS.split_whitespace().collect();
    known.extend(resource.columns.iter().map(|column| column.name));
    known.extend(resource.view.split('.'));
    let rows = format!("{}_rows", resource.view.split('.').next_back().unwrap());
    known.insert(&rows);
    statement
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty() && !known.contains(word))
        .filter(|word| {
            word.parse::<usize>().is_ok_and(|n| n >= 50) || word.parse::<usize>().is_err()
        })
        .map(str::to_owned)
        .collect()
}

proptest! {
    #[test]
    fn the_same_shape_is_the_same_statement_with_its_values_bound(shape in shape(), marks in (1_000_000u32..4_000_000, 4_000_000u32..8_000_000)) {
        let (mut one, mut other) = (Source::new(marks.0), Source::new(marks.1));
        let (statement, args) = shape.parsed(&mut one).list_statement();
        let (again, others) = shape.parsed(&mut other).list_statement();
        prop_assert_eq!(&statement, &again);
        let count = |args: &serde_json::Value| args["v"].as_array().unwrap().len();
        prop_assert_eq!(count(&args), count(&others));
        let bound = args["v"].to_string();
        for value in &one.values {
            prop_assert!(bound.contains(value.as_str()), "{} is not in {}", value, bound);
            prop_assert!(!statement.contains(value.as_str()), "{} is in {}", value, statement);
        }
        prop_assert!(!statement.contains(&one.mark.to_string()), "{}", statement);
        prop_assert!(!statement.contains(&format!("{:08x}", one.mark)), "{}", statement);
        prop_assert_eq!(foreign_words(shape.resource, &statement), Vec::<String>::new(), "{}", statement);
        let (one_row, _) = shape.parsed(&mut one).one_statement(uuid_of(marks.0));
        prop_assert_eq!(foreign_words(shape.resource, &one_row), Vec::<String>::new(), "{}", one_row);
    }

    /// What is no query of the language's own, too: whatever is understood is made of our pieces.
    #[test]
    fn whatever_is_understood_is_made_of_our_own_pieces(resource in prop::sample::select(RESOURCES.to_vec()), query in noise()) {
        if let Ok(query) = Query::parse(resource, &query) {
            let (statement, _) = query.list_statement();
            prop_assert_eq!(foreign_words(resource, &statement), Vec::<String>::new(), "{}", statement);
        }
    }
}

fn uuid_of(mark: u32) -> uuid::Uuid {
    uuid::Uuid::from_u128(u128::from(mark) << 96)
}

/// Pieces of queries in any order, with text that is none between them.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "id=", "status=", "created_at=", "name=", "order=", "select=", "limit=", "or=(", "and=(", "not.or=(", "&", ".", ",", "(", ")",
            "eq.", "in.(", "is.null", "not.", "like.", "desc", "asc", "nullsfirst", "1", "%20", "%27", "%00", "%c3%a4", "*", "id", "status",
        ]).prop_map(str::to_owned),
        1 => "[ -~]{0,12}",
        1 => "\\PC{0,6}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

#[tokio::test]
async fn postgres_prepares_what_is_composed() {
    let database = TestDatabase::new().await.unwrap();
    let admin = database.admin().await.unwrap();
    let arguments = [tokio_postgres::types::Type::JSONB];
    let mut runner = TestRunner::deterministic();
    for mark in 0..200 {
        let shape = shape().new_tree(&mut runner).unwrap().current();
        let (statement, _) = shape
            .parsed(&mut Source::new(1_000_000 + mark))
            .list_statement();
        let prepared = admin.prepare_typed(&statement, &arguments).await;
        let prepared = prepared.unwrap_or_else(|error| panic!("{error:?}\n{statement}"));
        assert_eq!(
            (prepared.params().len(), prepared.columns().len()),
            (1, 1),
            "{statement}"
        );
    }
}
