//! What went wrong with a statement, from what Spin tells of it. The synchronous calls often give only
//! a text, in which the driver's error was printed for people.

use common::ports::DbError;

/// The error of a statement that failed with `text`.
pub fn from_text(text: String) -> DbError {
    if is_broken(&text) {
        return DbError::Unavailable(text);
    }
    DbError::Refused {
        sqlstate: sqlstate(&text).unwrap_or_default().to_owned(),
        constraint: between(&text, "constraint: Some(\"", "\"").map(str::to_owned),
        message: between(&text, "message: \"", "\", ").map_or_else(|| text.clone(), str::to_owned),
    }
}

/// Whether the connection, not the statement, is at fault: closed, cut, or ended by the server (class 57P,
/// 08).
pub fn is_broken(text: &str) -> bool {
    const SIGNS: [&str; 9] = [
        "kind: Closed",
        "kind: Io",
        "connection closed",
        "communicating with the server",
        "terminating connection",
        "SqlState(E57P",
        "SqlState(E08",
        "Broken pipe",
        "Connection reset",
    ];
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// `SqlState(E23505)` or `SqlState(Other("HB403"))`.
fn sqlstate(text: &str) -> Option<&str> {
    between(text, "SqlState(Other(\"", "\"").or_else(|| between(text, "SqlState(E", ")"))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_violation_gives_its_code_message_and_constraint() {
        let text = "Error { kind: Db, cause: Some(DbError { severity: \"ERROR\", parsed_severity: Some(Error), \
            code: SqlState(E23505), message: \"duplicate key\", detail: None, constraint: Some(\"stores_name_key\"), \
            line: Some(1) }) }";
        let expected = DbError::Refused {
            sqlstate: "23505".to_owned(),
            message: "duplicate key".to_owned(),
            constraint: Some("stores_name_key".to_owned()),
        };
        assert_eq!(from_text(text.to_owned()), expected);
    }

    #[test]
    fn a_code_of_our_own_is_found() {
        assert_eq!(
            sqlstate("code: SqlState(Other(\"HB403\")), message: \"no\", "),
            Some("HB403")
        );
    }

    #[test]
    fn a_closed_connection_is_told_from_a_refused_statement() {
        assert!(is_broken("Error { kind: Closed, cause: None }"));
        assert!(is_broken(
            "db error: FATAL: terminating connection due to administrator command"
        ));
        assert!(!is_broken(
            "db error: ERROR: duplicate key value violates unique constraint"
        ));
    }
}
