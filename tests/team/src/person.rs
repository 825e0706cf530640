//! Somebody who is signed in.

use common::token::{Claims, sign};
use uuid::Uuid;

/// An account and a token for it.
#[derive(Clone, Debug)]
pub struct Person {
    /// The user's id.
    pub id: String,
    /// What they show.
    pub token: String,
    /// What they say in `X-Workspace`.
    pub workspace: Option<String>,
}

impl Person {
    pub(crate) fn new(id: String) -> Self {
        let token = token(&id, None);
        Self {
            id,
            token,
            workspace: None,
        }
    }

    /// The same person, working in a workspace (id or slug).
    #[must_use]
    pub fn at(&self, workspace: &str) -> Self {
        Self {
            workspace: Some(workspace.to_owned()),
            ..self.clone()
        }
    }

    /// A machine with an API key of theirs: what it may is what they may.
    #[must_use]
    pub fn machine(&self, secret: &str) -> Self {
        Self {
            token: secret.to_owned(),
            workspace: None,
            ..self.clone()
        }
    }

    /// The same person with a token that is good in one workspace only.
    #[must_use]
    pub fn limited_to(&self, workspace: &str) -> Self {
        Self {
            token: token(&self.id, Some(workspace)),
            ..self.clone()
        }
    }
}

fn token(user: &str, workspace: Option<&str>) -> String {
    let claims = Claims {
        sub: user.parse::<Uuid>().unwrap(),
        workspace: workspace.map(str::to_owned),
        exp: 4_000_000_000,
        nbf: None,
        iat: None,
    };
    let settings = catalogue::settings();
    sign(&claims, settings.text("jwt_secret").unwrap()).unwrap()
}
