//! Which route a request takes. Every HTTP component has a table of its routes and dispatches through it, so that no
//! route exists which is not in the table: what reads the tables (preflight, tests) knows every one there is.
//!
//! An entry is a method and a path, `"GET /jobs/{id}"`: `{…}` stands for one segment, everything else for itself.

use crate::error::{Error, Result};
use crate::request::Request;
use http::Method;
use std::cmp::Ordering;

/// A component's routes, such as `&["GET /jobs", "POST /jobs", "GET /jobs/{id}"]`.
pub type Routes = &'static [&'static str];

/// The route that a request takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The entry of the table.
    pub route: &'static str,
    /// What stands in the path for each `{…}`, in their order; as sent, not percent-decoded, never empty.
    pub ids: Vec<String>,
}

/// The entry of `routes` for `request`. Of the paths that fit, the one counts whose literal segments come first:
/// `/products/import` is not the product `import`.
///
/// # Errors
/// 404 when no path fits; 405 with the methods in `Allow` when only the method doesn't.
pub fn find(routes: Routes, request: &Request) -> Result<Found> {
    let segments = segments(&request.path);
    let fitting = fitting(routes, &segments);
    if fitting.is_empty() {
        return Err(Error::not_found());
    }
    match fitting.iter().find(|entry| entry.method == request.method) {
        Some(entry) => Ok(Found {
            route: entry.text,
            ids: entry.ids(&segments),
        }),
        None => Err(Error::method_not_allowed(&methods_of(&fitting))),
    }
}

/// The methods that `routes` have at `path`, in the table's order; none when there is nothing at it.
pub fn methods(routes: Routes, path: &str) -> Vec<Method> {
    methods_of(&fitting(routes, &segments(path)))
}

/// An entry, read.
struct Entry {
    text: &'static str,
    method: Method,
    path: Vec<&'static str>,
}

impl Entry {
    /// None for what is no entry: a table is ours, and a test reads them all.
    fn of(text: &'static str) -> Option<Self> {
        let (method, path) = text.split_once(' ')?;
        Some(Self {
            text,
            method: method.parse().ok()?,
            path: segments(path),
        })
    }

    fn fits(&self, segments: &[&str]) -> bool {
        self.path.len() == segments.len()
            && self
                .path
                .iter()
                .zip(segments)
                .all(|(own, given)| match is_id(own) {
                    true => !given.is_empty(),
                    false => own == given,
                })
    }

    /// Literal segments before `{…}`, the first segment deciding first.
    fn rank(&self, other: &Self) -> Ordering {
        let ids = |entry: &Self| -> Vec<bool> { entry.path.iter().copied().map(is_id).collect() };
        ids(self).cmp(&ids(other))
    }

    fn ids(&self, segments: &[&str]) -> Vec<String> {
        self.path
            .iter()
            .zip(segments)
            .filter(|(own, _)| is_id(own))
            .map(|(_, &given)| given.to_owned())
            .collect()
    }
}

fn is_id(segment: &str) -> bool {
    segment.starts_with('{')
}

/// A path's segments. One trailing slash adds none; an empty one in the middle fits no route.
fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/').collect()
}

/// The entries of the one path that fits best.
fn fitting(routes: Routes, segments: &[&str]) -> Vec<Entry> {
    let mut fitting: Vec<Entry> = routes
        .iter()
        .filter_map(|text| Entry::of(text))
        .filter(|entry| entry.fits(segments))
        .collect();
    fitting.sort_by(Entry::rank);
    let best = fitting
        .iter()
        .take_while(|entry| {
            fitting
                .first()
                .is_some_and(|first| entry.rank(first).is_eq())
        })
        .count();
    fitting.truncate(best);
    fitting
}

fn methods_of(entries: &[Entry]) -> Vec<Method> {
    entries.iter().map(|entry| entry.method.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    const ROUTES: Routes = &[
        "GET /shops",
        "POST /shops",
        "GET /shops/{id}",
        "DELETE /shops/{id}",
        "POST /shops/import",
        "GET /shops/{id}/rooms/{room}",
    ];

    fn asked(method: &Method, path: &str) -> Result<Found> {
        let request = Request {
            method: method.clone(),
            path: path.to_owned(),
            query: String::new(),
            headers: http::HeaderMap::new(),
            body: Box::new(None),
            request_id: String::new(),
            aside: Default::default(),
        };
        find(ROUTES, &request)
    }

    fn found(path: &str) -> (&'static str, Vec<String>) {
        let found = asked(&Method::GET, path).unwrap();
        (found.route, found.ids)
    }

    #[test]
    fn a_request_takes_the_route_of_its_method_and_path() {
        assert_eq!(found("/shops"), ("GET /shops", vec![]));
        assert_eq!(found("/shops/7"), ("GET /shops/{id}", vec!["7".to_owned()]));
        let (route, ids) = found("/shops/7/rooms/a%2Fb");
        assert_eq!(
            (route, ids.join(" ")),
            ("GET /shops/{id}/rooms/{room}", "7 a%2Fb".to_owned())
        );
        assert_eq!(asked(&Method::POST, "/shops").unwrap().route, "POST /shops");
    }

    #[test]
    fn one_trailing_slash_is_no_segment() {
        assert_eq!(found("/shops/").0, "GET /shops");
        assert_eq!(found("/shops/7/").1, ["7"]);
    }

    #[test]
    fn what_only_looks_like_a_route_is_404() {
        for path in [
            "/",
            "",
            "//shops",
            "/shops//",
            "/shops//7",
            "/Shops",
            "/shops/7/rooms",
            "/shops/7/rooms//",
            "/shops/7/rooms/1/2",
            "/shops%2F7",
            "/shops/{id}/rooms",
            "/shops.",
        ] {
            let error = asked(&Method::GET, path).unwrap_err();
            assert_eq!(error.kind, Kind::NotFound, "{path}");
            assert!(methods(ROUTES, path).is_empty(), "{path}");
        }
    }

    #[test]
    fn another_method_is_405_with_those_that_the_path_has() {
        let error = asked(&Method::PUT, "/shops/7").unwrap_err();
        assert_eq!(error.kind, Kind::MethodNotAllowed);
        assert_eq!(error.allow.as_deref(), Some("GET, DELETE"));
    }

    #[test]
    fn a_literal_segment_wins_over_an_id() {
        assert_eq!(
            asked(&Method::POST, "/shops/import").unwrap().route,
            "POST /shops/import"
        );
        let error = asked(&Method::GET, "/shops/import").unwrap_err();
        assert_eq!(error.allow.as_deref(), Some("POST"));
        assert_eq!(methods(ROUTES, "/shops/import"), [Method::POST]);
    }

    #[test]
    fn an_empty_table_has_no_route() {
        assert!(methods(&[], "/").is_empty());
    }
}
