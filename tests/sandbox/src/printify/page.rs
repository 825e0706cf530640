//! The pager of the vendor's framework.

use serde_json::{Value, json};

/// Which page is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub page: usize,
    pub limit: usize,
}

impl Asked {
    /// From a query; ten rows where it does not say, `most` at most.
    pub fn read(query: &[(String, String)], most: usize) -> Self {
        let number = |name: &str| {
            let (_, value) = query.iter().find(|(key, _)| key == name)?;
            value.parse::<usize>().ok().filter(|number| *number > 0)
        };
        Self {
            page: number("page").unwrap_or(1),
            limit: number("limit").unwrap_or(10).min(most),
        }
    }

    /// The page of `rows`.
    pub fn of(self, rows: &[Value]) -> Value {
        let Self { page, limit } = self;
        let begin = (page - 1).saturating_mul(limit).min(rows.len());
        let end = begin.saturating_add(limit).min(rows.len());
        let last = rows.len().div_ceil(limit).max(1);
        let url = |page: usize| format!("/?page={page}");
        let is_empty = begin == end;
        json!({
            "current_page": page,
            "data": rows[begin..end],
            "first_page_url": url(1),
            "from": (!is_empty).then_some(begin + 1),
            "last_page": last,
            "last_page_url": url(last),
            "next_page_url": (page < last).then(|| url(page + 1)),
            "path": "/",
            "per_page": limit,
            "prev_page_url": (page > 1).then(|| url(page - 1)),
            "to": (!is_empty).then_some(end),
            "total": rows.len(),
        })
    }
}
