//! How a route is called properly, with holes where ids of a workspace go: `{product}` in the path or the body stands for a
//! product of whoever's turn it is.

use e2e::{Answer, Caller};
use hub::token::Role;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;

/// What fills the holes. `…_secret` proves who one is and is never somebody else's.
pub type Rows = BTreeMap<&'static str, String>;

/// Headers that a body needs besides, such as its signature.
pub type Sign = fn(&Rows, &[u8]) -> Vec<(&'static str, String)>;

/// Whom a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Members of the workspace, by their roles.
    Members,
    /// Whoever has a token: what it shows belongs to no workspace.
    Callers,
    /// People who are signed in, each for themselves and in no workspace.
    People,
    /// The same, who are new to the workspace.
    Newcomers,
    /// Accounts of our own sign-in, each for itself.
    Accounts,
    /// Everybody; what is believed is proved in the request itself.
    Everybody,
}

#[derive(Clone, Debug)]
pub enum Body {
    None,
    Json(Value),
    Text(&'static str, &'static str),
}

/// One way to call a route.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As the component's table has it.
    pub route: &'static str,
    /// The path and query, with holes.
    pub path: &'static str,
    pub body: Body,
    /// What the workspace's own call is answered.
    pub status: u16,
    pub access: Access,
    /// Who makes the workspace's own call.
    pub by: Role,
    /// Fields that look like the server's, but are the caller's here.
    pub takes: &'static [&'static str],
    pub sign: Option<Sign>,
    /// Rows that must be there besides those in path and body.
    pub needs: &'static [&'static str],
    /// What makes an id of others harmless although the answer is no error.
    pub harmless: Option<&'static str>,
    /// Why fields that nobody reads are no mistake here.
    pub ignores: Option<&'static str>,
    /// Whether the workspace's own call shows rows of it.
    pub shows_rows: bool,
}

/// A route as the table has it and the status of its proper call; the path's holes are filled in by [`Entry::at`].
pub fn entry(route: &'static str, status: u16) -> Entry {
    let (_, path) = route.split_once(' ').unwrap();
    Entry {
        route,
        path,
        body: Body::None,
        status,
        access: Access::Members,
        by: Role::Owner,
        takes: &[],
        sign: None,
        needs: &[],
        harmless: None,
        ignores: None,
        shows_rows: true,
    }
}

impl Entry {
    pub fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    pub fn text(mut self, kind: &'static str, body: &'static str) -> Self {
        self.body = Body::Text(kind, body);
        self
    }

    pub fn by(mut self, role: Role) -> Self {
        self.by = role;
        self
    }

    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    pub fn takes(mut self, fields: &'static [&'static str]) -> Self {
        self.takes = fields;
        self
    }

    /// Signed by `sign` with what fills the holes `needs`.
    pub fn signed(mut self, sign: Sign, needs: &'static [&'static str]) -> Self {
        (self.sign, self.needs) = (Some(sign), needs);
        self
    }

    /// With `needs` there, although path and body don't name them.
    pub fn with(mut self, needs: &'static [&'static str]) -> Self {
        self.needs = needs;
        self
    }

    pub fn harmless(mut self, why: &'static str) -> Self {
        self.harmless = Some(why);
        self
    }

    pub fn ignores(mut self, why: &'static str) -> Self {
        self.ignores = Some(why);
        self
    }

    pub fn shows_no_rows(mut self) -> Self {
        self.shows_rows = false;
        self
    }

    pub fn method(&self) -> Method {
        let (method, _) = self.route.split_once(' ').unwrap();
        method.parse().unwrap()
    }

    pub fn changes(&self) -> bool {
        self.method() != Method::GET
    }

    /// The names of the holes in path, body and signature.
    pub fn holes(&self) -> Vec<String> {
        let mut text = self.path.to_owned();
        match &self.body {
            Body::None => {}
            Body::Json(body) => text.push_str(&body.to_string()),
            Body::Text(_, body) => text.push_str(body),
        }
        let mut holes: Vec<String> = self.needs.iter().map(|&hole| hole.to_owned()).collect();
        for after in text.split('{').skip(1) {
            let name = |c: char| c.is_ascii_lowercase() || c == '_';
            if let Some((hole, _)) = after.split_once('}')
                && !hole.is_empty()
                && hole.chars().all(name)
                && !holes.iter().any(|known| known == hole)
            {
                holes.push(hole.to_owned());
            }
        }
        holes
    }

    /// The call with `rows` in the holes. A hole for which there is none stays, which is an id that is no id.
    pub fn call(&self, rows: &Rows) -> Call {
        let fill = |text: &str| {
            rows.iter().fold(text.to_owned(), |text, (name, row)| {
                text.replace(&format!("{{{name}}}"), row)
            })
        };
        let (kind, body) = match &self.body {
            Body::None => (None, None),
            Body::Json(body) => (Some("application/json"), Some(fill(&body.to_string()))),
            Body::Text(kind, body) => (Some(*kind), Some(fill(body))),
        };
        let mut headers: Vec<(&str, String)> = Vec::new();
        headers.extend(kind.map(|kind| ("content-type", kind.to_owned())));
        if let (Some(sign), Some(body)) = (self.sign, &body) {
            headers.extend(sign(rows, body.as_bytes()));
        }
        Call {
            method: self.method(),
            path: fill(self.path),
            headers,
            body,
        }
    }
}

/// A request that is ready to be sent by anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

impl Call {
    pub async fn by(&self, caller: &Caller) -> Answer {
        let mut caller = caller.clone();
        for (name, value) in &self.headers {
            caller = caller.with(name, value);
        }
        let body = self.body.clone().map(reqwest::Body::from);
        caller.send(self.method.clone(), &self.path, body).await
    }

    /// The same with more in the query string.
    pub fn asking(mut self, query: &str) -> Self {
        let joint = if self.path.contains('?') { '&' } else { '?' };
        self.path = format!("{}{joint}{query}", self.path);
        self
    }

    /// Whether the caller sends `text` itself.
    pub fn says(&self, text: &str) -> bool {
        self.path.contains(text) || self.body.as_ref().is_some_and(|body| body.contains(text))
    }
}
