//! Filters: which operators a kind of column takes, and how they nest.

use super::cursor::Cursor;
use super::{Column, Kind, Resource, array, shortened, value};
use crate::error::{Error, Result};

/// Most comparisons of one query.
const MAX_TESTS: usize = 50;
/// Deepest nesting of `and(…)` and `or(…)`.
const MAX_DEPTH: usize = 5;

/// A filter as the statement has it. Numbers are positions among the bound values.
#[derive(Debug)]
pub(super) enum Condition {
    /// Several, of which all or any must hold.
    Group {
        negated: bool,
        joint: Joint,
        members: Vec<Condition>,
    },
    /// One column's.
    Test {
        negated: bool,
        column: &'static Column,
        test: Test,
    },
}

/// How the members of a group stand together, in SQL.
#[derive(Clone, Copy, Debug)]
pub(super) enum Joint {
    And,
    Or,
}

/// A comparison.
#[derive(Debug)]
pub(super) enum Test {
    /// With one value, by this SQL operator.
    One(&'static str, usize),
    /// With any value of an array.
    In(usize),
    /// With an array, by this SQL operator.
    Array(&'static str, usize),
    /// With a constant of SQL.
    Is(&'static str),
}

/// What every column takes that has an order or at least an equality.
const EQUALITY: &[&str] = &["eq", "neq"];

impl Kind {
    /// The operators that a column of this kind takes.
    fn operators(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            Self::Text => &["gt", "gte", "lt", "lte", "like", "ilike", "in"],
            Self::Uuid | Self::Int | Self::Time | Self::Money => &["gt", "gte", "lt", "lte", "in"],
            Self::Bool => &["in"],
            Self::TextArray => return vec!["cs", "cd", "ov", "is"],
            Self::Json => return vec!["is"],
        };
        [EQUALITY, own, &["is"]].concat()
    }

    /// What `is` takes, and its SQL.
    const fn constants(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Bool => &[
                ("null", "null"),
                ("not_null", "not null"),
                ("true", "true"),
                ("false", "false"),
                ("unknown", "unknown"),
            ],
            _ => &[("null", "null"), ("not_null", "not null")],
        }
    }
}

/// The filters of a query while they are read.
pub(super) struct Filter {
    resource: &'static Resource,
    conditions: Vec<Condition>,
    values: Vec<String>,
    tests: usize,
}

/// Where a value ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// With the parameter.
    Parameter,
    /// With `,` or `)`.
    Group,
}

impl Filter {
    pub(super) const fn new(resource: &'static Resource) -> Self {
        Self {
            resource,
            conditions: Vec::new(),
            values: Vec::new(),
            tests: 0,
        }
    }

    /// The conditions, all of which must hold, and the values to bind.
    pub(super) fn finish(self) -> (Vec<Condition>, Vec<String>) {
        (self.conditions, self.values)
    }

    /// Reads `<name>=<text>`: `[not.]operator.value`.
    pub(super) fn column(&mut self, name: &str, text: &str) -> Result<()> {
        let column = self.resource.known(name)?;
        let mut cursor = Cursor::new(text);
        let condition = self.test(column, &mut cursor, Scope::Parameter)?;
        if !cursor.is_at_end() {
            let issue = "has something after its closing bracket; remove it";
            return Err(Error::field(column.name, issue));
        }
        self.conditions.push(condition);
        Ok(())
    }

    /// Reads `<name>=<text>` where the name is `or`, `and`, `not.or` or `not.and`: `(…)`.
    pub(super) fn group(&mut self, name: &str, text: &str) -> Result<()> {
        let (negated, joint) = match name.strip_prefix("not.") {
            Some(joint) => (true, joint),
            None => (false, name),
        };
        let joint = if joint == "or" { Joint::Or } else { Joint::And };
        let mut cursor = Cursor::new(text);
        let members = self.members(&mut cursor, 1)?;
        if !cursor.is_at_end() {
            return Err(malformed());
        }
        self.conditions.push(Condition::Group {
            negated,
            joint,
            members,
        });
        Ok(())
    }

    fn members(&mut self, cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<Condition>> {
        if depth > MAX_DEPTH {
            let issue = format!("nest {MAX_DEPTH} deep at most");
            return Err(Error::field("and, or", issue));
        }
        if !cursor.eat("(") {
            return Err(malformed());
        }
        let mut members = Vec::new();
        loop {
            members.push(self.member(cursor, depth)?);
            if cursor.eat(")") {
                return Ok(members);
            }
            if !cursor.eat(",") {
                return Err(malformed());
            }
        }
    }

    fn member(&mut self, cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition> {
        for (opening, negated, joint) in [
            ("and", false, Joint::And),
            ("or", false, Joint::Or),
            ("not.and", true, Joint::And),
            ("not.or", true, Joint::Or),
        ] {
            // Only with its bracket: a column's name may begin in the same way.
            if cursor.eat_before(opening, '(') {
                let members = self.members(cursor, depth + 1)?;
                return Ok(Condition::Group {
                    negated,
                    joint,
                    members,
                });
            }
        }
        let name = cursor.word().ok_or_else(malformed)?;
        let column = self.resource.known(name)?;
        self.test(column, cursor, Scope::Group)
    }

    fn test(
        &mut self,
        column: &'static Column,
        cursor: &mut Cursor<'_>,
        scope: Scope,
    ) -> Result<Condition> {
        self.tests += 1;
        if self.tests > MAX_TESTS {
            let issue = format!("takes {MAX_TESTS} conditions at most");
            return Err(Error::field("query", issue));
        }
        let negated = cursor.eat("not.");
        let operators = column.kind.operators();
        let asked = cursor.word();
        let known = operators
            .iter()
            .find(|operator| asked == Some(**operator))
            .ok_or_else(|| unknown_operator(column, &operators, asked))?;
        let test = match *known {
            "in" => Test::In(self.list(column, cursor, ("(", ')'))?),
            "cs" => Test::Array("@>", self.list(column, cursor, ("{", '}'))?),
            "cd" => Test::Array("<@", self.list(column, cursor, ("{", '}'))?),
            "ov" => Test::Array("&&", self.list(column, cursor, ("{", '}'))?),
            operator => self.single(column, operator, &operand(cursor, scope))?,
        };
        Ok(Condition::Test {
            negated,
            column,
            test,
        })
    }

    /// A comparison with one value.
    fn single(
        &mut self,
        column: &'static Column,
        operator: &'static str,
        text: &str,
    ) -> Result<Test> {
        let sql = match operator {
            "is" => return constant(column, text),
            "like" | "ilike" => {
                let pattern = value::pattern(column, text)?;
                return Ok(Test::One(operator, self.bind(pattern)));
            }
            "eq" => "=",
            "neq" => "<>",
            "gt" => ">",
            "gte" => ">=",
            "lt" => "<",
            _ => "<=",
        };
        Ok(Test::One(sql, self.bind(value::read(column, text)?)))
    }

    /// A comparison with several values, bound as one array.
    fn list(
        &mut self,
        column: &'static Column,
        cursor: &mut Cursor<'_>,
        brackets: (&str, char),
    ) -> Result<usize> {
        let values = array::values(cursor, column.name, brackets)?
            .iter()
            .map(|text| value::read(column, text))
            .collect::<Result<Vec<_>>>()?;
        Ok(self.bind(array::literal(&values)))
    }

    fn bind(&mut self, value: String) -> usize {
        self.values.push(value);
        self.values.len() - 1
    }
}

fn operand(cursor: &mut Cursor<'_>, scope: Scope) -> String {
    match scope {
        Scope::Parameter => cursor.all().to_owned(),
        Scope::Group => cursor.element(')'),
    }
}

fn constant(column: &Column, text: &str) -> Result<Test> {
    let constants = column.kind.constants();
    constants
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, sql)| Test::Is(sql))
        .ok_or_else(|| {
            let names: Vec<&str> = constants.iter().map(|(name, _)| *name).collect();
            Error::field(
                column.name,
                format!("`is` takes one of: {}", names.join(", ")),
            )
        })
}

fn unknown_operator(column: &Column, operators: &[&str], asked: Option<&str>) -> Error {
    let problem = match asked {
        Some(asked) => format!("does not know the operator \"{}\"", shortened(asked)),
        None => "takes operator.value, such as is.null".to_owned(),
    };
    let issue = format!(
        "{problem}; there are: {}, each also after `not.`",
        operators.join(", ")
    );
    Error::field(column.name, issue)
}

fn malformed() -> Error {
    Error::field(
        "and, or",
        "take conditions in brackets, such as (status.eq.failed,and(attempts.gt.3,error.not.is.null))",
    )
}
