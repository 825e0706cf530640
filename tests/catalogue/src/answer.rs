//! What a route answered, in a form that tests can look at.

use common::reply::Reply;
use http::{HeaderName, StatusCode};
use serde_json::Value;

/// An answer with its body parsed.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; null where there is none.
    pub body: Value,
    headers: Vec<(HeaderName, String)>,
}

impl Answer {
    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The texts of a header that may come several times.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(known, _)| known == name);
        of_name.map(|(_, value)| value.as_str()).collect()
    }

    /// The body, of an answer with `status`; anything else fails the test and shows the answer.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// The field that an error with `status` names.
    #[track_caller]
    pub fn field(self, status: u16) -> String {
        let body = self.expect(status);
        match body.pointer("/error/details/field") {
            Some(Value::String(field)) => field.clone(),
            _ => panic!("no field is named: {body:#}"),
        }
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            status: reply.status,
            body: serde_json::from_slice(&reply.body).unwrap_or_default(),
            headers: reply
                .headers
                .into_iter()
                .map(|(name, value)| (name, value.to_str().unwrap().to_owned()))
                .collect(),
        }
    }
}
