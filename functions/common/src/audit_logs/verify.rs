//! `GET /audit-logs/verify`: is the record what it was when it was sealed?

use super::parameters::{Parameters, number};
use crate::error::{Error, Result};
use crate::limits::Class;
use crate::ports::Host;
use crate::reply::Reply;
use crate::request::Request;
use crate::session::{Need, Session};
use http::StatusCode;
use serde_json::{Value, json};

/// The most entries that one call compares; about a second's work.
const MOST: i64 = 20_000;

/// Compares the chain from `from_seq` on with the entries and says whether all is `intact`, else what the `first_bad` is:
/// an entry that was `altered`, one that is `missing`, one that was `inserted`. A long chain takes several calls, each from
/// the `next_from` of the one before. A head that the caller noted earlier (`seq` and `hash`) must still be in the chain:
/// that shows a chain that was cut or written anew.
///
/// # Errors
/// 400 naming the parameter; 401, 403.
pub async fn verify(request: &Request, host: &impl Host) -> Result<Reply> {
    let session = Session::open(request, host).await?.counted_as(Class::Bulk);
    let args = arguments(&request.query)?;
    let statement = include_str!("verify.sql");
    let report = session.read(host, Need::Audit, statement, &args).await?;
    Ok(Reply::json(StatusCode::OK, report))
}

fn arguments(query: &str) -> Result<Value> {
    let given = Parameters::of(query, &["from_seq", "limit", "seq", "hash"])?;
    let hash = given.text("hash");
    if hash.is_some() != given.text("seq").is_some() {
        return Err(Error::field(
            "seq",
            "goes with hash: both of a head or none",
        ));
    }
    if hash.is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Err(Error::field("hash", "takes 64 hexadecimal digits"));
    }
    Ok(json!({
        "from_seq": number(&given, "from_seq", 1, i64::MAX)?,
        "limit": number(&given, "limit", 1, MOST)?.unwrap_or(MOST),
        "seq": number(&given, "seq", 0, i64::MAX)?,
        "hash": hash,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noted_head_is_seq_and_hash() {
        let hash = "ab".repeat(32);
        let args = arguments(&format!("seq=7&hash={hash}&from_seq=3")).unwrap();
        assert_eq!(
            args,
            json!({"from_seq": 3, "limit": MOST, "seq": 7, "hash": hash})
        );
        for (query, field) in [
            ("seq=7", "seq"),
            ("hash=00", "seq"),
            ("seq=7&hash=xyz", "hash"),
            ("limit=0", "limit"),
            ("limit=20001", "limit"),
            ("from_seq=0", "from_seq"),
            ("from_seq=one", "from_seq"),
            ("limit=1&limit=2", "limit"),
            ("workspace_id=eq.1", "workspace_id"),
        ] {
            let error = arguments(query).unwrap_err();
            assert_eq!(error.details["field"], field, "{query}");
        }
    }
}
