//! Whether an instance runs, and whether it can serve.

use crate::error::{Error, Kind, Result};
use crate::ports::{Db, Repeat};
use crate::reply::Reply;
use http::StatusCode;

const READY: &str = include_str!("health/ready.sql");

/// The instance runs; nothing else is looked at.
pub fn live() -> Reply {
    Reply::json(StatusCode::OK, r#"{"status":"ok"}"#)
}

/// The database answers and has the schema that this build needs.
///
/// # Errors
/// 503 when it does not; why is in the log.
pub async fn ready(db: &impl Db) -> Result<Reply> {
    match db.text(READY, Vec::new(), Repeat::Safe).await {
        Ok(answer) if answer == "true" => Ok(Reply::json(StatusCode::OK, r#"{"status":"ready"}"#)),
        Ok(_) => Err(Error::new(
            Kind::Unavailable,
            "The database is not migrated to this version yet; run the migrations.",
        )),
        Err(error) => Err(Error {
            source: Some(format!("{error:?}")),
            ..Error::new(
                Kind::Unavailable,
                "The database can't be reached right now; try again in a moment.",
            )
        }),
    }
}
