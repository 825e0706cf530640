//! From a query to SQL. The text depends on the query's shape only: names are constants of the resource,
//! values are positions in `$1 -> 'v'`.

use super::condition::{Condition, Joint, Test};
use super::order::Order;
use super::{Column, Kind, Query};
use serde_json::{Value, json};
use uuid::Uuid;

impl Query {
    /// The statement and arguments that give one page as text:
    /// `{"data":[…],"count":100,"page":1,"pageSize":20}`. The count is of all pages and exact.
    pub fn list_statement(&self) -> (String, Value) {
        let filter = self.filter();
        let order: Vec<String> = self.order.iter().map(Order::sql).collect();
        let statement = format!(
            "select '{{\"data\":' || coalesce(json_agg(r)::text, '[]') || ',\"count\":' || \
             (select count(*) {counted}) || ',\"page\":' || ($1 ->> 'page') || ',\"pageSize\":' || \
             ($1 ->> 'limit') || '}}' from (select {columns} {rows} order by {order} \
             limit ($1 ->> 'limit')::int offset ($1 ->> 'offset')::int) r",
            counted = rows(&self.counted_view(), &filter),
            columns = self.columns(),
            rows = rows(self.resource.view, &filter),
            order = order.join(", "),
        );
        let args = json!({
            "v": self.values,
            "limit": self.limit,
            "offset": self.offset,
            "page": self.offset / self.limit + 1,
        });
        (statement, args)
    }

    /// The statement and arguments that give the row `id` as a JSON object, or nothing when there is none
    /// or a filter of the query does not hold for it.
    pub fn one_statement(&self, id: Uuid) -> (String, Value) {
        let mut tests = vec!["id = ($1 ->> 'id')::uuid".to_owned()];
        tests.extend(self.filter());
        let statement = format!(
            "select row_to_json(r)::text from (select {} {}) r",
            self.columns(),
            rows(self.resource.view, &tests),
        );
        (statement, json!({"v": self.values, "id": id}))
    }

    fn columns(&self) -> String {
        let names: Vec<&str> = self.select.iter().map(|column| column.name).collect();
        names.join(", ")
    }

    fn filter(&self) -> Vec<String> {
        self.conditions.iter().map(Condition::sql).collect()
    }

    /// Where rows are counted: without the joins, if it has any that no filter needs.
    fn counted_view(&self) -> String {
        let view = self.resource.view;
        let has_joins = self.resource.columns.iter().any(|column| column.joined);
        match has_joins && !self.conditions.iter().any(Condition::needs_join) {
            true => format!("{view}_rows"),
            false => view.to_owned(),
        }
    }
}

/// The rows of `view` for which all of `tests` hold.
fn rows(view: &str, tests: &[String]) -> String {
    match tests.is_empty() {
        true => format!("from {view}"),
        false => format!("from {view} where {}", tests.join(" and ")),
    }
}

impl Condition {
    fn needs_join(&self) -> bool {
        match self {
            Self::Group { members, .. } => members.iter().any(Self::needs_join),
            Self::Test { column, .. } => column.joined,
        }
    }

    fn sql(&self) -> String {
        let (negated, sql) = match self {
            Self::Group {
                negated,
                joint,
                members,
            } => {
                let members: Vec<String> = members.iter().map(Self::sql).collect();
                let joint = match joint {
                    Joint::And => " and ",
                    Joint::Or => " or ",
                };
                (negated, format!("({})", members.join(joint)))
            }
            Self::Test {
                negated,
                column,
                test,
            } => (negated, test.sql(column)),
        };
        match negated {
            true => format!("not ({sql})"),
            false => sql,
        }
    }
}

impl Test {
    fn sql(&self, column: &Column) -> String {
        let compared = column.compared();
        let kind = column.kind.sql_type();
        match self {
            Self::One(operator, position) => {
                format!("{compared} {operator} ($1 -> 'v' ->> {position})::{kind}")
            }
            Self::In(position) => {
                format!("{compared} = any (($1 -> 'v' ->> {position})::{kind}[])")
            }
            Self::Array(operator, position) => {
                format!("{compared} {operator} ($1 -> 'v' ->> {position})::text[]")
            }
            Self::Is(constant) => format!("{} is {constant}", column.name),
        }
    }
}

impl Column {
    /// What stands in comparisons and orders: amounts are text in the view and numbers there.
    fn compared(&self) -> String {
        match self.kind {
            Kind::Money => format!("{}::numeric", self.name),
            _ => self.name.to_owned(),
        }
    }
}

impl Kind {
    const fn sql_type(self) -> &'static str {
        match self {
            Self::Text | Self::TextArray | Self::Json => "text",
            Self::Uuid => "uuid",
            Self::Int => "bigint",
            Self::Bool => "boolean",
            Self::Time => "timestamptz",
            Self::Money => "numeric",
        }
    }
}

impl Order {
    fn sql(&self) -> String {
        let direction = if self.descending { " desc" } else { "" };
        let nulls = match self.nulls_first {
            Some(true) => " nulls first",
            Some(false) => " nulls last",
            None => "",
        };
        format!("{}{direction}{nulls}", self.column.compared())
    }
}
