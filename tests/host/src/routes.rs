//! Which component answers a path, as Spin decides it: segment by segment, a literal before a
//! `:name` before a trailing `/...`.

use std::cmp::Ordering;

use anyhow::{Result, bail, ensure};

/// The application's HTTP routes, the most specific first.
#[derive(Debug)]
pub(crate) struct Router<T> {
    routes: Vec<Route<T>>,
}

#[derive(Debug)]
struct Route<T> {
    pattern: Vec<Segment>,
    /// Whether more segments may follow.
    open: bool,
    target: T,
}

#[derive(Clone, Debug, PartialEq)]
enum Segment {
    Literal(String),
    Name(String),
}

/// What a path matched.
#[derive(Debug)]
pub(crate) struct Match<'a, T> {
    pub(crate) target: &'a T,
    /// The value of each `:name`, as it stands in the path.
    pub(crate) names: Vec<(&'a str, &'a str)>,
    /// What the trailing `/...` stands for, with its leading slash; empty otherwise.
    pub(crate) rest: &'a str,
}

impl<T> Router<T> {
    /// Orders routes; of two equal patterns the later one holds.
    ///
    /// # Errors
    /// Names a pattern in which `/...` is not at the end, or a name is empty.
    pub(crate) fn new(routes: impl IntoIterator<Item = (String, T)>) -> Result<Self> {
        let mut ordered: Vec<Route<T>> = Vec::new();
        for (text, target) in routes {
            let (pattern, open) = parse(&text)?;
            ordered.retain(|route| route.pattern != pattern || route.open != open);
            ordered.push(Route {
                pattern,
                open,
                target,
            });
        }
        ordered.sort_by(Route::by_specificity);
        Ok(Self { routes: ordered })
    }

    /// Finds the route for a path (without its query).
    pub(crate) fn find<'a>(&'a self, path: &'a str) -> Option<Match<'a, T>> {
        self.routes.iter().find_map(|route| route.try_match(path))
    }
}

impl<T> Route<T> {
    fn by_specificity(&self, other: &Self) -> Ordering {
        for (own, others) in self.pattern.iter().zip(&other.pattern) {
            match (own, others) {
                (Segment::Literal(_), Segment::Name(_)) => return Ordering::Less,
                (Segment::Name(_), Segment::Literal(_)) => return Ordering::Greater,
                _ => {}
            }
        }
        // The longer pattern is the narrower one, and a closed one is narrower than an open one.
        other
            .pattern
            .len()
            .cmp(&self.pattern.len())
            .then(self.open.cmp(&other.open))
    }

    fn try_match<'a>(&'a self, path: &'a str) -> Option<Match<'a, T>> {
        let mut names = Vec::new();
        let mut rest = path;
        for segment in &self.pattern {
            let (value, after) = next_segment(rest)?;
            match segment {
                Segment::Literal(literal) if literal == value => {}
                Segment::Literal(_) => return None,
                Segment::Name(_) if value.is_empty() => return None,
                Segment::Name(name) => names.push((name.as_str(), value)),
            }
            rest = after;
        }
        let over = rest.is_empty() || rest == "/";
        (self.open || over).then_some(Match {
            target: &self.target,
            names,
            rest: if self.open { rest } else { "" },
        })
    }
}

/// Takes the first segment off a path that starts with a slash.
fn next_segment(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    Some(path.find('/').map_or((path, ""), |end| path.split_at(end)))
}

fn parse(text: &str) -> Result<(Vec<Segment>, bool)> {
    let closed = text
        .strip_suffix("/...")
        .or_else(|| text.strip_suffix("/*"));
    let (path, open) = closed.map_or((text, false), |path| (path, true));
    let mut pattern = Vec::new();
    for segment in path
        .trim_matches('/')
        .split('/')
        .filter(|segment| !segment.is_empty())
    {
        if segment == "..." || segment == "*" {
            bail!("route {text:?}: a wildcard stands at the end only");
        }
        pattern.push(match segment.strip_prefix(':') {
            Some(name) => {
                ensure!(
                    !name.is_empty(),
                    "route {text:?}: a colon needs a name after it"
                );
                Segment::Name(name.to_owned())
            }
            None => Segment::Literal(segment.to_owned()),
        });
    }
    Ok((pattern, open))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    type Found = (&'static str, Vec<(String, String)>, String);

    fn found(routes: &[&'static str], path: &str) -> Option<Found> {
        let router = Router::new(routes.iter().map(|route| (route.to_string(), *route))).unwrap();
        let found = router.find(path)?;
        let names = found
            .names
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        Some((found.target, names, found.rest.to_owned()))
    }

    fn target(routes: &[&'static str], path: &str) -> Option<&'static str> {
        found(routes, path).map(|(target, ..)| target)
    }

    #[test]
    fn a_literal_comes_before_a_name_before_a_wildcard_in_any_order() {
        for routes in [["/a/b", "/a/:x", "/a/..."], ["/a/...", "/a/:x", "/a/b"]] {
            assert_eq!(target(&routes, "/a/b"), Some("/a/b"));
            assert_eq!(target(&routes, "/a/c"), Some("/a/:x"));
            assert_eq!(target(&routes, "/a/c/d"), Some("/a/..."));
            assert_eq!(target(&routes, "/a"), Some("/a/..."));
            assert_eq!(target(&routes, "/b"), None);
        }
    }

    #[test]
    fn the_longest_wildcard_holds() {
        let routes = ["/...", "/one/...", "/one/two/..."];
        assert_eq!(target(&routes, "/one/two/three"), Some("/one/two/..."));
        assert_eq!(target(&routes, "/one/three"), Some("/one/..."));
        assert_eq!(target(&routes, "/"), Some("/..."));
    }

    #[test]
    fn names_and_rest_are_taken_from_the_path_as_they_stand() {
        let (_, names, rest) = found(&["/u/:id/..."], "/u/a%20b/c/d/").unwrap();
        assert_eq!(names, [("id".to_owned(), "a%20b".to_owned())]);
        assert_eq!(rest, "/c/d/");
        assert_eq!(found(&["/u/..."], "/u").unwrap().2, "");
        assert_eq!(found(&["/u/..."], "/u/").unwrap().2, "/");
        assert_eq!(found(&["/u"], "/u/").unwrap().2, "");
    }

    #[test]
    fn a_prefix_of_a_segment_is_not_a_match() {
        assert_eq!(target(&["/job/..."], "/jobs"), None);
        assert_eq!(target(&["/a/:x"], "/a/"), None);
    }

    #[test]
    fn of_two_equal_routes_the_later_holds() {
        let router = Router::new([("/a".to_owned(), 1), ("/a/".to_owned(), 2)]).unwrap();
        assert_eq!(router.find("/a").map(|found| *found.target), Some(2));
    }

    #[test]
    fn a_wildcard_in_the_middle_is_refused() {
        assert!(Router::new([("/a/.../b".to_owned(), ())]).is_err());
        assert!(Router::new([("/a/:/b".to_owned(), ())]).is_err());
    }
}
