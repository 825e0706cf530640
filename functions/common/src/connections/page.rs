//! What the shop's owner sees in the browser that the channel sent back.

use crate::error::Error;
use crate::reply::Reply;
use http::{HeaderValue, StatusCode, header};

/// A page of one heading and one sentence.
pub fn page(status: StatusCode, title: &str, sentence: &str) -> Reply {
    let (title, sentence) = (escaped(title), escaped(sentence));
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <h1>{title}</h1><p>{sentence}</p></html>"
    );
    let fixed = |value: &'static str| HeaderValue::from_static(value);
    Reply {
        status,
        headers: vec![
            (header::CONTENT_TYPE, fixed("text/html; charset=utf-8")),
            // Nothing is loaded, run or framed, and the address, which held the code, goes nowhere.
            (
                header::CONTENT_SECURITY_POLICY,
                fixed("default-src 'none'; frame-ancestors 'none'"),
            ),
            (header::REFERRER_POLICY, fixed("no-referrer")),
        ],
        body: body.into(),
        rest: None,
    }
}

/// An error as a page.
pub fn error_page(error: &Error) -> Reply {
    let status = error.kind.status_and_code().0;
    page(status, "The store is not connected", &error.message)
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
