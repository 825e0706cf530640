//! From Postgres's refusals to the contract's errors: one table for SQLSTATEs, one for constraint names.

use crate::error::{Error, Kind};
use crate::ports::DbError;

/// Constraint name → the field it guards and what is wrong with its value.
const CONSTRAINTS: [(&str, &str, &str); 14] = [
    (
        "stores_name_key",
        "name",
        "a store of this platform has this name already",
    ),
    ("products_sku_key", "sku", "SKU already exists"),
    ("products_handle_key", "handle", "handle already exists"),
    (
        "product_variants_sku_key",
        "variants.sku",
        "SKU already exists",
    ),
    (
        "product_variants_options_key",
        "variants.option_values",
        "two variants have the same option values",
    ),
    (
        "listings_product_store_key",
        "store_id",
        "the product has a listing in this store already",
    ),
    (
        "listings_external_key",
        "external_id",
        "another listing of the store has this id",
    ),
    ("listings_product", "product_id", "there is no such product"),
    ("listings_store", "store_id", "there is no such store"),
    (
        "approvals_one_pending",
        "resource_id",
        "a request for this action is pending already; decide that one first",
    ),
    (
        "approvals_four_eyes",
        "status",
        "another person than the requester has to decide",
    ),
    ("lanes_store", "store_id", "there is no such store"),
    ("workspaces_slug_key", "slug", "is taken"),
    ("members_owner", "role", "the last owner can't go"),
];

/// The name in `… violates unique constraint "name"`: some worlds report the message only.
fn constraint_in(message: &str) -> Option<&str> {
    message.split_once(" constraint \"")?.1.split('"').next()
}

/// What the caller is told when a statement was refused.
pub fn to_error(error: DbError) -> Error {
    let source = format!("{error:?}");
    let error = match error {
        DbError::Unavailable(_) => Error::new(
            Kind::Unavailable,
            "The database can't be reached right now; try again in a moment.",
        ),
        DbError::Shape(_) => Error::internal(""),
        DbError::Refused {
            sqlstate, message, ..
        } if sqlstate == "HB429" => crate::limits::too_many(&message),
        DbError::Refused {
            sqlstate,
            message,
            constraint,
        } => refused(
            &sqlstate,
            constraint.as_deref().or_else(|| constraint_in(&message)),
        ),
    };
    Error {
        source: Some(source),
        ..error
    }
}

fn refused(sqlstate: &str, constraint: Option<&str>) -> Error {
    if let Some((_, field, issue)) = CONSTRAINTS
        .iter()
        .find(|(name, _, _)| Some(*name) == constraint)
    {
        let kind = match sqlstate {
            "23505" => Kind::Conflict,
            _ => Kind::Validation,
        };
        return Error {
            kind,
            ..Error::field(*field, *issue)
        };
    }
    match sqlstate {
        "HB403" => Error::new(Kind::Forbidden, "You may not do this here."),
        "HB422" => Error {
            kind: Kind::Conflict,
            ..Error::field(
                "Idempotency-Key",
                "was used for another request; take a new key",
            )
        },
        // Class 08 connection, 57P shutdown, 53 resources, 55P03 lock, 40 serialisation and deadlock.
        code if code.starts_with("08")
            || code.starts_with("57P")
            || code.starts_with("53")
            || code.starts_with("40") =>
        {
            Error::new(
                Kind::Unavailable,
                "The database is busy; try again in a moment.",
            )
        }
        // Class 22: a bound value does not fit its type (a date that is none, a number too large).
        code if code.starts_with("22") => Error::new(
            Kind::Validation,
            "A value does not fit the type of its field, or is out of range.",
        ),
        "23514" => Error::new(Kind::Validation, "A value breaks a rule of its field."),
        "23503" => Error::conflict("Something else refers to this; remove that first."),
        "23505" => Error::conflict("There is one like this already."),
        _ => Error::internal(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_sku_is_a_conflict_that_names_the_field() {
        let error = to_error(DbError::Refused {
            sqlstate: "23505".to_owned(),
            message: "duplicate key value violates unique constraint \"products_sku_key\""
                .to_owned(),
            constraint: None,
        });
        assert_eq!(error.kind, Kind::Conflict);
        assert_eq!(error.details["issue"], "SKU already exists");
    }

    #[test]
    fn what_is_not_foreseen_is_our_fault_and_says_nothing() {
        let error = to_error(DbError::Refused {
            sqlstate: "42P01".to_owned(),
            message: "relation \"hub.nothing\" does not exist".to_owned(),
            constraint: None,
        });
        assert_eq!(error.kind, Kind::Internal);
        assert!(!error.body().to_string().contains("hub.nothing"));
    }
}
